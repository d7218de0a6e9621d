//! What a run of a lesson found: its numbers, and the closed forms of its scenario to hold them against.

use super::{Measure, Move, Number, Of};
use crate::experiment::Results;
use crate::observe::summary::{Numbers, Summary};
use crate::report::format;
use crate::scenario::{Keys, Scope, Workload};
use crate::stats::Estimate;
use crate::theory::Cache;

/// What a run found.
pub struct Seen {
    /// All of it.
    pub results: Results,
}

impl Seen {
    /// A number with its interval; `None` of nothing, such as the staleness of no stale read.
    pub fn estimate(&self, number: &Number) -> Option<Estimate> {
        let summary = &self.results.summary;
        match number.measure {
            Measure::Plain(metric) => self.scope(summary, number.of).get(metric, None),
            Measure::Statistic(metric, statistic) => {
                self.scope(summary, number.of).get(metric, Some(statistic))
            }
            Measure::Share(part, whole) => {
                let share = |run: &Summary<f64>| {
                    let numbers = self.scope(run, number.of);
                    let whole = numbers.get(whole, None).filter(|whole| *whole > 0.0)?;
                    Some(numbers.get(part, None)? / whole)
                };
                let shares: Vec<f64> = self.results.runs.iter().filter_map(share).collect();
                Estimate::of(&shares)
            }
        }
    }

    /// A number; 0 of nothing.
    pub fn value(&self, number: &Number) -> f64 {
        self.estimate(number).map_or(0.0, |estimate| estimate.mean)
    }

    /// A number with its interval, as people read it.
    pub fn shown(&self, number: &Number) -> String {
        let unit = number.measure.unit();
        self.estimate(number).map_or("none".to_owned(), |measured| {
            format::estimate(unit, measured)
        })
    }

    /// A number without its interval, for sentences.
    pub fn said(&self, number: &Number) -> String {
        match self.estimate(number) {
            Some(measured) => format::value(number.measure.unit(), measured.mean),
            None => "none".to_owned(),
        }
    }

    /// Where a number went from here to `after`.
    pub fn moved(&self, number: &Number, after: &Seen) -> Move {
        Move::between(self.value(number), after.value(number))
    }

    /// The cache of one of a workload's keys at each PoP where it reads, one after the other. Keys are read alike.
    pub fn caches(&self, workload: &str) -> Vec<Cache> {
        let scenario = &self.results.scenario;
        let workload = self.workload(workload);
        let caches = workload.at.iter().map(|site| {
            let hop = scenario.pops[site.pop].path.last();
            let link = &hop.expect("a way leads to the store").link;
            Cache {
                reads_per_s: workload.reads_per_s * site.weight / keys(workload),
                ttl_s: workload.cache_ttl.as_secs_f64(),
                up_s: link.up.constant.as_secs_f64(),
                down_s: (scenario.store.service_time + link.down.constant).as_secs_f64(),
            }
        });
        caches.collect()
    }

    /// Writes per second to one of a workload's keys, from all PoPs together.
    pub fn writes_per_s(&self, workload: &str) -> f64 {
        let workload = self.workload(workload);
        let weight: f64 = workload.at.iter().map(|site| site.weight).sum();
        workload.writes_per_s * weight / keys(workload)
    }

    /// The measured seconds of one run.
    pub fn seconds(&self) -> f64 {
        self.results.scenario.duration.as_secs_f64()
    }

    fn workload(&self, name: &str) -> &Workload {
        let mut workloads = self.results.scenario.workloads.iter();
        let found = workloads.find(|workload| workload.name == name);
        found.expect("a lesson names what is in its scenario")
    }

    fn scope<'s, T: Copy>(&self, summary: &'s Summary<T>, of: Of) -> &'s Numbers<T> {
        let scenario = &self.results.scenario;
        let named = "a lesson names what is in its scenario";
        let scope = match of {
            Of::All => Scope::Total,
            Of::Pop(code) => {
                let pop = scenario.pops.iter().position(|pop| pop.code == code);
                Scope::Pop(pop.expect(named))
            }
            Of::Workload(name) => {
                let workload = scenario.workload_names().position(|other| other == name);
                Scope::Workload(workload.expect(named))
            }
        };
        summary.scope(scope)
    }
}

fn keys(workload: &Workload) -> f64 {
    match workload.keys {
        Keys::One(_) => 1.0,
        Keys::Ranked { count, .. } => f64::from(count),
    }
}
