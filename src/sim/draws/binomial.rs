//! Counts of the binomial distribution.

use super::saddle_point::{deviance, stirling_rest, stirling_square};
use super::{MOST, exponential};
use crate::sim::random::Stream;
use rand::RngExt;

/// From this mean on transformed rejection is valid: its hat covers the probabilities.
const MANY: f64 = 10.0;

/// A count from the binomial distribution: successes in n trials, each with probability p.
///
/// # Panics
///
/// If p is no probability or n is more than can be counted ([`MOST`]).
pub fn binomial(n: u64, p: f64, stream: &mut Stream) -> u64 {
    assert!((0.0..=1.0).contains(&p), "{p} is no probability");
    assert!(n <= MOST, "{n} trials are too many to count");
    if p > 0.5 {
        // The difference is exact.
        return n - rare(n, 1.0 - p, stream);
    }
    rare(n, p, stream)
}

/// The same for p up to ½.
fn rare(n: u64, p: f64, stream: &mut Stream) -> u64 {
    if n <= FEW {
        by_trials(n, p, stream)
    } else if n as f64 * p < MANY {
        by_waiting(n as f64, p, stream)
    } else {
        by_rejection(n as f64, p, stream)
    }
}

/// As many trials as cost no more to make than to reckon with.
const FEW: u64 = 24;

/// The trials themselves.
fn by_trials(n: u64, p: f64, stream: &mut Stream) -> u64 {
    (0..n).map(|_| u64::from(stream.random::<f64>() < p)).sum()
}

/// Waiting times (L. Devroye, *Non-Uniform Random Variate Generation*, 1986, section X.4.3): if each trial succeeds
/// after an exponential time, those that do by −ln(1 − p) are binomial, and among i that are left the next one
/// takes an exponential time of mean 1/i.
fn by_waiting(n: f64, p: f64, stream: &mut Stream) -> u64 {
    let end = -libm::log1p(-p);
    let mut time = 0.0;
    let mut left = n;
    while left > 0.0 {
        time += exponential(stream) / left;
        if time > end {
            break;
        }
        left -= 1.0;
    }
    (n - left) as u64
}

/// Transformed rejection with squeeze, BTRS in W. Hörmann, *The generation of binomial random variates*, 1993.
/// Constants are the paper's.
fn by_rejection(n: f64, p: f64, stream: &mut Stream) -> u64 {
    let hat = Hat::new(n, p);
    loop {
        let u = stream.random::<f64>() - 0.5;
        let v = 1.0 - stream.random::<f64>();
        let distance = 0.5 - u.abs();
        let k = hat.count(u, distance);
        if distance >= 0.07 && v <= hat.surely_accepted {
            return k as u64;
        }
        if k < 0.0 || k > n {
            continue;
        }
        if hat.accepts(k, distance, v) {
            return k as u64;
        }
    }
}

/// The curve that covers the probabilities: u, uniform on (−½, ½), becomes the count (2a/(½ − |u|) + b)u + c.
#[derive(Clone, Copy, Debug)]
struct Hat {
    n: f64,
    p: f64,
    a: f64,
    b: f64,
    alpha: f64,
    /// With v up to here, whatever is not in the tails is accepted.
    surely_accepted: f64,
}

impl Hat {
    #[inline]
    fn new(n: f64, p: f64) -> Self {
        let deviation = libm::sqrt(n * p * (1.0 - p));
        let b = 1.15 + 2.53 * deviation;
        Hat {
            n,
            p,
            a: -0.0873 + 0.0248 * b + 0.01 * p,
            b,
            alpha: (2.83 + 5.1 / b) * deviation,
            surely_accepted: 0.92 - 4.2 / b,
        }
    }

    /// The count of u, whose distance from the nearer end is `distance`.
    #[inline]
    fn count(&self, u: f64, distance: f64) -> f64 {
        libm::floor((2.0 * self.a / distance + self.b) * u + self.n * self.p + 0.5)
    }

    /// Whether v is below the share of the hat that is the probability of k over that of the mode.
    fn accepts(&self, k: f64, distance: f64, v: f64) -> bool {
        let mode = libm::floor((self.n + 1.0) * self.p);
        let slope = self.a / (distance * distance) + self.b;
        let root = libm::sqrt(self.square(k) / self.square(mode));
        // A single logarithm for all factors.
        libm::log(v * self.alpha * root / slope) <= self.cost(mode) - self.cost(k)
    }

    fn square(&self, k: f64) -> f64 {
        stirling_square(k) * stirling_square(self.n - k)
    }

    /// The negative logarithm of a probability without what is in `square` and what all counts share.
    fn cost(&self, k: f64) -> f64 {
        let (n, p) = (self.n, self.p);
        deviance(k, n * p)
            + deviance(n - k, n * (1.0 - p))
            + stirling_rest(k)
            + stirling_rest(n - k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the paper shows by calculation, held here for the constants as they are written above: the hat
    /// covers the probabilities, and the quick acceptance accepts nothing else.
    #[test]
    fn shortcuts_of_the_rejection_decide_as_its_test_does() {
        let chances = [1e-11, 1e-6, 1e-3, 0.01, 0.1, 0.2, 0.3, 0.4, 0.45, 0.5];
        let means = (0..=55).map(|exponent| MANY * libm::exp10(f64::from(exponent) / 5.0));
        for (p, mean) in means.flat_map(|mean| chances.map(|p| (p, mean))) {
            let n = libm::ceil(mean / p);
            if n > MOST as f64 {
                continue;
            }
            let hat = Hat::new(n, p);
            for step in 1..5_000 {
                // Close to the ends, too, where the tails are.
                let distance = 0.5 * libm::pow(f64::from(step) / 5_000.0, 3.0);
                for u in [distance - 0.5, 0.5 - distance] {
                    let k = hat.count(u, distance);
                    if k < 0.0 || k > n {
                        assert!(distance < 0.07, "{n} {p} {u}");
                        continue;
                    }
                    assert!(!hat.accepts(k, distance, 1.0), "{n} {p} {u}");
                    if distance >= 0.07 {
                        assert!(hat.accepts(k, distance, hat.surely_accepted), "{n} {p} {u}");
                    }
                }
            }
        }
    }

    #[test]
    fn counts_are_accepted_with_their_probabilities() {
        for (n, p) in [(25.0, 0.4), (40.0, 0.5), (200.0, 0.06), (3_000.0, 0.3)] {
            let hat = Hat::new(n, p);
            let mode = libm::floor((n + 1.0) * p);
            // Probabilities over that of the mode, from each count's ratio to the one before.
            let mut share = 1.0;
            let mut k = mode;
            while share > 1e-12 && k <= n {
                let slope = hat.a / (0.3 * 0.3) + hat.b;
                let threshold = share * slope / hat.alpha;
                assert!(
                    hat.accepts(k, 0.3, threshold * (1.0 - 1e-10)),
                    "{n} {p} {k}"
                );
                assert!(
                    !hat.accepts(k, 0.3, threshold * (1.0 + 1e-10)),
                    "{n} {p} {k}"
                );
                share *= (n - k) / (k + 1.0) * (p / (1.0 - p));
                k += 1.0;
            }
        }
    }
}
