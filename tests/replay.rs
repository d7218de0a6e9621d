//! Replays are simulated as their files say: without delays every read is answered as a cache of a dozen lines
//! answers it, with writes every read is as stale as brute force finds it, and nothing depends on threads.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use kvlag::experiment::{self, Options, Results};
use kvlag::observe::findings::{CacheStatus, WriteOutcome};
use kvlag::replay::{Action, Trace};
use kvlag::scenario::metric::Metric;
use kvlag::scenario::{Overrides, Scenario, parse};
use kvlag::units::{Duration, Time};
use proptest::prelude::*;
use tempfile::TempDir;

const HEADER: &str = "time_s,pop,op,key,size_bytes,cache_ttl_s\n";

/// A folder with the file of a trace.
fn place(name: &str, content: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().expect("a place for files");
    fs::write(folder.path().join(name), content).expect("the file can be written");
    folder
}

fn scenario(folder: &TempDir, text: &str) -> Scenario {
    let source = folder.path().join("test.toml");
    let source = source.to_str().expect("the folder's name is text");
    match parse(source, text, "test", &Overrides::default()) {
        Ok(scenario) => scenario,
        Err(mistakes) => panic!("{mistakes}\n{text}"),
    }
}

fn run(scenario: &Scenario, record_reads: bool) -> Results {
    let options = Options {
        threads: 1,
        record_reads,
        progress: &|_| {},
    };
    experiment::run(scenario.clone(), &options).unwrap_or_else(|error| panic!("{error}"))
}

fn count(results: &Results, pop: usize, metric: Metric) -> u64 {
    let number = results.summary.pops[pop].get(metric, None);
    number.expect("counts are always there").mean as u64
}

/// PoPs of one's own, so far away.
fn pops(count: usize, away: &str) -> String {
    let pop = |index| format!("[pop.P{index}]\nto-store = \"{away}\"\n");
    (0..count).map(pop).collect()
}

/// What came of a read: start, PoP, key, whether it was a hit, version, staleness, lag.
type Answered = (Time, u16, String, bool, u32, Duration, u32);

/// What came of each read; reads that start at one instant are in no order.
fn answered(results: &Results) -> Vec<Answered> {
    let reads = results.pooled.reads.as_ref().expect("reads are recorded");
    let answered = reads.iter().map(|read| {
        (
            read.start,
            read.pop,
            results.key_name(read.key).into_owned(),
            read.status == CacheStatus::Hit,
            read.version,
            read.staleness,
            read.version_lag,
        )
    });
    let mut answered: Vec<Answered> = answered.collect();
    answered.sort();
    answered
}

/// A cache that takes one operation after the other, each done before the next.
#[derive(Default)]
struct PlainCache {
    commits: HashMap<String, Vec<Time>>,
    /// By PoP and key: the version, when it was filled, and for how long.
    copies: HashMap<(usize, String), (usize, Time, Duration)>,
}

impl PlainCache {
    fn write(&mut self, pop: usize, key: &str, now: Time) {
        let commits = self.commits.entry(key.to_owned()).or_default();
        commits.push(now);
        let own = (commits.len(), now, Duration::from_secs(60));
        self.copies.insert((pop, key.to_owned()), own);
    }

    fn read(&mut self, pop: usize, key: &str, now: Time, ttl: Duration) -> Answered {
        let commits = self.commits.get(key).map_or(&[][..], Vec::as_slice);
        let held = self.copies.get(&(pop, key.to_owned()));
        let usable = held.filter(|(_, filled, own)| now < *filled + ttl.min(*own));
        let (is_hit, version) = (usable.is_some(), usable.map_or(commits.len(), |c| c.0));
        let newer: Vec<&Time> = commits[version..].iter().filter(|at| **at < now).collect();
        let staleness = newer.first().map_or(Duration::ZERO, |at| now - **at);
        if !is_hit {
            self.copies
                .insert((pop, key.to_owned()), (version, now, ttl));
        }
        let lag = newer.len() as u32;
        (
            now,
            pop as u16,
            key.to_owned(),
            is_hit,
            version as u32,
            staleness,
            lag,
        )
    }
}

/// What the plain cache answers to the operations of the first replay, within the duration.
fn plainly(scenario: &Scenario) -> Vec<Answered> {
    let mut cache = PlainCache::default();
    let mut answers = Vec::new();
    let mut trace = Trace::open(&scenario.replays[0], scenario, scenario.seed).expect("it opens");
    while let Some(operation) = trace.next() {
        let operation = operation.unwrap_or_else(|error| panic!("{error}"));
        if operation.time >= Time(0) + scenario.duration {
            break;
        }
        let (now, pop) = (operation.time, operation.pop);
        match operation.action {
            Action::Get { key, cache_ttl, .. } => {
                answers.push(cache.read(pop, &trace.keys().name(key), now, cache_ttl));
            }
            Action::Put { key, .. } | Action::Delete { key } => {
                cache.write(pop, &trace.keys().name(key), now);
            }
            Action::List { .. } => {}
        }
    }
    answers.sort();
    answers
}

/// A read of a random trace: seconds since the one before (mostly none), its key and its PoP.
fn gets() -> impl Strategy<Value = Vec<(u32, u8, usize)>> {
    let gap = prop_oneof![4 => Just(0u32), 2 => 1..4u32, 1 => 10..70u32];
    prop::collection::vec((gap, 0..12u8, 0..15usize), 1..300)
}

/// The file of a format, and what the scenario says of it beside the file.
fn file_of(format: &str, reads: &[(u32, u8, usize)], pops: usize) -> (&'static str, Vec<u8>) {
    let mut time = 0;
    let (mut text, mut bytes) = (String::new(), Vec::new());
    for (gap, key, pop) in reads {
        time += gap;
        let pop = pop % pops;
        match format {
            "kvlag-csv" => writeln!(text, "{time},P{pop},get,k{key},7,"),
            "libcachesim-csv" => writeln!(text, "{time},{key},7"),
            "logpush" => writeln!(
                text,
                "{{\"EdgeStartTimestamp\":{},\"EdgeColoCode\":\"P{pop}\",\"ClientRequestPath\":\"/kv/k{key}\",\
                 \"ClientRequestMethod\":\"GET\"}}",
                1_700_000_000 + time
            ),
            _ => {
                bytes.extend(time.to_le_bytes());
                bytes.extend(u64::from(*key).to_le_bytes());
                bytes.extend(7u32.to_le_bytes());
                bytes.extend((-1i64).to_le_bytes());
                Ok(())
            }
        }
        .expect("text takes text");
    }
    match format {
        "kvlag-csv" => ("t.csv", [HEADER, &text].concat().into_bytes()),
        "libcachesim-csv" => ("t.csv", text.into_bytes()),
        "logpush" => ("t.ndjson", text.into_bytes()),
        _ => ("t.oracleGeneral", bytes),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn without_delays_each_read_is_answered_as_by_a_plain_cache(
        reads in gets(),
        count in prop::sample::select(vec![1usize, 3, 15]),
        ttl in prop::sample::select(vec![1u32, 5, 60]),
        duration in prop::sample::select(vec!["30s", "1h"]),
        seed in 0..1000u32,
    ) {
        for format in ["kvlag-csv", "libcachesim-csv", "oracle-general", "logpush"] {
            let (name, content) = file_of(format, &reads, count);
            let folder = place(name, &content);
            let deals: &[&str] = match format {
                "kvlag-csv" | "logpush" => &[""],
                _ => &["deal = \"random\"\n", "deal = \"round-robin\"\n", "deal = \"by-key\"\n"],
            };
            for deal in deals {
                let scenario = scenario(&folder, &format!(
                    "duration = \"{duration}\"\nseed = {seed}\n[limits]\nenforce = false\n{}\
                     [replay.r]\nfile = \"{name}\"\nformat = \"{format}\"\ncache-ttl = \"{ttl}s\"\n{deal}",
                    pops(count, "0s")
                ));
                let results = run(&scenario, true);
                let plain = plainly(&scenario);
                for pop in 0..count {
                    let here = plain.iter().filter(|read| usize::from(read.1) == pop);
                    let hits = here.filter(|read| read.3).count() as u64;
                    prop_assert_eq!(self::count(&results, pop, Metric::Hits), hits);
                }
                prop_assert_eq!(answered(&results), plain, "{} {}", format, deal);
            }
        }
    }

    #[test]
    fn reads_go_alike_whether_or_not_their_format_knows_writes(
        reads in gets(),
        way in prop::sample::select(vec!["\"700ms\"", "{ lognormal = { p50 = \"1s\", p99 = \"20s\" } }"]),
        rules in prop::sample::select(vec!["", "coalesce = false\n", "refresh-ahead = \"2s\"\n"]),
        duration in prop::sample::select(vec!["30s", "1h"]),
    ) {
        let (mut time, mut with_writes, mut without) = (0, HEADER.to_owned(), String::new());
        for (row, (gap, key, _)) in reads.iter().enumerate() {
            // Without writes, times are counted from the first.
            time += if row == 0 { 0 } else { *gap };
            writeln!(with_writes, "{time},P0,get,{key},7,").expect("text takes text");
            writeln!(without, "{time},{key},7").expect("text takes text");
        }
        let found = |format: &str, text: String| {
            let folder = place("t.csv", text.as_bytes());
            let mut results = run(&scenario(&folder, &format!(
                "duration = \"{duration}\"\n[limits]\nenforce = false\n[cache]\n{rules}\
                 [pop.P0]\nto-store = {way}\n\
                 [replay.r]\nfile = \"t.csv\"\nformat = \"{format}\"\ncache-ttl = \"5s\"\n"
            )), true);
            let mut reads = results.pooled.reads.take().expect("reads are recorded");
            reads.sort();
            (reads, results.summary.total, results.pooled.timeline)
        };
        prop_assert!(found("kvlag-csv", with_writes) == found("libcachesim-csv", without));
    }

    #[test]
    fn reads_beside_writes_are_as_stale_as_brute_force_finds_them(
        operations in prop::collection::vec(
            (prop_oneof![3 => Just(0u32), 2 => 1..9u32, 1 => 20..90u32], 0..4u8, 0..15usize, 0..10u8), 1..300),
        count in prop::sample::select(vec![1usize, 3, 15]),
    ) {
        let mut text = HEADER.to_owned();
        let mut time = 0;
        for (gap, key, pop, kind) in &operations {
            time += gap;
            let rest = match kind {
                0 => format!("put,k{key},9,"),
                1 => format!("delete,k{key},,"),
                2 => format!("get,k{key},,{}", 5 * (1 + time % 4)),
                _ => format!("get,k{key},,"),
            };
            writeln!(text, "{time},P{},{rest}", pop % count).expect("text takes text");
        }
        let folder = place("t.csv", text.as_bytes());
        let text = |away: &str| format!(
            "duration = \"2h\"\n[limits]\nenforce = false\n[store]\nwrite-limit = \"none\"\n{}\
             [replay.r]\nfile = \"t.csv\"\ncache-ttl = \"30s\"\n", pops(count, away)
        );
        let at_once = scenario(&folder, &text("0s"));
        prop_assert_eq!(answered(&run(&at_once, true)), plainly(&at_once));
        // With delays, who is given which version is the simulator's to say; how stale it was is not.
        let results = run(&scenario(&folder, &text("700ms")), true);
        let mut commits: BTreeMap<String, BTreeMap<u32, Time>> = BTreeMap::new();
        for write in results.pooled.writes.sorted() {
            if let WriteOutcome::Accepted { version, .. } = write.outcome {
                let key = results.key_name(write.key).into_owned();
                commits.entry(key).or_default().insert(version, write.arrival);
            }
        }
        for (start, _, key, _, version, staleness, lag) in answered(&results) {
            let newer: Vec<Time> = commits.get(&key).into_iter().flatten()
                .filter(|(v, at)| **v > version && **at < start).map(|(_, at)| *at).collect();
            prop_assert_eq!(lag as usize, newer.len());
            let expected = newer.first().map_or(Duration::ZERO, |at| start - *at);
            prop_assert_eq!(staleness, expected);
        }
    }
}

const OPEN: &str =
    "duration = \"20m\"\npops = [\"LHR\", \"FRA\", \"SYD\"]\n[cache]\nstart = \"cold\"\n";

/// A run's own records of reads and writes, as a file to replay.
fn recorded(results: &Results) -> String {
    let mut rows: Vec<(Time, usize, String)> = Vec::new();
    for read in results.pooled.reads.as_ref().expect("reads are recorded") {
        let what = format!("get,{},,", results.key_name(read.key));
        rows.push((read.start, usize::from(read.pop), what));
    }
    for write in results.pooled.writes.sorted() {
        let what = format!("put,{},{},", results.key_name(write.key), write.size.0);
        rows.push((write.start, write.pop, what));
    }
    rows.sort();
    let mut text = HEADER.to_owned();
    for (time, pop, what) in rows {
        let (s, ns) = (time.0 / 1_000_000_000, time.0 % 1_000_000_000);
        let pop = &results.scenario.pops[pop].code;
        writeln!(text, "{s}.{ns:09},{pop},{what}").expect("text takes text");
    }
    text
}

#[test]
fn a_run_that_was_recorded_gives_itself_when_it_is_replayed() {
    let folder = tempfile::tempdir().expect("a place for files");
    let visitors = "[workload.visitors]\nreads = \"3/s\"\nwrites = \"1/20s\"\n\
                    keys = { zipf = 0.8, count = 30, prefix = \"item:\" }\n";
    let original = run(&scenario(&folder, &format!("{OPEN}{visitors}")), true);
    let text = recorded(&original);
    fs::write(folder.path().join("t.csv"), text).expect("the file can be written");
    let replayed = format!("{OPEN}[replay.visitors]\nfile = \"t.csv\"\n");
    let again = run(&scenario(&folder, &replayed), true);
    assert!(count(&original, 0, Metric::Hits) > 1_000);
    assert!(count(&original, 0, Metric::StaleReads) > 10);
    assert_eq!(answered(&again), answered(&original));
    for pop in 0..3 {
        for metric in [
            Metric::Fetches,
            Metric::CoalescedReads,
            Metric::Writes,
            Metric::RejectedWrites,
        ] {
            assert_eq!(count(&again, pop, metric), count(&original, pop, metric));
        }
    }
}

#[test]
fn equal_names_are_the_same_key_whoever_names_them() {
    let rows = "1,P0,get,k7,,\n2,P0,get,k7,,\n3,P0,get,other,,\n5,P0,get,k7,,\n";
    let folder = place("t.csv", [HEADER, rows].concat().as_bytes());
    fs::write(
        folder.path().join("u.csv"),
        [HEADER, "4,P0,get,other,,\n"].concat(),
    )
    .expect("the file can be written");
    let top = format!("duration = \"10m\"\n{}", pops(1, "0s"));
    let both = format!("{top}[replay.a]\nfile = \"t.csv\"\n[replay.b]\nfile = \"u.csv\"\n");
    let results = run(&scenario(&folder, &both), true);
    // Of five reads of two keys, the first of each is no hit, whichever replay it is in.
    assert_eq!(count(&results, 0, Metric::Hits), 3);
    let reads = |workload: usize| results.summary.workloads[workload].get(Metric::Reads, None);
    assert_eq!(reads(0).map(|n| n.mean), Some(4.0));
    assert_eq!(reads(1).map(|n| n.mean), Some(1.0));
    assert_eq!(
        results.summary.workloads.len(),
        3,
        "the script's is the last"
    );
    // An open workload and a script that know the key keep it in the cache, or supersede it.
    let open = "[workload.w]\nreads = \"200/s\"\nkeys = { uniform = 9, prefix = \"k\" }\n\
                [[script]]\ntime = \"4s\"\npop = \"P0\"\nput = \"k7\"\n";
    for counted in ["", "[run]\nper-read = true\n"] {
        let results = run(&scenario(&folder, &format!("{both}{open}{counted}")), false);
        let hits = results.summary.workloads[1].get(Metric::Hits, None);
        assert_eq!(
            hits.map(|n| n.mean),
            Some(3.0),
            "the open reads filled k7 before"
        );
        let reads = results.summary.workloads[0].get(Metric::Reads, None);
        assert!(reads.is_some_and(|n| (n.mean - 120_000.0).abs() < 3_000.0));
    }
}

#[test]
fn the_scenario_bounds_what_is_measured_and_the_report_says_so() {
    let rows = "0,P0,get,a,,\n30,P0,get,a,,\n61,P0,get,a,,\n";
    let folder = place("t.csv", [HEADER, rows].concat().as_bytes());
    let text = |duration: &str| {
        format!(
            "duration = \"{duration}\"\n{}[replay.a]\nfile = \"t.csv\"\n",
            pops(1, "0s")
        )
    };
    let short = run(&scenario(&folder, &text("1m")), false);
    assert_eq!(count(&short, 0, Metric::Reads), 2);
    assert!(short.replays.each[0].goes_on);
    let long = run(&scenario(&folder, &text("1h")), false);
    assert_eq!(count(&long, 0, Metric::Reads), 3);
    assert_eq!(long.replays.each[0].last, Some(Time(61_000_000_000)));
    assert!(!long.replays.each[0].goes_on);
    // Of several that go on, only one hands out an operation that is not measured any more.
    let twice = text("1m") + "[replay.b]\nfile = \"t.csv\"\n";
    let both = run(&scenario(&folder, &twice), false);
    assert!(both.replays.each.iter().all(|read| read.goes_on));
}

fn kvlag(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvlag"));
    let output = command.args(arguments).current_dir(folder).output();
    output.expect("kvlag runs")
}

/// Every file of a report.
fn report(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("the report is there");
    let file = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.expect("it can be listed").path();
        let name = path.file_name().expect("it has a name").to_string_lossy();
        (name.into_owned(), fs::read(&path).expect("it can be read"))
    };
    entries.map(file).collect()
}

#[test]
fn a_list_takes_as_many_pages_as_its_record_says_or_as_there_are_keys() {
    let rows = "time_s,pop,op,key,size_bytes,cache_ttl_s,pages\n0,LHR,get,a,,,\n1,LHR,list,,,,3\n2,LHR,list,,,,\n";
    let folder = place("t.csv", rows.as_bytes());
    let text = "duration = \"10s\"\npops = [\"LHR\"]\n[replay.r]\nfile = \"t.csv\"\n";
    let results = run(&scenario(&folder, text), false);
    assert_eq!(count(&results, 0, Metric::Lists), 2);
    assert_eq!(count(&results, 0, Metric::ListPages), 4);
}

#[test]
fn a_bad_line_ends_a_run_with_nothing_written_unless_such_are_skipped() {
    let rows = "0,LHR,get,a,,\n1,XXX,get,a,,\n2,LHR,get,a,,120\n3,LHR,get,a,,\n";
    let folder = place("t.csv", [HEADER, rows].concat().as_bytes());
    let text = "duration = \"10s\"\npops = [\"LHR\"]\n[replay.r]\nfile = \"t.csv\"\n";
    fs::write(folder.path().join("s.toml"), text).expect("the file can be written");
    let refused = kvlag(folder.path(), &["run", "s.toml", "--runs", "3"]);
    assert_eq!(refused.status.code(), Some(2));
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        message.contains("`XXX` is not a PoP of the scenario"),
        "{message}"
    );
    assert!(message.contains("t.csv:3:3"), "{message}");
    assert!(refused.stdout.is_empty());
    assert!(!folder.path().join("reports").exists());
    let skip = ["run", "s.toml", "--set", "replay.r.skip-bad-lines=true"];
    let went_on = kvlag(folder.path(), &skip);
    assert_eq!(
        went_on.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&went_on.stderr)
    );
    let page = String::from_utf8_lossy(&went_on.stdout).replace("\n    ", " ");
    assert!(
        page.contains("without 2 lines that could not be read"),
        "{page}"
    );
    assert!(
        page.contains("line 4: this cache-ttl of 2m is longer than the replay's longest, 1m"),
        "{page}"
    );
    let summary = fs::read_to_string(folder.path().join("reports/s/summary.json"));
    let summary: serde_json::Value =
        serde_json::from_str(&summary.expect("it is there")).expect("it is JSON");
    assert_eq!(summary["replays"]["r"]["bad_lines"], 2);
    assert_eq!(summary["replays"]["r"]["operations"], 2);
    assert_eq!(summary["replays"]["r"]["first_bad_lines"][0]["line"], 3);
    assert_eq!(summary["workloads"]["r"]["reads"], 2);
}

/// A trace of several thousand operations with writes and lists.
fn busy_trace() -> String {
    let mut text = HEADER.to_owned();
    for i in 0..6_000u64 {
        let draw = i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let pop = ["LHR", "FRA", "SYD", "IAD", "NRT", "GRU"][(draw % 6) as usize];
        let rest = match draw / 6 % 50 {
            0 => format!("put,item:{},300,", draw % 40),
            1 => format!("delete,own/{},,", draw % 7),
            2 => "list,item:,,".to_owned(),
            _ => format!("get,item:{},,", draw / 300 % 40),
        };
        writeln!(text, "{}.{:02},{pop},{rest}", i / 20, i % 20 * 5).expect("text takes text");
    }
    text
}

const BUSY: &str = "duration = \"5m\"\npops = [\"LHR\", \"FRA\", \"SYD\", \"IAD\", \"NRT\", \"GRU\"]\n\
    [network]\njitter = { exponential = { mean = \"5ms\" } }\n\
    [workload.w]\nreads = \"5/s\"\nwrites = \"1/m\"\nlists = \"1/m\"\nkeys = { zipf = 1, count = 20, prefix = \"item:\" }\n\
    [replay.r]\nfile = \"t.csv\"\n[replay.s]\nfile = \"u.csv\"\nformat = \"libcachesim-csv\"\n\
    [[script]]\ntime = \"1m\"\npop = \"LHR\"\nput = \"own/3\"\n";

#[test]
fn a_report_is_the_same_on_any_number_of_threads_and_gives_itself() {
    let folder = place("t.csv", busy_trace().as_bytes());
    let reads: String = (0..500)
        .map(|i| format!("{},{},300\n", i / 2, i % 60))
        .collect();
    fs::write(folder.path().join("u.csv"), reads).expect("the file can be written");
    fs::write(folder.path().join("s.toml"), BUSY).expect("the file can be written");
    let run = |file: &str, out: &str, threads: &str| {
        let arguments = [
            "run",
            file,
            "--out",
            out,
            "--threads",
            threads,
            "--runs",
            "3",
            "--record",
            "reads",
        ];
        let output = kvlag(folder.path(), &arguments);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    run("s.toml", "one", "1");
    let one = report(&folder.path().join("one/s"));
    run("s.toml", "four", "4");
    assert_eq!(report(&folder.path().join("four/s")), one);
    assert!(one.contains_key("replay-r.csv") && one.contains_key("replay-s.csv"));
    let machine = folder
        .path()
        .to_str()
        .expect("the folder's name is text")
        .as_bytes();
    for (name, bytes) in &one {
        let names_machine = bytes.windows(machine.len()).any(|part| part == machine);
        assert!(!names_machine, "{name} names a path of the machine");
    }
    // Moved elsewhere, under the same name, it gives itself.
    let moved = tempfile::tempdir().expect("a place for files");
    for (name, bytes) in &one {
        let name = name.replace("scenario.toml", "s.toml");
        fs::write(moved.path().join(name), bytes).expect("the file can be written");
    }
    let arguments = ["run", "s.toml", "--out", "again", "--record", "reads"];
    let output = kvlag(moved.path(), &arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(report(&moved.path().join("again/s")), one);
}

#[test]
fn a_large_trace_is_found_from_the_report_by_a_relative_path() {
    let mut text = HEADER.to_owned();
    while text.len() <= 1 << 20 {
        text += "1,LHR,get,a key with a rather long name,,\n";
    }
    let folder = place("t.csv", text.as_bytes());
    let text = "duration = \"2s\"\npops = [\"LHR\"]\n[replay.r]\nfile = \"t.csv\"\n";
    fs::write(folder.path().join("s.toml"), text).expect("the file can be written");
    assert!(kvlag(folder.path(), &["run", "s.toml"]).status.success());
    let report_of = |out: &str| report(&folder.path().join(out));
    let first = report_of("reports/s");
    let scenario = String::from_utf8_lossy(&first["scenario.toml"]).into_owned();
    assert!(scenario.contains("file = \"../../t.csv\""), "{scenario}");
    assert!(!first.contains_key("replay-r.csv"));
    let again = kvlag(folder.path(), &["run", "reports/s/scenario.toml"]);
    assert!(
        again.status.success(),
        "{}",
        String::from_utf8_lossy(&again.stderr)
    );
    assert_eq!(report_of("reports/scenario"), first);
}

/// The rule stands in the comments of `scenarios/capacity/replay-a-trace.toml`.
#[test]
fn the_shipped_trace_follows_its_rule() {
    let mut text = HEADER.to_owned();
    for i in 0..2_400u64 {
        let x = i * 2_654_435_761 % (1 << 32);
        let (low, high) = (x % 65_536, x / 65_536);
        let (s, tenths) = (i * 3 / 2, i % 2 * 5);
        if i % 60 == 59 {
            let product = i / 60 % 8;
            writeln!(text, "{s}.{tenths},LHR,put,product/{product},2000,")
        } else {
            let pop = ["LHR", "FRA", "IAD"][(high % 3) as usize];
            let product = 60 * low * low / (1 << 32);
            writeln!(text, "{s}.{tenths},{pop},get,product/{product},,")
        }
        .expect("text takes text");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/capacity/replay-a-trace.csv");
    let shipped = fs::read_to_string(path).expect("it is shipped");
    assert!(shipped == text, "it is another one");
}

#[test]
fn new_keys_in_a_log_out_of_order_stay_apart() {
    let line = |second: u32, key: &str| {
        format!(
            "{{\"EdgeStartTimestamp\":\"2026-01-01T00:00:{second:02}Z\",\"EdgeColoCode\":\"P0\",\
             \"ClientRequestPath\":\"/kv/{key}\",\"ClientRequestMethod\":\"GET\"}}\n"
        )
    };
    let log = [(5, "A"), (3, "B"), (9, "C"), (8, "A")].map(|(second, key)| line(second, key));
    let folder = place("t.ndjson", log.concat().as_bytes());
    let text = format!(
        "duration = \"1m\"\n{}[replay.log]\nfile = \"t.ndjson\"\nkey-prefix = \"/kv/\"\n",
        pops(1, "0s")
    );
    let results = run(&scenario(&folder, &text), true);
    let reads = answered(&results);
    let reads: Vec<_> = reads.iter().map(|read| (read.2.as_str(), read.3)).collect();
    assert_eq!(
        reads,
        [("B", false), ("A", false), ("A", true), ("C", false)]
    );
}
