//! Texts of requests with placeholders: `/users/{client}`, `{"id": "{uniform of 100}"}`.
//!
//! A brace before a letter begins a placeholder, and two braces before a letter are one brace; every other brace is
//! itself, so that JSON stands as it is. [`print`] writes what [`read`] reads.

use std::ops::Range;

use super::placeholder;
use super::slip::Slip;
use crate::scenario::{TextPart, TextPattern};

const KINDS: &str = "the placeholders: {client}, {pop}, {zipf 0.9 of 10000}, {uniform of 100}; before a letter `{{` is a brace";

/// A part of a text and the bytes that it was written in.
pub struct Piece {
    /// What it is.
    pub part: TextPart,
    /// Where it stands.
    pub range: Range<usize>,
}

/// Reads a text.
pub fn read(text: &str) -> Result<TextPattern, Slip> {
    Ok(whole(pieces(text)?))
}

/// Puts pieces together.
pub fn whole(pieces: Vec<Piece>) -> TextPattern {
    let mut parts: Vec<TextPart> = Vec::new();
    for piece in pieces {
        match (parts.last_mut(), piece.part) {
            (Some(TextPart::Literal(before)), TextPart::Literal(more)) => before.push_str(&more),
            (_, part) => parts.push(part),
        }
    }
    TextPattern { parts }
}

/// Takes a text apart, with no empty piece.
pub fn pieces(text: &str) -> Result<Vec<Piece>, Slip> {
    let mut pieces = Vec::new();
    let literal = |range: Range<usize>, pieces: &mut Vec<Piece>| {
        if !range.is_empty() {
            let part = TextPart::Literal(text[range.clone()].to_owned());
            pieces.push(Piece { part, range });
        }
    };
    let mut at = 0;
    while let Some(offset) = text[at..].find('{') {
        let brace = at + offset;
        let behind = &text[brace + 1..];
        if begins_with_letter(behind) {
            literal(at..brace, &mut pieces);
            let range = brace..end_of_placeholder(text, brace)?;
            let inside = brace + 1..range.end - 1;
            let part = TextPart::Placeholder(placeholder::read(text, inside, KINDS)?);
            at = range.end;
            pieces.push(Piece { part, range });
        } else if behind.strip_prefix('{').is_some_and(begins_with_letter) {
            literal(at..brace + 1, &mut pieces);
            at = brace + 2;
        } else {
            literal(at..brace + 1, &mut pieces);
            at = brace + 1;
        }
    }
    literal(at..text.len(), &mut pieces);
    Ok(pieces)
}

fn begins_with_letter(text: &str) -> bool {
    text.starts_with(char::is_alphabetic)
}

/// One past the brace that closes a placeholder, if it may be one at all.
fn end_of_placeholder(text: &str, brace: usize) -> Result<usize, Slip> {
    let behind = &text[brace + 1..];
    let length = behind.find(|c: char| !c.is_alphanumeric() && c != '_');
    let word = brace + 1..brace + 1 + length.unwrap_or(behind.len());
    if !placeholder::NAMES.contains(&&text[word.clone()]) {
        return Err(placeholder::unknown(text, &word, KINDS));
    }
    match behind.find('}') {
        Some(length) => Ok(brace + 1 + length + 1),
        None => Err(Slip::new(&(brace..word.end), "a placeholder is not closed")
            .help("close it with `}`; before a letter `{{` is the character itself")),
    }
}

/// Writes a text.
pub fn print(pattern: &TextPattern) -> String {
    let mut text = String::new();
    for part in &pattern.parts {
        match part {
            TextPart::Placeholder(placeholder) => text += &placeholder::print(*placeholder),
            TextPart::Literal(literal) => {
                let mut characters = literal.chars().peekable();
                while let Some(character) = characters.next() {
                    text.push(character);
                    if character == '{' && characters.peek().is_some_and(|c| c.is_alphabetic()) {
                        text.push('{');
                    }
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Placeholder;

    fn literal(text: &str) -> TextPart {
        TextPart::Literal(text.to_owned())
    }

    #[test]
    fn json_stands_as_it_is() {
        let client = TextPart::Placeholder(Placeholder::Client);
        let cases = [
            (
                "{\"id\": {client}}",
                vec![literal("{\"id\": "), client.clone(), literal("}")],
            ),
            ("{{client}", vec![literal("{client}")]),
            ("{{{client}", vec![literal("{{client}")]),
            ("{}{{}}{1}{ a}{", vec![literal("{}{{}}{1}{ a}{")]),
            ("{client}{client}", vec![client.clone(), client.clone()]),
            ("", vec![]),
        ];
        for (text, parts) in cases {
            let pattern = read(text).expect(text);
            assert_eq!(pattern.parts, parts, "{text}");
            assert_eq!(print(&pattern), text);
        }
    }
}
