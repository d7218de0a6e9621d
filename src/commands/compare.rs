//! `kvlag compare`: two scenarios side by side, on the same traffic.

use super::progress::ProgressLine;
use super::{Exit, console, load, memory};
use crate::experiment::{self, Options};
use crate::report::terminal;
use crate::scenario::Overrides;
use std::path::PathBuf;

/// Simulates both with the same seeds, and prints which is better in what. Where neither the command line nor the
/// first scenario asks for several runs there are twenty: a single one cannot tell.
pub fn compare(files: [PathBuf; 2], overrides: &Overrides, threads: Option<usize>) -> Exit {
    const RUNS: u32 = 20;
    let threads = threads.unwrap_or_else(super::run::all_cores);
    let [first, second] = files;
    let Some(mut first) = load::load(&first, overrides) else {
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
    let Some(second) = load::load(&second, &paired) else {
        return Exit::Wrong;
    };
    let scenarios = [first, second];
    let mut refusals = scenarios
        .iter()
        .filter_map(|s| memory::refusal(s, threads, false));
    if let Some(refusal) = refusals.next() {
        return console::error(&refusal);
    }
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
    let color = console::wants_color(&std::io::stdout());
    console::print(&terminal::comparison(&both[0], &both[1], color))
}
