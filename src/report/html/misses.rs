//! Why reads had to fetch: a row for each cause that occurred, and how the causes went over time.

use super::chart::{Chart, Series};
use super::curves::{over_time, rate, rate_axis, time_axis};
use crate::experiment::Results;
use crate::observe::misses::Misses;
use crate::report::format;
use crate::scenario::metric::{Metric, Unit};
use crate::sim::observation::MissCause;
use serde::Serialize;

/// How many fetches had a cause.
#[derive(Serialize)]
pub struct MissRow {
    name: &'static str,
    count: String,
    /// Of all fetches.
    share: String,
    definition: &'static str,
}

/// What a cause is called where its definition stands beside it.
fn name(cause: MissCause) -> &'static str {
    match cause {
        MissCause::Absent => "nothing there",
        MissCause::Expired => "expired",
        MissCause::TooOld => "too old for this read",
        MissCause::ValueExpired => "value expired",
        MissCause::Dropped => "dropped",
        MissCause::LookedPast => "looked past",
    }
}

/// The causes that occurred with their counts, in fixed order.
fn occurred(results: &Results) -> impl Iterator<Item = (MissCause, Metric)> {
    let total = results.pooled.total().tally.misses;
    let causes = Misses::CAUSES.into_iter();
    causes
        .filter(move |cause| total.of(*cause) > 0)
        .map(|cause| (cause, Misses::metric(cause)))
}

/// A row for each cause that occurred; none without fetches.
pub fn rows(results: &Results) -> Vec<MissRow> {
    let total = &results.summary.total;
    let fetches = total.get(Metric::Fetches, None);
    let rows = occurred(results).filter_map(|(cause, metric)| {
        let count = total.get(metric, None)?;
        Some(MissRow {
            name: name(cause),
            count: format::estimate(Unit::Count, count),
            share: format::percent(count.mean / fetches?.mean),
            definition: metric.info().definition,
        })
    });
    rows.collect()
}

/// Fetches a second by cause, over time; `None` where all have the same cause.
pub fn chart(results: &Results) -> Option<Chart> {
    let runs = results.seeds.len() as f64;
    let series = occurred(results)
        .zip(1..)
        .map(|((cause, _), number)| Series {
            name: short(cause).to_owned(),
            class: format!("c{number}"),
            points: over_time(results, |sum, seconds| {
                sum.misses.of(cause) as f64 / seconds / runs
            }),
        });
    let series: Vec<Series> = series.collect();
    if series.len() < 2 {
        return None;
    }
    let all = series.iter().flat_map(|series| &series.points);
    let most = all.map(|(_, rate)| *rate).fold(0.0, f64::max);
    Some(Chart {
        name: "misses-over-time",
        title: "Fetches a second, by cause, over time".to_owned(),
        description: format!(
            "A line for each cause; at most {} of one cause at once.",
            rate(most)
        ),
        x: time_axis(results),
        y: rate_axis(most),
        series,
        ..Chart::default()
    })
}

/// What stands at the end of a line.
fn short(cause: MissCause) -> &'static str {
    match cause {
        MissCause::Absent => "nothing",
        MissCause::TooOld => "too old",
        MissCause::ValueExpired => "value exp.",
        MissCause::Expired | MissCause::Dropped => name(cause),
        MissCause::LookedPast => "looked past",
    }
}
