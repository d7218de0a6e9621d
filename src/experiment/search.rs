//! The largest value of a setting that still meets what is expected: a scan of the range, then bisection.

use crate::scenario::Kind;
use std::collections::BTreeMap;

/// Where to look.
#[derive(Clone, Copy, Debug)]
pub struct SearchRange {
    /// What numbers they are.
    pub kind: Kind,
    /// The smallest.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

/// What was found in a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// The largest value that meets what is expected, and was confirmed to.
    pub best: Option<f64>,
    /// The smallest value above it that does not, or of which the runs cannot tell; `None` where the range ends.
    pub beyond: Option<f64>,
}

/// Values of the scan.
const SCAN: usize = 9;
/// A range is scanned by ratios where its ends differ by more than this factor.
const WIDE: f64 = 8.0;
/// The search ends where the next value that does not meet is no further away than this part of it.
const CLOSE: f64 = 0.02;

impl SearchRange {
    /// The value at a part of the way between two.
    fn between(&self, low: f64, high: f64, part: f64) -> f64 {
        let value = match self.low > 0.0 && self.high > self.low * WIDE {
            true => low * libm::pow(high / low, part),
            false => low + (high - low) * part,
        };
        self.rounded(value).clamp(self.low, self.high)
    }

    /// A value as a text says it: with three digits.
    fn rounded(&self, value: f64) -> f64 {
        let text = self.kind.text(value);
        self.kind
            .number(&text)
            .expect("a number of a kind is read as it is written")
    }

    fn scan(&self) -> Vec<f64> {
        let steps = SCAN - 1;
        let between =
            (1..steps).map(|step| self.between(self.low, self.high, step as f64 / steps as f64));
        let mut values: Vec<f64> = std::iter::once(self.low)
            .chain(between)
            .chain([self.high])
            .collect();
        values.dedup();
        values
    }
}

/// Whoever can say of values whether they meet what is expected.
pub trait Trials {
    /// What ends the search.
    type Error;

    /// For some values, whether each expectation is met.
    ///
    /// # Errors
    ///
    /// Whatever ends the search.
    fn decide(&mut self, values: &[f64]) -> Result<Vec<Vec<bool>>, Self::Error>;

    /// Likewise for one value in runs that it was not chosen by: of many that are tried, one may be lucky.
    ///
    /// # Errors
    ///
    /// Whatever ends the search.
    fn confirm(&mut self, value: f64) -> Result<Vec<bool>, Self::Error>;
}

/// Looks for the largest value that meets all that is expected.
///
/// Whether an expectation is met may change more than once along the range; between two values of the scan only one
/// change of each is looked for.
///
/// # Errors
///
/// Those of the trials.
pub fn largest<T: Trials>(range: SearchRange, trials: &mut T) -> Result<Found, T::Error> {
    let scan = range.scan();
    let judged = trials.decide(&scan)?;
    let mut known = Known::default();
    for (value, is_met) in scan.into_iter().zip(judged) {
        known.note(value, is_met);
    }
    loop {
        if let Some(next) = known.open(&range) {
            for is_met in trials.decide(&[next])? {
                known.note(next, is_met);
            }
            continue;
        }
        let Some(best) = known.best() else {
            return Ok(Found {
                best: None,
                beyond: None,
            });
        };
        let is_met = trials.confirm(best)?;
        if is_met.iter().all(|is_met| *is_met) {
            return Ok(Found {
                best: Some(best),
                beyond: known.beyond(best),
            });
        }
        known.note(best, is_met);
    }
}

/// Values in their order, with whether each expectation is met there.
#[derive(Default)]
struct Known(BTreeMap<u64, Vec<bool>>);

impl Known {
    fn note(&mut self, value: f64, is_met: Vec<bool>) {
        self.0.insert(ordered(value), is_met);
    }

    /// The largest value that meets all.
    fn best(&self) -> Option<f64> {
        let mut values = self.0.iter().rev();
        let met = values.find(|(_, is_met)| is_met.iter().all(|is_met| *is_met));
        met.map(|(value, _)| f64::from_bits(*value))
    }

    /// The next value above another.
    fn beyond(&self, value: f64) -> Option<f64> {
        let above = self.0.range(ordered(value) + 1..);
        above.map(|(value, _)| f64::from_bits(*value)).next()
    }

    /// A value to try: the middle of the uppermost gap above the best in which all may be met. Where one expectation is
    /// not met at both ends of a gap, it is not in between.
    fn open(&self, range: &SearchRange) -> Option<f64> {
        let from = self.best().map_or(0, ordered);
        let upper = self.0.range(from..).rev();
        let lower = upper.clone().skip(1);
        upper
            .zip(lower)
            .find_map(|((high, at_high), (low, at_low))| {
                let (low, high) = (f64::from_bits(*low), f64::from_bits(*high));
                let may_be_met = at_low.iter().zip(at_high).all(|(low, high)| *low || *high);
                let middle = range.between(low, high, 0.5);
                let is_apart = high - low > CLOSE * high && low < middle && middle < high;
                (may_be_met && is_apart).then_some(middle)
            })
    }
}

/// The bits of a number that is not negative: they have its order.
fn ordered(value: f64) -> u64 {
    assert!(value >= 0.0, "quantities are not negative");
    value.to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    struct Told<'t, M> {
        meets: M,
        lucky: &'t [f64],
        tried: usize,
    }

    impl<M: Fn(f64) -> Vec<bool>> Trials for Told<'_, M> {
        type Error = Infallible;

        fn decide(&mut self, values: &[f64]) -> Result<Vec<Vec<bool>>, Infallible> {
            self.tried += values.len();
            Ok(values.iter().map(|value| (self.meets)(*value)).collect())
        }

        fn confirm(&mut self, value: f64) -> Result<Vec<bool>, Infallible> {
            Ok(vec![!self.lucky.contains(&value)])
        }
    }

    fn search(
        range: SearchRange,
        meets: impl Fn(f64) -> Vec<bool>,
        lucky: &[f64],
    ) -> (Found, usize) {
        let mut told = Told {
            meets,
            lucky,
            tried: 0,
        };
        let found = largest(range, &mut told).unwrap_or_else(|never| match never {});
        (found, told.tried)
    }

    fn up_to(bound: f64) -> impl Fn(f64) -> Vec<bool> {
        move |value| vec![value <= bound]
    }

    const TTL: SearchRange = SearchRange {
        kind: Kind::Duration,
        low: 30.0,
        high: 86_400.0,
    };

    #[test]
    fn the_bound_is_found_within_two_percent_by_few_trials() {
        for bound in [31.0, 74.4, 600.0, 3_599.0, 80_000.0] {
            let (found, tried) = search(TTL, up_to(bound), &[]);
            let (best, beyond) = (
                found.best.expect("30 s meet"),
                found.beyond.expect("a day does not"),
            );
            assert!(best <= bound && bound < beyond, "{bound}: {best} {beyond}");
            assert!(
                beyond - best <= CLOSE * beyond * 1.001,
                "{bound}: {best} {beyond}"
            );
            assert!(tried <= SCAN + 7, "{bound}: {tried} trials");
        }
    }

    #[test]
    fn whole_numbers_are_found_to_the_one() {
        let range = SearchRange {
            kind: Kind::Whole,
            low: 1.0,
            high: 40.0,
        };
        let (found, _) = search(range, up_to(17.0), &[]);
        assert_eq!(
            found,
            Found {
                best: Some(17.0),
                beyond: Some(18.0)
            }
        );
    }

    #[test]
    fn the_ends_are_answers_too() {
        assert_eq!(
            search(TTL, up_to(1e9), &[]).0,
            Found {
                best: Some(86_400.0),
                beyond: None
            }
        );
        assert_eq!(
            search(TTL, up_to(1.0), &[]).0,
            Found {
                best: None,
                beyond: None
            }
        );
    }

    /// One expectation asks for a small value, another for a large one.
    #[test]
    fn what_holds_between_two_values_of_the_scan_is_found() {
        let window = |from: f64, to: f64| move |value: f64| vec![value >= from, value <= to];
        for (from, to) in [
            (100.0, 2_000.0),
            (59.0, 74.0),
            (60.0, 62.0),
            (40_000.0, 50_000.0),
        ] {
            let best = search(TTL, window(from, to), &[]).0.best;
            let best = best.unwrap_or_else(|| panic!("{from} to {to}"));
            assert!(
                (to * (1.0 - CLOSE)..=to).contains(&best),
                "{from} to {to}: {best}"
            );
        }
        let (found, tried) = search(TTL, window(80.0, 60.0), &[]);
        assert_eq!(found.best, None);
        assert!(tried <= SCAN + 5, "{tried}");
    }

    #[test]
    fn a_value_that_was_only_lucky_is_given_up_for_a_smaller_one() {
        let lucky = search(TTL, up_to(100.0), &[]).0.best.expect("30 s meet");
        let (found, _) = search(TTL, up_to(100.0), &[lucky]);
        let best = found.best.expect("30 s meet");
        assert!(best < lucky && best > 0.9 * lucky, "{best} {lucky}");
        assert_eq!(found.beyond, Some(lucky));
    }
}
