//! Values in the REST API: raw bytes, which metadata come with as a form of two parts.

use super::answer::{self, Fault};
use super::call::Call;
use super::{metadata, multipart};
use crate::live::budget::Lease;
use crate::live::http::reply;
use crate::live::limits;
use crate::live::session::{Ask, Expiry, Outcome};
use crate::scenario::DEFAULT_CACHE_TTL;
use crate::sim::cell::Found;
use crate::sim::value::Entry;
use axum::response::Response;
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};

/// What a form may take beside a value: metadata with white space, and what surrounds the parts.
const FORM_MAX: u64 = 64 << 10;

/// A value, as it was stored.
pub async fn get(call: &Call<'_>, id: &str, key: &str) -> Result<Response, Fault> {
    let (found, entry) = find(call, id, key).await?;
    let mut response = reply::value(&entry);
    let headers = response.headers_mut();
    let bytes = HeaderValue::from_static("application/octet-stream");
    headers.insert(CONTENT_TYPE, bytes);
    if let Some(expiration_s) = found.expiration_s {
        headers.insert("expiration", expiration_s.into());
    }
    Ok(response)
}

/// A value's metadata; `null` where there are none.
pub async fn metadata(call: &Call<'_>, id: &str, key: &str) -> Result<Response, Fault> {
    let (_, entry) = find(call, id, key).await?;
    Ok(answer::success(&metadata::shown(entry.metadata.as_deref())))
}

/// What the store holds.
async fn find(call: &Call<'_>, id: &str, key: &str) -> Result<(Found, Entry), Fault> {
    let namespace = call.namespace("get", id)?;
    let ask = Ask::Get {
        name: call.key("get", key)?,
        cache_ttl: DEFAULT_CACHE_TTL,
    };
    match call.ask("get", namespace, vec![ask]).await?.pop() {
        Some(Outcome::Value(mut found, _)) => match found.entry.take() {
            Some(entry) => Ok((found, entry)),
            None => {
                let code = answer::KEY_NOT_FOUND;
                Err(Fault::new(404, code, "get: 'key not found'"))
            }
        },
        _ => unreachable!("a read is answered by a value"),
    }
}

/// Stores a value.
pub async fn put(call: &Call<'_>, id: &str, key: &str) -> Result<Response, Fault> {
    let namespace = call.namespace("put", id)?;
    let name = call.key("put", key)?;
    let ttl = call.number("put", "expiration_ttl", answer::BAD_EXPIRATION_TTL)?;
    let at = call.number("put", "expiration", answer::BAD_EXPIRATION)?;
    let (date_s, is_enforced) = (call.app.session.date_s(), call.enforces_limits());
    let expiry = expiry("put", ttl, at, date_s, is_enforced)?;
    let mut lease = call.app.session.budget.lease();
    let entry = entry(call, &mut lease).await?;
    // It may have been removed while the value was on its way.
    call.namespace("put", id)?;
    let ask = Ask::Put {
        name,
        entry,
        expiry,
        lease,
    };
    let outcome = call.ask("put", namespace, vec![ask]).await?.pop();
    written("put", outcome.as_ref())
}

/// Deletes a value, if there is one.
pub async fn delete(call: &Call<'_>, id: &str, key: &str) -> Result<Response, Fault> {
    let namespace = call.namespace("delete", id)?;
    let name = call.key("delete", key)?;
    let ask = Ask::Delete { name };
    let outcome = call.ask("delete", namespace, vec![ask]).await?.pop();
    written("delete", outcome.as_ref())
}

/// When a value expires that is written at a date.
pub fn expiry(
    operation: &str,
    ttl: Option<i64>,
    at: Option<i64>,
    date_s: i64,
    is_enforced: bool,
) -> Result<Option<Expiry>, Fault> {
    let code = match ttl {
        Some(_) => answer::BAD_EXPIRATION_TTL,
        None => answer::BAD_EXPIRATION,
    };
    limits::expiry(ttl, at, date_s, is_enforced)
        .map_err(|refusal| Fault::refused(operation, code, &refusal))
}

/// Checks the size of a value.
pub fn check_length(operation: &str, length: u64) -> Result<(), Fault> {
    limits::value(length)
        .map_err(|refusal| Fault::refused(operation, answer::BAD_REQUEST, &refusal))
}

/// What the body gives to be stored.
async fn entry(call: &Call<'_>, lease: &mut Lease) -> Result<Entry, Fault> {
    let content_type = call.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|header| header.to_str().ok());
    let Some(boundary) = content_type.and_then(multipart::boundary) else {
        let value = call.read("put", limits::VALUE_MAX, lease).await?;
        return Ok(Entry {
            value: value.into(),
            metadata: None,
        });
    };
    let max = limits::VALUE_MAX + FORM_MAX;
    let body = Bytes::from(call.read("put", max, lease).await?);
    let form = multipart::parts(&body, &boundary).map_err(|reason| Fault::bad("put", reason))?;
    let (mut value, mut metadata) = (None, None);
    for part in form {
        match part.name.as_deref() {
            Some("value") => value = Some(part.content),
            Some("metadata") => {
                let text = std::str::from_utf8(&part.content);
                let text = text.map_err(|error| Fault::bad("put", error))?;
                metadata = metadata::kept("put", text)?;
            }
            Some(name) if name.starts_with("metadata[") => {
                let reason = format!(
                    "The part {name} is half of an object: give metadata as one part of JSON text"
                );
                return Err(Fault::new(400, answer::BAD_METADATA, reason));
            }
            _ => {}
        }
    }
    let value = value.ok_or_else(|| Fault::bad("put", "The form has no part called value"))?;
    check_length("put", value.len() as u64)?;
    // A small value does not keep the form that it came in; a large one is not copied.
    let value = match body.len() - value.len() > value.len() / 8 {
        true => Bytes::copy_from_slice(&value),
        false => value,
    };
    Ok(Entry { value, metadata })
}

fn written(operation: &str, outcome: Option<&Outcome>) -> Result<Response, Fault> {
    match outcome {
        Some(Outcome::Written { version: Some(_) }) => Ok(answer::success(&())),
        _ => {
            let refusal = limits::too_many_writes();
            Err(Fault::refused(operation, answer::BAD_REQUEST, &refusal))
        }
    }
}
