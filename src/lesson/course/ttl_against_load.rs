//! Lesson 2: what a longer TTL costs and spares.

use super::*;
use crate::theory::Staleness;

const STALE_LONG: Number = Number {
    name: "stale reads, TTL 5 m",
    measure: Measure::Plain(Metric::StaleReadRatio),
    of: Of::Workload("long"),
    meaning: "of the reads with 5 minutes were stale",
    moves: Move::Stays,
};

const STALE_SHORT: Number = Number {
    name: "stale reads, TTL 30 s",
    measure: Measure::Plain(Metric::StaleReadRatio),
    of: Of::Workload("short"),
    meaning: "of the reads with 30 s were stale",
    moves: Move::Stays,
};

const LOAD_LONG: Number = Number {
    name: "store reads, TTL 5 m",
    measure: Measure::Plain(Metric::StoreReads),
    of: Of::Workload("long"),
    meaning: "came through to the store, in a day",
    moves: Move::Stays,
};

const LOAD_SHORT: Number = Number {
    name: "store reads, TTL 30 s",
    measure: Measure::Plain(Metric::StoreReads),
    of: Of::Workload("short"),
    meaning: "came through to the store, in a day",
    moves: Move::Stays,
};

const READS_SHORT: Number = Number {
    name: "reads, TTL 30 s",
    measure: Measure::Plain(Metric::Reads),
    of: Of::Workload("short"),
    meaning: "that were asked for, in a day",
    moves: Move::Up,
};

pub(super) const LESSON: Lesson = Lesson {
    name: "02-ttl-against-load",
    file: include_str!("../../../scenarios/lessons/02-ttl-against-load.toml"),
    runs: None,
    situation: "Three pages are each read once a second in four cities, and each is changed every 100 s on average. \
                Only the cacheTtl of their readers differs: 30 s, 60 s and 5 minutes. A copy is fetched, used for its \
                TTL, and fetched again by the first read after that. Nobody tells a city that the page has changed.",
    prediction: Question {
        text: "Of 100 reads of the page with 5 minutes, how many return an old version? (A copy's life of 300 s sees three \
               changes on average.)",
        about: STALE_LONG,
    },
    numbers: &[STALE_LONG, STALE_SHORT, LOAD_LONG, LOAD_SHORT, READS_SHORT],
    why,
    change: Change {
        says: "Ten times as many readers for the page with 30 s:",
        set: "workload.short.reads=10/s",
        question: Question {
            text: "What happens to the number of its reads that reach the store?",
            about: LOAD_SHORT,
        },
        why: why_of_change,
    },
};

/// The first city's cache of one of the pages: all cities are alike but for the way to the store.
fn cache(seen: &Seen, page: &str) -> Cache {
    seen.caches(page)[0]
}

fn why(seen: &Seen) -> String {
    let writes_per_s = seen.writes_per_s("editor");
    let stale = |page| {
        let cache = cache(seen, page);
        let staleness = Staleness {
            cache,
            writes_per_s,
        };
        format::percent(staleness.ratio())
    };
    let fetches = |page| {
        let caches = seen.caches(page);
        let per_s: f64 = caches.iter().map(Cache::fetches_per_s).sum();
        count(per_s * seen.seconds())
    };
    format!(
        "A write in the middle of a copy's life makes its second half stale, and a long life is hit by more writes. With \
         reads at a rate λ, writes at a rate μ and a TTL of T the share is λ(T − (1 − e^(−μT))/μ)/(1 + λT): {} for 30 s, \
         {} for 60 s and {} for 5 minutes. Each city fetches once per T + 1/λ, which makes {} and {} fetches a day for the \
         shortest and the longest: the store is spared {} of the work. Load falls as 1/T while the age of what is \
         served grows as T, so that each further minute spares less and costs as much.",
        stale("short"),
        stale("usual"),
        stale("long"),
        fetches("short"),
        fetches("long"),
        format::percent(1.0 - seen.value(&LOAD_LONG) / seen.value(&LOAD_SHORT)),
    )
}

fn why_of_change(before: &Seen, after: &Seen) -> String {
    let cycle = |seen| format::seconds(1.0 / cache(seen, "short").fetches_per_s());
    format!(
        "Next to nothing. A copy is fetched once and serves everybody until it ends, so a city fetches every {} \
         instead of every {}: {} times the reads, and {} instead of {} of them reach the store. And answers are \
         hardly staler. Once a key is busy it is the TTL that counts, and not how busy it is.",
        cycle(after),
        cycle(before),
        factor(after.value(&READS_SHORT) / before.value(&READS_SHORT)),
        after.said(&LOAD_SHORT),
        before.said(&LOAD_SHORT),
    )
}
