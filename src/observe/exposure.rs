//! Exposure: how many reads are to be expected where hits are counted, summed until they are drawn.
//!
//! Hits that are counted ([`crate::sim::observation::Hits`]) form Poisson processes, independent of each other.
//! So the number of them with some property (stale by so much, in that minute, …) is a Poisson number whose
//! mean is the time in which a hit would have had the property, times the rate, summed over all keys and
//! spans: the *exposure*. The sums are kept, and the numbers are drawn from them once, in
//! [`super::counting`].
//!
//! All sums are of whole numbers and wrap around, so that they are exact and do not depend on their order:
//! where a rate begins it is added, where it ends it is subtracted, and no sum that is asked for is negative.

use super::histogram::Bucket;
use crate::sim::workload::FixedRate;
use crate::units::{Duration, Time};

/// Expected reads, times [`FixedRate::ONE`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure(pub u128);

impl Exposure {
    /// Of so many reads per nanosecond for a while.
    #[inline]
    pub fn of(rate: FixedRate, time: Duration) -> Self {
        Exposure(rate.0.wrapping_mul(time.0 as u128))
    }

    /// Adds more of it.
    #[inline]
    pub fn add(&mut self, other: Exposure) {
        self.0 = self.0.wrapping_add(other.0);
    }

    /// The expected number of reads.
    pub fn expected(self) -> f64 {
        self.0 as f64 / FixedRate::ONE
    }
}

/// What the counted hits of a class are exposed to.
#[derive(Clone, Debug, Default)]
pub struct ClassExposure {
    /// To a fresh copy.
    pub fresh: Exposure,
    /// To a stale one, by staleness.
    pub staleness: StalenessExposure,
    /// To a stale one, by version lag.
    pub version_lag: Vec<Exposure>,
}

impl ClassExposure {
    /// Adds another class's.
    pub fn merge(&mut self, other: &ClassExposure) {
        self.fresh.add(other.fresh);
        self.staleness.changes.extend(&other.staleness.changes);
        add_each(
            &mut self.staleness.edges,
            &other.staleness.edges,
            |sum, edge| {
                *sum = sum.wrapping_add(*edge);
            },
        );
        add_each(&mut self.version_lag, &other.version_lag, |sum, more| {
            sum.add(*more)
        });
    }

    /// Adds what is exposed to a lag of so many versions.
    #[inline]
    pub fn add_lag(&mut self, versions: usize, exposure: Exposure) {
        grow(&mut self.version_lag, versions + 1);
        self.version_lag[versions].add(exposure);
    }
}

/// Exposure by staleness: cut into the buckets of a [`super::histogram::Histogram`].
#[derive(Clone, Debug, Default)]
pub struct StalenessExposure {
    /// How much greater the rate is in a bucket than in the one before, but for `changes`.
    edges: Vec<u128>,
    /// Where rates begin and end, until there are enough of them.
    changes: Vec<(Bucket, u128)>,
}

/// So many changes are added at once. They are all over a list that is too long for the CPU's first caches: so it
/// can wait for several of them at the same time.
const CHANGES: usize = 64;

impl StalenessExposure {
    /// Adds a rate of reads for the whole of each bucket from `first` up to, and without, `end`.
    #[inline]
    pub fn add(&mut self, first: Bucket, end: Bucket, rate: FixedRate) {
        self.changes.push((first, rate.0));
        self.changes.push((end, rate.0.wrapping_neg()));
        if self.changes.len() >= CHANGES {
            self.add_changes();
        }
    }

    /// Adds the changes that wait.
    pub fn add_changes(&mut self) {
        for (bucket, change) in self.changes.drain(..) {
            grow(&mut self.edges, bucket.0 + 1);
            self.edges[bucket.0] = self.edges[bucket.0].wrapping_add(change);
        }
    }

    /// The exposure of each bucket, from the first.
    pub fn buckets(&mut self) -> impl Iterator<Item = (Bucket, Exposure)> + '_ {
        self.add_changes();
        let mut rate = 0u128;
        self.edges.iter().enumerate().map(move |(index, edge)| {
            rate = rate.wrapping_add(*edge);
            let bucket = Bucket(index);
            let width = bucket.next().start_time() - bucket.start_time();
            (bucket, Exposure::of(FixedRate(rate), width))
        })
    }
}

/// Exposure over time, cut into equal intervals.
#[derive(Clone, Debug, Default)]
pub struct TimelineExposure {
    edges: Vec<Edges>,
}

/// The changes of the rate within an interval.
#[derive(Clone, Copy, Debug, Default)]
struct Edges {
    /// How much greater the rate is at the end of the interval than at its beginning.
    rate: u128,
    /// What the exposure of the interval would have more if all of that had been there from the beginning.
    late: u128,
}

impl TimelineExposure {
    /// Adds a rate of reads from one instant of the measured time to another.
    #[inline]
    pub fn add(&mut self, from: Place, until: Place, rate: FixedRate) {
        grow(&mut self.edges, until.interval + 1);
        let edges = &mut self.edges[from.interval];
        edges.rate = edges.rate.wrapping_add(rate.0);
        edges.late = edges.late.wrapping_add(Exposure::of(rate, from.offset).0);
        let edges = &mut self.edges[until.interval];
        edges.rate = edges.rate.wrapping_sub(rate.0);
        edges.late = edges.late.wrapping_sub(Exposure::of(rate, until.offset).0);
    }

    /// Adds another timeline's.
    pub fn merge(&mut self, other: &TimelineExposure) {
        add_each(&mut self.edges, &other.edges, |sum, edges| {
            sum.rate = sum.rate.wrapping_add(edges.rate);
            sum.late = sum.late.wrapping_add(edges.late);
        });
    }

    /// The exposure of each interval of this length, from the first.
    pub fn intervals(&self, length: Duration) -> Vec<Exposure> {
        let mut rate = 0u128;
        let of = |edges: &Edges| {
            rate = rate.wrapping_add(edges.rate);
            let whole = Exposure::of(FixedRate(rate), length);
            Exposure(whole.0.wrapping_sub(edges.late))
        };
        self.edges.iter().map(of).collect()
    }
}

/// An instant of the measured time: its interval, and how far into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index of the interval.
    pub interval: usize,
    /// Less than an interval's length.
    pub offset: Duration,
}

/// Tells instants' places among equal intervals.
#[derive(Clone, Copy, Debug)]
pub struct Intervals {
    length: i64,
    reciprocal: f64,
}

impl Intervals {
    /// Intervals of this length, the first one at time 0.
    pub fn new(length: Duration) -> Self {
        Intervals {
            length: length.0,
            reciprocal: 1.0 / length.0 as f64,
        }
    }

    /// The place of an instant, not before time 0. A multiplication and a correction are faster than a
    /// division, of which there are several to a fetch.
    #[inline]
    pub fn place(&self, time: Time) -> Place {
        let mut interval = (time.0 as f64 * self.reciprocal) as i64;
        let mut offset = time.0 - interval * self.length;
        if offset < 0 {
            interval -= 1;
            offset += self.length;
        } else if offset >= self.length {
            interval += 1;
            offset -= self.length;
        }
        Place {
            interval: interval as usize,
            offset: Duration(offset),
        }
    }
}

#[inline]
fn grow<T: Clone + Default>(list: &mut Vec<T>, len: usize) {
    if list.len() < len {
        list.resize(len, T::default());
    }
}

fn add_each<T: Clone + Default>(sums: &mut Vec<T>, more: &[T], add: impl Fn(&mut T, &T)) {
    grow(sums, more.len());
    for (sum, more) in sums.iter_mut().zip(more) {
        add(sum, more);
    }
}
