//! What the acknowledgement of a write does at its own PoP, writers and readers side by side, without delay.

use super::Runs;
use super::worlds::OnePop;
use kvlag::theory::Cache;

fn runs(rules: &'static str, mu: f64, cache: Cache) -> Runs {
    let world = OnePop {
        writes_per_s: mu,
        rules,
        ..OnePop::read(cache, "6d")
    };
    Runs::of(&world.text())
}

#[test]
fn an_own_write_brings_a_new_copy() {
    // The copy is there until a TTL passes without a write, (e^(μT) − 1)/μ in the mean; then a write or a read
    // comes first. A cycle has one fetch if a read does: 1/(1 + (λ + μ)(e^(μT) − 1)/μ) of all reads.
    for (reads_per_s, mu) in [(0.1, 0.02), (0.02, 0.01), (0.05, 0.04)] {
        let held_s = libm::expm1(mu * 60.0) / mu;
        let expected = 1.0 / (1.0 + (reads_per_s + mu) * held_s);
        let runs = runs(
            "own-writes = \"visible\"",
            mu,
            Cache::without_delay(reads_per_s, 60.0),
        );
        runs.hold_fetch_ratio(
            &format!("fetches, own writes visible, λ = {reads_per_s}/s, μ = {mu}/s"),
            expected,
            0.05,
        );
        for run in &runs.0 {
            assert_eq!(
                run.total().tally.stale_reads,
                0,
                "the writer's PoP is never behind"
            );
        }
    }
}

#[test]
fn a_short_cache_ttl_looks_past_the_copy_of_an_own_write() {
    // The copy of an own write lasts the default 60 s, but this reader's `cache-ttl` is shorter.
    let (reads_per_s, mu, ttl_s) = (0.1, 0.02, 40.0);
    let held_s = libm::expm1(mu * ttl_s) / mu;
    let expected = 1.0 / (1.0 + (reads_per_s + mu) * held_s);
    let runs = runs(
        "own-writes = \"visible\"",
        mu,
        Cache::without_delay(reads_per_s, ttl_s),
    );
    runs.hold_fetch_ratio("fetches, own writes visible, T = 40 s", expected, 0.03);
}

#[test]
fn an_own_write_drops_the_copy() {
    // The copy lasts for the TTL or until a write, (1 − e^(−μT))/μ in the mean, and comes back with a read.
    for (reads_per_s, mu) in [(0.1, 0.02), (0.5, 0.1)] {
        let held_s = -libm::expm1(-mu * 60.0) / mu;
        let expected = 1.0 / (1.0 + reads_per_s * held_s);
        let runs = runs(
            "own-writes = \"invalidated\"",
            mu,
            Cache::without_delay(reads_per_s, 60.0),
        );
        runs.hold_fetch_ratio(
            &format!("fetches, own writes drop the copy, μ = {mu}/s"),
            expected,
            0.02,
        );
        for run in &runs.0 {
            assert_eq!(
                run.total().tally.stale_reads,
                0,
                "the writer's PoP is never behind"
            );
        }
    }
}

#[test]
fn a_hot_reader_skips_all_but_the_last_version_of_a_cycle() {
    // Of K versions in a cycle of mean T + 1/λ, K − 1 are skipped if there are any; there are none with
    // probability e^(−μT) λ/(λ + μ).
    for (reads_per_s, mu) in [(0.2, 0.05), (0.02, 0.02)] {
        let in_cycle = mu * (60.0 + 1.0 / reads_per_s);
        let none = libm::exp(-mu * 60.0) * reads_per_s / (reads_per_s + mu);
        let expected = (in_cycle - 1.0 + none) / in_cycle;
        let runs = runs(
            "own-writes = \"unchanged\"",
            mu,
            Cache::without_delay(reads_per_s, 60.0),
        );
        let what = format!("skipped versions, λ = {reads_per_s}/s, μ = {mu}/s");
        runs.hold_total(&what, expected, 0.02, |class| {
            (
                class.tally.skipped_versions as f64,
                class.tally.writes as f64,
            )
        });
    }
}
