//! What share of reads is stale, how stale, and how many versions behind: ratios and whole distributions.

use super::Runs;
use super::worlds::OnePop;
use kvlag::observe::findings::{CacheStatus, Class};
use kvlag::observe::histogram::Histogram;
use kvlag::scenario::metric::Statistic;
use kvlag::theory::{Cache, Staleness, herd_stale_ratio};
use kvlag::units::Duration;

fn staleness(reads_per_s: f64, writes_per_s: f64, ttl_s: f64, up_s: f64, down_s: f64) -> Staleness {
    let cache = Cache {
        reads_per_s,
        ttl_s,
        up_s,
        down_s,
    };
    Staleness {
        cache,
        writes_per_s,
    }
}

fn world(theory: &Staleness, duration: &'static str) -> OnePop {
    OnePop {
        writes_per_s: theory.writes_per_s,
        ..OnePop::read(theory.cache, duration)
    }
}

/// Part and whole of what exceeds a length of time, and the very end of its bucket, in seconds.
pub fn exceeding(histogram: &Histogram, time_s: f64) -> (f64, f64) {
    let at_most = histogram.count_at_most(Duration::from_secs_f64(time_s));
    (
        (histogram.count() - at_most) as f64,
        histogram.count() as f64,
    )
}

/// Where the bucket of a length of time ends: counts are exact there. Values are whole microseconds.
pub fn bucket_end_s(histogram: &Histogram, time_s: f64) -> f64 {
    let end_us = histogram.to_hdr().highest_equivalent((time_s * 1e6) as u64);
    (end_us as f64 + 0.5) / 1e6
}

fn mean_of(histogram: &Histogram, unit: f64) -> (f64, f64) {
    let count = histogram.count() as f64;
    let mean = histogram.time_statistic_ns(Statistic::Mean).unwrap_or(0.0);
    (mean * unit * count, count)
}

fn lag_of(class: &Class) -> f64 {
    let mean = class
        .version_lag
        .count_statistic(Statistic::Mean)
        .unwrap_or(0.0);
    mean * class.version_lag.count() as f64
}

/// Holds ratio, mean, quantiles and tail of staleness, and the version lag, against the formulas.
fn hold(what: &str, runs: &Runs, theory: &Staleness, precision: f64) {
    runs.hold_stale_ratio(&format!("stale, {what}"), theory.ratio(), precision);
    runs.hold_total(
        &format!("mean staleness, {what}"),
        theory.mean_s(),
        precision,
        |class| mean_of(&class.staleness, 1e-9),
    );
    let buckets = &runs.0[0].total().staleness;
    let quantiles = [0.5, 0.9, 0.99].map(|q| theory.quantile_s(q));
    let shares = [0.1, 0.3, 0.6].map(|share| share * theory.max_s());
    for time_s in quantiles.into_iter().chain(shares) {
        let end_s = bucket_end_s(buckets, time_s);
        let what = format!("staleness above {time_s:.2} s, {what}");
        // Few reads are in the last hundredth.
        let precision = if theory.exceeds(end_s) < 0.05 {
            8.0 * precision
        } else {
            2.0 * precision
        };
        runs.hold_total(&what, theory.exceeds(end_s), precision, |class| {
            exceeding(&class.staleness, time_s)
        });
    }
    for run in &runs.0 {
        let max_s = run.total().staleness.max_time().as_secs_f64();
        assert!(
            max_s <= theory.max_s(),
            "{what}: no staleness exceeds T + d₂: {max_s}"
        );
        assert!(
            max_s > 0.97 * theory.max_s(),
            "{what}: some staleness comes close to T + d₂: {max_s}"
        );
    }
    let lag = theory.version_lag_over_reads();
    runs.hold_total(
        &format!("version lag over reads, {what}"),
        lag,
        2.0 * precision,
        |class| (lag_of(class), class.tally.reads as f64),
    );
    runs.hold_total(
        &format!("version lag, {what}"),
        theory.version_lag_mean(),
        precision,
        |class| (lag_of(class), class.version_lag.count() as f64),
    );
}

#[test]
fn staleness_without_delay() {
    let theory = staleness(0.1, 0.02, 60.0, 0.0, 0.0);
    hold(
        "λ = 0.1/s, μ = 0.02/s, T = 60 s",
        &Runs::of(&world(&theory, "30d").text()),
        &theory,
        0.02,
    );
}

#[test]
fn staleness_of_a_key_that_is_seldom_read_and_often_written() {
    let theory = staleness(0.05, 0.25, 45.0, 0.0, 0.0);
    hold(
        "λ = 0.05/s, μ = 0.25/s, T = 45 s",
        &Runs::of(&world(&theory, "20d").text()),
        &theory,
        0.02,
    );
}

#[test]
fn staleness_with_a_delay_of_every_fetch() {
    let theory = staleness(0.2, 0.2, 30.0, 1.0, 2.0);
    hold(
        "λ = 0.2/s, μ = 0.2/s, T = 30 s, 1 s up, 2 s down",
        &Runs::of(&world(&theory, "10d").text()),
        &theory,
        0.02,
    );
    let theory = staleness(0.5, 0.03, 20.0, 6.0, 9.0);
    hold(
        "λ = 0.5/s, μ = 0.03/s, T = 20 s, 6 s up, 9 s down",
        &Runs::of(&world(&theory, "6d").text()),
        &theory,
        0.03,
    );
}

#[test]
fn service_time_ages_an_answer_like_the_way_back() {
    let theory = staleness(0.2, 0.1, 30.0, 1.0, 5.0);
    let mut world = world(&theory, "6d");
    world.delays = Some(("\"1s\"", "\"2s\""));
    let text = world
        .text()
        .replace("[store]", "[store]\nservice-time = \"3s\"");
    hold("3 s in the store", &Runs::of(&text), &theory, 0.03);
}

#[test]
fn a_way_back_that_is_drawn_makes_some_copies_older() {
    // E g(T + d₂) over an exponential d₂ of mean m is T + m − (1 − e^(−μT)/(1 + μm))/μ.
    let (mu, ttl, mean) = (0.1, 20.0, 4.0);
    let theory = staleness(0.5, mu, ttl, 0.5, mean);
    let stale_s = ttl + mean - (1.0 - libm::exp(-mu * ttl) / (1.0 + mu * mean)) / mu;
    let expected = 0.5 * stale_s * theory.cache.fetch_ratio();
    let mut world = world(&theory, "5d");
    world.delays = Some(("\"500ms\"", "{ exponential = { mean = \"4s\" } }"));
    Runs::of(&world.text()).hold_stale_ratio("stale, exponential way back", expected, 0.01);
}

#[test]
fn staleness_does_not_depend_on_how_often_a_key_is_read() {
    let mut shares = Vec::new();
    for (reads_per_s, duration) in [(0.02, "40d"), (0.2, "15d"), (2.0, "2d")] {
        let theory = staleness(reads_per_s, 0.03, 50.0, 0.0, 0.0);
        let runs = Runs::of(&world(&theory, duration).text());
        let above_s = bucket_end_s(&runs.0[0].total().staleness, 35.0);
        let what = format!("staleness above 35 s, λ = {reads_per_s}/s");
        runs.hold_total(&what, theory.exceeds(above_s), 0.06, |class| {
            exceeding(&class.staleness, 35.0)
        });
        runs.hold_total(
            &format!("mean staleness, λ = {reads_per_s}/s"),
            theory.mean_s(),
            0.02,
            |class| mean_of(&class.staleness, 1e-9),
        );
        shares.push(theory.exceeds(above_s));
    }
    assert_eq!(shares[0], shares[2], "the formula does not know λ");
}

#[test]
fn hits_are_so_many_versions_behind() {
    for theory in [
        staleness(0.1, 0.05, 60.0, 0.0, 0.0),
        staleness(0.2, 0.1, 30.0, 1.0, 4.0),
    ] {
        let runs = Runs::with_record(&world(&theory, "3d").text());
        for versions in 0..5 {
            let what = format!(
                "hits {versions} versions behind, x = {}",
                theory.writes_per_s * theory.cache.ttl_s
            );
            let expected = theory.hits_behind(versions);
            runs.hold(
                &what,
                expected,
                if expected > 0.1 { 0.05 } else { 0.2 },
                |findings| {
                    let reads = findings.reads.iter().flatten();
                    let hits = reads.filter(|read| read.status == CacheStatus::Hit);
                    let behind = hits
                        .clone()
                        .filter(|read| read.version_lag == versions)
                        .count();
                    (behind as f64, hits.count() as f64)
                },
            );
        }
    }
}

#[test]
fn a_herd_that_does_not_wait_is_a_little_fresher() {
    for (theory, duration) in [
        (staleness(5.0, 0.05, 30.0, 0.5, 1.5), "12h"),
        (staleness(0.5, 0.05, 40.0, 4.0, 3.0), "4d"),
    ] {
        let world = OnePop {
            rules: "coalesce = false",
            ..world(&theory, duration)
        };
        let expected = herd_stale_ratio(&theory.cache, theory.writes_per_s);
        let what = format!("stale, nobody waits, λ = {}/s", theory.cache.reads_per_s);
        Runs::of(&world.text()).hold_stale_ratio(&what, expected, 0.03);
    }
}

#[test]
fn periodic_reads_see_a_copy_at_each_of_its_ages() {
    // Of a cycle's reads the k-th sees a copy k periods old; the first fetches it.
    let (period_s, ttl_s, mu) = (7.0, 60.0, 0.03);
    let theory = staleness(1.0 / period_s, mu, ttl_s, 0.0, 0.0);
    let world = OnePop {
        readers: "arrivals = \"periodic\"",
        ..world(&theory, "10d")
    };
    let stale: f64 = (1..9)
        .map(|k| 1.0 - libm::exp(-mu * period_s * f64::from(k)))
        .sum();
    Runs::of(&world.text()).hold_stale_ratio("stale, read every 7 s", stale / 9.0, 0.02);
}

#[test]
fn deletes_make_versions_like_puts() {
    let theory = staleness(0.1, 0.05, 60.0, 0.0, 0.0);
    let both = OnePop {
        writes_per_s: 0.03,
        writers: "deletes = \"0.02/s\"",
        ..OnePop::read(theory.cache, "10d")
    };
    let runs = Runs::of(&both.text());
    runs.hold_stale_ratio("stale, puts and deletes", theory.ratio(), 0.02);
    runs.hold_total("deletes among writes", 0.4, 0.02, |class| {
        (
            class.tally.deletes as f64,
            (class.tally.deletes + class.tally.writes) as f64,
        )
    });
}
