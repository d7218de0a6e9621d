//! How many reads kvlag simulates in a second: `cargo bench --bench speed`.
//!
//! Each line is a scenario: the reference model of `kv-ref-1.toml` and variations of it, with every metric on.
//! It is run with hits counted, as kvlag does by itself; with each read simulated (`--per-read`); and on a
//! textbook event queue (`plain.rs`), which has a single thread. Speeds are medians of a few repetitions, turn by
//! turn, over the whole experiment but for the writing of files. The slower ways run a shorter time where the
//! whole would take minutes: said by the seconds in brackets. Ratios are within this one run; absolute figures
//! are the machine's.
//!
//! `cargo bench --bench speed -- day` simulates a whole day of a million reads a second on 330 PoPs instead.

mod plain;

use kvlag::experiment::{self, Options, Results};
use kvlag::scenario::metric::Metric;
use kvlag::scenario::{self, Overrides, catalogue};
use std::time::Instant;

const KV_REF_1: &str = include_str!("kv-ref-1.toml");
const REPETITIONS: usize = 3;

/// A variation of the reference model.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    pops: usize,
    keys: usize,
    reads_per_s: f64,
    writes_per_s: f64,
    has_tier: bool,
    /// Simulated seconds: with hits counted, read by read, and on the event queue (if that has the model).
    counted_s: u64,
    per_read_s: u64,
    plain_s: Option<u64>,
    /// The share of hits, from renewal theory (cold start, delayed fills, 1000 s).
    hit_ratio: Option<f64>,
}

const REFERENCE: Case = Case {
    name: "KV-REF-1, 10 PoPs",
    pops: 10,
    keys: 10_000,
    reads_per_s: 1e4,
    writes_per_s: 100.0,
    has_tier: false,
    counted_s: 1000,
    per_read_s: 1000,
    plain_s: Some(1000),
    hit_ratio: Some(0.8963),
};

const CASES: [Case; 5] = [
    REFERENCE,
    Case {
        name: "KV-REF-1, 300 PoPs",
        pops: 300,
        hit_ratio: Some(0.5874),
        ..REFERENCE
    },
    Case {
        name: "300 PoPs, a million reads/s",
        pops: 300,
        reads_per_s: 1e6,
        per_read_s: 100,
        plain_s: Some(20),
        hit_ratio: None,
        ..REFERENCE
    },
    Case {
        name: "330 PoPs, a million keys, a million reads/s",
        pops: 330,
        keys: 1_000_000,
        reads_per_s: 1e6,
        writes_per_s: 1000.0,
        counted_s: 300,
        per_read_s: 60,
        plain_s: None,
        hit_ratio: None,
        ..REFERENCE
    },
    Case {
        name: "KV-REF-1, 300 PoPs, a regional tier",
        pops: 300,
        has_tier: true,
        plain_s: None,
        hit_ratio: None,
        ..REFERENCE
    },
];

fn main() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    if std::env::args().any(|argument| argument == "day") {
        return a_day(threads);
    }
    println!(
        "Million reads simulated in a second (median of {REPETITIONS}; in brackets the simulated time)\n"
    );
    println!(
        "{:45} {:>16} {:>16} {:>7} {:>20} {:>7} {:>20} {:>7}",
        "every metric on",
        "1 thread",
        format!("{threads} threads"),
        "ratio",
        "--per-read",
        "ratio",
        "event queue",
        "ratio"
    );
    for case in &CASES {
        compare(case, threads);
    }
    if let Some(peak) = peak_memory_mb() {
        println!("\npeak memory of the whole benchmark: {peak:.0} MB");
    }
}

/// Prints the speeds of one case.
fn compare(case: &Case, threads: usize) {
    let (mut single, mut counted, mut per_read, mut plain) = (vec![], vec![], vec![], vec![]);
    for _ in 0..REPETITIONS {
        single.push(speed(case, case.counted_s, false, 1));
        counted.push(speed(case, case.counted_s, false, threads));
        per_read.push(speed(case, case.per_read_s, true, threads));
        if let Some(seconds) = case.plain_s {
            plain.push(plain_speed(case, seconds));
        }
    }
    let (single, counted, per_read) = (median(single), median(counted), median(per_read));
    let with_time = |speed: f64, seconds| format!("{:.2} ({seconds} s)", speed / 1e6);
    let (queue, queue_ratio) = match case.plain_s {
        Some(seconds) => {
            let speed = median(plain);
            (with_time(speed, seconds), format!("{:.1}", counted / speed))
        }
        None => (String::from("-"), String::from("-")),
    };
    println!(
        "{:45} {:>16} {:>16} {:>7.2} {:>20} {:>7.1} {:>20} {:>7}",
        case.name,
        with_time(single, case.counted_s),
        with_time(counted, case.counted_s),
        counted / single,
        with_time(per_read, case.per_read_s),
        counted / per_read,
        queue,
        queue_ratio,
    );
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Reads per second of the whole experiment.
fn speed(case: &Case, seconds: u64, per_read: bool, threads: usize) -> f64 {
    let scenario = match scenario(case, &format!("{seconds}s"), per_read) {
        Ok(scenario) => scenario,
        Err(mistakes) => panic!("{mistakes}"),
    };
    let (results, elapsed) = timed(scenario, threads);
    if seconds == 1000
        && let Some(expected) = case.hit_ratio
    {
        let hit_ratio = number(&results, Metric::HitRatio);
        assert!(
            (hit_ratio - expected).abs() < 2e-3,
            "hit ratio {hit_ratio} is not about {expected}"
        );
    }
    number(&results, Metric::Reads) / elapsed
}

/// What an experiment finds, and the seconds it takes.
fn timed(scenario: scenario::Scenario, threads: usize) -> (Results, f64) {
    let options = Options {
        threads,
        record_reads: false,
        progress: &|_| {},
    };
    let started = Instant::now();
    let results = experiment::run(scenario, &options).expect("there is no replay");
    (results, started.elapsed().as_secs_f64())
}

fn plain_speed(case: &Case, seconds: u64) -> f64 {
    let started = Instant::now();
    let counts = plain::simulate(
        case.pops,
        case.keys,
        case.reads_per_s,
        case.writes_per_s,
        seconds,
        1,
    );
    counts.reads as f64 / started.elapsed().as_secs_f64()
}

fn number(results: &Results, metric: Metric) -> f64 {
    let number = results.summary.total.get(metric, None);
    number.expect("it is always counted").mean
}

fn scenario(case: &Case, duration: &str, per_read: bool) -> Result<scenario::Scenario, String> {
    let codes: Vec<_> = catalogue::pops()
        .iter()
        .take(case.pops)
        .map(|pop| pop.code)
        .collect();
    let mut set = vec![
        format!("duration={duration}"),
        format!("workload.all.keys.count={}", case.keys),
        format!("workload.all.reads={}/s", case.reads_per_s),
        format!("workload.all.writes={}/s", case.writes_per_s),
    ];
    if case.pops != 10 {
        set.push(format!("pops={codes:?}"));
    }
    let tier = match case.has_tier {
        true => "[[tier]]\nname = \"regional\"\nat = [\"FRA\", \"IAD\", \"SIN\"]\nkeep = \"60s\"\n",
        false => "",
    };
    let overrides = Overrides {
        set,
        per_read,
        ..Overrides::default()
    };
    let text = format!("{KV_REF_1}\n{tier}");
    scenario::parse("kv-ref-1.toml", &text, "kv-ref-1", &overrides)
        .map_err(|mistakes| mistakes.render(false))
}

/// A day of the world's traffic.
fn a_day(threads: usize) {
    let case = &CASES[3];
    println!(
        "{}, {} writes/s, a day, on {threads} threads",
        case.name, case.writes_per_s
    );
    let scenario = scenario(case, "1d", false).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let (results, elapsed) = timed(scenario, threads);
    let reads = number(&results, Metric::Reads);
    println!(
        "{reads:.3e} reads in {:.1} minutes: {:.1} million reads/s, peak memory {:.0} MB",
        elapsed / 60.0,
        reads / elapsed / 1e6,
        peak_memory_mb().unwrap_or(0.0)
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
