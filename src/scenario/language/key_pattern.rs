//! Keys with a placeholder as steps write them: `session:{client}`, `user:{zipf 0.9 of 10000}:cart`.
//!
//! `{{` and `}}` are the braces themselves. [`print`] writes what [`read`] reads.

use super::placeholder;
use super::slip::Slip;
use crate::scenario::{KeyPattern, Placeholder};

const KINDS: &str =
    "the placeholders: {client}, {pop}, {zipf 0.9 of 10000}, {uniform of 100}; `{{` is a brace";

/// Reads a key.
pub fn read(text: &str) -> Result<KeyPattern, Slip> {
    let mut pattern = KeyPattern {
        prefix: String::new(),
        placeholder: None,
        suffix: String::new(),
    };
    let mut at = 0;
    while let Some(offset) = text[at..].find(['{', '}']) {
        let brace = at + offset;
        let before = &text[at..brace];
        let is_doubled = text.as_bytes().get(brace + 1) == Some(&text.as_bytes()[brace]);
        let literal = match pattern.placeholder {
            None => &mut pattern.prefix,
            Some(_) => &mut pattern.suffix,
        };
        literal.push_str(before);
        if is_doubled {
            literal.push_str(&text[brace..brace + 1]);
            at = brace + 2;
            continue;
        }
        if text[brace..].starts_with('}') {
            return Err(Slip::new(&(brace..brace + 1), "nothing is open that this closes")
                .help("a placeholder is written as in `session:{client}`; `}}` is the character itself"));
        }
        let Some(length) = text[brace..].find('}') else {
            return Err(
                Slip::new(&(brace..text.len()), "a placeholder is not closed")
                    .help("close it with `}`; `{{` is the character itself"),
            );
        };
        let end = brace + length + 1;
        let found = placeholder::read(text, brace + 1..end - 1, KINDS)?;
        if pattern.placeholder.is_some() {
            return Err(
                Slip::new(&(brace..end), "a key has one placeholder at most")
                    .label("another")
                    .help("keep one of them"),
            );
        }
        pattern.placeholder = Some(found);
        at = end;
        let is_number = !matches!(found, Placeholder::Pop);
        if is_number && text[end..].starts_with(|c: char| c.is_ascii_digit()) {
            let title = "a digit right behind a number becomes part of it";
            return Err(Slip::new(&(end..end + 1), title)
                .help("put another character in between, such as `:`"));
        }
    }
    let literal = match pattern.placeholder {
        None => &mut pattern.prefix,
        Some(_) => &mut pattern.suffix,
    };
    literal.push_str(&text[at..]);
    Ok(pattern)
}

/// Writes a key.
pub fn print(pattern: &KeyPattern) -> String {
    let placeholder = pattern.placeholder.map(placeholder::print);
    let placeholder = placeholder.unwrap_or_default();
    literal(&pattern.prefix) + &placeholder + &literal(&pattern.suffix)
}

/// Writes a part of a key in which braces are themselves.
pub fn literal(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}
