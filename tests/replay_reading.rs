//! Recorded workloads are read as their formats say: exact times, numbered keys, PoPs where the file names none;
//! and what cannot be read says why, at its own characters.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use insta::{assert_snapshot, with_settings};
use kvlag::replay::{Action, Tally, Trace, TraceError, TraceOperation};
use kvlag::scenario::{Overrides, Scenario, parse};
use kvlag::units::{Duration, Size, Time};
use proptest::prelude::*;

const MINUTE: Duration = Duration::from_secs(60);
const HEADER: &str = "time_s,pop,op,key,size_bytes,cache_ttl_s\n";

/// A scenario of three PoPs with the replay of one file.
fn scenario(folder: &Path, file: &str, more: &str) -> Scenario {
    let text = format!(
        "duration = \"1h\"\npops = [\"LHR\", \"FRA\", \"SYD\"]\n[replay.r]\nfile = \"{file}\"\n{more}"
    );
    let source = folder.join("scenario.toml");
    let source = source.to_str().expect("the folder's name is text");
    match parse(source, &text, "scenario", &Overrides::default()) {
        Ok(scenario) => scenario,
        Err(diagnostics) => panic!("{diagnostics}"),
    }
}

/// What came of reading a file.
struct Read {
    operations: Vec<TraceOperation>,
    /// The key or prefix of each operation.
    names: Vec<String>,
    tally: Tally,
    error: Option<String>,
}

fn read_with_seed(name: &str, content: &[u8], more: &str, seed: u64) -> Read {
    let folder = tempfile::tempdir().expect("a place for files");
    fs::write(folder.path().join(name), content).expect("the file can be written");
    let scenario = scenario(folder.path(), name, more);
    let shown = |error: TraceError| {
        let folder = fs::canonicalize(folder.path()).expect("it is there");
        let folder = format!("{}/", folder.display());
        error.to_string().replace(&folder, "")
    };
    let mut read = Read {
        operations: Vec::new(),
        names: Vec::new(),
        tally: Tally::default(),
        error: None,
    };
    let mut trace = match Trace::open(&scenario.replays[0], &scenario, seed) {
        Ok(trace) => trace,
        Err(error) => {
            read.error = Some(shown(error));
            return read;
        }
    };
    while let Some(next) = trace.next() {
        let operation = match next {
            Ok(operation) => operation,
            Err(error) => {
                read.error = Some(shown(error));
                break;
            }
        };
        let name = match operation.action {
            Action::Get { key, .. } | Action::Put { key, .. } | Action::Delete { key } => {
                trace.keys().name(key)
            }
            Action::List { prefix, .. } => trace.prefixes().name(prefix),
        };
        read.names.push(name.into_owned());
        read.operations.push(operation);
    }
    assert!(trace.next().is_none(), "nothing follows the end");
    read.tally = trace.tally();
    assert_eq!(read.tally.operations, read.operations.len() as u64);
    read
}

fn read(name: &str, content: impl AsRef<[u8]>, more: &str) -> Read {
    read_with_seed(name, content.as_ref(), more, 1)
}

/// Reads a file that has no mistakes.
fn good(name: &str, content: impl AsRef<[u8]>, more: &str) -> Read {
    let read = read(name, content, more);
    assert_eq!(read.error, None);
    assert_eq!(read.tally.bad_lines, 0);
    read
}

fn times(read: &Read) -> Vec<i64> {
    read.operations
        .iter()
        .map(|operation| operation.time.0)
        .collect()
}

fn oracle(records: &[(u32, u64, u32)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (time, id, size) in records {
        bytes.extend(time.to_le_bytes());
        bytes.extend(id.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend((-1i64).to_le_bytes());
    }
    bytes
}

fn request(time: &str, colo: &str, method: &str, path: &str) -> String {
    format!(
        "{{\"ClientIP\":\"192.0.2.1\",\"ClientRequestMethod\":\"{method}\",\"ClientRequestPath\":\"{path}\",\
         \"EdgeColoCode\":\"{colo}\",\"EdgeStartTimestamp\":{time}}}\n"
    )
}

#[test]
fn own_csv_says_everything_about_an_operation() {
    let text = "time_s,pop,op,key,size_bytes,cache_ttl_s,expiration_ttl_s,client\n\
                0,LHR,get,a,,,,\n\
                0.000000001,SYD,put,b,2048,,90.5,worker-1\n\
                1.5,FRA,get,\"a,\"\"b\"\"\nc\",7,120,,worker-2\n\
                1.5,FRA,list,p/,,,,worker-1\n\
                2,FRA,delete,a,,,,\n\
                2,FRA,list,\"\",,,,\n\
                3600,FRA,put,a,,,,\n";
    let more = "expiration-ttl = \"2h\"\nlongest-cache-ttl = \"2m\"";
    let read = good("t.csv", text, more);
    let op = |time, pop, client, action| TraceOperation {
        time: Time(time),
        pop,
        client,
        action,
    };
    let get = |key, cache_ttl, size| Action::Get {
        key,
        cache_ttl,
        size,
    };
    let put = |key, size, ttl| Action::Put {
        key,
        size,
        expiration_ttl: Some(Duration::from_millis(ttl)),
    };
    let second = 1_000_000_000;
    let expected = [
        op(0, 0, None, get(0, MINUTE, None)),
        op(1, 2, Some(0), put(1, Some(Size(2048)), 90_500)),
        op(
            second * 3 / 2,
            1,
            Some(1),
            get(2, MINUTE * 2, Some(Size(7))),
        ),
        op(
            second * 3 / 2,
            1,
            Some(0),
            Action::List {
                prefix: 0,
                pages: None,
            },
        ),
        op(second * 2, 1, None, Action::Delete { key: 0 }),
        op(
            second * 2,
            1,
            None,
            Action::List {
                prefix: 1,
                pages: None,
            },
        ),
        op(second * 3600, 1, None, put(0, None, 7_200_000)),
    ];
    assert_eq!(read.operations, expected);
    assert_eq!(read.names, ["a", "b", "a,\"b\"\nc", "p/", "a", "", "a"]);
}

#[test]
fn columns_of_own_csv_are_found_by_name() {
    let text = "key,op,cache_ttl_s,size_bytes,pop,time_s\nk,get,45,1,SYD,3\n";
    let read = good("t.csv", text, "");
    assert_eq!(read.operations[0].pop, 2);
    let action = Action::Get {
        key: 0,
        cache_ttl: Duration::from_secs(45),
        size: Some(Size(1)),
    };
    assert_eq!(read.operations[0].action, action);
}

#[test]
fn line_ends_marks_and_blank_lines_of_every_system_are_taken() {
    let text = format!("\u{feff}{HEADER}0,LHR,get,a,,\n\n1,LHR,get,b,,");
    let crlf = text.replace('\n', "\r\n");
    for text in [text, crlf] {
        assert_eq!(good("t.csv", text, "").names, ["a", "b"]);
    }
}

#[test]
fn libcachesims_csv_is_a_read_on_each_line() {
    let text = "# time, object, size, next_access_vtime\n100, 17, 300, 2\n100, x, 0, 5\n103.25, 17, 300, -2\n";
    let read = good("t.csv", text, "format = \"libcachesim-csv\"");
    assert_eq!(times(&read), [0, 0, 3_250_000_000]);
    assert_eq!(read.names, ["17", "x", "17"]);
    let sizes: Vec<_> = read
        .operations
        .iter()
        .map(|operation| operation.action)
        .collect();
    let get = |key, size| Action::Get {
        key,
        cache_ttl: MINUTE,
        size: Some(Size(size)),
    };
    assert_eq!(sizes, [get(0, 300), get(1, 0), get(0, 300)]);
}

#[test]
fn libcachesims_csv_may_have_other_columns_and_delimiters() {
    let cases = [
        ("1|8|300|1\n", "columns = { time = 4, key = 2, size = 3 }"),
        (
            "x\t8\t300\t1\n1\t8\t300\t1\n",
            "columns = { time = 4, key = 2, size = 3 }\nhas-header = true",
        ),
        ("1;8\n", "columns = { size = 0 }\ndelimiter = \";\""),
        ("1 8 5\n", "delimiter = \" \""),
        ("a:b:c\n1:8:5\n", ""),
        ("1,8\n", "columns = { size = 0 }\nhas-header = false"),
    ];
    for (text, more) in cases {
        let read = good(
            "t.csv",
            text,
            &format!("format = \"libcachesim-csv\"\n{more}"),
        );
        assert_eq!(read.names, ["8"], "{text}");
    }
}

#[test]
fn oracle_general_is_a_read_in_each_record() {
    let records = [
        (1_700_000_000, u64::MAX, 5),
        (1_700_000_000, 7, 0),
        (1_700_000_060, u64::MAX, 6),
    ];
    let read = good("t.oracleGeneral", oracle(&records), "cache-ttl = \"30s\"");
    assert_eq!(times(&read), [0, 0, 60_000_000_000]);
    assert_eq!(
        read.names,
        ["18446744073709551615", "7", "18446744073709551615"]
    );
    let action = Action::Get {
        key: 0,
        cache_ttl: Duration::from_secs(30),
        size: Some(Size(6)),
    };
    assert_eq!(read.operations[2].action, action);
}

#[test]
fn logpush_requests_are_operations_where_the_path_starts_with_the_prefix() {
    let mut log = String::new();
    log += &request("\"2024-05-01T12:00:00Z\"", "LHR", "GET", "/kv/a%20b?x=1");
    log += &request("1714564801", "SYD", "PUT", "/kv/b/c");
    log += &request("1714564801000000005", "SYD", "DELETE", "/kv/a%20b");
    log += &request("1714564802", "SYD", "GET", "/favicon.ico");
    log += &request("1714564802", "SYD", "GET", "/kv/");
    log += &request("1714564802", "NRT", "OPTIONS", "/kv/a");
    log += &request("\"1714564803000\"", "FRA", "HEAD", "/kv/b/c");
    log += &request("1714564803", "FRA", "POST", "/kv/d");
    let read = good("t.log", &log, "");
    assert_eq!(
        times(&read),
        [
            0,
            1_000_000_000,
            1_000_000_005,
            3_000_000_000,
            3_000_000_000
        ]
    );
    assert_eq!(read.names, ["a%20b", "b/c", "a%20b", "b/c", "d"]);
    assert_eq!((read.tally.other_paths, read.tally.other_methods), (2, 1));
    let kinds: Vec<bool> = read
        .operations
        .iter()
        .map(|operation| matches!(operation.action, Action::Get { .. }))
        .collect();
    assert_eq!(kinds, [true, false, false, true, false]);
}

#[test]
fn logpush_fields_may_have_other_names() {
    let log = "{\"t\":5,\"where\":\"FRA\",\"u\":\"/x/k?q#f\",\"m\":\"GET\",\"more\":[{\"t\":1}]}\n";
    let more = "fields = { time = \"t\", colo = \"where\", path = \"u\", method = \"m\" }\nkey-prefix = \"/\"";
    assert_eq!(good("t.ndjson", log, more).names, ["x/k"]);
}

#[test]
fn a_log_that_is_out_of_order_comes_out_sorted() {
    let mut log = String::new();
    for number in 0..1_000u32 {
        // Blocks of a hundred, each backwards, and equal times in the order of the file.
        let time = 1_714_564_800 + number / 100 * 100 + (99 - number % 100) / 2;
        log += &request(&time.to_string(), "LHR", "GET", &format!("/kv/{number}"));
    }
    let read = good("t.json", &log, "");
    assert_eq!(read.operations.len(), 1_000);
    assert!(times(&read).is_sorted());
    assert_eq!(read.names[..4], ["98", "99", "96", "97"]);
}

#[test]
fn a_log_that_is_out_of_order_beyond_the_bound_says_so() {
    let mut log = String::new();
    let held = kvlag::replay::REORDERED_MAX as u32;
    for number in 0..=held {
        let time = 1_714_564_800 + number;
        log += &request(&time.to_string(), "LHR", "GET", "/kv/a");
    }
    log += &request("1714564801", "LHR", "GET", "/kv/late");
    log += &request("1714564800", "LHR", "GET", "/kv/too-late");
    let read = read("t.json", &log, "skip-bad-lines = true");
    assert_eq!(read.tally.operations, u64::from(held) + 2);
    let [bad] = &read.tally.first_bad_lines[..] else {
        panic!("one line is bad");
    };
    assert_eq!(bad.number, u64::from(held) + 3);
    assert!(
        bad.what
            .starts_with("this request is 1s before one that was replayed"),
        "{}",
        bad.what
    );
}

/// Every file, compressed in two parts, reads as it does uncompressed.
#[test]
fn compressed_files_read_like_others() {
    let records: Vec<(u32, u64, u32)> = (0..60_000)
        .map(|n| (n / 9, u64::from(n % 701), n))
        .collect();
    let csv: String = (0..20_000).fold(HEADER.to_owned(), |mut csv, n| {
        writeln!(csv, "{}.25,SYD,get,key-{},,", n / 7, n % 601).expect("text takes text");
        csv
    });
    for (name, content) in [("t.bin", oracle(&records)), ("t.csv", csv.into_bytes())] {
        let plain = good(name, &content, "");
        // In the middle of a record.
        let (first, second) = content.split_at(content.len() / 2 - 5);
        let zstd = |part: &[u8]| zstd::encode_all(part, 1).expect("it can be compressed");
        let gzip = |part: &[u8]| {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(part).expect("memory takes it");
            encoder.finish().expect("memory takes it")
        };
        let zst = [zstd(first), zstd(second)].concat();
        let gz = [gzip(first), gzip(second)].concat();
        for (ending, packed) in [(".zst", zst), (".gz", gz)] {
            let name = format!("{name}{ending}");
            let unpacked = good(&name, &packed, "");
            assert_eq!(unpacked.operations, plain.operations);
            assert_eq!(unpacked.names, plain.names);
        }
    }
}

/// A file says how far it can be read, where its end is missing or it is none of its kind.
#[test]
fn compressed_files_say_from_where_on_they_cannot_be_read() {
    let records: Vec<(u32, u64, u32)> = (0..50_000).map(|n| (n, u64::from(n % 7), n)).collect();
    let csv: String = (0..50_000).fold(HEADER.to_owned(), |mut csv, n| {
        writeln!(csv, "{n},SYD,get,key-{},,", n % 7).expect("text takes text");
        csv
    });
    let log: String = (0..50_000).fold(String::new(), |log, n| {
        log + &request(&(1_714_564_800 + n).to_string(), "SYD", "GET", "/kv/k")
    });
    let mut all = String::new();
    let mut note = |name: &str, content: &[u8]| {
        let cut = read(name, content, "skip-bad-lines = true");
        all += &cut.error.unwrap_or_else(|| panic!("{name} is taken"));
        all += "\n";
        cut.operations.len() as u64
    };
    for (name, content) in [
        ("t.bin", oracle(&records)),
        ("t.csv", csv.into_bytes()),
        ("t.ndjson", log.into_bytes()),
    ] {
        let zst = zstd::encode_all(&content[..], 1).expect("it can be compressed");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&content).expect("memory takes it");
        let gz = encoder.finish().expect("memory takes it");
        for (ending, packed) in [(".zst", zst), (".gz", gz)] {
            let half = note(&format!("{name}{ending}"), &packed[..packed.len() / 2]);
            assert!(half < 50_000, "{name}");
            note(&format!("{name}{ending}"), &packed[..packed.len() - 3]);
            note(&format!("{name}{ending}"), &packed[..5]);
        }
        note(&format!("{name}.zst"), b"this is not compressed at all");
        note(&format!("{name}.gz"), b"this is not compressed at all");
    }
    with_settings!({omit_expression => true}, { assert_snapshot!("cut-off-files", all) });
}

/// In every format there is something to replay, or an error.
#[test]
fn files_without_operations_say_so() {
    let csv = "format = \"libcachesim-csv\"";
    let mut all = String::new();
    for (name, content, more) in [
        ("t.csv", "", ""),
        ("t.csv", HEADER, ""),
        ("t.csv", "", csv),
        ("t.csv", "time,key,size\n", csv),
        ("t.bin", "", ""),
        ("t.ndjson", "", ""),
        ("t.ndjson", "\n\n", "skip-bad-lines = true"),
    ] {
        let read = read(name, content, more);
        all += &read.error.unwrap_or_else(|| panic!("{name} is taken"));
        all += "\n";
    }
    with_settings!({omit_expression => true}, { assert_snapshot!("files-without-operations", all) });
}

#[test]
fn pops_are_dealt_out_by_the_rule_that_is_asked_for() {
    let records: Vec<(u32, u64, u32)> = (0..30_000).map(|n| (n, u64::from(n % 1_000), 1)).collect();
    let bytes = oracle(&records);
    let pops = |more: &str, seed: u64| -> Vec<usize> {
        let read = read_with_seed("t.bin", &bytes, more, seed);
        read.operations
            .iter()
            .map(|operation| operation.pop)
            .collect()
    };
    let turn = pops("deal = \"round-robin\"\nat = [\"SYD\", \"LHR\"]", 1);
    assert_eq!(turn[..4], [2, 0, 2, 0]);
    let drawn = pops("", 1);
    assert_eq!(drawn, pops("deal = \"random\"", 1));
    assert_ne!(drawn, pops("", 2));
    for pop in 0..3 {
        let count = drawn.iter().filter(|drawn| **drawn == pop).count();
        // Five standard deviations around a third.
        assert!(count.abs_diff(10_000) < 410, "{count}");
    }
    let by_key = pops("deal = \"by-key\"", 1);
    assert_eq!(by_key, pops("deal = \"by-key\"", 2));
    assert_eq!(by_key[..1_000], by_key[1_000..2_000]);
    assert!((0..3).all(|pop| by_key.iter().filter(|other| **other == pop).count() > 7_500));
}

/// Each bad line, read alone behind good ones.
#[test]
fn bad_lines_of_own_csv_say_what_is_wrong() {
    let lines: [&[u8]; 22] = [
        b"x,LHR,get,k,,",
        b"-0.5,LHR,get,k,,",
        b"1.0000000001,LHR,get,k,,",
        b"99999999999,LHR,get,k,,",
        b"3000000000,LHR,get,k,,",
        b"0.5,LHR,get,k,,",
        b"2,NRT,get,k,,",
        b"2,lhr,get,k,,",
        b"2,LHR,GET,k,,",
        b"2,LHR,get,,,",
        b"2,LHR,put,..,,",
        b"2,LHR,put,k,2KiB,",
        b"2,LHR,put,k,26214401,",
        b"2,LHR,get,k,,29.9",
        b"2,LHR,get,k,,soon",
        b"2,LHR,get,k,",
        b"2,LHR,get,k,,,",
        b"2,LHR,get,\"k,,",
        b"2,LHR,get,\"k\"x,,",
        b"2,LHR,get,\xff\xfek,,",
        "2,LHR,get,\u{1b}[31mü,x,60".as_bytes(),
        b"2,LHR,get,k,x\ty,",
    ];
    let mut all = String::new();
    for line in lines {
        let text = [HEADER.as_bytes(), b"1,LHR,get,good,,\n", line, b"\n"].concat();
        let read = read("t.csv", text, "");
        assert_eq!(read.names, ["good"]);
        all += &read.error.unwrap_or_else(|| panic!("{line:?} is taken"));
        all += "\n";
    }
    with_settings!({omit_expression => true}, { assert_snapshot!("bad-lines-of-own-csv", all) });
}

#[test]
fn bad_headers_say_what_is_wrong() {
    let headers = [
        "",
        "time_s,pop,op,key,size_bytes\n",
        "time_s,pop,op,key,size_bytes,cache_ttl_s,colour\n",
        "time_s,pop,op,key,size_bytes,cache_ttl_s,pop\n",
        "1,17,300\n",
    ];
    let mut all = String::new();
    for header in headers {
        // A header is never passed over.
        let read = read("t.csv", header, "skip-bad-lines = true");
        all += &read.error.unwrap_or_else(|| panic!("{header} is taken"));
        all += "\n";
    }
    with_settings!({omit_expression => true}, { assert_snapshot!("bad-headers", all) });
}

#[test]
fn bad_lines_of_other_formats_say_what_is_wrong() {
    let good_request = request("1714564800", "LHR", "GET", "/kv/a");
    let mut all = String::new();
    let mut note = |read: Read| {
        all += &read.error.expect("it is bad");
        all += "\n";
    };
    for line in [
        "{\"EdgeColoCode\":\"LHR\"}\n".to_owned(),
        "not json\n".to_owned(),
        "[1, 2]\n".to_owned(),
        "{\"EdgeColoCode\":17}\n".to_owned(),
        good_request.replace('}', "} x"),
        good_request.trim_end().trim_end_matches('}').to_owned(),
        request("\"yesterday\"", "LHR", "GET", "/kv/a"),
        request("-5", "LHR", "GET", "/kv/a"),
        request("1714564800", "NRT", "GET", "/kv/a"),
        request("1714564800", "LHR", "GET", "/kv/.."),
    ] {
        note(read("t.log", format!("{good_request}{line}"), ""));
    }
    let csv = "format = \"libcachesim-csv\"";
    for line in ["5,k,x", "3,k,1", "5,k", "five,k,1", "5,,1"] {
        note(read("t.csv", format!("4,k,1\n{line}\n"), csv));
    }
    note(read("t.csv", "nothing\n", csv));
    let mut bytes = oracle(&[(1, 1, 1), (0, 1, 1)]);
    note(read("t.bin", &bytes, ""));
    bytes.truncate(47);
    note(read("t.bin", &bytes, ""));
    note(read("t.bin", oracle(&[(1, 1, u32::MAX)]), ""));
    with_settings!({omit_expression => true}, { assert_snapshot!("bad-lines-of-other-formats", all) });
}

#[test]
fn huge_lines_are_bad_lines_and_no_more() {
    let huge = "x".repeat(3 << 20);
    let quoted = format!("2,LHR,get,\"{}", "y\n".repeat(200_000));
    for line in [huge, quoted] {
        let text = format!("{HEADER}1,LHR,get,a,,\n{line}\n3,LHR,get,b,,\n");
        let alone = read("t.csv", &text, "");
        let error = alone.error.expect("it is huge");
        assert!(error.contains("t.csv:3") && error.len() < 1_000, "{error}");
        let read = read("t.csv", &text, "skip-bad-lines = true");
        assert_eq!(
            (read.error, read.names.last().map(String::as_str)),
            (None, Some("b"))
        );
    }
    // Far inside of a line its place is said, and the line is not shown.
    let key = "k".repeat(400);
    let text = format!("{HEADER}1,LHR,get,{key},x,\n");
    let error = read("t.csv", text, "").error.expect("x is no size");
    assert!(error.contains("--> t.csv:2:412\n"), "{error}");
}

#[test]
fn bad_lines_can_be_passed_over() {
    let bad = "4,LHR,fetch,k,,\n".repeat(15);
    let text = format!("{HEADER}1,LHR,get,a,,\n0,LHR,get,b,,\n{bad}2,LHR,get,c,,\n");
    let read = read("t.csv", text, "skip-bad-lines = true");
    assert_eq!(
        (read.error, read.names),
        (None, vec!["a".to_owned(), "c".to_owned()])
    );
    // A key of a bad line has no number.
    assert_eq!(
        read.operations[1].action,
        Action::Get {
            key: 1,
            cache_ttl: MINUTE,
            size: None
        }
    );
    assert_eq!(read.tally.bad_lines, 16);
    assert_eq!(read.tally.first_bad_lines.len(), 10);
    let first = &read.tally.first_bad_lines[0];
    assert_eq!((first.number, first.column), (3, Some(1)));
    assert_eq!(
        first.what,
        "times must not decrease, and this is 1s earlier than the operation before"
    );
}

#[test]
fn without_the_limits_other_bounds_hold() {
    let text = format!(
        "{HEADER}1,LHR,put,..,26214401,\n1,LHR,get,{},,0\n",
        "k".repeat(600)
    );
    let read = good("t.csv", text, "[limits]\nenforce = false\n");
    assert_eq!(read.operations.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever stands in a file, reading it ends, and only with operations and errors.
    #[test]
    fn any_bytes_are_read_to_an_end(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        format in prop::sample::select(vec!["kvlag-csv", "libcachesim-csv", "oracle-general", "logpush"]),
        ending in prop::sample::select(vec!["", ".zst", ".gz"]),
        skip in any::<bool>(),
    ) {
        let more = format!("format = \"{format}\"\nskip-bad-lines = {skip}");
        read(&format!("t{ending}"), &bytes, &more);
    }

    /// Likewise of what looks more like a trace.
    #[test]
    fn any_pieces_are_read_to_an_end(
        pieces in prop::collection::vec(prop::sample::select(vec![
            ",", "\"", "\n", "\r\n", "\u{feff}", "0", "1.5", "-1", "LHR", "get", "put", "list", "k", "ü",
            "{", "}", ":", "\"EdgeStartTimestamp\"", "\"EdgeColoCode\":\"LHR\"",
            "\"ClientRequestPath\":\"/kv/k\"", "\"ClientRequestMethod\":\"PUT\"", "99999999999999999999",
            "1714564800", "time_s,pop,op,key,size_bytes,cache_ttl_s\n", "\n0,LHR,get,k,,\n",
        ]), 0..60),
        format in prop::sample::select(vec!["kvlag-csv", "libcachesim-csv", "logpush"]),
        has_header in any::<bool>(),
    ) {
        let header = if has_header && format == "kvlag-csv" { HEADER } else { "" };
        let text = header.to_owned() + &pieces.concat();
        let more = format!("format = \"{format}\"\nskip-bad-lines = true");
        let first = read("t", &text, &more);
        prop_assert!(times(&first).is_sorted());
        prop_assert_eq!(first.names, read("t", &text, &more).names);
    }

    /// What is written is what is read.
    #[test]
    fn own_csv_reads_what_was_written(
        rows in prop::collection::vec((0u32..2_000_000_000, 0usize..3, 0usize..4, "[\\PC\n\"]{1,12}"), 1..50),
    ) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header = ["time_s", "pop", "op", "key", "size_bytes", "cache_ttl_s"];
        writer.write_record(header).expect("memory takes it");
        let mut time = 0i64;
        let mut expected = Vec::new();
        for (gap, pop, op, key) in &rows {
            prop_assume!(!key.starts_with('\u{feff}') && key != "." && key != "..");
            time += i64::from(*gap);
            let seconds = format!("{}.{:09}", time / 1_000_000_000, time % 1_000_000_000);
            let (pop_code, op) = (["LHR", "FRA", "SYD"][*pop], ["get", "put", "delete", "list"][*op]);
            writer.write_record([&seconds, pop_code, op, key, "", ""]).expect("memory takes it");
            expected.push((time, *pop, key.clone()));
        }
        let read = good("t.csv", writer.into_inner().expect("it is written"), "");
        let operations = read.operations.iter().zip(&read.names);
        let read: Vec<_> = operations.map(|(o, name)| (o.time.0, o.pop, name.clone())).collect();
        prop_assert_eq!(read, expected);
    }
}
