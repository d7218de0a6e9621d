//! The delays on the way to the store and back: what was asked for, and what was drawn.

use crate::experiment::Results;
use crate::observe::histogram::Histogram;
use crate::report::format;
use crate::scenario::metric::Statistic;
use crate::scenario::{Delay, Distribution, Link, PopIndex, Scenario};
use crate::sim::observation::CacheIndex;
use crate::sim::world::{Upstream, World};
use crate::units::Duration;
use serde::Serialize;

/// Links that are shown at once; the others are folded.
const SHOWN: usize = 12;
/// Links on a page at most.
const MOST: usize = 120;

/// The links of a world, the busiest first and, where nothing is drawn, the slowest.
#[derive(Serialize)]
pub struct Links {
    shown: Vec<LinkRow>,
    folded: Vec<LinkRow>,
    /// How many more there are.
    left_out: usize,
    /// Whether anything was drawn.
    is_drawn: bool,
}

/// One direction of a link, or both where they are asked for alike and nothing is drawn.
#[derive(Serialize)]
pub struct LinkRow {
    way: String,
    asked: String,
    asked_p50: String,
    asked_p99: String,
    /// How many messages; empty where nothing is drawn.
    drawn: String,
    drawn_p50: String,
    drawn_p99: String,
}

/// A link that was used, as far as it is known.
struct Used<'a> {
    ends: (String, String),
    link: &'a Link,
    /// What was drawn there and back, if anything was.
    drawn: Option<(&'a Histogram, &'a Histogram)>,
}

/// Every link that was used; `None` if none was.
pub fn links(results: &Results) -> Option<Links> {
    let mut used = used(results);
    let messages = |link: &Used| link.drawn.map_or(0, |(up, _)| up.count());
    let delay_ns = |link: &Used| (link.link.up.mean_s() * 1e9) as u64;
    used.sort_by(|a, b| {
        let key = |link| (messages(link), delay_ns(link));
        key(b).cmp(&key(a)).then_with(|| a.ends.cmp(&b.ends))
    });
    if used.is_empty() {
        return None;
    }
    let left_out = used.len().saturating_sub(MOST);
    used.truncate(MOST);
    let folded = used.split_off(used.len().min(SHOWN));
    let rows = |links: &[Used]| links.iter().flat_map(rows).collect();
    Some(Links {
        is_drawn: used.iter().any(|link| link.drawn.is_some()),
        shown: rows(&used),
        folded: rows(&folded),
        left_out,
    })
}

/// What each link was asked for, and what was drawn on it.
fn used(results: &Results) -> Vec<Used<'_>> {
    let scenario = &results.scenario;
    let world = World::new(scenario, &results.keyspace);
    let mut asked: Vec<Option<(&Link, bool)>> = vec![None; world.links.len()];
    for (pop, ways) in world.pops.iter().enumerate() {
        let of_scenario = &scenario.pops[pop];
        let reads = scenario.has_readers(pop);
        for (way, hop) in ways.path.iter().zip(&of_scenario.path) {
            let known = asked[way.link.0 as usize].get_or_insert((&hop.link, false));
            known.1 |= reads;
        }
        let direct = asked[ways.direct_link.0 as usize].get_or_insert((&of_scenario.direct, false));
        direct.1 |= scenario.has_writers(pop) || lists(scenario, pop);
    }
    let links = asked.into_iter().enumerate().filter_map(|(index, asked)| {
        let (link, may_be_used) = asked?;
        let drawn = results.pooled.delays.get(index);
        let drawn = drawn.filter(|drawn| drawn.up.count() > 0);
        let is_constant = link.up.random.is_none() && link.down.random.is_none();
        let is_used = drawn.is_some() || (is_constant && may_be_used);
        let ends = world.links[index];
        let to = match ends.to {
            Upstream::Store => "store".to_owned(),
            Upstream::Tier(cache) => name(scenario, &world, cache),
        };
        is_used.then(|| Used {
            ends: (name(scenario, &world, ends.from), to),
            link,
            drawn: drawn.map(|drawn| (&drawn.up, &drawn.down)),
        })
    });
    links.collect()
}

fn lists(scenario: &Scenario, pop: PopIndex) -> bool {
    let mut lists = scenario.workloads.iter().filter(|w| w.lists_per_s > 0.0);
    lists.any(|w| w.at.iter().any(|site| site.pop == pop))
}

fn name(scenario: &Scenario, world: &World, cache: CacheIndex) -> String {
    match world.tier_cache(cache) {
        None => scenario.pops[cache.0 as usize].code.clone(),
        Some(place) => {
            let tier = &scenario.tiers[place.tier];
            format!("{} {}", tier.name, tier.places[place.place])
        }
    }
}

fn rows(link: &Used) -> Vec<LinkRow> {
    let (below, above) = &link.ends;
    match link.drawn {
        None if link.link.up == link.link.down => {
            vec![row(format!("{below} ⇄ {above}"), &link.link.up, None)]
        }
        drawn => vec![
            row(
                format!("{below} → {above}"),
                &link.link.up,
                drawn.map(|(up, _)| up),
            ),
            row(
                format!("{above} → {below}"),
                &link.link.down,
                drawn.map(|(_, down)| down),
            ),
        ],
    }
}

fn row(way: String, asked: &Delay, drawn: Option<&Histogram>) -> LinkRow {
    let (p50, p99) = asked.p50_and_p99();
    let at = |statistic| {
        let ns = drawn.and_then(|drawn| drawn.time_statistic_ns(statistic));
        ns.map_or(String::new(), |ns| format::seconds(ns / 1e9))
    };
    LinkRow {
        way,
        asked: in_words(asked),
        asked_p50: format::seconds(p50.as_secs_f64()),
        asked_p99: format::seconds(p99.as_secs_f64()),
        drawn: drawn.map_or(String::new(), |drawn| format::whole(drawn.count())),
        drawn_p50: at(Statistic::P50),
        drawn_p99: at(Statistic::P99),
    }
}

/// A delay as it was asked for: `45.2 ms + exponential, mean 1.00 ms`.
fn in_words(delay: &Delay) -> String {
    let time = |time: Duration| format::seconds(time.as_secs_f64());
    let random = match delay.random {
        None => return format!("constant {}", time(delay.constant)),
        Some(Distribution::Constant(value)) => format!("constant {}", time(value)),
        Some(Distribution::Lognormal { p50, p99 }) => {
            format!("log-normal, p50 {}, p99 {}", time(p50), time(p99))
        }
        Some(Distribution::Exponential { mean }) => format!("exponential, mean {}", time(mean)),
        Some(Distribution::Uniform { min, max }) => {
            format!("uniform, {} to {}", time(min), time(max))
        }
    };
    match delay.constant {
        Duration::ZERO => random,
        constant => format!("{} + {random}", time(constant)),
    }
}
