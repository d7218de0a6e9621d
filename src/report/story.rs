//! The story of a read in words: what it returned, why, whether that is documented, what would have avoided it, and
//! what it gets in a changed world.

mod breach;
mod remedy;
mod why;

use super::format::whole;
pub use super::html::sequence::figure;
use super::sequence::{clock, length};
use crate::observe::story::{Cause, Story};
use crate::scenario::{Scenario, WorkloadKind};
use crate::sim::observation::CacheStatus;

/// A story with what it is about.
pub struct Told<'a> {
    /// The story.
    pub story: &'a Story,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The key's name.
    pub key: &'a str,
    /// Changes, as they were said, and the same read's story with them; `None` where there is no such read.
    pub what_if: Option<(Vec<String>, Option<Story>)>,
    /// One of [`Told::trials`], as PATH=VALUE, which was found to help.
    pub trial: Option<String>,
}

impl Told<'_> {
    /// The index of the PoP.
    pub fn pop(&self) -> usize {
        usize::from(self.story.found.read.class.pop)
    }

    /// The code of the PoP.
    fn at(&self) -> &str {
        &self.scenario.pops[self.pop()].code
    }

    /// The name of the workload that read; a scripted read has none.
    pub fn reader(&self) -> Option<&str> {
        let mut names = self.scenario.workload_names();
        names.nth(usize::from(self.story.found.read.class.workload))
    }

    /// What a version is called.
    pub fn version(&self, version: u32) -> String {
        format!("v{version}")
    }

    /// What the read returned, for where there is little room.
    pub fn label(&self) -> String {
        let version = self.version(self.story.found.read.version);
        match self.story.found.is_missing {
            true => format!("none, {version}"),
            false => version,
        }
    }

    /// What the read returned.
    fn returned(&self) -> String {
        match self.story.found.is_missing {
            true => "that there is no value".to_owned(),
            false => self.version(self.story.found.read.version),
        }
    }

    /// Who acts in the session of a read, as words go on about it.
    fn session(&self) -> &'static str {
        let workload = usize::from(self.story.found.read.class.workload);
        match self.scenario.kind(workload) {
            WorkloadKind::Client => "the same client",
            _ => "the same session",
        }
    }

    /// "returned v1 of flags/checkout; v2 had existed for 50.9 s"
    pub fn headline(&self) -> String {
        if let Some(broken) = &self.story.broken {
            return self.headline_of_breach(broken);
        }
        let Told { story, key, .. } = self;
        let read = &story.found.read;
        let returned = self.returned();
        let (at, start, took) = (self.at(), clock(read.start), length(story.latency()));
        match (story.staleness(), is_of_stale(story.cause)) {
            (Some(time), true) => {
                let of = if story.found.is_missing { "for" } else { "of" };
                let is_delete = story.superseded.is_some_and(|write| write.is_delete);
                let (newer, time) = (self.version(read.version + 1), length(time));
                let then = match is_delete {
                    true => format!("It had been deleted {time} before"),
                    false => format!("{newer} had existed for {time}"),
                };
                let lag = match story.version_lag {
                    1 => String::new(),
                    2 if is_delete => ", and changed once since".to_owned(),
                    lag if is_delete => {
                        format!(", and changed {} times since", whole(u64::from(lag) - 1))
                    }
                    2 => ", and a still newer one".to_owned(),
                    lag => format!(", and {} still newer ones", whole(u64::from(lag) - 1)),
                };
                format!("The read at {at} at {start} returned {returned} {of} {key}. {then}{lag}.")
            }
            _ => format!(
                "The read of {key} at {at} at {start} took {took}, and returned {returned}."
            ),
        }
    }

    /// How many others are like it; `None` where the question makes no sense.
    pub fn same(&self) -> Option<String> {
        if !is_of_stale(self.story.cause) {
            return None;
        }
        let at = self.at();
        let others = &self.story.others;
        let count: u64 = others.values().sum();
        let same = others.get(&self.story.cause).copied().unwrap_or(0);
        Some(match (count, same) {
            (0, _) => format!("no other read of the key at {at} was stale."),
            (1, 1) => format!("1 other stale read of the key at {at} has this cause."),
            (count, same) if count == same => format!(
                "{} other stale reads of the key at {at}, all of this cause.",
                whole(count)
            ),
            _ => {
                let different = others
                    .iter()
                    .filter(|(cause, _)| **cause != self.story.cause);
                let different = different
                    .map(|(cause, count)| format!("{} {}", whole(*count), in_short(*cause)));
                let different: Vec<String> = different.collect();
                let plural = if count == 1 { "" } else { "s" };
                format!(
                    "{} other stale read{plural} of the key at {at}: {} of this cause, {}.",
                    whole(count),
                    whole(same),
                    different.join(", ")
                )
            }
        })
    }

    /// What the read gets in the changed world.
    pub fn instead(&self) -> Option<String> {
        let (changes, story) = self.what_if.as_ref()?;
        let changes = changes.join(" and ");
        let Some(story) = story else {
            return Some(format!(
                "With {changes} there is no read of the key at {} at that instant.",
                self.at()
            ));
        };
        let returned = match story.found.is_missing {
            true => "that there is no value".to_owned(),
            false => self.version(story.found.read.version),
        };
        let freshness = match story.staleness() {
            None => "fresh".to_owned(),
            Some(time) => format!("stale by {}", length(time)),
        };
        let how = match story.found.read.status {
            CacheStatus::Hit => "a hit",
            CacheStatus::Coalesced => "it waited",
            CacheStatus::Fetch => "a miss",
        };
        Some(format!(
            "With {changes} the same read returns {returned}, {freshness}, in {} ({how}).",
            length(story.latency())
        ))
    }
}

/// Whether a cause is one of stale reads.
pub fn is_of_stale(cause: Cause) -> bool {
    cause <= Cause::KeptAbove
}

/// Of stale reads: what became of the version that they were given.
fn in_short(cause: Cause) -> &'static str {
    match cause {
        Cause::KeptAbsence => "of a kept absence",
        Cause::OnItsWay => "of an answer that was on its way",
        Cause::KeptAbove => "of a copy that a tier kept",
        _ => "of a kept copy",
    }
}
