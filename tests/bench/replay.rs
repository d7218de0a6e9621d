//! How many reads of a recorded workload kvlag simulates in a second: `cargo bench --bench replay`.
//!
//! The trace is made here: 10 million reads, 10,000 a second, of 100,000 keys by Zipf's law with an exponent of 0.99.
//! Each line is the best of a few repetitions of the whole experiment, with every metric on, beside the reader
//! alone; the file lies in memory's page cache. All run on one thread.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use kvlag::experiment::{self, Options};
use kvlag::replay::Trace;
use kvlag::scenario::metric::Metric;
use kvlag::scenario::{Overrides, Scenario, catalogue, parse};
use kvlag::units::Time;

/// Operations that are read together, as the simulator does.
const BATCH: usize = 64;
const REPETITIONS: usize = 3;
const READS: u32 = 10_000_000;
const READS_PER_S: u32 = 10_000;
const KEYS: usize = 100_000;

fn main() {
    let folder = tempfile::tempdir().expect("a place for files");
    let write = |name: &str, content: &[u8]| {
        fs::write(folder.path().join(name), content).expect("the file can be written");
    };
    let keys = keys();
    let oracle = oracle(&keys);
    let packed = zstd::encode_all(&oracle[..], 3).expect("it packs");
    write("t.oracleGeneral", &oracle);
    write("t.oracleGeneral.zst", &packed);
    write("l.csv", libcachesim_csv(&keys).as_bytes());
    write("t.csv", own_csv(&keys).as_bytes());
    println!("{READS} reads of {KEYS} keys, one thread (best of {REPETITIONS})\n");
    println!("file                    PoPs   million reads/s   the reader alone   hit ratio");
    let by_format = [
        ("t.oracleGeneral", ""),
        ("t.oracleGeneral.zst", ""),
        ("l.csv", "format = \"libcachesim-csv\"\n"),
        ("t.csv", ""),
    ];
    for (file, more) in by_format {
        measure(folder.path(), file, more, 1);
    }
    measure(folder.path(), "t.oracleGeneral", "", 10);
    measure(folder.path(), "t.oracleGeneral", "", 100);
}

fn measure(folder: &Path, file: &str, more: &str, pops: usize) {
    let codes: Vec<String> = ["LHR"]
        .into_iter()
        .chain(
            catalogue::pops()
                .iter()
                .map(|pop| pop.code)
                .filter(|code| *code != "LHR"),
        )
        .take(pops)
        .map(|code| format!("\"{code}\""))
        .collect();
    let text = format!(
        "duration = \"1000s\"\npops = [{}]\n[replay.r]\nfile = \"{file}\"\n{more}",
        codes.join(", ")
    );
    let source = folder.join("scenario.toml");
    let source = source.to_str().expect("the folder's name is text");
    let scenario = parse(source, &text, "bench", &Overrides::default());
    let scenario = scenario.unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let (mut simulated, mut read, mut hit_ratio) = (f64::INFINITY, f64::INFINITY, 0.0);
    for _ in 0..REPETITIONS {
        let started = Instant::now();
        hit_ratio = simulate(&scenario);
        simulated = simulated.min(started.elapsed().as_secs_f64());
        let started = Instant::now();
        let mut trace = Trace::open(&scenario.replays[0], &scenario, 1).expect("it opens");
        let mut operations = Vec::new();
        loop {
            operations.clear();
            let outcome = trace.read(&mut operations, BATCH, Time(i64::MAX));
            outcome.unwrap_or_else(|error| panic!("{error}"));
            if operations.is_empty() {
                break;
            }
            black_box(&operations);
        }
        read = read.min(started.elapsed().as_secs_f64());
    }
    let millions = |seconds: f64| f64::from(READS) / seconds / 1e6;
    println!(
        "{file:<22} {pops:>5} {:>17.2} {:>18.2} {:>9.1} %",
        millions(simulated),
        millions(read),
        100.0 * hit_ratio
    );
}

fn simulate(scenario: &Scenario) -> f64 {
    let options = Options {
        threads: 1,
        record_reads: false,
        progress: &|_| {},
    };
    let results = experiment::run(scenario.clone(), &options);
    let results = results.unwrap_or_else(|error| panic!("{error}"));
    let get = |metric| {
        results
            .summary
            .total
            .get(metric, None)
            .expect("there are reads")
            .mean
    };
    assert_eq!(get(Metric::Reads), f64::from(READS));
    get(Metric::HitRatio)
}

/// The key of each read.
fn keys() -> Vec<u32> {
    let mut sum = 0.0;
    let shares = (1..=KEYS).map(|rank| {
        sum += (rank as f64).powf(-0.99);
        sum
    });
    let shares: Vec<f64> = shares.collect();
    let draw = |read: u32| {
        let mut z = u64::from(read).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let share = ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 * sum;
        shares.partition_point(|up_to| *up_to < share) as u32
    };
    (0..READS).map(draw).collect()
}

fn oracle(keys: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(keys.len() * 24);
    for (read, key) in (0..).zip(keys) {
        bytes.extend((1_700_000_000u32 + read / READS_PER_S).to_le_bytes());
        bytes.extend(u64::from(*key).to_le_bytes());
        bytes.extend(288u32.to_le_bytes());
        bytes.extend((-1i64).to_le_bytes());
    }
    bytes
}

fn rows(keys: &[u32], row: impl Fn(&mut String, u32, u32)) -> String {
    let mut text = String::new();
    for (read, key) in (0..).zip(keys) {
        row(&mut text, read, *key);
    }
    text
}

fn libcachesim_csv(keys: &[u32]) -> String {
    rows(keys, |text, read, key| {
        writeln!(text, "{},{key},288", read / READS_PER_S).expect("text takes text");
    })
}

fn own_csv(keys: &[u32]) -> String {
    let body = rows(keys, |text, read, key| {
        let (s, rest) = (read / READS_PER_S, read % READS_PER_S);
        writeln!(text, "{s}.{rest:04},LHR,get,item/{key},288,60").expect("text takes text");
    });
    format!("time_s,pop,op,key,size_bytes,cache_ttl_s\n{body}")
}
