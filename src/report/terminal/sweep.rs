//! The points of a sweep on the terminal: what they say, a row for each, what was expected.

use super::page::{Page, Tone, WIDTH, cut, printable};
use crate::experiment::Outcome;
use crate::pricing::DAYS_BILLED;
use crate::report::format::{self, pad, wrap};
use crate::report::points::{Points, name, short};
use crate::scenario::Variation;

/// Columns of a setting at most.
const WIDEST_SETTING: usize = 24;
/// Columns of a number at least and at most.
const NUMBER: (usize, usize) = (17, 20);
/// Columns of the marks at least: the word above them.
const MARKS: usize = 8;
/// More are counted.
const MOST_MARKS: usize = 12;
/// Between two columns.
const GAP: usize = 1;
/// Before a row.
const INDENT: usize = 2;

/// The sweep, ending in a line break. `page_at` is where its page was put.
pub fn sweep(points: &Points, page_at: Option<&str>, color: bool) -> String {
    let mut page = Page::new(color);
    let title = page.paint(Tone::Strong, &cut(&printable(&points.title), WIDTH));
    page.line(&title);
    let count = match points.list.len() {
        1 => "1 point".to_owned(),
        count => format!("{count} points"),
    };
    page.line(&format!(
        "  {count} on the same traffic · each {}",
        points.method
    ));
    page.line("");
    for sentence in points.answer() {
        for line in wrap(&sentence, WIDTH - 2) {
            let line = page.paint(Tone::Strong, &line);
            page.line(&format!("  {line}"));
        }
    }
    page.line("");
    rows(&mut page, points);
    expectations(&mut page, points);
    if let Some(place) = page_at {
        page.place(place, "(and sweep.csv, sweep.json with every number)");
    }
    page.into_text()
}

fn rows(page: &mut Page, points: &Points) {
    let widths: Vec<usize> = points.axes.iter().map(setting_width).collect();
    let costs = points.list.iter().map(|point| format::usd(point.paid_usd));
    let month = format!("{DAYS_BILLED} days");
    let cost = costs.chain([month.clone()]).map(|cost| cost.len()).max();
    let cost = cost.unwrap_or(0) + 2 * GAP;
    let marked = marks(points, 0).chars().count().max(MARKS);
    let taken = INDENT + widths.iter().sum::<usize>() + cost + marked;
    let room = WIDTH.saturating_sub(taken);
    let columns = points.columns((room / NUMBER.0).max(1));
    let width = (room / columns.len().max(1)).clamp(NUMBER.0, NUMBER.1);
    let header = columns.iter().map(|leaf| fit(&name(*leaf), width));
    let paths = points.axes.iter().zip(&widths);
    let paths = paths.map(|(axis, width)| fit(short(&axis.path), *width));
    let expected = if points.rules.is_empty() {
        ""
    } else {
        "expected"
    };
    let header: String = paths.chain(header).chain([fit(&month, cost)]).collect();
    let header = page.paint(Tone::Quiet, &format!("{header}{expected}"));
    page.line(&format!("  {header}"));
    let cheapest = points.cheapest();
    for (index, point) in points.list.iter().enumerate() {
        let settings = point.settings.iter().zip(&widths);
        let settings = settings.map(|(value, width)| fit(&printable(value), *width));
        let numbers = columns.iter().map(|leaf| {
            let number = point.get(*leaf);
            let number = number.map(|n| format::estimate(leaf.metric.info().unit, n));
            fit(number.as_deref().unwrap_or("–"), width)
        });
        let cost = fit(&format::usd(point.paid_usd), cost);
        let row: String = settings.chain(numbers).chain([cost]).collect();
        let tone = match point.outcome() {
            Some(Outcome::Met) => Tone::Met,
            Some(Outcome::Failed) => Tone::Failed,
            Some(Outcome::Undecided) => Tone::Undecided,
            None => Tone::Quiet,
        };
        let marks = page.paint(tone, &marks(points, index));
        let pointer = if cheapest == Some(index) { "▸" } else { " " };
        page.line(&format!("{pointer} {row}{marks}"));
    }
}

/// Columns of a setting: what its name and its values take.
fn setting_width(axis: &Variation) -> usize {
    let values = axis.values.iter().map(String::as_str);
    let texts = values.chain([short(&axis.path)]);
    let widest = texts.map(|text| text.chars().count()).max();
    (widest.unwrap_or(0) + 2 * GAP).min(WIDEST_SETTING)
}

/// A mark for each expectation, in order.
fn marks(points: &Points, index: usize) -> String {
    let verdicts = points.list[index].verdicts.iter();
    let marks = verdicts.map(|verdict| match verdict.outcome {
        Outcome::Met => '✓',
        Outcome::Failed => '✗',
        Outcome::Undecided => '?',
    });
    let marks: String = marks.collect();
    match points.rules.len() {
        ..=MOST_MARKS => marks,
        _ => {
            let count = |mark| marks.chars().filter(|other| *other == mark).count();
            format!("{}✓ {}✗ {}?", count('✓'), count('✗'), count('?'))
        }
    }
}

/// What the marks are about.
fn expectations(page: &mut Page, points: &Points) {
    if points.rules.is_empty() {
        return;
    }
    page.heading("EXPECTED, in the order of the marks");
    for rule in &points.rules {
        for line in wrap(&printable(&rule.text), WIDTH - 4) {
            page.line(&format!("    {line}"));
        }
    }
}

/// A cell of a column: cut if need be, with a gap behind it.
fn fit(text: &str, width: usize) -> String {
    pad(&cut(text, width - GAP), width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::points::fixture;

    #[test]
    fn a_curve_and_a_grid_fit_the_page() {
        for (name, points) in [("curve", fixture::curve()), ("grid", fixture::grid())] {
            let text = sweep(&points, Some("reports/flag-flip-sweep/sweep.html"), false);
            for line in text.lines() {
                assert!(line.chars().count() <= WIDTH, "too wide: {line}");
            }
            insta::assert_snapshot!(name, text);
        }
    }
}
