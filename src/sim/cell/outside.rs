//! Somebody outside the simulation asks while time goes on: each operation starts when it is told to, and is answered
//! in simulated time like any other.
//!
//! What happens to it is what happens to a recorded operation of the same instant (`replay`), so that a record of all
//! that was asked gives the same versions again. Time is told by whoever asks, and is never ahead of what has happened.

use super::asked::{Asked, By, Seen, State, no_value_yet};
use super::contents::Names;
use super::listed::listing;
use super::{Cell, Listed};
use crate::scenario::{NamespaceIndex, PopIndex, WorkloadIndex};
use crate::sim::observation::{CacheIndex, CacheStatus, CellKey, Observer};
use crate::sim::store::{Expiration, NEVER};
use crate::sim::value::{Datum, Entry};
use crate::units::{Duration, Size, Time};

/// What somebody outside asks of the store or of a PoP's cache.
#[derive(Clone, Debug)]
pub enum Call {
    /// The value of a key.
    Get {
        /// Which.
        key: CellKey,
        /// How old a copy may be.
        cache_ttl: Duration,
    },
    /// To store a value.
    Put {
        /// Of which key.
        key: CellKey,
        /// What.
        entry: Entry,
        /// Until when.
        expiration_ttl: Option<Duration>,
    },
    /// To delete a key.
    Delete {
        /// Which.
        key: CellKey,
    },
    /// A page of keys.
    List {
        /// In which namespace.
        namespace: NamespaceIndex,
        /// With what they begin.
        prefix: String,
        /// How many at most.
        limit: usize,
        /// Where the page before ended; none, or an empty one, asks for the first.
        cursor: Option<String>,
    },
}

/// What came of an operation.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Of [`Call::Get`].
    Value(Found, CacheStatus),
    /// Of [`Call::Put`] and [`Call::Delete`].
    Written {
        /// Which version it became; none where it came too soon after another, and was refused.
        version: Option<u32>,
    },
    /// Of [`Call::List`].
    Page {
        /// In order.
        keys: Vec<Listed>,
        /// Where the next page begins; none where the list is complete.
        cursor: Option<String>,
    },
    /// Of [`Call::List`], with a cursor that no list has given.
    BadCursor,
}

/// What a read found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Which version of the key.
    pub version: u32,
    /// What it holds; none where the key has no value.
    pub entry: Option<Entry>,
    /// When that expires, if it does, in seconds since 1970.
    pub expiration_s: Option<i64>,
}

/// A copy as a PoP holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyHeld {
    /// Of which version.
    pub version: u32,
    /// Whether it says that there is no value.
    pub is_missing: bool,
    /// Since when its age counts.
    pub counted_from: Time,
    /// Until when it answers reads with the `cache-ttl` with which it was filled.
    pub until: Time,
}

impl<O: Observer> Cell<'_, O> {
    /// Begins at time 0, with all that the scenario itself does, and waits for what is asked.
    pub fn open(&mut self) {
        self.begin_with_all_keys();
        self.workers.names = Names::of(&self.world.scenario.namespaces);
        for (id, key) in self.by_id.clone() {
            let name = self.world.keyspace.name(id);
            self.workers.names.insert(name, key);
        }
    }

    /// The present instant.
    pub fn now(&self) -> Time {
        self.now
    }

    /// When something happens next, if anything does.
    pub fn next_event(&self) -> Option<Time> {
        self.agenda.queue.next_time()
    }

    /// Lets the next event happen if it is due at `time` or before; whether there was one.
    pub fn step_until(&mut self, time: Time) -> bool {
        let is_due = self.next_event().is_some_and(|next| next <= time);
        if is_due {
            self.step();
        }
        is_due
    }

    /// Adds a namespace in which there is nothing.
    pub fn add_namespace(&mut self, name: &str) -> NamespaceIndex {
        self.workers.names.add_namespace(name)
    }

    /// Forgets all that a namespace holds: nobody can ask for it any more.
    pub fn clear_namespace(&mut self, namespace: NamespaceIndex) {
        let keys = self.workers.names.clear_namespace(namespace);
        self.workers.removed.extend(keys);
        self.forget_removed();
    }

    /// The key of a name; it appears if nobody has asked for it before.
    pub fn key_named(&mut self, namespace: NamespaceIndex, name: &str) -> CellKey {
        self.key_by_name(namespace, name)
    }

    /// The key of a name, if anybody has asked for it before.
    pub fn known_key(&self, namespace: NamespaceIndex, name: &str) -> Option<CellKey> {
        let names = self.workers.names.in_namespace(namespace);
        names.get(name).copied()
    }

    /// An operation starts at a PoP at `now`, when all that is due before has happened. It counts as one of
    /// `workload`, and its reply bears `number`.
    ///
    /// # Panics
    ///
    /// If `now` is in the past.
    pub fn ask_from_outside(
        &mut self,
        now: Time,
        number: u64,
        (workload, pop): (WorkloadIndex, PopIndex),
        call: Call,
    ) {
        self.advance(now);
        let by = By::Outsider { number, workload };
        let asked = |state| Asked { by, pop, state };
        match call {
            Call::Get { key, cache_ttl } => {
                self.ask_for_values(asked(no_value_yet()), &[key], cache_ttl);
            }
            Call::Put {
                key,
                entry,
                expiration_ttl,
            } => {
                let size = Size(entry.value.len() as u64);
                let asked = asked(State::Write { version: None });
                let expiration = Expiration::from(expiration_ttl);
                self.ask_to_write(asked, key, Some((entry, size)), expiration);
            }
            Call::Delete { key } => {
                let asked = asked(State::Write { version: None });
                self.ask_to_write(asked, key, None, Expiration::Never);
            }
            Call::List {
                namespace,
                prefix,
                limit,
                cursor,
            } => self.ask_for_list(asked(listing(namespace, prefix, limit, cursor.as_deref()))),
        }
    }

    /// Takes the replies that are there by now: by their numbers, in the order in which they came.
    pub fn take_replies(&mut self) -> impl Iterator<Item = (u64, Reply)> + '_ {
        self.workers.replies.drain(..)
    }

    pub(super) fn answer_outsider(&mut self, number: u64, state: State) {
        let reply = match state {
            State::Value(seen, status) => Reply::Value(self.found(seen), status),
            State::Write { version } => Reply::Written { version },
            State::List { keys, cursor, .. } => Reply::Page { keys, cursor },
            State::BadCursor => Reply::BadCursor,
            State::Values { .. } | State::Origin(_) => {
                unreachable!("only programs ask for several values, and origins")
            }
        };
        self.workers.replies.push((number, reply));
    }

    fn found(&self, seen: Seen) -> Found {
        let entry = seen.datum.map(|datum| match datum {
            Datum::Entry(entry) => Entry::clone(&entry),
            other => Entry {
                value: other.bytes(&self.world.texts).into_owned().into(),
                metadata: None,
            },
        });
        Found {
            version: seen.version,
            entry,
            expiration_s: seen.expires_at.map(|at| self.world.date_s(at)),
        }
    }

    /// What the store itself holds of a key at this instant, asked past all caches and links.
    pub fn at_store(&self, key: CellKey) -> Found {
        let key = &self.keys[key.0 as usize];
        let latest = key.register.latest();
        let answer = latest.answer(self.now);
        self.found(Seen {
            version: answer.version,
            datum: (!answer.is_missing).then(|| key.values.get(answer.version)),
            expires_at: (answer.expires_at < NEVER).then_some(answer.expires_at),
        })
    }

    /// A page of the keys that the store itself holds at this instant, likewise.
    pub fn page_at_store(
        &self,
        namespace: NamespaceIndex,
        prefix: &str,
        limit: usize,
        cursor: Option<&str>,
    ) -> Reply {
        match listing(namespace, prefix.to_owned(), limit, cursor) {
            State::List { page, .. } => {
                let (keys, cursor) = self.page(&page);
                Reply::Page { keys, cursor }
            }
            _ => Reply::BadCursor,
        }
    }

    /// The latest version of a key, and since when.
    pub fn latest(&self, key: CellKey) -> (u32, Option<Time>) {
        let register = &self.keys[key.0 as usize].register;
        (
            register.latest().version,
            register.committed().last().copied(),
        )
    }

    /// The copy of a key that a PoP holds, good or not.
    pub fn copy_held(&self, key: CellKey, pop: PopIndex) -> Option<CopyHeld> {
        let copy = self.slot_if_touched(key, CacheIndex(pop as u32))?.copy?;
        let until = self.world.caches[pop].usable_until(&copy, copy.ttl);
        Some(CopyHeld {
            version: copy.version,
            is_missing: copy.is_missing,
            counted_from: copy.counted_from,
            until,
        })
    }

    /// The bytes of all values that are kept because somebody may still read them, or that were not looked at since.
    pub fn value_bytes(&self) -> usize {
        self.value_bytes
    }

    /// Forgets what keys of removed namespaces hold, but for those of which something is under way: who has asked
    /// before gets what there was.
    fn forget_removed(&mut self) {
        let mut removed = std::mem::take(&mut self.workers.removed);
        removed.retain(|key| {
            let is_under_way =
                self.fetches.iter().any(|(_, fetch)| fetch.key() == *key) || self.is_written(*key);
            if !is_under_way {
                let values = std::mem::take(&mut self.keys[key.0 as usize].values);
                self.value_bytes -= values.bytes();
            }
            is_under_way
        });
        self.workers.removed = removed;
    }

    /// Whether keys of removed namespaces may still hold something, for those who have asked before.
    pub fn has_removed(&self) -> bool {
        !self.workers.removed.is_empty()
    }

    /// Forgets all values that nobody can read from `now` on, when all that is due before has happened.
    ///
    /// # Panics
    ///
    /// If `now` is in the past.
    pub fn forget_unreadable(&mut self, now: Time) {
        self.advance(now);
        self.forget_removed();
        for key in 0..self.keys.len() as u32 {
            if self.keys[key as usize].values.bytes() > 0 {
                self.forget_old_values(CellKey(key));
            }
        }
    }
}
