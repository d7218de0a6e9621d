//! Follows one key at one PoP: how one of its reads came to its answer, and why others were stale.
//!
//! The read is known beforehand, from a record of reads or from another world with the same traffic. It must be
//! simulated in a world in which no hits are counted.

use super::breaches::{Breach, Broken, Guarantee};
use super::findings::ReadRecord;
use super::knowledge::{Session, session_mut};
use super::story::{Cause, Chain, Source, cause_of_stale};
use crate::scenario::keyspace::KeyId;
use crate::scenario::{OwnWrites, PopIndex};
use crate::sim::cache::CacheCopy;
use crate::sim::observation::{
    CacheIndex, CacheStatus, CellKey, ClassIndex, ClientRead, Fetched, Hits, List, Observer, Read,
    SessionIndex, Span, Write,
};
use crate::sim::world::{Upstream, World};
use crate::units::{Duration, Time};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Which read is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its key.
    pub key: KeyId,
    /// Who reads, and where.
    pub class: ClassIndex,
    /// When it starts.
    pub start: Time,
    /// How it was answered, with which version and how soon; `None` where that is the question.
    pub answer: Option<(CacheStatus, u32, Duration)>,
    /// The guarantee that it breaks; of a lost update, it is the read that the write was derived from.
    pub breach: Option<Breach>,
}

/// Which of the reads is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The one that returned what had been superseded for the longest time.
    Stalest,
    /// The one that took longest.
    Slowest,
    /// The first that broke this guarantee; `None` is the first of [`super::breaches::GUARANTEES`] that was broken.
    Broken(Option<Guarantee>),
}

impl Wanted {
    /// The read that returned what had been superseded for the longest time; of several alike the first, and none where
    /// none is stale.
    pub fn stalest<'r>(records: impl IntoIterator<Item = &'r ReadRecord>) -> Option<Wanted> {
        let stale = records.into_iter().filter(|record| record.version_lag > 0);
        let record = stale.max_by_key(|record| (record.staleness, Reverse(**record)));
        record.map(Wanted::recorded)
    }

    /// The read that took longest; of several alike the first.
    pub fn slowest<'r>(records: impl IntoIterator<Item = &'r ReadRecord>) -> Option<Wanted> {
        let records = records.into_iter();
        let record = records.max_by_key(|record| (record.latency, Reverse(**record)));
        record.map(Wanted::recorded)
    }

    /// The first read that broke a guarantee; where none is said, the first guarantee that was broken.
    pub fn broken<'b>(
        breaches: impl IntoIterator<Item = &'b Breach>,
        guarantee: Option<Guarantee>,
    ) -> Option<Wanted> {
        let breaches = breaches.into_iter();
        let asked = breaches.filter(|breach| guarantee.is_none_or(|of| breach.guarantee == of));
        asked.min().map(|breach| Wanted {
            key: breach.key,
            class: breach.class,
            start: breach.start,
            answer: None,
            breach: Some(*breach),
        })
    }

    fn recorded(record: &ReadRecord) -> Wanted {
        Wanted {
            key: record.key,
            class: ClassIndex {
                workload: record.workload,
                pop: record.pop,
            },
            start: record.start,
            answer: Some((record.status, record.version, record.latency)),
            breach: None,
        }
    }
}

/// A read, and where its answer came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The read.
    pub read: Read,
    /// Whether it was given no value.
    pub is_missing: bool,
    /// Where the version came from.
    pub chain: Chain,
    /// From when on the age of the last copy counts that came to the PoP before the read, if one did.
    pub last_copy: Option<Time>,
}

/// What was seen of the key.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Whether the key appeared at all.
    pub has_key: bool,
    /// Its name, where the scenario does not number it.
    pub new_name: Option<String>,
    /// The read, if there was one at that instant.
    pub found: Option<Found>,
    /// Puts and deletes of the key that were accepted, in the order of their versions.
    pub writes: Vec<Write>,
    /// Measured stale reads of the key at the PoP, by their cause.
    pub stale: BTreeMap<Cause, u64>,
    /// What the read's breach is one of, where it is one.
    pub broken: Option<Broken>,
}

/// The observer.
pub struct Follow<'w> {
    world: &'w World<'w>,
    wanted: Wanted,
    /// The key, while it is one of the present cell.
    key: Option<CellKey>,
    /// The PoP's cache, and those of the tiers above it.
    caches: Vec<CacheIndex>,
    /// What came to each of those, in order.
    fetched: Vec<Vec<Fetched>>,
    /// A hit that was told just now: its copy is told next.
    hit: Option<Read>,
    /// What sessions know, where a guarantee was broken.
    sessions: Vec<Session>,
    /// By session: its reads of the key, each the first that returned its version.
    earlier: Vec<Vec<ClientRead>>,
    /// A read that was told just now and may be the one: its session is told next.
    told: Option<Found>,
    /// Reads from which the write may be derived that lost an update, with their sessions.
    bases: Vec<(SessionIndex, Found)>,
    seen: Seen,
}

impl<'w> Follow<'w> {
    /// Somebody who looks for this read.
    pub fn new(world: &'w World<'w>, wanted: Wanted) -> Self {
        let pop = PopIndex::from(wanted.class.pop);
        let tiers = world.pops[pop].path.iter().filter_map(|way| match way.to {
            Upstream::Tier(cache) => Some(cache),
            Upstream::Store => None,
        });
        let caches: Vec<CacheIndex> = [CacheIndex(pop as u32)].into_iter().chain(tiers).collect();
        Follow {
            world,
            wanted,
            key: None,
            fetched: vec![Vec::new(); caches.len()],
            caches,
            hit: None,
            sessions: Vec::new(),
            earlier: Vec::new(),
            told: None,
            bases: Vec::new(),
            seen: Seen::default(),
        }
    }

    /// The key, if it has appeared.
    pub fn appeared(&self) -> Option<KeyId> {
        self.seen.has_key.then_some(self.wanted.key)
    }

    /// What was seen.
    pub fn into_seen(self) -> Seen {
        self.seen
    }

    fn is_here(&self, key: CellKey, class: ClassIndex) -> bool {
        self.key == Some(key) && class.pop == self.wanted.class.pop
    }

    /// Takes up a read whose answer came from somewhere.
    fn read_from(&mut self, read: &Read, is_missing: bool, source: Source) {
        let superseded = self.seen.writes.get(read.version as usize);
        let superseded = superseded.map(|write| write.arrival);
        let is_stale = superseded.is_some_and(|time| time < read.start);
        let is_wanted = self.is_wanted(read);
        if !is_stale && !is_wanted {
            return;
        }
        let chain = self.chain(source);
        if let Some(time) = superseded.filter(|_| is_stale && self.world.measures(read.start)) {
            let cause = cause_of_stale(&chain, read.status, is_missing, time);
            *self.seen.stale.entry(cause).or_default() += 1;
        }
        if is_wanted {
            let found = Some(Found {
                read: *read,
                is_missing,
                chain,
                last_copy: self.last_copy(read),
            });
            match self.wanted.breach {
                None => self.seen.found = found,
                Some(_) => self.told = found,
            }
        }
    }

    /// A session was given an answer: whether it is the one that breaks what it may count on.
    fn judge(&mut self, breach: &Breach, read: &ClientRead) {
        let is_workers = self.is_workers(read.class);
        let session = session_mut(&mut self.sessions, read.session);
        session.past.is_needed |= is_workers;
        let before = session.read(read);
        if self.key != Some(read.key) {
            return;
        }
        let index = read.session.0 as usize;
        if self.earlier.len() <= index {
            self.earlier.resize_with(index + 1, Vec::new);
        }
        let found = self.told.take().filter(|found| {
            let told = &found.read;
            (told.class, told.start, told.end) == (read.class, read.start, read.end)
                && told.version == read.version
        });
        if let Some(found) = found {
            let broken = match breach.guarantee {
                Guarantee::ReadYourWrites if read.version < before.written => {
                    let write = self.seen.writes.get(before.written as usize - 1);
                    write.map(|write| Broken::OwnWrite(*write))
                }
                Guarantee::MonotonicReads if read.version < before.read => {
                    let mut earlier = self.earlier[index].iter();
                    let earlier = earlier.find(|earlier| earlier.version == before.read);
                    earlier.map(|earlier| Broken::EarlierRead(*earlier))
                }
                Guarantee::LostUpdate if read.version == breach.version => {
                    self.bases.push((read.session, found));
                    return;
                }
                _ => None,
            };
            if broken.is_some() {
                (self.seen.found, self.seen.broken) = (Some(found), broken);
            }
        }
        let earlier = &mut self.earlier[index];
        if earlier
            .iter()
            .all(|earlier| earlier.version != read.version)
        {
            earlier.push(*read);
        }
    }

    /// A write was accepted: whether it is the one that overwrote what its author had not seen.
    fn judge_write(&mut self, breach: &Breach, write: &Write) {
        if self.seen.found.is_some() || write.version != breach.overwriting {
            return;
        }
        let mut bases = self.bases.drain(..);
        let base = bases.find(|(session, _)| Some(*session) == write.session);
        let missed = self.seen.writes.get(breach.version as usize);
        if let (Some((_, found)), Some(missed)) = (base, missed) {
            self.seen.broken = Some(Broken::Overwrote {
                write: *write,
                missed: *missed,
            });
            self.seen.found = Some(found);
        }
    }

    fn is_workers(&self, class: ClassIndex) -> bool {
        let workload = usize::from(class.workload);
        self.world.scenario.worker(workload).is_some()
    }

    fn is_wanted(&self, read: &Read) -> bool {
        let answer = (read.status, read.version, read.end - read.start);
        let wanted = &self.wanted;
        self.seen.found.is_none()
            && read.class == wanted.class
            && read.start == wanted.start
            && wanted.answer.is_none_or(|wanted| wanted == answer)
    }

    /// From when on the age of the last copy counts that came before a read.
    fn last_copy(&self, read: &Read) -> Option<Time> {
        let fetched = self.fetched[0].iter().rev();
        let fetched = fetched
            .map(|fetched| (fetched.arrived, fetched.age))
            .find(|(arrived, _)| *arrived <= read.start);
        let pop = &self.world.scenario.pops[PopIndex::from(read.class.pop)];
        let leaves_copy = pop.own_writes == OwnWrites::Visible;
        let own = self.seen.writes.iter().filter(|write| {
            leaves_copy && write.class.pop == read.class.pop && write.answered <= read.start
        });
        let own = own.map(|write| (write.answered, Duration::ZERO)).max();
        let (arrived, age) = fetched.max(own)?;
        Some(arrived - age)
    }

    /// The answers by which a version came down, from the PoP upwards as far as they are known.
    fn chain(&self, source: Source) -> Chain {
        let mut hops = Vec::new();
        let at_pop = match source {
            Source::Copy { copy, .. } => {
                bringing(&self.fetched[0], copy.filled_at, copy.sampled_at)
            }
            Source::Fetched(fetched) => Some(fetched),
        };
        if let Some(mut hop) = at_pop {
            hops.push(hop);
            for above in &self.fetched[1..] {
                // What a tier handed on came to it before: just now, or long ago.
                let above = above.iter().rev();
                let mut above = above.take_while(|fetched| fetched.arrived >= hop.sampled_at);
                let is_same = |fetched: &&Fetched| {
                    fetched.arrived <= hop.left
                        && fetched.sampled_at == hop.sampled_at
                        && fetched.version == hop.version
                };
                let Some(next) = above.find(is_same) else {
                    break;
                };
                hop = *next;
                hops.push(hop);
            }
        }
        let own_write = match source {
            Source::Copy { copy, .. } if hops.is_empty() => self.own_write(&copy),
            _ => None,
        };
        Chain {
            is_whole: hops.len() == self.caches.len(),
            source,
            hops,
            own_write,
        }
    }

    /// The write whose acknowledgement left this copy.
    fn own_write(&self, copy: &CacheCopy) -> Option<Write> {
        let write = self
            .seen
            .writes
            .get((copy.version as usize).checked_sub(1)?)?;
        let is_own = write.class.pop == self.wanted.class.pop && write.answered == copy.filled_at;
        is_own.then_some(*write)
    }
}

/// The answer that left a copy: it came at `arrived`, and the store had been asked at `sampled_at`.
fn bringing(fetched: &[Fetched], arrived: Time, sampled_at: Time) -> Option<Fetched> {
    let later = fetched.partition_point(|fetched| fetched.arrived < arrived);
    let mut at_once = fetched[later..]
        .iter()
        .take_while(|fetched| fetched.arrived == arrived);
    at_once
        .find(|fetched| fetched.sampled_at == sampled_at)
        .copied()
}

impl Observer for Follow<'_> {
    fn key_appears(&mut self, key: CellKey, id: KeyId) {
        if id == self.wanted.key {
            self.key = Some(key);
            self.seen.has_key = true;
        }
    }

    fn read(&mut self, read: &Read) {
        if !self.is_here(read.key, read.class) {
            return;
        }
        if read.status == CacheStatus::Hit {
            self.hit = Some(*read);
            return;
        }
        let fetched = self.fetched[0].last();
        let fetched = *fetched.expect("an answer is told before those who waited for it");
        self.read_from(read, fetched.is_missing, Source::Fetched(fetched));
    }

    fn used(&mut self, copy: &CacheCopy, until: Time) {
        if let Some(read) = self.hit.take() {
            let source = Source::Copy { copy: *copy, until };
            self.read_from(&read, copy.is_missing, source);
        }
    }

    fn fetched(&mut self, fetched: &Fetched) {
        if self.key != Some(fetched.key) {
            return;
        }
        if let Some(place) = self.caches.iter().position(|cache| *cache == fetched.cache) {
            self.fetched[place].push(*fetched);
        }
    }

    fn write(&mut self, write: &Write) {
        if let (Some(_), Some(index)) = (self.wanted.breach, write.session) {
            let is_workers = self.is_workers(write.class);
            session_mut(&mut self.sessions, index).past.is_needed |= is_workers;
        }
        if self.key == Some(write.key) && write.version.is_some() {
            self.seen.writes.push(*write);
            if let Some(breach) = self.wanted.breach {
                self.judge_write(&breach, write);
            }
        }
    }

    fn client_read(&mut self, read: &ClientRead) {
        if let Some(breach) = self.wanted.breach {
            self.judge(&breach, read);
        }
    }

    fn client_acknowledged(&mut self, by: SessionIndex, key: CellKey, version: u32, time: Time) {
        if self.wanted.breach.is_some() {
            session_mut(&mut self.sessions, by).acknowledged(key, version, time);
        }
    }

    fn client_is_over(&mut self, session: SessionIndex) {
        if self.wanted.breach.is_some() {
            session_mut(&mut self.sessions, session).forget();
            if let Some(earlier) = self.earlier.get_mut(session.0 as usize) {
                earlier.clear();
            }
            self.bases.retain(|(other, _)| *other != session);
        }
    }

    fn cell_is_over(&mut self) {
        self.key = None;
        self.sessions.clear();
        self.earlier.clear();
        self.bases.clear();
    }

    fn hits(&mut self, _: &Hits) {
        unreachable!("no hits are counted in a world in which a read is followed");
    }

    fn refresh(&mut self, _: ClassIndex, _: Time) {}

    fn store_read(&mut self, _: ClassIndex, _: Time) {}

    fn tier_request(&mut self, _: CacheIndex, _: Time, _: CacheStatus) {}

    fn list(&mut self, _: &List) {}

    fn span(&mut self, _: &Span) {}

    fn spans_are_complete(&mut self) {}

    fn readers_go_on(&mut self, _: CellKey, _: PopIndex) {}
}
