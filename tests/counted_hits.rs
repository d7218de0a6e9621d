//! Hits that are counted against reads that are simulated one by one: the same distributions of every number
//! of the summary, over many scenarios drawn at random.
//!
//! Each scenario is run both ways, under as many seeds each, no two alike. If both ways are the same in
//! distribution, the numbers of both are one sample, dealt into two groups at random. So the ranks of one group
//! have a known mean and variance, whatever the distribution (H. Mann, D. Whitney, Annals of Mathematical
//! Statistics 18, 1947; with the usual correction for ties), and so have the ranks of how far each number is
//! from the median of all, which tell whether one group spreads more (as in the test of Ansari and Bradley,
//! same journal 31, 1960). Both are summed for each number of the summary over all scenarios, and over all
//! places of a kind (in all, at a PoP, of a workload): sums of many independent terms, of which the normal
//! distribution allows a deviation of `TOLERANCE` standard deviations, but for one in 150,000. There are about
//! 400 such sums: if nothing is wrong, one choice of seeds in 370 would fail here. A single scenario may deviate
//! by `TOLERANCE_OF_ONE`: about 40,000 comparisons, one choice of seeds in 10,000.

mod common;
#[path = "common/random.rs"]
mod random;

use kvlag::experiment::{self, Options, Results};
use kvlag::observe::summary::{Leaf, Numbers, Summary};
use kvlag::scenario::Scenario;
use kvlag::scenario::metric::Metric;
use kvlag::stats::Estimate;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use random::{Parts, scenario_text};
use std::collections::BTreeMap;

const SCENARIOS: usize = 60;
/// Runs of each scenario, in each of the ways.
const RUNS: u64 = 40;
const TOLERANCE: f64 = 4.5;
const TOLERANCE_OF_ONE: f64 = 6.0;

/// A sum of ranks, less what it should be, with its variance.
#[derive(Clone, Copy, Debug, Default)]
struct Deviation {
    excess: f64,
    variance: f64,
}

impl Deviation {
    fn add(&mut self, other: Deviation) {
        self.excess += other.excess;
        self.variance += other.variance;
    }

    fn in_standard_deviations(self) -> f64 {
        if self.variance > 0.0 {
            self.excess / self.variance.sqrt()
        } else {
            0.0
        }
    }
}

/// How far the ranks of `ours` among all numbers are from those of a group chosen at random.
fn rank_deviation(ours: &[f64], theirs: &[f64]) -> Deviation {
    let mut all: Vec<(f64, bool)> = ours.iter().map(|x| (*x, true)).collect();
    all.extend(theirs.iter().map(|x| (*x, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (n, m) = (ours.len() as f64, theirs.len() as f64);
    let (mut sum, mut ties, mut before) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|a, b| a.0 == b.0) {
        let size = equal.len() as f64;
        let rank = before + (size + 1.0) / 2.0;
        sum += rank * equal.iter().filter(|(_, is_ours)| *is_ours).count() as f64;
        ties += size * size * size - size;
        before += size;
    }
    let total = n + m;
    let spread = total + 1.0 - ties / (total * (total - 1.0));
    Deviation {
        excess: sum - n * (total + 1.0) / 2.0,
        variance: n * m / 12.0 * spread,
    }
}

/// Likewise for how far each number is from the median of all.
fn spread_deviation(ours: &[f64], theirs: &[f64]) -> Deviation {
    let mut all = [ours, theirs].concat();
    all.sort_by(f64::total_cmp);
    let median = (all[(all.len() - 1) / 2] + all[all.len() / 2]) / 2.0;
    let distances = |group: &[f64]| group.iter().map(|x| (x - median).abs()).collect::<Vec<_>>();
    rank_deviation(&distances(ours), &distances(theirs))
}

fn run(scenario: Scenario) -> Results {
    let options = Options {
        threads: 1,
        record_reads: false,
        progress: &|_| {},
    };
    experiment::run(scenario, &options).expect("there is no replay")
}

/// The summaries of so many runs.
fn runs(scenario: &Scenario, per_read: bool, first_seed: u64) -> Vec<Summary<Estimate>> {
    let with_seed = |seed| {
        let mut scenario = scenario.clone();
        (scenario.seed, scenario.per_read) = (seed, per_read);
        run(scenario).summary
    };
    (first_seed..).take(RUNS as usize).map(with_seed).collect()
}

/// The numbers of a summary, by where they are taken; `total` first.
fn places(summary: &Summary<Estimate>) -> Vec<(&'static str, &Numbers<Estimate>)> {
    let pops = summary.pops.iter().map(|numbers| ("at a PoP", numbers));
    let workloads = summary
        .workloads
        .iter()
        .map(|numbers| ("of a workload", numbers));
    [("in all", &summary.total)]
        .into_iter()
        .chain(pops)
        .chain(workloads)
        .collect()
}

/// A number, or what stands for one that is missing: far from all others.
fn value(numbers: &Numbers<Estimate>, leaf: Leaf) -> f64 {
    numbers
        .get(leaf.metric, leaf.statistic)
        .map_or(-1.0, |estimate| estimate.mean)
}

#[test]
fn every_number_has_the_same_distribution_both_ways() {
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(11),
        ..Config::default()
    });
    let parts = Parts {
        tiers: true,
        script: true,
    };
    let mut sums: BTreeMap<String, Deviation> = BTreeMap::new();
    for index in 0..SCENARIOS {
        let text = scenario_text(parts)
            .new_tree(&mut runner)
            .expect("a text")
            .current();
        let scenario = common::scenario(&text);
        let first_seed = 1 + index as u64 * 2 * RUNS;
        let counted = runs(&scenario, false, first_seed);
        let simulated = runs(&scenario, true, first_seed + RUNS);
        for (place, (kind, _)) in places(&counted[0]).into_iter().enumerate() {
            for leaf in Leaf::all() {
                let of = |runs: &[Summary<Estimate>]| -> Vec<f64> {
                    runs.iter()
                        .map(|run| value(places(run)[place].1, leaf))
                        .collect()
                };
                let (ours, theirs) = (of(&counted), of(&simulated));
                let (ranks, spread) = (
                    rank_deviation(&ours, &theirs),
                    spread_deviation(&ours, &theirs),
                );
                for (what, deviation) in [("location", ranks), ("spread", spread)] {
                    let z = deviation.in_standard_deviations();
                    assert!(
                        z.abs() <= TOLERANCE_OF_ONE,
                        "{what} of {} {kind}: {z}\n{ours:?}\n{theirs:?}\n{text}",
                        leaf.key()
                    );
                    let name = format!("{what} of {} {kind}", leaf.key());
                    sums.entry(name).or_default().add(deviation);
                }
            }
        }
    }
    let mut worst: Vec<(f64, &String)> = sums
        .iter()
        .map(|(name, sum)| (sum.in_standard_deviations(), name))
        .collect();
    worst.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    for (z, name) in &worst {
        println!("{z:+.2}  {name}");
    }
    assert!(
        worst[0].0.abs() <= TOLERANCE,
        "{} deviates by {}",
        worst[0].1,
        worst[0].0
    );
}

/// The mean of a number over runs both ways may differ by `TOLERANCE` standard errors.
fn same_mean(text: &str, metric: Metric) {
    let scenario = common::scenario(text);
    let of = |per_read, first_seed| {
        let runs = runs(&scenario, per_read, first_seed);
        let number = |run: &Summary<Estimate>| run.total.get(metric, None).map_or(0.0, |n| n.mean);
        runs.iter().map(number).collect::<Vec<f64>>()
    };
    let (counted, simulated) = (of(false, 1), of(true, 1 + RUNS));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let error = |values: &[f64]| {
        let squares = values
            .iter()
            .map(|x| (x - mean(values)).powi(2))
            .sum::<f64>();
        squares / (values.len() * (values.len() - 1)) as f64
    };
    let difference = mean(&counted) - mean(&simulated);
    let z = difference / (error(&counted) + error(&simulated)).sqrt();
    assert!(
        z.abs() < TOLERANCE,
        "{metric:?}: {z}\n{counted:?}\n{simulated:?}"
    );
}

/// Keys that are read about once in a run, and whose PoP writes them in the warm-up and never again.
#[test]
fn keys_that_are_hardly_read_are_read_as_often() {
    let text = r#"
        duration = "1h"
        warm-up = "1h"
        [pop.LAB]
        to-store = "20ms"
        [workload.w]
        reads = "1/20s"
        writes = "1/20s"
        keys = { uniform = 500 }
    "#;
    same_mean(text, Metric::Reads);
    same_mean(text, Metric::Hits);
}

/// Many thousand reads wait for each fetch, nanoseconds apart.
#[test]
fn as_many_reads_wait_for_a_fetch() {
    let text = r#"
        duration = "5ms"
        [limits]
        enforce = false
        [cache]
        start = "cold"
        [pop.LAB]
        to-store = "500us"
        [workload.w]
        reads = "10000000/s"
        cache-ttl = "1ms"
        keys = { one = "key" }
    "#;
    same_mean(text, Metric::CoalescedReads);
}

/// Whatever becomes of them, the reads of an interval are a Poisson number whose mean is the rate times its length.
/// There are a hundred million in each, so that a part in a thousand of any kind that got lost, or came twice, or
/// into the wrong interval, is dozens of standard deviations; 5 are allowed: for 3,600 intervals one choice of seeds in
/// 500 would fail.
#[test]
fn as_many_reads_come_in_each_interval_as_are_expected() {
    let world = r#"
        duration = "10m"
        [pop.LAB]
        near = "LHR"
        to-store = "1ms"
        [pop.AWAY]
        near = "SYD"
        to-store = "9ms"
        [workload.readers]
        at = ["LAB"]
        reads = "100000000/s"
        cache-ttl = "45s"
        keys = { one = "key" }
    "#;
    let writer = "[workload.writer]\nat = [\"AWAY\", \"LAB\"]\nwrites = \"1/7s\"\nkeys = { one = \"key\" }\n";
    let impatient = "[workload.impatient]\nat = [\"LAB\"]\nreads = \"100000000/s\"\ncache-ttl = \"31s\"\nkeys = { one = \"key\" }\n";
    let variants = [
        ("", 1e8),
        (writer, 1e8),
        (
            "[cache]\nrefresh-ahead = \"10s\"\n[workload.writer]\nat = [\"AWAY\", \"LAB\"]\nwrites = \"1/7s\"\nkeys = { one = \"key\" }\n",
            1e8,
        ),
        (
            "[cache]\nown-writes = \"invalidated\"\n[workload.writer]\nat = [\"AWAY\", \"LAB\"]\nwrites = \"1/7s\"\nkeys = { one = \"key\" }\n",
            1e8,
        ),
        (
            "[[tier]]\nname = \"regional\"\nat = [\"FRA\"]\nkeep = \"20s\"\n[workload.writer]\nat = [\"AWAY\", \"LAB\"]\nwrites = \"1/7s\"\nkeys = { one = \"key\" }\n",
            1e8,
        ),
        (impatient, 2e8),
    ];
    for (more, reads_per_s) in variants {
        let scenario = common::scenario(&format!("{world}{more}"));
        let findings = run(scenario).pooled;
        let expected = reads_per_s * findings.interval.as_secs_f64();
        assert!(expected >= 1e8);
        for (index, interval) in findings.timeline.iter().enumerate() {
            let z = (interval.reads as f64 - expected) / expected.sqrt();
            assert!(z.abs() < 5.0, "interval {index}: {z}\n{more}");
        }
    }
}

/// Over a whole day a rate that follows the sun has its mean: 8,640 million reads, give or take 93,000.
#[test]
fn as_many_reads_come_in_a_day_as_are_expected() {
    let scenario = common::scenario(
        r#"
        duration = "1d"
        [pop.LAB]
        near = "LHR"
        to-store = "1ms"
        [pop.AWAY]
        near = "SYD"
        to-store = "9ms"
        [workload.readers]
        at = ["LAB"]
        reads = "100000/s"
        keys = { one = "key" }
        daily = { peak = "20:00", swing = "80%" }
        [workload.writer]
        at = ["AWAY"]
        writes = "1/7s"
        keys = { one = "key" }
    "#,
    );
    let reads = run(scenario).pooled.total().tally.reads as f64;
    let expected = 8.64e9;
    assert!(
        (reads - expected).abs() < 4.5 * f64::sqrt(expected),
        "{reads}"
    );
}
