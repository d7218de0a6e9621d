//! What scenario files can say of replays: every option is taken, means what it should, and is printed so that the
//! resolved scenario finds the same file from wherever it lies.

use std::fs;
use std::path::PathBuf;

use kvlag::replay::Trace;
use kvlag::scenario::{
    CacheStart, Columns, Compression, Deal, Dealing, LogpushFields, Overrides, Scenario, Scope,
    TraceFormat, load, parse,
};
use kvlag::units::Duration;

const TOP: &str = "duration = \"10m\"\npops = [\"LHR\", \"SYD\", \"FRA\"]\n";
const OWN: &str = "[replay.monday]\nfile = \"tests/data/trace.csv\"\nlongest-cache-ttl = \"2m\"\n";

/// A scenario as the file says it, and the same through its resolved text read from another folder, which must
/// be equal.
fn scenario(text: &str) -> Scenario {
    changed(text, &[])
}

fn changed(text: &str, set: &[&str]) -> Scenario {
    let overrides = Overrides {
        set: set.iter().map(|argument| (*argument).to_owned()).collect(),
        ..Overrides::default()
    };
    let text = format!("{TOP}{text}");
    let scenario = read("test.toml", &text, &overrides);
    let again = read(
        "reports/test/test.toml",
        &scenario.resolved,
        &Overrides::default(),
    );
    assert_eq!(scenario.resolved, again.resolved);
    assert_eq!(scenario, again);
    scenario
}

fn read(source: &str, text: &str, overrides: &Overrides) -> Scenario {
    match parse(source, text, "test", overrides) {
        Ok(scenario) => scenario,
        Err(diagnostics) => panic!("{text}\n{diagnostics}"),
    }
}

#[test]
fn a_replay_of_own_csv_needs_its_file_alone() {
    let scenario = scenario(OWN);
    let [replay] = &scenario.replays[..] else {
        panic!("there is one");
    };
    assert_eq!(replay.name, "monday");
    assert!(replay.file.is_absolute() && replay.file.ends_with("tests/data/trace.csv"));
    assert_eq!(replay.compression, Compression::None);
    assert_eq!(replay.format, TraceFormat::KvlagCsv);
    assert_eq!(replay.cache_ttl, Duration::from_secs(60));
    assert_eq!(replay.longest_cache_ttl, Duration::from_secs(120));
    assert_eq!(scenario.longest_cache_ttl(0), Duration::from_secs(120));
    assert_eq!(replay.expiration_ttl, None);
    assert!(!replay.skip_bad_lines);
    assert_eq!(scenario.cache.start, CacheStart::Cold);
    assert_eq!(scenario.warm_up, Duration::ZERO);
    let operations = Trace::open(replay, &scenario, 1).expect("it opens").count();
    assert_eq!(operations, 7);
}

#[test]
fn every_option_of_every_format_is_taken() {
    let file = "file = \"tests/data/trace.csv\"\n";
    let scenario = scenario(&format!(
        "[cache]\nstart = \"cold\"\n\
         [replay.d]\n{file}cache-ttl = \"2m\"\nexpiration-ttl = \"1h\"\nskip-bad-lines = true\n\
         [replay.c]\n{file}format = \"libcachesim-csv\"\nat = [\"FRA\", \"LHR\"]\ndeal = \"by-key\"\n\
         columns = {{ time = 4, size = 0 }}\ndelimiter = \"\\t\"\nhas-header = false\n\
         [replay.b]\n{file}format = \"oracle-general\"\nat = \"region:OC\"\ndeal = \"round-robin\"\n\
         [replay.a]\n{file}format = \"logpush\"\nfields = {{ path = \"ClientRequestURI\" }}\nkey-prefix = \"/\"\n"
    ));
    let [a, b, c, d] = &scenario.replays[..] else {
        panic!("there are four, by name");
    };
    let fields = LogpushFields {
        time: "EdgeStartTimestamp".to_owned(),
        colo: "EdgeColoCode".to_owned(),
        path: "ClientRequestURI".to_owned(),
        method: "ClientRequestMethod".to_owned(),
    };
    let key_prefix = "/".to_owned();
    assert_eq!(a.format, TraceFormat::Logpush { fields, key_prefix });
    let dealing = Dealing {
        at: vec![1],
        deal: Deal::RoundRobin,
    };
    assert_eq!(b.format, TraceFormat::OracleGeneral { dealing });
    let csv = TraceFormat::LibCacheSimCsv {
        columns: Columns {
            time: 4,
            key: 2,
            size: None,
        },
        delimiter: Some(b'\t'),
        has_header: Some(false),
        dealing: Dealing {
            at: vec![2, 0],
            deal: Deal::ByKey,
        },
    };
    assert_eq!(c.format, csv);
    assert_eq!(d.cache_ttl, Duration::from_secs(120));
    assert_eq!(d.longest_cache_ttl, Duration::from_secs(120));
    assert_eq!(d.expiration_ttl, Some(Duration::from_secs(3_600)));
    assert!(d.skip_bad_lines);
}

#[test]
fn the_name_of_a_file_says_its_format() {
    let folder = tempfile::tempdir().expect("a place for files");
    let all_pops = || Dealing {
        at: vec![0, 1, 2],
        deal: Deal::Random,
    };
    let oracle = || TraceFormat::OracleGeneral {
        dealing: all_pops(),
    };
    let is_logpush = |format: &TraceFormat| matches!(format, TraceFormat::Logpush { .. });
    let of = |name: &str| {
        fs::write(folder.path().join(name), "").expect("the file can be written");
        let path = folder.path().join("s.toml");
        let text = format!("{TOP}[replay.r]\nfile = \"{name}\"\n");
        fs::write(&path, text).expect("the file can be written");
        let mut scenario = load(&path, &Overrides::default()).expect(name);
        let replay = scenario.replays.remove(0);
        (replay.format, replay.compression)
    };
    assert_eq!(of("a.csv"), (TraceFormat::KvlagCsv, Compression::None));
    assert_eq!(of("a.CSV.zst"), (TraceFormat::KvlagCsv, Compression::Zstd));
    assert_eq!(of("w01.oracleGeneral"), (oracle(), Compression::None));
    assert_eq!(of("w01.oracleGeneral.bin"), (oracle(), Compression::None));
    assert_eq!(of("w01.oracleGeneral.zst"), (oracle(), Compression::Zstd));
    assert_eq!(of("w01.bin.gz"), (oracle(), Compression::Gzip));
    for name in ["a.ndjson", "a.json", "a.log", "20240501T120000Z.log.gz"] {
        assert!(is_logpush(&of(name).0), "{name}");
    }
}

#[test]
fn links_are_followed_and_names_need_not_be_ascii() {
    let folder = tempfile::tempdir().expect("a place for files");
    let place = folder.path().join("ü \"x\"");
    fs::create_dir(&place).expect("a folder can be made");
    fs::write(place.join("t.csv"), "").expect("the file can be written");
    let source = place.join("s.toml");
    let source = source.to_str().expect("it is text");
    let text = format!("{TOP}[replay.r]\nfile = \"./../ü \\\"x\\\"/t.csv\"\n");
    let scenario = read(source, &text, &Overrides::default());
    let expected: PathBuf = fs::canonicalize(place.join("t.csv")).expect("it is there");
    assert_eq!(scenario.replays[0].file, expected);
    let again = read("elsewhere.toml", &scenario.resolved, &Overrides::default());
    assert_eq!(again, scenario);
}

#[test]
fn rules_may_be_about_replays() {
    let scenario = scenario(&format!(
        "expect = [\"stale-read-ratio of monday < 5%\", \"reads of visitors > 1\"]\n{OWN}\
         [workload.visitors]\nreads = \"1/s\"\nkeys = {{ one = \"k\" }}\n"
    ));
    let scopes: Vec<Scope> = scenario.expect.iter().map(|rule| rule.scope).collect();
    assert_eq!(scopes, [Scope::Workload(1), Scope::Workload(0)]);
    assert_eq!(scenario.workload_name(0), "visitors");
    assert_eq!(scenario.workload_name(1), "monday");
    assert_eq!(scenario.hints.len(), 1, "{:?}", scenario.hints);
}

#[test]
fn a_replay_of_reads_alone_needs_somebody_who_writes() {
    let text = "expect = [\"write-latency.p99 of monday < 5s\"]\n[replay.monday]\n\
                file = \"tests/data/trace.csv\"\nformat = \"oracle-general\"\n";
    let hints = scenario(text).hints.join("\n");
    assert!(hints.contains("Nothing writes or deletes here"), "{hints}");
    assert!(
        hints.contains("because replay monday has no writes"),
        "{hints}"
    );
}

#[test]
fn the_command_line_changes_replays() {
    let scenario = changed(
        OWN,
        &[
            "replay.monday.cache-ttl=5m",
            "replay.monday.longest-cache-ttl=5m",
            "replay.monday.skip-bad-lines=true",
        ],
    );
    assert_eq!(scenario.replays[0].cache_ttl, Duration::from_secs(300));
    assert!(scenario.replays[0].skip_bad_lines);
    let scenario = changed("", &["replay.tuesday.file=tests/data/trace.csv"]);
    assert_eq!(scenario.replays[0].name, "tuesday");
}

#[test]
fn the_longest_cache_ttl_bounds_what_records_may_say() {
    let wrong = |settings: &str| {
        let text = format!("{TOP}[replay.r]\nfile = \"tests/data/trace.csv\"\n{settings}");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/test.toml");
        let mistakes = parse(source, &text, "test", &Overrides::default());
        mistakes.expect_err("it is wrong").to_string()
    };
    let message = wrong("cache-ttl = \"2m\"\nlongest-cache-ttl = \"1m\"\n");
    assert!(
        message.contains("the longest cache-ttl is at least `cache-ttl`, 2m"),
        "{message}"
    );
    let message = wrong("format = \"oracle-general\"\nlongest-cache-ttl = \"2m\"\n");
    assert!(
        message.contains("`longest-cache-ttl` says nothing here"),
        "{message}"
    );
    let without = scenario("[replay.r]\nfile = \"tests/data/trace.csv\"\n");
    assert_eq!(
        without.replays[0].longest_cache_ttl,
        Duration::from_secs(60)
    );
    let trace = Trace::open(&without.replays[0], &without, 1).expect("it opens");
    let error = trace
        .filter_map(Result::err)
        .next()
        .expect("a record says 120 s");
    assert!(
        error
            .to_string()
            .contains("set `longest-cache-ttl = \"2m\"`")
    );
}
