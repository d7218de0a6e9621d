//! Open workloads: where they arrive, how often, at which keys.

use super::places::Places;
use super::sites::sites;
use super::{Checker, bounds, written};
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file::{self, File};
use crate::scenario::language::forms;
use crate::scenario::language::source::Span;
use crate::scenario::language::written::Written;
use crate::scenario::{Arrivals, DEFAULT_CACHE_TTL, Daily, Keys, Workload};
use crate::units::{Rate, Share};

/// The workloads by name.
pub fn workloads(file: &File, names: &Places<'_>, checker: &mut Checker<'_>) -> Vec<Workload> {
    let mut workloads = Vec::new();
    for (name, table) in file.workload.iter() {
        checker.name("workload", name, &name.span);
        workloads.push(workload(name, table, names, checker));
    }
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
    let at = sites(&table.at, &table.split, "a workload", names, checker);
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
        value: table.value.as_ref().map(|value| value.value.clone()),
        name: name.value.clone(),
        at,
        reads_per_s: checker.per_second("reads", &table.reads),
        writes_per_s: checker.per_second("writes", &table.writes),
        deletes_per_s: checker.per_second("deletes", &table.deletes),
        lists_per_s: checker.per_second("lists", &table.lists),
        page: written(&table.page, bounds::PAGE_MAX),
        arrivals: checker.arrivals(&table.arrivals),
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
        ("value", span(&table.value), writes, "writes"),
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

impl Checker<'_> {
    fn per_second(&mut self, key: &str, rate: &Option<Written<Rate>>) -> f64 {
        let Some(rate) = rate else { return 0.0 };
        self.rate(key, &rate.span, rate.value);
        rate.per_second()
    }

    /// The law of the gaps between arrivals.
    pub fn arrivals(&mut self, arrivals: &Option<Written<forms::Arrivals>>) -> Arrivals {
        let Some(arrivals) = arrivals else {
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
