//! KV operations: the platform's checks with the platform's words, then the question to the host.
//!
//! Messages and limits are those of workerd (`src/workerd/api/kv.c++`) where the runtime checks, and of miniflare
//! (`workers/kv/validator.worker.ts`, `namespace.worker.ts`) where the server does. What a server would refuse is
//! refused at once here, without the time of a round trip.

use super::arguments::{GetOptions, ListOptions, PutOptions, string};
use super::{Refusal, bytes, start};
use crate::sim::program::{Kind, KvCall, ValueKind};
use crate::worker::flight::{Shared, Wanted, WantedValue, WantedValues};
use rquickjs::{Ctx, Function, Object, Result, Value};

type Checked = std::result::Result<(Kind, Wanted), Refusal>;

const MOST_KEY_BYTES: usize = 512;
const MOST_VALUE_BYTES: usize = 25 << 20;
const MOST_METADATA_BYTES: usize = 1024;
const MOST_LISTED: i64 = 1000;
const MOST_BULK: usize = 100;
const LEAST_CACHE_TTL_S: i64 = 30;
const LEAST_EXPIRATION_S: i64 = 60;

pub(super) fn install<'js>(ctx: &Ctx<'js>, host: &Object<'js>, state: &Shared) -> Result<()> {
    install_reads(ctx, host, state)?;
    let shared = state.clone();
    // Objects are left to the prelude: nothing is given back.
    let put = move |namespace: u32, key: Value<'js>, value: Value<'js>, options: Value<'js>| {
        let ctx = key.ctx();
        if value.is_object() {
            return Ok(Value::new_undefined(ctx.clone()));
        }
        let value = string(&value)?.into_bytes();
        write(&shared, namespace, &key, value, &options)
    };
    host.set("put", Function::new(ctx.clone(), put)?)?;
    let shared = state.clone();
    let put_bytes =
        move |namespace: u32, key: Value<'js>, pieces: Value<'js>, options: Value<'js>| {
            write(&shared, namespace, &key, bytes(&pieces)?, &options)
        };
    host.set("putBytes", Function::new(ctx.clone(), put_bytes)?)?;
    let shared = state.clone();
    let delete = move |namespace: u32, key: Value<'js>| {
        let (ctx, key) = (key.ctx(), string(&key)?);
        let checked = check_key("DELETE", &key, is_enforced(&shared))
            .map(|()| (kv(namespace, KvCall::Delete { key }), Wanted::Delete));
        start(ctx, &shared, checked)
    };
    host.set("delete", Function::new(ctx.clone(), delete)?)
}

fn install_reads<'js>(ctx: &Ctx<'js>, host: &Object<'js>, state: &Shared) -> Result<()> {
    let shared = state.clone();
    let get = move |namespace: u32, key: Value<'js>, options: Value<'js>, with_metadata: bool| {
        let checked = get(
            is_enforced(&shared),
            namespace,
            &key,
            &options,
            with_metadata,
        )?;
        start(key.ctx(), &shared, checked)
    };
    host.set("get", Function::new(ctx.clone(), get)?)?;
    let shared = state.clone();
    let list = move |namespace: u32, options: Value<'js>| {
        let asked = ListOptions::of(&options)?;
        let checked = checked_list(is_enforced(&shared), namespace, asked);
        start(options.ctx(), &shared, checked)
    };
    host.set("list", Function::new(ctx.clone(), list)?)
}

/// Reads a key, or several if an array is given.
fn get(
    enforced: bool,
    namespace: u32,
    key: &Value<'_>,
    options: &Value<'_>,
    with_metadata: bool,
) -> Result<Checked> {
    let GetOptions { kind, cache_ttl_s } = GetOptions::of(options)?;
    let kind = kind.as_deref().unwrap_or("text");
    if let Some(keys) = key.as_array() {
        let keys = keys.iter::<Value>().map(|key| string(&key?));
        let keys = keys.collect::<Result<_>>()?;
        return Ok(checked_get_many(
            enforced,
            namespace,
            keys,
            kind,
            cache_ttl_s,
            with_metadata,
        ));
    }
    let call = KvCall::Get {
        key: string(key)?,
        value: value_kind(kind),
        cache_ttl_s,
        with_metadata,
    };
    Ok(checked_get(enforced, namespace, call))
}

fn write<'js>(
    state: &Shared,
    namespace: u32,
    key: &Value<'js>,
    value: Vec<u8>,
    options: &Value<'js>,
) -> Result<Value<'js>> {
    let PutOptions {
        expiration_s,
        expiration_ttl_s,
        metadata,
    } = PutOptions::of(options)?;
    let call = KvCall::Put {
        key: string(key)?,
        value,
        metadata,
        expiration_s,
        expiration_ttl_s,
    };
    start(key.ctx(), state, checked_put(state, namespace, call))
}

fn is_enforced(state: &Shared) -> bool {
    state.borrow().environment.enforce_published
}

fn kv(namespace: u32, call: KvCall) -> Kind {
    Kind::Kv { namespace, call }
}

fn value_kind(name: &str) -> ValueKind {
    match name {
        "text" => ValueKind::Text,
        "json" => ValueKind::Json,
        "arrayBuffer" => ValueKind::Bytes,
        "stream" => ValueKind::Stream,
        _ => ValueKind::Unknown,
    }
}

fn failed<T>(method: &str, status: u16, reason: &str) -> std::result::Result<T, Refusal> {
    Err(Refusal::Plain(format!(
        "KV {method} failed: {status} {reason}"
    )))
}

fn check_key(method: &str, key: &str, enforced: bool) -> std::result::Result<(), Refusal> {
    match key {
        "" => Err(Refusal::Type("Key name cannot be empty.".to_owned())),
        "." | ".." => Err(Refusal::Type(format!(
            "\"{key}\" is not allowed as a key name."
        ))),
        _ => check_key_length(method, key, enforced),
    }
}

fn check_key_length(method: &str, key: &str, enforced: bool) -> std::result::Result<(), Refusal> {
    let length = key.len();
    if enforced && length > MOST_KEY_BYTES {
        let reason = format!(
            "UTF-8 encoded length of {length} exceeds key length limit of {MOST_KEY_BYTES}."
        );
        return failed(method, 414, &reason);
    }
    Ok(())
}

fn check_cache_ttl(
    method: &str,
    ttl: Option<i64>,
    enforced: bool,
) -> std::result::Result<(), Refusal> {
    // Without limits a read may look past the cache (0), but not before its beginning.
    let least = if enforced { LEAST_CACHE_TTL_S } else { 0 };
    match ttl {
        Some(ttl) if ttl < least => {
            let reason = format!("Invalid cache_ttl of {ttl}. Cache TTL must be at least {least}.");
            failed(method, 400, &reason)
        }
        _ => Ok(()),
    }
}

fn checked_get(enforced: bool, namespace: u32, call: KvCall) -> Checked {
    let KvCall::Get {
        key,
        value,
        cache_ttl_s,
        with_metadata,
    } = &call
    else {
        unreachable!("it is called with a get");
    };
    check_key("GET", key, enforced)?;
    check_cache_ttl("GET", *cache_ttl_s, enforced)?;
    let wanted = Wanted::Value(WantedValue {
        kind: *value,
        with_metadata: *with_metadata,
    });
    Ok((kv(namespace, call), wanted))
}

fn checked_get_many(
    enforced: bool,
    namespace: u32,
    keys: Vec<String>,
    kind: &str,
    cache_ttl_s: Option<i64>,
    with_metadata: bool,
) -> Checked {
    const METHOD: &str = "GET_BULK";
    if kind != "text" && kind != "json" && !kind.is_empty() {
        let reason = format!("\"{kind}\" is not a valid type. Use \"json\" or \"text\"");
        return failed(METHOD, 400, &reason);
    }
    if enforced && keys.len() > MOST_BULK {
        return failed(
            METHOD,
            400,
            &format!("You can request a maximum of {MOST_BULK} keys"),
        );
    }
    if keys.is_empty() {
        return failed(METHOD, 400, "You must request a minimum of 1 key");
    }
    for key in &keys {
        match key.as_str() {
            "" => return failed(METHOD, 400, "Key names must not be empty"),
            "." | ".." => {
                let reason = format!("Illegal key name \"{key}\". Please use a different name.");
                return failed(METHOD, 400, &reason);
            }
            _ => check_key_length(METHOD, key, enforced)?,
        }
    }
    check_cache_ttl(METHOD, cache_ttl_s, enforced)?;
    let is_json = kind == "json";
    let call = KvCall::GetMany {
        keys: keys.clone(),
        value: if is_json {
            ValueKind::Json
        } else {
            ValueKind::Text
        },
        cache_ttl_s,
        with_metadata,
    };
    let wanted = Wanted::Values(WantedValues {
        keys,
        is_json,
        with_metadata,
    });
    Ok((kv(namespace, call), wanted))
}

fn checked_put(state: &Shared, namespace: u32, call: KvCall) -> Checked {
    let KvCall::Put {
        key,
        value,
        metadata,
        expiration_s,
        expiration_ttl_s,
    } = &call
    else {
        unreachable!("it is called with a put");
    };
    let enforced = is_enforced(state);
    check_key("PUT", key, enforced)?;
    let now_s = state.borrow().date_ms().div_euclid(1000);
    match (expiration_ttl_s, expiration_s) {
        (Some(ttl), _) => check_expiration_ttl(*ttl, enforced)?,
        (None, Some(at)) => check_expiration(*at, now_s, enforced)?,
        (None, None) => {}
    }
    let metadata_bytes = metadata.as_ref().map_or(0, String::len);
    if enforced && metadata_bytes > MOST_METADATA_BYTES {
        let reason =
            format!("Metadata length of {metadata_bytes} exceeds limit of {MOST_METADATA_BYTES}.");
        return failed("PUT", 413, &reason);
    }
    if enforced && value.len() > MOST_VALUE_BYTES {
        let reason = format!(
            "Value length of {} exceeds limit of {MOST_VALUE_BYTES}.",
            value.len()
        );
        return failed("PUT", 413, &reason);
    }
    Ok((kv(namespace, call), Wanted::Put))
}

fn check_expiration_ttl(ttl: i64, enforced: bool) -> std::result::Result<(), Refusal> {
    if ttl <= 0 {
        let reason =
            format!("Invalid expiration_ttl of {ttl}. Please specify integer greater than 0.");
        return failed("PUT", 400, &reason);
    }
    if enforced && ttl < LEAST_EXPIRATION_S {
        let least = LEAST_EXPIRATION_S;
        let reason =
            format!("Invalid expiration_ttl of {ttl}. Expiration TTL must be at least {least}.");
        return failed("PUT", 400, &reason);
    }
    Ok(())
}

fn check_expiration(at: i64, now: i64, enforced: bool) -> std::result::Result<(), Refusal> {
    if at <= now {
        let reason = format!(
            "Invalid expiration of {at}. Please specify integer greater than the current number of seconds since \
             the UNIX epoch."
        );
        return failed("PUT", 400, &reason);
    }
    if enforced && at < now + LEAST_EXPIRATION_S {
        let least = LEAST_EXPIRATION_S;
        let reason = format!(
            "Invalid expiration of {at}. Expiration times must be at least {least} seconds in the future."
        );
        return failed("PUT", 400, &reason);
    }
    Ok(())
}

fn checked_list(enforced: bool, namespace: u32, asked: ListOptions) -> Checked {
    let ListOptions {
        limit,
        prefix,
        cursor,
    } = asked;
    // The runtime does not send limits below 1: they mean none.
    let limit = limit.filter(|limit| *limit > 0).unwrap_or(MOST_LISTED);
    if enforced && limit > MOST_LISTED {
        let reason = format!(
            "Invalid key_count_limit of {limit}. Please specify an integer less than {MOST_LISTED}."
        );
        return failed("GET", 400, &reason);
    }
    if let Some(prefix) = &prefix {
        check_key_length("GET", prefix, enforced)?;
    }
    let call = KvCall::List {
        prefix,
        limit: u32::try_from(limit).unwrap_or(u32::MAX),
        cursor,
    };
    Ok((kv(namespace, call), Wanted::List))
}
