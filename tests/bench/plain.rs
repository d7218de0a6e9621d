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
use std::collections::{BinaryHeap, VecDeque};

const S: u64 = 1_000_000_000;
const ONE_WAY: u64 = 50_000_000;
const TTL: u64 = 60 * S;
const HIT_LATENCY: u64 = 1_000_000;

/// What a run counted.
#[derive(Default)]
pub struct Counts {
    pub reads: u64,
    pub hits: u64,
    pub coalesced: u64,
    pub fetches: u64,
    pub stale_reads: u64,
    pub writes: u64,
    pub staleness: Times,
    pub read_latency: Times,
    /// Of each write at each PoP.
    pub visibility: Times,
    /// By second: reads, hits and stale reads that started in it.
    pub timeline: Vec<[u32; 3]>,
}

/// Lengths of time.
#[derive(Default)]
pub struct Times {
    pub sum_ns: u128,
    /// By PoP, in microseconds.
    pub histograms: Vec<Histogram<u64>>,
}

impl Times {
    fn at(pops: usize) -> Self {
        let histograms = vec![Histogram::new(3).expect("three digits are possible"); pops];
        Times {
            sum_ns: 0,
            histograms,
        }
    }

    fn record(&mut self, pop: usize, nanoseconds: u64) {
        self.sum_ns += u128::from(nanoseconds);
        let recorded = self.histograms[pop].record((nanoseconds + 500) / 1000);
        recorded.expect("it grows as needed");
    }
}

/// What happens, at a PoP and to a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Read(u32),
    Write,
    Commit(u32),
    /// A fetch reaches the store; then its answer reaches the PoP.
    Sample(u32, u32),
    Fill(u32, u32),
}

/// A PoP's cache as far as one key goes.
#[derive(Clone, Copy, Default)]
struct Slot {
    /// The end of the copy; while a fetch is under way, of the copy that it will make.
    end: u64,
    version: u32,
    /// The number of the fetch under way, from 1; 0 if there is none.
    fetch: u32,
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
    /// Starts of the reads that wait, by fetch. All take the same time, so the first under way ends first.
    waiting: VecDeque<Vec<u64>>,
    filled: u32,
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
    let mut simulator = Simulator {
        queue: BinaryHeap::new(),
        sequence: 0,
        random: Xoshiro256PlusPlus::seed_from_u64(seed),
        keys: AliasTable::zipf(keys),
        key_count: keys,
        slots: vec![Slot::default(); pops * keys],
        commits: vec![Vec::new(); keys],
        waiting: VecDeque::new(),
        filled: 0,
        counts: Counts {
            staleness: Times::at(pops),
            read_latency: Times::at(pops),
            visibility: Times::at(pops),
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
            self.arrive(0, read_gap, end, Event::Read(pop));
        }
        self.arrive(0, write_gap, end, Event::Write);
        while let Some(Reverse((now, _, event))) = self.queue.pop() {
            match event {
                Event::Read(pop) => {
                    let key = self.keys.draw(&mut self.random);
                    self.read(now, pop, key);
                    self.arrive(now, read_gap, end, event);
                }
                Event::Write => {
                    let key = self.keys.draw(&mut self.random);
                    self.counts.writes += 1;
                    self.schedule(now + ONE_WAY, Event::Commit(key));
                    self.arrive(now, write_gap, end, event);
                }
                Event::Commit(key) => self.commit(now, pops, key),
                Event::Sample(pop, key) => {
                    let version = self.commits[key as usize].len() as u32;
                    self.slot(pop, key).version = version;
                    self.slot(pop, key).end = now + ONE_WAY + TTL;
                    self.schedule(now + ONE_WAY, Event::Fill(pop, key));
                }
                Event::Fill(pop, key) => self.fill(now, pop, key),
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
        if slot.fetch > 0 {
            self.counts.coalesced += 1;
            self.waiting[(slot.fetch - self.filled) as usize - 1].push(now);
        } else if now < slot.end {
            self.counts.hits += 1;
            self.counts.timeline[(now / S) as usize][1] += 1;
            self.answer(pop, key, slot.version, now, HIT_LATENCY);
        } else {
            self.counts.fetches += 1;
            self.waiting.push_back(Vec::new());
            let fetch = self.filled + self.waiting.len() as u32;
            self.slot(pop, key).fetch = fetch;
            self.schedule(now + ONE_WAY, Event::Sample(pop, key));
        }
    }

    fn fill(&mut self, now: u64, pop: u32, key: u32) {
        self.filled += 1;
        self.slot(pop, key).fetch = 0;
        let version = self.slot(pop, key).version;
        let waiting = self.waiting.pop_front().expect("a fetch is under way");
        for start in std::iter::once(now - 2 * ONE_WAY).chain(waiting) {
            self.answer(pop, key, version, start, now - start + HIT_LATENCY);
        }
    }

    /// A read that started at `start` returns a version.
    fn answer(&mut self, pop: u32, key: u32, version: u32, start: u64, latency: u64) {
        let counts = &mut self.counts;
        counts.read_latency.record(pop as usize, latency);
        let newer = self.commits[key as usize].get(version as usize);
        if let Some(newer) = newer.filter(|newer| **newer < start) {
            counts.stale_reads += 1;
            counts.timeline[(start / S) as usize][2] += 1;
            counts.staleness.record(pop as usize, start - newer);
        }
    }

    /// Every copy there is, and every copy that a fetch already has in hand, is now old until its end.
    fn commit(&mut self, now: u64, pops: usize, key: u32) {
        for pop in 0..pops {
            let end = self.slot(pop as u32, key).end;
            self.counts.visibility.record(pop, end.saturating_sub(now));
        }
        self.commits[key as usize].push(now);
    }
}

/// Keys by Zipf's law: the alias method of A. J. Walker (1977), its table made as by M. D. Vose (1991).
struct AliasTable(Vec<(u32, u32)>);

impl AliasTable {
    fn zipf(keys: usize) -> Self {
        let weight = |rank: usize| libm::pow(rank as f64, -0.99);
        let sum: f64 = (1..=keys).map(weight).sum();
        let height = |rank| weight(rank) / sum * keys as f64;
        let mut heights: Vec<f64> = (1..=keys).map(height).collect();
        let is_low = |key: &usize| heights[*key] < 1.0;
        let (mut low, mut high): (Vec<_>, Vec<_>) = (0..keys).partition(is_low);
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
        let column = ((bits >> 32) * self.0.len() as u64) >> 32;
        let (threshold, other) = self.0[column as usize];
        let is_own = (bits as u32) < threshold;
        if is_own { column as u32 } else { other }
    }
}
