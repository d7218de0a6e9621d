//! What was true: every version of a key with its commit, and so what was stale, by how much.

use crate::units::{Duration, Time};

/// The versions of one key in commit order; version 0 was there long before the simulation.
#[derive(Debug, Default)]
pub struct Truth {
    /// Of versions 1, 2, …
    versions: Vec<Version>,
}

/// A version that was written.
#[derive(Clone, Copy, Debug)]
pub struct Version {
    /// When it was committed.
    pub committed: Time,
    /// The workload that wrote it, if the write is measured.
    pub measured: Option<u16>,
}

/// How stale a read was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staleness {
    /// Its start minus the commit of the first version newer than the one it returned.
    pub time: Duration,
    /// How many versions newer than the one it returned had committed before its start.
    pub versions: u32,
}

impl Truth {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.versions.clear();
    }

    /// A version is committed.
    pub fn commit(&mut self, version: u32, what: Version) {
        assert_eq!(
            version as usize,
            self.versions.len() + 1,
            "versions are numbered in commit order"
        );
        self.versions.push(what);
    }

    /// Versions after `first` and before `last`.
    pub fn between(&self, first: u32, last: u32) -> &[Version] {
        &self.versions[first as usize..(last as usize - 1)]
    }

    /// Versions after `version`, in commit order.
    pub fn newer_than(&self, version: u32) -> &[Version] {
        &self.versions[version as usize..]
    }

    /// Likewise as [`Truth::superseded`], of a version that was returned; the store was asked for it at
    /// `sampled_at`.
    #[inline]
    pub fn superseded_after(&self, version: u32, sampled_at: Time) -> Option<Time> {
        assert!(
            version as usize <= self.versions.len(),
            "a returned version had been committed"
        );
        let superseded = self.superseded(version);
        assert!(
            superseded.is_none_or(|commit| commit >= sampled_at),
            "a returned version was the latest when the store was asked"
        );
        superseded
    }

    /// When the version after `version` was committed, if it was.
    pub fn superseded(&self, version: u32) -> Option<Time> {
        self.versions
            .get(version as usize)
            .map(|next| next.committed)
    }

    /// Judges a read that started at `start` and returned `version`, of which the store was asked at
    /// `sampled_at`; `None` is fresh. All commits before `start` must be known; later ones may be.
    #[inline]
    pub fn judge(&self, start: Time, version: u32, sampled_at: Time) -> Option<Staleness> {
        let superseded = self.superseded_after(version, sampled_at)?;
        if superseded >= start {
            return None;
        }
        Some(Staleness {
            time: start - superseded,
            versions: committed_before(self.newer_than(version), start),
        })
    }
}

/// How many of `versions` committed before `start`, at least one: looked for in steps that double, since it is
/// few, whatever is to come.
#[inline]
fn committed_before(versions: &[Version], start: Time) -> u32 {
    let mut reach = 1;
    while reach < versions.len() && versions[reach].committed < start {
        reach *= 2;
    }
    let upper = reach.min(versions.len());
    let lower = reach / 2;
    (lower + versions[lower..upper].partition_point(|v| v.committed < start)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(commits: &[i64]) -> Truth {
        let mut truth = Truth::default();
        for (index, commit) in commits.iter().enumerate() {
            truth.commit(
                index as u32 + 1,
                Version {
                    committed: Time(*commit),
                    measured: None,
                },
            );
        }
        truth
    }

    #[test]
    fn a_read_is_stale_by_the_first_newer_version_that_committed_before_its_start() {
        let truth = truth(&[10, 20, 30]);
        let judge = |start, version| truth.judge(Time(start), version, Time(0));
        assert_eq!(
            judge(10, 0),
            None,
            "a commit at the very start does not make it stale"
        );
        assert_eq!(
            judge(11, 0),
            Some(Staleness {
                time: Duration(1),
                versions: 1
            })
        );
        assert_eq!(
            judge(25, 0),
            Some(Staleness {
                time: Duration(15),
                versions: 2
            })
        );
        assert_eq!(judge(25, 2), None);
        assert_eq!(
            judge(35, 2),
            Some(Staleness {
                time: Duration(5),
                versions: 1
            })
        );
        assert_eq!(judge(99, 3), None);
    }
}
