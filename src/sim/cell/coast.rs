//! Fetch after fetch at a PoP where nothing else happens: what the queue would do, with all state at hand.
//!
//! Most of the time a key at a PoP that is simulated alone has one counted reader, whose reads start fetches,
//! one after the other, and no event disturbs a fetch before its answer is back. Then the next fetch, its answer
//! and the next one follow from each other. The rules are those of [`super::read`] and [`super::counted`], and so
//! are the draws and what is told; `tests/same_bits.rs` holds this way against the queue, bit for bit.

use super::Cell;
use super::counted::Reader;
use super::place::Place;
use crate::scenario::PopIndex;
use crate::sim::cache::{CacheCopy, miss_cause};
use crate::sim::observation::{CacheIndex, CacheStatus, CellKey, Observer, Read};
use crate::sim::store::NEVER;
use crate::units::Time;

/// A reader that fetches again and again, and how long it does so undisturbed.
#[derive(Clone, Copy)]
struct Coasting {
    /// Among those that are counted.
    index: usize,
    key: CellKey,
    pop: PopIndex,
    reader: Reader,
    undisturbed_until: Time,
}

impl<O: Observer> Cell<'_, O> {
    /// Lets a counted read start a fetch, and those after it, as long as nothing disturbs them; tells whether
    /// it did.
    #[inline]
    pub(super) fn coast(&mut self, index: u32) -> bool {
        let counted = &self.counted[index as usize];
        let (Some(number), Some(_), true) = (
            counted.only_reader(),
            &self.alone,
            self.world.has_plain_fetches,
        ) else {
            return false;
        };
        let next = self.agenda.queue.next_time().unwrap_or(NEVER);
        let coasting = Coasting {
            index: index as usize,
            key: counted.key,
            pop: counted.pop,
            reader: self.readers[number],
            undisturbed_until: next.min(self.world.end),
        };
        let mut next_read = None;
        while let Some(start) = self.fetch_undisturbed(&coasting) {
            next_read = Some(start);
            if start >= coasting.undisturbed_until {
                break;
            }
            self.advance(start);
        }
        if let Some(start) = next_read {
            self.counted[coasting.index].next = Some((start, number));
            self.schedule_counted_read(index);
        }
        next_read.is_some()
    }

    /// A read starts a fetch now, and gets its answer before anything else happens; gives the start of the next
    /// read that does. `None` if something disturbs it, and nothing has happened yet.
    #[inline(always)]
    fn fetch_undisturbed(&mut self, coasting: &Coasting) -> Option<Time> {
        let (world, start) = (self.world, self.now);
        let Coasting {
            key, pop, reader, ..
        } = *coasting;
        let cache = CacheIndex(pop as u32);
        let way = &world.pops[pop].path[0];
        let (up, down) = self.fetch_delays(key, cache, &way.ways);
        let arrival = start + up;
        if !self.is_history_known(arrival) {
            return None;
        }
        let answer = self.sample_store(key, arrival);
        let end =
            arrival + world.scenario.store.service_time + down + world.transfer_time(answer.size);
        if end >= coasting.undisturbed_until {
            return None;
        }
        self.advance(end);
        if way.ways.constant().is_none() {
            self.observer.delays_drawn(way.link, start, up, down);
        }
        let (place, class) = (
            Place { world, key, cache },
            world.class(reader.workload, pop),
        );
        // The PoP that is simulated alone has the only slot.
        let (slot, observer) = (&mut self.slots[0], &mut self.observer);
        let told_until = self.counted[coasting.index].told_until;
        if let Some(copy) = &slot.copy
            && told_until < start
        {
            place.tell_hits(observer, &reader, copy, false, (told_until, start));
        }
        let cause = miss_cause(
            slot.copy.as_ref(),
            slot.was_dropped,
            reader.cache_ttl,
            start,
        );
        observer.store_read(class, start);
        place.tell_flight(observer, answer.version, start, &slot.copy, end);
        let copy = CacheCopy::filled(&answer, end, reader.cache_ttl);
        place.install(observer, &mut slot.copy, copy, end);
        let stream = &mut self.counted[coasting.index].stream;
        let rules = &world.scenario.cache;
        let mut read = Read {
            class,
            key,
            start,
            end: end + rules.hit_latency,
            version: answer.version,
            sampled_at: answer.sampled_at,
            status: CacheStatus::Fetch,
            miss: Some(cause),
        };
        observer.read(&read);
        // Nobody waits for an answer that takes no time, and nothing is drawn.
        if start < end {
            (read.status, read.miss) = (CacheStatus::Coalesced, None);
            read.start = reader.curve.next_after(start, stream);
            while read.start < end {
                observer.read(&read);
                read.start = reader.curve.next_after(read.start, stream);
            }
        }
        let held = slot.copy.as_ref().expect("a copy was installed");
        let quiet_until = world.caches[pop].quiet_until(rules, held, reader.cache_ttl, false);
        let next = reader.curve.next_after(quiet_until.max(end), stream);
        self.counted[coasting.index].told_until = end;
        Some(next)
    }
}
