//! Reads: hits, fetches through the tiers to the store, and those who wait for them.

use super::{Asker, Cell, Event, Got};
use crate::scenario::{PopIndex, WorkloadIndex};
use crate::sim::cache::{CacheCopy, miss_cause};
use crate::sim::observation::{
    CacheIndex, CacheStatus, CellKey, ClassIndex, Fetched, MissCause, Observer, Read,
};
use crate::sim::random::Purpose;
use crate::sim::store::{Answer, NEVER};
use crate::sim::world::{Upstream, Ways};
use crate::units::{Duration, Time};
use slab::Slab;

/// A request on its way up from a cache, and the answer on its way back. It is created and forgotten at every
/// miss, and so kept small.
#[derive(Debug)]
pub(super) struct Fetch {
    key: CellKey,
    /// The cache that asks.
    cache: CacheIndex,
    /// The operation that caused it.
    class: ClassIndex,
    /// The PoP whose path it follows, and how many hops of it lie below the asking cache.
    pop: u16,
    level: u8,
    cause: Cause,
    /// The last to have joined those who wait for the answer.
    waiting: Option<u32>,
    caused_at: Time,
    /// The `cache-ttl` of the operation that caused it.
    cache_ttl: Duration,
    started: Time,
    /// The delay of the way back.
    down: Duration,
    /// Once it is known: the answer, and when it arrives.
    answer: Option<Answer>,
    answered_at: Time,
}

/// Why a cache asks.
#[derive(Clone, Copy, Debug)]
enum Cause {
    /// A read at the PoP, just started, could use nothing there and waits for the answer, and perhaps somebody for
    /// the read.
    Read(MissCause, Option<Asker>),
    /// A copy is refreshed in the background.
    Refresh,
    /// A fetch by a cache below waits for the answer.
    Fetch(u32),
}

/// One of those who joined a fetch under way; they form a list.
#[derive(Debug)]
pub(super) struct Waiting {
    who: Waiter,
    before: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
enum Waiter {
    /// A read at the asking PoP, and perhaps somebody who waits for it.
    Read {
        class: ClassIndex,
        start: Time,
        asker: Option<Asker>,
    },
    /// A fetch by a cache below.
    Fetch(u32),
}

impl Fetch {
    pub(super) fn key(&self) -> CellKey {
        self.key
    }

    /// The answer and when it arrives, once that is known.
    pub(super) fn answer(&self) -> Option<(Answer, Time)> {
        Some((self.answer?, self.answered_at))
    }

    /// Lets a read at the asking PoP wait for the answer.
    #[inline]
    pub(super) fn join_read(
        &mut self,
        waiting: &mut Slab<Waiting>,
        class: ClassIndex,
        start: Time,
        asker: Option<Asker>,
    ) {
        let who = Waiter::Read {
            class,
            start,
            asker,
        };
        self.join(waiting, who);
    }

    /// Whether something that is measured may wait for it: reads in the measured time do.
    fn matters(&self, end: Time) -> bool {
        self.started < end
    }

    fn join(&mut self, waiting: &mut Slab<Waiting>, who: Waiter) {
        let before = self.waiting;
        self.waiting = Some(waiting.insert(Waiting { who, before }) as u32);
    }
}

impl<O: Observer> Cell<'_, O> {
    /// A read starts, and nobody waits for it.
    #[inline]
    pub(super) fn read(
        &mut self,
        key: CellKey,
        pop: PopIndex,
        workload: WorkloadIndex,
        cache_ttl: Duration,
    ) {
        self.read_for(None, key, pop, workload, cache_ttl);
    }

    /// A read starts, and perhaps somebody waits for it.
    #[inline]
    pub(super) fn read_for(
        &mut self,
        asker: Option<Asker>,
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
        let pending = slot.pending;
        if let Some(copy) = slot.copy {
            let rule = world.caches[pop];
            let until = rule.usable_until(&copy, cache_ttl);
            if now < until {
                let refreshes = now >= rule.quiet_until(rules, &copy, cache_ttl, pending.is_some());
                let (version, sampled_at) = (copy.version, copy.sampled_at);
                let is_missing = copy.is_missing;
                let (end, status) = (now + rules.hit_latency, CacheStatus::Hit);
                self.observer.read(&Read {
                    class,
                    key,
                    start: now,
                    end,
                    version,
                    sampled_at,
                    status,
                    miss: None,
                });
                self.observer.used(&copy, until);
                if refreshes {
                    self.observer.refresh(class, now);
                    self.tell_reads(key, cache);
                    if let Some(copy) = &mut self.slot(key, cache).copy {
                        copy.is_refreshing = true;
                    }
                    self.fetch_at_pop(key, pop, class, cache_ttl, Cause::Refresh);
                }
                if let Some(asker) = asker {
                    let read = Got {
                        key,
                        start: now,
                        end,
                        version,
                        is_missing,
                        status,
                    };
                    self.answer_asker(asker, &read);
                }
                return;
            }
        }
        match pending {
            Some(fetch) => {
                let waiting = &mut self.waiting;
                self.fetches[fetch as usize].join_read(waiting, class, now, asker);
            }
            None => {
                let cause = miss_cause(slot.copy.as_ref(), slot.was_dropped, cache_ttl, now);
                self.fetch_at_pop(key, pop, class, cache_ttl, Cause::Read(cause, asker));
            }
        }
    }

    /// A read that starts now makes its PoP ask.
    fn fetch_at_pop(
        &mut self,
        key: CellKey,
        pop: PopIndex,
        class: ClassIndex,
        cache_ttl: Duration,
        cause: Cause,
    ) {
        let cache = CacheIndex(pop as u32);
        self.tell_reads(key, cache);
        self.start_fetch(Fetch {
            key,
            cache,
            class,
            pop: pop as u16,
            level: 0,
            cause,
            waiting: None,
            caused_at: self.now,
            cache_ttl,
            started: self.now,
            down: Duration::ZERO,
            answer: None,
            answered_at: NEVER,
        });
        self.expect_read(key, cache);
    }

    /// The delays of the way up and back of a fetch that starts now.
    #[inline]
    pub(super) fn fetch_delays(
        &self,
        key: CellKey,
        cache: CacheIndex,
        ways: &Ways,
    ) -> (Duration, Duration) {
        ways.constant().unwrap_or_else(|| {
            let place = self.world.cache_name(cache);
            let mut stream = self.stream_name(Purpose::FetchDelays, key, place).stream();
            (ways.up.sample(&mut stream), ways.down.sample(&mut stream))
        })
    }

    /// Sends a request up, and makes it the one that later reads of its key wait for, where reads wait at all.
    #[inline]
    fn start_fetch(&mut self, mut fetch: Fetch) {
        let world = self.world;
        let Fetch {
            key, cache, pop, ..
        } = fetch;
        let way = &world.pops[usize::from(pop)].path[usize::from(fetch.level)];
        let (up, down) = self.fetch_delays(key, cache, &way.ways);
        if way.ways.constant().is_none() {
            self.observer.delays_drawn(way.link, self.now, up, down);
        }
        fetch.down = down;
        self.outstanding += u64::from(fetch.matters(world.end));
        let id = self.fetches.insert(fetch) as u32;
        if world.scenario.cache.coalesce {
            self.slot(key, cache).pending = Some(id);
        }
        let arrival = self.now + up;
        if !self.is_answer_known(arrival) {
            self.agenda
                .queue
                .schedule(arrival, Event::RequestArrives(id));
            return;
        }
        let answered_at = self.answer_from_store(id, arrival);
        self.agenda
            .queue
            .schedule(answered_at, Event::AnswerArrives(id));
    }

    /// Whether nothing but what is known already decides the answer to a request, and so it may be scheduled
    /// without waiting for the request to arrive.
    #[inline]
    fn is_answer_known(&self, arrival: Time) -> bool {
        // Recorded reads come behind all that was scheduled for their instant, whenever that was. Only where two
        // answers come to a place at the very same nanosecond may they change places.
        self.world.has_only_recorded_reads
            // Reads that are simulated may come at the very instant of an answer; then it matters when that was
            // scheduled.
            || (self.is_history_known(arrival) && self.agenda.sources.is_empty())
    }

    /// A request arrives where its hop leads.
    pub(super) fn request_arrives(&mut self, id: u32) {
        let Fetch { pop, level, .. } = self.fetches[id as usize];
        match self.world.pops[usize::from(pop)].path[usize::from(level)].to {
            Upstream::Store => {
                let answered_at = self.answer_from_store(id, self.now);
                self.agenda
                    .queue
                    .schedule(answered_at, Event::AnswerArrives(id));
            }
            Upstream::Tier(cache) => self.request_at_tier(id, cache),
        }
    }

    /// A request arrives at the store, which answers it; gives the instant at which the answer arrives.
    fn answer_from_store(&mut self, id: u32, arrival: Time) -> Time {
        let Fetch {
            key,
            class,
            caused_at,
            ..
        } = self.fetches[id as usize];
        self.observer.store_read(class, caused_at);
        let answer = self.sample_store(key, arrival);
        self.answer(id, answer, arrival + self.world.scenario.store.service_time)
    }

    /// What the store tells a request that arrives now, or at a time of which the history is known.
    #[inline]
    pub(super) fn sample_store(&mut self, key: CellKey, arrival: Time) -> Answer {
        let register = &self.keys[key.0 as usize].register;
        let stored = match &mut self.alone {
            None => register.latest(),
            Some(alone) => register.version(alone.version_at(register, arrival)),
        };
        stored.answer(arrival)
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
                self.fetches[fetch as usize].join(&mut self.waiting, Waiter::Fetch(id));
                CacheStatus::Coalesced
            }
            (None, None) => {
                self.start_fetch(Fetch {
                    key,
                    cache,
                    class,
                    pop,
                    level: level + 1,
                    cause: Cause::Fetch(id),
                    waiting: None,
                    caused_at,
                    cache_ttl,
                    started: now,
                    down: Duration::ZERO,
                    answer: None,
                    answered_at: NEVER,
                });
                CacheStatus::Fetch
            }
        };
        self.observer.tier_request(cache, caused_at, status);
    }

    /// Gives a fetch its answer, and tells when it arrives.
    fn answer(&mut self, id: u32, answer: Answer, departure: Time) -> Time {
        let fetch = &mut self.fetches[id as usize];
        let arrival = departure + fetch.down + self.world.transfer_time(answer.size);
        (fetch.answer, fetch.answered_at) = (Some(answer), arrival);
        arrival
    }

    /// Sends a fetch its answer.
    fn send_answer(&mut self, id: u32, answer: Answer, departure: Time) {
        let arrival = self.answer(id, answer, departure);
        self.agenda
            .queue
            .schedule(arrival, Event::AnswerArrives(id));
    }

    /// A fetch's answer arrives: the copy is filled, and everybody who waited gets it.
    pub(super) fn answer_arrives(&mut self, id: u32) {
        let Fetch { key, cache, .. } = self.fetches[id as usize];
        self.tell_reads(key, cache);
        let fetch = self.fetches.remove(id as usize);
        self.outstanding -= u64::from(fetch.matters(self.world.end));
        let answer = fetch.answer.expect("an answer was sent before it arrives");
        let now = self.now;
        let tier = self.world.tier_cache(cache);
        let ttl = tier.map_or(fetch.cache_ttl, |tier| tier.keep);
        let mut copy = CacheCopy::filled(&answer, now, ttl);
        let (place, slot, observer) = self.place(key, cache);
        if let Some(held) = &slot.copy {
            // A refresh that brought back the same copy, no younger, must not start another one.
            let is_same = held.version == copy.version && held.counted_from >= copy.counted_from;
            copy.is_refreshing = is_same && held.is_refreshing;
        }
        if slot.pending == Some(id) {
            slot.pending = None;
            place.tell_flight(observer, answer.version, fetch.started, &slot.copy, now);
        }
        place.install(observer, &mut slot.copy, copy, now);
        self.tell_fetched(&fetch, &answer);
        let answer_fetch = |cell: &mut Self, below| {
            let tier = tier.expect("only tiers are asked by caches below");
            cell.send_answer(below, copy.answer(now, tier.age), now);
        };
        match fetch.cause {
            Cause::Read(miss, asker) => {
                let read = (fetch.class, fetch.started, asker);
                self.answer_read(&fetch, &answer, read, Some(miss));
            }
            Cause::Refresh => {}
            Cause::Fetch(below) => answer_fetch(self, below),
        }
        let mut next = fetch.waiting;
        while let Some(waiting) = next {
            let Waiting { who, before } = self.waiting.remove(waiting as usize);
            next = before;
            match who {
                Waiter::Read {
                    class,
                    start,
                    asker,
                } => {
                    let read = (class, start, asker);
                    self.answer_read(&fetch, &answer, read, None);
                }
                Waiter::Fetch(below) => answer_fetch(self, below),
            }
        }
        self.expect_read(key, cache);
    }

    #[inline]
    fn tell_fetched(&mut self, fetch: &Fetch, answer: &Answer) {
        let on_its_way = fetch.down + self.world.transfer_time(answer.size);
        self.observer.fetched(&Fetched {
            cache: fetch.cache,
            key: fetch.key,
            started: fetch.started,
            left: self.now - on_its_way,
            arrived: self.now,
            version: answer.version,
            is_missing: answer.is_missing,
            sampled_at: answer.sampled_at,
            age: answer.age,
        });
    }

    fn answer_asker(&mut self, asker: Asker, read: &Got) {
        match asker {
            Asker::Client(client) => self.answer_client(client, read),
            Asker::Asked { operation, part } => self.read_is_answered(operation, part, read),
        }
    }

    /// Tells the observer of a read that has waited until now for a fetch, which it has started if it has missed.
    #[inline]
    fn answer_read(
        &mut self,
        fetch: &Fetch,
        answer: &Answer,
        (class, start, asker): (ClassIndex, Time, Option<Asker>),
        miss: Option<MissCause>,
    ) {
        let status = match miss {
            Some(_) => CacheStatus::Fetch,
            None => CacheStatus::Coalesced,
        };
        let (key, version) = (fetch.key, answer.version);
        let end = self.now + self.world.scenario.cache.hit_latency;
        self.observer.read(&Read {
            class,
            key,
            start,
            end,
            version,
            sampled_at: answer.sampled_at,
            status,
            miss,
        });
        if let Some(asker) = asker {
            let read = Got {
                key,
                start,
                end,
                version,
                is_missing: answer.is_missing,
                status,
            };
            self.answer_asker(asker, &read);
        }
    }
}
