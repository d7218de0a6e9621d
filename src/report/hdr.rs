//! Histograms in the two formats of HdrHistogram: percentile text (`.hgrm`) for its plotter, and the V2
//! interval log (`.hlog`) for its log tools.

use crate::experiment::Results;
use crate::observe::findings::Class;
use crate::observe::histogram::{Histogram, SIGNIFICANT_DIGITS};
use crate::scenario::metric::Statistic;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};
use std::fmt::Write;
use std::time::{Duration, SystemTime};

/// Lines between one halving of the distance to 100 % and the next, as the Java tools print by default.
const TICKS_PER_HALF_DISTANCE: u32 = 5;
/// Halvings after which 64-bit counts cannot tell percentiles apart.
const MOST_HALVINGS: u32 = 60;
const NS_PER_MS: f64 = 1e6;
const US_PER_MS: f64 = 1e3;

/// `staleness.hgrm`: percentiles of the staleness of stale reads, in milliseconds.
pub fn staleness(results: &Results) -> Vec<u8> {
    percentiles(&pool(results, |class| &class.staleness)).into_bytes()
}

/// `read-latency.hgrm`: percentiles of the latency of reads, in milliseconds.
pub fn read_latency(results: &Results) -> Vec<u8> {
    percentiles(&pool(results, |class| &class.read_latency)).into_bytes()
}

/// `histograms.hlog`: the read latency at each PoP, in microseconds, one line each.
pub fn interval_log(results: &Results) -> Vec<u8> {
    let mut log = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let mut writer = IntervalLogWriterBuilder::new()
        .add_comment("[Histogram log format version 1.3]")
        .add_comment("[Read latency in microseconds; Tag is the PoP]")
        .with_start_time(SystemTime::UNIX_EPOCH)
        .begin_log_with(&mut log, &mut serializer)
        .expect("writing to memory does not fail");
    let length = Duration::from_nanos(results.scenario.duration.0.unsigned_abs());
    for (pop, described) in results.scenario.pops.iter().enumerate() {
        let tag = tag(&described.code);
        let tag = Tag::new(&tag).expect("what a tag may not contain was replaced");
        let latency = results.pooled.at_pop(pop).read_latency.to_hdr();
        writer
            .write_histogram(&latency, Duration::ZERO, length, Some(tag))
            .expect("writing to memory does not fail");
    }
    log
}

/// A PoP's code as a tag: what separates fields and lines is written like in a URL.
fn tag(code: &str) -> String {
    let mut tag = String::new();
    for c in code.chars() {
        match c {
            ',' | ' ' | '%' | '\r' | '\n' => {
                let _ = write!(tag, "%{:02X}", u32::from(c));
            }
            _ => tag.push(c),
        }
    }
    tag
}

fn pool(results: &Results, of: impl Fn(&Class) -> &Histogram) -> Histogram {
    let mut pooled = Histogram::default();
    for class in results.pooled.classes.iter().flatten() {
        pooled.merge(of(class));
    }
    pooled
}

/// The text that HdrHistogram's `outputPercentileDistribution` prints, of a histogram of times.
fn percentiles(histogram: &Histogram) -> String {
    let ms = |statistic| {
        let ns = histogram.time_statistic_ns(statistic);
        ns.unwrap_or(0.0) / NS_PER_MS
    };
    let max_ms = ms(Statistic::Max);
    let mut text = format!(
        "{:>12} {:>14} {:>10} {:>14}\n\n",
        "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
    );
    for line in percentile_lines(histogram) {
        // The buckets would round the last values past the maximum, which is exact.
        let value = (line.value_us as f64 / US_PER_MS).min(max_ms);
        let quantile = line.quantile;
        let _ = write!(text, "{value:12.3} {quantile:.12} {:10}", line.count);
        let _ = match line.inverse_rest {
            Some(inverse) => writeln!(text, " {inverse:14.2}"),
            None => writeln!(text),
        };
    }
    let (mean, deviation) = (ms(Statistic::Mean), histogram.to_hdr().stdev() / US_PER_MS);
    let (buckets, sub_buckets) = bucket_counts(histogram);
    let _ = writeln!(
        text,
        "#[Mean    = {mean:12.3}, StdDeviation   = {deviation:12.3}]\n\
         #[Max     = {max_ms:12.3}, Total count    = {:12}]\n\
         #[Buckets = {buckets:12}, SubBuckets     = {sub_buckets:12}]",
        histogram.count(),
    );
    text
}

/// A line of the percentile text.
struct PercentileLine {
    value_us: u64,
    quantile: f64,
    /// How many values are at most this one.
    count: u64,
    /// 1/(1 - quantile); the last line has none.
    inverse_rest: Option<f64>,
}

/// Steps through the quantiles in ticks that halve with the distance to 1. The quantile of step k after h
/// halvings is 1 - (10 - k) / (10 · 2^h), which is compared in whole numbers: no logarithm takes part.
fn percentile_lines(histogram: &Histogram) -> Vec<PercentileLine> {
    let total = histogram.count();
    let parts = 2 * TICKS_PER_HALF_DISTANCE;
    let (mut halvings, mut tick, mut count) = (0, 0, 0);
    let mut lines = Vec::new();
    for bucket in histogram.to_hdr().iter_recorded() {
        count += bucket.count_at_value();
        loop {
            let whole = u128::from(parts) << halvings;
            let rest = u128::from(parts - tick);
            if u128::from(count) * whole < u128::from(total) * (whole - rest) {
                break;
            }
            lines.push(PercentileLine {
                value_us: bucket.value_iterated_to(),
                quantile: 1.0 - rest as f64 / whole as f64,
                count,
                inverse_rest: Some(whole as f64 / rest as f64),
            });
            tick += 1;
            if tick == TICKS_PER_HALF_DISTANCE {
                tick = 0;
                halvings = (halvings + 1).min(MOST_HALVINGS);
            }
            if count == total {
                break;
            }
        }
        if count == total {
            lines.push(PercentileLine {
                value_us: bucket.value_iterated_to(),
                quantile: 1.0,
                count,
                inverse_rest: None,
            });
        }
    }
    lines
}

/// How many buckets of how many sub-buckets the format needs for the largest value.
fn bucket_counts(histogram: &Histogram) -> (u32, u64) {
    let sub_buckets = (2 * 10_u64.pow(u32::from(SIGNIFICANT_DIGITS))).next_power_of_two();
    let max = u128::from(histogram.to_hdr().max());
    let mut buckets = 1;
    while max >= u128::from(sub_buckets) << (buckets - 1) {
        buckets += 1;
    }
    (buckets, sub_buckets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::units;
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    /// What a percentile text says, read by its columns: (value, percentile, count), and the footer's numbers.
    type Parsed = (Vec<(f64, f64, u64)>, Vec<(String, f64)>);

    fn parse(text: &str) -> Parsed {
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().expect("header").split_whitespace().collect();
        assert_eq!(
            header,
            ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]
        );
        assert_eq!(lines.next(), Some(""));
        let (footer, rows): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with('#'));
        let row = |line: &str| {
            let cells: Vec<&str> = line.split_whitespace().collect();
            let number = |i: usize| cells[i].parse::<f64>().expect("number");
            (number(0), number(1), cells[2].parse().expect("count"))
        };
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').expect("name = value");
            let value = value.trim().parse().expect("number");
            (name.trim().to_owned(), value)
        };
        let footer = footer.iter().flat_map(|line| {
            let inside = line.trim_start_matches("#[").trim_end_matches(']');
            inside.split(',').map(pair)
        });
        (rows.into_iter().map(row).collect(), footer.collect())
    }

    #[test]
    fn percentile_text_of_a_run() {
        let text = String::from_utf8(staleness(&fixture::flag_flip(1))).expect("is text");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn percentile_text_reads_back() {
        let results = fixture::flag_flip(20);
        let histogram = pool(&results, |class| &class.read_latency);
        let text = String::from_utf8(read_latency(&results)).expect("is text");
        let (rows, footer) = parse(&text);
        assert!(rows.is_sorted_by(|a, b| a.0 <= b.0 && a.1 < b.1 && a.2 <= b.2));
        let last = rows.last().expect("there are rows");
        assert_eq!((last.1, last.2), (1.0, histogram.count()));
        for (value, quantile, count) in &rows {
            let value_us = histogram.to_hdr().value_at_quantile(*quantile) as f64;
            assert!((value_us / 1e3 - value).abs() <= value * 1e-3, "{quantile}");
            assert!(*count as f64 >= quantile * histogram.count() as f64 - 0.5);
        }
        let of = |name: &str| footer.iter().find(|(n, _)| n == name).expect("is there").1;
        assert_eq!(of("Total count"), histogram.count() as f64);
        let max_ns = histogram
            .time_statistic_ns(Statistic::Max)
            .expect("has values");
        assert_eq!(of("Max"), (max_ns / 1e3).round() / 1e3);
        assert_eq!(of("SubBuckets"), 2048.0);
        assert!(of("Mean") > 0.9 && of("StdDeviation") > 0.0);
    }

    #[test]
    fn percentile_text_of_few_values_or_none() {
        let mut histogram = Histogram::default();
        let nothing = percentiles(&histogram);
        assert_eq!(parse(&nothing).0, []);
        histogram.record_time(units::Duration::from_millis(7));
        let one = percentiles(&histogram);
        assert_eq!(parse(&one).0, [(7.0, 0.0, 1), (7.0, 1.0, 1)]);
        histogram.record_time_n(units::Duration::from_millis(1), 3);
        insta::assert_snapshot!(percentiles(&histogram));
    }

    #[test]
    fn interval_log_reads_back_one_histogram_per_pop() {
        let mut scenario = fixture::flag_flip_scenario(1);
        scenario.pops[3].code = "my lab, 50%".to_owned();
        let results = fixture::simulate(scenario);
        let log = interval_log(&results);
        let head: Vec<&[u8]> = log.split(|byte| *byte == b'\n').take(3).collect();
        let head = String::from_utf8(head.join(&b'\n')).expect("is text");
        insta::assert_snapshot!(head);
        let mut tags = Vec::new();
        for entry in IntervalLogIterator::new(&log) {
            let LogEntry::Interval(interval) = entry.expect("is a log line") else {
                continue;
            };
            let pop = tags.len();
            tags.push(interval.tag().expect("has a tag").as_str().to_owned());
            assert_eq!(interval.start_timestamp(), Duration::ZERO);
            assert_eq!(interval.duration(), Duration::from_secs(1800));
            let bytes = decode_base64(interval.encoded_histogram());
            let histogram: hdrhistogram::Histogram<u64> = Deserializer::new()
                .deserialize(&mut bytes.as_slice())
                .expect("is a histogram");
            assert_eq!(histogram, results.pooled.at_pop(pop).read_latency.to_hdr());
        }
        assert_eq!(tags, ["LHR", "FRA", "IAD", "my%20lab%2C%2050%25", "SYD"]);
    }

    fn decode_base64(text: &str) -> Vec<u8> {
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
        for c in text.trim_end_matches('=').chars() {
            let digit = ALPHABET.find(c).expect("is base64");
            bits = bits << 6 | digit as u32;
            held += 6;
            if held >= 8 {
                held -= 8;
                bytes.push((bits >> held) as u8);
            }
        }
        bytes
    }
}
