//! Fetches by what made each of them necessary.

use crate::scenario::metric::Metric;
use crate::sim::observation::MissCause;

/// How many fetches had which cause; together they are all fetches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Misses([u64; 6]);

impl Misses {
    /// Every cause, in the order of reports: from what any cache has to what is a choice.
    pub const CAUSES: [MissCause; 6] = [
        MissCause::Absent,
        MissCause::Expired,
        MissCause::TooOld,
        MissCause::ValueExpired,
        MissCause::Dropped,
        MissCause::LookedPast,
    ];

    /// Under which name a cause is counted.
    pub fn metric(cause: MissCause) -> Metric {
        match cause {
            MissCause::Absent => Metric::AbsentMisses,
            MissCause::Expired => Metric::ExpiredMisses,
            MissCause::TooOld => Metric::TooOldMisses,
            MissCause::ValueExpired => Metric::ValueExpiredMisses,
            MissCause::Dropped => Metric::DroppedMisses,
            MissCause::LookedPast => Metric::LookedPastMisses,
        }
    }

    /// As many of each cause, by its place among [`Misses::CAUSES`], as `count` tells.
    pub fn of_counts(count: impl Fn(usize) -> u64) -> Self {
        Misses(std::array::from_fn(count))
    }

    /// Counts a fetch.
    #[inline]
    pub fn count(&mut self, cause: MissCause) {
        self.0[cause as usize] += 1;
    }

    /// How many there were of a cause.
    pub fn of(&self, cause: MissCause) -> u64 {
        self.0[cause as usize]
    }

    /// How many there were in all.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Adds others.
    pub fn merge(&mut self, other: &Misses) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }
}
