//! Conditions of an `if`, on what the last get returned or on the last response: `read is missing`, `read = 'on'`,
//! `read < 100`, `status = 401`, `body contains 'off'`.
//!
//! [`print`] writes what [`read`] reads.

use std::ops::Range;

use super::slip::{Slip, words};
use super::suggest::nearest;
use crate::scenario::{BodyRelation, Comparison, Condition};

const FORMS: &str = "conditions: `read is missing`, `read is present`, `read = 'text'`, `read != 'text'`, `read < 100`, `status = 200`, `body = 'text'`, `body contains 'text'`";

/// What has a status has one of three digits.
const STATUS_MAX: i64 = 999;

/// What a condition is about.
#[derive(Clone, Copy, PartialEq)]
enum Subject {
    /// What the last get returned.
    Read,
    /// The status of the last response.
    Status,
    /// Its body.
    Body,
}

/// What a condition says.
#[derive(Debug, PartialEq)]
pub struct Said {
    /// The condition.
    pub condition: Condition,
    /// Whether it is the opposite that must hold.
    pub is_turned: bool,
}

/// Characters that people write comparisons with, right or wrong.
fn is_operator(c: char) -> bool {
    "<>=!≤≥≠~".contains(c)
}

/// Reads a condition.
pub fn read(text: &str) -> Result<Said, Slip> {
    let end = text.trim_end().len();
    let start = text.len() - text.trim_start().len();
    if start >= end {
        return Err(Slip::new(&(0..text.len()), "a condition of nothing").help(FORMS));
    }
    let word_length = text[start..end].find(|c: char| !c.is_alphanumeric() && c != '_');
    let subject = start..word_length.map_or(end, |length| start + length);
    let about = match &text[subject.clone()] {
        "read" => Subject::Read,
        "status" => Subject::Status,
        "body" => Subject::Body,
        word => {
            let part = if subject.is_empty() {
                start..end
            } else {
                subject.clone()
            };
            let title = "a condition is about `read`, what the last get returned, or `status` and `body`, those of the last response";
            let slip = Slip::new(&part, title);
            return Err(match nearest(word, ["status", "body"]) {
                Some(near) => slip.did_you_mean(near),
                None => slip.help(FORMS),
            });
        }
    };
    let behind = &text[subject.end..end];
    let at = subject.end + (behind.len() - behind.trim_start().len());
    if at >= end {
        let title = match about {
            Subject::Read => "`read` alone says nothing: is what, or compared with what?",
            Subject::Status => "`status` alone says nothing: compared with what?",
            Subject::Body => "`body` alone says nothing: compared with what?",
        };
        return Err(Slip::new(&subject, title).help(FORMS));
    }
    if text[at..].starts_with(is_operator) {
        return compared(text, about, at, end);
    }
    match about {
        Subject::Read => presence(text, at..end),
        Subject::Body => part_of_body(text, at..end),
        Subject::Status => {
            let title = "a status is compared with a number";
            Err(Slip::new(&(at..end), title)
                .help("for example `status = 200`, or `status = 0` before the first response"))
        }
    }
}

/// Reads `is missing` and `is present`.
fn presence(text: &str, part: Range<usize>) -> Result<Said, Slip> {
    let words: Vec<&str> = words(text, part.clone())
        .into_iter()
        .map(|word| &text[word])
        .collect();
    let said = |condition| {
        Ok(Said {
            condition,
            is_turned: false,
        })
    };
    let meant = match words[..] {
        ["is", "missing"] => return said(Condition::Missing),
        ["is", "present"] => return said(Condition::Present),
        ["missing"] | ["is", "absent" | "null" | "none" | "empty" | "undefined"] => {
            "read is missing"
        }
        ["is", "not", "present"] => "read is missing",
        ["present" | "exists"] | ["is", "there" | "found"] => "read is present",
        ["is", "not", "missing" | "null" | "absent" | "empty"] => "read is present",
        _ => {
            let title = "expected `is missing`, `is present` or a comparison";
            return Err(Slip::new(&part, title).help(FORMS));
        }
    };
    let title = "expected `is missing`, `is present` or a comparison";
    Err(Slip::new(&part, title).did_you_mean(meant))
}

/// Reads an operator and what stands behind it.
fn compared(text: &str, about: Subject, at: usize, end: usize) -> Result<Said, Slip> {
    let length = text[at..end].find(|c| !is_operator(c)).unwrap_or(end - at);
    let part = at..at + length;
    let operator = &text[part.clone()];
    let meant = match operator {
        "<" | "<=" | "=" | ">=" | ">" | "!=" => None,
        "==" | "===" => Some("="),
        "<>" | "!==" | "≠" | "~=" | "=!" => Some("!="),
        "≤" | "=<" => Some("<="),
        "≥" | "=>" => Some(">="),
        _ => Some(""),
    };
    if let Some(meant) = meant {
        let slip = Slip::new(&part, format!("`{operator}` is not a comparison"));
        return Err(match meant {
            "" => slip.help("there are `<`, `<=`, `=`, `!=`, `>=` and `>`"),
            meant => slip.did_you_mean(meant),
        });
    }
    let behind = &text[part.end..end];
    let operand = part.end + (behind.len() - behind.trim_start().len())..end;
    if operand.is_empty() {
        let title = "a comparison with nothing";
        return Err(Slip::new(&part, title).help(FORMS));
    }
    match text[operand.clone()].chars().next() {
        Some(quote @ ('"' | '\'')) if about == Subject::Body => {
            let said = quoted(text, operand, quote)?;
            let relation = match is_equal(text, &part)? {
                true => BodyRelation::Is,
                false => BodyRelation::IsNot,
            };
            Ok(said_of_body(relation, said))
        }
        _ if about == Subject::Body => Err(not_quoted(&operand)),
        Some('"' | '\'') if about == Subject::Status => {
            let title = "a status is a number";
            Err(Slip::new(&operand, title).help("leave the inner quotes out"))
        }
        _ if about == Subject::Status => compared_status(text, &part, operand),
        Some(quote @ ('"' | '\'')) => compared_text(text, &part, operand, quote),
        _ => compared_number(text, &part, operand),
    }
}

/// Reads `contains 'text'` and `lacks 'text'`.
fn part_of_body(text: &str, part: Range<usize>) -> Result<Said, Slip> {
    let length = text[part.clone()].find(|c: char| !c.is_alphabetic());
    let word = part.start..length.map_or(part.end, |length| part.start + length);
    let relation = match &text[word.clone()] {
        "contains" => BodyRelation::Contains,
        "lacks" => BodyRelation::Lacks,
        other => {
            let title = "a body is compared with a text";
            let slip = Slip::new(&word, title);
            return Err(match other {
                "has" | "includes" | "contain" => slip.did_you_mean("contains"),
                _ => slip.help("`body = 'text'`, `body != 'text'`, `body contains 'text'`, `body lacks 'text'`"),
            });
        }
    };
    let behind = &text[word.end..part.end];
    let operand = word.end + (behind.len() - behind.trim_start().len())..part.end;
    match text[operand.clone()].chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let said = quoted(text, operand, quote)?;
            Ok(said_of_body(relation, said))
        }
        _ => Err(not_quoted(&operand)),
    }
}

fn said_of_body(relation: BodyRelation, text: String) -> Said {
    Said {
        condition: Condition::Body { relation, text },
        is_turned: false,
    }
}

fn not_quoted(operand: &Range<usize>) -> Slip {
    Slip::new(operand, "a body is compared with a text in quotes")
        .help("for example `body = 'on'`; inner quotes are `'` where the outer ones are `\"`")
}

fn compared_text(
    text: &str,
    operator: &Range<usize>,
    operand: Range<usize>,
    quote: char,
) -> Result<Said, Slip> {
    let said = quoted(text, operand, quote)?;
    let not = !is_equal(text, operator)?;
    Ok(Said {
        condition: Condition::Text { text: said, not },
        is_turned: false,
    })
}

/// Reads a text between quotes, behind which nothing stands.
fn quoted(text: &str, operand: Range<usize>, quote: char) -> Result<String, Slip> {
    let inside = &text[operand.start + 1..operand.end];
    let Some(length) = inside.find(quote) else {
        let title = "this text is not closed";
        return Err(Slip::new(&operand, title).help(format!("close it with {quote}")));
    };
    let behind = operand.start + 1 + length + 1..operand.end;
    if !behind.is_empty() {
        return Err(unexpected(text, &behind));
    }
    Ok(inside[..length].to_owned())
}

/// Whether texts are to be equal, or to differ.
fn is_equal(text: &str, operator: &Range<usize>) -> Result<bool, Slip> {
    match &text[operator.clone()] {
        "=" => Ok(true),
        "!=" => Ok(false),
        _ => {
            let title = "texts are equal or not, neither smaller nor larger";
            Err(Slip::new(operator, title).help("for a number leave the inner quotes out"))
        }
    }
}

fn compared_number(
    text: &str,
    operator: &Range<usize>,
    operand: Range<usize>,
) -> Result<Said, Slip> {
    let word_end = text[operand.clone()].find(char::is_whitespace);
    let word = operand.start..word_end.map_or(operand.end, |length| operand.start + length);
    let number = &text[word.clone()];
    let digits = number.strip_prefix('-').unwrap_or(number);
    let Some(bound) = number
        .parse()
        .ok()
        .filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))
    else {
        let operator = &text[operator.clone()];
        let is_decimal = number.parse::<f64>().is_ok();
        let title = format!("`{number}` is not a whole number of at most 64 bits");
        return Err(if is_decimal {
            Slip::new(&word, title).help("conditions compare whole numbers")
        } else {
            let whole = &text[operand.clone()];
            Slip::new(
                &operand,
                format!("`{whole}` is neither a number nor a text"),
            )
            .help(format!(
                "a text stands in quotes of its own, such as \"read {operator} '{whole}'\""
            ))
        });
    };
    let behind = word.end..operand.end;
    if !behind.is_empty() {
        return Err(unexpected(text, &behind));
    }
    let (comparison, is_turned) = comparison(&text[operator.clone()]);
    Ok(Said {
        condition: Condition::Number { comparison, bound },
        is_turned,
    })
}

fn compared_status(
    text: &str,
    operator: &Range<usize>,
    operand: Range<usize>,
) -> Result<Said, Slip> {
    let word_end = text[operand.clone()].find(char::is_whitespace);
    let word = operand.start..word_end.map_or(operand.end, |length| operand.start + length);
    let number = &text[word.clone()];
    let is_plain = number.bytes().all(|b| b.is_ascii_digit());
    let bound = number.parse().ok().filter(|_| is_plain);
    let Some(bound) = bound.filter(|bound| *bound <= STATUS_MAX) else {
        let slip = Slip::new(&word, format!("`{number}` is not a status"));
        return Err(match number.to_ascii_lowercase().strip_suffix("xx") {
            Some(class @ ("1" | "2" | "3" | "4" | "5")) => slip.help(format!(
                "a status has three digits; `status >= {class}00` and, inside `then`, `status <= {class}99` are its bounds"
            )),
            _ => slip.help("a status has three digits, such as 200; before the first response it is 0"),
        });
    };
    let behind = word.end..operand.end;
    if !behind.is_empty() {
        return Err(unexpected(text, &behind));
    }
    let (comparison, is_turned) = comparison(&text[operator.clone()]);
    Ok(Said {
        condition: Condition::Status { comparison, bound },
        is_turned,
    })
}

/// What an operator means, and whether it is the opposite.
fn comparison(operator: &str) -> (Comparison, bool) {
    match operator {
        "<" => (Comparison::Less, false),
        "<=" => (Comparison::LessOrEqual, false),
        ">=" => (Comparison::GreaterOrEqual, false),
        ">" => (Comparison::Greater, false),
        "!=" => (Comparison::Equal, true),
        _ => (Comparison::Equal, false),
    }
}

fn unexpected(text: &str, behind: &Range<usize>) -> Slip {
    let found = &text[behind.clone()];
    let part = behind.start + (found.len() - found.trim_start().len())..behind.end;
    Slip::new(&part, "expected the end of the condition")
        .help("conditions are not joined: put another `if` inside `then` or `else`")
}

/// Writes a condition, or its opposite, which only equal numbers may need.
pub fn print(condition: &Condition, is_turned: bool) -> String {
    match condition {
        Condition::Missing => "read is missing".to_owned(),
        Condition::Present => "read is present".to_owned(),
        Condition::Text { text, not } => {
            let operator = if *not { "!=" } else { "=" };
            format!("read {operator} {}", in_quotes(text))
        }
        Condition::Body { relation, text } => {
            let relation = match relation {
                BodyRelation::Is => "=",
                BodyRelation::IsNot => "!=",
                BodyRelation::Contains => "contains",
                BodyRelation::Lacks => "lacks",
            };
            format!("body {relation} {}", in_quotes(text))
        }
        Condition::Number { comparison, bound } => {
            format!("read {} {bound}", operator(*comparison, is_turned))
        }
        Condition::Status { comparison, bound } => {
            format!("status {} {bound}", operator(*comparison, is_turned))
        }
    }
}

/// A text that could be read holds one of the two quotes at most.
fn in_quotes(text: &str) -> String {
    let quote = if text.contains('\'') { '"' } else { '\'' };
    format!("{quote}{text}{quote}")
}

fn operator(comparison: Comparison, is_turned: bool) -> &'static str {
    match comparison {
        Comparison::Equal if is_turned => "!=",
        Comparison::Equal => "=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::GreaterOrEqual => ">=",
        Comparison::Greater => ">",
    }
}
