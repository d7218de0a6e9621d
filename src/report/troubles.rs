//! What went wrong in scripts, in words.

use super::{format, scripts};
use crate::experiment::Results;
use crate::observe::application::{Occurrences, Trouble};
use crate::scenario::Scope;
use crate::sim::program::Cause;
use std::cmp::Reverse;

/// Of a message so much is told in a sentence.
const MESSAGE_MAX: usize = 120;

/// All troubles, the most frequent first.
pub fn by_frequency(results: &Results) -> Vec<(&Trouble, &Occurrences)> {
    let mut all: Vec<_> = results.pooled.troubles.iter().collect();
    all.sort_by_key(|(_, occurrences)| (Reverse(occurrences.count), occurrences.first));
    all
}

/// What went wrong, and where in the script: `limiter.js:12:5: TypeError: …`. The script is named as it lies beside the
/// report, which tells apart those whose own files have the same name.
pub fn what(results: &Results, trouble: &Trouble) -> String {
    let names = scripts::names(&results.scenario);
    let before = results.scenario.workload_names().count() - names.len();
    let worker = trouble.workload.checked_sub(before);
    let mut error = trouble.error.clone();
    if let (Some(place), Some(name)) = (&mut error.place, worker.and_then(|w| names.get(w))) {
        place.file.clone_from(name);
    }
    let what = error.to_string();
    match trouble.cause {
        Cause::NotStarted => format!("The script did not start: {what}"),
        Cause::Task => format!("in waitUntil: {what}"),
        Cause::Unhandled => format!("handled by nobody: {what}"),
        Cause::Thrown | Cause::CpuLimit | Cause::MemoryLimit | Cause::Hung | Cause::IsolateLost => {
            what
        }
    }
}

/// What most often made requests of a scope fail, to stand within a sentence: "limiter.js:12:5: TypeError: … (7
/// times)". Of a single PoP nothing is known.
pub fn most_frequent(results: &Results, scope: Scope) -> Option<String> {
    let mut all = by_frequency(results).into_iter();
    let (trouble, occurrences) = all.find(|(trouble, _)| {
        let is_of_scope = match scope {
            Scope::Total => true,
            Scope::Workload(workload) => trouble.workload == workload,
            Scope::Pop(_) => false,
        };
        is_of_scope && !is_beside(trouble)
    })?;
    Some(in_a_sentence(results, trouble, occurrences))
}

/// What most often failed beside responses, in the same form.
pub fn most_frequent_beside(results: &Results) -> Option<String> {
    let mut all = by_frequency(results).into_iter();
    let (trouble, occurrences) = all.find(|(trouble, _)| is_beside(trouble))?;
    Some(in_a_sentence(results, trouble, occurrences))
}

/// Whether it leaves the response of its request alone.
fn is_beside(trouble: &Trouble) -> bool {
    matches!(trouble.cause, Cause::Task | Cause::Unhandled)
}

fn in_a_sentence(results: &Results, trouble: &Trouble, occurrences: &Occurrences) -> String {
    let what = what(results, trouble);
    let words: Vec<&str> = what.split_whitespace().collect();
    let mut what = words.join(" ");
    if what.chars().count() > MESSAGE_MAX {
        what = what.chars().take(MESSAGE_MAX - 1).collect::<String>() + "…";
    }
    let what = match trouble.error.place {
        Some(_) => what.trim_end_matches('.').to_owned(),
        None => format!("\"{what}\""),
    };
    format!("{what} ({})", times(occurrences.count))
}

/// "once", "12 times", "1,234 times".
pub fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        _ => format!("{} times", format::whole(count)),
    }
}
