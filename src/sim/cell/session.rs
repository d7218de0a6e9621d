//! Clients in a cell: each goes on with its steps when the operation before has been answered.

use super::cookies::Cookies;
use super::workers::Lifetime;
use super::write::Author;
use super::{Asker, Cell, Event, Got};
use crate::scenario::keyspace::KeyId;
use crate::scenario::{
    ClientIndex, ClientStart, KeyIndex, Placeholder, PopIndex, RoamingRule, WorkerIndex,
};
use crate::sim::message::Filling;
use crate::sim::observation::{CellKey, ClientRead, Counted, Observer, SessionIndex};
use crate::sim::program::Response;
use crate::sim::random::{Purpose, Seed, Stream, unit};
use crate::sim::steps::{Course, Known, Next, Operation};
use crate::sim::store::Expiration;
use crate::sim::value::Datum;
use crate::units::{Duration, Time};
use rand::Rng;

/// A client on its way through its steps.
#[derive(Debug)]
pub(super) struct Session {
    client: ClientIndex,
    /// Among all clients of its kind.
    number: u32,
    pop: PopIndex,
    course: Course,
    stream: Stream,
    /// When it goes to the next PoP, if it moves by the clock.
    moves_at: Time,
    /// The key that it reads just now.
    reading: KeyIndex,
    /// By key: which it is, where that is known and stays.
    keys: Vec<Option<CellKey>>,
    /// What Workers have told it to keep.
    cookies: Cookies,
    lifetime: Lifetime,
}

/// A client's number among all who may be observed: even ones; requests that come of themselves have the odd ones.
pub(super) fn session_of_client(client: u32) -> SessionIndex {
    SessionIndex(2 * client)
}

/// Which clients a cell simulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientsAt {
    /// Of this kind.
    pub client: ClientIndex,
    /// Those that start at this one of its sites; `None` is all.
    pub site: Option<usize>,
}

impl<O: Observer> Cell<'_, O> {
    /// Adds clients that start at some time.
    pub(super) fn add_clients(&mut self, clients: ClientsAt) {
        let definition = &self.world.scenario.clients[clients.client];
        for (site, place) in definition.at.iter().enumerate() {
            if clients.site.is_some_and(|only| only != site) {
                continue;
            }
            match definition.start {
                ClientStart::Once { count } | ClientStart::Looping { count, .. } => {
                    for index in 0..count {
                        let number = site as u32 * count + index;
                        self.add_client(clients.client, place.pop, number);
                    }
                }
                ClientStart::Arriving { per_s, .. } => {
                    let (client, rate) = (clients.client, per_s * place.weight);
                    self.add_arriving_clients(client, site, rate, None);
                }
            }
        }
    }

    /// Adds clients that arrive and whose only key, by the rank they draw, is this one: of a Poisson process, those
    /// that draw a rank are a Poisson process of their own.
    pub(super) fn add_clients_of_key(&mut self, client: ClientIndex, id: KeyId) {
        let world = self.world;
        let definition = &world.scenario.clients[client];
        let ClientStart::Arriving { per_s, .. } = definition.start else {
            return;
        };
        let (rank, share) = world.rank_of_client(client, id);
        for (site, place) in definition.at.iter().enumerate() {
            let rate = per_s * place.weight * share;
            self.add_arriving_clients(client, site, rate, Some(rank));
        }
    }

    /// Adds a client that is there from the start.
    fn add_client(&mut self, client: ClientIndex, pop: PopIndex, number: u32) {
        let mut stream = self.client_seed(client, number).stream();
        let time = match self.world.steps[client].think {
            None => Time(0),
            // Not all at once: each is somewhere in the pause before its first step.
            Some(think) => {
                let pause = think.sample(&mut stream).as_secs_f64();
                let part = unit(stream.next_u64());
                self.world.start + Duration::from_secs_f64(pause * part)
            }
        };
        let session = self.begin_session(client, pop, number, stream, time);
        self.agenda
            .queue
            .schedule(time, Event::ClientGoesOn(session));
    }

    /// A client arrives: the next of its kind at one of its sites.
    pub(super) fn client_arrives(&mut self, client: ClientIndex, site: usize, rank: Option<u32>) {
        let at = &self.world.scenario.clients[client].at;
        let started = &mut self.arrived[client][site];
        let number = *started * at.len() as u32 + site as u32;
        *started += 1;
        let seed = self.client_seed(client, number);
        let seed = rank.map_or(seed, |rank| seed.child(u64::from(rank)));
        let session = self.begin_session(client, at[site].pop, number, seed.stream(), self.now);
        if let Some(rank) = rank {
            self.sessions[session as usize].course.set_rank(rank);
        }
        self.go_on(session);
    }

    fn client_seed(&self, client: ClientIndex, number: u32) -> Seed {
        let name = self.world.workload_names[self.world.workload_of_client(client)];
        let seed = self.run.purpose(Purpose::Clients).child(name);
        seed.child(u64::from(number))
    }

    fn begin_session(
        &mut self,
        client: ClientIndex,
        pop: PopIndex,
        number: u32,
        mut stream: Stream,
        time: Time,
    ) -> u32 {
        let program = &self.world.steps[client];
        let mut course = Course::default();
        course.begin(program, &mut stream);
        let roaming = self.world.scenario.clients[client].roaming.as_ref();
        let moves_at = match roaming.map(|roaming| roaming.rule) {
            Some(RoamingRule::Every(period)) => time + period,
            Some(RoamingRule::Probability(_)) | None => crate::sim::store::NEVER,
        };
        self.sessions.insert(Session {
            client,
            number,
            pop,
            course,
            stream,
            moves_at,
            reading: 0,
            keys: vec![None; program.placeholders.len()],
            cookies: Cookies::default(),
            lifetime: Lifetime::default(),
        }) as u32
    }

    /// A client goes on until something takes time.
    pub(super) fn go_on(&mut self, id: u32) {
        let world = self.world;
        loop {
            let session = &mut self.sessions[id as usize];
            let program = &world.steps[session.client];
            match session
                .course
                .next(program, &mut session.stream, &world.texts)
            {
                Next::Operation(operation) => {
                    self.move_client(id);
                    return self.operate(id, operation);
                }
                Next::Pause(time) if time > Duration::ZERO => {
                    return self.resume_at(id, self.now + time);
                }
                Next::Pause(_) => {}
                Next::Count(name) => {
                    let workload = world.workload_of_client(session.client);
                    let class = world.class(workload, session.pop);
                    self.observer.counted(&Counted {
                        class,
                        start: self.now,
                        name: world.texts.text(name),
                        by: 1,
                    });
                }
                Next::Over => {
                    let Some(think) = program.think else {
                        session.lifetime.is_over = true;
                        return self.end_session_if_done(session_of_client(id));
                    };
                    let pause = think.sample(&mut session.stream);
                    session.course.begin(program, &mut session.stream);
                    session.keys.fill(None);
                    return self.resume_at(id, self.now + pause);
                }
            }
        }
    }

    fn resume_at(&mut self, id: u32, time: Time) {
        self.agenda.queue.schedule(time, Event::ClientGoesOn(id));
    }

    /// Before an operation: a client that roams may go to another PoP.
    fn move_client(&mut self, id: u32) {
        let session = &mut self.sessions[id as usize];
        let Some(roaming) = &self.world.scenario.clients[session.client].roaming else {
            return;
        };
        let among = &roaming.among;
        let here = among.iter().position(|pop| *pop == session.pop);
        match roaming.rule {
            RoamingRule::Probability(probability) => {
                if unit(session.stream.next_u64()) < probability {
                    // Any of the others alike.
                    let others = among.len() - usize::from(here.is_some());
                    let draw = unit(session.stream.next_u64()) * others as f64;
                    let index = draw as usize;
                    let skips = here.is_some_and(|here| index >= here);
                    session.pop = among[index + usize::from(skips)];
                }
            }
            RoamingRule::Every(period) => {
                if session.moves_at <= self.now {
                    let moves = (self.now - session.moves_at).0 / period.0 + 1;
                    session.moves_at += period * moves;
                    // The first leads somebody who was elsewhere to the first of them.
                    let before = here.unwrap_or(among.len() - 1);
                    session.pop = among[(before + moves as usize % among.len()) % among.len()];
                }
            }
        }
    }

    fn operate(&mut self, id: u32, operation: Operation) {
        let Session { client, pop, .. } = self.sessions[id as usize];
        let workload = self.world.workload_of_client(client);
        match operation {
            Operation::Get { key, cache_ttl } => {
                self.sessions[id as usize].reading = key;
                let key = self.key_of_client(id, key);
                self.read_for(Some(Asker::Client(id)), key, pop, workload, cache_ttl);
            }
            Operation::Put {
                key,
                written,
                size,
                expiration_ttl,
                metadata,
            } => {
                let (datum, base) = self.sessions[id as usize].course.written(key, written);
                let texts = &self.world.texts;
                let datum = match metadata {
                    None => datum,
                    Some(metadata) => datum.with_metadata(texts.text(metadata), texts),
                };
                let by = author(id, datum, base);
                let key = self.key_of_client(id, key);
                let expiration = expiration_ttl.into();
                self.write_by(by, key, pop, workload, false, size, expiration);
            }
            Operation::Delete { key } => {
                let by = author(id, Datum::Unknown, None);
                let key = self.key_of_client(id, key);
                self.write_by(by, key, pop, workload, true, None, Expiration::Never);
            }
            Operation::Request { worker, request } => {
                self.observer.client_asks(
                    session_of_client(id),
                    self.class(workload, pop),
                    self.now,
                );
                self.ask_worker(id, worker, request);
            }
            Operation::List { pages } => {
                let (_, end) = self.list(pop, workload, pages);
                self.resume_at(id, end);
            }
        }
    }

    /// What counts the writes of a session, so that its number is not given away under them.
    fn lifetime(&mut self, SessionIndex(number): SessionIndex) -> &mut Lifetime {
        let index = number as usize / 2;
        match number % 2 {
            0 => &mut self.sessions[index].lifetime,
            _ => &mut self.workers.open_sessions[index],
        }
    }

    /// A session writes.
    pub(super) fn session_writes(&mut self, session: SessionIndex) {
        self.lifetime(session).writes += 1;
    }

    /// A write of a session was answered.
    pub(super) fn session_has_written(&mut self, session: SessionIndex) {
        self.lifetime(session).writes -= 1;
        self.end_session_if_done(session);
    }

    /// Gives a session's number away, if it is over and none of its writes is under way.
    pub(super) fn end_session_if_done(&mut self, session: SessionIndex) {
        if !self.lifetime(session).has_ended() {
            return;
        }
        self.observer.client_is_over(session);
        let index = session.0 as usize / 2;
        match session.0 % 2 {
            0 => drop(self.sessions.remove(index)),
            _ => drop(self.workers.open_sessions.remove(index)),
        }
    }

    /// Which key of the cell a key of the steps is for a client where it is now.
    fn key_of_client(&mut self, id: u32, key: KeyIndex) -> CellKey {
        let session = &self.sessions[id as usize];
        if let Some(known) = session.keys[key] {
            return known;
        }
        let program = &self.world.steps[session.client];
        let (number, stays) = match program.placeholders[key] {
            None => (0, true),
            Some(Placeholder::Client) => (session.number, true),
            Some(Placeholder::Pop) => (session.pop as u32, false),
            Some(Placeholder::Rank { .. }) => {
                let rank = session.course.rank(program, key);
                (rank.expect("a rank was drawn for it"), true)
            }
        };
        let name: KeyId = self
            .world
            .keyspace
            .key_of_client(session.client, key, number);
        let cell_key = self.key(name);
        if stays {
            self.sessions[id as usize].keys[key] = Some(cell_key);
        }
        cell_key
    }

    /// A client's read has been answered, and it gets to know at its end.
    pub(super) fn answer_client(&mut self, id: u32, read: &Got) {
        let values = &self.keys[read.key.0 as usize].values;
        let value = (!read.is_missing).then(|| values.get(read.version));
        let session = &mut self.sessions[id as usize];
        let version = read.version;
        session
            .course
            .learn(session.reading, Known { version, value });
        let workload = self.world.workload_of_client(session.client);
        let class = self.world.class(workload, session.pop);
        self.observer.client_read(&ClientRead {
            session: session_of_client(id),
            class,
            key: read.key,
            start: read.start,
            end: read.end,
            version,
        });
        match read.end > self.now {
            true => self.resume_at(id, read.end),
            false => self.go_on(id),
        }
    }

    /// Sends a Worker one of the requests of a client's steps.
    fn ask_worker(&mut self, id: u32, worker: WorkerIndex, request: usize) {
        let world = self.world;
        let session = &mut self.sessions[id as usize];
        let form = &world.steps[session.client].requests[request];
        let mut request = form.fill(Filling {
            client: session.number,
            stranger: world.stranger(session.client, session.number),
            pop: &world.scenario.pops[session.pop].code,
            ranks: session.course.ranks(),
        });
        if let Some(cookies) = session.cookies.header(worker, self.now) {
            request.add_cookies(&cookies);
        }
        let pop = session.pop;
        self.begin_request(worker, pop, Some(id), &request);
    }

    /// A Worker has answered a client's request.
    pub(super) fn client_is_answered(&mut self, id: u32, worker: WorkerIndex, response: &Response) {
        let session = &mut self.sessions[id as usize];
        session.course.learn_response(response);
        for (name, value) in &response.headers {
            if name == "set-cookie" {
                session.cookies.set(worker, value, self.now);
            }
        }
        // Not at once: a client that asks and asks would otherwise never give back.
        self.resume_at(id, self.now);
    }
}

/// A client writes.
fn author(client: u32, datum: Datum, base: Option<u32>) -> Author {
    Author {
        asker: Some(Asker::Client(client)),
        session: Some(session_of_client(client)),
        datum,
        base,
    }
}
