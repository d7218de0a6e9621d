//! Several keys at once in the REST API: what of them the store accepts, and what it holds.

mod pairs;

use super::answer::{self, Fault};
use super::call::Call;
use super::metadata;
use crate::live::limits;
use crate::live::session::{Ask, Outcome};
use crate::scenario::{DEFAULT_CACHE_TTL, NamespaceIndex};
use crate::sim::cell::Found;
use axum::response::Response;
use serde::Deserialize;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Most bytes of a body that writes.
const WRITE_BODY_MAX: u64 = 100 << 20;

/// Most bytes of a body that reads: keys' names, escaped at worst.
const READ_BODY_MAX: u64 = 1 << 20;

/// Stores several values.
pub async fn put(call: &Call<'_>, id: &str) -> Result<Response, Fault> {
    let operation = "bulk put";
    let namespace = call.namespace(operation, id)?;
    let mut lease = call.app.session.budget.lease();
    let body = call.read(operation, WRITE_BODY_MAX, &mut lease).await?;
    let terms = pairs::Terms {
        budget: call.app.session.budget.clone(),
        date_s: call.app.session.date_s(),
        enforces_limits: call.enforces_limits(),
    };
    // So much text takes a while, for which others need not wait.
    let asks = tokio::task::spawn_blocking(move || {
        let asks = pairs::puts(operation, &body, &terms);
        drop((body, lease));
        asks
    });
    let asks = asks.await.map_err(|_| crate::live::session::Over)??;
    write(call, operation, namespace, asks).await
}

/// Deletes several keys.
pub async fn delete(call: &Call<'_>, id: &str) -> Result<Response, Fault> {
    let operation = "bulk delete";
    let namespace = call.namespace(operation, id)?;
    let mut lease = call.app.session.budget.lease();
    let body = call.read(operation, WRITE_BODY_MAX, &mut lease).await?;
    let asks = pairs::deletes(operation, &body)?;
    write(call, operation, namespace, asks).await
}

/// Writes, and tells what of it the store accepted: not a second write of a key at once.
async fn write(
    call: &Call<'_>,
    operation: &str,
    namespace: NamespaceIndex,
    asks: Vec<Ask>,
) -> Result<Response, Fault> {
    let names = asks.iter().map(|ask| match ask {
        Ask::Put { name, .. } | Ask::Delete { name } => name.clone(),
        Ask::Get { .. } | Ask::List { .. } => unreachable!("nothing is read"),
    });
    let names: Vec<String> = names.collect();
    let outcomes = call.ask_each(namespace, asks).await?;
    let no_memory = |outcome| matches!(outcome, &Outcome::NoMemory);
    if !outcomes.is_empty() && outcomes.iter().all(no_memory) {
        return Err(call.no_memory(operation));
    }
    let written = names.iter().zip(&outcomes);
    let rejected = written.filter(|(_, outcome)| {
        let is_accepted = matches!(outcome, Outcome::Written { version: Some(_) });
        !is_accepted
    });
    let rejected: Vec<&String> = rejected.map(|(name, _)| name).collect();
    Ok(answer::success(&json!({
        "successful_key_count": names.len() - rejected.len(),
        "unsuccessful_keys": rejected,
    })))
}

/// Which keys are to be read, and how.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    keys: Vec<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    with_metadata: Option<bool>,
}

/// Reads several keys.
pub async fn get(call: &Call<'_>, id: &str) -> Result<Response, Fault> {
    let operation = "bulk get";
    let namespace = call.namespace(operation, id)?;
    let mut lease = call.app.session.budget.lease();
    let body = call.read(operation, READ_BODY_MAX, &mut lease).await?;
    let wanted: Wanted =
        serde_json::from_slice(&body).map_err(|error| Fault::bad(operation, error))?;
    let as_json = match wanted.kind.as_deref() {
        None | Some("text") => false,
        Some("json") => true,
        Some(other) => {
            let reason = format!("\"{other}\" is not a valid type. Use \"json\" or \"text\"");
            return Err(Fault::bad(operation, reason));
        }
    };
    let names = names(operation, wanted.keys)?;
    let asks = names.iter().map(|name| Ask::Get {
        name: name.clone(),
        cache_ttl: DEFAULT_CACHE_TTL,
    });
    let outcomes = call.ask(operation, namespace, asks.collect()).await?;
    let found = outcomes.into_iter().map(|outcome| match outcome {
        Outcome::Value(found, _) => found,
        _ => unreachable!("a read is answered by a value"),
    });
    let found: Vec<Found> = found.collect();
    let entries = found.iter().filter_map(|found| found.entry.as_ref());
    let length = entries.map(|entry| entry.value.len()).sum();
    if length > limits::ANSWER_MAX {
        let reason = "Total size of request exceeds the limit of 25MB";
        let refusal = limits::refuse(413, reason);
        return Err(Fault::refused(operation, answer::BAD_REQUEST, &refusal));
    }
    let with_metadata = wanted.with_metadata.unwrap_or(false);
    let mut values = Vec::with_capacity(found.len());
    for (name, found) in names.iter().zip(&found) {
        let shown = shown(found, as_json, with_metadata);
        let shown = shown.map_err(|reason| Fault::bad(operation, reason))?;
        values.push((name.as_str(), shown));
    }
    let values = Values(&values);
    Ok(answer::long(&Valued { values }, length))
}

/// The names that are to be read, each once.
fn names(operation: &str, keys: Vec<String>) -> Result<Vec<String>, Fault> {
    if keys.len() > limits::KEYS_AT_ONCE_MAX {
        return Err(Fault::bad(
            operation,
            "You can request a maximum of 100 keys",
        ));
    }
    if keys.is_empty() {
        let message = format!("{operation}: 'You must request a minimum of 1 key'");
        return Err(Fault::new(400, answer::NO_KEYS, message));
    }
    let mut names = Vec::with_capacity(keys.len());
    for name in keys {
        limits::key(&name)
            .map_err(|refusal| Fault::refused(operation, answer::BAD_REQUEST, &refusal))?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// The values of several keys.
#[derive(serde::Serialize)]
struct Valued<'a> {
    values: Values<'a>,
}

/// By key; they are written from where they lie.
struct Values<'a>(&'a [(&'a str, Option<Shown<'a>>)]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, shown) in self.0 {
            map.serialize_entry(name, shown)?;
        }
        map.end()
    }
}

/// A value as a client sees it.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Shown<'a> {
    Alone(Content<'a>),
    WithMetadata {
        value: Content<'a>,
        metadata: Option<&'a RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        expiration: Option<i64>,
    },
}

/// What a value is: a text, or JSON.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(Cow<'a, str>),
    Json(&'a RawValue),
}

fn shown(
    found: &Found,
    as_json: bool,
    with_metadata: bool,
) -> Result<Option<Shown<'_>>, &'static str> {
    let Some(entry) = &found.entry else {
        return Ok(None);
    };
    let value =
        match as_json {
            false => Content::Text(String::from_utf8_lossy(&entry.value)),
            true => Content::Json(serde_json::from_slice(&entry.value).map_err(
                |_| "At least one of the requested keys corresponds to a non-json value",
            )?),
        };
    Ok(Some(match with_metadata {
        false => Shown::Alone(value),
        true => Shown::WithMetadata {
            value,
            metadata: metadata::shown(entry.metadata.as_deref()),
            expiration: found.expiration_s,
        },
    }))
}
