//! What the store and each PoP held of one key for a while: what a picture of eventual consistency is drawn from.
//!
//! One key is followed through the first run, for as long as a picture can show: some thirty times its longest
//! `cache-ttl` or 25 commits, from shortly before its first commit on.

use super::measure::Measure;
use crate::scenario::keyspace::{KeyId, Keyspace};
use crate::scenario::{Operation, Placeholder, Scenario, Step};
use crate::sim::observation::{CellKey, ClassIndex, Span};
use crate::units::{Duration, Time};

/// The key that is followed, the commits of its versions, and what PoPs served of it.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    /// `None` until it is known.
    pub key: Option<KeyId>,
    /// Its versions, in order.
    pub commits: Vec<Commit>,
    /// What PoPs served, in no order.
    pub spans: Vec<Lane>,
    /// So long before the first commit the picture begins.
    lead: Duration,
    /// So long it is at most.
    length: Duration,
    /// When the measured time ends, and the picture with it.
    end: Time,
}

/// A version of the key that is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// From 1.
    pub version: u32,
    /// When.
    pub time: Time,
    /// Whether it is a delete.
    pub is_delete: bool,
}

/// A PoP served a version for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lane {
    /// Index of the PoP.
    pub pop: u32,
    /// From when on.
    pub from: Time,
    /// Until when.
    pub until: Time,
    /// Which version; 0 is what the key held before anything was written.
    pub version: u32,
}

/// More versions could not be told apart.
const MOST_COMMITS: usize = 25;

/// Of a key that nobody writes so many spans are kept until they are looked through.
const SPANS_UNWRITTEN: usize = 20_000;

impl Lanes {
    /// Follows the key that a scenario is most likely about: the first that its script changes, or the most written
    /// one of its first workload that writes, or else that of the first step of a client that writes; of scenarios with
    /// Workers otherwise the first that one of them writes.
    pub fn follow(scenario: &Scenario, keyspace: &Keyspace) -> Lanes {
        let ttl = scenario.longest_cache_ttl_anywhere();
        let length = Duration(ttl.0.saturating_mul(30));
        // What fits wholly is shown wholly.
        let lead = match scenario.duration <= length {
            true => scenario.duration,
            false => Duration(ttl.0.saturating_mul(2)),
        };
        Lanes {
            key: key_of(scenario, keyspace),
            lead,
            length,
            end: Time(0) + scenario.duration,
            ..Lanes::default()
        }
    }

    /// A version was committed.
    pub(super) fn commit(&mut self, version: u32, time: Time, is_delete: bool) {
        if time >= self.until().unwrap_or(self.end) {
            return;
        }
        if self.first().is_none() {
            // Of what was committed before the measured time, the last is what it begins with.
            self.commits.clear();
        }
        self.commits.push(Commit {
            version,
            time,
            is_delete,
        });
        self.forget_outside();
    }

    /// A PoP served a version for a while.
    pub(super) fn span(&mut self, span: &Span) {
        if self.until().is_some_and(|until| span.from >= until) || span.until <= self.from() {
            return;
        }
        self.spans.push(Lane {
            pop: span.cache.0,
            from: span.from,
            until: span.until,
            version: span.version,
        });
        if self.first().is_none() && self.spans.len() > SPANS_UNWRITTEN {
            // What lies far back will not be shown, whenever the first commit comes.
            let latest = self.spans.iter().map(|span| span.from).max();
            let from = latest.map_or(Time(0), |latest| latest - self.lead);
            self.spans.retain(|span| span.until > from);
        }
    }

    /// The first commit of the measured time.
    fn first(&self) -> Option<&Commit> {
        self.commits.iter().find(|commit| commit.time >= Time(0))
    }

    /// When the picture begins.
    pub fn from(&self) -> Time {
        let first = self.first().map_or(Time(0), |first| first.time);
        (first - self.lead).max(Time(0))
    }

    /// When it ends; `None` before the first commit.
    pub fn until(&self) -> Option<Time> {
        self.first()?;
        let longest = self.end.min(self.from() + self.length);
        let last = self.commits.get(MOST_COMMITS);
        Some(last.map_or(longest, |commit| longest.min(commit.time)))
    }

    /// Adds what another part of the run saw.
    pub(super) fn merge(&mut self, other: Lanes) {
        if self.key.is_none() {
            *self = other;
            return;
        }
        self.commits.extend(other.commits);
        self.commits.sort_by_key(|commit| commit.version);
        self.spans.extend(other.spans);
    }

    /// Once the first commit is known, what lies outside the picture can go.
    fn forget_outside(&mut self) {
        let (from, Some(until)) = (self.from(), self.until()) else {
            return;
        };
        if self.commits.last() == self.first() {
            self.spans
                .retain(|span| span.until > from && span.from < until);
        }
    }
}

impl Measure<'_> {
    /// Follows a key from now on: see [`Lanes`].
    pub fn following_a_key(mut self) -> Self {
        self.findings.lanes = Lanes::follow(self.world.scenario, self.world.keyspace);
        self.follows = true;
        self
    }

    /// The first key that a Worker writes is followed if the scenario names none.
    pub(super) fn follow_if_first(&mut self, key: CellKey, class: ClassIndex) {
        let lanes = &mut self.findings.lanes;
        let workload = usize::from(class.workload);
        if self.follows && lanes.key.is_none() && self.world.scenario.worker(workload).is_some() {
            lanes.key = Some(self.keys[key.0 as usize].id);
            self.followed = Some(key);
        }
    }
}

fn key_of(scenario: &Scenario, keyspace: &Keyspace) -> Option<KeyId> {
    let mut scripted = scenario.script.iter().filter(|scripted| {
        matches!(
            scripted.operation,
            Operation::Put { .. } | Operation::Delete { .. }
        )
    });
    if let Some(scripted) = scripted.next() {
        return keyspace.find(scripted.operation.key()?);
    }
    let modifies = |workload: &usize| scenario.workloads[*workload].modifies();
    let Some(workload) = (0..scenario.workloads.len()).find(modifies) else {
        return key_of_clients(scenario, keyspace);
    };
    let share = |key: u32| keyspace.share(workload, KeyId(key));
    // Of keys that are equally often written it is the first.
    (0..keyspace.len().min(KEYS_LOOKED_AT))
        .filter(|key| share(*key) > 0.0)
        .max_by(|a, b| share(*a).total_cmp(&share(*b)).then(b.cmp(a)))
        .map(KeyId)
}

/// The key of the first step that writes, if the scenario names it; of keys that are drawn it is the most frequent.
fn key_of_clients(scenario: &Scenario, keyspace: &Keyspace) -> Option<KeyId> {
    let mut found = None;
    for client in &scenario.clients {
        client.each_step(&mut |step, _| {
            let (Step::Put { key, .. } | Step::Delete { key }) = step else {
                return;
            };
            let pattern = &client.keys[*key];
            let between = match pattern.placeholder {
                None => "",
                Some(Placeholder::Rank { .. }) => "0",
                Some(Placeholder::Client | Placeholder::Pop) => return,
            };
            let name = [pattern.prefix.as_str(), between, &pattern.suffix].concat();
            found = found.or_else(|| keyspace.find(&name));
        });
    }
    found
}

/// Ranked keys come first, the most frequent of each family at its head.
const KEYS_LOOKED_AT: u32 = 100_000;
