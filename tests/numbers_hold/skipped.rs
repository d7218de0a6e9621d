//! Versions that a PoP never serves, and caches that refresh themselves: what must not depend on where the
//! measured time begins and ends.

use super::Runs;
use super::worlds::OnePop;
use kvlag::scenario::metric::Statistic;
use kvlag::theory::Cache;

/// A hot reader fetches every T + 1/λ on average and serves the version it finds. A fetch finds a new one with
/// probability 1 − e^{−μT} λ/(λ + μ), so that this share of μ(T + 1/λ) versions a cycle is served.
fn skipped_share(reads_per_s: f64, writes_per_s: f64, ttl_s: f64) -> f64 {
    let unchanged = libm::exp(-writes_per_s * ttl_s) * reads_per_s / (reads_per_s + writes_per_s);
    1.0 - (1.0 - unchanged) / (writes_per_s * (ttl_s + 1.0 / reads_per_s))
}

#[test]
fn versions_are_skipped_alike_in_a_minute_and_in_hours() {
    // In a minute a key's PoP serves one version, and none once in 120 times: it takes many keys to see that.
    for (writes_per_s, duration, keys) in [(5.0, "60s", 100), (5.0, "20m", 4), (0.05, "30h", 4)] {
        let cache = Cache {
            reads_per_s: 2.0,
            ttl_s: 60.0,
            up_s: 0.0,
            down_s: 0.0,
        };
        let world = OnePop {
            writes_per_s,
            keys,
            ..OnePop::read(cache, duration)
        };
        let expected = skipped_share(cache.reads_per_s, writes_per_s, cache.ttl_s);
        Runs::of(&world.text()).hold_total(
            &format!("skipped versions, μ = {writes_per_s}/s, {duration}"),
            expected,
            0.02,
            |class| {
                let t = &class.tally;
                // The fate of each key's last version lies beyond the measured time and is not counted.
                (
                    t.skipped_versions as f64,
                    (t.writes as f64 - f64::from(keys)).max(0.0),
                )
            },
        );
    }
}

/// A hot copy is replaced T − r + 1/λ after its fill on average, exponentially late; a write finds it at any
/// age. Right after the start, too: caches that all refreshed at once would stay together for hours.
#[test]
fn caches_that_refresh_start_at_any_age() {
    let (reads_per_s, ttl_s, ahead_s) = (1.0, 60.0, 30.0);
    let cache = Cache {
        reads_per_s,
        ttl_s,
        up_s: 0.0,
        down_s: 0.0,
    };
    let world = OnePop {
        writes_per_s: 0.2,
        keys: 100,
        rules: "refresh-ahead = \"30s\"",
        // A part of a cycle: over a whole one it would not show where in it the caches are.
        ..OnePop::read(cache, "10s")
    };
    let (sure_s, gap_s) = (ttl_s - ahead_s, 1.0 / reads_per_s);
    let mean_square = sure_s * sure_s + 2.0 * sure_s * gap_s + 2.0 * gap_s * gap_s;
    let expected_s = mean_square / (2.0 * (sure_s + gap_s));
    Runs::of(&world.text()).hold_total(
        "visibility from the start, seconds",
        expected_s,
        0.05,
        |class| {
            let count = class.visibility.count() as f64;
            let mean_ns = class.visibility.time_statistic_ns(Statistic::Mean);
            (mean_ns.map_or(0.0, |ns| ns / 1e9 * count), count)
        },
    );
}
