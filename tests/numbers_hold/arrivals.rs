//! When operations arrive: Erlang and periodic laws, the daily curve.

use super::Runs;
use super::worlds::OnePop;
use kvlag::scenario::catalogue::find;
use kvlag::theory::{Cache, erlang_renewals, hit_ratio_of_renewals, periodic_hit_ratio};
use std::f64::consts::TAU;

#[test]
fn erlang_reads_hit_by_their_renewal_function() {
    for (stages, reads_per_s, ttl_s, readers, duration) in [
        (2, 0.02, 60.0, "arrivals = { erlang = 2 }", "20d"),
        (2, 1.0, 5.0, "arrivals = { erlang = 2 }", "1d"),
        (3, 0.1, 25.0, "arrivals = { erlang = 3 }", "5d"),
        (40, 0.1, 25.0, "arrivals = { erlang = 40 }", "5d"),
    ] {
        let cache = Cache::without_delay(reads_per_s, ttl_s);
        let runs = Runs::of(
            &OnePop {
                readers,
                ..OnePop::read(cache, duration)
            }
            .text(),
        );
        let hits = hit_ratio_of_renewals(erlang_renewals(stages, reads_per_s, ttl_s));
        runs.hold_hit_ratio(
            &format!("hits, Erlang-{stages}, λ = {reads_per_s}/s, T = {ttl_s} s"),
            hits,
            0.02,
        );
    }
}

#[test]
fn periodic_reads_hit_but_for_one_in_a_cycle() {
    // A read exactly a TTL after the fill misses: where the period divides the TTL the last one counts.
    for (period_s, ttl_s) in [(7.0, 60.0), (20.0, 60.0), (12.5, 50.0), (61.0, 60.0)] {
        let cache = Cache::without_delay(1.0 / period_s, ttl_s);
        let world = OnePop {
            readers: "arrivals = \"periodic\"",
            ..OnePop::read(cache, "8d")
        };
        let runs = Runs::of(&world.text());
        let hits = periodic_hit_ratio(period_s, ttl_s);
        if hits == 0.0 {
            assert!(
                runs.0.iter().all(|run| run.total().tally.hits == 0),
                "all reads fetch"
            );
        } else {
            runs.hold_hit_ratio(
                &format!("hits, every {period_s} s, T = {ttl_s} s"),
                hits,
                0.001,
            );
        }
    }
}

#[test]
fn reads_follow_the_sun() {
    // Over a quarter of a day that begins at the angle a of the curve, λ(6 h + swing/ω (sin(a + π/2) − sin a)).
    let (reads_per_s, swing, quarter_s) = (0.1, 0.8, 21_600.0);
    let readers = "daily = { peak = \"09:00\", swing = \"80%\" }";
    let cache = Cache::without_delay(reads_per_s, 60.0);
    // Without a solar time of its own the PoP stands at Greenwich.
    let world = OnePop {
        readers,
        ..OnePop::read(cache, "1d")
    };
    let text = world.text().replace("[pop.P0]", "[pop.P0]\nnear = \"LHR\"");
    let runs = Runs::of(&text);
    let longitude = find("LHR")
        .expect("London is in the catalogue")
        .place
        .longitude;
    let angle = TAU * (longitude / 360.0 - 9.0 / 24.0);
    let reach_s = swing * 86_400.0 / TAU;
    for quarter in 0..4 {
        let from = angle + TAU / 4.0 * f64::from(quarter);
        let swung_s = reach_s * (libm::sin(from + TAU / 4.0) - libm::sin(from));
        let expected = reads_per_s * (quarter_s + swung_s);
        runs.hold(
            &format!("reads in quarter {quarter} of the day"),
            expected,
            0.05,
            |findings| {
                let intervals = findings.timeline.len() / 4;
                let reads = findings.timeline[quarter as usize * intervals..][..intervals].iter();
                (reads.map(|interval| interval.reads as f64).sum(), 1.0)
            },
        );
    }
}
