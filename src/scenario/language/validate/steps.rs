//! Steps of clients: exactly one kind each, with settings of its own, and nothing read before it was got.

use std::collections::{BTreeMap, BTreeSet};

use super::requests::{Asked, method_and_path};
use super::{Checker, bounds, workers, written};
use crate::scenario::language::condition;
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file;
use crate::scenario::language::key_pattern;
use crate::scenario::language::source::Span;
use crate::scenario::language::suggest::nearest;
use crate::scenario::language::written::Written;
use crate::scenario::{
    Condition, DEFAULT_CACHE_TTL, KeyIndex, KeyPattern, Placeholder, Step, Value,
};

/// How long what stands for a placeholder can get, in bytes.
pub struct Longest {
    /// How many clients there are, if that is known.
    pub clients: Option<u64>,
    /// A client's number.
    pub client: usize,
    /// The code of a PoP at which clients may be.
    pub pop: usize,
}

/// The steps of a client, and the keys that they name.
pub fn program(
    name: &Written<String>,
    table: &file::Client,
    longest: Longest,
    workers: &workers::Known,
    checker: &mut Checker<'_>,
) -> (Vec<Step>, Vec<KeyPattern>) {
    let Some(list) = &table.steps else {
        let header = format!("client `{}`", name.value);
        let example =
            "steps = [{ get = \"counter\" }, { put = \"counter\", value = \"read + 1\" }]";
        checker.missing(&name.span, &header, "steps", example);
        return (Vec::new(), Vec::new());
    };
    let mut program = Program {
        checker,
        table,
        longest,
        workers,
        statuses: Vec::new(),
        keys: Vec::new(),
        numbers: BTreeMap::new(),
        written: 0,
        taken: 0,
        is_too_long: false,
        is_unclear: false,
        does: Vec::new(),
    };
    let whole = Place { depth: 1, times: 1 };
    let steps = program.steps(list, "`steps`", whole, &mut Known::default());
    program.note_idle(name, list);
    program.shared_settings(name);
    (steps, program.keys)
}

/// The kinds of step by which a client does something.
const ACTING: [&str; 5] = ["get", "put", "delete", "list", "request"];

/// Where in a program a list of steps stands.
#[derive(Clone, Copy)]
struct Place {
    /// Lists around it, itself included.
    depth: usize,
    /// How often it is taken while the program is taken once.
    times: u64,
}

/// What a client has read when it comes to a step: whatever one of the ways there reads.
#[derive(Clone, Default)]
struct Known {
    keys: BTreeSet<KeyIndex>,
    /// Whether there is any, be it one whose key is a mistake.
    is_something: bool,
}

struct Program<'p, 'c> {
    checker: &'p mut Checker<'c>,
    table: &'p file::Client,
    longest: Longest,
    /// The Workers that it may ask.
    workers: &'p workers::Known,
    /// Conditions on the last response.
    statuses: Vec<Span>,
    keys: Vec<KeyPattern>,
    /// Each key's number, by what it is when printed.
    numbers: BTreeMap<String, KeyIndex>,
    /// Steps in the file so far.
    written: usize,
    /// Steps taken by a client that takes all once, both ways of an `if` included.
    taken: u64,
    /// Whether they are too many, which is noted once.
    is_too_long: bool,
    /// Whether a step so far is a mistake that hides what it does, so that others may rest on it.
    is_unclear: bool,
    /// Which kinds of step there are.
    does: Vec<&'static str>,
}

impl Program<'_, '_> {
    fn steps(
        &mut self,
        list: &Written<Vec<Written<file::Step>>>,
        key: &str,
        place: Place,
        known: &mut Known,
    ) -> Vec<Step> {
        if place.depth > bounds::STEP_DEPTH_MAX {
            let title = format!("steps lie more than {} deep", bounds::STEP_DEPTH_MAX);
            let mistake = Diagnostic::new(Code::OutOfRange, title);
            self.checker.mistake(mistake.at(&list.span, ""));
            return Vec::new();
        }
        if list.is_empty() {
            self.is_unclear = true;
            self.checker.mistake(
                Diagnostic::new(Code::Missing, format!("{key} has no step"))
                    .at(&list.span, "")
                    .help(match key {
                        "`then`" => "turn the condition round, and put the steps of `else` here",
                        "`else`" => "leave it out",
                        _ => "for example { get = \"counter\" }",
                    }),
            );
        }
        let mut steps = Vec::new();
        for step in &list.value {
            self.written += 1;
            if self.written > bounds::STEPS_MAX {
                if self.written == bounds::STEPS_MAX + 1 {
                    let title = format!("a client has at most {} steps", bounds::STEPS_MAX);
                    let mistake = Diagnostic::new(Code::OutOfRange, title);
                    self.checker.mistake(mistake.at(&step.span, "one too many"));
                }
                break;
            }
            self.taken = self.taken.saturating_add(place.times);
            steps.extend(self.step(step, place, known));
        }
        steps
    }

    fn step(
        &mut self,
        step: &Written<file::Step>,
        place: Place,
        known: &mut Known,
    ) -> Option<Step> {
        let Some(kind) = self.checker.kind_of(step) else {
            self.is_unclear = true;
            return None;
        };
        self.checker.settings_of(step, kind);
        self.does.push(kind);
        Some(match kind {
            "get" => {
                known.is_something = true;
                let key = self.key(step.get.as_ref()?)?;
                known.keys.insert(key);
                let given = step.cache_ttl.as_ref().or(self.table.cache_ttl.as_ref());
                let cache_ttl = given.map_or(DEFAULT_CACHE_TTL, |ttl| ttl.value);
                Step::Get { key, cache_ttl }
            }
            "put" => self.put(step, known)?,
            "delete" => Step::Delete {
                key: self.key(step.delete.as_ref()?)?,
            },
            "list" => Step::List {
                prefix: self.checker.list_prefix(step.list.as_ref()?)?,
                page: written(&step.limit, bounds::PAGE_MAX),
            },
            "request" => self.request(step)?,
            "count" => self.checker.count_of(step.count.as_ref()?)?,
            "think" => Step::Think(self.checker.spread("think", step.think.as_ref()?)),
            "repeat" => self.repeat(step, place, known)?,
            _ => self.either(step, place, known)?,
        })
    }

    fn put(&mut self, step: &Written<file::Step>, known: &Known) -> Option<Step> {
        let written_key = step.put.as_ref()?;
        let key = self.key(written_key);
        let value = match &step.to_write {
            Some(written) => self.checker.value_of(written)?,
            None => Value::Text(String::new()),
        };
        let key = key?;
        let is_derived = matches!(value, Value::Read | Value::ReadPlus(_));
        let may_be_read = known.keys.contains(&key) || self.is_unclear;
        if let (true, false, Some(value)) = (is_derived, may_be_read, &step.to_write) {
            self.note_unread(written_key, &value.span, known);
        }
        let size = step.value_size.as_ref().or(self.table.value_size.as_ref());
        let expiration = step.expiration_ttl.as_ref();
        let expiration = expiration.or(self.table.expiration_ttl.as_ref());
        Some(Step::Put {
            key,
            value,
            value_size: size.map(|size| size.value),
            expiration_ttl: expiration.map(|ttl| ttl.value),
            metadata: step
                .metadata
                .as_ref()
                .map(|metadata| metadata.value.clone()),
        })
    }

    fn request(&mut self, step: &Written<file::Step>) -> Option<Step> {
        let written = step.request.as_ref()?;
        let worker = self.checker.worker_of(step, self.workers);
        let asked = match method_and_path(written) {
            Ok(asked) => Some(asked),
            // Where there is no Worker at all, that was the mistake.
            Err(_) if self.workers.hosts.is_empty() => None,
            Err(slip) => {
                let mistake = slip.within(written, self.checker.sources);
                self.checker.mistake(mistake);
                None
            }
        };
        // Mistakes in the rest shall be found whatever the Worker is.
        let host = worker.map_or("", |worker| self.workers.hosts[worker].1.as_str());
        let (method, path) = asked?;
        let request = self.checker.request(&Asked {
            method,
            host,
            path: (written, path),
            headers: &step.headers,
            body: &step.body,
        })?;
        Some(Step::Request {
            worker: worker?,
            request,
        })
    }

    fn note_unread(&mut self, key: &Written<String>, value: &Span, known: &Known) {
        let title = format!("no step before this one reads `{}`", key.value);
        let read: Vec<String> = known
            .keys
            .iter()
            .map(|index| key_pattern::print(&self.keys[*index]))
            .collect();
        let near = nearest(key, read.iter().map(String::as_str));
        let mistake = Diagnostic::new(Code::Missing, title)
            .at(value, "so that there is nothing it could be")
            .also(&key.span, "this key");
        self.checker.mistake(match near {
            Some(near) => mistake.help(format!(
                "the steps before read `{near}`: is that the key that was meant?"
            )),
            None => mistake.help(format!(
                "put {{ get = \"{}\" }} before it; `read` is what was last read of the same key",
                key.value
            )),
        });
    }

    fn repeat(
        &mut self,
        step: &Written<file::Step>,
        place: Place,
        known: &mut Known,
    ) -> Option<Step> {
        let times = step.repeat.as_ref()?;
        if !(1..=bounds::REPEAT_MAX).contains(&times.value) {
            let title = format!("steps are repeated 1 to {} times", bounds::REPEAT_MAX);
            let mistake = Diagnostic::new(Code::OutOfRange, title).at(&times.span, "");
            self.checker.mistake(match times.value {
                0 => mistake.help("leave the step out"),
                _ => mistake
                    .help("clients go on until the end with `count` and `think` of their own"),
            });
        }
        let Some(list) = &step.steps else {
            self.is_unclear = true;
            let example = "{ repeat = 3, steps = [{ get = \"counter\" }] }";
            self.checker
                .missing(&step.span, "`repeat`", "steps", example);
            return None;
        };
        let inside = Place {
            depth: place.depth + 1,
            times: place.times.saturating_mul(u64::from(times.value)),
        };
        let steps = self.steps(list, "`repeat`", inside, known);
        if self.taken > bounds::STEPS_TAKEN_MAX && !self.is_too_long {
            self.is_too_long = true;
            let max = bounds::STEPS_TAKEN_MAX;
            let title = format!("one client would take more than {max} steps");
            self.checker.mistake(
                Diagnostic::new(Code::OutOfRange, title)
                    .at(&times.span, "")
                    .help("repeats inside repeats multiply"),
            );
        }
        Some(Step::Repeat {
            times: times.value,
            steps,
        })
    }

    fn either(
        &mut self,
        step: &Written<file::Step>,
        place: Place,
        known: &mut Known,
    ) -> Option<Step> {
        let written = step.condition.as_ref()?;
        let said = condition::read(written);
        let is_on_status = matches!(&said, Ok(said) if matches!(
            said.condition,
            Condition::Status { .. } | Condition::Body { .. }
        ));
        if is_on_status {
            self.statuses.push(written.span.clone());
        } else if said.is_ok() && !known.is_something && !self.is_unclear {
            let title = "nothing was read before this `if`";
            self.checker.mistake(
                Diagnostic::new(Code::Missing, title)
                    .at(&written.span, "what would `read` be?")
                    .help("put a get before it; `read` is what the last get returned"),
            );
        }
        let said = match said {
            Ok(said) => Some(said),
            Err(slip) => {
                let mistake = slip.within(written, self.checker.sources);
                self.checker.mistake(mistake);
                None
            }
        };
        let inside = Place {
            depth: place.depth + 1,
            ..place
        };
        if step.then.is_none() {
            self.is_unclear = true;
            let example =
                "{ if = \"read < 100\", then = [{ put = \"counter\", value = \"read + 1\" }] }";
            self.checker.missing(&step.span, "`if`", "then", example);
        }
        // In the order of the model, by which keys are numbered.
        let mut ways = [("`then`", &step.then), ("`else`", &step.otherwise)];
        if said.as_ref().is_some_and(|said| said.is_turned) {
            ways.reverse();
        }
        let before = known.clone();
        let [then, otherwise] = ways.map(|(key, list)| {
            let mut known_here = before.clone();
            let steps = match list {
                Some(list) => self.steps(list, key, inside, &mut known_here),
                None => Vec::new(),
            };
            known.keys.append(&mut known_here.keys);
            known.is_something |= known_here.is_something;
            steps
        });
        let said = said?;
        Some(Step::If {
            condition: said.condition,
            then,
            otherwise,
        })
    }

    /// The number of a key; `None` where it cannot be read, which is noted.
    fn key(&mut self, written: &Written<String>) -> Option<KeyIndex> {
        let pattern = match key_pattern::read(written) {
            Ok(pattern) => pattern,
            Err(slip) => {
                self.is_unclear = true;
                let mistake = slip.within(written, self.checker.sources);
                self.checker.mistake(mistake);
                return None;
            }
        };
        let name = key_pattern::print(&pattern);
        if let Some(number) = self.numbers.get(&name) {
            return Some(*number);
        }
        let between = match pattern.placeholder {
            None => {
                self.checker.reserved_key(&pattern.prefix, &written.span);
                0
            }
            Some(Placeholder::Client) => self.longest.client,
            Some(Placeholder::Pop) => self.longest.pop,
            Some(Placeholder::Rank { count, .. }) => (count - 1).to_string().len(),
        };
        let length = pattern.prefix.len() + between + pattern.suffix.len();
        self.checker.key_name(length, written);
        self.checker
            .note_ranked_key(&pattern, self.longest.clients, &written.span);
        self.numbers.insert(name, self.keys.len());
        self.keys.push(pattern);
        Some(self.keys.len() - 1)
    }

    /// Whether there is certainly no step of these kinds.
    fn lacks(&self, kinds: &[&str]) -> bool {
        !self.is_unclear && !self.does.iter().any(|kind| kinds.contains(kind))
    }

    /// Notes a client that does nothing, or hears nothing of what it goes by.
    fn note_idle(&mut self, name: &str, list: &Written<Vec<Written<file::Step>>>) {
        let asks_nobody = self.lacks(&["request"]);
        for span in self.statuses.iter().filter(|_| asks_nobody) {
            let title = format!("client `{name}` asks no Worker, and hears no status");
            let mistake = Diagnostic::new(Code::Missing, title);
            self.checker.mistake(
                mistake
                    .at(span, "it would always be 0")
                    .help("for example { request = \"/\" } before it"),
            );
        }
        if self.lacks(&ACTING) {
            let title = format!("client `{name}` reads and writes nothing");
            self.checker.mistake(
                Diagnostic::new(Code::Missing, title)
                    .at(&list.span, "no `get`, `put`, `delete`, `list` or `request`")
                    .help("for example { get = \"counter\" }"),
            );
        }
    }

    /// Checks what all gets or all puts share, and that there are some.
    fn shared_settings(&mut self, name: &str) {
        let table = self.table;
        let is_idle = self.lacks(&ACTING);
        let mut is_vain = |key: &str, span: &Span, kind: &str| {
            let is_vain = self.lacks(&[kind]) && !is_idle;
            if is_vain {
                let title =
                    format!("`{key}` belongs to `{kind}`, and client `{name}` has no such step");
                self.checker.no_effect(span, title, "leave it out");
            }
            is_vain
        };
        let cache_ttl = table.cache_ttl.as_ref();
        let cache_ttl = cache_ttl.filter(|w| !is_vain("cache-ttl", &w.span, "get"));
        let value_size = table.value_size.as_ref();
        let value_size = value_size.filter(|w| !is_vain("value-size", &w.span, "put"));
        let expiration = table.expiration_ttl.as_ref();
        let expiration = expiration.filter(|w| !is_vain("expiration-ttl", &w.span, "put"));
        if let Some(ttl) = cache_ttl {
            self.checker.cache_ttl(ttl);
        }
        if let Some(size) = value_size {
            self.checker.value_size(size.value, &size.span);
        }
        if let Some(ttl) = expiration {
            self.checker.expiration_ttl(ttl);
        }
    }
}
