//! The simulator held against closed forms: whole experiments, as users run them, and what theory says they
//! must measure.
//!
//! Each comparison rests on 32 independent runs with fixed seeds, and is made twice: with hits counted, and
//! with each read simulated. A ratio of two counts is tested by what each
//! run has too much of: with the expected ratio ρ, part − ρ × whole has the mean zero exactly, whatever the
//! length of a run. The mean of these 32 numbers may be off by at most 4 of its standard errors (Student's t
//! with 31 degrees of freedom: one comparison in 2,700 would fail by chance). Each comparison also says how
//! precise it must be at least, so that it can fail: 4 standard errors as a part of what is expected.
//! `cargo test --test numbers_hold -- --nocapture` prints them all.

#[path = "../common/mod.rs"]
mod common;

mod arrivals;
mod clients;
mod concurrent_writes;
mod hit_ratios;
mod latency;
mod own_writes;
mod refresh;
mod several_ttls;
mod skipped;
mod staleness;
mod tiers;
mod visibility;
mod workers;
mod worlds;
mod write_limit;
mod zipf;

use kvlag::experiment::{self, Options};
use kvlag::observe::findings::{Class, Findings};
use kvlag::stats::{Estimate, student_t_975};

/// Runs behind each comparison.
const RUNS: u64 = 32;
/// Standard errors that a mean may be off by.
const TOLERANCE: f64 = 4.0;
/// Classes that all runs of one scenario may keep together: each has histograms of up to half a megabyte.
const CLASSES_MAX: usize = 2_000;

/// What the runs of one scenario found: with hits counted, and with each read simulated (under other seeds).
struct Runs(Vec<Findings>, Vec<Findings>);

/// Part and whole of a ratio in one run.
type Ratio = (f64, f64);

impl Runs {
    /// Simulates a scenario under each of the seeds, both ways.
    fn of(text: &str) -> Runs {
        let counted = Runs::simulate(text, 1, false, false);
        Runs(counted, Runs::simulate(text, 1 + RUNS, true, false))
    }

    /// Likewise, but what each PoP saw is forgotten as soon as a run ends: of hundreds of PoPs, all runs together
    /// would need gigabytes for it.
    fn without_classes(text: &str) -> Runs {
        let forget = |mut findings: Findings| {
            findings.classes = Vec::new();
            findings
        };
        let counted = Runs::simulate_and(text, 1, (false, false), forget);
        Runs(
            counted,
            Runs::simulate_and(text, 1 + RUNS, (true, false), forget),
        )
    }

    /// Simulates a scenario in which no hits can be counted, one way.
    fn once(text: &str) -> Runs {
        Runs(Runs::simulate(text, 1, false, false), Vec::new())
    }

    /// Simulates each read of a scenario and keeps a record of it.
    fn with_record(text: &str) -> Runs {
        Runs(Runs::simulate(text, 1, true, true), Vec::new())
    }

    fn simulate(text: &str, first_seed: u64, per_read: bool, record_reads: bool) -> Vec<Findings> {
        Runs::simulate_and(text, first_seed, (per_read, record_reads), |all| all)
    }

    /// Simulates a scenario with each read simulated, or recorded, or neither; keeps what `keep` gives of each run.
    fn simulate_and(
        text: &str,
        first_seed: u64,
        (per_read, record_reads): (bool, bool),
        keep: impl Fn(Findings) -> Findings,
    ) -> Vec<Findings> {
        let scenario = common::scenario(text);
        let run = |seed| {
            let mut scenario = scenario.clone();
            scenario.seed = seed;
            scenario.per_read = per_read;
            let options = Options {
                threads: 1,
                record_reads,
                progress: &|_| {},
            };
            let results = experiment::run(scenario, &options).expect("there is no replay");
            let kept = keep(results.pooled);
            assert!(
                kept.classes.len() * RUNS as usize <= CLASSES_MAX,
                "what is compared of so many PoPs can do without their classes"
            );
            kept
        };
        (first_seed..).take(RUNS as usize).map(run).collect()
    }

    /// Holds a ratio against what is expected.
    fn hold(&self, what: &str, expected: f64, precision: f64, ratio: impl Fn(&Findings) -> Ratio) {
        hold(what, &self.0, expected, precision, &ratio);
        if !self.1.is_empty() {
            let what = format!("{what}, each read simulated");
            hold(&what, &self.1, expected, precision, &ratio);
        }
    }

    /// Likewise over everything that happened.
    fn hold_total(
        &self,
        what: &str,
        expected: f64,
        precision: f64,
        ratio: impl Fn(&Class) -> Ratio,
    ) {
        self.hold(what, expected, precision, |findings| {
            ratio(&findings.total())
        });
    }

    /// Holds the stale share of reads against what is expected.
    fn hold_stale_ratio(&self, what: &str, expected: f64, precision: f64) {
        self.hold_total(what, expected, precision, |class| {
            (class.tally.stale_reads as f64, class.tally.reads as f64)
        });
    }

    /// Holds the share of reads that hit against what is expected.
    fn hold_hit_ratio(&self, what: &str, expected: f64, precision: f64) {
        self.hold_total(what, expected, precision, |class| {
            (class.tally.hits as f64, class.tally.reads as f64)
        });
    }

    /// Holds the share of reads that fetched against what is expected.
    fn hold_fetch_ratio(&self, what: &str, expected: f64, precision: f64) {
        self.hold_total(what, expected, precision, |class| {
            (class.tally.fetches as f64, class.tally.reads as f64)
        });
    }
}

/// Holds a ratio in some runs against what is expected.
fn hold(
    what: &str,
    runs: &[Findings],
    expected: f64,
    precision: f64,
    ratio: &impl Fn(&Findings) -> Ratio,
) {
    let ratios: Vec<Ratio> = runs.iter().map(ratio).collect();
    let wholes: f64 = ratios.iter().map(|(_, whole)| whole).sum();
    let measured = ratios.iter().map(|(part, _)| part).sum::<f64>() / wholes;
    let excesses: Vec<f64> = ratios
        .iter()
        .map(|(part, whole)| part - expected * whole)
        .collect();
    let excess = Estimate::of(&excesses).expect("there are runs");
    let half_width = excess.half_width_95.expect("there are several runs");
    let standard_error = half_width / student_t_975(RUNS as u32 - 1);
    let whole = wholes / RUNS as f64;
    let reached = TOLERANCE * standard_error / whole / expected;
    let z = if excess.mean == 0.0 {
        0.0
    } else {
        excess.mean / standard_error
    };
    println!(
        "| {what} | {expected:.6} | {measured:.6} | {:.2} % | {z:+.2} |",
        100.0 * reached
    );
    assert!(
        z.abs() <= TOLERANCE,
        "{what}: {measured} is not {expected}: {z} standard errors off"
    );
    assert!(
        reached <= precision,
        "{what}: {reached} is not as precise as {precision}"
    );
}
