//! What becomes a chart of lines: visibility, staleness, and how the load went over time.

use super::chart::{Axis, Chart, Scale, Series, clock, clock_steps, decades, round_steps, trimmed};
use crate::experiment::Results;
use crate::observe::findings::Interval;
use crate::observe::histogram::Histogram;
use crate::report::format;
use crate::report::formulas::WRITES_AT_LEAST;
use crate::scenario::metric::{Metric, Statistic, Unit};
use crate::scenario::{Arrivals, Keys, OwnWrites, Scenario};
use crate::theory::Cache;
use crate::units::Duration;

/// Lines of PoPs at most.
const MOST_POPS: usize = 6;
/// Points of a line.
pub(super) const POINTS: usize = 90;
/// Points of a line over time.
const TIMES: usize = 120;

/// The class of a line that is computed, not measured.
pub const FORMULA: &str = "theory";

/// What is to be said where not every PoP has its line; nothing otherwise.
pub fn busiest(results: &Results) -> String {
    match results.scenario.pops.len() {
        few if few <= MOST_POPS => String::new(),
        _ => format!(" The {MOST_POPS} PoPs with the most reads are shown."),
    }
}

/// The PoPs whose lines are drawn, with their classes: all if they are few, of many the busiest.
pub(super) fn chosen(results: &Results, has: impl Fn(usize) -> bool) -> Vec<(usize, String)> {
    let reads = |pop: usize| {
        let reads = results.summary.pops[pop].get(Metric::Reads, None);
        reads.map_or(0.0, |reads| reads.mean)
    };
    let mut pops: Vec<usize> = (0..results.scenario.pops.len())
        .filter(|pop| has(*pop))
        .collect();
    pops.sort_by(|a, b| reads(*b).total_cmp(&reads(*a)).then(a.cmp(b)));
    pops.truncate(MOST_POPS);
    pops.sort_unstable();
    let classes = (1..).map(|number| format!("c{number}"));
    pops.into_iter().zip(classes).collect()
}

/// How soon a write is visible, with the formula where it holds; `None` without accepted writes.
pub fn visibility(results: &Results) -> Option<Chart> {
    let scenario = &results.scenario;
    let histograms: Vec<Histogram> = (0..scenario.pops.len())
        .map(|pop| results.pooled.at_pop(pop).visibility.clone())
        .collect();
    let longest = histograms.iter().map(|h| h.max_time()).max()?;
    if longest == Duration::ZERO {
        return None;
    }
    let end_s = longest.as_secs_f64() * 1.04;
    let times = (0..=POINTS).map(|n| end_s * n as f64 / POINTS as f64);
    let times: Vec<f64> = times.collect();
    let share = |histogram: &Histogram, time_s: f64| {
        let at_most = histogram.count_at_most(Duration::from_secs_f64(time_s));
        at_most as f64 / histogram.count() as f64
    };
    let pops = chosen(results, |pop| {
        scenario.has_readers(pop) && histograms[pop].count() > 0
    });
    let mut series = Vec::new();
    for (pop, class) in &pops {
        let histogram = &histograms[*pop];
        series.push(Series {
            name: scenario.pops[*pop].code.clone(),
            class: class.clone(),
            points: times.iter().map(|t| (*t, share(histogram, *t))).collect(),
        });
    }
    if let Some(theory) = theory(scenario)
        && results.pooled.convergence.count() >= WRITES_AT_LEAST
    {
        series.push(Series {
            name: "formula".to_owned(),
            class: FORMULA.to_owned(),
            points: times.iter().map(|t| (*t, theory(*t))).collect(),
        });
    }
    let ticks = clock_steps(end_s, 5);
    let ttl = scenario.longest_cache_ttl_anywhere().as_secs_f64();
    let p99 = results
        .summary
        .total
        .get(Metric::Visibility, Some(Statistic::P99));
    let p99 = p99.map_or(String::new(), |p99| {
        format!(
            " 99 in 100 writes are visible everywhere within {}.",
            format::seconds(p99.mean)
        )
    });
    Some(Chart {
        name: "visibility",
        title: "The share of writes visible at a PoP, by the time since their commit".to_owned(),
        description: format!("Lines rise from the left to 100 percent.{p99}"),
        x: Axis {
            title: "time since the commit".to_owned(),
            scale: Scale::Linear,
            range: (0.0, end_s),
            ticks: ticks.into_iter().map(|t| (t, clock(t, end_s))).collect(),
        },
        y: shares("", 1.0),
        series,
        marks: (ttl <= end_s)
            .then(|| (ttl, format!("cache-ttl {}", clock(ttl, end_s))))
            .into_iter()
            .collect(),
        ..Chart::default()
    })
}

/// Whether there is a formula for the curve, and too few writes for it to say anything about them.
pub fn has_few_writes(results: &Results) -> bool {
    let writes = results.pooled.convergence.count();
    (1..WRITES_AT_LEAST).contains(&writes) && theory(&results.scenario).is_some()
}

/// The share of writes that are visible after a time at the mean of the PoPs with readers, where there is a formula:
/// one key, read everywhere by Poisson readers alike through no tier, and written at one PoP.
fn theory(scenario: &Scenario) -> Option<impl Fn(f64) -> f64> {
    let [readers] = &scenario
        .workloads
        .iter()
        .filter(|w| w.reads_per_s > 0.0)
        .collect::<Vec<_>>()[..]
    else {
        return None;
    };
    let is_plain = scenario.tiers.is_empty()
        && scenario.clients.is_empty()
        && scenario.workers.is_empty()
        && scenario.replays.is_empty()
        && scenario.bandwidth.is_none()
        && scenario.cache.refresh_ahead == Duration::ZERO
        && readers.arrivals == Arrivals::Poisson
        && readers.daily.is_none()
        && matches!(readers.keys, Keys::One(_))
        && !scenario
            .script
            .iter()
            .any(|step| !step.operation.modifies());
    if !is_plain {
        return None;
    }
    let writers = scenario.workloads.iter().filter(|w| w.modifies());
    let writers = writers.flat_map(|w| w.at.iter().map(|site| site.pop));
    let mut writers: Vec<usize> = writers
        .chain(scenario.script.iter().map(|s| s.pop))
        .collect();
    writers.dedup();
    let [writer] = writers[..] else {
        return None;
    };
    let writer = match scenario.pops[writer].own_writes {
        OwnWrites::Visible => Some(writer),
        OwnWrites::Unchanged => None,
        OwnWrites::Invalidated => return None,
    };
    let caches = readers
        .at
        .iter()
        .filter(|site| Some(site.pop) != writer)
        .map(|site| {
            let path = &scenario.pops[site.pop].path[0].link;
            Cache {
                reads_per_s: readers.reads_per_s * site.weight,
                ttl_s: readers.cache_ttl.as_secs_f64(),
                up_s: path.up.mean_s(),
                down_s: path.down.mean_s() + scenario.store.service_time.as_secs_f64(),
            }
        });
    let caches: Vec<Cache> = caches.collect();
    let pops = readers.at.len() as f64;
    Some(move |time_s| {
        let others: f64 = caches
            .iter()
            .map(|cache| cache.visible_within(time_s))
            .sum();
        (pops - caches.len() as f64 + others) / pops
    })
}

/// How stale stale reads are; `None` without any.
pub fn staleness(results: &Results) -> Option<Chart> {
    let total = results.pooled.total();
    let histogram = &total.staleness;
    let count = histogram.count();
    if count == 0 || histogram.max_time() == Duration::ZERO {
        return None;
    }
    let end_s = histogram.max_time().as_secs_f64() * 1.04;
    let least = (1.0 / count as f64).max(1e-4);
    let points = (0..=POINTS)
        .map(|n| end_s * n as f64 / POINTS as f64)
        .map(|time_s| {
            let within = histogram.count_at_most(Duration::from_secs_f64(time_s));
            (time_s, (count - within.min(count)) as f64 / count as f64)
        });
    let points: Vec<(f64, f64)> = points.take_while(|(_, share)| *share >= least).collect();
    let powers = decades(least, 1.0);
    let ticks = clock_steps(end_s, 5);
    let p50 = histogram.time_statistic_ns(Statistic::P50).unwrap_or(0.0) / 1e9;
    Some(Chart {
        name: "staleness",
        title: "The share of stale reads that are staler than a time".to_owned(),
        description: format!(
            "A line that falls from 100 percent at the left. Half of the stale reads are staler than {}, none is staler than {}.",
            format::seconds(p50),
            format::seconds(histogram.max_time().as_secs_f64())
        ),
        x: Axis {
            title: "staleness: how long what was returned had been superseded".to_owned(),
            scale: Scale::Linear,
            range: (0.0, end_s),
            ticks: ticks.into_iter().map(|t| (t, clock(t, end_s))).collect(),
        },
        y: Axis {
            title: String::new(),
            scale: Scale::Log,
            range: (powers[0], 1.0),
            ticks: powers
                .into_iter()
                .map(|p| (p, trimmed(&format::percent(p))))
                .collect(),
        },
        series: vec![Series {
            name: "all PoPs".to_owned(),
            class: "c1".to_owned(),
            points,
        }],
        ..Chart::default()
    })
}

/// What came through to the store over time.
pub fn store_load(results: &Results) -> Option<Chart> {
    let runs = results.seeds.len() as f64;
    let of = |name: &str, class: &str, count: fn(&Interval) -> u64| {
        let points = over_time(results, |sum, seconds| count(sum) as f64 / seconds / runs);
        Series {
            name: name.to_owned(),
            class: class.to_owned(),
            points,
        }
    };
    let series = vec![
        of("reads", "c1", |interval| interval.store_reads),
        of("writes", "c2", |interval| {
            interval.writes + interval.deletes
        }),
    ];
    let all = series.iter().flat_map(|series| &series.points);
    let most = all.map(|(_, rate)| *rate).fold(0.0, f64::max);
    (most > 0.0).then(|| Chart {
        name: "store-load",
        title: "Reads and writes a second at the store, over time".to_owned(),
        description: format!(
            "At most {} a second at once.",
            format::value(Unit::Count, most)
        ),
        x: time_axis(results),
        y: rate_axis(most),
        series,
        ..Chart::default()
    })
}

/// How the hit ratio and the share of stale reads went; `None` without reads.
pub fn shares_over_time(results: &Results) -> Option<Chart> {
    results.summary.total.get(Metric::HitRatio, None)?;
    let of = |name: &str, class: &str, count: fn(&Interval) -> u64| {
        let points = over_time(results, |sum, _| match sum.reads {
            0 => f64::NAN,
            reads => count(sum) as f64 / reads as f64,
        });
        Series {
            name: name.to_owned(),
            class: class.to_owned(),
            points: points
                .into_iter()
                .filter(|(_, share)| !share.is_nan())
                .collect(),
        }
    };
    Some(Chart {
        name: "shares",
        title: "The shares of reads that are hits and that are stale, over time".to_owned(),
        description: "Two lines between 0 and 100 percent; timeline.csv has their numbers."
            .to_owned(),
        x: time_axis(results),
        y: shares("", 1.0),
        series: vec![
            of("hits", "c1", |interval| interval.hits),
            of("stale", "c5", |interval| interval.stale_reads),
        ],
        ..Chart::default()
    })
}

/// A value for each of some equal parts of the measured time, from their sums and lengths in seconds.
pub(super) fn over_time(
    results: &Results,
    value: impl Fn(&Interval, f64) -> f64,
) -> Vec<(f64, f64)> {
    let findings = &results.pooled;
    let interval_s = findings.interval.as_secs_f64();
    let duration_s = results.scenario.duration.as_secs_f64();
    let at_once = findings.timeline.len().div_ceil(TIMES);
    let mut start_s = 0.0;
    let parts = findings.timeline.chunks(at_once).map(|part| {
        let mut sum = Interval::default();
        part.iter().for_each(|interval| sum.merge(interval));
        let end_s = (start_s + interval_s * part.len() as f64).min(duration_s);
        let point = ((start_s + end_s) / 2.0, value(&sum, end_s - start_s));
        start_s = end_s;
        point
    });
    parts.collect()
}

/// Rates up to a bit more than the greatest, a second.
pub(super) fn rate_axis(most: f64) -> Axis {
    let end = most * 1.05;
    let ticks = round_steps(end, 4).into_iter();
    Axis {
        title: String::new(),
        scale: Scale::Linear,
        range: (0.0, end),
        ticks: ticks.map(|v| (v, rate(v))).collect(),
    }
}

pub(super) fn time_axis(results: &Results) -> Axis {
    let end_s = results.scenario.duration.as_secs_f64();
    Axis {
        title: "simulated time".to_owned(),
        scale: Scale::Linear,
        range: (0.0, end_s),
        ticks: clock_steps(end_s, 5)
            .into_iter()
            .map(|t| (t, clock(t, end_s)))
            .collect(),
    }
}

fn shares(title: &str, up_to: f64) -> Axis {
    Axis {
        title: title.to_owned(),
        scale: Scale::Linear,
        range: (0.0, up_to),
        ticks: round_steps(up_to, 4)
            .into_iter()
            .map(|v| (v, format!("{} %", v * 100.0)))
            .collect(),
    }
}

pub(super) fn rate(per_s: f64) -> String {
    format!("{}/s", trimmed(&format::value(Unit::Count, per_s)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{self, Options};
    use crate::report::fixture;
    use crate::stats::Estimate;

    /// The share of (write, PoP) pairs visible after a time, run by run.
    fn measured(results: &[Results], time_s: f64) -> Estimate {
        let shares = results.iter().map(|results| {
            let classes = results.pooled.classes.iter().flatten();
            let (mut visible, mut all) = (0, 0);
            for class in classes {
                visible += class
                    .visibility
                    .count_at_most(Duration::from_secs_f64(time_s));
                all += class.visibility.count();
            }
            visible as f64 / all as f64
        });
        Estimate::of(&shares.collect::<Vec<f64>>()).expect("there are runs")
    }

    #[test]
    fn the_formula_beside_the_measured_visibility_is_what_is_measured() {
        let options = Options {
            threads: 2,
            record_reads: false,
            progress: &|_| {},
        };
        let runs = (0..30).map(|seed| {
            let mut scenario = fixture::flag_flip_scenario(1);
            scenario.seed = seed;
            experiment::run(scenario, &options).expect("there is no replay")
        });
        let runs: Vec<Results> = runs.collect();
        let formula = theory(&runs[0].scenario).expect("it is a plain scenario");
        for time_s in [5.0, 20.0, 40.0, 55.0] {
            let measured = measured(&runs, time_s);
            let half = measured.half_width_95.expect("there are several runs");
            // A half-width of 30 runs is 2.05 standard errors; four are allowed.
            let difference = measured.mean - formula(time_s);
            assert!(
                difference.abs() < 4.0 / 2.05 * half,
                "{time_s}: {measured:?}, {}",
                formula(time_s)
            );
        }
    }

    #[test]
    fn there_is_no_formula_for_what_it_does_not_hold_of() {
        let changed = |change: fn(&mut Scenario)| {
            let mut scenario = fixture::flag_flip_scenario(1);
            change(&mut scenario);
            theory(&scenario).is_some()
        };
        assert!(changed(|_| {}));
        assert!(!changed(|s| s.workloads[0].arrivals = Arrivals::Periodic));
        assert!(!changed(|s| {
            for pop in &mut s.pops {
                pop.own_writes = OwnWrites::Invalidated;
            }
        }));
        assert!(!changed(|s| s.cache.refresh_ahead = Duration::from_secs(1)));
        assert!(!changed(|s| s.tiers = fixture::tiered(1).scenario.tiers));
        assert!(!changed(|s| s.workloads[1].at = s.workloads[0].at.clone()));
    }
}
