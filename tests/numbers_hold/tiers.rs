//! Tiers: where age starts anew staleness adds up, where it is handed on PoPs miss more.

use super::Runs;
use super::staleness::{bucket_end_s, exceeding};
use kvlag::observe::findings::{Class, Findings};
use kvlag::observe::histogram::Histogram;
use kvlag::scenario::metric::Statistic;
use kvlag::theory::{Cache, RestartedTiers, carried_miss_ratio};

/// The PoP that is looked at, and another that stands for the many others that ask the same tier.
struct Tiered {
    duration: &'static str,
    age: &'static str,
    keep_s: f64,
    reads_per_s: f64,
    ttl_s: f64,
    others_per_s: f64,
    others_ttl_s: f64,
    writes_per_s: f64,
    /// One way between PoP and tier, and between tier and store.
    way_s: (f64, f64),
}

/// Index of the workload of the PoP that is looked at, and of the writers; in the order of the file.
const LOOKED_AT: usize = 0;
const WRITERS: usize = 2;
/// Index of the PoP that is looked at.
const LAB: usize = 0;

impl Tiered {
    fn runs(&self) -> Runs {
        let Tiered {
            duration,
            age,
            keep_s,
            reads_per_s,
            ttl_s,
            others_per_s,
            others_ttl_s,
            writes_per_s,
            ..
        } = self;
        let (below_s, above_s) = self.way_s;
        let mut text = format!(
            "duration = \"{duration}\"\nwarm-up = \"20m\"\n[limits]\nenforce = false\n\
             [store]\nwrite-limit = \"none\"\n[cache]\nown-writes = \"unchanged\"\n\
             [[tier]]\nname = \"tier\"\nat = [\"FRA\"]\nkeep = \"{keep_s}s\"\nage = \"{age}\"\n\
             [workload.lab]\nat = [\"LAB\"]\nreads = \"{reads_per_s}/s\"\ncache-ttl = \"{ttl_s}s\"\nkeys = {{ one = \"key\" }}\n\
             [workload.others]\nat = [\"OTHERS\"]\nreads = \"{others_per_s}/s\"\ncache-ttl = \"{others_ttl_s}s\"\nkeys = {{ one = \"key\" }}\n\
             [workload.writers]\nat = [\"OTHERS\"]\nwrites = \"{writes_per_s}/s\"\nkeys = {{ one = \"key\" }}\n"
        );
        for pop in ["LAB", "OTHERS"] {
            text += &format!("[pop.{pop}]\nvia = [\"FRA\"]\nto-store = \"{below_s}s\"\n");
            text += &format!("[[link]]\nfrom = \"{pop}\"\nto = \"IAD\"\none-way = \"0s\"\n");
        }
        text += &format!("[[link]]\nfrom = \"FRA\"\nto = \"IAD\"\none-way = \"{above_s}s\"\n");
        Runs::of(&text)
    }
}

/// What the reads of the PoP that is looked at saw.
fn lab(findings: &Findings) -> Class {
    findings.of_workload(LOOKED_AT).into_owned()
}

/// How long writes took to be visible there.
fn visibility(findings: &Findings) -> &Histogram {
    let class = findings.classes[WRITERS * findings.pops + LAB].as_ref();
    &class.expect("there are writes").visibility
}

fn mean_of(histogram: &Histogram) -> (f64, f64) {
    let count = histogram.count() as f64;
    let mean = histogram.time_statistic_ns(Statistic::Mean).unwrap_or(0.0);
    (mean / 1e9 * count, count)
}

#[test]
fn ages_that_start_anew_add_up() {
    // The others do not cache (a `cache-ttl` of zero), so what they ask of the tier is exactly Poisson; what the
    // PoP itself asks of it is a hundredth of that.
    for (keep_s, ttl_s, reads_per_s, others_per_s, writes_per_s, duration) in [
        (30.0, 60.0, 0.05, 1.0, 0.02, "8d"),
        (60.0, 40.0, 0.02, 0.5, 0.01, "15d"),
    ] {
        let theory = RestartedTiers {
            pop: Cache::without_delay(reads_per_s, ttl_s),
            tier: Cache::without_delay(others_per_s, keep_s),
        };
        let runs = Tiered {
            duration,
            age: "restarted",
            keep_s,
            reads_per_s,
            ttl_s,
            others_per_s,
            others_ttl_s: 0.0,
            writes_per_s,
            way_s: (0.0, 0.0),
        }
        .runs();
        let what = format!("T = {ttl_s} s below {keep_s} s, restarted");
        runs.hold(
            &format!("stale, {what}"),
            theory.stale_ratio(writes_per_s),
            0.03,
            |findings| {
                let t = lab(findings).tally;
                (t.stale_reads as f64, t.reads as f64)
            },
        );
        runs.hold(
            &format!("mean visibility, {what}"),
            theory.visibility_mean_s(),
            0.03,
            |findings| mean_of(visibility(findings)),
        );
        let max_s = theory.visibility_max_s();
        for time_s in [0.0, 0.2, 0.4, 0.6, 0.8].map(|share| share * max_s) {
            let end_s = bucket_end_s(visibility(&runs.0[0]), time_s);
            let late = 1.0 - theory.visible_within(end_s);
            runs.hold(
                &format!("visibility above {time_s} s, {what}"),
                late,
                0.15,
                |findings| exceeding(visibility(findings), time_s),
            );
        }
        let slowest = runs
            .0
            .iter()
            .map(|run| visibility(run).max_time().as_secs_f64())
            .fold(0.0, f64::max);
        assert!(
            slowest <= max_s && slowest > 0.97 * max_s,
            "{what}: {slowest} is close to T₁ + T₂"
        );
        let stalest = runs
            .0
            .iter()
            .map(|run| lab(run).staleness.max_time().as_secs_f64())
            .fold(0.0, f64::max);
        assert!(
            stalest <= max_s && stalest > 0.95 * max_s,
            "{what}: {stalest} is close to T₁ + T₂"
        );
    }
}

#[test]
fn an_age_that_is_handed_on_makes_pops_miss_more() {
    // The others are so hot that the tier always holds a copy, but for a gap of mean 1/(Λ + λ) in which either
    // side may be first to ask. The PoP misses once in a cycle of the tier: if it is the first, or if it reads.
    let (ttl_s, others_per_s) = (60.0, 4.0);
    for (reads_per_s, duration) in [(1.0 / 60.0, "2d"), (1.79328 / 60.0, "1d"), (0.1, "12h")] {
        let runs = Tiered {
            duration,
            age: "carried",
            keep_s: ttl_s,
            reads_per_s,
            ttl_s,
            others_per_s,
            others_ttl_s: ttl_s,
            writes_per_s: 0.02,
            way_s: (0.0, 0.0),
        };
        let runs = runs.runs();
        let reads_in_time = 1.0 - libm::exp(-reads_per_s * ttl_s);
        let exact = (reads_per_s + others_per_s * reads_in_time)
            / (reads_per_s * ttl_s * (others_per_s + reads_per_s) + reads_per_s);
        let limit = carried_miss_ratio(reads_per_s, ttl_s);
        assert!(
            (exact / limit - 1.0).abs() < 1e-2,
            "{exact} is nearly {limit}"
        );
        runs.hold(
            &format!("misses below a carried age, λ = {reads_per_s:.4}/s"),
            exact,
            0.02,
            |findings| {
                let t = lab(findings).tally;
                (t.fetches as f64, t.reads as f64)
            },
        );
        for run in &runs.0 {
            assert!(
                visibility(run).max_time().as_secs_f64() <= ttl_s,
                "ages do not add up"
            );
            assert!(
                lab(run).staleness.max_time().as_secs_f64() <= ttl_s,
                "ages do not add up"
            );
        }
    }
}

#[test]
fn a_carried_age_does_not_count_transit() {
    // T and both ways down bound staleness, and it comes close.
    let runs = Tiered {
        duration: "3d",
        age: "carried",
        keep_s: 60.0,
        reads_per_s: 0.3,
        ttl_s: 60.0,
        others_per_s: 3.0,
        others_ttl_s: 60.0,
        writes_per_s: 0.02,
        way_s: (5.0, 8.0),
    }
    .runs();
    let max_s = 60.0 + 5.0 + 8.0;
    let stalest = runs
        .0
        .iter()
        .map(|run| lab(run).staleness.max_time().as_secs_f64())
        .fold(0.0, f64::max);
    assert!(stalest <= max_s && stalest > max_s - 2.0, "{stalest}");
    let slowest = runs
        .0
        .iter()
        .map(|run| visibility(run).max_time().as_secs_f64())
        .fold(0.0, f64::max);
    assert!(slowest <= max_s && slowest > max_s - 2.0, "{slowest}");
}
