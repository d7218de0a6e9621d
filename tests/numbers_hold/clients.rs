//! What goes wrong for clients that act on what they read: lost updates, stale bases, reads that go back in time.

use super::Runs;

/// One PoP beside the store, and clients that add one to a counter.
fn counter(think: &str, rate_per_s: f64, cache_ttl: &str) -> Runs {
    Runs::of(&format!(
        "duration = \"6000s\"\nwarm-up = \"200s\"\n[store]\nwrite-limit = \"none\"\n[limits]\nenforce = false\n\
         [cache]\nown-writes = \"unchanged\"\nhit-latency = \"0ms\"\n[pop.P]\nto-store = \"0ms\"\n\
         [client.visitor]\nrate = \"{rate_per_s}/s\"\nsteps = [\n\
         {{ get = \"counter\", cache-ttl = \"{cache_ttl}\" }},\n{{ think = {think} }},\n\
         {{ put = \"counter\", value = \"read + 1\" }},\n]\n"
    ))
}

/// Reads that come to the store and writes that come a time later: whoever reads meanwhile starts from the same
/// base. The counter's shortfall depends on the mean of that time alone; whether a base is stale when the write
/// commits, on its law.
#[test]
fn concurrent_increments_are_lost() {
    for x in [0.1, 0.5, 1.0] {
        let rate_per_s = x / 0.2;
        let windows = [
            ("\"200ms\"", "fixed", -libm::expm1(-x)),
            (
                "{ exponential = { mean = \"200ms\" } }",
                "exponential",
                x / (1.0 + x),
            ),
        ];
        for (think, law, stale_base) in windows {
            let runs = counter(think, rate_per_s, "0s");
            runs.hold_total(
                &format!("shortfall of a counter, {law} windows, x = {x}"),
                x / (1.0 + x),
                0.05,
                |class| (class.tally.lost_updates as f64, class.tally.writes as f64),
            );
            runs.hold_total(
                &format!("stale bases, {law} windows, x = {x}"),
                stale_base,
                0.05,
                |class| {
                    let t = &class.tally;
                    (t.stale_base_writes as f64, t.writes as f64)
                },
            );
        }
    }
}

/// Behind a cache all that read one copy start from the same base, and the last of them is what the next copy
/// brings: of 1 + μT increments of a cycle one survives. Where there is no time between read and write.
#[test]
fn a_counter_behind_a_cache_keeps_one_increment_of_each_copy() {
    for (rate_per_s, ttl_s) in [(0.5, 4.0), (2.0, 10.0)] {
        let runs = counter("\"0s\"", rate_per_s, &format!("{ttl_s}s"));
        let in_a_copy = rate_per_s * ttl_s;
        runs.hold_total(
            &format!("shortfall of a counter behind a cache, {rate_per_s} a second, {ttl_s} s"),
            in_a_copy / (1.0 + in_a_copy),
            0.05,
            |class| (class.tally.lost_updates as f64, class.tally.writes as f64),
        );
    }
}

/// A client reads at one PoP and then at another, whose copies are of independent ages, uniform up to T. It goes
/// back in time if a write came between the older copy, which it reads second, and the younger:
/// ∫ (1 − e^(−νd)) (T − d)/T² dd over 0 < d < T.
#[test]
fn who_moves_goes_back_in_time_as_often_as_copies_differ() {
    const KEYS: u32 = 300;
    for (writes_per_s, ttl_s) in [(0.02, 20.0), (0.3, 10.0)] {
        let runs = Runs::of(&format!(
            "duration = \"400s\"\nwarm-up = \"60s\"\n[store]\nwrite-limit = \"none\"\n[limits]\nenforce = false\n\
             [cache]\nhit-latency = \"0ms\"\n[pop.A]\nto-store = \"0ms\"\n[pop.B]\nto-store = \"0ms\"\n\
             [pop.W]\nto-store = \"0ms\"\n\
             [workload.readers]\nat = [\"A\", \"B\"]\nreads = \"{reads}/s\"\ncache-ttl = \"{ttl_s}s\"\n\
             keys = {{ uniform = {KEYS}, prefix = \"k:\" }}\n\
             [workload.writers]\nat = [\"W\"]\nwrites = \"{writes}/s\"\nkeys = {{ uniform = {KEYS}, prefix = \"k:\" }}\n\
             [client.traveller]\nat = [\"A\"]\nrate = \"30/s\"\ncache-ttl = \"{ttl_s}s\"\n\
             roam = {{ probability = \"100%\", among = [\"A\", \"B\"] }}\n\
             steps = [{{ get = \"k:{{uniform of {KEYS}}}\" }}, {{ get = \"k:{{uniform of {KEYS}}}\" }}]\n",
            reads = 20 * KEYS,
            writes = writes_per_s * f64::from(KEYS),
        ));
        let x = writes_per_s * ttl_s;
        let expected = 0.5 - (x - 1.0 + libm::exp(-x)) / (x * x);
        runs.hold_total(
            &format!("reads back in time, {writes_per_s} writes a second, {ttl_s} s"),
            expected,
            0.06,
            |class| {
                let t = &class.tally;
                (t.monotonic_read_violations as f64, t.sessions as f64)
            },
        );
    }
}
