//! How long a PoP, and the slowest of many, can still return an older version.

use super::Runs;
use super::staleness::{bucket_end_s, exceeding};
use super::worlds::OnePop;
use kvlag::observe::findings::Findings;
use kvlag::observe::histogram::Histogram;
use kvlag::scenario::metric::Statistic;
use kvlag::theory::{Cache, PeriodicVisibility, erlang_renewals};

fn mean_of(histogram: &Histogram) -> (f64, f64) {
    let count = histogram.count() as f64;
    let mean = histogram.time_statistic_ns(Statistic::Mean).unwrap_or(0.0);
    (mean / 1e9 * count, count)
}

/// Holds the part of writes that are not visible after each of some times against the formula.
fn hold_tail(
    what: &str,
    runs: &Runs,
    times_s: &[f64],
    precision: f64,
    histogram: impl Fn(&Findings) -> Histogram,
    within: impl Fn(f64) -> f64,
) {
    let buckets = histogram(&runs.0[0]);
    for time_s in times_s {
        let end_s = bucket_end_s(&buckets, *time_s);
        let late = 1.0 - within(end_s);
        runs.hold(
            &format!("{what} above {time_s} s"),
            late,
            precision,
            |findings| exceeding(&histogram(findings), *time_s),
        );
    }
}

#[test]
fn visibility_at_one_pop() {
    for (cache, mu, duration) in [
        (Cache::without_delay(0.1, 60.0), 0.02, "10d"),
        (Cache::without_delay(0.02, 45.0), 0.05, "10d"),
        (
            Cache {
                reads_per_s: 0.2,
                ttl_s: 60.0,
                up_s: 1.0,
                down_s: 4.0,
            },
            0.03,
            "8d",
        ),
        (
            Cache {
                reads_per_s: 0.3,
                ttl_s: 10.0,
                up_s: 7.0,
                down_s: 12.0,
            },
            0.03,
            "8d",
        ),
    ] {
        let world = OnePop {
            writes_per_s: mu,
            ..OnePop::read(cache, duration)
        };
        let runs = Runs::of(&world.text());
        let what = format!(
            "visibility, λ = {}/s, T = {} s, d₂ = {} s",
            cache.reads_per_s, cache.ttl_s, cache.down_s
        );
        let max_s = cache.visibility_max_s();
        let times_s = [0.0, 0.1, 0.3, 0.6, 0.9].map(|share| share * max_s);
        let histogram = |findings: &Findings| findings.total().visibility.clone();
        hold_tail(&what, &runs, &times_s, 0.15, histogram, |time_s| {
            cache.visible_within(time_s)
        });
        runs.hold_total(
            &format!("mean {what}"),
            cache.visibility_mean_s(),
            0.02,
            |class| mean_of(&class.visibility),
        );
        for run in &runs.0 {
            let slowest_s = run.total().visibility.max_time().as_secs_f64();
            assert!(slowest_s <= max_s, "{what}: {slowest_s} exceeds the bound");
            assert!(
                slowest_s > 0.95 * max_s,
                "{what}: {slowest_s} does not come close to the bound"
            );
        }
    }
}

#[test]
fn stale_reads_are_the_reads_within_the_visibility_of_a_write() {
    // For writes far apart: λ E V stale reads for each, by two parts of the simulator that do not know each other.
    let cache = Cache {
        reads_per_s: 0.4,
        ttl_s: 30.0,
        up_s: 2.0,
        down_s: 3.0,
    };
    let world = OnePop {
        writes_per_s: 1.0 / 300.0,
        writers: "arrivals = \"periodic\"",
        ..OnePop::read(cache, "10d")
    };
    let runs = Runs::of(&world.text());
    let stale_per_write = 0.4 * cache.visibility_mean_s();
    runs.hold_total(
        "stale reads for each write",
        stale_per_write,
        0.02,
        |class| (class.tally.stale_reads as f64, class.tally.writes as f64),
    );
}

#[test]
fn convergence_of_many_pops() {
    for (cache, mu, pops, duration, precision) in [
        (Cache::without_delay(0.1, 60.0), 0.01, 1, "5d", 0.03),
        (Cache::without_delay(0.02, 60.0), 0.01, 10, "5d", 0.01),
        (
            Cache {
                reads_per_s: 0.05,
                ttl_s: 40.0,
                up_s: 2.0,
                down_s: 6.0,
            },
            0.02,
            10,
            "1d",
            0.01,
        ),
        (Cache::without_delay(0.1, 60.0), 0.005, 300, "2h", 0.001),
        (Cache::without_delay(0.002, 60.0), 0.005, 300, "12h", 0.01),
    ] {
        let world = OnePop {
            writes_per_s: mu,
            pops,
            ..OnePop::read(cache, duration)
        };
        let runs = Runs::without_classes(&world.text());
        let what = format!("convergence of {pops} PoPs, λ = {}/s", cache.reads_per_s);
        let mean = cache.convergence_mean_s(pops as u32);
        runs.hold(&format!("mean {what}"), mean, precision, |findings| {
            mean_of(&findings.convergence)
        });
        if pops == 10 {
            let times_s = [0.5, 0.8].map(|share| share * cache.visibility_max_s());
            let histogram = |findings: &Findings| findings.convergence.clone();
            hold_tail(&what, &runs, &times_s, 0.05, histogram, |time_s| {
                cache.converged_within(pops as u32, time_s)
            });
        }
    }
}

#[test]
fn hardly_any_write_converges_within_half_a_ttl() {
    // P(max V ≤ T/2) itself, where it is not vanishing.
    let cache = Cache::without_delay(0.02, 60.0);
    let world = OnePop {
        writes_per_s: 0.02,
        pops: 10,
        ..OnePop::read(cache, "10d")
    };
    let runs = Runs::of(&world.text());
    let end_s = bucket_end_s(&runs.0[0].convergence, 30.0);
    let expected = cache.converged_within(10, end_s);
    runs.hold(
        "convergence of 10 PoPs within T/2, λ = 0.02/s",
        expected,
        0.15,
        |findings| {
            let (late, all) = exceeding(&findings.convergence, 30.0);
            (all - late, all)
        },
    );
}

#[test]
fn visibility_where_reads_are_periodic() {
    for (period_s, pops, times_s) in [
        (7.0, 1, [20.0, 50.0]),
        (25.0, 10, [45.0, 55.0]),
        (90.0, 10, [45.0, 55.0]),
    ] {
        let periodic = PeriodicVisibility {
            period_s,
            ttl_s: 60.0,
        };
        let cache = Cache::without_delay(1.0 / period_s, 60.0);
        let world = OnePop {
            writes_per_s: 0.01,
            readers: "arrivals = \"periodic\"",
            pops,
            // A run's phases are drawn once for each key and PoP.
            keys: 40,
            ..OnePop::read(cache, "6h")
        };
        let runs = Runs::of(&world.text());
        let what = format!("{pops} PoPs, read every {period_s} s");
        runs.hold_total(
            &format!("mean visibility, {what}"),
            periodic.visibility_mean_s(),
            0.03,
            |class| mean_of(&class.visibility),
        );
        let mean = periodic.convergence_mean_s(pops as u32);
        runs.hold(
            &format!("mean convergence, {what}"),
            mean,
            0.03,
            |findings| mean_of(&findings.convergence),
        );
        let histogram = |findings: &Findings| findings.convergence.clone();
        hold_tail(
            &format!("convergence, {what}"),
            &runs,
            &times_s,
            0.2,
            histogram,
            |time_s| periodic.converged_within(pops as u32, time_s),
        );
    }
}

#[test]
fn visibility_where_reads_are_erlang() {
    // A cycle takes as many gaps as a fetch and its hits: E V = T²/(2 E C) with E C = (1 + m(T))/λ (Wald).
    let (reads_per_s, ttl_s) = (0.05, 60.0);
    let cycle_s = (1.0 + erlang_renewals(3, reads_per_s, ttl_s)) / reads_per_s;
    let world = OnePop {
        writes_per_s: 0.02,
        readers: "arrivals = { erlang = 3 }",
        ..OnePop::read(Cache::without_delay(reads_per_s, ttl_s), "10d")
    };
    let runs = Runs::of(&world.text());
    let mean = ttl_s * ttl_s / (2.0 * cycle_s);
    runs.hold_total("mean visibility, Erlang-3", mean, 0.02, |class| {
        mean_of(&class.visibility)
    });
    let histogram = |findings: &Findings| findings.total().visibility.clone();
    hold_tail(
        "visibility, Erlang-3",
        &runs,
        &[0.0, 40.0],
        0.03,
        histogram,
        |time_s| 1.0 - (ttl_s - time_s) / cycle_s,
    );
}
