//! The observer: told what happens in a cell, it counts what is measured.

use super::delays::LinkDelays;
use super::exposure::{ClassExposure, Intervals, Place, TimelineExposure};
use super::findings::{Class, Findings, ReadRecord};
use super::knowledge::Session;
use super::oracle::{Truth, Version};
use super::served::ServedVersions;
use super::sessions::ClientWrites;
use super::timeline::Counts;
use super::visibility::{ServedSpans, Visibility};
use super::writes::{AcceptedWrite, Convergence};
use crate::scenario::PopIndex;
use crate::scenario::keyspace::KeyId;
use crate::sim::observation::{
    CacheIndex, CacheStatus, CellKey, ClassIndex, ClientRead, Counted, Hits, LinkIndex, List,
    MissCause, Observer, Printed, Read, RequestAnswered, SessionIndex, Span, WentWrong, Write,
};
use crate::sim::random::{Purpose, Seed};
use crate::sim::world::World;
use crate::units::{Duration, Time};

/// So many spans below tiers wait until they are looked at, some 10 MB, and those of the last key.
const SPANS_BELOW_TIERS: usize = 200_000;

/// Somebody who is told how large a part of a cell is simulated, and how many measured reads since the last time.
type Watcher<'w> = Box<dyn FnMut(f64, u64) + 'w>;

/// Measures cell after cell of one run.
pub struct Measure<'w> {
    pub(super) world: &'w World<'w>,
    /// The beginning of the names of the streams that decide which writes are kept.
    pub(super) write_sample: Seed,
    /// Likewise of those of counted hits, by class.
    hit_seeds: Vec<Seed>,
    intervals: Intervals,
    /// The start of the last operation, and its interval.
    last_start: (Time, usize),
    pub(super) findings: Findings,
    pub(super) timeline: Counts,
    pub(super) keys: Vec<KeyHistory>,
    /// Whether each key was ever written: apart, because most are not, and nothing else is to be known of those.
    pub(super) is_written: Vec<bool>,
    /// How many of `keys` belong to the present cell; the rest wait to be used again.
    pub(super) keys_in_cell: usize,
    reads_since: u64,
    watcher: Option<Watcher<'w>>,
    spans: ServedSpans,
    /// Whether a key is followed in this run.
    pub(super) follows: bool,
    /// That key, if it is one of the present cell.
    pub(super) followed: Option<CellKey>,
    /// Clients of the present cell, by their numbers.
    pub(super) sessions: Vec<Session>,
    /// So many of them below tiers wait until they are looked at.
    spans_at_once: usize,
}

/// What is known about a key of the present cell.
#[derive(Debug, Default)]
pub(super) struct KeyHistory {
    pub(super) id: KeyId,
    pub(super) truth: Truth,
    pub(super) served: ServedVersions,
    /// Accepted measured writes, in commit order.
    pub(super) writes: Vec<AcceptedWrite>,
    /// How soon each of them is visible; apart from them, since every PoP looks at all of these.
    pub(super) convergence: Vec<Convergence>,
    /// Of the last accepted write: when it was answered, and its index in `writes` if it is measured.
    pub(super) last_accepted: Option<(Time, Option<usize>)>,
    pub(super) client_writes: ClientWrites,
}

impl<'w> Measure<'w> {
    /// An observer of a run that has seen nothing yet; `record_reads` keeps a record of each read.
    pub fn new(world: &'w World<'w>, run_seed: u64, record_reads: bool) -> Self {
        let scenario = world.scenario;
        let (workloads, pops) = (world.scripted() + 1, world.pops.len());
        let tiers = scenario
            .tiers
            .iter()
            .map(|tier| tier.places.len())
            .collect();
        let mut findings = Findings::empty(workloads, pops, tiers, scenario.duration, record_reads);
        findings.delays = vec![LinkDelays::default(); world.links.len()];
        let run = Seed::of_run(run_seed);
        let hits = run.purpose(Purpose::Hits);
        let of_workload = |workload: &u64| {
            let hits = hits.child(*workload);
            world.pops.iter().map(move |pop| hits.child(pop.name))
        };
        Measure {
            world,
            write_sample: run.purpose(Purpose::WriteSample),
            hit_seeds: world.workload_names.iter().flat_map(of_workload).collect(),
            intervals: Intervals::new(findings.interval),
            last_start: (Time(0), 0),
            timeline: Counts::new(findings.timeline.len()),
            findings,
            keys: Vec::new(),
            is_written: Vec::new(),
            keys_in_cell: 0,
            reads_since: 0,
            watcher: None,
            spans: ServedSpans::new(world),
            follows: false,
            followed: None,
            sessions: Vec::new(),
            spans_at_once: SPANS_BELOW_TIERS,
        }
    }

    /// Looks at the spans below tiers whenever there are so many. It is a question of speed and memory alone.
    pub fn with_spans_at_once(mut self, spans: usize) -> Self {
        self.spans_at_once = spans;
        self
    }

    /// From now on, this one is told how far the present cell has come.
    pub fn watched_by(&mut self, watcher: impl FnMut(f64, u64) + 'w) {
        self.watcher = Some(Box::new(watcher));
    }

    /// What was found so far.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// What was found in the cells that were observed: a part of a run, perhaps.
    pub fn into_findings(mut self) -> Findings {
        self.timeline.add_to(&mut self.findings.timeline);
        self.findings
    }

    #[inline]
    pub(super) fn class_mut(&mut self, class: ClassIndex) -> &mut Class {
        let index = class.workload as usize * self.findings.pops + class.pop as usize;
        self.findings.classes[index].get_or_insert_default()
    }

    /// The index of the interval of an instant of the measured time.
    #[inline]
    pub(super) fn interval(&mut self, start: Time) -> usize {
        // A fetch is asked about twice.
        if self.last_start.0 != start {
            self.last_start = (start, self.intervals.place(start).interval);
        }
        self.last_start.1
    }

    /// The newest version of a key that was served at a PoP.
    #[inline]
    pub(super) fn newest_served(&self, key: CellKey, pop: PopIndex) -> u32 {
        self.keys[key.0 as usize].served.at(pop).newest
    }

    /// The name of the stream of counted hits from an instant on.
    #[inline]
    pub(super) fn name_of(&self, hits: &Hits, from: Time) -> Seed {
        let class =
            usize::from(hits.class.workload) * self.findings.pops + usize::from(hits.class.pop);
        let key = self.keys[hits.key.0 as usize].id;
        self.hit_seeds[class]
            .child(u64::from(key.0))
            .child(from.0 as u64)
    }

    /// The end of the measured time.
    #[inline]
    pub(super) fn end(&self) -> Time {
        self.world.end
    }

    /// What is added to the answer of every read.
    #[inline]
    pub(super) fn hit_latency(&self) -> Duration {
        self.world.scenario.cache.hit_latency
    }

    /// The place of an instant of the measured time in the timeline.
    #[inline]
    pub(super) fn place(&self, time: Time) -> Place {
        self.intervals.place(time)
    }

    /// The exposure of fresh hits over the timeline.
    #[inline]
    pub(super) fn fresh_timeline(&mut self) -> &mut TimelineExposure {
        &mut self.findings.fresh_exposure
    }

    /// The exposure of stale hits over the timeline.
    #[inline]
    pub(super) fn stale_timeline(&mut self) -> &mut TimelineExposure {
        &mut self.findings.stale_exposure
    }

    /// When what was served was superseded, as far as is known.
    #[inline]
    pub(super) fn superseded(&self, hits: &Hits) -> Option<Time> {
        let truth = &self.keys[hits.key.0 as usize].truth;
        truth.superseded_after(hits.version, hits.sampled_at)
    }

    /// The exposure of a class of hits, and the versions newer than what they were given.
    #[inline]
    pub(super) fn exposure_and_newer(&mut self, hits: &Hits) -> (&mut ClassExposure, &[Version]) {
        let class =
            usize::from(hits.class.workload) * self.findings.pops + usize::from(hits.class.pop);
        let class = self.findings.classes[class].get_or_insert_default();
        let newer = self.keys[hits.key.0 as usize]
            .truth
            .newer_than(hits.version);
        (&mut class.exposure, newer)
    }

    /// Records how soon writes were visible, as far as spans are complete.
    fn measure_visibility(&mut self) {
        let Measure {
            world,
            findings,
            keys,
            spans,
            ..
        } = self;
        spans.for_each_pop(world, |key, pop, steps| {
            let mut visibility = Visibility::at(steps);
            let writes = &mut keys[key.0 as usize].convergence;
            for writes in writes.chunk_by_mut(|a, b| a.workload == b.workload) {
                let class = usize::from(writes[0].workload) * findings.pops + pop;
                let histogram = &mut findings.classes[class].get_or_insert_default().visibility;
                for write in writes {
                    if let Some(time) = visibility.of(write.version, write.committed) {
                        histogram.record_time(time);
                        if time > write.time {
                            (write.time, write.slowest_pop) = (time, pop as u16);
                        }
                    }
                }
            }
        });
    }
}

impl Observer for Measure<'_> {
    fn key_appears(&mut self, key: CellKey, id: KeyId) {
        assert_eq!(key.0 as usize, self.keys_in_cell, "keys appear in order");
        self.keys_in_cell += 1;
        if self.keys.len() < self.keys_in_cell {
            self.keys.push(KeyHistory::default());
            self.is_written.push(false);
        }
        self.is_written[key.0 as usize] = false;
        let history = &mut self.keys[key.0 as usize];
        history.id = id;
        history.truth.clear();
        history.served.clear();
        history.last_accepted = None;
        if self.follows && self.findings.lanes.key == Some(id) {
            self.followed = Some(key);
        }
    }

    #[inline]
    fn read(&mut self, read: &Read) {
        let is_measured = self.world.measures(read.start);
        let is_written = self.is_written[read.key.0 as usize];
        if is_written {
            self.count_skipped(read);
        }
        if !is_measured {
            return;
        }
        self.reads_since += 1;
        let stale = match is_written {
            true => self.keys[read.key.0 as usize].truth.judge(
                read.start,
                read.version,
                read.sampled_at,
            ),
            false => None,
        };
        let latency = read.end - read.start;
        let class = self.class_mut(read.class);
        class.tally.reads += 1;
        match read.status {
            CacheStatus::Hit => class.tally.hits += 1,
            CacheStatus::Coalesced => {
                class.tally.coalesced_reads += 1;
                class.coalesced_latency.record_time(latency);
            }
            CacheStatus::Fetch => {
                class.tally.fetches += 1;
                class.tally.misses.count(cause_of(read));
                class.fetch_latency.record_time(latency);
            }
        }
        if let Some(stale) = stale {
            class.tally.stale_reads += 1;
            class.staleness.record_time(stale.time);
            class.version_lag.record_count(u64::from(stale.versions));
        }
        let interval = self.interval(read.start);
        self.timeline.stale_reads[interval] += u64::from(stale.is_some());
        match read.status {
            CacheStatus::Hit => self.timeline.hits[interval] += 1,
            CacheStatus::Coalesced => self.timeline.coalesced_reads[interval] += 1,
            CacheStatus::Fetch => self.timeline.misses[cause_of(read) as usize][interval] += 1,
        }
        if let Some(reads) = &mut self.findings.reads {
            reads.push(ReadRecord {
                start: read.start,
                latency,
                staleness: stale.map_or(Duration::ZERO, |stale| stale.time),
                key: self.keys[read.key.0 as usize].id,
                version: read.version,
                version_lag: stale.map_or(0, |stale| stale.versions),
                workload: read.class.workload,
                pop: read.class.pop,
                status: read.status,
            });
        }
    }

    #[inline]
    fn delays_drawn(&mut self, link: LinkIndex, start: Time, up: Duration, down: Duration) {
        if self.world.measures(start) {
            self.findings.delays[link.0 as usize].record(up, down);
        }
    }

    #[inline]
    fn hits(&mut self, hits: &Hits) {
        self.count_hits(hits);
    }

    fn refresh(&mut self, class: ClassIndex, caused_at: Time) {
        if self.world.measures(caused_at) {
            self.class_mut(class).tally.refreshes += 1;
            let interval = self.interval(caused_at);
            self.timeline.refreshes[interval] += 1;
        }
    }

    fn store_read(&mut self, class: ClassIndex, caused_at: Time) {
        if self.world.measures(caused_at) {
            self.class_mut(class).tally.store_reads += 1;
            let interval = self.interval(caused_at);
            self.timeline.store_reads[interval] += 1;
        }
    }

    fn tier_request(&mut self, cache: CacheIndex, caused_at: Time, status: CacheStatus) {
        if self.world.measures(caused_at) {
            let cache = self
                .world
                .tier_cache(cache)
                .expect("only tiers get requests");
            let tally = &mut self.findings.tiers[cache.tier][cache.place];
            tally.requests += 1;
            match status {
                CacheStatus::Hit => tally.hits += 1,
                CacheStatus::Coalesced => tally.coalesced += 1,
                CacheStatus::Fetch => tally.fetches += 1,
            }
        }
    }

    fn write(&mut self, write: &Write) {
        self.measure_write(write);
    }

    fn client_read(&mut self, read: &ClientRead) {
        self.judge_client_read(read);
    }

    fn client_acknowledged(&mut self, by: SessionIndex, key: CellKey, version: u32, time: Time) {
        self.note_acknowledged(by, key, version, time);
    }

    fn client_asks(&mut self, session: SessionIndex, class: ClassIndex, start: Time) {
        self.note_session(session, class, start);
    }

    fn request_answered(&mut self, request: &RequestAnswered) {
        self.measure_request(request);
    }

    fn counted(&mut self, counted: &Counted<'_>) {
        self.measure_count(counted);
    }

    fn went_wrong(&mut self, wrong: WentWrong) {
        self.note_trouble(wrong);
    }

    fn printed(&mut self, printed: Printed) {
        self.note_printed(printed);
    }

    fn client_is_over(&mut self, session: SessionIndex) {
        self.forget_client(session);
    }

    fn list(&mut self, list: &List) {
        if self.world.measures(list.start) {
            let tally = &mut self.class_mut(list.class).tally;
            tally.lists += 1;
            tally.list_pages += u64::from(list.pages);
            let interval = self.interval(list.start);
            self.timeline.list_pages[interval] += u64::from(list.pages);
        }
    }

    fn span(&mut self, span: &Span) {
        if self.followed == Some(span.key) && (span.cache.0 as usize) < self.world.pops.len() {
            self.findings.lanes.span(span);
        }
        // What is told before a key's first commit ends before it, and so delays nothing, nor does it matter for
        // later instants whether a PoP asked its tiers then.
        if !self.is_written[span.key.0 as usize] {
            return;
        }
        // A span that ended before its version was superseded delayed no write; below tiers it still tells when a
        // PoP did not ask them.
        let truth = &self.keys[span.key.0 as usize].truth;
        let superseded = truth.superseded(span.version);
        let delays = superseded.is_some_and(|committed| committed < span.until);
        let is_below_tier =
            span.cache.0 < self.world.pops.len() as u32 && !self.world.tier_caches.is_empty();
        if delays || is_below_tier {
            self.spans.add(span, delays);
        }
    }

    fn spans_are_complete(&mut self) {
        // Below tiers all PoPs have something to tell of each key: many keys are asked about together.
        if self.world.tier_caches.is_empty() || self.spans.count() >= self.spans_at_once {
            self.measure_visibility();
        }
    }

    fn readers_go_on(&mut self, key: CellKey, pop: PopIndex) {
        self.count_never_served(key, pop);
    }

    fn part_is_simulated(&mut self, part: f64) {
        let reads = std::mem::take(&mut self.reads_since);
        if let Some(watcher) = &mut self.watcher {
            watcher(part, reads);
        }
    }

    fn cell_is_over(&mut self) {
        self.followed = None;
        self.measure_visibility();
        self.count_lost_updates();
        self.finish_writes();
        self.keys_in_cell = 0;
    }
}

/// Why a read that fetched had to.
#[inline]
fn cause_of(read: &Read) -> MissCause {
    read.miss.expect("a read fetches for a reason")
}
