//! Lesson 4: caches behind caches, and ages that add up.

use super::*;
use crate::theory::RestartedTiers;

const LAST: Number = Number {
    name: "last city has switched",
    measure: Measure::Statistic(Metric::Convergence, Statistic::Mean),
    of: Of::All,
    meaning: "after a write, on average",
    moves: Move::Down,
};

const SLOWEST: Number = Number {
    name: "the same, slowest write",
    measure: Measure::Statistic(Metric::Convergence, Statistic::Max),
    of: Of::All,
    meaning: "of the day",
    moves: Move::Down,
};

const STALE: Number = Number {
    name: "stale reads",
    measure: Measure::Plain(Metric::StaleReadRatio),
    of: Of::All,
    meaning: "of all reads returned an old value",
    moves: Move::Down,
};

const LOAD: Number = Number {
    name: "store reads",
    measure: Measure::Plain(Metric::StoreReads),
    of: Of::All,
    meaning: "requests that the tier passed on",
    moves: Move::Stays,
};

/// Moves a little; told in words only.
const FETCHES: Number = Number {
    name: "fetches",
    measure: Measure::Plain(Metric::Fetches),
    of: Of::All,
    meaning: "requests that cities sent to the tier",
    moves: Move::Stays,
};

pub(super) const LESSON: Lesson = Lesson {
    name: "04-tiers-add-up",
    file: include_str!("../../../scenarios/lessons/04-tiers-add-up.toml"),
    runs: None,
    situation: "All cities of western Europe read the same prices, each once in five seconds, and each keeps a copy for \
                60 s. A city without a copy does not ask the store, but a cache in Frankfurt that is shared by all: a \
                tier. It keeps its copy for 60 s, too. How old that copy is, it does not say: a city that gets it counts \
                60 s from zero. An editor in London changes the prices every five minutes on average.",
    prediction: Question {
        text: "Without the tier, the last city would have switched nearly 60 s after a write, on average: of so many, one has \
               always just fetched. How many seconds does it take with the tier, on average?",
        about: LAST,
    },
    numbers: &[LAST, SLOWEST, STALE, LOAD],
    why,
    change: Change {
        says: "Let the tier hand on how old its copy is, so that a city uses it only for the rest of its 60 s:",
        set: "tier.regional.age=carried",
        question: Question {
            text: "What happens to the mean time until the last city has switched?",
            about: LAST,
        },
        why: why_of_change,
    },
};

/// A city's cache as if it asked the store itself, and the tier's, by the requests that it gets.
fn tiers(seen: &Seen) -> RestartedTiers {
    let city = seen.caches("visitors")[0];
    let requests_per_s = seen.value(&FETCHES) / seen.seconds();
    let keep_s = seen.results.scenario.tiers[0].keep.as_secs_f64();
    RestartedTiers {
        pop: Cache::without_delay(city.reads_per_s, city.ttl_s),
        tier: Cache::without_delay(requests_per_s, keep_s),
    }
}

/// Mean seconds until the last city has switched, if each asked the store itself.
fn without_tier_s(seen: &Seen) -> f64 {
    // The city that writes does not wait.
    let waiting = seen.caches("visitors").len() - 1;
    tiers(seen).pop.convergence_mean_s(waiting as u32)
}

fn why(seen: &Seen) -> String {
    let tiers = tiers(seen);
    format!(
        "Ages add up. The tier's copy ends {} after a write on average, and the city that has asked just before \
         that goes on with the old value for its own 60 s. The slowest write of the day took {}: no single cache of \
         60 s can do that, and nothing can exceed {} but for the way. Freshness multiplies: a read is fresh if both \
         copies are, and by the formula {} of reads are not; it would be {} without the tier. What it is good for: \
         the cities sent {} requests, and the store saw {}.",
        format::seconds(tiers.tier.visibility_mean_s()),
        seen.said(&SLOWEST),
        format::seconds(tiers.visibility_max_s()),
        format::percent(tiers.stale_ratio(seen.writes_per_s("editor"))),
        format::percent(stale_without_tier(seen)),
        seen.said(&FETCHES),
        seen.said(&LOAD),
    )
}

fn stale_without_tier(seen: &Seen) -> f64 {
    let cache = tiers(seen).pop;
    let writes_per_s = seen.writes_per_s("editor");
    crate::theory::Staleness {
        cache,
        writes_per_s,
    }
    .ratio()
}

fn why_of_change(before: &Seen, after: &Seen) -> String {
    format!(
        "Nothing is older than 60 s any more; the slowest write took {}. The mean falls even below the {} of cities that ask \
         the store themselves, to about half of it: the copies of all cities now stem from one copy, and end together with \
         it. The price is small. What a city gets from the tier is used already and ends sooner, so that the cities send {} \
         requests instead of {}.",
        after.said(&SLOWEST),
        format::seconds(without_tier_s(after)),
        after.said(&FETCHES),
        before.said(&FETCHES),
    )
}
