//! The tables of Workers, origins and values of the store in the printed scenario.

use super::files::worker_head;
use super::{Printer, inline_spread, inline_texts, quoted};
use crate::scenario::language::file;
use crate::scenario::language::quantity::Spread;
use crate::scenario::language::text_pattern;
use crate::scenario::language::validate::{origins, workers};
use crate::scenario::{Origin, RequestPattern, RequestSource, RequestStart, StoredValue, Worker};
use crate::units::Duration;

impl Printer {
    /// Prints `[worker.NAME]` and its requests. The whole path of the script is printed; a report, which knows where
    /// it will lie, names it another way ([`crate::scenario::Scenario::resolved_with_files`]).
    pub(super) fn worker(&mut self, table: &file::Worker, worker: &Worker, namespaces: &[String]) {
        let path = worker.script.path.to_str();
        let path = path.expect("a valid script's path is text");
        self.text.push_str(&worker_head(&worker.name, path));
        let bindings = worker.bindings.iter();
        let bindings = bindings.map(|(name, index)| (name.as_str(), namespaces[*index].clone()));
        self.line("kv", inline_texts(bindings));
        if !worker.variables.is_empty() {
            let texts = worker.variables.iter();
            let texts = texts.map(|(name, text)| (name.as_str(), text.clone()));
            self.line("vars", inline_texts(texts));
        }
        self.string("host", &workers::host(&worker.name, table));
        self.quantity("longest-cache-ttl", worker.longest_cache_ttl);
        for (table, source) in table.request.iter().zip(&worker.requests) {
            self.request_source(&worker.name, table, source);
        }
    }

    fn request_source(&mut self, worker: &str, table: &file::Request, source: &RequestSource) {
        self.header(&format!("[[worker.{worker}.request]]"));
        let request = &source.request;
        self.string("method", &request.method);
        self.string("path", &path(request));
        if !request.headers.is_empty() {
            self.line("headers", inline_headers(request));
        }
        if !request.body.parts.is_empty() {
            self.string("body", &text_pattern::print(&request.body));
        }
        self.at_and_split(&table.at, &table.split, |printer| match source.start {
            RequestStart::Arriving { .. } => {
                printer.written_quantity("rate", &table.rate);
                printer.arrivals(&table.arrivals);
            }
            RequestStart::At(time) => printer.quantity("time", Duration(time.0)),
        });
    }

    /// Prints `[origin.NAME]`.
    pub(super) fn origin(&mut self, table: &file::Origin, origin: &Origin) {
        self.header(&format!("[origin.{}]", origin.name));
        self.string("url", &origin.url);
        match &table.latency {
            Some(latency) => self.line("latency", inline_spread(&latency.value)),
            None => self.line(
                "latency",
                inline_spread(&Spread::Constant(origins::DEFAULT_LATENCY)),
            ),
        }
        self.line("status", origin.status);
        if !origin.headers.is_empty() {
            let headers = origin.headers.iter();
            let headers = headers.map(|(name, value)| (name.as_str(), value.clone()));
            self.line("headers", inline_texts(headers));
        }
        self.string("body", &origin.body);
        self.line("remember", origin.remembers);
    }

    /// Prints `[[store.value]]`.
    pub(super) fn stored(&mut self, value: &StoredValue, namespaces: &[String]) {
        self.header("[[store.value]]");
        self.string("key", &value.key);
        if let Some(count) = value.count {
            self.line("count", count);
        }
        self.string("value", &value.value);
        if let Some(metadata) = &value.metadata {
            self.string("metadata", metadata);
        }
        self.string("namespace", &namespaces[value.namespace]);
    }
}

/// A step that asks a Worker.
pub(super) fn inline_request(request: &RequestPattern, worker: &Worker) -> String {
    let asked = quoted(&format!("{} {}", request.method, path(request)));
    let mut text = format!("{{ request = {asked}, worker = {}", quoted(&worker.name));
    if !request.headers.is_empty() {
        text += &format!(", headers = {}", inline_headers(request));
    }
    if !request.body.parts.is_empty() {
        text += &format!(", body = {}", quoted(&text_pattern::print(&request.body)));
    }
    text + " }"
}

/// The path of an address, which begins at the third slash.
fn path(request: &RequestPattern) -> String {
    let url = text_pattern::print(&request.url);
    let slashes = url.match_indices('/');
    let start = slashes.map(|(at, _)| at).nth(2);
    url[start.expect("an address has a path")..].to_owned()
}

fn inline_headers(request: &RequestPattern) -> String {
    let headers = request.headers.iter();
    inline_texts(headers.map(|(name, value)| (name.as_str(), text_pattern::print(value))))
}
