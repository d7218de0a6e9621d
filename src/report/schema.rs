//! The JSON Schema of `summary.json`, made from the table of metrics so that every number carries its
//! definition. It ships as `reports/summary.schema.json`.

mod cost;

use super::json::SCHEMA;
use super::replays;
use crate::observe::summary::{Leaf, TIER_METRICS};
use crate::scenario::metric::{METRICS, Metric, MetricInfo, Statistic, Unit};
use serde_json::{Map, Value, json};

/// The schema, in draft 07, which editors and validators know best.
pub fn summary_schema() -> Value {
    let mut schema = object(&[
        ("schema", json!({"const": SCHEMA})),
        ("title", text("The scenario's title.")),
        (
            "seed",
            integer("The seed of the first run; run i has seed + i - 1."),
        ),
        ("runs", integer("How many runs there were.")),
        ("warm_up_s", number("Simulated before the measured time.")),
        ("duration_s", number("The measured time of each run.")),
        ("total", described("Everything.", reference("numbers"))),
        (
            "pops",
            map(
                "By PoP: what the operations there saw.",
                reference("numbers"),
            ),
        ),
        (
            "tiers",
            map("By tier: the requests that measured reads caused.", tier()),
        ),
        (
            "workloads",
            map(
                "By workload and replay of the scenario: what its operations saw.",
                reference("numbers"),
            ),
        ),
        (
            "clients",
            map("By client: what its operations saw.", reference("numbers")),
        ),
        (
            "workers",
            map(
                "By Worker: what its requests saw, and what they read and wrote.",
                reference("numbers"),
            ),
        ),
        ("cost", cost::cost()),
        ("assumptions", assumptions()),
        ("expect", expect()),
    ]);
    // Only scenarios with replays have them, so they are not required.
    schema["properties"]["replays"] = map("By replay: what became of its file.", replays::schema());
    let head = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": SCHEMA,
        "description": "What kvlag measured. In a single run each number is plain; over several runs it is the \
                        mean with half of its 95 % interval.",
    });
    let definitions = json!({
        "definitions": {
            "numbers": numbers(),
            "estimate": estimate(),
            "moment": cost::moment(),
        }
    });
    let schema = schema.as_object_mut().expect("is an object").clone();
    let parts = [head, Value::Object(schema), definitions];
    let entries = parts.into_iter().flat_map(|part| match part {
        Value::Object(entries) => entries,
        _ => Map::new(),
    });
    Value::Object(entries.collect())
}

/// An object that has just these properties.
pub(super) fn object(properties: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let properties = properties.iter().cloned();
    let properties: Map<String, Value> = properties.map(|(n, v)| (n.to_owned(), v)).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": names,
        "additionalProperties": false,
    })
}

fn described(description: &str, schema: Value) -> Value {
    let mut described = json!({"description": description});
    let entries = described.as_object_mut().expect("is an object");
    entries.extend(schema.as_object().cloned().unwrap_or_default());
    described
}

/// Draft 07 ignores what stands beside a bare reference, so it is wrapped.
fn reference(name: &str) -> Value {
    json!({"allOf": [{"$ref": format!("#/definitions/{name}")}]})
}

fn map(description: &str, values: Value) -> Value {
    json!({"description": description, "type": "object", "additionalProperties": values})
}

pub(super) fn text(description: &str) -> Value {
    json!({"description": description, "type": "string"})
}

pub(super) fn integer(description: &str) -> Value {
    json!({"description": description, "type": "integer", "minimum": 0})
}

fn number(description: &str) -> Value {
    json!({"description": description, "type": "number", "minimum": 0})
}

fn estimate() -> Value {
    object(&[
        (
            "mean",
            json!({
                "description": "The mean over the runs that have the number.",
                "type": "number",
            }),
        ),
        (
            "half_width_95",
            json!({
                "description": "Half of the 95 % interval of the mean, by Student's t; null if only one run has the number.",
                "type": ["number", "null"],
                "minimum": 0,
            }),
        ),
    ])
}

/// A number of one run, or an estimate over several; perhaps null.
fn measured(is_whole: bool, maximum: Option<u64>, nullable: bool) -> Value {
    let mut plain = json!({"type": if is_whole { "integer" } else { "number" }, "minimum": 0});
    if let Some(maximum) = maximum {
        plain["maximum"] = json!(maximum);
    }
    let mut forms = vec![plain, json!({"$ref": "#/definitions/estimate"})];
    if nullable {
        forms.push(json!({"type": "null"}));
    }
    json!({"anyOf": forms})
}

/// The same where a number may be below zero, as what a script counts may.
fn signed(mut measured: Value) -> Value {
    for form in measured["anyOf"].as_array_mut().into_iter().flatten() {
        if let Some(form) = form.as_object_mut() {
            form.shift_remove("minimum");
        }
    }
    measured
}

fn numbers() -> Value {
    let properties: Vec<(&str, Value)> = METRICS
        .iter()
        .map(|info| (info.key, described(info.definition, metric(info))))
        .collect();
    let mut numbers = object(&properties);
    // Only scenarios with Workers, or with clients that count, have them, so they are not required.
    let count = measured(true, None, false);
    let responses = map("Responses of Workers by status.", count);
    numbers["properties"]["responses"] = responses;
    let count = signed(measured(true, None, false));
    let counts = map("What scripts and clients counted, by name.", count);
    numbers["properties"]["counts"] = counts;
    numbers
}

fn metric(info: &MetricInfo) -> Value {
    match (info.is_distribution, info.unit) {
        (false, Unit::Ratio) => measured(false, Some(1), true),
        (false, _) => measured(true, None, false),
        (true, _) => {
            let statistics = Statistic::ALL.map(|statistic| {
                let leaf = Leaf {
                    metric: info.metric,
                    statistic: Some(statistic),
                };
                (statistic.name(), measured(leaf.is_whole(), None, true))
            });
            let mut schema = object(&statistics);
            if info.metric == Metric::Convergence {
                // It is a number of the whole alone.
                schema["type"] = json!(["object", "null"]);
            }
            schema
        }
    }
}

fn tier() -> Value {
    let numbers = TIER_METRICS.map(|(key, definition)| {
        let is_ratio = key == "hit_ratio";
        let number = measured(!is_ratio, is_ratio.then_some(1), is_ratio);
        (key, described(definition, number))
    });
    let mut with_places = numbers.to_vec();
    with_places.push(("places", map("By place: the same.", object(&numbers))));
    object(&with_places)
}

fn assumptions() -> Value {
    let boolean = json!({"description": "Whether the platform publishes it.", "type": "boolean"});
    let assumption = object(&[
        ("name", text("The scenario's key, or what it is about.")),
        ("value", text("What holds in this scenario.")),
        ("published", boolean),
        ("note", text("What is known, and what follows.")),
    ]);
    json!({
        "description": "What the numbers rest on, and what is not modelled.",
        "type": "array",
        "items": assumption,
    })
}

fn expect() -> Value {
    let mut runs_to_decide = integer("For an undecided rule: about how many runs would decide it.");
    runs_to_decide["type"] = json!(["integer", "null"]);
    let rule = object(&[
        ("rule", text("As the scenario says it.")),
        (
            "measured",
            described(
                "In the unit beside it.",
                signed(measured(false, None, true)),
            ),
        ),
        (
            "unit",
            json!({"enum": ["count", "ratio", "s", "ms", "versions"]}),
        ),
        ("verdict", json!({"enum": ["met", "failed", "undecided"]})),
        ("runs_to_decide", runs_to_decide),
    ]);
    json!({"type": "array", "items": rule})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Results;
    use crate::report::{fixture, json};

    const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/reports/summary.schema.json");

    #[test]
    fn shipped_schema_is_this_one() {
        let text = serde_json::to_string_pretty(&summary_schema()).expect("is plain data") + "\n";
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(SHIPPED, &text).expect("can be written");
        }
        let shipped = std::fs::read_to_string(SHIPPED).expect("is shipped");
        assert!(
            text == shipped,
            "run the tests with UPDATE_SCHEMA=1, and read what changed"
        );
    }

    #[test]
    fn summaries_follow_the_schema() {
        let mut free = fixture::flag_flip_scenario(1);
        free.plan = crate::scenario::Plan::Free;
        let all: [Results; 8] = [
            fixture::flag_flip(1),
            fixture::simulate(free),
            fixture::tiered(20),
            fixture::everywhere(1),
            fixture::nobody_reads(),
            fixture::nobody_writes(),
            fixture::limited(1),
            fixture::limited(5),
        ];
        for results in all {
            let summary = json::summary(&results);
            assert_eq!(violations(&summary), [""; 0]);
        }
    }

    #[test]
    fn what_does_not_follow_is_found() {
        let mut summary = json::summary(&fixture::flag_flip(1));
        summary["total"]["hit_ratio"] = json!(1.5);
        summary["pops"]["LHR"]["reads"] = json!(null);
        summary["surprise"] = json!(1);
        summary["cost"]
            .as_object_mut()
            .expect("is an object")
            .shift_remove("plan");
        let found = violations(&summary);
        let at = ["surprise", "total.hit_ratio", "pops.LHR.reads", "cost.plan"];
        for place in at {
            let is_found = found
                .iter()
                .any(|v| v.trim_start_matches('.').starts_with(place));
            assert!(is_found, "{place} in {found:?}");
        }
    }

    fn violations(summary: &Value) -> Vec<String> {
        let schema = summary_schema();
        let mut found = Vec::new();
        check(&schema, &schema, summary, "", &mut found);
        found
    }

    /// A validator of the keywords that the schema uses; it knows no others and says so.
    fn check(root: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
        let matches = |schema: &Value| {
            let mut found = Vec::new();
            check(root, schema, value, path, &mut found);
            found.is_empty()
        };
        let list = |v: &Value| v.as_array().cloned().unwrap_or_else(|| vec![v.clone()]);
        let is_number = value.is_number();
        for (keyword, rule) in schema.as_object().expect("a schema is an object") {
            let holds = match keyword.as_str() {
                "$schema" | "title" | "description" | "definitions" => true,
                "anyOf" => list(rule).iter().any(matches),
                "const" => value == rule,
                "enum" => list(rule).contains(value),
                "type" => list(rule).iter().any(|name| has_type(value, name)),
                "minimum" => !is_number || value.as_f64() >= rule.as_f64(),
                "maximum" => !is_number || value.as_f64() <= rule.as_f64(),
                _ => {
                    for (rule, value, path) in parts(root, schema, keyword, value, path) {
                        check(root, &rule, &value, &path, found);
                    }
                    true
                }
            };
            if !holds {
                found.push(format!("{path} breaks {keyword}"));
            }
        }
    }

    /// What a keyword asks of the value or of its parts: rule, part and the part's path.
    fn parts(
        root: &Value,
        schema: &Value,
        keyword: &str,
        value: &Value,
        path: &str,
    ) -> Vec<(Value, Value, String)> {
        let rule = &schema[keyword];
        let entries = value.as_object().cloned().unwrap_or_default();
        let at = |name: &str| format!("{path}.{name}");
        match keyword {
            "$ref" => {
                let name = rule.as_str().expect("text");
                let name = name.trim_start_matches("#/definitions/");
                vec![(
                    root["definitions"][name].clone(),
                    value.clone(),
                    path.to_owned(),
                )]
            }
            "allOf" => {
                let rules = rule.as_array().expect("a list").iter();
                rules
                    .map(|rule| (rule.clone(), value.clone(), path.to_owned()))
                    .collect()
            }
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                items
                    .map(|(i, item)| (rule.clone(), item.clone(), format!("{path}[{i}]")))
                    .collect()
            }
            "required" => {
                let names = rule
                    .as_array()
                    .expect("a list")
                    .iter()
                    .filter_map(Value::as_str);
                let missing =
                    names.filter(|name| value.is_object() && !entries.contains_key(*name));
                missing
                    .map(|name| (json!({"const": "present"}), json!(null), at(name)))
                    .collect()
            }
            "properties" => {
                let known = entries.iter().filter_map(|(name, content)| {
                    Some((rule.get(name)?.clone(), content.clone(), at(name)))
                });
                known.collect()
            }
            "additionalProperties" => {
                let rule = match rule {
                    Value::Bool(false) => json!({"const": "absent"}),
                    rule => rule.clone(),
                };
                let unknown = entries.iter().filter(|(name, _)| {
                    schema
                        .get("properties")
                        .is_none_or(|known| known.get(name).is_none())
                });
                unknown
                    .map(|(name, content)| (rule.clone(), content.clone(), at(name)))
                    .collect()
            }
            unknown => panic!("the validator does not know {unknown}"),
        }
    }

    fn has_type(value: &Value, name: &Value) -> bool {
        match name.as_str().expect("text") {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            "integer" => value.is_u64() || value.is_i64(),
            "number" => value.is_number(),
            other => panic!("the validator does not know {other}"),
        }
    }
}
