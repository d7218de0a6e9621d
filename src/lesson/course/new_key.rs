//! Lesson 3: a cache remembers that a key is missing.

use super::*;

const STALE_IN_SYDNEY: Number = Number {
    name: "stale answers in Sydney",
    measure: Measure::Plain(Metric::StaleReads),
    of: Of::Pop("SYD"),
    meaning: "of five: not true any more when given",
    moves: Move::Down,
};

const OLDEST: Number = Number {
    name: "oldest of them",
    measure: Measure::Statistic(Metric::Staleness, Statistic::Max),
    of: Of::Pop("SYD"),
    meaning: "so long it had not been true any more",
    moves: Move::Down,
};

const STALE_IN_TOKYO: Number = Number {
    name: "stale answers in Tokyo",
    measure: Measure::Plain(Metric::StaleReads),
    of: Of::Pop("NRT"),
    meaning: "which had never asked before",
    moves: Move::Stays,
};

const LOAD: Number = Number {
    name: "store reads",
    measure: Measure::Plain(Metric::StoreReads),
    of: Of::All,
    meaning: "reads that came through to the store",
    moves: Move::Stays,
};

pub(super) const LESSON: Lesson = Lesson {
    name: "03-the-new-key",
    file: include_str!("../../../scenarios/lessons/03-the-new-key.toml"),
    runs: None,
    situation: "A link shortener. At 1:00 Sydney looks whether the name links/spring is still free. There is no such key, \
                and Sydney's cache remembers that like any value, for 60 s. At 1:10 London creates the link. At 1:15 \
                London, Tokyo and Sydney ask for it; Sydney asks again at 1:50 and at 2:01. At 2:30 London deletes the \
                link, and at 2:45 Sydney asks once more. There is no chance in this: every seed gives the same.",
    prediction: Question {
        text: "Write down what each of Sydney's five gets answers: at 1:00, 1:15, 1:50, 2:01 and 2:45. How many of the five \
               answers are no longer true when they are given?",
        about: STALE_IN_SYDNEY,
    },
    numbers: &[STALE_IN_SYDNEY, OLDEST, STALE_IN_TOKYO, LOAD],
    why,
    change: Change {
        says: "Let Sydney take its first look not before, but two seconds after the link is created:",
        set: "script[0].time=1m12s",
        question: Question {
            text: "What happens to the number of stale answers in Sydney?",
            about: STALE_IN_SYDNEY,
        },
        why: why_of_change,
    },
};

fn why(seen: &Seen) -> String {
    format!(
        "At 1:15 and at 1:50 Sydney says that there is no such link, for its copy of \"missing\" is good until 2:00: {} after \
         the link was created it is still denied. At 2:01 Sydney fetches and has it. At 2:45 it is the other way round: \
         London has deleted the link, and Sydney serves the copy of 2:01. Absence travels no faster than presence. Tokyo \
         never asked before, holds no copy, and so is told the truth at once; London sees what it has written itself.",
        seen.said(&OLDEST),
    )
}

fn why_of_change(_: &Seen, after: &Seen) -> String {
    format!(
        "It falls to {}. At 1:12 the store knows the link, so that Sydney's first copy is the right one; it ends at \
         2:12, and at 2:45 Sydney has to fetch and learns that the link is gone. It was the innocent look before \
         the key existed that did the harm. Not to ask for a key before it exists is the whole cure; a shorter \
         cacheTtl only shortens the wait, to 30 s at best.",
        after.said(&STALE_IN_SYDNEY),
    )
}
