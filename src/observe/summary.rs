//! The numbers of one run: each metric and statistic for the whole, each PoP, each workload and each tier, and what
//! became of requests to Workers.

use super::findings::{Class, Findings, TierTally};
use super::histogram::Histogram;
pub use crate::scenario::metric::Leaf;
use crate::scenario::metric::{METRICS, Metric, Statistic, Unit};
use crate::scenario::{Measured, Scope};
use crate::sim::observation::MissCause;
use std::collections::{BTreeMap, BTreeSet};

/// The numbers of a scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers<T> {
    /// For each [`Leaf`]; `None` is a statistic of nothing, or what has no meaning in its scope.
    values: Vec<Option<T>>,
    /// Responses of Workers by status.
    pub responses: BTreeMap<u16, T>,
    /// What scripts counted, by name.
    pub counts: BTreeMap<String, T>,
}

/// The numbers of one run, by scope.
#[derive(Clone, Debug)]
pub struct Summary<T> {
    /// Everything.
    pub total: Numbers<T>,
    /// By PoP.
    pub pops: Vec<Numbers<T>>,
    /// By workload, scripted operations last.
    pub workloads: Vec<Numbers<T>>,
    /// By tier.
    pub tiers: Vec<TierSummary<T>>,
}

/// The numbers of one tier.
#[derive(Clone, Debug, PartialEq)]
pub struct TierSummary<T> {
    /// All its places together.
    pub total: TierNumbers<T>,
    /// By place.
    pub places: Vec<TierNumbers<T>>,
}

/// A value for each of [`TIER_METRICS`]; `None` is a ratio of nothing.
pub type TierNumbers<T> = [Option<T>; 5];

/// What is measured of a tier, by JSON key and definition.
pub const TIER_METRICS: [(&str, &str); 5] = [
    ("reads", "Requests that arrived from below."),
    ("hits", "Requests answered from its copy."),
    (
        "coalesced_reads",
        "Requests that waited for a fetch already under way.",
    ),
    ("fetches", "Requests that it passed on upwards."),
    ("hit_ratio", "Hits over requests."),
];

impl<T: Copy> Numbers<T> {
    /// The value of a leaf; a count has no statistic and a distribution needs one.
    pub fn get(&self, metric: Metric, statistic: Option<Statistic>) -> Option<T> {
        let asked = Leaf { metric, statistic };
        let index = Leaf::all().position(|leaf| leaf == asked);
        self.values[index.expect("counts have no statistic, distributions have one")]
    }

    /// Every leaf with its value.
    pub fn iter(&self) -> impl Iterator<Item = (Leaf, Option<T>)> + '_ {
        Leaf::all().zip(self.values.iter().copied())
    }
}

impl Numbers<f64> {
    /// One number of those of several runs, for each that any of them has. `estimate` is given the values of those
    /// runs that have it; a status or a count of a script that did not occur in a run is 0 there.
    pub fn join<T>(runs: &[&Numbers<f64>], estimate: impl Fn(&[f64]) -> Option<T>) -> Numbers<T> {
        let leaves = 0..runs.first().map_or(0, |run| run.values.len());
        let values = leaves.map(|leaf| {
            let values: Vec<f64> = runs.iter().filter_map(|run| run.values[leaf]).collect();
            estimate(&values)
        });
        Numbers {
            values: values.collect(),
            responses: join_maps(runs, |run| &run.responses, &estimate),
            counts: join_maps(runs, |run| &run.counts, &estimate),
        }
    }

    /// What a rule is about; `None` for a statistic or a ratio of nothing.
    pub fn measured(&self, measured: &Measured) -> Option<f64> {
        let (count, is_ratio) = match measured {
            Measured::Leaf(leaf) => return self.get(leaf.metric, leaf.statistic),
            Measured::Responses { statuses, is_ratio } => {
                let responses = self.responses.iter();
                let meant = responses.filter(|(status, _)| statuses.contain(**status));
                // The sum of nothing would be a negative zero.
                let count = meant.fold(0.0, |sum, (_, count)| sum + count);
                (count, is_ratio)
            }
            Measured::Count { name, is_ratio } => {
                (self.counts.get(name).copied().unwrap_or(0.0), is_ratio)
            }
        };
        if !is_ratio {
            return Some(count);
        }
        let requests = self.get(Metric::Requests, None)?;
        (requests > 0.0).then(|| count / requests)
    }
}

/// One number for each key that any of the runs has.
fn join_maps<K: Ord + Clone, T>(
    runs: &[&Numbers<f64>],
    map: impl Fn(&Numbers<f64>) -> &BTreeMap<K, f64>,
    estimate: impl Fn(&[f64]) -> Option<T>,
) -> BTreeMap<K, T> {
    let keys: BTreeSet<&K> = runs.iter().flat_map(|run| map(run).keys()).collect();
    let joined = keys.into_iter().filter_map(|key| {
        let values = runs.iter().map(|run| map(run).get(key).copied());
        let values: Vec<f64> = values.map(|value| value.unwrap_or(0.0)).collect();
        Some((key.clone(), estimate(&values)?))
    });
    joined.collect()
}

impl<T: Copy> Summary<T> {
    /// The numbers of a scope.
    pub fn scope(&self, scope: Scope) -> &Numbers<T> {
        match scope {
            Scope::Total => &self.total,
            Scope::Pop(pop) => &self.pops[pop],
            Scope::Workload(workload) => &self.workloads[workload],
        }
    }
}

impl Summary<f64> {
    /// Computes every number from what a run found.
    pub fn of(findings: &Findings) -> Self {
        let one_by_one = |scopes: Vec<Scope>, numbers: &(dyn Fn(Scope) -> Numbers<f64> + Sync)| {
            scopes.into_iter().map(numbers).collect()
        };
        Summary::with(findings, one_by_one)
    }

    /// Likewise, where `map` asks for the numbers of all scopes, and gives them in their order.
    pub fn with(
        findings: &Findings,
        map: impl FnOnce(Vec<Scope>, &(dyn Fn(Scope) -> Numbers<f64> + Sync)) -> Vec<Numbers<f64>>,
    ) -> Self {
        let workloads = (0..findings.workloads()).map(Scope::Workload);
        let pops = (0..findings.pops).map(Scope::Pop);
        let scopes = std::iter::once(Scope::Total).chain(workloads).chain(pops);
        let numbers_of = |scope| match scope {
            Scope::Total => numbers(&findings.total(), Some(&findings.convergence)),
            Scope::Workload(workload) => numbers(&findings.of_workload(workload), None),
            Scope::Pop(pop) => numbers(&findings.at_pop(pop), None),
        };
        let mut numbers = map(scopes.collect(), &numbers_of).into_iter();
        let total = numbers.next().expect("the total comes first");
        let tiers = findings.tiers.iter();
        Summary {
            total,
            workloads: numbers.by_ref().take(findings.workloads()).collect(),
            pops: numbers.collect(),
            tiers: tiers.map(|places| tier_summary(places)).collect(),
        }
    }
}

/// Every number of what a class, or a sum of classes, saw; `convergence` where it has a meaning.
pub fn numbers(class: &Class, convergence: Option<&Histogram>) -> Numbers<f64> {
    let mut values = Vec::with_capacity(Leaf::all().count());
    for info in &METRICS {
        if info.is_distribution {
            match distribution(class, convergence, info.metric) {
                Some(statistics) => values.extend(statistics.map(Some)),
                None => values.extend([None; Statistic::ALL.len()]),
            }
        } else {
            values.push(plain(class, info.metric));
        }
    }
    let application = &class.application;
    let responses = application.responses.iter();
    let counts = application.counts.iter();
    Numbers {
        values,
        responses: responses
            .map(|(status, count)| (*status, *count as f64))
            .collect(),
        counts: counts
            .map(|(name, count)| (name.clone(), *count as f64))
            .collect(),
    }
}

fn tier_summary(places: &[TierTally]) -> TierSummary<f64> {
    let mut total = TierTally::default();
    for place in places {
        total.merge(place);
    }
    TierSummary {
        total: tier_numbers(&total),
        places: places.iter().map(tier_numbers).collect(),
    }
}

fn tier_numbers(tally: &TierTally) -> TierNumbers<f64> {
    let count = |count: u64| Some(count as f64);
    let hit_ratio = (tally.requests > 0).then(|| tally.hits as f64 / tally.requests as f64);
    [
        count(tally.requests),
        count(tally.hits),
        count(tally.coalesced),
        count(tally.fetches),
        hit_ratio,
    ]
}

fn distribution(
    class: &Class,
    convergence: Option<&Histogram>,
    metric: Metric,
) -> Option<[f64; 6]> {
    let histogram = match metric {
        Metric::Staleness => &class.staleness,
        Metric::VersionLag => &class.version_lag,
        Metric::Visibility => &class.visibility,
        Metric::Convergence => convergence?,
        Metric::ReadLatency => &class.read_latency,
        Metric::WriteLatency => &class.write_latency,
        Metric::RequestLatency => &class.request_latency,
        Metric::CoalescedLatency => &class.coalesced_latency,
        Metric::FetchLatency => &class.fetch_latency,
        other => unreachable!("{other:?} is not a distribution"),
    };
    let scaled =
        |ns_per_unit: f64| Some(histogram.time_statistics_ns()?.map(|ns| ns / ns_per_unit));
    match metric.info().unit {
        Unit::Seconds => scaled(1e9),
        Unit::Milliseconds => scaled(1e6),
        _ => histogram.count_statistics(),
    }
}

fn plain(class: &Class, metric: Metric) -> Option<f64> {
    let t = &class.tally;
    let ratio = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let count = match metric {
        Metric::HitRatio => return ratio(t.hits, t.reads),
        Metric::CoalescedRatio => return ratio(t.coalesced_reads, t.reads),
        Metric::FetchRatio => return ratio(t.fetches, t.reads),
        Metric::StaleReadRatio => return ratio(t.stale_reads, t.reads),
        Metric::RejectedWriteRatio => return ratio(t.rejected_writes, t.writes + t.deletes),
        Metric::Reads => t.reads,
        Metric::Hits => t.hits,
        Metric::CoalescedReads => t.coalesced_reads,
        Metric::Fetches => t.fetches,
        Metric::Refreshes => t.refreshes,
        Metric::StoreReads => t.store_reads,
        Metric::StaleReads => t.stale_reads,
        Metric::Writes => t.writes,
        Metric::Deletes => t.deletes,
        Metric::RejectedWrites => t.rejected_writes,
        Metric::Lists => t.lists,
        Metric::ListPages => t.list_pages,
        Metric::LostConcurrentWrites => t.lost_concurrent_writes,
        Metric::SkippedVersions => t.skipped_versions,
        Metric::StaleBaseWrites => t.stale_base_writes,
        Metric::LostUpdates => t.lost_updates,
        Metric::Sessions => t.sessions,
        Metric::ReadYourWritesViolations => t.read_your_writes_violations,
        Metric::MonotonicReadViolations => t.monotonic_read_violations,
        Metric::WritesFollowReadsViolations => t.writes_follow_reads_violations,
        Metric::ResurrectedKeys => t.resurrected_keys,
        Metric::Requests => t.requests,
        Metric::FailedRequests => t.failed_requests,
        Metric::AbsentMisses => t.misses.of(MissCause::Absent),
        Metric::ExpiredMisses => t.misses.of(MissCause::Expired),
        Metric::TooOldMisses => t.misses.of(MissCause::TooOld),
        Metric::ValueExpiredMisses => t.misses.of(MissCause::ValueExpired),
        Metric::DroppedMisses => t.misses.of(MissCause::Dropped),
        Metric::LookedPastMisses => t.misses.of(MissCause::LookedPast),
        other => unreachable!("{other:?} is a distribution"),
    };
    Some(count as f64)
}
