//! How long a PoP, and the slowest of many, can still return an older version after a commit.
//!
//! With U the age of what the PoP knows of the store at the commit, visibility is V = (T + d₂ − U)⁺. Derived by
//! renewal-reward: the instant of a commit is a random one in the PoP's cycle.

use super::Cache;
use super::numerics::bisect;

impl Cache {
    /// T + d₂: the bound that no visibility exceeds.
    pub fn visibility_max_s(&self) -> f64 {
        self.ttl_s + self.down_s
    }

    /// P(V ≤ v) = 1 − λ(T + d₂ − v)/(1 + λ(T + D)) up to the bound.
    pub fn visible_within(&self, time_s: f64) -> f64 {
        if time_s < 0.0 {
            return 0.0;
        }
        let left_s = (self.visibility_max_s() - time_s).max(0.0);
        1.0 - self.reads_per_s * left_s / self.reads_per_cycle()
    }

    /// E V = λ(T + d₂)²/2/(1 + λ(T + D)).
    pub fn visibility_mean_s(&self) -> f64 {
        let max = self.visibility_max_s();
        self.reads_per_s * max * max / 2.0 / self.reads_per_cycle()
    }

    /// P(max V ≤ v) over `pops` PoPs that do not depend on each other.
    pub fn converged_within(&self, pops: u32, time_s: f64) -> f64 {
        libm::pow(self.visible_within(time_s), f64::from(pops))
    }

    /// The time within which a part `q` of writes has converged.
    pub fn convergence_quantile_s(&self, pops: u32, q: f64) -> f64 {
        bisect(0.0, self.visibility_max_s(), |time_s| {
            self.converged_within(pops, time_s) - q
        })
    }

    /// E max V over `pops` PoPs: X − (1 − a^(N+1))/(b(N + 1)), with X = T + d₂, b = λ/(1 + λ(T + D)) and
    /// a = 1 − bX, the probability of no delay at all.
    pub fn convergence_mean_s(&self, pops: u32) -> f64 {
        let max = self.visibility_max_s();
        let slope = self.reads_per_s / self.reads_per_cycle();
        let power = f64::from(pops) + 1.0;
        max - (1.0 - libm::pow(self.visible_within(0.0), power)) / (slope * power)
    }
}

/// Visibility where reads come one period after the other, with random phases, and fetches take no time. The
/// age U is uniform over the cycle C = P⌈T/P⌉.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeriodicVisibility {
    /// P: the time between two reads at a PoP.
    pub period_s: f64,
    /// T.
    pub ttl_s: f64,
}

impl PeriodicVisibility {
    fn cycle_s(&self) -> f64 {
        self.period_s * libm::ceil(self.ttl_s / self.period_s)
    }

    /// P(max V ≤ v) = (1 − (T − v)/C)^N over `pops` PoPs.
    pub fn converged_within(&self, pops: u32, time_s: f64) -> f64 {
        let left_s = (self.ttl_s - time_s).max(0.0);
        libm::pow(1.0 - left_s / self.cycle_s(), f64::from(pops))
    }

    /// E V = T²/(2C).
    pub fn visibility_mean_s(&self) -> f64 {
        self.ttl_s * self.ttl_s / (2.0 * self.cycle_s())
    }

    /// E max V over `pops` PoPs: T − (C/(N + 1))(1 − (1 − T/C)^(N+1)).
    pub fn convergence_mean_s(&self, pops: u32) -> f64 {
        let (cycle, power) = (self.cycle_s(), f64::from(pops) + 1.0);
        let none = 1.0 - self.ttl_s / cycle;
        self.ttl_s - cycle / power * (1.0 - libm::pow(none, power))
    }
}

#[cfg(test)]
mod tests {
    use super::super::numerics::{assert_digits, integrate};
    use super::*;

    #[test]
    fn convergence_is_that_of_the_table() {
        // λ, T, N; E max V, p50, p99.
        let table = [
            (0.1, 60.0, 1, 25.71429, 25.00000, 59.30000),
            (0.1, 60.0, 10, 53.63636, 55.31231, 59.92968),
            (0.1, 60.0, 100, 59.30693, 59.51647, 59.99297),
            (0.1, 60.0, 300, 59.76744, 59.83845, 59.99765),
            (1.0, 60.0, 300, 59.79734, 59.85922, 59.99796),
            (0.01, 60.0, 300, 59.46844, 59.63075, 59.99464),
            (1.0, 30.0, 100, 29.69307, 29.78587, 29.99688),
            (0.02, 60.0, 10, 50.00171, 52.63363, 59.88950),
        ];
        for (reads_per_s, ttl_s, pops, mean, p50, p99) in table {
            let cache = Cache::without_delay(reads_per_s, ttl_s);
            assert_digits(cache.convergence_mean_s(pops), mean, 1e-5);
            assert_digits(cache.convergence_quantile_s(pops, 0.5), p50, 1e-5);
            assert_digits(cache.convergence_quantile_s(pops, 0.99), p99, 1e-5);
        }
        let half = |rate, ttl_s, pops| {
            Cache::without_delay(rate, ttl_s).converged_within(pops, ttl_s / 2.0)
        };
        assert_digits(half(0.1, 60.0, 1), 0.571429, 1e-6);
        assert_digits(half(0.1, 60.0, 10), 0.0037121, 1e-7);
        assert_digits(half(0.02, 60.0, 10), 0.0413974, 1e-7);
        assert_digits(half(0.1, 60.0, 100), 4.97e-25, 1e-27);
        assert_digits(half(0.01, 60.0, 300), 8.9e-28, 1e-29);
    }

    #[test]
    fn means_are_the_integrals_of_what_is_not_visible_yet() {
        let cache = Cache {
            reads_per_s: 0.2,
            ttl_s: 60.0,
            up_s: 1.0,
            down_s: 4.0,
        };
        let not_yet = |pops| move |time_s| 1.0 - cache.converged_within(pops, time_s);
        for pops in [1, 10, 300] {
            // Of many PoPs nearly all the change is in the last seconds.
            let (turn, max) = (60.0, cache.visibility_max_s());
            let early = integrate(0.0, turn, not_yet(pops));
            let mean = early + integrate(turn, max, not_yet(pops));
            assert!((cache.convergence_mean_s(pops) - mean).abs() < 1e-6);
        }
        assert!((cache.visibility_mean_s() - cache.convergence_mean_s(1)).abs() < 1e-12);
    }

    #[test]
    fn periodic_readers_never_leave_a_copy_for_long() {
        let periodic = PeriodicVisibility {
            period_s: 7.0,
            ttl_s: 60.0,
        };
        assert_eq!(periodic.converged_within(1, 0.0), 1.0 - 60.0 / 63.0);
        for pops in [1, 10] {
            let not_yet = |time_s| 1.0 - periodic.converged_within(pops, time_s);
            let mean = integrate(0.0, 60.0, not_yet);
            assert!((periodic.convergence_mean_s(pops) - mean).abs() < 1e-9);
        }
        assert!((periodic.visibility_mean_s() - periodic.convergence_mean_s(1)).abs() < 1e-12);
    }
}
