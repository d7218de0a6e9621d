//! Lesson 1: how long a city goes on with the old value.

use super::*;

const LAST: Number = Number {
    name: "last city has switched",
    measure: Measure::Statistic(Metric::Convergence, Statistic::Mean),
    of: Of::All,
    meaning: "after the flip, on average over the runs",
    moves: Move::Down,
};

const STALE: Number = Number {
    name: "stale reads",
    measure: Measure::Plain(Metric::StaleReadRatio),
    of: Of::All,
    meaning: "of all reads returned the old value",
    moves: Move::Down,
};

const LONDON: Number = Number {
    name: "London has switched",
    measure: Measure::Statistic(Metric::Visibility, Statistic::Mean),
    of: Of::Pop("LHR"),
    meaning: "after the flip, in the city that made it",
    moves: Move::Stays,
};

const LOAD: Number = Number {
    name: "store reads",
    measure: Measure::Plain(Metric::StoreReads),
    of: Of::All,
    meaning: "reads that came through to the store",
    moves: Move::Up,
};

pub(super) const LESSON: Lesson = Lesson {
    name: "01-first-stale-read",
    file: include_str!("../../../scenarios/lessons/01-first-stale-read.toml"),
    // One afternoon is an anecdote: the mean is what can be predicted.
    runs: Some(20),
    situation: "A flag is read twice a second in each of five cities. Each keeps a copy for 60 s, the platform's \
                default, and answers from it without asking anybody. At 5:00 somebody in London switches the flag, \
                once. The new value goes to the central store in Ashburn and stays there: no city is told. Each goes \
                on with its copy until that is 60 s old, and then fetches. Twenty afternoons are simulated; they \
                differ in how old each copy happens to be at 5:00.",
    prediction: Question {
        text: "A city has between 0 s and 60 s left to its copy's end, 30 s on average. London itself switches at once. \
               After how many seconds has the last of the four others switched, on average?",
        about: LAST,
    },
    numbers: &[LAST, LONDON, STALE, LOAD],
    why,
    change: Change {
        says: "Halve the TTL of the visitors' reads:",
        set: "workload.visitors.cache-ttl=30s",
        question: Question {
            text: "The last city will switch sooner. But what happens to the number of reads that reach the store?",
            about: LOAD,
        },
        why: why_of_change,
    },
};

fn why(seen: &Seen) -> String {
    let caches = seen.caches("visitors");
    // The city that writes does not wait.
    let waiting = caches.len() - 1;
    let n = waiting as f64;
    let napkin = caches[0].ttl_s * n / (n + 1.0);
    let exact = caches[0].convergence_mean_s(waiting as u32);
    format!(
        "What a copy has left at 5:00 is any length between nothing and its whole TTL, one as likely as the other, and \
         the mean of the largest of n such lengths is n/(n + 1) of the whole: for {waiting} cities {}. The exact formula, \
         which counts the wait for the next read and the way from the store as well, says {}; the runs say {}. Who \
         waits for the last of many cities waits for nearly the whole TTL, although each city waits for only half of \
         it. London switched after {}: \
         a city's own write replaces its copy as soon as the store has acknowledged it.",
        format::seconds(napkin),
        format::seconds(exact),
        seen.shown(&LAST),
        seen.said(&LONDON),
    )
}

fn why_of_change(before: &Seen, after: &Seen) -> String {
    format!(
        "Every length of time that depends on the TTL is halved, and so is the share of stale reads. The price is paid \
         by the store: each city fetches once in a TTL, so that {} requests come through instead of {}, {} times as \
         many. What one buys with the other is the next lesson.",
        after.said(&LOAD),
        before.said(&LOAD),
        factor(after.value(&LOAD) / before.value(&LOAD)),
    )
}
