//! Scripts that act on what they read: counters that lose increments, limiters that admit too many.

use super::{Ratio, Runs};
use kvlag::observe::findings::Findings;

/// One PoP beside the store, and a script there that adds one to a counter.
fn counter(pause_ms: u32, rate_per_s: f64, cache_ttl_s: u32) -> Runs {
    Runs::once(&format!(
        "duration = \"900s\"\nwarm-up = \"200s\"\n[store]\nwrite-limit = \"none\"\n[limits]\nenforce = false\n\
         [cache]\nown-writes = \"unchanged\"\nhit-latency = \"0ms\"\n[pop.P]\nto-store = \"0ms\"\n\
         [worker.counter]\nscript = \"tests/numbers_hold/counter.js\"\n\
         vars = {{ CACHE_TTL = \"{cache_ttl_s}\", PAUSE_MS = \"{pause_ms}\" }}\n\
         [[worker.counter.request]]\npath = \"/\"\nrate = \"{rate_per_s}/s\"\n"
    ))
}

fn lost(findings: &Findings) -> Ratio {
    let tally = findings.total().tally;
    (tally.lost_updates as f64, tally.writes as f64)
}

/// Whoever reads while another's increment is under way starts from the same base: of x = μd such increments to each
/// that counts, x/(1 + x) are lost, and 1 − e^(−x) commit on a base that is no longer the latest.
#[test]
fn a_script_loses_concurrent_increments_as_steps_do() {
    for x in [0.2, 1.0] {
        let runs = counter(200, x / 0.2, 0);
        let shortfall = format!("shortfall of a script's counter, x = {x}");
        runs.hold(&shortfall, x / (1.0 + x), 0.06, lost);
        let stale = format!("stale bases of a script's counter, x = {x}");
        runs.hold(&stale, -libm::expm1(-x), 0.06, |findings| {
            let tally = findings.total().tally;
            (tally.stale_base_writes as f64, tally.writes as f64)
        });
    }
}

/// Behind a cache all that read one copy start from the same base: of 1 + μT increments one survives.
#[test]
fn a_script_behind_a_cache_keeps_one_increment_of_each_copy() {
    let (rate_per_s, ttl_s) = (0.5, 8);
    let in_a_copy = rate_per_s * f64::from(ttl_s);
    let runs = counter(0, rate_per_s, ttl_s);
    let shortfall = "shortfall of a script's counter behind a cache";
    runs.hold(shortfall, in_a_copy / (1.0 + in_a_copy), 0.06, lost);
}

/// The count that a PoP reads moves on when its own put is acknowledged, a round trip d after the request that made
/// it: all who come meanwhile read the same number. So each step of the count admits 1 + μd requests, and the first
/// one μd more, who wait with it for the fetch that finds nothing: with a limit of n, n + (n + 1)μd are admitted of
/// the μ × 60 s of each window.
#[test]
fn a_limiter_admits_those_who_come_while_its_count_is_under_way() {
    let (rate_per_s, limit) = (5.0, 20.0);
    let runs = Runs::once(&format!(
        "duration = \"15m\"\nwarm-up = \"0s\"\n[store]\nwrite-limit = \"none\"\n[cache]\nhit-latency = \"0ms\"\n\
         [pop.A]\nto-store = \"50ms\"\nfrom-store = \"150ms\"\n[pop.B]\nto-store = \"300ms\"\n\
         [worker.limiter]\nscript = \"tests/numbers_hold/limiter.js\"\nvars = {{ LIMIT = \"{limit}\" }}\n\
         [[worker.limiter.request]]\npath = \"/\"\nrate = \"{rate_per_s}/s\"\n"
    ));
    for (pop, round_trip_s) in [(0, 0.2), (1, 0.6)] {
        let under_way = rate_per_s * round_trip_s;
        let admitted = limit + (limit + 1.0) * under_way;
        let what = format!("share admitted by a limiter {round_trip_s} s from the store and back");
        runs.hold(&what, admitted / (rate_per_s * 60.0), 0.03, |findings| {
            let class = findings.at_pop(pop).into_owned();
            let admitted = class.application.responses.get(&200);
            let admitted = admitted.copied().unwrap_or(0) as f64;
            (admitted, class.tally.requests as f64)
        });
    }
}
