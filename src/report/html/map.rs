//! The map: where the PoPs and the store are, how much each is read, and how much of that is stale.
//!
//! `land.path` is the world's land in steps of half a degree, from 180° W and 84° N, made from the 1:110m land
//! polygons of Natural Earth (naturalearthdata.com, public domain) by leaving out Antarctica, islands under 6 square
//! degrees, and points that move a coast by less than half a degree.

use super::svg::{Anchor, Figure};
use crate::experiment::Results;
use crate::report::format;
use crate::scenario::metric::Metric;
use crate::scenario::{Place, Pop, Scenario, catalogue};

const LAND: &str = include_str!("land.path");
/// Its size, in units of half a degree.
pub const WIDTH: f64 = 720.0;
/// Likewise.
pub const HEIGHT: f64 = 290.0;
/// So many PoPs still have their codes beside them, and larger dots.
pub(super) const MOST_NAMES: usize = 40;
/// Height of a code, and width of each of its characters.
const NAME: (f64, f64) = (7.5, 6.2);

/// The map; `None` if no PoP has a place.
pub fn map(results: &Results) -> Option<String> {
    let scenario = &results.scenario;
    let placed = placed(scenario);
    if placed.is_empty() {
        return None;
    }
    let description = format!(
        "{} of {} PoPs by their places; the table below has their numbers.",
        placed.len(),
        scenario.pops.len()
    );
    let mut figure = Figure::new(
        "map",
        WIDTH,
        HEIGHT,
        "A map of the PoPs and the store",
        &description,
    );
    figure.shared("land", land());
    let store = catalogue::find(&scenario.store.at).map(|pop| at(&pop.place));
    if let Some(store) = store.filter(|_| placed.len() <= MOST_NAMES) {
        for (_, place) in &placed {
            figure.line("way", *place, store);
        }
    }
    if let Some((x, y)) = store {
        let hover = format!("the store, at {}", scenario.store.at);
        figure.rectangle("store", (x - 4.5, y - 4.5), (9.0, 9.0), &hover);
    }
    draw_pops(&mut figure, results, &placed);
    Some(figure.finish())
}

/// The PoPs that have a place, and where they are on the map.
pub(super) fn placed(scenario: &Scenario) -> Vec<(usize, (f64, f64))> {
    let all = scenario.pops.iter().enumerate();
    let on_map = |(index, pop): (usize, &Pop)| Some((index, at(pop.place.as_ref()?)));
    all.filter_map(on_map).collect()
}

/// The land, as a path of SVG.
pub fn land() -> &'static str {
    LAND.trim_end()
}

/// Where a place is on the map.
pub fn at(place: &Place) -> (f64, f64) {
    (
        (place.longitude + 180.0) * 2.0,
        ((84.0 - place.latitude) * 2.0).clamp(0.0, HEIGHT),
    )
}

fn draw_pops(figure: &mut Figure, results: &Results, placed: &[(usize, (f64, f64))]) {
    let number = |pop: usize, metric| {
        let number = results.summary.pops[pop].get(metric, None);
        number.map(|estimate| estimate.mean)
    };
    let reads = |pop: usize| number(pop, Metric::Reads).unwrap_or(0.0);
    let most = placed
        .iter()
        .map(|(pop, _)| reads(*pop))
        .fold(1.0, f64::max);
    let is_crowded = placed.len() > MOST_NAMES;
    let radius = |pop: usize| {
        let radius = 2.5 + 4.5 * libm::sqrt(reads(pop) / most);
        if is_crowded { radius / 2.0 } else { radius }
    };
    let mut taken: Vec<Area> = placed
        .iter()
        .map(|(pop, at)| Area::around(*at, radius(*pop)))
        .collect();
    for (pop, place) in placed {
        let described = &results.scenario.pops[*pop];
        let stale = number(*pop, Metric::StaleReadRatio);
        let class = match stale {
            None => "pop unread",
            Some(ratio) if ratio < 0.01 => "pop s0",
            Some(ratio) if ratio < 0.1 => "pop s1",
            Some(ratio) if ratio < 0.3 => "pop s2",
            Some(_) => "pop s3",
        };
        let radius = radius(*pop);
        let stale = stale.map_or("nobody reads".to_owned(), |ratio| {
            format!("{} of reads stale", format::percent(ratio))
        });
        let hover = format!("{} {}: {stale}", described.code, described.city);
        figure.circle(class, *place, radius, &hover);
        if !is_crowded {
            write_name(figure, &described.code, *place, radius, &mut taken);
        }
    }
}

/// A part of the map that is taken.
struct Area {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Area {
    fn around((x, y): (f64, f64), radius: f64) -> Area {
        Area {
            left: x - radius,
            top: y - radius,
            right: x + radius,
            bottom: y + radius,
        }
    }

    fn covers(&self, other: &Area) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

/// Writes a code where nothing else stands, if there is such a place beside the PoP.
fn write_name(
    figure: &mut Figure,
    code: &str,
    (x, y): (f64, f64),
    radius: f64,
    taken: &mut Vec<Area>,
) {
    let (beside, width) = (radius + 2.0, code.chars().count() as f64 * NAME.1);
    let places = [
        ((x + beside, y + 3.0), Anchor::Start, x + beside),
        ((x - beside, y + 3.0), Anchor::End, x - beside - width),
        ((x, y - beside), Anchor::Middle, x - width / 2.0),
        ((x, y + beside + 6.5), Anchor::Middle, x - width / 2.0),
    ];
    for ((x, y), anchor, left) in places {
        let area = Area {
            left,
            top: y - NAME.0,
            right: left + width,
            bottom: y,
        };
        if area.left > 0.0 && area.right < WIDTH && !taken.iter().any(|other| other.covers(&area)) {
            taken.push(area);
            figure.text("code", (x, y), anchor, code);
            return;
        }
    }
}
