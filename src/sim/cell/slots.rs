//! Where a key's place in a cache is found.
//!
//! Mostly there is a place for each key in each cache, one after the other. Where keys are many and each is
//! touched at a few of many PoPs, as in recorded workloads, only places that were touched are there, in the order
//! in which they were; a table finds them. Its hash is the same on every machine, and no order of it is ever seen.

use super::place::Place;
use super::{Cell, Slot};
use crate::sim::observation::{CacheIndex, CellKey, Observer};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Up to so many caches, each key has a place in all of them: together not much larger than what else is known
/// of a key, and faster to find.
const DENSE_MAX: usize = 12;

/// Which places there are, where all are there from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// A single one: that of a PoP which is simulated alone, for one key after the other.
    OnePlace,
    /// One key's in all caches, and one key after the other.
    OneKey,
    /// All keys' in all caches.
    AllKeys,
}

/// Places that were touched.
#[derive(Debug)]
pub(super) struct Touched {
    /// Of each place, by its number.
    places: Vec<(CellKey, CacheIndex)>,
    /// Key and cache in one number beside the place's, so that a look-up touches one line of memory.
    table: HashTable<(u64, u32)>,
    hasher: FixedState,
}

impl Touched {
    /// None yet, for so many caches; `None` where it is better to have all places.
    pub(super) fn among(caches: usize) -> Option<Self> {
        (caches > DENSE_MAX).then(|| Touched {
            places: Vec::new(),
            table: HashTable::new(),
            hasher: FixedState::with_seed(0),
        })
    }

    /// The place's number, if it has been touched.
    #[inline]
    fn find(&self, name: u64, hash: u64) -> Option<usize> {
        let found = self.table.find(hash, |(other, _)| *other == name);
        found.map(|(_, number)| *number as usize)
    }

    /// The place's number, the next one if it has not been touched.
    #[inline]
    fn number(&mut self, key: CellKey, cache: CacheIndex, slots: &mut Vec<Slot>) -> usize {
        let name = name(key, cache);
        let hash = self.hasher.hash_one(name);
        if let Some(number) = self.find(name, hash) {
            return number;
        }
        let number = self.places.len();
        let hasher = &self.hasher;
        let rehash = |(name, _): &(u64, u32)| hasher.hash_one(*name);
        self.table
            .insert_unique(hash, (name, number as u32), rehash);
        self.places.push((key, cache));
        slots.push(Slot::default());
        number
    }
}

/// Key and cache in one number.
#[inline]
fn name(key: CellKey, cache: CacheIndex) -> u64 {
    (u64::from(key.0) << 32) | u64::from(cache.0)
}

impl<'w, O: Observer> Cell<'w, O> {
    #[inline]
    pub(super) fn slot_index(&mut self, key: CellKey, cache: CacheIndex) -> usize {
        match &mut self.touched {
            None => self.place_number(key, cache),
            Some(touched) => touched.number(key, cache, &mut self.slots),
        }
    }

    /// The place's number where all places are there.
    #[inline]
    fn place_number(&self, key: CellKey, cache: CacheIndex) -> usize {
        match self.layout {
            Layout::OnePlace => 0,
            Layout::OneKey => cache.0 as usize,
            Layout::AllKeys => key.0 as usize * self.world.caches.len() + cache.0 as usize,
        }
    }

    /// A key's place in a cache, without touching it.
    pub(super) fn slot_if_touched(&self, key: CellKey, cache: CacheIndex) -> Option<&Slot> {
        let index = match &self.touched {
            None => self.place_number(key, cache),
            Some(touched) => {
                let name = name(key, cache);
                touched.find(name, touched.hasher.hash_one(name))?
            }
        };
        self.slots.get(index)
    }

    #[inline]
    pub(super) fn slot(&mut self, key: CellKey, cache: CacheIndex) -> &mut Slot {
        let index = self.slot_index(key, cache);
        &mut self.slots[index]
    }

    /// A key's place in a cache, with what is there.
    pub(super) fn place(
        &mut self,
        key: CellKey,
        cache: CacheIndex,
    ) -> (Place<'w>, &mut Slot, &mut O) {
        let index = self.slot_index(key, cache);
        let place = Place {
            world: self.world,
            key,
            cache,
        };
        (place, &mut self.slots[index], &mut self.observer)
    }

    /// Makes room for the places of all keys.
    pub(super) fn add_slots(&mut self) {
        if self.touched.is_none() {
            let caches = self.world.caches.len();
            let slots = match self.layout {
                Layout::OnePlace => 1,
                Layout::OneKey => caches,
                Layout::AllKeys => self.keys.len() * caches,
            };
            self.slots.resize(slots, Slot::default());
        }
    }

    pub(super) fn key_and_cache(&self, slot: usize) -> (CellKey, CacheIndex) {
        if let Some(alone) = &self.alone {
            return (alone.key(), CacheIndex(alone.pop() as u32));
        }
        if let Some(touched) = &self.touched {
            return touched.places[slot];
        }
        let caches = self.world.caches.len();
        let key = match self.layout {
            Layout::AllKeys => slot / caches,
            // The last to have appeared.
            Layout::OneKey | Layout::OnePlace => self.keys.len() - 1,
        };
        let cache = slot % caches;
        (CellKey(key as u32), CacheIndex(cache as u32))
    }
}
