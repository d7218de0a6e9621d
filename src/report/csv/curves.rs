//! `timeline.csv` and `visibility.csv`: how things went on over time, and how soon writes were visible.

use super::{Table, cell, ratio, seconds};
use crate::experiment::Results;
use crate::observe::findings::Interval;
use crate::observe::histogram::Histogram;
use crate::observe::misses::Misses;
use crate::sim::observation::MissCause;
use crate::units::Duration;

/// `timeline.csv`: a row per interval of the measured time, by the start of each operation.
pub fn timeline(results: &Results) -> Vec<u8> {
    let findings = &results.pooled;
    let runs = results.seeds.len().to_string();
    let times = ["start_s", "end_s", "runs"];
    let ratios = ["hit_ratio", "stale_read_ratio"];
    let names = counts(&Interval::default()).map(|(name, _)| name);
    let columns = times.into_iter().chain(names).chain(ratios);
    let mut table = Table::new(columns.chain(misses().map(|(_, key)| key)));
    let mut start = 0;
    for interval in &findings.timeline {
        let end = (start + findings.interval.0).min(results.scenario.duration.0);
        let times = [seconds(start), seconds(end), runs.clone()];
        let counts = counts(interval).map(|(_, count)| count.to_string());
        let ratios = [
            ratio(interval.hits, interval.reads),
            ratio(interval.stale_reads, interval.reads),
        ];
        let misses = misses().map(|(cause, _)| interval.misses.of(cause).to_string());
        table.row(times.into_iter().chain(counts).chain(ratios).chain(misses));
        start = end;
    }
    table.finish()
}

/// The causes of fetches, and the columns that count them.
fn misses() -> impl Iterator<Item = (MissCause, &'static str)> {
    let causes = Misses::CAUSES.into_iter();
    causes.map(|cause| (cause, Misses::metric(cause).info().key))
}

fn counts(interval: &Interval) -> [(&'static str, u64); 11] {
    [
        ("reads", interval.reads),
        ("hits", interval.hits),
        ("coalesced_reads", interval.coalesced_reads),
        ("fetches", interval.fetches),
        ("refreshes", interval.refreshes),
        ("store_reads", interval.store_reads),
        ("stale_reads", interval.stale_reads),
        ("writes", interval.writes),
        ("deletes", interval.deletes),
        ("rejected_writes", interval.rejected_writes),
        ("list_pages", interval.list_pages),
    ]
}

/// A point of the t-visibility curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VisibilityPoint {
    /// Time since the commit, in microseconds.
    pub t_us: u64,
    /// The share of (write, PoP) pairs visible by then, over PoPs with readers; `None` without such pairs.
    pub with_readers: Option<f64>,
    /// Likewise over all PoPs.
    pub all: f64,
}

/// `visibility.csv`: the t-visibility curve.
pub fn visibility(results: &Results) -> Vec<u8> {
    let mut table = Table::new([
        "t_s",
        "visible_share_of_pops_with_readers",
        "visible_share_of_all_pops",
    ]);
    for point in visibility_curve(results) {
        table.row([
            seconds(point.t_us as i64 * 1000),
            cell(point.with_readers),
            cell(Some(point.all)),
        ]);
    }
    table.finish()
}

/// At most 500 points of the t-visibility curve, from 0 to the last pair: half evenly spaced in time, half in
/// share, so that flat and steep parts both show. Empty without accepted writes.
pub fn visibility_curve(results: &Results) -> Vec<VisibilityPoint> {
    let (with_readers, all) = pooled_visibility(results);
    if all.count() == 0 {
        return Vec::new();
    }
    visibility_times(&all)
        .into_iter()
        .map(|t_us| VisibilityPoint {
            t_us,
            with_readers: share_visible(&with_readers, t_us),
            all: share_visible(&all, t_us).expect("there are accepted writes"),
        })
        .collect()
}

/// Visibility at PoPs with readers, and at all.
fn pooled_visibility(results: &Results) -> (Histogram, Histogram) {
    let findings = &results.pooled;
    let (mut with_readers, mut all) = (Histogram::default(), Histogram::default());
    for pop in 0..findings.pops {
        let has_readers = results.scenario.has_readers(pop);
        for class in findings.classes.iter().skip(pop).step_by(findings.pops) {
            let Some(class) = class else { continue };
            all.merge(&class.visibility);
            if has_readers {
                with_readers.merge(&class.visibility);
            }
        }
    }
    (with_readers, all)
}

/// Each is the end of a bucket, so that the share up to it is exact.
fn visibility_times(all: &Histogram) -> Vec<u64> {
    const HALF: u64 = 249;
    let buckets = all.to_hdr();
    let max = buckets.max();
    let evenly_in_time = (0..=HALF).map(|i| u128::from(max) * u128::from(i) / u128::from(HALF));
    let evenly_in_share =
        (1..=HALF).map(|i| u128::from(buckets.value_at_quantile(i as f64 / HALF as f64)));
    let mut times: Vec<u64> = evenly_in_time
        .chain(evenly_in_share)
        .map(|t| buckets.highest_equivalent(t as u64))
        .collect();
    times.sort_unstable();
    times.dedup();
    times
}

fn share_visible(visibility: &Histogram, t_us: u64) -> Option<f64> {
    let at_most = visibility.count_at_most(Duration(t_us as i64 * 1000));
    (visibility.count() > 0).then(|| at_most as f64 / visibility.count() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("is text")
    }

    #[test]
    fn timeline_covers_the_measured_time() {
        let results = fixture::flag_flip(1);
        let text = text(timeline(&results));
        insta::assert_snapshot!(text.lines().take(12).collect::<Vec<_>>().join("\n"));
        let last = text.lines().last().expect("there are rows");
        assert!(last.starts_with("1790,1800,1,"), "{last}");
        assert_eq!(text.lines().count(), 181);
    }

    #[test]
    fn visibility_rises_from_the_writer_to_everybody() {
        let results = fixture::flag_flip(20);
        let curve = visibility_curve(&results);
        assert!(curve.len() <= 500 && curve.len() > 200, "{}", curve.len());
        assert!(curve.is_sorted_by(|a, b| a.t_us < b.t_us && a.all <= b.all));
        assert_eq!(curve[0].t_us, 0);
        assert!((curve[0].all - 0.2).abs() < 0.02, "{:?}", curve[0]);
        let last = curve.last().expect("there are points");
        assert_eq!((last.all, last.with_readers), (1.0, Some(1.0)));
        let text = text(visibility(&results));
        insta::assert_snapshot!(text.lines().step_by(50).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn nothing_written_gives_no_curve_and_nobody_reading_half_a_one() {
        assert_eq!(visibility_curve(&fixture::nobody_writes()), []);
        let curve = visibility_curve(&fixture::nobody_reads());
        assert!(curve.iter().all(|point| point.with_readers.is_none()));
    }

    #[test]
    fn a_single_instant_makes_a_single_point() {
        let mut results = fixture::flag_flip(1);
        for class in results.pooled.classes.iter_mut().flatten() {
            class.visibility = Histogram::default();
        }
        let class = results.pooled.classes[0].as_mut();
        let class = class.expect("there are visitors in London");
        class.visibility.record_time(Duration::ZERO);
        let curve = visibility_curve(&results);
        assert_eq!(curve.len(), 1);
        assert_eq!((curve[0].t_us, curve[0].all), (0, 1.0));
    }
}
