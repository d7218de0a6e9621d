//! The forms about what readers without memory are given: hits, staleness, and how soon writes are visible.

use super::{Formula, MOST_CACHES, WRITES_AT_LEAST, is_poisson, per_key, refused_ratio};
use crate::experiment::Results;
use crate::observe::summary::Numbers;
use crate::scenario::metric::{Metric, Statistic, Unit};
use crate::scenario::{CacheStart, OwnWrites, PopIndex, Scenario, Workload};
use crate::stats::Estimate;
use crate::theory::{Cache, Staleness};
use crate::units::Duration;

/// The share of refused writes up to which what is stale is as if none were.
const FEW_REFUSED: f64 = 0.05;

const READERS: &str = "Readers without memory (Poisson) with one cache-ttl, who wait for a fetch under way; caches that no tier feeds and no write of their own PoP changes. Of a drawn delay only the mean matters.";
const WRITERS: &str = "The same, and writers without memory, fewer than 1 in 20 of whose writes the limit refuses. A drawn way back enters by its mean.";
const VISIBLE: &str = "As for hits, and writes that do not depend on what anybody has read. A drawn way back enters by its mean.";

/// Readers for whom the forms hold, where they do.
pub(super) struct Readers<'r> {
    results: &'r Results,
    /// The PoPs that are summed over.
    pops: Vec<PopIndex>,
    /// By such a PoP, then by key.
    caches: Vec<Vec<Cache>>,
    place: String,
}

impl<'r> Readers<'r> {
    /// `None` where the forms do not hold, or would take too long.
    pub(super) fn of(results: &'r Results) -> Option<Self> {
        let scenario = &results.scenario;
        let readers = || scenario.workloads.iter().filter(|w| w.reads_per_s > 0.0);
        let ttl = readers().next()?.cache_ttl;
        let is_plain = readers().all(|w| is_poisson(&w) && w.cache_ttl == ttl)
            && ttl > Duration::ZERO
            && scenario.tiers.is_empty()
            && scenario.bandwidth.is_none()
            && scenario.cache.coalesce
            && scenario.cache.refresh_ahead == Duration::ZERO
            && scenario.cache.start == CacheStart::RandomAge
            && scenario
                .workloads
                .iter()
                .all(|w| w.expiration_ttl.is_none())
            && scenario.script.iter().all(|step| step.operation.modifies());
        if !is_plain {
            return None;
        }
        let all = (0..scenario.pops.len()).filter(|pop| scenario.has_readers(*pop));
        let all: Vec<PopIndex> = all.collect();
        let is_changed = |pop: PopIndex| {
            scenario.pops[pop].own_writes != OwnWrites::Unchanged && scenario.has_writers(pop)
        };
        let plain: Vec<PopIndex> = all
            .iter()
            .copied()
            .filter(|pop| !is_changed(*pop))
            .collect();
        let most = MOST_CACHES / (results.keyspace.len() as usize).max(1);
        let pops = busiest(results, plain, most);
        if pops.is_empty() {
            return None;
        }
        let caches = pops.iter().map(|pop| caches(results, *pop, ttl));
        Some(Readers {
            results,
            caches: caches.collect::<Option<_>>()?,
            place: place(scenario, &pops, all.len()),
            pops,
        })
    }

    /// The sum of something over all keys and PoPs.
    fn sum(&self, of_cache: impl Fn(usize, &Cache) -> f64) -> f64 {
        let each = self.caches.iter().map(|caches| {
            let read = caches
                .iter()
                .enumerate()
                .filter(|(_, cache)| cache.reads_per_s > 0.0);
            read.map(|(key, cache)| of_cache(key, cache)).sum::<f64>()
        });
        each.sum()
    }

    /// The ratio of two sums over these PoPs, run by run.
    fn measured(
        &self,
        part_and_whole: impl Fn(&Numbers<f64>) -> Option<(f64, f64)>,
    ) -> Option<Estimate> {
        let runs = self.results.runs.iter().filter_map(|run| {
            let pops = self
                .pops
                .iter()
                .filter_map(|pop| part_and_whole(&run.pops[*pop]));
            let (part, whole) = pops.fold((0.0, 0.0), |sum, of_pop| {
                (sum.0 + of_pop.0, sum.1 + of_pop.1)
            });
            (whole > 0.0).then(|| part / whole)
        });
        Estimate::of(&runs.collect::<Vec<f64>>())
    }

    fn formula(
        &self,
        name: &'static str,
        form: &'static str,
        unit: Unit,
        expected: f64,
    ) -> Formula {
        Formula {
            name,
            form,
            unit,
            expected,
            measured: None,
            place: self.place.clone(),
            exact: READERS,
        }
    }

    /// The hit ratio, and what goes on to the store.
    pub(super) fn hits(&self) -> [Formula; 2] {
        let reads = self.sum(|_, cache| cache.reads_per_s);
        let hits = self.sum(|_, cache| cache.reads_per_s * cache.hit_ratio());
        let fetches = self.sum(|_, cache| cache.fetches_per_s());
        let count = |numbers: &Numbers<f64>, metric| numbers.get(metric, None);
        let pops = self.pops.len() as f64;
        let seconds = self.results.scenario.duration.as_secs_f64() / pops;
        [
            Formula {
                measured: self
                    .measured(|n| Some((count(n, Metric::Hits)?, count(n, Metric::Reads)?))),
                ..self.formula(
                    "hit ratio",
                    "λT / (1 + λ(T + D))",
                    Unit::Ratio,
                    hits / reads,
                )
            },
            Formula {
                measured: self.measured(|n| Some((count(n, Metric::StoreReads)?, seconds))),
                ..self.formula(
                    "reads at the store a second",
                    "λ / (1 + λ(T + D))",
                    Unit::Count,
                    fetches,
                )
            },
        ]
    }

    /// What is stale and for how long, and how soon writes are visible.
    pub(super) fn staleness(&self, writes: &[f64]) -> Vec<Formula> {
        let scenario = &self.results.scenario;
        let ttl = self.caches[0][0].ttl_s;
        if scenario.warm_up.as_secs_f64() < ttl {
            // Versions have no past yet: too little is stale at the beginning.
            return Vec::new();
        }
        let mut formulas = Vec::new();
        // What the limit refuses comes so soon after an accepted write that what was stale already stays so: few of
        // them hardly matter.
        let refused = refused_ratio(scenario, writes);
        if scenario.store.write_limit.is_none() || refused.is_some_and(|r| r < FEW_REFUSED) {
            formulas.extend(self.stale_reads(writes));
        }
        formulas.extend(self.visibility(writes));
        formulas
    }

    fn stale_reads(&self, writes: &[f64]) -> Vec<Formula> {
        let written = |key: usize| writes[key] > 0.0;
        let of = |key: usize, cache: &Cache| Staleness {
            cache: *cache,
            writes_per_s: writes[key],
        };
        let reads = self.sum(|_, cache| cache.reads_per_s);
        let stale = self.sum(|key, cache| match written(key) {
            true => cache.reads_per_s * of(key, cache).ratio(),
            false => 0.0,
        });
        let stale_s = self.sum(|key, cache| match written(key) {
            true => cache.reads_per_s * of(key, cache).ratio() * of(key, cache).mean_s(),
            false => 0.0,
        });
        let count = |numbers: &Numbers<f64>, metric| numbers.get(metric, None);
        let ratio = Formula {
            measured: self
                .measured(|n| Some((count(n, Metric::StaleReads)?, count(n, Metric::Reads)?))),
            exact: WRITERS,
            ..self.formula(
                "stale reads",
                "λ g(T + d) / (1 + λ(T + D)), with g(x) = x − (1 − e^(−μx))/μ",
                Unit::Ratio,
                stale / reads,
            )
        };
        // Nobody may read here what is written, and then nothing is stale.
        let mean = (stale > 0.0).then(|| Formula {
            measured: self.measured(|n| {
                let stale = count(n, Metric::StaleReads)?;
                let mean = n.get(Metric::Staleness, Some(Statistic::Mean))?;
                Some((stale * mean, stale))
            }),
            exact: WRITERS,
            ..self.formula(
                "mean staleness of stale reads",
                "G(T + d) / g(T + d), with G the integral of g",
                Unit::Seconds,
                stale_s / stale,
            )
        });
        [Some(ratio), mean].into_iter().flatten().collect()
    }

    fn visibility(&self, writes: &[f64]) -> Option<Formula> {
        if self.results.pooled.convergence.count() < WRITES_AT_LEAST {
            return None;
        }
        let all: f64 = writes.iter().sum();
        let pops = self.pops.len() as f64;
        let sum = self.sum(|key, cache| writes[key] * cache.visibility_mean_s());
        Some(Formula {
            measured: self
                .measured(|n| Some((n.get(Metric::Visibility, Some(Statistic::Mean))?, 1.0))),
            exact: VISIBLE,
            ..self.formula(
                "mean time until a write is visible at a PoP",
                "λ(T + d)² / 2 / (1 + λ(T + D))",
                Unit::Seconds,
                sum / all / pops,
            )
        })
    }
}

/// The PoPs with the most reads, at most so many.
fn busiest(results: &Results, mut pops: Vec<PopIndex>, most: usize) -> Vec<PopIndex> {
    let workloads = &results.scenario.workloads;
    let reads = |pop: PopIndex| workloads.iter().map(|w| reads_at(w, pop)).sum::<f64>();
    pops.sort_by(|a, b| reads(*b).total_cmp(&reads(*a)).then(a.cmp(b)));
    pops.truncate(most);
    pops.sort_unstable();
    pops
}

fn reads_at(workload: &Workload, pop: PopIndex) -> f64 {
    let sites = workload.at.iter().filter(|site| site.pop == pop);
    workload.reads_per_s * sites.map(|site| site.weight).sum::<f64>()
}

/// By key: how it is read at a PoP.
fn caches(results: &Results, pop: PopIndex, ttl: Duration) -> Option<Vec<Cache>> {
    let scenario = &results.scenario;
    let link = &scenario.pops[pop].path[0].link;
    let service_s = scenario.store.service_time.as_secs_f64();
    let reads = per_key(results, |w| reads_at(w, pop))?;
    let caches = reads.into_iter().map(|reads_per_s| Cache {
        reads_per_s,
        ttl_s: ttl.as_secs_f64(),
        up_s: link.up.mean_s(),
        down_s: link.down.mean_s() + service_s,
    });
    Some(caches.collect())
}

/// "at all PoPs", "at FRA and IAD".
fn place(scenario: &Scenario, pops: &[PopIndex], all: usize) -> String {
    let codes: Vec<&str> = pops.iter().map(|pop| &*scenario.pops[*pop].code).collect();
    match (&codes[..], codes.len() == all) {
        ([one], _) => format!("at {one}"),
        (_, true) => "at all PoPs with readers".to_owned(),
        ([some @ .., last], false) if codes.len() <= 6 => {
            format!("at {} and {last}", some.join(", "))
        }
        _ => format!("at {} PoPs", codes.len()),
    }
}
