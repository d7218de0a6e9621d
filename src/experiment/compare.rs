//! Two experiments side by side: the same seeds give both the same arrivals, writes and delays, so that the difference
//! within each pair of runs is known far better than either number.

use crate::observe::summary::Summary;
use crate::scenario::metric::{Leaf, Metric, Statistic};
use crate::stats::Estimate;

/// A number of two experiments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Which number, of all operations.
    pub metric: Metric,
    /// Of a distribution, which of its statistics.
    pub statistic: Option<Statistic>,
    /// In the first experiment.
    pub first: Estimate,
    /// In the second.
    pub second: Estimate,
    /// The second minus the first, pair by pair.
    pub difference: Estimate,
    /// What the pairs say of it.
    pub finding: Finding,
}

impl Compared {
    /// Which number it is.
    pub fn leaf(&self) -> Leaf {
        Leaf {
            metric: self.metric,
            statistic: self.statistic,
        }
    }
}

/// What pairs of runs say of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Both are alike in every pair.
    Same,
    /// The second is better: its whole 95 % interval lies on the better side of zero.
    Better,
    /// The second is worse, likewise.
    Worse,
    /// The interval holds zero, or there is a single pair and no interval.
    Undecided,
}

/// What is compared: numbers of which it is plain which way is better.
const NUMBERS: [(Metric, Option<Statistic>); 14] = [
    (Metric::StaleReadRatio, None),
    (Metric::Staleness, Some(Statistic::P99)),
    (Metric::Convergence, Some(Statistic::Mean)),
    (Metric::Convergence, Some(Statistic::P99)),
    (Metric::HitRatio, None),
    (Metric::StoreReads, None),
    (Metric::ReadLatency, Some(Statistic::Mean)),
    (Metric::ReadLatency, Some(Statistic::P99)),
    (Metric::RejectedWrites, None),
    (Metric::LostConcurrentWrites, None),
    (Metric::LostUpdates, None),
    (Metric::SkippedVersions, None),
    (Metric::FailedRequests, None),
    (Metric::RequestLatency, Some(Statistic::P99)),
];

/// The numbers that the runs of both experiments have, in the order of the report. A run in which one of them has no
/// such number counts for none.
pub fn compare(first: &[Summary<f64>], second: &[Summary<f64>]) -> Vec<Compared> {
    let compared = NUMBERS.into_iter().filter_map(|(metric, statistic)| {
        let pairs = first.iter().zip(second);
        let pairs = pairs.filter_map(|(first, second)| {
            Some((
                first.total.get(metric, statistic)?,
                second.total.get(metric, statistic)?,
            ))
        });
        let pairs: Vec<(f64, f64)> = pairs.collect();
        let of = |number: fn(&(f64, f64)) -> f64| {
            Estimate::of(&pairs.iter().map(number).collect::<Vec<f64>>())
        };
        let difference = of(|(first, second)| second - first)?;
        Some(Compared {
            metric,
            statistic,
            first: of(|pair| pair.0)?,
            second: of(|pair| pair.1)?,
            difference,
            finding: finding(metric, difference),
        })
    });
    compared.collect()
}

fn finding(metric: Metric, difference: Estimate) -> Finding {
    let (low, high) = difference.interval();
    let more_is_better = metric == Metric::HitRatio;
    match difference.half_width_95 {
        _ if low == 0.0 && high == 0.0 => Finding::Same,
        Some(_) if low > 0.0 && more_is_better || high < 0.0 && !more_is_better => Finding::Better,
        Some(_) if low > 0.0 || high < 0.0 => Finding::Worse,
        _ => Finding::Undecided,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_interval_beside_zero_decides() {
        let difference = |mean, half_width_95| Estimate {
            mean,
            half_width_95,
        };
        let cases = [
            (
                Metric::StaleReads,
                difference(-2.0, Some(1.0)),
                Finding::Better,
            ),
            (
                Metric::StaleReads,
                difference(2.0, Some(1.0)),
                Finding::Worse,
            ),
            (
                Metric::StaleReads,
                difference(2.0, Some(3.0)),
                Finding::Undecided,
            ),
            (
                Metric::HitRatio,
                difference(0.2, Some(0.1)),
                Finding::Better,
            ),
            (
                Metric::HitRatio,
                difference(-0.2, Some(0.1)),
                Finding::Worse,
            ),
            (
                Metric::StoreReads,
                difference(0.0, Some(0.0)),
                Finding::Same,
            ),
            (
                Metric::StoreReads,
                difference(-5.0, None),
                Finding::Undecided,
            ),
            (Metric::StoreReads, difference(0.0, None), Finding::Same),
        ];
        for (metric, difference, wanted) in cases {
            assert_eq!(
                finding(metric, difference),
                wanted,
                "{metric:?} {difference:?}"
            );
        }
    }
}
