//! Refresh-ahead: fetches in the background spare waits, and hardly change staleness.

use super::Runs;
use super::worlds::OnePop;
use kvlag::theory::{Cache, RefreshAhead};

#[test]
fn fetches_waits_and_staleness_with_a_refresh_ahead() {
    let cache = |reads_per_s, ttl_s, up_s, down_s| Cache {
        reads_per_s,
        ttl_s,
        up_s,
        down_s,
    };
    for (cache, mu, ahead_s, rules, duration) in [
        (
            cache(0.1, 60.0, 0.0, 0.0),
            0.01,
            15.0,
            "refresh-ahead = \"15s\"",
            "20d",
        ),
        (
            cache(0.3, 40.0, 0.0, 0.0),
            0.07,
            12.0,
            "refresh-ahead = \"12s\"",
            "5d",
        ),
        (
            cache(0.2, 60.0, 0.5, 1.5),
            0.02,
            10.0,
            "refresh-ahead = \"10s\"",
            "15d",
        ),
        (
            cache(0.15, 30.0, 4.0, 2.0),
            0.05,
            20.0,
            "refresh-ahead = \"20s\"",
            "10d",
        ),
    ] {
        let theory = RefreshAhead { cache, ahead_s };
        let world = OnePop {
            writes_per_s: mu,
            rules,
            ..OnePop::read(cache, duration)
        };
        let runs = Runs::of(&world.text());
        let what = format!(
            "λ = {}/s, r = {ahead_s} s, D = {} s",
            cache.reads_per_s,
            cache.fetch_time_s()
        );
        runs.hold_total(
            &format!("fetches and refreshes, {what}"),
            theory.fetches_over_reads(),
            0.01,
            |class| {
                let t = &class.tally;
                ((t.fetches + t.refreshes) as f64, t.reads as f64)
            },
        );
        runs.hold_fetch_ratio(&format!("fetches, {what}"), theory.fetch_ratio(), 0.05);
        runs.hold_total(
            &format!("waits, {what}"),
            theory.waiting_ratio(),
            0.05,
            |class| {
                let t = &class.tally;
                ((t.fetches + t.coalesced_reads) as f64, t.reads as f64)
            },
        );
        runs.hold_stale_ratio(&format!("stale, {what}"), theory.stale_ratio(mu), 0.03);
    }
}
