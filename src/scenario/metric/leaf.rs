//! What is printed as one number: a metric, or a statistic of it.

use super::{METRICS, Metric, Statistic, Unit};

/// One printed number: a metric and, for a distribution, which statistic of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The metric.
    pub metric: Metric,
    /// The statistic; `None` for a count or a ratio.
    pub statistic: Option<Statistic>,
}

impl Leaf {
    /// Every leaf, in the order of the files.
    pub fn all() -> impl Iterator<Item = Leaf> {
        METRICS.iter().flat_map(|info| {
            let statistics: &[Statistic] = if info.is_distribution {
                &Statistic::ALL
            } else {
                &[]
            };
            let plain = (!info.is_distribution).then_some(Leaf {
                metric: info.metric,
                statistic: None,
            });
            let each = statistics.iter().map(|s| Leaf {
                metric: info.metric,
                statistic: Some(*s),
            });
            plain.into_iter().chain(each)
        })
    }

    /// Its name in `summary.csv`: `stale_read_ratio`, `staleness_s.p99`.
    pub fn key(self) -> String {
        let key = self.metric.info().key;
        match self.statistic {
            None => key.to_owned(),
            Some(statistic) => format!("{key}.{}", statistic.name()),
        }
    }

    /// Whether it is a whole number in a single run.
    pub fn is_whole(self) -> bool {
        match self.metric.info().unit {
            Unit::Count => true,
            Unit::Versions => self.statistic != Some(Statistic::Mean),
            Unit::Ratio | Unit::Seconds | Unit::Milliseconds => false,
        }
    }
}
