//! Why a read was stale, or slow: one cause of a closed list, told from what was seen on its way.

use super::breaches::Broken;
use super::follow::{Choice, Found, Seen};
use crate::sim::cache::CacheCopy;
use crate::sim::observation::{CacheStatus, Fetched, Write};
use crate::units::{Duration, Time};
use std::collections::BTreeMap;

/// Why a read got what it got, as late as it did. The first four are those of stale reads, the next of reads whose
/// latency is asked about; the last is that of an update from what was fresh when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The PoP held a copy from before the write, and might still use it.
    Kept,
    /// What the PoP held so was that there is no value.
    KeptAbsence,
    /// The version was on its way from the store when the next one was committed there.
    OnItsWay,
    /// A tier above the PoP held a copy from before the write, and handed it on after.
    KeptAbove,
    /// The PoP held a copy: nothing had to be waited for.
    CopyAtHand,
    /// The read had to ask the store.
    AskedStore,
    /// The read had to ask a tier, which held a copy.
    AskedTier,
    /// The read waited for an answer that somebody else had asked for.
    Waited,
    /// Between the read and the commit of what was derived from it, somebody else's write was committed.
    Overtaken,
}

/// What a read was answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A copy in the PoP's cache.
    Copy {
        /// The copy.
        copy: CacheCopy,
        /// Until when this read could have used it.
        until: Time,
    },
    /// An answer that came to the PoP.
    Fetched(Fetched),
}

/// The way of a version down to a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// What the read was answered with.
    pub source: Source,
    /// The answers by which the version came down, that to the PoP first, then those to tiers, upwards. Empty where
    /// the version did not come so.
    pub hops: Vec<Fetched>,
    /// Whether the last of them came from the store; otherwise the cache that gave it had its copy from before the
    /// simulation.
    pub is_whole: bool,
    /// The write whose acknowledgement left the copy, where one did.
    pub own_write: Option<Write>,
}

/// The story of a read.
#[derive(Clone, Debug)]
pub struct Story {
    /// The read, and where its answer came from.
    pub found: Found,
    /// Why it was stale, or else why it took so long.
    pub cause: Cause,
    /// The write that made the version it returned; `None` for what was there from the beginning.
    pub written: Option<Write>,
    /// The next write after that, if it was committed before the answer was there, or if it is the one that was lost.
    pub superseded: Option<Write>,
    /// How many versions newer than the one it returned had been committed before it started.
    pub version_lag: u32,
    /// The other stale reads of the key at the PoP, by their cause.
    pub others: BTreeMap<Cause, u64>,
    /// What the read's breach is one of, where a broken guarantee is asked about.
    pub broken: Option<Broken>,
}

/// What is asked about a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Why it was stale, if it was.
    Stale,
    /// Why it took so long.
    Slow,
    /// How it came to break a guarantee.
    Broken,
}

impl Choice {
    /// What is asked about a read that was chosen so.
    pub fn question(self) -> Question {
        match self {
            Choice::Stalest => Question::Stale,
            Choice::Slowest => Question::Slow,
            Choice::Broken(_) => Question::Broken,
        }
    }
}

impl Story {
    /// The story of the read that was found, if one was.
    pub fn of(seen: Seen, question: Question) -> Option<Story> {
        let found = seen.found?;
        let read = found.read;
        let version = read.version as usize;
        let written = version.checked_sub(1).map(|index| seen.writes[index]);
        let newer = &seen.writes[version..];
        let is_lost = matches!(seen.broken, Some(Broken::Overwrote { .. }));
        let superseded = newer.first();
        let superseded = superseded.filter(|write| is_lost || write.arrival < read.end);
        let version_lag = newer.iter().filter(|write| write.arrival < read.start);
        let version_lag = version_lag.count() as u32;
        let cause = match (question, superseded) {
            (Question::Stale | Question::Broken, Some(write)) if version_lag > 0 => {
                cause_of_stale(&found.chain, read.status, found.is_missing, write.arrival)
            }
            (Question::Broken, Some(_)) if is_lost => Cause::Overtaken,
            _ => cause_of_slow(&found.chain, read.status),
        };
        let mut others = seen.stale;
        // One from before the measured time, from which a write was derived, was not counted.
        if let Some(count) = others.get_mut(&cause).filter(|_| read.start >= Time(0)) {
            *count -= 1;
        }
        others.retain(|_, count| *count > 0);
        Some(Story {
            cause,
            written,
            superseded: superseded.copied(),
            version_lag,
            others,
            broken: seen.broken,
            found,
        })
    }

    /// How stale the read was; `None` if it was fresh.
    pub fn staleness(&self) -> Option<Duration> {
        let superseded = self.superseded.filter(|_| self.version_lag > 0)?;
        Some(self.found.read.start - superseded.arrival)
    }

    /// Whether the same read fared better in another world: where its latency was asked about it is answered sooner
    /// there, where a guarantee was broken it returns what the session had to see, and else it is fresh.
    pub fn is_worse_than(&self, other: &Story) -> bool {
        match &self.broken {
            None if self.cause > Cause::KeptAbove => other.latency() < self.latency(),
            Some(Broken::OwnWrite(write)) => Some(other.found.read.version) >= write.version,
            Some(Broken::EarlierRead(read)) => other.found.read.version >= read.version,
            None | Some(Broken::Overwrote { .. }) => other.version_lag == 0,
        }
    }

    /// From its start to its answer.
    pub fn latency(&self) -> Duration {
        self.found.read.end - self.found.read.start
    }

    /// The tier, by its place above the PoP, that held the version when the next one was committed, and for how long
    /// it had, by the age that counts.
    pub fn held_above(&self) -> Option<(usize, Option<Duration>)> {
        let superseded = self.superseded?.arrival;
        let place = held_above(&self.found.chain, superseded)?;
        let asked = self.found.chain.hops[place];
        let came = self.found.chain.hops.get(place + 1);
        let counted_from = came.map(|came| came.arrived - came.age);
        Some((place, counted_from.map(|from| asked.left - from)))
    }
}

/// Why a read was stale that returned a version which was superseded at `superseded`: by where that version was at
/// that instant.
pub fn cause_of_stale(
    chain: &Chain,
    status: CacheStatus,
    is_missing: bool,
    superseded: Time,
) -> Cause {
    if held_above(chain, superseded).is_some() {
        return Cause::KeptAbove;
    }
    match (&chain.source, status) {
        (Source::Copy { copy, .. }, CacheStatus::Hit) if copy.filled_at <= superseded => {
            match is_missing {
                true => Cause::KeptAbsence,
                false => Cause::Kept,
            }
        }
        _ => Cause::OnItsWay,
    }
}

/// The tier that held the version at an instant, by its place above the PoP, if one did and handed it on later.
fn held_above(chain: &Chain, time: Time) -> Option<usize> {
    let hops = &chain.hops;
    (0..hops.len()).find(|place| {
        let came = match hops.get(place + 1) {
            Some(above) => Some(above.arrived),
            // The cache that gave it had it from before the simulation; the store has no copy.
            None if !chain.is_whole => None,
            None => return false,
        };
        came.is_none_or(|came| came <= time) && time < hops[*place].left
    })
}

/// Why a read took as long as it did.
fn cause_of_slow(chain: &Chain, status: CacheStatus) -> Cause {
    match status {
        CacheStatus::Hit => Cause::CopyAtHand,
        CacheStatus::Coalesced => Cause::Waited,
        CacheStatus::Fetch => {
            // A tier that asked on behalf of this read had its answer only then.
            let asked = chain.hops.iter().skip(1);
            let all_asked_later = asked
                .into_iter()
                .all(|hop| hop.started >= chain.hops[0].started);
            match chain.is_whole && all_asked_later {
                true => Cause::AskedStore,
                false => Cause::AskedTier,
            }
        }
    }
}
