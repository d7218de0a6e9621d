//! The scenario as a file again, with every default and every change of the command line filled in.
//!
//! What was written is printed as it was written where the model has resolved it further (lists of PoPs,
//! delays, rates and their split), so that reading it again resolves to the same; everything else comes from
//! the model.

mod client;
mod files;
mod script;
mod worker;

use std::fmt::{Display, Write};

use serde::Serialize;

use super::file::{self, File, Initial};
use super::forms::{Arrivals, PopList, Split};
use super::quantity::{OrNone, Quantity, Spread};
use super::validate::{DEFAULT_OWN_WRITES, Valid, written};
use super::written::Written;
use crate::scenario::{Columns, Keys, Replay, Scenario, TraceFormat, Workload, geography};
use crate::units::Duration;

/// Prints a valid scenario and the file it was resolved from.
pub fn print(file: &File, valid: &Valid) -> String {
    let scenario = &valid.scenario;
    let mut printer = Printer {
        text: String::new(),
    };
    printer.top(file, scenario);
    printer.run(scenario);
    printer.store(file, scenario);
    for value in &scenario.stored {
        printer.stored(value, &scenario.namespaces);
    }
    printer.cache(file, scenario);
    printer.network(file, valid);
    for tier in &scenario.tiers {
        printer.header("[[tier]]");
        printer.string("name", &tier.name);
        printer.strings("at", &tier.places);
        printer.quantity("keep", tier.keep);
        printer.word("age", tier.age);
    }
    for (name, pop) in file.pop.iter() {
        printer.pop(name, pop);
    }
    for link in &file.link {
        printer.header("[[link]]");
        printer.written_string("from", &link.from);
        printer.written_string("to", &link.to);
        printer.spread("one-way", &link.one_way);
    }
    printer.traffic(file, scenario);
    for operation in &scenario.script {
        printer.script(operation, scenario);
    }
    printer.header("[limits]");
    printer.line("enforce", scenario.enforce_limits);
    printer.header("[pricing]");
    printer.word("plan", scenario.plan);
    printer.text
}

struct Printer {
    text: String,
}

impl Printer {
    /// Whoever reads and writes, and what Workers ask.
    fn traffic(&mut self, file: &File, scenario: &Scenario) {
        for (name, table) in file.workload.iter() {
            let index = scenario
                .workloads
                .binary_search_by(|workload| workload.name.cmp(&name.value))
                .expect("a valid file's workloads are in the model, by name");
            self.workload(table, &scenario.workloads[index]);
        }
        for (name, table) in file.replay.iter() {
            let index = scenario
                .replays
                .binary_search_by(|replay| replay.name.cmp(&name.value))
                .expect("a valid file's replays are in the model, by name");
            self.replay(table, &scenario.replays[index]);
        }
        for (name, table) in file.client.iter() {
            let index = scenario
                .clients
                .binary_search_by(|client| client.name.cmp(&name.value))
                .expect("a valid file's clients are in the model, by name");
            self.client(table, &scenario.clients[index], &scenario.workers);
        }
        for (name, table) in file.worker.iter() {
            let index = scenario
                .workers
                .binary_search_by(|worker| worker.name.cmp(&name.value))
                .expect("a valid file's Workers are in the model, by name");
            self.worker(table, &scenario.workers[index], &scenario.namespaces);
        }
        for (name, table) in file.origin.iter() {
            let index = scenario
                .origins
                .binary_search_by(|origin| origin.name.cmp(&name.value))
                .expect("a valid file's origins are in the model, by name");
            self.origin(table, &scenario.origins[index]);
        }
    }

    fn header(&mut self, header: &str) {
        self.text.push('\n');
        self.text.push_str(header);
        self.text.push('\n');
    }

    fn line(&mut self, key: &str, value: impl Display) {
        writeln!(self.text, "{key} = {value}").expect("a string takes any text");
    }

    fn string(&mut self, key: &str, value: &str) {
        self.line(key, quoted(value));
    }

    fn strings(&mut self, key: &str, values: &[String]) {
        let list: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        self.line(key, format!("[{}]", list.join(", ")));
    }

    fn written_string(&mut self, key: &str, value: &Option<Written<String>>) {
        if let Some(value) = value {
            self.string(key, value);
        }
    }

    /// A quantity's text never needs an escape.
    fn quantity(&mut self, key: &str, value: impl Quantity) {
        self.line(key, format!("\"{value}\""));
    }

    fn written_quantity<T: Quantity + Copy>(&mut self, key: &str, value: &Option<Written<T>>) {
        if let Some(value) = value {
            self.quantity(key, value.value);
        }
    }

    /// One of the words of an enum.
    fn word(&mut self, key: &str, word: impl Serialize) {
        let value = toml::Value::try_from(word).expect("a word is a string");
        self.line(key, value);
    }

    fn spread<T: Quantity>(&mut self, key: &str, spread: &Option<Written<Spread<T>>>) {
        if let Some(spread) = spread {
            self.line(key, inline_spread(&spread.value));
        }
    }

    fn pop_list(&mut self, key: &str, list: &PopList) {
        self.line(key, inline_pop_list(list));
    }

    /// Where a workload or client is, what `rates` prints, and how it is split.
    fn at_and_split(
        &mut self,
        at: &Option<Written<PopList>>,
        split: &Option<Written<Split>>,
        rates: impl FnOnce(&mut Self),
    ) {
        let split = split.as_ref().map(|split| &split.value);
        match (at, split) {
            (Some(at), _) => self.pop_list("at", &at.value),
            // The weights alone say where.
            (None, Some(Split::Weights(_))) => {}
            (None, _) => self.string("at", "all"),
        }
        rates(self);
        match split {
            Some(Split::Even) => self.string("split", "even"),
            Some(Split::Weights(weights)) => {
                let weights: Vec<String> = weights
                    .iter()
                    .map(|(code, weight)| format!("{} = {}", code.value, decimal(weight.value)))
                    .collect();
                self.line("split", format!("{{ {} }}", weights.join(", ")));
            }
            None => {}
        }
    }

    fn arrivals(&mut self, arrivals: &Option<Written<Arrivals>>) {
        match arrivals.as_ref().map(|arrivals| &arrivals.value) {
            Some(Arrivals::Erlang(law)) => {
                let stages = law.erlang.as_ref().map_or(1, |stages| stages.value);
                self.line("arrivals", format!("{{ erlang = {stages} }}"));
            }
            Some(Arrivals::Periodic) => self.string("arrivals", "periodic"),
            Some(Arrivals::Poisson) | None => self.string("arrivals", "poisson"),
        }
    }

    fn top(&mut self, file: &File, scenario: &Scenario) {
        self.string("title", &scenario.title);
        self.written_string("question", &file.question);
        self.quantity("duration", scenario.duration);
        self.quantity("warm-up", scenario.warm_up);
        self.line("seed", scenario.seed);
        self.quantity("starts-at", scenario.starts_at);
        if let Some(pops) = &file.pops {
            self.pop_list("pops", &pops.value);
        }
        if scenario.expect.is_empty() {
            return;
        }
        self.text.push_str("expect = [\n");
        for expectation in &scenario.expect {
            writeln!(self.text, "    {},", quoted(&expectation.text))
                .expect("a string takes any text");
        }
        self.text.push_str("]\n");
    }

    fn run(&mut self, scenario: &Scenario) {
        self.header("[run]");
        self.line("runs", scenario.runs);
        self.line("per-read", scenario.per_read);
    }

    fn store(&mut self, file: &File, scenario: &Scenario) {
        let store = &scenario.store;
        self.header("[store]");
        self.string("at", &store.at);
        self.quantity("service-time", store.service_time);
        self.quantity("write-limit", OrNone(store.write_limit));
        if store.write_limit.is_some() || file.store.write_limit_rule.is_some() {
            self.word("write-limit-rule", store.write_limit_rule);
        }
        let initial = if store.initially_present {
            Initial::Present
        } else {
            Initial::Missing
        };
        self.word("initial", initial);
    }

    fn cache(&mut self, file: &File, scenario: &Scenario) {
        let cache = &scenario.cache;
        self.header("[cache]");
        self.word("start", cache.start);
        self.word("ttl-rule", cache.ttl_rule);
        self.line("coalesce", cache.coalesce);
        let own_writes = written(&file.cache.own_writes, DEFAULT_OWN_WRITES);
        self.word("own-writes", own_writes);
        self.quantity("refresh-ahead", cache.refresh_ahead);
        self.quantity("hit-latency", cache.hit_latency);
    }

    /// Where no delay follows from geography, what shapes such delays is printed only if it was written.
    fn network(&mut self, file: &File, valid: &Valid) {
        let network = &file.network;
        let is_used = valid.is_geography_used;
        self.header("[network]");
        if is_used || network.inflation.is_some() {
            let inflation = written(&network.inflation, geography::DEFAULT_INFLATION);
            self.quantity("inflation", inflation);
        }
        if is_used || network.per_link.is_some() {
            let per_link = written(&network.per_link, geography::DEFAULT_PER_LINK);
            self.quantity("per-link", per_link);
        }
        match &network.jitter {
            Some(jitter) => self.line("jitter", inline_spread(&jitter.value)),
            None if is_used => self.quantity("jitter", Duration::ZERO),
            None => {}
        }
        self.quantity("bandwidth", OrNone(valid.scenario.bandwidth));
    }

    fn pop(&mut self, name: &str, pop: &file::Pop) {
        self.header(&format!("[pop.{name}]"));
        self.written_string("near", &pop.near);
        self.spread("to-store", &pop.to_store);
        self.spread("from-store", &pop.from_store);
        if pop.from_store.is_none() {
            self.spread("from-store", &pop.to_store);
        }
        if let Some(via) = &pop.via {
            let via: Vec<String> = via.iter().map(|code| code.value.clone()).collect();
            self.strings("via", &via);
        }
        if let Some(own_writes) = &pop.own_writes {
            self.word("own-writes", own_writes.value);
        }
    }

    fn workload(&mut self, table: &file::Workload, workload: &Workload) {
        self.header(&format!("[workload.{}]", workload.name));
        self.at_and_split(&table.at, &table.split, |printer| {
            printer.written_quantity("reads", &table.reads);
            printer.written_quantity("writes", &table.writes);
            printer.written_quantity("deletes", &table.deletes);
            printer.written_quantity("lists", &table.lists);
        });
        if table.reads.is_some() {
            self.quantity("cache-ttl", workload.cache_ttl);
        }
        self.line("keys", inline_keys(&workload.keys));
        self.arrivals(&table.arrivals);
        self.written_string("value", &table.value);
        self.spread("value-size", &table.value_size);
        self.written_quantity("expiration-ttl", &table.expiration_ttl);
        if table.lists.is_some() {
            self.line("page", workload.page);
        }
        if let Some(daily) = &workload.daily {
            let (peak, swing) = (daily.peak, daily.swing);
            self.line(
                "daily",
                format!("{{ peak = \"{peak}\", swing = \"{swing}\" }}"),
            );
        }
    }

    /// The whole path of the file is printed; a report, which knows where it will lie, names it another way
    /// ([`Scenario::resolved_with_files`]).
    fn replay(&mut self, table: &file::Replay, replay: &Replay) {
        let file = replay.file.to_str().expect("a valid replay's path is text");
        self.text.push_str(&files::replay_head(&replay.name, file));
        self.word("format", replay.format.name());
        if let Some(dealing) = replay.format.dealing() {
            match &table.at {
                Some(at) => self.pop_list("at", &at.value),
                None => self.string("at", "all"),
            }
            self.word("deal", dealing.deal);
        }
        self.quantity("cache-ttl", replay.cache_ttl);
        if replay.format.name().has_cache_ttls() {
            self.quantity("longest-cache-ttl", replay.longest_cache_ttl);
        }
        if let Some(ttl) = replay.expiration_ttl {
            self.quantity("expiration-ttl", ttl);
        }
        self.line("skip-bad-lines", replay.skip_bad_lines);
        match &replay.format {
            TraceFormat::LibCacheSimCsv {
                columns,
                delimiter,
                has_header,
                ..
            } => {
                let Columns { time, key, size } = columns;
                let size = size.unwrap_or(0);
                let columns = format!("{{ time = {time}, key = {key}, size = {size} }}");
                self.line("columns", columns);
                if let Some(delimiter) = delimiter {
                    self.string("delimiter", &char::from(*delimiter).to_string());
                }
                if let Some(has_header) = has_header {
                    self.line("has-header", has_header);
                }
            }
            TraceFormat::Logpush { fields, key_prefix } => {
                let fields = [
                    format!("time = {}", quoted(&fields.time)),
                    format!("colo = {}", quoted(&fields.colo)),
                    format!("path = {}", quoted(&fields.path)),
                    format!("method = {}", quoted(&fields.method)),
                ];
                self.line("fields", format!("{{ {} }}", fields.join(", ")));
                self.string("key-prefix", key_prefix);
            }
            TraceFormat::KvlagCsv | TraceFormat::OracleGeneral { .. } => {}
        }
    }
}

fn inline_pop_list(list: &PopList) -> String {
    match list {
        PopList::Word(word) => quoted(word),
        PopList::List(entries) => {
            let entries: Vec<String> = entries.iter().map(|entry| quoted(entry)).collect();
            format!("[{}]", entries.join(", "))
        }
    }
}

/// A string as TOML writes it, on one line.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() => {
                write!(quoted, "\\u{:04X}", u32::from(c)).expect("a string takes any text");
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A key as TOML writes it: bare where it can be.
fn toml_key(name: &str) -> String {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    match !name.is_empty() && name.bytes().all(is_bare) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

/// Names and texts on one line.
fn inline_texts<'t>(texts: impl Iterator<Item = (&'t str, String)>) -> String {
    let pairs: Vec<String> = texts
        .map(|(name, text)| format!("{} = {}", toml_key(name), quoted(&text)))
        .collect();
    match pairs.is_empty() {
        true => "{}".to_owned(),
        false => format!("{{ {} }}", pairs.join(", ")),
    }
}

/// A number that TOML reads as a float or an integer, without an exponent.
fn decimal(number: f64) -> String {
    number.to_string()
}

fn inline_spread<T: Quantity>(spread: &Spread<T>) -> String {
    let drawn = match spread {
        Spread::Constant(value) => return format!("\"{value}\""),
        Spread::Drawn(drawn) => drawn,
    };
    let pair = |key: &str, value: &Option<Written<T>>| match value {
        Some(value) => format!("{key} = \"{}\"", value.value),
        None => String::new(),
    };
    if let Some(law) = &drawn.lognormal {
        let (p50, p99) = (pair("p50", &law.p50), pair("p99", &law.p99));
        return format!("{{ lognormal = {{ {p50}, {p99} }} }}");
    }
    if let Some(law) = &drawn.exponential {
        return format!("{{ exponential = {{ {} }} }}", pair("mean", &law.mean));
    }
    match &drawn.uniform {
        Some(law) => {
            let (min, max) = (pair("min", &law.min), pair("max", &law.max));
            format!("{{ uniform = {{ {min}, {max} }} }}")
        }
        None => String::new(),
    }
}

fn inline_keys(keys: &Keys) -> String {
    match keys {
        Keys::One(name) => format!("{{ one = {} }}", quoted(name)),
        Keys::Ranked {
            prefix,
            count,
            exponent,
        } => {
            let prefix = quoted(prefix);
            if *exponent == 0.0 {
                format!("{{ uniform = {count}, prefix = {prefix} }}")
            } else {
                let exponent = decimal(*exponent);
                format!("{{ zipf = {exponent}, count = {count}, prefix = {prefix} }}")
            }
        }
    }
}
