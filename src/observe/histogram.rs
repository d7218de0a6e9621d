//! A histogram of one measured quantity: counts in HdrHistogram's buckets, and the exact maximum beside them.
//!
//! The counts are kept here in a plain list, not in the crate's own type, for speed: values are recorded by the
//! thousand million, and with millions of buckets the sum over PoPs takes a large part of a short run.
//! [`Histogram::to_hdr`] gives the crate's type, which knows the formats.

use crate::scenario::metric::Statistic;
use crate::units::Duration;
use hdrhistogram::Histogram as Hdr;

/// Significant decimal digits that the buckets keep.
pub const SIGNIFICANT_DIGITS: u8 = 3;

/// Why recording cannot fail.
const TAKES_ANY: &str = "a histogram without a fixed range takes any value";

/// Values below have a bucket each; from then on, each doubling has half as many buckets.
const SINGLE_BUCKETS: u64 = 2048;

/// So many buckets after each other, from the first on, are equally wide.
const EQUAL_BUCKETS: usize = SINGLE_BUCKETS as usize / 2;

/// The number of a bucket of values, which HdrHistogram would not tell apart at three digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket(pub usize);

impl Bucket {
    /// The bucket of a value.
    #[inline]
    pub fn of(value: u64) -> Self {
        let bits = u64::BITS - value.leading_zeros();
        let doublings = u64::from(bits.saturating_sub(SINGLE_BUCKETS.ilog2()));
        Bucket((doublings * (SINGLE_BUCKETS / 2) + (value >> doublings)) as usize)
    }

    /// The bucket of a length of time, in microseconds.
    #[inline]
    pub fn of_time(value: Duration) -> Self {
        Bucket::of(((value.0 + 500) / 1000) as u64)
    }

    /// The least value in it.
    #[inline]
    pub fn lowest(self) -> u64 {
        let index = self.0 as u64;
        if index < SINGLE_BUCKETS {
            return index;
        }
        let doublings = index / (SINGLE_BUCKETS / 2) - 1;
        (index - doublings * (SINGLE_BUCKETS / 2)) << doublings
    }

    /// The length of time at which it begins; it ends where the next one begins.
    #[inline]
    pub fn start_time(self) -> Duration {
        Duration((self.lowest() as i64 * 1000 - 500).max(0))
    }

    /// The next one.
    #[inline]
    pub fn next(self) -> Self {
        Bucket(self.0 + 1)
    }
}

/// Counts of values by bucket; microseconds for lengths of time, plain numbers for versions.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// By bucket, up to the last that is not empty, or further.
    counts: Vec<u64>,
    /// The first bucket that is not empty, if there is one.
    first: usize,
    count: u64,
    /// The largest value, which the buckets would round: in nanoseconds for lengths of time.
    max: i64,
}

impl Histogram {
    /// Records a length of time, to the nearest microsecond; a negative one is a bug in the caller.
    #[inline]
    pub fn record_time(&mut self, value: Duration) {
        assert!(value.0 >= 0, "a measured length of time is not negative");
        let bucket = Bucket::of_time(value);
        // Almost always there were values on both sides of it before.
        match self.counts.get_mut(bucket.0) {
            Some(n) if self.count > 0 && self.first <= bucket.0 => {
                *n += 1;
                self.count += 1;
            }
            _ => self.record_in(bucket, 1),
        }
        self.raise_max(value);
    }

    /// Records the same length of time `n` times.
    #[inline]
    pub fn record_time_n(&mut self, value: Duration, n: u64) {
        assert!(value.0 >= 0, "a measured length of time is not negative");
        if n > 0 {
            self.record_in(Bucket::of_time(value), n);
            self.raise_max(value);
        }
    }

    /// Records a number of versions.
    #[inline]
    pub fn record_count(&mut self, value: u64) {
        self.record_count_n(value, 1);
    }

    /// Records the same number of versions `n` times.
    #[inline]
    pub fn record_count_n(&mut self, value: u64, n: u64) {
        if n > 0 {
            self.record_in(Bucket::of(value), n);
            self.max = self.max.max(value as i64);
        }
    }

    /// Records `n` lengths of time in a bucket, at least one; the greatest of all that are recorded in this
    /// way is told to [`Histogram::raise_max`].
    #[inline]
    pub fn record_in(&mut self, bucket: Bucket, n: u64) {
        if self.count == 0 || bucket.0 < self.first {
            self.first = bucket.0;
        }
        self.grow(bucket.0 + 1);
        self.counts[bucket.0] += n;
        self.count += n;
    }

    /// Records that so long a time is among those recorded by their bucket.
    #[inline]
    pub fn raise_max(&mut self, value: Duration) {
        self.max = self.max.max(value.0);
    }

    /// Adds everything that `other` has recorded.
    pub fn merge(&mut self, other: &Histogram) {
        if other.count == 0 {
            return;
        }
        self.first = match self.count {
            0 => other.first,
            _ => self.first.min(other.first),
        };
        self.grow(other.counts.len());
        let theirs = &other.counts[other.first..];
        for (mine, theirs) in self.counts[other.first..].iter_mut().zip(theirs) {
            *mine += theirs;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    #[inline]
    fn grow(&mut self, len: usize) {
        if self.counts.len() < len {
            self.counts.resize(len, 0);
        }
    }

    /// How many values were recorded.
    #[inline]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The exact greatest length of time; zero if nothing was recorded.
    pub fn max_time(&self) -> Duration {
        Duration(self.max)
    }

    /// How many values are at most `value`, to the resolution of a bucket.
    pub fn count_at_most(&self, value: Duration) -> u64 {
        let end = Bucket::of_time(value).next().0.min(self.counts.len());
        self.counts[..end].iter().sum()
    }

    /// A statistic of a length of time in nanoseconds, or `None` if nothing was recorded.
    pub fn time_statistic_ns(&self, statistic: Statistic) -> Option<f64> {
        Some(self.time_statistics_ns()?[statistic as usize])
    }

    /// A statistic of a number of versions, or `None` if nothing was recorded.
    pub fn count_statistic(&self, statistic: Statistic) -> Option<f64> {
        Some(self.count_statistics()?[statistic as usize])
    }

    /// Every statistic of lengths of time in nanoseconds, in the order of [`Statistic::ALL`]; `None` if nothing
    /// was recorded.
    pub fn time_statistics_ns(&self) -> Option<[f64; 6]> {
        self.statistics(1e3)
    }

    /// Likewise of numbers of versions.
    pub fn count_statistics(&self) -> Option<[f64; 6]> {
        self.statistics(1.0)
    }

    /// The same counts as the crate keeps them, for writing them to a file; values are microseconds or plain
    /// numbers.
    pub fn to_hdr(&self) -> Hdr<u64> {
        let mut hdr =
            Hdr::new(SIGNIFICANT_DIGITS).expect("three digits are within HdrHistogram's range");
        for (bucket, count) in self.recorded() {
            hdr.record_n(bucket.lowest(), count).expect(TAKES_ANY);
        }
        hdr
    }

    /// The buckets that are not empty.
    fn recorded(&self) -> impl Iterator<Item = (Bucket, u64)> + '_ {
        let counts = self.counts.iter().enumerate().skip(self.first);
        counts
            .filter(|(_, n)| **n > 0)
            .map(|(index, n)| (Bucket(index), *n))
    }

    /// Means and quantiles come from the buckets, whose unit is so many of the maximum's: the mean from their
    /// middles, a quantile from the end of the bucket in which it lies. The maximum is exact and bounds them.
    fn statistics(&self, bucket_unit: f64) -> Option<[f64; 6]> {
        const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];
        if self.count == 0 {
            return None;
        }
        let max = self.max as f64;
        let in_unit = |value: u64| (value as f64 * bucket_unit).min(max);
        let ranks = QUANTILES.map(|q| ((q * self.count as f64).ceil() as u64).max(1));
        let mut quantiles = [0; 4];
        let (mut sum, mut seen, mut reached) = (0u128, 0, 0);
        for (index, counts) in self.counts.chunks(EQUAL_BUCKETS).enumerate() {
            let (mut count, mut places) = (0, 0u128);
            for (place, n) in counts.iter().enumerate() {
                count += n;
                places += place as u128 * u128::from(*n);
            }
            let first = Bucket(index * EQUAL_BUCKETS);
            let width = first.next().lowest() - first.lowest();
            sum += u128::from(first.lowest() + width / 2) * u128::from(count);
            sum += u128::from(width) * places;
            while reached < ranks.len() && ranks[reached] <= seen + count {
                let place = place_of(ranks[reached] - seen, counts);
                quantiles[reached] = Bucket(first.0 + place).next().lowest() - 1;
                reached += 1;
            }
            seen += count;
        }
        let [p50, p90, p99, p999] = quantiles.map(in_unit);
        let mean = (sum as f64 / self.count as f64 * bucket_unit).min(max);
        Some([mean, p50, p90, p99, p999, max])
    }
}

/// The place of the value with this rank, from 1, among the counted.
fn place_of(rank: u64, counts: &[u64]) -> usize {
    let mut seen = 0;
    let place = counts.iter().position(|n| {
        seen += n;
        seen >= rank
    });
    place.expect("so many values are counted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_and_statistics_are_those_of_the_crate() {
        let values = [
            0,
            1,
            7,
            2047,
            2048,
            2049,
            4095,
            4096,
            4099,
            59_999_999,
            3_600_000_000,
        ];
        let mut histogram = Histogram::default();
        let mut hdr = Hdr::<u64>::new(SIGNIFICANT_DIGITS).expect("three digits");
        for value in values {
            histogram.record_count_n(value, value % 5 + 1);
            hdr.record_n(value, value % 5 + 1).expect("takes any");
            let bucket = Bucket::of(value);
            assert_eq!(bucket.lowest(), hdr.lowest_equivalent(value));
            assert_eq!(bucket.next().lowest(), hdr.next_non_equivalent(value));
        }
        assert_eq!(histogram.to_hdr().len(), hdr.len());
        for (statistic, quantile) in [
            (Statistic::P50, 0.5),
            (Statistic::P90, 0.9),
            (Statistic::P999, 0.999),
        ] {
            let expected = hdr.value_at_quantile(quantile).min(3_600_000_000);
            assert_eq!(histogram.count_statistic(statistic), Some(expected as f64));
        }
        let mean = histogram
            .count_statistic(Statistic::Mean)
            .expect("has values");
        assert!((mean / hdr.mean() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_mean_of_more_values_than_fit_a_product_is_exact() {
        let mut histogram = Histogram::default();
        histogram.record_count_n(2000, u64::MAX / 1000);
        let mean = histogram.count_statistic(Statistic::Mean);
        assert_eq!(mean, Some(2000.0));
    }

    #[test]
    fn values_far_beyond_the_first_buckets_are_kept() {
        let mut histogram = Histogram::default();
        histogram.record_time(Duration::from_secs(60));
        histogram.record_time_n(Duration::from_secs(3_600), 3);
        let median = histogram.time_statistic_ns(Statistic::P50);
        let median = median.expect("four values were recorded") / 1e9;
        assert!((median / 3_600.0 - 1.0).abs() < 1e-3, "{median}");
        let max = histogram.time_statistic_ns(Statistic::Max);
        assert_eq!(max, Some(3.6e12));
    }
}
