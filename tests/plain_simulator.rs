//! The textbook simulator that kvlag's speed is compared with, and whether the two agree: each is a second
//! opinion on the other.
//!
//! Seeds are fixed. Both have different streams, so numbers are compared in standard errors of the difference of
//! two means of 8 runs: with 14 degrees of freedom a correct pair is more than 5 apart once in 5,000 times.

#[allow(dead_code, reason = "the benchmark uses what the comparison does not")]
#[path = "bench/plain.rs"]
mod plain;

use kvlag::experiment::{self, Options};
use kvlag::scenario::metric::{Metric, Statistic};
use kvlag::scenario::{self, Overrides, catalogue};
use kvlag::stats::{Estimate, student_t_975};
use plain::Counts;

const KV_REF_1: &str = include_str!("bench/kv-ref-1.toml");
const RUNS: u32 = 8;

type Ratio = fn(&Counts) -> f64;

/// What both measure: the metric, and how the textbook's counts make it.
const MEASURES: [(Metric, Option<Statistic>, Ratio); 9] = [
    (Metric::Reads, None, |c| c.reads as f64),
    (Metric::Hits, None, |c| c.hits as f64),
    (Metric::CoalescedReads, None, |c| c.coalesced as f64),
    (Metric::Fetches, None, |c| c.fetches as f64),
    (Metric::Writes, None, |c| c.writes as f64),
    (Metric::StaleReadRatio, None, |c| {
        c.stale_reads as f64 / c.reads as f64
    }),
    (Metric::Staleness, Some(Statistic::Mean), |c| {
        c.staleness.sum_ns as f64 / c.stale_reads as f64 / 1e9
    }),
    (Metric::Visibility, Some(Statistic::Mean), |c| {
        let pairs = c.writes as usize * c.visibility.histograms.len();
        c.visibility.sum_ns as f64 / pairs as f64 / 1e9
    }),
    (Metric::ReadLatency, Some(Statistic::Mean), |c| {
        c.read_latency.sum_ns as f64 / c.reads as f64 / 1e6
    }),
];

#[test]
fn hit_ratio_of_the_textbook_simulator_is_that_of_renewal_theory() {
    for (pops, expected) in [(10, 0.8963), (300, 0.5874)] {
        let counts = plain::simulate(pops, 10_000, 10_000.0, 100.0, 1_000, 1);
        let ratio = counts.hits as f64 / counts.reads as f64;
        assert!((ratio - expected).abs() < 2e-3, "{pops} PoPs: {ratio}");
        assert_eq!(
            counts.reads,
            counts.hits + counts.coalesced + counts.fetches
        );
        let recorded: u64 = counts.read_latency.histograms.iter().map(|h| h.len()).sum();
        assert_eq!(recorded, counts.reads);
        let pairs: u64 = counts.visibility.histograms.iter().map(|h| h.len()).sum();
        assert_eq!(pairs, counts.writes * pops as u64);
        for (index, total) in [counts.reads, counts.hits, counts.stale_reads]
            .into_iter()
            .enumerate()
        {
            let sum: u64 = counts.timeline.iter().map(|s| u64::from(s[index])).sum();
            assert_eq!(sum, total);
        }
    }
}

#[test]
fn kvlag_and_the_textbook_simulator_agree() {
    compare(10, 200);
    compare(100, 100);
}

fn compare(pops: usize, seconds: u64) {
    let codes: Vec<String> = catalogue::pops()
        .iter()
        .take(pops)
        .map(|pop| format!("\"{}\"", pop.code))
        .collect();
    let overrides = Overrides {
        set: vec![
            format!("duration=\"{seconds}s\""),
            format!("pops=[{}]", codes.join(",")),
        ],
        runs: Some(RUNS),
        per_read: true,
        ..Overrides::default()
    };
    let scenario = match scenario::parse("kv-ref-1.toml", KV_REF_1, "kv-ref-1", &overrides) {
        Ok(scenario) => scenario,
        Err(mistakes) => panic!("{}", mistakes.render(false)),
    };
    let options = Options {
        threads: 1,
        record_reads: false,
        progress: &|_| {},
    };
    let summary = experiment::run(scenario, &options)
        .expect("there is no replay")
        .summary;
    let counts: Vec<Counts> = (0..u64::from(RUNS))
        .map(|run| plain::simulate(pops, 10_000, 10_000.0, 100.0, seconds, 1_000 + run))
        .collect();
    for (metric, statistic, ratio) in MEASURES {
        let own = summary
            .total
            .get(metric, statistic)
            .expect("it is measured");
        let values: Vec<f64> = counts.iter().map(ratio).collect();
        let plain = Estimate::of(&values).expect("there are runs");
        let error = libm::hypot(standard_error(own), standard_error(plain));
        let errors = (own.mean - plain.mean) / error;
        println!(
            "{pops:4} PoPs {:16} kvlag {:14.6} textbook {:14.6} {errors:5.1} standard errors of {error:.2e}",
            format!("{metric:?}"),
            own.mean,
            plain.mean
        );
        // Histograms keep three digits, and means are taken from them.
        let rounding = if statistic.is_some() {
            5e-4 * own.mean
        } else {
            0.0
        };
        assert!(
            (own.mean - plain.mean).abs() < 5.0 * error + rounding,
            "{pops} PoPs, {metric:?}: kvlag {own:?}, textbook {plain:?}"
        );
    }
}

fn standard_error(estimate: Estimate) -> f64 {
    let half_width = estimate.half_width_95.expect("there are several runs");
    half_width / student_t_975(RUNS - 1)
}
