//! `kvlag sweep`: one scenario with one or two settings varied, on the same traffic.

use super::progress::ProgressLine;
use super::{Exit, console, load, memory};
use crate::experiment::side_by_side;
use crate::report::directory::{Directory, ReportOf};
use crate::report::points::{Kind, Point, Points};
use crate::report::terminal;
use crate::scenario::{Overrides, Scenario, Variation};
use std::path::PathBuf;

/// What is asked for.
pub struct Request {
    /// The scenario file.
    pub file: PathBuf,
    /// Changes that hold for every point.
    pub overrides: Overrides,
    /// Arguments of `--vary`, one or two.
    pub vary: Vec<String>,
    /// Folder in which the sweep gets its own.
    pub out: PathBuf,
    /// Threads to simulate on; all cores where not said.
    pub threads: Option<usize>,
    /// Whether to print `sweep.json` instead of the table.
    pub json: bool,
}

/// Runs of each point where neither the command line nor the scenario asks for several: one cannot tell.
pub(super) const RUNS: u32 = 10;

/// Simulates every point with the same seeds, tells which is the cheapest that meets what is expected, and writes the
/// points. Nothing is simulated before all points are known to be right and the place for them to be writable.
pub fn sweep(request: &Request) -> Exit {
    let threads = request.threads.unwrap_or_else(super::run::all_cores);
    let Some(axes) = axes(&request.vary) else {
        return Exit::Wrong;
    };
    let Some(planned) = plan(request, &axes) else {
        return Exit::Wrong;
    };
    let at_once = threads.min(planned.len());
    let mut refusals = planned.iter();
    if let Some(refusal) = refusals.find_map(|(_, s)| memory::refusal_of(at_once, s, threads)) {
        return console::error(&refusal);
    }
    let first = &planned[0].1;
    let name = first.name.clone();
    let directory = match Directory::open(&request.out, &format!("{name}-sweep"), ReportOf::Sweep) {
        Ok(directory) => directory,
        Err(error) => return console::error(&error.to_string()),
    };
    let mut points = Points {
        kind: Kind::Sweep,
        command: again(request),
        title: first.title.clone(),
        method: first.method(),
        seeds: first.seeds(),
        rules: first.expect.clone(),
        axes,
        list: Vec::new(),
    };
    let (settings, scenarios): (Vec<_>, Vec<_>) = planned.into_iter().unzip();
    let line = ProgressLine::of_points(&name, scenarios.len() as u32);
    let done = side_by_side(
        scenarios,
        threads,
        &|progress| line.advance(progress),
        |results| Point::of(Vec::new(), results),
    );
    line.finish();
    let done = match done {
        Ok(done) => done,
        Err(error) => return console::complain(|color| error.render(color)),
    };
    points.list = done
        .into_iter()
        .zip(settings)
        .map(|(point, settings)| Point { settings, ..point })
        .collect();
    tell(&points, directory, request.json)
}

/// The settings that are varied; what is wrong with them goes to stderr.
fn axes(vary: &[String]) -> Option<Vec<Variation>> {
    if vary.len() > 2 {
        console::error("at most two settings are varied at once: a curve or a grid");
        return None;
    }
    let mut axes = Vec::new();
    for argument in vary {
        match Variation::read("--vary", argument) {
            Ok(axis) => axes.push(axis),
            Err(mistakes) => {
                console::complain(|color| mistakes.render(color));
                return None;
            }
        }
    }
    match &axes[..] {
        [one, other] if one.path == other.path => {
            console::error(&format!("{} is varied twice", one.path));
            None
        }
        _ => Some(axes),
    }
}

/// The settings of every point with its scenario; what is wrong with one goes to stderr.
fn plan(request: &Request, axes: &[Variation]) -> Option<Vec<(Vec<String>, Scenario)>> {
    let mut planned = Vec::new();
    for settings in combinations(axes) {
        let pairs = axes.iter().zip(&settings);
        let vary = pairs.map(|(axis, value)| ("--vary", format!("{}={value}", axis.path)));
        let overrides = Overrides {
            vary: vary.collect(),
            ..request.overrides.clone()
        };
        let mut scenario = load::load(&request.file, &overrides)?;
        if overrides.runs.is_none() && scenario.runs == 1 {
            scenario.runs = RUNS;
        }
        planned.push((settings, scenario));
    }
    Some(planned)
}

/// The words of the command that was given.
fn again(request: &Request) -> Vec<String> {
    let start = [
        "kvlag".to_owned(),
        "sweep".to_owned(),
        request.file.display().to_string(),
    ];
    let vary = request
        .vary
        .iter()
        .flat_map(|vary| ["--vary".to_owned(), vary.clone()]);
    start
        .into_iter()
        .chain(vary)
        .chain(changes(&request.overrides))
        .collect()
}

/// Every choice of one value for each setting; the last setting varies fastest.
fn combinations(axes: &[Variation]) -> Vec<Vec<String>> {
    axes.iter().fold(vec![Vec::new()], |so_far, axis| {
        let longer = so_far.iter().flat_map(|settings| {
            let values = axis.values.iter();
            values.map(|value| [settings.as_slice(), std::slice::from_ref(value)].concat())
        });
        longer.collect()
    })
}

/// What the command line says beside the settings that are varied, word by word, as it would be said again.
pub(super) fn changes(overrides: &Overrides) -> Vec<String> {
    let option = |name: &str, value: String| [name.to_owned(), value];
    let set = overrides
        .set
        .iter()
        .flat_map(|set| option("--set", set.clone()));
    let seed = overrides
        .seed
        .map(|seed| option("--seed", seed.to_string()));
    let runs = overrides
        .runs
        .map(|runs| option("--runs", runs.to_string()));
    let per_read = overrides.per_read.then(|| "--per-read".to_owned());
    let numbers = seed.into_iter().chain(runs).flatten();
    set.chain(numbers).chain(per_read).collect()
}

/// Writes the files, and prints the table or the JSON.
pub(super) fn tell(points: &Points, directory: Directory, json: bool) -> Exit {
    let place = match directory.commit(points.files()) {
        Ok(place) => place.join(points.stem()).with_extension("html"),
        Err(error) => return console::error(&error.to_string()),
    };
    let color = console::wants_color(&std::io::stdout());
    let page = place.to_string_lossy();
    let text = match (json, points.kind) {
        (true, _) => String::from_utf8_lossy(&points.json()).into_owned(),
        (false, Kind::Sweep) => terminal::sweep(points, Some(&page), color),
        (false, Kind::Comparison) => terminal::comparison(points, Some(&page), color),
    };
    let will_none_do = !points.rules.is_empty() && points.cheapest().is_none();
    match console::print(&text) {
        Exit::Done if points.kind == Kind::Sweep && will_none_do => Exit::NotMet,
        exit => exit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_has_every_combination_once() {
        let axis = |argument| Variation::read("--vary", argument).expect("is one");
        let grid = combinations(&[axis("a=1,2"), axis("b=x,y,z")]);
        let grid: Vec<String> = grid.iter().map(|point| point.join("")).collect();
        assert_eq!(grid, ["1x", "1y", "1z", "2x", "2y", "2z"]);
    }
}
