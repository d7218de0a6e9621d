//! `sweep.html`: the points of a sweep as a page, with the curves or the grid of what each setting gives.

use super::chart::{Axis, Chart, Dot, Scale, Series, clock, clock_steps, round_steps, trimmed};
use super::{STYLE, render, shown};
use crate::experiment::Outcome;
use crate::pricing::DAYS_BILLED;
use crate::report::format;
use crate::report::points::{Point, Points, name, short};
use crate::scenario::metric::{Leaf, Metric, Unit};
use crate::stats::Estimate;
use minijinja::{Value, context};
use serde::Serialize;

const PAGE: &str = include_str!("sweep.html");

/// Numbers that have a figure, at most.
const MOST_FIGURES: usize = 6;
/// Names along an axis keep this part of it between them.
const LEAST_GAP: f64 = 0.12;
/// A logarithmic axis is for values that differ by more than this factor.
const WIDE: f64 = 12.0;
/// Shades of a grid.
const SHADES: usize = 6;

/// The file as it is written.
///
/// # Panics
///
/// If the template asks for what it is not given, which a test would show.
pub fn sweep(points: &Points) -> Vec<u8> {
    let leaves = points.columns(MOST_FIGURES);
    let figures: Vec<Figure> = match &points.axes[..] {
        [_] => leaves.iter().map(|leaf| curve(points, *leaf)).collect(),
        _ => Vec::new(),
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
        trade_off => trade_off(points).map(|chart| Value::from_safe_string(chart.draw())),
        figures => figures.iter().map(|figure| context! {
            name => figure.name.clone(),
            definition => figure.definition,
            figure => Value::from_safe_string(figure.chart.draw()),
        }).collect::<Vec<_>>(),
        grids => shown(grids),
        axes => points.axes.iter().map(|axis| axis.path.clone()).collect::<Vec<_>>(),
        columns => leaves.iter().map(|leaf| name(*leaf)).collect::<Vec<_>>(),
        rows => shown(rows(points, &leaves)),
        rules => points.rules.iter().map(|rule| rule.text.clone()).collect::<Vec<_>>(),
        days => DAYS_BILLED,
        command => command(points),
        has_intervals => points.seeds.len() > 1,
        version => env!("CARGO_PKG_VERSION"),
    };
    render(PAGE, content)
}

/// What gives this page again.
fn command(points: &Points) -> String {
    let vary = points.axes.iter().map(|axis| {
        let values = axis.values.join(",");
        format!("--vary '{}={values}'", axis.path)
    });
    let (seed, runs) = (points.seeds[0], points.seeds.len());
    let start = ["kvlag sweep".to_owned(), format!("{}.toml", points.name)];
    let changes = points.changes.iter().cloned();
    let end = [format!("--seed {seed} --runs {runs}")];
    let words: Vec<String> = start
        .into_iter()
        .chain(vary)
        .chain(changes)
        .chain(end)
        .collect();
    words.join(" ")
}

/// The curve of one number, with what it is.
struct Figure {
    name: String,
    definition: &'static str,
    chart: Chart,
}

fn curve(points: &Points, leaf: Leaf) -> Figure {
    let x = setting_axis(points);
    let unit = leaf.metric.info().unit;
    let measured = points.list.iter().enumerate();
    let measured: Vec<(usize, f64, Estimate)> = measured
        .filter_map(|(index, point)| Some((index, x.at[index], point.get(leaf)?)))
        .collect();
    let greatest = measured.iter().map(|(_, _, number)| number.interval().1);
    let y = value_axis(unit, greatest.fold(0.0, f64::max));
    let dots = measured.iter().map(|(index, x, number)| {
        let point = &points.list[*index];
        Dot {
            at: (*x, number.mean),
            interval: number.half_width_95.map(|_| number.interval()),
            class: class(points, *index),
            name: String::new(),
            hover: format!(
                "{}: {}",
                points.described(point),
                format::estimate(unit, *number)
            ),
        }
    });
    let ends = measured.first().zip(measured.last());
    let description = ends.map_or(String::new(), |((_, _, first), (_, _, last))| {
        format!(
            "From {} at the left to {} at the right.",
            format::estimate(unit, *first),
            format::estimate(unit, *last)
        )
    });
    let chart = Chart {
        name: leaf.metric.info().key,
        title: format!("{} by {}", name(leaf), short(&points.axes[0].path)),
        description,
        series: vec![Series {
            name: String::new(),
            class: "c1".to_owned(),
            points: measured
                .iter()
                .map(|(_, x, number)| (*x, number.mean))
                .collect(),
        }],
        dots: dots.collect(),
        x: x.axis,
        y,
        ..Chart::default()
    };
    Figure {
        name: heading(leaf),
        definition: leaf.metric.info().definition,
        chart,
    }
}

/// The share of stale reads against the reads that reach the store; `None` where there is no such share.
fn trade_off(points: &Points) -> Option<Chart> {
    let stale = Leaf {
        metric: Metric::StaleReadRatio,
        statistic: None,
    };
    let store = Leaf {
        metric: Metric::StoreReads,
        statistic: None,
    };
    let both = points.list.iter().enumerate().filter_map(|(index, point)| {
        Some((index, point, point.get(store)?.mean, point.get(stale)?))
    });
    let both: Vec<_> = both.collect();
    let most = |number: fn(&(usize, &Point, f64, Estimate)) -> f64| {
        both.iter().map(number).fold(0.0, f64::max)
    };
    let (most_store, most_stale) = (most(|p| p.2), most(|p| p.3.interval().1));
    if both.len() < 2 || most_store <= 0.0 || most_stale <= 0.0 {
        return None;
    }
    let dots = both.iter().map(|(index, point, store, stale)| Dot {
        at: (*store, stale.mean),
        interval: stale.half_width_95.map(|_| stale.interval()),
        class: class(points, *index),
        name: point.settings.join(" · "),
        hover: format!(
            "{}: {} stale, {} reads at the store",
            points.described(point),
            format::estimate(Unit::Ratio, *stale),
            format::value(Unit::Count, *store)
        ),
    });
    Some(Chart {
        name: "trade-off",
        title: "Stale reads against reads at the store".to_owned(),
        description: "Each point is a setting; towards the lower left both are few.".to_owned(),
        x: Axis {
            title: "reads at the store, in a run".to_owned(),
            ..value_axis(Unit::Count, most_store)
        },
        y: value_axis(Unit::Ratio, most_stale),
        dots: dots.collect(),
        ..Chart::default()
    })
}

/// An axis with the values of the setting that is varied, and where each of them lies.
struct SettingAxis {
    axis: Axis,
    at: Vec<f64>,
}

fn setting_axis(points: &Points) -> SettingAxis {
    let setting = &points.axes[0];
    let order = || {
        (0..setting.values.len())
            .map(|index| index as f64)
            .collect()
    };
    let at: Vec<f64> = setting.numbers().unwrap_or_else(order);
    let least = at.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = at.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (scale, range) = match least > 0.0 && greatest > least * WIDE {
        true => (Scale::Log, (least / 1.2, greatest * 1.2)),
        false => {
            let margin = ((greatest - least) * 0.06).max(1e-9);
            (Scale::Linear, (least - margin, greatest + margin))
        }
    };
    let mut axis = Axis {
        title: setting.path.clone(),
        scale,
        range,
        ticks: Vec::new(),
    };
    let mut named: Vec<f64> = Vec::new();
    // The ends first: they are what the eye looks for.
    let last = at.len() - 1;
    for index in [0, last].into_iter().chain(1..last) {
        let part = axis.part(at[index]);
        if named.iter().all(|other| (other - part).abs() >= LEAST_GAP) {
            named.push(part);
            axis.ticks.push((at[index], setting.values[index].clone()));
        }
    }
    SettingAxis { axis, at }
}

fn value_axis(unit: Unit, greatest: f64) -> Axis {
    let up_to = if greatest > 0.0 { greatest * 1.05 } else { 1.0 };
    let up_to = if unit == Unit::Ratio {
        up_to.min(1.0)
    } else {
        up_to
    };
    let ticks: Vec<(f64, String)> = match unit {
        Unit::Seconds => {
            let steps = clock_steps(up_to, 4).into_iter();
            steps.map(|v| (v, clock(v, up_to))).collect()
        }
        _ => {
            let steps = round_steps(up_to, 4).into_iter();
            steps
                .map(|v| (v, trimmed(&format::value(unit, v))))
                .collect()
        }
    };
    Axis {
        range: (0.0, up_to),
        ticks,
        ..Axis::default()
    }
}

/// How a point is drawn: the cheapest that meets all, one that meets all, any other.
fn class(points: &Points, index: usize) -> &'static str {
    match points.list[index].outcome() {
        _ if points.cheapest() == Some(index) => "cheapest",
        Some(Outcome::Failed) => "unmet",
        Some(Outcome::Undecided) => "open",
        Some(Outcome::Met) | None => "met-all",
    }
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
    fn every_point_has_its_dot_and_the_cheapest_stands_out() {
        let points = fixture::curve();
        let page = page(&points);
        let figures = points.columns(MOST_FIGURES).len() + 1;
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
