//! Changes from the command line: `--set PATH=VALUE` and the options that stand for one.
//!
//! A change is made in the tree that the file was read into, before anybody asks what the tree means. So
//! whatever a file may say an argument may say, and a mistake in it is found by the same checks.

use std::borrow::Cow;
use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::diagnostic::{Code, Diagnostic};
use super::schema::Place;
use super::source::Source;
use super::suggest::nearest;
use super::syntax;

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

/// A name that an argument brings in beside others of its kind: a new workload, or a slip in the name of one.
pub struct Newcomer {
    kind: String,
    name: String,
    span: Range<usize>,
    others: Vec<String>,
}

impl Newcomer {
    /// Tells of the others where a mistake says that the new one lacks something.
    pub fn explain(&self, mistake: &mut Diagnostic) {
        if mistake.code != Code::Missing || mistake.span.as_ref() != Some(&self.span) {
            return;
        }
        let Newcomer { kind, name, .. } = self;
        let lacks = mistake
            .title
            .replace(&format!("{kind} `{name}`"), "a new one");
        mistake.title = format!("no {kind} is called `{name}`, and {lacks}");
        let others = self.others.iter().map(String::as_str);
        mistake.help = Some(match nearest(name, others) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the scenario has {}", self.others.join(", ")),
        });
    }
}

/// The name that a path brings in, if it does.
fn newcomer(tree: &DeTable<'_>, steps: &[Step<'_>]) -> Option<Newcomer> {
    let [first, second, _, ..] = steps else {
        return None;
    };
    let (StepKind::Key(kind), StepKind::Key(name)) = (&first.kind, &second.kind) else {
        return None;
    };
    let named = tree.get(*kind)?.get_ref().as_table()?;
    let is_new = Place::top().key(kind)?.is_named() && !named.contains_key(*name);
    is_new.then(|| Newcomer {
        kind: (*kind).to_owned(),
        name: (*name).to_owned(),
        span: second.span.clone(),
        others: named.keys().map(|key| key.get_ref().to_string()).collect(),
    })
}

/// Makes the change that an argument `PATH=VALUE` asks for, and tells of the name that it brings in.
pub fn set<'s>(
    tree: &mut DeTable<'s>,
    argument: &'s Source,
) -> Result<Option<Newcomer>, Diagnostic> {
    let text = argument.text.as_str();
    let whole = argument.start..argument.start + text.len();
    let Some(equals) = text.find('=') else {
        return Err(Diagnostic::new(Code::BadArgument, "expected PATH=VALUE")
            .at(&whole, "no `=` in it")
            .help("for example `--set workload.visitors.cache-ttl=30s`"));
    };
    let steps = steps(&text[..equals], argument.start)?;
    let newcomer = newcomer(tree, &steps);
    change(tree, argument, &steps, equals + 1)?;
    Ok(newcomer)
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
    let places = lookup(steps)?;
    let place = places.last().expect("a path has a first step");
    let value = value(argument, value_at, place)?;
    let way: Vec<(&Step<'s>, Place)> = steps.iter().zip(places).collect();
    let (_, rest) = way.split_first().expect("a path has a first step");
    let StepKind::Key(key) = steps[0].kind else {
        unreachable!("a path starts with a key");
    };
    put(entry(tree, key, &way), rest, value)
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

/// The places in the language that the steps of a path lead to.
fn lookup(steps: &[Step<'_>]) -> Result<Vec<Place>, Diagnostic> {
    let mut places: Vec<Place> = Vec::new();
    let mut path = String::new();
    for step in steps {
        let place = places.last().cloned().unwrap_or_else(Place::top);
        let inside = match path.as_str() {
            "" => "a scenario".to_owned(),
            path => format!("`{path}`"),
        };
        places.push(match step.kind {
            StepKind::Key(key) => match (place.key(key), place.element()) {
                (Some(below), _) => below,
                // `tier.regional`: the element of that name.
                (None, Some(element)) if element.key("name").is_some() => element,
                _ => return Err(unknown_step(&place, &inside, key, &step.span)),
            },
            StepKind::Element(_) => place.element().ok_or_else(|| {
                Diagnostic::new(Code::BadArgument, format!("{inside} is not a list"))
                    .at(&step.span, "it has no elements")
            })?,
        });
        match step.kind {
            StepKind::Key(key) if path.is_empty() => path.push_str(key),
            StepKind::Key(key) => path.push_str(&format!(".{key}")),
            StepKind::Element(index) => path.push_str(&format!("[{index}]")),
        }
    }
    Ok(places)
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
            Err(syntax::explain(&error, text, start))
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

/// A step with the place that it leads to.
type Way<'w, 's> = [(&'w Step<'s>, Place)];

/// The value of a key, which is made if need be, in the form that the rest of the way needs. The way begins
/// with the key's own step.
fn entry<'t, 's>(table: &'t mut DeTable<'s>, key: &'s str, way: &Way<'_, 's>) -> &'t mut Value<'s> {
    let (step, place) = &way[0];
    let span = step.span.clone();
    let is_list = matches!(way.get(1), Some((next, _)) if matches!(next.kind, StepKind::Element(_)))
        || (place.takes("array") && !place.takes("object"));
    table
        .entry(Spanned::new(span.clone(), Cow::Borrowed(key)))
        .or_insert_with(|| {
            let empty = if is_list {
                DeValue::Array(DeArray::new())
            } else {
                DeValue::Table(DeTable::new())
            };
            Spanned::new(span, empty)
        })
}

/// Puts `value` where the rest of the way leads from `target`.
fn put<'s>(target: &mut Value<'s>, way: &Way<'_, 's>, value: Value<'s>) -> Result<(), Diagnostic> {
    let Some(((step, _), rest)) = way.split_first() else {
        *target = value;
        return Ok(());
    };
    let key = match step.kind {
        StepKind::Key(key) => key,
        StepKind::Element(index) => return put(element(target, index, step)?, rest, value),
    };
    if let DeValue::Array(list) = target.get_ref() {
        let index = position(list, key).ok_or_else(|| no_such_name(list, key, step))?;
        return put(element(target, index, step)?, rest, value);
    }
    if !target.get_ref().is_table() {
        // A value that is about to become a table: `arrivals = "poisson"` and `arrivals.erlang=2`.
        *target = Spanned::new(step.span.clone(), DeValue::Table(DeTable::new()));
    }
    let DeValue::Table(table) = target.get_mut() else {
        unreachable!("it was just made a table");
    };
    put(entry(table, key, way), rest, value)
}

fn element<'t, 's>(
    target: &'t mut Value<'s>,
    index: usize,
    step: &Step<'_>,
) -> Result<&'t mut Value<'s>, Diagnostic> {
    let length = target.get_ref().as_array().map_or(0, |list| list.len());
    let count = match length {
        0 => "the scenario has none".to_owned(),
        1 => "the scenario has one, [0]".to_owned(),
        count => format!("the scenario has {count}, [0] to [{}]", count - 1),
    };
    let found = match target.get_mut() {
        DeValue::Array(list) => list.get_mut(index),
        _ => None,
    };
    found.ok_or_else(|| {
        let title = format!("there is no element [{index}]");
        Diagnostic::new(Code::BadArgument, title).at(&step.span, count)
    })
}

fn names<'v>(list: &'v [Value<'_>]) -> impl Iterator<Item = Option<&'v str>> {
    list.iter()
        .map(|element| element.get_ref().get("name")?.get_ref().as_str())
}

fn position(list: &[Value<'_>], name: &str) -> Option<usize> {
    names(list).position(|found| found == Some(name))
}

fn no_such_name(list: &[Value<'_>], name: &str, step: &Step<'_>) -> Diagnostic {
    let known: Vec<&str> = names(list).flatten().collect();
    let title = format!("nothing here is named `{name}`");
    let mistake = Diagnostic::new(Code::BadArgument, title).at(&step.span, "");
    match nearest(name, known.iter().copied()) {
        Some(near) => mistake.did_you_mean(Some(near)),
        None if known.is_empty() => mistake.help("the scenario has none"),
        None => mistake.help(format!("the scenario has {}", known.join(", "))),
    }
}
