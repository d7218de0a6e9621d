//! The grammar of quantities: how each is read from text, and printed so that it reads the same again.

use std::fmt;
use std::str::FromStr;

use super::{Bandwidth, Duration, MS, Rate, S, Share, Size, TimeOfDay, US};

/// Units of time from the largest, with their length in nanoseconds.
const TIME_UNITS: [(&str, i64); 7] = [
    ("d", 86_400 * S),
    ("h", 3_600 * S),
    ("m", 60 * S),
    ("s", S),
    ("ms", MS),
    ("us", US),
    ("ns", 1),
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

/// What people write for units of time, in small letters, and what it is here.
const TIME_SLIPS: [(&[&str], &str); 7] = [
    (&["d", "day", "days"], "d"),
    (&["h", "hr", "hrs", "hour", "hours"], "h"),
    (&["m", "min", "mins", "minute", "minutes"], "m"),
    (&["s", "sec", "secs", "second", "seconds"], "s"),
    (&["ms", "msec", "msecs", "millis", "milliseconds"], "ms"),
    (&["us", "usec", "micros", "microseconds", "μs"], "us"),
    (&["ns", "nsec", "nanos", "nanoseconds"], "ns"),
];

/// The longest length of time that can be read, some 285 years: below it no sum of two overflows 64 bits by
/// surprise.
const DURATION_MAX_NS: u128 = 9_000_000_000_000_000_000;

/// The largest size that can be read.
const SIZE_MAX_BYTES: u128 = 1_000_000_000_000_000_000;

/// Why a text is not a quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadQuantity {
    /// What was expected, with an example, in words for the user.
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

/// A non-negative decimal number as it is written, so that times and sizes are not rounded on their way
/// through a float.
struct Decimal<'t> {
    whole: &'t str,
    fraction: &'t str,
}

impl<'t> Decimal<'t> {
    /// Splits off a leading number: digits, and perhaps a dot with digits behind it.
    fn leading(text: &'t str) -> Option<(Self, &'t str)> {
        let digits = |text: &str| {
            let end = text.find(|c: char| !c.is_ascii_digit());
            end.unwrap_or(text.len())
        };
        let (whole, rest) = text.split_at(digits(text));
        let (fraction, rest) = match rest.strip_prefix('.') {
            Some(behind) => behind.split_at(digits(behind)),
            None => ("", rest),
        };
        let has_dot = text.len() > whole.len() + fraction.len() + rest.len();
        if whole.is_empty() || (has_dot && fraction.is_empty()) {
            return None;
        }
        Some((Decimal { whole, fraction }, rest.trim_start()))
    }

    /// So many times `unit`, rounded to a whole number; `None` beyond 10^19 of them.
    fn times(&self, unit: u64) -> Option<u128> {
        /// Digits behind these are below anything's smallest unit.
        const DIGITS_MAX: usize = 19;
        let whole: u64 = self.whole.parse().ok()?;
        let digits = &self.fraction[..self.fraction.len().min(DIGITS_MAX)];
        let numerator: u128 = if digits.is_empty() {
            0
        } else {
            digits.parse().ok()?
        };
        let denominator = 10u128.pow(digits.len() as u32);
        let part = (numerator * u128::from(unit) + denominator / 2) / denominator;
        Some(u128::from(whole) * u128::from(unit) + part)
    }

    fn to_f64(&self) -> f64 {
        let text = format!("{}.{}", self.whole, self.fraction);
        text.parse().expect("digits, a dot and digits are a number")
    }
}

/// Splits off a leading unit: the run of letters.
fn leading_unit(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

fn unit_of_time(unit: &str) -> Result<u64, BadQuantity> {
    let canonical = if unit == "µs" { "us" } else { unit };
    if let Some((_, ns)) = TIME_UNITS.iter().find(|(name, _)| *name == canonical) {
        return Ok(*ns as u64);
    }
    let small = unit.to_lowercase();
    let meant = TIME_SLIPS
        .iter()
        .find(|(slips, _)| slips.contains(&small.as_str()));
    Err(bad(match meant {
        Some((_, meant)) => format!("`{unit}` is not a unit of time: did you mean `{meant}`?"),
        None => format!("`{unit}` is not a unit of time; use d, h, m, s, ms, us or ns"),
    }))
}

fn unit_of_size(unit: &str) -> Result<u64, BadQuantity> {
    if let Some((_, bytes)) = SIZE_UNITS.iter().find(|(name, _)| *name == unit) {
        return Ok(*bytes);
    }
    let same = |name: &&(&str, u64)| {
        name.0.eq_ignore_ascii_case(unit) || name.0.eq_ignore_ascii_case(&format!("{unit}B"))
    };
    // The larger of a pair stands first: a `k` is 1000 here, as in `KB`.
    let meant = SIZE_UNITS.iter().find(same);
    Err(bad(match meant {
        Some((meant, _)) => format!("`{unit}` is not a unit of size: did you mean `{meant}`?"),
        None => format!("`{unit}` is not a unit of size; use B, KB, KiB, MB, MiB, GB or GiB"),
    }))
}

impl FromStr for Duration {
    type Err = BadQuantity;

    /// Reads one or more numbers with their units: `"60s"`, `"1.5h"`, `"1h30m"`.
    fn from_str(text: &str) -> Result<Self, BadQuantity> {
        let expected =
            || bad("expected a duration with a unit, such as \"60s\", \"1.5h\" or \"200ms\"");
        let too_long = || bad("a duration cannot exceed 285 years");
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(expected());
        }
        if rest.starts_with('-') {
            return Err(bad("a duration cannot be negative"));
        }
        let mut total = 0u128;
        while !rest.is_empty() {
            let (number, after) = Decimal::leading(rest).ok_or_else(expected)?;
            let (unit, after) = leading_unit(after);
            if unit.is_empty() && after.is_empty() {
                return Err(bad(format!(
                    "a duration needs a unit: \"{}s\"?",
                    text.trim()
                )));
            }
            if unit.is_empty() {
                return Err(expected());
            }
            let ns = unit_of_time(unit)?;
            total += number.times(ns).ok_or_else(too_long)?;
            if total > DURATION_MAX_NS {
                return Err(too_long());
            }
            rest = after;
        }
        Ok(Duration(total as i64))
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
        let (number, rest) = Decimal::leading(text).ok_or_else(expected)?;
        let (unit, rest) = leading_unit(rest);
        if unit.is_empty() && rest.is_empty() {
            return Err(bad(format!("a size needs a unit: \"{text}B\"?")));
        }
        if unit.is_empty() || !rest.is_empty() {
            return Err(expected());
        }
        let bytes = number.times(unit_of_size(unit)?);
        match bytes.filter(|bytes| *bytes <= SIZE_MAX_BYTES) {
            Some(bytes) => Ok(Size(bytes as u64)),
            None => Err(bad("a size cannot exceed 10^18 bytes")),
        }
    }
}

/// Reads what follows the slash of a rate: `"s"`, `"75s"`, `"m"`.
fn period(text: &str) -> Result<Duration, BadQuantity> {
    let text = text.trim();
    let with_number = if text.starts_with(|c: char| c.is_alphabetic()) {
        format!("1{text}")
    } else {
        text.to_owned()
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
        if text.trim().starts_with('-') {
            return Err(bad("a rate cannot be negative"));
        }
        let (count, per) = text.split_once('/').ok_or_else(expected)?;
        let (count, rest) = Decimal::leading(count.trim()).ok_or_else(expected)?;
        let count = count.to_f64();
        if !rest.is_empty() || !count.is_finite() {
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
        let (number, rest) = Decimal::leading(text).ok_or_else(expected)?;
        let percent = number.to_f64();
        if rest != "%" || !percent.is_finite() {
            return Err(expected());
        }
        Ok(Share(percent / 100.0))
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
    /// The shortest percentage that reads as this share again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0 * 100.0;
        // Ten digits hide the last bit of the product and keep every share that anybody writes.
        let short = (percent * 1e10).round() / 1e10;
        let candidates = [short, percent, percent.next_down(), percent.next_up()];
        let exact = candidates.iter().find(|c| **c / 100.0 == self.0);
        write!(f, "{}%", exact.unwrap_or(&percent))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}
