//! `kvlag explain`: the story of one read of the first run, and what it would have been given in another world.

use super::progress::ProgressLine;
use super::{Exit, console, load, memory};
use crate::experiment::{self, Options, Results};
use crate::observe::breaches::{GUARANTEES, Guarantee};
use crate::observe::follow::{Choice, Seen, Wanted};
use crate::observe::story::Story;
use crate::report::directory::put_whole;
use crate::report::story::{Told, figure};
use crate::report::terminal;
use crate::scenario::keyspace::{KeyId, Keyspace};
use crate::scenario::{self, Overrides, Scenario, kept_alike, nearest};
use crate::sim::observation::ClassIndex;
use std::path::PathBuf;
use std::slice;

/// What is asked for.
pub struct Request {
    /// The scenario file, or the directory of a report.
    pub place: PathBuf,
    /// Changes to the scenario.
    pub overrides: Overrides,
    /// Which read.
    pub choice: Choice,
    /// Only reads at this PoP.
    pub pop: Option<String>,
    /// Only reads of this key.
    pub key: Option<String>,
    /// Further changes, under which the same read is looked at again.
    pub what_if: Vec<String>,
    /// Where the figure goes.
    pub svg: Option<PathBuf>,
    /// Threads to simulate on; all cores where not said.
    pub threads: Option<usize>,
}

/// So many keys are looked through for one that may have been meant.
const KEYS_LOOKED_THROUGH: u32 = 10_000;

/// Simulates the first run read by read, picks a read, and tells its story.
pub fn explain(request: &Request) -> Exit {
    let Some(scenario) = load_with(request, &[]) else {
        return Exit::Wrong;
    };
    let paths = request.what_if.iter().map(|change| &**change);
    let mut tops = paths.filter_map(|change| kept_alike(change.split('=').next()?));
    if let Some(top) = tops.next() {
        return console::error(&format!(
            "--what-if asks about the same reads and writes, and {top} would change which there are, or nothing"
        ));
    }
    let changed = match &request.what_if[..] {
        [] => None,
        changes => match load_with(request, changes) {
            None => return Exit::Wrong,
            changed => changed,
        },
    };
    if let Some(file) = &request.svg
        && let Some(folder) = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        && !folder.is_dir()
    {
        return console::error(&format!("there is no folder {}", folder.display()));
    }
    let threads = request.threads.unwrap_or_else(super::run::all_cores);
    if let Some(refusal) = memory::refusal(&scenario, threads, true) {
        return console::error(&refusal);
    }
    let pop = match &request.pop {
        None => None,
        Some(code) => match pop_of(&scenario, code) {
            Ok(pop) => Some(pop),
            Err(message) => return console::error(&message),
        },
    };
    let results = match simulate(scenario, threads) {
        Ok(results) => results,
        Err(exit) => return exit,
    };
    let key = match &request.key {
        None => None,
        Some(name) => match key_of(&results, name) {
            Ok(key) => Some(key),
            Err(message) => return console::error(&message),
        },
    };
    let is_asked = |of_pop: u16, of_key: KeyId| {
        pop.is_none_or(|pop| usize::from(of_pop) == pop) && key.is_none_or(|key| of_key == key)
    };
    let records = results.pooled.reads.iter().flatten();
    let records = records.filter(|record| is_asked(record.pop, record.key));
    let wanted = match request.choice {
        Choice::Stalest => Wanted::stalest(records),
        Choice::Slowest => Wanted::slowest(records),
        Choice::Broken(guarantee) => {
            let breaches = results.pooled.breaches.iter().flatten();
            let breaches = breaches.filter(|breach| is_asked(breach.class.pop, breach.key));
            Wanted::broken(breaches, guarantee)
        }
    };
    match (wanted, request.choice) {
        (None, Choice::Broken(_)) => console::error(&nothing(request)),
        (None, _) => console::print(&(nothing(request) + "\n")),
        (Some(wanted), _) => tell(request, &results, wanted, changed),
    }
}

/// The scenario, with further changes; what is wrong with it goes to stderr.
fn load_with(request: &Request, changes: &[String]) -> Option<Scenario> {
    let scenario = load::load(&file_of(request), &overrides(request, changes))?;
    Some(one_by_one(scenario))
}

fn file_of(request: &Request) -> PathBuf {
    match request.place.is_dir() {
        true => request.place.join("scenario.toml"),
        false => request.place.clone(),
    }
}

fn overrides(request: &Request, changes: &[String]) -> Overrides {
    let changes = changes.iter().map(|change| ("--what-if", change.clone()));
    Overrides {
        vary: changes.collect(),
        ..request.overrides.clone()
    }
}

/// The first run alone, and every read of it.
fn one_by_one(mut scenario: Scenario) -> Scenario {
    (scenario.runs, scenario.per_read) = (1, true);
    scenario
}

fn pop_of(scenario: &Scenario, code: &str) -> Result<usize, String> {
    let codes = || scenario.pops.iter().map(|pop| pop.code.as_str());
    let pop = codes().position(|other| other == code);
    pop.ok_or_else(|| {
        format!(
            "the scenario has no PoP `{code}`{}",
            meant(nearest(code, codes()))
        )
    })
}

/// The key of that name: one of the scenario's, or one that appeared in the run.
fn key_of(results: &Results, name: &str) -> Result<KeyId, String> {
    let keyspace = &results.keyspace;
    let new = || results.new_keys.names.iter();
    let new_key = || new().find(|(_, other)| *other == name).map(|(key, _)| *key);
    keyspace.find(name).or_else(new_key).ok_or_else(|| {
        let numbered = (0..keyspace.len().min(KEYS_LOOKED_THROUGH)).map(KeyId);
        let names: Vec<String> = numbered
            .map(|key| keyspace.name(key))
            .chain(new().map(|(_, name)| name.clone()))
            .collect();
        let near = nearest(name, names.iter().map(String::as_str));
        format!("nobody reads or writes a key `{name}`{}", meant(near))
    })
}

fn meant(name: Option<&str>) -> String {
    name.map_or(String::new(), |name| format!("; did you mean `{name}`?"))
}

fn simulate(scenario: Scenario, threads: usize) -> Result<Results, Exit> {
    let line = ProgressLine::new(&scenario.name, 1, false);
    let options = Options {
        threads,
        record_reads: true,
        progress: &|progress| line.advance(progress),
    };
    let results = experiment::run(scenario, &options);
    line.finish();
    results.map_err(|error| console::complain(|color| error.render(color)))
}

/// What is said where there is no such read.
fn nothing(request: &Request) -> String {
    let at = request.pop.iter().map(|pop| format!(" at {pop}"));
    let of = request.key.iter().map(|key| format!(" of {key}"));
    let which: String = of.chain(at).collect();
    match request.choice {
        Choice::Stalest => format!("No read{which} of this run is stale."),
        Choice::Slowest => format!("There is no read{which} in this run."),
        Choice::Broken(guarantee) => {
            let names = GUARANTEES.map(Guarantee::name).join(", ");
            let what = guarantee.map_or(names, |guarantee| guarantee.name().to_owned());
            format!(
                "no session of this run broke a guarantee{which}: looked for {what}, among the measured operations of \
                 clients and Workers (what a delete or a fresh value replaced counts as a lost update, and breaks none)"
            )
        }
    }
}

fn tell(request: &Request, results: &Results, wanted: Wanted, changed: Option<Scenario>) -> Exit {
    let scenario = &results.scenario;
    let question = request.choice.question();
    let seen = match experiment::follow(scenario, wanted) {
        Ok(seen) => seen,
        Err(error) => return console::complain(|color| error.render(color)),
    };
    let story = Story::of(seen, question).expect("the same seed has the same read");
    let key = results.key_name(wanted.key);
    let what_if = match changed {
        None => None,
        Some(changed) => match same_read(&changed, results, wanted, &key) {
            Err(error) => return console::complain(|color| error.render(color)),
            Ok(seen) => {
                let story = seen.and_then(|seen| Story::of(seen, question));
                Some((request.what_if.clone(), story))
            }
        },
    };
    let mut told = Told {
        story: &story,
        scenario,
        key: &key,
        what_if,
        trial: None,
    };
    told.trial = match helpful(request, results, wanted, &told) {
        Ok(trial) => trial,
        Err(error) => return console::complain(|color| error.render(color)),
    };
    if let Some(file) = &request.svg
        && let Err(error) = put_whole(file, figure(&told).as_bytes())
    {
        return console::error(&error.to_string());
    }
    let color = console::wants_color(&std::io::stdout());
    console::print(&terminal::story(&told, color))
}

/// The first of the settings that a story names with which the same read fares better.
fn helpful(
    request: &Request,
    results: &Results,
    wanted: Wanted,
    told: &Told,
) -> Result<Option<String>, experiment::RunError> {
    for trial in told.trials() {
        // What the platform does not permit, or where the scenario cannot take it, is no help.
        let Ok(changed) = scenario::load(
            &file_of(request),
            &overrides(request, slice::from_ref(&trial)),
        ) else {
            continue;
        };
        let seen = same_read(&one_by_one(changed), results, wanted, told.key)?;
        let story = seen.and_then(|seen| Story::of(seen, request.choice.question()));
        if story.is_some_and(|story| told.story.is_worse_than(&story)) {
            return Ok(Some(trial));
        }
    }
    Ok(None)
}

/// What is seen of the same read in a changed world; `None` where its reader, PoP or key is not there.
fn same_read(
    changed: &Scenario,
    results: &Results,
    wanted: Wanted,
    key: &str,
) -> Result<Option<Seen>, experiment::RunError> {
    let Some(wanted) = there(changed, results, wanted, key) else {
        return Ok(None);
    };
    let seen = experiment::follow(changed, wanted)?;
    // A key that appears while a run goes on may have another number there.
    let is_same = seen.new_name.as_deref().is_none_or(|name| name == key);
    Ok(is_same.then_some(seen))
}

/// Who reads what where, as it is numbered in a changed world.
fn there(changed: &Scenario, results: &Results, wanted: Wanted, key: &str) -> Option<Wanted> {
    let scenario = &results.scenario;
    let code = &scenario.pops[usize::from(wanted.class.pop)].code;
    let pop = changed.pops.iter().position(|pop| pop.code == *code)?;
    let mut names = scenario.workload_names();
    let workload = match names.nth(usize::from(wanted.class.workload)) {
        Some(name) => changed.workload_names().position(|other| other == name)?,
        // Scripted operations are numbered last.
        None => changed.workload_names().count(),
    };
    let keyspace = Keyspace::new(changed);
    let number = wanted.key.0.checked_sub(results.keyspace.len());
    let key = match number {
        None => keyspace.find(key)?,
        Some(number) => KeyId(keyspace.len() + number),
    };
    Some(Wanted {
        key,
        class: ClassIndex {
            workload: workload as u16,
            pop: pop as u16,
        },
        start: wanted.start,
        answer: None,
        breach: None,
    })
}
