//! Scenarios with scripts, simulated in whole.

use kvlag::experiment::{self, Options, Results, RunError};
use kvlag::observe::findings::Class;
use kvlag::scenario::{self, Overrides, Scenario};
use std::fs;

/// One PoP 10 ms from the store and 30 ms back, and another at the store; hits take no time, and nothing limits writes.
pub const WORLD: &str = "duration = \"10m\"\nwarm-up = \"0s\"\n[store]\nwrite-limit = \"none\"\n\
                         [cache]\nhit-latency = \"0ms\"\n[pop.FAR]\nto-store = \"10ms\"\nfrom-store = \"30ms\"\n\
                         [pop.NEAR]\nto-store = \"0ms\"\n";

/// A module whose `fetch` has this body.
pub fn module(body: &str) -> String {
    format!("export default {{ async fetch(request, env, ctx) {{\n{body}\n}} }};\n")
}

/// A scenario beside whose file this script lies, as `app.js`.
pub fn scenario(text: &str, script: &str) -> Scenario {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("test.toml");
    fs::write(folder.path().join("app.js"), script).expect("it can be written");
    fs::write(&file, text).expect("it can be written");
    scenario::load(&file, &Overrides::default())
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)))
}

/// Simulates a scenario.
pub fn try_run(scenario: Scenario, threads: usize) -> Result<Results, RunError> {
    let options = Options {
        threads,
        record_reads: false,
        progress: &|_| {},
    };
    experiment::run(scenario, &options)
}

/// Simulates [`WORLD`] with one Worker of this body, `app`, and whatever else stands behind.
pub fn run(body: &str, more: &str) -> Results {
    let text = format!("{WORLD}[worker.app]\nscript = \"app.js\"\n{more}");
    try_run(scenario(&text, &module(body)), 1).unwrap_or_else(|error| panic!("{error}"))
}

/// A request at a PoP and a time.
pub fn request_at(pop: &str, time: &str, path: &str) -> String {
    format!("[[worker.app.request]]\nat = [\"{pop}\"]\ntime = \"{time}\"\npath = \"{path}\"\n")
}

/// What all operations of the Worker saw; it is the only one, and nothing but clients may stand before it.
pub fn app(results: &Results) -> Class {
    let names = results.scenario.workload_names();
    let index = names.clone().position(|name| name == "app");
    let index = index.expect("the Worker is called app");
    results.pooled.of_workload(index).into_owned()
}

/// A count of the script's own.
pub fn count(results: &Results, name: &str) -> i64 {
    let counts = app(results).application.counts;
    counts.get(name).copied().unwrap_or(0)
}

/// How many responses had a status.
pub fn responses(results: &Results, status: u16) -> u64 {
    let responses = app(results).application.responses;
    responses.get(&status).copied().unwrap_or(0)
}

/// Every trouble with how often it occurred, in words.
pub fn troubles(results: &Results) -> Vec<(String, u64)> {
    let troubles = results.pooled.troubles.iter();
    troubles
        .map(|(trouble, times)| {
            (
                format!("{:?} {}", trouble.cause, trouble.error),
                times.count,
            )
        })
        .collect()
}

/// What was printed.
pub fn printed(results: &Results) -> Vec<&str> {
    let lines = results.pooled.console.lines.iter();
    lines.map(|line| line.text.as_str()).collect()
}

/// Fails if anything went wrong in a script.
pub fn assert_untroubled(results: &Results) {
    assert_eq!(troubles(results), []);
}
