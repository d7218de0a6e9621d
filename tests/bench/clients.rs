//! How many operations of clients kvlag simulates in a second: `cargo bench --bench clients`.
//!
//! Each line is a kind of client on one thread, with every metric on; the best of a few repetitions. An operation is
//! a read, a put or a delete.

use kvlag::experiment::{self, Options};
use kvlag::scenario::metric::Metric;
use kvlag::scenario::{Overrides, parse};
use std::time::Instant;

const REPETITIONS: usize = 3;

const WORLD: &str = r#"
pops = ["LHR", "IAD", "SYD", "NRT", "GRU", "FRA", "JNB", "SIN", "LAX", "BOM"]
[store]
write-limit = "none"
"#;

/// What is measured, the simulated seconds, and the clients.
const CASES: [(&str, u32, &str); 5] = [
    (
        "one counter for all",
        2_000,
        r#"rate = "50/s"
        steps = [{ get = "counter" }, { think = "5ms" }, { put = "counter", value = "read + 1" }]"#,
    ),
    (
        "a key drawn for each session",
        2_000,
        r#"rate = "50/s"
        steps = [{ get = "user:{zipf 0.9 of 10000}" }, { put = "user:{zipf 0.9 of 10000}", value = "read + 1" }]"#,
    ),
    (
        "keys of their own",
        500,
        r#"count = 50
        think = "1s"
        steps = [{ get = "session:{client}" }, { put = "session:{client}", value = "read" }]"#,
    ),
    (
        "two keys, so all in one cell",
        2_000,
        r#"rate = "20/s"
        steps = [{ get = "cart:{uniform of 1000}" }, { get = "stock" }, { put = "cart:{uniform of 1000}", value = "read + 1" }]"#,
    ),
    (
        "on the move, reading again and again",
        500,
        r#"count = 20
        think = "1s"
        roam = { probability = "20%" }
        steps = [{ repeat = 20, steps = [{ get = "page:{uniform of 100}" }] }]"#,
    ),
];

fn main() {
    println!("Million operations in a second, one thread (best of {REPETITIONS})\n");
    for (name, seconds, client) in CASES {
        let text = format!("duration = \"{seconds}s\"\n{WORLD}[client.c]\n{client}\n");
        let (mut best, mut operations) = (f64::INFINITY, 0.0);
        for _ in 0..REPETITIONS {
            let scenario = parse("bench.toml", &text, "bench", &Overrides::default());
            let scenario = scenario.unwrap_or_else(|mistakes| panic!("{mistakes}"));
            let options = Options {
                threads: 1,
                record_reads: false,
                progress: &|_| {},
            };
            let started = Instant::now();
            let results = experiment::run(scenario, &options).expect("there is no replay");
            best = best.min(started.elapsed().as_secs_f64());
            let total = &results.summary.total;
            let count = |metric| total.get(metric, None).map_or(0.0, |number| number.mean);
            operations = [Metric::Reads, Metric::Writes, Metric::Deletes]
                .map(count)
                .iter()
                .sum();
        }
        println!(
            "{name:<40} {:>8.2}   ({:.2} million in {best:.2} s)",
            operations / best / 1e6,
            operations / 1e6
        );
    }
}
