//! Answers become values: what the host tells of an operation resolves or rejects the script's promise.

use crate::sim::program::{Answer, Entry, ListedKey, ValueKind};
use crate::worker::flight::{Pending, Wanted, WantedValue, WantedValues};
use crate::worker::host::buffer;
use crate::worker::host::http::raw_response;
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

/// The two ends of a script's promise.
struct Ends<'js> {
    resolve: Function<'js>,
    reject: Function<'js>,
}

/// Settles the promise of an operation.
pub(super) fn settle(
    ctx: &Ctx<'_>,
    receivers: &Receivers,
    pending: Pending,
    answer: &Answer<'_>,
    is_enforced: bool,
) -> Result<()> {
    let ends = Ends {
        resolve: pending.resolve.restore(ctx)?,
        reject: pending.reject.restore(ctx)?,
    };
    let wanted = pending.wanted;
    match answer {
        Answer::Rejected => return fail(ctx, receivers, ends, &wanted, 429, "Too Many Requests"),
        Answer::Failed { status, reason } => {
            return fail(ctx, receivers, ends, &wanted, *status, reason);
        }
        _ => {}
    }
    match (wanted, answer) {
        (Wanted::Put | Wanted::Delete, Answer::Done) => ends.resolve.call(()),
        (
            Wanted::Value(wanted),
            Answer::Value {
                entry,
                cache_status,
            },
        ) => {
            let entry = entry.as_ref();
            settle_value(ctx, receivers, ends, wanted, entry, *cache_status)
        }
        (Wanted::Values(wanted), Answer::Values(entries)) => {
            settle_values(ctx, receivers, ends, &wanted, entries, is_enforced)
        }
        (
            Wanted::List,
            Answer::Listed {
                keys,
                cursor,
                cache_status,
            },
        ) => settle_list(ctx, receivers, ends, keys, *cursor, *cache_status),
        (
            Wanted::Response,
            Answer::OriginResponse {
                status,
                headers,
                body,
            },
        ) => {
            let lower =
                |(name, value): &(&str, &str)| (name.to_ascii_lowercase(), (*value).to_owned());
            let headers: Vec<(String, String)> = headers.iter().map(lower).collect();
            let raw = raw_response(ctx, *status, &headers, body)?;
            ends.resolve.call((raw,))
        }
        (wanted, answer) => panic!("the answer fits what was asked: {answer:?} to {wanted:?}"),
    }
}

fn settle_value<'js>(
    ctx: &Ctx<'js>,
    receivers: &Receivers,
    ends: Ends<'js>,
    wanted: WantedValue,
    entry: Option<&Entry<'_>>,
    cache_status: Option<&str>,
) -> Result<()> {
    let WantedValue {
        kind,
        with_metadata,
    } = wanted;
    let raw = raw_value(ctx, kind, entry)?;
    if kind == ValueKind::Text && !with_metadata {
        return ends.resolve.call((raw,));
    }
    let receive = receivers.value.clone().restore(ctx)?;
    let metadata = entry.and_then(|entry| entry.metadata);
    let Ends { resolve, reject } = ends;
    let kind = kind_number(kind);
    receive.call((
        resolve,
        reject,
        kind,
        raw,
        metadata,
        with_metadata,
        cache_status,
    ))
}

fn settle_values<'js>(
    ctx: &Ctx<'js>,
    receivers: &Receivers,
    ends: Ends<'js>,
    wanted: &WantedValues,
    entries: &[Option<Entry<'_>>],
    is_enforced: bool,
) -> Result<()> {
    let WantedValues {
        keys,
        is_json,
        with_metadata,
    } = wanted;
    assert_eq!(keys.len(), entries.len(), "there is an answer to each key");
    let receive = receivers.values.clone().restore(ctx)?;
    let texts = Array::new(ctx.clone())?;
    for (at, entry) in entries.iter().enumerate() {
        texts.set(at, optional_text(ctx, entry.as_ref())?)?;
    }
    let metadata =
        |entry: &Option<Entry<'_>>| entry.and_then(|entry| entry.metadata.map(str::to_owned));
    let metadata = with_metadata
        .then(|| list(ctx, entries, metadata))
        .transpose()?;
    let keys = list(ctx, keys, String::as_str)?;
    let Ends { resolve, reject } = ends;
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

fn settle_list<'js>(
    ctx: &Ctx<'js>,
    receivers: &Receivers,
    ends: Ends<'js>,
    keys: &[ListedKey<'_>],
    cursor: Option<&str>,
    cache_status: Option<&str>,
) -> Result<()> {
    let receive = receivers.list.clone().restore(ctx)?;
    let names = list(ctx, keys, |key| key.name)?;
    let expirations = list(ctx, keys, |key| key.expiration_s)?;
    let metadata = list(ctx, keys, |key| key.metadata)?;
    let Ends { resolve, reject } = ends;
    receive.call((
        resolve,
        reject,
        names,
        expirations,
        metadata,
        cursor,
        cache_status,
    ))
}

fn fail<'js>(
    ctx: &Ctx<'js>,
    receivers: &Receivers,
    ends: Ends<'js>,
    wanted: &Wanted,
    status: u16,
    reason: &str,
) -> Result<()> {
    let message = match wanted {
        Wanted::Response => reason.to_owned(),
        _ => format!("KV {} failed: {status} {reason}", wanted.method()),
    };
    let receive = receivers.failure.clone().restore(ctx)?;
    receive.call((ends.reject, message))
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
