//! The manners of the command line: what it refuses, with which status, and where it says so.

use crate::{err, kvlag, out, workplace};
use std::fs;
use std::process::Command;

const SCENARIO: &str = r#"
duration = "1m"
pops     = ["LHR", "SYD"]
[workload.visitors]
reads = "5/s"
keys  = { one = "flag" }
"#;

#[test]
fn requests_that_are_wrong_end_with_status_2_and_say_why() {
    let place = workplace("a.toml", SCENARIO);
    fs::create_dir(place.path().join("other")).expect("folders can be made");
    fs::write(place.path().join("other/a.toml"), SCENARIO).expect("files can be written");
    fs::write(place.path().join("file"), "").expect("files can be written");
    let cases: [(&[&str], &str); 14] = [
        (&["run"], "required"),
        (&["run", "missing.toml"], "missing.toml"),
        (&["run", "a.toml", "--threads", "0"], "0 is not in 1..=1024"),
        (
            &["run", "a.toml", "--record", "writes"],
            "possible values: reads",
        ),
        (&["run", "a.toml", "--sed", "1"], "'--seed'"),
        (
            &["run", "a.toml", "other/a.toml"],
            "two of the scenarios would be reported in reports/a",
        ),
        (&["run", "a.toml", "--out", "file"], "file"),
        (&["pops", "--store", "LHX"], "LHX"),
        (&["new", "a.toml"], "exists already"),
        (&["run", "other"], "is a folder"),
        (
            &["plan", "a.toml", "--for", "seed=1..4"],
            "`seed` cannot be looked for",
        ),
        (
            &["explain", "a.toml", "--what-if", "run.runs=3"],
            "the same reads and writes",
        ),
        // Of times that are far too long, whatever is computed from them.
        (
            &[
                "check",
                "a.toml",
                "--set",
                "workload.visitors.cache-ttl=104000d",
            ],
            "beyond 30000d",
        ),
        (
            &[
                "check",
                "a.toml",
                "--set",
                "network.jitter={lognormal={p50=\"1ns\",p99=\"100000d\"}}",
            ],
            "beyond 1d",
        ),
    ];
    for (arguments, expected) in cases {
        let output = kvlag(place.path(), arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            err(&output)
        );
        assert!(
            err(&output).contains(expected),
            "{arguments:?} says\n{}",
            err(&output)
        );
        assert_eq!(out(&output), "", "{arguments:?} prints nothing on stdout");
    }
    assert!(
        !place.path().join("reports").exists(),
        "nothing was written"
    );
}

#[test]
fn nothing_is_simulated_if_one_of_several_scenarios_is_wrong() {
    let place = workplace("a.toml", SCENARIO);
    fs::write(place.path().join("b.toml"), "duration = 5").expect("files can be written");
    let output = kvlag(place.path(), &["run", "a.toml", "b.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!place.path().join("reports").exists());
}

#[test]
fn json_on_stdout_is_the_file_that_is_written() {
    let place = workplace("a.toml", SCENARIO);
    let output = kvlag(place.path(), &["run", "a.toml", "--json"]);
    let file =
        fs::read_to_string(place.path().join("reports/a/summary.json")).expect("it was written");
    assert_eq!(out(&output), file);
    assert_eq!(err(&output), "");
}

#[test]
fn logs_go_to_stderr_when_asked_for() {
    let place = workplace("a.toml", SCENARIO);
    assert_eq!(err(&kvlag(place.path(), &["run", "a.toml"])), "");
    let verbose = kvlag(place.path(), &["run", "a.toml", "-v"]);
    assert!(err(&verbose).contains("simulating"), "{}", err(&verbose));
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvlag"));
    command
        .args(["run", "a.toml"])
        .current_dir(place.path())
        .env("RUST_LOG", "kvlag=debug");
    let by_environment = command.output().expect("kvlag runs");
    assert!(
        err(&by_environment).contains("reading"),
        "{}",
        err(&by_environment)
    );
    assert_eq!(out(&verbose), out(&by_environment));
}

#[test]
fn a_pipe_gets_no_colours() {
    let place = workplace("a.toml", SCENARIO);
    assert!(!out(&kvlag(place.path(), &["run", "a.toml"])).contains('\u{1b}'));
    fs::write(place.path().join("b.toml"), "duration = 5").expect("files can be written");
    assert!(!err(&kvlag(place.path(), &["check", "b.toml"])).contains('\u{1b}'));
}

#[test]
fn the_starter_is_a_scenario_that_runs() {
    let place = workplace("a.toml", SCENARIO);
    assert_eq!(
        kvlag(place.path(), &["new", "mine.toml"]).status.code(),
        Some(0)
    );
    let run = kvlag(place.path(), &["run", "mine.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}{}", out(&run), err(&run));
    assert!(place.path().join("reports/mine/summary.json").exists());
}

#[test]
fn the_resolved_scenario_resolves_to_itself() {
    let place = workplace("a.toml", SCENARIO);
    let print = |file: &str| out(&kvlag(place.path(), &["check", file, "--print"]));
    let resolved = print("a.toml");
    assert!(resolved.contains("warm-up"), "{resolved}");
    fs::write(place.path().join("a2.toml"), &resolved).expect("files can be written");
    assert_eq!(print("a2.toml"), resolved);
}

#[test]
fn the_longest_times_that_are_allowed_are_taken() {
    let place = workplace("a.toml", SCENARIO);
    for ttl in ["10676d", "30000d"] {
        let longest = format!("workload.visitors.cache-ttl={ttl}");
        let output = kvlag(place.path(), &["check", "a.toml", "--set", &longest]);
        assert!(output.status.success(), "{ttl}: {}", err(&output));
        assert!(!out(&output).contains("so that many copies never end in it: set"));
        let arguments = ["run", "a.toml", "--set", &longest, "--set", "warm-up=0s"];
        let output = kvlag(place.path(), &arguments);
        assert!(output.status.success(), "{ttl}: {}", err(&output));
    }
}
