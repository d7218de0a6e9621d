//! Reads: hits, fetches through the tiers to the store, and those who wait for them.

use super::{Cell, Event};
use crate::scenario::{PopIndex, WorkloadIndex};
use crate::sim::cache::{CacheCopy, starts_refresh};
use crate::sim::observation::{CacheIndex, CacheStatus, CellKey, ClassIndex, Observer, Read, Span};
use crate::sim::random::Purpose;
use crate::sim::store::Answer;
use crate::sim::world::Upstream;
use crate::units::{Duration, Time};

/// A request on its way up from a cache, and the answer on its way back.
#[derive(Debug)]
pub(super) struct Fetch {
    key: CellKey,
    /// The cache that asks.
    cache: CacheIndex,
    /// The PoP whose path it follows, and how many hops of it lie below the asking cache.
    pop: PopIndex,
    level: usize,
    /// The operation that caused it.
    class: ClassIndex,
    caused_at: Time,
    /// The `cache-ttl` of that operation.
    cache_ttl: Duration,
    started: Time,
    /// The delay of the way back.
    down: Duration,
    /// Once it is under way: the answer, and when it arrives.
    pub(super) answer: Option<(Answer, Time)>,
    /// The last to have joined those who wait for the answer.
    waiting: Option<u32>,
}

impl Fetch {
    pub(super) fn key(&self) -> CellKey {
        self.key
    }
}

/// One of those who wait for a fetch; they form a list.
#[derive(Debug)]
pub(super) struct Waiting {
    who: Waiter,
    before: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
enum Waiter {
    /// A read at the asking PoP.
    Read {
        class: ClassIndex,
        start: Time,
        status: CacheStatus,
    },
    /// Nobody: the fetch refreshes a copy in the background.
    Refresh { start: Time },
    /// A fetch by a cache below.
    Fetch(u32),
}

impl<O: Observer> Cell<'_, O> {
    /// A read starts.
    #[inline]
    pub(super) fn read(
        &mut self,
        key: CellKey,
        pop: PopIndex,
        workload: WorkloadIndex,
        cache_ttl: Duration,
    ) {
        let world = self.world;
        let (now, rules) = (self.now, &world.scenario.cache);
        let class = self.class(workload, pop);
        let cache = CacheIndex(pop as u32);
        let slot = self.slot(key, cache);
        if let Some(copy) = &mut slot.copy {
            let until = world.caches[pop].usable_until(copy, cache_ttl);
            if now < until {
                let refreshes = starts_refresh(rules, copy, now, until) && slot.pending.is_none();
                copy.is_refreshing |= refreshes;
                let (version, sampled_at) = (copy.version, copy.sampled_at);
                let (end, status) = (now + rules.hit_latency, CacheStatus::Hit);
                self.observer.read(&Read {
                    class,
                    key,
                    start: now,
                    end,
                    version,
                    sampled_at,
                    status,
                });
                if refreshes {
                    self.observer.refresh(class, now);
                    let fetch = self.start_fetch(key, cache, pop, 0, class, now, cache_ttl);
                    self.outstanding += u64::from(world.measures(now));
                    self.wait(fetch, Waiter::Refresh { start: now });
                    self.let_others_wait(fetch);
                }
                return;
            }
        }
        let pending = slot.pending;
        self.outstanding += u64::from(world.measures(now));
        match pending {
            Some(fetch) => self.wait(
                fetch,
                Waiter::Read {
                    class,
                    start: now,
                    status: CacheStatus::Coalesced,
                },
            ),
            None => {
                let fetch = self.start_fetch(key, cache, pop, 0, class, now, cache_ttl);
                self.wait(
                    fetch,
                    Waiter::Read {
                        class,
                        start: now,
                        status: CacheStatus::Fetch,
                    },
                );
                self.let_others_wait(fetch);
            }
        }
    }

    /// Sends a request up from `cache`, `level` hops above the PoP.
    #[expect(clippy::too_many_arguments, reason = "they are the fields of a fetch")]
    fn start_fetch(
        &mut self,
        key: CellKey,
        cache: CacheIndex,
        pop: PopIndex,
        level: usize,
        class: ClassIndex,
        caused_at: Time,
        cache_ttl: Duration,
    ) -> u32 {
        let world = self.world;
        let ways = &world.pops[pop].path[level].ways;
        let (up, down) = match ways.constant() {
            Some(delays) => delays,
            None => {
                let name = self.stream_name(Purpose::FetchDelays, key, world.cache_name(cache));
                let mut stream = name.stream();
                (ways.up.sample(&mut stream), ways.down.sample(&mut stream))
            }
        };
        let started = self.now;
        let fetch = Fetch {
            key,
            cache,
            pop,
            level,
            class,
            caused_at,
            cache_ttl,
            started,
            down,
            answer: None,
            waiting: None,
        };
        let fetch = self.fetches.insert(fetch) as u32;
        self.queue
            .schedule(started + up, Event::RequestArrives(fetch));
        fetch
    }

    /// Makes a fetch the one that later reads of its key wait for, where reads wait at all.
    fn let_others_wait(&mut self, fetch: u32) {
        if self.world.scenario.cache.coalesce {
            let Fetch { key, cache, .. } = self.fetches[fetch as usize];
            self.slot(key, cache).pending = Some(fetch);
        }
    }

    fn wait(&mut self, fetch: u32, who: Waiter) {
        let before = self.fetches[fetch as usize].waiting;
        self.fetches[fetch as usize].waiting =
            Some(self.waiting.insert(Waiting { who, before }) as u32);
    }

    /// A request arrives where its hop leads.
    pub(super) fn request_arrives(&mut self, id: u32) {
        let Fetch {
            key,
            pop,
            level,
            class,
            caused_at,
            ..
        } = self.fetches[id as usize];
        match self.world.pops[pop].path[level].to {
            Upstream::Store => {
                self.observer.store_read(class, caused_at);
                let answer = self.sample_store(key);
                self.send_answer(
                    id,
                    answer,
                    self.now + self.world.scenario.store.service_time,
                );
            }
            Upstream::Tier(cache) => self.request_at_tier(id, cache),
        }
    }

    /// What the store tells a read that arrives now.
    fn sample_store(&mut self, key: CellKey) -> Answer {
        let register = &self.keys[key.0 as usize].register;
        let stored = match &mut self.alone {
            None => register.latest(),
            Some(alone) => register.version(alone.version_at(register, self.now)),
        };
        stored.answer(self.now)
    }

    fn request_at_tier(&mut self, id: u32, cache: CacheIndex) {
        let world = self.world;
        let now = self.now;
        let Fetch {
            key,
            pop,
            level,
            class,
            caused_at,
            cache_ttl,
            ..
        } = self.fetches[id as usize];
        let age = world
            .tier_cache(cache)
            .expect("a path leads through tiers")
            .age;
        let rule = world.caches[cache.0 as usize];
        let slot = *self.slot(key, cache);
        let usable = slot
            .copy
            .filter(|copy| now < rule.usable_until(copy, cache_ttl));
        let status = match (usable, slot.pending) {
            (Some(copy), _) => {
                self.send_answer(id, copy.answer(now, age), now);
                CacheStatus::Hit
            }
            (None, Some(fetch)) => {
                self.wait(fetch, Waiter::Fetch(id));
                CacheStatus::Coalesced
            }
            (None, None) => {
                let fetch =
                    self.start_fetch(key, cache, pop, level + 1, class, caused_at, cache_ttl);
                self.wait(fetch, Waiter::Fetch(id));
                self.let_others_wait(fetch);
                CacheStatus::Fetch
            }
        };
        self.observer.tier_request(cache, caused_at, status);
    }

    /// Sends a fetch its answer.
    fn send_answer(&mut self, id: u32, answer: Answer, departure: Time) {
        let fetch = &mut self.fetches[id as usize];
        let arrival = departure + fetch.down + self.world.transfer_time(answer.size);
        fetch.answer = Some((answer, arrival));
        self.queue.schedule(arrival, Event::AnswerArrives(id));
    }

    /// A fetch's answer arrives: the copy is filled, and everybody who waited gets it.
    pub(super) fn answer_arrives(&mut self, id: u32) {
        let fetch = self.fetches.remove(id as usize);
        let Fetch {
            key,
            cache,
            started,
            cache_ttl,
            ..
        } = fetch;
        let (answer, _) = fetch.answer.expect("an answer was sent before it arrives");
        let now = self.now;
        let tier = self.world.tier_cache(cache);
        let mut copy = CacheCopy::filled(&answer, now, tier.map_or(cache_ttl, |tier| tier.keep));
        let slot = self.slot(key, cache);
        if let Some(held) = &slot.copy {
            // A refresh that brought back the same copy, no younger, must not start another one.
            let is_same = held.version == copy.version && held.counted_from >= copy.counted_from;
            copy.is_refreshing = is_same && held.is_refreshing;
        }
        if slot.pending == Some(id) {
            slot.pending = None;
            let held = slot.copy;
            self.tell_flight(key, cache, answer.version, started, held);
        }
        self.install(key, cache, copy);
        let mut next = fetch.waiting;
        while let Some(waiting) = next {
            let Waiting { who, before } = self.waiting.remove(waiting as usize);
            next = before;
            match who {
                Waiter::Read {
                    class,
                    start,
                    status,
                } => {
                    self.outstanding -= u64::from(self.world.measures(start));
                    let Answer {
                        version,
                        sampled_at,
                        ..
                    } = answer;
                    let end = now + self.world.scenario.cache.hit_latency;
                    self.observer.read(&Read {
                        class,
                        key,
                        start,
                        end,
                        version,
                        sampled_at,
                        status,
                    });
                }
                Waiter::Refresh { start } => {
                    self.outstanding -= u64::from(self.world.measures(start));
                }
                Waiter::Fetch(below) => {
                    let tier = tier.expect("only tiers are asked by caches below");
                    self.send_answer(below, copy.answer(now, tier.age), now);
                }
            }
        }
    }

    /// Tells the observer in which time a read would have waited for the fetch that now arrives: while it was
    /// under way, but for the time in which a copy was good.
    fn tell_flight(
        &mut self,
        key: CellKey,
        cache: CacheIndex,
        version: u32,
        started: Time,
        held: Option<CacheCopy>,
    ) {
        let now = self.now;
        let until = match held {
            // A copy that came during the flight and is still good: reads waited until it came. A tier's copy
            // may be good for some and too old for others.
            Some(held)
                if self.world.tier_cache(cache).is_none()
                    && self.served_until(cache, &held) >= now =>
            {
                held.filled_at
            }
            _ => now,
        };
        if until > started {
            self.observer.span(&Span {
                cache,
                key,
                version,
                from: started,
                until,
                counted_from: None,
            });
        }
    }
}
