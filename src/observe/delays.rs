//! The delays that messages drew on each link, to be held against those that were asked for.

use super::histogram::Histogram;
use crate::units::Duration;

/// What was drawn on a link for what was asked over it in the measured time. Of a link on which every message takes
/// equally long, nothing is drawn and nothing recorded.
#[derive(Clone, Debug, Default)]
pub struct LinkDelays {
    /// One way, towards the store.
    pub up: Histogram,
    /// One way, back.
    pub down: Histogram,
}

impl LinkDelays {
    /// Records the delays of a request and of its answer.
    #[inline]
    pub fn record(&mut self, up: Duration, down: Duration) {
        self.up.record_time(up);
        self.down.record_time(down);
    }

    /// Adds what was drawn elsewhere on this link.
    pub fn merge(&mut self, other: &LinkDelays) {
        self.up.merge(&other.up);
        self.down.merge(&other.down);
    }
}
