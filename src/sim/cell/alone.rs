//! The short way for keys in open traffic without shared tiers: PoP by PoP, on a history drawn first.
//!
//! Where writes do not depend on what anybody has read, PoPs meet only in the history of the store. So the
//! writers of each key are simulated first, and then each PoP alone against what they wrote: its queue holds a
//! handful of events instead of one for each PoP of the world, and all keys of a block visit a PoP before the
//! next, so that what is measured there stays in the CPU's cache. All rules are those of the long way, and
//! all streams are named the same: both give the same operations with the same answers. Only where a request
//! meets a commit at the very same nanosecond may they differ: here it always sees it, on the queue what was
//! scheduled first goes first.

use super::slots::Layout;
use super::{Agenda, Cell, Event, Slot};
use crate::scenario::keyspace::KeyId;
use crate::scenario::{OwnWrites, PopIndex};
use crate::sim::observation::{CacheIndex, CellKey, Observer};
use crate::sim::store::{NEVER, Register};
use crate::units::{Duration, Time};

/// The history of some keys, and the PoP that is simulated on it, for one key.
#[derive(Debug)]
pub(super) struct Alone {
    key: CellKey,
    pop: PopIndex,
    /// The latest version at the store as far as this PoP's time has come.
    version: u32,
    /// The latest version that was looked at for own writes.
    own_writes_seen: u32,
    /// The writers, waiting to be asked for more.
    writers: Agenda,
    /// Writers whose first write is due from then on are not among them: most of those that share a key's
    /// rate never write.
    complete_until: Time,
    /// Up to this instant all their writes have arrived.
    written_until: Time,
}

impl Alone {
    pub(super) fn key(&self) -> CellKey {
        self.key
    }

    pub(super) fn pop(&self) -> PopIndex {
        self.pop
    }

    /// The latest version at the store at `now`.
    #[inline]
    pub(super) fn version_at(&mut self, register: &Register, now: Time) -> u32 {
        let commits = register.committed();
        let is_known = |version: u32| version == 0 || commits[version as usize - 1] <= now;
        // Requests come in the order of time, or nearly so.
        while !is_known(self.version) {
            self.version -= 1;
        }
        while (self.version as usize) < commits.len() && is_known(self.version + 1) {
            self.version += 1;
        }
        self.version
    }
}

/// How far ahead the writers are asked when the history ends.
const AHEAD: Duration = Duration::from_secs(1);

/// About how long after the last copies of the measured time have ended the last delays have.
const AFTERMATH: Duration = Duration::from_secs(60);

impl<O: Observer> Cell<'_, O> {
    /// Simulates keys in open traffic, PoP by PoP.
    pub(super) fn simulate_pop_by_pop(&mut self, ids: &[KeyId]) {
        self.begin(Layout::OnePlace);
        // About how long it takes until what is measured is seen everywhere.
        let world = self.world;
        let longest = world.scenario.longest_cache_ttl_anywhere();
        let mut complete_until = world.end + longest * 2 + AFTERMATH;
        for id in ids {
            let key = self.key(*id);
            self.add_writers(key, (Time(i64::MIN), complete_until));
        }
        let of_writers = usize::from(self.agenda.queue.next_time().is_some());
        self.plan_passes(of_writers + self.keys.len() * world.pops.len());
        while let Some(next) = self.agenda.queue.next_time()
            && (next < world.end || self.outstanding > 0)
        {
            if next >= complete_until {
                self.add_writers_due_from(complete_until);
                complete_until = NEVER;
            }
            self.step();
        }
        self.assert_all_answered();
        (0..of_writers).for_each(|_| self.end_pass());
        let keys = self.keys.len() as u32;
        self.alone = Some(Alone {
            key: CellKey(0),
            pop: 0,
            version: 0,
            own_writes_seen: 0,
            written_until: self.known_until(complete_until),
            writers: std::mem::take(&mut self.agenda),
            complete_until,
        });
        for pop in 0..world.pops.len() {
            for key in (0..keys).map(CellKey) {
                self.simulate_alone(key, pop);
                self.end_pass();
            }
        }
        self.observer.cell_is_over();
    }

    fn alone(&mut self) -> &mut Alone {
        self.alone.as_mut().expect("a history was drawn first")
    }

    /// Simulates one key at one PoP.
    fn simulate_alone(&mut self, key: CellKey, pop: PopIndex) {
        let alone = self.alone();
        (alone.key, alone.pop, alone.version, alone.own_writes_seen) = (key, pop, 0, 0);
        self.agenda.clear();
        self.fetches.clear();
        self.waiting.clear();
        self.forget_counted();
        self.slots[0] = Slot::default();
        self.now = self.world.start;
        let measured_until = self.keys[key.0 as usize].unsettled_until;
        self.unsettled_until = self.world.end.max(measured_until);
        let readers = self.add_readers(key, pop);
        self.fill_cache(key, pop, &readers);
        self.expect_read(key, CacheIndex(pop as u32));
        // Also one before the measured time: it makes the first read be drawn anew.
        self.schedule_own_writes();
        let is_cold =
            self.keys[key.0 as usize].measured_version == 0 && self.slots[0].copy.is_none();
        let next = self.agenda.queue.next_time();
        if is_cold && next.is_none_or(|next| next >= self.world.end) {
            // The usual case among millions of keys: no measured read, no measured write.
            return;
        }
        loop {
            let written_until = self.alone().written_until;
            let next = self.agenda.queue.next_time().unwrap_or(NEVER);
            if next <= written_until && next < NEVER {
                if self.is_over(next) {
                    break;
                }
                self.step();
            } else if self.is_over(next.min(written_until)) || written_until == NEVER {
                break;
            } else {
                self.ask_writers(written_until + AHEAD);
                self.schedule_own_writes();
            }
        }
        self.assert_all_answered();
        let written_until = self.alone().written_until;
        assert!(
            written_until >= self.world.end - Duration(1),
            "a PoP coasts on a history that is known as far as what is measured"
        );
        self.tell_last_reads(written_until);
        self.close_spans();
        self.observer.spans_are_complete();
        if !readers.is_empty() {
            self.observer.readers_go_on(key, pop);
        }
    }

    /// Adds the writers whose first write is due from `time` on.
    fn add_writers_due_from(&mut self, time: Time) {
        for key in 0..self.keys.len() as u32 {
            self.add_writers(CellKey(key), (time, NEVER));
        }
    }

    /// Lets the writers go on until all that arrives up to `time` has arrived.
    fn ask_writers(&mut self, time: Time) {
        let Some(mut alone) = self.alone.take() else {
            return;
        };
        let now = self.now;
        std::mem::swap(&mut self.agenda, &mut alone.writers);
        if time >= alone.complete_until {
            self.add_writers_due_from(alone.complete_until);
            alone.complete_until = NEVER;
        }
        while let Some(next) = self.agenda.queue.next_time()
            && next <= time
        {
            self.step();
        }
        alone.written_until = self.known_until(alone.complete_until);
        std::mem::swap(&mut self.agenda, &mut alone.writers);
        self.now = now;
        self.alone = Some(alone);
    }

    /// Whether all that the store does until `time` is known already.
    #[inline]
    pub(super) fn is_history_known(&self, time: Time) -> bool {
        self.alone
            .as_ref()
            .is_some_and(|alone| time <= alone.written_until)
    }

    /// All that the writers do before the next event in their queue is known, if they are complete so far.
    fn known_until(&self, complete_until: Time) -> Time {
        let next = self.agenda.queue.next_time().unwrap_or(NEVER);
        match next.min(complete_until) {
            NEVER => NEVER,
            time => time - Duration(1),
        }
    }

    /// Schedules what this PoP's own writes do to its copy, as far as they are known.
    fn schedule_own_writes(&mut self) {
        let Some(alone) = &mut self.alone else { return };
        if self.world.scenario.pops[alone.pop].own_writes == OwnWrites::Unchanged {
            return;
        }
        let commits = self.keys[alone.key.0 as usize].register.commits();
        let unseen = &commits[alone.own_writes_seen as usize..];
        for commit in unseen.iter().filter(|commit| commit.pop == alone.pop) {
            self.agenda.queue.schedule(
                commit.answered,
                Event::OwnWriteAnswered(commit.stored.version),
            );
        }
        alone.own_writes_seen = commits.len() as u32;
    }

    /// The PoP that is simulated alone learns that its own write was accepted.
    pub(super) fn own_write_answered(&mut self, version: u32) {
        let alone = self
            .alone
            .as_ref()
            .expect("only a PoP that is simulated alone gets this event");
        let (key, pop) = (alone.key, alone.pop);
        self.settle_own_write(key, pop, version);
    }
}
