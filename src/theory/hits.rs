//! How reads are answered: hits, waits and fetches.

use super::Cache;

impl Cache {
    /// Hits over reads: λT/(1 + λ(T + D)).
    ///
    /// Renewal-reward; for a delay that is drawn only its mean matters. Without delay: J. Jung, A. Berger,
    /// H. Balakrishnan, *Modeling TTL-based Internet caches*, INFOCOM 2003.
    pub fn hit_ratio(&self) -> f64 {
        self.reads_per_s * self.ttl_s / self.reads_per_cycle()
    }

    /// Reads that waited for a fetch under way, over reads: λD/(1 + λ(T + D)).
    pub fn coalesced_ratio(&self) -> f64 {
        self.reads_per_s * self.fetch_time_s() / self.reads_per_cycle()
    }

    /// Fetches over reads: 1/(1 + λ(T + D)).
    pub fn fetch_ratio(&self) -> f64 {
        1.0 / self.reads_per_cycle()
    }

    /// Fetches per second.
    pub fn fetches_per_s(&self) -> f64 {
        self.reads_per_s * self.fetch_ratio()
    }
}

/// Hits over reads where gaps between reads are independent and fetches take no time: m/(1 + m), m the expected
/// number of reads within the TTL after a read (Jung, Berger, Balakrishnan 2003).
pub fn hit_ratio_of_renewals(renewals: f64) -> f64 {
    renewals / (1.0 + renewals)
}

/// The expected number of reads within `ttl_s` after a read, for gaps of `stages` exponential stages: among a
/// Poisson number of stages every `stages`-th ends a gap. One stage is Poisson's λT, two give
/// λT − (1 − e^(−4λT))/4.
pub fn erlang_renewals(stages: u32, reads_per_s: f64, ttl_s: f64) -> f64 {
    let mean = f64::from(stages) * reads_per_s * ttl_s;
    let mut probability = libm::exp(-mean);
    let (mut sum, mut count) = (0.0, 0);
    while f64::from(count) < mean || probability > 1e-18 {
        sum += probability * f64::from(count / stages);
        count += 1;
        probability *= mean / f64::from(count);
    }
    sum
}

/// Hits over reads that come one `period_s` after the other, fetches taking no time: of ⌈T/P⌉ reads one fetches.
pub fn periodic_hit_ratio(period_s: f64, ttl_s: f64) -> f64 {
    let cycle = libm::ceil(ttl_s / period_s);
    (cycle - 1.0) / cycle
}

/// Hits over reads where nobody waits: each read without a copy starts its own fetch, and each answer restarts
/// the copy's time, D at most T. [λ(T + D) − 1 + e^(−λD)] / [λ(T + 2D) + e^(−λD)], by renewal-reward; all
/// other reads fetch.
pub fn herd_hit_ratio(cache: &Cache) -> f64 {
    let (rate, ttl, delay) = (cache.reads_per_s, cache.ttl_s, cache.fetch_time_s());
    let quiet = libm::exp(-rate * delay);
    (rate * (ttl + delay) - 1.0 + quiet) / (rate * (ttl + 2.0 * delay) + quiet)
}

/// Misses over reads below a tier that hands on the age of its copy, that is busy enough to always hold one, and
/// keeps it as long as the PoP does: (1 − e^(−λT))/(λT), more than the 1/(1 + λT) of an age that restarts
/// (E. Cohen, H. Kaplan, *Aging through cascaded caches*, SIGCOMM 2001).
pub fn carried_miss_ratio(reads_per_s: f64, ttl_s: f64) -> f64 {
    let x = reads_per_s * ttl_s;
    -libm::expm1(-x) / x
}

#[cfg(test)]
mod tests {
    use super::super::numerics::assert_digits;
    use super::*;

    #[test]
    fn hit_ratios_are_those_of_the_table() {
        // λ, T, D; hits, coalesced, fetches, hits without waiting.
        let table = [
            (0.001, 60.0, 0.0, 0.05660377, 0.0, 0.94339623, 0.05660377),
            (0.1, 60.0, 0.0, 0.85714286, 0.0, 0.14285714, 0.85714286),
            (10.0, 60.0, 0.0, 0.99833611, 0.0, 0.00166389, 0.99833611),
            (0.01, 3600.0, 0.0, 0.97297297, 0.0, 0.02702703, 0.97297297),
            (
                0.1, 60.0, 0.2, 0.85470085, 0.00284900, 0.14245014, 0.85470497,
            ),
            (
                1.0, 30.0, 0.1, 0.96463023, 0.00321543, 0.03215434, 0.96463573,
            ),
            (
                10.0, 30.0, 0.1, 0.99337748, 0.00331126, 0.00331126, 0.99338554,
            ),
            (
                100.0, 60.0, 0.05, 0.99900100, 0.00083250, 0.00016650, 0.99900167,
            ),
            (
                5.0, 30.0, 2.0, 0.93167702, 0.06211180, 0.00621118, 0.93529413,
            ),
        ];
        for (reads_per_s, ttl_s, delay_s, hit, coalesced, fetch, herd_hit) in table {
            let cache = Cache {
                reads_per_s,
                ttl_s,
                up_s: 0.0,
                down_s: delay_s,
            };
            assert_digits(cache.hit_ratio(), hit, 1e-8);
            assert_digits(cache.coalesced_ratio(), coalesced, 1e-8);
            assert_digits(cache.fetch_ratio(), fetch, 1e-8);
            assert_digits(herd_hit_ratio(&cache), herd_hit, 1e-8);
        }
    }

    #[test]
    fn renewal_functions_are_those_of_the_table() {
        // Stages, λ, T; m(T), hits.
        let table = [
            (1, 0.1, 60.0, 6.0, 0.857143),
            (2, 0.1, 60.0, 5.750000, 0.851852),
            (1, 0.02, 60.0, 1.2, 0.545455),
            (2, 0.02, 60.0, 0.952057, 0.487720),
            (2, 1.0, 5.0, 4.750000, 0.826087),
        ];
        for (stages, reads_per_s, ttl_s, renewals, hit) in table {
            let m = erlang_renewals(stages, reads_per_s, ttl_s);
            assert_digits(m, renewals, 1e-6);
            assert_digits(hit_ratio_of_renewals(m), hit, 1e-6);
        }
    }

    #[test]
    fn periodic_reads_hit_but_for_one_in_a_cycle() {
        assert_eq!(periodic_hit_ratio(7.0, 60.0), 8.0 / 9.0);
        assert_eq!(periodic_hit_ratio(20.0, 60.0), 2.0 / 3.0);
        assert_eq!(periodic_hit_ratio(90.0, 60.0), 0.0);
    }

    #[test]
    fn carried_age_misses_more() {
        assert_digits(carried_miss_ratio(1.0, 1.0), 0.632121, 1e-6);
        assert_digits(carried_miss_ratio(0.1, 60.0), 0.166254, 1e-6);
    }
}
