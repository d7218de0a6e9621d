//! How far behind the wall clock events happen, measured and warned of.

use crate::live::pace::Pace;
use crate::live::session::{LAG_TOLERANCE, Lag};
use crate::units::Time;
use std::time::{Duration, Instant};

/// How often lag is warned of.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// Measures how far behind the wall clock events happen.
#[derive(Default)]
pub(super) struct LagMeter {
    /// What there is to be told.
    pub(super) lag: Lag,
    /// The most since the last look.
    since_s: f64,
    /// What is due before this was skipped by a step, and is not late.
    pub(super) skipped_to: Time,
    /// When that was last warned of.
    warned: Option<Instant>,
}

impl LagMeter {
    /// A second is over.
    pub(super) fn look(&mut self) {
        self.lag.now_s = std::mem::take(&mut self.since_s);
        let is_late = self.lag.now_s > LAG_TOLERANCE.as_secs_f64();
        if is_late && self.warned.is_none_or(|then| then.elapsed() > WARN_EVERY) {
            let lag_ms = self.lag.now_s * 1e3;
            tracing::warn!(
                lag_ms,
                "events come late: the machine is too busy, and delays are too long"
            );
            self.warned = Some(Instant::now());
        }
    }

    /// What was due at `due` happens at `now`.
    pub(super) fn note(&mut self, due: Time, now: Time, pace: &Pace) {
        if due < self.skipped_to {
            return;
        }
        let lag_s = pace.wall_s(now - due);
        self.since_s = self.since_s.max(lag_s);
        self.lag.most_s = self.lag.most_s.max(lag_s);
        self.lag.late_events += u64::from(lag_s > LAG_TOLERANCE.as_secs_f64());
    }
}
