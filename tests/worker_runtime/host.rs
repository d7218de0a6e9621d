//! A host for isolates in tests: one store without delays, timers in order of time, everything written down.

use kvlag::sim::program::Program;
use kvlag::sim::random::Seed;
use kvlag::units::Time;
use kvlag::worker::{
    Answer, Effect, Entry, Environment, Isolate, Kind, KvCall, ListedKey, Operation, OriginRequest,
    Request, Response, Script, ScriptError,
};
use std::collections::{BTreeMap, VecDeque};

/// A value in the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stored {
    pub value: Vec<u8>,
    pub metadata: Option<String>,
    pub expiration_s: Option<i64>,
    pub expiration_ttl_s: Option<i64>,
}

/// What an origin answers: status, headers, body.
pub type OriginAnswer = (u16, Vec<(&'static str, &'static str)>, Vec<u8>);

/// An isolate with a world around it that answers at once.
pub struct Host {
    pub isolate: Isolate,
    pub now: Time,
    pub store: BTreeMap<(u32, String), Stored>,
    /// Everything the script did, in order.
    pub log: Vec<Effect>,
    /// Operations and timers that were not answered yet.
    pub open: VecDeque<Effect>,
    /// How origins answer.
    pub origin: fn(&OriginRequest) -> OriginAnswer,
    next_request: u64,
}

pub const ENV: &str = "https://example.com/";

pub fn environment() -> Environment {
    Environment {
        namespaces: vec![("KV".to_owned(), 0), ("OTHER".to_owned(), 1)],
        variables: vec![("LIMIT".to_owned(), "5".to_owned())],
        ..Environment::default()
    }
}

pub fn load(source: &str) -> Result<Isolate, ScriptError> {
    let script = Script::load("test.js", source)?;
    Isolate::new(&script, &environment(), Seed::of_run(1))
}

/// A module whose `fetch` has this body.
pub fn module(body: &str) -> String {
    format!("export default {{ async fetch(request, env, ctx) {{ {body} }} }}")
}

impl Host {
    pub fn new(source: &str) -> Host {
        Host::with(source, &environment(), 1)
    }

    pub fn with(source: &str, environment: &Environment, seed: u64) -> Host {
        let script = Script::load("test.js", source).expect("the script is one");
        let isolate = Isolate::new(&script, environment, Seed::of_run(seed)).expect("it starts");
        Host {
            isolate,
            now: Time(0),
            store: BTreeMap::new(),
            log: Vec::new(),
            open: VecDeque::new(),
            origin: |_| (200, Vec::new(), b"origin".to_vec()),
            next_request: 1,
        }
    }

    /// A host whose script's `fetch` has this body.
    pub fn of(body: &str) -> Host {
        Host::new(&module(body))
    }

    pub fn put(&mut self, key: &str, value: &str) {
        let value = value.as_bytes().to_vec();
        let stored = Stored {
            value,
            ..Stored::default()
        };
        self.store.insert((0, key.to_owned()), stored);
    }

    /// Starts a request and leaves what it asks for unanswered; its number.
    pub fn start(&mut self, request: &Request<'_>) -> u64 {
        let number = self.next_request;
        self.next_request += 1;
        let mut effects = Vec::new();
        self.isolate
            .start_request(self.now, number, request, &mut effects);
        self.take(effects);
        number
    }

    pub fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if matches!(effect, Effect::Operation(_) | Effect::Timer { .. }) {
                self.open.push_back(effect.clone());
            }
            self.log.push(effect);
        }
    }

    /// Answers everything until nothing is open: operations in order, then the next timer.
    pub fn settle(&mut self) {
        while !self.open.is_empty() {
            self.step();
        }
    }

    /// Answers what is open first.
    pub fn step(&mut self) {
        let operation = self
            .open
            .iter()
            .position(|effect| matches!(effect, Effect::Operation(_)));
        let next = operation.unwrap_or_else(|| {
            let due = |effect: &Effect| match effect {
                Effect::Timer { at, number, .. } => (*at, *number),
                _ => unreachable!("only timers are left"),
            };
            let (first, _) = self
                .open
                .iter()
                .enumerate()
                .min_by_key(|(_, effect)| due(effect))
                .expect("one is open");
            first
        });
        match self.open.remove(next).expect("it is open") {
            Effect::Operation(operation) => self.answer(&operation),
            Effect::Timer { number, at, .. } => {
                self.now = at.max(self.now);
                let mut effects = Vec::new();
                self.isolate.timer_fired(self.now, number, &mut effects);
                self.take(effects);
            }
            other => unreachable!("{other:?} waits for nothing"),
        }
    }

    pub fn reply(&mut self, number: u64, answer: &Answer<'_>) {
        self.open.retain(
            |effect| !matches!(effect, Effect::Operation(operation) if operation.number == number),
        );
        let mut effects = Vec::new();
        self.isolate
            .operation_answered(self.now, number, answer, &mut effects);
        self.take(effects);
    }

    fn answer(&mut self, operation: &Operation) {
        let number = operation.number;
        match &operation.kind {
            Kind::Fetch(request) => {
                let (status, headers, body) = (self.origin)(request);
                self.reply(
                    number,
                    &Answer::OriginResponse {
                        status,
                        headers: &headers,
                        body: &body,
                    },
                );
            }
            Kind::Kv { namespace, call } => self.answer_kv(number, *namespace, call),
        }
    }

    fn answer_kv(&mut self, number: u64, namespace: u32, call: &KvCall) {
        match call {
            KvCall::Get { key, .. } => {
                let stored = self.store.get(&(namespace, key.clone())).cloned();
                let entry = stored.as_ref().map(entry);
                self.reply(
                    number,
                    &Answer::Value {
                        entry,
                        cache_status: None,
                    },
                );
            }
            KvCall::GetMany { keys, .. } => {
                let stored: Vec<_> = keys
                    .iter()
                    .map(|key| self.store.get(&(namespace, key.clone())).cloned())
                    .collect();
                let entries: Vec<_> = stored
                    .iter()
                    .map(|stored| stored.as_ref().map(entry))
                    .collect();
                self.reply(number, &Answer::Values(&entries));
            }
            KvCall::Put {
                key,
                value,
                metadata,
                expiration_s,
                expiration_ttl_s,
            } => {
                let stored = Stored {
                    value: value.clone(),
                    metadata: metadata.clone(),
                    expiration_s: *expiration_s,
                    expiration_ttl_s: *expiration_ttl_s,
                };
                self.store.insert((namespace, key.clone()), stored);
                self.reply(number, &Answer::Done);
            }
            KvCall::Delete { key } => {
                self.store.remove(&(namespace, key.clone()));
                self.reply(number, &Answer::Done);
            }
            KvCall::List {
                prefix,
                limit,
                cursor,
            } => {
                self.answer_list(
                    number,
                    namespace,
                    prefix.as_deref().unwrap_or(""),
                    *limit,
                    cursor.as_deref(),
                );
            }
        }
    }

    fn answer_list(
        &mut self,
        number: u64,
        namespace: u32,
        prefix: &str,
        limit: u32,
        cursor: Option<&str>,
    ) {
        let store = self.store.clone();
        let matching = store
            .iter()
            .filter(|((other, key), _)| *other == namespace && key.starts_with(prefix));
        let mut after =
            matching.filter(|((_, key), _)| cursor.is_none_or(|cursor| key.as_str() > cursor));
        let keys: Vec<_> = after
            .by_ref()
            .take(limit as usize)
            .map(|((_, name), stored)| ListedKey {
                name,
                expiration_s: stored.expiration_s,
                metadata: stored.metadata.as_deref(),
            })
            .collect();
        let is_complete = after.next().is_none();
        let cursor = keys.last().map(|key| key.name).filter(|_| !is_complete);
        self.reply(
            number,
            &Answer::Listed {
                keys: &keys,
                cursor,
                cache_status: None,
            },
        );
    }

    /// A whole request: its number.
    pub fn request(&mut self, request: &Request<'_>) -> u64 {
        let number = self.start(request);
        self.settle();
        number
    }

    pub fn get(&mut self, url: &str) -> Response {
        let number = self.request(&get(url));
        self.response(number)
    }

    /// What the script answers to a GET, as text.
    pub fn text(&mut self) -> String {
        let response = self.get(ENV);
        String::from_utf8(response.body).expect("it is text")
    }

    /// The response to a request.
    pub fn response(&self, number: u64) -> Response {
        let found = self.log.iter().find_map(|effect| match effect {
            Effect::Responded { request, response } if *request == number => Some(response.clone()),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("request {number} is answered: {:#?}", self.log))
    }

    /// How a request failed, in one line.
    pub fn failure(&self, number: u64) -> String {
        let found = self.log.iter().find_map(|effect| match effect {
            Effect::Failed {
                request,
                cause,
                error,
            } if *request == number => Some(format!("{cause:?} {error}")),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("request {number} fails: {:#?}", self.log))
    }

    pub fn console(&self) -> Vec<String> {
        let lines = self.log.iter().filter_map(|effect| match effect {
            Effect::Console { text, .. } => Some(text.clone()),
            _ => None,
        });
        lines.collect()
    }
}

fn entry(stored: &Stored) -> Entry<'_> {
    Entry {
        value: &stored.value,
        metadata: stored.metadata.as_deref(),
    }
}

pub fn get(url: &str) -> Request<'_> {
    Request {
        method: "GET",
        url,
        headers: &[],
        body: b"",
    }
}

/// What a `fetch` of this body answers to a GET.
pub fn text_of(body: &str) -> String {
    Host::of(body).text()
}

/// How a `fetch` of this body fails.
pub fn failure_of(body: &str) -> String {
    let mut host = Host::of(body);
    let number = host.request(&get(ENV));
    host.failure(number)
}

/// What an expression of the script comes to, as JSON; `await` may be used in it.
pub fn value_of(expression: &str) -> String {
    text_of(&format!(
        "return new Response(JSON.stringify({expression}))"
    ))
}

/// The message of what an expression throws or rejects with, in the script.
pub fn caught(expression: &str) -> String {
    text_of(&format!(
        "try {{ await ({expression}); return new Response('nothing thrown') }} \
         catch (error) {{ return new Response(error.name + ': ' + error.message) }}"
    ))
}
