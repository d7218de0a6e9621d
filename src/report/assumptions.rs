//! What a report rests on and the platform does not (wholly) publish: the assumptions in force, and what is
//! left out of the model.

use crate::scenario::{
    Arrivals, CacheStart, DEFAULT_VALUE_SIZE, Operation, OwnWrites, Scenario, Tier, TierAge,
    TtlRule, WriteLimitRule,
};

/// Something that a simulation takes for granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// What it is about: the scenario's key where there is one.
    pub name: String,
    /// What holds in this scenario.
    pub value: String,
    /// Whether the platform publishes it.
    pub published: bool,
    /// What is known, and what follows.
    pub note: &'static str,
}

/// What the model leaves out, and what that does to its numbers.
pub const NOT_MODELLED: [(&str, &str); 8] = [
    (
        "purge of tiers on a write",
        "The platform is said to tell its upper tiers of a write within seconds; here their copy has to end first.",
    ),
    (
        "several caches per PoP",
        "Each PoP has one cache; a city with several, chosen at random, misses more and can go back in time.",
    ),
    (
        "loss of own-write visibility",
        "A writer's PoP always treats its writes by own-writes; the platform does not guarantee that.",
    ),
    (
        "eviction for space",
        "A copy stays until its time is up; rarely read keys may be evicted earlier and miss more.",
    ),
    (
        "clock skew between writers",
        "The last commit at the store wins; the platform compares time stamps that may disagree by milliseconds.",
    ),
    (
        "cached lists",
        "Each page of a list is asked of the store; the platform may answer from a cache.",
    ),
    (
        "several central stores",
        "There is one; the platform races a small number of them, which shortens cold reads.",
    ),
    (
        "refusal of operations past a free quota",
        "Operations go on where the free plan would refuse them; the bill says when that would be.",
    ),
];

/// What the model leaves out of Workers, which only matters where there are some.
const NOT_MODELLED_OF_WORKERS: [(&str, &str); 3] = [
    (
        "eviction of isolates",
        "A script's module-level state lasts as long as the run, unless the isolate exceeds a limit; on the platform it may go at any time.",
    ),
    (
        "the 30 s of waitUntil",
        "What a script goes on with after its response is waited for as long as it takes; the platform cuts it off after 30 s.",
    ),
    (
        "the bill of Workers",
        "Requests to Workers and their processor time are billed apart; the bill here is that of KV alone.",
    ),
];

/// The assumptions in force, what is left out of the model coming last.
pub fn assumptions(scenario: &Scenario) -> Vec<Assumption> {
    let mut list = store(scenario);
    list.extend(caches(scenario));
    list.extend(network(scenario));
    list.extend(traffic(scenario));
    list.extend(programs(scenario));
    list.extend(billing());
    let not_modelled = |(name, note)| assumed(name, "not modelled", note);
    list.extend(NOT_MODELLED.map(not_modelled));
    if !scenario.workers.is_empty() {
        list.extend(NOT_MODELLED_OF_WORKERS.map(not_modelled));
    }
    list
}

fn assumed(name: &str, value: impl Into<String>, note: &'static str) -> Assumption {
    Assumption {
        name: name.to_owned(),
        value: value.into(),
        published: false,
        note,
    }
}

fn published(name: &str, value: impl Into<String>, note: &'static str) -> Assumption {
    Assumption {
        published: true,
        ..assumed(name, value, note)
    }
}

fn store(scenario: &Scenario) -> Vec<Assumption> {
    let store = &scenario.store;
    let limit = match &store.write_limit {
        Some(rate) => published(
            "store.write-limit",
            rate.to_string(),
            "The platform allows one write per key per second; that deletes count as writes is assumed.",
        ),
        None => assumed(
            "store.write-limit",
            "none",
            "The platform allows one write per key per second; this scenario does without the limit.",
        ),
    };
    let mut list = vec![
        assumed(
            "store.at",
            store.at.clone(),
            "How many central stores there are, and where, is not published; one is assumed.",
        ),
        assumed(
            "store.service-time",
            store.service_time.to_string(),
            "How long the store works on a request is not published.",
        ),
        limit,
    ];
    if store.write_limit.is_some() {
        let rule = match store.write_limit_rule {
            WriteLimitRule::SinceAccepted => "since-accepted",
            WriteLimitRule::SinceAttempt => "since-attempt",
            WriteLimitRule::CalendarSecond => "calendar-second",
        };
        list.push(assumed(
            "store.write-limit-rule",
            rule,
            "Where the limit is enforced and over which window is not published; one place, the store, is assumed.",
        ));
    }
    list
}

fn caches(scenario: &Scenario) -> Vec<Assumption> {
    let cache = &scenario.cache;
    let start = match cache.start {
        CacheStart::RandomAge => "random-age",
        CacheStart::Cold => "cold",
    };
    let ttl_rule = match cache.ttl_rule {
        TtlRule::FillerAndReader => "filler-and-reader",
        TtlRule::Reader => "reader",
    };
    let own_writes = own_writes(scenario);
    let mut list = vec![
        assumed(
            "cache.start",
            start,
            "What the caches hold at the beginning is a choice: the state a long past would have left, or nothing.",
        ),
        assumed(
            "cache.ttl-rule",
            ttl_rule,
            "Whose cache-ttl bounds the use of a copy, its filler's or its reader's, is not published.",
        ),
        assumed(
            "cache.coalesce",
            cache.coalesce.to_string(),
            "Whether reads wait for a fetch under way is only hinted at.",
        ),
        published(
            "cache.own-writes",
            own_writes,
            "A write is usually visible at once where it was made, but that is not guaranteed; how is not published.",
        ),
        assumed(
            "cache.refresh-ahead",
            cache.refresh_ahead.to_string(),
            "Popular copies are refreshed in the background; the rule is not published, so it is off unless asked for.",
        ),
        assumed(
            "cache.hit-latency",
            cache.hit_latency.to_string(),
            "How long a PoP takes to answer is published in parts only.",
        ),
        assumed(
            "missing keys",
            "cached like values",
            "That a key is missing is remembered as long as a value would be; no separate time is published.",
        ),
    ];
    if scenario.tiers.is_empty() {
        list.push(assumed(
            "tier",
            "none",
            "The platform has tiers between PoPs and stores; number, places and times are not published.",
        ));
    }
    list.extend(scenario.tiers.iter().map(tier));
    list
}

fn tier(tier: &Tier) -> Assumption {
    let age = match tier.age {
        TierAge::Carried => "carried",
        TierAge::Restarted => "restarted",
    };
    assumed(
        &format!("tier {}", tier.name),
        format!(
            "at {}, keep {}, age {age}",
            tier.places.join(" "),
            tier.keep
        ),
        "The platform has tiers between PoPs and stores; number, places and times are not published.",
    )
}

fn network(scenario: &Scenario) -> Vec<Assumption> {
    let bandwidth = scenario
        .bandwidth
        .map_or("none".to_owned(), |bandwidth| bandwidth.to_string());
    vec![
        assumed(
            "network",
            "great circles, lengthened",
            "Delays are not published: they follow from distances, from [network] and from [[link]] in scenario.toml.",
        ),
        assumed(
            "network.bandwidth",
            bandwidth,
            "How long a value's bytes take on the way is not published.",
        ),
    ]
}

fn traffic(scenario: &Scenario) -> Vec<Assumption> {
    let is_open = scenario.workloads.iter().any(|w| !w.at.is_empty());
    let has_poisson = scenario
        .workloads
        .iter()
        .any(|w| w.arrivals == Arrivals::Poisson);
    let default_size = scenario.workloads.iter().any(|w| w.value_size.is_none())
        || scenario.script.iter().any(|s| {
            matches!(
                s.operation,
                Operation::Put {
                    value_size: None,
                    ..
                }
            )
        });
    let expires = scenario
        .workloads
        .iter()
        .any(|w| w.expiration_ttl.is_some())
        || scenario.script.iter().any(|s| {
            matches!(
                s.operation,
                Operation::Put {
                    expiration_ttl: Some(_),
                    ..
                }
            )
        });
    let lists = scenario.workloads.iter().any(|w| w.lists_per_s > 0.0)
        || scenario
            .script
            .iter()
            .any(|s| matches!(s.operation, Operation::List { .. }));
    let mut list = Vec::new();
    if is_open && has_poisson {
        list.push(assumed(
            "arrivals",
            "poisson",
            "Clients act independently of each other and of the answers they get.",
        ));
    }
    if default_size {
        list.push(published(
            "value-size",
            DEFAULT_VALUE_SIZE.to_string(),
            "The median size of a value on the platform, taken where the scenario gives none.",
        ));
    }
    if expires {
        list.push(assumed(
            "expiration",
            "at one instant",
            "An expired key is missing at the store and in every cache at once.",
        ));
    }
    if lists {
        list.push(assumed(
            "lists",
            "not cached",
            "A list walks over every key with its prefix, deleted ones too, page by page, past the caches.",
        ));
    }
    list
}

/// Those who act on what they read.
fn programs(scenario: &Scenario) -> Vec<Assumption> {
    if scenario.clients.is_empty() && scenario.workers.is_empty() {
        return vec![assumed(
            "client, worker",
            "none",
            "Open traffic does not act on what it reads: without clients and Workers there are no sessions, lost updates, stale-base writes or violations, and their counts are 0.",
        )];
    }
    if scenario.workers.is_empty() {
        return Vec::new();
    }
    vec![
        assumed(
            "isolates of a Worker",
            "one at each PoP, never evicted",
            "How many isolates run at a PoP, and for how long, is not published; the more there are, the less their module-level state is worth.",
        ),
        assumed(
            "processor time of a Worker",
            "takes no simulated time",
            "A script is taken to compute in no time beside what it awaits; that it may not compute for longer than the platform allows is enforced.",
        ),
        assumed(
            "base of a Worker's put",
            "what its request last read of the key",
            "From what a script derives a value cannot be seen: a put counts as derived from what its request last read of, or wrote to, the same key.",
        ),
    ]
}

fn billing() -> Vec<Assumption> {
    vec![
        published(
            "billing of cached reads",
            "billed",
            "Every read is billed, hit or miss, and so is a read that finds nothing.",
        ),
        assumed(
            "billing of rejected writes",
            "not billed",
            "Whether writes refused with 429 are billed is not published.",
        ),
        assumed(
            "billing of background refreshes",
            "not billed",
            "Whether fetches that no read waits for are billed is not published.",
        ),
        assumed(
            "rounding of the bill",
            "both given",
            "Whether usage is rounded up to whole millions is not published; the bill gives the exact amount and the one rounded up.",
        ),
    ]
}

/// What acknowledged writes do to copies: the rule of most PoPs, and those that have another.
fn own_writes(scenario: &Scenario) -> String {
    let word = |rule| match rule {
        OwnWrites::Visible => "visible",
        OwnWrites::Invalidated => "invalidated",
        OwnWrites::Unchanged => "unchanged",
    };
    let rules = [
        OwnWrites::Visible,
        OwnWrites::Invalidated,
        OwnWrites::Unchanged,
    ];
    let having = |rule: &OwnWrites| {
        scenario
            .pops
            .iter()
            .filter(|pop| pop.own_writes == *rule)
            .count()
    };
    let most = rules
        .into_iter()
        .rev()
        .max_by_key(having)
        .expect("there are rules");
    let others = scenario.pops.iter().filter(|pop| pop.own_writes != most);
    let others = others.map(|pop| format!("; {} at {}", word(pop.own_writes), pop.code));
    word(most).to_owned() + &others.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn every_rule_in_force_is_listed_with_its_value() {
        let list = assumptions(&fixture::tiered(1).scenario);
        let text: String = list
            .iter()
            .map(|a| {
                let source = if a.published { "published" } else { "assumed" };
                format!("{} = {} ({source})\n  {}\n", a.name, a.value, a.note)
            })
            .collect();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_is_assumed_of_workers_is_listed_where_there_are_some() {
        let of_workers = assumptions(&fixture::limited_scenario(1));
        let others = assumptions(&fixture::tiered(1).scenario);
        let more = of_workers
            .iter()
            .filter(|a| !others.iter().any(|other| other.name == a.name));
        let text: String = more
            .map(|a| format!("{} = {}\n  {}\n", a.name, a.value, a.note))
            .collect();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn notes_are_sentences() {
        let of_workers = assumptions(&fixture::limited_scenario(1));
        for assumption in assumptions(&fixture::everywhere(1).scenario)
            .iter()
            .chain(&of_workers)
        {
            assert!(assumption.note.ends_with('.'), "{}", assumption.note);
        }
    }
}
