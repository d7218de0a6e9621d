//! Numbers for names, in the order in which they first appear.
//!
//! The hash is the same on every machine and in every run, and no order of the table is ever seen: numbers
//! follow the file.

use std::borrow::Cow;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::hash::STEP;

/// Text names, each held once.
pub struct Texts {
    /// All names, end to end.
    bytes: Vec<u8>,
    /// Where each name ends; it begins where the one before it ends.
    ends: Vec<usize>,
    table: HashTable<Entry>,
    hasher: FixedState,
}

/// A name in the table: its number, and its hash, so that neither growing the table nor passing other names by
/// touches the names themselves, which lie all over the memory.
#[derive(Clone, Copy)]
struct Entry {
    hash: u32,
    number: u32,
}

impl Entry {
    /// The hash in as many bits as the table wants.
    fn wide(self) -> u64 {
        u64::from(self.hash).wrapping_mul(STEP)
    }
}

impl Default for Texts {
    fn default() -> Self {
        Texts {
            bytes: Vec::new(),
            ends: Vec::new(),
            table: HashTable::new(),
            hasher: FixedState::with_seed(0),
        }
    }
}

impl Texts {
    fn entry(&self, name: &[u8], number: u32) -> Entry {
        Entry {
            hash: (self.hasher.hash_one(name) >> 32) as u32,
            number,
        }
    }

    /// The number of a name that has appeared.
    pub fn find(&self, name: &[u8]) -> Option<u32> {
        let sought = self.entry(name, 0);
        let is_it =
            |entry: &Entry| entry.hash == sought.hash && self.bytes_of(entry.number) == name;
        let found = self.table.find(sought.wide(), is_it);
        found.map(|entry| entry.number)
    }

    /// Gives a name that has not appeared the next number.
    pub fn insert(&mut self, name: &str) -> u32 {
        let number = u32::try_from(self.ends.len()).expect("names fit the memory, and 2^32 do not");
        let entry = self.entry(name.as_bytes(), number);
        self.bytes.extend_from_slice(name.as_bytes());
        self.ends.push(self.bytes.len());
        self.table
            .insert_unique(entry.wide(), entry, |entry| entry.wide());
        number
    }

    fn bytes_of(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = if number == 0 {
            0
        } else {
            self.ends[number - 1]
        };
        &self.bytes[start..self.ends[number]]
    }

    /// How many names have appeared.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The name of a number.
    pub fn name(&self, number: u32) -> &str {
        std::str::from_utf8(self.bytes_of(number)).expect("only text is inserted")
    }
}

/// Names that are numbers themselves.
pub struct Ids {
    ids: Vec<u64>,
    /// Each id beside its number, so that a look-up touches one line of memory and not two.
    table: HashTable<(u64, u32)>,
    hasher: FixedState,
}

impl Default for Ids {
    fn default() -> Self {
        Ids {
            ids: Vec::new(),
            table: HashTable::new(),
            hasher: FixedState::with_seed(0),
        }
    }
}

impl Ids {
    /// The number of an id, the next one if it has not appeared.
    #[inline]
    pub fn number(&mut self, id: u64) -> u32 {
        let hash = self.hasher.hash_one(id);
        match self.table.find(hash, |(other, _)| *other == id) {
            Some((_, number)) => *number,
            None => self.insert(id, hash),
        }
    }

    #[cold]
    fn insert(&mut self, id: u64, hash: u64) -> u32 {
        let number = u32::try_from(self.ids.len()).expect("ids fit the memory, and 2^32 do not");
        self.ids.push(id);
        let hasher = &self.hasher;
        let rehash = |(id, _): &(u64, u32)| hasher.hash_one(id);
        self.table.insert_unique(hash, (id, number), rehash);
        number
    }
}

/// The names that have appeared, by number.
#[derive(Clone, Copy)]
pub struct Keys<'t>(Kind<'t>);

#[derive(Clone, Copy)]
enum Kind<'t> {
    Texts(&'t Texts),
    /// Their names are their digits.
    Ids(&'t Ids),
}

impl<'t> From<&'t Texts> for Keys<'t> {
    fn from(texts: &'t Texts) -> Self {
        Keys(Kind::Texts(texts))
    }
}

impl<'t> From<&'t Ids> for Keys<'t> {
    fn from(ids: &'t Ids) -> Self {
        Keys(Kind::Ids(ids))
    }
}

impl<'t> Keys<'t> {
    /// How many have appeared.
    pub fn len(&self) -> usize {
        match self.0 {
            Kind::Texts(texts) => texts.len(),
            Kind::Ids(ids) => ids.ids.len(),
        }
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of a number.
    ///
    /// # Panics
    ///
    /// If no name with this number has appeared.
    pub fn name(&self, number: u32) -> Cow<'t, str> {
        match self.0 {
            Kind::Texts(texts) => Cow::Borrowed(texts.name(number)),
            Kind::Ids(ids) => Cow::Owned(ids.ids[number as usize].to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_numbers_in_the_order_of_appearance() {
        let mut texts = Texts::default();
        for number in 0..5_000u32 {
            assert_eq!(texts.find(format!("k{number}").as_bytes()), None);
            assert_eq!(texts.insert(&format!("k{number}")), number);
        }
        assert_eq!(texts.find(b"k4999"), Some(4_999));
        assert_eq!(texts.find(b"k"), None);
        assert_eq!(texts.name(0), "k0");
        assert_eq!(texts.len(), 5_000);
        let mut ids = Ids::default();
        for id in 0..5_000u64 {
            assert_eq!(u64::from(ids.number(id << 32)), id);
        }
        assert_eq!(ids.number(7 << 32), 7);
        assert_eq!(Keys::from(&ids).name(2), (2u64 << 32).to_string());
    }
}
