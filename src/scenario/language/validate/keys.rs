//! Keys: their names, their numbers, and how popular each is.

use super::{Checker, bounds};
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file::{self, File};
use crate::scenario::language::source::Span;
use crate::scenario::language::written::Written;
use crate::scenario::{KeyPattern, Keys, Placeholder};

/// What the names of ranked keys start with if the file does not say.
pub const DEFAULT_PREFIX: &str = "key:";

impl Checker<'_> {
    /// Checks the name of a single key.
    pub fn key(&mut self, key: &Written<String>) {
        self.reserved_key(key, &key.span);
        self.key_name(key.len(), key);
    }

    /// Checks that a name may be a key's.
    pub fn reserved_key(&mut self, name: &str, span: &Span) {
        let is_reserved = [".", ".."].contains(&name) && self.enforce_limits;
        if name.is_empty() || is_reserved {
            let title = format!("\"{name}\" cannot be a key's name");
            self.mistake(
                Diagnostic::new(Code::BadName, title)
                    .at(span, "")
                    .help("a name is anything but \"\", \".\" and \"..\""),
            );
        }
    }

    /// Remembers keys of clients that are numbered; of how many clients, if that is known.
    pub fn note_ranked_key(&mut self, pattern: &KeyPattern, clients: Option<u64>, span: &Span) {
        let count = match pattern.placeholder {
            Some(Placeholder::Rank { count, .. }) => Some(u64::from(count)),
            Some(Placeholder::Client) => clients,
            Some(Placeholder::Pop) | None => return,
        };
        self.client_keys.push(ClientKeys {
            prefix: pattern.prefix.clone(),
            suffix: pattern.suffix.clone(),
            count,
            span: span.clone(),
        });
    }

    /// The keys of a workload.
    pub fn keys(&mut self, keys: &Written<file::Keys>) -> Keys {
        let stand_in = Keys::One(String::new());
        let kinds = [
            ("one", keys.one.as_ref().map(|w| &w.span)),
            ("uniform", keys.uniform.as_ref().map(|w| &w.span)),
            ("zipf", keys.zipf.as_ref().map(|w| &w.span)),
        ];
        let mut given: Vec<(&str, &Span)> = kinds
            .into_iter()
            .filter_map(|(kind, span)| Some((kind, span?)))
            .collect();
        given.sort_by_key(|(_, span)| span.start);
        if let [(first, first_span), (second, second_span), ..] = given[..] {
            let title = format!("keys are either `{first}` or `{second}`");
            self.mistake(
                Diagnostic::new(Code::Choice, title)
                    .at(second_span, "this as well")
                    .also(first_span, "this")
                    .help("keep one of them"),
            );
            return stand_in;
        }
        match (&keys.one, &keys.uniform, &keys.zipf) {
            (Some(one), _, _) => self.one_key(one, keys),
            (_, Some(uniform), _) => self.uniform_keys(uniform, keys),
            (_, _, Some(exponent)) => self.zipf_keys(exponent, keys),
            _ => {
                let title = "keys are one of `one`, `uniform` and `zipf`";
                self.mistake(Diagnostic::new(Code::Choice, title).at(&keys.span, "").help(
                    "for example { one = \"flags/checkout\" } or { zipf = 0.99, count = 10000 }",
                ));
                stand_in
            }
        }
    }

    fn one_key(&mut self, one: &Written<String>, keys: &file::Keys) -> Keys {
        self.key(one);
        if let Some(count) = &keys.count {
            let title = "`count` says how many keys, and `one` is one".to_owned();
            self.no_effect(&count.span, title, "leave it out, or use { uniform = 100 }");
        }
        if let Some(prefix) = &keys.prefix {
            let title = "`prefix` starts the names of several keys, and `one` is a whole name";
            self.no_effect(&prefix.span, title.to_owned(), "leave it out");
        }
        Keys::One(one.value.clone())
    }

    fn uniform_keys(&mut self, uniform: &Written<u32>, keys: &file::Keys) -> Keys {
        if let Some(count) = &keys.count {
            let title = "`uniform` says how many keys already".to_owned();
            self.no_effect(&count.span, title, "leave `count` out");
        }
        self.ranked_keys(uniform, 0.0, keys)
    }

    fn zipf_keys(&mut self, exponent: &Written<f64>, keys: &file::Keys) -> Keys {
        if !(0.0..=bounds::EXPONENT_MAX).contains(&exponent.value) {
            let title = format!("Zipf's exponent is from 0 to {}", bounds::EXPONENT_MAX);
            self.mistake(
                Diagnostic::new(Code::OutOfRange, title)
                    .at(&exponent.span, "")
                    .help("0.99 is usual for caches; 0 makes all keys equally popular"),
            );
        }
        match &keys.count {
            Some(count) => self.ranked_keys(count, exponent.value + 0.0, keys),
            None => {
                self.missing(
                    &exponent.span,
                    "`zipf`",
                    "count",
                    "{ zipf = 0.99, count = 10000 }",
                );
                Keys::One(String::new())
            }
        }
    }

    fn ranked_keys(&mut self, count: &Written<u32>, exponent: f64, keys: &file::Keys) -> Keys {
        if !(1..=bounds::KEYS_MAX).contains(&count.value) {
            let title = format!("a workload has from 1 to {} keys", bounds::KEYS_MAX);
            self.mistake(Diagnostic::new(Code::OutOfRange, title).at(&count.span, ""));
        }
        if let Some(prefix) = &keys.prefix {
            let last_rank = count.value.saturating_sub(1).to_string();
            self.key_name(prefix.len() + last_rank.len(), prefix);
        }
        let default = || DEFAULT_PREFIX.to_owned();
        Keys::Ranked {
            prefix: keys
                .prefix
                .as_ref()
                .map_or_else(default, |p| p.value.clone()),
            count: count.value,
            exponent,
        }
    }
}

/// Keys that clients name by a number.
pub struct ClientKeys {
    prefix: String,
    suffix: String,
    /// How many; `None` where nobody knows.
    count: Option<u64>,
    span: Span,
}

/// A set of ranked keys, as two sets are compared.
struct Ranked<'f> {
    prefix: &'f str,
    suffix: &'f str,
    count: Option<u64>,
    span: &'f Span,
}

/// Notes that a scenario has too many keys, and pairs of ranked sets whose names collide although their prefixes
/// differ: `item:` + 10 and `item:1` + 0.
pub fn note_keys_of_all(file: &File, checker: &mut Checker<'_>) {
    let client_keys = std::mem::take(&mut checker.client_keys);
    let mut sets: Vec<Ranked<'_>> = Vec::new();
    for keys in &client_keys {
        sets.push(Ranked {
            prefix: &keys.prefix,
            suffix: &keys.suffix,
            count: keys.count,
            span: &keys.span,
        });
    }
    for (_, workload) in file.workload.iter() {
        let Some(keys) = &workload.keys else { continue };
        if let Some(count) = keys.uniform.as_ref().or(keys.count.as_ref()) {
            sets.push(Ranked {
                prefix: keys.prefix.as_ref().map_or(DEFAULT_PREFIX, |p| &p.value),
                suffix: "",
                count: Some(u64::from(count.value)),
                span: keys.prefix.as_ref().map_or(&keys.span, |p| &p.span),
            });
        }
    }
    // Equal prefixes and suffixes, which mean the same keys, meet, the larger set first.
    let most = |set: &Ranked<'_>| set.count.unwrap_or(u64::MAX);
    sets.sort_by(|a, b| (a.suffix, a.prefix, most(b)).cmp(&(b.suffix, b.prefix, most(a))));
    sets.dedup_by(|later, earlier| {
        (later.suffix, later.prefix) == (earlier.suffix, earlier.prefix)
    });
    let total: u64 = sets.iter().filter_map(|set| set.count).sum();
    if let (true, Some(last)) = (total > bounds::KEYS_TOTAL_MAX, sets.last()) {
        let title = format!("a scenario has at most {} keys", bounds::KEYS_TOTAL_MAX);
        checker.mistake(
            Diagnostic::new(Code::OutOfRange, title)
                .at(last.span, format!("with these there are {total}")),
        );
    }
    for longer in &sets {
        let Some((shorter, rank)) = collision(&sets, longer) else {
            continue;
        };
        let name = format!("{}0{}", longer.prefix, longer.suffix);
        let title = format!("two different keys would be named `{name}`");
        let label = format!("rank 0 here is rank {rank} there");
        let there = match shorter.count {
            Some(count) => format!("with {count} keys"),
            None => "with a key for each client".to_owned(),
        };
        checker.mistake(
            Diagnostic::new(Code::GivenTwice, title)
                .at(longer.span, label)
                .also(shorter.span, there)
                .help("end prefixes with a character that is not a digit, such as `:`"),
        );
    }
}

/// The set in which rank 0 of another already has its name, and its rank there. The sets are sorted by
/// suffix and prefix.
fn collision<'s, 'f>(sets: &'s [Ranked<'f>], longer: &Ranked<'_>) -> Option<(&'s Ranked<'f>, u64)> {
    /// Digits of the largest rank; with the 0 behind it a longer one is no rank.
    const DIGITS_MAX: usize = 7;
    let prefix = longer.prefix;
    let digits = prefix.bytes().rev().take_while(u8::is_ascii_digit).count();
    (1..=digits.min(DIGITS_MAX)).find_map(|cut| {
        let (shorter, rank) = prefix.split_at(prefix.len() - cut);
        let wanted = (longer.suffix, shorter);
        let at = sets.binary_search_by(|set| (set.suffix, set.prefix).cmp(&wanted));
        let at = at.ok()?;
        let rank: u64 = rank.parse().ok().filter(|_| !rank.starts_with('0'))?;
        let rank = rank * 10;
        let is_there = sets[at].count.is_none_or(|count| rank < count);
        is_there.then_some((&sets[at], rank))
    })
}
