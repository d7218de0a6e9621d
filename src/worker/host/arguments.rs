//! Arguments of the KV binding's methods, made into what they mean as the platform makes them: whatever is no string
//! becomes one, whatever is no number becomes one, and fractions are cut off.

use super::text;
use rquickjs::{Coerced, Exception, FromJs, Object, Result, String as JsString, Value};

/// What a get's second argument asks for: a type alone, or an object.
pub(super) struct GetOptions {
    /// The name of the type; none where it is not given.
    pub(super) kind: Option<String>,
    pub(super) cache_ttl_s: Option<i64>,
}

impl GetOptions {
    pub(super) fn of(given: &Value<'_>) -> Result<GetOptions> {
        if given.is_undefined() || given.is_null() {
            return Ok(GetOptions {
                kind: None,
                cache_ttl_s: None,
            });
        }
        let Some(options) = given.as_object() else {
            return Ok(GetOptions {
                kind: Some(string(given)?),
                cache_ttl_s: None,
            });
        };
        let kind: Value = options.get("type")?;
        Ok(GetOptions {
            kind: is_given(&kind).then(|| string(&kind)).transpose()?,
            cache_ttl_s: int32(&options.get("cacheTtl")?)?,
        })
    }
}

/// What a put's third argument asks for.
#[derive(Default)]
pub(super) struct PutOptions {
    pub(super) expiration_s: Option<i64>,
    pub(super) expiration_ttl_s: Option<i64>,
    /// As JSON.
    pub(super) metadata: Option<String>,
}

impl PutOptions {
    pub(super) fn of(given: &Value<'_>) -> Result<PutOptions> {
        let Some(options) = given.as_object() else {
            return Ok(PutOptions::default());
        };
        let metadata: Value = options.get("metadata")?;
        let json = if is_given(&metadata) && !metadata.is_null() {
            given.ctx().json_stringify(metadata)?
        } else {
            None
        };
        Ok(PutOptions {
            expiration_s: int32(&options.get("expiration")?)?,
            expiration_ttl_s: int32(&options.get("expirationTtl")?)?,
            metadata: json.map(|json| text(&json)).transpose()?,
        })
    }
}

/// What a list's argument asks for.
#[derive(Default)]
pub(super) struct ListOptions {
    pub(super) limit: Option<i64>,
    pub(super) prefix: Option<String>,
    pub(super) cursor: Option<String>,
}

impl ListOptions {
    pub(super) fn of(given: &Value<'_>) -> Result<ListOptions> {
        let Some(options) = given.as_object() else {
            return Ok(ListOptions::default());
        };
        Ok(ListOptions {
            limit: int32(&options.get("limit")?)?,
            prefix: optional_string(options, "prefix")?,
            cursor: optional_string(options, "cursor")?,
        })
    }
}

/// A value as a string.
pub(super) fn string(value: &Value<'_>) -> Result<String> {
    match value.as_string() {
        Some(string) => text(string),
        None => text(&Coerced::<JsString>::from_js(value.ctx(), value.clone())?.0),
    }
}

fn optional_string(options: &Object<'_>, name: &str) -> Result<Option<String>> {
    let value: Value = options.get(name)?;
    let is_given = is_given(&value) && !value.is_null();
    is_given.then(|| string(&value)).transpose()
}

fn is_given(value: &Value<'_>) -> bool {
    !value.is_undefined()
}

/// A number as the platform takes one that should be a 32-bit integer.
fn int32(value: &Value<'_>) -> Result<Option<i64>> {
    if !is_given(value) {
        return Ok(None);
    }
    let ctx = value.ctx();
    let number = Coerced::<f64>::from_js(ctx, value.clone())?.0;
    if !number.is_finite() {
        let message = "The value cannot be converted because it is not an integer.";
        return Err(Exception::throw_type(ctx, message));
    }
    if !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) {
        let message = "Value out of range. Must be between -2147483648 and 2147483647 (inclusive).";
        return Err(Exception::throw_type(ctx, message));
    }
    Ok(Some(number.trunc() as i64))
}
