//! The picture of eventual consistency: which version of a key the store has and each PoP serves, over time.

use super::chart::{clock, clock_steps};
use super::stretches::{Stretch, Window, stretches};
use super::svg::{Anchor, Figure};
use crate::experiment::Results;
use crate::observe::lanes::Commit;
use crate::report::format;
use crate::units::Time;

/// Lanes at most, beside the store's.
const MOST_LANES: usize = 12;
/// Colours of versions; they come again. Version 0 has one of its own.
const COLOURS: u32 = 7;
/// So many commits still get lines through all lanes.
const MOST_LINES: usize = 40;

const WIDTH: f64 = 880.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 8.0;
const LANE: f64 = 22.0;
const STEP: f64 = 31.0;
/// What is narrower is not seen.
const LEAST_WIDTH: f64 = 0.3;
/// Beside the name of a version in its stretch, and for each of its characters.
const LABEL_MARGIN: f64 = 10.0;
const CHARACTER: f64 = 8.0;

/// The figure with what is to be said of it.
pub struct Ribbons {
    /// The key's name.
    pub key: String,
    /// The picture.
    pub figure: String,
    /// How many PoPs are not in it.
    pub left_out: usize,
    /// Whether the measured time goes on behind its end, or began before it.
    pub is_excerpt: bool,
}

/// Draws the lanes of the key that was followed; `None` where no write was seen.
pub fn ribbons(results: &Results) -> Option<Ribbons> {
    let lanes = &results.pooled.lanes;
    let window = Window::of(results)?;
    let mut pops: Vec<(usize, Vec<Stretch>)> = stretches(results, &window)
        .into_iter()
        .enumerate()
        .filter(|(_, stretches)| !stretches.is_empty())
        .collect();
    let left_out = pops.len().saturating_sub(MOST_LANES);
    if left_out > 0 {
        // From the one that served what was superseded for longest to the one that did for shortest.
        pops.sort_by_key(|(pop, stretches)| (-stale_ns(stretches), *pop));
        let last = pops.len() - 1;
        let is_shown = |index: usize| {
            let lane = |index: usize| index * (MOST_LANES - 1) / last;
            index == 0 || lane(index) != lane(index - 1)
        };
        let mut index = 0..;
        pops.retain(|_| index.next().is_some_and(is_shown));
    }
    let key = lanes.key.map(|key| results.key_name(key).into_owned())?;
    let figure = draw(results, &key, &pops, &lanes.commits, &window);
    Some(Ribbons {
        key,
        figure,
        left_out,
        is_excerpt: window.from > Time(0) || window.until.0 < results.scenario.duration.0,
    })
}

fn x(window: &Window, time: Time) -> f64 {
    let time = time.clamp(window.from, window.until);
    let part = (time - window.from).as_secs_f64() / (window.until - window.from).as_secs_f64();
    LEFT + part * (WIDTH - LEFT - RIGHT)
}

fn stale_ns(stretches: &[Stretch]) -> i64 {
    let stale = |stretch: &Stretch| {
        stretch
            .stale_from
            .map_or(0, |from| (stretch.until - from).0)
    };
    stretches.iter().map(stale).sum()
}

fn draw(
    results: &Results,
    key: &str,
    pops: &[(usize, Vec<Stretch>)],
    commits: &[Commit],
    window: &Window,
) -> String {
    let height = TOP + STEP * (pops.len() as f64 + 1.0) + 26.0;
    let title = format!("Which version of {key} each PoP serves over time");
    let mut figure = Figure::new(
        "ribbons",
        WIDTH,
        height,
        &title,
        &description(results, pops),
    );
    let bottom = TOP + STEP * (pops.len() as f64 + 1.0) - (STEP - LANE);
    for (index, stretch) in truth(commits, window).iter().enumerate() {
        let of_delete = commits
            .iter()
            .any(|c| c.version == stretch.version && c.is_delete);
        ribbon(&mut figure, TOP, stretch, window, (true, of_delete));
        if index > 0 && commits.len() <= MOST_LINES {
            let x = x(window, stretch.from);
            figure.line("commit", (x, TOP - 5.0), (x, bottom + 5.0));
        }
    }
    figure.text("lane", (LEFT - 8.0, TOP + 15.5), Anchor::End, "store");
    for (row, (pop, stretches)) in pops.iter().enumerate() {
        let y = TOP + STEP * (row as f64 + 1.0);
        let code = &results.scenario.pops[*pop].code;
        figure.rectangle("void", (LEFT, y), (WIDTH - LEFT - RIGHT, LANE), "");
        figure.text("lane", (LEFT - 8.0, y + 15.5), Anchor::End, code);
        let mut before = None;
        for stretch in stretches {
            let is_new = before.replace(stretch.version) != Some(stretch.version);
            let of_delete = commits
                .iter()
                .any(|c| c.version == stretch.version && c.is_delete);
            ribbon(&mut figure, y, stretch, window, (is_new, of_delete));
        }
    }
    let length_s = (window.until - window.from).as_secs_f64();
    let first_s = (window.from - Time(0)).as_secs_f64();
    let all_s = first_s + length_s;
    for tick in clock_steps(all_s, (10.0 * all_s / length_s).min(200.0) as usize) {
        if tick < first_s {
            continue;
        }
        let x = LEFT + (tick - first_s) / length_s * (WIDTH - LEFT - RIGHT);
        figure.line("axis", (x, bottom + 5.0), (x, bottom + 9.0));
        figure.text(
            "tick",
            (x, bottom + 21.0),
            Anchor::Middle,
            &clock(tick, all_s),
        );
    }
    figure.finish()
}

/// What the store has.
fn truth(commits: &[Commit], window: &Window) -> Vec<Stretch> {
    let before = commits
        .iter()
        .rev()
        .find(|commit| commit.time <= window.from);
    let mut all = vec![Stretch {
        version: before.map_or(0, |commit| commit.version),
        from: window.from,
        until: window.until,
        stale_from: None,
    }];
    for commit in commits
        .iter()
        .filter(|c| c.time > window.from && c.time < window.until)
    {
        if let Some(last) = all.last_mut() {
            last.until = commit.time;
        }
        all.push(Stretch {
            version: commit.version,
            from: commit.time,
            until: window.until,
            stale_from: None,
        });
    }
    all
}

fn ribbon(
    figure: &mut Figure,
    y: f64,
    stretch: &Stretch,
    window: &Window,
    (is_named, of_delete): (bool, bool),
) {
    let (left, right) = (x(window, stretch.from), x(window, stretch.until));
    let width = right - left;
    if width < LEAST_WIDTH {
        return;
    }
    let colour = match stretch.version {
        0 => "v0".to_owned(),
        version => format!("v{}", (version - 1) % COLOURS + 1),
    };
    let what = match (stretch.version, of_delete) {
        (version, true) => format!("v{version} (deleted)"),
        (version, false) => format!("v{version}"),
    };
    let at = |time: Time| format::seconds((time - Time(0)).as_secs_f64());
    let mut hover = format!("{what} from {} to {}", at(stretch.from), at(stretch.until));
    if let Some(stale_from) = stretch.stale_from {
        hover += &format!(", superseded at {}", at(stale_from));
    }
    figure.rectangle(
        &format!("ribbon {colour}"),
        (left, y),
        (width, LANE),
        &hover,
    );
    if let Some(stale_from) = stretch.stale_from {
        let x = x(window, stale_from);
        figure.rectangle("stale", (x, y), (right - x, LANE), "");
    }
    let name = format!("v{}", stretch.version);
    if is_named && width >= LABEL_MARGIN + CHARACTER * name.len() as f64 {
        let class = format!("version {colour}");
        figure.text(&class, (left + 5.0, y + 15.0), Anchor::Start, &name);
    }
}

fn description(results: &Results, pops: &[(usize, Vec<Stretch>)]) -> String {
    let longest = pops
        .iter()
        .max_by_key(|(pop, stretches)| (stale_ns(stretches), -(*pop as i64)));
    match longest {
        Some((pop, stretches)) if stale_ns(stretches) > 0 => {
            let code = &results.scenario.pops[*pop].code;
            let stale_s = stale_ns(stretches) as f64 / 1e9;
            format!(
                "A lane for the store and one for each of {} PoPs. {code} serves what is superseded for longest: {} of the time shown.",
                pops.len(),
                format::seconds(stale_s)
            )
        }
        _ => {
            "A lane for the store and one for each PoP. None serves what is superseded.".to_owned()
        }
    }
}
