//! Counting reads instead of simulating them.
//!
//! A PoP's readers of a key matter to the rest of the world only when one of them starts a fetch. What the
//! others are given follows from what the PoP holds meanwhile. So a Poisson reader is not simulated read by
//! read. Of each *stretch* between two changes of what the PoP holds for the key (a copy comes or goes, a
//! fetch starts or ends), only this is drawn:
//!
//! 1. The first read that would itself change something: the first after the end of the copy, or after the
//!    instant from which hits refresh it. It is simulated like any other read, and ends the stretch.
//! 2. If something else ends the stretch before, that draw is forgotten and made anew in the next one.
//! 3. Reads that wait for a fetch under way are drawn when it ends; until then they change nothing.
//! 4. All others are hits on one copy. They are told to the observer as a whole: so many per second, from then
//!    until then, on this version ([`crate::sim::observation::Hits`]).
//!
//! This is exact in distribution. A Poisson process has independent increments, and no memory: whatever is
//! known of the time before an instant s, the process from s on is a fresh one with the same rate, also where s
//! is not fixed but follows from what has happened up to s (strong Markov property; J. Kingman, *Poisson
//! Processes*, 1993, sections 2.1 and 4.1). Every stretch ends at such an instant: at the first read of 1, or
//! at an event that owes nothing to the reads of the stretch, since these have changed nothing. Within a
//! stretch, the hits and waits of 3 and 4 and the arrival of 1 lie in intervals that do not overlap, so they
//! are independent: each may be drawn alone, when it is asked for, or be summed with others of its kind and
//! drawn at the very end. To forget a draw (2) says no more than that there was no such read before the
//! stretch ended, which is true; the time after it is untouched.
//!
//! What still costs as much as the traffic are reads that wait: as many as come while a fetch is under way.
//!
//! Periodic and Erlang readers have a memory, and are simulated read by read beside the others.

use super::place::Place;
use super::{Cell, Event};
use crate::scenario::{PopIndex, WorkloadIndex};
use crate::sim::observation::{CacheIndex, CellKey, Observer};
use crate::sim::random::{Purpose, Seed, Stream};
use crate::sim::store::NEVER;
use crate::sim::workload::RateCurve;
use crate::sim::world::World;
use crate::units::{Duration, Time};
use std::ops::Range;

/// The counted readers of a key at a PoP.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) key: CellKey,
    pub(super) pop: PopIndex,
    /// In the cell's list.
    readers: Range<usize>,
    pub(super) stream: Stream,
    /// The present stretch, as far as it has been told, began here.
    pub(super) told_until: Time,
    /// The first read that changes something if nothing else does before, and its reader.
    pub(super) next: Option<(Time, usize)>,
    /// The earliest event that the queue holds for these readers. Where a draw is forgotten for a later one, its
    /// event stays and is asked again when its time has come: so there is never more than a few.
    queued: Option<Time>,
}

impl Counted {
    /// The number of the reader, if it is the only one.
    #[inline]
    pub(super) fn only_reader(&self) -> Option<usize> {
        (self.readers.len() == 1).then_some(self.readers.start)
    }
}

/// A workload that reads, counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader {
    pub(super) workload: WorkloadIndex,
    pub(super) cache_ttl: Duration,
    pub(super) curve: RateCurve,
}

impl<O: Observer> Cell<'_, O> {
    /// Lets the cell's readers from number `first` on be counted at a PoP, from now on.
    pub(super) fn count_readers(&mut self, key: CellKey, pop: PopIndex, first: usize) {
        let readers = first..self.readers.len();
        if readers.is_empty() {
            return;
        }
        let name = self.counted_seeds[pop].child(self.keys[key.0 as usize].name);
        let counted = Counted {
            key,
            pop,
            readers,
            stream: name.stream(),
            told_until: self.now,
            next: None,
            queued: None,
        };
        self.slot(key, CacheIndex(pop as u32)).counted = Some(self.counted.len() as u32);
        self.counted.push(counted);
    }

    /// Tells what the counted readers were given until now; what the PoP holds is about to change.
    #[inline]
    pub(super) fn tell_reads(&mut self, key: CellKey, cache: CacheIndex) {
        let slot = self.slot_index(key, cache);
        if let Some(counted) = self.slots[slot].counted {
            self.tell_reads_until(slot, counted as usize, self.now);
        }
    }

    /// Likewise of all PoPs until `until`; nothing changes before.
    pub(super) fn tell_all_reads(&mut self, until: Time) {
        for slot in 0..self.slots.len() {
            if let Some(counted) = self.slots[slot].counted {
                self.tell_reads_until(slot, counted as usize, until);
            }
        }
    }

    /// Likewise when the cell is over: first what is measured, then the hits on copies that are still good, which
    /// are the last to tell whether a version was served at all. Until `known_until` nothing else happens.
    pub(super) fn tell_last_reads(&mut self, known_until: Time) {
        self.tell_all_reads(self.world.end);
        let next = self.agenda.queue.next_time().unwrap_or(NEVER);
        self.tell_all_reads(next.min(known_until));
    }

    #[inline]
    pub(super) fn tell_reads_until(&mut self, slot: usize, counted: usize, until: Time) {
        let slot = &self.slots[slot];
        let counted = &mut self.counted[counted];
        let from = counted.told_until;
        if until <= from {
            return;
        }
        counted.told_until = until;
        let place = Place {
            world: self.world,
            key: counted.key,
            cache: CacheIndex(counted.pop as u32),
        };
        for reader in &self.readers[counted.readers.clone()] {
            let class = self.world.class(reader.workload, counted.pop);
            let mut quiet_until = from;
            if let Some(copy) = &slot.copy {
                let is_asking = slot.pending.is_some();
                let observer = &mut self.observer;
                quiet_until = place.tell_hits(observer, reader, copy, is_asking, (from, until));
            }
            if let Some(fetch) = slot.pending
                && quiet_until < until
            {
                let mut start = reader.curve.next_after(quiet_until, &mut counted.stream);
                while start < until {
                    self.fetches[fetch as usize].join_read(&mut self.waiting, class, start, None);
                    start = reader.curve.next_after(start, &mut counted.stream);
                }
            }
        }
    }

    /// Draws the first counted read that changes something; what the PoP holds has changed just now.
    #[inline]
    pub(super) fn expect_read(&mut self, key: CellKey, cache: CacheIndex) {
        let slot = self.slot_index(key, cache);
        let slot = &self.slots[slot];
        let Some(index) = slot.counted else { return };
        let counted = &mut self.counted[index as usize];
        counted.next = None;
        if slot.pending.is_some() {
            // What is no hit waits.
            return;
        }
        let rule = self.world.caches[counted.pop];
        let rules = &self.world.scenario.cache;
        for number in counted.readers.clone() {
            let reader = &self.readers[number];
            let quiet_until = slot.copy.as_ref().map_or(self.now, |copy| {
                let end = rule.quiet_until(rules, copy, reader.cache_ttl, false);
                end.max(self.now)
            });
            let time = reader.curve.next_after(quiet_until, &mut counted.stream);
            if counted.next.is_none_or(|(earliest, _)| time < earliest) {
                counted.next = Some((time, number));
            }
        }
        self.schedule_counted_read(index);
    }

    /// Schedules the first counted read that changes something, unless the queue will ask before.
    #[inline]
    pub(super) fn schedule_counted_read(&mut self, index: u32) {
        let counted = &mut self.counted[index as usize];
        if let Some((time, _)) = counted.next
            && counted.queued.is_none_or(|queued| time < queued)
        {
            counted.queued = Some(time);
            self.agenda.queue.schedule(time, Event::CountedRead(index));
        }
    }

    /// A counted read changes something, unless its draw has been forgotten.
    pub(super) fn counted_read(&mut self, index: u32) {
        let counted = &mut self.counted[index as usize];
        if counted.queued == Some(self.now) {
            counted.queued = None;
        }
        let Some((_, number)) = counted.next.filter(|(time, _)| *time == self.now) else {
            return self.schedule_counted_read(index);
        };
        counted.next = None;
        if self.coast(index) {
            return;
        }
        let Counted { key, pop, .. } = self.counted[index as usize];
        let Reader {
            workload,
            cache_ttl,
            ..
        } = self.readers[number];
        self.tell_reads(key, CacheIndex(pop as u32));
        self.read(key, pop, workload, cache_ttl);
    }

    /// Forgets all counted readers.
    pub(super) fn forget_counted(&mut self) {
        self.counted.clear();
        self.readers.clear();
    }

    /// The keys and PoPs with counted readers.
    pub(super) fn counted_places(&self) -> impl Iterator<Item = (CellKey, PopIndex)> + '_ {
        self.counted
            .iter()
            .map(|counted| (counted.key, counted.pop))
    }

    /// The beginnings of the names of counted readers' streams, by PoP.
    pub(super) fn counted_seeds(run: Seed, world: &World) -> Vec<Seed> {
        let purpose = run.purpose(Purpose::CountedReads);
        world
            .pops
            .iter()
            .map(|pop| purpose.child(pop.name))
            .collect()
    }
}
