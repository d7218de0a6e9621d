//! The charts of a sweep: a number by the setting that is varied, and what fresh reads cost.

use super::chart::{Axis, Chart, Dot, Scale, Series, clock, clock_steps, round_steps, trimmed};
use crate::experiment::Outcome;
use crate::report::format;
use crate::report::points::{Point, Points, name, short};
use crate::scenario::metric::{Leaf, Metric, Statistic, Unit};
use crate::stats::Estimate;

/// Names along an axis keep this part of it between them.
const LEAST_GAP: f64 = 0.12;
/// A logarithmic axis is for values that differ by more than this factor.
const WIDE: f64 = 12.0;

/// The curve of a number.
pub fn curve(points: &Points, leaf: Leaf) -> Chart {
    let x = setting_axis(points);
    let unit = leaf.metric.info().unit;
    let measured = points.list.iter().enumerate();
    let mut measured: Vec<(usize, f64, Estimate)> = measured
        .filter_map(|(index, point)| Some((index, x.at[index], point.get(leaf)?)))
        .collect();
    // From left to right, in whatever order they were said.
    measured.sort_by(|a, b| a.1.total_cmp(&b.1));
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
    // Between settings that are no numbers there is nothing.
    let line = points.axes[0].numbers().map(|_| Series {
        name: String::new(),
        class: "c1".to_owned(),
        points: measured
            .iter()
            .map(|(_, x, number)| (*x, number.mean))
            .collect(),
    });
    let ends = measured.first().zip(measured.last());
    let description = ends.map_or(String::new(), |((_, _, first), (_, _, last))| {
        format!(
            "From {} at the left to {} at the right.",
            format::estimate(unit, *first),
            format::estimate(unit, *last)
        )
    });
    Chart {
        name: leaf.metric.info().key,
        title: format!("{} by {}", name(leaf), short(&points.axes[0].path)),
        description,
        series: line.into_iter().collect(),
        dots: dots.collect(),
        x: x.axis,
        y,
        ..Chart::default()
    }
}

/// What fresh reads may cost: a name on the page, what is measured along the axis, and its number at a point.
pub struct Price {
    name: &'static str,
    title: &'static str,
    unit: Unit,
    of: fn(&Point) -> Option<f64>,
}

/// What is told of.
pub const PRICES: [Price; 3] = [
    Price {
        name: "stale-by-store",
        title: "reads at the store, in a run",
        unit: Unit::Count,
        of: |point| total(point, Metric::StoreReads, None),
    },
    Price {
        name: "stale-by-latency",
        title: "mean read latency",
        unit: Unit::Milliseconds,
        of: |point| total(point, Metric::ReadLatency, Some(Statistic::Mean)),
    },
    Price {
        name: "stale-by-cost",
        title: "dollars in 30 days",
        unit: Unit::Count,
        of: |point| Some(point.paid_usd),
    },
];

fn total(point: &Point, metric: Metric, statistic: Option<Statistic>) -> Option<f64> {
    let number = point.get(Leaf { metric, statistic });
    number.map(|number| number.mean)
}

/// The share of stale reads against what it costs; `None` where there is no such share.
pub fn trade_off(points: &Points, price: &Price) -> Option<Chart> {
    let stale = Leaf {
        metric: Metric::StaleReadRatio,
        statistic: None,
    };
    let both =
        points.list.iter().enumerate().filter_map(|(index, point)| {
            Some((index, point, (price.of)(point)?, point.get(stale)?))
        });
    let both: Vec<_> = both.collect();
    let most = |number: fn(&(usize, &Point, f64, Estimate)) -> f64| {
        both.iter().map(number).fold(0.0, f64::max)
    };
    let (dearest, most_stale) = (most(|p| p.2), most(|p| p.3.interval().1));
    if both.len() < 2 || dearest <= 0.0 || most_stale <= 0.0 {
        return None;
    }
    let dots = both.iter().map(|(index, point, cost, stale)| Dot {
        at: (*cost, stale.mean),
        interval: stale.half_width_95.map(|_| stale.interval()),
        class: class(points, *index),
        name: point.settings.join(" · "),
        hover: format!(
            "{}: {} stale, {} {}",
            points.described(point),
            format::estimate(Unit::Ratio, *stale),
            format::value(price.unit, *cost),
            price.title
        ),
    });
    Some(Chart {
        name: price.name,
        title: format!("Stale reads against {}", price.title),
        description: "Each point is a setting; towards the lower left both are few.".to_owned(),
        x: Axis {
            title: price.title.to_owned(),
            ..value_axis(price.unit, dearest)
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
