//! What a careful reader should be told although nothing is wrong: each hint diagnoses and prescribes.
//!
//! What a run measures anyway (writes refused, caches in lock-step) the report says better.

use std::collections::BTreeSet;

use super::bounds::{self, passes};
use super::warm_up::{longest_ttl, mean_s};
use crate::scenario::language::expect::lacks_operations;
use crate::scenario::language::key_pattern;
use crate::scenario::{
    Arrivals, CacheStart, Client, ClientStart, KeyIndex, KeyPattern, Keys, Operation, Placeholder,
    Replay, RequestStart, Scenario, Scope, Step, Workload, WorkloadKind,
};
use crate::units::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// Fewer writes than this, and the statistics of convergence are about single writes.
const WRITES_MIN: f64 = 30.0;

/// More operations of clients than this in a run, and it takes more than a minute.
const CLIENT_OPERATIONS_MAX: f64 = 100e6;

/// The hints of a valid scenario.
pub fn hints(scenario: &Scenario) -> Vec<String> {
    let mut hints = Vec::new();
    let is_open = !scenario.workloads.is_empty() || !scenario.replays.is_empty();
    let is_programmed = !scenario.clients.is_empty() || !scenario.workers.is_empty();
    if !is_open && !is_programmed && scenario.script.is_empty() {
        hints.push(
            "Nothing reads or writes here: add a [workload.NAME], a [client.NAME], a [worker.NAME], a [replay.NAME] or a [[script]]."
                .to_owned(),
        );
        return hints;
    }
    hints.extend(start_is_approximate(scenario));
    hints.extend(too_short(scenario));
    hints.extend(nothing_changes(scenario));
    hints.extend(written_unread(scenario));
    hints.extend(stored_unnamed(scenario));
    hints.extend(few_writes(scenario));
    hints.extend(unfinished_clients(scenario));
    hints.extend(many_operations(scenario));
    hints.extend(keys_left_behind(scenario));
    hints.extend(rules_without_a_number(scenario));
    hints.extend(part_of_a_day(scenario));
    hints
}

fn start_is_approximate(scenario: &Scenario) -> Option<String> {
    let readers = || scenario.workloads.iter().filter(|w| w.reads_per_s > 0.0);
    let mut reasons = Vec::new();
    if !scenario.tiers.is_empty() {
        reasons.push("there are tiers");
    }
    if scenario.has_mixed_cache_ttls() {
        reasons.push("a PoP has reads with different cache-ttl");
    }
    if readers().any(|w| w.arrivals != Arrivals::Poisson) {
        reasons.push("there are readers that are not Poisson");
    }
    // Those that take their steps once have no past.
    let has_a_past = |client: &Client| !matches!(client.start, ClientStart::Once { .. });
    let clients_read = scenario.clients.iter().any(|c| c.reads() && has_a_past(c));
    let workers_read = scenario
        .clients
        .iter()
        .any(|c| asks_any(c) && has_a_past(c))
        || scenario.workers.iter().any(|worker| {
            let mut starts = worker.requests.iter().map(|source| source.start);
            starts.any(|start| matches!(start, RequestStart::Arriving { .. }))
        });
    match (clients_read, workers_read) {
        (true, true) => reasons.push("what clients and Workers read is not drawn"),
        (true, false) => reasons.push("what clients read is not drawn"),
        (false, true) => reasons.push("what Workers read is not drawn"),
        (false, false) => {}
    }
    let needed = longest_ttl(scenario) * 3;
    let reads = readers().next().is_some() || clients_read || workers_read;
    let is_drawn = scenario.cache.start == CacheStart::RandomAge && reads;
    let is_approximate = is_drawn && !reasons.is_empty() && scenario.warm_up < needed;
    is_approximate.then(|| {
        format!(
            "What the caches hold at the start is only approximate, because {}: set `warm-up = \"{needed}\"` or more, three times the longest TTL.",
            reasons.join(" and "),
        )
    })
}

/// Whether clients ask Workers.
fn asks_any(client: &Client) -> bool {
    let mut asks = false;
    client.each_step(&mut |step, _| asks |= matches!(step, Step::Request { .. }));
    asks
}

fn too_short(scenario: &Scenario) -> Option<String> {
    let ttl = longest_ttl(scenario);
    let reads = scenario.workloads.iter().any(|w| w.reads_per_s > 0.0);
    // A longer time would be refused.
    let is_possible = ttl * 10 <= bounds::SPAN_MAX - scenario.warm_up;
    (reads && scenario.duration < ttl).then(|| {
        let remedy = match is_possible {
            true => format!(": set `duration = \"{}\"` or more", ttl * 10),
            false => String::new(),
        };
        format!(
            "The measured time of {} is shorter than the longest TTL of {ttl}, so that many copies never end in it{remedy}.",
            scenario.duration,
        )
    })
}

fn nothing_changes(scenario: &Scenario) -> Option<String> {
    (!scenario.has_writes()).then(|| {
        "Nothing writes or deletes here, so that no read can be stale: add `writes` to a workload, a client's step with `put`, or a [[script]] with one."
            .to_owned()
    })
}

/// A key that is written but not read, in a scenario where others are read, is often a misspelt one.
fn written_unread(scenario: &Scenario) -> Option<String> {
    // What a replay reads only its file says, and what a Worker reads its script.
    if !scenario.replays.is_empty() || !scenario.workers.is_empty() {
        return None;
    }
    let readers = || scenario.workloads.iter().filter(|w| w.reads_per_s > 0.0);
    let gets = || {
        let scripted = scenario.script.iter().map(|scripted| &scripted.operation);
        scripted.filter(|operation| matches!(operation, Operation::Get { .. }))
    };
    let read_by_clients = patterns(scenario, |step| match step {
        Step::Get { key, .. } => Some(*key),
        _ => None,
    });
    let is_read = |key: &str| {
        readers().any(|w| w.keys.contains(key))
            || gets().any(|get| get.key() == Some(key))
            || read_by_clients.iter().any(|pattern| pattern.may_be(key))
    };
    let by_script = scenario.script.iter().map(|scripted| &scripted.operation);
    let by_script = by_script
        .filter(|operation| operation.modifies())
        .filter_map(Operation::key);
    let writers = scenario.workloads.iter().filter(|w| w.modifies());
    let by_workload = writers.filter_map(|w| match &w.keys {
        Keys::One(key) => Some(key.as_str()),
        Keys::Ranked { .. } => None,
    });
    let written_by_clients = patterns(scenario, |step| match step {
        Step::Put { key, .. } | Step::Delete { key } => Some(*key),
        _ => None,
    });
    let by_client = written_by_clients
        .iter()
        .filter(|pattern| pattern.placeholder.is_none())
        .map(|pattern| pattern.prefix.as_str());
    let written = by_script.chain(by_workload).chain(by_client);
    let mut unread = written.filter(|key| !is_read(key));
    let unread = unread.next()?;
    let someone_reads =
        readers().next().is_some() || gets().next().is_some() || !read_by_clients.is_empty();
    someone_reads.then(|| {
        format!("`{unread}` is written but nobody reads it: is it the key that was meant?")
    })
}

/// A key that the store is given and nobody names is often a misspelt one.
fn stored_unnamed(scenario: &Scenario) -> Option<String> {
    // What a script names only its run says.
    if !scenario.workers.is_empty() {
        return None;
    }
    let of_clients = || scenario.clients.iter().flat_map(|client| &client.keys);
    let is_named = |key: &str| {
        scenario.workloads.iter().any(|w| w.keys.contains(key))
            || of_clients().any(|pattern| pattern.may_be(key))
            || scenario
                .script
                .iter()
                .any(|s| s.operation.key() == Some(key))
    };
    let first_keys = scenario.stored.iter().map(|stored| match stored.count {
        Some(_) => stored.key.replace("{n}", "0"),
        None => stored.key.clone(),
    });
    let mut unnamed = first_keys.filter(|key| !is_named(key));
    let unnamed = unnamed.next()?;
    Some(format!(
        "The store is given `{unnamed}`, but nobody names it: is it the key that was meant?"
    ))
}

/// The keys of those steps of clients for which `key` finds one, each of a client once.
fn patterns(scenario: &Scenario, key: impl Fn(&Step) -> Option<KeyIndex>) -> Vec<&KeyPattern> {
    let mut patterns = Vec::new();
    for client in &scenario.clients {
        let mut found = BTreeSet::new();
        client.each_step(&mut |step, _| found.extend(key(step)));
        patterns.extend(found.into_iter().map(|key| &client.keys[key]));
    }
    patterns
}

/// Clients that never come to the end of their steps, or loop and never begin them again.
fn unfinished_clients(scenario: &Scenario) -> Vec<String> {
    let mut hints = Vec::new();
    for client in &scenario.clients {
        let mut steps_s = 0.0;
        client.each_step(&mut |step, times| {
            if let Step::Think(time) = step {
                steps_s += times * mean_s(time);
            }
        });
        let duration = scenario.duration;
        let (name, duration_s) = (&client.name, duration.as_secs_f64());
        if steps_s > duration_s {
            hints.push(format!(
                "Clients `{name}` think for about {steps_s:.0} s in their steps, longer than the measured time of {duration}: lengthen `duration`, or think less.",
            ));
            continue;
        }
        let ClientStart::Looping { think, .. } = &client.start else {
            continue;
        };
        if mean_s(think) > duration_s {
            hints.push(format!(
                "Clients `{name}` wait about {:.0} s before they begin again, longer than the measured time of {duration}: lengthen `duration`, or leave `think` out if each shall take its steps once.",
                mean_s(think),
            ));
        }
    }
    hints
}

/// Every operation of a client is simulated: a short pause and many clients make a run of hours.
fn many_operations(scenario: &Scenario) -> Option<String> {
    let seconds = scenario.duration.as_secs_f64() + scenario.warm_up.as_secs_f64();
    let of_client = |client: &Client| {
        let mut operations = 0.0;
        let pause_s = client.think().map(|think| mean_s(think).max(1e-9));
        let mut pass_s = pause_s.unwrap_or(0.0);
        client.each_step(&mut |step, times| match step {
            Step::Get { .. } => {
                operations += times;
                pass_s += times * scenario.cache.hit_latency.as_secs_f64();
            }
            Step::Put { .. } | Step::Delete { .. } | Step::List { .. } | Step::Request { .. } => {
                operations += times;
            }
            Step::Think(time) => pass_s += times * mean_s(time),
            Step::Count { .. } | Step::Repeat { .. } | Step::If { .. } => {}
        });
        // Those who go on come round the less often, the longer their steps take.
        let part = pause_s.map_or(1.0, |pause_s| pause_s / pass_s);
        passes(client, seconds * part) * operations
    };
    let operations: f64 = scenario.clients.iter().map(of_client).sum();
    (operations > CLIENT_OPERATIONS_MAX).then(|| {
        let number = match operations < 1e10 {
            true => format!("{:.0} million", operations / 1e6),
            false => format!("{operations:.0e}"),
        };
        format!(
            "Clients may do as many as {number} operations in each run, and each of them is simulated: let there be fewer clients, let them `think` longer, or shorten `duration`."
        )
    })
}

/// Clients that read and write the key of the PoP they are at, and go to another in between.
fn keys_left_behind(scenario: &Scenario) -> Vec<String> {
    let mut hints = Vec::new();
    for client in scenario.clients.iter().filter(|c| c.roaming.is_some()) {
        let (mut read, mut written) = (BTreeSet::new(), BTreeSet::new());
        client.each_step(&mut |step, _| {
            match step {
                Step::Get { key, .. } => read.insert(*key),
                Step::Put { key, .. } | Step::Delete { key } => written.insert(*key),
                _ => false,
            };
        });
        let at_pop = |key: &&KeyIndex| client.keys[**key].placeholder == Some(Placeholder::Pop);
        if let Some(key) = read.intersection(&written).find(at_pop) {
            let (name, key) = (&client.name, key_pattern::print(&client.keys[*key]));
            hints.push(format!(
                "Clients `{name}` roam, and `{key}` is another key at another PoP: what they write may not be the key that they read. Leave `roam` out, or name the key by `{{client}}`.",
            ));
        }
    }
    hints
}

fn few_writes(scenario: &Scenario) -> Option<String> {
    let per_s: f64 = scenario
        .workloads
        .iter()
        .map(|w| weight_sum(w) * (w.writes_per_s + w.deletes_per_s))
        .sum();
    let per_run = per_s * scenario.duration.as_secs_f64();
    let expected = per_run * f64::from(scenario.runs);
    let clients_write = scenario.clients.iter().any(Client::modifies);
    let are_known = !scenario.replays.iter().any(Replay::may_modify)
        && !clients_write
        && scenario.workers.is_empty();
    (per_s > 0.0 && are_known && expected < WRITES_MIN).then(|| {
        let runs = (WRITES_MIN / per_run).ceil();
        format!(
            "Only about {expected:.1} writes are expected, too few for statistics about them: lengthen `duration`, or set `run.runs` to {runs} or more."
        )
    })
}

fn weight_sum(workload: &Workload) -> f64 {
    workload.at.iter().map(|site| site.weight).sum()
}

fn rules_without_a_number(scenario: &Scenario) -> Vec<String> {
    let hint = |rule: &crate::scenario::Expectation| {
        let operations = lacks_operations(rule, scenario)?;
        let whose = match rule.scope {
            Scope::Pop(pop) => format!("{} has no {operations}", scenario.pops[pop].code),
            Scope::Workload(w) => {
                let kind = match scenario.kind(w) {
                    WorkloadKind::Workload => "workload",
                    WorkloadKind::Replay => "replay",
                    WorkloadKind::Client => "client",
                    WorkloadKind::Worker => "Worker",
                };
                let name = scenario.workload_name(w);
                format!("{kind} {name} has no {operations}")
            }
            Scope::Total => format!("there are no {operations}"),
        };
        Some(format!(
            "`{}` has nothing to judge, because {whose}, and so counts as not met: add {operations} there, or leave the rule out.",
            rule.text
        ))
    };
    scenario.expect.iter().filter_map(hint).collect()
}

fn part_of_a_day(scenario: &Scenario) -> Vec<String> {
    let mut hints = Vec::new();
    if scenario.duration >= DAY {
        return hints;
    }
    if scenario.workloads.iter().any(|w| w.daily.is_some()) {
        hints.push(format!(
            "The measured time covers {} of a daily curve, from {} UTC: set `duration = \"1d\"` to see all of it.",
            scenario.duration, scenario.starts_at,
        ));
    }
    hints.push(format!(
        "The bill for 30 days is scaled up from {}, less than a day: set `duration = \"1d\"` or more if the bill matters.",
        scenario.duration,
    ));
    hints
}
