//! Metadata in the REST API: any JSON, kept without what has no meaning in it.

use super::answer::{self, Fault};
use crate::live::limits;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// Metadata as they are kept; none of `null`. They are not read as numbers and texts, so that none is changed.
pub fn kept(operation: &str, text: &str) -> Result<Option<String>, Fault> {
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        let message = format!("{operation}: 'Metadata must be valid JSON.'");
        return Err(Fault::new(400, answer::BAD_METADATA, message));
    }
    let length = meaningful(text).map(char::len_utf8).sum();
    limits::metadata_length(length)
        .map_err(|refusal| Fault::refused(operation, answer::BAD_REQUEST, &refusal))?;
    let compact: String = meaningful(text).collect();
    Ok(Some(compact).filter(|compact| compact != "null"))
}

/// Metadata as they are shown.
pub fn shown(text: Option<&str>) -> Option<&RawValue> {
    text.map(|text| serde_json::from_str(text).expect("metadata that are kept are JSON"))
}

/// A JSON text without the white space between its parts.
fn meaningful(text: &str) -> impl Iterator<Item = char> {
    let (mut is_in_text, mut is_escaped) = (false, false);
    text.chars().filter(move |&letter| {
        if is_in_text {
            is_in_text = is_escaped || letter != '"';
            is_escaped = !is_escaped && letter == '\\';
            return true;
        }
        is_in_text = letter == '"';
        !matches!(letter, ' ' | '\t' | '\r' | '\n')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_and_nothing_else() {
        let text = " {\"a b\" : [1.50, 12345678901234567890123 ],\n\"q\\\\\": \"\\\" é\" } ";
        let kept = kept("put", text).expect("it is JSON");
        let compact = "{\"a b\":[1.50,12345678901234567890123],\"q\\\\\":\"\\\" é\"}";
        assert_eq!(kept.as_deref(), Some(compact));
    }

    #[test]
    fn null_is_none_and_bounds_hold() {
        assert_eq!(kept("put", " null ").expect("it is JSON"), None);
        assert!(kept("put", "").is_err());
        assert!(kept("put", "{} {}").is_err());
        let longest = format!("{}\"{}\"", " ".repeat(5000), "é".repeat(511));
        assert!(kept("put", &longest).is_ok(), "white space does not count");
        let longer = format!("\"{}\"", "é".repeat(512));
        assert!(kept("put", &longer).is_err());
    }
}
