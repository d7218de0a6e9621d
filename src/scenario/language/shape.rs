//! From a tree of values to a [`File`]: what has the wrong shape is reported and taken out, and the rest read.
//!
//! Serde stops at the first value that it cannot read. To report all of them in one go, keys that the
//! language lacks are looked for first, over the whole tree; then the tree is read, and each time it fails the
//! value at fault is taken out and it is read again.

use std::ops::Range;

use serde::Deserialize;
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::diagnostic::{Code, Diagnostic};
use super::file::File;
use super::quantity::HELP;
use super::schema::Place;
use super::set::Value;
use super::suggest::nearest;
use super::unknown_key::unknown_key;

/// After so many values that cannot be read, the rest is not looked at.
const MISTAKES_MAX: usize = 50;

/// What to say where names with texts belong.
const NAMED_TEXTS: &str = "names of your choice with a text each: { NAME = \"text\" }";

/// What came of reading a tree.
pub struct Shaped {
    /// What could be read; `None` if that is nothing.
    pub file: Option<File>,
    /// What could not.
    pub mistakes: Vec<Diagnostic>,
    /// Whether what was taken out leaves names undefined that the rest may refer to.
    pub names_are_missing: bool,
}

/// Reads a tree.
pub fn shape(mut tree: Spanned<DeTable<'_>>) -> Shaped {
    let mut shaped = Shaped {
        file: None,
        mistakes: Vec::new(),
        names_are_missing: false,
    };
    prune(tree.get_mut(), &Place::top(), &mut Vec::new(), &mut shaped);
    while shaped.mistakes.len() < MISTAKES_MAX {
        // The copy that serde consumes is made once per mistake, and once for the whole.
        let error = match File::deserialize(Deserializer::from(tree.clone())) {
            Ok(file) => {
                shaped.file = Some(file);
                break;
            }
            Err(error) => error,
        };
        let span = error.span().unwrap_or(0..0);
        let path = path_to(tree.get_ref(), &span);
        shaped
            .mistakes
            .push(explain(error.message(), &span, path.as_deref()));
        let Some(path) = path else { break };
        shaped.take_out(&path);
        remove(tree.get_mut(), &path);
    }
    shaped
}

impl Shaped {
    /// Notes a table without a name, once for all its keys.
    fn note_nameless(&mut self, span: &Range<usize>, path: &[Key]) {
        let table = &path[..path.len() - 1];
        let help = named_table(table);
        if self.mistakes.iter().any(|m| m.help.as_ref() == Some(&help)) {
            return;
        }
        let title = format!("a name is missing between `{}` and its keys", dotted(table));
        self.mistakes.push(
            Diagnostic::new(Code::WrongForm, title)
                .at(span, "")
                .help(help),
        );
    }

    /// Notes what a value's going leaves undefined.
    fn take_out(&mut self, path: &[Key]) {
        let names = [
            "pops", "pop", "tier", "workload", "replay", "client", "worker",
        ];
        let is_named = |first: &str| ["workload", "replay", "client", "worker"].contains(&first);
        // Bindings of Workers name namespaces, to which values of the store refer.
        let is_binding = |path: &[Key]| matches!(path, [Key::Name(first), _, Key::Name(third), ..] if first == "worker" && third == "kv");
        self.names_are_missing |= is_binding(path);
        if let (Some(Key::Name(first)), true) = (path.first(), path.len() <= 3) {
            // Of a workload, replay, client or Worker only the whole is referred to.
            self.names_are_missing |=
                names.contains(&first.as_str()) && (!is_named(first) || path.len() <= 2);
        }
    }
}

/// A step from a table or list to what is in it.
#[derive(Clone, Debug, PartialEq)]
enum Key {
    Name(String),
    Element(usize),
}

/// Takes out of a table what the language does not have there, and lists where tables belong or the reverse.
fn prune(table: &mut DeTable<'_>, place: &Place, path: &mut Vec<Key>, shaped: &mut Shaped) {
    let mut entries: Vec<_> = std::mem::replace(table, DeTable::new())
        .into_iter()
        .collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, mut value) in entries {
        path.push(Key::Name(key.get_ref().to_string()));
        let kept = match place.key(key.get_ref()) {
            None => {
                let above = dotted(&path[..path.len() - 1]);
                shaped
                    .mistakes
                    .push(unknown_key(place, &above, key.get_ref(), &key.span()));
                false
            }
            Some(below) if place.is_named() && lacks_a_name(key.get_ref(), &value, &below) => {
                shaped.note_nameless(&key.span(), path);
                false
            }
            Some(below) => prune_value(&mut value, &below, &key.span(), path, shaped),
        };
        if kept {
            table.insert(key, value);
        } else {
            shaped.take_out(path);
        }
        path.pop();
    }
}

/// Whether `[workload]` was written for `[workload.NAME]`: then `key` is a key of what a name should stand for,
/// and its value is not a table of such keys.
fn lacks_a_name(key: &str, value: &Value<'_>, below: &Place) -> bool {
    let keys = below.keys();
    let is_table_of_keys = value.get_ref().as_table().is_some_and(|table| {
        table
            .keys()
            .any(|key| keys.contains(&key.get_ref().as_ref()))
    });
    keys.contains(&key) && !is_table_of_keys
}

/// Likewise in a value; whether it may stay.
fn prune_value(
    value: &mut Value<'_>,
    place: &Place,
    key: &Range<usize>,
    path: &mut Vec<Key>,
    shaped: &mut Shaped,
) -> bool {
    match value.get_mut() {
        DeValue::Table(table) if place.takes("object") => prune(table, place, path, shaped),
        DeValue::Table(_) if place.takes("array") && !place.takes("string") => {
            shaped.mistakes.push(table_for_list(place, key, path));
            return false;
        }
        DeValue::Array(list) if place.takes("array") => {
            let Some(element) = place.element() else {
                return true;
            };
            for (index, value) in list.iter_mut().enumerate() {
                path.push(Key::Element(index));
                let span = value.span();
                let kept = prune_value(value, &element, &span, path, shaped);
                path.pop();
                if !kept {
                    return false;
                }
            }
        }
        // Serde would take the list for the table's values in order.
        DeValue::Array(_) if place.takes("object") => {
            shaped.mistakes.push(list_for_table(place, key, path));
            return false;
        }
        _ => {}
    }
    true
}

fn dotted(path: &[Key]) -> String {
    let mut text = String::new();
    for key in path {
        match key {
            Key::Name(name) if text.is_empty() => text.push_str(name),
            Key::Name(name) => text.push_str(&format!(".{name}")),
            Key::Element(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// Whether a list of tables may stand here.
fn holds_tables(place: &Place) -> bool {
    place
        .element()
        .is_some_and(|element| element.takes("object") && !element.takes("string"))
}

fn table_for_list(place: &Place, key: &Range<usize>, path: &[Key]) -> Diagnostic {
    let name = dotted(path);
    let title = format!("`{name}` is a list, and this is a table");
    let mistake = Diagnostic::new(Code::WrongForm, title).at(key, "");
    if holds_tables(place) {
        mistake.help(format!("write `[[{name}]]`, once for each"))
    } else if path.len() == 1 {
        mistake.help(format!("write `{name} = [\"…\", \"…\"]` above every table"))
    } else {
        mistake.help(format!("write `{name} = [\"…\", \"…\"]`"))
    }
}

fn list_for_table(place: &Place, key: &Range<usize>, path: &[Key]) -> Diagnostic {
    let name = dotted(path);
    let title = format!("`{name}` is a table, and this is a list");
    let help = if path.len() == 1 && place.is_named() {
        format!("write `[{name}.NAME]`, once for each")
    } else if path.len() == 1 {
        format!("write `[{name}]`, once")
    } else if place.is_named() {
        NAMED_TEXTS.to_owned()
    } else {
        format!("its keys: {}", place.keys().join(", "))
    };
    Diagnostic::new(Code::WrongForm, title)
        .at(key, "")
        .help(help)
}

/// The innermost entry of a table whose key or value covers a span.
fn path_to(table: &DeTable<'_>, span: &Range<usize>) -> Option<Vec<Key>> {
    let covers = |outer: Range<usize>| outer.start <= span.start && span.end <= outer.end;
    for (key, value) in table.iter() {
        let below = path_in(value, span);
        if below.is_some() || covers(value.span()) || key.span() == *span {
            let mut path = vec![Key::Name(key.get_ref().to_string())];
            path.extend(below.into_iter().flatten());
            return Some(path);
        }
    }
    None
}

fn path_in(value: &Value<'_>, span: &Range<usize>) -> Option<Vec<Key>> {
    match value.get_ref() {
        DeValue::Table(table) => path_to(table, span),
        DeValue::Array(list) => list.iter().enumerate().find_map(|(index, element)| {
            let mut path = vec![Key::Element(index)];
            path.extend(path_in(element, span)?);
            Some(path)
        }),
        _ => None,
    }
}

/// Takes the entry at the end of a path out of its table.
fn remove(table: &mut DeTable<'_>, path: &[Key]) {
    let Some((Key::Name(name), rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        table.remove(name.as_str());
        return;
    }
    let Some(mut value) = table.get_mut(name.as_str()) else {
        return;
    };
    let mut rest = rest;
    while let (Some((Key::Element(index), below)), true) =
        (rest.split_first(), value.get_ref().is_array())
    {
        let DeValue::Array(list) = value.get_mut() else {
            return;
        };
        let Some(element) = list.get_mut(*index) else {
            return;
        };
        value = element;
        rest = below;
    }
    if let DeValue::Table(below) = value.get_mut() {
        remove(below, rest);
    }
}

/// The place in the language at the end of a path, and whether it is an entry that bears a name of the
/// writer's choice.
fn place_of(path: &[Key]) -> Option<(Place, bool)> {
    let mut place = Place::top();
    let mut is_named = false;
    for key in path {
        is_named = place.is_named();
        place = match key {
            Key::Name(name) => place.key(name)?,
            Key::Element(_) => place.element()?,
        };
    }
    Some((place, is_named))
}

/// Says what serde says in the words of scenario files.
fn explain(message: &str, span: &Range<usize>, path: Option<&[Key]>) -> Diagnostic {
    let (message, help) = match message.split_once(HELP) {
        Some((message, help)) => (message, Some(help)),
        None => (message, None),
    };
    let wrong = |title: String, label: String| {
        let mistake = Diagnostic::new(Code::WrongForm, title).at(span, label);
        match help {
            Some(help) => mistake.help(help),
            None => mistake,
        }
    };
    let place = path.and_then(place_of);
    if let Some((place, _)) = &place {
        let words = place.words();
        let is_word_wrong = message.starts_with("unknown variant")
            || message == "wanted string or table"
            || message.starts_with("expected table, found");
        if is_word_wrong && !words.is_empty() {
            return wrong_word(message, span, place);
        }
    }
    if let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
        .and_then(|rest| rest.split_once(", expected "))
    {
        let label = if message.starts_with("invalid type") {
            found_in_words(found)
        } else {
            String::new()
        };
        let mistake = wrong(format!("expected {}", in_words(expected)), label);
        return with_advice(mistake, found, expected, path, place);
    }
    if message.ends_with("number overflowed") {
        return wrong("this number is too large".to_owned(), String::new());
    }
    wrong(message.to_owned(), String::new())
}

/// What to do about a value of another kind than belongs there.
fn with_advice(
    mistake: Diagnostic,
    found: &str,
    expected: &str,
    path: Option<&[Key]>,
    place: Option<(Place, bool)>,
) -> Diagnostic {
    let (Some(path), Some((place, is_named))) = (path, place) else {
        return mistake;
    };
    let text = found.strip_prefix("string ");
    if expected.starts_with("struct") && is_named {
        return mistake.help(named_table(&path[..path.len() - 1]));
    }
    if expected.starts_with("struct") {
        // In a list the value that is none is not told from the whole.
        let place = place.element().unwrap_or(place);
        let keys = place.keys();
        return mistake.help(match text {
            Some(text) if keys.contains(&"one") => format!("for one key write {{ one = {text} }}"),
            _ => format!("its keys: {}", keys.join(", ")),
        });
    }
    match text {
        _ if expected == "a table" && place.is_named() => mistake.help(NAMED_TEXTS),
        Some(_) if expected == "a sequence" && holds_tables(&place) => {
            mistake.help(format!("write `[[{}]]`, once for each", dotted(path)))
        }
        Some(text) if expected == "a sequence" => {
            mistake.help(format!("put it in brackets: [{text}]"))
        }
        Some(text) => mistake.did_you_mean(nearest(text.trim_matches('"'), place.words())),
        None => mistake,
    }
}

fn named_table(path: &[Key]) -> String {
    let table = dotted(path);
    format!("each `{table}` has a name of your choice: [{table}.NAME]")
}

fn wrong_word(message: &str, span: &Range<usize>, place: &Place) -> Diagnostic {
    let words = place.words();
    let expected: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let title = format!("expected one of {}", expected.join(", "));
    let word = message.split('`').nth(1).unwrap_or("");
    Diagnostic::new(Code::WrongForm, title)
        .at(span, "")
        .did_you_mean(nearest(word, words.iter().copied()))
}

/// What serde calls a type, in words.
fn in_words(expected: &str) -> &str {
    match expected {
        "u32" => "a whole number from 0 to 4294967295",
        "u64" => "a whole number, 0 or more",
        "f64" => "a number",
        "a boolean" => "true or false",
        "a string" => "a string in quotes",
        "a sequence" => "a list in brackets",
        "a map" => "a table",
        other if other.starts_with("struct ") => "a table",
        other => other,
    }
}

/// What serde calls a value, in words.
fn found_in_words(found: &str) -> String {
    match found.split_once(' ') {
        Some(("integer", number)) => format!("the number {}", number.trim_matches('`')),
        Some(("floating", number)) => {
            let number = number.trim_start_matches("point ").trim_matches('`');
            format!("the number {number}")
        }
        Some(("boolean", _)) => "a boolean".to_owned(),
        Some(("string", _)) => "a string".to_owned(),
        _ if found == "map" => "a table".to_owned(),
        _ if found == "sequence" => "a list".to_owned(),
        _ => found.to_owned(),
    }
}
