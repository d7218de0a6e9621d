//! How long operations take: hits take the hit latency, fetches a round trip, and those who wait what is left
//! of one.

use super::Runs;
use super::worlds::OnePop;
use kvlag::observe::histogram::Histogram;
use kvlag::scenario::metric::Statistic;
use kvlag::theory::Cache;

fn mean_ms(histogram: &Histogram) -> (f64, f64) {
    let count = histogram.count() as f64;
    let mean = histogram.time_statistic_ns(Statistic::Mean).unwrap_or(0.0);
    (mean / 1e6 * count, count)
}

/// The mean latency over all reads, from the first two moments of a fetch's time: a cycle has one fetch and, for
/// each, λE D²/2 of waiting.
fn expected_ms(cache: &Cache, hit_ms: f64, second_moment_s2: f64) -> f64 {
    let waited_s = cache.fetch_time_s() + cache.reads_per_s * second_moment_s2 / 2.0;
    hit_ms + 1e3 * waited_s * cache.fetch_ratio()
}

#[test]
fn reads_take_what_is_left_of_the_fetch() {
    let cache = Cache {
        reads_per_s: 2.0,
        ttl_s: 30.0,
        up_s: 0.8,
        down_s: 1.7,
    };
    let world = OnePop {
        rules: "hit-latency = \"4ms\"",
        ..OnePop::read(cache, "1d")
    };
    let expected = expected_ms(&cache, 4.0, 2.5 * 2.5);
    Runs::of(&world.text()).hold_total(
        "mean read latency, constant delays, ms",
        expected,
        0.01,
        |class| mean_ms(&class.read_latency),
    );
}

#[test]
fn reads_are_likelier_to_wait_for_a_slow_fetch() {
    // Exponential ways of means a and b: E D² = (a + b)² + a² + b².
    let cache = Cache {
        reads_per_s: 0.5,
        ttl_s: 30.0,
        up_s: 1.0,
        down_s: 3.0,
    };
    let delays = Some((
        "{ exponential = { mean = \"1s\" } }",
        "{ exponential = { mean = \"3s\" } }",
    ));
    let world = OnePop {
        delays,
        rules: "hit-latency = \"1ms\"",
        ..OnePop::read(cache, "2d")
    };
    let expected = expected_ms(&cache, 1.0, 16.0 + 1.0 + 9.0);
    Runs::of(&world.text()).hold_total(
        "mean read latency, exponential delays, ms",
        expected,
        0.03,
        |class| mean_ms(&class.read_latency),
    );
}

#[test]
fn writes_take_both_ways_and_the_service() {
    let delays = Some((
        "{ exponential = { mean = \"300ms\" } }",
        "{ uniform = { min = \"100ms\", max = \"1s\" } }",
    ));
    let cache = Cache::without_delay(0.01, 60.0);
    let world = OnePop {
        delays,
        writes_per_s: 0.1,
        ..OnePop::read(cache, "12h")
    };
    let text = world
        .text()
        .replace("[store]", "[store]\nservice-time = \"70ms\"");
    Runs::of(&text).hold_total(
        "mean write latency, ms",
        300.0 + 550.0 + 70.0,
        0.01,
        |class| mean_ms(&class.write_latency),
    );
}
