//! Numbers as people read them: three significant digits, a unit, commas between thousands.

use crate::scenario::metric::Unit;
use crate::stats::Estimate;
use crate::units::Duration;

/// A measured number in its metric's unit, with its interval if it has one: `30.0 % ± 4.0`, `59.9 s`.
pub fn estimate(unit: Unit, estimate: Estimate) -> String {
    let scale = Scale::of(unit, estimate.mean);
    let mean = estimate.mean * scale.factor;
    let Some(half_width) = estimate.half_width_95 else {
        return format!("{}{}", decimal(mean, scale.decimals(mean)), scale.suffix);
    };
    let half_width = half_width * scale.factor;
    let usual = scale.decimals(mean);
    // A half-width that two more digits would not show is nothing beside its mean.
    if half_width == 0.0 || decimals_for(half_width, 1) > usual + 2 {
        let mean = decimal(mean, usual);
        return format!("{mean}{} ± 0", scale.suffix);
    }
    // Enough decimals that the half-width does not look like nothing, not so many that they are noise.
    let decimals = usual
        .max(decimals_for(half_width, 1))
        .min(decimals_for(half_width, 2));
    let suffix = scale.suffix;
    format!(
        "{}{suffix} ± {}",
        decimal(mean, decimals),
        decimal(half_width, decimals)
    )
}

/// A difference with its sign: `−12.3 s ± 0.4`.
pub fn signed(unit: Unit, difference: Estimate) -> String {
    let sign = match difference.mean {
        mean if mean > 0.0 => "+",
        mean if mean < 0.0 => "−",
        _ => "",
    };
    let size = Estimate {
        mean: difference.mean.abs(),
        ..difference
    };
    format!("{sign}{}", estimate(unit, size))
}

/// The size of a difference of two numbers in their unit; that of shares is in points of a percentage.
pub fn difference(unit: Unit, size: Estimate) -> String {
    let text = estimate(unit, size);
    match unit {
        Unit::Ratio => text.replacen(" %", " points", 1),
        _ => text,
    }
}

/// A measured number in its metric's unit: `30.0 %`, `59.9 s`, `1,234`.
pub fn value(unit: Unit, value: f64) -> String {
    estimate(
        unit,
        Estimate {
            mean: value,
            half_width_95: None,
        },
    )
}

/// A length of time given in seconds: `59.9 s`, `1.04 ms`.
pub fn seconds(seconds: f64) -> String {
    value(Unit::Seconds, seconds)
}

/// A part of 1 in percent, precise near both ends: `30.0 %`, `99.91 %`.
pub fn percent(ratio: f64) -> String {
    value(Unit::Ratio, ratio)
}

/// A whole number with commas between thousands.
pub fn whole(number: u64) -> String {
    decimal(number as f64, 0)
}

/// An amount of money to the cent.
pub fn usd(dollars: f64) -> String {
    format!("${}", decimal(dollars, 2))
}

/// A number of bytes: `288 B`, `1.44 GB`; a kilobyte is a thousand.
pub fn bytes(bytes: u64) -> String {
    let (factor, suffix) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => (1e-3, "kB"),
        1_000_000..1_000_000_000 => (1e-6, "MB"),
        _ => (1e-9, "GB"),
    };
    let shown = bytes as f64 * factor;
    format!("{} {suffix}", decimal(shown, decimals_for(shown, 3)))
}

/// A length of time in words: `30 minutes`, `1 day`, `90 seconds`.
pub fn length_in_words(length: Duration) -> String {
    let text = length.to_string();
    let digits = text.trim_end_matches(char::is_alphabetic);
    let word = match &text[digits.len()..] {
        "d" => "day",
        "h" => "hour",
        "m" => "minute",
        "s" => "second",
        "ms" => "millisecond",
        "us" => "microsecond",
        _ => "nanosecond",
    };
    let plural = if digits == "1" { "" } else { "s" };
    format!("{digits} {word}{plural}")
}

/// A command as a shell takes it, from its words.
pub fn command(words: impl IntoIterator<Item = String>) -> String {
    let words = words.into_iter().map(|word| quoted(&word));
    words.collect::<Vec<String>>().join(" ")
}

/// An argument as a shell needs it.
fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// `text` and spaces up to `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    format!("{text:width$}")
}

/// Lines of at most `width` columns, broken between words; a number and its unit stay together.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let is_unit = UNITS.contains(&word.trim_end_matches(['.', ',', ';', ':', ')']));
        match words.last_mut() {
            Some(number) if is_unit => {
                number.push(' ');
                number.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

const UNITS: [&str; 7] = ["%", "s", "ms", "µs", "min", "h", "d"];

/// How a number of some size is shown.
struct Scale {
    factor: f64,
    suffix: &'static str,
    is_percent: bool,
    is_count: bool,
}

impl Scale {
    fn of(unit: Unit, value: f64) -> Scale {
        let plain = |factor, suffix| Scale {
            factor,
            suffix,
            is_percent: false,
            is_count: false,
        };
        match unit {
            Unit::Count | Unit::Versions => Scale {
                is_count: true,
                ..plain(1.0, "")
            },
            Unit::Ratio => Scale {
                is_percent: true,
                ..plain(100.0, " %")
            },
            Unit::Seconds => {
                let (factor, suffix) = time_scale(value);
                plain(factor, suffix)
            }
            Unit::Milliseconds => {
                let (factor, suffix) = time_scale(value / 1e3);
                plain(factor / 1e3, suffix)
            }
        }
    }

    fn decimals(&self, shown: f64) -> usize {
        if shown == 0.0 || (self.is_percent && shown == 100.0) {
            return 0;
        }
        if self.is_count && shown == shown.round() {
            return 0;
        }
        if self.is_percent {
            // Near 100 % what is missing carries the meaning.
            return if shown > 50.0 {
                decimals_for(100.0 - shown, 1).clamp(1, 4)
            } else {
                decimals_for(shown, 3).clamp(1, 4)
            };
        }
        decimals_for(shown, 3)
    }
}

/// From seconds to the unit in which people say such a length.
fn time_scale(seconds: f64) -> (f64, &'static str) {
    let rounded = round_to_digits(seconds.abs(), 3);
    match rounded {
        0.0 => (1.0, " s"),
        _ if rounded < 1e-3 => (1e6, " µs"),
        _ if rounded < 1.0 => (1e3, " ms"),
        _ if rounded < 600.0 => (1.0, " s"),
        _ if rounded < 7_200.0 => (1.0 / 60.0, " min"),
        _ if rounded < 172_800.0 => (1.0 / 3_600.0, " h"),
        _ => (1.0 / 86_400.0, " d"),
    }
}

/// Decimals that show so many significant digits; rounding may not change their number.
fn decimals_for(value: f64, digits: usize) -> usize {
    let exponent: i32 = scientific(value, digits).1;
    (digits as i32 - 1 - exponent).max(0) as usize
}

fn round_to_digits(value: f64, digits: usize) -> f64 {
    let text = format!("{value:.precision$e}", precision = digits - 1);
    text.parse()
        .expect("a number in scientific notation is a number")
}

/// Mantissa and exponent, the mantissa rounded to so many digits.
fn scientific(value: f64, digits: usize) -> (f64, i32) {
    let text = format!("{value:.precision$e}", precision = digits - 1);
    let (mantissa, exponent) = text
        .split_once('e')
        .expect("scientific notation has an exponent");
    let number = "scientific notation is made of numbers";
    (
        mantissa.parse().expect(number),
        exponent.parse().expect(number),
    )
}

/// A number with so many decimals and commas between thousands.
fn decimal(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, rest) = match text.find('.') {
        Some(point) => text.split_at(point),
        None => (text.as_str(), ""),
    };
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", whole),
    };
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_as_a_shell_needs_them() {
        assert_eq!(quoted("run.runs=5"), "run.runs=5");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn lengths_of_time_have_three_digits_and_a_fitting_unit() {
        let shown = [
            (0.0, "0 s"),
            (59.94, "59.9 s"),
            (0.001_044, "1.04 ms"),
            (0.000_094, "94.0 µs"),
            (0.999_96, "1.00 s"),
            (120.0, "120 s"),
            (1_800.0, "30.0 min"),
            (86_400.0, "24.0 h"),
            (2_592_000.0, "30.0 d"),
        ];
        for (length, text) in shown {
            assert_eq!(seconds(length), text);
        }
        assert_eq!(value(Unit::Milliseconds, 1.737), "1.74 ms");
        assert_eq!(value(Unit::Milliseconds, 12_345.0), "12.3 s");
    }

    #[test]
    fn percent_is_precise_near_both_ends() {
        let shown = [
            (0.0, "0 %"),
            (0.3, "30.0 %"),
            (0.9912, "99.1 %"),
            (0.9991, "99.91 %"),
            (0.99998, "99.998 %"),
            (1.0, "100 %"),
            (0.000_62, "0.0620 %"),
            (0.000_000_1, "0.0000 %"),
        ];
        for (ratio, text) in shown {
            assert_eq!(percent(ratio), text);
        }
    }

    #[test]
    fn an_interval_has_the_decimals_of_its_mean_or_enough_to_be_seen() {
        let shown = |unit, mean, half_width| {
            estimate(
                unit,
                Estimate {
                    mean,
                    half_width_95: Some(half_width),
                },
            )
        };
        assert_eq!(shown(Unit::Ratio, 0.3, 0.04), "30.0 % ± 4.0");
        assert_eq!(shown(Unit::Seconds, 50.63, 1.71), "50.6 s ± 1.7");
        assert_eq!(shown(Unit::Seconds, 59.2, 0.027), "59.20 s ± 0.03");
        assert_eq!(shown(Unit::Count, 180_903.25, 10.9), "180,903 ± 11");
        assert_eq!(shown(Unit::Count, 24.95, 2.19), "24.9 ± 2.2");
        assert_eq!(shown(Unit::Count, 0.5, 0.322), "0.50 ± 0.32");
        assert_eq!(shown(Unit::Milliseconds, 40.0, 0.0), "40.0 ms ± 0");
        assert_eq!(shown(Unit::Milliseconds, 127.466, 0.000_2), "127 ms ± 0");
        assert_eq!(shown(Unit::Count, 0.0, 0.0), "0 ± 0");
    }

    #[test]
    fn counts_have_commas() {
        assert_eq!(whole(0), "0");
        assert_eq!(whole(999), "999");
        assert_eq!(whole(1_234_567), "1,234,567");
        assert_eq!(usd(1_234.5), "$1,234.50");
        assert_eq!(bytes(288), "288 B");
        assert_eq!(bytes(14_400), "14.4 kB");
        assert_eq!(bytes(5_000_000_000), "5.00 GB");
    }

    #[test]
    fn lengths_in_words() {
        assert_eq!(length_in_words(Duration::from_secs(1800)), "30 minutes");
        assert_eq!(length_in_words(Duration::from_secs(86_400)), "1 day");
    }

    #[test]
    fn wrapping_keeps_numbers_and_units_together() {
        let lines = wrap("it takes 59.9 s, all in all", 15);
        assert_eq!(lines, ["it takes", "59.9 s, all in", "all"]);
    }
}
