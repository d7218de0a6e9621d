//! What a put writes, as steps say it: a text, a number, or what was read and something more.
//!
//! `"read"`, `"read + 1"` and `"read - 2"` are what the client last read of that key; `{ text = "read + 1" }` is
//! the text itself.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{
    Deserialize, Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer,
};

use super::print::quoted;
use super::quantity::HELP;
use super::slip::Slip;
use super::suggest::nearest;
use super::written::Written;
use crate::scenario::Value;

/// A value as it is written.
#[derive(Clone, Debug)]
pub enum ValueForm {
    /// A text or an expression.
    Text(String),
    /// A number.
    Number(i64),
    /// A text, whatever it looks like.
    Verbatim(Verbatim),
}

/// `{ text = "read" }`
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("required" = ["text"]))]
pub struct Verbatim {
    /// The text itself, even where it looks like an expression.
    pub text: Option<Written<String>>,
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = ValueForm;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, an expression such as \"read + 1\", or a whole number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ValueForm, E> {
        Ok(ValueForm::Text(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<ValueForm, E> {
        Ok(ValueForm::Number(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<ValueForm, E> {
        Err(E::custom(format!(
            "numbers that clients write are whole{HELP}as a text it is \"{number}\""
        )))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ValueForm, A::Error> {
        Verbatim::deserialize(MapAccessDeserializer::new(map)).map(ValueForm::Verbatim)
    }
}

impl<'de> Deserialize<'de> for ValueForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl JsonSchema for ValueForm {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string" },
                { "type": "integer" },
                generator.subschema_for::<Verbatim>(),
            ],
        })
    }
}

/// Reads a string: an expression if it is one, a number if it is written as numbers are, else a text.
pub fn read(text: &str) -> Result<Value, Slip> {
    if let Ok(number) = text.parse::<i64>()
        && number.to_string() == text
    {
        return Ok(Value::Number(number));
    }
    let trimmed = text.trim();
    let start = text.len() - text.trim_start().len();
    let word_end = trimmed
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(trimmed.len());
    let (word, rest) = trimmed.split_at(word_end);
    if word == "read" {
        return expression(rest, start + word_end, trimmed);
    }
    let is_shouted = word.eq_ignore_ascii_case("read") && rest.is_empty();
    if is_shouted || is_misspelt(word, rest) {
        let title = format!("`{word}` is not what was read");
        return Err(Slip::new(&(start..start + word_end), title).help(format!(
            "did you mean `read{rest}`? If it is a text, write {}",
            verbatim(text)
        )));
    }
    Ok(Value::Text(text.to_owned()))
}

/// Whether a text, split behind its first word, is most likely a misspelt expression: a word, a sign, a number.
fn is_misspelt(word: &str, rest: &str) -> bool {
    let is_spaced = rest.starts_with(' ');
    let is_near = nearest(word, ["read"]).is_some();
    let rest = rest.trim_start();
    let number = match rest.strip_prefix('+') {
        // `counter + 1` means something here, `UTC+1` elsewhere.
        Some(number) if is_spaced || is_near => number,
        _ => match rest.strip_prefix('-') {
            Some(number) if is_spaced && is_near => number,
            _ => return false,
        },
    };
    let number = number.trim_start();
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number && word.starts_with(char::is_alphabetic)
}

/// Reads what follows `read` in an expression, which starts at a byte of the string.
fn expression(rest: &str, at: usize, whole: &str) -> Result<Value, Slip> {
    let operation = rest.trim_start();
    if operation.is_empty() {
        return Ok(Value::Read);
    }
    let wrong = |part: &str, title: String| {
        let from = at + rest.len() - part.len();
        Slip::new(&(from..at + rest.len()), title).help(format!(
            "write `read`, `read + 1` or `read - 1`; if it is a text, write {}",
            verbatim(whole)
        ))
    };
    let sign = match operation.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => {
            let title = format!("`{whole}` is not an expression");
            return Err(wrong(operation, title).label("expected `+` or `-` and a whole number"));
        }
    };
    let number = operation[1..].trim_start();
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        let title = format!("`{whole}` is not an expression");
        let part = if number.is_empty() { operation } else { number };
        return Err(wrong(part, title).label("expected a whole number"));
    }
    let amount = number.parse::<i128>().ok();
    let amount = amount.and_then(|amount| i64::try_from(sign * amount).ok());
    match amount {
        Some(amount) => Ok(Value::ReadPlus(amount)),
        None => Err(wrong(number, "a number of more than 64 bits".to_owned()).out_of_range()),
    }
}

fn verbatim(text: &str) -> String {
    format!("{{ text = {} }}", quoted(text))
}

/// Writes a value as TOML.
pub fn print(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Read => "\"read\"".to_owned(),
        Value::ReadPlus(amount) if *amount < 0 => format!("\"read - {}\"", amount.unsigned_abs()),
        Value::ReadPlus(amount) => format!("\"read + {amount}\""),
        Value::Text(text) => match read(text) {
            Ok(Value::Text(_)) => quoted(text),
            _ => verbatim(text),
        },
    }
}
