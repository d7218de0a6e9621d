//! `kvlag compare`: two scenarios side by side, on the same traffic.

use super::progress::ProgressLine;
use super::sweep::{changes, tell};
use super::{Exit, console, load, memory};
use crate::experiment::{self, Options, Results};
use crate::report::directory::{Directory, ReportOf};
use crate::report::points::Points;
use crate::scenario::Overrides;
use std::path::PathBuf;

/// What is asked for.
pub struct Request {
    /// The scenario files.
    pub files: [PathBuf; 2],
    /// Changes to both.
    pub overrides: Overrides,
    /// Folder in which the comparison gets its own.
    pub out: PathBuf,
    /// Threads to simulate on; all cores where not said.
    pub threads: Option<usize>,
    /// Whether to print `comparison.json` instead of the table.
    pub json: bool,
}

/// Simulates both with the same seeds, and prints which is better in what. Where neither the command line nor the
/// first scenario asks for several runs there are twenty: a single one cannot tell.
pub fn compare(request: &Request) -> Exit {
    const RUNS: u32 = 20;
    let threads = request.threads.unwrap_or_else(super::run::all_cores);
    let ([first, second], overrides) = (&request.files, &request.overrides);
    let Some(mut first) = load::load(first, overrides) else {
        return Exit::Wrong;
    };
    if overrides.runs.is_none() && first.runs == 1 {
        first.runs = RUNS;
    }
    // Pairs have the same seed.
    let paired = Overrides {
        seed: Some(first.seed),
        runs: Some(first.runs),
        ..overrides.clone()
    };
    let Some(second) = load::load(second, &paired) else {
        return Exit::Wrong;
    };
    let scenarios = [first, second];
    let mut refusals = scenarios
        .iter()
        .filter_map(|s| memory::refusal(s, threads, false));
    if let Some(refusal) = refusals.next() {
        return console::error(&refusal);
    }
    let [first, second] = scenarios.each_ref().map(|scenario| scenario.duration);
    if first != second {
        return console::error(&format!(
            "the first lasts {first} and the second {second}, so that their counts cannot be compared: \
             --set duration={first}"
        ));
    }
    let name = format!("{}-against-{}", scenarios[0].name, scenarios[1].name);
    let directory = match Directory::open(&request.out, &name, ReportOf::Comparison) {
        Ok(directory) => directory,
        Err(error) => return console::error(&error.to_string()),
    };
    let mut both = Vec::new();
    for scenario in scenarios {
        let line = ProgressLine::new(&scenario.name, scenario.runs, false);
        let options = Options {
            threads,
            record_reads: false,
            progress: &|progress| line.advance(progress),
        };
        let results = experiment::run(scenario, &options);
        line.finish();
        match results {
            Ok(results) => both.push(results),
            Err(error) => return console::complain(|color| error.render(color)),
        }
    }
    let both = <[Results; 2]>::try_from(both);
    let both = both.unwrap_or_else(|_| unreachable!("there are two scenarios"));
    let files = request.files.each_ref();
    let files = files.map(|file| file.display().to_string());
    let words = ["kvlag", "compare"].map(str::to_owned);
    let command = words.into_iter().chain(files).chain(changes(overrides));
    let points = Points::comparison(both, command.collect());
    tell(&points, directory, request.json)
}
