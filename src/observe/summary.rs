//! The numbers of one run: each metric and statistic for the whole, each PoP, each workload and each tier.

use super::findings::{Class, Findings, TierTally};
use super::histogram::Histogram;
use crate::scenario::Scope;
use crate::scenario::metric::{METRICS, Metric, Statistic, Unit};

/// One printed number: a metric and, for a distribution, which statistic of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The metric.
    pub metric: Metric,
    /// The statistic; `None` for a count or a ratio.
    pub statistic: Option<Statistic>,
}

/// A value for each [`Leaf`]; `None` is a statistic of nothing, or what has no meaning in its scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers<T> {
    values: Vec<Option<T>>,
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

impl Leaf {
    /// Every leaf, in the order of the files.
    pub fn all() -> impl Iterator<Item = Leaf> {
        METRICS.iter().flat_map(|info| {
            let statistics: &[Statistic] = if info.is_distribution {
                &Statistic::ALL
            } else {
                &[]
            };
            let plain = (!info.is_distribution).then_some(Leaf {
                metric: info.metric,
                statistic: None,
            });
            let each = statistics.iter().map(|s| Leaf {
                metric: info.metric,
                statistic: Some(*s),
            });
            plain.into_iter().chain(each)
        })
    }

    /// Its name in `summary.csv`: `stale_read_ratio`, `staleness_s.p99`.
    pub fn key(self) -> String {
        let key = self.metric.info().key;
        match self.statistic {
            None => key.to_owned(),
            Some(statistic) => format!("{key}.{}", statistic.name()),
        }
    }

    fn index(self) -> usize {
        Leaf::all()
            .position(|leaf| leaf == self)
            .expect("counts have no statistic, distributions have one")
    }
}

impl<T: Copy> Numbers<T> {
    /// Asks `value` for each leaf.
    pub fn from_fn(value: impl FnMut(Leaf) -> Option<T>) -> Self {
        Numbers {
            values: Leaf::all().map(value).collect(),
        }
    }

    /// The value of a leaf; a count has no statistic and a distribution needs one.
    pub fn get(&self, metric: Metric, statistic: Option<Statistic>) -> Option<T> {
        self.values[Leaf { metric, statistic }.index()]
    }

    /// Every leaf with its value.
    pub fn iter(&self) -> impl Iterator<Item = (Leaf, Option<T>)> + '_ {
        Leaf::all().zip(self.values.iter().copied())
    }

    /// The values alone, in the order of [`Leaf::all`].
    pub fn values(&self) -> &[Option<T>] {
        &self.values
    }
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
    let mut values = Vec::with_capacity(METRICS.len() + 5 * Statistic::ALL.len());
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
    Numbers { values }
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
        other => unreachable!("{other:?} is a distribution"),
    };
    Some(count as f64)
}
