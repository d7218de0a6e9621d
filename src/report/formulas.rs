//! What closed forms expect of a scenario, beside what was measured: where one applies, and under which conditions it
//! is exact.
//!
//! The forms are those of [`crate::theory`], one key at one PoP each; here they are summed over keys and PoPs. A
//! scenario for which a form does not hold has no row for it.

mod readers;

use crate::experiment::Results;
use crate::scenario::keyspace::KeyId;
use crate::scenario::metric::{Metric, Unit};
use crate::scenario::{Arrivals, Scenario, Workload, WriteLimitRule};
use crate::stats::Estimate;
use crate::theory::rejected_ratio;
use readers::Readers;

/// A closed form, evaluated, beside the simulation.
#[derive(Clone, Debug)]
pub struct Formula {
    /// What is computed and measured.
    pub name: &'static str,
    /// The form for one key at one PoP, in the symbols of [`SYMBOLS`].
    pub form: &'static str,
    /// The unit of both numbers.
    pub unit: Unit,
    /// What the form gives.
    pub expected: f64,
    /// What the runs gave; `None` where there was nothing to measure.
    pub measured: Option<Estimate>,
    /// Where both are taken.
    pub place: String,
    /// Under which conditions the form is exact.
    pub exact: &'static str,
}

/// What the letters of the forms mean.
pub const SYMBOLS: &str = "λ: reads of the key a second at the PoP; T: their cache-ttl; D: how long a fetch takes, d its way back from the store; μ: writes of the key a second, refused or not; x: those in the gap that the limit asks for.";

/// Keys times PoPs that are summed over at most: a page must not take longer than its run.
const MOST_CACHES: usize = 200_000;
/// Writes from which on their mean visibility says something.
pub const WRITES_AT_LEAST: u64 = 20;

const REFUSED: &str = "Writers without memory (Poisson), all of whose delays have the same law.";

/// Every form that holds for the scenario.
pub fn formulas(results: &Results) -> Vec<Formula> {
    let scenario = &results.scenario;
    if has_programs(scenario) {
        return Vec::new();
    }
    let writes = writes_per_s(results);
    let mut formulas = Vec::new();
    if let Some(readers) = Readers::of(results) {
        formulas.extend(readers.hits());
        if let Some(writes) = &writes {
            formulas.extend(readers.staleness(writes));
        }
    }
    formulas.extend(writes.and_then(|writes| refused(results, &writes)));
    formulas
}

/// Whether anybody acts on what was read, or does what a file tells: no form knows of them.
fn has_programs(scenario: &Scenario) -> bool {
    !(scenario.clients.is_empty() && scenario.workers.is_empty() && scenario.replays.is_empty())
}

fn is_poisson(workload: &&Workload) -> bool {
    workload.arrivals == Arrivals::Poisson && workload.daily.is_none()
}

/// By key: writes and deletes a second; `None` where nobody writes, or not as a Poisson process.
fn writes_per_s(results: &Results) -> Option<Vec<f64>> {
    let scenario = &results.scenario;
    let scripted = scenario.script.iter().any(|s| s.operation.modifies());
    let mut writers = scenario.workloads.iter().filter(|w| w.modifies());
    if scripted || !scenario.has_writes() || !writers.all(|w| is_poisson(&w)) {
        return None;
    }
    let rate = |w: &Workload| {
        let weights = w.at.iter().map(|site| site.weight);
        (w.writes_per_s + w.deletes_per_s) * weights.sum::<f64>()
    };
    per_key(results, rate)
}

/// By key: the sum over workloads of a rate times the key's share; `None` where there are too many keys.
fn per_key(results: &Results, rate: impl Fn(&Workload) -> f64) -> Option<Vec<f64>> {
    let keys = results.keyspace.len();
    if keys as usize > MOST_CACHES {
        return None;
    }
    let mut sums = vec![0.0; keys as usize];
    for (index, workload) in results.scenario.workloads.iter().enumerate() {
        let rate = rate(workload);
        if rate > 0.0 {
            for (sum, key) in sums.iter_mut().zip(0..) {
                *sum += rate * results.keyspace.share(index, KeyId(key));
            }
        }
    }
    Some(sums)
}

/// The share of writes that the limit refuses.
fn refused(results: &Results, writes: &[f64]) -> Option<Formula> {
    let expected = refused_ratio(&results.scenario, writes)?;
    let total = &results.summary.total;
    Some(Formula {
        name: "writes refused",
        form: match results.scenario.store.write_limit_rule {
            WriteLimitRule::SinceAccepted => "x / (1 + x)",
            WriteLimitRule::SinceAttempt => "1 − e^(−x)",
            WriteLimitRule::CalendarSecond => "1 − (1 − e^(−x)) / x",
        },
        unit: Unit::Ratio,
        expected,
        measured: total.get(Metric::RejectedWriteRatio, None),
        place: "in all".to_owned(),
        exact: REFUSED,
    })
}

/// Over all keys; `None` without a limit, or where the rule has no form.
fn refused_ratio(scenario: &Scenario, writes: &[f64]) -> Option<f64> {
    let limit = scenario.store.write_limit?;
    let rule = scenario.store.write_limit_rule;
    if rule == WriteLimitRule::CalendarSecond && limit.count != 1.0 {
        return None;
    }
    let gap_s = limit.per.as_secs_f64() / limit.count;
    let of_key = |rate: &f64| rate * rejected_ratio(rule, *rate, gap_s);
    let written = writes.iter().filter(|rate| **rate > 0.0);
    let refused: f64 = written.map(of_key).sum();
    Some(refused / writes.iter().sum::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{self, Options};
    use crate::report::fixture;
    use crate::scenario::{CacheStart, OwnWrites};
    use crate::units::{Duration, Rate};

    fn run(change: impl Fn(&mut Scenario)) -> Results {
        let options = Options {
            threads: 2,
            record_reads: false,
            progress: &|_| {},
        };
        let mut scenario = fixture::flag_flip_scenario(30);
        scenario.warm_up = Duration::from_secs(120);
        change(&mut scenario);
        experiment::run(scenario, &options).expect("there is no replay")
    }

    fn names(results: &Results) -> Vec<&'static str> {
        formulas(results)
            .iter()
            .map(|formula| formula.name)
            .collect()
    }

    /// Half of a 95 % interval of 30 runs is 2.05 standard errors; four are allowed, for each of five forms.
    fn assert_formulas_hold(results: &Results, count: usize) {
        let formulas = formulas(results);
        assert_eq!(formulas.len(), count, "{:?}", names(results));
        for formula in formulas {
            let measured = formula.measured.expect("there is much to measure");
            let half = measured.half_width_95.expect("there are several runs");
            let difference = measured.mean - formula.expected;
            // Means come from histograms of three digits.
            let allowed = 4.0 / 2.05 * half + 5e-4 * formula.expected;
            assert!(difference.abs() < allowed, "{formula:?}");
            assert!(
                allowed < 0.25 * formula.expected,
                "as precise as to fail: {formula:?}"
            );
        }
    }

    #[test]
    fn each_form_gives_what_is_measured() {
        let results = run(|s| s.duration = Duration::from_secs(12 * 3600));
        assert_formulas_hold(&results, 6);
        assert_eq!(formulas(&results)[0].place, "at FRA, IAD, NRT and SYD");
    }

    #[test]
    fn forms_are_summed_over_keys_and_over_workloads_that_read_alike() {
        let results = run(|scenario| {
            for pop in &mut scenario.pops {
                pop.own_writes = OwnWrites::Unchanged;
            }
            scenario.duration = Duration::from_secs(1200);
            for workload in &mut scenario.workloads {
                workload.keys = crate::scenario::Keys::Ranked {
                    prefix: "k".into(),
                    count: 200,
                    exponent: 0.8,
                };
            }
            scenario.workloads[1].writes_per_s = 2.0;
            let mut others = scenario.workloads[0].clone();
            others.name = "others".into();
            others.at.truncate(2);
            others.reads_per_s = 7.0;
            scenario.workloads.push(others);
            scenario.store.write_limit = None;
        });
        assert_formulas_hold(&results, 5);
        assert_eq!(formulas(&results)[0].place, "at all PoPs with readers");
    }

    #[test]
    fn the_limit_on_writes_has_a_form_for_each_rule() {
        for rule in [
            WriteLimitRule::SinceAccepted,
            WriteLimitRule::SinceAttempt,
            WriteLimitRule::CalendarSecond,
        ] {
            let results = run(|scenario| {
                scenario.workloads[1].writes_per_s = 1.5;
                scenario.store.write_limit_rule = rule;
                scenario.store.write_limit = Some("1/s".parse::<Rate>().expect("a rate"));
                scenario.duration = Duration::from_secs(600);
            });
            let all = formulas(&results);
            let names: Vec<_> = all.iter().map(|formula| formula.name).collect();
            // Half of the writes are refused: what is accepted is no Poisson process.
            assert!(!names.contains(&"stale reads"), "{names:?}");
            assert_formulas_hold(&results, 4);
        }
    }

    #[test]
    fn where_nobody_reads_what_is_written_nothing_is_stale_for_any_time() {
        let results = run(|scenario| {
            scenario.workloads[1].keys = crate::scenario::Keys::One("another".into());
            scenario.duration = Duration::from_secs(60);
            scenario.runs = 1;
        });
        let all = formulas(&results);
        assert!(all.iter().all(|formula| formula.expected.is_finite()));
        let stale = all.iter().find(|formula| formula.name == "stale reads");
        assert_eq!(stale.expect("it holds").expected, 0.0);
        assert!(!names(&results).contains(&"mean staleness of stale reads"));
    }

    #[test]
    fn where_a_form_does_not_hold_it_is_not_there() {
        let with = |change: fn(&mut Scenario)| {
            names(&run(|scenario| {
                scenario.runs = 1;
                scenario.duration = Duration::from_secs(60);
                scenario.store.write_limit = None;
                change(scenario);
            }))
        };
        let of_reads = ["hit ratio", "reads at the store a second"];
        assert_eq!(with(|_| {}).len(), 4);
        assert_eq!(with(|s| s.warm_up = Duration::ZERO), of_reads);
        assert_eq!(
            with(|s| s.workloads[1].arrivals = Arrivals::Periodic),
            of_reads
        );
        for change in [
            |s: &mut Scenario| s.workloads[0].arrivals = Arrivals::Periodic,
            |s: &mut Scenario| s.cache.start = CacheStart::Cold,
            |s: &mut Scenario| s.cache.coalesce = false,
            |s: &mut Scenario| s.cache.refresh_ahead = Duration::from_secs(1),
            |s: &mut Scenario| s.workloads[1].expiration_ttl = Some(Duration::from_secs(90)),
            |s: &mut Scenario| s.workloads[1].at = s.workloads[0].at.clone(),
        ] {
            assert!(with(change).is_empty());
        }
    }
}
