//! Lesson 6: read, add one, write back.

use super::*;

const MISSED: Number = Number {
    name: "visits not counted",
    measure: Measure::Share(Metric::LostUpdates, Metric::Writes),
    of: Of::All,
    meaning: "of the visits are not in the last value",
    moves: Move::Down,
};

const HITS: Number = Number {
    name: "hit ratio",
    measure: Measure::Plain(Metric::HitRatio),
    of: Of::All,
    meaning: "of reads had a copy in their own city",
    moves: Move::Stays,
};

const STALE: Number = Number {
    name: "stale reads",
    measure: Measure::Plain(Metric::StaleReadRatio),
    of: Of::All,
    meaning: "of reads returned an old number",
    moves: Move::Down,
};

const REJECTED: Number = Number {
    name: "rejected writes",
    measure: Measure::Plain(Metric::RejectedWrites),
    of: Of::All,
    meaning: "were refused: nobody was told of anything",
    moves: Move::Stays,
};

pub(super) const LESSON: Lesson = Lesson {
    name: "06-the-counter",
    file: include_str!("../../../scenarios/lessons/06-the-counter.toml"),
    runs: None,
    situation: "Every visit of a page reads a number, adds one and writes it back, with five milliseconds of work in between. \
                Two visits a second come to each of London, Ashburn and Sydney. Nothing ever fails, and the limit of one \
                write a second is switched off, so that no write is refused. Each city sees its own writes at once.",
    prediction: Question {
        text: "Of 100 visits, how many does the counter miss?",
        about: MISSED,
    },
    numbers: &[MISSED, HITS, STALE, REJECTED],
    why,
    change: Change {
        says: "Let a single city count, the one where the store is:",
        set: r#"client.visit.at=["IAD"]"#,
        question: Question {
            text: "What happens to the share of visits that is not counted?",
            about: MISSED,
        },
        why: why_of_change,
    },
};

fn why(seen: &Seen) -> String {
    let cities = seen.results.scenario.pops.len() as f64;
    format!(
        "Each city's own writes keep its copy fresh for another minute, so that it never asks the store: {} of \
         reads hit. And so no city ever learns what the others have counted. Each counts a row of its own, the rows \
         replace each other, and the last value knows of one of {} rows: about {} is missing for that alone. More \
         is lost within a city: until a write is acknowledged, the next visit still reads the number before it. It \
         is {} in all, without a single error.",
        seen.said(&HITS),
        count(cities),
        format::percent(1.0 - 1.0 / cities),
        seen.said(&MISSED),
    )
}

fn why_of_change(_: &Seen, after: &Seen) -> String {
    format!(
        "One city sees what it has written itself, and its way to the store is short. Still {} is missing: a visit that comes \
         while another is between its read and its acknowledged write starts from the same number. A store without an \
         operation that adds cannot count what is counted at the same time. Let each place write a key of its own and \
         add them up when reading, or let one thing count: on this platform, a Durable Object.",
        after.said(&MISSED),
    )
}
