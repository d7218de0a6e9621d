//! A histogram of one measured quantity: HdrHistogram's buckets, and the exact maximum beside them.

use crate::scenario::metric::Statistic;
use crate::units::Duration;
use hdrhistogram::Histogram as Hdr;

/// Significant decimal digits that the buckets keep.
pub const SIGNIFICANT_DIGITS: u8 = 3;

/// Why recording cannot fail.
const TAKES_ANY: &str = "a histogram without a fixed range takes any value";

/// Counts of values by bucket; microseconds for lengths of time, plain numbers for versions.
#[derive(Clone, Debug)]
pub struct Histogram {
    buckets: Hdr<u64>,
    /// The largest value, which the buckets would round: in nanoseconds for lengths of time.
    max: i64,
}

impl Default for Histogram {
    fn default() -> Self {
        let buckets =
            Hdr::new(SIGNIFICANT_DIGITS).expect("three digits are within HdrHistogram's range");
        Histogram { buckets, max: 0 }
    }
}

impl Histogram {
    /// Records a length of time, to the nearest microsecond; a negative one is a bug in the caller.
    #[inline]
    pub fn record_time(&mut self, value: Duration) {
        self.record_time_n(value, 1);
    }

    /// Records the same length of time `n` times.
    #[inline]
    pub fn record_time_n(&mut self, value: Duration, n: u64) {
        assert!(value.0 >= 0, "a measured length of time is not negative");
        if n == 0 {
            return;
        }
        self.max = self.max.max(value.0);
        self.buckets
            .record_n(microseconds(value), n)
            .expect(TAKES_ANY);
    }

    /// Records a number of versions.
    #[inline]
    pub fn record_count(&mut self, value: u64) {
        self.record_count_n(value, 1);
    }

    /// Records the same number of versions `n` times.
    #[inline]
    pub fn record_count_n(&mut self, value: u64, n: u64) {
        if n == 0 {
            return;
        }
        self.max = self.max.max(value as i64);
        self.buckets.record_n(value, n).expect(TAKES_ANY);
    }

    /// Records `n` lengths of time in the bucket of so many microseconds; the greatest of all that are
    /// recorded in this way is told to [`Histogram::raise_max`].
    pub fn record_in_bucket(&mut self, microseconds: u64, n: u64) {
        self.buckets.record_n(microseconds, n).expect(TAKES_ANY);
    }

    /// Records that so long a time is among those recorded by their bucket.
    pub fn raise_max(&mut self, value: Duration) {
        self.max = self.max.max(value.0);
    }

    /// Adds everything that `other` has recorded.
    pub fn merge(&mut self, other: &Histogram) {
        self.max = self.max.max(other.max);
        self.buckets.add(&other.buckets).expect(TAKES_ANY);
    }

    /// How many values were recorded.
    pub fn count(&self) -> u64 {
        self.buckets.len()
    }

    /// The exact greatest length of time; zero if nothing was recorded.
    pub fn max_time(&self) -> Duration {
        Duration(self.max)
    }

    /// How many values are at most `value`, to the resolution of a bucket.
    pub fn count_at_most(&self, value: Duration) -> u64 {
        self.buckets.count_between(0, microseconds(value))
    }

    /// A statistic of a length of time in nanoseconds, or `None` if nothing was recorded.
    pub fn time_statistic_ns(&self, statistic: Statistic) -> Option<f64> {
        self.statistic(statistic, 1e3)
    }

    /// A statistic of a number of versions, or `None` if nothing was recorded.
    pub fn count_statistic(&self, statistic: Statistic) -> Option<f64> {
        self.statistic(statistic, 1.0)
    }

    /// The buckets, for writing them to a file; values are microseconds or plain numbers.
    pub fn buckets(&self) -> &Hdr<u64> {
        &self.buckets
    }

    /// Means and quantiles come from the buckets, whose unit is so many of the maximum's. The maximum is exact
    /// and bounds them.
    fn statistic(&self, statistic: Statistic, bucket_unit: f64) -> Option<f64> {
        if self.buckets.is_empty() {
            return None;
        }
        let max = self.max as f64;
        let quantile = |q: f64| (self.buckets.value_at_quantile(q) as f64 * bucket_unit).min(max);
        Some(match statistic {
            Statistic::Mean => (self.buckets.mean() * bucket_unit).min(max),
            Statistic::P50 => quantile(0.5),
            Statistic::P90 => quantile(0.9),
            Statistic::P99 => quantile(0.99),
            Statistic::P999 => quantile(0.999),
            Statistic::Max => max,
        })
    }
}

fn microseconds(value: Duration) -> u64 {
    ((value.0 + 500) / 1000) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

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
