//! Open workloads: where they arrive, how often, at which keys.

use super::keys::note_keys_of_all;
use super::places::{Choice, Places, choices};
use super::{Checker, bounds, written};
use crate::scenario::catalogue;
use crate::scenario::diagnostic::{Code, Diagnostic};
use crate::scenario::file::{self, File};
use crate::scenario::forms::{self, Split};
use crate::scenario::source::Span;
use crate::scenario::suggest::nearest;
use crate::scenario::written::{Named, Written};
use crate::scenario::{Arrivals, DEFAULT_CACHE_TTL, Daily, Keys, Site, Workload};
use crate::units::{Rate, Share};

/// The workloads by name.
pub fn workloads(file: &File, names: &Places<'_>, checker: &mut Checker<'_>) -> Vec<Workload> {
    let mut workloads = Vec::new();
    for (name, table) in file.workload.iter() {
        checker.name("workload", name, &name.span);
        workloads.push(workload(name, table, names, checker));
    }
    note_keys_of_all(file, checker);
    workloads.sort_by(|a, b| a.name.cmp(&b.name));
    workloads
}

fn workload(
    name: &Written<String>,
    table: &file::Workload,
    names: &Places<'_>,
    checker: &mut Checker<'_>,
) -> Workload {
    note_no_effect(name, table, checker);
    if let Some(ttl) = &table.cache_ttl {
        checker.cache_ttl(ttl);
    }
    if let Some(ttl) = &table.expiration_ttl {
        checker.expiration_ttl(ttl);
    }
    if let Some(page) = &table.page {
        checker.page(page);
    }
    let at = sites(table, names, checker);
    let daily = table.daily.as_ref().map(|daily| checker.daily(daily));
    if let (Some(daily), Some(nowhere)) = (
        &table.daily,
        at.iter()
            .map(|site| &names.pops[site.pop])
            .find(|spot| spot.place.is_none()),
    ) {
        let title = format!("`{}` has no place, and so no solar time", nowhere.code);
        checker.mistake(
            Diagnostic::new(Code::UnknownDelay, title)
                .at(&daily.span, "this follows local solar time")
                .also(&nowhere.span, "where is it?")
                .help(format!("give [pop.{}] a place with `near`", nowhere.code)),
        );
    }
    Workload {
        name: name.value.clone(),
        at,
        reads_per_s: checker.per_second("reads", &table.reads),
        writes_per_s: checker.per_second("writes", &table.writes),
        deletes_per_s: checker.per_second("deletes", &table.deletes),
        lists_per_s: checker.per_second("lists", &table.lists),
        page: written(&table.page, bounds::PAGE_MAX),
        arrivals: checker.arrivals(table),
        cache_ttl: written(&table.cache_ttl, DEFAULT_CACHE_TTL),
        keys: match &table.keys {
            Some(keys) => checker.keys(keys),
            None => {
                let header = format!("workload `{}`", name.value);
                let example = "keys = { one = \"flags/checkout\" }";
                checker.missing(&name.span, &header, "keys", example);
                Keys::One(String::new())
            }
        },
        value_size: table
            .value_size
            .as_ref()
            .map(|size| checker.spread("value-size", size)),
        expiration_ttl: table.expiration_ttl.as_ref().map(|ttl| ttl.value),
        daily,
    }
}

/// Notes a workload that does nothing, and settings of operations that it does not have.
fn note_no_effect(name: &Written<String>, table: &file::Workload, checker: &mut Checker<'_>) {
    let (reads, writes) = (table.reads.is_some(), table.writes.is_some());
    let (deletes, lists) = (table.deletes.is_some(), table.lists.is_some());
    if !(reads || writes || deletes || lists) {
        let title = format!("workload `{}` does nothing", name.value);
        checker.mistake(
            Diagnostic::new(Code::Missing, title)
                .at(&name.span, "no `reads`, `writes`, `deletes` or `lists`")
                .help("for example `reads = \"20/s\"`, at each PoP"),
        );
        return;
    }
    let settings = [
        ("cache-ttl", span(&table.cache_ttl), reads, "reads"),
        ("page", span(&table.page), lists, "lists"),
        (
            "expiration-ttl",
            span(&table.expiration_ttl),
            writes,
            "writes",
        ),
        // What is read has a size too, which bandwidth and storage depend on.
        (
            "value-size",
            span(&table.value_size),
            reads || writes,
            "reads or writes",
        ),
    ];
    for (key, span, has_effect, operations) in settings {
        if let (Some(span), false) = (span, has_effect) {
            let title = format!(
                "`{key}` belongs to {operations}, and workload `{}` has none",
                name.value
            );
            checker.no_effect(span, title, format!("leave it out, or add {operations}"));
        }
    }
}

fn span<T>(value: &Option<Written<T>>) -> Option<&Span> {
    value.as_ref().map(|w| &w.span)
}

/// Where a workload arrives, and with what part of its rates.
fn sites(table: &file::Workload, names: &Places<'_>, checker: &mut Checker<'_>) -> Vec<Site> {
    let split = table.split.as_ref().map(|split| &split.value);
    let mut pops: Vec<(usize, Span)> = Vec::new();
    match (&table.at, split) {
        (Some(at), _) => {
            for (choice, span) in choices(at, "at", checker) {
                let found = match choice {
                    Choice::All => (0..names.pops.len()).collect(),
                    Choice::Region(region) => in_region(region, &span, names, checker),
                    Choice::One(code) => names.find(code).into_iter().collect::<Vec<_>>(),
                };
                if let (Choice::One(code), []) = (&choice, &found[..]) {
                    checker.not_here(code, &span, names);
                }
                for pop in found {
                    match pops.iter().find(|(other, _)| *other == pop) {
                        Some((_, first)) => {
                            checker.mistake(twice(&names.pops[pop].code, &span, first));
                        }
                        None => pops.push((pop, span.clone())),
                    }
                }
            }
            let is_empty = matches!(&at.value, forms::PopList::List(list) if list.is_empty());
            if is_empty {
                checker.mistake(
                    Diagnostic::new(Code::Missing, "a workload arrives at one PoP at least")
                        .at(&at.span, "this names none")
                        .help("leave `at` out for all PoPs"),
                );
            }
        }
        // The table of weights alone says where.
        (None, Some(Split::Weights(weights))) => {
            for (code, _) in weights.iter() {
                match names.find(code) {
                    Some(pop) => pops.push((pop, code.span.clone())),
                    None => checker.not_here(code, &code.span, names),
                }
            }
        }
        (None, _) => pops.extend((0..names.pops.len()).map(|pop| (pop, 0..0))),
    }
    let weights = checker.weights(table, &pops, names);
    pops.into_iter()
        .zip(weights)
        .map(|((pop, _), weight)| Site { pop, weight })
        .collect()
}

fn in_region(
    region: &str,
    span: &Span,
    names: &Places<'_>,
    checker: &mut Checker<'_>,
) -> Vec<usize> {
    let here = |pop: &usize| names.pops[*pop].region == Some(region);
    let found: Vec<usize> = (0..names.pops.len()).filter(here).collect();
    if found.is_empty() && !names.pops.is_empty() {
        let title = format!("no PoP of this scenario is in {region}");
        checker.mistake(Diagnostic::new(Code::UnknownName, title).at(span, ""));
    }
    found
}

fn twice(code: &str, span: &Span, first: &Span) -> Diagnostic {
    Diagnostic::new(Code::GivenTwice, format!("`{code}` is in the list twice"))
        .at(span, "again")
        .also(first, "first here")
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

    fn per_second(&mut self, key: &str, rate: &Option<Written<Rate>>) -> f64 {
        let Some(rate) = rate else { return 0.0 };
        self.rate(key, &rate.span, rate.value);
        rate.per_second()
    }

    /// The weight of each site.
    fn weights(
        &mut self,
        table: &file::Workload,
        pops: &[(usize, Span)],
        names: &Places<'_>,
    ) -> Vec<f64> {
        let count = pops.len();
        match table.split.as_ref().map(|split| &split.value) {
            None => vec![1.0; count],
            Some(Split::Even) => vec![1.0 / count as f64; count],
            Some(Split::Weights(weights)) => {
                if table.at.is_some() {
                    self.weights_match(weights, pops, names);
                }
                let mut by_site = vec![0.0; count];
                for (code, weight) in weights.iter() {
                    if !(weight.value > 0.0 && weight.value <= bounds::WEIGHT_MAX) {
                        self.mistake(
                            Diagnostic::new(Code::OutOfRange, "a weight is a number above zero")
                                .at(&weight.span, "")
                                .help("leave the PoP out of `at` if nothing arrives there"),
                        );
                    }
                    let site = pops
                        .iter()
                        .position(|(pop, _)| names.pops[*pop].code == code.value);
                    if let Some(site) = site {
                        by_site[site] = weight.value;
                    }
                }
                let sum: f64 = by_site.iter().sum();
                by_site.iter().map(|weight| weight / sum).collect()
            }
        }
    }

    /// Checks that weights are for the PoPs of `at`, and all of them have one.
    fn weights_match(
        &mut self,
        weights: &Named<Written<f64>>,
        pops: &[(usize, Span)],
        names: &Places<'_>,
    ) {
        for (code, _) in weights.iter() {
            let pop = names.find(code);
            if pop.is_none() {
                self.not_here(code, &code.span, names);
            } else if !pops.iter().any(|(other, _)| Some(*other) == pop) {
                let title = format!("`{}` has a weight but is not in `at`", code.value);
                self.mistake(
                    Diagnostic::new(Code::UnknownName, title)
                        .at(&code.span, "")
                        .help("add it to `at`, or leave `at` out: the weights say where"),
                );
            }
        }
        for (pop, span) in pops {
            let code = &names.pops[*pop].code;
            if weights.get(code).is_none() {
                let title = format!("`{code}` has no weight in `split`");
                self.mistake(
                    Diagnostic::new(Code::Missing, title)
                        .at(span, "")
                        .help("give it one, or leave `at` out: the weights say where"),
                );
            }
        }
    }

    fn arrivals(&mut self, table: &file::Workload) -> Arrivals {
        let Some(arrivals) = &table.arrivals else {
            return Arrivals::Poisson;
        };
        match &arrivals.value {
            forms::Arrivals::Poisson => Arrivals::Poisson,
            forms::Arrivals::Periodic => Arrivals::Periodic,
            forms::Arrivals::Erlang(law) => {
                let Some(stages) = &law.erlang else {
                    self.missing(&arrivals.span, "`arrivals`", "erlang", "{ erlang = 2 }");
                    return Arrivals::Poisson;
                };
                if !(1..=bounds::ERLANG_MAX).contains(&stages.value) {
                    let title = format!("an Erlang law has 1 to {} stages", bounds::ERLANG_MAX);
                    self.mistake(
                        Diagnostic::new(Code::OutOfRange, title)
                            .at(&stages.span, "")
                            .help("1 is Poisson; \"periodic\" is what many stages come near to"),
                    );
                }
                Arrivals::Erlang(stages.value)
            }
        }
    }

    fn daily(&mut self, daily: &Written<file::Daily>) -> Daily {
        let example = "daily = { peak = \"20:00\", swing = \"60%\" }";
        for (key, is_given) in [
            ("peak", daily.peak.is_some()),
            ("swing", daily.swing.is_some()),
        ] {
            if !is_given {
                self.missing(&daily.span, "a daily curve", key, example);
            }
        }
        if let Some(swing) = &daily.swing
            && swing.value.0 > 1.0
        {
            self.mistake(
                Diagnostic::new(Code::OutOfRange, "a swing above 100% makes rates negative")
                    .at(&swing.span, "at most 100%")
                    .help("\"100%\" is twice the mean at the peak and nothing half a day later"),
            );
        }
        Daily {
            peak: written(&daily.peak, Default::default()),
            swing: written(&daily.swing, Share(0.0)),
        }
    }
}
