//! `sweep.html`: the points of a sweep as a page, with the curves or the grid of what each setting gives.

use super::sweep_charts::{PRICES, curve, trade_off};
use super::{STYLE, render, shown};
use crate::experiment::{Finding, Outcome};
use crate::pricing::DAYS_BILLED;
use crate::report::format;
use crate::report::points::{Kind, Point, Points, name};
use crate::scenario::metric::Leaf;
use minijinja::{Value, context};
use serde::Serialize;

const PAGE: &str = include_str!("sweep.html");

/// Numbers that have a figure, at most.
const MOST_FIGURES: usize = 6;
/// Shades of a grid.
const SHADES: usize = 6;

/// The file as it is written.
///
/// # Panics
///
/// If the template asks for what it is not given, which a test would show.
pub fn sweep(points: &Points) -> Vec<u8> {
    let leaves = points.columns(MOST_FIGURES);
    let curves: &[Leaf] = match &points.axes[..] {
        [_] => &leaves,
        _ => &[],
    };
    let grids: Vec<Grid> = match &points.axes[..] {
        [_, _] => leaves.iter().map(|leaf| grid(points, *leaf)).collect(),
        _ => Vec::new(),
    };
    let content = context! {
        style => Value::from_safe_string(STYLE.to_owned()),
        title => points.title.as_str(),
        method => points.method.as_str(),
        count => points.list.len(),
        answer => points.answer(),
        titles => points.list.iter().map(|point| point.title.clone()).collect::<Vec<_>>(),
        stem => points.stem(),
        is_sweep => points.kind == Kind::Sweep,
        trade_offs => PRICES.iter().filter_map(|price| trade_off(points, price))
            .map(|chart| Value::from_safe_string(chart.draw())).collect::<Vec<_>>(),
        ends => ends(points),
        differences => shown(differences(points)),
        figures => curves.iter().map(|leaf| context! {
            name => heading(*leaf),
            definition => leaf.metric.info().definition,
            figure => Value::from_safe_string(curve(points, *leaf).draw()),
        }).collect::<Vec<_>>(),
        grids => shown(grids),
        axes => points.axes.iter().map(|axis| axis.path.clone()).collect::<Vec<_>>(),
        columns => leaves.iter().map(|leaf| name(*leaf)).collect::<Vec<_>>(),
        rows => shown(rows(points, &leaves)),
        rules => points.rules.iter().map(|rule| rule.text.clone()).collect::<Vec<_>>(),
        days => DAYS_BILLED,
        command => format::command(points.command.iter().cloned()),
        has_intervals => points.seeds.len() > 1,
        version => env!("CARGO_PKG_VERSION"),
    };
    render(PAGE, content)
}

/// The names of the first point and the last, where what lies between them can be told.
fn ends(points: &Points) -> Option<[String; 2]> {
    let (first, last) = points.list.first().zip(points.list.last())?;
    (points.axes.len() == 1).then(|| [first, last].map(|point| point.settings[0].clone()))
}

/// A row of the table of differences.
#[derive(Serialize)]
struct DifferenceRow {
    name: String,
    first: String,
    last: String,
    difference: String,
    class: &'static str,
    finding: &'static str,
}

fn differences(points: &Points) -> Vec<DifferenceRow> {
    let rows = points.differences().into_iter().map(|row| {
        let (class, finding) = match row.finding {
            Finding::Same => ("quiet", "same"),
            Finding::Better => ("met", "better"),
            Finding::Worse => ("failed", "worse"),
            Finding::Undecided => ("undecided", "cannot tell"),
        };
        DifferenceRow {
            name: row.name,
            first: row.first,
            last: row.last,
            difference: row.difference,
            class,
            finding,
        }
    });
    rows.collect()
}

/// A number by two settings.
#[derive(Serialize)]
struct Grid {
    name: String,
    definition: &'static str,
    columns: Vec<String>,
    rows: Vec<GridRow>,
}

#[derive(Serialize)]
struct GridRow {
    name: String,
    cells: Vec<GridCell>,
}

#[derive(Serialize)]
struct GridCell {
    value: String,
    class: String,
    mark: &'static str,
}

fn grid(points: &Points, leaf: Leaf) -> Grid {
    let [down, across] = &points.axes[..] else {
        unreachable!("a grid has two settings");
    };
    let greatest = points.list.iter().filter_map(|point| point.get(leaf));
    let greatest = greatest.map(|number| number.mean).fold(0.0, f64::max);
    let cell = |index: usize| {
        let number = points.list[index].get(leaf);
        let part = number.map_or(0.0, |n| n.mean / greatest.max(f64::MIN_POSITIVE));
        let shade = libm::round(part.clamp(0.0, 1.0) * (SHADES - 1) as f64);
        let is_cheapest = points.cheapest() == Some(index);
        GridCell {
            value: number.map_or("–".to_owned(), |n| {
                format::estimate(leaf.metric.info().unit, n)
            }),
            class: format!("h{shade}{}", if is_cheapest { " cheapest" } else { "" }),
            mark: mark(points.list[index].outcome()),
        }
    };
    let width = across.values.len();
    let rows = down.values.iter().enumerate().map(|(row, value)| GridRow {
        name: value.clone(),
        cells: (0..width)
            .map(|column| cell(row * width + column))
            .collect(),
    });
    Grid {
        name: heading(leaf),
        definition: leaf.metric.info().definition,
        columns: across.values.clone(),
        rows: rows.collect(),
    }
}

/// The name of a number with a capital, unless it begins with a percentile.
fn heading(leaf: Leaf) -> String {
    let name = name(leaf);
    match (leaf.statistic, name.split_at_checked(1)) {
        (None, Some((first, rest))) => format!("{}{rest}", first.to_uppercase()),
        _ => name,
    }
}

fn mark(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Met) => "✓",
        Some(Outcome::Failed) => "✗",
        Some(Outcome::Undecided) => "?",
        None => "",
    }
}

/// A point in the table.
#[derive(Serialize)]
struct Row {
    settings: Vec<String>,
    numbers: Vec<String>,
    cost: String,
    expected: Vec<Expected>,
    is_cheapest: bool,
}

/// What became of an expectation at a point.
#[derive(Serialize)]
struct Expected {
    mark: &'static str,
    class: &'static str,
    measured: String,
}

fn rows(points: &Points, leaves: &[Leaf]) -> Vec<Row> {
    let row = |(index, point): (usize, &Point)| Row {
        settings: point.settings.clone(),
        numbers: leaves
            .iter()
            .map(|leaf| {
                let number = point.get(*leaf);
                number.map_or("–".to_owned(), |n| {
                    format::estimate(leaf.metric.info().unit, n)
                })
            })
            .collect(),
        cost: format::usd(point.paid_usd),
        expected: points
            .rules
            .iter()
            .zip(&point.verdicts)
            .map(|(rule, verdict)| Expected {
                mark: mark(Some(verdict.outcome)),
                class: match verdict.outcome {
                    Outcome::Met => "met",
                    Outcome::Failed => "failed",
                    Outcome::Undecided => "undecided",
                },
                measured: verdict.measured.map_or("–".to_owned(), |measured| {
                    format::estimate(rule.measured.unit(), measured)
                }),
            })
            .collect(),
        is_cheapest: points.cheapest() == Some(index),
    };
    points.list.iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::points::fixture;

    fn page(points: &Points) -> String {
        String::from_utf8(sweep(points)).expect("is text")
    }

    #[test]
    fn curves_and_grids_have_a_page_that_asks_nothing_of_the_network() {
        for points in [fixture::curve(), fixture::grid()] {
            let page = page(&points);
            for forbidden in ["<script", "http://", "https://", "src=", "<link", "@import"] {
                assert!(!page.contains(forbidden), "{forbidden}");
            }
            assert!(page.len() < 300_000);
            let answer = &points.answer()[0];
            assert!(page.replace("&#x2f;", "/").contains(answer), "{answer}");
        }
    }

    #[test]
    fn a_curve_goes_from_left_to_right_in_whatever_order_its_values_were_said() {
        let in_order = fixture::curve();
        let mut points = fixture::curve();
        points.axes[0].values.reverse();
        points.list.reverse();
        let leaf = points.columns(1)[0];
        let line = |points: &Points| curve(points, leaf).series[0].points.clone();
        assert_eq!(line(&points), line(&in_order));
        assert!(line(&points).is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn every_point_has_its_dot_and_the_cheapest_stands_out() {
        let points = fixture::curve();
        let page = page(&points);
        let figures = points.columns(MOST_FIGURES).len() + PRICES.len();
        assert_eq!(
            page.matches("<circle class=\"dot ").count(),
            figures * points.list.len()
        );
        assert_eq!(page.matches("dot cheapest").count(), figures);
    }

    #[test]
    fn every_cell_of_a_grid_stands_in_the_row_and_column_of_its_settings() {
        let points = fixture::grid();
        let leaf = points.columns(1)[0];
        let grid = grid(&points, leaf);
        let width = grid.columns.len();
        for (index, point) in points.list.iter().enumerate() {
            let row = &grid.rows[index / width];
            assert_eq!(
                [&row.name, &grid.columns[index % width]],
                [&point.settings[0], &point.settings[1]]
            );
            let number = point.get(leaf).expect("is measured");
            assert_eq!(
                row.cells[index % width].value,
                format::estimate(leaf.metric.info().unit, number)
            );
        }
    }
}
