//! Quantities with units: what reads as what, what is refused in which words, and that what is printed reads
//! as the same value again.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use kvlag::units::{BadQuantity, Bandwidth, Duration, Rate, Share, Size, TimeOfDay};
use proptest::prelude::*;

fn read<T: FromStr<Err = BadQuantity>>(text: &str) -> T {
    text.parse().unwrap_or_else(|bad| panic!("{text:?}: {bad}"))
}

fn refusal<T: FromStr<Err = BadQuantity> + Debug>(text: &str) -> String {
    match text.parse::<T>() {
        Ok(value) => panic!("{text:?} reads as {value:?}"),
        Err(bad) => bad.message,
    }
}

#[test]
fn durations_take_every_unit_fractions_and_several_parts() {
    for (text, ns) in [
        ("1ns", 1),
        ("1us", 1_000),
        ("1µs", 1_000),
        ("200ms", 200_000_000),
        ("60s", 60_000_000_000),
        ("5m", 300_000_000_000),
        ("1.5h", 5_400_000_000_000),
        ("1h30m", 5_400_000_000_000),
        (" 1 h 30 m ", 5_400_000_000_000),
        ("2d", 172_800_000_000_000),
        ("0s", 0),
        ("0.000000001s", 1),
        ("0.1s", 100_000_000),
    ] {
        assert_eq!(read::<Duration>(text), Duration(ns), "{text}");
    }
}

#[test]
fn long_durations_keep_their_last_nanosecond() {
    assert_eq!(
        read::<Duration>("9007199254740993ns"),
        Duration(9_007_199_254_740_993)
    );
    assert_eq!(
        read::<Duration>("3170979198.376458751s"),
        Duration(3_170_979_198_376_458_751)
    );
}

#[test]
fn durations_say_what_is_wrong_with_them() {
    assert_eq!(
        refusal::<Duration>("60"),
        "a duration needs a unit: \"60s\"?"
    );
    assert_eq!(refusal::<Duration>("-5s"), "a duration cannot be negative");
    assert_eq!(
        refusal::<Duration>("5min"),
        "`min` is not a unit of time: did you mean `m`?"
    );
    assert_eq!(
        refusal::<Duration>("5 fortnights"),
        "`fortnights` is not a unit of time; use d, h, m, s, ms, us or ns"
    );
    assert_eq!(
        refusal::<Duration>("300000d"),
        "a duration cannot exceed 285 years"
    );
    for text in [
        "", " ", "s", "soon", "5.s", "1..5s", "1h-30m", "NaNs", "٣s", "5 %",
    ] {
        let message = refusal::<Duration>(text);
        assert!(
            message.starts_with("expected a duration"),
            "{text:?}: {message}"
        );
    }
    let endless = "9".repeat(400) + "d";
    assert_eq!(
        refusal::<Duration>(&endless),
        "a duration cannot exceed 285 years"
    );
}

#[test]
fn sizes_tell_thousands_from_1024s() {
    for (text, bytes) in [
        ("0B", 0),
        ("288B", 288),
        ("2KB", 2_000),
        ("2KiB", 2_048),
        ("1.5KiB", 1_536),
        ("25MiB", 26_214_400),
        ("1 GB", 1_000_000_000),
        ("1TiB", 1_099_511_627_776),
    ] {
        assert_eq!(read::<Size>(text), Size(bytes), "{text}");
    }
    assert_eq!(
        refusal::<Size>("2kb"),
        "`kb` is not a unit of size: did you mean `KB`?"
    );
    assert_eq!(
        refusal::<Size>("2M"),
        "`M` is not a unit of size: did you mean `MB`?"
    );
    assert_eq!(refusal::<Size>("288"), "a size needs a unit: \"288B\"?");
    assert_eq!(
        refusal::<Size>("2000000TB"),
        "a size cannot exceed 10^18 bytes"
    );
}

#[test]
fn rates_are_so_many_per_length_of_time() {
    for (text, per_second) in [
        ("5/s", 5.0),
        ("100/m", 100.0 / 60.0),
        ("1/75s", 1.0 / 75.0),
        ("0.5/m", 0.5 / 60.0),
        ("2 / 1h30m", 2.0 / 5_400.0),
        ("0/s", 0.0),
        ("3/ms", 3_000.0),
    ] {
        assert_eq!(read::<Rate>(text).per_second(), per_second, "{text}");
    }
    assert_eq!(refusal::<Rate>("-1/s"), "a rate cannot be negative");
    assert_eq!(
        refusal::<Rate>("1/0s"),
        "a rate cannot be per no time at all"
    );
    assert_eq!(
        refusal::<Rate>("5/sec"),
        "`sec` is not a unit of time: did you mean `s`?"
    );
    for text in ["5", "5s", "/s", "5 per second", "five/s"] {
        assert!(
            refusal::<Rate>(text).starts_with("expected a rate"),
            "{text}"
        );
    }
}

#[test]
fn bandwidths_shares_and_times_of_day_are_read() {
    let bandwidth: Bandwidth = read("100MiB/s");
    assert_eq!(
        bandwidth.time_for(Size(104_857_600)),
        Duration::from_secs(1)
    );
    assert!(refusal::<Bandwidth>("0B/s").contains("\"none\""));
    assert_eq!(read::<Share>("95%"), Share(0.95));
    assert_eq!(read::<Share>("160 %"), Share(1.6));
    assert!(refusal::<Share>("0.95").starts_with("expected a share in percent"));
    assert_eq!(read::<TimeOfDay>("20:05").minutes, 1_205);
    assert!(refusal::<TimeOfDay>("24:00").contains("23:59"));
    assert!(refusal::<TimeOfDay>("8:00").starts_with("expected a time of day"));
    assert!(refusal::<TimeOfDay>("20:00:00").starts_with("expected a time of day"));
}

/// Printing in the largest unit that gives a whole number.
#[test]
fn quantities_print_as_people_write_them() {
    for text in ["0s", "90s", "5m", "1500us", "1h", "36h", "7d"] {
        assert_eq!(read::<Duration>(text).to_string(), text);
    }
    for text in ["0B", "288B", "2KiB", "2KB", "25MiB"] {
        assert_eq!(read::<Size>(text).to_string(), text);
    }
    for text in ["5/s", "1/75s", "0.5/m", "100/h", "1/10ms"] {
        assert_eq!(read::<Rate>(text).to_string(), text);
    }
    for text in [
        "0%",
        "95%",
        "160%",
        "0.1%",
        "33.3%",
        "12.34567%",
        "7%",
        "57%",
    ] {
        assert_eq!(read::<Share>(text).to_string(), text);
    }
    assert_eq!(read::<Bandwidth>("100MiB/s").to_string(), "100MiB/s");
    assert_eq!(read::<TimeOfDay>("08:05").to_string(), "08:05");
}

fn reads_again<T: FromStr<Err = BadQuantity> + Display + PartialEq + Debug>(value: T) {
    assert_eq!(read::<T>(&value.to_string()), value, "{value}");
}

proptest! {
    #[test]
    fn every_duration_reads_again(ns in 0i64..=9_000_000_000_000_000_000) {
        reads_again(Duration(ns));
    }

    #[test]
    fn every_size_reads_again(bytes in 0u64..=1_000_000_000_000_000_000) {
        reads_again(Size(bytes));
    }

    #[test]
    fn every_rate_reads_again(count in 0.0f64..1e12, ns in 1i64..=9_000_000_000_000_000_000) {
        reads_again(Rate { count, per: Duration(ns) });
    }

    #[test]
    fn every_bandwidth_reads_again(bytes in 1u64..=1_000_000_000_000_000_000, ns in 1i64..1_000_000_000_000) {
        reads_again(Bandwidth { size: Size(bytes), per: Duration(ns) });
    }

    #[test]
    fn every_share_that_was_read_reads_again(percent in 0.0f64..1e6) {
        reads_again(read::<Share>(&format!("{percent}%")));
    }

    #[test]
    fn every_time_of_day_reads_again(minutes in 0u32..1_440) {
        reads_again(TimeOfDay { minutes });
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,20}|[0-9.:/%a-zµ -]{0,20}") {
        let _ = text.parse::<Duration>();
        let _ = text.parse::<Size>();
        let _ = text.parse::<Rate>();
        let _ = text.parse::<Bandwidth>();
        let _ = text.parse::<Share>();
        let _ = text.parse::<TimeOfDay>();
    }
}
