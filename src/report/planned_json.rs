//! `kvlag plan --json`: what a search for a value found, for machines.

use super::json::{expectations, float, verdict};
use super::points::Point;
use super::terminal::Planned;
use crate::scenario::Expectation;
use serde_json::{Value, json};

/// Names the shape of the answer; it changes when a reader of an older one would misread a newer one.
pub const SCHEMA: &str = "kvlag.plan.v1";

/// The answer as it is printed.
pub fn text(planned: &Planned) -> String {
    let mut text = serde_json::to_string_pretty(&value(planned)).expect("plain data becomes JSON");
    text.push('\n');
    text
}

/// The answer's content.
pub fn value(planned: &Planned) -> Value {
    let (low, high) = &planned.range;
    let rules = &planned.rules;
    let confirmed = planned.confirmed.as_ref();
    let tried = planned.trials.iter().map(|trial| {
        let mut tried = judged(&trial.point, rules);
        tried["value"] = json!(trial.value);
        tried["paid_usd"] = float(trial.point.paid_usd);
        tried
    });
    json!({
        "schema": SCHEMA,
        "title": planned.title,
        "file": planned.file,
        "changes": planned.changes,
        "for": planned.path,
        "low": low,
        "high": high,
        "answer": planned.best,
        "next_not_met": planned.beyond,
        "chosen_in_runs": planned.chosen_in(),
        "confirmed": confirmed.map(|point| judged(point, rules)),
        "hint": planned.hint(),
        "tried": tried.collect::<Vec<Value>>(),
    })
}

/// What came of each expectation in the runs of a value.
fn judged(point: &Point, rules: &[Expectation]) -> Value {
    let runs = point.runs.len();
    json!({
        "runs": runs,
        "verdict": point.outcome().map(verdict),
        "expect": expectations(rules, &point.verdicts, runs > 1),
    })
}
