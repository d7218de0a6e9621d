//! What share of reads is stale, how stale, and how many versions behind.
//!
//! A read of a copy whose knowledge of the store is a seconds old is stale with probability 1 − e^(−μa), and
//! copies reach the age X = T + d₂. Read ages of hits and waiting reads together are uniform, so everything
//! follows from the integrals g and G of that probability. (O. Bahat, A. Makowski, *Measuring consistency in
//! TTL-based caches*, Performance Evaluation 62, 2005; the forms with a delay by renewal-reward.)

use super::Cache;
use super::numerics::{bisect, poisson_exceeds, stale_time_integral_s2, stale_time_s};

/// The staleness of a key's reads at one PoP.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Staleness {
    /// Where and how it is read.
    pub cache: Cache,
    /// μ: commits per second.
    pub writes_per_s: f64,
}

impl Staleness {
    /// X = T + d₂: the bound that no staleness exceeds, and that it comes close to.
    pub fn max_s(&self) -> f64 {
        self.cache.ttl_s + self.cache.down_s
    }

    /// Stale reads over reads: λ g(X)/(1 + λ(T + D)).
    pub fn ratio(&self) -> f64 {
        let Cache { reads_per_s, .. } = self.cache;
        reads_per_s * stale_time_s(self.writes_per_s, self.max_s()) / self.cache.reads_per_cycle()
    }

    /// The part of stale reads whose staleness exceeds `age_s`: g(X − s)/g(X), whatever λ is.
    pub fn exceeds(&self, age_s: f64) -> f64 {
        let stale_for = |x_s| stale_time_s(self.writes_per_s, x_s);
        stale_for(self.max_s() - age_s) / stale_for(self.max_s())
    }

    /// The mean staleness of stale reads: G(X)/g(X).
    pub fn mean_s(&self) -> f64 {
        let (rate, max) = (self.writes_per_s, self.max_s());
        stale_time_integral_s2(rate, max) / stale_time_s(rate, max)
    }

    /// The staleness that a part `q` of stale reads does not exceed.
    pub fn quantile_s(&self, q: f64) -> f64 {
        bisect(0.0, self.max_s(), |age_s| 1.0 - q - self.exceeds(age_s))
    }

    /// The mean number of versions behind, over all reads: λμX²/2/(1 + λ(T + D)).
    pub fn version_lag_over_reads(&self) -> f64 {
        let max = self.max_s();
        let Cache { reads_per_s, .. } = self.cache;
        reads_per_s * self.writes_per_s * max * max / 2.0 / self.cache.reads_per_cycle()
    }

    /// The mean number of versions behind, over stale reads.
    pub fn version_lag_mean(&self) -> f64 {
        self.version_lag_over_reads() / self.ratio()
    }

    /// The part of hits that are `versions` behind: a hit's knowledge is uniformly between d₂ and T + d₂ old,
    /// and writes are Poisson.
    pub fn hits_behind(&self, versions: u32) -> f64 {
        let behind = |age_s: f64| poisson_exceeds(versions, self.writes_per_s * age_s);
        let width = self.writes_per_s * self.cache.ttl_s;
        (behind(self.max_s()) - behind(self.cache.down_s)) / width
    }
}

/// Stale reads over reads where nobody waits and each answer restarts the copy's time, D at most T; by
/// renewal-reward.
pub fn herd_stale_ratio(cache: &Cache, writes_per_s: f64) -> f64 {
    let (rate, mu) = (cache.reads_per_s, writes_per_s);
    let (ttl, delay, down) = (cache.ttl_s, cache.fetch_time_s(), cache.down_s);
    let after = |s: f64| libm::exp(-mu * s);
    let quiet = libm::exp(-rate * delay);
    let m = delay - (1.0 - quiet) / rate;
    let both = (1.0 - libm::exp(-(rate + mu) * delay)) / (rate + mu);
    let j = both - quiet * (1.0 - after(delay)) / mu;
    let of_last_copy = ttl - (after(down) - after(down + ttl)) / mu;
    let of_earlier_copies = m - after(down) * (rate * m + mu * j) / (rate + mu);
    rate * (of_last_copy + of_earlier_copies) / (rate * (ttl + 2.0 * delay) + quiet)
}

#[cfg(test)]
mod tests {
    use super::super::numerics::assert_digits;
    use super::*;

    fn staleness(lambda: f64, mu: f64, ttl_s: f64, up_s: f64, down_s: f64) -> Staleness {
        let cache = Cache {
            reads_per_s: lambda,
            ttl_s,
            up_s,
            down_s,
        };
        Staleness {
            cache,
            writes_per_s: mu,
        }
    }

    #[test]
    fn staleness_is_that_of_the_table() {
        let hour = 1.0 / 3600.0;
        // λ, μ, T, d₁, d₂; stale ratio, mean, p50, p99, max, version lag over reads and over stale reads.
        type Row = ([f64; 5], f64, [f64; 4], [f64; 2]);
        let slow = [20.95828, 18.77586, 54.49446, 60.0];
        let table: [Row; 11] = [
            (
                [0.01, 0.01, 60.0, 0.0, 0.0],
                0.09300727,
                slow,
                [0.1125000, 1.209583],
            ),
            (
                [0.1, 0.01, 60.0, 0.0, 0.0],
                0.21258805,
                slow,
                [0.2571429, 1.209583],
            ),
            (
                [1.0, 0.01, 60.0, 0.0, 0.0],
                0.24395350,
                slow,
                [0.2950820, 1.209583],
            ),
            (
                [10.0, 0.01, 60.0, 0.0, 0.0],
                0.24760672,
                slow,
                [0.2995008, 1.209583],
            ),
            (
                [1.0, 0.1, 60.0, 0.0, 0.0],
                0.82007848,
                [25.98216, 25.29874, 56.66102, 60.0],
                [2.9508197, 3.598216],
            ),
            (
                [1.0, 1.0, 60.0, 0.0, 0.0],
                0.96721311,
                [29.50847, 29.50000, 58.67609, 60.0],
                [29.5081967, 30.508475],
            ),
            (
                [1.0, hour, 60.0, 0.0, 0.0],
                0.00815137,
                [20.02775, 17.60808, 54.01496, 60.0],
                [0.0081967, 1.005563],
            ),
            (
                [1.0, 0.1, 30.0, 0.0, 0.0],
                0.66122163,
                [11.95350, 11.29090, 27.90456, 30.0],
                [1.4516129, 2.195350],
            ),
            (
                [1.0, 0.1, 30.0, 0.02, 0.08],
                0.66154031,
                [11.98918, 11.32598, 27.98055, 30.08],
                [1.4546727, 2.198918],
            ),
            (
                [5.0, 0.05, 30.0, 0.5, 1.5],
                0.48571898,
                [11.72124, 10.77589, 28.94555, 31.5],
                [0.7703804, 1.586062],
            ),
            (
                [0.2, 0.2, 30.0, 1.0, 2.0],
                0.71074494,
                [13.95713, 13.62253, 30.26140, 32.0],
                [2.6947368, 3.791426],
            ),
        ];
        for ([lambda, mu, ttl, up, down], ratio, [mean, p50, p99, max], [all, stale]) in table {
            let staleness = staleness(lambda, mu, ttl, up, down);
            assert_digits(staleness.ratio(), ratio, 1e-8);
            assert_digits(staleness.mean_s(), mean, 1e-5);
            assert_digits(staleness.quantile_s(0.5), p50, 1e-5);
            assert_digits(staleness.quantile_s(0.99), p99, 1e-5);
            assert_eq!(staleness.max_s(), max);
            assert_digits(staleness.version_lag_over_reads(), all, 1e-7);
            assert_digits(staleness.version_lag_mean(), stale, 1e-6);
        }
    }

    #[test]
    fn versions_behind_are_those_of_the_table() {
        let table = [
            (0.1, [0.951626, 0.046788, 0.001547, 0.000038, 0.000001, 0.0]),
            (
                0.6,
                [0.751981, 0.203169, 0.038525, 0.005597, 0.000657, 0.000065],
            ),
            (
                1.0,
                [0.632121, 0.264241, 0.080301, 0.018988, 0.003660, 0.000594],
            ),
            (
                3.0,
                [0.316738, 0.266951, 0.192270, 0.117589, 0.061579, 0.027973],
            ),
            (
                6.0,
                [0.166254, 0.163775, 0.156339, 0.141466, 0.119157, 0.092387],
            ),
        ];
        for (x, row) in table {
            let staleness = staleness(1.0, x / 60.0, 60.0, 0.0, 0.0);
            for (versions, printed) in (0..).zip(row) {
                assert_digits(staleness.hits_behind(versions), printed, 1e-6);
            }
        }
    }

    #[test]
    fn a_herd_is_a_little_fresher() {
        let herd = staleness(5.0, 0.05, 30.0, 0.5, 1.5);
        let ratio = herd_stale_ratio(&herd.cache, 0.05);
        assert_digits(ratio, 0.462649, 1e-6);
    }
}
