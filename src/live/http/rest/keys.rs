//! Pages of a namespace's keys in the REST API.

use super::answer::{self, Fault};
use super::call::Call;
use super::metadata;
use crate::live::limits;
use crate::live::session::{Ask, Outcome};
use crate::scenario::bounds;
use crate::sim::cell::Listed;
use axum::response::Response;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

/// The smallest page that the platform gives here.
const PAGE_MIN: i64 = 10;

const OPERATION: &str = "list keys";

/// A key as clients see it. Unlike in the binding's protocol, its metadata are what they are, not a text.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a RawValue>,
}

impl<'a> From<&'a Listed> for Shown<'a> {
    fn from(key: &'a Listed) -> Self {
        Shown {
            name: &key.name,
            expiration: key.expiration_s,
            metadata: metadata::shown(key.metadata.as_deref()),
        }
    }
}

/// A page of keys.
pub async fn list(call: &Call<'_>, id: &str) -> Result<Response, Fault> {
    let refused = |refusal| Fault::refused(OPERATION, answer::BAD_REQUEST, &refusal);
    let namespace = call.namespace(OPERATION, id)?;
    let limit = call.number(OPERATION, "limit", answer::BAD_REQUEST)?;
    let limit = limit.unwrap_or(i64::from(bounds::PAGE_MAX));
    let limit = limits::page("limit", limit)
        .map_err(refused)
        .and_then(|page| match limit < PAGE_MIN && call.enforces_limits() {
            true => {
                let reason = format!(
                    "Invalid limit of {limit}. Please specify an integer of at least {PAGE_MIN}."
                );
                Err(Fault::bad(OPERATION, reason))
            }
            false => Ok(page),
        })?;
    let prefix = call.parameter("prefix").unwrap_or_default().into_owned();
    limits::length(&prefix).map_err(refused)?;
    let cursor = call.parameter("cursor");
    let cursor = cursor.filter(|cursor| !cursor.is_empty());
    let ask = Ask::List {
        prefix,
        limit,
        cursor: cursor.map(|cursor| cursor.into_owned()),
    };
    let outcome = call.ask(OPERATION, namespace, vec![ask]).await?.pop();
    let Some(Outcome::Page { keys, cursor }) = outcome else {
        return Err(Fault::bad(OPERATION, "Invalid cursor"));
    };
    let shown: Vec<Shown<'_>> = keys.iter().map(Shown::from).collect();
    // An empty cursor ends a list.
    let info = json!({ "count": shown.len(), "cursor": cursor.unwrap_or_default() });
    Ok(answer::page(&shown, info))
}
