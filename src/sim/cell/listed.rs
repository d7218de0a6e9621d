//! Lists that programs and outsiders ask for: pages of keys as the store has them when the question is there.

use super::asked::{Asked, State};
use super::{Cell, Event};
use crate::scenario::NamespaceIndex;
use crate::sim::observation::Observer;
use crate::sim::store::NEVER;
use std::ops::Bound;

/// A page of keys that is asked for.
#[derive(Debug)]
pub(super) struct PageAsked {
    pub(super) namespace: NamespaceIndex,
    pub(super) prefix: String,
    pub(super) limit: usize,
    /// The name after which it begins.
    pub(super) after: Option<String>,
}

/// A key on a page of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// When it expires, if it does, in seconds since 1970.
    pub expiration_s: Option<i64>,
    /// As JSON, where there are any.
    pub metadata: Option<String>,
}

impl<O: Observer> Cell<'_, O> {
    pub(super) fn ask_for_list(&mut self, asked: Asked) {
        let workload = self.workload_of(asked.by);
        let (arrival, end) = self.list(asked.pop, workload, 1);
        let operation = self.workers.asked.insert(asked) as u32;
        self.agenda
            .queue
            .schedule(arrival, Event::QuestionArrives(operation));
        self.agenda.queue.schedule(end, Event::Answered(operation));
    }

    /// The keys of a page as the store has them now, and where the next one begins.
    pub(super) fn page(&self, page: &PageAsked) -> (Vec<Listed>, Option<String>) {
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
                expiration_s: expiration.map(|at| self.world.date_s(at)),
                metadata,
            });
        }
        (keys, None)
    }
}

/// A page of keys that is asked for: the first one, or the one to which a cursor leads.
pub(super) fn listing(
    namespace: NamespaceIndex,
    prefix: String,
    limit: usize,
    cursor: Option<&str>,
) -> State {
    let after = match cursor.filter(|cursor| !cursor.is_empty()) {
        None => None,
        Some(cursor) => match name_of_cursor(cursor) {
            Some(name) => Some(name),
            None => return State::BadCursor,
        },
    };
    State::List {
        page: PageAsked {
            namespace,
            prefix,
            limit,
            after,
        },
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
