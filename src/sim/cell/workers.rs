//! What a cell keeps of Workers and of those outside: their programs, and what they have asked.

use super::asked::Asked;
use super::contents::Names;
use super::origin::OriginState;
use super::outside::Reply;
use crate::scenario::{PopIndex, WorkerIndex};
use crate::sim::observation::{CellKey, SessionIndex};
use crate::sim::program::{Effect, Program};
use crate::units::{Duration, Time};
use slab::Slab;
use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};

/// The programs of a cell, and what is under way in them.
#[derive(Default)]
pub(super) struct Workers {
    /// By Worker and PoP, where they have started.
    pub(super) programs: Vec<Option<Box<dyn Program>>>,
    /// By their numbers.
    pub(super) requests: BTreeMap<u64, RequestUnderWay>,
    pub(super) next_request: u64,
    /// Whether it is scheduled that callers who wait too long give up.
    pub(super) is_patience_scheduled: bool,
    /// Sessions of requests that come of themselves.
    pub(super) open_sessions: Slab<Lifetime>,
    pub(super) asked: Slab<Asked>,
    /// To those outside who have asked, by their numbers.
    pub(super) replies: Vec<(u64, Reply)>,
    pub(super) timers: Slab<Timer>,
    pub(super) names: Names,
    /// Keys of namespaces that are no more, which may still hold something.
    pub(super) removed: Vec<CellKey>,
    pub(super) origins: Vec<OriginState>,
    /// By Worker, source and site: how many have come.
    pub(super) arrived: Vec<Vec<Vec<u32>>>,
    /// By the events for requests that come at a given time: which.
    pub(super) due: Vec<(WorkerIndex, usize, usize)>,
    pub(super) effects: Vec<Effect>,
    /// Why the cell cannot go on, if so.
    pub(super) refusal: Option<Refusal>,
}

/// Why a simulation of Workers cannot go on: what was promised of a script does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which Worker.
    pub worker: WorkerIndex,
    /// The `cacheTtl` with which it read, above the longest that the scenario allows it.
    pub cache_ttl: Duration,
}

/// A request that has not ended.
#[derive(Debug)]
pub(super) struct RequestUnderWay {
    pub(super) worker: WorkerIndex,
    pub(super) pop: PopIndex,
    /// The client that waits, if one does.
    pub(super) client: Option<u32>,
    pub(super) session: SessionIndex,
    pub(super) start: Time,
    /// Whether what is measured depends on its answer.
    pub(super) matters: bool,
    pub(super) is_answered: bool,
    /// The versions that it knows of keys, by what it has read and written.
    pub(super) known: Vec<(CellKey, u32)>,
    /// How many questions it has asked origins.
    pub(super) asked_origins: u32,
}

/// How long a session's number is its own: until it is over, and every write of its is answered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lifetime {
    pub(super) writes: u32,
    pub(super) is_over: bool,
}

impl Lifetime {
    /// Whether the number may go to another.
    pub(super) fn has_ended(self) -> bool {
        self.is_over && self.writes == 0
    }
}

/// A timer of a program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timer {
    pub(super) worker: WorkerIndex,
    pub(super) pop: PopIndex,
    pub(super) number: u64,
}

impl RequestUnderWay {
    /// The version of a key that it knows, if any.
    pub(super) fn base(&self, key: CellKey) -> Option<u32> {
        let known = self.known.iter().find(|(known, _)| *known == key);
        known.map(|(_, version)| *version)
    }

    /// It gets to know a version of a key.
    pub(super) fn learn(&mut self, key: CellKey, version: u32) {
        match self.known.iter_mut().find(|(known, _)| *known == key) {
            Some(known) => known.1 = version,
            None => self.known.push((key, version)),
        }
    }
}

impl Workers {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Workers::default();
    }

    /// A request that has not ended.
    pub(super) fn request(&mut self, number: u64) -> Option<&mut RequestUnderWay> {
        self.requests.get_mut(&number)
    }

    /// Notes why the cell cannot go on.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.refusal.get_or_insert(refusal);
    }

    /// Whether the cell cannot go on.
    pub(super) fn is_refused(&self) -> bool {
        self.refusal.is_some()
    }
}

impl Debug for Workers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Workers");
        shown.field("requests", &self.requests.len());
        shown.finish_non_exhaustive()
    }
}
