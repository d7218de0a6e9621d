//! How long reads take: by PoP, and by how they were answered, out to the slowest in ten thousand.

use super::chart::{Axis, Chart, Scale, Series, decades, trimmed};
use super::curves::{POINTS, chosen};
use crate::experiment::Results;
use crate::observe::histogram::Histogram;
use crate::report::format;
use crate::scenario::metric::{Metric, Statistic};

/// A line: its name, its class, and what it shows.
type Line = (String, String, Histogram);

/// The latency of the reads at each PoP; `None` without reads.
pub fn by_pop(results: &Results) -> Option<Chart> {
    let histograms: Vec<Histogram> = (0..results.scenario.pops.len())
        .map(|pop| results.pooled.at_pop(pop).read_latency.clone())
        .collect();
    let pops = chosen(results, |pop| histograms[pop].count() > 0);
    let lines = pops.into_iter().map(|(pop, class)| {
        let code = results.scenario.pops[pop].code.clone();
        (code, class, histograms[pop].clone())
    });
    let total = &results.summary.total;
    let p99 = total.get(Metric::ReadLatency, Some(Statistic::P99))?;
    Some(Chart {
        name: "latency",
        title: "How long reads take, by the share of reads that are at least as fast".to_owned(),
        description: format!(
            "Lines rise to the right, to the slowest reads. 99 in 100 reads take at most {}.",
            format::seconds(p99.mean / 1e3)
        ),
        ..chart(lines.collect())?
    })
}

/// The latency of reads by how they were answered; `None` where all were answered in the same way.
pub fn by_status(results: &Results) -> Option<Chart> {
    let total = results.pooled.total();
    let mut hits = Histogram::default();
    hits.record_time_n(results.scenario.cache.hit_latency, total.tally.hits);
    let lines = [
        ("hit", "c1", hits),
        ("coalesced", "c2", total.coalesced_latency.clone()),
        ("fetch", "c5", total.fetch_latency.clone()),
    ];
    let lines: Vec<Line> = lines
        .into_iter()
        .filter(|(_, _, histogram)| histogram.count() > 0)
        .map(|(name, class, histogram)| (name.to_owned(), class.to_owned(), histogram))
        .collect();
    if lines.len() < 2 {
        return None;
    }
    let medians = lines.iter().filter_map(|(name, _, histogram)| {
        let p50 = histogram.time_statistic_ns(Statistic::P50)? / 1e9;
        Some(format!("{} of a {name}", format::seconds(p50)))
    });
    let medians = medians.collect::<Vec<_>>().join(", ");
    Some(Chart {
        name: "latency-by-status",
        title: "How long hits, coalesced reads and fetches take, by the share of their kind that is at least as fast".to_owned(),
        description: format!("A line for each kind. The medians: {medians}."),
        ..chart(lines)?
    })
}

/// The lines by share, with axes that fit them.
fn chart(lines: Vec<Line>) -> Option<Chart> {
    let series = lines.into_iter().map(|(name, class, histogram)| {
        let hdr = histogram.to_hdr();
        let nines = libm::log10(histogram.count() as f64).min(4.0);
        let points = (0..=POINTS).map(|n| {
            let part = 1.0 - libm::pow(10.0, -nines * n as f64 / POINTS as f64);
            // Less than a tenth of a millisecond is not shown.
            (part, (hdr.value_at_quantile(part) as f64 / 1e6).max(1e-4))
        });
        Series {
            name,
            class,
            points: points.collect(),
        }
    });
    let series: Vec<Series> = series.collect();
    let all = series.iter().flat_map(|series| &series.points);
    let (mut least, mut greatest) = (f64::INFINITY, 0.0f64);
    for (_, value) in all {
        (least, greatest) = (least.min(*value), greatest.max(*value));
    }
    if greatest == 0.0 {
        return None;
    }
    let powers = decades(least, greatest);
    let shares = [
        (0.0, "0"),
        (0.9, "90 %"),
        (0.99, "99 %"),
        (0.999, "99.9 %"),
        (0.9999, "99.99 %"),
    ];
    Some(Chart {
        x: Axis {
            title: "share of reads at least this fast".to_owned(),
            scale: Scale::Tail,
            range: (0.0, 0.9999),
            ticks: shares
                .map(|(value, name)| (value, name.to_owned()))
                .to_vec(),
        },
        y: Axis {
            title: String::new(),
            scale: Scale::Log,
            range: (powers[0], powers[powers.len() - 1]),
            ticks: powers
                .iter()
                .map(|p| (*p, trimmed(&format::seconds(*p))))
                .collect(),
        },
        series,
        ..Chart::default()
    })
}
