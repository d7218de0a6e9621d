//! Fetch after fetch at a PoP where nothing else happens: what the queue would do, with all state at hand.
//!
//! Most of the time a key at a PoP that is simulated alone has one counted reader, whose reads start fetches,
//! one after the other, and no event disturbs a fetch before its answer is back. Then the next fetch, its answer
//! and the next one follow from each other. The rules are those of [`super::read`] and [`super::counted`], and so
//! are the draws and what is told; `tests/same_bits.rs` holds this way against the queue, bit for bit.

use super::counted::{Counted, Reader};
use super::place::Place;
use super::{Cell, Event};
use crate::sim::cache::CacheCopy;
use crate::sim::observation::{CacheIndex, CacheStatus, Hits, Observer, Read};
use crate::sim::random::Purpose;
use crate::sim::store::NEVER;
use crate::units::Time;

impl<O: Observer> Cell<'_, O> {
    /// Lets a counted read start a fetch, and those after it, as long as nothing disturbs them; tells whether
    /// it did.
    #[inline]
    pub(super) fn coast(&mut self, index: u32) -> bool {
        let world = self.world;
        let Counted { key, pop, .. } = self.counted[index as usize];
        let number = self.counted[index as usize].only_reader();
        let (Some(number), Some(_), true) = (number, &self.alone, world.has_plain_fetches) else {
            return false;
        };
        let Reader {
            workload,
            cache_ttl,
            curve,
        } = self.readers[number];
        let cache = CacheIndex(pop as u32);
        let place = Place { world, key, cache };
        let (class, rule, rules) = (
            world.class(workload, pop),
            world.caches[pop],
            &world.scenario.cache,
        );
        let ways = &world.pops[pop].path[0].ways;
        let undisturbed_until = self
            .agenda
            .queue
            .next_time()
            .unwrap_or(NEVER)
            .min(world.end);
        let (mut start, mut has_fetched) = (self.now, false);
        loop {
            let (up, down) = match ways.constant() {
                Some(delays) => delays,
                None => {
                    let name = self.stream_name(Purpose::FetchDelays, key, world.pops[pop].name);
                    let mut stream = name.stream();
                    (ways.up.sample(&mut stream), ways.down.sample(&mut stream))
                }
            };
            let arrival = start + up;
            if !self.is_history_known(arrival) {
                break;
            }
            let answer = self.sample_store(key, arrival);
            let end = arrival
                + world.scenario.store.service_time
                + down
                + world.transfer_time(answer.size);
            if end >= undisturbed_until {
                break;
            }
            let held = &mut self.slots[0].copy;
            let observer = &mut self.observer;
            let counted = &mut self.counted[index as usize];
            if let Some(copy) = held {
                let until = rule.quiet_until(rules, copy, cache_ttl, false).min(start);
                if until > counted.told_until {
                    observer.hits(&Hits {
                        class,
                        key,
                        version: copy.version,
                        sampled_at: copy.sampled_at,
                        from: counted.told_until,
                        until,
                        curve,
                    });
                }
            }
            observer.store_read(class, start);
            place.tell_flight(observer, answer.version, start, held, end);
            let copy = CacheCopy::filled(&answer, end, cache_ttl);
            place.install(observer, held, copy, end);
            let mut read = Read {
                class,
                key,
                start,
                end: end + rules.hit_latency,
                version: answer.version,
                sampled_at: answer.sampled_at,
                status: CacheStatus::Fetch,
            };
            observer.read(&read);
            read.status = CacheStatus::Coalesced;
            read.start = curve.next_after(start, &mut counted.stream);
            while read.start < end {
                observer.read(&read);
                read.start = curve.next_after(read.start, &mut counted.stream);
            }
            counted.told_until = end;
            let held = held.as_ref().expect("a copy was installed");
            let quiet_until = rule.quiet_until(rules, held, cache_ttl, false).max(end);
            start = curve.next_after(quiet_until, &mut counted.stream);
            (self.now, has_fetched) = (end, true);
            if start >= undisturbed_until {
                break;
            }
            self.now = start;
        }
        if has_fetched {
            self.wait_for_read(index, number, start);
        }
        has_fetched
    }

    /// Schedules the first counted read that changes something.
    pub(super) fn wait_for_read(&mut self, index: u32, number: usize, time: Time) {
        self.counted[index as usize].next = Some((time, number));
        self.agenda.queue.schedule(time, Event::CountedRead(index));
    }
}
