//! The intervals into which the measured time is cut for the timeline.

use super::findings::Interval;
use super::misses::Misses;
use crate::units::Duration;

/// How many intervals a timeline has at most.
pub const INTERVALS_MAX: i64 = 1000;

/// Lengths that people read easily, in seconds; longer ones are whole days.
const SECONDS: [i64; 13] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 21_600];

/// The length of an interval, and how many cover `duration`.
pub fn intervals(duration: Duration) -> (Duration, usize) {
    let fits = |length: &Duration| (duration.0 + length.0 - 1) / length.0 <= INTERVALS_MAX;
    let below_a_second =
        (0..9).flat_map(|power| [1, 2, 5].map(|digit| Duration(digit * 10i64.pow(power))));
    let of_seconds = SECONDS.map(Duration::from_secs);
    let of_days = (1..).map(|days| Duration::from_secs(86_400) * days);
    let length = below_a_second.chain(of_seconds).chain(of_days).find(fits);
    let length = length.expect("some number of days is long enough");
    (length, ((duration.0 + length.0 - 1) / length.0) as usize)
}

/// Counts by interval, each kind in a list of its own: those that are counted at every fetch so fit the CPU's
/// first cache.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "defined in the table of metrics")]
pub struct Counts {
    pub hits: Vec<u64>,
    pub coalesced_reads: Vec<u64>,
    pub refreshes: Vec<u64>,
    pub store_reads: Vec<u64>,
    pub stale_reads: Vec<u64>,
    pub writes: Vec<u64>,
    pub deletes: Vec<u64>,
    pub rejected_writes: Vec<u64>,
    pub rejected_deletes: Vec<u64>,
    pub list_pages: Vec<u64>,
    /// Fetches, by cause.
    pub misses: [Vec<u64>; Misses::CAUSES.len()],
}

impl Counts {
    /// Of so many intervals in which nothing has happened.
    pub fn new(intervals: usize) -> Self {
        let none = vec![0; intervals];
        Counts {
            hits: none.clone(),
            coalesced_reads: none.clone(),
            refreshes: none.clone(),
            store_reads: none.clone(),
            stale_reads: none.clone(),
            writes: none.clone(),
            deletes: none.clone(),
            rejected_writes: none.clone(),
            rejected_deletes: none.clone(),
            list_pages: none.clone(),
            misses: std::array::from_fn(|_| none.clone()),
        }
    }

    /// Adds them, interval by interval.
    pub fn add_to(&self, timeline: &mut [Interval]) {
        for (index, interval) in timeline.iter_mut().enumerate() {
            let misses = Misses::of_counts(|cause| self.misses[cause][index]);
            interval.merge(&Interval {
                reads: self.hits[index] + self.coalesced_reads[index] + misses.total(),
                hits: self.hits[index],
                coalesced_reads: self.coalesced_reads[index],
                fetches: misses.total(),
                refreshes: self.refreshes[index],
                store_reads: self.store_reads[index],
                stale_reads: self.stale_reads[index],
                writes: self.writes[index],
                deletes: self.deletes[index],
                rejected_writes: self.rejected_writes[index],
                rejected_deletes: self.rejected_deletes[index],
                list_pages: self.list_pages[index],
                misses,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_easy_to_read_and_at_most_a_thousand() {
        let of = |text: &str| {
            let (length, count) = intervals(text.parse().expect("a duration"));
            (length.to_string(), count)
        };
        assert_eq!(of("10m"), ("1s".into(), 600));
        assert_eq!(of("30m"), ("2s".into(), 900));
        assert_eq!(of("1d"), ("2m".into(), 720));
        assert_eq!(of("30d"), ("1h".into(), 720));
        assert_eq!(
            of("10y".replace('y', "000d").as_str()),
            ("10d".into(), 1000)
        );
        assert_eq!(of("1ns"), ("1ns".into(), 1));
        assert_eq!(of("61s"), ("100ms".into(), 610));
    }
}
