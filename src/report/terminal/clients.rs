//! The terminal's block on clients and Workers: what went wrong for those who act on what they read.

use super::page::{LABEL, Page, Tone, cut};
use crate::experiment::Results;
use crate::report::format::{self, percent};
use crate::scenario::metric::{Metric, Unit};
use crate::scenario::{Replay, Scenario, Scope, Step, Value, Workload, WorkloadKind};

/// What a count is a part of.
#[derive(Clone, Copy)]
enum Whole {
    /// Of nothing that is counted.
    None,
    /// Of what clients and Workers wrote, as far as it was accepted.
    Writes,
    /// Of what they read.
    Reads,
}

const ROWS: [(Metric, Whole, &str, &str); 6] = [
    (
        Metric::LostUpdates,
        Whole::Writes,
        "lost updates",
        "the last value holds nothing of them",
    ),
    (
        Metric::StaleBaseWrites,
        Whole::Writes,
        "stale bases",
        "written on what was not the latest",
    ),
    (
        Metric::ResurrectedKeys,
        Whole::Writes,
        "resurrected keys",
        "deleted, and written back from a copy",
    ),
    (
        Metric::ReadYourWritesViolations,
        Whole::Reads,
        "own writes unseen",
        "reads older than an own write",
    ),
    (
        Metric::MonotonicReadViolations,
        Whole::Reads,
        "back in time",
        "reads older than an earlier one",
    ),
    (
        Metric::WritesFollowReadsViolations,
        Whole::Reads,
        "effects before causes",
        "reads older than what another rests on",
    ),
];

/// Adds the block, where there is somebody to be wronged.
pub fn clients(page: &mut Page, results: &Results) {
    let scenario = &results.scenario;
    let (heading, who) = match (scenario.clients.is_empty(), scenario.workers.is_empty()) {
        (true, true) => return,
        (false, true) => ("CLIENTS", "clients that did something"),
        (true, false) => ("READS AND WRITES OF WORKERS", "requests that read or wrote"),
        (false, false) => (
            "CLIENTS AND WORKERS",
            "clients or requests that did something",
        ),
    };
    page.heading(heading);
    row(
        page,
        results,
        (Metric::Sessions, Whole::None),
        ("sessions", who),
    );
    for (metric, whole, name, meaning) in ROWS {
        row(page, results, (metric, whole), (name, meaning));
    }
    counts(page, results);
    let lost = results.summary.total.get(Metric::LostUpdates, None);
    if lost.is_some_and(|lost| lost.mean > 0.0) && may_begin_anew(scenario) {
        let note = "lost updates: a delete, or a put derived from nothing, counts all updates before it as lost";
        let note = page.paint(Tone::Quiet, note);
        page.line(&format!("  {note}"));
    }
}

/// What clients counted by steps of theirs.
fn counts(page: &mut Page, results: &Results) {
    let scenario = &results.scenario;
    for (index, client) in scenario.workload_names().enumerate() {
        if scenario.kind(index) != WorkloadKind::Client {
            continue;
        }
        let counts = &results.summary.scope(Scope::Workload(index)).counts;
        for (name, count) in counts {
            let shown = format::estimate(Unit::Count, *count);
            let note = format!("counted by {client}");
            page.row(&cut(name, LABEL - 1), &shown, &note);
        }
    }
}

/// Whether something may end a chain of updates without having lost any: a delete, or a put that is not derived from
/// what was read. Of scripts, that cannot be seen.
fn may_begin_anew(scenario: &Scenario) -> bool {
    let mut may = !scenario.workers.is_empty()
        || scenario.workloads.iter().any(Workload::modifies)
        || scenario.replays.iter().any(Replay::may_modify)
        || scenario.script.iter().any(|step| step.operation.modifies());
    for client in &scenario.clients {
        client.each_step(&mut |step, _| {
            may |= match step {
                Step::Put { value, .. } => matches!(value, Value::Text(_) | Value::Number(_)),
                Step::Delete { .. } => true,
                _ => false,
            };
        });
    }
    may
}

/// Adds a count, and which part it is of a whole.
fn row(
    page: &mut Page,
    results: &Results,
    (metric, whole): (Metric, Whole),
    (name, meaning): (&str, &str),
) {
    let Some(number) = results.summary.total.get(metric, None) else {
        return;
    };
    let all = match whole {
        Whole::None => 0.0,
        Whole::Writes => {
            let attempted =
                of_programs(results, Metric::Writes) + of_programs(results, Metric::Deletes);
            attempted - of_programs(results, Metric::RejectedWrites)
        }
        Whole::Reads => of_programs(results, Metric::Reads),
    };
    let mut text = format::estimate(metric.info().unit, number);
    if number.mean > 0.0 && all > 0.0 {
        text = format!("{text}  ({})", percent(number.mean / all));
    }
    page.row(name, &text, meaning);
}

/// A count over all clients and Workers.
fn of_programs(results: &Results, metric: Metric) -> f64 {
    let all = results.summary.workloads.iter().enumerate();
    let names = results.scenario.workload_names().count();
    let of_programs = all.filter(|(index, _)| {
        // Behind the last of them come the scripted operations.
        *index < names
            && matches!(
                results.scenario.kind(*index),
                WorkloadKind::Client | WorkloadKind::Worker
            )
    });
    let counts = of_programs.filter_map(|(_, numbers)| numbers.get(metric, None));
    counts.fold(0.0, |sum, count| sum + count.mean)
}
