//! Clients: their names, how they start, how they move; what they do is checked in `steps`.

use super::places::Places;
use super::sites::{chosen_pops, sites};
use super::steps::{Longest, program};
use super::workers::Known;
use super::{Checker, bounds};
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file::{self, File};
use crate::scenario::language::source::Span;
use crate::scenario::language::written::Written;
use crate::scenario::{
    Client, ClientStart, Distribution, KeyPattern, Placeholder, Roaming, RoamingRule, Site,
};
use crate::units::Duration;

/// Digits of the number of a client that starts at a rate, at the most.
const ARRIVING_DIGITS: usize = 19;

/// The clients by name.
pub fn clients(
    file: &File,
    names: &Places<'_>,
    known: &Known,
    checker: &mut Checker<'_>,
) -> Vec<Client> {
    let mut clients = Vec::new();
    let mut total = 0;
    for (name, table) in file.client.iter() {
        checker.name("client", name, &name.span);
        note_name_taken(file, name, checker);
        let client = client(name, table, names, known, checker);
        checker.endless_keys_beside_others(name, &client, file);
        total += match client.start {
            ClientStart::Once { count } | ClientStart::Looping { count, .. } => {
                u64::from(count) * client.at.len() as u64
            }
            ClientStart::Arriving { .. } => 0,
        };
        clients.push(client);
    }
    if let (true, Some((last, _))) = (total > bounds::CLIENTS_TOTAL_MAX, file.client.iter().last())
    {
        let max = bounds::CLIENTS_TOTAL_MAX;
        let title = format!("a scenario has at most {max} clients at all PoPs together");
        checker.mistake(
            Diagnostic::new(Code::OutOfRange, title)
                .at(&last.span, format!("with these there are {total}")),
        );
    }
    clients.sort_by(|a, b| a.name.cmp(&b.name));
    clients
}

impl Checker<'_> {
    /// Keys that only a record or a script names, and keys of clients that nobody has counted, cannot both be
    /// numbered.
    fn endless_keys_beside_others(&mut self, name: &Written<String>, client: &Client, file: &File) {
        let is_endless = matches!(client.start, ClientStart::Arriving { .. });
        let bears_number = |key: &KeyPattern| key.placeholder == Some(Placeholder::Client);
        if !is_endless || !client.keys.iter().any(bears_number) {
            return;
        }
        let replay = file.replay.iter().next().map(|(name, _)| name);
        let worker = file.worker.iter().next().map(|(name, _)| name);
        let others = [
            (
                replay,
                "a replay",
                "let `count` clients take their steps, or run the two apart",
            ),
            (
                worker,
                "a Worker",
                "let `count` clients take their steps, or let the script write those keys",
            ),
        ];
        for (other, what, help) in others {
            let Some(other) = other else { continue };
            let title =
                format!("keys with `{{client}}` of clients that arrive do not go with {what}");
            self.mistake(
                Diagnostic::new(Code::Choice, title)
                    .at(&name.span, "these clients arrive at a rate")
                    .also(&other.span, what)
                    .help(help),
            );
        }
    }
}

fn note_name_taken(file: &File, name: &Written<String>, checker: &mut Checker<'_>) {
    let is_same = |other: &&Written<String>| other.value == name.value;
    let workload = file.workload.iter().map(|(other, _)| other).find(is_same);
    let replay = file.replay.iter().map(|(other, _)| other).find(is_same);
    let others = [("workload", workload), ("replay", replay)];
    for (what, other) in others {
        let Some(other) = other else { continue };
        let title = format!("a {what} and a client are both named `{}`", name.value);
        checker.mistake(
            Diagnostic::new(Code::GivenTwice, title)
                .at(&name.span, "a client")
                .also(&other.span, format!("a {what}"))
                .help("reports and `of NAME` could not tell them apart; rename one"),
        );
    }
}

fn client(
    name: &Written<String>,
    table: &file::Client,
    names: &Places<'_>,
    known: &Known,
    checker: &mut Checker<'_>,
) -> Client {
    // With `count` a split is a mistake, which is noted with the start.
    let split = match table.count {
        Some(_) => &None,
        None => &table.split,
    };
    let at = sites(&table.at, split, "a client", names, checker);
    let start = checker.start_of_clients(name, table);
    let roaming = table.roam.as_ref();
    let roaming = roaming.and_then(|roam| checker.roaming(roam, names));
    let longest = longest(&at, &start, roaming.as_ref(), names);
    let (steps, keys) = program(name, table, longest, known, checker);
    Client {
        name: name.value.clone(),
        at,
        start,
        steps,
        keys,
        roaming,
    }
}

/// How long what stands for a placeholder can get.
fn longest(
    at: &[Site],
    start: &ClientStart,
    roaming: Option<&Roaming>,
    names: &Places<'_>,
) -> Longest {
    let clients = match start {
        ClientStart::Once { count } | ClientStart::Looping { count, .. } => {
            Some(u64::from(*count) * at.len() as u64)
        }
        ClientStart::Arriving { .. } => None,
    };
    let client = match clients {
        Some(total) => total.saturating_sub(1).to_string().len(),
        None => ARRIVING_DIGITS,
    };
    let among = roaming.iter().flat_map(|roaming| roaming.among.iter());
    let pops = at.iter().map(|site| &site.pop).chain(among);
    let pop = pops.map(|pop| names.pops[*pop].code.len()).max();
    Longest {
        clients,
        client,
        pop: pop.unwrap_or(0),
    }
}

impl Checker<'_> {
    fn start_of_clients(&mut self, name: &Written<String>, table: &file::Client) -> ClientStart {
        match (&table.count, &table.rate) {
            (Some(count), Some(rate)) => {
                let is_first = count.span.start < rate.span.start;
                let (first, second) = if is_first {
                    (("`count`", &count.span), ("`rate`", &rate.span))
                } else {
                    (("`rate`", &rate.span), ("`count`", &count.span))
                };
                let title = "clients start either by `count` or at a `rate`";
                self.mistake(
                    Diagnostic::new(Code::Choice, title)
                        .at(second.1, format!("{} as well", second.0))
                        .also(first.1, first.0)
                        .help("keep one of them"),
                );
                ClientStart::Once { count: 1 }
            }
            (None, None) => {
                let title = format!("client `{}` never starts", name.value);
                self.mistake(
                    Diagnostic::new(Code::Missing, title)
                        .at(&name.span, "neither `count` nor `rate`")
                        .help(
                            "for example `count = 10` at each PoP, again and again with `think = \"1s\"`; or `rate = \"5/s\"`",
                        ),
                );
                ClientStart::Once { count: 1 }
            }
            (Some(count), None) => self.start_by_count(count, table),
            (None, Some(rate)) => {
                if let Some(think) = &table.think {
                    self.no_effect(
                        &think.span,
                        "clients that start at a rate take their steps once, and wait for nothing after them".to_owned(),
                        "leave it out, or use `count` for clients that go on; `{ think = … }` is also a step",
                    );
                }
                self.rate("rate", &rate.span, rate.value);
                ClientStart::Arriving {
                    per_s: rate.per_second(),
                    arrivals: self.arrivals(&table.arrivals),
                }
            }
        }
    }

    fn start_by_count(&mut self, written: &Written<u32>, table: &file::Client) -> ClientStart {
        let count = written.value;
        if !(1..=bounds::CLIENTS_MAX_PER_POP).contains(&count) {
            let max = bounds::CLIENTS_MAX_PER_POP;
            let title = format!("there are 1 to {max} clients at each PoP");
            self.mistake(Diagnostic::new(Code::OutOfRange, title).at(&written.span, ""));
        }
        let of_rates: [(&str, Option<&Span>); 2] = [
            ("split", table.split.as_ref().map(|w| &w.span)),
            ("arrivals", table.arrivals.as_ref().map(|w| &w.span)),
        ];
        for (key, span) in of_rates {
            if let Some(span) = span {
                let title = format!("`{key}` belongs to `rate`, and these clients have a `count`");
                self.no_effect(span, title, "leave it out; `count` is at each PoP of `at`");
            }
        }
        let Some(written) = &table.think else {
            return ClientStart::Once { count };
        };
        let mistakes_before = self.mistakes.len();
        let think = self.spread("think", written);
        let is_never = match think {
            Distribution::Constant(always) => always == Duration::ZERO,
            Distribution::Uniform { max, .. } => max == Duration::ZERO,
            Distribution::Lognormal { .. } | Distribution::Exponential { .. } => false,
        };
        if is_never && self.mistakes.len() == mistakes_before {
            let title =
                "clients that go on without a pause may take endlessly many steps in no time";
            self.mistake(
                Diagnostic::new(Code::OutOfRange, title)
                    .at(&written.span, "must be above zero")
                    .help("leave `think` out for clients that take their steps once"),
            );
        }
        ClientStart::Looping { count, think }
    }

    fn roaming(&mut self, roam: &Written<file::Roam>, names: &Places<'_>) -> Option<Roaming> {
        let mistakes_before = self.mistakes.len();
        let among = chosen_pops(&roam.among, "among", "a roaming client", names, self);
        self.sites += among.len();
        let is_clean = self.mistakes.len() == mistakes_before;
        let span = roam.among.as_ref().map_or(&roam.span, |among| &among.span);
        if among.len() < 2 && names.are_complete && is_clean {
            let title = "clients roam among two PoPs at least";
            let found = match among.first() {
                Some(pop) => format!("this is {} alone", names.pops[*pop].code),
                None => String::new(),
            };
            self.mistake(
                Diagnostic::new(Code::OutOfRange, title)
                    .at(span, found)
                    .help("name another, or leave `roam` out"),
            );
        }
        let rule = match (&roam.probability, &roam.every) {
            (Some(probability), None) => {
                let share = probability.value.0;
                if !(share > 0.0 && share <= 1.0) {
                    let title = "a probability is above 0% and at most 100%";
                    self.mistake(
                        Diagnostic::new(Code::OutOfRange, title)
                            .at(&probability.span, "")
                            .help("leave `roam` out for clients that stay"),
                    );
                }
                RoamingRule::Probability(share)
            }
            (None, Some(every)) => {
                if every.value == Duration::ZERO {
                    let title = "a client cannot move every moment";
                    self.mistake(
                        Diagnostic::new(Code::OutOfRange, title)
                            .at(&every.span, "must be above zero"),
                    );
                }
                self.at_most("every", every, bounds::SPAN_MAX);
                RoamingRule::Every(every.value)
            }
            (Some(probability), Some(every)) => {
                let title = "clients move either with a `probability` or `every` so often";
                let mut spans = [&probability.span, &every.span];
                spans.sort_by_key(|span| span.start);
                self.mistake(
                    Diagnostic::new(Code::Choice, title)
                        .at(spans[1], "this as well")
                        .also(spans[0], "this")
                        .help("keep one of them"),
                );
                return None;
            }
            (None, None) => {
                let title = "roaming is by `probability` or `every` so often";
                self.mistake(
                    Diagnostic::new(Code::Choice, title)
                        .at(&roam.span, "neither is here")
                        .help("for example { probability = \"10%\" } or { every = \"1m\" }"),
                );
                return None;
            }
        };
        Some(Roaming { among, rule })
    }
}
