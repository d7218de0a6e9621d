//! What a careful reader should be told although nothing is wrong: each hint diagnoses and prescribes.

use super::warm_up::longest_ttl;
use crate::scenario::expect::lacks_operations;
use crate::scenario::{
    Arrivals, CacheStart, Keys, Operation, Scenario, Scope, Workload, WriteLimitRule,
};
use crate::units::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// Fewer writes than this, and the statistics of convergence are about single writes.
const WRITES_MIN: f64 = 30.0;

/// From so much of the limit on, a good part of the writes to a key is rejected.
const LIMIT_USE_MAX: f64 = 0.1;

/// The hints of a valid scenario.
pub fn hints(scenario: &Scenario) -> Vec<String> {
    let mut hints = Vec::new();
    if scenario.workloads.is_empty() && scenario.script.is_empty() {
        hints.push(
            "Nothing reads or writes here: add a [workload.NAME] or a [[script]], or send traffic with `kvlag serve`."
                .to_owned(),
        );
        return hints;
    }
    hints.extend(start_is_approximate(scenario));
    hints.extend(start_is_in_step(scenario));
    hints.extend(too_short(scenario));
    hints.extend(nothing_changes(scenario));
    hints.extend(few_writes(scenario));
    let modifying = scenario.workloads.iter().filter(|w| w.modifies());
    hints.extend(modifying.filter_map(|workload| writes_are_rejected(scenario, workload)));
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
    let is_mixed = |pop: usize| {
        let mut ttls = cache_ttls_at(scenario, pop);
        ttls.dedup();
        ttls.len() > 1
    };
    if (0..scenario.pops.len()).any(is_mixed) {
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

/// The `cache-ttl` of all that reads at a PoP, sorted.
fn cache_ttls_at(scenario: &Scenario, pop: usize) -> Vec<Duration> {
    let open = scenario.workloads.iter().filter(|w| w.reads_at(pop) > 0.0);
    let scripted = scenario.script.iter().filter(|step| step.pop == pop);
    let mut ttls: Vec<Duration> = open
        .map(|w| w.cache_ttl)
        .chain(scripted.filter_map(|step| match step.operation {
            Operation::Get { cache_ttl, .. } => Some(cache_ttl),
            _ => None,
        }))
        .collect();
    ttls.sort();
    ttls
}

fn start_is_in_step(scenario: &Scenario) -> Option<String> {
    let reading = scenario.workloads.iter().filter(|w| w.reads_per_s > 0.0);
    let sites = reading.map(|w| w.at.len()).max().unwrap_or(0);
    let writes = scenario.workloads.iter().any(Workload::modifies);
    let is_in_step = scenario.cache.start == CacheStart::Cold && sites > 1 && writes;
    is_in_step.then(|| {
        "All caches start cold, fetch at once and then expire together for a long time, which makes convergence look about twice as fast as it is: unless that is the question, set `cache.start = \"random-age\"`."
            .to_owned()
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
    let writes = (0..scenario.pops.len()).any(|pop| scenario.has_writers(pop));
    (!writes).then(|| {
        "Nothing writes or deletes here, so that no read can be stale: add `writes` to a workload, or a [[script]] with `put`."
            .to_owned()
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
    (per_s > 0.0 && expected < WRITES_MIN).then(|| {
        let runs = (WRITES_MIN / per_run).ceil();
        format!(
            "Only about {expected:.1} writes are expected, too few for statistics about them: lengthen `duration`, or set `run.runs` to {runs} or more."
        )
    })
}

fn weight_sum(workload: &Workload) -> f64 {
    workload.at.iter().map(|site| site.weight).sum()
}

fn writes_are_rejected(scenario: &Scenario, workload: &Workload) -> Option<String> {
    let limit = scenario.store.write_limit?;
    let per_s = weight_sum(workload) * (workload.writes_per_s + workload.deletes_per_s);
    let use_of_limit = per_s / limit.per_second();
    // Without the share of the first key this is an upper bound, and cheap.
    if use_of_limit < LIMIT_USE_MAX {
        return None;
    }
    let use_of_limit = use_of_limit * first_share(&workload.keys);
    if use_of_limit < LIMIT_USE_MAX {
        return None;
    }
    let is_renewal = scenario.store.write_limit_rule == WriteLimitRule::SinceAccepted
        && workload.arrivals == Arrivals::Poisson;
    // After an accepted write the limit is closed for 1/limit and then waits 1/rate for the next.
    let part = if is_renewal {
        let rejected = use_of_limit / (1.0 + use_of_limit) * 100.0;
        format!("about {rejected:.0} % of them")
    } else {
        "some of them".to_owned()
    };
    let key = match &workload.keys {
        Keys::One(name) => format!("`{name}`"),
        Keys::Ranked { prefix, .. } => format!("`{prefix}0`, its most popular key"),
    };
    Some(format!(
        "Workload {} writes {key} {:.2} times per second, and the store accepts {limit} per key: {part} will be rejected with 429. Write less often, or spread the writes over more keys.",
        workload.name,
        use_of_limit * limit.per_second(),
    ))
}

/// The share of the most popular key.
fn first_share(keys: &Keys) -> f64 {
    let Keys::Ranked {
        count, exponent, ..
    } = keys
    else {
        return 1.0;
    };
    // A sum over the head and an integral over the tail: three digits are plenty here.
    let head = (*count).min(1_000);
    let sum: f64 = (1..=head)
        .map(|rank| libm::pow(f64::from(rank), -exponent))
        .sum();
    let (from, to) = (f64::from(head) + 0.5, f64::from(*count) + 0.5);
    let tail = if (exponent - 1.0).abs() < 1e-9 {
        libm::log(to / from)
    } else {
        let power = 1.0 - exponent;
        (libm::pow(to, power) - libm::pow(from, power)) / power
    };
    1.0 / (sum + tail)
}

fn rules_without_a_number(scenario: &Scenario) -> Vec<String> {
    let hint = |rule: &crate::scenario::Expectation| {
        let operations = lacks_operations(rule, scenario)?;
        let whose = match rule.scope {
            Scope::Pop(pop) => format!("{} has no {operations}", scenario.pops[pop].code),
            Scope::Workload(w) => {
                format!(
                    "workload {} has no {operations}",
                    scenario.workloads[w].name
                )
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
