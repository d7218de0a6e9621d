//! Lesson 5: who moves between cities does not see what they have saved.

use super::*;

const UNSEEN: Number = Number {
    name: "own write unseen, on the move",
    measure: Measure::Share(Metric::ReadYourWritesViolations, Metric::Sessions),
    of: Of::Workload("moves"),
    meaning: "of those on the move saw the old setting",
    moves: Move::Down,
};

const UNSEEN_AT_HOME: Number = Number {
    name: "own write unseen, at home",
    measure: Measure::Share(Metric::ReadYourWritesViolations, Metric::Sessions),
    of: Of::Workload("stays"),
    meaning: "of those who stay saw the old setting",
    moves: Move::Stays,
};

const BACK_IN_TIME: Number = Number {
    name: "back in time, on the move",
    measure: Measure::Plain(Metric::MonotonicReadViolations),
    of: Of::Workload("moves"),
    meaning: "looks at something older than seen before",
    moves: Move::Down,
};

pub(super) const LESSON: Lesson = Lesson {
    name: "05-read-your-own-writes",
    file: include_str!("../../../scenarios/lessons/05-read-your-own-writes.toml"),
    runs: None,
    situation: "People look at a setting, save a new one, and look again two seconds later. Those who stay in one city see \
                what they have saved: the city that takes a write keeps it. Others are on a train, or behind a network \
                that sends them now here, now there: before each step they are, with a probability of one half, in \
                another of the three cities. That city knows nothing of the save, and may have a copy from before it.",
    prediction: Question {
        text: "Of 100 people on the move, how many are shown the old setting at their second look?",
        about: UNSEEN,
    },
    numbers: &[UNSEEN, UNSEEN_AT_HOME, BACK_IN_TIME],
    why,
    change: Change {
        says: "Let those on the move wait for 30 s before they look again, instead of 2 s:",
        set: "client.moves.steps[2].think=30s",
        question: Question {
            text: "What happens to the share that is shown the old setting?",
            about: UNSEEN,
        },
        why: why_of_change,
    },
};

fn why(seen: &Seen) -> String {
    format!(
        "Half of the second looks are served by another city than the save. Of these, {} found a copy there from before the \
         save, and {} of all people were shown it; the other cities held no copy, had to ask the store, and told the truth. \
         The better a cache works, the more people it deceives: with every key in every cache it would be half of them. \
         Those who stay cannot be deceived. Going back in time is rarer: it takes a first look that was newer than the copy \
         met later.",
        format::percent(2.0 * seen.value(&UNSEEN)),
        seen.said(&UNSEEN),
    )
}

fn why_of_change(before: &Seen, after: &Seen) -> String {
    format!(
        "It falls, but only from {} to {}. Copies from before the save go on ending while people wait, but those \
         that had been fetched shortly before it are still there. Some seconds of patience hardly help; who waits \
         for longer than the 60 s of a copy is safe. A program cannot make its users wait. It can keep them in one \
         city, or carry what was saved along: in a cookie, or in the page itself.",
        before.said(&UNSEEN),
        after.said(&UNSEEN),
    )
}
