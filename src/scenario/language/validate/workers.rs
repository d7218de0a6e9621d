//! Workers: their names, their scripts, what `env` holds, and that somebody asks them.

use super::files::Advice;
use super::places::Places;
use super::{Checker, bounds, cache_ttls};
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file::{self, File};
use crate::scenario::language::written::Written;
use crate::scenario::{MAIN_NAMESPACE, NamespaceIndex, ScriptFile, Worker, WorkerIndex};

const ADVICE: Advice = Advice {
    no_file: "name the file in which the script stands",
    unreadable: "a script is read when the scenario is",
};

/// The KV binding of a Worker that says nothing of KV.
pub const DEFAULT_BINDING: &str = "KV";

/// What steps of clients and values of the store may refer to, found before anything else is checked.
pub struct Known {
    /// Each Worker's name and host, by name.
    pub hosts: Vec<(String, String)>,
    /// The scenario's own namespace, and behind it those to which Workers are bound, by name.
    pub namespaces: Vec<String>,
}

impl Known {
    /// What a file names.
    pub fn of(file: &File) -> Self {
        let workers = file.worker.iter();
        let mut hosts: Vec<(String, String)> = workers
            .map(|(name, table)| (name.value.clone(), host(name, table)))
            .collect();
        hosts.sort();
        let tables = file
            .worker
            .iter()
            .filter_map(|(_, table)| table.kv.as_ref());
        let bound = tables.flat_map(|kv| kv.value.iter().map(|(_, namespace)| &namespace.value));
        let mut others: Vec<String> = bound
            .filter(|name| *name != MAIN_NAMESPACE)
            .cloned()
            .collect();
        others.sort();
        others.dedup();
        let mut namespaces = vec![MAIN_NAMESPACE.to_owned()];
        namespaces.append(&mut others);
        Known { hosts, namespaces }
    }

    /// The Worker of a name.
    pub fn worker(&self, name: &str) -> Option<WorkerIndex> {
        self.hosts
            .binary_search_by(|(known, _)| known.as_str().cmp(name))
            .ok()
    }

    /// The namespace of a name.
    pub fn namespace(&self, name: &str) -> Option<NamespaceIndex> {
        self.namespaces.iter().position(|known| known == name)
    }
}

/// The host of a Worker's addresses, in lower case as scripts see it.
pub fn host(name: &str, table: &file::Worker) -> String {
    let host = table.host.as_ref().map(|host| host.value.clone());
    let host = host.unwrap_or_else(|| format!("{name}.example.com"));
    host.to_ascii_lowercase()
}

/// The Workers by name.
pub fn workers(
    file: &File,
    names: &Places<'_>,
    known: &Known,
    checker: &mut Checker<'_>,
) -> Vec<Worker> {
    let mut workers = Vec::new();
    for (name, table) in file.worker.iter() {
        checker.name("Worker", name, &name.span);
        note_name_taken(file, name, checker);
        checker.worker(name, table, file, names, known, &mut workers);
    }
    if let (Some((worker, _)), Some((replay, _))) =
        (file.worker.iter().next(), file.replay.iter().next())
    {
        checker.mistake(
            Diagnostic::new(Code::Choice, "replays and Workers do not go together yet")
                .at(&worker.span, "a Worker")
                .also(&replay.span, "a replay")
                .help("run the two apart"),
        );
    }
    workers.sort_by(|a, b| a.name.cmp(&b.name));
    workers
}

/// Notes Workers whom nobody asks. Steps of clients have been checked before.
pub fn note_unasked(file: &File, known: &Known, checker: &mut Checker<'_>) {
    for (name, table) in file.worker.iter() {
        let index = known.worker(name);
        let is_asked = index.is_some_and(|index| checker.asked.contains(&index));
        if table.request.is_empty() && !is_asked {
            let title = format!("nobody asks Worker `{}`", name.value);
            let help = format!(
                "for example [[worker.{}.request]] with `path = \"/\"` and `rate = \"5/s\"`, or a step {{ request = \"/\" }} of a client",
                name.value
            );
            checker.mistake(
                Diagnostic::new(Code::Missing, title)
                    .at(&name.span, "no request, and no step of a client")
                    .help(help),
            );
        }
    }
}

fn note_name_taken(file: &File, name: &Written<String>, checker: &mut Checker<'_>) {
    let is_same = |other: &&Written<String>| other.value == name.value;
    let others = [
        (
            "workload",
            file.workload.iter().map(|(other, _)| other).find(is_same),
        ),
        (
            "replay",
            file.replay.iter().map(|(other, _)| other).find(is_same),
        ),
        (
            "client",
            file.client.iter().map(|(other, _)| other).find(is_same),
        ),
    ];
    for (what, other) in others {
        let Some(other) = other else { continue };
        let title = format!("a {what} and a Worker are both named `{}`", name.value);
        checker.mistake(
            Diagnostic::new(Code::GivenTwice, title)
                .at(&name.span, "a Worker")
                .also(&other.span, format!("a {what}"))
                .help("reports and `of NAME` could not tell them apart; rename one"),
        );
    }
}

impl Checker<'_> {
    /// Checks a Worker; one that can be read is added to the others.
    fn worker(
        &mut self,
        name: &Written<String>,
        table: &file::Worker,
        file: &File,
        names: &Places<'_>,
        known: &Known,
        workers: &mut Vec<Worker>,
    ) {
        let script = self.script_file(name, table);
        let bindings = self.bindings(table, known);
        let variables = self.variables(table);
        if let Some(host) = &table.host {
            self.host(host);
        }
        if let Some(ttl) = &table.longest_cache_ttl {
            self.cache_ttl(ttl);
        }
        let host = host(name, table);
        let mut requests = Vec::new();
        for request in &table.request {
            requests.extend(self.request_source(request, &host, file, names));
        }
        let Some(script) = script else { return };
        let default = || cache_ttls::longest(&script.source);
        let longest_cache_ttl = table.longest_cache_ttl.as_ref().map(|ttl| ttl.value);
        workers.push(Worker {
            name: name.value.clone(),
            longest_cache_ttl: longest_cache_ttl.unwrap_or_else(default),
            script,
            bindings,
            variables,
            requests,
        });
    }

    fn script_file(&mut self, name: &Written<String>, table: &file::Worker) -> Option<ScriptFile> {
        let Some(script) = &table.script else {
            let header = format!("Worker `{}`", name.value);
            let example = format!("script = \"{}.js\"", name.value);
            self.missing(&name.span, &header, "script", &example);
            return None;
        };
        let (path, opened) = self.opened(script, &ADVICE)?;
        let source = self.text_of_file(script, opened, "a script", bounds::SCRIPT_SIZE_MAX)?;
        // Whatever folder a scenario and its resolved copy find it in, errors call it the same.
        let name = path.file_name().and_then(|name| name.to_str());
        Some(ScriptFile {
            name: name.unwrap_or(&script.value).to_owned(),
            path,
            source,
        })
    }

    fn bindings(&mut self, table: &file::Worker, known: &Known) -> Vec<(String, NamespaceIndex)> {
        let Some(kv) = &table.kv else {
            let is_taken = |(name, _): (&Written<String>, _)| name.value == DEFAULT_BINDING;
            let mut variables = table.vars.iter().flat_map(|vars| vars.value.iter());
            // A text of that name takes the place of the binding that nobody wrote down.
            return match variables.any(is_taken) {
                true => Vec::new(),
                false => vec![(DEFAULT_BINDING.to_owned(), 0)],
            };
        };
        let mut bindings = Vec::new();
        for (name, namespace) in kv.value.iter() {
            self.binding_name(name);
            if namespace.value != MAIN_NAMESPACE {
                self.name("namespace", namespace, &namespace.span);
            }
            let index = known.namespace(namespace).unwrap_or(0);
            bindings.push((name.value.clone(), index));
        }
        bindings
    }

    fn variables(&mut self, table: &file::Worker) -> Vec<(String, String)> {
        let mut variables = Vec::new();
        for (name, text) in table.vars.iter().flat_map(|vars| vars.value.iter()) {
            self.binding_name(name);
            let mut bound = table.kv.iter().flat_map(|kv| kv.value.iter());
            if let Some((other, _)) = bound.find(|(other, _)| other.value == name.value) {
                let title = format!("`env.{}` cannot be two things", name.value);
                self.mistake(
                    Diagnostic::new(Code::GivenTwice, title)
                        .at(&name.span, "a text")
                        .also(&other.span, "a namespace")
                        .help("rename one"),
                );
            }
            variables.push((name.value.clone(), text.value.clone()));
        }
        variables
    }

    /// Checks that a script can write `env.NAME`.
    fn binding_name(&mut self, name: &Written<String>) {
        let is_start = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '$';
        let is_inside = |c: char| is_start(c) || c.is_ascii_digit();
        let fits = name.starts_with(is_start) && name.chars().all(is_inside);
        if !fits || name.len() > bounds::NAME_LENGTH_MAX {
            let title = format!("a script cannot write `env.{}`", name.value);
            self.mistake(Diagnostic::new(Code::BadName, title).at(&name.span, "").help(
                "a name in `env` has 1 to 32 characters: letters A to Z and a to z, digits, `_` and `$`, and no digit first",
            ));
        }
    }

    fn host(&mut self, host: &Written<String>) {
        let (name, port) = match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host.value.as_str(), None),
        };
        let is_of_label = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let is_label = |label: &str| !label.is_empty() && label.bytes().all(is_of_label);
        let is_name = name.len() <= bounds::HOST_LENGTH_MAX && name.split('.').all(is_label);
        let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
        if !is_name || !port.is_none_or(is_port) {
            let title = format!("`{}` is not a host", host.value);
            let mistake = Diagnostic::new(Code::BadName, title).at(&host.span, "");
            self.mistake(match host.contains('/') {
                true => mistake.help("leave scheme and path out: host = \"api.example.com\""),
                false => mistake.help("for example host = \"api.example.com\""),
            });
        }
    }
}
