//! The summary on the terminal: the answer, what was expected, consistency, reads, cost, hints, and where the
//! rest is.

use super::format::{self, pad, percent, wrap};
use super::reads_table::reads_table;
use super::{advice, prose};
use crate::experiment::{Outcome, Results};
use crate::pricing::quota::Moment;
use crate::pricing::{Bill, DAYS_BILLED, Line};
use crate::scenario::Plan;
use crate::scenario::metric::{Metric, Statistic};
use anstyle::{AnsiColor, Style};

/// Columns of the page.
pub const WIDTH: usize = 98;
const LABEL: usize = 24;
const VALUE: usize = 30;
/// Where what was measured stands, beside what was expected.
const MEASURED: usize = 44;

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
    let mut page = Page {
        text: String::new(),
        color,
    };
    title(&mut page, results);
    answer(&mut page, results);
    expectations(&mut page, results);
    consistency(&mut page, results);
    clients(&mut page, results);
    reads_table(&mut page, results);
    cost(&mut page, results);
    hints(&mut page, results);
    if let Some(Place { directory, files }) = place {
        page.line("");
        page.line(&format!(
            "  {directory}   ({files} files; reports/README.md says what they are)"
        ));
        let note =
            "What is assumed and what is left out stands in its summary.json, under assumptions.";
        let note = page.paint(Tone::Quiet, note);
        page.line(&format!("  {note}"));
    }
    page.text
}

/// The text so far, and whether it may have colours.
pub struct Page {
    text: String,
    color: bool,
}

/// How a piece of text is meant.
#[derive(Clone, Copy)]
pub enum Tone {
    /// A heading or the answer.
    Strong,
    /// A definition or an aside.
    Quiet,
    /// An expectation that was met.
    Met,
    /// One that was not.
    Failed,
    /// One that the runs do not decide.
    Undecided,
}

impl Page {
    /// Adds a line, without spaces at its end.
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Adds a heading after an empty line.
    pub fn heading(&mut self, heading: &str) {
        self.line("");
        let heading = self.paint(Tone::Strong, heading);
        self.line(&format!("  {heading}"));
    }

    /// Adds a measured value between its name and its definition.
    pub fn row(&mut self, label: &str, value: &str, note: &str) {
        let note = self.paint(Tone::Quiet, note);
        let (label, value) = (pad(label, LABEL), pad(value, VALUE));
        self.line(&format!("  {label}{value}  {note}"));
    }

    /// `text` in the colour of its tone, if colours are wanted.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let coloured = |color: AnsiColor| Style::new().bold().fg_color(Some(color.into()));
        let style = match tone {
            Tone::Strong => Style::new().bold(),
            Tone::Quiet => Style::new().dimmed(),
            Tone::Met => coloured(AnsiColor::Green),
            Tone::Failed => coloured(AnsiColor::Red),
            Tone::Undecided => coloured(AnsiColor::Yellow),
        };
        format!("{style}{text}{style:#}")
    }
}

/// A text of the user's on one line, without what a terminal would take for a command.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn title(page: &mut Page, results: &Results) {
    let scenario = &results.scenario;
    let first = scenario.seed;
    let last = results.seeds.last().copied().unwrap_or(first);
    let length = format::length_in_words(scenario.duration);
    let method = match results.seeds.len() {
        1 => format!("one run · seed {first} · {length}"),
        runs => format!("{runs} runs · seeds {first}..{last} · {length} each"),
    };
    let plain = printable(&scenario.title);
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

fn expectations(page: &mut Page, results: &Results) {
    if results.scenario.expect.is_empty() {
        return;
    }
    page.heading(&format!("{}MEASURED", pad("EXPECTED", MEASURED)));
    for (rule, verdict) in results.scenario.expect.iter().zip(&results.verdicts) {
        let (mark, tone) = match verdict.outcome {
            Outcome::Met => ("✓", Tone::Met),
            Outcome::Failed => ("✗", Tone::Failed),
            Outcome::Undecided => ("?", Tone::Undecided),
        };
        let unit = rule.metric.info().unit;
        let measured = verdict.measured.map(|m| format::estimate(unit, m));
        let measured = measured.unwrap_or_else(|| "–".to_owned());
        let mark = page.paint(tone, mark);
        let rule_text = pad(&rule.text, MEASURED - 3);
        page.line(&format!("  {mark} {rule_text} {measured}"));
        let advice = match verdict.outcome {
            Outcome::Met => continue,
            Outcome::Failed => advice::on_failure(results, rule),
            Outcome::Undecided => {
                advice::on_indecision(results.seeds.len(), verdict.runs_to_decide)
            }
        };
        for line in advice.lines().flat_map(|line| wrap(line, WIDTH - 6)) {
            page.line(&format!("      {line}"));
        }
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

/// What went wrong for clients, where there are any.
fn clients(page: &mut Page, results: &Results) {
    const ROWS: [(Metric, &str, &str); 7] = [
        (Metric::Sessions, "sessions", "clients that did something"),
        (
            Metric::LostUpdates,
            "lost updates",
            "the last value holds nothing of them",
        ),
        (
            Metric::StaleBaseWrites,
            "stale bases",
            "written on a version that was not the latest",
        ),
        (
            Metric::ResurrectedKeys,
            "resurrected keys",
            "deleted, and written back from an old copy",
        ),
        (
            Metric::ReadYourWritesViolations,
            "own writes unseen",
            "reads older than an own write",
        ),
        (
            Metric::MonotonicReadViolations,
            "back in time",
            "reads older than an earlier one",
        ),
        (
            Metric::WritesFollowReadsViolations,
            "effects before causes",
            "reads older than what another read rests on",
        ),
    ];
    if results.scenario.clients.is_empty() {
        return;
    }
    page.heading("CLIENTS");
    for (metric, name, meaning) in ROWS {
        if let Some(number) = results.summary.total.get(metric, None) {
            let number = format::estimate(metric.info().unit, number);
            page.row(name, &number, meaning);
        }
    }
}

/// The middle of a distribution and its 99th percentile.
fn spread(results: &Results, metric: Metric, middle: Statistic) -> String {
    let get = |statistic| results.summary.total.get(metric, Some(statistic));
    // The tail is that of all runs together, as in the answer.
    let p99 = prose::pooled(results, metric, Statistic::P99);
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
    use crate::report::fixture;
    use crate::scenario::{Comparison, Expectation, Scope};

    fn shown(results: &Results) -> String {
        let place = Place {
            directory: "reports/flag-flip",
            files: 11,
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
    fn colours_only_change_how_it_looks() {
        let results = fixture::flag_flip(1);
        let plain = summary(&results, None, false);
        let coloured = summary(&results, None, true);
        assert!(!plain.contains('\u{1b}') && coloured.contains("\u{1b}["));
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    }
}
