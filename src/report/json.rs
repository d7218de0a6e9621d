//! `summary.json`: every number of an experiment, for machines. Its shape is `reports/summary.schema.json`.

use super::assumptions::assumptions;
use super::replays;
use crate::experiment::{Outcome, Results, Verdict};
use crate::observe::summary::{Leaf, Numbers, TIER_METRICS, TierNumbers};
use crate::pricing::quota::Exhausted;
use crate::pricing::{Bill, DAYS_BILLED, Line};
use crate::scenario::metric::{METRICS, Metric, Statistic, Unit};
use crate::scenario::{Expectation, Plan, Scope, WorkloadKind};
use crate::stats::Estimate;
use serde_json::{Map, Value, json};

/// Names the shape of the file; it changes when a reader of an older file would misread a newer one.
pub const SCHEMA: &str = "kvlag.summary.v1";

/// The file as it is written.
pub fn file(results: &Results) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(&summary(results)).expect("plain data becomes JSON");
    bytes.push(b'\n');
    bytes
}

/// The file's content.
pub fn summary(results: &Results) -> Value {
    let scenario = &results.scenario;
    let several = results.has_intervals();
    let scope = |scope| {
        let of_scope = results.summary.scope(scope);
        let mut numbers = numbers(of_scope, scope, several);
        if scenario.has_counts() {
            application(&mut numbers, of_scope, several);
        }
        Value::Object(numbers)
    };
    let pops = scenario.pops.iter().enumerate();
    let of_kind = |kinds: &[WorkloadKind]| {
        let all = scenario.workload_names().enumerate();
        let of_kind = all.filter(|(index, _)| kinds.contains(&scenario.kind(*index)));
        object(of_kind.map(|(index, name)| (name.to_owned(), scope(Scope::Workload(index)))))
    };
    let mut summary = json!({
        "schema": SCHEMA,
        "title": scenario.title,
        "seed": scenario.seed,
        "runs": results.seeds.len(),
        "warm_up_s": float(scenario.warm_up.as_secs_f64()),
        "duration_s": float(scenario.duration.as_secs_f64()),
        "total": scope(Scope::Total),
        "pops": object(pops.map(|(i, pop)| (pop.code.clone(), scope(Scope::Pop(i))))),
        "tiers": tiers(results),
        "workloads": of_kind(&[WorkloadKind::Workload, WorkloadKind::Replay]),
        "clients": of_kind(&[WorkloadKind::Client]),
        "workers": of_kind(&[WorkloadKind::Worker]),
        "cost": cost(&results.bill()),
        "assumptions": assumptions(scenario)
            .iter()
            .map(|a| {
                json!({"name": a.name, "value": a.value, "published": a.published, "note": a.note})
            })
            .collect::<Vec<_>>(),
        "expect": expectations(&scenario.expect, &results.verdicts, several),
    });
    if let Some(replays) = replays::summary(results) {
        summary["replays"] = replays;
    }
    summary
}

/// The name of an outcome, as expectations carry it.
pub fn verdict(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Met => "met",
        Outcome::Failed => "failed",
        Outcome::Undecided => "undecided",
    }
}

/// The name of a unit, as expectations carry it.
pub fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Ratio => "ratio",
        Unit::Seconds => "s",
        Unit::Milliseconds => "ms",
        Unit::Versions => "versions",
    }
}

/// The name of a plan.
pub fn plan(plan: Plan) -> &'static str {
    match plan {
        Plan::Free => "free",
        Plan::Paid => "paid",
    }
}

fn object(entries: impl Iterator<Item = (String, Value)>) -> Value {
    Value::Object(entries.collect())
}

pub(super) fn numbers(
    numbers: &Numbers<Estimate>,
    scope: Scope,
    several: bool,
) -> Map<String, Value> {
    let value = |metric, statistic| {
        let leaf = Leaf { metric, statistic };
        let number = numbers.get(metric, statistic);
        number.map_or(Value::Null, |n| estimate(n, leaf.is_whole(), several))
    };
    let entries = METRICS.iter().map(|info| {
        let is_meaningless = info.metric == Metric::Convergence && scope != Scope::Total;
        let content = if is_meaningless {
            Value::Null
        } else if info.is_distribution {
            object(
                Statistic::ALL
                    .iter()
                    .map(|s| (s.name().to_owned(), value(info.metric, Some(*s)))),
            )
        } else {
            value(info.metric, None)
        };
        (info.key.to_owned(), content)
    });
    entries.collect()
}

/// What Workers answered and their scripts counted.
pub(super) fn application(
    entries: &mut Map<String, Value>,
    numbers: &Numbers<Estimate>,
    several: bool,
) {
    let count = |number: &Estimate| estimate(*number, true, several);
    let responses = numbers.responses.iter();
    let responses = responses.map(|(status, number)| (status.to_string(), count(number)));
    entries.insert("responses".to_owned(), object(responses));
    let counts = numbers.counts.iter();
    let counts = counts.map(|(name, number)| (name.clone(), count(number)));
    entries.insert("counts".to_owned(), object(counts));
}

/// A plain number for a single run, the mean with its interval for several.
pub(super) fn estimate(estimate: Estimate, is_whole: bool, several: bool) -> Value {
    if several {
        return json!({
            "mean": float(estimate.mean),
            "half_width_95": estimate.half_width_95.map_or(Value::Null, float),
        });
    }
    if is_whole {
        // A script may count below zero.
        json!(estimate.mean.round() as i64)
    } else {
        float(estimate.mean)
    }
}

/// A number in the shortest form that reads back the same.
pub(super) fn float(value: f64) -> Value {
    assert!(value.is_finite(), "every measured number is finite");
    json!(value)
}

fn tiers(results: &Results) -> Value {
    let several = results.has_intervals();
    let numbers = |numbers: &TierNumbers<Estimate>| {
        let entries = TIER_METRICS.iter().zip(numbers).map(|((key, _), number)| {
            let is_whole = *key != "hit_ratio";
            let value = number.map_or(Value::Null, |n| estimate(n, is_whole, several));
            ((*key).to_owned(), value)
        });
        entries.collect::<Map<String, Value>>()
    };
    let tiers = results.scenario.tiers.iter().zip(&results.summary.tiers);
    object(tiers.map(|(tier, summary)| {
        let mut entries = numbers(&summary.total);
        let places = tier.places.iter().zip(&summary.places);
        let places = places.map(|(place, n)| (place.clone(), Value::Object(numbers(n))));
        entries.insert("places".to_owned(), object(places));
        (tier.name.clone(), Value::Object(entries))
    }))
}

fn cost(bill: &Bill) -> Value {
    let usage = &bill.usage;
    json!({
        "plan": plan(bill.plan),
        "scaled_to_days": DAYS_BILLED,
        "billed": {
            "reads": usage.reads,
            "writes": usage.writes,
            "deletes": usage.deletes,
            "lists": usage.lists,
            "storage_gb": float(usage.storage_gb()),
        },
        "free": {"usd": 0, "exhausted": exhausted(&bill.exhausted)},
        "paid": {
            "usd": float(bill.paid_usd().dollars()),
            "usd_rounded_up": float(bill.paid_usd_rounded_up().dollars()),
            "lines": bill.lines.iter().map(line).collect::<Vec<_>>(),
        },
    })
}

fn exhausted(exhausted: &Exhausted) -> Value {
    object(exhausted.items().into_iter().map(|(item, moment)| {
        let moment = moment.map_or(Value::Null, |m| json!({"day": m.day, "hour": m.hour}));
        (item.to_owned(), moment)
    }))
}

fn line(line: &Line) -> Value {
    let amount = |amount: u64| match line.item {
        "storage_gb" => float(line.in_billed_unit(amount)),
        _ => json!(amount),
    };
    json!({
        "item": line.item,
        "units": amount(line.units),
        "included": amount(line.included),
        "usd": float(line.usd.dollars()),
        "usd_rounded_up": float(line.usd_rounded_up.dollars()),
    })
}

/// Expectations with what became of them.
pub(super) fn expectations(
    rules: &[Expectation],
    verdicts: &[Verdict],
    several: bool,
) -> Vec<Value> {
    rules
        .iter()
        .zip(verdicts)
        .map(|(rule, judged)| {
            let is_whole = rule.measured.is_whole();
            let measured = judged.measured.map_or(Value::Null, |measured| {
                estimate(measured, is_whole, several)
            });
            json!({
                "rule": rule.text,
                "measured": measured,
                "unit": unit(rule.measured.unit()),
                "verdict": verdict(judged.outcome),
                "runs_to_decide": judged.runs_to_decide,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn text(results: &Results) -> String {
        serde_json::to_string_pretty(&summary(results)).expect("is plain data")
    }

    #[test]
    fn one_run_gives_plain_numbers() {
        insta::assert_snapshot!(text(&fixture::flag_flip(1)));
    }

    #[test]
    fn several_runs_give_intervals_and_tiers_are_summed() {
        let summary = summary(&fixture::tiered(20));
        insta::assert_snapshot!(
            serde_json::to_string_pretty(&json!({
                "runs": summary["runs"],
                "tiers": summary["tiers"],
                "total": summary["total"],
                "expect": summary["expect"],
            }))
            .expect("is plain data")
        );
    }

    /// What a summary says of Workers alone.
    fn of_workers(results: &Results) -> String {
        let summary = summary(results);
        let telling = |numbers: &Value| {
            let keys = [
                "requests",
                "failed_requests",
                "request_latency_ms",
                "responses",
                "counts",
            ];
            object(
                keys.into_iter()
                    .map(|key| (key.to_owned(), numbers[key].clone())),
            )
        };
        let all = json!({
            "total": telling(&summary["total"]),
            "SYD": telling(&summary["pops"]["SYD"]),
            "browser": telling(&summary["clients"]["browser"]),
            "limiter": telling(&summary["workers"]["limiter"]),
            "pages": telling(&summary["workers"]["pages"]),
            "expect": summary["expect"],
        });
        serde_json::to_string_pretty(&all).expect("is plain data")
    }

    #[test]
    fn workers_have_responses_and_counts_beside_their_numbers() {
        insta::assert_snapshot!("workers_in_one_run", of_workers(&fixture::limited(1)));
        insta::assert_snapshot!("workers_in_several_runs", of_workers(&fixture::limited(5)));
    }

    #[test]
    fn without_workers_there_are_no_responses_and_no_counts() {
        let summary = summary(&fixture::flag_flip(1));
        assert_eq!(summary["workers"], json!({}));
        assert!(summary["total"].get("responses").is_none());
        assert_eq!(summary["total"]["requests"], json!(0));
    }

    #[test]
    fn statistics_of_nothing_are_null_and_counts_of_nothing_are_zero() {
        let summary = summary(&fixture::nobody_writes());
        let total = &summary["total"];
        assert_eq!(total["writes"], json!(0));
        assert_eq!(total["rejected_write_ratio"], Value::Null);
        assert_eq!(total["convergence_s"]["p99"], Value::Null);
        assert_eq!(summary["pops"]["LHR"]["convergence_s"], Value::Null);
    }
}
