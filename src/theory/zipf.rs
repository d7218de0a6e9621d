//! Many keys at one PoP, the i-th most popular with a share proportional to 1/i^s, each its own TTL cache.

use super::{Cache, Staleness};

/// Keys with Zipf's shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZipfKeys {
    /// K.
    pub count: u32,
    /// s; 0 is uniform.
    pub exponent: f64,
}

impl ZipfKeys {
    /// H(K, s) = Σ i^(−s), from the smallest term up so that nothing is lost to rounding.
    pub fn normaliser(&self) -> f64 {
        let term = |rank: u32| libm::pow(f64::from(rank), -self.exponent);
        (1..=self.count).rev().map(term).sum()
    }

    /// Each key's share, most popular first.
    pub fn shares(&self) -> impl Iterator<Item = f64> {
        let (normaliser, exponent) = (self.normaliser(), self.exponent);
        (1..=self.count).map(move |rank| libm::pow(f64::from(rank), -exponent) / normaliser)
    }

    /// The mean of a ratio over the reads of all keys, from the ratio of one key by its cache; `all_keys` is the
    /// cache with the reads of all keys together.
    pub fn over_reads(&self, all_keys: &Cache, of_key: impl Fn(&Cache) -> f64) -> f64 {
        let weighted = self.shares().map(|share| {
            let cache = Cache {
                reads_per_s: all_keys.reads_per_s * share,
                ..*all_keys
            };
            share * of_key(&cache)
        });
        weighted.sum()
    }

    /// Hits over reads.
    pub fn hit_ratio(&self, all_keys: &Cache) -> f64 {
        self.over_reads(all_keys, Cache::hit_ratio)
    }

    /// Stale reads over reads, if every key is written `writes_per_s` times a second.
    pub fn stale_ratio(&self, all_keys: &Cache, writes_per_s: f64) -> f64 {
        self.over_reads(all_keys, |cache| {
            let cache = *cache;
            Staleness {
                cache,
                writes_per_s,
            }
            .ratio()
        })
    }

    /// Fetches per second.
    pub fn fetches_per_s(&self, all_keys: &Cache) -> f64 {
        all_keys.reads_per_s * self.over_reads(all_keys, Cache::fetch_ratio)
    }
}

#[cfg(test)]
mod tests {
    use super::super::numerics::assert_digits;
    use super::*;

    fn keys(count: u32, exponent: f64) -> ZipfKeys {
        ZipfKeys { count, exponent }
    }

    #[test]
    fn hit_ratios_are_those_of_the_table() {
        // K, s, H(K, s); hits at ΛT = 100, 1,000, 10,000, 100,000 and 1,000,000.
        let table = [
            (
                10_000,
                0.6,
                97.57612171,
                [0.038382, 0.190417, 0.574102, 0.913027, 0.990151],
            ),
            (
                10_000,
                0.99,
                10.22436146,
                [0.290763, 0.520848, 0.751507, 0.929477, 0.990441],
            ),
            (
                10_000,
                1.0,
                9.78760604,
                [0.301237, 0.531139, 0.757044, 0.930274, 0.990460],
            ),
            (
                10_000,
                1.2,
                4.79914377,
                [0.512385, 0.717456, 0.859127, 0.950487, 0.991156],
            ),
            (
                100_000,
                0.8,
                45.56251158,
                [0.055372, 0.166122, 0.363855, 0.663254, 0.919367],
            ),
            (
                100_000,
                1.0,
                12.09014613,
                [0.227387, 0.413377, 0.602766, 0.787281, 0.934447],
            ),
        ];
        for (count, exponent, normaliser, row) in table {
            let keys = keys(count, exponent);
            assert_digits(keys.normaliser(), normaliser, 1e-8);
            for (reads_per_ttl, printed) in [1e2, 1e3, 1e4, 1e5, 1e6].into_iter().zip(row) {
                let all = Cache::without_delay(reads_per_ttl / 60.0, 60.0);
                assert_digits(keys.hit_ratio(&all), printed, 1e-6);
            }
        }
    }

    #[test]
    fn combined_rows_are_those_of_the_table() {
        let table = [
            (
                10_000, 0.99, 100.0, 1e-3, 0.7018950, 0.0206420, 1e-7, 29.81050, 1e-5,
            ),
            (
                100_000, 1.0, 1000.0, 1e-4, 0.7475998, 0.00223832, 1e-8, 252.4002, 1e-4,
            ),
            (
                1_000_000, 0.8, 1000.0, 1e-4, 0.3313032, 0.00099192, 1e-8, 668.6968, 1e-4,
            ),
        ];
        for (count, exponent, reads, writes, hit, stale, stale_digit, fetches, digit) in table {
            let (keys, all) = (keys(count, exponent), Cache::without_delay(reads, 60.0));
            assert_digits(keys.hit_ratio(&all), hit, 1e-7);
            assert_digits(keys.stale_ratio(&all, writes), stale, stale_digit);
            assert_digits(keys.fetches_per_s(&all), fetches, digit);
        }
    }
}
