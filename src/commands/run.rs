//! `kvlag run`: simulates scenarios, judges their expectations, writes their reports.

use super::progress::ProgressLine;
use super::{Exit, console, load, memory};
use crate::experiment::{self, Options, Outcome, Results, RunError};
use crate::report::directory::{Directory, ReportOf};
use crate::report::{self, terminal};
use crate::scenario::{Overrides, Scenario};
use std::path::{Path, PathBuf};
use tracing::{debug, info};

/// What is asked for.
pub struct Request {
    /// Scenario files.
    pub files: Vec<PathBuf>,
    /// Changes to each of them.
    pub overrides: Overrides,
    /// Folder in which each scenario gets its own.
    pub out: PathBuf,
    /// Threads to simulate on; all cores where not said.
    pub threads: Option<usize>,
    /// What to print.
    pub output: Output,
    /// Whether to keep a record of each read of the first run.
    pub record_reads: bool,
}

/// What goes to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// The summary for people.
    Summary,
    /// `summary.json`.
    Json,
    /// Nothing.
    Nothing,
}

/// Runs every scenario. Nothing is simulated before all scenarios are known to be right and all places for reports to
/// be writable. One whose replay cannot be read on, or whose script does what it must not, ends the command: of it
/// and those after it nothing is written, and what was written of those before it stays.
pub fn run(request: &Request) -> Exit {
    let threads = request.threads.unwrap_or_else(all_cores);
    let Some(scenarios) = load_all(request) else {
        return Exit::Wrong;
    };
    if let Some(twice) = first_named_twice(&scenarios) {
        let out = request.out.join(twice);
        return console::error(&format!(
            "two of the scenarios would be reported in {}",
            out.display()
        ));
    }
    let mut planned = Vec::new();
    for scenario in scenarios {
        if let Some(refusal) = memory::refusal(&scenario, threads, request.record_reads) {
            return console::error(&refusal);
        }
        match Directory::open(&request.out, &scenario.name, ReportOf::Run) {
            Ok(directory) => planned.push((scenario, directory)),
            Err(error) => return console::error(&error.to_string()),
        }
    }
    let mut exit = Exit::Done;
    for (scenario, directory) in planned {
        let results = match simulate(scenario, threads, request) {
            Ok(results) => results,
            Err(error) => return console::complain(|color| error.render(color)),
        };
        match write(&results, directory) {
            Err(error) => return console::error(&error.to_string()),
            Ok(report) => {
                if show(&results, &report, request.output) == Exit::Wrong {
                    return Exit::Wrong;
                }
            }
        }
        if results
            .verdicts
            .iter()
            .any(|verdict| verdict.outcome != Outcome::Met)
        {
            exit = Exit::NotMet;
        }
    }
    exit
}

pub(super) fn all_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Loads every file, or says what is wrong with any of them.
fn load_all(request: &Request) -> Option<Vec<Scenario>> {
    let mut scenarios = Vec::new();
    let mut all_right = true;
    let mut overrides = request.overrides.clone();
    // The report's own scenario file says how to get this report again.
    overrides.per_read |= request.record_reads;
    for file in &request.files {
        debug!(file = %file.display(), "reading");
        match load::load(file, &overrides) {
            Some(scenario) => scenarios.push(scenario),
            None => all_right = false,
        }
    }
    all_right.then_some(scenarios)
}

fn first_named_twice(scenarios: &[Scenario]) -> Option<&str> {
    let names = scenarios.iter().map(|scenario| scenario.name.as_str());
    names
        .clone()
        .enumerate()
        .find(|(index, name)| names.clone().take(*index).any(|n| n == *name))
        .map(|(_, n)| n)
}

fn simulate(scenario: Scenario, threads: usize, request: &Request) -> Result<Results, RunError> {
    let (name, runs) = (scenario.name.clone(), scenario.runs);
    info!(
        scenario = name,
        runs,
        threads,
        seed = scenario.seed,
        "simulating"
    );
    let line = ProgressLine::new(&name, runs, request.output == Output::Nothing);
    let options = Options {
        threads,
        record_reads: request.record_reads,
        progress: &|progress| line.advance(progress),
    };
    let results = experiment::run(scenario, &options);
    let (reads, seconds) = line.finish();
    let mut results = results?;
    info!(
        scenario = name,
        reads,
        seconds,
        reads_per_s = (reads as f64 / seconds).round(),
        "simulated"
    );
    experiment::find_stories(&mut results)?;
    info!(
        scenario = name,
        stories = results.stories.told.len(),
        "stories were looked for"
    );
    Ok(results)
}

/// A report that was written.
struct Written {
    directory: PathBuf,
    files: usize,
}

fn write(
    results: &Results,
    directory: Directory,
) -> Result<Written, report::directory::DirectoryError> {
    let files = report::files(results, Some(directory.place()));
    let count = files.len();
    let directory = directory.commit(files)?;
    info!(directory = %directory.display(), files = count, "written");
    Ok(Written {
        directory,
        files: count,
    })
}

fn show(results: &Results, report: &Written, output: Output) -> Exit {
    match output {
        Output::Nothing => Exit::Done,
        Output::Json => {
            let json = report::json::file(results);
            console::print(&String::from_utf8_lossy(&json))
        }
        Output::Summary => {
            let directory = with_slash(&report.directory);
            let place = terminal::Place {
                directory: &directory,
                files: report.files,
            };
            let color = console::wants_color(&std::io::stdout());
            console::print(&terminal::summary(results, Some(place), color))
        }
    }
}

fn with_slash(directory: &Path) -> String {
    format!("{}/", directory.display())
}
