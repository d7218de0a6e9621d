//! The central store: one register per key, where the last commit wins.

use crate::scenario::{PopIndex, Store, WriteLimitRule};
use crate::units::{Duration, Size, Time};

/// An instant that never comes.
pub const NEVER: Time = Time(i64::MAX);

/// A key at the store: every version it has had, in commit order.
#[derive(Clone, Debug)]
pub struct Register {
    /// Version 0: what the key was before anything was written.
    initial: Stored,
    commits: Vec<Commit>,
    /// When each was committed: apart, because that is what is looked through.
    committed: Vec<Time>,
    limiter: WriteLimiter,
}

/// A version as the store holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its number.
    pub version: u32,
    /// Whether there is no value: a delete, or a key that did not exist.
    pub is_missing: bool,
    /// Size of the value: an opaque thing here.
    pub size: Size,
    /// From when on the value is missing; [`NEVER`] if it does not expire.
    pub expires_at: Time,
}

/// When a value that is written expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiration {
    /// Not at all.
    Never,
    /// So long after its commit.
    After(Duration),
    /// At an instant.
    At(Time),
}

impl From<Option<Duration>> for Expiration {
    fn from(ttl: Option<Duration>) -> Self {
        ttl.map_or(Expiration::Never, Expiration::After)
    }
}

/// An accepted write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// What it made.
    pub stored: Stored,
    /// When it was committed.
    pub at: Time,
    /// When its writer knows.
    pub answered: Time,
    /// Where its writer is.
    pub pop: PopIndex,
}

/// What a cache gets to know when it asks: a version, and how old that knowledge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The version.
    pub version: u32,
    /// Whether there is no value.
    pub is_missing: bool,
    /// Size of the value: an opaque thing here.
    pub size: Size,
    /// From when on the value is missing; [`NEVER`] if it does not expire, or has already.
    pub expires_at: Time,
    /// When the store was asked: the version was the latest at that instant.
    pub sampled_at: Time,
    /// The age that is handed on, transit not counted.
    pub age: Duration,
}

impl Stored {
    /// What a read that arrives at `now` is told.
    pub fn answer(&self, now: Time) -> Answer {
        let is_over = now >= self.expires_at;
        Answer {
            version: self.version,
            is_missing: self.is_missing || is_over,
            size: if is_over { Size(0) } else { self.size },
            expires_at: if is_over { NEVER } else { self.expires_at },
            sampled_at: now,
            age: Duration::ZERO,
        }
    }
}

impl Register {
    /// A key that nobody has written; `size` is that of its value, if it has one.
    pub fn new(size: Option<Size>) -> Self {
        let initial = Stored {
            version: 0,
            is_missing: size.is_none(),
            size: size.unwrap_or(Size(0)),
            expires_at: NEVER,
        };
        Register {
            initial,
            commits: Vec::new(),
            committed: Vec::new(),
            limiter: WriteLimiter::default(),
        }
    }

    /// The latest version.
    pub fn latest(&self) -> &Stored {
        self.commits
            .last()
            .map_or(&self.initial, |commit| &commit.stored)
    }

    /// The latest version at an instant.
    pub fn at(&self, time: Time) -> &Stored {
        let version = self.committed.partition_point(|at| *at <= time);
        self.version(version as u32)
    }

    /// A version that was committed.
    pub fn version(&self, version: u32) -> &Stored {
        match version.checked_sub(1) {
            None => &self.initial,
            Some(index) => &self.commits[index as usize].stored,
        }
    }

    /// Every commit so far, in order: version 1 first.
    pub fn commits(&self) -> &[Commit] {
        &self.commits
    }

    /// When each version was committed: version 1 first.
    pub fn committed(&self) -> &[Time] {
        &self.committed
    }

    /// Whether the limit lets a put or delete pass that arrives at `now`.
    pub fn accepts(&mut self, now: Time, store: &Store) -> bool {
        self.limiter.accepts(now, store)
    }

    /// Commits an accepted put, or a delete (no size), at `now`; gives its version.
    pub fn commit(
        &mut self,
        now: Time,
        size: Option<Size>,
        expiration: Expiration,
        answered: Time,
        pop: PopIndex,
    ) -> u32 {
        let version = self.latest().version + 1;
        let expires_at = match expiration {
            Expiration::Never => NEVER,
            Expiration::After(ttl) => now + ttl,
            Expiration::At(time) => time,
        };
        let stored = Stored {
            version,
            is_missing: size.is_none(),
            size: size.unwrap_or(Size(0)),
            expires_at,
        };
        self.committed.push(now);
        self.commits.push(Commit {
            stored,
            at: now,
            answered,
            pop,
        });
        version
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
        let mut register = Register::new(Some(Size(1)));
        let at = |ms: &i64| Time(ms * 1_000_000);
        arrivals_ms
            .iter()
            .map(|ms| register.accepts(at(ms), &store))
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
        let mut register = Register::new(Some(Size(5)));
        assert_eq!(
            register.commit(
                Time(0),
                Some(Size(7)),
                Expiration::After(Duration(10)),
                Time(0),
                0
            ),
            1
        );
        let told = |now| {
            let answer = register.latest().answer(Time(now));
            (answer.version, answer.size, answer.expires_at)
        };
        assert_eq!(told(9), (1, Size(7), Time(10)));
        assert_eq!(told(10), (1, Size(0), NEVER));
    }
}
