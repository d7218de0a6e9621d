//! How one write spread: the map at four moments, from its commit to when the last PoP let go of what was before it.
//!
//! Of the writes that the ribbons show it is the one that took longest, until it was everywhere or the next came.

use super::map;
use super::stretches::{Stretch, Window, stretches};
use super::svg::Figure;
use crate::experiment::Results;
use crate::observe::lanes::Commit;
use crate::report::format;
use crate::units::{Duration, Time};
use serde::Serialize;

/// The write and its maps.
#[derive(Serialize)]
pub(super) struct Spread {
    key: String,
    version: u32,
    is_delete: bool,
    frames: Vec<Frame>,
}

/// The map at a moment.
#[derive(Serialize)]
struct Frame {
    /// When, in words.
    when: String,
    /// How many PoPs serve what.
    counts: String,
    figure: String,
}

/// `None` if no PoP has a place, or none ever served anything older than what was committed.
pub(super) fn spread(results: &Results) -> Option<Spread> {
    let lanes = &results.pooled.lanes;
    let window = Window::of(results)?;
    let served = stretches(results, &window);
    let (commit, took) = slowest(&lanes.commits, &served, &window)?;
    let placed = map::placed(&results.scenario);
    if placed.is_empty() {
        return None;
    }
    let third = Duration(took.0 / 3);
    let moments = [Duration(0), third, took - third, took];
    let frames = moments.into_iter().enumerate().map(|(frame, after)| {
        let serves = at_moment(&served, commit.version, commit.time + after);
        let when = match frame {
            0 => "at its commit".to_owned(),
            _ => format!("{} after its commit", format::seconds(after.as_secs_f64())),
        };
        Frame {
            counts: counts(&serves),
            figure: draw(&placed, &serves, &when, commit.version, frame),
            when,
        }
    });
    Some(Spread {
        key: results.key_name(lanes.key?).into_owned(),
        version: commit.version,
        is_delete: commit.is_delete,
        frames: frames.collect(),
    })
}

/// What a PoP serves of a key while a version of it spreads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Serves {
    /// It, or a later one.
    It,
    /// An older one.
    Older,
    /// It has no copy that it would serve.
    Nothing,
}

/// The commit of the window after which something older was served for longest, and for how long; the first of equals.
fn slowest<'c>(
    commits: &'c [Commit],
    served: &[Vec<Stretch>],
    window: &Window,
) -> Option<(&'c Commit, Duration)> {
    let mut slowest = None;
    for (index, commit) in commits.iter().enumerate() {
        if commit.time < window.from || commit.time >= window.until {
            continue;
        }
        let next = commits
            .get(index + 1)
            .map_or(window.until, |next| next.time);
        let next = next.min(window.until);
        let older = served.iter().flatten().filter(|stretch| {
            stretch.version < commit.version && stretch.from < next && stretch.until > commit.time
        });
        let Some(last) = older.map(|stretch| stretch.until.min(next)).max() else {
            continue;
        };
        let took = last - commit.time;
        if slowest.is_none_or(|(_, longest)| took > longest) {
            slowest = Some((commit, took));
        }
    }
    slowest
}

fn at_moment(served: &[Vec<Stretch>], version: u32, moment: Time) -> Vec<Serves> {
    let of_pop = |stretches: &Vec<Stretch>| {
        let mut stretches = stretches.iter();
        match stretches.find(|stretch| stretch.from <= moment && moment < stretch.until) {
            None => Serves::Nothing,
            Some(stretch) if stretch.version < version => Serves::Older,
            Some(_) => Serves::It,
        }
    };
    served.iter().map(of_pop).collect()
}

fn counts(serves: &[Serves]) -> String {
    let count = |what| serves.iter().filter(|serves| **serves == what).count();
    let (it, older, nothing) = (
        count(Serves::It),
        count(Serves::Older),
        count(Serves::Nothing),
    );
    let mut counts = format!("{it} of {} serve it", serves.len());
    if older > 0 {
        counts += &format!(", {older} an older one");
    }
    if nothing > 0 {
        counts += &format!(", {nothing} none");
    }
    counts
}

fn draw(
    placed: &[(usize, (f64, f64))],
    serves: &[Serves],
    when: &str,
    version: u32,
    frame: usize,
) -> String {
    let title = format!("Who serves version {version} {when}");
    let name = format!("spread-{frame}");
    let mut figure = Figure::new(&name, map::WIDTH, map::HEIGHT, &title, &counts(serves));
    figure.again("land");
    let size = match placed.len() > map::MOST_NAMES {
        true => "small",
        false => "large",
    };
    let of = |what| {
        let those = placed.iter().filter(|(pop, _)| serves[*pop] == what);
        those.map(|(_, at)| *at).collect::<Vec<_>>()
    };
    // What is still behind stands above what has arrived.
    figure.dots(&format!("at none {size}"), &of(Serves::Nothing));
    figure.dots(&format!("at it {size}"), &of(Serves::It));
    let older = of(Serves::Older);
    figure.dots(&format!("at older {size}"), &older);
    figure.dots(&format!("at hole {size}"), &older);
    figure.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(s: i64) -> Time {
        Time(s * 1_000_000_000)
    }

    fn stretch(version: u32, from: i64, until: i64) -> Stretch {
        Stretch {
            version,
            from: time(from),
            until: time(until),
            stale_from: None,
        }
    }

    fn commit(version: u32, at: i64) -> Commit {
        Commit {
            version,
            time: time(at),
            is_delete: false,
        }
    }

    /// Three PoPs: one fetches again at 30 and 70, one at 55, one reads for the first time at 40.
    fn served() -> Vec<Vec<Stretch>> {
        vec![
            vec![stretch(0, 0, 30), stretch(1, 30, 70), stretch(2, 70, 100)],
            vec![stretch(0, 5, 55), stretch(1, 55, 90)],
            vec![stretch(1, 40, 80)],
        ]
    }

    #[test]
    fn the_write_that_takes_longest_is_shown_until_it_is_everywhere() {
        let window = Window {
            from: time(0),
            until: time(100),
        };
        let commits = [commit(1, 10), commit(2, 60)];
        let slowest = slowest(&commits, &served(), &window).expect("something is superseded");
        assert_eq!(slowest, (&commits[0], Duration(45_000_000_000)));
    }

    #[test]
    fn what_the_next_write_overtakes_ends_with_it() {
        let window = Window {
            from: time(0),
            until: time(100),
        };
        let commits = [commit(1, 10), commit(2, 20), commit(3, 95)];
        let slowest = slowest(&commits, &served(), &window).expect("something is superseded");
        // Of version 2 something older is served from 20 to 90.
        assert_eq!(slowest, (&commits[1], Duration(70_000_000_000)));
    }

    #[test]
    fn each_moment_counts_who_serves_what() {
        let at = |s| counts(&at_moment(&served(), 1, time(s)));
        assert_eq!(at(10), "0 of 3 serve it, 2 an older one, 1 none");
        assert_eq!(at(30), "1 of 3 serve it, 1 an older one, 1 none");
        assert_eq!(at(40), "2 of 3 serve it, 1 an older one");
        assert_eq!(at(55), "3 of 3 serve it");
    }

    #[test]
    fn where_nothing_older_is_served_nothing_spreads() {
        let window = Window {
            from: time(0),
            until: time(100),
        };
        let served = [vec![stretch(1, 20, 90)]];
        assert_eq!(slowest(&[commit(1, 10)], &served, &window), None);
    }
}
