//! `stories.json`: the few operations of the first run that are worth explaining, each from its beginning, for programs.

use super::format::command;
use super::sequence::{Held, Lane, Message, Sequence};
use super::story::Told;
use crate::experiment::{Chosen, LookedAt, Results};
use crate::observe::breaches::Broken;
use crate::observe::follow::Choice;
use crate::observe::story::Cause;
use crate::sim::observation::{CacheStatus, Write};
use crate::units::Time;
use serde_json::{Value, json};

/// Names the shape of the file; it changes when a reader of an older file would misread a newer one.
pub const SCHEMA: &str = "kvlag.stories.v1";

/// The file as it is written.
pub fn file(results: &Results) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(&content(results)).expect("plain data becomes JSON");
    bytes.push(b'\n');
    bytes
}

/// The file's content.
pub fn content(results: &Results) -> Value {
    let (key, until_s, left_out) = match &results.stories.looked_at {
        LookedAt::Nothing => (None, None, Some("nobody has looked for stories".to_owned())),
        LookedAt::TooMuch(operations) => (None, None, Some(too_much(*operations))),
        LookedAt::Run { key, until } => {
            (key.as_ref(), until.map(|until| until.as_secs_f64()), None)
        }
    };
    let stories = results.stories.told.iter();
    let stories: Vec<Value> = stories.map(|chosen| story(results, chosen)).collect();
    json!({
        "schema": SCHEMA,
        "seed": results.scenario.seed,
        "looked_at": {
            "key": key,
            "until_s": until_s,
            "left_out": left_out,
        },
        "stories": stories,
    })
}

/// Why nothing was looked for.
pub fn too_much(operations: u64) -> String {
    format!(
        "simulated one by one, some {} operations would have to be looked at, which takes longer than a report should; \
         kvlag explain takes the time",
        super::format::whole(operations)
    )
}

/// What a story is called in files.
pub fn id(choice: Choice) -> &'static str {
    match choice {
        Choice::Stalest => "stalest",
        Choice::Slowest => "slowest",
        Choice::Broken(guarantee) => guarantee.map_or("broken", |guarantee| guarantee.name()),
    }
}

/// The story with what it is about.
pub fn told<'a>(results: &'a Results, chosen: &'a Chosen) -> Told<'a> {
    Told {
        story: &chosen.story,
        scenario: &results.scenario,
        key: &chosen.key,
        what_if: None,
        trial: None,
    }
}

/// The command that tells the story again, beside the report's scenario file.
pub fn how_to_see(results: &Results, choice: Choice) -> String {
    let mut words = vec!["kvlag", "explain", "scenario.toml"];
    match choice {
        Choice::Stalest => words.push("--stalest"),
        Choice::Slowest => words.push("--slowest"),
        Choice::Broken(_) => words.extend(["--violation", id(choice)]),
    }
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    if let LookedAt::Run { key, until } = &results.stories.looked_at {
        words.extend(key.iter().flat_map(|key| ["--key".to_owned(), key.clone()]));
        let setting = until.map(|until| ["--set".to_owned(), format!("duration={until}")]);
        words.extend(setting.into_iter().flatten());
    }
    command(words)
}

fn story(results: &Results, chosen: &Chosen) -> Value {
    let told = told(results, chosen);
    let (story, read) = (&chosen.story, &chosen.story.found.read);
    let sequence = Sequence::of(&told);
    let steps: Vec<Value> = sequence
        .messages
        .iter()
        .map(|m| step(&sequence, m))
        .collect();
    json!({
        "id": id(chosen.choice),
        "command": how_to_see(results, chosen.choice),
        "key": chosen.key,
        "pop": results.scenario.pops[told.pop()].code,
        "workload": told.reader(),
        "start_s": seconds(read.start),
        "latency_ms": story.latency().as_secs_f64() * 1e3,
        "status": match read.status {
            CacheStatus::Hit => "hit",
            CacheStatus::Coalesced => "coalesced",
            CacheStatus::Fetch => "fetch",
        },
        "version": read.version,
        "is_missing": story.found.is_missing,
        "version_lag": story.version_lag,
        "staleness_s": story.staleness().map_or(0.0, |time| time.as_secs_f64()),
        "cause": cause(story.cause),
        "headline": told.headline(),
        "why": told.why(),
        "within": told.within(),
        "change": told.change(),
        "same": told.same(),
        "broken": story.broken.as_ref().map(|broken| broken_guarantee(results, broken)),
        "copy": sequence.held.as_ref().map(|held| copy(held, read.version)),
        "steps": steps,
    })
}

/// What a cause is called in files.
fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Kept => "copy-kept",
        Cause::KeptAbsence => "absence-kept",
        Cause::OnItsWay => "answer-on-its-way",
        Cause::KeptAbove => "copy-kept-by-tier",
        Cause::CopyAtHand => "copy-at-hand",
        Cause::AskedStore => "asked-store",
        Cause::AskedTier => "asked-tier",
        Cause::Waited => "waited-for-answer",
        Cause::Overtaken => "overtaken-by-write",
    }
}

/// What the session had done, or what its write did.
fn broken_guarantee(results: &Results, broken: &Broken) -> Value {
    let pop = |pop: u16| &results.scenario.pops[usize::from(pop)].code;
    let write = |write: &Write| {
        json!({
            "op": if write.is_delete { "delete" } else { "put" },
            "pop": pop(write.class.pop),
            "version": write.version,
            "start_s": seconds(write.start),
            "committed_s": seconds(write.arrival),
            "known_s": seconds(write.answered),
        })
    };
    match broken {
        Broken::OwnWrite(own) => json!({ "earlier": write(own) }),
        Broken::EarlierRead(read) => json!({ "earlier": {
            "op": "get",
            "pop": pop(read.class.pop),
            "version": read.version,
            "start_s": seconds(read.start),
            "known_s": seconds(read.end),
        }}),
        Broken::Overwrote { write: own, missed } => {
            json!({ "overwriting": write(own), "overwritten": write(missed) })
        }
    }
}

fn copy(held: &Held, version: u32) -> Value {
    json!({
        "version": version,
        "from_s": seconds(held.from),
        "superseded_s": held.superseded.map(seconds),
        "until_s": seconds(held.until),
    })
}

fn step(sequence: &Sequence, message: &Message) -> Value {
    let lane = |index: usize| {
        let Lane { role, place } = &sequence.lanes[index];
        json!({ "role": role, "place": place })
    };
    json!({
        "what": message.label,
        "from": lane(message.from),
        "to": lane(message.to),
        "left_s": seconds(message.left),
        "arrived_s": message.arrived.map(seconds),
        "note": message.note,
    })
}

/// From the beginning of the measured time; negative before it.
fn seconds(time: Time) -> f64 {
    time.0 as f64 / 1e9
}
