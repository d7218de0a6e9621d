//! The textbook simulator of KV-REF-1: a heap of events over all PoPs, every read an event.
//!
//! It shares nothing with kvlag, so that it can be what kvlag's speed is compared with and a second opinion on
//! its numbers. The model is that of `kv-ref-1.toml`: delays of 50 ms each way, a TTL of 60 s from the fill,
//! coalesced misses, cold caches, writes that leave the writer's cache alone. A read is stale if a version newer
//! than the one it returns had committed before it started.

use hdrhistogram::Histogram;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::Exp1;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const S: u64 = 1_000_000_000;
const ONE_WAY: u64 = 50_000_000;
const TTL: u64 = 60 * S;
const HIT_LATENCY: u64 = 1_000_000;
const ZIPF_EXPONENT: f64 = 0.99;

/// What a run counted; histograms are in microseconds.
#[derive(Default)]
pub struct Counts {
    pub reads: u64,
    pub hits: u64,
    pub coalesced: u64,
    pub fetches: u64,
    pub stale_reads: u64,
    pub writes: u64,
    /// Sum over stale reads.
    pub staleness_ns: u128,
    /// Sum over reads.
    pub read_latency_ns: u128,
    /// Sum over pairs of a write and a PoP.
    pub visibility_ns: u128,
    /// By PoP.
    pub staleness: Vec<Histogram<u64>>,
    /// By PoP.
    pub read_latency: Vec<Histogram<u64>>,
    /// By PoP.
    pub visibility: Vec<Histogram<u64>>,
    /// By second: reads, hits and stale reads that started in it.
    pub timeline: Vec<[u32; 3]>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Read {
        pop: u32,
    },
    Write,
    /// A write reaches the store.
    Commit {
        key: u32,
    },
    /// A fetch reaches the store.
    Sample {
        pop: u32,
        key: u32,
    },
    /// The store's answer reaches the PoP.
    Fill {
        pop: u32,
        key: u32,
    },
}

/// A PoP's cache as far as one key goes.
#[derive(Clone, Copy, Default)]
struct Slot {
    /// The end of the copy; while a fetch is under way, of the copy that it will make.
    end: u64,
    version: u32,
    /// One more than the place of the reads that wait for a fetch; 0 if none is under way.
    waiting: u32,
}

struct Simulator {
    queue: BinaryHeap<Reverse<(u64, u64, Event)>>,
    sequence: u64,
    random: Xoshiro256PlusPlus,
    keys: AliasTable,
    key_count: usize,
    /// By PoP and key.
    slots: Vec<Slot>,
    /// Commit times of versions from 1 on, by key.
    commits: Vec<Vec<u64>>,
    /// Starts of the reads that wait, by fetch.
    waiting: Vec<Vec<u64>>,
    /// Places in `waiting` that are free again.
    free: Vec<u32>,
    counts: Counts,
}

/// Simulates `seconds` with the reads and writes of all PoPs together given per second.
pub fn simulate(
    pops: usize,
    keys: usize,
    reads_per_s: f64,
    writes_per_s: f64,
    seconds: u64,
    seed: u64,
) -> Counts {
    let histograms = || vec![Histogram::new(3).expect("three digits are possible"); pops];
    let mut simulator = Simulator {
        queue: BinaryHeap::new(),
        sequence: 0,
        random: Xoshiro256PlusPlus::seed_from_u64(seed),
        keys: AliasTable::zipf(keys),
        key_count: keys,
        slots: vec![Slot::default(); pops * keys],
        commits: vec![Vec::new(); keys],
        waiting: Vec::new(),
        free: Vec::new(),
        counts: Counts {
            staleness: histograms(),
            read_latency: histograms(),
            visibility: histograms(),
            timeline: vec![[0; 3]; seconds as usize],
            ..Counts::default()
        },
    };
    simulator.run(pops, reads_per_s, writes_per_s, seconds * S);
    simulator.counts
}

impl Simulator {
    fn run(&mut self, pops: usize, reads_per_s: f64, writes_per_s: f64, end: u64) {
        let read_gap = pops as f64 * S as f64 / reads_per_s;
        let write_gap = S as f64 / writes_per_s;
        for pop in 0..pops as u32 {
            self.arrive(0, read_gap, end, Event::Read { pop });
        }
        self.arrive(0, write_gap, end, Event::Write);
        while let Some(Reverse((now, _, event))) = self.queue.pop() {
            match event {
                Event::Read { pop } => {
                    let key = self.keys.draw(&mut self.random);
                    self.read(now, pop, key);
                    self.arrive(now, read_gap, end, event);
                }
                Event::Write => {
                    let key = self.keys.draw(&mut self.random);
                    self.counts.writes += 1;
                    self.schedule(now + ONE_WAY, Event::Commit { key });
                    self.arrive(now, write_gap, end, event);
                }
                Event::Commit { key } => self.commit(now, pops, key),
                Event::Sample { pop, key } => {
                    let version = self.commits[key as usize].len() as u32;
                    let slot = self.slot(pop, key);
                    slot.version = version;
                    slot.end = now + ONE_WAY + TTL;
                    self.schedule(now + ONE_WAY, Event::Fill { pop, key });
                }
                Event::Fill { pop, key } => self.fill(now, pop, key),
            }
        }
    }

    fn schedule(&mut self, time: u64, event: Event) {
        self.sequence += 1;
        self.queue.push(Reverse((time, self.sequence, event)));
    }

    /// The next arrival of a Poisson process, unless it is beyond the end.
    fn arrive(&mut self, now: u64, mean_gap: f64, end: u64, event: Event) {
        let gap: f64 = self.random.sample(Exp1);
        let time = now + (gap * mean_gap) as u64;
        if time < end {
            self.schedule(time, event);
        }
    }

    fn slot(&mut self, pop: u32, key: u32) -> &mut Slot {
        &mut self.slots[pop as usize * self.key_count + key as usize]
    }

    fn read(&mut self, now: u64, pop: u32, key: u32) {
        self.counts.reads += 1;
        self.counts.timeline[(now / S) as usize][0] += 1;
        let slot = *self.slot(pop, key);
        if slot.waiting > 0 {
            self.counts.coalesced += 1;
            self.waiting[slot.waiting as usize - 1].push(now);
        } else if now < slot.end {
            self.counts.hits += 1;
            self.counts.timeline[(now / S) as usize][1] += 1;
            self.answer(pop, key, slot.version, now, HIT_LATENCY);
        } else {
            self.counts.fetches += 1;
            let place = self.free.pop().unwrap_or_else(|| {
                self.waiting.push(Vec::new());
                self.waiting.len() as u32 - 1
            });
            self.waiting[place as usize].push(now);
            self.slot(pop, key).waiting = place + 1;
            self.schedule(now + ONE_WAY, Event::Sample { pop, key });
        }
    }

    fn fill(&mut self, now: u64, pop: u32, key: u32) {
        let slot = self.slot(pop, key);
        let (place, version) = (slot.waiting - 1, slot.version);
        slot.waiting = 0;
        let mut starts = std::mem::take(&mut self.waiting[place as usize]);
        for start in starts.drain(..) {
            self.answer(pop, key, version, start, now - start + HIT_LATENCY);
        }
        self.waiting[place as usize] = starts;
        self.free.push(place);
    }

    /// A read that started at `start` returns a version.
    fn answer(&mut self, pop: u32, key: u32, version: u32, start: u64, latency: u64) {
        let counts = &mut self.counts;
        counts.read_latency_ns += u128::from(latency);
        record(&mut counts.read_latency[pop as usize], latency);
        let Some(newer) = self.commits[key as usize].get(version as usize) else {
            return;
        };
        if *newer < start {
            counts.stale_reads += 1;
            counts.timeline[(start / S) as usize][2] += 1;
            counts.staleness_ns += u128::from(start - newer);
            record(&mut counts.staleness[pop as usize], start - newer);
        }
    }

    /// Every copy there is, and every copy that a fetch already has in hand, is now old until its end.
    fn commit(&mut self, now: u64, pops: usize, key: u32) {
        for pop in 0..pops {
            let end = self.slot(pop as u32, key).end;
            let visibility = end.saturating_sub(now);
            self.counts.visibility_ns += u128::from(visibility);
            record(&mut self.counts.visibility[pop], visibility);
        }
        self.commits[key as usize].push(now);
    }
}

fn record(histogram: &mut Histogram<u64>, nanoseconds: u64) {
    histogram
        .record((nanoseconds + 500) / 1000)
        .expect("it grows as needed");
}

/// Keys by Zipf's law: the alias method of A. J. Walker (1977), its table made as by M. D. Vose (1991).
struct AliasTable(Vec<(u32, u32)>);

impl AliasTable {
    fn zipf(keys: usize) -> Self {
        let weight = |rank: usize| libm::pow(rank as f64, -ZIPF_EXPONENT);
        let sum: f64 = (1..=keys).map(weight).sum();
        let mut heights: Vec<f64> = (1..=keys)
            .map(|rank| weight(rank) / sum * keys as f64)
            .collect();
        let (mut low, mut high): (Vec<usize>, Vec<usize>) =
            (0..keys).partition(|key| heights[*key] < 1.0);
        let mut table: Vec<(u32, u32)> = (0..keys as u32).map(|key| (u32::MAX, key)).collect();
        while let (Some(filled), Some(giver)) = (low.pop(), high.last().copied()) {
            table[filled] = ((heights[filled] * 4_294_967_296.0) as u32, giver as u32);
            heights[giver] -= 1.0 - heights[filled];
            if heights[giver] < 1.0 {
                low.extend(high.pop());
            }
        }
        AliasTable(table)
    }

    fn draw(&self, random: &mut Xoshiro256PlusPlus) -> u32 {
        let bits = random.next_u64();
        let column = (bits >> 32) * self.0.len() as u64 >> 32;
        let (threshold, other) = self.0[column as usize];
        if (bits as u32) < threshold {
            column as u32
        } else {
            other
        }
    }
}
