//! Counts of the Poisson distribution, alone or for many neighbouring cells.

use super::alias::{END, poisson_of_whole};
use super::saddle_point::{deviance, stirling_rest, stirling_square};
use super::{MOST, exponential};
use crate::sim::random::Stream;
use rand::RngExt;

/// The paper's hat, its constants as printed, stays up to 0.6 % below the probabilities in places (for means below
/// 1,500; a part of up to 7·10^−7 of all draws falls wrong), and its quick acceptance goes up to 0.5 % too far.
/// A hat wider by this factor, and so much less quick acceptance, cost one draw in a hundred and are exact.
const WIDER: f64 = 1.007;

/// A count from the Poisson distribution.
///
/// # Panics
///
/// If the mean is negative, not a number or more than can be counted ([`MOST`]).
pub fn poisson(mean: f64, stream: &mut Stream) -> u64 {
    assert!(
        (0.0..=MOST as f64).contains(&mean),
        "a Poisson count cannot have the mean {mean}"
    );
    if mean < END {
        let mut gap = exponential(stream);
        moderate(mean, &mut gap, stream)
    } else {
        by_rejection(mean, stream)
    }
}

/// Counts of neighbouring cells with the given means, independent of each other. `each` is told the index of a
/// cell and its count, in order, where the count is not 0.
///
/// It walks along the cumulated means as along a time axis on which events of rate 1 happen, so that a cell
/// without events costs a subtraction. What is left of a gap at the end of a cell is a whole gap again, for the
/// exponential distribution has no memory: therefore a cell with a large mean can be drawn outright in between.
///
/// # Panics
///
/// As [`poisson`] does.
pub fn poisson_cells(
    means: impl Iterator<Item = f64>,
    stream: &mut Stream,
    mut each: impl FnMut(usize, u64),
) {
    let mut gap = exponential(stream);
    for (cell, mean) in means.enumerate() {
        // Which way a cell goes must not depend on the gap: the rest of a gap is only exponential for those who
        // have not seen it.
        let count = if mean < END {
            moderate(mean, &mut gap, stream)
        } else {
            poisson(mean, stream)
        };
        if count > 0 {
            each(cell, count);
        }
    }
}

/// A count of a mean below [`END`], of which the part that no table holds is the next of the time axis.
#[inline]
fn moderate(mean: f64, gap: &mut f64, stream: &mut Stream) -> u64 {
    if mean < 1.0 {
        return count_along(mean, gap, stream);
    }
    // Independent Poisson counts add up to one of the sum of their means.
    let whole = mean as u64;
    poisson_of_whole(whole, stream) + count_along(mean - whole as f64, gap, stream)
}

/// How many events happen in a time at rate 1, the first after `gap`; leaves the gap from its end to the next.
#[inline]
fn count_along(time: f64, gap: &mut f64, stream: &mut Stream) -> u64 {
    assert!(time >= 0.0, "a Poisson count cannot have the mean {time}");
    let mut rest = time;
    let mut count = 0;
    while *gap <= rest {
        rest -= *gap;
        count += 1;
        *gap = exponential(stream);
    }
    *gap -= rest;
    count
}

/// Transformed rejection with squeeze, PTRS in W. Hörmann, *The transformed rejection method for generating
/// Poisson random variables*, 1993, with a hat a little wider than the paper's ([`WIDER`]).
fn by_rejection(mean: f64, stream: &mut Stream) -> u64 {
    let hat = Hat::new(mean);
    loop {
        let u = stream.random::<f64>() - 0.5;
        let v = 1.0 - stream.random::<f64>();
        let distance = 0.5 - u.abs();
        let k = hat.count(u, distance);
        if distance >= 0.07 && v <= hat.surely_accepted {
            return k as u64;
        }
        if k < 0.0 || (distance < 0.013 && v > distance) {
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
    mean: f64,
    a: f64,
    b: f64,
    inverse_alpha: f64,
    /// With v up to here, whatever is not in the tails is accepted.
    surely_accepted: f64,
}

impl Hat {
    #[inline]
    fn new(mean: f64) -> Self {
        let b = 0.931 + 2.53 * libm::sqrt(mean);
        Hat {
            mean,
            a: -0.059 + 0.02483 * b,
            b,
            inverse_alpha: WIDER * (1.1239 + 1.1328 / (b - 3.4)),
            surely_accepted: (0.9277 - 3.6224 / (b - 2.0)) / (WIDER * WIDER),
        }
    }

    /// The count of u, whose distance from the nearer end is `distance`.
    #[inline]
    fn count(&self, u: f64, distance: f64) -> f64 {
        libm::floor((2.0 * self.a / distance + self.b) * u + self.mean + 0.43)
    }

    /// Whether v is below the share of the hat that is the probability of k.
    fn accepts(&self, k: f64, distance: f64, v: f64) -> bool {
        let slope = self.a / (distance * distance) + self.b;
        let root = libm::sqrt(stirling_square(k));
        // A single logarithm for all factors.
        libm::log(v * self.inverse_alpha * root / slope)
            <= -deviance(k, self.mean) - stirling_rest(k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the paper shows by calculation, held here for the constants as they are written above: the hat
    /// covers the probabilities, the quick acceptance accepts and the quick rejection rejects nothing else.
    #[test]
    fn shortcuts_of_the_rejection_decide_as_its_test_does() {
        for exponent in 0..=110 {
            let mean = 10.0 * libm::exp10(f64::from(exponent) / 10.0);
            let hat = Hat::new(mean);
            for step in 1..20_000 {
                // Close to the ends, too, where the tails are.
                let distance = 0.5 * libm::pow(f64::from(step) / 20_000.0, 3.0);
                for u in [distance - 0.5, 0.5 - distance] {
                    let k = hat.count(u, distance);
                    if k < 0.0 {
                        assert!(distance < 0.07, "{mean} {u}");
                        continue;
                    }
                    assert!(!hat.accepts(k, distance, 1.0), "{mean} {u}");
                    if distance >= 0.07 {
                        assert!(hat.accepts(k, distance, hat.surely_accepted), "{mean} {u}");
                    }
                    if distance < 0.013 {
                        assert!(!hat.accepts(k, distance, distance), "{mean} {u}");
                    }
                }
            }
        }
    }

    #[test]
    fn counts_are_accepted_with_their_probabilities() {
        for mean in [10.0, 56.3, 100.0] {
            let hat = Hat::new(mean);
            let mut probability = libm::exp(-mean);
            for k in (0..150).map(f64::from) {
                let slope = hat.a / (0.3 * 0.3) + hat.b;
                let threshold = probability * slope / hat.inverse_alpha;
                assert!(hat.accepts(k, 0.3, threshold * (1.0 - 1e-10)), "{mean} {k}");
                assert!(
                    !hat.accepts(k, 0.3, threshold * (1.0 + 1e-10)),
                    "{mean} {k}"
                );
                probability *= mean / (k + 1.0);
            }
        }
    }
}
