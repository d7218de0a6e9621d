//! The summary on the terminal: the answer, what was expected, consistency, clients, Workers, reads, cost, hints, and
//! where the rest is.

mod clients;
mod comparison;
mod expectations;
pub(crate) mod page;
mod plan;
mod reads_table;
mod story;
mod sweep;
mod workers;

use super::format::{self, pad, percent, wrap};
use super::{advice, prose};
use crate::experiment::Results;
use crate::pricing::quota::Moment;
use crate::pricing::{Bill, DAYS_BILLED, Line};
use crate::scenario::metric::{Metric, Statistic};
use crate::scenario::{Plan, Scope};
use clients::clients;
use expectations::expectations;
use page::{LABEL, Page, Tone, printable};
use reads_table::reads_table;
use workers::workers;

pub use comparison::comparison;
pub use page::WIDTH;
pub use plan::{Planned, Trial, planned};
pub use story::story;
pub use sweep::sweep;

/// Where a report was put.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The report's directory, as the user would type it.
    pub directory: &'a str,
    /// How many files are in it.
    pub files: usize,
}

/// The summary of an experiment, ending in a line break. `place` is `None` where nothing was written; colours
/// only if asked for. Nothing in it depends on the wall clock.
pub fn summary(results: &Results, place: Option<Place>, color: bool) -> String {
    let mut page = Page::new(color);
    title(&mut page, results);
    answer(&mut page, results);
    expectations(&mut page, results);
    consistency(&mut page, results);
    clients(&mut page, results);
    workers(&mut page, results);
    reads_table(&mut page, results);
    cost(&mut page, results);
    hints(&mut page, results);
    if let Some(Place { directory, files }) = place {
        let (directory, others) = (directory.trim_end_matches('/'), files - 1);
        page.place(
            &format!("{directory}/report.html"),
            &format!("(and {others} files; reports/README.md says what they are)"),
        );
        let note = "What is assumed and what is left out stands at its end.";
        let note = page.paint(Tone::Quiet, note);
        page.line(&format!("  {note}"));
    }
    page.into_text()
}

fn title(page: &mut Page, results: &Results) {
    let method = results.scenario.method();
    let plain = printable(&results.scenario.title);
    let title = page.paint(Tone::Strong, &plain);
    let used = plain.chars().count() + method.chars().count();
    if used + 3 > WIDTH {
        page.line(&title);
        page.line(&format!("  {method}"));
    } else {
        let gap = " ".repeat(WIDTH - used);
        page.line(&format!("{title}{gap}{method}"));
    }
}

fn answer(page: &mut Page, results: &Results) {
    page.line("");
    if let Some(question) = &results.scenario.question {
        for line in wrap(question, WIDTH - 2) {
            let line = page.paint(Tone::Quiet, &line);
            page.line(&format!("  {line}"));
        }
    }
    for line in wrap(&prose::answer(results), WIDTH - 2) {
        let line = page.paint(Tone::Strong, &line);
        page.line(&format!("  {line}"));
    }
}

fn consistency(page: &mut Page, results: &Results) {
    page.heading("CONSISTENCY");
    let count = |metric: Metric| {
        let number = results.summary.total.get(metric, None);
        number.map_or("–".to_owned(), |n| {
            format::estimate(metric.info().unit, n)
        })
    };
    page.row(
        "stale reads",
        &count(Metric::StaleReadRatio),
        "of reads returned a superseded version",
    );
    page.row(
        "staleness of those",
        &spread(results, Metric::Staleness, Statistic::P50),
        "for so long it had been superseded",
    );
    page.row(
        "convergence",
        &spread(results, Metric::Convergence, Statistic::Mean),
        "until no PoP serves an older version",
    );
    page.row(
        "lost concurrent writes",
        &count(Metric::LostConcurrentWrites),
        "replaced by a writer unaware of them",
    );
    let rejected = match results.summary.total.get(Metric::RejectedWriteRatio, None) {
        Some(ratio) if ratio.mean > 0.0 => {
            let share = percent(ratio.mean);
            format!("{}  ({share})", count(Metric::RejectedWrites))
        }
        _ => count(Metric::RejectedWrites),
    };
    page.row(
        "rejected writes",
        &rejected,
        "refused with 429 by the write limit",
    );
    let skipped = match prose::skipped_share(results) {
        Some(share) if share > 0.0 => {
            format!("{}  ({})", count(Metric::SkippedVersions), percent(share))
        }
        _ => count(Metric::SkippedVersions),
    };
    page.row(
        "skipped versions",
        &skipped,
        "a PoP went straight to a later one",
    );
}

/// The middle of a distribution and its 99th percentile.
fn spread(results: &Results, metric: Metric, middle: Statistic) -> String {
    let get = |statistic| results.summary.total.get(metric, Some(statistic));
    // The tail is that of all runs together, as in the answer.
    let p99 = prose::pooled(results, Scope::Total, metric, Statistic::P99);
    let (Some(at_middle), Some(p99)) = (get(middle), p99) else {
        return "–".to_owned();
    };
    let unit = metric.info().unit;
    let at_middle = format::estimate(unit, at_middle);
    let p99 = format::value(unit, p99);
    format!("{} {at_middle}  p99 {p99}", middle.name())
}

fn cost(page: &mut Page, results: &Results) {
    let bill = results.bill();
    page.heading(&format!("COST OF {DAYS_BILLED} DAYS"));
    let scaled = format!(
        "scaled from {}",
        format::length_in_words(results.scenario.duration)
    );
    match bill.plan {
        Plan::Paid => {
            paid_plan(page, &bill, &scaled);
            free_plan(page, &bill, "");
        }
        Plan::Free => {
            free_plan(page, &bill, &scaled);
            paid_plan(page, &bill, "");
        }
    }
}

fn paid_plan(page: &mut Page, bill: &Bill, note: &str) {
    page.row("paid plan", &format::usd(bill.paid_usd().dollars()), note);
    for line in bill.lines.iter().filter(|line| line.units > 0) {
        let amount = format::usd(line.usd.dollars());
        page.row(&format!("  {}", item(line)), &amount, &units(line));
    }
    let rounded_up = bill.paid_usd_rounded_up();
    if rounded_up != bill.paid_usd() {
        page.row(
            "  rounded up",
            &format::usd(rounded_up.dollars()),
            "if begun millions count; not published",
        );
    }
}

fn item(line: &Line) -> &'static str {
    match line.item {
        "storage_gb" => "storage",
        item => item,
    }
}

fn units(line: &Line) -> String {
    let shown = |amount: u64| match line.item {
        "storage_gb" => format::bytes(amount),
        _ => format::whole(amount),
    };
    match line.item {
        "plan" => "per account and month".to_owned(),
        _ => format!("{} ({} included)", shown(line.units), shown(line.included)),
    }
}

fn free_plan(page: &mut Page, bill: &Bill, note: &str) {
    let exhausted = bill.exhausted.items();
    let mut first: Vec<(&str, Moment)> = exhausted
        .into_iter()
        .filter_map(|(item, at)| Some((item, at?)))
        .collect();
    first.sort_by_key(|(_, at)| *at);
    if first.is_empty() {
        page.row("free plan", "$0.00, and enough", note);
        return;
    }
    page.row("free plan", "not enough", note);
    for (item, Moment { day, hour }) in first {
        let when = match item {
            "storage" => "more than the 1 GB it stores".to_owned(),
            _ => format!(
                "the day's quota runs out on day {day}, {hour:02}:00 to {:02}:00 UTC",
                hour + 1
            ),
        };
        page.line(&format!("    {}{when}", pad(item, LABEL - 2)));
    }
}

fn hints(page: &mut Page, results: &Results) {
    page.heading("HINTS");
    for hint in advice::hints(results) {
        for (index, line) in wrap(&hint, WIDTH - 4).iter().enumerate() {
            let bullet = if index == 0 { "·" } else { " " };
            page.line(&format!("  {bullet} {line}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Outcome;
    use crate::report::fixture;
    use crate::scenario::{Comparison, Expectation, Measured};

    fn shown(results: &Results) -> String {
        let place = Place {
            directory: "reports/flag-flip",
            files: 12,
        };
        let text = summary(results, Some(place), false);
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "too wide: {line}");
            assert_eq!(line, line.trim_end());
        }
        text
    }

    #[test]
    fn one_run() {
        let text = shown(&fixture::flag_flip(1));
        assert!(!text.contains('±'), "one run has no interval");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn twenty_runs() {
        insta::assert_snapshot!(shown(&fixture::flag_flip(20)));
    }

    #[test]
    fn three_hundred_pops() {
        insta::assert_snapshot!(shown(&fixture::everywhere(1)));
    }

    #[test]
    fn long_names_give_way_to_numbers() {
        let mut scenario = fixture::everywhere(2).scenario;
        for pop in &mut scenario.pops {
            pop.city = "Llanfairpwllgwyngyllgogerychwyrndrobwll, GB".to_owned();
        }
        let text = shown(&fixture::simulate(scenario));
        assert!(text.contains("Llanf") && !text.contains("drobwll"));
    }

    #[test]
    fn nobody_reads() {
        insta::assert_snapshot!(shown(&fixture::nobody_reads()));
    }

    #[test]
    fn expectations_failed_and_undecided() {
        let mut scenario = fixture::flag_flip_scenario(20);
        scenario.expect = vec![
            fixture::expect(
                "stale-read-ratio < 33%",
                Metric::StaleReadRatio,
                Comparison::Less,
                0.33,
            ),
            fixture::expect(
                "hit-ratio > 99.99%",
                Metric::HitRatio,
                Comparison::Greater,
                0.9999,
            ),
            fixture::expect(
                "rejected-write-ratio = 0%",
                Metric::RejectedWriteRatio,
                Comparison::Equal,
                0.0,
            ),
            Expectation {
                scope: Scope::Workload(1),
                ..fixture::expect_statistic(
                    "staleness.max of operator <= 60s",
                    (Metric::Staleness, Statistic::Max),
                    Comparison::LessOrEqual,
                    60.0,
                )
            },
        ];
        insta::assert_snapshot!(shown(&fixture::simulate(scenario)));
    }

    #[test]
    fn nobody_writes() {
        insta::assert_snapshot!(shown(&fixture::nobody_writes()));
    }

    #[test]
    fn workers_in_one_run() {
        insta::assert_snapshot!(shown(&fixture::limited(1)));
    }

    #[test]
    fn workers_in_several_runs() {
        insta::assert_snapshot!(shown(&fixture::limited(5)));
    }

    #[test]
    fn workers_with_much_to_tell() {
        let mut results = fixture::limited(1);
        results.scenario.expect = vec![
            fixture::rule(
                "counts.a-name-of-a-count-that-is-as-long-as-names-of-counts-may-be-0123 of limiter < 1000",
                Measured::Count {
                    name: "admited".to_owned(),
                    is_ratio: false,
                },
                Comparison::Less,
                1e3,
            ),
            fixture::expect(
                "writes-follow-reads-violations of browser = 0",
                Metric::WritesFollowReadsViolations,
                Comparison::Equal,
                0.0,
            ),
        ];
        results.verdicts.truncate(2);
        results.verdicts[0].outcome = Outcome::Met;
        let of_limiter = &mut results.summary.workloads[1];
        let one = |mean| crate::stats::Estimate {
            mean,
            half_width_95: None,
        };
        of_limiter.counts = (1..12)
            .map(|n| (format!("{n}{}", "x".repeat(60)), one(f64::from(n))))
            .collect();
        of_limiter.responses = (400..418).map(|status| (status, one(10.0))).collect();
        for number in 0..7 {
            let place = crate::sim::program::Place {
                file: "limiter.js".to_owned(),
                line: number,
                column: 1,
            };
            let trouble = crate::observe::application::Trouble {
                workload: 1,
                cause: crate::sim::program::Cause::NotStarted,
                error: crate::sim::program::ScriptError {
                    message: format!("Error: {}", "too much of everything ".repeat(30)),
                    place: Some(place),
                },
            };
            for _ in 0..number * 100 {
                results
                    .pooled
                    .troubles
                    .note(trouble.clone(), crate::units::Time(0), 2);
            }
        }
        insta::assert_snapshot!(shown(&results));
    }

    #[test]
    fn colours_only_change_how_it_looks() {
        let results = fixture::flag_flip(1);
        let plain = summary(&results, None, false);
        let coloured = summary(&results, None, true);
        assert!(!plain.contains('\u{1b}') && coloured.contains("\u{1b}["));
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    }
}
