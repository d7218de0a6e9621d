//! Times of operations: shifted so that the first is 0, never decreasing, never beyond what is simulated.

use crate::scenario::bounds::SPAN_MAX;
use crate::units::{Duration, Time};

/// What the times of a file are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The scenario's time 0.
    Scenario,
    /// Something else; the first operation is at time 0.
    FirstOperation,
}

/// The time so far.
#[derive(Debug)]
pub struct Clock {
    /// What the file calls time 0, in nanoseconds; `None` before the first operation.
    zero: Option<i64>,
    last: Time,
}

impl Clock {
    /// Before the first operation.
    pub fn new(origin: Origin) -> Self {
        Clock {
            zero: (origin == Origin::Scenario).then_some(0),
            last: Time(0),
        }
    }

    /// The time of the next operation, at `instant` by the file's clock in nanoseconds; else what is wrong with it.
    #[inline]
    pub fn advance(&mut self, instant: i64) -> Result<Time, String> {
        let zero = *self.zero.get_or_insert(instant);
        let time = instant.checked_sub(zero).map(Time);
        match time {
            Some(time) if time >= self.last && time.0 <= SPAN_MAX.0 => {
                self.last = time;
                Ok(time)
            }
            Some(time) if time < self.last => Err(format!(
                "times must not decrease, and this is {} earlier than the operation before",
                self.last - time
            )),
            _ => Err(format!("this is more than {SPAN_MAX} after time 0")),
        }
    }

    /// How long after the file's `instant` the last operation was, if it was after it.
    pub fn lateness(&self, instant: i64) -> Option<Duration> {
        let time = Time(instant.checked_sub(self.zero?)?);
        (time < self.last).then(|| self.last - time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_operation_is_at_time_0_and_times_do_not_decrease() {
        let mut clock = Clock::new(Origin::FirstOperation);
        assert_eq!(clock.advance(1_700_000_000_000_000_000), Ok(Time(0)));
        assert_eq!(clock.advance(1_700_000_000_000_000_005), Ok(Time(5)));
        assert_eq!(clock.advance(1_700_000_000_000_000_005), Ok(Time(5)));
        let earlier = clock.advance(1_700_000_000_000_000_003);
        assert!(
            earlier
                .expect_err("it is earlier")
                .contains("this is 2ns earlier")
        );
        assert_eq!(clock.lateness(1_700_000_000_000_000_002), Some(Duration(3)));
        let far = clock.advance(i64::MAX);
        assert!(far.expect_err("it is far").contains("30000d after time 0"));
        assert_eq!(Clock::new(Origin::Scenario).advance(7), Ok(Time(7)));
    }
}
