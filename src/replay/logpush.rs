//! HTTP requests as Cloudflare's Logpush writes them: a JSON object on each line, nearly in the order of time.
//!
//! Logpush sends what the PoPs hand in, batch by batch, and sorts nothing. So the last [`REORDERED_MAX`]
//! operations are held back and the earliest of them is handed out: a log that is out of order by no more than
//! that comes out sorted, and a request later than that is a bad line.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::clock::{Clock, Origin};
use super::error::{Checked, Problem, Trouble};
use super::input::{Input, Lines};
use super::intern::Texts;
use super::number::{of_rfc3339, of_unix_time, whole};
use super::rules::Rules;
use super::{Action, TraceOperation};
use crate::scenario::LogpushFields;
use crate::units::Time;

/// Operations that are held back to sort them: 20 MB.
pub const REORDERED_MAX: usize = 1 << 18;

/// Reads operations.
pub struct Logpush {
    pub(super) input: Input,
    pub(super) keys: Texts,
    pub(super) other_paths: u64,
    pub(super) other_methods: u64,
    rules: Rules,
    clock: Clock,
    fields: LogpushFields,
    key_prefix: String,
    held: BinaryHeap<Held>,
    /// Operations held so far: of equal instants the first comes first.
    count: u64,
    is_read: bool,
}

/// An operation whose time is not yet known to be next.
struct Held {
    /// Nanoseconds since 1970.
    instant: i64,
    number: u64,
    operation: TraceOperation,
}

impl Logpush {
    /// Before the first line.
    pub fn new(input: Input, rules: Rules, fields: LogpushFields, key_prefix: String) -> Self {
        Logpush {
            input,
            keys: Texts::default(),
            other_paths: 0,
            other_methods: 0,
            rules,
            clock: Clock::new(Origin::FirstOperation),
            fields,
            key_prefix,
            held: BinaryHeap::new(),
            count: 0,
            is_read: false,
        }
    }

    /// The next operation.
    pub fn next(&mut self) -> Result<Option<TraceOperation>, Trouble> {
        while !self.is_read && self.held.len() < REORDERED_MAX {
            if self.input.next_line(Lines::Plain)? {
                self.hold()?;
            } else {
                self.is_read = true;
            }
        }
        let Some(mut earliest) = self.held.pop() else {
            return Ok(None);
        };
        let time = self.clock.advance(earliest.instant);
        // That it is not before the last one was seen when it was held; it may still be too far off.
        earliest.operation.time = time.map_err(|what| {
            let help = "a request far away in time has made its way into the log";
            Trouble::End(Problem::new(0..0, what).help(help))
        })?;
        Ok(Some(earliest.operation))
    }

    /// Holds what the current line says, if it is an operation on the store.
    fn hold(&mut self) -> Checked<()> {
        let line = self.input.line();
        let record = record(line, &self.fields)?;
        let path = record.path.split(['?', '#']).next().unwrap_or("");
        let name = match path.strip_prefix(self.key_prefix.as_str()) {
            Some(name) if !name.is_empty() => name,
            _ => {
                self.other_paths += 1;
                return Ok(());
            }
        };
        let Some(modifies) = modification(&record.method) else {
            self.other_methods += 1;
            return Ok(());
        };
        let found = |text: &str| span_of(line, text);
        let pop = self
            .rules
            .pop(record.colo.as_bytes(), &found(&record.colo))?;
        let key = self.rules.key(name.as_bytes(), &found(name), &self.keys)?;
        if let Some(lateness) = self.clock.lateness(record.instant) {
            let what = format!(
                "this request is {lateness} before one that was replayed already: the log is out of order by more than {REORDERED_MAX} requests"
            );
            return Err(Problem::new(0..line.len(), what).help("sort the log by time"));
        }
        let key = key.number(&mut self.keys);
        let action = match modifies {
            None => Action::Get {
                key,
                cache_ttl: self.rules.cache_ttl,
                size: None,
            },
            Some(Modification::Put) => Action::Put {
                key,
                size: None,
                expiration_ttl: self.rules.expiration_ttl,
            },
            Some(Modification::Delete) => Action::Delete { key },
        };
        self.held.push(Held {
            instant: record.instant,
            number: self.count,
            operation: TraceOperation {
                time: Time(0),
                pop,
                client: None,
                action,
            },
        });
        self.count += 1;
        Ok(())
    }
}

/// What a request does to a key, beside reading it.
enum Modification {
    Put,
    Delete,
}

/// What a method does: `None` where it has to do with no store, `Some(None)` where it reads.
#[allow(clippy::option_option, reason = "the two are different answers")]
fn modification(method: &str) -> Option<Option<Modification>> {
    match method {
        "GET" | "HEAD" => Some(None),
        "PUT" | "POST" => Some(Some(Modification::Put)),
        "DELETE" => Some(Some(Modification::Delete)),
        _ => None,
    }
}

impl Ord for Held {
    /// The heap gives the greatest first, and the earliest is wanted.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.instant, other.number).cmp(&(self.instant, self.number))
    }
}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Held {}

/// What is needed of a line.
struct Record {
    instant: i64,
    colo: String,
    path: String,
    method: String,
}

/// The fields of a line, those that are there.
#[derive(Default)]
struct Found {
    instant: Option<i64>,
    colo: Option<String>,
    path: Option<String>,
    method: Option<String>,
}

fn record(line: &[u8], fields: &LogpushFields) -> Checked<Record> {
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    let found = FoundSeed(fields)
        .deserialize(&mut deserializer)
        .and_then(|found| deserializer.end().map(|()| found))
        .map_err(|error| not_json(&error, line))?;
    let missing = |name: &str| {
        let what = format!("there is no field `{name}`");
        let help = "`fields` says how the fields are called";
        Problem::new(0..line.len(), what).help(help)
    };
    Ok(Record {
        instant: found.instant.ok_or_else(|| missing(&fields.time))?,
        colo: found.colo.ok_or_else(|| missing(&fields.colo))?,
        path: found.path.ok_or_else(|| missing(&fields.path))?,
        method: found.method.ok_or_else(|| missing(&fields.method))?,
    })
}

fn not_json(error: &serde_json::Error, line: &[u8]) -> Box<Problem> {
    // The parser counts bytes from 1, and has read the one at fault.
    let at = error.column().saturating_sub(1).min(line.len());
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    if error.is_data() {
        return Problem::new(at..at, what);
    }
    Problem::new(at..at, format!("not JSON: {what}"))
        .help("Logpush writes an object on each line (`output_type` \"ndjson\")")
}

/// Where a text stands in a line; all of the line if it is written with escapes there.
fn span_of(line: &[u8], text: &str) -> Range<usize> {
    let at = memchr::memmem::find(line, text.as_bytes());
    at.map_or(0..line.len(), |at| at..at + text.len())
}

/// Reads the fields of these names out of an object, whatever else is in it.
struct FoundSeed<'f>(&'f LogpushFields);

impl<'de> DeserializeSeed<'de> for FoundSeed<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FoundSeed<'_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut found = Found::default();
        while let Some(name) = map.next_key_seed(NameSeed(self.0))? {
            match name {
                Name::Time => found.instant = Some(map.next_value_seed(InstantSeed)?),
                Name::Colo => found.colo = Some(map.next_value()?),
                Name::Path => found.path = Some(map.next_value()?),
                Name::Method => found.method = Some(map.next_value()?),
                Name::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

/// Which field a name is.
enum Name {
    Time,
    Colo,
    Path,
    Method,
    Other,
}

struct NameSeed<'f>(&'f LogpushFields);

impl<'de> DeserializeSeed<'de> for NameSeed<'_> {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameSeed<'_> {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Name, E> {
        Ok(match name {
            _ if name == self.0.time => Name::Time,
            _ if name == self.0.colo => Name::Colo,
            _ if name == self.0.path => Name::Path,
            _ if name == self.0.method => Name::Method,
            _ => Name::Other,
        })
    }
}

struct InstantSeed;

impl<'de> DeserializeSeed<'de> for InstantSeed {
    type Value = i64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<i64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl InstantSeed {
    fn or_wrong<E: Error>(instant: Option<i64>) -> Result<i64, E> {
        instant.ok_or_else(|| {
            E::custom("the time is neither RFC 3339 nor a Unix time in seconds or nanoseconds")
        })
    }
}

impl Visitor<'_> for InstantSeed {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time: RFC 3339, or a Unix time in seconds or nanoseconds")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
        Self::or_wrong(of_unix_time(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i64, E> {
        let text = text.as_bytes();
        Self::or_wrong(of_rfc3339(text).or_else(|| of_unix_time(whole(text)?)))
    }
}
