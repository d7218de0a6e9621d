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
    /// As which workload those count who ask from outside.
    outside: u16,
    /// Their reads that were told here and not yet taken, by [`Census::take_asked`].
    asked: VecDeque<ReadSeen>,
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
    /// Of so many PoPs; those who ask from outside count as the workload `outside`.
    pub fn new(pops: usize, outside: u16) -> Self {
        Census {
            pops: vec![AtPop::default(); pops],
            outside,
            asked: VecDeque::new(),
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

    /// How many reads there were.
    pub fn read_count(&self) -> u64 {
        self.read_count
    }

    /// How many writes there were.
    pub fn write_count(&self) -> u64 {
        self.write_count
    }

    /// The read whose reply is handed out next, of those asked from outside. A reply leaves so long after its read is
    /// told as a hit takes, which is the same for all: so the order is the same.
    pub fn take_asked(&mut self) -> Option<ReadSeen> {
        self.asked.pop_front()
    }

    /// The read with this number, if it is remembered.
    pub fn read_numbered(&self, number: u64) -> Option<&ReadSeen> {
        let at = self.reads.partition_point(|read| read.number < number);
        self.reads.get(at).filter(|read| read.number == number)
    }

    /// Of the reads from a number on, as far as they are remembered, the last `most` in order; stale ones go before
    /// fresh ones where there are more.
    pub fn last_reads(&self, from: u64, most: usize) -> Vec<ReadSeen> {
        let first = self.reads.partition_point(|read| read.number < from);
        let stale = |read: &&ReadSeen| read.staleness.is_some();
        let reads = || self.reads.range(first..).rev();
        let mut told: Vec<ReadSeen> = reads().filter(stale).take(most).copied().collect();
        let fresh = reads().filter(|read| !stale(read));
        told.extend(fresh.take(most - told.len()));
        told.sort_unstable_by_key(|read| read.number);
        told
    }

    /// Of the writes from a number on, as far as they are remembered, the last `most` in order.
    pub fn last_writes(&self, from: u64, most: usize) -> Vec<WriteSeen> {
        let first = self.writes.partition_point(|write| write.number < from);
        let first = first.max(self.writes.len().saturating_sub(most));
        self.writes.range(first..).copied().collect()
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
        if read.class.workload == self.outside {
            self.asked.push_back(seen);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Size;

    fn census() -> Census {
        let mut census = Census::new(2, 7);
        census.key_appears(CellKey(0), KeyId(0));
        census.write(&Write {
            class: class(3),
            key: CellKey(0),
            start: Time(4),
            arrival: Time(5),
            answered: Time(6),
            version: Some(1),
            is_delete: false,
            size: Size(1),
            session: None,
            base: None,
        });
        census
    }

    fn class(workload: u16) -> ClassIndex {
        ClassIndex { workload, pop: 1 }
    }

    fn read(workload: u16, version: u32) -> Read {
        Read {
            class: class(workload),
            key: CellKey(0),
            start: Time(10),
            end: Time(11),
            version,
            sampled_at: Time(i64::from(version) * 5),
            status: CacheStatus::Hit,
            miss: None,
        }
    }

    #[test]
    fn where_there_are_too_many_reads_the_stale_ones_are_told() {
        let mut census = census();
        for version in [0, 1, 1, 0, 1] {
            census.read(&read(3, version));
        }
        let numbers = |from, most| {
            let reads = census.last_reads(from, most);
            reads.iter().map(|read| read.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(0, 9), [0, 1, 2, 3, 4]);
        assert_eq!(numbers(0, 3), [0, 3, 4]);
        assert_eq!(numbers(0, 1), [3]);
        assert_eq!(numbers(4, 9), [4]);
        assert_eq!(census.read_numbered(3).map(|read| read.number), Some(3));
        assert_eq!(census.read_numbered(5), None);
        assert_eq!(census.last_writes(0, 5).len(), 1);
        assert_eq!(census.last_writes(0, 0), []);
    }

    #[test]
    fn reads_from_outside_are_taken_once_in_their_order() {
        let mut census = census();
        for (workload, version) in [(3, 1), (7, 0), (7, 1)] {
            census.read(&read(workload, version));
        }
        let taken = [
            census.take_asked(),
            census.take_asked(),
            census.take_asked(),
        ];
        let taken = taken.map(|seen| seen.map(|seen| (seen.number, seen.staleness.is_some())));
        assert_eq!(taken, [Some((1, true)), Some((2, false)), None]);
    }
}
