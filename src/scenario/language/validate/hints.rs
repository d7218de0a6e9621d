//! What a careful reader should be told although nothing is wrong: each hint diagnoses and prescribes.
//!
//! What a run measures anyway (writes refused, caches in lock-step) the report says better.

use super::warm_up::longest_ttl;
use crate::scenario::language::expect::lacks_operations;
use crate::scenario::{Arrivals, CacheStart, Keys, Operation, Replay, Scenario, Scope, Workload};
use crate::units::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// Fewer writes than this, and the statistics of convergence are about single writes.
const WRITES_MIN: f64 = 30.0;

/// The hints of a valid scenario.
pub fn hints(scenario: &Scenario) -> Vec<String> {
    let mut hints = Vec::new();
    if scenario.workloads.is_empty() && scenario.script.is_empty() && scenario.replays.is_empty() {
        hints.push(
            "Nothing reads or writes here: add a [workload.NAME], a [replay.NAME] or a [[script]]."
                .to_owned(),
        );
        return hints;
    }
    hints.extend(start_is_approximate(scenario));
    hints.extend(too_short(scenario));
    hints.extend(nothing_changes(scenario));
    hints.extend(written_unread(scenario));
    hints.extend(few_writes(scenario));
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
    let needed = longest_ttl(scenario) * 3;
    let is_drawn = scenario.cache.start == CacheStart::RandomAge && readers().next().is_some();
    let is_approximate = is_drawn && !reasons.is_empty() && scenario.warm_up < needed;
    is_approximate.then(|| {
        format!(
            "What the caches hold at the start is only approximate, because {}: set `warm-up = \"{needed}\"` or more, three times the longest TTL.",
            reasons.join(" and "),
        )
    })
}

fn too_short(scenario: &Scenario) -> Option<String> {
    let ttl = longest_ttl(scenario);
    let reads = scenario.workloads.iter().any(|w| w.reads_per_s > 0.0);
    (reads && scenario.duration < ttl).then(|| {
        format!(
            "The measured time of {} is shorter than the longest TTL of {ttl}, so that many copies never end in it: set `duration = \"{}\"` or more.",
            scenario.duration,
            ttl * 10,
        )
    })
}

fn nothing_changes(scenario: &Scenario) -> Option<String> {
    (!scenario.has_writes()).then(|| {
        "Nothing writes or deletes here, so that no read can be stale: add `writes` to a workload, or a [[script]] with `put`."
            .to_owned()
    })
}

/// A key that is written but not read, in a scenario where others are read, is often a misspelt one.
fn written_unread(scenario: &Scenario) -> Option<String> {
    // What a replay reads only its file says.
    if !scenario.replays.is_empty() {
        return None;
    }
    let readers = || scenario.workloads.iter().filter(|w| w.reads_per_s > 0.0);
    let gets = || {
        let scripted = scenario.script.iter().map(|scripted| &scripted.operation);
        scripted.filter(|operation| matches!(operation, Operation::Get { .. }))
    };
    let is_read = |key: &str| {
        readers().any(|w| w.keys.contains(key)) || gets().any(|get| get.key() == Some(key))
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
    let unread = by_script.chain(by_workload).find(|key| !is_read(key))?;
    let someone_reads = readers().next().is_some() || gets().next().is_some();
    someone_reads.then(|| {
        format!("`{unread}` is written but nobody reads it: is it the key that was meant?")
    })
}

fn few_writes(scenario: &Scenario) -> Option<String> {
    let per_s: f64 = scenario
        .workloads
        .iter()
        .map(|w| weight_sum(w) * (w.writes_per_s + w.deletes_per_s))
        .sum();
    let per_run = per_s * scenario.duration.as_secs_f64();
    let expected = per_run * f64::from(scenario.runs);
    let are_known = !scenario.replays.iter().any(Replay::may_modify);
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
                format!("workload {} has no {operations}", scenario.workload_name(w))
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
