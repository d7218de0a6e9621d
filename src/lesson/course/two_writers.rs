//! Lesson 9: two cities write one key.

use super::*;
use crate::theory::rejected_ratio;

const REFUSED: Number = Number {
    name: "rejected writes",
    measure: Measure::Plain(Metric::RejectedWriteRatio),
    of: Of::All,
    meaning: "of writes were refused with 429",
    moves: Move::Down,
};

const LOST: Number = Number {
    name: "lost concurrent writes",
    measure: Measure::Plain(Metric::LostConcurrentWrites),
    of: Of::All,
    meaning: "replaced by a writer unaware of them",
    moves: Move::Up,
};

const STALE_IN_LONDON: Number = Number {
    name: "stale reads in London",
    measure: Measure::Plain(Metric::StaleReadRatio),
    of: Of::Pop("LHR"),
    meaning: "where every second write is made",
    moves: Move::Stays,
};

const STALE_IN_FRANKFURT: Number = Number {
    name: "stale reads in Frankfurt",
    measure: Measure::Plain(Metric::StaleReadRatio),
    of: Of::Pop("FRA"),
    meaning: "of reads there, where nobody writes",
    moves: Move::Stays,
};

/// Told in words only.
const WRITES: Number = Number {
    name: "writes",
    measure: Measure::Plain(Metric::Writes),
    of: Of::All,
    meaning: "attempted",
    moves: Move::Stays,
};

pub(super) const LESSON: Lesson = Lesson {
    name: "09-two-writers",
    file: include_str!("../../../scenarios/lessons/09-two-writers.toml"),
    runs: None,
    situation: "A status page. A probe in London and one in Sydney each write \"up\" or \"down\" into the same key, every 10 s \
                on average, neither reading it first. The store in Ashburn knows no merging: the last write that arrives is \
                the value. And it takes one write a second for each key; what comes sooner is refused with a 429. The page \
                is read once a second in London, Sydney and Frankfurt, with copies of 60 s.",
    prediction: Question {
        text: "In all there is a write every 5 s on average. Of 100 writes, how many are refused?",
        about: REFUSED,
    },
    numbers: &[REFUSED, LOST, STALE_IN_LONDON, STALE_IN_FRANKFURT],
    why,
    change: Change {
        says: "Switch the store's limit off:",
        set: "store.write-limit=none",
        question: Question {
            text: "Nothing is refused any more. What happens to the number of writes that are replaced by somebody who did not \
                   know of them?",
            about: LOST,
        },
        why: why_of_change,
    },
};

fn why(seen: &Seen) -> String {
    let store = &seen.results.scenario.store;
    let gap_s = store
        .write_limit
        .map_or(0.0, |rate| 1.0 / rate.per_second());
    let rate = seen.writes_per_s("probes");
    let refused = rejected_ratio(store.write_limit_rule, rate, gap_s);
    format!(
        "After each write that is accepted the store takes none for {}, and then waits for the next one. With x writes to be \
         expected in that time, here {rate:.1}, a share of x/(1 + x) is refused: {}. None is replaced by somebody who did \
         not know of it, since the ways to the store and back are shorter than the second that must lie between two \
         writes. But look at the readers: London sees its own writes at once, and half of the time its last one is not \
         the latest, so that {} of its reads are stale. In that time London and Sydney contradict each other.",
        format::seconds(gap_s),
        format::percent(refused),
        seen.said(&STALE_IN_LONDON),
    )
}

/// The share of accepted writes that the next one replaces although it had started before they were acknowledged:
/// it comes within the sum of its own way up and of the acknowledgement's way down. For writes at equal rates,
/// without a limit (`tests/numbers_hold/concurrent_writes.rs` holds it).
fn lost_ratio(seen: &Seen) -> f64 {
    let scenario = &seen.results.scenario;
    let rate = seen.writes_per_s("probes");
    let writers = scenario.workloads.iter().filter(|w| w.writes_per_s > 0.0);
    let links: Vec<_> = writers
        .flat_map(|workload| &workload.at)
        .map(|site| &scenario.pops[site.pop].direct)
        .collect();
    let mut sum = 0.0;
    for first in &links {
        for next in &links {
            let window_s = (first.down.constant + next.up.constant).as_secs_f64();
            sum -= libm::expm1(-rate * window_s);
        }
    }
    sum / (links.len() * links.len()) as f64
}

fn why_of_change(before: &Seen, after: &Seen) -> String {
    let expected = lost_ratio(after);
    format!(
        "{} writes are lost without a word to anybody. A write and its acknowledgement are on their way for up to a quarter of \
         a second, and whoever starts one in that time knows nothing of it; by the formula that happens to {} of the {} \
         writes, to {}. The limit had turned this silent loss into a loud one: {} were refused, and their writers were \
         told. Neither is a cure. A writer that gets a 429 has to try again; and two writers should have two keys, \
         status/LHR and status/SYD, and a reader that looks at both.",
        after.said(&LOST),
        format::percent(expected),
        after.said(&WRITES),
        count(expected * after.value(&WRITES)),
        before.said(&REFUSED),
    )
}
