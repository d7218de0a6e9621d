//! The rules of clients, one by one, where nothing takes time and every value is known.

mod common;

use kvlag::experiment::{self, Options, Results};
use kvlag::observe::findings::CacheStatus::{self, Fetch, Hit};
use kvlag::observe::findings::Tally;

/// Simulates clients at a PoP without delays.
fn play(settings: &str) -> Results {
    let text = format!("duration = \"10m\"\n{settings}\n[pop.LAB]\nto-store = \"0s\"\n");
    let options = Options {
        threads: 1,
        record_reads: true,
        progress: &|_| {},
    };
    experiment::run(common::scenario(&text), &options).expect("there is no replay")
}

fn tally(results: &Results) -> Tally {
    results.pooled.total().tally
}

/// How each read was answered, in the order of their starts.
fn reads(results: &Results) -> Vec<CacheStatus> {
    let mut reads = results.pooled.reads.clone().expect("reads were recorded");
    reads.sort_by_key(|read| read.start);
    reads.iter().map(|read| read.status).collect()
}

/// Whether a condition holds behind some steps.
fn holds(store: &str, steps: &str, condition: &str) -> bool {
    let results = play(&format!(
        "store.initial = \"{store}\"\n[client.c]\ncount = 1\n\
         steps = [{steps}, {{ if = \"{condition}\", then = [{{ delete = \"yes\" }}] }}]\n"
    ));
    tally(&results).deletes == 1
}

#[test]
fn keys_that_only_clients_read_are_cold_when_they_begin() {
    let once = "count = 1\nsteps = [{ get = \"k\" }, { get = \"k\" }]\n";
    let alone = play(&format!("[client.c]\n{once}"));
    assert_eq!(reads(&alone), [Fetch, Hit]);
    // Those who go on have done so in the warm-up.
    let looping = "count = 1\nthink = \"7m\"\nsteps = [{ get = \"k\", cache-ttl = \"1h\" }]\n";
    let since_long = play(&format!("warm-up = \"30m\"\n[client.c]\n{looping}"));
    assert_eq!(reads(&since_long)[0], Hit);
}

#[test]
fn a_refused_write_is_not_tried_again_and_the_next_step_follows() {
    let steps = "{ put = \"k\", value = 1 }, { put = \"k\", value = 2 }, { get = \"k\" }";
    assert!(holds("present", steps, "read = 1"));
    let results = play(&format!("[client.c]\ncount = 1\nsteps = [{steps}]\n"));
    let tally = tally(&results);
    assert_eq!((tally.writes, tally.rejected_writes), (2, 1));
    assert_eq!((tally.lost_updates, tally.sessions), (0, 1));
}

#[test]
fn what_is_missing_or_no_number_counts_as_0() {
    let get = "{ get = \"k\" }";
    let on = "{ put = \"k\", value = \"on\" }, { get = \"k\" }";
    let seven = "{ put = \"k\", value = 7 }, { get = \"k\" }";
    let sum = "{ get = \"k\" }, { put = \"k\", value = \"read - 2\" }, { get = \"k\" }";
    for (store, steps, condition, expected) in [
        ("present", get, "read is present", true),
        ("present", get, "read = 0", true),
        ("present", get, "read = ''", true),
        ("present", get, "read != 'on'", true),
        ("missing", get, "read is missing", true),
        ("missing", get, "read < 1", true),
        ("missing", get, "read = ''", false),
        ("missing", get, "read != 'on'", true),
        ("present", on, "read = 0", true),
        ("present", on, "read = 'on'", true),
        ("present", on, "read > 0", false),
        ("present", seven, "read >= 7", true),
        ("present", seven, "read = '7'", true),
        ("missing", sum, "read = -2", true),
    ] {
        let is = holds(store, steps, condition);
        assert_eq!(is, expected, "{store}: {steps}: {condition}");
    }
}

#[test]
fn who_begins_again_knows_nothing_any_more() {
    // From the second time on `k` is not read before it is written: 0 + 1 again, and never 2.
    let results = play(
        r#"
        store.initial = "missing"
        [client.c]
        count = 1
        think = "4m"
        steps = [
            { get = "flag" },
            { if = "read = 0", then = [{ get = "k" }, { put = "flag", value = 1 }] },
            { put = "k", value = "read + 1" },
            { get = "k" },
            { if = "read = 1", then = [{ delete = "right" }], else = [{ list = "wrong" }] },
        ]
        "#,
    );
    let tally = tally(&results);
    assert!(tally.deletes >= 2 && tally.lists == 0, "{tally:?}");
}
