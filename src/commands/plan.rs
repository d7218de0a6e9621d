//! `kvlag plan`: the largest value of one setting that still meets everything that is expected.

use super::progress::ProgressLine;
use super::sweep::{RUNS, changes};
use super::{Exit, console, load, memory};
use crate::experiment::{Outcome, Progress, SearchRange, Trials, largest, side_by_side};
use crate::report::planned_json;
use crate::report::points::Point;
use crate::report::terminal::{self, Planned, Trial};
use crate::scenario::{Overrides, Scenario, SearchedSetting};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tracing::info;

/// What is asked for.
pub struct Request {
    /// The scenario file.
    pub file: PathBuf,
    /// Changes that hold for every value.
    pub overrides: Overrides,
    /// The argument of `--for`: `PATH` or `PATH=LOW..HIGH`.
    pub setting: String,
    /// Threads to simulate on; all cores where not said.
    pub threads: Option<usize>,
    /// Whether to print JSON instead of the page.
    pub json: bool,
}

/// Where `cache-ttl` is looked for unless the command line says: from the platform's minimum to a day.
const TTLS: (&str, &str) = ("30s", "1d");
/// Runs of a value at most, where fewer leave its expectations undecided.
const MOST_RUNS: u32 = 160;
/// Seeds of the runs that confirm a value begin so much further on, each time.
const FRESH: u64 = 1_000_000;

/// Searches, and tells what was found, how sure it is, and how to try it.
pub fn plan(request: &Request) -> Exit {
    let setting = match SearchedSetting::read("--for", &request.setting, TTLS) {
        Ok(setting) => setting,
        Err(mistakes) => return console::complain(|color| mistakes.render(color)),
    };
    let threads = request.threads.unwrap_or_else(super::run::all_cores);
    let end = |value: &str| load_at(request, &setting.path, value);
    let Some((low, high)) = end(&setting.low).and_then(|low| Some((low, end(&setting.high)?)))
    else {
        return Exit::Wrong;
    };
    if low.runs < 2 {
        return console::error("one run of a value cannot tell how sure it is: --runs 2 or more");
    }
    if low.expect.is_empty() {
        return console::error(&format!(
            "{} expects nothing, so that any value will do: say in `expect` what must hold",
            request.file.display()
        ));
    }
    if let Some(refusal) = [&low, &high]
        .into_iter()
        .find_map(|s| memory::refusal_of(threads, s, threads))
    {
        return console::error(&refusal);
    }
    let mut search = Search {
        request,
        setting: &setting,
        threads,
        trials: BTreeMap::new(),
        confirmed: None,
        confirmations: 0,
    };
    let (low_end, high_end) = setting.ends();
    let range = SearchRange {
        kind: setting.kind,
        low: low_end,
        high: high_end,
    };
    let Ok(found) = largest(range, &mut search) else {
        return Exit::Wrong;
    };
    let planned = Planned {
        title: low.title.clone(),
        file: request.file.display().to_string(),
        changes: changes(&request.overrides),
        path: setting.path.clone(),
        range: (setting.low.clone(), setting.high.clone()),
        rules: low.expect.clone(),
        best: found.best.map(|best| setting.text(best)),
        beyond: found.beyond.map(|beyond| setting.text(beyond)),
        trials: search.trials.into_values().collect(),
        confirmed: search.confirmed,
    };
    let color = console::wants_color(&std::io::stdout());
    let text = match request.json {
        true => planned_json::text(&planned),
        false => terminal::planned(&planned, color),
    };
    match console::print(&text) {
        Exit::Done if planned.best.is_none() => Exit::NotMet,
        exit => exit,
    }
}

/// The scenario with a value of the setting; what is wrong with it goes to stderr.
fn load_at(request: &Request, path: &str, value: &str) -> Option<Scenario> {
    let overrides = Overrides {
        vary: vec![("--for", format!("{path}={value}"))],
        ..request.overrides.clone()
    };
    let mut scenario = load::load(&request.file, &overrides)?;
    if overrides.runs.is_none() && scenario.runs == 1 {
        scenario.runs = RUNS;
    }
    Some(scenario)
}

/// A search under way.
struct Search<'r> {
    request: &'r Request,
    setting: &'r SearchedSetting,
    threads: usize,
    /// What was tried, by the bits of the value: they have its order.
    trials: BTreeMap<u64, Trial>,
    /// The runs of the best value that it was not chosen by.
    confirmed: Option<Point>,
    /// How often one was to be confirmed.
    confirmations: u64,
}

/// The search ends; why stands on stderr already.
struct Ended;

impl Trials for Search<'_> {
    type Error = Ended;

    /// Whether each expectation is met at some values, with as many runs as it takes to tell, up to a bound; what is
    /// undecided then is not met.
    fn decide(&mut self, values: &[f64]) -> Result<Vec<Vec<bool>>, Ended> {
        let mut runs = vec![None; values.len()];
        let mut open: Vec<usize> = (0..values.len()).collect();
        while !open.is_empty() {
            let mut scenarios = Vec::new();
            for index in &open {
                scenarios.push(self.load(values[*index], runs[*index])?);
            }
            let points = self.simulate(scenarios)?;
            let mut still_open = Vec::new();
            for (index, point) in open.into_iter().zip(points) {
                runs[index] = more_runs(&point);
                if runs[index].is_some() {
                    still_open.push(index);
                }
                self.note(values[index], point);
            }
            open = still_open;
        }
        let judged = values.iter();
        Ok(judged
            .map(|value| is_met(&self.trials[&value.to_bits()].point))
            .collect())
    }

    /// Whether a value meets what is expected in as many fresh runs as it was chosen by, or in more if those leave it
    /// open.
    fn confirm(&mut self, value: f64) -> Result<Vec<bool>, Ended> {
        self.confirmations += 1;
        let mut runs = self.trials[&value.to_bits()].point.runs.len() as u32;
        let point = loop {
            let mut scenario = self.load(value, Some(runs))?;
            scenario.seed = scenario.seed.wrapping_add(self.confirmations * FRESH);
            let point = self.simulate(vec![scenario])?.pop().ok_or(Ended)?;
            match more_runs(&point) {
                Some(more) => runs = more,
                None => break point,
            }
        };
        let is_met = is_met(&point);
        match is_met.iter().all(|is_met| *is_met) {
            true => self.confirmed = Some(point),
            false => self.note(value, point),
        }
        Ok(is_met)
    }
}

impl Search<'_> {
    fn load(&self, value: f64, runs: Option<u32>) -> Result<Scenario, Ended> {
        let value = self.setting.text(value);
        let mut scenario = load_at(self.request, &self.setting.path, &value).ok_or(Ended)?;
        scenario.runs = runs.unwrap_or(scenario.runs);
        Ok(scenario)
    }

    fn simulate(&self, scenarios: Vec<Scenario>) -> Result<Vec<Point>, Ended> {
        let line = ProgressLine::of_points(&self.setting.path, scenarios.len() as u32);
        let tell = |progress: Progress| line.advance(progress);
        let points = side_by_side(scenarios, self.threads, &tell, |results| {
            Point::of(Vec::new(), results)
        });
        line.finish();
        points.map_err(|error| {
            console::complain(|color| error.render(color));
            Ended
        })
    }

    fn note(&mut self, value: f64, point: Point) {
        let value_text = self.setting.text(value);
        let met = is_met(&point).iter().all(|is_met| *is_met);
        info!(value = value_text, runs = point.runs.len(), met, "tried");
        self.trials.insert(
            value.to_bits(),
            Trial {
                value: value_text,
                point,
            },
        );
    }
}

/// How many runs may decide what so many leave open; `None` where all is decided, or where no more are made.
fn more_runs(point: &Point) -> Option<u32> {
    let runs = point.runs.len() as u32;
    let needed = point
        .verdicts
        .iter()
        .filter_map(|verdict| verdict.runs_to_decide)
        .max();
    (point.outcome() == Some(Outcome::Undecided) && runs < MOST_RUNS)
        .then(|| needed.unwrap_or(0).max(2 * runs).min(MOST_RUNS))
}

fn is_met(point: &Point) -> Vec<bool> {
    let verdicts = point.verdicts.iter();
    verdicts
        .map(|verdict| verdict.outcome == Outcome::Met)
        .collect()
}
