//! The scenario of a live session: that of the file, in which all that happens is what is asked.
//!
//! It is at once what the session is simulated by and, with the record of what was asked, what it leaves behind: a
//! scenario with a replay, which `kvlag run` turns into the same versions and the same staleness.

use super::record::Needs;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::{self, Expectation, Overrides, Scenario, Scope};
use crate::units::Duration;
use std::path::Path;
use toml::{Table, Value};

/// What the record of a session is called as a replay.
pub const REPLAY: &str = "live";

/// The PoP from which the REST API writes: at the store, and without a cache.
pub const API_POP: &str = "API";

/// Tables that say what happens by itself.
const TRAFFIC: [&str; 6] = ["workload", "script", "client", "worker", "origin", "replay"];

/// The scenario of a session.
#[derive(Clone, Debug)]
pub struct Class {
    table: Table,
    name: String,
    /// Whether the file's scenario does not have that PoP itself.
    adds_api_pop: bool,
}

impl Class {
    /// From a scenario of a file: without its traffic unless `with_traffic`; a session has no end, and begins with an
    /// empty store and cold caches.
    pub fn of(scenario: &Scenario, with_traffic: bool) -> Self {
        let resolved = scenario.resolved.parse();
        let mut table: Table = resolved.expect("a resolved scenario is TOML");
        for traffic in TRAFFIC {
            // A session's own record takes the place of a replay, and Workers run outside.
            if !with_traffic || ["worker", "origin", "replay", "client"].contains(&traffic) {
                table.remove(traffic);
            }
        }
        // What is expected of those who are not there says nothing.
        let says_something = |rule: &&Expectation| match rule.scope {
            _ if rule.measured.needs_programs() => false,
            Scope::Workload(index) => with_traffic && index < scenario.workloads.len(),
            Scope::Total | Scope::Pop(_) => true,
        };
        let expect = scenario.expect.iter().filter(says_something);
        let expect: Vec<Value> = expect.map(|rule| rule.text.as_str().into()).collect();
        table.insert("expect".to_owned(), expect.into());
        table.insert("warm-up".to_owned(), "0s".into());
        let run = section(&mut table, "run");
        run.insert("runs".to_owned(), 1.into());
        run.insert("per-read".to_owned(), true.into());
        section(&mut table, "cache").insert("start".to_owned(), "cold".into());
        let store = section(&mut table, "store");
        store.insert("initial".to_owned(), "missing".into());
        // They are put when the session begins.
        store.remove("value");
        let adds_api_pop = scenario.pops.iter().all(|pop| pop.code != API_POP);
        if adds_api_pop {
            keep_traffic_at_own_pops(&mut table, scenario);
            add_api_pop(&mut table, scenario);
        }
        Class {
            adds_api_pop,
            table,
            name: format!("{}-live", scenario.name),
        }
    }

    /// What the session's report is called: after the file, and apart from its own.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text, for a session of this length whose record is in the file `record`.
    pub fn text(&self, duration: Duration, needs: Needs, record: &str) -> String {
        let mut table = self.table.clone();
        if !needs.api_pop && self.adds_api_pop {
            // It would count among the PoPs to which a write must come.
            section(&mut table, "pop").remove(API_POP);
        }
        if needs.beyond_limits {
            // The session has enforced them, and what it recorded need not pass again.
            section(&mut table, "limits").insert("enforce".to_owned(), false.into());
        }
        drop_scripts_from(&mut table, duration);
        table.insert("duration".to_owned(), duration.to_string().into());
        if !needs.replay {
            return table.to_string();
        }
        let mut replay = Table::new();
        replay.insert("file".to_owned(), record.into());
        let longest = needs.longest_cache_ttl.max(scenario::DEFAULT_CACHE_TTL);
        replay.insert("longest-cache-ttl".to_owned(), longest.to_string().into());
        section(&mut table, "replay").insert(REPLAY.to_owned(), replay.into());
        table.to_string()
    }

    /// The scenario itself; the record must be there.
    ///
    /// # Errors
    ///
    /// The file's scenario has something that a live one cannot have.
    pub fn scenario(&self, text: &str, folder: &Path) -> Result<Scenario, Box<Diagnostics>> {
        let source = folder.join(format!("{}.toml", self.name));
        let source = source.to_string_lossy();
        scenario::parse(&source, text, &self.name, &Overrides::default()).map_err(Box::new)
    }
}

/// What was to happen at its end or later has not happened in a session of this length.
fn drop_scripts_from(table: &mut Table, duration: Duration) {
    let Some(Value::Array(scripts)) = table.get_mut("script") else {
        return;
    };
    scripts.retain(|script| {
        let time = script.get("time").and_then(Value::as_str);
        let time = time.and_then(|time| time.parse::<Duration>().ok());
        time.is_none_or(|time| time < duration)
    });
    if scripts.is_empty() {
        table.remove("script");
    }
}

/// Traffic of all PoPs is that of all PoPs of the file.
fn keep_traffic_at_own_pops(table: &mut Table, scenario: &Scenario) {
    let codes = scenario.pops.iter().map(|pop| pop.code.as_str().into());
    let codes: Vec<Value> = codes.collect();
    let Some(Value::Table(workloads)) = table.get_mut("workload") else {
        return;
    };
    for workload in workloads
        .iter_mut()
        .filter_map(|(_, workload)| workload.as_table_mut())
    {
        if workload.get("at").and_then(Value::as_str) == Some("all") {
            workload.insert("at".to_owned(), Value::Array(codes.clone()));
        }
    }
}

/// A PoP for whoever writes through the REST API.
fn add_api_pop(table: &mut Table, scenario: &Scenario) {
    let mut pop = Table::new();
    pop.insert("to-store".to_owned(), "0s".into());
    pop.insert("own-writes".to_owned(), "unchanged".into());
    if !scenario.tiers.is_empty() {
        let via = scenario.tiers.iter().map(|tier| tier.places[0].as_str());
        pop.insert(
            "via".to_owned(),
            Value::Array(via.map(Value::from).collect()),
        );
    }
    section(table, "pop").insert(API_POP.to_owned(), pop.into());
}

fn section<'t>(table: &'t mut Table, name: &str) -> &'t mut Table {
    let section = table
        .entry(name.to_owned())
        .or_insert_with(|| Table::new().into());
    section
        .as_table_mut()
        .expect("a resolved scenario has tables where tables belong")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class() -> Class {
        let text = "title = \"Two\"\nduration = \"10m\"\npops = [\"LHR\", \"SYD\"]\n\
            [workload.readers]\nreads = \"1/s\"\nkeys = { one = \"k\" }\n\
            [[script]]\ntime = \"5m\"\npop = \"LHR\"\nput = \"k\"\n";
        let file = scenario::parse("two.toml", text, "two", &Overrides::default());
        Class::of(&file.expect("has no mistakes"), true)
    }

    fn table(length: &str) -> Table {
        let length = length.parse().expect("is a duration");
        let text = class().text(length, Needs::default(), "two.csv");
        text.parse().expect("is TOML")
    }

    #[test]
    fn a_session_that_ends_before_a_scripted_operation_has_not_seen_it() {
        assert!(!table("5m").contains_key("script"));
        let longer = table("301s");
        assert_eq!(longer["script"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn only_what_can_be_judged_in_a_session_is_expected() {
        let text = "duration = \"10m\"\npops = [\"LHR\"]\n\
            expect = [\"stale-reads < 1\", \"hit-ratio of readers > 50%\", \"lost-updates = 0\", \"counts.seen > 0\"]\n\
            [workload.readers]\nreads = \"1/s\"\nkeys = { one = \"k\" }\n\
            [client.c]\nrate = \"1/s\"\nsteps = [{ get = \"k\" }, { count = \"seen\" }]\n";
        let file = scenario::parse("two.toml", text, "two", &Overrides::default());
        let file = file.expect("has no mistakes");
        let expected = |with_traffic| {
            let class = Class::of(&file, with_traffic);
            class.table["expect"].as_array().map(Vec::len)
        };
        assert_eq!(expected(false), Some(1));
        assert_eq!(expected(true), Some(2));
    }

    #[test]
    fn traffic_of_all_pops_does_not_come_to_the_one_of_the_rest_api() {
        let readers = &table("1m")["workload"]["readers"];
        let at = readers["at"].as_array().expect("is a list");
        assert_eq!(at, &[Value::from("LHR"), Value::from("SYD")]);
    }
}
