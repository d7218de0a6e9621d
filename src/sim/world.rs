//! A scenario made ready to simulate: names hashed, distributions prepared, caches numbered.

use super::cache::UseRule;
use super::message::RequestForm;
use super::network::{DelaySampler, SizeSampler};
use super::observation::{CacheIndex, ClassIndex, LinkIndex};
use super::program::Programs;
use super::random;
use super::ranks::Ranks;
use super::steps::Steps;
use super::value::{Constant, Entry, Texts};
use crate::scenario::keyspace::{KeyId, Keyspace};
use crate::scenario::{
    ClientIndex, Link, Node, PopIndex, Scenario, TierAge, Worker, WorkerIndex, Workload,
    WorkloadIndex,
};
use crate::units::{Duration, Size, Time};
use std::collections::BTreeMap;

/// What all cells of a run share.
#[derive(Debug)]
pub struct World<'s> {
    /// What is simulated.
    pub scenario: &'s Scenario,
    /// Its keys.
    pub keyspace: &'s Keyspace,
    /// Its PoPs, in the scenario's order.
    pub pops: Vec<PopWays>,
    /// Every cache's rule, by [`CacheIndex`].
    pub caches: Vec<UseRule>,
    /// Every link that something is asked over.
    pub links: Vec<LinkEnds>,
    /// The caches of tiers, in order: the first has the index `pops.len()`.
    pub tier_caches: Vec<TierCache>,
    /// Parts of stream names, by workload; then by replay, client and Worker; scripted operations come last.
    pub workload_names: Vec<u64>,
    /// By workload and PoP: the factor on the workload's rates there, where it arrives at all.
    pub weights: Vec<Vec<Option<f64>>>,
    /// The steps of clients.
    pub steps: Vec<Steps>,
    /// Whoever starts the Workers' programs; `None` where there are none.
    pub programs: Option<&'s dyn Programs>,
    /// The requests that come of themselves, by Worker.
    pub requests: Vec<Vec<OpenRequest>>,
    /// What the store holds from the start, by namespace and name.
    pub stored: Vec<BTreeMap<String, Entry>>,
    /// The texts that the scenario names.
    pub texts: Texts,
    /// What workloads write, where the file says.
    pub written: Vec<Option<Constant>>,
    /// Likewise scripted operations.
    pub scripted_values: Vec<Option<Constant>>,
    /// Prepared sizes of values, by workload.
    pub value_sizes: Vec<Option<SizeSampler>>,
    /// Whether hits of Poisson readers are counted instead of simulated one by one.
    pub counts_hits: bool,
    /// Whether reads wait for a fetch under way, and hits start none: a fetch then depends on nothing but the
    /// read that starts it.
    pub has_plain_fetches: bool,
    /// Whether recorded reads that ask the store itself are all that happens.
    pub has_only_recorded_reads: bool,
    /// When the simulation starts: the warm-up before time 0.
    pub start: Time,
    /// When the measured time ends.
    pub end: Time,
    /// The date at time 0, in seconds since 1970.
    pub epoch_s: i64,
}

/// Requests that come of themselves, made ready.
#[derive(Debug)]
pub struct OpenRequest {
    /// What is sent.
    pub form: RequestForm,
    /// What is drawn for each.
    pub ranks: Ranks,
}

/// The ways from a PoP.
#[derive(Debug)]
pub struct PopWays {
    /// The part of stream names that stands for the PoP.
    pub name: u64,
    /// A read's way up, hop by hop.
    pub path: Vec<Way>,
    /// A write's way.
    pub direct: Ways,
    /// Its link: that of reads, where these ask no tier.
    pub direct_link: LinkIndex,
    /// The longest `cache-ttl` of its reads.
    pub longest_cache_ttl: Duration,
    /// Whether anybody reads here.
    pub has_readers: bool,
}

/// A hop and where it leads.
#[derive(Debug)]
pub struct Way {
    /// A tier's cache, or the store.
    pub to: Upstream,
    /// The delays.
    pub ways: Ways,
    /// The link, whose other hops have the same.
    pub link: LinkIndex,
}

/// What a link connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkEnds {
    /// Who asks.
    pub from: CacheIndex,
    /// Who is asked.
    pub to: Upstream,
}

/// Both directions of a link.
#[derive(Clone, Copy, Debug)]
pub struct Ways {
    /// Towards the store.
    pub up: DelaySampler,
    /// Away from it.
    pub down: DelaySampler,
}

/// What answers a cache that does not have a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// A tier's cache.
    Tier(CacheIndex),
    /// The central store.
    Store,
}

/// One cache of an upper tier.
#[derive(Clone, Copy, Debug)]
pub struct TierCache {
    /// Index of its tier.
    pub tier: usize,
    /// Index among its tier's places.
    pub place: usize,
    /// The part of stream names that stands for it.
    pub name: u64,
    /// How long a copy answers.
    pub keep: Duration,
    /// Whether age is handed on.
    pub age: TierAge,
}

impl Ways {
    fn new(link: &Link) -> Self {
        Ways {
            up: DelaySampler::new(&link.up),
            down: DelaySampler::new(&link.down),
        }
    }

    /// The delays there and back, if no message's is drawn.
    #[inline]
    pub fn constant(&self) -> Option<(Duration, Duration)> {
        Some((self.up.constant()?, self.down.constant()?))
    }
}

/// Every cache of every tier, in order.
fn tier_caches(scenario: &Scenario) -> Vec<TierCache> {
    let mut caches = Vec::new();
    for (tier_index, tier) in scenario.tiers.iter().enumerate() {
        for (place, code) in tier.places.iter().enumerate() {
            caches.push(TierCache {
                tier: tier_index,
                place,
                name: random::name(&format!("{}@{code}", tier.name)),
                keep: tier.keep,
                age: tier.age,
            });
        }
    }
    caches
}

/// The ways from every PoP, and their links.
fn pops(scenario: &Scenario, tier_caches: &[TierCache]) -> (Vec<PopWays>, Vec<LinkEnds>) {
    let upstream = |node: &Node| match *node {
        Node::Store => Upstream::Store,
        Node::Tier { tier, place } => {
            let position = tier_caches
                .iter()
                .position(|cache| cache.tier == tier && cache.place == place);
            let index = scenario.pops.len()
                + position.expect("a path leads through caches of the scenario");
            Upstream::Tier(CacheIndex(index as u32))
        }
    };
    let mut links = Vec::new();
    let mut numbers = BTreeMap::new();
    let mut link = |from: CacheIndex, to: Upstream| {
        let cache = match to {
            Upstream::Tier(cache) => Some(cache),
            Upstream::Store => None,
        };
        *numbers.entry((from, cache)).or_insert_with(|| {
            links.push(LinkEnds { from, to });
            LinkIndex(links.len() as u32 - 1)
        })
    };
    let pops = scenario.pops.iter().enumerate().map(|(index, pop)| {
        let here = CacheIndex(index as u32);
        let mut from = here;
        let path = pop.path.iter().map(|hop| {
            let to = upstream(&hop.to);
            let way = Way {
                to,
                ways: Ways::new(&hop.link),
                link: link(from, to),
            };
            if let Upstream::Tier(cache) = to {
                from = cache;
            }
            way
        });
        PopWays {
            name: random::name(&pop.code),
            path: path.collect(),
            direct: Ways::new(&pop.direct),
            direct_link: link(here, Upstream::Store),
            longest_cache_ttl: scenario.longest_cache_ttl(index),
            has_readers: scenario.has_readers(index),
        }
    });
    (pops.collect(), links)
}

/// By PoP: the factor on a workload's rates there, where it arrives at all.
fn weights(workload: &Workload, pops: usize) -> Vec<Option<f64>> {
    let mut weights = vec![None; pops];
    for site in &workload.at {
        *weights[site.pop].get_or_insert(0.0) += site.weight;
    }
    weights
}

fn open_requests(worker: &Worker) -> Vec<OpenRequest> {
    let sources = worker.requests.iter().map(|source| {
        let mut ranks = Ranks::default();
        OpenRequest {
            form: RequestForm::new(&source.request, &mut ranks),
            ranks,
        }
    });
    sources.collect()
}

fn stored(scenario: &Scenario) -> Vec<BTreeMap<String, Entry>> {
    let mut stored = vec![BTreeMap::new(); scenario.namespaces.len()];
    for values in &scenario.stored {
        for (key, value, metadata) in values.entries() {
            let value = value.into_bytes().into();
            stored[values.namespace].insert(key, Entry { value, metadata });
        }
    }
    stored
}

fn constants<'a>(
    values: impl Iterator<Item = &'a Option<String>>,
    texts: &mut Texts,
) -> Vec<Option<Constant>> {
    values
        .map(|value| value.as_ref().map(|text| texts.constant(text)))
        .collect()
}

fn has_only_recorded_reads(scenario: &Scenario) -> bool {
    let mut replays = scenario.replays.iter();
    replays.all(|replay| !replay.may_modify())
        && !scenario.replays.is_empty()
        && scenario.workloads.is_empty()
        && scenario.script.is_empty()
        && scenario.clients.is_empty()
        && scenario.tiers.is_empty()
}

impl<'s> World<'s> {
    /// Prepares a scenario.
    pub fn new(scenario: &'s Scenario, keyspace: &'s Keyspace) -> Self {
        let tier_caches = tier_caches(scenario);
        let (pops, links) = pops(scenario, &tier_caches);
        let pop_rules = pops.iter().map(|_| UseRule::Pop(scenario.cache.ttl_rule));
        let caches = pop_rules
            .chain(tier_caches.iter().map(|cache| UseRule::Tier(cache.age)))
            .collect();
        let mut texts = Texts::default();
        // Scripted operations draw under a name that no workload can have: a table's key is never empty here.
        let workload_names = scenario.workload_names().chain([""]).map(random::name);
        World {
            scenario,
            keyspace,
            pops,
            caches,
            links,
            tier_caches,
            workload_names: workload_names.collect(),
            weights: scenario
                .workloads
                .iter()
                .map(|w| weights(w, scenario.pops.len()))
                .collect(),
            steps: Steps::all(scenario, keyspace, &mut texts),
            programs: None,
            requests: scenario.workers.iter().map(open_requests).collect(),
            stored: stored(scenario),
            written: constants(scenario.workloads.iter().map(|w| &w.value), &mut texts),
            scripted_values: constants(
                scenario.script.iter().map(|s| s.operation.value()),
                &mut texts,
            ),
            texts,
            value_sizes: scenario
                .workloads
                .iter()
                .map(|w| w.value_size.as_ref().map(SizeSampler::new))
                .collect(),
            counts_hits: !scenario.per_read,
            has_plain_fetches: scenario.cache.coalesce
                && scenario.cache.refresh_ahead == Duration::ZERO,
            has_only_recorded_reads: has_only_recorded_reads(scenario),
            start: Time(0) - scenario.warm_up,
            end: Time(0) + scenario.duration,
            epoch_s: scenario.epoch_s(),
        }
    }

    /// Likewise, with somebody who starts the Workers' programs.
    pub fn with_programs(
        scenario: &'s Scenario,
        keyspace: &'s Keyspace,
        programs: &'s dyn Programs,
    ) -> Self {
        World {
            programs: Some(programs),
            ..World::new(scenario, keyspace)
        }
    }

    /// The class of a workload's operations at a PoP.
    pub fn class(&self, workload: WorkloadIndex, pop: PopIndex) -> ClassIndex {
        ClassIndex {
            workload: workload as u16,
            pop: pop as u16,
        }
    }

    /// The index that scripted operations have among the workloads: behind those, the replays, the clients and the
    /// Workers.
    pub fn scripted(&self) -> WorkloadIndex {
        self.workload_of_worker(self.scenario.workers.len())
    }

    /// The index that a Worker has among the workloads: behind those, the replays and the clients.
    pub fn workload_of_worker(&self, worker: WorkerIndex) -> WorkloadIndex {
        self.workload_of_client(self.scenario.clients.len()) + worker
    }

    /// The index that a kind of client has among the workloads: behind those and the replays.
    pub fn workload_of_client(&self, client: ClientIndex) -> WorkloadIndex {
        self.scenario.workloads.len() + self.scenario.replays.len() + client
    }

    /// The number that a client has among all who come from outside, whatever their kind.
    pub fn stranger(&self, client: ClientIndex, number: u32) -> u32 {
        self.number_of_stranger(client, number)
    }

    /// Likewise of who sends a request of a Worker's own.
    pub fn stranger_of_source(&self, worker: WorkerIndex, source: usize, number: u32) -> u32 {
        let before = &self.scenario.workers[..worker];
        let before: usize = before.iter().map(|worker| worker.requests.len()).sum();
        self.number_of_stranger(self.scenario.clients.len() + before + source, number)
    }

    /// Kinds take turns, so that no two have a number in common.
    fn number_of_stranger(&self, kind: usize, number: u32) -> u32 {
        let sources = self
            .scenario
            .workers
            .iter()
            .map(|worker| worker.requests.len());
        let kinds = self.scenario.clients.len() + sources.sum::<usize>();
        number.wrapping_mul(kinds as u32).wrapping_add(kind as u32)
    }

    /// The rank by which clients that draw one come to a key, and its probability.
    pub fn rank_of_client(&self, client: ClientIndex, key: KeyId) -> (u32, f64) {
        let KeyId(first) = self.keyspace.key_of_client(client, 0, 0);
        let rank = key.0 - first;
        (rank, self.steps[client].share(rank))
    }

    /// The tier cache behind a cache index; `None` for a PoP's cache.
    pub fn tier_cache(&self, cache: CacheIndex) -> Option<&TierCache> {
        self.tier_caches
            .get((cache.0 as usize).checked_sub(self.pops.len())?)
    }

    /// The part of stream names that stands for a cache.
    pub fn cache_name(&self, cache: CacheIndex) -> u64 {
        self.tier_cache(cache)
            .map_or_else(|| self.pops[cache.0 as usize].name, |tier| tier.name)
    }

    /// The date at an instant, in whole seconds since 1970.
    pub fn date_s(&self, time: Time) -> i64 {
        self.epoch_s + time.0.div_euclid(1_000_000_000)
    }

    /// Whether an instant lies in the measured time.
    #[inline]
    pub fn measures(&self, start: Time) -> bool {
        start >= Time(0) && start < self.end
    }

    /// What a value's bytes add to the delay of a message.
    pub fn transfer_time(&self, size: Size) -> Duration {
        self.scenario
            .bandwidth
            .map_or(Duration::ZERO, |bandwidth| bandwidth.time_for(size))
    }

    /// The mean time of a fetch that goes all the way from a PoP to the store and back.
    pub fn mean_fetch_time(&self, pop: PopIndex) -> Duration {
        let hops = self.pops[pop].path.iter();
        let service_time = self.scenario.store.service_time;
        hops.fold(service_time, |sum, hop| {
            sum + hop.ways.up.mean() + hop.ways.down.mean()
        })
    }

    /// What no read's staleness can exceed, if the delays have a greatest value: the longest way down from the
    /// store, and each cache on it as long as it may keep a copy.
    pub fn staleness_bound(&self) -> Option<Duration> {
        let mut most = (0..self.pops.len()).map(|pop| self.staleness_bound_at(pop));
        most.try_fold(Duration::ZERO, |bound, at_pop| Some(bound.max(at_pop?)))
    }

    fn staleness_bound_at(&self, pop: PopIndex) -> Option<Duration> {
        let ways = &self.pops[pop];
        // An own write leaves a copy of the default `cache-ttl`, which counts from the acknowledgement.
        let own_write = self.scenario.store.service_time + ways.direct.down.greatest()?;
        let mut way_down = self.scenario.store.service_time;
        for hop in &ways.path {
            way_down = way_down + hop.ways.down.greatest()?;
        }
        // Ages that are carried all the way count once; a tier that restarts them adds what was before it.
        let tiers = ways.path.iter().filter_map(|hop| match hop.to {
            Upstream::Tier(cache) => self.tier_cache(cache),
            Upstream::Store => None,
        });
        let restarts = tiers.clone().any(|tier| tier.age == TierAge::Restarted);
        let keeps = tiers.map(|tier| if restarts { tier.keep } else { Duration::ZERO });
        let kept = keeps.fold(ways.longest_cache_ttl, |sum, keep| sum + keep);
        if self.scenario.bandwidth.is_some() {
            // Sizes have no common bound, so neither have the times that they take.
            return None;
        }
        Some(kept + way_down.max(own_write))
    }

    /// How many pages a list of a prefix takes: it walks over every key that the scenario names, present or
    /// not, as the platform walks over keys deleted lately; a list of nothing takes one.
    pub fn pages(&self, prefix: &str, page: u32) -> u32 {
        self.keyspace.pages(prefix, page)
    }
}
