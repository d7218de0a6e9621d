//! How a cell begins: its sources, its script, and what a long past has left in its caches.

use super::{Cell, CellSpec, Event, Source, SourceKind};
use crate::scenario::keyspace::KeyId;
use crate::scenario::{Arrivals, CacheStart, Keys, PopIndex, Workload, WorkloadIndex};
use crate::sim::cache::CacheCopy;
use crate::sim::observation::{CacheIndex, CellKey, Observer};
use crate::sim::random::{Purpose, unit};
use crate::sim::workload::{ArrivalProcess, RateCurve};
use crate::sim::world::{Upstream, World};
use crate::units::Duration;

impl<O: Observer> Cell<'_, O> {
    /// Forgets what was, and prepares what `spec` says.
    pub(super) fn begin(&mut self, spec: &CellSpec) {
        self.queue.clear();
        self.now = self.world.start;
        self.keys.clear();
        self.slots.clear();
        self.by_id.clear();
        self.sources.clear();
        self.past.clear();
        self.fetches.clear();
        self.waiting.clear();
        self.writes.clear();
        self.outstanding = 0;
        self.unsettled_until = self.world.end;
        match spec {
            CellSpec::Key(id) => self.add_open_traffic(*id),
            CellSpec::Script(ids) => {
                for id in ids {
                    self.add_open_traffic(*id);
                }
                for (index, scripted) in self.world.scenario.script.iter().enumerate() {
                    self.queue
                        .schedule(scripted.time, Event::Scripted(index as u32));
                }
            }
            CellSpec::Lists => self.add_lists(),
        }
    }

    /// Adds the sources of every workload that touches a key; without any, the key does not appear yet.
    fn add_open_traffic(&mut self, id: KeyId) {
        let world = self.world;
        let shares: Vec<(WorkloadIndex, f64)> = (0..world.scenario.workloads.len())
            .map(|workload| (workload, world.keyspace.share(workload, id)))
            .filter(|(_, share)| *share > 0.0)
            .collect();
        if shares.is_empty() {
            return;
        }
        let key = self.key(id);
        let mut readers = ReadersOfKey::new(world);
        for (index, share) in shares {
            let workload = &world.scenario.workloads[index];
            let writes = |is_delete| SourceKind::Write { key, is_delete };
            let reads = SourceKind::Read {
                key,
                cache_ttl: workload.cache_ttl,
            };
            for site in &workload.at {
                let scale = share * site.weight;
                let mut add = |purpose, kind, rate_per_s: f64| {
                    (rate_per_s > 0.0).then(|| {
                        self.add_source(purpose, kind, index, site.pop, rate_per_s, Some(key))
                    })
                };
                let first = add(Purpose::Reads, reads, workload.reads_per_s * scale);
                add(
                    Purpose::Writes,
                    writes(false),
                    workload.writes_per_s * scale,
                );
                add(
                    Purpose::Deletes,
                    writes(true),
                    workload.deletes_per_s * scale,
                );
                if let Some((curve, first)) = first {
                    readers.add(site.pop, workload, &curve, first - world.start);
                }
            }
        }
        if world.scenario.cache.start == CacheStart::RandomAge {
            self.fill_caches(key, &readers);
        }
    }

    /// Adds a source and schedules its first arrival; gives its curve and that arrival.
    fn add_source(
        &mut self,
        purpose: Purpose,
        kind: SourceKind,
        workload: WorkloadIndex,
        pop: PopIndex,
        rate_per_s: f64,
        key: Option<CellKey>,
    ) -> (RateCurve, crate::units::Time) {
        let world = self.world;
        let Workload {
            arrivals, daily, ..
        } = world.scenario.workloads[workload];
        let place = world.scenario.pops[pop].place;
        let curve = match daily {
            None => RateCurve::steady(rate_per_s),
            Some(daily) => RateCurve::daily(rate_per_s, &daily, place, world.scenario.starts_at),
        };
        let key_name = key.map_or(0, |key| self.keys[key.0 as usize].name);
        let name = self
            .run
            .purpose(purpose)
            .child(key_name)
            .child(world.workload_names[workload]);
        let seed = name.child(world.pops[pop].name);
        let mut arrivals = ArrivalProcess::new(arrivals, curve, seed, world.start, &mut self.past);
        let first = arrivals.next(&self.past);
        self.queue
            .schedule(first, Event::Arrival(self.sources.len() as u32));
        self.sources.push(Source {
            kind,
            workload,
            pop,
            arrivals,
        });
        (curve, first)
    }

    fn add_lists(&mut self) {
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
                    self.add_source(Purpose::Lists, kind, index, site.pop, rate_per_s, None);
                }
            }
        }
    }

    /// Draws every cache in the state a long past would have left it in.
    fn fill_caches(&mut self, key: CellKey, readers: &ReadersOfKey) {
        let world = self.world;
        let name = self
            .run
            .purpose(Purpose::InitialState)
            .child(self.keys[key.0 as usize].name);
        let mut tier_rates = vec![0.0; world.tier_caches.len()];
        for pop in 0..world.pops.len() {
            let cache = CacheIndex(pop as u32);
            let Some(reader) = readers.at_pop(pop) else {
                continue;
            };
            let seed = name.child(world.pops[pop].name);
            let (presence, age) = (unit(seed.child(0).draw()), unit(seed.child(1).draw()));
            if let Some((age, ttl)) = reader.draw_copy(world.mean_fetch_time(pop), presence, age) {
                self.fill_in_the_past(key, cache, age, ttl);
            }
            for hop in &world.pops[pop].path {
                if let Upstream::Tier(CacheIndex(tier)) = hop.to {
                    tier_rates[tier as usize - world.pops.len()] += reader.miss_rate_per_s();
                }
            }
        }
        for (index, (tier, rate_per_s)) in world.tier_caches.iter().zip(tier_rates).enumerate() {
            let seed = name.child(tier.name);
            let (presence, age) = (unit(seed.child(0).draw()), unit(seed.child(1).draw()));
            let keep_s = tier.keep.as_secs_f64();
            if presence < rate_per_s * keep_s / (1.0 + rate_per_s * keep_s) {
                let age = Duration::from_secs_f64(age * keep_s);
                let cache = CacheIndex((world.pops.len() + index) as u32);
                self.fill_in_the_past(key, cache, age, tier.keep);
            }
        }
    }

    fn fill_in_the_past(&mut self, key: CellKey, cache: CacheIndex, age: Duration, ttl: Duration) {
        let filled_at = self.now - age;
        let answer = self.keys[key.0 as usize].register.sample(filled_at);
        let copy = CacheCopy::filled(&answer, filled_at, ttl);
        self.slot(key, cache).copy = Some(copy);
    }
}

/// Who reads a key, PoP by PoP, when the simulation starts.
struct ReadersOfKey {
    by_pop: Vec<Option<ReadersAtPop>>,
    start: crate::units::Time,
}

#[derive(Clone, Copy, Default)]
struct ReadersAtPop {
    rate_per_s: f64,
    /// Sum of rate × `cache-ttl`.
    weighted_ttl: f64,
    /// For a single periodic reader: its period and the time from the start to its first read.
    periodic: Option<(Duration, Duration)>,
}

impl ReadersOfKey {
    fn new(world: &World) -> Self {
        ReadersOfKey {
            by_pop: vec![None; world.pops.len()],
            start: world.start,
        }
    }

    fn at_pop(&self, pop: PopIndex) -> Option<&ReadersAtPop> {
        self.by_pop[pop].as_ref()
    }

    fn add(&mut self, pop: PopIndex, workload: &Workload, curve: &RateCurve, first: Duration) {
        let rate_per_s = curve.rate_at(self.start);
        let is_first = self.by_pop[pop].is_none();
        let readers = self.by_pop[pop].get_or_insert_default();
        readers.rate_per_s += rate_per_s;
        readers.weighted_ttl += rate_per_s * workload.cache_ttl.as_secs_f64();
        readers.periodic = match (workload.arrivals, curve) {
            (Arrivals::Periodic, RateCurve::Steady { gap_ns }) if is_first => {
                Some((Duration(gap_ns.round() as i64), first))
            }
            _ => None,
        };
    }
}

impl ReadersAtPop {
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
    /// Poisson readers: a cycle is a fetch, the TTL, and a gap of mean 1/rate, so the copy is present with
    /// probability λT/(1 + λ(T + D)) and then of uniform age (renewal-reward). A periodic reader fills at one
    /// of its own reads: the last fill was any of the ⌈T/P⌉ latest ones alike.
    fn draw_copy(
        &self,
        fetch_time: Duration,
        presence: f64,
        age: f64,
    ) -> Option<(Duration, Duration)> {
        let ttl_s = self.mean_ttl_s();
        let ttl = Duration::from_secs_f64(ttl_s);
        if let Some((period, first)) = self.periodic {
            let cycle = (ttl_s / period.as_secs_f64()).ceil().max(1.0);
            let age = period * ((presence * cycle) as i64 + 1) - first;
            return (age < ttl).then_some((age, ttl));
        }
        let busy = self.rate_per_s * (ttl_s + fetch_time.as_secs_f64());
        (presence < self.rate_per_s * ttl_s / (1.0 + busy))
            .then(|| (Duration::from_secs_f64(age * ttl_s), ttl))
    }
}
