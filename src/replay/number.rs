//! Numbers and instants of recorded workloads, read exactly: no time passes through a float.

/// Nanoseconds in a second.
const S: i64 = 1_000_000_000;

/// Seconds that fit into nanoseconds of 64 bits: 292 years.
const SECONDS_MAX: u64 = (i64::MAX / S) as u64 - 1;

/// Digits of a second's fraction.
const DECIMALS: u32 = 9;

/// Why a text is not a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadSeconds {
    /// It is no plain decimal number.
    NoNumber,
    /// It is below zero.
    Negative,
    /// It has digits behind the ninth decimal.
    TooFine,
    /// It does not fit.
    TooLarge,
}

impl BadSeconds {
    /// What is wrong, to be said of the text.
    pub fn words(self) -> &'static str {
        match self {
            BadSeconds::NoNumber => "is not a number of seconds, such as 12.5",
            BadSeconds::Negative => "is below zero",
            BadSeconds::TooFine => "is finer than a nanosecond",
            BadSeconds::TooLarge => "is beyond 292 years; is it really in seconds?",
        }
    }
}

/// The nanoseconds in a decimal number of seconds such as `12` or `12.000000001`.
pub fn nanoseconds(text: &[u8]) -> Result<i64, BadSeconds> {
    let mut whole = 0u64;
    let mut at = 0;
    while at < text.len() && text[at].is_ascii_digit() {
        whole = whole * 10 + u64::from(text[at] - b'0');
        if whole > SECONDS_MAX {
            return Err(too_large_or_worse(&text[at..]));
        }
        at += 1;
    }
    if at == 0 {
        return Err(
            if text.len() > 1 && text[0] == b'-' && text[1].is_ascii_digit() {
                BadSeconds::Negative
            } else {
                BadSeconds::NoNumber
            },
        );
    }
    let mut fraction = 0;
    if at < text.len() {
        let decimals = text[at..].strip_prefix(b".").ok_or(BadSeconds::NoNumber)?;
        fraction = nanoseconds_of_decimals(decimals)?;
    }
    Ok(whole as i64 * S + fraction)
}

/// The nanoseconds in the decimals of a number of seconds.
fn nanoseconds_of_decimals(decimals: &[u8]) -> Result<i64, BadSeconds> {
    if decimals.is_empty() || !decimals.iter().all(u8::is_ascii_digit) {
        return Err(BadSeconds::NoNumber);
    }
    let (kept, beyond) = decimals.split_at(decimals.len().min(DECIMALS as usize));
    if beyond.iter().any(|digit| *digit != b'0') {
        return Err(BadSeconds::TooFine);
    }
    let number = kept
        .iter()
        .fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
    Ok(number * 10i64.pow(DECIMALS - kept.len() as u32))
}

fn too_large_or_worse(rest: &[u8]) -> BadSeconds {
    let is_number = rest.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    if is_number {
        BadSeconds::TooLarge
    } else {
        BadSeconds::NoNumber
    }
}

/// A whole number in plain digits.
pub fn whole(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let mut number = 0u64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(number)
}

/// Nanoseconds since 1970 of a Unix time: in seconds, or by its size in milli-, micro- or nanoseconds. Each step
/// is a thousand, and instants from 1973 to 5138 have between nine and eleven digits of seconds.
pub fn of_unix_time(number: u64) -> Option<i64> {
    let scale = match number {
        0..100_000_000_000 => S as u64,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    i64::try_from(number.checked_mul(scale)?).ok()
}

/// Nanoseconds since 1970 of an instant such as `2024-05-01T12:00:00Z`, `…00.123456789Z` or `…00+02:00`
/// (RFC 3339). A leap second counts as the second before it.
pub fn of_rfc3339(text: &[u8]) -> Option<i64> {
    let two = |at: usize| -> Option<i64> {
        let digits = text.get(at..at + 2)?;
        Some(whole(digits)? as i64)
    };
    let is = |at: usize, choices: &[u8]| text.get(at).is_some_and(|byte| choices.contains(byte));
    let year = two(0)? * 100 + two(2)?;
    let (month, day) = (two(5)?, two(8)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    let is_separated = is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":");
    let is_in_range = (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !is_separated || !is_in_range {
        return None;
    }
    let mut rest = &text[19..];
    let mut fraction = 0;
    if let Some(decimals) = rest.strip_prefix(b".") {
        let digits = decimals.iter().take_while(|b| b.is_ascii_digit()).count();
        // Nobody's clock is finer than a nanosecond; what stands behind is left out.
        fraction = nanoseconds_of_decimals(&decimals[..digits.min(DECIMALS as usize)]).ok()?;
        rest = &decimals[digits..];
    }
    let ahead_s = match rest {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), h @ .., b':', m1, m2] if h.len() == 2 => {
            let (hours, minutes) = (whole(h)? as i64, whole(&[*m1, *m2])? as i64);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let ahead = (hours * 60 + minutes) * 60;
            if *sign == b'+' { ahead } else { -ahead }
        }
        _ => return None,
    };
    let seconds =
        days_since_1970(year, month, day) * 86_400 + (hour * 60 + minute) * 60 + second.min(59)
            - ahead_s;
    seconds.checked_mul(S)?.checked_add(fraction)
}

fn days_of(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar. Years begin in March here, so that the leap day is
/// their last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days_before_month = (153 * month + 2) / 5;
    // 719 468 days lie between 0000-03-01 and 1970-01-01.
    year * 365 + leap_days + days_before_month + (day - 1) - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_to_the_nanosecond() {
        assert_eq!(nanoseconds(b"0"), Ok(0));
        assert_eq!(nanoseconds(b"12"), Ok(12 * S));
        assert_eq!(nanoseconds(b"0.1"), Ok(100_000_000));
        assert_eq!(nanoseconds(b"4.951752"), Ok(4_951_752_000));
        assert_eq!(nanoseconds(b"007.000000001"), Ok(7_000_000_001));
        assert_eq!(nanoseconds(b"1.50000000000000"), Ok(1_500_000_000));
        // A float of 64 bits would have lost the last digits.
        assert_eq!(
            nanoseconds(b"1600000000.123456789"),
            Ok(1_600_000_000_123_456_789)
        );
    }

    #[test]
    fn other_texts_are_no_seconds() {
        for text in [
            "", ".", ".5", "5.", "1e3", "+1", "1_000", " 1", "1 ", "nan", "1.2.3", "-", "-x",
        ] {
            assert_eq!(
                nanoseconds(text.as_bytes()),
                Err(BadSeconds::NoNumber),
                "{text}"
            );
        }
        assert_eq!(nanoseconds(b"-0.5"), Err(BadSeconds::Negative));
        assert_eq!(nanoseconds(b"0.0000000001"), Err(BadSeconds::TooFine));
        assert_eq!(nanoseconds(b"9223372036"), Err(BadSeconds::TooLarge));
        assert_eq!(
            nanoseconds(b"99999999999999999999999"),
            Err(BadSeconds::TooLarge)
        );
        assert_eq!(nanoseconds(b"99999999999999x"), Err(BadSeconds::NoNumber));
    }

    #[test]
    fn instants_are_read_in_each_form() {
        let instant = 1_714_564_800 * S;
        assert_eq!(of_rfc3339(b"2024-05-01T12:00:00Z"), Some(instant));
        assert_eq!(of_rfc3339(b"2024-05-01t14:00:00+02:00"), Some(instant));
        assert_eq!(of_rfc3339(b"2024-05-01 06:30:00-05:30"), Some(instant));
        assert_eq!(
            of_rfc3339(b"2024-05-01T12:00:00.000000001Z"),
            Some(instant + 1)
        );
        assert_eq!(of_rfc3339(b"2024-05-01T12:00:00.5Z"), Some(instant + S / 2));
        assert_eq!(of_rfc3339(b"1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(of_rfc3339(b"2000-02-29T00:00:00Z"), Some(951_782_400 * S));
        assert_eq!(of_unix_time(1_714_564_800), Some(instant));
        assert_eq!(of_unix_time(1_714_564_800_000), Some(instant));
        assert_eq!(of_unix_time(1_714_564_800_000_000), Some(instant));
        assert_eq!(of_unix_time(1_714_564_800_000_000_007), Some(instant + 7));
        assert_eq!(of_unix_time(u64::MAX), None);
    }

    #[test]
    fn other_texts_are_no_instants() {
        for text in [
            "",
            "2024-05-01",
            "2024-05-01T12:00:00",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-05-01T24:00:00Z",
            "2024-05-01T12:00:00.Z",
            "2024-05-01T12:00:00+2:00",
            "2024-05-01T12:00:00+02:99",
            "9999-12-31T23:59:59Z",
            "2024/05/01T12:00:00Z",
        ] {
            assert_eq!(of_rfc3339(text.as_bytes()), None, "{text}");
        }
    }
}
