//! Refresh-ahead: the first hit within r of a copy's end starts one fetch, and the old copy serves meanwhile.

use super::Cache;
use super::numerics::{integrate, stale_time_s};

/// A cache that refreshes in the background; a fetch takes at most the time ahead (D ≤ r).
///
/// Poisson reads have no memory, so the next fill comes T − r, an exponential wait of mean 1/λ and a fetch after
/// the last one, whether the read that started it was a hit or found the copy expired. All forms here follow
/// from that cycle by renewal-reward.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RefreshAhead {
    /// The cache.
    pub cache: Cache,
    /// r: how long before a copy's end a hit starts to fetch.
    pub ahead_s: f64,
}

impl RefreshAhead {
    fn reads_per_cycle(&self) -> f64 {
        self.cache.reads_per_cycle() - self.cache.reads_per_s * self.ahead_s
    }

    /// Fetches, in the background or not, over reads: 1/(1 + λ(T − r + D)).
    pub fn fetches_over_reads(&self) -> f64 {
        1.0 / self.reads_per_cycle()
    }

    /// Reads that started a fetch and waited for it, over reads: e^(−λr)/(1 + λ(T − r + D)).
    pub fn fetch_ratio(&self) -> f64 {
        libm::exp(-self.cache.reads_per_s * self.ahead_s) / self.reads_per_cycle()
    }

    /// Reads that waited for a fetch, started by them or not, over reads: e^(−λ(r − D))/(1 + λ(T − r + D)).
    pub fn waiting_ratio(&self) -> f64 {
        let early_s = self.ahead_s - self.cache.fetch_time_s();
        libm::exp(-self.cache.reads_per_s * early_s) / self.reads_per_cycle()
    }

    /// Stale reads over reads.
    ///
    /// Reads within T − r of the fill see an ageing copy. The read that starts the fetch comes an exponential
    /// time e later; it is a hit if e ≤ r. While the fetch is under way, reads are hits until the copy ends and
    /// then wait for what the store is asked d₁ into the fetch.
    pub fn stale_ratio(&self, writes_per_s: f64) -> f64 {
        let RefreshAhead { cache, ahead_s } = *self;
        let (rate, delay, down) = (cache.reads_per_s, cache.fetch_time_s(), cache.down_s);
        let stale_for = |x_s: f64| stale_time_s(writes_per_s, x_s);
        let stale = |age_s: f64| -libm::expm1(-writes_per_s * age_s);
        let early = cache.ttl_s - ahead_s;
        let of_fetch_at = |wait_s: f64| {
            let started = early + wait_s + down;
            let hits_s = delay.min(ahead_s - wait_s);
            let of_hits = stale_for(started + hits_s) - stale_for(started);
            let of_waits = stale_for(down) - stale_for(hits_s - cache.up_s);
            libm::exp(-rate * wait_s) * (stale(started) + rate * (of_hits + of_waits))
        };
        // The copy outlives the fetch, or ends first: smooth on either side.
        let turn = ahead_s - delay;
        let hot = integrate(0.0, turn, of_fetch_at) + integrate(turn, ahead_s, of_fetch_at);
        let ageing = rate * (stale_for(early + down) - stale_for(down));
        let cold = libm::exp(-rate * ahead_s) * rate * stale_for(down);
        (ageing + rate * hot + cold) / self.reads_per_cycle()
    }
}

#[cfg(test)]
mod tests {
    use super::super::numerics::assert_digits;
    use super::*;

    #[test]
    fn refreshing_ahead_is_that_of_the_table() {
        // λ, μ, T, d₁, d₂, r; waiting, fetches, stale.
        type Row = ([f64; 6], (f64, f64), f64, f64);
        let table: [Row; 5] = [
            (
                [0.1, 0.01, 60.0, 0.0, 0.0, 15.0],
                (0.0405691, 1e-7),
                0.1818182,
                0.2154206,
            ),
            (
                [0.05, 0.02, 60.0, 0.0, 0.0, 30.0],
                (0.0892521, 1e-7),
                0.4000000,
                0.3219578,
            ),
            (
                [1.0, 0.05, 60.0, 0.0, 0.0, 10.0],
                (8.90195e-7, 1e-12),
                0.0196078,
                0.6384996,
            ),
            (
                [0.2, 0.02, 60.0, 0.5, 1.5, 10.0],
                (0.0177102, 1e-7),
                0.0877193,
                0.4093308,
            ),
            (
                [2.0, 0.05, 30.0, 0.1, 0.4, 1.5],
                (0.00229382, 1e-8),
                0.0169492,
                0.4857480,
            ),
        ];
        for ([reads_per_s, mu, ttl_s, up_s, down_s, ahead_s], waiting, fetches, stale) in table {
            let cache = Cache {
                reads_per_s,
                ttl_s,
                up_s,
                down_s,
            };
            let refresh = RefreshAhead { cache, ahead_s };
            assert_digits(refresh.waiting_ratio(), waiting.0, waiting.1);
            assert_digits(refresh.fetches_over_reads(), fetches, 1e-7);
            assert_digits(refresh.stale_ratio(mu), stale, 1e-7);
        }
    }

    #[test]
    fn without_delay_the_integral_has_a_closed_form() {
        let (rate, mu, ttl, ahead) = (0.3, 0.07, 40.0, 12.0);
        let refresh = RefreshAhead {
            cache: Cache::without_delay(rate, ttl),
            ahead_s: ahead,
        };
        let early = ttl - ahead;
        let hits_ahead = (1.0 - libm::exp(-rate * ahead))
            - libm::exp(-mu * early) * rate / (rate + mu) * (1.0 - libm::exp(-(rate + mu) * ahead));
        let stale = (rate * stale_time_s(mu, early) + hits_ahead) / (1.0 + rate * early);
        assert!((refresh.stale_ratio(mu) - stale).abs() < 1e-10);
    }
}
