//! Quantities with units: how they are held, read from text and printed.
//!
//! Every quantity a person writes says its unit (`"60s"`, `"5/s"`, `"25MiB"`, `"95%"`); every quantity the
//! code holds says it in its type. Each type prints in the grammar it reads, so printing and reading again
//! gives the same value.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};
use std::str::FromStr;

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

const NS: i64 = 1;
const US: i64 = 1_000 * NS;
const MS: i64 = 1_000 * US;
const S: i64 = 1_000 * MS;

/// Units of time from the largest, with their length in nanoseconds.
const TIME_UNITS: [(&str, i64); 7] = [
    ("d", 86_400 * S),
    ("h", 3_600 * S),
    ("m", 60 * S),
    ("s", S),
    ("ms", MS),
    ("us", US),
    ("ns", NS),
];

/// Units of size from the largest, with their length in bytes. `KB` is a thousand bytes, `KiB` is 1024.
const SIZE_UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1_000),
    ("B", 1),
];

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

    /// So many whole seconds.
    pub const fn from_secs(seconds: i64) -> Self {
        Duration(seconds * S)
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

impl Mul<i64> for Duration {
    type Output = Duration;
    fn mul(self, times: i64) -> Duration {
        Duration(self.0 * times)
    }
}

/// Why a text is not a quantity: what was expected, in words that finish "expected …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadQuantity {
    /// A sentence for the user, with an example of what would be right.
    pub message: String,
}

impl fmt::Display for BadQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BadQuantity {}

fn bad(message: impl Into<String>) -> BadQuantity {
    BadQuantity {
        message: message.into(),
    }
}

/// Splits off a leading non-negative decimal number.
fn leading_number(text: &str) -> Option<(f64, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number = text[..end].parse().ok()?;
    Some((number, text[end..].trim_start()))
}

/// Splits off a leading unit: the run of letters.
fn leading_unit(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_alphabetic() && c != 'µ')
        .unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

fn unit_of_time(unit: &str) -> Option<i64> {
    let unit = if unit == "µs" { "us" } else { unit };
    TIME_UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, ns)| *ns)
}

fn unit_of_size(unit: &str) -> Option<u64> {
    SIZE_UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, bytes)| *bytes)
}

impl FromStr for Duration {
    type Err = BadQuantity;

    /// Reads one or more numbers with their units: `"60s"`, `"1.5h"`, `"1h30m"`.
    fn from_str(text: &str) -> Result<Self, BadQuantity> {
        let expected =
            || bad("expected a duration with a unit, such as \"60s\", \"1.5h\" or \"200ms\"");
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(expected());
        }
        if rest.starts_with('-') {
            return Err(bad("a duration cannot be negative"));
        }
        let mut total = 0.0;
        while !rest.is_empty() {
            let (number, after) = leading_number(rest).ok_or_else(expected)?;
            let (unit, after) = leading_unit(after);
            if unit.is_empty() {
                return Err(bad(format!(
                    "a duration needs a unit: \"{}s\"?",
                    text.trim()
                )));
            }
            let ns = unit_of_time(unit).ok_or_else(|| {
                bad(format!(
                    "`{unit}` is not a unit of time; use d, h, m, s, ms, us or ns"
                ))
            })?;
            total += number * ns as f64;
            rest = after;
        }
        if total > 9e18 {
            return Err(bad("a duration cannot exceed 285 years"));
        }
        Ok(Duration(total.round() as i64))
    }
}

impl FromStr for Size {
    type Err = BadQuantity;

    /// Reads a number and a unit: `"288B"`, `"2KiB"`, `"25MiB"`.
    fn from_str(text: &str) -> Result<Self, BadQuantity> {
        let expected =
            || bad("expected a size with a unit, such as \"288B\", \"2KiB\" or \"25MiB\"");
        let text = text.trim();
        if text.starts_with('-') {
            return Err(bad("a size cannot be negative"));
        }
        let (number, rest) = leading_number(text).ok_or_else(expected)?;
        let (unit, rest) = leading_unit(rest);
        if unit.is_empty() && rest.is_empty() {
            return Err(bad(format!("a size needs a unit: \"{text}B\"?")));
        }
        if !rest.is_empty() {
            return Err(expected());
        }
        let bytes = unit_of_size(unit).ok_or_else(|| {
            bad(format!(
                "`{unit}` is not a unit of size; use B, KB, KiB, MB, MiB, GB or GiB"
            ))
        })?;
        let total = number * bytes as f64;
        if total > 1e18 {
            return Err(bad("a size cannot exceed 10^18 bytes"));
        }
        Ok(Size(total.round() as u64))
    }
}

/// Reads what follows the slash of a rate: `"s"`, `"75s"`, `"m"`.
fn period(text: &str) -> Result<Duration, BadQuantity> {
    let text = text.trim();
    let with_number = if text.starts_with(|c: char| c.is_ascii_digit()) {
        text.to_owned()
    } else {
        format!("1{text}")
    };
    let period = Duration::from_str(&with_number)?;
    if period == Duration::ZERO {
        return Err(bad("a rate cannot be per no time at all"));
    }
    Ok(period)
}

impl FromStr for Rate {
    type Err = BadQuantity;

    /// Reads a count, a slash and a length of time: `"5/s"`, `"1/75s"`, `"0.5/m"`.
    fn from_str(text: &str) -> Result<Self, BadQuantity> {
        let expected = || bad("expected a rate, such as \"5/s\", \"100/m\" or \"1/75s\"");
        let (count, per) = text.split_once('/').ok_or_else(expected)?;
        if count.trim().starts_with('-') {
            return Err(bad("a rate cannot be negative"));
        }
        let (count, rest) = leading_number(count.trim()).ok_or_else(expected)?;
        if !rest.is_empty() {
            return Err(expected());
        }
        Ok(Rate {
            count,
            per: period(per)?,
        })
    }
}

impl FromStr for Bandwidth {
    type Err = BadQuantity;

    /// Reads a size, a slash and a length of time: `"100MiB/s"`.
    fn from_str(text: &str) -> Result<Self, BadQuantity> {
        let (size, per) = text
            .split_once('/')
            .ok_or_else(|| bad("expected a bandwidth, such as \"100MiB/s\", or \"none\""))?;
        let size = Size::from_str(size)?;
        if size.0 == 0 {
            return Err(bad(
                "a bandwidth of nothing would never deliver; \"none\" means unlimited",
            ));
        }
        Ok(Bandwidth {
            size,
            per: period(per)?,
        })
    }
}

impl FromStr for Share {
    type Err = BadQuantity;

    /// Reads a number and a percent sign: `"95%"`.
    fn from_str(text: &str) -> Result<Self, BadQuantity> {
        let expected = || bad("expected a share in percent, such as \"95%\"");
        let text = text.trim();
        if text.starts_with('-') {
            return Err(bad("a share cannot be negative"));
        }
        let (number, rest) = leading_number(text).ok_or_else(expected)?;
        if rest != "%" {
            return Err(expected());
        }
        Ok(Share(number / 100.0))
    }
}

impl FromStr for TimeOfDay {
    type Err = BadQuantity;

    /// Reads hours and minutes: `"20:00"`.
    fn from_str(text: &str) -> Result<Self, BadQuantity> {
        let expected = || bad("expected a time of day, such as \"20:00\"");
        let (hours, minutes) = text.trim().split_once(':').ok_or_else(expected)?;
        let all_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(hours) || !all_digits(minutes) {
            return Err(expected());
        }
        let (hours, minutes): (u32, u32) = (
            hours.parse().map_err(|_| expected())?,
            minutes.parse().map_err(|_| expected())?,
        );
        if hours > 23 || minutes > 59 {
            return Err(bad("a time of day runs from \"00:00\" to \"23:59\""));
        }
        Ok(TimeOfDay {
            minutes: hours * 60 + minutes,
        })
    }
}

impl fmt::Display for Duration {
    /// The largest unit that gives a whole number: `"90s"`, `"5m"`, `"1500us"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let fits = |(_, ns): &&(&str, i64)| self.0 % ns == 0;
        let (unit, ns) = TIME_UNITS
            .iter()
            .find(fits)
            .expect("every length is a whole number of nanoseconds");
        write!(f, "{}{unit}", self.0 / ns)
    }
}

impl fmt::Display for Size {
    /// The largest unit that gives a whole number: `"2KiB"`, `"288B"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0B");
        }
        let fits = |(_, bytes): &&(&str, u64)| self.0.is_multiple_of(*bytes);
        let (unit, bytes) = SIZE_UNITS
            .iter()
            .find(fits)
            .expect("every size is a whole number of bytes");
        write!(f, "{}{unit}", self.0 / bytes)
    }
}

/// `"s"` for one second, `"75s"` for more: what follows the slash of a rate.
fn fmt_period(per: Duration, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let text = per.to_string();
    f.write_str(
        text.strip_prefix('1')
            .filter(|unit| unit.starts_with(char::is_alphabetic))
            .unwrap_or(&text),
    )
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.count)?;
        fmt_period(self.per, f)
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.size)?;
        fmt_period(self.per, f)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Ten digits hide the last bit of `x * 100` and keep every share that anybody writes.
        let percent = (self.0 * 1e12).round() / 1e10;
        write!(f, "{percent}%")
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}
