//! `kvlag sweep` from end to end: every point is the run of its setting, whatever the threads; what is written, what is
//! told by the exit status, and what is refused.

use crate::{err, kvlag, out, workplace};
use serde_json::Value;
use std::fs;
use std::process::{Command, Output};

const SCENARIO: &str = r#"
title    = "A price changes"
duration = "10m"
pops     = ["LHR", "SYD"]
expect   = ["convergence.p99 < 65s", "stale-read-ratio < 50%"]
[workload.shop]
reads     = "20/s"
keys      = { one = "price" }
cache-ttl = "60s"
[workload.editor]
at     = ["LHR"]
writes = "1/50s"
keys   = { one = "price" }
"#;

const TTLS: &str = "workload.shop.cache-ttl=30s,60s,5m";

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", err(output));
    })
}

#[test]
fn every_point_is_the_run_of_its_setting() {
    let place = workplace("price.toml", SCENARIO);
    let load = "workload.shop.reads=20/s,2/s";
    let grid = [
        "sweep",
        "price.toml",
        "--vary",
        TTLS,
        "--vary",
        load,
        "--runs",
        "4",
        "--json",
    ];
    let sweep = json(&kvlag(place.path(), &grid));
    let points = sweep["points"].as_array().expect("a list");
    assert_eq!(points.len(), 6);
    for point in points {
        let settings = point["settings"].as_array().expect("a list");
        let [ttl, reads] = [0, 1].map(|at| settings[at].as_str().expect("a text"));
        let (ttl, reads) = (
            format!("workload.shop.cache-ttl={ttl}"),
            format!("workload.shop.reads={reads}"),
        );
        let run = [
            "run",
            "price.toml",
            "--set",
            &ttl,
            "--set",
            &reads,
            "--runs",
            "4",
            "--json",
        ];
        let run = json(&kvlag(place.path(), &run));
        for (key, number) in point["total"].as_object().expect("an object") {
            let of_run = run["total"].get(key);
            let is_of_programs = ["responses", "counts"].contains(&key.as_str());
            assert!(
                of_run == Some(number) || (is_of_programs && of_run.is_none()),
                "{settings:?} {key}"
            );
        }
        assert_eq!(
            point["paid_usd"], run["cost"]["paid"]["usd"],
            "{settings:?}"
        );
        assert_eq!(point["expect"], run["expect"], "{settings:?}");
    }
}

#[test]
fn the_files_are_the_same_on_any_number_of_threads() {
    let place = workplace("price.toml", SCENARIO);
    let sweep = |out: &str, threads: &str| {
        let arguments = [
            "sweep",
            "price.toml",
            "--vary",
            TTLS,
            "--out",
            out,
            "--threads",
            threads,
        ];
        kvlag(place.path(), &arguments);
        ["sweep.html", "sweep.csv", "sweep.json"].map(|name| {
            let file = place.path().join(out).join("price-sweep").join(name);
            fs::read(file).expect("is written")
        })
    };
    let alone = sweep("one", "1");
    assert!(alone == sweep("two", "2") && alone == sweep("seven", "7"));
}

#[test]
fn the_table_has_a_row_for_each_point_and_a_sweep_replaces_an_older_one_only() {
    let place = workplace("price.toml", SCENARIO);
    let sweep = || kvlag(place.path(), &["sweep", "price.toml", "--vary", TTLS]);
    assert_eq!(sweep().status.code(), Some(0));
    assert_eq!(sweep().status.code(), Some(0), "replaced");
    let folder = place.path().join("reports/price-sweep");
    let table = fs::read_to_string(folder.join("sweep.csv")).expect("is written");
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let header = rows.headers().expect("a header").clone();
    let column = |name: &str| header.iter().position(|column| column == name).expect(name);
    let (ttl, expected) = (column("workload.shop.cache-ttl"), column("expected"));
    let store_reads = (column("store_reads"), column("store_reads.half_width_95"));
    let mut before = f64::INFINITY;
    let mut seen = Vec::new();
    for row in rows.records() {
        let row = row.expect("a row");
        let number = |at: usize| row[at].parse::<f64>().expect("a number");
        assert!(
            number(store_reads.0) < before && number(store_reads.1) > 0.0,
            "{row:?}"
        );
        before = number(store_reads.0);
        seen.push((row[ttl].to_owned(), row[expected].to_owned()));
    }
    let seen: Vec<(&str, &str)> = seen
        .iter()
        .map(|(ttl, met)| (ttl.as_str(), met.as_str()))
        .collect();
    assert_eq!(seen, [("30s", "met"), ("60s", "met"), ("5m", "failed")]);
    fs::write(folder.join("sweep.json"), "{\"mine\": 1}").expect("can be written");
    let refused = sweep();
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(
        fs::read(folder.join("sweep.json")).expect("is there"),
        b"{\"mine\": 1}"
    );
}

#[test]
fn the_exit_status_says_whether_some_point_will_do() {
    let place = workplace("price.toml", SCENARIO);
    let status = |vary: &str, set: &[&str]| {
        let arguments = [&["sweep", "price.toml", "--vary", vary], set].concat();
        kvlag(place.path(), &arguments).status.code()
    };
    assert_eq!(status("workload.shop.cache-ttl=5m,10m", &[]), Some(1));
    assert_eq!(status("workload.shop.cache-ttl=5m,30s", &[]), Some(0));
    assert_eq!(
        status("workload.shop.cache-ttl=5m,10m", &["--set", "expect=[]"]),
        Some(0)
    );
}

#[test]
fn what_cannot_be_varied_is_refused_before_anything_is_simulated() {
    let place = workplace("price.toml", SCENARIO);
    let cases: [(&[&str], &str); 9] = [
        (&[], "--vary <PATH=VALUES>"),
        (
            &["--vary", "workload.shop.cache-ttl"],
            "expected PATH=VALUES",
        ),
        (
            &["--vary", "workload.shop.cache-ttl=30s..60s"],
            "expected LOW..HIGH x N",
        ),
        (
            &["--vary", "workload.shop.cache-tl=30s,60s"],
            "did you mean `cache-ttl`?",
        ),
        (
            &["--vary", "workload.shop.cache-ttl=60s,20s"],
            "20s is less than 30s",
        ),
        (&["--vary", "workload.shop.cache-ttl=fast,slow"], "fast"),
        (&["--vary", "seed=1,2"], "`seed` cannot be varied"),
        (
            &[
                "--vary",
                "store.at=IAD,FRA",
                "--vary",
                "cache.coalesce=true,false",
                "--vary",
                "workload.shop.reads=1/s,2/s",
            ],
            "at most two settings",
        ),
        (
            &["--vary", "store.at=IAD,FRA", "--vary", "store.at=SIN,SYD"],
            "store.at is varied twice",
        ),
    ];
    for (vary, message) in cases {
        let arguments = [&["sweep", "price.toml"], vary].concat();
        let output = kvlag(place.path(), &arguments);
        let text = err(&output);
        assert_eq!(output.status.code(), Some(2), "{vary:?}: {text}");
        assert!(text.contains(message), "{vary:?}: {text}");
        assert!(!place.path().join("reports").exists(), "{vary:?}");
    }
}

#[test]
fn a_comparison_is_written_too_and_pairs_the_runs_of_both() {
    let place = workplace("price.toml", SCENARIO);
    let slower = SCENARIO.replace("\"60s\"", "\"5m\"");
    fs::write(place.path().join("slower.toml"), slower).expect("a temporary folder takes files");
    let both = ["compare", "price.toml", "slower.toml", "--runs", "4"];
    let said = kvlag(place.path(), &both);
    assert_eq!(said.status.code(), Some(0));
    let folder = place.path().join("reports/price-against-slower");
    let text = out(&said);
    assert!(
        text.contains("reports/price-against-slower/comparison.html"),
        "{text}"
    );
    let written = fs::read(folder.join("comparison.json")).expect("is written");
    let printed = kvlag(place.path(), &[&both[..], &["--json"]].concat());
    assert!(printed.stdout == written);
    let comparison: Value = serde_json::from_slice(&written).expect("is JSON");
    for (point, name) in comparison["points"]
        .as_array()
        .expect("a list")
        .iter()
        .zip(["price", "slower"])
    {
        let file = format!("{name}.toml");
        let run = json(&kvlag(
            place.path(),
            &["run", &file, "--runs", "4", "--json"],
        ));
        assert_eq!(point["settings"], serde_json::json!([name]));
        for key in ["reads", "stale_read_ratio", "convergence_s", "store_reads"] {
            assert_eq!(point["total"][key], run["total"][key], "{name} {key}");
        }
    }
    let beyond = &comparison["points"][1]["beyond_first"]["store_reads"];
    let mean = |point: usize| {
        comparison["points"][point]["total"]["store_reads"]["mean"]
            .as_f64()
            .expect("a number")
    };
    let difference = beyond["mean"].as_f64().expect("a number");
    assert!((difference - (mean(1) - mean(0))).abs() < 1e-9 && difference < 0.0);
    let page = fs::read_to_string(folder.join("comparison.html")).expect("is written");
    assert!(page.contains("What changes from price to slower?"));
    assert!(page.contains("kvlag compare price.toml slower.toml --runs 4"));
    let longer = kvlag(
        place.path(),
        &[
            "compare",
            "price.toml",
            "slower.toml",
            "--set",
            "duration=1m",
        ],
    );
    assert_eq!(longer.status.code(), Some(0));
    let text = SCENARIO.replace("\"10m\"", "\"20m\"");
    fs::write(place.path().join("longer.toml"), text).expect("a temporary folder takes files");
    let refused = kvlag(place.path(), &["compare", "price.toml", "longer.toml"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = err(&refused);
    assert!(said.contains("--set duration=10m"), "{said}");
}

/// Whoever copies the command from the page gets the page.
#[test]
fn the_command_on_the_page_gives_the_page_again() {
    let place = workplace("price.toml", SCENARIO);
    fs::create_dir(place.path().join("it's")).expect("folders can be made");
    let file = "it's/a & b.toml";
    fs::write(place.path().join(file), SCENARIO).expect("a temporary folder takes files");
    let sweep = [
        "sweep",
        file,
        "--vary",
        "workload.shop.keys={ one = \"it's\" },{ one = 'b' }",
        "--vary",
        TTLS,
        "--set",
        "title='a \"title\"'",
        "--seed",
        "5",
        "--per-read",
    ];
    kvlag(place.path(), &sweep);
    let page = place.path().join("reports/a & b-sweep/sweep.html");
    let first = fs::read_to_string(&page).expect("is written");
    let start = first.rfind("<code>kvlag ").expect("the command is there") + "<code>".len();
    let end = first[start..].find("</code>").expect("and ends") + start;
    let command = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#x2f;", "/"),
        ("&amp;", "&"),
    ]
    .into_iter()
    .fold(first[start..end].to_owned(), |text, (escaped, plain)| {
        text.replace(escaped, plain)
    });
    fs::remove_file(&page).expect("can be removed");
    let (_, arguments) = command.split_once(' ').expect("has arguments");
    let status = Command::new("sh")
        .args([
            "-c",
            &format!("\"$0\" {arguments}"),
            env!("CARGO_BIN_EXE_kvlag"),
        ])
        .current_dir(place.path())
        .output()
        .expect("a shell runs");
    let again = fs::read_to_string(&page)
        .unwrap_or_else(|_| panic!("{command}: {}", String::from_utf8_lossy(&status.stderr)));
    assert!(again == first, "{command}");
}
