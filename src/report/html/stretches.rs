//! What each PoP served of the key that was followed, version by version: what the ribbons and the maps of one write
//! are drawn from.

use crate::experiment::Results;
use crate::observe::lanes::{Commit, Lane};
use crate::units::Time;

/// A stretch of time in which a PoP served a version.
pub(super) struct Stretch {
    pub version: u32,
    pub from: Time,
    pub until: Time,
    /// When the version was superseded, if it was before the end.
    pub stale_from: Option<Time>,
}

/// The time that is shown.
pub(super) struct Window {
    pub from: Time,
    pub until: Time,
}

impl Window {
    /// `None` where no write was seen.
    pub fn of(results: &Results) -> Option<Window> {
        let lanes = &results.pooled.lanes;
        Some(Window {
            from: lanes.from(),
            until: lanes.until()?,
        })
    }
}

/// What each PoP served, in the order of the PoPs.
pub(super) fn stretches(results: &Results, window: &Window) -> Vec<Vec<Stretch>> {
    let lanes = &results.pooled.lanes;
    let mut of_pops: Vec<Vec<Lane>> = vec![Vec::new(); results.scenario.pops.len()];
    for span in &lanes.spans {
        of_pops[span.pop as usize].push(*span);
    }
    let of_pop = |spans| in_order(spans, &lanes.commits, window);
    of_pops.into_iter().map(of_pop).collect()
}

/// What a PoP served, in order, each version's copies in a row as one.
fn in_order(mut own: Vec<Lane>, commits: &[Commit], window: &Window) -> Vec<Stretch> {
    own.sort_unstable();
    let ends = own.iter().skip(1).map(|next| Some(next.from)).chain([None]);
    let ends: Vec<Option<Time>> = ends.collect();
    let mut stretches: Vec<Stretch> = Vec::new();
    for (span, next) in own.iter().zip(ends) {
        let from = span.from.max(window.from);
        let until = span
            .until
            .min(next.unwrap_or(window.until))
            .min(window.until);
        if until <= from {
            continue;
        }
        let superseded = commits.iter().find(|commit| commit.version > span.version);
        let superseded = superseded.map(|commit| commit.time.max(from));
        let stale_from = superseded.filter(|time| *time < until);
        match stretches.last_mut() {
            Some(last) if last.version == span.version && last.until == from => {
                last.until = until;
                last.stale_from = last.stale_from.or(stale_from);
            }
            _ => stretches.push(Stretch {
                version: span.version,
                from,
                until,
                stale_from,
            }),
        }
    }
    stretches
}
