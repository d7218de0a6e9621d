//! What is in flight in an isolate: requests, the operations they wait for, their timers; and what outlives an
//! engine: numbers given so far, the random stream, the PoP's cache.

use crate::sim::program::ScriptError;
use crate::sim::program::{Effect, Kind, Operation, ValueKind};
use crate::sim::random::{Seed, Stream};
use crate::units::Time;
use crate::worker::cache::Cache;
use crate::worker::environment::Environment;
use rquickjs::{Function, Persistent, Value};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// The state that the host functions share. It is borrowed for moments, never while the engine runs.
pub(super) type Shared = Rc<RefCell<State>>;

pub(super) struct State {
    pub(super) environment: Rc<Environment>,
    pub(super) now: Time,
    /// The request whose event it is; none while the module's top level runs.
    pub(super) running: Option<u64>,
    pub(super) effects: Vec<Effect>,
    pub(super) requests: BTreeMap<u64, InFlight>,
    pub(super) pending: BTreeMap<u64, Pending>,
    /// The request that set each timer.
    pub(super) timers: BTreeMap<u64, u64>,
    /// Timers whose request has ended: the prelude is to forget them.
    pub(super) forgotten: Vec<u64>,
    pub(super) cache: Cache,
    pub(super) stream: Stream,
    /// Processor time of the current event.
    pub(super) budget: Rc<Budget>,
    /// Promises that were rejected and that nobody handles so far, with their reasons.
    pub(super) unhandled: Vec<(Persistent<Value<'static>>, ScriptError)>,
    /// Whether an error said that there is no memory left.
    pub(super) out_of_memory: bool,
    next_operation: u64,
    next_timer: u64,
}

/// The processor time of an event, in the steps in which the engine looks up.
#[derive(Default)]
pub(super) struct Budget {
    left: Cell<u32>,
    is_spent: Cell<bool>,
}

impl Budget {
    pub(super) fn refill(&self, steps: u32) {
        self.left.set(steps);
        self.is_spent.set(false);
    }

    /// Takes a step for some of the jobs that promises make, which the engine does not count.
    pub(super) fn count_job(&self, number: u32) -> bool {
        const JOBS_OF_A_STEP: u32 = 100;
        number.is_multiple_of(JOBS_OF_A_STEP) && self.step()
    }

    /// Takes a step; whether there was none left, and the script must stop.
    pub(super) fn step(&self) -> bool {
        match self.left.get().checked_sub(1) {
            Some(left) => self.left.set(left),
            None => self.is_spent.set(true),
        }
        self.is_spent.get()
    }

    /// Whether the script was stopped.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent.get()
    }
}

/// A request that has not ended.
#[derive(Default)]
pub(super) struct InFlight {
    /// Whether it was answered or has failed.
    pub(super) is_answered: bool,
    /// Whether it has failed.
    pub(super) has_failed: bool,
    /// Tasks given to `waitUntil` that go on.
    pub(super) tasks: u32,
    /// Operations it has started.
    operations: u32,
    /// Operations and timers that it waits for.
    outstanding: u32,
    /// Connections in use.
    connections: u32,
    /// Operations that wait for a connection.
    queue: VecDeque<Operation>,
}

/// An operation that was not answered yet.
pub(super) struct Pending {
    pub(super) request: u64,
    pub(super) resolve: Persistent<Function<'static>>,
    pub(super) reject: Persistent<Function<'static>>,
    pub(super) wanted: Wanted,
    uses_connection: bool,
}

/// What the script expects of an answer.
#[derive(Debug)]
pub(super) enum Wanted {
    Value(WantedValue),
    Values(WantedValues),
    Put,
    Delete,
    List,
    Response,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct WantedValue {
    pub(super) kind: ValueKind,
    pub(super) with_metadata: bool,
}

#[derive(Debug)]
pub(super) struct WantedValues {
    pub(super) keys: Vec<String>,
    pub(super) is_json: bool,
    pub(super) with_metadata: bool,
}

impl Wanted {
    /// What the platform calls the operation in its errors.
    pub(super) fn method(&self) -> &'static str {
        match self {
            // Failures of lists say GET too.
            Wanted::Value(_) | Wanted::List => "GET",
            Wanted::Values(_) => "GET_BULK",
            Wanted::Put => "PUT",
            Wanted::Delete => "DELETE",
            Wanted::Response => "FETCH",
        }
    }
}

impl State {
    pub(super) fn new(environment: Rc<Environment>, seed: Seed) -> State {
        State {
            environment,
            // The first event may lie in the warm-up.
            now: Time(i64::MIN),
            running: None,
            effects: Vec::new(),
            requests: BTreeMap::new(),
            pending: BTreeMap::new(),
            timers: BTreeMap::new(),
            forgotten: Vec::new(),
            cache: Cache::default(),
            stream: seed.stream(),
            budget: Rc::default(),
            unhandled: Vec::new(),
            out_of_memory: false,
            next_operation: 0,
            next_timer: 0,
        }
    }

    /// Milliseconds since 1970; 0 while no request runs, as on the platform.
    pub(super) fn date_ms(&self) -> i64 {
        if self.running.is_none() {
            return 0;
        }
        self.environment.epoch_ms + self.now.0.div_euclid(1_000_000)
    }

    /// Counts an operation of the running request, or says that it has had its share.
    pub(super) fn count_operation(&mut self) -> Result<(), &'static str> {
        const TOO_MANY: &str = "Too many API requests by single Worker invocation.";
        let most = self.environment.limits.operations_per_request;
        let is_enforced = self.environment.enforce_published;
        let Some(request) = self
            .running
            .and_then(|number| self.requests.get_mut(&number))
        else {
            return Ok(());
        };
        if is_enforced && request.operations >= most {
            return Err(TOO_MANY);
        }
        request.operations += 1;
        Ok(())
    }

    /// Sends an operation of the running request, or lets it wait for a connection.
    pub(super) fn start(
        &mut self,
        kind: Kind,
        wanted: Wanted,
        resolve: Persistent<Function<'static>>,
        reject: Persistent<Function<'static>>,
    ) {
        let request = self.running.unwrap_or_default();
        let number = self.next_operation;
        self.next_operation += 1;
        let operation = Operation {
            number,
            request,
            kind,
        };
        let limits = &self.environment.limits;
        let most = if self.environment.enforce_published {
            limits.connections_per_request
        } else {
            u32::MAX
        };
        let uses_connection = !matches!(wanted, Wanted::Values(_));
        let pending = Pending {
            request,
            resolve,
            reject,
            wanted,
            uses_connection,
        };
        self.pending.insert(number, pending);
        let Some(flight) = self.requests.get_mut(&request) else {
            // Its request has ended, as code that nobody waits for may find: nothing is waited for.
            self.pending.remove(&number);
            self.effects.push(Effect::Operation(operation));
            return;
        };
        flight.outstanding += 1;
        if uses_connection && flight.connections >= most {
            flight.queue.push_back(operation);
            return;
        }
        flight.connections += u32::from(uses_connection);
        self.effects.push(Effect::Operation(operation));
    }

    /// Takes an operation that was answered; the next one of its request gets its connection.
    pub(super) fn take(&mut self, number: u64) -> Option<Pending> {
        let pending = self.pending.remove(&number)?;
        if let Some(flight) = self.requests.get_mut(&pending.request) {
            flight.outstanding -= 1;
            if pending.uses_connection {
                match flight.queue.pop_front() {
                    Some(next) => self.effects.push(Effect::Operation(next)),
                    None => flight.connections -= 1,
                }
            }
        }
        Some(pending)
    }

    /// Sets a timer for the running request.
    pub(super) fn set_timer(&mut self, at: Time) -> u64 {
        let request = self.running.unwrap_or_default();
        let number = self.next_timer;
        self.next_timer += 1;
        if let Some(flight) = self.requests.get_mut(&request) {
            flight.outstanding += 1;
            self.timers.insert(number, request);
        }
        self.effects.push(Effect::Timer {
            number,
            request,
            at,
        });
        number
    }

    /// Takes a timer away; the request that set it, if it was still set.
    pub(super) fn take_timer(&mut self, number: u64) -> Option<u64> {
        let request = self.timers.remove(&number)?;
        if let Some(flight) = self.requests.get_mut(&request) {
            flight.outstanding -= 1;
        }
        Some(request)
    }

    /// Ends a request: what it still waits for is cut off, as on the platform, unless another request waits for nothing
    /// of its own. That one most likely waits on a promise that they share, so that what follows the promise was begun
    /// in the name of this one: it goes on in the name of the other. Whose promise it is the engine does not tell.
    pub(super) fn end(&mut self, number: u64) {
        let Some(ended) = self.requests.remove(&number) else {
            return;
        };
        self.effects.push(Effect::Ended { request: number });
        if ended.outstanding == 0 {
            return;
        }
        let stranded = self
            .requests
            .iter_mut()
            .find(|(_, other)| other.outstanding == 0);
        if let Some((heir, flight)) = stranded {
            flight.outstanding = ended.outstanding;
            flight.connections += ended.connections;
            flight.queue.extend(ended.queue);
            for pending in self
                .pending
                .values_mut()
                .filter(|pending| pending.request == number)
            {
                pending.request = *heir;
            }
            for request in self
                .timers
                .values_mut()
                .filter(|request| **request == number)
            {
                *request = *heir;
            }
            return;
        }
        self.pending.retain(|_, pending| pending.request != number);
        let forgotten = &mut self.forgotten;
        self.timers.retain(|timer, request| {
            let is_own = *request == number;
            if is_own {
                forgotten.push(*timer);
            }
            !is_own
        });
    }

    /// Whether requests are in flight although nothing is under way that could move them on.
    pub(super) fn is_hung(&self) -> bool {
        !self.requests.is_empty()
            && self
                .requests
                .values()
                .all(|request| request.outstanding == 0)
    }
}
