//! The protocol that the KV binding of a Worker speaks to what is behind it, at one PoP and for one namespace.
//!
//! As recorded from `workerd`; paths are one percent-encoded segment and are never normalised.

use super::body::{self, Read};
use super::reply;
use crate::live::budget::Lease;
use crate::live::census::ReadSeen;
use crate::live::limits::{self, Refusal, refuse};
use crate::live::session::{Ask, Outcome, Over, Place, Session};
use crate::scenario::{DEFAULT_CACHE_TTL, NamespaceIndex, PopIndex};
use crate::sim::cell::Found;
use crate::sim::value::Entry;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hyper::header::HeaderValue;
use hyper::{Method, Request, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Headers of the protocol.
const METADATA: &str = "cf-kv-metadata";
const CACHE_STATUS: &str = "cf-cache-status";
const EXPIRATION: &str = "cf-expiration";

/// A header of our own, which `workerd` passes over: what kvlag knows of a read beside its value.
const READ: &str = "x-kvlag-read";
/// Likewise of a put or delete.
const WRITE: &str = "x-kvlag-write";

/// Largest body of a read of several keys: their names, escaped at worst.
const BULK_BODY_MAX: u64 = 1 << 20;

/// Who asks whom.
pub struct Binding<'s> {
    /// The session.
    pub session: &'s Session,
    /// At this PoP.
    pub pop: PopIndex,
    /// In this namespace.
    pub namespace: NamespaceIndex,
    /// Whether the platform's limits are enforced.
    pub enforces_limits: bool,
}

/// What a query may say.
#[derive(Default)]
struct Query {
    is_encoded: bool,
    cache_ttl: Option<i64>,
    expiration: Option<i64>,
    expiration_ttl: Option<i64>,
    limit: Option<i64>,
    prefix: String,
    cursor: Option<String>,
}

/// The body of a read of several keys.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bulk {
    keys: Vec<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    with_metadata: bool,
    cache_ttl: Option<Seconds>,
}

/// Seconds, as a number or as the text that `workerd` sends.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(i64),
    Text(String),
}

/// Why there is no answer as asked.
enum Fault {
    Refused(Refusal),
    /// The client cannot be waited for.
    Broken,
    Over,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Fault::Refused(refusal)
    }
}

impl From<Over> for Fault {
    fn from(Over: Over) -> Self {
        Fault::Over
    }
}

impl Binding<'_> {
    /// Answers a request.
    pub async fn answer(&self, request: Request<Body>) -> Response {
        match self.answer_or_fault(request).await {
            Ok(response) => response,
            Err(Fault::Refused(refusal)) => reply::refusal(&refusal),
            Err(Fault::Broken) => reply::refusal(&refuse(408, "Request Timeout")),
            Err(Fault::Over) => reply::refusal(&refuse(503, "kvlag is shutting down")),
        }
    }

    async fn answer_or_fault(&self, request: Request<Body>) -> Result<Response, Fault> {
        let path = request.uri().path();
        let segment = path.strip_prefix('/').unwrap_or(path);
        let query = Query::read(request.uri().query().unwrap_or_default());
        let (method, is_bulk) = (request.method().clone(), segment == "bulk/get");
        if segment.is_empty() && method == Method::GET {
            return self.list(query?).await;
        }
        if is_bulk && method == Method::POST {
            return self.get_many(request).await;
        }
        // A refusal too is heard only when the body has been read.
        let name = query
            .as_ref()
            .map(|query| key_name(segment, query.is_encoded));
        match method {
            Method::GET => {
                let (name, query) = (name.map_err(Clone::clone)?, query?);
                limits::key(&name)?;
                self.get(name, query).await
            }
            Method::PUT => {
                let name = name.map_err(Clone::clone);
                self.put(name, query, request).await
            }
            Method::DELETE => {
                let name = name.map_err(Clone::clone)?;
                limits::key(&name)?;
                let outcome = self.ask(Ask::Delete { name }).await?;
                written(&outcome)
            }
            _ => Err(refuse(405, "Method Not Allowed").into()),
        }
    }

    async fn ask(&self, ask: Ask) -> Result<Outcome, Fault> {
        let outcomes = self.ask_all(vec![ask]).await?;
        Ok(outcomes.into_iter().next().ok_or(Over)?)
    }

    async fn ask_all(&self, asks: Vec<Ask>) -> Result<Vec<Outcome>, Fault> {
        let place = Place::Pop(self.pop);
        let outcomes = self.session.ask(place, self.namespace, asks).await?;
        if outcomes
            .iter()
            .any(|outcome| matches!(outcome, Outcome::NoMemory))
        {
            return Err(self.no_memory());
        }
        Ok(outcomes)
    }

    async fn get(&self, name: String, query: Query) -> Result<Response, Fault> {
        let cache_ttl = match query.cache_ttl {
            Some(seconds) => limits::cache_ttl(seconds, self.enforces_limits)?,
            None => DEFAULT_CACHE_TTL,
        };
        let outcome = self.ask(Ask::Get { name, cache_ttl }).await?;
        let Outcome::Value(found, seen) = outcome else {
            unreachable!("a read is answered by a value");
        };
        Ok(value(found, seen))
    }

    async fn put(
        &self,
        name: Result<String, Refusal>,
        query: Result<Query, Refusal>,
        request: Request<Body>,
    ) -> Result<Response, Fault> {
        let metadata = request.headers().get(METADATA);
        let metadata = metadata.map(|header| header.as_bytes().to_vec());
        let mut lease = self.session.budget.lease();
        let read = body::read(request.into_body(), limits::VALUE_MAX, &mut lease).await;
        let (name, query) = (name?, query?);
        limits::key(&name)?;
        let expiry = limits::expiry(
            query.expiration_ttl,
            query.expiration,
            self.session.date_s(),
            self.enforces_limits,
        )?;
        let value = self.whole(read)?;
        let metadata = metadata.filter(|metadata| !metadata.is_empty());
        let metadata = metadata.map(String::from_utf8).transpose();
        let metadata = metadata.map_err(|_| refuse(400, "Metadata must be valid JSON."))?;
        if let Some(metadata) = &metadata {
            limits::metadata(metadata)?;
        }
        // It may have been removed while its value was on its way.
        if !self.session.namespaces().has(self.namespace) {
            return Err(refuse(404, "Namespace not found").into());
        }
        let entry = Entry {
            value: value.into(),
            metadata,
        };
        let ask = Ask::Put {
            name,
            entry,
            expiry,
            lease,
        };
        written(&self.ask(ask).await?)
    }

    fn whole(&self, read: Read) -> Result<Vec<u8>, Fault> {
        match read {
            Read::Whole(bytes) => Ok(bytes),
            Read::TooLong(length) => {
                limits::value(length)?;
                Err(refuse(413, "Payload Too Large").into())
            }
            Read::NoMemory => Err(self.no_memory()),
            Read::Malformed => Err(refuse(400, "Bad Request").into()),
            Read::Broken => Err(Fault::Broken),
        }
    }

    async fn list(&self, query: Query) -> Result<Response, Fault> {
        let limit = query
            .limit
            .map_or(Ok(1000), |limit| limits::page("key_count_limit", limit))?;
        limits::length(&query.prefix)?;
        let ask = Ask::List {
            prefix: query.prefix,
            limit,
            cursor: query.cursor,
        };
        let (keys, cursor) = match self.ask(ask).await? {
            Outcome::Page { keys, cursor } => (keys, cursor),
            _ => return Err(refuse(400, "Invalid cursor").into()),
        };
        let keys = keys.into_iter().map(|key| {
            let mut listed = Map::new();
            listed.insert("name".to_owned(), key.name.into());
            if let Some(expiration_s) = key.expiration_s {
                listed.insert("expiration".to_owned(), expiration_s.into());
            }
            // As JSON within JSON: what is not a text, `workerd` would hand on as it is, and texts it would parse.
            if let Some(metadata) = key.metadata {
                listed.insert("metadata".to_owned(), metadata.into());
            }
            Value::Object(listed)
        });
        let mut page = Map::new();
        page.insert("keys".to_owned(), keys.collect());
        page.insert("list_complete".to_owned(), cursor.is_none().into());
        if let Some(cursor) = cursor {
            page.insert("cursor".to_owned(), cursor.into());
        }
        self.json(&Value::Object(page), self.session.budget.lease())
    }

    /// An answer in JSON, which takes memory until its client has it.
    fn json(&self, value: &Value, lease: Lease) -> Result<Response, Fault> {
        let response = reply::leased_json(value, lease);
        response.ok_or_else(|| self.no_memory())
    }

    fn no_memory(&self) -> Fault {
        limits::no_memory(self.session.budget.max()).into()
    }

    async fn get_many(&self, request: Request<Body>) -> Result<Response, Fault> {
        let mut lease = self.session.budget.lease();
        let read = body::read(request.into_body(), BULK_BODY_MAX, &mut lease).await;
        let body = self.whole(read)?;
        let bulk: Bulk = serde_json::from_slice(&body)
            .map_err(|error| refuse(400, format!("Invalid request body: {error}")))?;
        let as_json = match bulk.kind.as_deref() {
            None | Some("text") => false,
            Some("json") => true,
            Some(other) => {
                let reason = format!("\"{other}\" is not a valid type. Use \"json\" or \"text\"");
                return Err(refuse(400, reason).into());
            }
        };
        if bulk.keys.len() > limits::KEYS_AT_ONCE_MAX {
            return Err(refuse(400, "You can request a maximum of 100 keys").into());
        }
        if bulk.keys.is_empty() {
            return Err(refuse(400, "You must request a minimum of 1 key").into());
        }
        bulk.keys.iter().try_for_each(|name| limits::key(name))?;
        let cache_ttl = match &bulk.cache_ttl {
            None => DEFAULT_CACHE_TTL,
            Some(seconds) => limits::cache_ttl(seconds.value()?, self.enforces_limits)?,
        };
        let asks = bulk.keys.iter().map(|name| Ask::Get {
            name: name.clone(),
            cache_ttl,
        });
        let outcomes = self.ask_all(asks.collect()).await?;
        let found = outcomes.into_iter().map(|outcome| match outcome {
            Outcome::Value(found, _) => found,
            _ => unreachable!("a read is answered by a value"),
        });
        let found: Vec<Found> = found.collect();
        let entries = found.iter().filter_map(|found| found.entry.as_ref());
        let length: usize = entries.map(|entry| entry.value.len()).sum();
        if length > limits::ANSWER_MAX {
            let reason = "Total size of request exceeds the limit of 25MB";
            return Err(refuse(413, reason).into());
        }
        if !lease.take(length as u64) {
            return Err(self.no_memory());
        }
        let values = bulk_answer(&bulk, found, as_json)?;
        self.json(&Value::Object(values), lease)
    }
}

/// What a read of several keys answers.
fn bulk_answer(
    bulk: &Bulk,
    found: Vec<Found>,
    as_json: bool,
) -> Result<Map<String, Value>, Refusal> {
    let mut values = Map::new();
    for (name, found) in bulk.keys.iter().zip(found) {
        let Some(entry) = found.entry else {
            values.insert(name.clone(), Value::Null);
            continue;
        };
        let value = match as_json {
            false => String::from_utf8_lossy(&entry.value).into_owned().into(),
            true => serde_json::from_slice(&entry.value).map_err(|_| {
                let reason = "At least one of the requested keys corresponds to a non-json value";
                refuse(400, reason)
            })?,
        };
        let value = match bulk.with_metadata {
            false => value,
            true => {
                let metadata = entry.metadata.as_deref().map(serde_json::from_str::<Value>);
                let metadata = metadata.and_then(Result::ok).unwrap_or(Value::Null);
                json!({ "value": value, "metadata": metadata })
            }
        };
        values.insert(name.clone(), value);
    }
    Ok(values)
}

impl Seconds {
    fn value(&self) -> Result<i64, Refusal> {
        match self {
            Seconds::Number(number) => Ok(*number),
            Seconds::Text(text) => text
                .parse()
                .map_err(|_| refuse(400, format!("Invalid cache_ttl of {text}."))),
        }
    }
}

impl Query {
    /// In a query, unlike in a path, a plus is a space.
    fn read(text: &str) -> Result<Self, Refusal> {
        let mut query = Query::default();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let number = || {
                let number = value.parse::<i64>();
                number.map_err(|_| refuse(400, format!("Invalid {name} of {value}.")))
            };
            match &*name {
                "urlencoded" => query.is_encoded = value.eq_ignore_ascii_case("true"),
                "cache_ttl" => query.cache_ttl = Some(number()?),
                "expiration" => query.expiration = Some(number()?),
                "expiration_ttl" => query.expiration_ttl = Some(number()?),
                "key_count_limit" => query.limit = Some(number()?),
                "prefix" => query.prefix = value.into_owned(),
                "cursor" => query.cursor = Some(value.into_owned()),
                _ => {}
            }
        }
        Ok(query)
    }
}

/// The key that a path names. What is no UTF-8 (half of a surrogate pair) is replaced, as everywhere on the Web.
fn key_name(segment: &str, is_encoded: bool) -> String {
    match is_encoded {
        true => percent_decode_str(segment).decode_utf8_lossy().into_owned(),
        false => segment.to_owned(),
    }
}

fn value(found: Found, seen: Option<ReadSeen>) -> Response {
    let mut response = match &found.entry {
        Some(entry) => reply::value(entry),
        None => reply::empty(StatusCode::NOT_FOUND),
    };
    let headers = response.headers_mut();
    if let Some(seen) = seen {
        let word = seen.read.status.word();
        headers.insert(CACHE_STATUS, HeaderValue::from_static(word));
        if let Ok(told) = HeaderValue::from_maybe_shared(told(&seen)) {
            headers.insert(READ, told);
        }
    }
    if let Some(entry) = &found.entry {
        if let Some(metadata) = reply::metadata(entry) {
            headers.insert(METADATA, metadata);
        }
        if let Some(expiration_s) = found.expiration_s {
            headers.insert(EXPIRATION, expiration_s.into());
        }
    }
    response
}

/// "number=15, version=1, took_s=0.001", and of a stale read ", staleness_s=50.9".
fn told(seen: &ReadSeen) -> Bytes {
    let took_s = (seen.read.end - seen.read.start).as_secs_f64();
    let mut told = format!(
        "number={}, version={}, took_s={took_s}",
        seen.number, seen.read.version
    );
    if let Some(staleness) = seen.staleness {
        told += &format!(", staleness_s={}", staleness.time.as_secs_f64());
    }
    told.into()
}

fn written(outcome: &Outcome) -> Result<Response, Fault> {
    match outcome {
        Outcome::Written {
            version: Some(version),
        } => {
            let mut response = reply::empty(StatusCode::OK);
            if let Ok(told) = HeaderValue::from_str(&format!("version={version}")) {
                response.headers_mut().insert(WRITE, told);
            }
            Ok(response)
        }
        _ => Err(limits::too_many_writes().into()),
    }
}
