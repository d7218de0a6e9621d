//! Puts, deletes and lists.

use super::{Asker, Cell, Event};
use crate::scenario::{DEFAULT_CACHE_TTL, DEFAULT_VALUE_SIZE, OwnWrites, PopIndex, WorkloadIndex};
use crate::sim::cache::CacheCopy;
use crate::sim::observation::{CacheIndex, CellKey, List, Observer, SessionIndex, Write};
use crate::sim::random::Purpose;
use crate::sim::store::Expiration;
use crate::sim::value::{Constant, Datum};
use crate::units::{Duration, Size, Time};

/// A put or delete that has not been answered.
#[derive(Debug)]
pub(super) struct WriteUnderWay {
    key: CellKey,
    pop: PopIndex,
    workload: WorkloadIndex,
    is_delete: bool,
    size: Size,
    expiration: Expiration,
    start: Time,
    author: Author,
    /// The delay of the way back.
    down: Duration,
    /// The version it made, once it is accepted.
    version: Option<u32>,
    /// Whether what is measured depends on it: it started before the last measured write was answered, and so
    /// is that write or may replace it unseen.
    matters: bool,
}

/// Who writes what, as far as it matters to clients and programs.
#[derive(Clone, Debug)]
pub(super) struct Author {
    /// Who waits for the answer.
    pub(super) asker: Option<Asker>,
    /// On whose behalf.
    pub(super) session: Option<SessionIndex>,
    pub(super) datum: Datum,
    /// The version from which the value was derived, if it was.
    pub(super) base: Option<u32>,
}

impl Author {
    /// Open traffic and scripted operations, which may say what they write.
    pub(super) fn nobody(value: Option<Constant>) -> Self {
        Author {
            asker: None,
            session: None,
            datum: value.map_or(Datum::Unknown, Datum::Constant),
            base: None,
        }
    }
}

impl<O: Observer> Cell<'_, O> {
    /// A put or delete starts, and nobody waits for it.
    pub(super) fn write(
        &mut self,
        key: CellKey,
        pop: PopIndex,
        workload: WorkloadIndex,
        is_delete: bool,
        size: Option<Size>,
        expiration_ttl: Option<Duration>,
    ) {
        // Where PoPs are simulated one by one, nobody looks at values.
        let written = match self.is_pop_by_pop() {
            true => None,
            false => self.world.written.get(workload).copied().flatten(),
        };
        let author = Author::nobody(written);
        let expiration = expiration_ttl.into();
        self.write_by(author, key, pop, workload, is_delete, size, expiration);
    }

    /// A put or delete starts. The size of a put is drawn where neither it nor its workload says it.
    #[expect(clippy::too_many_arguments, reason = "they are what makes a write")]
    pub(super) fn write_by(
        &mut self,
        author: Author,
        key: CellKey,
        pop: PopIndex,
        workload: WorkloadIndex,
        is_delete: bool,
        size: Option<Size>,
        expiration: Expiration,
    ) {
        let world = self.world;
        let ways = &world.pops[pop].direct;
        let place = world.pops[pop].name ^ world.workload_names[workload].rotate_left(1);
        let mut stream = self
            .stream_name(Purpose::WriteDelays, key, place)
            .child(u64::from(is_delete))
            .stream();
        let (up, down) = (ways.up.sample(&mut stream), ways.down.sample(&mut stream));
        if ways.constant().is_none() {
            let link = world.pops[pop].direct_link;
            self.observer.delays_drawn(link, self.now, up, down);
        }
        let drawn = world
            .value_sizes
            .get(workload)
            .copied()
            .flatten()
            .map(|size| size.sample(&mut stream));
        let (size, expiration) = match is_delete {
            true => (Size(0), Expiration::Never),
            false => (size.or(drawn).unwrap_or(DEFAULT_VALUE_SIZE), expiration),
        };
        let start = self.now;
        let is_measured = world.measures(start);
        let matters = start < world.end || self.measured_writes_under_way > 0;
        self.measured_writes_under_way += u64::from(is_measured);
        self.outstanding += u64::from(matters);
        if let Some(session) = author.session {
            self.session_writes(session);
        }
        let write = WriteUnderWay {
            key,
            pop,
            workload,
            is_delete,
            size,
            expiration,
            start,
            author,
            down,
            version: None,
            matters,
        };
        let write = self.writes.insert(write) as u32;
        self.agenda.queue.schedule(
            start + up + world.transfer_time(size),
            Event::WriteArrives(write),
        );
    }

    /// A put or delete arrives at the store, which accepts or refuses it.
    pub(super) fn write_arrives(&mut self, id: u32) {
        let (world, now) = (self.world, self.now);
        let store = &world.scenario.store;
        let write = &mut self.writes[id as usize];
        let key = &mut self.keys[write.key.0 as usize];
        let answered = now + store.service_time + write.down;
        let version = key.register.accepts(now, store).then(|| {
            let size = (!write.is_delete).then_some(write.size);
            key.register
                .commit(now, size, write.expiration, answered, write.pop)
        });
        write.version = version;
        if let Some(version) = version {
            key.answered_until = key.answered_until.max(answered);
            if world.measures(write.start) {
                key.measured_version = version;
                // The answer itself still happens.
                key.unsettled_until = key.answered_until + Duration(1);
                self.unsettled_until = self.unsettled_until.max(key.unsettled_until);
            }
        }
        let WriteUnderWay {
            key,
            pop,
            workload,
            is_delete,
            size,
            start,
            author: Author { session, base, .. },
            ..
        } = *write;
        if let Some(version) = version {
            let datum = std::mem::replace(&mut write.author.datum, Datum::Unknown);
            self.set_value(key, version, datum);
        }
        if self.keys[key.0 as usize].values.is_crowded() {
            self.forget_old_values(key);
        }
        let class = world.class(workload, pop);
        let arrival = now;
        self.observer.write(&Write {
            class,
            key,
            start,
            arrival,
            answered,
            version,
            is_delete,
            size,
            session,
            base,
        });
        self.agenda
            .queue
            .schedule(answered, Event::WriteAnswered(id));
    }

    /// The writer gets its answer.
    pub(super) fn write_answered(&mut self, id: u32) {
        let write = self.writes.remove(id as usize);
        self.outstanding -= u64::from(write.matters);
        self.measured_writes_under_way -= u64::from(self.world.measures(write.start));
        // Where the history is drawn first, its writer's PoP gets to know when its turn comes.
        if let Some(version) = write.version
            && !self.is_pop_by_pop()
        {
            self.settle_own_write(write.key, write.pop, version);
        }
        if let (Some(session), Some(version)) = (write.author.session, write.version) {
            self.observer
                .client_acknowledged(session, write.key, version, self.now);
        }
        match write.author.asker {
            None => {}
            Some(Asker::Client(client)) => self.go_on(client),
            Some(Asker::Asked { operation, .. }) => {
                self.write_is_answered(operation, write.key, write.version);
            }
        }
        if let Some(session) = write.author.session {
            self.session_has_written(session);
        }
    }

    /// Whether a write of a key is on its way to the store, or its answer back.
    pub(super) fn is_written(&self, key: CellKey) -> bool {
        self.writes.iter().any(|(_, write)| write.key == key)
    }

    /// Accepted writes that have not been answered: their keys and versions.
    pub(super) fn unanswered_versions(&self) -> impl Iterator<Item = (CellKey, u32)> {
        let writes = self.writes.iter();
        writes.filter_map(|(_, write)| Some((write.key, write.version?)))
    }

    /// What the acknowledgement of an accepted write does to its PoP's copy.
    pub(super) fn settle_own_write(&mut self, key: CellKey, pop: PopIndex, version: u32) {
        let cache = CacheIndex(pop as u32);
        let own_writes = self.world.scenario.pops[pop].own_writes;
        if own_writes == OwnWrites::Unchanged {
            return;
        }
        self.tell_reads(key, cache);
        match own_writes {
            OwnWrites::Visible => {
                let commit = self.keys[key.0 as usize].register.commits()[version as usize - 1];
                let answer = commit.stored.answer(commit.at);
                let copy = CacheCopy::filled(&answer, self.now, DEFAULT_CACHE_TTL);
                let now = self.now;
                let (place, slot, observer) = self.place(key, cache);
                place.install(observer, &mut slot.copy, copy, now);
            }
            OwnWrites::Invalidated => {
                let now = self.now;
                let (place, slot, observer) = self.place(key, cache);
                if let Some(dropped) = slot.copy.take() {
                    slot.was_dropped = true;
                    place.close_span(observer, &dropped, now);
                }
            }
            OwnWrites::Unchanged => {}
        }
        self.expect_read(key, cache);
    }

    /// A list: page after page from the store, past every cache; gives the instants at which the first request is at
    /// the store, and at which the last page is there.
    pub(super) fn list(
        &mut self,
        pop: PopIndex,
        workload: WorkloadIndex,
        pages: u32,
    ) -> (Time, Time) {
        let world = self.world;
        let ways = &world.pops[pop].direct;
        let start = self.now;
        let name = self
            .run
            .purpose(Purpose::ListDelays)
            .child(world.workload_names[workload]);
        let mut stream = name
            .child(world.pops[pop].name)
            .child(start.0 as u64)
            .stream();
        let service_time = world.scenario.store.service_time;
        let (mut first, mut end) = (start, start);
        match ways.constant() {
            Some((up, down)) => {
                first += up;
                end += (up + service_time + down) * i64::from(pages);
            }
            None => {
                let link = world.pops[pop].direct_link;
                for page in 0..pages {
                    let (up, down) = (ways.up.sample(&mut stream), ways.down.sample(&mut stream));
                    self.observer.delays_drawn(link, start, up, down);
                    if page == 0 {
                        first = end + up;
                    }
                    end += up + service_time + down;
                }
            }
        }
        let class = world.class(workload, pop);
        self.observer.list(&List {
            class,
            start,
            end,
            pages,
        });
        (first, end)
    }
}
