//! What versions hold, for those who look at values: clients' conditions, and scripts.

use bytes::Bytes;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::rc::Rc;

/// A value that the scenario names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant {
    /// A number.
    Number(i64),
    /// A text, by its number among [`Texts`]; it does not spell a number.
    Text(u32),
}

/// The texts of a scenario, each once.
#[derive(Debug, Default)]
pub struct Texts(Vec<String>);

/// Bytes, and what is kept beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The value; a clone shares it.
    pub value: Bytes,
    /// As JSON, where there are any.
    pub metadata: Option<String>,
}

/// What a version holds.
#[derive(Clone, Debug)]
pub enum Datum {
    /// Nobody has said; it reads as an empty text.
    Unknown,
    /// Something that the scenario names.
    Constant(Constant),
    /// What a script has written, or what the store held from the start.
    Entry(Rc<Entry>),
}

impl Texts {
    /// A text as a constant; one that spells a number is that.
    pub fn constant(&mut self, text: &str) -> Constant {
        match number(text.as_bytes()) {
            Some(number) => Constant::Number(number),
            None => Constant::Text(self.number(text)),
        }
    }

    /// The number of a text.
    pub fn number(&mut self, text: &str) -> u32 {
        let known = self.0.iter().position(|known| known == text);
        known.unwrap_or_else(|| {
            self.0.push(text.to_owned());
            self.0.len() - 1
        }) as u32
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> &str {
        &self.0[number as usize]
    }
}

/// The number that a text spells in the way numbers are written: no sign before a positive one, no leading zero.
fn number(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

impl Datum {
    /// As a number: whatever is none counts as 0.
    pub fn number(&self) -> i64 {
        match self {
            Datum::Constant(Constant::Number(number)) => *number,
            Datum::Entry(entry) => number(&entry.value).unwrap_or(0),
            Datum::Unknown | Datum::Constant(Constant::Text(_)) => 0,
        }
    }

    /// Whether it is what the scenario names.
    pub fn is(&self, constant: Constant, texts: &Texts) -> bool {
        match self {
            Datum::Unknown => match constant {
                Constant::Number(_) => false,
                Constant::Text(text) => texts.text(text).is_empty(),
            },
            Datum::Constant(own) => *own == constant,
            Datum::Entry(entry) => match constant {
                Constant::Number(bound) => number(&entry.value) == Some(bound),
                Constant::Text(text) => entry.value == texts.text(text).as_bytes(),
            },
        }
    }

    /// The bytes of the value.
    pub fn bytes<'a>(&'a self, texts: &'a Texts) -> Cow<'a, [u8]> {
        match self {
            Datum::Unknown => Cow::Borrowed(b""),
            Datum::Constant(Constant::Number(number)) => {
                Cow::Owned(number.to_string().into_bytes())
            }
            Datum::Constant(Constant::Text(text)) => Cow::Borrowed(texts.text(*text).as_bytes()),
            Datum::Entry(entry) => Cow::Borrowed(&entry.value),
        }
    }

    /// What is kept beside the value.
    pub fn metadata(&self) -> Option<&str> {
        match self {
            Datum::Entry(entry) => entry.metadata.as_deref(),
            Datum::Unknown | Datum::Constant(_) => None,
        }
    }

    /// The bytes that it takes beyond its own place.
    fn own_bytes(&self) -> usize {
        match self {
            Datum::Entry(entry) => {
                entry.value.len() + entry.metadata.as_ref().map_or(0, String::len)
            }
            Datum::Unknown | Datum::Constant(_) => 0,
        }
    }

    /// The same value with something beside it.
    pub fn with_metadata(&self, metadata: &str, texts: &Texts) -> Datum {
        Datum::Entry(Rc::new(Entry {
            value: self.bytes(texts).into_owned().into(),
            metadata: Some(metadata.to_owned()),
        }))
    }
}

/// What the versions of a key hold, as far as anybody may still read them.
#[derive(Debug, Default)]
pub struct Values {
    /// The version of the first that is kept.
    first: u32,
    kept: VecDeque<Datum>,
    /// The bytes of all that are kept.
    bytes: usize,
    /// When so many are kept, or so many bytes, it is time to forget old ones.
    most: usize,
    most_bytes: usize,
}

/// Fewer values than this are not worth forgetting.
const LEAST_FORGOTTEN: usize = 64;
/// Likewise fewer bytes.
const LEAST_FORGOTTEN_BYTES: usize = 1 << 20;

impl Values {
    /// What a version holds.
    pub fn get(&self, version: u32) -> Datum {
        let index = version.checked_sub(self.first);
        let kept = index.and_then(|index| self.kept.get(index as usize));
        kept.cloned().unwrap_or(Datum::Unknown)
    }

    /// The next version, or the first, holds this.
    pub fn set(&mut self, version: u32, datum: Datum) {
        if self.kept.is_empty() {
            if matches!(datum, Datum::Unknown) {
                return;
            }
            self.first = version;
        }
        let index = (version - self.first) as usize;
        self.kept.resize(index, Datum::Unknown);
        self.bytes += datum.own_bytes();
        self.kept.push_back(datum);
    }

    /// Whether so many are kept that it is worth looking for old ones that nobody can read any more.
    #[inline]
    pub fn is_crowded(&self) -> bool {
        self.kept.len() >= self.most.max(LEAST_FORGOTTEN)
            || self.bytes >= self.most_bytes.max(LEAST_FORGOTTEN_BYTES)
    }

    /// The bytes of all that are kept.
    #[inline]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Forgets what versions before this one held.
    pub fn forget_before(&mut self, version: u32) {
        let old = version.saturating_sub(self.first) as usize;
        let old = old.min(self.kept.len());
        let forgotten = self.kept.drain(..old);
        self.bytes -= forgotten.map(|datum| datum.own_bytes()).sum::<usize>();
        self.first += old as u32;
        self.most = 2 * self.kept.len();
        self.most_bytes = 2 * self.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(datum: &Datum) -> String {
        String::from_utf8(datum.bytes(&Texts::default()).into_owned()).expect("it is text")
    }

    #[test]
    fn values_are_kept_by_version_until_they_are_forgotten() {
        let mut values = Values::default();
        values.set(1, Datum::Unknown);
        for version in [2, 3, 5] {
            values.set(version, Datum::Constant(Constant::Number(version.into())));
        }
        let all = |values: &Values| (0..7).map(|v| text(&values.get(v))).collect::<Vec<_>>();
        assert_eq!(all(&values), ["", "", "2", "3", "", "5", ""]);
        values.forget_before(3);
        assert_eq!(all(&values), ["", "", "", "3", "", "5", ""]);
        values.forget_before(9);
        values.set(9, Datum::Constant(Constant::Number(9)));
        assert_eq!(text(&values.get(9)), "9");
        assert_eq!(text(&values.get(5)), "");
    }

    #[test]
    fn what_a_script_writes_is_a_number_where_it_spells_one() {
        let entry = |value: &str| {
            Datum::Entry(Rc::new(Entry {
                value: value.to_owned().into(),
                metadata: None,
            }))
        };
        let numbers = ["7", "-3", "07", "+7", "x", ""].map(|value| entry(value).number());
        assert_eq!(numbers, [7, -3, 0, 0, 0, 0]);
        let mut texts = Texts::default();
        let (seven, on) = (texts.constant("7"), texts.constant("on"));
        assert!(entry("7").is(seven, &texts) && entry("on").is(on, &texts));
        assert!(!entry("07").is(seven, &texts) && !Datum::Unknown.is(on, &texts));
        // What nobody has said reads as an empty text to everybody.
        let empty = texts.constant("");
        assert!(Datum::Unknown.is(empty, &texts) && entry("").is(empty, &texts));
    }
}
