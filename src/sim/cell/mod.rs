//! A cell: the whole topology seen by one key, or by the keys that something ties together.
//!
//! One queue, one loop. What a cell simulates is told by a [`CellSpec`]: keys in open traffic, a script, clients,
//! lists. Keys appear when they are first touched. How operations go stands in `read` and `write`, how clients go
//! from one to the next in `session`, how a cell goes from start to end in `run`, how it begins
//! in `start`, when it may stop in `end`, what keys there are in `contents`, what it remembers of a key in a cache in
//! `slots` and `place`, how programs are asked in `request` and `response` and what they ask in `asked`, `listed` and `origin`, why most
//! reads need not be simulated in `counted`, how keys in open traffic take the short way in `alone` and `coast`,
//! how recorded operations take their turn in `replay`, and how somebody outside asks while time goes on in `outside`.

mod alone;
mod asked;
mod coast;
mod contents;
mod cookies;
mod counted;
mod end;
mod listed;
mod origin;
mod outside;
mod place;
mod progress;
mod read;
mod replay;
mod request;
mod response;
mod run;
mod session;
mod slots;
mod start;
mod workers;
mod write;

use super::cache::CacheCopy;
use super::observation::{CacheStatus, CellKey, ClassIndex, Observer};
use super::queue::Queue;
use super::random::{Purpose, Seed};
use super::store::{Expiration, Register};
use super::value::Values;
use super::workload::ArrivalProcess;
use super::world::World;
use crate::scenario::keyspace::KeyId;
use crate::scenario::{ClientIndex, Operation, PopIndex, WorkerIndex, WorkloadIndex};
use crate::units::{Duration, Time};
use alone::Alone;
use counted::{Counted, Reader};
pub use listed::Listed;
pub use outside::{Call, CopyHeld, Found, Reply};
use progress::Progress;
use read::{Fetch, Waiting};
pub use run::{CellSpec, Tied};
pub use session::ClientsAt;
use session::Session;
use slab::Slab;
use slots::{Layout, Touched};
use std::collections::BTreeMap;
use std::ops::Range;
pub use workers::Refusal;
use workers::Workers;
use write::{Author, WriteUnderWay};

/// A cell under simulation.
pub struct Cell<'w, O> {
    world: &'w World<'w>,
    run: Seed,
    /// By purpose (reads, puts, deletes), workload and PoP: the beginning of the names of its sources' streams.
    source_seeds: [Vec<Seed>; 3],
    observer: O,
    agenda: Agenda,
    now: Time,
    keys: Vec<Key>,
    /// Of all keys, one after the other.
    shares: Vec<(WorkloadIndex, f64)>,
    slots: Vec<Slot>,
    /// Which slots these are.
    layout: Layout,
    /// Where only those that were touched are there, in the order in which they were.
    touched: Option<Touched>,
    by_id: BTreeMap<KeyId, CellKey>,
    /// The beginning of the names of counted readers' streams, by PoP.
    counted_seeds: Vec<Seed>,
    /// Readers that are counted, by key and PoP.
    counted: Vec<Counted>,
    readers: Vec<Reader>,
    sessions: Slab<Session>,
    workers: Workers,
    /// Of all values that are kept.
    value_bytes: usize,
    /// By client and site: how many have arrived.
    arrived: Vec<Vec<u32>>,
    fetches: Slab<Fetch>,
    waiting: Slab<Waiting>,
    writes: Slab<WriteUnderWay>,
    /// Operations that have started and not ended, and on which depends what is measured.
    outstanding: u64,
    /// The measured writes among them.
    measured_writes_under_way: u64,
    /// Some measured write is not visible everywhere until then, at least.
    unsettled_until: Time,
    /// Where a single PoP is simulated on a history that is known already.
    alone: Option<Alone>,
    progress: Progress,
}

/// What is to come.
#[derive(Debug, Default)]
struct Agenda {
    queue: Queue<Event>,
    /// Open operations that are simulated one by one.
    sources: Vec<Source>,
    /// Arrivals before time 0, shared by all sources.
    past: Vec<Time>,
}

impl Agenda {
    fn clear(&mut self) {
        self.queue.clear();
        self.sources.clear();
        self.past.clear();
    }
}

/// The purposes of sources that touch keys.
const SOURCE_PURPOSES: [Purpose; 3] = [Purpose::Reads, Purpose::Writes, Purpose::Deletes];

/// What can happen; numbers index the cell's lists.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A source's next operation starts.
    Arrival(u32),
    /// The first of a PoP's counted reads that changes something, if nothing has changed meanwhile.
    CountedRead(u32),
    /// A scripted operation starts.
    Scripted(u32),
    /// A client goes on with its steps.
    ClientGoesOn(u32),
    /// A fetch's request arrives at its upstream cache or the store.
    RequestArrives(u32),
    /// A fetch's answer arrives at the cache that asked.
    AnswerArrives(u32),
    /// A put or delete arrives at the store.
    WriteArrives(u32),
    /// Its answer arrives at its PoP.
    WriteAnswered(u32),
    /// The answer of an accepted write from the PoP that is simulated alone: its version.
    OwnWriteAnswered(u32),
    /// A request to a Worker that comes at a given time starts.
    RequestDue(u32),
    /// A program's timer fires.
    TimerFires(u32),
    /// Callers who have waited too long give up.
    PatienceEnds,
    /// What was asked arrives at the store or at an origin.
    QuestionArrives(u32),
    /// Whoever asked gets the answer.
    Answered(u32),
}

/// Who waits for the answer to a read or a write.
#[derive(Clone, Copy, Debug)]
enum Asker {
    /// A client, by its number.
    Client(u32),
    /// A program, or somebody outside, for one part of what was asked.
    Asked { operation: u32, part: u32 },
}

/// What a read brought to somebody who waits for it.
struct Got {
    key: CellKey,
    start: Time,
    end: Time,
    version: u32,
    is_missing: bool,
    status: CacheStatus,
}

/// A key of the cell.
#[derive(Debug)]
struct Key {
    /// The part of stream names that stands for it.
    name: u64,
    register: Register,
    /// The workloads that touch it, with its share of their rates, in the cell's list.
    shares: Range<usize>,
    /// The latest version that a measured write made; 0 if none did.
    measured_version: u32,
    /// Until then that version may not be visible everywhere, whatever the caches hold: it, and the older ones
    /// that an acknowledgement brings into a cache, are on their way.
    unsettled_until: Time,
    /// The latest answer to any of its accepted writes so far.
    answered_until: Time,
    /// What its versions hold, as far as somebody has said.
    values: Values,
}

/// A key's place in one cache.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    copy: Option<CacheCopy>,
    /// Whether a copy has ever been dropped here.
    was_dropped: bool,
    /// The fetch under way for which others may wait.
    pending: Option<u32>,
    /// The readers that are counted here.
    counted: Option<u32>,
}

/// An open operation with its arrivals.
#[derive(Debug)]
struct Source {
    kind: SourceKind,
    workload: WorkloadIndex,
    pop: PopIndex,
    arrivals: ArrivalProcess,
}

/// What a source does at each arrival.
#[derive(Clone, Copy, Debug)]
enum SourceKind {
    Read {
        key: CellKey,
        cache_ttl: Duration,
    },
    Write {
        key: CellKey,
        is_delete: bool,
    },
    List {
        pages: u32,
    },
    /// A client of this kind, at this one of its sites.
    Client {
        client: ClientIndex,
        site: usize,
        /// Of the only key of its steps, where others have cells of their own.
        rank: Option<u32>,
    },
    /// A request to this Worker, of this one of its sources, at this one of that one's sites.
    Request {
        worker: WorkerIndex,
        source: usize,
        site: usize,
    },
}

impl<'w, O: Observer> Cell<'w, O> {
    /// A cell with nothing in it yet.
    pub fn new(world: &'w World<'w>, run_seed: u64, observer: O) -> Self {
        let run = Seed::of_run(run_seed);
        let of_purpose = |purpose| {
            let of_workload = |workload: &u64| {
                let name = run.purpose(purpose).child(*workload);
                world.pops.iter().map(move |pop| name.child(pop.name))
            };
            world.workload_names.iter().flat_map(of_workload).collect()
        };
        Cell {
            world,
            run,
            source_seeds: SOURCE_PURPOSES.map(of_purpose),
            observer,
            agenda: Agenda::default(),
            now: world.start,
            keys: Vec::new(),
            shares: Vec::new(),
            slots: Vec::new(),
            layout: Layout::AllKeys,
            touched: None,
            by_id: BTreeMap::new(),
            counted_seeds: Self::counted_seeds(run, world),
            counted: Vec::new(),
            readers: Vec::new(),
            sessions: Slab::new(),
            workers: Workers::default(),
            value_bytes: 0,
            arrived: Vec::new(),
            fetches: Slab::new(),
            waiting: Slab::new(),
            writes: Slab::new(),
            outstanding: 0,
            measured_writes_under_way: 0,
            unsettled_until: world.end,
            alone: None,
            progress: Progress::default(),
        }
    }

    /// Whether PoPs are simulated one by one, on a history that is drawn first.
    fn is_pop_by_pop(&self) -> bool {
        self.layout == Layout::OnePlace
    }

    /// The observer.
    pub fn observer(&mut self) -> &mut O {
        &mut self.observer
    }

    /// The observer, to be asked.
    pub fn observed(&self) -> &O {
        &self.observer
    }

    /// The observer, to be told something from outside.
    pub fn observed_mut(&mut self) -> &mut O {
        &mut self.observer
    }

    /// Gives the observer back.
    pub fn into_observer(self) -> O {
        self.observer
    }

    /// The one place where time advances.
    #[inline]
    fn advance(&mut self, time: Time) {
        assert!(time >= self.now, "time never goes back");
        if time >= self.world.end && self.now < self.world.end {
            // What is measured of the reads does not depend on how long the cell goes on.
            self.tell_all_reads(self.world.end);
        }
        self.now = time;
    }

    /// Takes the next event and lets it happen.
    fn step(&mut self) {
        let Agenda {
            queue,
            sources,
            past,
        } = &mut self.agenda;
        let again = |event| match event {
            Event::Arrival(source) => Some(sources[source as usize].arrivals.next(past)),
            _ => None,
        };
        let Some((time, event)) = queue.pop(again) else {
            return;
        };
        self.advance(time);
        self.count_event();
        match event {
            Event::Arrival(source) => self.arrive(source as usize),
            Event::CountedRead(counted) => self.counted_read(counted),
            Event::Scripted(index) => self.play(index as usize),
            Event::ClientGoesOn(session) => self.go_on(session),
            Event::RequestArrives(fetch) => self.request_arrives(fetch),
            Event::AnswerArrives(fetch) => self.answer_arrives(fetch),
            Event::WriteArrives(write) => self.write_arrives(write),
            Event::WriteAnswered(write) => self.write_answered(write),
            Event::OwnWriteAnswered(version) => self.own_write_answered(version),
            Event::RequestDue(index) => self.request_is_due(index),
            Event::TimerFires(timer) => self.timer_fires(timer),
            Event::PatienceEnds => self.patience_ends(),
            Event::QuestionArrives(operation) => self.question_arrives(operation),
            Event::Answered(operation) => self.give_answer(operation),
        }
    }

    #[inline]
    fn arrive(&mut self, source: usize) {
        let Source {
            kind,
            workload,
            pop,
            ..
        } = self.agenda.sources[source];
        match kind {
            SourceKind::Read { key, cache_ttl } => self.read(key, pop, workload, cache_ttl),
            SourceKind::Write { key, is_delete } => {
                let expiration_ttl = self.world.scenario.workloads[workload].expiration_ttl;
                self.write(key, pop, workload, is_delete, None, expiration_ttl);
            }
            SourceKind::List { pages } => {
                self.list(pop, workload, pages);
            }
            SourceKind::Client { client, site, rank } => self.client_arrives(client, site, rank),
            SourceKind::Request {
                worker,
                source,
                site,
            } => self.request_comes(worker, source, site),
        }
    }

    fn play(&mut self, index: usize) {
        let world = self.world;
        let scripted = &world.scenario.script[index];
        let (pop, workload) = (scripted.pop, world.scripted());
        let key = scripted.operation.key().map(|name| {
            self.key(
                world
                    .keyspace
                    .find(name)
                    .expect("every key of a script is numbered"),
            )
        });
        match (&scripted.operation, key) {
            (Operation::Get { cache_ttl, .. }, Some(key)) => {
                self.read(key, pop, workload, *cache_ttl)
            }
            (
                Operation::Put {
                    value_size,
                    expiration_ttl,
                    ..
                },
                Some(key),
            ) => {
                let author = Author::nobody(world.scripted_values[index]);
                let expiration = Expiration::from(*expiration_ttl);
                self.write_by(author, key, pop, workload, false, *value_size, expiration);
            }
            (Operation::Delete { .. }, Some(key)) => {
                self.write(key, pop, workload, true, None, None)
            }
            (Operation::List { prefix, page }, _) => {
                self.list(pop, workload, world.pages(prefix, *page));
            }
            (_, None) => unreachable!("only a list has no key"),
        }
    }

    /// The name of what happens to `key` at `cache` in an operation that starts now.
    fn stream_name(&self, purpose: Purpose, key: CellKey, place: u64) -> Seed {
        let key = self.keys[key.0 as usize].name;
        self.run
            .purpose(purpose)
            .child(key)
            .child(place)
            .child(self.now.0 as u64)
    }

    /// The beginning of the name of a source's stream; the key's comes last.
    fn source_seed(&self, purpose: Purpose, workload: WorkloadIndex, pop: PopIndex) -> Seed {
        let world = self.world;
        match SOURCE_PURPOSES.iter().position(|p| *p == purpose) {
            Some(index) => self.source_seeds[index][workload * world.pops.len() + pop],
            None => {
                let name = self.run.purpose(purpose);
                name.child(world.workload_names[workload])
                    .child(world.pops[pop].name)
            }
        }
    }

    fn class(&self, workload: WorkloadIndex, pop: PopIndex) -> ClassIndex {
        self.world.class(workload, pop)
    }
}
