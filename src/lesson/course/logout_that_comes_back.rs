//! Lesson 7: a copy that does not know of a delete, written back.

use super::*;

const BACK: Number = Number {
    name: "sessions that came back",
    measure: Measure::Share(Metric::ResurrectedKeys, Metric::Deletes),
    of: Of::All,
    meaning: "of the sign-outs were undone by a click",
    moves: Move::Down,
};

const STALE: Number = Number {
    name: "clicks on a dead session",
    measure: Measure::Plain(Metric::StaleReads),
    of: Of::All,
    meaning: "per evening, answered by a stale copy",
    moves: Move::Up,
};

const OLDEST: Number = Number {
    name: "the last of them",
    measure: Measure::Statistic(Metric::Staleness, Statistic::Max),
    of: Of::All,
    meaning: "after the sign-out, on average",
    moves: Move::Up,
};

const WRITES: Number = Number {
    name: "clicks that wrote",
    measure: Measure::Plain(Metric::Writes),
    of: Of::Workload("click"),
    meaning: "per evening, the session they had read",
    moves: Move::Down,
};

pub(super) const LESSON: Lesson = Lesson {
    name: "07-the-logout-that-comes-back",
    file: include_str!("../../../scenarios/lessons/07-the-logout-that-comes-back.toml"),
    // Whether the session comes back in one evening is yes or no.
    runs: None,
    situation: "A session lives in a key. Each click reads it and writes it back, so that it lives another day. Signing out \
                deletes the key. A user has two devices and signs out on the one in London, at 5:00, while the one in \
                Sydney goes on: a click every ten seconds or so. Sydney's copy of the session may be a minute old. Twenty \
                such evenings are simulated.",
    prediction: Question {
        text: "Of 100 such evenings, in how many is the session alive again after the sign-out?",
        about: BACK,
    },
    numbers: &[BACK, STALE, OLDEST, WRITES],
    why,
    change: Change {
        says: "Let a click only read the session, and write nothing:",
        set: r#"client.click.steps=[{ get = "session:42" }]"#,
        question: Question {
            text: "The session cannot come back then. What happens to the clicks that still find the dead session?",
            about: STALE,
        },
        why: why_of_change,
    },
};

fn why(seen: &Seen) -> String {
    format!(
        "The first click after the sign-out is answered by Sydney's own copy, which knows nothing of it, and writes \
         back what it has read. The store takes that for a new value, and the session lives on, in all cities and \
         for a whole day, although nobody signed in. It needs no more than one such click, and there was one in {} \
         of the evenings. In the others no click came before Sydney's copy ended, or the sign-out itself was \
         refused with a 429, because a click had written less than a second before.",
        seen.said(&BACK),
    )
}

fn why_of_change(before: &Seen, after: &Seen) -> String {
    format!(
        "They become more: {} per evening instead of {}, the last of them {} after the sign-out, since no click makes a new \
         session out of the old one any more. That is the minute in which Sydney cannot know, and all that is left of \
         the fault. What is deleted must not be written back from a copy: write a session rarely, when it is due for \
         renewal, or keep a list of the sessions that were ended.",
        after.said(&STALE),
        before.said(&STALE),
        after.said(&OLDEST),
    )
}
