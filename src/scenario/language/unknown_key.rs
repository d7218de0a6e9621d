//! What to say of a key that the language does not have: the one that was meant, or where it belongs.

use super::diagnostic::{Code, Diagnostic};
use super::schema::Place;
use super::source::Span;
use super::suggest::nearest;

/// Tables of later versions that this one does not read, by what they hold.
const NOT_YET: [(&str, &str); 1] = [("fault", "faults")];

/// What people call keys that bear another name, in tables where that name is a key.
const OTHER_NAMES: [(&str, &str); 28] = [
    ("page", "limit"),
    ("limit", "page"),
    ("ttl", "cache-ttl"),
    ("read", "get"),
    ("fetch", "get"),
    ("write", "put"),
    ("set", "put"),
    ("remove", "delete"),
    ("wait", "think"),
    ("sleep", "think"),
    ("loop", "repeat"),
    ("pause", "think"),
    ("file", "script"),
    ("main", "script"),
    ("source", "script"),
    ("env", "vars"),
    ("bindings", "kv"),
    ("namespaces", "kv"),
    ("kv_namespaces", "kv"),
    ("name", "key"),
    ("url", "path"),
    ("delay", "latency"),
    ("response", "body"),
    ("payload", "body"),
    ("data", "body"),
    ("pop", "at"),
    ("when", "time"),
    ("every", "rate"),
];

/// Lists of tables inside other tables, with their headers.
const INNER_LISTS: [(&str, &str, &str); 2] = [
    ("worker", "request", "[[worker.NAME.request]]"),
    ("store", "value", "[[store.value]]"),
];

/// A key in a table that lacks it; `above` names the table and is empty for the top of the file.
pub fn unknown_key(place: &Place, above: &str, key: &str, span: &Span) -> Diagnostic {
    let keys = place.keys();
    let title = if above.is_empty() {
        format!("a scenario has no key `{key}`")
    } else {
        format!("`{above}` has no key `{key}`")
    };
    let unknown = Diagnostic::new(Code::UnknownKey, title).at(span, "unknown key");
    let not_yet = NOT_YET.iter().find(|(name, _)| *name == key);
    if let (true, Some((_, what))) = (above.is_empty(), not_yet) {
        return unknown.help(format!("{what} are not simulated by this version"));
    }
    if let Some(near) = nearest(key, keys.iter().copied()) {
        return unknown.did_you_mean(Some(near));
    }
    let is_other = |(other, name): &&(&str, &str)| *other == key && keys.contains(name);
    // At the top a key that exists below is more likely in the wrong place than misnamed.
    if let (Some((_, name)), false) = (OTHER_NAMES.iter().find(is_other), above.is_empty()) {
        return unknown.did_you_mean(Some(name));
    }
    let elsewhere = homes(key);
    if elsewhere.is_empty() {
        unknown.help(format!("its keys: {}", keys.join(", ")))
    } else {
        unknown.help(format!("`{key}` belongs in {}", elsewhere.join(" or ")))
    }
}

/// The tables that do have a key.
fn homes(key: &str) -> Vec<String> {
    let top = Place::top();
    let mut homes = Vec::new();
    if let Some(place) = top.key(key) {
        let is_list_of_tables = place.element().is_some_and(|e| !e.keys().is_empty());
        homes.push(match is_list_of_tables {
            true => format!("[[{key}]]"),
            false => "the top of the file, above every table".to_owned(),
        });
    }
    for name in top.keys() {
        let place = top.key(name).expect("it is one of its keys");
        let (header, below) = match place.element() {
            Some(element) => (format!("[[{name}]]"), Some(element)),
            None if place.is_named() => (format!("[{name}.NAME]"), place.key("NAME")),
            None => (format!("[{name}]"), Some(place)),
        };
        let Some(below) = below else { continue };
        if below.keys().contains(&key) {
            homes.push(header);
        }
        for (_, list, header) in INNER_LISTS.iter().filter(|(outer, ..)| *outer == name) {
            let element = below.key(list).and_then(|list| list.element());
            if element.is_some_and(|element| element.keys().contains(&key)) {
                homes.push((*header).to_owned());
            }
        }
    }
    homes
}
