//! Answers become values: what the host tells of an operation resolves or rejects the script's promise.

use crate::worker::flight::{Pending, Wanted};
use crate::worker::host::buffer;
use crate::worker::host::http::raw_response;
use crate::worker::message::{Answer, Entry, ListedKey, ValueKind};
use rquickjs::{
    Array, Ctx, Function, IntoJs, Object, Persistent, Result, String as JsString, Value,
};

/// The prelude's functions that take answers.
pub(super) struct Receivers {
    value: Persistent<Function<'static>>,
    values: Persistent<Function<'static>>,
    list: Persistent<Function<'static>>,
    failure: Persistent<Function<'static>>,
}

impl Receivers {
    pub(super) fn of(prelude: &Object<'_>) -> Result<Receivers> {
        Ok(Receivers {
            value: prelude.get("gotValue")?,
            values: prelude.get("gotValues")?,
            list: prelude.get("gotList")?,
            failure: prelude.get("gotFailure")?,
        })
    }
}

/// Settles the promise of an operation.
pub(super) fn settle<'js>(
    ctx: &Ctx<'js>,
    receivers: &Receivers,
    pending: Pending,
    answer: &Answer<'_>,
    is_enforced: bool,
) -> Result<()> {
    let resolve = pending.resolve.restore(ctx)?;
    let reject = pending.reject.restore(ctx)?;
    match (&pending.wanted, answer) {
        (Wanted::Put | Wanted::Delete, Answer::Done) => resolve.call(()),
        (
            Wanted::Value {
                kind: ValueKind::Text,
                with_metadata: false,
            },
            Answer::Value { entry, .. },
        ) => resolve.call((optional_text(ctx, entry.as_ref())?,)),
        (
            Wanted::Value {
                kind,
                with_metadata,
            },
            Answer::Value {
                entry,
                cache_status,
            },
        ) => {
            let receive = receivers.value.clone().restore(ctx)?;
            let raw = raw_value(ctx, *kind, entry.as_ref())?;
            let metadata = entry.and_then(|entry| entry.metadata);
            receive.call((
                resolve,
                reject,
                kind_number(*kind),
                raw,
                metadata,
                *with_metadata,
                *cache_status,
            ))
        }
        (
            Wanted::Values {
                keys,
                is_json,
                with_metadata,
            },
            Answer::Values(entries),
        ) => {
            assert_eq!(keys.len(), entries.len(), "there is an answer to each key");
            let receive = receivers.values.clone().restore(ctx)?;
            let texts = texts(ctx, entries)?;
            let metadata = |entry: &'_ Option<Entry<'_>>| {
                entry.and_then(|entry| entry.metadata.map(str::to_owned))
            };
            let metadata = with_metadata
                .then(|| list(ctx, entries, metadata))
                .transpose()?;
            let keys = list(ctx, keys, String::as_str)?;
            receive.call((
                resolve,
                reject,
                keys,
                texts,
                metadata,
                *is_json,
                is_enforced,
            ))
        }
        (
            Wanted::List,
            Answer::Listed {
                keys,
                cursor,
                cache_status,
            },
        ) => {
            let receive = receivers.list.clone().restore(ctx)?;
            let (names, expirations, metadata) = listed(ctx, keys)?;
            receive.call((
                resolve,
                reject,
                names,
                expirations,
                metadata,
                *cursor,
                *cache_status,
            ))
        }
        (
            Wanted::Response,
            Answer::OriginResponse {
                status,
                headers,
                body,
            },
        ) => {
            let headers: Vec<(String, &str)> = headers
                .iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), *value))
                .collect();
            let headers: Vec<(&str, &str)> = headers
                .iter()
                .map(|(name, value)| (name.as_str(), *value))
                .collect();
            resolve.call((raw_response(ctx, *status, &headers, body)?,))
        }
        (wanted, Answer::Rejected) => {
            fail(ctx, receivers, reject, wanted, 429, "Too Many Requests")
        }
        (wanted, Answer::Failed { status, reason }) => {
            fail(ctx, receivers, reject, wanted, *status, reason)
        }
        (wanted, answer) => panic!("the answer fits what was asked: {answer:?} to {wanted:?}"),
    }
}

fn fail<'js>(
    ctx: &Ctx<'js>,
    receivers: &Receivers,
    reject: Function<'js>,
    wanted: &Wanted,
    status: u16,
    reason: &str,
) -> Result<()> {
    let message = match wanted {
        Wanted::Response => reason.to_owned(),
        _ => format!("KV {} failed: {status} {reason}", wanted.method()),
    };
    let receive = receivers.failure.clone().restore(ctx)?;
    receive.call((reject, message))
}

/// The prelude's numbers for the kinds of values.
fn kind_number(kind: ValueKind) -> u8 {
    match kind {
        ValueKind::Text => 0,
        ValueKind::Json => 1,
        ValueKind::Bytes => 2,
        ValueKind::Stream => 3,
        ValueKind::Unknown => 4,
    }
}

fn js_text<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Value<'js>> {
    let text = String::from_utf8_lossy(bytes);
    Ok(JsString::from_str(ctx.clone(), &text)?.into_value())
}

fn optional_text<'js>(ctx: &Ctx<'js>, entry: Option<&Entry<'_>>) -> Result<Value<'js>> {
    entry.map_or_else(
        || Ok(Value::new_null(ctx.clone())),
        |entry| js_text(ctx, entry.value),
    )
}

fn raw_value<'js>(
    ctx: &Ctx<'js>,
    kind: ValueKind,
    entry: Option<&Entry<'_>>,
) -> Result<Value<'js>> {
    match (kind, entry) {
        (ValueKind::Bytes | ValueKind::Stream, Some(entry)) => {
            Ok(buffer(ctx, entry.value)?.into_value())
        }
        _ => optional_text(ctx, entry),
    }
}

fn texts<'js>(ctx: &Ctx<'js>, entries: &[Option<Entry<'_>>]) -> Result<Array<'js>> {
    let texts = Array::new(ctx.clone())?;
    for (at, entry) in entries.iter().enumerate() {
        texts.set(at, optional_text(ctx, entry.as_ref())?)?;
    }
    Ok(texts)
}

/// An array of what `part` makes of each item.
fn list<'js, 'a, T, V: IntoJs<'js>>(
    ctx: &Ctx<'js>,
    items: &'a [T],
    part: impl Fn(&'a T) -> V,
) -> Result<Array<'js>> {
    let array = Array::new(ctx.clone())?;
    for (at, item) in items.iter().enumerate() {
        array.set(at, part(item))?;
    }
    Ok(array)
}

type Columns<'js> = (Array<'js>, Array<'js>, Array<'js>);

fn listed<'js>(ctx: &Ctx<'js>, keys: &[ListedKey<'_>]) -> Result<Columns<'js>> {
    Ok((
        list(ctx, keys, |key| key.name)?,
        list(ctx, keys, |key| key.expiration_s)?,
        list(ctx, keys, |key| key.metadata)?,
    ))
}
