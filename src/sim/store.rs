//! The central store: one register per key, where the last commit wins.

use crate::scenario::{Store, WriteLimitRule};
use crate::units::{Duration, Size, Time};

/// An instant that never comes.
pub const NEVER: Time = Time(i64::MAX);

/// A key at the store.
#[derive(Clone, Debug)]
pub struct Register {
    /// The latest version; 0 is what the key was before anything was written.
    version: u32,
    size: Size,
    /// From when on the value is missing.
    expires_at: Time,
    limiter: WriteLimiter,
}

/// What a cache gets to know when it asks: a version, and how old that knowledge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The version; its value may be "missing".
    pub version: u32,
    /// Size of the value: an opaque thing here.
    pub size: Size,
    /// From when on the value is missing; [`NEVER`] if it does not expire, or has already.
    pub expires_at: Time,
    /// When the store was asked: the version was the latest at that instant.
    pub sampled_at: Time,
    /// The age that is handed on, transit not counted.
    pub age: Duration,
}

impl Register {
    /// A key that nobody has written; `size` is that of its value.
    pub fn new(size: Size) -> Self {
        Register {
            version: 0,
            size,
            expires_at: NEVER,
            limiter: WriteLimiter::default(),
        }
    }

    /// A read at `now`.
    pub fn sample(&self, now: Time) -> Answer {
        let answer = Answer {
            version: self.version,
            size: self.size,
            expires_at: self.expires_at,
            sampled_at: now,
            age: Duration::ZERO,
        };
        if now >= self.expires_at {
            return Answer {
                size: Size(0),
                expires_at: NEVER,
                ..answer
            };
        }
        answer
    }

    /// A put or delete (a value of no size) at `now`: its version, or `None` if the limit refuses it.
    pub fn write(
        &mut self,
        now: Time,
        size: Size,
        ttl: Option<Duration>,
        store: &Store,
    ) -> Option<u32> {
        if !self.limiter.accepts(now, store) {
            return None;
        }
        self.version += 1;
        self.size = size;
        self.expires_at = ttl.map_or(NEVER, |ttl| now + ttl);
        Some(self.version)
    }

    /// From when on the latest version's value is missing.
    pub fn expires_at(&self) -> Time {
        self.expires_at
    }
}

/// Decides which writes of a key are refused with 429.
#[derive(Clone, Debug, Default)]
struct WriteLimiter {
    /// The last write that counts for the rule; `None` before the first.
    last: Option<Time>,
    /// Accepted in the period of `last`, for the calendar's rule.
    accepted: u32,
}

impl WriteLimiter {
    fn accepts(&mut self, now: Time, store: &Store) -> bool {
        let Some(limit) = store.write_limit else {
            return true;
        };
        let gap = Duration((limit.per.0 as f64 / limit.count).round() as i64);
        match store.write_limit_rule {
            WriteLimitRule::SinceAccepted => {
                let accepts = self.last.is_none_or(|last| now - last >= gap);
                if accepts {
                    self.last = Some(now);
                }
                accepts
            }
            WriteLimitRule::SinceAttempt => {
                let accepts = self.last.is_none_or(|last| now - last >= gap);
                self.last = Some(now);
                accepts
            }
            WriteLimitRule::CalendarSecond => {
                let period = |time: Time| time.0.div_euclid(limit.per.0);
                if self.last.is_none_or(|last| period(last) != period(now)) {
                    self.accepted = 0;
                }
                self.last = Some(now);
                let accepts = f64::from(self.accepted) < limit.count;
                self.accepted += u32::from(accepts);
                accepts
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Rate;

    fn accepted(rule: WriteLimitRule, limit: &str, arrivals_ms: &[i64]) -> Vec<bool> {
        let limit: Rate = limit.parse().expect("a rate");
        let store = Store {
            at: "IAD".into(),
            service_time: Duration::ZERO,
            write_limit: Some(limit),
            write_limit_rule: rule,
            initially_present: true,
        };
        let mut register = Register::new(Size(1));
        let at = |ms: &i64| Time(ms * 1_000_000);
        arrivals_ms
            .iter()
            .map(|ms| register.write(at(ms), Size(1), None, &store).is_some())
            .collect()
    }

    #[test]
    fn a_write_keeps_its_distance_from_the_last_accepted_one() {
        let rule = WriteLimitRule::SinceAccepted;
        assert_eq!(
            accepted(rule, "1/s", &[0, 999, 1000, 1500, 2000]),
            [true, false, true, false, true]
        );
        assert_eq!(accepted(rule, "2/s", &[0, 499, 500]), [true, false, true]);
    }

    #[test]
    fn a_refused_attempt_counts_where_attempts_count() {
        let rule = WriteLimitRule::SinceAttempt;
        assert_eq!(
            accepted(rule, "1/s", &[0, 999, 1000, 2000]),
            [true, false, false, true]
        );
    }

    #[test]
    fn the_first_ones_of_each_second_are_accepted_by_the_calendar() {
        let rule = WriteLimitRule::CalendarSecond;
        assert_eq!(
            accepted(rule, "1/s", &[-1, 0, 999, 1000]),
            [true, true, false, true]
        );
        assert_eq!(
            accepted(rule, "2/s", &[0, 100, 200, 1000]),
            [true, true, false, true]
        );
    }

    #[test]
    fn an_expired_value_is_missing_and_no_new_version() {
        let store = Store {
            at: "IAD".into(),
            service_time: Duration::ZERO,
            write_limit: None,
            write_limit_rule: WriteLimitRule::SinceAccepted,
            initially_present: true,
        };
        let mut register = Register::new(Size(5));
        register.write(Time(0), Size(7), Some(Duration(10)), &store);
        assert_eq!(
            (
                register.sample(Time(9)).size,
                register.sample(Time(9)).expires_at
            ),
            (Size(7), Time(10))
        );
        assert_eq!(
            (
                register.sample(Time(10)).size,
                register.sample(Time(10)).expires_at
            ),
            (Size(0), NEVER)
        );
        assert_eq!(register.sample(Time(10)).version, 1);
    }
}
