//! `sweep.json` and `comparison.json`: every number of every point, for machines.

use super::{Kind, Point, Points};
use crate::experiment::compare;
use crate::report::json::{application, estimate, expectations, float, numbers, verdict};
use crate::scenario::Scope;
use serde_json::{Map, Value, json};

/// Names the shape of a sweep's file; it changes when a reader of an older file would misread a newer one.
pub const SWEEP_SCHEMA: &str = "kvlag.sweep.v1";
/// Likewise of a comparison's.
pub const COMPARISON_SCHEMA: &str = "kvlag.comparison.v1";

/// The file as it is written.
pub fn file(points: &Points) -> Vec<u8> {
    let axes = points.axes.iter();
    let axes = axes.map(|axis| json!({"path": axis.path, "values": axis.values}));
    let rules = points.rules.iter().map(|rule| rule.text.as_str());
    let sweep = json!({
        "schema": match points.kind {
            Kind::Sweep => SWEEP_SCHEMA,
            Kind::Comparison => COMPARISON_SCHEMA,
        },
        "kind": points.stem(),
        "title": points.title,
        "seed": points.seeds[0],
        "runs": points.seeds.len(),
        "axes": axes.collect::<Vec<Value>>(),
        "expect": rules.collect::<Vec<&str>>(),
        "cheapest": points.cheapest(),
        "points": points.list.iter().map(|p| point(points, p)).collect::<Vec<Value>>(),
    });
    let mut bytes = serde_json::to_vec_pretty(&sweep).expect("plain data becomes JSON");
    bytes.push(b'\n');
    bytes
}

fn point(points: &Points, point: &Point) -> Value {
    let several = points.seeds.len() > 1;
    let total = &point.summary.total;
    let mut total_numbers = numbers(total, Scope::Total, several);
    application(&mut total_numbers, total, several);
    json!({
        "settings": point.settings,
        "outcome": point.outcome().map(verdict),
        "expect": expectations(&points.rules, &point.verdicts, several),
        "paid_usd": float(point.paid_usd),
        "total": total_numbers,
        "beyond_first": beyond(&points.list[0], point, several),
    })
}

/// By how much its numbers are above those of the first point, pair by pair.
fn beyond(first: &Point, point: &Point, several: bool) -> Map<String, Value> {
    let compared = compare(&first.runs, &point.runs).into_iter();
    let entries = compared.map(|number| {
        let leaf = number.leaf();
        let difference = estimate(number.difference, leaf.is_whole(), several);
        (leaf.key(), difference)
    });
    entries.collect()
}
