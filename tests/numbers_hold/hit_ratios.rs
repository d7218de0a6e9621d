//! How reads are answered: hits, waits and fetches.

use super::Runs;
use super::worlds::OnePop;
use kvlag::theory::{Cache, herd_hit_ratio};

fn cache(reads_per_s: f64, ttl_s: f64, up_s: f64, down_s: f64) -> Cache {
    Cache {
        reads_per_s,
        ttl_s,
        up_s,
        down_s,
    }
}

/// Holds hits, waits and fetches against the formulas.
fn hold(what: &str, runs: &Runs, theory: &Cache, precision: f64) {
    runs.hold_hit_ratio(&format!("hits, {what}"), theory.hit_ratio(), precision);
    runs.hold_fetch_ratio(&format!("fetches, {what}"), theory.fetch_ratio(), precision);
    if theory.fetch_time_s() > 0.0 {
        let coalesced = theory.coalesced_ratio();
        runs.hold_total(
            &format!("coalesced, {what}"),
            coalesced,
            10.0 * precision,
            |class| (class.tally.coalesced_reads as f64, class.tally.reads as f64),
        );
    }
}

#[test]
fn hits_without_delay() {
    for (reads_per_s, ttl_s, duration) in
        [(0.1, 60.0, "8d"), (0.02, 45.0, "30d"), (1.5, 37.0, "1d")]
    {
        let cache = cache(reads_per_s, ttl_s, 0.0, 0.0);
        let runs = Runs::of(&OnePop::read(cache, duration).text());
        hold(
            &format!("λ = {reads_per_s}/s, T = {ttl_s} s"),
            &runs,
            &cache,
            0.01,
        );
    }
}

#[test]
fn reads_wait_for_the_fetch_under_way() {
    for (cache, duration) in [
        (cache(5.0, 30.0, 0.5, 1.5), "12h"),
        (cache(0.1, 60.0, 0.15, 0.05), "8d"),
        (cache(0.4, 7.0, 11.0, 2.0), "3d"),
    ] {
        let runs = Runs::of(&OnePop::read(cache, duration).text());
        let Cache {
            reads_per_s,
            ttl_s,
            up_s,
            down_s,
        } = cache;
        let what = format!("λ = {reads_per_s}/s, T = {ttl_s} s, {up_s} s up, {down_s} s down");
        hold(&what, &runs, &cache, 0.02);
    }
}

#[test]
fn of_a_delay_that_is_drawn_only_the_mean_matters() {
    // Of a log-normal delay with median m and sigma s the mean is m × e^(s²/2).
    let sigma = libm::log(8.0 / 1.0) / 2.326_347_874_040_841;
    let lognormal_mean_s = libm::exp(sigma * sigma / 2.0);
    let delays = [
        (
            "{ lognormal = { p50 = \"1s\", p99 = \"8s\" } }",
            lognormal_mean_s,
        ),
        ("{ exponential = { mean = \"3s\" } }", 3.0),
        ("{ uniform = { min = \"500ms\", max = \"6s\" } }", 3.25),
    ];
    for (up, (name, up_s)) in [delays[0], delays[1], delays[2]].into_iter().enumerate() {
        let (down_name, down_s) = delays[(up + 1) % 3];
        let cache = cache(0.5, 20.0, up_s, down_s);
        let world = OnePop {
            delays: Some((name, down_name)),
            ..OnePop::read(cache, "3d")
        };
        hold(
            &format!("up {}", &name[2..8]),
            &Runs::of(&world.text()),
            &cache,
            0.02,
        );
    }
}

#[test]
fn where_nobody_waits_each_answer_restarts_the_copy() {
    for (cache, duration) in [
        (cache(5.0, 30.0, 0.5, 1.5), "12h"),
        (cache(0.5, 40.0, 2.0, 1.0), "3d"),
    ] {
        let world = OnePop {
            rules: "coalesce = false",
            ..OnePop::read(cache, duration)
        };
        let runs = Runs::of(&world.text());
        let hits = herd_hit_ratio(&cache);
        runs.hold_hit_ratio(
            &format!("hits, nobody waits, λ = {}", cache.reads_per_s),
            hits,
            0.01,
        );
        let what = format!("fetches, nobody waits, λ = {}", cache.reads_per_s);
        runs.hold_fetch_ratio(&what, 1.0 - hits, 0.02);
    }
}
