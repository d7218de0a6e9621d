//! What programs ask: reads, writes and lists of KV, and how they get their answers.

use super::contents::MAIN;
use super::listed::{Listed, PageAsked, listing};
use super::workers::{Refusal, RequestUnderWay};
use super::write::Author;
use super::{Asker, Cell, Event, Got};
use crate::scenario::{DEFAULT_CACHE_TTL, NamespaceIndex, PopIndex, WorkerIndex, WorkloadIndex};
use crate::sim::observation::{CacheStatus, CellKey, ClientRead, Observer};
use crate::sim::program::{Answer, Entry, Kind, KvCall, ListedKey, Operation};
use crate::sim::store::{Expiration, NEVER};
use crate::sim::value::{self, Datum, Texts};
use crate::units::{Duration, Size, Time};
use std::rc::Rc;

/// Something that was asked and that has not been answered.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) by: By,
    pub(super) pop: PopIndex,
    pub(super) state: State,
}

/// Who has asked.
#[derive(Clone, Copy, Debug)]
pub(super) enum By {
    Program {
        worker: WorkerIndex,
        /// The operation's number in the program.
        number: u64,
        /// The request on whose behalf.
        request: u64,
    },
    /// Somebody outside the simulation.
    Outsider {
        /// The operation's number there.
        number: u64,
        /// As what it counts.
        workload: WorkloadIndex,
    },
}

/// What was asked, and what came of it so far.
#[derive(Debug)]
pub(super) enum State {
    /// A value: what was seen, and how.
    Value(Seen, CacheStatus),
    /// Several values.
    Values {
        seen: Vec<Seen>,
        /// So many have not been answered.
        missing: u32,
        /// When the last of those that were is there.
        end: Time,
    },
    /// A put or delete, and which version it became; none before it is answered, and where it was refused.
    Write { version: Option<u32> },
    /// A page of keys.
    List {
        page: PageAsked,
        keys: Vec<Listed>,
        cursor: Option<String>,
    },
    /// A cursor that no list has given.
    BadCursor,
    /// Something of an origin.
    Origin(super::origin::OriginAsked),
}

/// What a read has brought.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) version: u32,
    /// `None` is a key without a value.
    pub(super) datum: Option<Datum>,
    /// When that expires, if it does.
    pub(super) expires_at: Option<Time>,
}

impl<O: Observer> Cell<'_, O> {
    /// Takes up what a program asks.
    pub(super) fn ask(&mut self, worker: WorkerIndex, pop: PopIndex, operation: Operation) {
        let Operation {
            number,
            request,
            kind,
        } = operation;
        let by = By::Program {
            worker,
            number,
            request,
        };
        let asked = |state| Asked { by, pop, state };
        match kind {
            Kind::Kv { namespace, call } => {
                let binding = namespace as usize;
                let namespace = self.world.scenario.workers[worker].bindings[binding].1;
                self.ask_namespace(asked, namespace, call);
            }
            Kind::Fetch(question) => self.ask_of_origin((worker, request), asked, question),
        }
    }

    fn ask_namespace(
        &mut self,
        asked: impl FnOnce(State) -> Asked,
        namespace: NamespaceIndex,
        call: KvCall,
    ) {
        match call {
            KvCall::Get {
                key, cache_ttl_s, ..
            } => {
                let key = self.key_by_name(namespace, &key);
                let asked = asked(no_value_yet());
                let cache_ttl = self.program_cache_ttl(asked.by, cache_ttl_s);
                self.ask_for_values(asked, &[key], cache_ttl);
            }
            KvCall::GetMany {
                keys, cache_ttl_s, ..
            } => {
                let names = keys.iter();
                let keys: Vec<CellKey> = names
                    .map(|name| self.key_by_name(namespace, name))
                    .collect();
                let asked = asked(self.no_values_yet(keys.len()));
                let cache_ttl = self.program_cache_ttl(asked.by, cache_ttl_s);
                self.ask_for_values(asked, &keys, cache_ttl);
            }
            KvCall::Put {
                key,
                value,
                metadata,
                expiration_s,
                expiration_ttl_s,
            } => {
                let key = self.key_by_name(namespace, &key);
                let expiration = self.expiration(expiration_s, expiration_ttl_s);
                let size = Size(value.len() as u64);
                let entry = value::Entry {
                    value: value.into(),
                    metadata,
                };
                let asked = asked(State::Write { version: None });
                self.ask_to_write(asked, key, Some((entry, size)), expiration);
            }
            KvCall::Delete { key } => {
                let key = self.key_by_name(namespace, &key);
                let asked = asked(State::Write { version: None });
                self.ask_to_write(asked, key, None, Expiration::Never);
            }
            KvCall::List {
                prefix,
                limit,
                cursor,
            } => {
                let prefix = prefix.unwrap_or_default();
                let state = listing(namespace, prefix, limit as usize, cursor.as_deref());
                self.ask_for_list(asked(state));
            }
        }
    }

    /// The `cache-ttl` of a program's read, which must keep what was promised of it.
    fn program_cache_ttl(&mut self, by: By, cache_ttl_s: Option<i64>) -> Duration {
        let cache_ttl = cache_ttl_s.map_or(DEFAULT_CACHE_TTL, Duration::from_secs);
        if let By::Program { worker, .. } = by
            && cache_ttl > self.world.scenario.workers[worker].longest_cache_ttl
        {
            self.workers.refuse(Refusal { worker, cache_ttl });
        }
        cache_ttl
    }

    /// Of so many keys that are asked for.
    pub(super) fn no_values_yet(&self, keys: usize) -> State {
        State::Values {
            seen: vec![Seen::default(); keys],
            missing: keys as u32,
            end: self.now,
        }
    }

    pub(super) fn ask_for_values(&mut self, asked: Asked, keys: &[CellKey], cache_ttl: Duration) {
        let (workload, pop) = (self.workload_of(asked.by), asked.pop);
        let operation = self.workers.asked.insert(asked) as u32;
        if keys.is_empty() {
            let event = Event::Answered(operation);
            return self.agenda.queue.schedule(self.now, event);
        }
        for (part, key) in keys.iter().enumerate() {
            let asker = Asker::Asked {
                operation,
                part: part as u32,
            };
            self.read_for(Some(asker), *key, pop, workload, cache_ttl);
        }
    }

    pub(super) fn ask_to_write(
        &mut self,
        asked: Asked,
        key: CellKey,
        value: Option<(value::Entry, Size)>,
        expiration: Expiration,
    ) {
        let (workload, pop) = (self.workload_of(asked.by), asked.pop);
        let (session, base) = match self.request_behind(asked.by) {
            Some(request) => (Some(request.session), request.base(key)),
            None => (None, None),
        };
        let operation = self.workers.asked.insert(asked) as u32;
        let is_delete = value.is_none();
        let size = value.as_ref().map(|(_, size)| *size);
        let author = Author {
            asker: Some(Asker::Asked { operation, part: 0 }),
            session,
            datum: value.map_or(Datum::Unknown, |(entry, _)| Datum::Entry(Rc::new(entry))),
            // A delete keeps nothing of what it knew.
            base: base.filter(|_| !is_delete),
        };
        self.write_by(author, key, pop, workload, is_delete, size, expiration);
    }

    /// As what an operation counts.
    pub(super) fn workload_of(&self, by: By) -> WorkloadIndex {
        match by {
            By::Program { worker, .. } => self.world.workload_of_worker(worker),
            By::Outsider { workload, .. } => workload,
        }
    }

    /// The request to a Worker on whose behalf something was asked, if it has not ended.
    fn request_behind(&mut self, by: By) -> Option<&mut RequestUnderWay> {
        match by {
            By::Program { request, .. } => self.workers.request(request),
            By::Outsider { .. } => None,
        }
    }

    /// When a value expires that is written with these settings; the TTL wins where both are given.
    fn expiration(&self, expiration_s: Option<i64>, expiration_ttl_s: Option<i64>) -> Expiration {
        match (expiration_ttl_s, expiration_s) {
            (Some(ttl), _) => Expiration::After(Duration::from_secs(ttl)),
            (None, Some(at)) => {
                let seconds = at - self.world.epoch_s;
                Expiration::At(Time(0) + Duration::from_secs(seconds))
            }
            (None, None) => Expiration::Never,
        }
    }

    /// A read has been answered, and who asked gets to know at its end.
    pub(super) fn read_is_answered(&mut self, operation: u32, part: u32, read: &Got) {
        let key = &self.keys[read.key.0 as usize];
        let expires_at = key.register.version(read.version).expires_at;
        let now_seen = Seen {
            version: read.version,
            datum: (!read.is_missing).then(|| key.values.get(read.version)),
            expires_at: (expires_at < NEVER).then_some(expires_at),
        };
        let asked = &mut self.workers.asked[operation as usize];
        let (by, pop) = (asked.by, asked.pop);
        let end = match &mut asked.state {
            State::Value(seen, status) => {
                (*seen, *status) = (now_seen, read.status);
                Some(read.end)
            }
            State::Values { seen, missing, end } => {
                seen[part as usize] = now_seen;
                *missing -= 1;
                *end = read.end.max(*end);
                (*missing == 0).then_some(*end)
            }
            other => unreachable!("{other:?} reads nothing"),
        };
        let class = self.class(self.workload_of(by), pop);
        if let Some(request) = self.request_behind(by) {
            request.learn(read.key, read.version);
            let session = request.session;
            self.observer.client_read(&ClientRead {
                session,
                class,
                key: read.key,
                start: read.start,
                end: read.end,
                version: read.version,
            });
        }
        if let Some(end) = end {
            self.agenda.queue.schedule(end, Event::Answered(operation));
        }
    }

    /// A write has been answered.
    pub(super) fn write_is_answered(&mut self, operation: u32, key: CellKey, version: Option<u32>) {
        let asked = &mut self.workers.asked[operation as usize];
        asked.state = State::Write { version };
        let by = asked.by;
        if let (Some(version), Some(request)) = (version, self.request_behind(by)) {
            request.learn(key, version);
        }
        self.give_answer(operation);
    }

    /// What somebody has asked arrives at the store or at an origin, which answers as things are now.
    pub(super) fn question_arrives(&mut self, operation: u32) {
        let asked = &self.workers.asked[operation as usize];
        if let State::List { page, .. } = &asked.state
            && page.namespace == MAIN
        {
            self.let_numbered_keys_appear();
        }
        match &self.workers.asked[operation as usize].state {
            State::List { page, .. } => {
                let (found, more) = self.page(page);
                let asked = &mut self.workers.asked[operation as usize];
                if let State::List { keys, cursor, .. } = &mut asked.state {
                    (*keys, *cursor) = (found, more);
                }
            }
            State::Origin(_) => self.question_arrives_at_origin(operation),
            _ => {}
        }
    }

    /// Whoever asked gets the answer.
    pub(super) fn give_answer(&mut self, operation: u32) {
        let Asked { by, pop, state } = self.workers.asked.remove(operation as usize);
        let (worker, number) = match by {
            By::Program { worker, number, .. } => (worker, number),
            By::Outsider { number, .. } => return self.answer_outsider(number, state),
        };
        let (now, texts) = (self.now, &self.world.texts);
        self.let_run(worker, pop, |program, effects| {
            state.answer(texts, |answer| {
                program.operation_answered(now, number, answer, effects);
            });
        });
    }
}

/// A value that is asked for.
pub(super) fn no_value_yet() -> State {
    State::Value(Seen::default(), CacheStatus::Fetch)
}

impl State {
    /// Gives the answer to `tell`.
    fn answer(&self, texts: &Texts, tell: impl FnOnce(&Answer<'_>)) {
        match self {
            State::Value(Seen { datum, .. }, status) => {
                let bytes = datum.as_ref().map(|datum| datum.bytes(texts));
                let entry = datum.as_ref().zip(bytes.as_ref());
                tell(&Answer::Value {
                    entry: entry.map(|(datum, bytes)| entry_of(datum, bytes)),
                    cache_status: Some(status.word()),
                });
            }
            State::Values { seen, .. } => {
                let data: Vec<_> = seen.iter().map(|seen| seen.datum.as_ref()).collect();
                let bytes = data.iter();
                let bytes: Vec<_> = bytes
                    .map(|datum| datum.map(|datum| datum.bytes(texts)))
                    .collect();
                let entries = data.iter().zip(&bytes).map(|(datum, bytes)| {
                    let both = datum.zip(bytes.as_ref());
                    both.map(|(datum, bytes)| entry_of(datum, bytes))
                });
                tell(&Answer::Values(&entries.collect::<Vec<_>>()));
            }
            State::Write { version: Some(_) } => tell(&Answer::Done),
            State::Write { version: None } => tell(&Answer::Rejected),
            State::List { keys, cursor, .. } => {
                let keys = keys.iter().map(|key| ListedKey {
                    name: &key.name,
                    expiration_s: key.expiration_s,
                    metadata: key.metadata.as_deref(),
                });
                tell(&Answer::Listed {
                    keys: &keys.collect::<Vec<_>>(),
                    cursor: cursor.as_deref(),
                    cache_status: None,
                });
            }
            State::BadCursor => tell(&Answer::Failed {
                status: 400,
                reason: "Invalid cursor.",
            }),
            State::Origin(asked) => asked.answer(tell),
        }
    }
}

fn entry_of<'a>(datum: &'a Datum, bytes: &'a [u8]) -> Entry<'a> {
    Entry {
        value: bytes,
        metadata: datum.metadata(),
    }
}
