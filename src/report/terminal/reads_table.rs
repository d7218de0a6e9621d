//! The terminal's table of reads: a row per PoP, of many PoPs the most telling ones.

use super::page::{Page, Tone, WIDTH, cut};
use crate::experiment::Results;
use crate::observe::summary::Numbers;
use crate::report::format::{self, pad};
use crate::scenario::PopIndex;
use crate::scenario::metric::{Metric, Statistic, Unit};
use crate::stats::Estimate;

/// Rows at most, beside that of all PoPs.
const MOST_ROWS: usize = 8;
/// Columns that a name has at least, however wide the numbers are.
const LEAST_NAME: usize = 12;

/// Adds the table.
pub fn reads_table(page: &mut Page, results: &Results) {
    let with_reads: Vec<PopIndex> = (0..results.scenario.pops.len())
        .filter(|pop| number(results, *pop, Metric::Reads, None) > 0.0)
        .collect();
    page.heading("READS");
    if with_reads.is_empty() {
        page.line("  none");
        return;
    }
    let chosen = choose(results, &with_reads);
    let mut rows = vec![header()];
    for (pop, remark) in &chosen {
        let described = &results.scenario.pops[*pop];
        let name = match described.city.as_str() {
            "" => described.code.clone(),
            city => format!("{}  {city}", described.code),
        };
        rows.push(row(name, &results.summary.pops[*pop], remark));
    }
    if with_reads.len() > 1 {
        rows.push(row("all".to_owned(), &results.summary.total, ""));
    }
    print(page, &rows);
    let more = with_reads.len() - chosen.len();
    if more > 0 {
        let all = format::whole(with_reads.len() as u64);
        let more = format!("the busiest, stalest and slowest of {all} PoPs; all are in pops.csv");
        let more = page.paint(Tone::Quiet, &more);
        page.line(&format!("  {more}"));
    }
    if results
        .summary
        .total
        .get(Metric::Visibility, Some(Statistic::P99))
        .is_some()
    {
        let note = "visible: after so long, for 99 in 100 writes, nobody there can be given an older version";
        let note = page.paint(Tone::Quiet, note);
        page.line(&format!("  {note}"));
    }
    behind_the_pops(page, results);
}

/// What the tiers answered and what was left for the store.
fn behind_the_pops(page: &mut Page, results: &Results) {
    for (tier, summary) in results.scenario.tiers.iter().zip(&results.summary.tiers) {
        let [reads, .., hit_ratio] = summary.total;
        let (Some(reads), Some(hit_ratio)) = (reads, hit_ratio) else {
            continue;
        };
        let label = cut(&format!("tier {}", tier.name), 22);
        let reads = format::value(Unit::Count, reads.mean);
        let note = format!("of {reads} requests answered from its copies");
        page.row(&label, &format::estimate(Unit::Ratio, hit_ratio), &note);
    }
    if let Some(reads) = results.summary.total.get(Metric::StoreReads, None) {
        let reads = format::estimate(Unit::Count, reads);
        page.row(
            "store reads",
            &reads,
            "requests that came through to the store",
        );
    }
}

const COLUMNS: usize = 9;

fn header() -> [String; COLUMNS] {
    [
        "",
        "reads",
        "hit ratio",
        "stale",
        "visible",
        "p50",
        "p99",
        "p99.9",
        "",
    ]
    .map(str::to_owned)
}

fn row(name: String, numbers: &Numbers<Estimate>, remark: &str) -> [String; COLUMNS] {
    let shown = |metric: Metric, statistic| match numbers.get(metric, statistic) {
        Some(number) => format::estimate(metric.info().unit, number),
        None => "–".to_owned(),
    };
    let mean = |metric: Metric, statistic| match numbers.get(metric, statistic) {
        Some(number) => format::value(metric.info().unit, number.mean),
        None => "–".to_owned(),
    };
    let reads = numbers.get(Metric::Reads, None).map_or(0.0, |n| n.mean);
    [
        name,
        format::whole(reads.round() as u64),
        mean(Metric::HitRatio, None),
        shown(Metric::StaleReadRatio, None),
        mean(Metric::Visibility, Some(Statistic::P99)),
        mean(Metric::ReadLatency, Some(Statistic::P50)),
        mean(Metric::ReadLatency, Some(Statistic::P99)),
        mean(Metric::ReadLatency, Some(Statistic::P999)),
        remark.to_owned(),
    ]
}

/// Prints the rows in columns; names give way where the numbers need the space.
fn print(page: &mut Page, rows: &[[String; COLUMNS]]) {
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let of_numbers: usize = widths[1..].iter().map(|width| width + 2).sum();
    let name_width = WIDTH.saturating_sub(2 + of_numbers).max(LEAST_NAME);
    let name_width = name_width.min(widths[0]);
    // A column in which no PoP has anything says nothing.
    let is_empty = |column: usize| rows[1..].iter().all(|row| row[column] == "–");
    for row in rows {
        let mut line = String::from("  ");
        line.push_str(&pad(&cut(&row[0], name_width), name_width));
        for (column, (cell, width)) in row.iter().zip(widths).enumerate().skip(1).take(COLUMNS - 2)
        {
            if is_empty(column) {
                continue;
            }
            line.push_str(&format!("  {cell:>width$}"));
        }
        let remark = page.paint(Tone::Quiet, &row[COLUMNS - 1]);
        page.line(&format!("{line}  {remark}"));
    }
}

/// All PoPs if they are few, else the first of each ranking in turn, in the scenario's order.
fn choose(results: &Results, with_reads: &[PopIndex]) -> Vec<(PopIndex, String)> {
    if with_reads.len() <= MOST_ROWS {
        return with_reads.iter().map(|pop| (*pop, String::new())).collect();
    }
    let ranked = |metric, statistic, remark| {
        let mut pops = with_reads.to_vec();
        let of = |pop: &PopIndex| number(results, *pop, metric, statistic);
        pops.sort_by(|a, b| of(b).total_cmp(&of(a)));
        // Where nothing is stale, no PoP is the stalest.
        (of(&pops[0]) > 0.0).then_some((pops, remark))
    };
    let rankings = [
        ranked(Metric::Reads, None, "busiest"),
        ranked(Metric::StaleReadRatio, None, "stalest"),
        ranked(Metric::ReadLatency, Some(Statistic::Mean), "slowest"),
    ];
    let rankings: Vec<(Vec<PopIndex>, &str)> = rankings.into_iter().flatten().collect();
    let mut chosen: Vec<PopIndex> = Vec::new();
    for rank in 0..with_reads.len() {
        for (ranking, _) in &rankings {
            if chosen.len() < MOST_ROWS && !chosen.contains(&ranking[rank]) {
                chosen.push(ranking[rank]);
            }
        }
    }
    chosen.sort_unstable();
    let remark = |pop: PopIndex| {
        let first = rankings.iter().filter(|(ranking, _)| ranking[0] == pop);
        first
            .map(|(_, remark)| *remark)
            .collect::<Vec<_>>()
            .join(", ")
    };
    chosen.into_iter().map(|pop| (pop, remark(pop))).collect()
}

fn number(results: &Results, pop: PopIndex, metric: Metric, statistic: Option<Statistic>) -> f64 {
    let number = results.summary.pops[pop].get(metric, statistic);
    number.map_or(0.0, |number| number.mean)
}
