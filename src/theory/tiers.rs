//! A PoP below one tier that starts each copy's age anew, so that staleness adds up.
//!
//! The tier is fed by so many PoPs that the requests it sees are Poisson and hardly depend on any one of them;
//! links take no time. Derived by renewal-reward.

use super::Cache;
use super::numerics::stale_time_s;

/// The two caches that a read can find its answer in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RestartedTiers {
    /// The PoP's cache, by its reads and its TTL.
    pub pop: Cache,
    /// The tier's, by the requests that arrive there and its `keep`.
    pub tier: Cache,
}

/// φ(T, λ) = [1 + λ(1 − e^(−μT))/μ]/(1 + λT): the probability that a read is as fresh as what the level above
/// would have answered.
fn fresh(cache: &Cache, writes_per_s: f64) -> f64 {
    let stale_s = stale_time_s(writes_per_s, cache.ttl_s);
    1.0 - cache.reads_per_s * stale_s / cache.reads_per_cycle()
}

impl RestartedTiers {
    /// Stale reads over reads: freshness multiplies, 1 − φ(T₁, λ) φ(T₂, Λ₂).
    pub fn stale_ratio(&self, writes_per_s: f64) -> f64 {
        1.0 - fresh(&self.pop, writes_per_s) * fresh(&self.tier, writes_per_s)
    }

    /// P(V ≤ v), where V is the sum of two times that do not depend on each other: until the tier's copy ends,
    /// and what the PoP's copy has left.
    pub fn visible_within(&self, time_s: f64) -> f64 {
        let (p1, q1) = (self.pop.fetch_ratio(), self.pop.fetches_per_s());
        let (p2, q2) = (self.tier.fetch_ratio(), self.tier.fetches_per_s());
        let (ttl1, ttl2) = (self.pop.ttl_s, self.tier.ttl_s);
        let square = |x: f64| x.max(0.0) * x.max(0.0);
        let both = square(time_s) - square(time_s - ttl1) - square(time_s - ttl2)
            + square(time_s - ttl1 - ttl2);
        p1 * p2 + p2 * q1 * time_s.min(ttl1) + p1 * q2 * time_s.min(ttl2) + q1 * q2 * both / 2.0
    }

    /// E V = q₁T₁²/2 + q₂T₂²/2.
    pub fn visibility_mean_s(&self) -> f64 {
        self.pop.visibility_mean_s() + self.tier.visibility_mean_s()
    }

    /// T₁ + T₂, which V comes close to.
    pub fn visibility_max_s(&self) -> f64 {
        self.pop.ttl_s + self.tier.ttl_s
    }
}

#[cfg(test)]
mod tests {
    use super::super::numerics::integrate;
    use super::*;

    fn tiers() -> RestartedTiers {
        RestartedTiers {
            pop: Cache::without_delay(0.1, 60.0),
            tier: Cache::without_delay(0.5, 30.0),
        }
    }

    #[test]
    fn freshness_multiplies() {
        // A tier that nobody else asks adds nothing; the PoP alone has the stale ratio of one cache.
        let alone = RestartedTiers {
            pop: Cache::without_delay(1.0, 60.0),
            tier: Cache::without_delay(1e-12, 60.0),
        };
        assert!((alone.stale_ratio(0.01) - 0.24395350).abs() < 1e-8);
        let phi = |rate: f64, ttl: f64, mu: f64| {
            (1.0 + rate * (1.0 - libm::exp(-mu * ttl)) / mu) / (1.0 + rate * ttl)
        };
        let expected = 1.0 - phi(0.1, 60.0, 0.02) * phi(0.5, 30.0, 0.02);
        assert!((tiers().stale_ratio(0.02) - expected).abs() < 1e-12);
    }

    #[test]
    fn visibility_is_a_distribution_with_the_stated_mean() {
        let tiers = tiers();
        assert!((tiers.visible_within(90.0) - 1.0).abs() < 1e-12);
        let not_yet = |time_s| 1.0 - tiers.visible_within(time_s);
        let pieces = [(0.0, 30.0), (30.0, 60.0), (60.0, 90.0)];
        let mean: f64 = pieces
            .map(|(from, to)| integrate(from, to, not_yet))
            .iter()
            .sum();
        assert!((tiers.visibility_mean_s() - mean).abs() < 1e-9);
    }
}
