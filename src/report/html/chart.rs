//! Charts of lines: two axes with ticks, lines with their names at their right ends, words for what marks stand for.

use super::svg::{Anchor, Figure};
use crate::report::format;

/// How values lie along an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// By their logarithms.
    Log,
    /// Parts of 1 by the logarithm of what is missing to 1: 90 %, 99 %, 99.9 % at equal distances.
    Tail,
}

/// An axis.
#[derive(Clone, Debug, Default)]
pub struct Axis {
    /// What is measured along it.
    pub title: String,
    /// How.
    pub scale: Scale,
    /// From where to where.
    pub range: (f64, f64),
    /// Values with their names.
    pub ticks: Vec<(f64, String)>,
}

/// A line of a chart.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its name, at its right end.
    pub name: String,
    /// Classes beside `series`, such as `c2` or `theory`.
    pub class: String,
    /// From left to right, in the axes' units.
    pub points: Vec<(f64, f64)>,
}

/// A chart of lines.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// Unique on the page.
    pub name: &'static str,
    /// What it shows, in a few words.
    pub title: String,
    /// What can be seen in it, in words.
    pub description: String,
    /// Along the bottom.
    pub x: Axis,
    /// Along the left side.
    pub y: Axis,
    /// Its lines.
    pub series: Vec<Series>,
    /// Values of `x` that are marked by a dashed line, with their names.
    pub marks: Vec<(f64, String)>,
    /// Its single points.
    pub dots: Vec<Dot>,
}

/// A point of a chart.
#[derive(Clone, Debug)]
pub struct Dot {
    /// Where, in the axes' units.
    pub at: (f64, f64),
    /// The ends of its interval along `y`, where it has one.
    pub interval: Option<(f64, f64)>,
    /// Classes beside `dot`.
    pub class: &'static str,
    /// What stands beside it; may be empty.
    pub name: String,
    /// What is shown when a pointer rests on it.
    pub hover: String,
}

const WIDTH: f64 = 430.0;
const HEIGHT: f64 = 270.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 74.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 46.0;
/// Between the names of two lines.
const LINE_HEIGHT: f64 = 13.0;

impl Axis {
    /// Where a value lies, from 0 to 1.
    pub fn part(&self, value: f64) -> f64 {
        let at = |value: f64| match self.scale {
            Scale::Linear => value,
            Scale::Log => libm::log10(value),
            Scale::Tail => -libm::log10(1.0 - value),
        };
        let (from, to) = self.range;
        ((at(value) - at(from)) / (at(to) - at(from))).clamp(0.0, 1.0)
    }
}

impl Chart {
    /// The chart as a piece of a page.
    pub fn draw(&self) -> String {
        let mut figure = Figure::new(self.name, WIDTH, HEIGHT, &self.title, &self.description);
        self.draw_axes(&mut figure);
        let mut names = Vec::new();
        for series in &self.series {
            let points: Vec<(f64, f64)> = series.points.iter().map(|p| self.place(*p)).collect();
            figure.polyline(&format!("series {}", series.class), &points);
            if let Some((_, y)) = points.last() {
                names.push((*y, series));
            }
        }
        self.write_names(&mut figure, names);
        self.draw_dots(&mut figure);
        figure.finish()
    }

    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (
            LEFT + self.x.part(x) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - self.y.part(y) * (HEIGHT - TOP - BOTTOM),
        )
    }

    fn draw_axes(&self, figure: &mut Figure) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for (value, name) in &self.y.ticks {
            let (_, y) = self.place((self.x.range.0, *value));
            figure.line("grid", (LEFT, y), (right, y));
            figure.text("tick", (LEFT - 6.0, y + 3.5), Anchor::End, name);
        }
        for (value, name) in &self.x.ticks {
            let (x, _) = self.place((*value, self.y.range.0));
            figure.line("axis", (x, bottom), (x, bottom + 4.0));
            figure.text("tick", (x, bottom + 16.0), Anchor::Middle, name);
        }
        figure.line("axis", (LEFT, bottom), (right, bottom));
        let middle = (LEFT + right) / 2.0;
        figure.text(
            "label",
            (middle, HEIGHT - 8.0),
            Anchor::Middle,
            &self.x.title,
        );
        for (value, name) in &self.marks {
            let (x, _) = self.place((*value, self.y.range.0));
            figure.line("mark", (x, TOP), (x, bottom));
            figure.text("note", (x - 4.0, bottom - 6.0), Anchor::End, name);
        }
    }

    fn draw_dots(&self, figure: &mut Figure) {
        let mut named: Vec<(f64, f64)> = Vec::new();
        for dot in &self.dots {
            let (x, y) = self.place(dot.at);
            if let Some((low, high)) = dot.interval {
                let (_, low) = self.place((dot.at.0, low));
                let (_, high) = self.place((dot.at.0, high));
                figure.line("interval", (x, low), (x, high));
            }
            figure.circle(&format!("dot {}", dot.class), (x, y), 3.6, &dot.hover);
            let covers =
                |other: &(f64, f64)| (other.0 - x).abs() < 40.0 && (other.1 - y).abs() < 11.0;
            if !dot.name.is_empty() && !named.iter().any(covers) {
                figure.text("name", (x + 6.0, y - 5.0), Anchor::Start, &dot.name);
                named.push((x, y));
            }
        }
    }

    /// Writes the lines' names beside their ends, moved apart where they would cover each other.
    fn write_names(&self, figure: &mut Figure, mut names: Vec<(f64, &Series)>) {
        names.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut free_from = TOP;
        let needed = names.len() as f64 * LINE_HEIGHT;
        let latest = (HEIGHT - BOTTOM + LINE_HEIGHT - needed).max(TOP);
        for (index, (y, series)) in names.iter().enumerate() {
            let last = latest + index as f64 * LINE_HEIGHT;
            let y = y.max(free_from).min(last.max(free_from));
            free_from = y + LINE_HEIGHT;
            let class = format!("name {}", series.class);
            figure.text(
                &class,
                (WIDTH - RIGHT + 6.0, y + 4.0),
                Anchor::Start,
                &series.name,
            );
        }
    }
}

/// At most so many ticks from 0 to a value, at round steps: multiples of 1, 2 or 5 of a power of ten.
pub fn round_steps(up_to: f64, most: usize) -> Vec<f64> {
    if up_to <= 0.0 {
        return vec![0.0];
    }
    let rough = up_to / most as f64;
    let power = libm::pow(10.0, libm::floor(libm::log10(rough)));
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let step = step.into_iter().find(|step| *step >= rough * 0.999);
    steps(up_to, step.unwrap_or(power * 10.0))
}

/// Likewise of seconds: at steps that clocks have.
pub fn clock_steps(up_to_s: f64, most: usize) -> Vec<f64> {
    const STEPS: [f64; 18] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
        14400.0, 21600.0, 43200.0, 86400.0,
    ];
    let rough = up_to_s / most as f64;
    match STEPS.iter().find(|step| **step >= rough) {
        Some(step) if rough > 0.2 => steps(up_to_s, *step),
        None => steps(up_to_s, libm::ceil(rough / 86400.0) * 86400.0),
        _ => round_steps(up_to_s, most),
    }
}

fn steps(up_to: f64, step: f64) -> Vec<f64> {
    let count = libm::floor(up_to / step + 1e-9) as usize;
    (0..=count).map(|n| n as f64 * step).collect()
}

/// Powers of ten that lie in a range, and the ends of the range widened to such.
pub fn decades(least: f64, greatest: f64) -> Vec<f64> {
    let first = libm::floor(libm::log10(least) + 1e-9) as i32;
    let last = (libm::ceil(libm::log10(greatest) - 1e-9) as i32).max(first + 1);
    (first..=last)
        .map(|power| libm::pow(10.0, f64::from(power)))
        .collect()
}

/// A length of time on an axis: `90 s` as `1:30`, and what is shorter than a minute in its own unit.
pub fn clock(seconds: f64, up_to_s: f64) -> String {
    if up_to_s < 60.0 {
        return trimmed(&format::seconds(seconds));
    }
    let whole = libm::round(seconds) as i64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (up_to_s >= 7200.0, up_to_s >= 172_800.0) {
        (_, true) => format!("{} d", whole / 86400),
        (true, _) => format!("{hours}:{minutes:02} h"),
        _ => format!("{}:{seconds:02}", whole / 60),
    }
}

/// A number with its unit, without zeros that say nothing: `10 ms` for `10.0 ms`.
pub fn trimmed(text: &str) -> String {
    let (number, unit) = text
        .split_once(' ')
        .map_or((text, ""), |(number, unit)| (number, unit));
    let number = match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    };
    match unit {
        "" => number.to_owned(),
        unit => format!("{number} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(round_steps(1.0, 4), [0.0, 0.5, 1.0]);
        assert_eq!(round_steps(73.0, 5), [0.0, 20.0, 40.0, 60.0]);
        assert_eq!(round_steps(0.0, 5), [0.0]);
        assert_eq!(
            clock_steps(600.0, 6),
            [0.0, 120.0, 240.0, 360.0, 480.0, 600.0]
        );
        assert_eq!(clock_steps(86400.0, 6).len(), 7);
        assert_eq!(
            clock_steps(0.5, 5),
            [0.0, 0.1, 0.2, 0.30000000000000004, 0.4, 0.5]
        );
        assert_eq!(decades(0.002, 0.4), [0.001, 0.01, 0.1, 1.0]);
        assert_eq!(decades(1.0, 1.0), [1.0, 10.0]);
    }

    #[test]
    fn times_are_told_as_clocks_tell_them() {
        assert_eq!(clock(90.0, 600.0), "1:30");
        assert_eq!(clock(5400.0, 86400.0), "1:30 h");
        assert_eq!(clock(172_800.0, 604_800.0), "2 d");
        assert_eq!(clock(15.0, 45.0), "15 s");
        assert_eq!(trimmed("0.0100 %"), "0.01 %");
        assert_eq!(trimmed("1,200"), "1,200");
    }
}
