//! What a simulation found out: plain counts and histograms that can be merged in any order.
//!
//! Everything here is integers, so the sum over cells, threads and runs does not depend on the order in which
//! they finish. Reads and writes are kept by *class*, a pair of workload and PoP; what a PoP or a workload saw
//! is the sum over its classes.

use super::application::{Application, Console, Troubles};
use super::breaches::Breach;
use super::delays::LinkDelays;
use super::exposure::{ClassExposure, TimelineExposure};
use super::histogram::Histogram;
use super::lanes::Lanes;
use super::misses::Misses;
use super::timeline;
use crate::scenario::keyspace::KeyId;
use crate::scenario::{PopIndex, WorkloadIndex};
pub use crate::sim::observation::CacheStatus;
use crate::units::{Duration, Size, Time};
use std::borrow::Cow;
use std::collections::BinaryHeap;

/// Everything measured in one run, or in several runs pooled.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Number of PoPs.
    pub pops: usize,
    /// By workload, then PoP; scripted operations come last, as a workload of their own. A class that never
    /// saw an operation is `None`.
    pub classes: Vec<Option<Box<Class>>>,
    /// By tier, then place.
    pub tiers: Vec<Vec<TierTally>>,
    /// By link: what was drawn there.
    pub delays: Vec<LinkDelays>,
    /// Of each accepted write.
    pub convergence: Histogram,
    /// Equal intervals of the measured time.
    pub timeline: Vec<Interval>,
    /// Where fresh hits are counted: their exposure over the timeline, until they are drawn.
    pub fresh_exposure: TimelineExposure,
    /// Likewise of stale hits.
    pub stale_exposure: TimelineExposure,
    /// Length of each interval; the last may be cut short by the end of the measured time.
    pub interval: Duration,
    /// A uniform sample of the writes.
    pub writes: WriteSample,
    /// Each read, where a record of reads was asked for.
    pub reads: Option<Vec<ReadRecord>>,
    /// Guarantees of sessions that were broken, each of them, where a record of reads was asked for.
    pub breaches: Option<Vec<Breach>>,
    /// What was served of one key in the first run.
    pub lanes: Lanes,
    /// What went wrong in scripts.
    pub troubles: Troubles,
    /// What scripts printed in the first run.
    pub console: Console,
}

/// What the operations of one workload at one PoP saw.
#[derive(Clone, Debug, Default)]
pub struct Class {
    /// Counts.
    pub tally: Tally,
    /// Of stale reads.
    pub staleness: Histogram,
    /// Of stale reads, in versions.
    pub version_lag: Histogram,
    /// Of every read; empty until a run is complete, and then the sum of hits and the two that follow.
    pub read_latency: Histogram,
    /// Of reads that waited for a fetch under way.
    pub coalesced_latency: Histogram,
    /// Of reads that started a fetch.
    pub fetch_latency: Histogram,
    /// Of accepted puts and deletes.
    pub write_latency: Histogram,
    /// How long this workload's accepted writes took to be visible at this PoP, wherever they were written.
    pub visibility: Histogram,
    /// Where hits are counted: what they are exposed to, until they are drawn.
    pub exposure: ClassExposure,
    /// Of requests to Workers, from their start to the response.
    pub request_latency: Histogram,
    /// What a Worker's application did, by its responses and its own counts.
    pub application: Application,
}

/// Counts of what happened in a class; names and meanings are those of [`crate::scenario::metric::METRICS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "defined in the table of metrics")]
pub struct Tally {
    pub reads: u64,
    pub hits: u64,
    pub coalesced_reads: u64,
    pub fetches: u64,
    pub refreshes: u64,
    pub store_reads: u64,
    pub stale_reads: u64,
    pub writes: u64,
    pub deletes: u64,
    pub rejected_writes: u64,
    /// Those of the rejected writes that were deletes: the bill counts puts and deletes apart.
    pub rejected_deletes: u64,
    pub lists: u64,
    pub list_pages: u64,
    pub lost_concurrent_writes: u64,
    pub stale_base_writes: u64,
    pub lost_updates: u64,
    pub skipped_versions: u64,
    pub sessions: u64,
    pub read_your_writes_violations: u64,
    pub monotonic_read_violations: u64,
    pub writes_follow_reads_violations: u64,
    pub resurrected_keys: u64,
    pub requests: u64,
    pub failed_requests: u64,
    pub misses: Misses,
}

/// What one cache of an upper tier saw of the requests that measured reads caused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TierTally {
    /// Requests that arrived from below.
    pub requests: u64,
    /// Requests answered from its copy.
    pub hits: u64,
    /// Requests that waited for a fetch already under way.
    pub coalesced: u64,
    /// Requests that it passed on upwards.
    pub fetches: u64,
}

/// What happened in one interval of the measured time, by the start of each operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "defined in the table of metrics")]
pub struct Interval {
    pub reads: u64,
    pub hits: u64,
    pub coalesced_reads: u64,
    pub fetches: u64,
    pub refreshes: u64,
    pub store_reads: u64,
    pub stale_reads: u64,
    pub writes: u64,
    pub deletes: u64,
    pub rejected_writes: u64,
    /// Those of the rejected writes that were deletes.
    pub rejected_deletes: u64,
    pub list_pages: u64,
    pub misses: Misses,
}

/// One measured put or delete. Records are ordered by start, PoP, workload and key, then by all the rest, so
/// that no two that differ are ever equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WriteRecord {
    /// When it started at its PoP.
    pub start: Time,
    /// Where it was written.
    pub pop: PopIndex,
    /// Its workload; one past the last for scripted operations.
    pub workload: WorkloadIndex,
    /// Its key.
    pub key: KeyId,
    /// When it arrived at the store: if accepted, its commit.
    pub arrival: Time,
    /// What became of it.
    pub outcome: WriteOutcome,
    /// When its answer was back at the PoP.
    pub answered: Time,
    /// Whether it is a delete.
    pub is_delete: bool,
    /// Size of the value; zero for a delete.
    pub size: Size,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriteOutcome {
    /// Committed.
    Accepted {
        /// Its number among the key's versions, from 1.
        version: u32,
        /// Its visibility at the PoP where it took longest.
        convergence: Duration,
        /// That PoP; `None` if it was visible everywhere at once.
        slowest_pop: Option<PopIndex>,
        /// Whether it was replaced by a write that had started before it was acknowledged.
        lost_concurrent: bool,
    },
    /// Refused with 429.
    Rejected,
}

/// How many writes a [`WriteSample`] keeps at most.
pub const WRITE_SAMPLE_SIZE: usize = 10_000;

/// A uniform sample of the writes: each has a priority drawn from its own name, the lowest stay.
#[derive(Clone, Debug, Default)]
pub struct WriteSample {
    /// The kept writes, highest priority value on top.
    kept: BinaryHeap<Prioritised>,
    /// How many writes there were in all.
    pub total: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Prioritised {
    priority: u64,
    write: WriteRecord,
}

impl Ord for Prioritised {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.priority, &self.write).cmp(&(other.priority, &other.write))
    }
}

impl PartialOrd for Prioritised {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl WriteSample {
    /// Counts a write and keeps it if its priority is among the lowest.
    pub fn offer(&mut self, priority: u64, write: WriteRecord) {
        self.total += 1;
        self.keep(Prioritised { priority, write });
    }

    /// Adds another sample.
    pub fn merge(&mut self, other: WriteSample) {
        self.total += other.total;
        for entry in other.kept {
            self.keep(entry);
        }
    }

    /// The kept writes in order.
    pub fn sorted(&self) -> Vec<&WriteRecord> {
        let mut writes: Vec<&WriteRecord> = self.kept.iter().map(|entry| &entry.write).collect();
        writes.sort_unstable();
        writes
    }

    fn keep(&mut self, entry: Prioritised) {
        if self.kept.len() < WRITE_SAMPLE_SIZE {
            self.kept.push(entry);
        } else if let Some(mut top) = self.kept.peek_mut()
            && entry < *top
        {
            *top = entry;
        }
    }
}

/// One measured read, for a record of reads. Ordered like a [`WriteRecord`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReadRecord {
    /// When it started.
    pub start: Time,
    /// Its PoP.
    pub pop: u16,
    /// Its workload; one past the last for scripted operations.
    pub workload: u16,
    /// Its key.
    pub key: KeyId,
    /// How it was answered.
    pub status: CacheStatus,
    /// The version it returned.
    pub version: u32,
    /// How many newer versions had committed before it started; zero if it was fresh.
    pub version_lag: u32,
    /// From its start to its answer.
    pub latency: Duration,
    /// If it was stale: its start minus the commit that superseded what it returned; zero otherwise.
    pub staleness: Duration,
}

impl Tally {
    /// Adds another tally.
    pub fn merge(&mut self, other: &Tally) {
        self.reads += other.reads;
        self.hits += other.hits;
        self.coalesced_reads += other.coalesced_reads;
        self.fetches += other.fetches;
        self.refreshes += other.refreshes;
        self.store_reads += other.store_reads;
        self.stale_reads += other.stale_reads;
        self.writes += other.writes;
        self.deletes += other.deletes;
        self.rejected_writes += other.rejected_writes;
        self.rejected_deletes += other.rejected_deletes;
        self.lists += other.lists;
        self.list_pages += other.list_pages;
        self.lost_concurrent_writes += other.lost_concurrent_writes;
        self.stale_base_writes += other.stale_base_writes;
        self.lost_updates += other.lost_updates;
        self.skipped_versions += other.skipped_versions;
        self.sessions += other.sessions;
        self.read_your_writes_violations += other.read_your_writes_violations;
        self.monotonic_read_violations += other.monotonic_read_violations;
        self.writes_follow_reads_violations += other.writes_follow_reads_violations;
        self.resurrected_keys += other.resurrected_keys;
        self.requests += other.requests;
        self.failed_requests += other.failed_requests;
        self.misses.merge(&other.misses);
    }
}

impl Class {
    /// Adds another class.
    pub fn merge(&mut self, other: &Class) {
        self.tally.merge(&other.tally);
        self.staleness.merge(&other.staleness);
        self.version_lag.merge(&other.version_lag);
        self.read_latency.merge(&other.read_latency);
        self.coalesced_latency.merge(&other.coalesced_latency);
        self.fetch_latency.merge(&other.fetch_latency);
        self.write_latency.merge(&other.write_latency);
        self.visibility.merge(&other.visibility);
        self.exposure.merge(&other.exposure);
        self.request_latency.merge(&other.request_latency);
        self.application.merge(&other.application);
    }
}

impl TierTally {
    /// Adds another tally.
    pub fn merge(&mut self, other: &TierTally) {
        self.requests += other.requests;
        self.hits += other.hits;
        self.coalesced += other.coalesced;
        self.fetches += other.fetches;
    }
}

impl Interval {
    /// Adds another interval's counts.
    pub fn merge(&mut self, other: &Interval) {
        self.reads += other.reads;
        self.hits += other.hits;
        self.coalesced_reads += other.coalesced_reads;
        self.fetches += other.fetches;
        self.refreshes += other.refreshes;
        self.store_reads += other.store_reads;
        self.stale_reads += other.stale_reads;
        self.writes += other.writes;
        self.deletes += other.deletes;
        self.rejected_writes += other.rejected_writes;
        self.rejected_deletes += other.rejected_deletes;
        self.list_pages += other.list_pages;
        self.misses.merge(&other.misses);
    }
}

impl Findings {
    /// Of nothing yet: for so many workloads (scripted operations counting as one) and PoPs, tiers with so
    /// many places each, and a measured time.
    pub fn empty(
        workloads: usize,
        pops: usize,
        tiers: Vec<usize>,
        duration: Duration,
        record_reads: bool,
    ) -> Self {
        let (interval, intervals) = timeline::intervals(duration);
        Findings {
            pops,
            classes: vec![None; workloads * pops],
            tiers: tiers
                .into_iter()
                .map(|places| vec![TierTally::default(); places])
                .collect(),
            delays: Vec::new(),
            convergence: Histogram::default(),
            timeline: vec![Interval::default(); intervals],
            fresh_exposure: TimelineExposure::default(),
            stale_exposure: TimelineExposure::default(),
            interval,
            writes: WriteSample::default(),
            reads: record_reads.then(Vec::new),
            breaches: record_reads.then(Vec::new),
            lanes: Lanes::default(),
            troubles: Troubles::default(),
            console: Console::default(),
        }
    }

    /// The sum of some parts of a run, at least one, whose classes were summed apart.
    ///
    /// # Panics
    ///
    /// If there is no part.
    pub fn sum(parts: Vec<Findings>, classes: Vec<Option<Box<Class>>>) -> Findings {
        let mut parts = parts.into_iter();
        let mut sum = parts.next().expect("a run has at least one part");
        for part in parts {
            sum.merge(part);
        }
        sum.classes = classes;
        sum
    }

    /// Adds what another part of the simulation found; order does not matter.
    pub fn merge(&mut self, other: Findings) {
        for (mine, theirs) in self.classes.iter_mut().zip(other.classes) {
            match (mine.as_mut(), theirs) {
                (Some(mine), Some(theirs)) => mine.merge(&theirs),
                (None, theirs) => *mine = theirs,
                (Some(_), None) => {}
            }
        }
        for (mine, theirs) in self
            .tiers
            .iter_mut()
            .flatten()
            .zip(other.tiers.iter().flatten())
        {
            mine.merge(theirs);
        }
        self.delays
            .resize_with(self.delays.len().max(other.delays.len()), Default::default);
        for (mine, theirs) in self.delays.iter_mut().zip(&other.delays) {
            mine.merge(theirs);
        }
        self.convergence.merge(&other.convergence);
        for (mine, theirs) in self.timeline.iter_mut().zip(&other.timeline) {
            mine.merge(theirs);
        }
        self.fresh_exposure.merge(&other.fresh_exposure);
        self.stale_exposure.merge(&other.stale_exposure);
        self.writes.merge(other.writes);
        if let Some(reads) = other.reads {
            self.reads.get_or_insert_default().extend(reads);
        }
        if let Some(breaches) = other.breaches {
            self.breaches.get_or_insert_default().extend(breaches);
        }
        self.lanes.merge(other.lanes);
        self.troubles.merge(other.troubles);
        self.console.merge(other.console);
    }

    /// The number of workloads, scripted operations counting as one.
    pub fn workloads(&self) -> usize {
        self.classes.len() / self.pops
    }

    /// The counts of a workload's operations.
    pub fn tally_of_workload(&self, workload: WorkloadIndex) -> Tally {
        let mut sum = Tally::default();
        for class in self.classes[workload * self.pops..][..self.pops]
            .iter()
            .flatten()
        {
            sum.merge(&class.tally);
        }
        sum
    }

    /// Everything, over all classes.
    pub fn total(&self) -> Cow<'_, Class> {
        sum(self.classes.iter())
    }

    /// What the operations at `pop` saw.
    pub fn at_pop(&self, pop: PopIndex) -> Cow<'_, Class> {
        sum(self.classes.iter().skip(pop).step_by(self.pops))
    }

    /// What the operations of `workload` saw.
    pub fn of_workload(&self, workload: WorkloadIndex) -> Cow<'_, Class> {
        sum(self.classes[workload * self.pops..][..self.pops].iter())
    }
}

/// A sum of one is not copied: with one workload, each PoP's is.
fn sum<'a>(classes: impl Iterator<Item = &'a Option<Box<Class>>>) -> Cow<'a, Class> {
    let mut classes = classes.flatten();
    let Some(first) = classes.next() else {
        return Cow::Owned(Class::default());
    };
    let mut sum = Cow::Borrowed(&**first);
    for class in classes {
        sum.to_mut().merge(class);
    }
    sum
}
