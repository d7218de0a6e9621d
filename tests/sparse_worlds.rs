//! Worlds in which little happens: nobody reads what is written, a write comes when the measured time is over, a PoP
//! is never asked. Whatever is missing, the whole report can be written, and there is no number in it that is none.

mod common;

use common::scenario;
use kvlag::experiment::{LookedAt, Options, Results, find_stories, run};
use kvlag::report::{self, terminal};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

fn results(text: &str) -> Results {
    let options = Options {
        threads: 2,
        record_reads: true,
        progress: &|_| {},
    };
    let mut results = run(scenario(text), &options).expect("nothing is read from files");
    find_stories(&mut results).expect("nothing is read from files");
    results
}

/// Every file and the page of the terminal, each with what it says.
fn written(results: &Results) -> Vec<(String, String)> {
    let files = report::files(results, None).into_iter();
    let texts = files.map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned()));
    let shown = terminal::summary(results, None, false);
    texts.chain([("the terminal".to_owned(), shown)]).collect()
}

const POPS: [&str; 3] = ["LHR", "SYD", "GRU"];

fn rate() -> impl Strategy<Value = &'static str> {
    select(vec!["1/3s", "1/20s", "1/100s", "1/1h"])
}

fn keys() -> impl Strategy<Value = &'static str> {
    select(vec![
        "{ one = \"k\" }",
        "{ one = \"another\" }",
        "{ zipf = 0.9, count = 20, prefix = \"k\" }",
    ])
}

/// Who only reads, or only changes.
fn workload() -> impl Strategy<Value = String> {
    let what = select(vec![
        "reads", "reads", "writes", "writes", "deletes", "lists",
    ]);
    let at = subsequence(POPS.to_vec(), 1..=POPS.len());
    let ttl = select(vec![
        "",
        "",
        "cache-ttl = \"30s\"\n",
        "cache-ttl = \"1h\"\n",
    ]);
    (what, rate(), at, keys(), ttl).prop_map(|(what, rate, at, keys, ttl)| {
        let ttl = if what == "reads" { ttl } else { "" };
        format!("{what} = \"{rate}\"\nat = {at:?}\nkeys = {keys}\n{ttl}")
    })
}

fn client() -> impl Strategy<Value = String> {
    let steps = select(vec![
        "{ get = \"k\" }",
        "{ get = \"k\" }, { put = \"k\", value = \"read + 1\" }",
        "{ put = \"own:{client}\", value = \"'x'\" }, { get = \"own:{client}\" }",
        "{ get = \"nothing\" }, { count = \"asked\" }",
    ]);
    let some = (rate(), steps).prop_map(|(rate, steps)| {
        format!("[client.visitor]\nrate = \"{rate}\"\nsteps = [{steps}]\n")
    });
    prop_oneof![2 => Just(String::new()), 1 => some]
}

fn world() -> impl Strategy<Value = String> {
    let duration = select(vec!["1s", "10s", "1m", "10m"]);
    let warm_up = select(vec!["0s", "1s", "2m"]);
    let runs = 1..=3u32;
    let start = select(vec!["random-age", "cold"]);
    let workloads = prop::collection::vec(workload(), 0..=3);
    let parts = (
        duration,
        warm_up,
        runs,
        0..10_000u32,
        start,
        workloads,
        client(),
    );
    parts.prop_map(|(duration, warm_up, runs, seed, start, workloads, client)| {
        let mut text = format!(
            "duration = \"{duration}\"\nwarm-up = \"{warm_up}\"\nseed = {seed}\npops = {POPS:?}\n\
             expect = [\"stale-reads < 1\", \"staleness.p99 < 70s\", \"convergence.max < 2m\"]\n\
             [run]\nruns = {runs}\n[cache]\nstart = \"{start}\"\n"
        );
        for (index, workload) in workloads.iter().enumerate() {
            text += &format!("[workload.w{index}]\n{workload}");
        }
        text + &client
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_whole_report_can_be_written_however_little_there_is(text in world()) {
        for (name, content) in written(&results(&text)) {
            let words = content.split(|c: char| !c.is_alphanumeric());
            for word in words {
                prop_assert!(!["NaN", "inf", "Infinity"].contains(&word), "{}: {}", name, word);
            }
        }
    }
}

/// Nothing of the key that is followed, and too much of another for all to be looked at.
#[test]
fn stories_are_looked_for_where_the_key_that_is_followed_is_left_alone() {
    let results = results(
        "duration = \"3s\"\npops = [\"FRA\"]\n\
         [workload.keeper]\nreads = \"1/1h\"\ncache-ttl = \"1h\"\ndeletes = \"1/1h\"\nkeys = { zipf = 0.9, count = 50, prefix = \"k\" }\n\
         [workload.writer]\nwrites = \"500/s\"\nkeys = { one = \"another\" }\n",
    );
    let LookedAt::Run { key, until } = &results.stories.looked_at else {
        panic!("{:?}", results.stories.looked_at);
    };
    assert_eq!((key.as_deref(), *until), (Some("k0"), None));
    assert!(results.stories.told.is_empty());
}
