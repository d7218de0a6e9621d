//! Changes from the command line: `--set PATH=VALUE` and the options that stand for one.
//!
//! A change is made in the tree that the file was read into, before anybody asks what the tree means. So
//! whatever a file may say an argument may say, and a mistake in it is found by the same checks.

use std::borrow::Cow;
use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::{Code, Diagnostic};
use super::schema::Place;
use super::source::Source;
use super::suggest::nearest;

/// A tree of values with the places they were written in.
pub type Value<'s> = Spanned<DeValue<'s>>;

/// One step of a path: a key or an element's number, with its place in the joined numbering.
struct Step<'s> {
    kind: StepKind<'s>,
    span: Range<usize>,
}

enum StepKind<'s> {
    Key(&'s str),
    Element(usize),
}

/// Makes the change that an argument `PATH=VALUE` asks for.
pub fn set<'s>(tree: &mut DeTable<'s>, argument: &'s Source) -> Result<(), Diagnostic> {
    let text = argument.text.as_str();
    let whole = argument.start..argument.start + text.len();
    let Some(equals) = text.find('=') else {
        return Err(Diagnostic::new(Code::BadArgument, "expected PATH=VALUE")
            .at(&whole, "no `=` in it")
            .help("for example `--set workload.visitors.cache-ttl=30s`"));
    };
    let steps = steps(&text[..equals], argument.start)?;
    change(tree, argument, &steps, equals + 1)
}

/// Makes the change that an option such as `--seed` stands for; the argument is the value alone.
pub fn set_key<'s>(
    tree: &mut DeTable<'s>,
    argument: &'s Source,
    path: &[&'s str],
) -> Result<(), Diagnostic> {
    let whole = argument.start..argument.start + argument.text.len();
    let step = |key: &&'s str| Step {
        kind: StepKind::Key(key),
        span: whole.clone(),
    };
    let steps: Vec<Step<'s>> = path.iter().map(step).collect();
    change(tree, argument, &steps, 0)
}

fn change<'s>(
    tree: &mut DeTable<'s>,
    argument: &'s Source,
    steps: &[Step<'s>],
    value_at: usize,
) -> Result<(), Diagnostic> {
    let place = lookup(steps)?;
    let value = value(argument, value_at, &place)?;
    let (first, rest) = steps.split_first().expect("a path has a first step");
    let StepKind::Key(key) = first.kind else {
        unreachable!("a path starts with a key");
    };
    put(entry(tree, key, &first.span), rest, value)
}

/// Splits `tier[0].keep` into its steps.
fn steps(path: &str, start: usize) -> Result<Vec<Step<'_>>, Diagnostic> {
    let bad = |span: Range<usize>, label: &str| {
        Diagnostic::new(Code::BadArgument, "this is not a path into a scenario")
            .at(&span, label)
            .help("a path is keys joined by dots, such as `run.runs` or `tier[0].keep`")
    };
    let mut steps = Vec::new();
    let mut at = start;
    for part in path.split('.') {
        let (key, elements) = part.split_at(part.find('[').unwrap_or(part.len()));
        let trimmed = key.trim();
        let key_at = at + (key.len() - key.trim_start().len());
        if trimmed.is_empty() {
            return Err(bad(at..at + part.len(), "a key is missing here"));
        }
        steps.push(Step {
            kind: StepKind::Key(trimmed),
            span: key_at..key_at + trimmed.len(),
        });
        let mut element_at = at + key.len();
        for element in elements.split_inclusive(']') {
            let span = element_at..element_at + element.len();
            let number = element
                .trim()
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
                .and_then(|number| number.trim().parse().ok())
                .ok_or_else(|| bad(span.clone(), "expected a number in brackets, from [0]"))?;
            element_at = span.end;
            steps.push(Step {
                kind: StepKind::Element(number),
                span,
            });
        }
        at += part.len() + 1;
    }
    Ok(steps)
}

/// The place in the language that a path leads to.
fn lookup(steps: &[Step<'_>]) -> Result<Place, Diagnostic> {
    let mut place = Place::top();
    let mut inside = "a scenario".to_owned();
    for step in steps {
        place = match step.kind {
            StepKind::Key(key) => match (place.key(key), place.element()) {
                (Some(below), _) => below,
                // `tier.regional`: the element of that name.
                (None, Some(element)) if element.key("name").is_some() => element,
                _ => return Err(unknown_step(&place, &inside, key, &step.span)),
            },
            StepKind::Element(_) => place.element().ok_or_else(|| {
                Diagnostic::new(Code::BadArgument, format!("{inside} is not a list"))
                    .at(&step.span, "has no elements")
            })?,
        };
        inside = match step.kind {
            StepKind::Key(key) => format!("`{key}`"),
            StepKind::Element(_) => "an element".to_owned(),
        };
    }
    Ok(place)
}

fn unknown_step(place: &Place, inside: &str, key: &str, span: &Range<usize>) -> Diagnostic {
    let keys = place.keys();
    let title = format!("{inside} has no key `{key}`");
    let unknown = Diagnostic::new(Code::UnknownKey, title).at(span, "unknown key");
    if keys.is_empty() {
        return unknown.help(format!("{inside} is a value, and nothing lies below it"));
    }
    match nearest(key, keys.iter().copied()) {
        Some(near) => unknown.did_you_mean(Some(near)),
        None => unknown.help(format!("its keys: {}", keys.join(", "))),
    }
}

/// Reads what follows the equals sign: as TOML if that is of a kind that belongs there, else as a string.
fn value<'s>(argument: &'s Source, at: usize, place: &Place) -> Result<Value<'s>, Diagnostic> {
    let raw = &argument.text[at..];
    let text = raw.trim();
    let start = argument.start + at + (raw.len() - raw.trim_start().len());
    let string = || {
        let span = start..start + text.len();
        Spanned::new(span, DeValue::String(Cow::Borrowed(text)))
    };
    let fits = |value: &DeValue<'_>| match value {
        DeValue::String(_) => place.takes("string"),
        DeValue::Integer(_) => place.takes("integer") || place.takes("number"),
        DeValue::Float(_) => place.takes("number"),
        DeValue::Boolean(_) => place.takes("boolean"),
        DeValue::Datetime(_) => false,
        DeValue::Array(_) => place.takes("array"),
        DeValue::Table(_) => place.takes("object"),
    };
    match DeValue::parse(text) {
        Ok(value) if fits(value.get_ref()) || !place.takes("string") => Ok(shifted(value, start)),
        Ok(_) => Ok(string()),
        Err(error) if text.starts_with(['[', '{', '"', '\'']) => {
            let span = error.span().unwrap_or(0..text.len());
            let span = start + span.start..start + span.end;
            Err(Diagnostic::new(Code::NotToml, error.message()).at(&span, ""))
        }
        Err(_) => Ok(string()),
    }
}

/// The same value, placed `by` bytes further on.
fn shifted<'s>(value: Value<'s>, by: usize) -> Value<'s> {
    let span = value.span();
    let inner = match value.into_inner() {
        DeValue::Array(list) => {
            DeValue::Array(list.into_iter().map(|value| shifted(value, by)).collect())
        }
        DeValue::Table(table) => DeValue::Table(
            table
                .into_iter()
                .map(|(key, value)| {
                    let key_span = key.span().start + by..key.span().end + by;
                    (Spanned::new(key_span, key.into_inner()), shifted(value, by))
                })
                .collect(),
        ),
        other => other,
    };
    Spanned::new(span.start + by..span.end + by, inner)
}

/// The value of a key, which is made if need be.
fn entry<'t, 's>(
    table: &'t mut DeTable<'s>,
    key: &'s str,
    span: &Range<usize>,
) -> &'t mut Value<'s> {
    table
        .entry(Spanned::new(span.clone(), Cow::Borrowed(key)))
        .or_insert_with(|| empty(span))
}

fn empty<'s>(span: &Range<usize>) -> Value<'s> {
    Spanned::new(span.clone(), DeValue::Table(DeTable::new()))
}

/// Puts `value` where the remaining steps lead from `target`.
fn put<'s>(target: &mut Value<'s>, steps: &[Step<'s>], value: Value<'s>) -> Result<(), Diagnostic> {
    let Some((step, rest)) = steps.split_first() else {
        *target = value;
        return Ok(());
    };
    if let DeValue::Array(list) = target.get_mut() {
        let index = match step.kind {
            StepKind::Element(index) if index < list.len() => index,
            StepKind::Key(name) if named(list, name).is_some() => {
                named(list, name).expect("it was just found")
            }
            _ => return Err(no_such_element(list, step)),
        };
        let element = list.get_mut(index).expect("the index is in range");
        return put(element, rest, value);
    }
    match step.kind {
        StepKind::Key(key) => {
            if !target.get_ref().is_table() {
                *target = empty(&step.span);
            }
            let DeValue::Table(table) = target.get_mut() else {
                unreachable!("it was just made a table");
            };
            put(entry(table, key, &step.span), rest, value)
        }
        StepKind::Element(_) => Err(no_such_element(&[], step)),
    }
}

fn named(list: &[Value<'_>], name: &str) -> Option<usize> {
    list.iter().position(|element| {
        let named = element.get_ref().get("name");
        named.and_then(|value| value.get_ref().as_str()) == Some(name)
    })
}

fn no_such_element(list: &[Value<'_>], step: &Step<'_>) -> Diagnostic {
    let count = match list.len() {
        0 => "the scenario has none".to_owned(),
        1 => "the scenario has one, [0]".to_owned(),
        count => format!("the scenario has {count}, [0] to [{}]", count - 1),
    };
    let title = match step.kind {
        StepKind::Key(name) => format!("nothing here is named `{name}`"),
        StepKind::Element(index) => format!("there is no element [{index}]"),
    };
    Diagnostic::new(Code::BadArgument, title).at(&step.span, count)
}
