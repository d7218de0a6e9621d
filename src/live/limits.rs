//! What the platform refuses, in its own words: both protocols tell them alike.
//!
//! The texts are those of Miniflare, which mirrors production; programs compare them.

use super::session::Expiry;
use crate::scenario::bounds;
use crate::units::{Duration, Size};

/// A refusal: a status and the reason, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// 400, 413, 414, …
    pub status: u16,
    /// Why.
    pub reason: String,
}

/// Largest value.
pub const VALUE_MAX: u64 = bounds::VALUE_SIZE_MAX.0;
/// Most keys of a read of several.
pub const KEYS_AT_ONCE_MAX: usize = 100;
/// Most bytes of what such a read answers.
pub const ANSWER_MAX: usize = 25 << 20;

/// Makes a refusal.
pub fn refuse(status: u16, reason: impl Into<String>) -> Refusal {
    Refusal {
        status,
        reason: reason.into(),
    }
}

/// The write was one too many for its key.
pub fn too_many_writes() -> Refusal {
    refuse(429, "Too Many Requests")
}

/// The session has no memory left.
pub fn no_memory(max: u64) -> Refusal {
    let max = Size(max);
    refuse(
        503,
        format!("kvlag has used up its memory of {max}; start it with a larger --max-memory"),
    )
}

/// Checks a key's name.
pub fn key(name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(refuse(400, "Key names must not be empty"));
    }
    if name == "." || name == ".." {
        return Err(refuse(
            400,
            format!("Illegal key name \"{name}\". Please use a different name."),
        ));
    }
    length(name)
}

/// Checks a prefix of keys.
pub fn length(name: &str) -> Result<(), Refusal> {
    let (length, max) = (name.len(), bounds::KEY_LENGTH_MAX);
    if length > max {
        let reason = format!("UTF-8 encoded length of {length} exceeds key length limit of {max}.");
        return Err(refuse(414, reason));
    }
    Ok(())
}

/// How old a copy may be, in seconds.
pub fn cache_ttl(seconds: i64, is_enforced: bool) -> Result<Duration, Refusal> {
    let min = match is_enforced {
        true => bounds::CACHE_TTL_MIN.0 / 1_000_000_000,
        false => 0,
    };
    let max = i64::from(i32::MAX);
    let bound = match seconds {
        less if less < min => format!("least {min}"),
        more if more > max => format!("most {max}"),
        _ => return Ok(Duration::from_secs(seconds)),
    };
    let reason = format!("Invalid cache_ttl of {seconds}. Cache TTL must be at {bound}.");
    Err(refuse(400, reason))
}

/// When a value expires that is written at a date with these settings, in seconds; the TTL wins where both are given.
pub fn expiry(
    ttl: Option<i64>,
    at: Option<i64>,
    date_s: i64,
    is_enforced: bool,
) -> Result<Option<Expiry>, Refusal> {
    let min = match is_enforced {
        true => bounds::EXPIRATION_TTL_MIN.0 / 1_000_000_000,
        false => 1,
    };
    match (ttl, at) {
        (Some(ttl), _) if ttl <= 0 => Err(refuse(
            400,
            format!("Invalid expiration_ttl of {ttl}. Please specify integer greater than 0."),
        )),
        (Some(ttl), _) if ttl < min => Err(refuse(
            400,
            format!("Invalid expiration_ttl of {ttl}. Expiration TTL must be at least {min}."),
        )),
        (Some(ttl), _) => Ok(Some(Expiry::After(lasting(ttl)))),
        (None, Some(at)) if at <= date_s => Err(refuse(
            400,
            format!(
                "Invalid expiration of {at}. Please specify integer greater than the current number of seconds \
                 since the UNIX epoch."
            ),
        )),
        (None, Some(at)) if at < date_s + min => Err(refuse(
            400,
            format!(
                "Invalid expiration of {at}. Expiration times must be at least {min} seconds in the future."
            ),
        )),
        // Far beyond the end of any session.
        (None, Some(at)) => Ok(Some(Expiry::At(at.min(date_s + LASTING_MAX_S)))),
        (None, None) => Ok(None),
    }
}

/// Longest time after which anything expires: what lasts longer lasts as long as any session.
const LASTING_MAX_S: i64 = bounds::SPAN_MAX.0 / 1_000_000_000;

fn lasting(seconds: i64) -> Duration {
    Duration::from_secs(seconds.min(LASTING_MAX_S))
}

/// Checks the size of a value.
pub fn value(length: u64) -> Result<(), Refusal> {
    if length > VALUE_MAX {
        let reason = format!("Value length of {length} exceeds limit of {VALUE_MAX}.");
        return Err(refuse(413, reason));
    }
    Ok(())
}

/// Checks metadata, which is JSON.
pub fn metadata(text: &str) -> Result<(), Refusal> {
    metadata_length(text.len())?;
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return Err(refuse(400, "Metadata must be valid JSON."));
    }
    Ok(())
}

/// Checks the size of metadata.
pub fn metadata_length(length: usize) -> Result<(), Refusal> {
    let max = bounds::METADATA_LENGTH_MAX;
    if length > max {
        let reason = format!("Metadata length of {length} exceeds limit of {max}.");
        return Err(refuse(413, reason));
    }
    Ok(())
}

/// Checks how many keys a page may have; `name` is what the parameter is called.
pub fn page(name: &str, limit: i64) -> Result<usize, Refusal> {
    let max = i64::from(bounds::PAGE_MAX);
    if limit < 1 {
        let reason =
            format!("Invalid {name} of {limit}. Please specify an integer greater than 0.");
        return Err(refuse(400, reason));
    }
    if limit > max {
        let reason =
            format!("Invalid {name} of {limit}. Please specify an integer less than {max}.");
        return Err(refuse(400, reason));
    }
    Ok(limit as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ttl_wins_over_a_date_and_both_have_bounds() {
        let now = 1_800_000_000;
        let at = |ttl, at| expiry(ttl, at, now, true).map_err(|refusal| refusal.reason);
        assert_eq!(
            at(Some(60), Some(5)),
            Ok(Some(Expiry::After(Duration::from_secs(60))))
        );
        assert_eq!(at(None, Some(now + 60)), Ok(Some(Expiry::At(now + 60))));
        for (ttl, date, words) in [
            (Some(0), None, "greater than 0"),
            (Some(59), None, "at least 60"),
            (None, Some(now), "greater than the current number"),
            (None, Some(now + 59), "at least 60 seconds in the future"),
        ] {
            let reason = at(ttl, date).expect_err("it is out of bounds");
            assert!(reason.contains(words), "{reason}");
        }
        assert!(at(Some(i64::from(i32::MAX)), None).is_ok());
    }
}
