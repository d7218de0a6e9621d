//! Keys with a placeholder as steps write them: `session:{client}`, `user:{zipf 0.9 of 10000}:cart`.
//!
//! `{{` and `}}` are the braces themselves. [`print`] writes what [`read`] reads.

use std::ops::Range;

use super::bounds;
use super::slip::{Slip, words};
use super::suggest::nearest;
use crate::scenario::{KeyPattern, Placeholder};

const KINDS: &str =
    "the placeholders: {client}, {pop}, {zipf 0.9 of 10000}, {uniform of 100}; `{{` is a brace";
const ZIPF: &str = "{zipf 0.9 of 10000}";
const UNIFORM: &str = "{uniform of 100}";

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
        let found = placeholder(text, brace + 1..end - 1)?;
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

/// Reads what stands between braces.
fn placeholder(text: &str, part: Range<usize>) -> Result<Placeholder, Slip> {
    let words = words(text, part.clone());
    let Some(first) = words.first() else {
        let around = part.start - 1..part.end + 1;
        return Err(Slip::new(&around, "a placeholder of nothing").help(KINDS));
    };
    match (&text[first.clone()], &words[1..]) {
        ("client", []) => Ok(Placeholder::Client),
        ("pop", []) => Ok(Placeholder::Pop),
        (name @ ("client" | "pop"), [next, ..]) => {
            let title = format!("`{{{name}}}` stands alone");
            Err(Slip::new(&(next.start..part.end), title).help(format!("write `{{{name}}}`")))
        }
        ("zipf", [exponent, of, count]) if &text[of.clone()] == "of" => Ok(Placeholder::Rank {
            count: count_of_keys(text, count)?,
            exponent: zipf_exponent(text, exponent)?,
        }),
        ("uniform", [of, count]) if &text[of.clone()] == "of" => Ok(Placeholder::Rank {
            count: count_of_keys(text, count)?,
            exponent: 0.0,
        }),
        ("zipf", _) => Err(
            Slip::new(&part, "`zipf` needs an exponent and a number of keys")
                .help(format!("for example `{ZIPF}`")),
        ),
        ("uniform", _) => Err(Slip::new(&part, "`uniform` needs a number of keys")
            .help(format!("for example `{UNIFORM}`"))),
        (name, _) => {
            let slip = Slip::new(first, format!("`{name}` is not a placeholder"));
            Err(match nearest(name, ["client", "pop", "zipf", "uniform"]) {
                Some("zipf") => slip.did_you_mean(ZIPF),
                Some("uniform") => slip.did_you_mean(UNIFORM),
                Some(near) => slip.did_you_mean(&format!("{{{near}}}")),
                None => slip.help(KINDS),
            })
        }
    }
}

fn count_of_keys(text: &str, part: &Range<usize>) -> Result<u32, Slip> {
    let word = &text[part.clone()];
    if !word.chars().all(|c| c.is_ascii_digit()) {
        return Err(Slip::new(part, format!("`{word}` is not a number of keys"))
            .help("a whole number, such as 10000"));
    }
    let count = word.parse().ok();
    let count = count.filter(|count| (1..=bounds::KEYS_MAX).contains(count));
    count.ok_or_else(|| {
        let title = format!("a placeholder stands for 1 to {} keys", bounds::KEYS_MAX);
        Slip::new(part, title).out_of_range()
    })
}

fn zipf_exponent(text: &str, part: &Range<usize>) -> Result<f64, Slip> {
    let word = &text[part.clone()];
    let is_plain = word.chars().all(|c| c.is_ascii_digit() || c == '.');
    let exponent: Option<f64> = word.parse().ok().filter(|_| is_plain);
    let Some(exponent) = exponent else {
        return Err(
            Slip::new(part, format!("`{word}` is not Zipf's exponent")).help(format!(
                "a number from 0 to {}, such as 0.99",
                bounds::EXPONENT_MAX
            )),
        );
    };
    if exponent > bounds::EXPONENT_MAX {
        let title = format!("Zipf's exponent is from 0 to {}", bounds::EXPONENT_MAX);
        return Err(Slip::new(part, title)
            .out_of_range()
            .help("0.99 is usual for caches; 0 makes all keys equally popular"));
    }
    Ok(exponent)
}

/// Writes a key.
pub fn print(pattern: &KeyPattern) -> String {
    let placeholder = match pattern.placeholder {
        None => String::new(),
        Some(Placeholder::Client) => "{client}".to_owned(),
        Some(Placeholder::Pop) => "{pop}".to_owned(),
        Some(Placeholder::Rank {
            count,
            exponent: 0.0,
        }) => format!("{{uniform of {count}}}"),
        Some(Placeholder::Rank { count, exponent }) => format!("{{zipf {exponent} of {count}}}"),
    };
    literal(&pattern.prefix) + &placeholder + &literal(&pattern.suffix)
}

/// Writes a part of a key in which braces are themselves.
pub fn literal(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}
