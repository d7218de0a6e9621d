//! When the free plan runs out: each kind of operation has a quota a day, which starts anew at 00:00 UTC.

use super::{
    DAY_NS, FREE_BYTES, FREE_READS_PER_DAY, FREE_WRITES_PER_DAY, Usage, accepted_deletes,
    accepted_puts,
};
use crate::observe::findings::{Findings, Interval, Tally};
use crate::units::{Duration, TimeOfDay};

const HOUR_NS: i64 = DAY_NS / 24;

/// When each quota of the free plan runs out for the first time; `None` if it lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exhausted {
    /// Of reads.
    pub reads: Option<Moment>,
    /// Of puts.
    pub writes: Option<Moment>,
    /// Of deletes.
    pub deletes: Option<Moment>,
    /// Of pages of lists.
    pub lists: Option<Moment>,
    /// Of storage: from the start, or never.
    pub storage: Option<Moment>,
}

/// An hour of a day, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// From 1; day 1 is the day on which the measured time begins.
    pub day: u32,
    /// From 0 to 23.
    pub hour: u32,
}

impl Exhausted {
    /// When the quotas run out under this traffic, whose sum is `tally` and whose month is `usage`.
    pub fn by(traffic: &Traffic, tally: &Tally, usage: &Usage) -> Exhausted {
        let start = Moment {
            day: 1,
            hour: traffic.starts_at.minutes / 60,
        };
        Exhausted {
            reads: traffic.exhausts(FREE_READS_PER_DAY, tally.reads, |i| i.reads),
            writes: traffic.exhausts(FREE_WRITES_PER_DAY, accepted_puts(tally), |i| {
                (i.writes + i.rejected_deletes).saturating_sub(i.rejected_writes)
            }),
            deletes: traffic.exhausts(FREE_WRITES_PER_DAY, accepted_deletes(tally), |i| {
                i.deletes.saturating_sub(i.rejected_deletes)
            }),
            lists: traffic.exhausts(FREE_WRITES_PER_DAY, tally.list_pages, |i| i.list_pages),
            storage: (usage.storage_bytes > FREE_BYTES).then_some(start),
        }
    }

    /// By name, in the order of the bill.
    pub fn items(&self) -> [(&'static str, Option<Moment>); 5] {
        [
            ("reads", self.reads),
            ("writes", self.writes),
            ("deletes", self.deletes),
            ("lists", self.lists),
            ("storage", self.storage),
        ]
    }
}

/// When things were counted: what a daily quota is held against.
pub struct Traffic<'a> {
    /// What was counted.
    pub findings: &'a Findings,
    /// In so many pooled runs.
    pub runs: usize,
    /// Each so long.
    pub duration: Duration,
    /// And beginning at this time of day, UTC.
    pub starts_at: TimeOfDay,
}

/// Evenly spread counts between two instants, in nanoseconds since midnight of day 1.
struct Stretch {
    start: i64,
    end: i64,
    count: f64,
}

impl Traffic<'_> {
    /// The first hour in which a day's count exceeds `quota`. A run of a day or more is followed interval by
    /// interval. Where it ends before a whole day from midnight to midnight has passed, and throughout a
    /// shorter run, the mean rate stands in.
    fn exhausts(&self, quota: u64, total: u64, count: impl Fn(&Interval) -> u64) -> Option<Moment> {
        let runs = self.runs.max(1) as f64;
        let start = i64::from(self.starts_at.minutes) * (HOUR_NS / 60);
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut end = start;
        if self.duration.0 >= DAY_NS {
            for interval in &self.findings.timeline {
                let next = (end + self.findings.interval.0).min(start + self.duration.0);
                stretches.push(Stretch {
                    start: end,
                    end: next,
                    count: count(interval) as f64 / runs,
                });
                end = next;
            }
        }
        let first_whole_day = start.div_euclid(DAY_NS) + i64::from(start % DAY_NS != 0);
        let whole_day_ends = (first_whole_day + 1) * DAY_NS;
        if end < whole_day_ends {
            let share = (whole_day_ends - end) as f64 / self.duration.0 as f64;
            stretches.push(Stretch {
                start: end,
                end: whole_day_ends,
                count: total as f64 / runs * share,
            });
        }
        first_excess(quota as f64, &stretches)
    }
}

/// The hour in which the count since midnight first exceeds `quota`.
fn first_excess(quota: f64, stretches: &[Stretch]) -> Option<Moment> {
    let (mut day, mut used) = (0, 0.0);
    for stretch in stretches {
        let rate = stretch.count / (stretch.end - stretch.start) as f64;
        let mut from = stretch.start;
        while from < stretch.end {
            if from / DAY_NS != day {
                (day, used) = (from / DAY_NS, 0.0);
            }
            let to = stretch.end.min((day + 1) * DAY_NS);
            let more = rate * (to - from) as f64;
            // A sum of parts may miss a whole number by a rounding error: exactly the quota is enough.
            if used + more > quota * (1.0 + 1e-9) {
                let at = from + ((quota - used) / rate).round() as i64;
                let at = at.min(to - 1);
                return Some(Moment {
                    day: day as u32 + 1,
                    hour: (at % DAY_NS / HOUR_NS) as u32,
                });
            }
            used += more;
            from = to;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::findings::Class;
    use crate::pricing::Bill;
    use crate::scenario::Plan;

    /// Findings of one run that counted `reads` in each interval.
    fn findings(interval: Duration, reads: &[u64]) -> Findings {
        let timeline = reads.iter().map(|reads| Interval {
            reads: *reads,
            ..Interval::default()
        });
        let class = Class {
            tally: Tally {
                reads: reads.iter().sum(),
                ..Tally::default()
            },
            ..Default::default()
        };
        Findings {
            fresh_exposure: Default::default(),
            stale_exposure: Default::default(),
            pops: 1,
            classes: vec![Some(Box::new(class))],
            tiers: Vec::new(),
            delays: Vec::new(),
            convergence: Default::default(),
            timeline: timeline.collect(),
            interval,
            writes: Default::default(),
            reads: None,
            breaches: None,
            lanes: Default::default(),
            troubles: Default::default(),
            console: Default::default(),
        }
    }

    fn reads_exhausted(hour: u32, interval_h: i64, reads: &[u64]) -> Option<Moment> {
        let interval = Duration::from_secs(interval_h * 3600);
        let duration = interval * reads.len() as i64;
        let starts_at = TimeOfDay { minutes: hour * 60 };
        let traffic = Traffic {
            findings: &findings(interval, reads),
            runs: 1,
            duration,
            starts_at,
        };
        Bill::of(&traffic, 0.0, Plan::Free).exhausted.reads
    }

    #[test]
    fn quota_runs_out_at_the_mean_rate_of_a_short_run() {
        // 10,000 an hour last ten hours from midnight.
        let moment = |day, hour| Some(Moment { day, hour });
        assert_eq!(reads_exhausted(0, 1, &[10_001]), moment(1, 9));
        assert_eq!(reads_exhausted(0, 1, &[9_999]), moment(1, 10));
        // From 20:00 the first day lasts, the second, whole one does not.
        assert_eq!(reads_exhausted(20, 1, &[10_001]), moment(2, 9));
        assert_eq!(reads_exhausted(0, 1, &[4_000]), None);
    }

    #[test]
    fn quota_runs_out_in_the_busy_interval_of_a_long_run() {
        let moment = |day, hour| Some(Moment { day, hour });
        let two_days = [20_000, 20_000, 20_000, 20_000, 10_000, 10_000, 90_001, 10];
        assert_eq!(reads_exhausted(0, 6, &two_days), moment(2, 17));
        // Started at 12:00, the same counts fall on other days: 90,001 and 10 come after midnight.
        assert_eq!(reads_exhausted(12, 6, &two_days), None);
        // Exactly the quota is enough.
        assert_eq!(
            reads_exhausted(0, 6, &[25_000, 25_000, 25_000, 25_000]),
            None
        );
        // Half a day on either side of midnight never sees a whole day: the mean rate fills the second.
        assert_eq!(reads_exhausted(12, 12, &[60_000, 60_000]), moment(2, 20));
    }

    #[test]
    fn storage_is_exhausted_from_the_start_or_never() {
        let findings = findings(Duration::from_secs(3600), &[1]);
        let bill = |bytes| {
            let traffic = Traffic {
                findings: &findings,
                runs: 1,
                duration: Duration::from_secs(3600),
                starts_at: TimeOfDay { minutes: 90 },
            };
            Bill::of(&traffic, bytes, Plan::Free).exhausted.storage
        };
        assert_eq!(bill(1e9), None);
        assert_eq!(bill(1e9 + 1.0), Some(Moment { day: 1, hour: 1 }));
    }
}
