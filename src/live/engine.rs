//! The thread that owns the cell of a live session: it lets simulated time follow the wall clock, lets operations
//! start when they come, and hands out replies when their time has come.

mod lag;
mod seen;

use super::budget::Budget;
use super::census::Census;
use super::class::{API_POP, REPLAY};
use super::pace::Pace;
use super::record::{Needs, Record};
use super::session::{Ask, Command, Expiry, Lag, Outcome, Place};
use crate::scenario::keyspace::Keyspace;
use crate::scenario::{NamespaceIndex, PopIndex, Scenario, WorkloadIndex};
use crate::sim::cell::{Call, Cell, Reply};
use crate::sim::observation::CellKey;
use crate::sim::world::World;
use crate::units::{Duration, Time};
use lag::LagMeter;
use slab::Slab;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Instant;
use tokio::sync::oneshot;

/// About what is remembered of a key beside its values, in bytes, and of each of its versions.
const KEY_BYTES: u64 = 1_000;
const VERSION_BYTES: u64 = 150;
/// About what operations take that wait for an answer, in bytes.
const BATCH_BYTES: u64 = 1_000;

/// So many may wait for answers when there is no memory left.
const WAITING_MAX: usize = 10_000;

/// So many events happen before somebody may ask again.
const EVENTS_AT_ONCE: usize = 10_000;

/// So many bytes of values, or a quarter of the memory, are worth a look whether anybody can still read them.
const WORTH_FORGETTING: u64 = 64 << 20;

/// How often that, and the lag, is looked at.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// What a session starts with.
pub(super) struct Start<'a> {
    pub scenario: &'a Scenario,
    pub keyspace: &'a Keyspace,
    pub world: &'a World<'a>,
    /// The scenario's text and record, for those who want a story.
    pub text_so_far: &'a dyn Fn(Duration, Needs) -> String,
    pub record: Record,
    /// What namespaces are called beside the scenario's.
    pub further_namespaces: Vec<String>,
    /// What is put at time 0: by namespace, its names and values.
    pub stored: Vec<(NamespaceIndex, Vec<Ask>)>,
    pub inbox: mpsc::Receiver<Command>,
    pub pace: Arc<Mutex<Pace>>,
    pub budget: Arc<Budget>,
}

/// What a session has come to.
pub(super) struct Ended {
    pub record: Record,
    /// When it ended: no operation started then or later.
    pub end: Time,
    pub lag: Lag,
}

/// Operations that were asked together.
struct Batch {
    /// What came of each, where it is known.
    outcomes: Vec<Option<Outcome>>,
    open: usize,
    reply: oneshot::Sender<Vec<Outcome>>,
    /// What they take until they are answered.
    leases: Vec<super::budget::Lease>,
}

struct Engine<'a> {
    scenario: &'a Scenario,
    world: &'a World<'a>,
    keyspace: &'a Keyspace,
    cell: Cell<'a, Census>,
    text_so_far: &'a dyn Fn(Duration, Needs) -> String,
    record: Record,
    inbox: mpsc::Receiver<Command>,
    pace: Arc<Mutex<Pace>>,
    budget: Arc<Budget>,
    batches: Slab<Batch>,
    /// As what operations count.
    workload: WorkloadIndex,
    /// Where those start that come from no PoP.
    api_pop: PopIndex,
    /// The bytes of all keys' names.
    name_bytes: u64,
    keys: u64,
    lag: LagMeter,
    is_stopping: bool,
    /// Whether it is still time 0, whatever the clock says.
    is_beginning: bool,
}

/// Runs a session until it is told to stop.
pub(super) fn run(start: Start<'_>) -> Ended {
    let scenario = start.scenario;
    let mut replays = scenario.replays.iter();
    let replay = replays.position(|replay| replay.name == REPLAY);
    let workload = scenario.workloads.len() + replay.expect("a live scenario has its replay");
    let census = Census::new(scenario.pops.len(), workload as u16);
    let mut cell = Cell::new(start.world, scenario.seed, census);
    cell.open();
    let api_pop = scenario.pops.iter().position(|pop| pop.code == API_POP);
    let mut engine = Engine {
        scenario,
        world: start.world,
        keyspace: start.keyspace,
        cell,
        text_so_far: start.text_so_far,
        record: start.record,
        inbox: start.inbox,
        pace: start.pace,
        budget: start.budget,
        batches: Slab::new(),
        workload,
        api_pop: api_pop.expect("a live scenario has a PoP for the API"),
        name_bytes: 0,
        keys: 0,
        lag: LagMeter::default(),
        is_stopping: false,
        is_beginning: true,
    };
    for name in &start.further_namespaces {
        engine.cell.add_namespace(name);
    }
    for (namespace, puts) in start.stored {
        let (nobody, _) = oneshot::channel();
        engine.ask_all(Place::Store, namespace, puts, nobody);
    }
    engine.is_beginning = false;
    engine.lag.skipped_to = engine.pace().time(Instant::now());
    engine.run()
}

impl<'a> Engine<'a> {
    fn run(mut self) -> Ended {
        let mut next_look = Instant::now() + LOOK_EVERY;
        loop {
            let wall = Instant::now();
            let pace = self.pace();
            let now = pace.time(wall);
            let is_idle = self.happen(now, &pace);
            self.hand_out();
            if wall >= next_look {
                // While nothing happens, the cell stands at its last event.
                let reached = self.cell.now();
                self.look_after(if is_idle { reached.max(now) } else { reached });
                next_look = wall + LOOK_EVERY;
            }
            if self.is_stopping {
                self.finish_all();
                return self.end(now);
            }
            let wait = match (is_idle, self.cell.next_event()) {
                (false, _) => std::time::Duration::ZERO,
                (true, None) => LOOK_EVERY,
                (true, Some(next)) => pace.until(next, Instant::now()).unwrap_or(LOOK_EVERY),
            };
            match self.inbox.recv_timeout(wait.min(LOOK_EVERY)) {
                Ok(command) => self.take(command),
                Err(mpsc::RecvTimeoutError::Timeout) => continue,
                // Nobody is left who could ask.
                Err(mpsc::RecvTimeoutError::Disconnected) => self.is_stopping = true,
            }
            while let Ok(command) = self.inbox.try_recv() {
                self.take(command);
            }
        }
    }

    fn pace(&self) -> Pace {
        *self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets happen what is due up to `now`, or as much as may happen at once; whether it was all.
    fn happen(&mut self, now: Time, pace: &Pace) -> bool {
        for _ in 0..EVENTS_AT_ONCE {
            let Some(due) = self.cell.next_event().filter(|due| *due <= now) else {
                return true;
            };
            self.lag.note(due, now, pace);
            self.cell.step_until(now);
        }
        false
    }

    /// Hands out the replies that are there.
    fn hand_out(&mut self) {
        let replies: Vec<(u64, Reply)> = self.cell.take_replies().collect();
        for (number, reply) in replies {
            let outcome = match reply {
                Reply::Value(found, _) => {
                    let seen = self.cell.observed_mut().take_asked();
                    let version = seen.map(|seen| seen.read.version);
                    debug_assert_eq!(
                        version,
                        Some(found.version),
                        "replies come in the order of reads"
                    );
                    Outcome::Value(found, seen)
                }
                Reply::Written { version } => Outcome::Written { version },
                Reply::Page { keys, cursor } => Outcome::Page { keys, cursor },
                Reply::BadCursor => Outcome::BadCursor,
            };
            self.settle((number >> 32) as usize, number as u32 as usize, outcome);
        }
    }

    /// Part of a batch has its outcome.
    fn settle(&mut self, batch: usize, part: usize, outcome: Outcome) {
        let waiting = &mut self.batches[batch];
        waiting.outcomes[part] = Some(outcome);
        waiting.open -= 1;
        if waiting.open == 0 {
            let Batch {
                outcomes,
                reply,
                leases,
                ..
            } = self.batches.remove(batch);
            self.hold();
            drop(leases);
            // Who asked may be gone.
            let _ = reply.send(outcomes.into_iter().flatten().collect());
        }
    }

    /// Notes what is held by now.
    fn hold(&self) {
        let versions = self.cell.observed().version_count();
        let bytes = self.cell.value_bytes() as u64
            + self.name_bytes
            + self.keys * KEY_BYTES
            + versions * VERSION_BYTES
            + self.batches.len() as u64 * BATCH_BYTES;
        self.budget.hold(bytes);
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Ask {
                place,
                namespace,
                asks,
                reply,
            } => self.ask_all(place, namespace, asks, reply),
            Command::AddNamespace(name) => {
                self.cell.add_namespace(&name);
            }
            Command::ClearNamespace(namespace) => self.cell.clear_namespace(namespace),
            Command::Look(look, reply) => {
                let _ = reply.send(self.view(&look));
            }
            Command::Tell(read, reply) => {
                let _ = reply.send(self.sought(read));
            }
            Command::Step(by, reply) => {
                let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
                pace.step(by, Instant::now());
                self.lag.skipped_to = pace.time(Instant::now());
                let _ = reply.send(());
            }
            Command::Wake => {}
            Command::Stop => self.is_stopping = true,
        }
    }

    fn ask_all(
        &mut self,
        place: Place,
        namespace: NamespaceIndex,
        asks: Vec<Ask>,
        reply: oneshot::Sender<Vec<Outcome>>,
    ) {
        if asks.is_empty() {
            let _ = reply.send(Vec::new());
            return;
        }
        let batch = self.batches.insert(Batch {
            outcomes: vec![None; asks.len()],
            open: asks.len(),
            reply,
            leases: Vec::new(),
        });
        for (part, ask) in asks.into_iter().enumerate() {
            if let Some(outcome) = self.ask(place, namespace, (batch, part), ask) {
                self.settle(batch, part, outcome);
            }
        }
    }

    /// An operation starts; gives what comes of it if that is known at once.
    fn ask(
        &mut self,
        place: Place,
        namespace: NamespaceIndex,
        (batch, part): (usize, usize),
        ask: Ask,
    ) -> Option<Outcome> {
        // No two operations start at the same instant, so that their record has one order.
        let pace = self.pace();
        let mut now = self.cell.now() + Duration(1);
        if !self.is_beginning {
            now = now.max(pace.time(Instant::now()));
        }
        while !self.happen(now, &pace) {}
        if place == Place::Store
            && let Some(outcome) = self.read_at_store(namespace, &ask)
        {
            return Some(outcome);
        }
        // What only reads what is known takes no memory that it does not give back.
        let is_full = self.budget.taken() > self.budget.max();
        if is_full && !(matches!(ask, Ask::Get { .. }) && self.batches.len() < WAITING_MAX) {
            return Some(Outcome::NoMemory);
        }
        let Some((name, call)) = self.call(namespace, batch, ask, now) else {
            return Some(Outcome::NoMemory);
        };
        let pop = match place {
            Place::Pop(pop) => pop,
            Place::Store => self.api_pop,
        };
        let code = &self.scenario.pops[pop].code;
        self.record.add(now, code, &name, &call);
        let number = (batch as u64) << 32 | part as u64;
        let class = (self.workload, pop);
        self.cell.ask_from_outside(now, number, class, call);
        None
    }

    /// An operation as the cell takes it, with what its record calls its key or prefix; none if there is no memory for
    /// a new key.
    fn call(
        &mut self,
        namespace: NamespaceIndex,
        batch: usize,
        ask: Ask,
        now: Time,
    ) -> Option<(String, Call)> {
        let name = match &ask {
            Ask::Get { name, .. } | Ask::Put { name, .. } | Ask::Delete { name } => Some(name),
            Ask::List { .. } => None,
        };
        let key = match name {
            Some(name) => Some(self.key(namespace, name)?),
            None => None,
        };
        let call = match (ask, key) {
            (Ask::Get { cache_ttl, .. }, Some(key)) => Call::Get { key, cache_ttl },
            (
                Ask::Put {
                    entry,
                    expiry,
                    lease,
                    ..
                },
                Some(key),
            ) => {
                self.batches[batch].leases.push(lease);
                let expiration_ttl = expiry.map(|expiry| self.lifetime(expiry, now));
                Call::Put {
                    key,
                    entry,
                    expiration_ttl,
                }
            }
            (Ask::Delete { .. }, Some(key)) => Call::Delete { key },
            (
                Ask::List {
                    prefix,
                    limit,
                    cursor,
                },
                _,
            ) => {
                let call = Call::List {
                    namespace,
                    prefix: prefix.clone(),
                    limit,
                    cursor,
                };
                return Some((prefix, call));
            }
            (_, None) => unreachable!("only a list has no key"),
        };
        let name = key.map(|key| self.name(key));
        Some((name.unwrap_or_default(), call))
    }

    /// The key of a name; none if it is a new one and there is no memory for it.
    fn key(&mut self, namespace: NamespaceIndex, name: &str) -> Option<CellKey> {
        if let Some(key) = self.cell.known_key(namespace, name) {
            return Some(key);
        }
        if self.budget.taken() > self.budget.max() {
            return None;
        }
        self.keys += 1;
        self.name_bytes += 2 * name.len() as u64;
        self.hold();
        Some(self.cell.key_named(namespace, name))
    }

    /// What a read or a list finds at the store itself; none of what is no read.
    fn read_at_store(&self, namespace: NamespaceIndex, ask: &Ask) -> Option<Outcome> {
        match ask {
            Ask::Get { name, .. } => {
                let key = self.cell.known_key(namespace, name);
                let found = key.map(|key| self.cell.at_store(key));
                Some(Outcome::Value(found.unwrap_or_default(), None))
            }
            Ask::List {
                prefix,
                limit,
                cursor,
            } => {
                let cursor = cursor.as_deref();
                let page = self.cell.page_at_store(namespace, prefix, *limit, cursor);
                Some(match page {
                    Reply::Page { keys, cursor } => Outcome::Page { keys, cursor },
                    _ => Outcome::BadCursor,
                })
            }
            Ask::Put { .. } | Ask::Delete { .. } => None,
        }
    }

    /// How long after it is stored a value expires.
    fn lifetime(&self, expiry: Expiry, now: Time) -> Duration {
        match expiry {
            Expiry::After(ttl) => ttl,
            Expiry::At(date_s) => {
                let at = Time(0) + Duration::from_secs(date_s - self.world.epoch_s);
                (at - now).max(Duration(1))
            }
        }
    }

    /// What a key is called in the record.
    fn name(&self, key: CellKey) -> String {
        let id = self.cell.observed().id(key);
        let new = self.cell.new_name(id);
        new.unwrap_or_else(|| self.keyspace.name(id))
    }

    /// What is done now and then; all that is due up to `now` has happened.
    fn look_after(&mut self, now: Time) {
        self.lag.look();
        let worth_forgetting = WORTH_FORGETTING.min(self.budget.max() / 4);
        if self.cell.value_bytes() as u64 > worth_forgetting || self.cell.has_removed() {
            self.cell.forget_unreadable(now);
        }
        self.hold();
    }

    /// Lets everything be answered, however long it takes in simulated time.
    fn finish_all(&mut self) {
        while !self.batches.is_empty()
            && let Some(next) = self.cell.next_event()
        {
            self.cell.step_until(next);
            self.hand_out();
        }
    }

    fn end(self, now: Time) -> Ended {
        Ended {
            end: now.max(self.cell.now()) + Duration(1),
            record: self.record,
            lag: self.lag.lag,
        }
    }
}
