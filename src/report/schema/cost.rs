//! The schema of what a report says about money.

use super::{described, integer, number, object, reference};
use crate::pricing::DAYS_BILLED;
use serde_json::{Value, json};

/// When a quota runs out; null if it lasts.
pub(super) fn moment() -> Value {
    let mut moment = object(&[
        (
            "day",
            integer("From 1, the day on which the measured time begins."),
        ),
        (
            "hour",
            json!({"description": "UTC.", "type": "integer", "minimum": 0, "maximum": 23}),
        ),
    ]);
    moment["type"] = json!(["object", "null"]);
    moment
}

/// What a month of the traffic costs.
pub(super) fn cost() -> Value {
    let billed = object(&[
        (
            "reads",
            integer("Keys read: hits, misses and missing keys."),
        ),
        ("writes", integer("Accepted puts.")),
        ("deletes", integer("Accepted deletes.")),
        ("lists", integer("Pages of lists.")),
        ("storage_gb", number("Gigabytes (10^9 bytes) stored.")),
    ]);
    let line = object(&[
        (
            "item",
            json!({"enum": ["plan", "reads", "writes", "deletes", "lists", "storage_gb"]}),
        ),
        ("units", number("How much is used.")),
        ("included", number("How much of it is included.")),
        ("usd", number("The exact price of the rest.")),
        (
            "usd_rounded_up",
            number("The price of the rest rounded up to whole millions, or whole gigabytes."),
        ),
    ]);
    let items = ["reads", "writes", "deletes", "lists", "storage"];
    let free = object(&[
        ("usd", json!({"const": 0})),
        (
            "exhausted",
            described(
                "When each quota of the free plan runs out first; null if it lasts.",
                object(&items.map(|item| (item, reference("moment")))),
            ),
        ),
    ]);
    let paid = object(&[
        ("usd", number("The exact sum.")),
        (
            "usd_rounded_up",
            number("The sum with each item rounded up."),
        ),
        ("lines", json!({"type": "array", "items": line})),
    ]);
    object(&[
        ("plan", json!({"enum": ["free", "paid"]})),
        ("scaled_to_days", json!({"const": DAYS_BILLED})),
        (
            "billed",
            described("At the mean traffic of the runs.", billed),
        ),
        ("free", free),
        ("paid", paid),
    ])
}
