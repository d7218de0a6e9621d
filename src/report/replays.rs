//! What a report says of replays: their files beside it, where they are small, and what could not be read of them.

use super::schema;
use crate::experiment::{ReplayRead, Results};
use crate::report::csv::seconds;
use crate::scenario::{Compression, FormatName, Replay};
use crate::units::Duration;
use serde_json::{Map, Value, json};
use std::path::{Component, Path, PathBuf};

/// What the resolved scenario calls the files of replays: the copies beside it; a file too large for one it finds from
/// `place` by a relative path, so that no path of the machine stands in a report unless the two share no folder at
/// all.
pub fn names(results: &Results, place: Option<&Path>) -> Vec<String> {
    let replays = results.scenario.replays.iter().enumerate();
    let names = replays.map(|(index, replay)| {
        let read = results.replays.each.get(index);
        match read.is_some_and(|read| read.copy.is_some()) {
            true => copy_name(replay),
            false => from_place(&replay.file, place),
        }
    });
    names.collect()
}

/// The files of replays that are small enough to lie beside a report.
pub fn copies(results: &Results) -> impl Iterator<Item = (String, Vec<u8>)> {
    let each = results.scenario.replays.iter().zip(&results.replays.each);
    each.filter_map(|(replay, read)| Some((copy_name(replay), read.copy.clone()?)))
}

/// The name of a replay's file beside a report: no other file of a report begins like it.
fn copy_name(replay: &Replay) -> String {
    let format = match replay.format.name() {
        FormatName::KvlagCsv | FormatName::LibCacheSimCsv => "csv",
        FormatName::OracleGeneral => "oracleGeneral",
        FormatName::Logpush => "ndjson",
    };
    let compression = match replay.compression {
        Compression::None => "",
        Compression::Zstd => ".zst",
        Compression::Gzip => ".gz",
    };
    format!("replay-{}.{format}{compression}", replay.name)
}

/// The path of a file as seen from a folder.
fn from_place(file: &Path, place: Option<&Path>) -> String {
    let whole = || file.to_string_lossy().into_owned();
    // The folder may not be there yet, and the file's path has no links.
    let folder = place.and_then(|place| {
        let parent = place.parent()?;
        let parent = if parent.as_os_str().is_empty() {
            Path::new(".")
        } else {
            parent
        };
        Some(parent.canonicalize().ok()?.join(place.file_name()?))
    });
    let Some(folder) = folder else { return whole() };
    let is_shared = |(a, b): &(Component, Component)| a == b;
    let shared = file
        .components()
        .zip(folder.components())
        .take_while(is_shared)
        .count();
    if shared <= 1 {
        return whole();
    }
    let up = folder
        .components()
        .skip(shared)
        .map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(file.components().skip(shared)).collect();
    path.to_string_lossy().into_owned()
}

/// What became of the replays, for `summary.json`; nothing without replays.
pub fn summary(results: &Results) -> Option<Value> {
    let each = results.scenario.replays.iter().zip(&results.replays.each);
    let entries: Map<String, Value> = each
        .map(|(replay, read)| (replay.name.clone(), entry(read)))
        .collect();
    (!entries.is_empty()).then_some(Value::Object(entries))
}

fn entry(read: &ReplayRead) -> Value {
    let tally = &read.tally;
    let lines = tally.first_bad_lines.iter();
    let lines: Vec<Value> = lines
        .map(|bad| json!({"line": bad.number, "what": bad.what}))
        .collect();
    json!({
        "operations": read.operations,
        "last_s": read.last.map(|last| Duration(last.0).as_secs_f64()),
        "goes_on": read.goes_on,
        "bad_lines": tally.bad_lines,
        "first_bad_lines": lines,
        "passed_over": tally.other_paths + tally.other_methods,
    })
}

/// The schema of one entry of [`summary`].
pub fn schema() -> Value {
    schema::object(&[
        (
            "operations",
            schema::integer("Operations that started within the measured time."),
        ),
        (
            "last_s",
            json!({
                "description": "When the last of them started; null without any.",
                "type": ["number", "null"],
                "minimum": 0,
            }),
        ),
        (
            "goes_on",
            json!({
                "description": "Whether the file goes on after the measured time.",
                "type": "boolean",
            }),
        ),
        (
            "bad_lines",
            schema::integer("Lines that could not be read and were left out."),
        ),
        ("first_bad_lines", bad_lines_schema()),
        (
            "passed_over",
            schema::integer("Requests that are no operations on the store."),
        ),
    ])
}

fn bad_lines_schema() -> Value {
    json!({
        "description": "The first few of those lines.",
        "type": "array",
        "items": schema::object(&[
            ("line", schema::integer("Its number from 1; in a binary file, that of the record.")),
            ("what", schema::text("What is wrong with it.")),
        ]),
    })
}

/// What a careful reader should be told of the replays.
pub fn hints(results: &Results) -> impl Iterator<Item = String> {
    let each = results.scenario.replays.iter().zip(&results.replays.each);
    each.flat_map(|(replay, read)| {
        let duration = results.scenario.duration;
        [
            bad_lines(replay, read),
            passed_over(replay, read),
            length(replay, read, duration),
        ]
    })
    .flatten()
}

fn bad_lines(replay: &Replay, read: &ReplayRead) -> Option<String> {
    /// A hint is no log.
    const SHOWN: usize = 3;
    let bad = read.tally.bad_lines;
    let shown: Vec<String> = read
        .tally
        .first_bad_lines
        .iter()
        .take(SHOWN)
        .map(|line| match line.column {
            Some(_) => format!("line {}: {}", line.number, line.what),
            None => line.what.clone(),
        })
        .collect();
    let (lines, first) = match bad {
        0 => return None,
        1 => ("1 line", "it was"),
        bad if bad as usize <= SHOWN => (&*format!("{bad} lines"), "they were"),
        bad => (&*format!("{bad} lines"), "the first were"),
    };
    Some(format!(
        "Replay {} was simulated without {lines} that could not be read; {first} {}.",
        replay.name,
        shown.join("; ")
    ))
}

fn passed_over(replay: &Replay, read: &ReplayRead) -> Option<String> {
    let (paths, methods) = (read.tally.other_paths, read.tally.other_methods);
    (read.operations == 0 && paths + methods > 0).then(|| {
        format!(
            "Replay {} has no operation: {paths} requests had paths without the prefix and {methods} another method. \
             Set its `key-prefix`.",
            replay.name
        )
    })
}

fn length(replay: &Replay, read: &ReplayRead, duration: Duration) -> Option<String> {
    let name = &replay.name;
    if read.goes_on {
        return Some(format!(
            "Replay {name} goes on after the measured time of {duration}; what is in it from then on is not measured."
        ));
    }
    let Some(last) = read.last else {
        return Some(format!(
            "Replay {name} has no operation in the measured time of {duration}."
        ));
    };
    let last_s = seconds(last.0);
    // The last tenth may well be a pause.
    ((last.0 as f64) < 0.9 * duration.0 as f64).then(|| {
        format!(
            "Replay {name} ends {last_s} s into the measured time of {duration}; nothing is replayed from then on."
        )
    })
}
