//! How a cell begins: its sources, its script, and what a long past has left in its caches.

use super::counted::Reader;
use super::slots::Layout;
use super::{Agenda, Cell, Event, Source, SourceKind};
use crate::scenario::keyspace::KeyId;
use crate::scenario::{
    Arrivals, CacheStart, ClientIndex, ClientStart, Keys, PopIndex, Workload, WorkloadIndex,
};
use crate::sim::cache::CacheCopy;
use crate::sim::observation::{CacheIndex, CellKey, Observer};
use crate::sim::random::{Purpose, Seed, unit};
use crate::sim::store::NEVER;
use crate::sim::workload::{ArrivalProcess, RateCurve, is_quiet};
use crate::sim::world::Upstream;
use crate::units::{Duration, Time};

/// From when on until when something is due.
pub(super) type Due = (Time, Time);

/// Whatever is due at all.
const EVER: Due = (Time(i64::MIN), NEVER);

impl<O: Observer> Cell<'_, O> {
    /// Forgets all keys and what happened to them, and lays slots out anew.
    pub(super) fn begin(&mut self, layout: Layout) {
        self.layout = layout;
        self.touched = None;
        self.keys.clear();
        self.shares.clear();
        self.by_id.clear();
        self.alone = None;
        self.plan_passes(1);
        self.rewind();
    }

    /// Goes back to the start, with nothing under way and nothing in any cache.
    pub(super) fn rewind(&mut self) {
        self.agenda.clear();
        self.now = self.world.start;
        self.slots.clear();
        self.forget_counted();
        self.sessions.clear();
        self.workers.clear();
        self.value_bytes = 0;
        let clients = self.world.scenario.clients.iter();
        self.arrived = clients.map(|client| vec![0; client.at.len()]).collect();
        self.fetches.clear();
        self.waiting.clear();
        self.writes.clear();
        self.outstanding = 0;
        self.measured_writes_under_way = 0;
        self.unsettled_until = self.world.end;
    }

    /// Adds what every workload does to a key, and what a long past has left of it in the caches. A key that
    /// nobody touches does not appear yet.
    pub(super) fn add_open_traffic(&mut self, id: KeyId) {
        let world = self.world;
        if (0..world.scenario.workloads.len()).all(|w| world.keyspace.share(w, id) == 0.0) {
            return;
        }
        let key = self.key(id);
        self.add_writers(key, EVER);
        let mut tier_rates = vec![0.0; world.tier_caches.len()];
        for pop in 0..world.pops.len() {
            let readers = self.add_readers(key, pop);
            if !readers.is_empty() {
                self.fill_cache(key, pop, &readers);
                self.expect_read(key, CacheIndex(pop as u32));
            }
            for hop in &world.pops[pop].path {
                if let Upstream::Tier(CacheIndex(tier)) = hop.to {
                    tier_rates[tier as usize - world.pops.len()] += readers.miss_rate_per_s();
                }
            }
        }
        self.fill_tiers(key, &tier_rates);
    }

    /// Adds the puts and deletes of a key, from all PoPs whose first is due in a time.
    pub(super) fn add_writers(&mut self, key: CellKey, due: Due) {
        let world = self.world;
        for index in self.keys[key.0 as usize].shares.clone() {
            let (workload, share) = self.shares[index];
            let Workload {
                writes_per_s,
                deletes_per_s,
                at,
                ..
            } = &world.scenario.workloads[workload];
            for site in at {
                let scale = share * site.weight;
                let kinds = [
                    (Purpose::Writes, *writes_per_s, false),
                    (Purpose::Deletes, *deletes_per_s, true),
                ];
                for (purpose, rate_per_s, is_delete) in kinds {
                    if rate_per_s > 0.0 {
                        let kind = SourceKind::Write { key, is_delete };
                        self.add_source(
                            purpose,
                            kind,
                            workload,
                            site.pop,
                            rate_per_s * scale,
                            Some(key),
                            due,
                        );
                    }
                }
            }
        }
    }

    /// Adds the reads of a key at a PoP.
    pub(super) fn add_readers(&mut self, key: CellKey, pop: PopIndex) -> ReadersAtPop {
        let world = self.world;
        let mut readers = ReadersAtPop::default();
        let first_counted = self.readers.len();
        for index in self.keys[key.0 as usize].shares.clone() {
            let (workload, share) = self.shares[index];
            let Some(weight) = world.weights[workload][pop] else {
                continue;
            };
            let definition = &world.scenario.workloads[workload];
            if definition.reads_per_s == 0.0 {
                continue;
            }
            let (rate_per_s, cache_ttl) = (
                definition.reads_per_s * share * weight,
                definition.cache_ttl,
            );
            if world.counts_hits && definition.arrivals == Arrivals::Poisson {
                let curve = self.curve(workload, pop, rate_per_s);
                self.readers.push(Reader {
                    workload,
                    cache_ttl,
                    curve,
                });
                readers.add(definition, &curve, world.start, world.start);
            } else {
                let kind = SourceKind::Read { key, cache_ttl };
                let (curve, first) = self.add_source(
                    Purpose::Reads,
                    kind,
                    workload,
                    pop,
                    rate_per_s,
                    Some(key),
                    EVER,
                );
                readers.add(definition, &curve, world.start, first);
            }
        }
        self.count_readers(key, pop, first_counted);
        readers
    }

    /// Adds a source and schedules its first arrival, if that is due; gives its curve and, if so, that arrival.
    #[expect(clippy::too_many_arguments, reason = "they are what makes a source")]
    fn add_source(
        &mut self,
        purpose: Purpose,
        kind: SourceKind,
        workload: WorkloadIndex,
        pop: PopIndex,
        rate_per_s: f64,
        key: Option<CellKey>,
        due: Due,
    ) -> (RateCurve, Time) {
        let world = self.world;
        let arrivals = world.scenario.workloads[workload].arrivals;
        let curve = self.curve(workload, pop, rate_per_s);
        let key_name = key.map_or(0, |key| self.keys[key.0 as usize].name);
        let seed = self.source_seed(purpose, workload, pop).child(key_name);
        if arrivals == Arrivals::Poisson
            && due.1 < NEVER
            && is_quiet(&curve, seed, world.start, due.1)
        {
            return (curve, NEVER);
        }
        let Agenda {
            queue,
            sources,
            past,
        } = &mut self.agenda;
        let mut arrivals = ArrivalProcess::new(arrivals, curve, seed, world.start, past);
        let first = arrivals.next(past);
        if due.0 <= first && first < due.1 {
            queue.schedule(first, Event::Arrival(sources.len() as u32));
            sources.push(Source {
                kind,
                workload,
                pop,
                arrivals,
            });
        }
        (curve, first)
    }

    /// How a workload's rate at a PoP goes with time.
    fn curve(&self, workload: WorkloadIndex, pop: PopIndex, rate_per_s: f64) -> RateCurve {
        let scenario = &self.world.scenario;
        match scenario.workloads[workload].daily {
            None => RateCurve::steady(rate_per_s),
            Some(daily) => {
                let place = scenario.pops[pop].place;
                RateCurve::daily(rate_per_s, &daily, place, scenario.starts_at)
            }
        }
    }

    /// Adds the open lists.
    pub(super) fn add_lists(&mut self) {
        let world = self.world;
        for (index, workload) in world.scenario.workloads.iter().enumerate() {
            let prefix = match &workload.keys {
                Keys::One(key) => key,
                Keys::Ranked { prefix, .. } => prefix,
            };
            let kind = SourceKind::List {
                pages: world.pages(prefix, workload.page),
            };
            for site in &workload.at {
                let rate_per_s = workload.lists_per_s * site.weight;
                if rate_per_s > 0.0 {
                    self.add_source(
                        Purpose::Lists,
                        kind,
                        index,
                        site.pop,
                        rate_per_s,
                        None,
                        EVER,
                    );
                }
            }
        }
    }

    /// Adds the clients of a kind that arrive at one of its sites.
    pub(super) fn add_arriving_clients(
        &mut self,
        client: ClientIndex,
        site: usize,
        rate_per_s: f64,
        rank: Option<u32>,
    ) {
        let definition = &self.world.scenario.clients[client];
        let ClientStart::Arriving { arrivals, .. } = definition.start else {
            return;
        };
        let (workload, pop) = (
            self.world.workload_of_client(client),
            definition.at[site].pop,
        );
        let seed = self.source_seed(Purpose::ClientStarts, workload, pop);
        let seed = rank.map_or(seed, |rank| seed.child(u64::from(rank)));
        let kind = SourceKind::Client { client, site, rank };
        self.add_arrivals(kind, (workload, pop), arrivals, rate_per_s, seed);
    }

    /// Adds a source that arrives at a steady rate, and schedules its first arrival.
    pub(super) fn add_arrivals(
        &mut self,
        kind: SourceKind,
        (workload, pop): (WorkloadIndex, PopIndex),
        arrivals: Arrivals,
        rate_per_s: f64,
        seed: Seed,
    ) {
        let curve = RateCurve::steady(rate_per_s);
        let Agenda {
            queue,
            sources,
            past,
        } = &mut self.agenda;
        let mut arrivals = ArrivalProcess::new(arrivals, curve, seed, self.world.start, past);
        let first = arrivals.next(past);
        queue.schedule(first, Event::Arrival(sources.len() as u32));
        sources.push(Source {
            kind,
            workload,
            pop,
            arrivals,
        });
    }

    /// Draws a PoP's cache in the state a long past would have left it in.
    pub(super) fn fill_cache(&mut self, key: CellKey, pop: PopIndex, readers: &ReadersAtPop) {
        let world = self.world;
        if world.scenario.cache.start == CacheStart::Cold || readers.is_empty() {
            return;
        }
        let (part, rest) = self.initial_draws(key, world.pops[pop].name);
        let (fetch_time, refresh_ahead) = (
            world.mean_fetch_time(pop),
            world.scenario.cache.refresh_ahead,
        );
        if let Some((age, ttl)) = readers.draw_copy(fetch_time, refresh_ahead, part, rest) {
            self.fill_in_the_past(key, CacheIndex(pop as u32), age, ttl);
        }
    }

    /// Likewise for the tiers, from the rates of the requests that come to them.
    fn fill_tiers(&mut self, key: CellKey, rates_per_s: &[f64]) {
        let world = self.world;
        if world.scenario.cache.start == CacheStart::Cold {
            return;
        }
        for (index, (tier, rate_per_s)) in world.tier_caches.iter().zip(rates_per_s).enumerate() {
            let (presence, age) = self.initial_draws(key, tier.name);
            let keep_s = tier.keep.as_secs_f64();
            if presence < rate_per_s * keep_s / (1.0 + rate_per_s * keep_s) {
                let cache = CacheIndex((world.pops.len() + index) as u32);
                self.fill_in_the_past(key, cache, Duration::from_secs_f64(age * keep_s), tier.keep);
            }
        }
    }

    /// Two numbers uniform on [0, 1) for a cache.
    fn initial_draws(&self, key: CellKey, cache_name: u64) -> (f64, f64) {
        let key_name = self.keys[key.0 as usize].name;
        let seed = self
            .run
            .purpose(Purpose::InitialState)
            .child(key_name)
            .child(cache_name);
        (unit(seed.child(0).draw()), unit(seed.child(1).draw()))
    }

    fn fill_in_the_past(&mut self, key: CellKey, cache: CacheIndex, age: Duration, ttl: Duration) {
        let filled_at = self.now - age;
        // Nothing was written before the start, even where the history of writes is already drawn.
        let register = &self.keys[key.0 as usize].register;
        let answer = register.version(0).answer(filled_at);
        let copy = CacheCopy::filled(&answer, filled_at, ttl);
        self.slot(key, cache).copy = Some(copy);
    }
}

/// Who reads a key at a PoP when the simulation starts.
#[derive(Clone, Copy, Default)]
pub(super) struct ReadersAtPop {
    rate_per_s: f64,
    /// Sum of rate × `cache-ttl`.
    weighted_ttl: f64,
    /// For a single periodic reader: its period and the time from the start to its first read.
    periodic: Option<(Duration, Duration)>,
}

impl ReadersAtPop {
    /// Whether anybody reads.
    pub(super) fn is_empty(&self) -> bool {
        self.rate_per_s == 0.0
    }

    fn add(&mut self, workload: &Workload, curve: &RateCurve, start: Time, first: Time) {
        let rate_per_s = curve.rate_at(start);
        let is_only = self.is_empty();
        self.rate_per_s += rate_per_s;
        self.weighted_ttl += rate_per_s * workload.cache_ttl.as_secs_f64();
        self.periodic = match (workload.arrivals, curve) {
            (Arrivals::Periodic, RateCurve::Steady(rate)) if is_only => {
                Some((Duration(rate.gap_ns.round() as i64), first - start))
            }
            _ => None,
        };
    }

    /// The mean `cache-ttl` over reads, in seconds.
    fn mean_ttl_s(&self) -> f64 {
        if self.rate_per_s > 0.0 {
            self.weighted_ttl / self.rate_per_s
        } else {
            0.0
        }
    }

    /// Fetches per second of a TTL cache with these readers.
    fn miss_rate_per_s(&self) -> f64 {
        self.rate_per_s / (1.0 + self.weighted_ttl)
    }

    /// Age and TTL of the copy a long past has left, if any, from two numbers uniform on [0, 1).
    ///
    /// Poisson readers: a copy is replaced when a fetch comes back that the first read after its TTL started,
    /// or, with refresh-ahead, the first hit so long before. So the time since the last fill has density 1 up
    /// to TTL − refresh-ahead + fetch time, and then falls with the rate of the reads (renewal-reward); the
    /// copy is there while that is less than its TTL. A periodic reader fills at one of its own reads: the
    /// last fill was any of the ⌈T/P⌉ latest ones alike.
    fn draw_copy(
        &self,
        fetch_time: Duration,
        refresh_ahead: Duration,
        part: f64,
        rest: f64,
    ) -> Option<(Duration, Duration)> {
        let ttl_s = self.mean_ttl_s();
        let ttl = Duration::from_secs_f64(ttl_s);
        let age = match self.periodic {
            Some((period, first)) if refresh_ahead == Duration::ZERO => {
                let cycle = (ttl_s / period.as_secs_f64()).ceil().max(1.0);
                period * ((part * cycle) as i64 + 1) - first
            }
            _ => {
                let sure_s =
                    (ttl_s - refresh_ahead.as_secs_f64()).max(0.0) + fetch_time.as_secs_f64();
                let mean_gap_s = 1.0 / self.rate_per_s;
                let place_s = part * (sure_s + mean_gap_s);
                let waits = place_s >= sure_s;
                let waited_s = if waits {
                    -libm::log(1.0 - rest) * mean_gap_s
                } else {
                    0.0
                };
                Duration::from_secs_f64(place_s.min(sure_s) + waited_s)
            }
        };
        (age < ttl).then_some((age, ttl))
    }
}
