//! How fast recorded workloads are read: `cargo bench --bench replay_reader`.
//!
//! Each line is the best of a few readings of one file that lies in memory's page cache; times are per record, of
//! one thread. With an argument, that file is read instead; further keys of its replay may be a second argument.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use kvlag::replay::Trace;
use kvlag::scenario::{Overrides, parse};
use kvlag::units::Time;

/// Operations that are read together, as the simulator does.
const BATCH: usize = 64;
const REPETITIONS: usize = 5;
const RECORDS: u32 = 4_000_000;

fn main() {
    // Cargo hands `--bench` over.
    let mut given = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    println!("file                                    records       MB   ns/record   million/s");
    if let Some(file) = given.next() {
        measure(Path::new(""), &file, &given.next().unwrap_or_default());
        return;
    }
    let folder = tempfile::tempdir().expect("a place for files");
    let write = |name: &str, content: &[u8]| {
        fs::write(folder.path().join(name), content).expect("the file can be written");
    };
    for keys in [1_000, 100_000, 2_000_000] {
        let oracle = oracle(keys);
        let name = format!("{keys}-keys.oracleGeneral");
        write(&name, &oracle);
        measure(folder.path(), &name, "");
        if keys == 100_000 {
            write(
                &format!("{name}.zst"),
                &zstd::encode_all(&oracle[..], 3).expect("it packs"),
            );
            measure(folder.path(), &format!("{name}.zst"), "");
            measure(folder.path(), &name, "deal = \"by-key\"");
        }
        let csv = own_csv(keys);
        let name = format!("{keys}-keys.csv");
        write(&name, csv.as_bytes());
        measure(folder.path(), &name, "");
        if keys == 100_000 {
            reference(&folder.path().join(&name));
            write(
                &format!("{name}.zst"),
                &zstd::encode_all(csv.as_bytes(), 3).expect("it packs"),
            );
            measure(folder.path(), &format!("{name}.zst"), "");
        }
    }
    write("libcachesim.csv", libcachesim_csv(100_000).as_bytes());
    measure(
        folder.path(),
        "libcachesim.csv",
        "format = \"libcachesim-csv\"",
    );
    write("logpush.ndjson", logpush(100_000).as_bytes());
    measure(folder.path(), "logpush.ndjson", "");
}

fn measure(folder: &Path, file: &str, more: &str) {
    let text = format!(
        "duration = \"1h\"\npops = \"region:WEUR\"\nlimits.enforce = false\n[replay.r]\nfile = \"{file}\"\n{more}\n"
    );
    let source = folder.join("scenario.toml");
    let source = source.to_str().expect("the folder's name is text");
    let scenario = parse(source, &text, "bench", &Overrides::default());
    let scenario = scenario.unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let mut best = f64::INFINITY;
    let mut records = 0;
    for _ in 0..REPETITIONS {
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
        best = best.min(started.elapsed().as_secs_f64());
        records = trace.tally().operations;
    }
    let bytes = fs::metadata(&scenario.replays[0].file)
        .expect("it is there")
        .len();
    line(
        &format!("{} {more}", file.rsplit('/').next().unwrap_or(file)),
        records,
        bytes,
        best,
    );
}

fn line(what: &str, records: u64, bytes: u64, seconds: f64) {
    let ns = seconds * 1e9 / records as f64;
    let (megabytes, millions) = (bytes as f64 / 1e6, 1e3 / ns);
    println!("{what:<36} {records:>10} {megabytes:>8.1} {ns:>11.1} {millions:>11.2}");
}

/// What the csv crate alone takes for the same rows, with one record that is used again.
fn reference(file: &Path) {
    let mut best = f64::INFINITY;
    for _ in 0..REPETITIONS {
        let started = Instant::now();
        let mut reader = csv::Reader::from_path(file).expect("it opens");
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record).expect("it is CSV") {
            black_box(record.get(3));
        }
        best = best.min(started.elapsed().as_secs_f64());
    }
    let bytes = fs::metadata(file).expect("it is there").len();
    line("  the csv crate alone", u64::from(RECORDS), bytes, best);
}

/// A key's number, few of them often: the square of a uniform draw.
fn key(record: u32, keys: u32) -> u32 {
    let draw = u64::from(record).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let squared = (draw * draw) >> 32;
    ((squared * u64::from(keys)) >> 32) as u32
}

fn oracle(keys: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for record in 0..RECORDS {
        let id = u64::from(key(record, keys)).wrapping_mul(0xd134_2543_de82_ef95);
        bytes.extend((1_700_000_000 + record / 10_000).to_le_bytes());
        bytes.extend(id.to_le_bytes());
        bytes.extend((200 + record % 5_000).to_le_bytes());
        bytes.extend((i64::from(record) + 1_000).to_le_bytes());
    }
    bytes
}

fn rows(row: impl Fn(&mut String, u32)) -> String {
    let mut text = String::new();
    for record in 0..RECORDS {
        row(&mut text, record);
    }
    text
}

fn own_csv(keys: u32) -> String {
    const POPS: [&str; 4] = ["LHR", "FRA", "CDG", "AMS"];
    let body = rows(|text, record| {
        let (time, key) = (f64::from(record) / 1e4, key(record, keys));
        let pop = POPS[record as usize % 4];
        writeln!(
            text,
            "{time:.6},{pop},get,item/{key},{},60",
            200 + record % 5_000
        )
        .expect("text takes text");
    });
    format!("time_s,pop,op,key,size_bytes,cache_ttl_s\n{body}")
}

fn libcachesim_csv(keys: u32) -> String {
    rows(|text, record| {
        let key = u64::from(key(record, keys)) * 7_919;
        writeln!(text, "{},{key},{}", record / 10_000, 200 + record % 5_000)
            .expect("text takes text");
    })
}

fn logpush(keys: u32) -> String {
    rows(|text, record| {
        let key = key(record, keys);
        if record < RECORDS / 4 {
            writeln!(
                text,
                "{{\"ClientIP\":\"192.0.2.1\",\"ClientRequestHost\":\"example.com\",\"ClientRequestMethod\":\"GET\",\
                 \"ClientRequestPath\":\"/kv/item/{key}\",\"EdgeColoCode\":\"LHR\",\"EdgeEndTimestamp\":\"2024-05-01T12:00:00Z\",\
                 \"EdgeResponseBytes\":4321,\"EdgeResponseStatus\":200,\"EdgeStartTimestamp\":{},\"RayID\":\"87c7e1f1aa0b4e1c\"}}",
                1_714_564_800_000_000_000u64 + u64::from(record ^ 0x3ff) * 100_000
            )
            .expect("text takes text");
        }
    })
}
