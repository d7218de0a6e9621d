//! The intervals into which the measured time is cut for the timeline.

use crate::units::Duration;

/// How many intervals a timeline has at most.
pub const INTERVALS_MAX: i64 = 1000;

/// Lengths that people read easily, in seconds; longer ones are whole days.
const SECONDS: [i64; 13] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 21_600];

/// The length of an interval, and how many cover `duration`.
pub fn intervals(duration: Duration) -> (Duration, usize) {
    let fits = |length: &Duration| (duration.0 + length.0 - 1) / length.0 <= INTERVALS_MAX;
    let below_a_second =
        (0..9).flat_map(|power| [1, 2, 5].map(|digit| Duration(digit * 10i64.pow(power))));
    let of_seconds = SECONDS.map(Duration::from_secs);
    let of_days = (1..).map(|days| Duration::from_secs(86_400) * days);
    let length = below_a_second.chain(of_seconds).chain(of_days).find(fits);
    let length = length.expect("some number of days is long enough");
    (length, ((duration.0 + length.0 - 1) / length.0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_easy_to_read_and_at_most_a_thousand() {
        let of = |text: &str| {
            let (length, count) = intervals(text.parse().expect("a duration"));
            (length.to_string(), count)
        };
        assert_eq!(of("10m"), ("1s".into(), 600));
        assert_eq!(of("30m"), ("2s".into(), 900));
        assert_eq!(of("1d"), ("2m".into(), 720));
        assert_eq!(of("30d"), ("1h".into(), 720));
        assert_eq!(
            of("10y".replace('y', "000d").as_str()),
            ("10d".into(), 1000)
        );
        assert_eq!(of("1ns"), ("1ns".into(), 1));
        assert_eq!(of("61s"), ("100ms".into(), 610));
    }
}
