//! How a session ends: what was asked is answered, its report is that of a run, and its record gives it again.

use crate::served::Served;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const WORLD: &str = r#"
title    = "A session"
duration = "5m"
expect   = ["stale-reads > 0", "convergence.p99 < 61s"]
[store]
at = "IAD"
[pop.NEAR]
to-store = "2ms"
[pop.FAR]
to-store = { lognormal = { p50 = "30ms", p99 = "60ms" } }
[workload.background]
reads = "2/s"
keys  = { one = "flag" }
"#;

/// Asks for a while: FAR has read what NEAR then writes, and reads it again.
fn ask(session: &Served) {
    let at = |pop: &'static str| [("X-KV-Pop", pop)];
    assert_eq!(session.ask("PUT", "/mine", &at("NEAR"), b"off").status, 200);
    session.ask("GET", "/mine", &at("FAR"), b"");
    std::thread::sleep(Duration::from_millis(1_100));
    assert_eq!(session.ask("PUT", "/mine", &at("NEAR"), b"on").status, 200);
    assert_eq!(session.ask("GET", "/mine", &at("FAR"), b"").text(), "off");
}

fn summary(folder: &Path, name: &str) -> Value {
    let file = folder.join("reports").join(name).join("summary.json");
    let text = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&text).expect("it is JSON")
}

#[test]
fn a_session_leaves_the_report_of_a_run_and_a_record_that_gives_it_again() {
    for traffic in [false, true] {
        let options = ["--record", "class.toml", "--traffic"];
        let session = Served::start(WORLD, &options[..if traffic { 3 } else { 2 }]);
        let place = session.folder.path().to_owned();
        ask(&session);
        // The folder goes with the session.
        let kept = tempfile::tempdir().expect("a temporary folder");
        let copy = |from: &str| {
            let to = kept.path().join(from.rsplit('/').next().expect("a name"));
            fs::copy(place.join(from), to).unwrap_or_else(|error| panic!("{from}: {error}"));
        };
        let (status, said, _session) = session.interrupt();
        assert!(status.success(), "{said}");
        assert!(said.contains("✓ stale-reads > 0"), "{said}");
        let live = summary(&place, "world-live");
        assert_eq!(
            live["total"]["puts"],
            Value::Null,
            "the summary is that of a run"
        );
        assert!(live["total"]["stale_reads"].as_u64() >= Some(1), "{live}");
        for file in ["class.toml", "class.csv"] {
            copy(file);
        }
        let run = Command::new(env!("CARGO_BIN_EXE_kvlag"))
            .args(["run", "class.toml", "--quiet"])
            .current_dir(kept.path())
            .status();
        assert!(run.expect("kvlag runs").success());
        let again = summary(kept.path(), "class");
        for part in ["total", "pops", "workloads", "duration_s", "cost"] {
            assert_eq!(again[part], live[part], "{part}");
        }
        let left: Vec<_> = fs::read_dir(place.join("reports"))
            .expect("reports are there")
            .map(|entry| entry.expect("it can be read").file_name())
            .collect();
        assert_eq!(left, ["world-live"], "nothing else is left");
    }
}

#[test]
fn a_session_that_nobody_asked_has_nothing_to_report() {
    let session = Served::start(WORLD, &[]);
    let (status, said, session) = session.interrupt();
    assert!(status.success());
    assert_eq!(
        said.trim(),
        "Nobody asked for anything: there is nothing to report."
    );
    assert!(!session.path().join("reports").exists());
}

#[test]
fn what_is_asked_at_the_end_is_answered() {
    let session = Served::start(WORLD, &[]);
    assert_eq!(session.ask("POST", "/api/pause", &[], b"").status, 200);
    let address = session.address;
    let asking = std::thread::spawn(move || {
        crate::http::ask(address, "GET", "/k", &[("X-KV-Pop", "NEAR")], b"")
    });
    // Time stands still, and would go on doing so.
    std::thread::sleep(Duration::from_millis(150));
    let (status, _, _session) = session.interrupt();
    // Nothing was stale, which was expected.
    assert_eq!(status.code(), Some(1));
    assert_eq!(asking.join().expect("it is answered").status, 404);
}

#[test]
fn a_place_for_the_record_is_looked_at_before_anybody_is_served() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("world.toml"), WORLD).expect("it takes files");
    std::fs::write(folder.path().join("mine.csv"), "mine").expect("it takes files");
    for (place, words) in [
        ("nowhere/class.toml", "cannot write nowhere/class.toml"),
        ("class.csv", "its name ends in .toml"),
        ("mine.toml", "would replace mine.csv"),
    ] {
        let refused = Command::new(env!("CARGO_BIN_EXE_kvlag"))
            .args([
                "serve",
                "world.toml",
                "--listen",
                "127.0.0.1:0",
                "--record",
                place,
            ])
            .current_dir(folder.path())
            .output()
            .expect("kvlag runs");
        assert_eq!(refused.status.code(), Some(2), "{place}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains(words), "{said}");
    }
    let left = std::fs::read(folder.path().join("mine.csv")).expect("it is there");
    assert_eq!(left, b"mine");
}

#[test]
fn a_session_with_traffic_alone_has_a_report_and_may_fail_what_is_expected() {
    let world = WORLD.replace("stale-reads > 0", "reads < 0");
    let session = Served::start(&world, &["--traffic", "--speed", "60x"]);
    std::thread::sleep(Duration::from_millis(500));
    let (status, said, _session) = session.interrupt();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("✗ reads < 0"), "{said}");
}
