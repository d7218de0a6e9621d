//! The terminal's block on Workers: what they were asked and answered, how long that took, what their scripts
//! counted, what went wrong in them and what they printed.

use super::page::{LABEL, Page, Tone, WIDTH, cut, printable};
use crate::experiment::Results;
use crate::report::format::{self, percent, seconds, wrap};
use crate::report::{console, prose, troubles};
use crate::scenario::metric::{Metric, Statistic, Unit};
use crate::scenario::{Scope, WorkloadIndex, WorkloadKind};
use crate::stats::Estimate;
use crate::units::Duration;

/// So many statuses, and so many counts, are shown of each Worker.
const ROWS_MAX: usize = 8;
/// So many kinds of trouble are shown.
const TROUBLES_MAX: usize = 5;
/// So many lines of each.
const TROUBLE_LINES_MAX: usize = 3;

/// Adds the block, where there are Workers.
pub fn workers(page: &mut Page, results: &Results) {
    if results.scenario.workers.is_empty() {
        return;
    }
    page.heading("WORKERS");
    for (index, name) in results.scenario.workload_names().enumerate() {
        if results.scenario.kind(index) == WorkloadKind::Worker {
            worker(page, results, (index, name));
        }
    }
    printed(page, results);
    went_wrong(page, results);
}

fn worker(page: &mut Page, results: &Results, (index, name): (WorkloadIndex, &str)) {
    let scope = Scope::Workload(index);
    let numbers = results.summary.scope(scope);
    let count = |metric| numbers.get(metric, None);
    let requests = count(Metric::Requests);
    let all = requests.map_or(0.0, |requests| requests.mean);
    let shown = requests.map_or_else(String::new, |n| format::estimate(Unit::Count, n));
    page.row(&cut(name, LABEL - 1), &shown, "requests");
    let latency = |statistic| {
        let number = prose::pooled(results, scope, Metric::RequestLatency, statistic)?;
        let shown = format::value(Unit::Milliseconds, number);
        Some(format!("{} {shown}", statistic.name()))
    };
    if let (Some(p50), Some(p99)) = (latency(Statistic::P50), latency(Statistic::P99)) {
        let note = "from a request's start to its response";
        page.row("  latency", &format!("{p50}  {p99}"), note);
    }
    if let Some(failed) = count(Metric::FailedRequests).filter(|failed| failed.mean > 0.0) {
        let note = "ended with an error of the script";
        page.row("  failed", &with_share(failed, all), note);
    }
    let statuses = numbers.responses.iter();
    let statuses = statuses.map(|(status, count)| (status.to_string(), *count));
    rows(page, statuses.collect(), all, "responses with this status");
    let counts = numbers.counts.iter();
    let counts = counts.map(|(name, count)| (name.clone(), *count));
    rows(page, counts.collect(), all, "counted by the script");
}

/// Adds rows of names and numbers, the largest if there are many.
fn rows(page: &mut Page, mut all: Vec<(String, Estimate)>, requests: f64, note: &str) {
    let more = all.len().saturating_sub(ROWS_MAX);
    if more > 0 {
        let mut sizes: Vec<f64> = all.iter().map(|(_, count)| count.mean).collect();
        sizes.sort_by(|a, b| b.total_cmp(a));
        let mut left = ROWS_MAX;
        all.retain(|(_, count)| {
            let is_kept = count.mean >= sizes[ROWS_MAX - 1] && left > 0;
            left -= usize::from(is_kept);
            is_kept
        });
    }
    let mut note = note;
    for (name, count) in all {
        let label = format!("  {}", cut(&name, LABEL - 3));
        page.row(&label, &with_share(count, requests), note);
        // Said once, it holds for the rows below.
        note = "";
    }
    if more > 0 {
        page.row("  …", &format!("{more} more"), "all are in summary.json");
    }
}

/// A count and its share of the requests, or how many there are to a request where they are more.
fn with_share(count: Estimate, requests: f64) -> String {
    let shown = format::estimate(Unit::Count, count);
    if requests <= 0.0 || count.mean < 0.0 {
        return shown;
    }
    let share = count.mean / requests;
    if share <= 1.0 {
        format!("{shown}  ({})", percent(share))
    } else {
        format!("{shown}  ({} a request)", format::value(Unit::Count, share))
    }
}

/// Where what scripts printed can be read.
fn printed(page: &mut Page, results: &Results) {
    let printed = &results.pooled.console;
    let lines = printed.lines.len() as u64 + printed.left_out;
    if lines == 0 {
        return;
    }
    let of = if results.has_intervals() {
        "of the first run, "
    } else {
        ""
    };
    let kept = match printed.left_out {
        0 => format!("{of}in {}", console::NAME),
        _ => format!("{of}the first of them in {}", console::NAME),
    };
    let lines = match lines {
        1 => "1 line".to_owned(),
        _ => format!("{} lines", format::whole(lines)),
    };
    page.row("console", &lines, &kept);
}

/// The most frequent troubles: what, where in the script, how often, and where and when first.
fn went_wrong(page: &mut Page, results: &Results) {
    let all = troubles::by_frequency(results);
    if all.is_empty() {
        return;
    }
    page.heading("WHAT WENT WRONG IN SCRIPTS");
    for (trouble, occurrences) in all.iter().take(TROUBLES_MAX) {
        let what = printable(&troubles::what(results, trouble));
        let mut lines = wrap(&what, WIDTH - 6);
        if lines.len() > TROUBLE_LINES_MAX {
            lines.truncate(TROUBLE_LINES_MAX);
            lines.push("…".to_owned());
        }
        for (index, line) in lines.iter().enumerate() {
            let bullet = if index == 0 { "·" } else { " " };
            page.line(&format!("  {bullet} {}", cut(line, WIDTH - 4)));
        }
        let times = troubles::times(occurrences.count);
        let runs = match results.seeds.len() {
            1 => String::new(),
            runs => format!(" in {runs} runs"),
        };
        let name = results.scenario.workload_name(trouble.workload);
        let pop = &results.scenario.pops[occurrences.pop].code;
        let first = seconds(Duration(occurrences.first.0).as_secs_f64());
        let note = format!("{times}{runs} in {name}, first after {first} at {pop}");
        let note = page.paint(Tone::Quiet, &note);
        page.line(&format!("    {note}"));
    }
    let rest = all.iter().skip(TROUBLES_MAX);
    let (kinds, count) = rest.fold((0, 0), |(kinds, count), (_, occurrences)| {
        (kinds + 1, count + occurrences.count)
    });
    if kinds > 0 {
        let things = if kinds == 1 { "thing" } else { "things" };
        let kinds = format::whole(kinds);
        let times = troubles::times(count);
        page.line(&format!("  · {kinds} more {things}, {times} in all"));
    }
    let others = results.pooled.troubles.others;
    if others > 0 {
        let times = troubles::times(others);
        page.line(&format!(
            "  · and {times} something of so many kinds that they are not told apart"
        ));
    }
}
