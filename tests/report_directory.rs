//! The directory of a report: the same bytes whenever the same thing is run, and nothing half-written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SCENARIO: &str = r#"
title    = "Everything at once"
question = "Does anything depend on the threads?"
duration = "20m"
seed     = 7
pops     = ["LHR", "FRA", "IAD", "NRT", "SYD"]
expect   = ["reads > 1000"]

[network]
jitter = { exponential = { mean = "5ms" } }

[workload.visitors]
reads     = "200/s"
split     = { LHR = 3, IAD = 2, SYD = 1 }
at        = ["LHR", "IAD", "SYD"]
keys      = { zipf = 0.9, count = 500, prefix = "item:" }

[workload.editors]
writes     = "2/s"
deletes    = "0.1/s"
lists      = "1/m"
value-size = { lognormal = { p50 = "1KiB", p99 = "20KiB" } }
keys       = { zipf = 0.9, count = 500, prefix = "item:" }

[[script]]
time = "5m"
pop  = "LHR"
put  = "item:3"

[[script]]
time = "5m"
pop  = "SYD"
get  = "item:3"
"#;

fn kvlag(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kvlag"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("kvlag runs")
}

fn workplace(scenario: &str) -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a temporary folder");
    fs::write(place.path().join("all.toml"), scenario).expect("a temporary folder takes files");
    place
}

/// Every file below a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the report is there") {
        let path = entry.expect("the report is there").path();
        let name = path.strip_prefix(folder).expect("it is inside").to_owned();
        files.insert(name, fs::read(&path).expect("a report's file can be read"));
    }
    files
}

fn run(place: &Path, out: &str, more: &[&str]) -> BTreeMap<PathBuf, Vec<u8>> {
    let arguments: Vec<&str> = ["run", "all.toml", "--out", out, "--record", "reads"]
        .iter()
        .chain(more)
        .copied()
        .collect();
    let output = kvlag(&arguments, place);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    contents(&place.join(out).join("all"))
}

#[test]
fn the_same_scenario_and_seed_give_the_same_bytes_on_any_number_of_threads() {
    let place = workplace(SCENARIO);
    let one = run(place.path(), "one", &["--threads", "1", "--runs", "3"]);
    assert!(one.len() >= 12, "all files are there: {:?}", one.keys());
    for threads in ["2", "7"] {
        let many = run(
            place.path(),
            threads,
            &["--threads", threads, "--runs", "3"],
        );
        for (name, bytes) in &one {
            assert!(
                many.get(name) == Some(bytes),
                "{} differs on {threads} threads",
                name.display()
            );
        }
        assert_eq!(one.len(), many.len());
    }
}

/// Operations that tie on everything but their outcome must not come out in the order in which threads end.
#[test]
fn twins_come_out_in_the_same_order_on_any_number_of_threads() {
    let pair = |i: usize| {
        let at = format!("[[script]]\ntime = \"{}s\"\npop = \"LHR\"\n", 10 * i + 5);
        format!(
            "{at}put = \"item:{i}\"\n{at}put = \"item:{i}\"\n{at}get = \"item:{i}\"\n{at}get = \"item:{i}\"\n"
        )
    };
    let pairs: String = (0..60).map(pair).collect();
    let place = workplace(&format!("{SCENARIO}\n{pairs}"));
    let one = run(place.path(), "one", &["--threads", "1"]);
    for threads in ["2", "3", "7"] {
        let many = run(place.path(), threads, &["--threads", threads]);
        for (name, bytes) in &one {
            assert!(
                many.get(name) == Some(bytes),
                "{} differs on {threads} threads",
                name.display()
            );
        }
    }
}

#[test]
fn a_scenario_without_traffic_is_measured_like_any_other() {
    let place = workplace("duration = \"1m\"\npops = [\"LHR\"]\n");
    let output = kvlag(&["run", "all.toml"], place.path());
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(place.path().join("reports/all/summary.json").exists());
}

/// `reports/01-first-stale-read` is committed, as a sample: what this machine writes must be the same.
#[test]
fn the_committed_sample_is_what_is_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = tempfile::tempdir().expect("a temporary folder");
    let out_name = out.path().to_str().expect("its name is text");
    let output = kvlag(
        &[
            "run",
            "scenarios/lessons/01-first-stale-read.toml",
            "--out",
            out_name,
        ],
        root,
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let written = contents(&out.path().join("01-first-stale-read"));
    let committed = contents(&root.join("reports/01-first-stale-read"));
    for (name, bytes) in &written {
        assert!(
            committed.get(name) == Some(bytes),
            "{} differs from the sample",
            name.display()
        );
    }
    assert_eq!(written.len(), committed.len());
}

#[test]
fn another_seed_gives_another_run() {
    let place = workplace(SCENARIO);
    let (first, second) = (
        run(place.path(), "a", &["--seed", "1"]),
        run(place.path(), "b", &["--seed", "2"]),
    );
    assert_ne!(
        first.get(Path::new("summary.json")),
        second.get(Path::new("summary.json"))
    );
    assert_ne!(
        first.get(Path::new("reads.csv")),
        second.get(Path::new("reads.csv"))
    );
}

#[test]
fn the_resolved_scenario_gives_the_same_directory_again() {
    let place = workplace(SCENARIO);
    let first = run(
        place.path(),
        "a",
        &["--runs", "2", "--set", "workload.visitors.cache-ttl=40s"],
    );
    let again = [
        "run",
        "a/all/scenario.toml",
        "--out",
        "b",
        "--record",
        "reads",
    ];
    let output = kvlag(&again, place.path());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let second = contents(&place.path().join("b/scenario"));
    for (name, bytes) in &first {
        assert!(
            second.get(name) == Some(bytes),
            "{} differs",
            name.display()
        );
    }
}

/// Three Workers, two of which have scripts of the same name in different folders, and two of which share one.
const WORKERS: &str = r#"
duration = "2m"
pops     = ["LHR", "SYD"]
expect   = ["responses.429 of second > 0", "response-ratio.2xx of first = 100%", "counts.seen of first > 10"]

[worker.first]
script = "one/index.js"
[[worker.first.request]]
path = "/{uniform of 5}"
rate = "1/s"

[worker.second]
script = "two/index.js"
[[worker.second.request]]
path = "/"
rate = "1/s"

[worker.third]
script = "one/index.js"
[[worker.third.request]]
path = "/"
time = "1m"
"#;

const FIRST_SCRIPT: &str = r#"export default {
  async fetch(request, env) {
    const seen = Number(await env.KV.get("seen") ?? 0) + 1;
    await env.KV.put("seen", String(seen)).catch(() => console.log("busy"));
    return new Response(String(seen), { headers: { "x-kvlag-count": "seen" } });
  },
};
"#;

const SECOND_SCRIPT: &str = r#"export default {
  async fetch(request, env) {
    if (Math.random() < 0.1) throw new Error("by chance");
    return new Response("no", { status: 429 });
  },
};
"#;

#[test]
fn a_report_of_workers_has_their_scripts_and_comes_again_from_them() {
    let place = workplace(WORKERS);
    for (folder, script) in [("one", FIRST_SCRIPT), ("two", SECOND_SCRIPT)] {
        let folder = place.path().join(folder);
        fs::create_dir(&folder).expect("a temporary folder takes folders");
        fs::write(folder.join("index.js"), script).expect("a temporary folder takes files");
    }
    let first = run(place.path(), "a", &["--runs", "2"]);
    let bytes = |name: &str| first.get(Path::new(name)).map(Vec::as_slice);
    assert_eq!(bytes("index.js"), Some(FIRST_SCRIPT.as_bytes()));
    assert_eq!(bytes("worker-second.js"), Some(SECOND_SCRIPT.as_bytes()));
    let printed = String::from_utf8_lossy(bytes("console.txt").expect("something was printed"));
    assert!(printed.contains("busy"), "{printed}");
    let threads = run(place.path(), "threads", &["--runs", "2", "--threads", "3"]);
    assert!(first == threads, "threads change something");
    let arguments = [
        "run",
        "a/all/scenario.toml",
        "--out",
        "b",
        "--record",
        "reads",
    ];
    let output = kvlag(&arguments, place.path());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let second = contents(&place.path().join("b/scenario"));
    for (name, bytes) in &first {
        assert!(
            second.get(name) == Some(bytes),
            "{} differs",
            name.display()
        );
    }
    assert_eq!(first.len(), second.len());
}

#[test]
fn a_longer_cache_ttl_leaves_every_arrival_where_it_was() {
    let place = workplace(SCENARIO);
    let arrivals = |out: &str, ttl: &str| {
        let set = format!("workload.visitors.cache-ttl={ttl}");
        let files = run(place.path(), out, &["--set", &set]);
        let text = String::from_utf8(files[Path::new("reads.csv")].clone()).expect("CSV is text");
        let columns = |line: &str| line.split(',').take(5).collect::<Vec<_>>().join(",");
        text.lines().map(columns).collect::<Vec<_>>()
    };
    let (short, long) = (arrivals("short", "30s"), arrivals("long", "1h"));
    assert!(short.len() > 100_000, "there are reads: {}", short.len());
    assert!(short == long, "reads start elsewhere");
}

#[test]
fn a_mistake_leaves_no_trace() {
    let place = workplace("duration = \"1m\"\npops = [\"LHR\"]\n[workload.a]\nreads = 5\n");
    let output = kvlag(&["run", "all.toml"], place.path());
    assert_eq!(output.status.code(), Some(2));
    let left: Vec<_> = fs::read_dir(place.path()).expect("it is there").collect();
    assert_eq!(left.len(), 1, "only the scenario is there");
}

#[test]
fn a_folder_that_is_no_report_is_not_replaced() {
    let place = workplace(SCENARIO);
    let precious = place.path().join("reports/all/diary.txt");
    fs::create_dir_all(precious.parent().expect("it has one")).expect("folders can be made");
    fs::write(&precious, "dear diary").expect("files can be written");
    let output = kvlag(&["run", "all.toml"], place.path());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        fs::read_to_string(&precious).expect("it is still there"),
        "dear diary"
    );
}

#[test]
fn an_expectation_that_fails_gives_status_1_and_still_a_report() {
    let place = workplace(&SCENARIO.replace("reads > 1000", "stale-read-ratio < 0%"));
    let output = kvlag(&["run", "all.toml", "--quiet"], place.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(place.path().join("reports/all/summary.json").exists());
}

#[test]
fn a_closed_pipe_ends_quietly() {
    use std::io::Read;
    let place = workplace(SCENARIO);
    let mut child = Command::new(env!("CARGO_BIN_EXE_kvlag"))
        .args(["run", "all.toml", "--json"])
        .current_dir(place.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("kvlag runs");
    drop(child.stdout.take());
    let mut errors = String::new();
    child
        .stderr
        .take()
        .expect("it is piped")
        .read_to_string(&mut errors)
        .expect("it is text");
    assert_eq!(errors, "");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
