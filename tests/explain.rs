//! The story of one read: small worlds in which every instant is known by hand, one for each cause; and random ones in
//! which the story must agree with the record of reads.

mod common;
#[path = "common/random.rs"]
mod random;
#[path = "common/stories.rs"]
mod stories;

use common::scenario;
use kvlag::experiment::{Options, Results, follow, run};
use kvlag::observe::findings::ReadRecord;
use kvlag::observe::follow::Wanted;
use kvlag::observe::story::{Cause, Question, Source, Story};
use kvlag::report::story::{Told, figure};
use kvlag::report::terminal;
use kvlag::scenario::Scenario;
use kvlag::units::{Duration, Time};
use proptest::prelude::*;
use random::{Parts, scenario_text};
use stories::{WORLD, below_a_tier, is_well_formed, kept, on_its_way, script};

fn results(scenario: Scenario, threads: usize) -> Results {
    let options = Options {
        threads,
        record_reads: true,
        progress: &|_| {},
    };
    run(scenario, &options).expect("nothing is read from files")
}

fn records(results: &Results) -> &[ReadRecord] {
    results.pooled.reads.as_deref().expect("reads are recorded")
}

fn follow_wanted(scenario: &Scenario, wanted: Wanted, question: Question) -> Option<Story> {
    let mut scenario = scenario.clone();
    scenario.per_read = true;
    let seen = follow(&scenario, wanted).expect("nothing is read from files");
    Story::of(seen, question)
}

/// The story of the read that starts at a time.
fn story_at(text: &str, milliseconds: i64, question: Question) -> Story {
    let results = results(scenario(text), 1);
    let start = Time(milliseconds * 1_000_000);
    let records = records(&results).iter().filter(|read| read.start == start);
    let wanted = Wanted::slowest(records).expect("there is a read at that time");
    follow_wanted(&results.scenario, wanted, question).expect("the same seed has the same read")
}

fn ms(milliseconds: i64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn at_ms(milliseconds: i64) -> Time {
    Time(0) + ms(milliseconds)
}

#[test]
fn a_copy_that_is_kept_is_told_from_fetch_to_end() {
    let story = story_at(&kept(), 105_000, Question::Stale);
    assert_eq!(story.cause, Cause::Kept);
    assert_eq!(story.staleness(), Some(ms(34_990)));
    assert_eq!(story.version_lag, 1);
    let Source::Copy { copy, until } = story.found.chain.source else {
        panic!("it was a hit");
    };
    assert_eq!((copy.filled_at, until), (at_ms(60_200), at_ms(120_200)));
    let [hop] = story.found.chain.hops[..] else {
        panic!("the answer came straight from the store");
    };
    let instants = [hop.started, hop.sampled_at, hop.left, hop.arrived];
    assert_eq!(
        instants,
        [60_000, 60_100, 60_100, 60_200].map(at_ms),
        "asked, there, left, arrived"
    );
    let write = story.superseded.expect("it is stale");
    assert_eq!((write.start, write.arrival), (at_ms(70_000), at_ms(70_010)));
    assert!(story.others.is_empty(), "no other read is stale");
}

#[test]
fn an_absence_is_kept_like_a_value() {
    let text = kept().replace("[store]\n", "[store]\ninitial = \"missing\"\n");
    let story = story_at(&text, 105_000, Question::Stale);
    assert_eq!(story.cause, Cause::KeptAbsence);
    assert!(story.found.is_missing);
    assert_eq!(story.staleness(), Some(ms(34_990)));
}

#[test]
fn a_copy_may_be_of_the_past_before_the_start() {
    // A reader as frequent as this has a copy when the simulation starts, and no new one until that ends.
    let text = WORLD
        .replace("cold", "random-age")
        .replace("\n[store]", "\nwarm-up = \"1s\"\n[store]")
        + "[workload.often]\nat = [\"FAR\"]\nreads = \"100/s\"\ncache-ttl = \"1h\"\nkeys = { one = \"k\" }\n"
        + &script(&[("1s", "NEAR", "put")]);
    let results = results(scenario(&text), 1);
    let wanted = Wanted::stalest(records(&results)).expect("reads are stale");
    let story = follow_wanted(&results.scenario, wanted, Question::Stale).expect("there it is");
    assert_eq!(story.cause, Cause::Kept);
    assert!(story.found.chain.hops.is_empty() && story.found.chain.own_write.is_none());
    let Source::Copy { copy, .. } = story.found.chain.source else {
        panic!("it was a hit");
    };
    assert!(copy.filled_at < at_ms(-1_000), "before the warm-up");
    let told = Told {
        story: &story,
        scenario: &results.scenario,
        key: "k",
        what_if: None,
        trial: None,
    };
    let text = terminal::story(&told, false);
    assert!(text.contains("of the past that the start"), "{text}");
}

#[test]
fn an_answer_may_be_on_its_way_when_it_is_superseded() {
    // A hit on the copy that it left, and a read that waits for it.
    for (second_read, start, staleness) in [("90s", 90_000, 29_850), ("60180ms", 60_180, 30)] {
        let story = story_at(&on_its_way(second_read), start, Question::Stale);
        assert_eq!(story.cause, Cause::OnItsWay, "{second_read}");
        assert_eq!(story.staleness(), Some(ms(staleness)));
        assert_eq!(story.found.chain.hops[0].arrived, at_ms(60_200));
    }
}

#[test]
fn an_acknowledgement_may_be_on_its_way_when_its_version_is_superseded() {
    // FAR's v1 is committed at 1:00.100 and known there at 1:00.200; v2 is committed at 1:00.150.
    let text = WORLD.replace("at = \"IAD\"", "at = \"IAD\"\nwrite-limit = \"none\"")
        + &script(&[
            ("60s", "FAR", "put"),
            ("60140ms", "NEAR", "put"),
            ("90s", "FAR", "get"),
        ]);
    let story = story_at(&text, 90_000, Question::Stale);
    assert_eq!(story.cause, Cause::OnItsWay);
    let own = story.found.chain.own_write.expect("FAR wrote what it read");
    assert_eq!((own.version, own.answered), (Some(1), at_ms(60_200)));
    assert!(story.found.chain.hops.is_empty(), "nobody asked for it");
}

#[test]
fn a_tier_hands_on_what_it_keeps() {
    // The tier gets its copy at 1:00.110 and hands it on at 1:20.010, 19.9 s old.
    for start in [80_000, 110_000] {
        let story = story_at(&below_a_tier(), start, Question::Stale);
        assert_eq!(story.cause, Cause::KeptAbove);
        assert_eq!(story.held_above(), Some((0, Some(ms(19_900)))));
        let [to_pop, to_tier] = story.found.chain.hops[..] else {
            panic!("the answer came through one tier");
        };
        assert_eq!(
            (to_pop.left, to_pop.arrived),
            (at_ms(80_010), at_ms(80_020))
        );
        assert_eq!(to_tier.arrived, at_ms(60_110));
    }
    // 60 s after the copy came to the tier, not to the PoP; the 10 ms of the way down do not count.
    let story = story_at(&below_a_tier(), 110_000, Question::Stale);
    let Source::Copy { until, .. } = story.found.chain.source else {
        panic!("it was a hit");
    };
    assert_eq!(until, at_ms(120_120));
}

#[test]
fn a_slow_read_is_told_by_what_it_waited_for() {
    let slow = |text: &str, start| story_at(text, start, Question::Slow);
    let first = slow(&kept(), 60_000);
    assert_eq!((first.cause, first.latency()), (Cause::AskedStore, ms(201)));
    assert_eq!(first.found.last_copy, None);
    let hit = slow(&kept(), 105_000);
    assert_eq!((hit.cause, hit.latency()), (Cause::CopyAtHand, ms(1)));
    let waits = slow(&on_its_way("60180ms"), 60_180);
    assert_eq!((waits.cause, waits.latency()), (Cause::Waited, ms(21)));
    let again = slow(&kept().replace("105s", "150s"), 150_000);
    assert_eq!(again.cause, Cause::AskedStore);
    assert_eq!(again.found.last_copy, Some(at_ms(60_200)));
    let of_tier = slow(&below_a_tier(), 80_000);
    assert_eq!(
        (of_tier.cause, of_tier.latency()),
        (Cause::AskedTier, ms(21))
    );
    let through_tier = slow(&below_a_tier(), 60_000);
    assert_eq!(
        (through_tier.cause, through_tier.latency()),
        (Cause::AskedStore, ms(121))
    );
}

fn stale_at(read: &ReadRecord, wanted: &Wanted) -> bool {
    read.version_lag > 0 && read.key == wanted.key && read.pop == wanted.class.pop
}

/// The same world in place of a changed one has the same read, unless several start at once; and whatever the story
/// is, it fits the page and can be drawn.
fn check_told(story: &Story, wanted: &Wanted, results: &Results) -> Result<(), TestCaseError> {
    let at_once = records(results).iter().filter(|read| {
        (read.start, read.key) == (wanted.start, wanted.key)
            && (read.pop, read.workload) == (wanted.class.pop, wanted.class.workload)
    });
    let unasked = Wanted {
        answer: None,
        ..*wanted
    };
    let again = follow_wanted(&results.scenario, unasked, Question::Stale);
    let again = again.expect("the same seed has the same read");
    if at_once.count() == 1 {
        prop_assert_eq!(again.found.read, story.found.read);
    }
    let told = Told {
        story,
        scenario: &results.scenario,
        key: &results.key_name(wanted.key),
        what_if: Some((vec!["a=b".to_owned()], Some(again))),
        trial: Some("a.b=c".to_owned()),
    };
    let text = terminal::story(&told, false);
    for line in text.lines() {
        prop_assert!(line.chars().count() <= terminal::WIDTH, "{}", text);
    }
    prop_assert!(is_well_formed(&figure(&told)));
    Ok(())
}

/// What must hold of any story, whatever the world.
fn check(story: &Story, wanted: &Wanted, all: &[ReadRecord]) -> Result<(), TestCaseError> {
    let read = &story.found.read;
    let record = all.iter().find(|record| {
        let answer = Some((record.status, record.version, record.latency));
        (record.start, record.key, answer) == (wanted.start, wanted.key, wanted.answer)
            && (record.pop, record.workload) == (wanted.class.pop, wanted.class.workload)
    });
    let record = record.expect("it was picked from the record");
    prop_assert_eq!(story.latency(), record.latency);
    prop_assert_eq!(story.version_lag, record.version_lag);
    prop_assert_eq!(
        story.staleness().unwrap_or(Duration::ZERO),
        record.staleness
    );
    let hops = &story.found.chain.hops;
    for hop in hops {
        prop_assert!(hop.started <= hop.left && hop.left <= hop.arrived);
        prop_assert!(hop.sampled_at <= hop.left && hop.version == read.version);
    }
    for pair in hops.windows(2) {
        prop_assert!(
            pair[1].arrived <= pair[0].left,
            "what is handed on came before"
        );
    }
    match story.found.chain.source {
        Source::Copy { copy, until } => {
            prop_assert!(copy.filled_at <= read.start && read.start < until);
        }
        Source::Fetched(fetched) => {
            prop_assert!(fetched.started <= read.start && fetched.arrived <= read.end);
        }
    }
    if let (Cause::Kept | Cause::KeptAbsence, Source::Copy { copy, .. }) =
        (story.cause, &story.found.chain.source)
    {
        let superseded = story.superseded.expect("it is stale").arrival;
        prop_assert!(copy.filled_at <= superseded && superseded < read.start);
    }
    if story.cause == Cause::KeptAbove {
        let superseded = story.superseded.expect("it is stale").arrival;
        let (place, _) = story.held_above().expect("a tier held it");
        prop_assert!(superseded < hops[place].left);
        match hops.get(place + 1) {
            Some(came) => prop_assert!(came.arrived <= superseded),
            None => prop_assert!(!story.found.chain.is_whole, "the store keeps no copy"),
        }
    }
    if story.cause == Cause::OnItsWay {
        let superseded = story.superseded.expect("it is stale").arrival;
        prop_assert!(read.sampled_at <= superseded);
        let came = match story.found.chain.source {
            Source::Copy { copy, .. } => copy.filled_at,
            Source::Fetched(fetched) => fetched.arrived,
        };
        prop_assert!(superseded < came, "it came after it was superseded");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stories_of_random_worlds_agree_with_the_record(
        text in scenario_text(Parts { tiers: true, script: true })
    ) {
        let results = results(scenario(&text), 2);
        let all = records(&results);
        for pop in 0..results.scenario.pops.len() {
            let here = || all.iter().filter(|read| usize::from(read.pop) == pop);
            if let Some(wanted) = Wanted::stalest(here()) {
                let story = follow_wanted(&results.scenario, wanted, Question::Stale);
                let story = story.expect("the same seed has the same read");
                check(&story, &wanted, all)?;
                check_told(&story, &wanted, &results)?;
                prop_assert!(story.cause <= Cause::KeptAbove, "{:?} makes no read stale", story.cause);
                let most = here().map(|read| read.staleness).max();
                prop_assert_eq!(story.staleness(), most, "it is the stalest");
                let stale = all.iter().filter(|read| stale_at(read, &wanted)).count() as u64;
                prop_assert_eq!(story.others.values().sum::<u64>() + 1, stale);
            }
            if let Some(wanted) = Wanted::slowest(here()) {
                let story = follow_wanted(&results.scenario, wanted, Question::Slow);
                let story = story.expect("the same seed has the same read");
                check(&story, &wanted, all)?;
                check_told(&story, &wanted, &results)?;
                prop_assert!(story.cause >= Cause::CopyAtHand, "{:?} makes no read slow", story.cause);
                let most = here().map(|read| read.latency).max();
                prop_assert_eq!(Some(story.latency()), most, "it is the slowest");
            }
        }
    }
}
