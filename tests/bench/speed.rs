//! How many reads kvlag simulates in a second: `cargo bench --bench speed`.
//!
//! Each line is the median over a few repetitions of the whole experiment with every metric on. Ratios are
//! within this one run; absolute figures are the machine's.

use kvlag::experiment::{self, Options, Results};
use kvlag::scenario::metric::Metric;
use kvlag::scenario::{self, Overrides, catalogue};
use std::time::Instant;

const KV_REF_1: &str = include_str!("kv-ref-1.toml");
const REPETITIONS: usize = 3;

fn main() {
    println!("KV-REF-1, every read simulated, every metric on (median of {REPETITIONS})\n");
    println!("  PoPs     keys  threads       reads   seconds   million reads/s   ratio");
    let first = measure(10, 10_000, 1, None);
    measure(10, 10_000, 2, Some(first));
    let first = measure(300, 10_000, 1, None);
    measure(300, 10_000, 2, Some(first));
    measure(300, 100_000, 2, None);
    if let Some(peak) = peak_memory_mb() {
        println!("\npeak memory of the whole benchmark: {peak:.0} MB");
    }
}

/// Runs one size; prints and gives its reads per second.
fn measure(pops: usize, keys: u32, threads: usize, compare_with: Option<f64>) -> f64 {
    let mut seconds = Vec::new();
    let mut reads = 0.0;
    for _ in 0..REPETITIONS {
        let started = Instant::now();
        let results = simulate(pops, keys, threads);
        seconds.push(started.elapsed().as_secs_f64());
        reads = results
            .summary
            .total
            .get(Metric::Reads, None)
            .expect("reads are always counted")
            .mean;
        check(&results, pops, keys);
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[REPETITIONS / 2];
    let speed = reads / median;
    let ratio = compare_with.map_or(String::new(), |first| format!("{:7.2}", speed / first));
    println!(
        "{pops:6} {keys:8} {threads:8} {reads:11.0} {median:9.2} {:17.2} {ratio}",
        speed / 1e6
    );
    speed
}

fn simulate(pops: usize, keys: u32, threads: usize) -> Results {
    let codes: Vec<String> = catalogue::pops()
        .iter()
        .take(pops)
        .map(|pop| format!("\"{}\"", pop.code))
        .collect();
    let mut set = vec![format!("workload.all.keys.count={keys}")];
    if pops != 10 {
        set.push(format!("pops=[{}]", codes.join(",")));
    }
    let overrides = Overrides {
        set,
        ..Overrides::default()
    };
    let scenario = match scenario::parse("kv-ref-1.toml", KV_REF_1, "kv-ref-1", &overrides) {
        Ok(scenario) => scenario,
        Err(mistakes) => panic!("{}", mistakes.render(false)),
    };
    experiment::run(
        scenario,
        &Options {
            threads,
            record_reads: false,
            progress: &|_| {},
        },
    )
    .expect("there is no replay")
}

/// About the renewal-theory values of the model (cold start, delayed fills, 1000 s).
fn check(results: &Results, pops: usize, keys: u32) {
    let hit_ratio = results
        .summary
        .total
        .get(Metric::HitRatio, None)
        .expect("there are reads")
        .mean;
    let expected = match (pops, keys) {
        (10, 10_000) => 0.8963,
        (300, 10_000) => 0.5874,
        _ => return,
    };
    assert!(
        (hit_ratio - expected).abs() < 2e-3,
        "hit ratio {hit_ratio} is not about {expected}"
    );
}

/// The most memory this process ever had, where the system tells (Linux).
fn peak_memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}
