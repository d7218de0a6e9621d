//! What programs ask: reads, writes and lists of KV, and how they get their answers.

use super::contents::MAIN;
use super::read::Got;
use super::workers::Refusal;
use super::write::Author;
use super::{Asker, Cell, Event};
use crate::scenario::{DEFAULT_CACHE_TTL, NamespaceIndex, PopIndex, WorkerIndex};
use crate::sim::observation::{CacheStatus, CellKey, ClientRead, Observer};
use crate::sim::program::{Answer, Entry, Kind, KvCall, ListedKey, Operation};
use crate::sim::store::{Expiration, NEVER};
use crate::sim::value::{self, Datum, Texts};
use crate::units::{Duration, Size, Time};
use std::ops::Bound;
use std::rc::Rc;

/// Something that a program has asked and that has not been answered.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) worker: WorkerIndex,
    pub(super) pop: PopIndex,
    /// Its number in the program.
    number: u64,
    /// The request on whose behalf.
    pub(super) request: u64,
    pub(super) state: State,
}

/// What was asked, and what came of it so far.
#[derive(Debug)]
pub(super) enum State {
    /// A value: what was found, and how.
    Value(Option<Datum>, CacheStatus),
    /// Several values.
    Values {
        found: Vec<Option<Datum>>,
        /// So many have not been answered.
        missing: u32,
        /// When the last of those that were is there.
        end: Time,
    },
    /// A put or delete.
    Write { is_accepted: bool },
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

/// A page of keys that is asked for.
#[derive(Debug)]
pub(super) struct PageAsked {
    namespace: NamespaceIndex,
    prefix: String,
    limit: usize,
    /// The name after which it begins.
    after: Option<String>,
}

/// A key on a page.
#[derive(Debug)]
pub(super) struct Listed {
    name: String,
    expiration_s: Option<i64>,
    metadata: Option<String>,
}

impl<O: Observer> Cell<'_, O> {
    /// Takes up what a program asks.
    pub(super) fn ask(&mut self, worker: WorkerIndex, pop: PopIndex, operation: Operation) {
        let Operation {
            number,
            request,
            kind,
        } = operation;
        let asked = |state| Asked {
            worker,
            pop,
            number,
            request,
            state,
        };
        match kind {
            Kind::Kv { namespace, call } => {
                let binding = namespace as usize;
                let namespace = self.world.scenario.workers[worker].bindings[binding].1;
                self.ask_namespace(asked, namespace, call);
            }
            Kind::Fetch(question) => self.ask_of_origin(asked, question),
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
                let asked = asked(State::Value(None, CacheStatus::Fetch));
                self.ask_for_values(asked, &[key], cache_ttl_s);
            }
            KvCall::GetMany {
                keys, cache_ttl_s, ..
            } => {
                let names = keys.iter();
                let keys: Vec<CellKey> = names
                    .map(|name| self.key_by_name(namespace, name))
                    .collect();
                let asked = asked(State::Values {
                    found: vec![None; keys.len()],
                    missing: keys.len() as u32,
                    end: self.now,
                });
                self.ask_for_values(asked, &keys, cache_ttl_s);
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
                let entry = value::Entry { value, metadata };
                let asked = asked(State::Write { is_accepted: false });
                self.ask_to_write(asked, key, Some((Rc::new(entry), size)), expiration);
            }
            KvCall::Delete { key } => {
                let key = self.key_by_name(namespace, &key);
                let asked = asked(State::Write { is_accepted: false });
                self.ask_to_write(asked, key, None, Expiration::Never);
            }
            KvCall::List {
                prefix,
                limit,
                cursor,
            } => {
                let page = |after| PageAsked {
                    namespace,
                    prefix: prefix.unwrap_or_default(),
                    limit: limit as usize,
                    after,
                };
                let state = match cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
                    None => listing(page(None)),
                    Some(cursor) => match name_of_cursor(cursor) {
                        Some(name) => listing(page(Some(name))),
                        None => State::BadCursor,
                    },
                };
                self.ask_for_list(asked(state));
            }
        }
    }

    fn ask_for_values(&mut self, asked: Asked, keys: &[CellKey], cache_ttl_s: Option<i64>) {
        let (worker, pop) = (asked.worker, asked.pop);
        let cache_ttl = cache_ttl_s.map_or(DEFAULT_CACHE_TTL, Duration::from_secs);
        if cache_ttl > self.world.scenario.workers[worker].longest_cache_ttl {
            self.workers.refuse(Refusal { worker, cache_ttl });
        }
        let workload = self.world.workload_of_worker(worker);
        let operation = self.workers.asked.insert(asked) as u32;
        if keys.is_empty() {
            let event = Event::ProgramAnswered(operation);
            return self.agenda.queue.schedule(self.now, event);
        }
        for (part, key) in keys.iter().enumerate() {
            let asker = Asker::Program {
                operation,
                part: part as u32,
            };
            self.read_for(Some(asker), *key, pop, workload, cache_ttl);
        }
    }

    fn ask_to_write(
        &mut self,
        asked: Asked,
        key: CellKey,
        value: Option<(Rc<value::Entry>, Size)>,
        expiration: Expiration,
    ) {
        let (worker, pop) = (asked.worker, asked.pop);
        let request = self.workers.request(asked.request);
        let (session, base) = match request {
            Some(request) => (Some(request.session), request.base(key)),
            None => (None, None),
        };
        let operation = self.workers.asked.insert(asked) as u32;
        let is_delete = value.is_none();
        let size = value.as_ref().map(|(_, size)| *size);
        let author = Author {
            asker: Some(Asker::Program { operation, part: 0 }),
            session,
            datum: value.map_or(Datum::Unknown, |(entry, _)| Datum::Entry(entry)),
            // A delete keeps nothing of what it knew.
            base: base.filter(|_| !is_delete),
        };
        let workload = self.world.workload_of_worker(worker);
        self.write_by(author, key, pop, workload, is_delete, size, expiration);
    }

    fn ask_for_list(&mut self, asked: Asked) {
        let workload = self.world.workload_of_worker(asked.worker);
        let (arrival, end) = self.list(asked.pop, workload, 1);
        let operation = self.workers.asked.insert(asked) as u32;
        self.agenda
            .queue
            .schedule(arrival, Event::QuestionArrives(operation));
        self.agenda
            .queue
            .schedule(end, Event::ProgramAnswered(operation));
    }

    /// When a value expires that is written with these settings; the TTL wins where both are given.
    fn expiration(&self, expiration_s: Option<i64>, expiration_ttl_s: Option<i64>) -> Expiration {
        match (expiration_ttl_s, expiration_s) {
            (Some(ttl), _) => Expiration::After(Duration::from_secs(ttl)),
            (None, Some(at)) => {
                let seconds = at - self.world.scenario.epoch_s();
                Expiration::At(Time(0) + Duration::from_secs(seconds))
            }
            (None, None) => Expiration::Never,
        }
    }

    /// A read of a program has been answered, and it gets to know at its end.
    pub(super) fn read_is_answered(&mut self, operation: u32, part: u32, read: &Got) {
        let values = &self.keys[read.key.0 as usize].values;
        let datum = (!read.is_missing).then(|| values.get(read.version));
        let asked = &mut self.workers.asked[operation as usize];
        let (worker, pop, request) = (asked.worker, asked.pop, asked.request);
        let end = match &mut asked.state {
            State::Value(found, status) => {
                (*found, *status) = (datum, read.status);
                Some(read.end)
            }
            State::Values {
                found,
                missing,
                end,
            } => {
                found[part as usize] = datum;
                *missing -= 1;
                *end = read.end.max(*end);
                (*missing == 0).then_some(*end)
            }
            other => unreachable!("{other:?} reads nothing"),
        };
        let class = self.class_of_worker(worker, pop);
        if let Some(request) = self.workers.request(request) {
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
            self.agenda
                .queue
                .schedule(end, Event::ProgramAnswered(operation));
        }
    }

    /// A write of a program has been answered.
    pub(super) fn write_is_answered(&mut self, operation: u32, key: CellKey, version: Option<u32>) {
        let asked = &mut self.workers.asked[operation as usize];
        asked.state = State::Write {
            is_accepted: version.is_some(),
        };
        let request = asked.request;
        if let (Some(version), Some(request)) = (version, self.workers.request(request)) {
            request.learn(key, version);
        }
        self.answer_program(operation);
    }

    /// What a program has asked arrives at the store or at an origin, which answers as things are now.
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

    /// The keys of a page as the store has them now, and where the next one begins.
    fn page(&self, page: &PageAsked) -> (Vec<Listed>, Option<String>) {
        let names = self.workers.names.in_namespace(page.namespace);
        let from = match &page.after {
            Some(after) if *after >= page.prefix => Bound::Excluded(after.as_str()),
            _ => Bound::Included(page.prefix.as_str()),
        };
        let mut keys: Vec<Listed> = Vec::new();
        for (name, key) in names.range::<str, _>((from, Bound::Unbounded)) {
            if !name.starts_with(&page.prefix) {
                break;
            }
            let key = &self.keys[key.0 as usize];
            let answer = key.register.latest().answer(self.now);
            if answer.is_missing {
                continue;
            }
            if keys.len() == page.limit {
                let cursor = keys.last().map(|last| cursor_behind(&last.name));
                return (keys, cursor);
            }
            let expiration = (answer.expires_at < NEVER).then_some(answer.expires_at);
            let metadata = key.values.get(answer.version).metadata().map(str::to_owned);
            keys.push(Listed {
                name: name.clone(),
                expiration_s: expiration
                    .map(|at| self.world.scenario.epoch_s() + at.0.div_euclid(1_000_000_000)),
                metadata,
            });
        }
        (keys, None)
    }

    /// A program gets an answer.
    pub(super) fn answer_program(&mut self, operation: u32) {
        let Asked {
            worker,
            pop,
            number,
            request: _,
            state,
        } = self.workers.asked.remove(operation as usize);
        let (now, texts) = (self.now, &self.world.texts);
        self.let_run(worker, pop, |program, effects| {
            state.answer(texts, |answer| {
                program.operation_answered(now, number, answer, effects);
            });
        });
    }
}

fn listing(page: PageAsked) -> State {
    State::List {
        page,
        keys: Vec::new(),
        cursor: None,
    }
}

/// A cursor behind a name: programs see it as something opaque.
fn cursor_behind(name: &str) -> String {
    name.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn name_of_cursor(cursor: &str) -> Option<String> {
    let (pairs, rest) = cursor.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    String::from_utf8(bytes.filter(|_| rest.is_empty())?).ok()
}

impl State {
    /// Gives the answer to `tell`.
    fn answer(&self, texts: &Texts, tell: impl FnOnce(&Answer<'_>)) {
        match self {
            State::Value(found, status) => {
                let bytes = found.as_ref().map(|datum| datum.bytes(texts));
                let entry = found.as_ref().zip(bytes.as_ref());
                tell(&Answer::Value {
                    entry: entry.map(|(datum, bytes)| entry_of(datum, bytes)),
                    cache_status: Some(match status {
                        CacheStatus::Hit => "HIT",
                        CacheStatus::Coalesced | CacheStatus::Fetch => "MISS",
                    }),
                });
            }
            State::Values { found, .. } => {
                let bytes = found.iter();
                let bytes: Vec<_> = bytes
                    .map(|datum| datum.as_ref().map(|datum| datum.bytes(texts)))
                    .collect();
                let entries = found.iter().zip(&bytes).map(|(datum, bytes)| {
                    let both = datum.as_ref().zip(bytes.as_ref());
                    both.map(|(datum, bytes)| entry_of(datum, bytes))
                });
                tell(&Answer::Values(&entries.collect::<Vec<_>>()));
            }
            State::Write { is_accepted: true } => tell(&Answer::Done),
            State::Write { is_accepted: false } => tell(&Answer::Rejected),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_name() {
        for name in ["", "user:1", "ключ", "a/b c"] {
            assert_eq!(name_of_cursor(&cursor_behind(name)).as_deref(), Some(name));
        }
        for cursor in ["x", "0", "zz", "ff"] {
            assert_eq!(name_of_cursor(cursor), None, "{cursor}");
        }
    }
}
