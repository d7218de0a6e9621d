//! What happens in a live session, counted as it happens, and the last of it remembered.

use crate::observe::oracle::{Staleness, Truth, Version};
use crate::scenario::PopIndex;
use crate::scenario::keyspace::KeyId;
use crate::sim::observation::{
    CacheIndex, CacheStatus, CellKey, ClassIndex, Hits, List, Observer, Read, Span, Write,
};
use crate::units::{Duration, Time};
use std::collections::VecDeque;

/// So many reads, and so many writes, are remembered one by one.
const REMEMBERED: usize = 2_000;

/// Upper bounds of the buckets of times, in seconds: of latencies and of staleness alike.
pub const BOUNDS_S: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0,
    3600.0,
];

/// How many times fell below each of [`BOUNDS_S`] and not below the one before; the last beyond all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times {
    /// By bucket.
    pub counts: [u64; BOUNDS_S.len() + 1],
    /// Of all, in seconds.
    pub sum_s: f64,
}

/// What was counted at a PoP.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AtPop {
    /// By [`CacheStatus`]: hits, coalesced reads, fetches.
    pub reads: [u64; 3],
    /// Of reads that returned what had been superseded.
    pub stale_reads: u64,
    /// From the start of a read to its answer.
    pub read_latency: Times,
    /// Of stale reads.
    pub staleness: Times,
    /// Puts that were accepted.
    pub puts: u64,
    /// Deletes that were accepted.
    pub deletes: u64,
    /// Of both, those that were not.
    pub rejected: u64,
    /// From the start of an accepted write to its answer.
    pub write_latency: Times,
    /// Pages of keys.
    pub lists: u64,
    /// Requests that reads here caused at the store.
    pub store_reads: u64,
}

/// A read that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadSeen {
    /// From 0, in the order of the answers.
    pub number: u64,
    /// What it was.
    pub read: Read,
    /// `None` is fresh.
    pub staleness: Option<Staleness>,
}

/// A put or delete that arrived at the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteSeen {
    /// From 0, in the order in which they arrived.
    pub number: u64,
    /// What it was.
    pub write: Write,
}

/// The observer of a live session.
#[derive(Debug)]
pub struct Census {
    /// By PoP.
    pub pops: Vec<AtPop>,
    /// Of each key.
    truths: Vec<Truth>,
    /// The scenario's number of each key.
    ids: Vec<KeyId>,
    reads: VecDeque<ReadSeen>,
    writes: VecDeque<WriteSeen>,
    /// How many reads and writes there were.
    read_count: u64,
    write_count: u64,
    /// Accepted ones.
    version_count: u64,
}

impl Times {
    fn add(&mut self, time: Duration) {
        let seconds = time.as_secs_f64();
        let bucket = BOUNDS_S.partition_point(|bound| *bound < seconds);
        self.counts[bucket] += 1;
        self.sum_s += seconds;
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

impl AtPop {
    /// How many reads were answered.
    pub fn all_reads(&self) -> u64 {
        self.reads.iter().sum()
    }
}

impl Census {
    /// Of so many PoPs.
    pub fn new(pops: usize) -> Self {
        Census {
            pops: vec![AtPop::default(); pops],
            truths: Vec::new(),
            ids: Vec::new(),
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            read_count: 0,
            write_count: 0,
            version_count: 0,
        }
    }

    /// How many versions were written.
    pub fn version_count(&self) -> u64 {
        self.version_count
    }

    /// The scenario's number of a key.
    pub fn id(&self, key: CellKey) -> KeyId {
        self.ids[key.0 as usize]
    }

    /// When a version was superseded, if it was.
    pub fn superseded(&self, key: CellKey, version: u32) -> Option<Time> {
        self.truths[key.0 as usize].superseded(version)
    }

    /// Reads from a number on, as far as they are remembered.
    pub fn reads_from(&self, number: u64) -> impl Iterator<Item = &ReadSeen> {
        let first = self.reads.partition_point(|read| read.number < number);
        self.reads.range(first..)
    }

    /// Writes from a number on, as far as they are remembered.
    pub fn writes_from(&self, number: u64) -> impl Iterator<Item = &WriteSeen> {
        let first = self.writes.partition_point(|write| write.number < number);
        self.writes.range(first..)
    }

    fn at(&mut self, class: ClassIndex) -> &mut AtPop {
        &mut self.pops[PopIndex::from(class.pop)]
    }
}

fn remember<T>(all: &mut VecDeque<T>, new: T) {
    if all.len() == REMEMBERED {
        all.pop_front();
    }
    all.push_back(new);
}

impl Observer for Census {
    fn key_appears(&mut self, key: CellKey, id: KeyId) {
        assert_eq!(key.0 as usize, self.ids.len(), "keys are numbered in order");
        self.ids.push(id);
        self.truths.push(Truth::default());
    }

    fn read(&mut self, read: &Read) {
        let truth = &self.truths[read.key.0 as usize];
        let staleness = truth.judge(read.start, read.version, read.sampled_at);
        let at = self.at(read.class);
        at.reads[read.status as usize] += 1;
        at.read_latency.add(read.end - read.start);
        if let Some(staleness) = staleness {
            at.stale_reads += 1;
            at.staleness.add(staleness.time);
        }
        let seen = ReadSeen {
            number: self.read_count,
            read: *read,
            staleness,
        };
        self.read_count += 1;
        remember(&mut self.reads, seen);
    }

    fn write(&mut self, write: &Write) {
        let at = self.at(write.class);
        match (write.version, write.is_delete) {
            (None, _) => at.rejected += 1,
            (Some(_), false) => at.puts += 1,
            (Some(_), true) => at.deletes += 1,
        }
        if let Some(version) = write.version {
            at.write_latency.add(write.answered - write.start);
            self.version_count += 1;
            let committed = Version {
                committed: write.arrival,
                measured: None,
            };
            self.truths[write.key.0 as usize].commit(version, committed);
        }
        let seen = WriteSeen {
            number: self.write_count,
            write: *write,
        };
        self.write_count += 1;
        remember(&mut self.writes, seen);
    }

    fn list(&mut self, list: &List) {
        self.at(list.class).lists += u64::from(list.pages);
    }

    fn store_read(&mut self, class: ClassIndex, _: Time) {
        self.at(class).store_reads += 1;
    }

    fn hits(&mut self, _: &Hits) {
        unreachable!("each read of a live session is simulated");
    }

    fn refresh(&mut self, _: ClassIndex, _: Time) {}

    fn tier_request(&mut self, _: CacheIndex, _: Time, _: CacheStatus) {}

    fn span(&mut self, _: &Span) {}

    fn spans_are_complete(&mut self) {}

    fn readers_go_on(&mut self, _: CellKey, _: PopIndex) {}

    fn cell_is_over(&mut self) {}
}
