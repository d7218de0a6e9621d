//! What the simulation tells the world outside: facts about single operations, and spans of service.

use super::cache::CacheCopy;
use super::program::{Cause, Level, ScriptError};
use super::workload::RateCurve;
use crate::scenario::PopIndex;
use crate::scenario::keyspace::KeyId;
use crate::units::{Duration, Size, Time};

/// The workload and PoP of an operation; each replay counts as a further workload, and so do the scripted
/// operations, as the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClassIndex {
    /// Index of the workload.
    pub workload: u16,
    /// Index of the PoP.
    pub pop: u16,
}

/// A key's number within its cell, in order of appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellKey(pub u32);

/// A cache: PoPs come first, in the scenario's order, then the places of the tiers, tier by tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CacheIndex(pub u32);

/// A client's number in its cell; one that is over leaves its number to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionIndex(pub u32);

/// How a read was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CacheStatus {
    /// From a copy in the cache.
    Hit,
    /// By a fetch that was under way already.
    Coalesced,
    /// By a fetch that it started.
    Fetch,
}

impl CacheStatus {
    /// What the platform's `cacheStatus` says of it: whoever waited for a fetch has missed.
    pub fn word(self) -> &'static str {
        match self {
            CacheStatus::Hit => "HIT",
            CacheStatus::Coalesced | CacheStatus::Fetch => "MISS",
        }
    }
}

/// Why a read that fetches could use nothing that its PoP's cache held; every fetch has one of these causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MissCause {
    /// Nothing of the key had been in this cache since the simulation began.
    Absent,
    /// The copy was older than the `cache-ttl` that it came with.
    Expired,
    /// The copy was good for others, but older than this read's own, shorter `cache-ttl`.
    TooOld,
    /// The value's `expiration-ttl` had ended, and before the copy's `cache-ttl`.
    ValueExpired,
    /// A write of this PoP's own had dropped the copy.
    Dropped,
    /// The read has a `cache-ttl` of 0, and looks past any copy.
    LookedPast,
}

/// A link of the world, by its place among [`super::world::World::links`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkIndex(pub u32);

/// Somebody who is told what happens.
pub trait Observer {
    /// A key is touched for the first time in this cell; keys are numbered from 0 in this order.
    fn key_appears(&mut self, key: CellKey, id: KeyId);

    /// A read was answered.
    fn read(&mut self, read: &Read);

    /// The read that was told just now was a hit on this copy, which it could have used until then.
    fn used(&mut self, _: &CacheCopy, _until: Time) {}

    /// Somebody asks over a link whose delays are drawn, at `start`: those of the way up and of the way back. Links
    /// on which each message takes equally long are not told of.
    fn delays_drawn(&mut self, _: LinkIndex, _start: Time, _up: Duration, _down: Duration) {}

    /// An answer came to a cache that had asked for it; the reads that waited for it are told next. Told only where
    /// hits are not counted.
    fn fetched(&mut self, _: &Fetched) {}

    /// Reads that were hits, not told one by one.
    fn hits(&mut self, hits: &Hits);

    /// A hit near the end of its copy started a background fetch.
    fn refresh(&mut self, class: ClassIndex, caused_at: Time);

    /// A request that an operation of this class caused at `caused_at` arrived at the store.
    fn store_read(&mut self, class: ClassIndex, caused_at: Time);

    /// A request arrived at a cache of a tier and was answered this way.
    fn tier_request(&mut self, cache: CacheIndex, caused_at: Time, status: CacheStatus);

    /// A put or delete arrived at the store.
    fn write(&mut self, write: &Write);

    /// A client's read was answered; it was told as a read, too.
    fn client_read(&mut self, _: &ClientRead) {}

    /// A client gets to know that a put or delete of its own was accepted.
    fn client_acknowledged(&mut self, _: SessionIndex, _: CellKey, _version: u32, _: Time) {}

    /// A client asks a Worker.
    fn client_asks(&mut self, _: SessionIndex, _: ClassIndex, _start: Time) {}

    /// A request to a Worker was answered, or has failed.
    fn request_answered(&mut self, _: &RequestAnswered) {}

    /// A script counted something of its own.
    fn counted(&mut self, _: &Counted<'_>) {}

    /// Something went wrong in a script.
    fn went_wrong(&mut self, _: WentWrong) {}

    /// A script printed.
    fn printed(&mut self, _: Printed) {}

    /// A client has taken its last step, or will not be simulated any further.
    fn client_is_over(&mut self, _: SessionIndex) {}

    /// A list was answered.
    fn list(&mut self, list: &List);

    /// A cache served a version for a while.
    fn span(&mut self, span: &Span);

    /// No more spans will come for the keys and PoPs of those told so far.
    fn spans_are_complete(&mut self);

    /// A key has open readers at a PoP, who would go on reading, and no cache can give them a version older than
    /// the key's last measured one any more. Told once; nothing more will come for this key at this PoP.
    fn readers_go_on(&mut self, key: CellKey, pop: PopIndex);

    /// So large a part of the present cell is simulated, about; told now and then, for those who wait.
    fn part_is_simulated(&mut self, _part: f64) {}

    /// Nothing more will come for the keys that have appeared; the next to appear is number 0 again.
    fn cell_is_over(&mut self);
}

/// A read that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// Who read.
    pub class: ClassIndex,
    /// Which key.
    pub key: CellKey,
    /// When it started.
    pub start: Time,
    /// When it was answered.
    pub end: Time,
    /// The version it returned.
    pub version: u32,
    /// When the store was asked for that version.
    pub sampled_at: Time,
    /// How it was answered.
    pub status: CacheStatus,
    /// If by a fetch: why it needed one.
    pub miss: Option<MissCause>,
}

/// An answer that came to a cache from above: from the store, or from a tier's copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The cache that had asked.
    pub cache: CacheIndex,
    /// For which key.
    pub key: CellKey,
    /// When it had asked.
    pub started: Time,
    /// When the answer left the place that gave it.
    pub left: Time,
    /// When the answer came.
    pub arrived: Time,
    /// The version that it brought.
    pub version: u32,
    /// Whether there is no value.
    pub is_missing: bool,
    /// When the store was asked for that version.
    pub sampled_at: Time,
    /// The age that was handed on with it.
    pub age: Duration,
}

/// What a client was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientRead {
    /// To whom.
    pub session: SessionIndex,
    /// Its kind, and where it read.
    pub class: ClassIndex,
    /// Which key.
    pub key: CellKey,
    /// When the read started.
    pub start: Time,
    /// When it was answered.
    pub end: Time,
    /// The version it returned.
    pub version: u32,
}

/// A request to a Worker that was answered, or has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestAnswered {
    /// The Worker, and where it was asked.
    pub class: ClassIndex,
    /// When the request started.
    pub start: Time,
    /// When the response was there.
    pub end: Time,
    /// Its status; 500 where the script failed.
    pub status: u16,
    /// Whether the script failed.
    pub has_failed: bool,
}

/// Something that a script counted of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted<'a> {
    /// The Worker, and where.
    pub class: ClassIndex,
    /// When the request started in which it did.
    pub start: Time,
    /// What.
    pub name: &'a str,
    /// How many.
    pub by: i64,
}

/// Something that went wrong in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WentWrong {
    /// The Worker, and where.
    pub class: ClassIndex,
    /// When the request started in which it did.
    pub start: Time,
    /// When it did.
    pub time: Time,
    /// In which manner.
    pub cause: Cause,
    /// What, and where in the script.
    pub error: ScriptError,
}

/// A line that a script printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The Worker, and where.
    pub class: ClassIndex,
    /// When.
    pub time: Time,
    /// How loudly.
    pub level: Level,
    /// What.
    pub text: String,
}

/// In `from..until` each read of this class was a hit on this copy; the reads arrived in a Poisson process.
#[derive(Clone, Copy, Debug)]
pub struct Hits {
    /// Who read.
    pub class: ClassIndex,
    /// Which key.
    pub key: CellKey,
    /// The version that they returned.
    pub version: u32,
    /// When the store was asked for that version.
    pub sampled_at: Time,
    /// From when on.
    pub from: Time,
    /// Until when, not included; later than `from`.
    pub until: Time,
    /// Their rate.
    pub curve: RateCurve,
}

/// A put or delete that arrived at the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// Who wrote.
    pub class: ClassIndex,
    /// Which key.
    pub key: CellKey,
    /// When it started at its PoP.
    pub start: Time,
    /// When it arrived at the store: its commit, if it was accepted.
    pub arrival: Time,
    /// When its answer is back at its PoP.
    pub answered: Time,
    /// The version it made; `None` if it was refused.
    pub version: Option<u32>,
    /// Whether it is a delete.
    pub is_delete: bool,
    /// Size of the value.
    pub size: Size,
    /// The client that wrote, if one did.
    pub session: Option<SessionIndex>,
    /// The version of the same key from which the value was derived, if it was.
    pub base: Option<u32>,
}

/// A list that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    /// Who listed.
    pub class: ClassIndex,
    /// When it started.
    pub start: Time,
    /// When its last page was back.
    pub end: Time,
    /// How many pages there were.
    pub pages: u32,
}

/// In `from..until` a read with the longest `cache-ttl` that came to this cache would have been given this
/// version: from a copy, or by waiting for a fetch that brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where.
    pub cache: CacheIndex,
    /// Which key.
    pub key: CellKey,
    /// Which version.
    pub version: u32,
    /// From when on.
    pub from: Time,
    /// Until when; may lie in the future.
    pub until: Time,
    /// Below a tier that hands on age, a read with `cache-ttl` T is served until `counted_from` + T at most;
    /// `None` where that does not bound it.
    pub counted_from: Option<Time>,
}
