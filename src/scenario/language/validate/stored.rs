//! Values of the store: their keys, how many, in which namespace.

use std::collections::BTreeMap;

use super::workers::Known;
use super::{Checker, bounds};
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file::{self, File};
use crate::scenario::language::placeholder;
use crate::scenario::language::source::Span;
use crate::scenario::language::suggest::nearest;
use crate::scenario::language::written::Written;
use crate::scenario::{NamespaceIndex, StoredValue};
use crate::units::Size;

/// What stands for the number.
const NUMBER: &str = "{n}";

/// The values in the file's order.
pub fn stored(file: &File, known: &Known, checker: &mut Checker<'_>) -> Vec<StoredValue> {
    let mut values: Vec<(StoredValue, &Span)> = Vec::new();
    for table in &file.store.value {
        if let Some(value) = checker.stored_value(table, known) {
            let span = table.key.as_ref().map_or(&table.span, |key| &key.span);
            values.push((value, span));
        }
    }
    if let (Some(table), Some((replay, _))) = (file.store.value.first(), file.replay.iter().next())
    {
        let title = "replays and values of the store do not go together yet";
        checker.mistake(
            Diagnostic::new(Code::Choice, title)
                .at(&table.span, "a value")
                .also(&replay.span, "a replay")
                .help("what a key holds until a replay writes it, its first record says"),
        );
    }
    if !checker.are_too_many(&values) {
        checker.note_equal_keys(&values);
    }
    values.into_iter().map(|(value, _)| value).collect()
}

impl Checker<'_> {
    /// One table; `None` where it cannot be read, which is noted.
    fn stored_value(
        &mut self,
        table: &Written<file::StoredValue>,
        known: &Known,
    ) -> Option<StoredValue> {
        for (key, is_given) in [
            ("key", table.key.is_some()),
            ("value", table.content.is_some()),
        ] {
            if !is_given {
                let example = "key = \"flags/checkout\"` and `value = \"on\"";
                self.missing(&table.span, "a value of the store", key, example);
            }
        }
        let namespace = self.namespace_of(table, known);
        let count = table.count.as_ref().map(|count| count.value);
        if let Some(written) = &table.count
            && !(1..=bounds::STORED_MAX).contains(&written.value)
        {
            let title = format!("there are 1 to {} values of a kind", bounds::STORED_MAX);
            self.mistake(Diagnostic::new(Code::OutOfRange, title).at(&written.span, ""));
            return None;
        }
        let (key, value) = (table.key.as_ref()?, table.content.as_ref()?);
        self.numbered_key(key, count);
        let longest = |text: &str| match count {
            Some(count) => text.replace(NUMBER, &(count - 1).to_string()),
            None => text.to_owned(),
        };
        let longest_key = longest(key);
        self.reserved_key(&longest_key, &key.span);
        self.key_name(longest_key.len(), key);
        self.value_size(Size(longest(value).len() as u64), &value.span);
        if let Some(metadata) = &table.metadata {
            self.metadata(&Written {
                value: longest(metadata),
                span: metadata.span.clone(),
            });
        }
        Some(StoredValue {
            namespace: namespace?,
            key: key.value.clone(),
            count,
            value: value.value.clone(),
            metadata: table.metadata.as_ref().map(|text| text.value.clone()),
        })
    }

    fn namespace_of(&mut self, table: &file::StoredValue, known: &Known) -> Option<NamespaceIndex> {
        let Some(name) = &table.namespace else {
            return Some(0);
        };
        let found = known.namespace(name);
        if found.is_none() {
            let title = format!("no Worker is bound to a namespace `{}`", name.value);
            let mistake = Diagnostic::new(Code::UnknownName, title).at(&name.span, "");
            let names = known.namespaces.iter().map(String::as_str);
            self.mistake(match nearest(name, names) {
                Some(near) => mistake.did_you_mean(Some(near)),
                None => mistake.help(format!(
                    "the namespaces: {}; `kv` of a Worker names others",
                    known.namespaces.join(", ")
                )),
            });
        }
        found
    }

    /// Checks that a key holds its number if it is one of many, and no placeholder of other places.
    fn numbered_key(&mut self, key: &Written<String>, count: Option<u32>) {
        match (count, key.find(NUMBER)) {
            (Some(count), None) => {
                let title = format!("{count} values would have the same key");
                self.mistake(
                    Diagnostic::new(Code::GivenTwice, title)
                        .at(&key.span, "no `{n}` in it")
                        .help("`{n}` stands for the number from 0, as in \"user:{n}\""),
                );
            }
            (None, Some(at)) => {
                let span = self.sources.within(&key.span, key, at..at + NUMBER.len());
                self.mistake(
                    Diagnostic::new(Code::Missing, "`{n}` is a number, and there is no `count`")
                        .at(&span, "of how many?")
                        .help("for example `count = 100`, for numbers from 0 to 99"),
                );
            }
            _ => {}
        }
        for name in placeholder::NAMES {
            let Some(at) = key.find(&format!("{{{name}")) else {
                continue;
            };
            let end = key[at..]
                .find('}')
                .map_or(key.len(), |length| at + length + 1);
            let span = self.sources.within(&key.span, key, at..end);
            self.mistake(
                Diagnostic::new(
                    Code::WrongForm,
                    "values of the store know one placeholder, `{n}`",
                )
                .at(&span, "")
                .help("write `{n}`, and say how many with `count`"),
            );
        }
    }

    /// Whether there is more than is kept of values, which is noted.
    fn are_too_many(&mut self, values: &[(StoredValue, &Span)]) -> bool {
        let (mut total, mut bytes) = (0, 0);
        for (value, span) in values {
            let count = u64::from(value.count.unwrap_or(1));
            let metadata = value.metadata.as_ref().map_or(0, String::len);
            total += count;
            bytes += count * (value.key.len() + value.value.len() + metadata) as u64;
            let title = if total > u64::from(bounds::STORED_MAX) {
                format!("the store is given at most {} values", bounds::STORED_MAX)
            } else if bytes > bounds::STORED_BYTES_MAX.0 {
                format!(
                    "the store is given at most {} of values",
                    bounds::STORED_BYTES_MAX
                )
            } else {
                continue;
            };
            self.mistake(
                Diagnostic::new(Code::OutOfRange, title).at(span, "with these there are more"),
            );
            return true;
        }
        false
    }

    fn note_equal_keys(&mut self, values: &[(StoredValue, &Span)]) {
        // One table alone never gives a key twice.
        if values.len() < 2 {
            return;
        }
        let mut known: BTreeMap<(NamespaceIndex, String), usize> = BTreeMap::new();
        for (index, (value, span)) in values.iter().enumerate() {
            for number in 0..value.count.unwrap_or(1) {
                let name = match value.count {
                    Some(_) => value.key.replace(NUMBER, &number.to_string()),
                    None => value.key.clone(),
                };
                let before = known.insert((value.namespace, name.clone()), index);
                let Some(first) = before.filter(|first| *first != index) else {
                    continue;
                };
                let title = format!("the store is given `{name}` twice");
                self.mistake(
                    Diagnostic::new(Code::GivenTwice, title)
                        .at(span, "again")
                        .also(values[first].1, "first here"),
                );
                // One mistake to a table is enough.
                break;
            }
        }
    }
}
