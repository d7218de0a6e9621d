//! Bodies that write several keys at once: no more of them than may be, and nothing of them copied twice.

use crate::live::budget::Budget;
use crate::live::http::rest::answer::{self, Fault};
use crate::live::http::rest::{metadata, values};
use crate::live::limits;
use crate::live::session::Ask;
use crate::sim::value::Entry;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt::{self, Formatter};
use std::marker::PhantomData;
use std::sync::Arc;

/// Most keys at once.
const KEYS_MAX: usize = 10_000;

/// What else it depends on whether values can be stored.
pub struct Terms {
    /// The memory that they take.
    pub budget: Arc<Budget>,
    /// The date, in seconds since 1970.
    pub date_s: i64,
    /// Whether the platform's limits are enforced.
    pub enforces_limits: bool,
}

/// A key and its value. Texts lie in the body, where nothing in them is escaped.
#[derive(Deserialize)]
struct Pair<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
    base64: Option<bool>,
    expiration: Option<i64>,
    expiration_ttl: Option<i64>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
}

/// As many as may be; a body has room for far more, which would take memory.
struct AtMost<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AtMost<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Taking<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Taking<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                write!(f, "a list of at most {KEYS_MAX} entries")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
                let mut taken = Vec::new();
                while let Some(entry) = list.next_element()? {
                    if taken.len() == KEYS_MAX {
                        return Err(A::Error::invalid_length(KEYS_MAX + 1, &self));
                    }
                    taken.push(entry);
                }
                Ok(taken)
            }
        }
        let taken = deserializer.deserialize_seq(Taking(PhantomData))?;
        Ok(AtMost(taken))
    }
}

/// What a body wants to be stored; all of it is checked before any of it is.
pub fn puts(operation: &str, body: &[u8], terms: &Terms) -> Result<Vec<Ask>, Fault> {
    let pairs: AtMost<Pair<'_>> = read(operation, body)?;
    pairs
        .0
        .into_iter()
        .map(|pair| put(operation, pair, terms))
        .collect()
}

/// What a body wants to be deleted.
pub fn deletes(operation: &str, body: &[u8]) -> Result<Vec<Ask>, Fault> {
    let names: AtMost<String> = read(operation, body)?;
    let deletes = names.0.into_iter().map(|name| {
        check_key(operation, &name)?;
        Ok(Ask::Delete { name })
    });
    deletes.collect()
}

fn read<'de, T: Deserialize<'de>>(operation: &str, body: &'de [u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| Fault::bad(operation, error))
}

fn check_key(operation: &str, name: &str) -> Result<(), Fault> {
    limits::key(name).map_err(|refusal| Fault::refused(operation, answer::BAD_REQUEST, &refusal))
}

fn put(operation: &str, pair: Pair<'_>, terms: &Terms) -> Result<Ask, Fault> {
    check_key(operation, &pair.key)?;
    let expiry = values::expiry(
        operation,
        pair.expiration_ttl,
        pair.expiration,
        terms.date_s,
        terms.enforces_limits,
    )?;
    let metadata = match pair.metadata {
        Some(metadata) => metadata::kept(operation, metadata.get())?,
        None => None,
    };
    // No more than this, also of what is encoded.
    let mut lease = terms.budget.lease();
    if !lease.take(pair.value.len() as u64) {
        let refusal = limits::no_memory(terms.budget.max());
        return Err(Fault::refused(operation, answer::BAD_REQUEST, &refusal));
    }
    let value = match pair.base64.unwrap_or(false) {
        false => Bytes::from(pair.value.into_owned()),
        true => Bytes::from(STANDARD.decode(&*pair.value).map_err(|error| {
            let reason = format!("The value of {} is not Base64: {error}", pair.key);
            Fault::bad(operation, reason)
        })?),
    };
    values::check_length(operation, value.len() as u64)?;
    Ok(Ask::Put {
        name: pair.key.into_owned(),
        entry: Entry { value, metadata },
        expiry,
        lease,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_keys_are_taken_than_may_be() {
        let names = |count: usize| serde_json::json!(vec!["k"; count]).to_string();
        let all = deletes("bulk delete", names(KEYS_MAX).as_bytes()).expect("so many may be");
        assert_eq!(all.len(), KEYS_MAX);
        assert!(deletes("bulk delete", names(KEYS_MAX + 1).as_bytes()).is_err());
    }

    #[test]
    fn values_are_checked_before_any_is_stored() {
        let terms = Terms {
            budget: Budget::new(1000),
            date_s: 1_800_000_000,
            enforces_limits: true,
        };
        let error = |body: &str| {
            let refused = puts("bulk put", body.as_bytes(), &terms).err();
            refused
                .map(|fault| format!("{fault:?}"))
                .unwrap_or_default()
        };
        let good = r#"{"key":"a\u0062","value":"AP8=","base64":true,"metadata":{"a": 1}}"#;
        assert_eq!(error(&format!("[{good}]")), "");
        let asks = puts("bulk put", format!("[{good}]").as_bytes(), &terms).expect("it is good");
        let [Ask::Put { name, entry, .. }] = &asks[..] else {
            panic!("one value is stored: {asks:?}");
        };
        assert_eq!((name.as_str(), &entry.value[..]), ("ab", &[0, 255][..]));
        assert_eq!(entry.metadata.as_deref(), Some("{\"a\":1}"));
        for (bad, why) in [
            (r#"{"key":"","value":""}"#, "must not be empty"),
            (r#"{"key":"a"}"#, "missing field"),
            (r#"{"key":"a","value":1}"#, "invalid type"),
            (r#"{"key":"a","value":"*","base64":true}"#, "not Base64"),
            (r#"{"key":"a","value":"","expiration_ttl":59}"#, "10034"),
            (r#"{"key":"a","value":"","expiration":5}"#, "10033"),
        ] {
            let error = error(&format!("[{good},{bad}]"));
            assert!(error.contains(why), "{bad}: {error}");
        }
        let long = format!(r#"[{{"key":"a","value":"{}"}}]"#, "x".repeat(1001));
        assert!(error(&long).contains("--max-memory"));
    }
}
