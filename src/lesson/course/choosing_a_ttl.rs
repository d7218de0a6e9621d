//! Lesson 10: from a goal to a TTL.

use super::*;
use crate::theory::Staleness;

/// What share of reads may be stale.
const GOAL: f64 = 0.05;

const STALE: Number = Number {
    name: "stale reads",
    measure: Measure::Plain(Metric::StaleReadRatio),
    of: Of::All,
    meaning: "of all reads returned an old version",
    moves: Move::Up,
};

const OLDEST: Number = Number {
    name: "oldest answer",
    measure: Measure::Statistic(Metric::Staleness, Statistic::Max),
    of: Of::All,
    meaning: "so long it had been superseded",
    moves: Move::Up,
};

const LOAD: Number = Number {
    name: "store reads",
    measure: Measure::Plain(Metric::StoreReads),
    of: Of::All,
    meaning: "came through to the store, in the day",
    moves: Move::Down,
};

const LATENCY: Number = Number {
    name: "mean time of a read",
    measure: Measure::Statistic(Metric::ReadLatency, Statistic::Mean),
    of: Of::All,
    meaning: "from its start to its answer",
    moves: Move::Down,
};

pub(super) const LESSON: Lesson = Lesson {
    name: "10-a-ttl-for-a-goal",
    file: include_str!("../../../scenarios/lessons/10-a-ttl-for-a-goal.toml"),
    runs: None,
    situation: "A hundred product pages are each read once a second in four cities, and each changes every ten minutes on \
                average. The goal: 95 of 100 reads are fresh, at as little work for the store as possible. Choose the \
                cacheTtl before you read on; the scenario has 60 s.",
    prediction: Question {
        text: "With 60 s, of 100 reads how many are stale? (How likely does a write fall into the 60 s of a copy, and what part \
               of the copy's life does it spoil?)",
        about: STALE,
    },
    numbers: &[STALE, OLDEST, LOAD, LATENCY],
    why,
    change: Change {
        says: "Twice the TTL:",
        set: "workload.visitors.cache-ttl=2m",
        question: Question {
            text: "What happens to the share of stale reads?",
            about: STALE,
        },
        why: why_of_change,
    },
};

fn staleness(seen: &Seen, ttl_s: f64) -> Staleness {
    let cache = Cache {
        ttl_s,
        ..seen.caches("visitors")[0]
    };
    Staleness {
        cache,
        writes_per_s: seen.writes_per_s("editors"),
    }
}

/// The longest TTL, in whole seconds, that meets the goal.
fn longest_ttl_s(seen: &Seen) -> f64 {
    let seconds = (1..3_600).map(f64::from);
    let meeting = seconds.take_while(|ttl_s| staleness(seen, *ttl_s).ratio() < GOAL);
    meeting.last().unwrap_or(0.0)
}

fn why(seen: &Seen) -> String {
    let caches = seen.caches("visitors");
    let pages = seen.results.keyspace.len();
    let per_s: f64 = caches.iter().map(Cache::fetches_per_s).sum();
    let between_s = 1.0 / seen.writes_per_s("editors");
    let stale = staleness(seen, caches[0].ttl_s).ratio();
    format!(
        "With a write every W and copies that serve for T, a write falls into a copy's life with a probability of about T/W \
         and spoils half of it: T/2W of reads are stale. Turned round, a goal of a share s asks for T = 2 s W, here 2 × {} × \
         {} = {}. The exact formula says {} at 60 s, a little less, because a second write into the same copy does no more \
         harm and because reads that fetch are fresh; the longest TTL that meets the goal is {}. The store gets one fetch \
         per page, city and T + 1/λ: {} in the day.",
        format::percent(GOAL),
        format::seconds(between_s),
        format::seconds(2.0 * GOAL * between_s),
        format::percent(stale),
        format::seconds(longest_ttl_s(seen)),
        count(per_s * seen.seconds() * f64::from(pages)),
    )
}

fn why_of_change(before: &Seen, after: &Seen) -> String {
    let strict = GOAL / 5.0;
    let between_s = 1.0 / after.writes_per_s("editors");
    let [first, then] =
        [before, after].map(|seen| format::usd(seen.results.bill().paid_usd().dollars()));
    format!(
        "Half the work for the store, and {} times the stale share: the goal is missed. The bill does not help to decide: 30 \
         days cost {first} before and {then} after, for a read is billed wherever it is answered. What a TTL buys is the \
         store's peace and the readers' time. And some goals no TTL meets: {} stale reads would ask for {}, and the \
         platform allows no less than 30 s. Then the writes have to become fewer, or the data belongs in another store.",
        factor(after.value(&STALE) / before.value(&STALE)),
        format::percent(strict),
        format::seconds(2.0 * strict * between_s),
    )
}
