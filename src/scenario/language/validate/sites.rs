//! Where a workload, a client or a request arrives, and with what part of its rates at each PoP.

use std::collections::BTreeMap;

use super::places::{Choice, Places, choices};
use super::{Checker, bounds};
use crate::scenario::catalogue;
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::forms::{PopList, Split};
use crate::scenario::language::source::Span;
use crate::scenario::language::suggest::nearest;
use crate::scenario::language::written::{Named, Written};
use crate::scenario::{PopIndex, Site};

/// The sites of a workload, client or source of requests.
pub fn sites(
    at: &Option<Written<PopList>>,
    split: &Option<Written<Split>>,
    whose: &str,
    names: &Places<'_>,
    checker: &mut Checker<'_>,
) -> Vec<Site> {
    let split = split.as_ref().map(|split| &split.value);
    let mut chosen = Chosen::default();
    match (at, split) {
        (Some(at), _) => choose(at, "at", whose, names, &mut chosen, checker),
        // The table of weights alone says where.
        (None, Some(Split::Weights(weights))) => {
            for (code, _) in weights.iter() {
                match names.find(code) {
                    Some(pop) => {
                        chosen.add(pop, &code.span);
                    }
                    None => checker.not_here(code, &code.span, names),
                }
            }
        }
        (None, _) => {
            for pop in 0..names.pops.len() {
                chosen.add(pop, &(0..0));
            }
        }
    }
    checker.sites += chosen.pops.len();
    if checker.sites > bounds::SITES_MAX {
        // One mistake is enough; what follows is not worth the memory.
        return Vec::new();
    }
    let weights = match split {
        None => vec![1.0; chosen.pops.len()],
        Some(Split::Even) => vec![1.0 / chosen.pops.len() as f64; chosen.pops.len()],
        Some(Split::Weights(weights)) => {
            if at.is_some() {
                checker.weights_match(weights, &chosen, names);
            }
            checker.weights(weights, &chosen, names)
        }
    };
    let pops = chosen.pops.into_iter();
    pops.zip(weights)
        .map(|((pop, _), weight)| Site { pop, weight })
        .collect()
}

/// The PoPs of a list; all of them where there is none.
pub fn chosen_pops(
    list: &Option<Written<PopList>>,
    key: &str,
    whose: &str,
    names: &Places<'_>,
    checker: &mut Checker<'_>,
) -> Vec<PopIndex> {
    let Some(list) = list else {
        return (0..names.pops.len()).collect();
    };
    let mut chosen = Chosen::default();
    choose(list, key, whose, names, &mut chosen, checker);
    chosen.pops.into_iter().map(|(pop, _)| pop).collect()
}

/// Notes that there is too much to keep of each PoP.
pub fn note_too_many(checker: &mut Checker<'_>) {
    if checker.sites > bounds::SITES_MAX {
        let title = format!(
            "workloads, clients and requests arrive at {} places in all, and at most {} are simulated",
            checker.sites,
            bounds::SITES_MAX
        );
        checker.mistake(
            Diagnostic::new(Code::OutOfRange, title)
                .help("one workload with many keys may stand for many with one key"),
        );
    }
}

/// PoPs in the order in which they are named.
#[derive(Default)]
struct Chosen {
    /// Each with where it is named.
    pops: Vec<(PopIndex, Span)>,
    /// Its number in that list.
    number: BTreeMap<PopIndex, usize>,
}

impl Chosen {
    /// Adds a PoP; where it was named before if it was.
    fn add(&mut self, pop: PopIndex, span: &Span) -> Option<Span> {
        if let Some(number) = self.number.get(&pop) {
            return Some(self.pops[*number].1.clone());
        }
        self.number.insert(pop, self.pops.len());
        self.pops.push((pop, span.clone()));
        None
    }
}

fn choose(
    at: &Written<PopList>,
    key: &str,
    whose: &str,
    names: &Places<'_>,
    chosen: &mut Chosen,
    checker: &mut Checker<'_>,
) {
    for (choice, span) in choices(at, key, checker) {
        let found = match choice {
            Choice::All => (0..names.pops.len()).collect(),
            Choice::Region(region) => in_region(region, &span, names, checker),
            Choice::One(code) => match names.find(code) {
                Some(pop) => vec![pop],
                None => {
                    checker.not_here(code, &span, names);
                    continue;
                }
            },
        };
        for pop in found {
            if let Some(first) = chosen.add(pop, &span) {
                let title = format!("`{}` is in the list twice", names.pops[pop].code);
                checker.mistake(
                    Diagnostic::new(Code::GivenTwice, title)
                        .at(&span, "again")
                        .also(&first, "first here"),
                );
            }
        }
    }
    if matches!(&at.value, PopList::List(list) if list.is_empty()) {
        checker.mistake(
            Diagnostic::new(
                Code::Missing,
                format!("{whose} arrives at one PoP at least"),
            )
            .at(&at.span, "this names none")
            .help(format!("leave `{key}` out for all PoPs")),
        );
    }
}

fn in_region(
    region: &str,
    span: &Span,
    names: &Places<'_>,
    checker: &mut Checker<'_>,
) -> Vec<PopIndex> {
    let here = |pop: &PopIndex| names.pops[*pop].region == Some(region);
    let found: Vec<PopIndex> = (0..names.pops.len()).filter(here).collect();
    if found.is_empty() && names.are_complete {
        let title = format!("no PoP of this scenario is in {region}");
        checker.mistake(Diagnostic::new(Code::UnknownName, title).at(span, ""));
    }
    found
}

impl Checker<'_> {
    /// Notes a PoP that the scenario does not have.
    pub fn not_here(&mut self, code: &str, span: &Span, names: &Places<'_>) {
        if !names.are_complete {
            return;
        }
        let title = format!("`{code}` is not a PoP of this scenario");
        let mistake = Diagnostic::new(Code::UnknownName, title).at(span, "");
        let mistake = match nearest(code, names.codes()) {
            _ if catalogue::find(code).is_some() => {
                mistake.help(format!("add \"{code}\" to `pops`"))
            }
            Some(near) => mistake.did_you_mean(Some(near)),
            None => {
                let codes: Vec<&str> = names.codes().take(12).collect();
                let more = if names.pops.len() > codes.len() {
                    ", …"
                } else {
                    ""
                };
                mistake.help(format!("its PoPs: {}{more}", codes.join(", ")))
            }
        };
        self.mistake(mistake);
    }

    /// The weight of each PoP, as a share of them all.
    fn weights(
        &mut self,
        weights: &Named<Written<f64>>,
        chosen: &Chosen,
        names: &Places<'_>,
    ) -> Vec<f64> {
        let mut by_number = vec![0.0; chosen.pops.len()];
        for (code, weight) in weights.iter() {
            if !(weight.value > 0.0 && weight.value <= bounds::WEIGHT_MAX) {
                self.mistake(
                    Diagnostic::new(Code::OutOfRange, "a weight is a number above zero")
                        .at(&weight.span, "")
                        .help("leave the PoP out of `at` if nothing arrives there"),
                );
            }
            let number = names.find(code).and_then(|pop| chosen.number.get(&pop));
            if let Some(number) = number {
                by_number[*number] = weight.value;
            }
        }
        let sum: f64 = by_number.iter().sum();
        by_number.iter().map(|weight| weight / sum).collect()
    }

    /// Checks that weights are for the PoPs of `at`, and all of them have one.
    fn weights_match(
        &mut self,
        weights: &Named<Written<f64>>,
        chosen: &Chosen,
        names: &Places<'_>,
    ) {
        let mut weighed = vec![false; chosen.pops.len()];
        for (code, _) in weights.iter() {
            let Some(pop) = names.find(code) else {
                self.not_here(code, &code.span, names);
                continue;
            };
            if let Some(number) = chosen.number.get(&pop) {
                weighed[*number] = true;
                continue;
            }
            let title = format!("`{}` has a weight but is not in `at`", code.value);
            self.mistake(
                Diagnostic::new(Code::UnknownName, title)
                    .at(&code.span, "")
                    .help("add it to `at`, or leave `at` out: the weights say where"),
            );
        }
        let unweighed = chosen.pops.iter().zip(weighed).filter(|(_, has)| !has);
        for ((pop, span), _) in unweighed {
            let title = format!("`{}` has no weight in `split`", names.pops[*pop].code);
            self.mistake(
                Diagnostic::new(Code::Missing, title)
                    .at(span, "")
                    .help("give it one, or leave `at` out: the weights say where"),
            );
        }
    }
}
