//! Lesson 8: many readers miss together.

use super::*;
use crate::theory::herd_hit_ratio;

const LOAD: Number = Number {
    name: "store reads",
    measure: Measure::Plain(Metric::StoreReads),
    of: Of::All,
    meaning: "came through to the store, in the hour",
    moves: Move::Down,
};

const HITS: Number = Number {
    name: "hit ratio",
    measure: Measure::Plain(Metric::HitRatio),
    of: Of::All,
    meaning: "of reads were answered from a copy",
    moves: Move::Stays,
};

const WAITED: Number = Number {
    name: "coalesced reads",
    measure: Measure::Plain(Metric::CoalescedReads),
    of: Of::All,
    meaning: "waited for somebody else's fetch",
    moves: Move::Up,
};

const LATENCY: Number = Number {
    name: "mean time of a read",
    measure: Measure::Statistic(Metric::ReadLatency, Statistic::Mean),
    of: Of::All,
    meaning: "from its start to its answer",
    moves: Move::Down,
};

pub(super) const LESSON: Lesson = Lesson {
    name: "08-the-herd-at-expiry",
    file: include_str!("../../../scenarios/lessons/08-the-herd-at-expiry.toml"),
    runs: None,
    situation: "The front page of a newspaper is one key, which each of four cities reads 200 times a second and keeps for \
                60 s. The store is busy and takes 450 ms to answer, on top of the way there and back. The cache knows \
                nothing of a fetch until its answer is there: every read that finds no copy asks the store.",
    prediction: Question {
        text: "If one read fetched whenever a copy has ended, once a minute in each city, the store would see 240 reads in the \
               hour. How many does it see?",
        about: LOAD,
    },
    numbers: &[LOAD, HITS, WAITED, LATENCY],
    why,
    change: Change {
        says: "Let reads wait for the fetch that is under way:",
        set: "cache.coalesce=true",
        question: Question {
            text: "The store will see fewer reads. What happens to the mean time of a read, now that readers wait for each \
                   other?",
            about: LATENCY,
        },
        why: why_of_change,
    },
};

fn why(seen: &Seen) -> String {
    let caches = seen.caches("visitors");
    let per_s = |cache: &Cache| cache.reads_per_s * (1.0 - herd_hit_ratio(cache));
    let fetches: f64 = caches.iter().map(per_s).sum::<f64>() * seen.seconds();
    let late = |cache: &Cache| 1.0 + cache.reads_per_s * cache.fetch_time_s();
    let [nearest, farthest] = extremes(caches.iter().map(Cache::fetch_time_s));
    let [fewest, most] = extremes(caches.iter().map(late));
    format!(
        "A fetch takes a time D, here {} to {}, and until it is over λD further reads come and start fetches of \
         their own: 1 + λD instead of one, {} to {}. Over the hour the formula says {}; measured are {}. The hit \
         ratio of {} gives nothing away, since what is bad is not how many reads miss, but that they miss together: \
         the store rests for a minute and then gets all of these requests for one key, the more of them the slower \
         it is.",
        format::seconds(nearest),
        format::seconds(farthest),
        count(fewest),
        count(most),
        count(fetches),
        seen.said(&LOAD),
        seen.said(&HITS),
    )
}

fn extremes(values: impl Iterator<Item = f64> + Clone) -> [f64; 2] {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    [least, values.fold(0.0, f64::max)]
}

fn why_of_change(before: &Seen, after: &Seen) -> String {
    let caches = after.caches("visitors");
    let per_s: f64 = caches.iter().map(Cache::fetches_per_s).sum();
    format!(
        "Now one read fetches and the others wait for it: {} store reads by the formula, {} measured, {} times fewer. And \
         the readers gain by it: as many wait as before, but each only for the rest of a fetch that has already begun, so \
         that the mean falls from {} to {}. With --set cache.refresh-ahead=5s beside it nobody would wait at all: the first \
         hit within the last 5 s of a copy fetches in the background, and at 200 reads a second there always is one.",
        count(per_s * after.seconds()),
        after.said(&LOAD),
        factor(before.value(&LOAD) / after.value(&LOAD)),
        before.said(&LATENCY),
        after.said(&LATENCY),
    )
}
