//! Requests to Workers: they come, a program at their PoP runs, and what it does is taken up, effect by effect.
//!
//! A program is never run while another runs: what it asks is answered by events, at the earliest behind those that
//! were already scheduled for the same instant.

use super::contents::Names;
use super::origin::OriginState;
use super::session::session_of_client;
use super::workers::{Lifetime, Refusal, RequestUnderWay, Timer};
use super::{Cell, Event, SourceKind};
use crate::scenario::{PopIndex, RequestStart, WorkerIndex};
use crate::sim::message::{FilledRequest, Filling};
use crate::sim::observation::{ClassIndex, Counted, Observer, Printed, SessionIndex};
use crate::sim::program::{Cause, Effect, Level, Program, ScriptError};
use crate::sim::random::{Purpose, Seed};

impl<O: Observer> Cell<'_, O> {
    /// Why the last simulation could not go on, if so. What was observed is not a run then.
    pub fn take_refusal(&mut self) -> Option<Refusal> {
        self.workers.refusal.take()
    }

    /// Makes room for programs and for the names of keys, and lets those appear that the store holds from the start.
    pub(super) fn begin_workers(&mut self) {
        let scenario = self.world.scenario;
        let programs = scenario.workers.len() * scenario.pops.len();
        self.workers.programs.resize_with(programs, || None);
        self.workers.names = Names::of(&scenario.namespaces);
        self.workers
            .origins
            .resize_with(scenario.origins.len(), OriginState::default);
        let of_worker = scenario.workers.iter().map(|worker| {
            let sources = worker.requests.iter();
            sources.map(|source| vec![0; source.at.len()]).collect()
        });
        self.workers.arrived = of_worker.collect();
        self.let_stored_keys_appear();
    }

    /// Adds the requests that come of themselves.
    pub(super) fn add_requests(&mut self) {
        let world = self.world;
        for (worker, definition) in world.scenario.workers.iter().enumerate() {
            for (index, source) in definition.requests.iter().enumerate() {
                for site in 0..source.at.len() {
                    self.add_requests_at(worker, index, site, source.start);
                }
            }
        }
    }

    fn add_requests_at(
        &mut self,
        worker: WorkerIndex,
        source: usize,
        site: usize,
        start: RequestStart,
    ) {
        let world = self.world;
        let place = world.scenario.workers[worker].requests[source].at[site];
        let workload = world.workload_of_worker(worker);
        match start {
            RequestStart::At(time) => {
                let event = Event::RequestDue(self.workers.due.len() as u32);
                self.workers.due.push((worker, source, site));
                self.agenda.queue.schedule(time, event);
            }
            RequestStart::Arriving { per_s, arrivals } => {
                let seed = self.source_seed(Purpose::RequestStarts, workload, place.pop);
                let seed = seed.child(source as u64);
                let kind = SourceKind::Request {
                    worker,
                    source,
                    site,
                };
                let rate_per_s = per_s * place.weight;
                self.add_arrivals(kind, (workload, place.pop), arrivals, rate_per_s, seed);
            }
        }
    }

    /// A request that comes at a given time starts.
    pub(super) fn request_is_due(&mut self, index: u32) {
        let (worker, source, site) = self.workers.due[index as usize];
        self.request_comes(worker, source, site);
    }

    /// The next request of a source comes at one of its sites.
    pub(super) fn request_comes(&mut self, worker: WorkerIndex, source: usize, site: usize) {
        let world = self.world;
        let definition = &world.scenario.workers[worker].requests[source];
        let pop = definition.at[site].pop;
        let sites = definition.at.len() as u32;
        let arrived = &mut self.workers.arrived[worker][source][site];
        let number = *arrived * sites + site as u32;
        *arrived += 1;
        let open = &world.requests[worker][source];
        let seed = self.worker_seed(worker).child(source as u64);
        let mut ranks = Vec::new();
        open.ranks
            .draw(&mut seed.child(u64::from(number)).stream(), &mut ranks);
        let request = open.form.fill(Filling {
            client: number,
            stranger: world.stranger_of_source(worker, source, number),
            pop: &world.scenario.pops[pop].code,
            ranks: &ranks,
        });
        self.begin_request(worker, pop, None, &request);
    }

    /// The name of what a Worker's requests and programs draw.
    fn worker_seed(&self, worker: WorkerIndex) -> Seed {
        let workload = self.world.workload_of_worker(worker);
        let run = self.run.purpose(Purpose::Requests);
        run.child(self.world.workload_names[workload])
    }

    /// A request starts at a PoP, and perhaps a client waits for the response.
    pub(super) fn begin_request(
        &mut self,
        worker: WorkerIndex,
        pop: PopIndex,
        client: Option<u32>,
        request: &FilledRequest,
    ) {
        let number = self.workers.next_request;
        self.workers.next_request += 1;
        let session = match client {
            Some(client) => session_of_client(client),
            None => {
                let lifetime = Lifetime::default();
                SessionIndex(2 * self.workers.open_sessions.insert(lifetime) as u32 + 1)
            }
        };
        let matters = self.world.measures(self.now);
        self.outstanding += u64::from(matters);
        let under_way = RequestUnderWay {
            worker,
            pop,
            client,
            session,
            start: self.now,
            matters,
            is_answered: false,
            known: Vec::new(),
            asked_origins: 0,
        };
        self.workers.requests.insert(number, under_way);
        self.schedule_patience();
        if let Err(error) = self.start_program(worker, pop) {
            self.request_fails(number, Cause::NotStarted, error);
            return self.request_ends(number);
        }
        let now = self.now;
        self.let_run(worker, pop, |program, effects| {
            request.send(|request| program.start_request(now, number, request, effects));
        });
    }

    /// Starts a Worker's program at a PoP, if it has not been started there.
    fn start_program(&mut self, worker: WorkerIndex, pop: PopIndex) -> Result<(), ScriptError> {
        let world = self.world;
        let index = worker * world.pops.len() + pop;
        if self.workers.programs[index].is_none() {
            let programs = world.programs;
            let programs = programs.expect("a world with Workers knows how to start them");
            let seed = self.worker_seed(worker).child(world.pops[pop].name);
            self.workers.programs[index] = Some(programs.start(worker, pop, seed)?);
        }
        Ok(())
    }

    /// Lets a program run for an event, and takes up what it does.
    pub(super) fn let_run(
        &mut self,
        worker: WorkerIndex,
        pop: PopIndex,
        run: impl FnOnce(&mut dyn Program, &mut Vec<Effect>),
    ) {
        let index = worker * self.world.pops.len() + pop;
        let mut effects = std::mem::take(&mut self.workers.effects);
        let program = self.workers.programs[index].as_mut();
        let program = program.expect("only a program that was started is told anything");
        run(program.as_mut(), &mut effects);
        for effect in effects.drain(..) {
            self.take_up(worker, pop, effect);
        }
        self.workers.effects = effects;
    }

    fn take_up(&mut self, worker: WorkerIndex, pop: PopIndex, effect: Effect) {
        match effect {
            Effect::Operation(operation) => self.ask(worker, pop, operation),
            Effect::Timer {
                number,
                at,
                request: _,
            } => {
                let timer = Timer {
                    worker,
                    pop,
                    number,
                };
                let event = Event::TimerFires(self.workers.timers.insert(timer) as u32);
                self.agenda.queue.schedule(at.max(self.now), event);
            }
            Effect::Responded { request, response } => self.request_is_answered(request, &response),
            Effect::Failed {
                request,
                cause,
                error,
            } => self.request_fails(request, cause, error),
            Effect::Ended { request } => self.request_ends(request),
            Effect::Console {
                level,
                text,
                request: _,
            } => self.print(worker, pop, level, text),
            Effect::Count { request, name, by } => {
                let start = request.and_then(|request| self.workers.requests.get(&request));
                let start = start.map_or(self.now, |request| request.start);
                let class = self.class_of_worker(worker, pop);
                self.observer.counted(&Counted {
                    class,
                    start,
                    name: &name,
                    by,
                });
            }
            Effect::Restarted => {}
        }
    }

    /// A program, or what runs it, prints.
    pub(super) fn print(&mut self, worker: WorkerIndex, pop: PopIndex, level: Level, text: String) {
        let class = self.class_of_worker(worker, pop);
        self.observer.printed(Printed {
            class,
            time: self.now,
            level,
            text,
        });
    }

    pub(super) fn class_of_worker(&self, worker: WorkerIndex, pop: PopIndex) -> ClassIndex {
        self.class(self.world.workload_of_worker(worker), pop)
    }

    /// A timer fires.
    pub(super) fn timer_fires(&mut self, timer: u32) {
        let Timer {
            worker,
            pop,
            number,
        } = self.workers.timers.remove(timer as usize);
        let now = self.now;
        self.let_run(worker, pop, |program, effects| {
            program.timer_fired(now, number, effects);
        });
    }
}
