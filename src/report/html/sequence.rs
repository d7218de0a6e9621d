//! The story of a read as a figure: lanes, messages in true time on an axis that is broken where nothing happens, and
//! the life of the copy at the PoP.

use super::svg::{Anchor, Figure};
use crate::report::sequence::{Held, Message, Sequence, clock, length};
use crate::report::story::Told;
use crate::units::{Duration, Time};

const WIDTH: f64 = 760.0;
/// Where the first lane stands; times stand before it.
const FIRST: f64 = 150.0;
/// Where the last one does.
const LAST: f64 = 690.0;
/// Where time begins, below the names of the lanes.
const TOP: f64 = 64.0;
/// Height of all that is shown in true time, where a figure stands alone.
const ALONE: f64 = 380.0;
/// Likewise on a page, between others.
const ON_PAGE: f64 = 270.0;
/// Height of what is left out.
const BREAK: f64 = 44.0;
/// Height of a line of text.
const LINE: f64 = 14.0;
/// A wait is left out from so many times the longest message on.
const LONG: i64 = 3;

/// How it looks where no page says: light or dark, as the reader likes it.
const LOOKS: &str = "<style>\
svg{background:#fff;color:#1a1d21;font:12px system-ui,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif}\
text{fill:currentColor}.quiet{opacity:.7;font-size:11px}.role{font-weight:600}\
.life{stroke:currentColor;opacity:.35}.message{stroke:currentColor;fill:none}.head{fill:currentColor}\
.lead{stroke:currentColor;opacity:.25;fill:none}.break{fill:#fff}.zigzag{stroke:currentColor;opacity:.5;fill:none}\
.good{fill:#0072b2}.late{fill:#d55e00}.hatched{fill:url(#hatch)}\
@media (prefers-color-scheme:dark){svg{background:#14171a;color:#e8eaed}.break{fill:#14171a}.good{fill:#3d9bd8}\
.late{fill:#e8772e}}</style>\
<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<path d=\"M0 0V6\" stroke=\"#fff\" stroke-width=\"3\" opacity=\".6\"/></pattern></defs>";

/// The figure of a story as a file.
pub fn figure(told: &Told) -> String {
    drawn(told, "story", ALONE).finish_alone(LOOKS)
}

/// The figure of a story as a piece of a page, which says how it looks; `name` is unique there.
pub(super) fn figure_on_page(told: &Told, name: &str) -> String {
    drawn(told, &format!("{name}-figure"), ON_PAGE).finish()
}

fn drawn(told: &Told, name: &str, true_time: f64) -> Figure {
    let sequence = Sequence::of(told);
    let axis = Axis::of(&sequence, true_time);
    let height = axis.bottom() + 24.0;
    let title = told.headline();
    let description = format!("Why: {}", told.why());
    let figure = Figure::new(name, WIDTH, height, &title, &description);
    let mut drawing = Drawing {
        sequence: &sequence,
        axis,
        figure,
    };
    drawing.lanes();
    drawing.breaks();
    if let Some(held) = &sequence.held {
        drawing.held(held);
    }
    for message in &sequence.messages {
        drawing.message(message);
    }
    drawing.times();
    drawing.figure
}

/// Where instants stand.
struct Axis {
    /// Instants at which something happens, and how far down they are.
    places: Vec<(Time, f64)>,
    /// What is left out: from where to where, and how much time.
    breaks: Vec<(f64, f64, Duration)>,
}

impl Axis {
    fn of(sequence: &Sequence, true_time: f64) -> Axis {
        let messages = || {
            let messages = sequence.messages.iter();
            messages.map(|message| (message.left, message.arrived.unwrap_or(message.left)))
        };
        let mut times: Vec<Time> = messages()
            .flat_map(|(left, arrived)| [left, arrived])
            .collect();
        times.extend(
            sequence
                .held
                .iter()
                .flat_map(|held| [held.from, held.until]),
        );
        times.sort_unstable();
        times.dedup();
        let longest = messages().map(|(left, arrived)| arrived - left).max();
        let longest = longest.unwrap_or(Duration::ZERO);
        let is_long = |pair: &[Time]| {
            let is_crossed =
                messages().any(|(left, arrived)| left <= pair[0] && arrived >= pair[1]);
            !is_crossed && pair[1] - pair[0] > longest * LONG
        };
        let shown = times.windows(2).filter(|pair| !is_long(pair));
        let shown: i64 = shown.map(|pair| (pair[1] - pair[0]).0).sum();
        let scale = if shown > 0 {
            true_time / shown as f64
        } else {
            0.0
        };
        let mut y = TOP;
        let mut axis = Axis {
            places: times.first().map(|first| (*first, y)).into_iter().collect(),
            breaks: Vec::new(),
        };
        for pair in times.windows(2) {
            let wait = pair[1] - pair[0];
            let from = y;
            if is_long(pair) {
                y += BREAK;
                axis.breaks.push((from, y, wait));
            } else {
                y += wait.0 as f64 * scale;
            }
            axis.places.push((pair[1], y));
        }
        axis
    }

    fn y(&self, time: Time) -> f64 {
        let place = self.places.iter().find(|(instant, _)| *instant >= time);
        place.map_or(self.bottom(), |(_, y)| *y)
    }

    fn bottom(&self) -> f64 {
        self.places.last().map_or(TOP, |(_, y)| *y)
    }
}

struct Drawing<'s> {
    sequence: &'s Sequence,
    axis: Axis,
    figure: Figure,
}

impl Drawing<'_> {
    fn x(&self, lane: usize) -> f64 {
        let lanes = (self.sequence.lanes.len() - 1).max(1);
        FIRST + (LAST - FIRST) * lane as f64 / lanes as f64
    }

    fn lanes(&mut self) {
        for (index, lane) in self.sequence.lanes.iter().enumerate() {
            let x = self.x(index);
            self.figure
                .text("role", (x, 22.0), Anchor::Middle, &lane.role);
            self.figure
                .text("quiet", (x, 38.0), Anchor::Middle, &lane.place);
            let bottom = self.axis.bottom() + 10.0;
            self.figure.line("life", (x, TOP - 14.0), (x, bottom));
        }
    }

    /// What is left out is cut out of every lane.
    fn breaks(&mut self) {
        for (from, until, wait) in self.axis.breaks.clone() {
            let (top, bottom) = (from + 12.0, until - 12.0);
            for lane in 0..self.sequence.lanes.len() {
                let x = self.x(lane);
                let size = (16.0, bottom - top);
                self.figure.rectangle("break", (x - 8.0, top), size, "");
                for y in [top, bottom] {
                    let zigzag = [
                        (x - 8.0, y + 2.0),
                        (x - 3.0, y - 2.0),
                        (x + 3.0, y + 2.0),
                        (x + 8.0, y - 2.0),
                    ];
                    self.figure.polyline("zigzag", &zigzag);
                }
            }
            let middle = ((from + until) / 2.0) + 4.0;
            let text = format!("{} later", length(wait));
            self.figure
                .text("quiet", (FIRST + 14.0, middle), Anchor::Start, &text);
        }
    }

    /// The copy's life, darker where it was superseded.
    fn held(&mut self, held: &Held) {
        let x = self.x(self.sequence.pop);
        let until = held.until;
        let superseded = held.superseded.unwrap_or(until).clamp(held.from, until);
        let (from, changed, end) = (
            self.axis.y(held.from),
            self.axis.y(superseded),
            self.axis.y(until),
        );
        let mut bar = |class: &str, from: f64, until: f64, hover: &str| {
            if until > from {
                let corner = (x - 4.0, from);
                self.figure
                    .rectangle(class, corner, (8.0, until - from), hover);
            }
        };
        let label = &held.label;
        bar(
            "good",
            from,
            changed,
            &format!("{label}, the latest version"),
        );
        bar("late", changed, end, &format!("{label}, superseded"));
        bar("hatched", changed, end, "");
    }

    fn message(&mut self, message: &Message) {
        let (from, to) = (self.x(message.from), self.x(message.to));
        let arrived = message.arrived.unwrap_or(message.left);
        let (left, arrived) = (self.axis.y(message.left), self.axis.y(arrived));
        let side = if to > from { 1.0 } else { -1.0 };
        let (from, to) = (from + 5.0 * side, to - 5.0 * side);
        self.figure.line("message", (from, left), (to, arrived));
        let back = to - 7.0 * side;
        let head = [(to, arrived), (back, arrived - 3.5), (back, arrived + 3.5)];
        let [(x, y), (x1, y1), (x2, y2)] = head;
        let path = format!("M{x:.1} {y:.1}L{x1:.1} {y1:.1}L{x2:.1} {y2:.1}Z");
        self.figure.path("head", &path);
        let (x, y) = ((from + to) / 2.0, (left + arrived) / 2.0);
        let is_flat = arrived - left < LINE;
        // Above a line that falls to one side there is room on the other; a question and its answer may be close.
        let (place, anchor) = match (is_flat, to > from) {
            (true, false) => ((x, y - 5.0), Anchor::Middle),
            (true, true) => ((x, y + LINE), Anchor::Middle),
            (false, false) => ((x - 6.0, y - 4.0), Anchor::End),
            (false, true) => ((x + 6.0, y - 4.0), Anchor::Start),
        };
        self.figure.text("", place, anchor, &message.label);
    }

    /// The instants, beside where they stand or, where they are close, below each other.
    fn times(&mut self) {
        let mut free = 0.0_f64;
        for (time, y) in self.axis.places.clone() {
            let at = (y + 4.0).max(free);
            free = at + LINE;
            self.figure
                .text("quiet", (FIRST - 44.0, at), Anchor::End, &clock(time));
            let lead = [
                (FIRST - 40.0, at - 4.0),
                (FIRST - 24.0, y),
                (FIRST - 14.0, y),
            ];
            self.figure.polyline("lead", &lead);
        }
    }
}
