//! Quantities with units: how they are held, read from text and printed.
//!
//! Every quantity a person writes says its unit (`"60s"`, `"5/s"`, `"25MiB"`, `"95%"`); every quantity the
//! code holds says it in its type. Each type prints in the grammar it reads, so printing and reading again
//! gives the same value; that grammar stands in `units/text.rs`.

mod text;

use std::ops::{Add, AddAssign, Mul, Sub};

pub use text::BadQuantity;

/// An instant of simulated time in nanoseconds; 0 is where the measured time begins, warm-up lies before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

/// A length of simulated time in nanoseconds, never negative when read from text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub i64);

/// A number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(pub u64);

/// So many events per length of time, as written: `"5/s"`, `"1/75s"`, `"100/m"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// How many.
    pub count: f64,
    /// In how long.
    pub per: Duration,
}

/// So many bytes per length of time: `"100MiB/s"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bandwidth {
    /// How much.
    pub size: Size,
    /// In how long.
    pub per: Duration,
}

/// A part of a whole, 1.0 being all of it; may exceed it where that makes sense (`"160%"`).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Share(pub f64);

/// A time of day to the minute: `"20:00"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeOfDay {
    /// Minutes since midnight, below 1440.
    pub minutes: u32,
}

const US: i64 = 1_000;
const MS: i64 = 1_000 * US;
const S: i64 = 1_000 * MS;

impl Time {
    /// The instant `seconds` after the measured time begins.
    pub fn from_secs_f64(seconds: f64) -> Self {
        Time((seconds * S as f64).round() as i64)
    }

    /// Seconds since the measured time began.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / S as f64
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0);

    /// So many whole seconds; saturates beyond 292 years.
    pub const fn from_secs(seconds: i64) -> Self {
        Duration(seconds.saturating_mul(S))
    }

    /// So many whole milliseconds.
    pub const fn from_millis(milliseconds: i64) -> Self {
        Duration(milliseconds * MS)
    }

    /// The nearest length to `seconds`; saturates beyond 292 years.
    pub fn from_secs_f64(seconds: f64) -> Self {
        Duration((seconds * S as f64).round() as i64)
    }

    /// The length in seconds.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / S as f64
    }

    /// The length in milliseconds.
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / MS as f64
    }
}

impl Rate {
    /// Events per second.
    pub fn per_second(self) -> f64 {
        self.count / self.per.as_secs_f64()
    }
}

impl Bandwidth {
    /// How long `size` takes.
    pub fn time_for(self, size: Size) -> Duration {
        Duration((size.0 as f64 * self.per.0 as f64 / self.size.0 as f64).round() as i64)
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, length: Duration) -> Time {
        Time(self.0 + length.0)
    }
}

impl Sub<Duration> for Time {
    type Output = Time;
    fn sub(self, length: Duration) -> Time {
        Time(self.0 - length.0)
    }
}

impl Sub for Time {
    type Output = Duration;
    fn sub(self, earlier: Time) -> Duration {
        Duration(self.0 - earlier.0)
    }
}

impl AddAssign<Duration> for Time {
    fn add_assign(&mut self, length: Duration) {
        self.0 += length.0;
    }
}

impl Add for Duration {
    type Output = Duration;
    fn add(self, other: Duration) -> Duration {
        Duration(self.0 + other.0)
    }
}

impl Sub for Duration {
    type Output = Duration;
    fn sub(self, other: Duration) -> Duration {
        Duration(self.0 - other.0)
    }
}

/// Saturates beyond 292 years.
impl Mul<i64> for Duration {
    type Output = Duration;
    fn mul(self, times: i64) -> Duration {
        Duration(self.0.saturating_mul(times))
    }
}
