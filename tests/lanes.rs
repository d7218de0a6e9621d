//! What the picture of a key shows is what was measured: the lanes of the store and the PoPs, held against the record
//! of writes.

mod common;

use kvlag::experiment::{self, Options, Results};
use kvlag::observe::findings::WriteOutcome;
use kvlag::units::{Duration, Time};

fn run(text: &str) -> Results {
    let options = Options {
        threads: 2,
        record_reads: false,
        progress: &|_| {},
    };
    experiment::run(common::scenario(text), &options).unwrap_or_else(|error| panic!("{error}"))
}

const TRAFFIC: &str = "seed = 3\npops = [\"LHR\", \"IAD\", \"SYD\", \"NRT\"]\n\
    [workload.visitors]\nreads = \"2/s\"\nkeys = { one = \"flag\" }\n\
    [workload.operator]\nat = [\"LHR\"]\nwrites = \"1/200s\"\nkeys = { one = \"flag\" }\n";

#[test]
fn a_write_has_converged_when_no_lane_shows_an_older_version() {
    let results = run(&format!("duration = \"20m\"\n{TRAFFIC}[run]\nruns = 2\n"));
    let lanes = &results.pooled.lanes;
    let until = lanes.until().expect("there are writes");
    let mut compared = 0;
    for write in results.pooled.writes.sorted() {
        let WriteOutcome::Accepted {
            version,
            convergence,
            ..
        } = write.outcome
        else {
            continue;
        };
        if write.arrival + convergence >= until {
            continue;
        }
        let older = lanes.spans.iter().filter(|span| span.version < version);
        let last = older.map(|span| span.until).max();
        let shown = last.map_or(Duration::ZERO, |last| {
            (last.max(write.arrival) - write.arrival).max(Duration::ZERO)
        });
        assert_eq!(shown, convergence, "version {version}");
        let commit = lanes
            .commits
            .iter()
            .find(|commit| commit.version == version);
        assert_eq!(commit.map(|commit| commit.time), Some(write.arrival));
        compared += 1;
    }
    assert!(compared >= 3, "{compared}");
}

#[test]
fn of_a_long_time_an_excerpt_is_kept_around_the_first_commit() {
    let results = run(&format!("duration = \"1d\"\n{TRAFFIC}"));
    let lanes = &results.pooled.lanes;
    let (from, until) = (lanes.from(), lanes.until().expect("there are writes"));
    let first = lanes.commits.iter().find(|commit| commit.time >= Time(0));
    let first = first.expect("there are writes").time;
    assert!(from <= first && first < until);
    assert!(until - from <= Duration::from_secs(30 * 60));
    assert!(lanes.commits.iter().all(|commit| commit.time < until));
    assert!(
        lanes
            .spans
            .iter()
            .all(|span| span.until > from && span.from < until)
    );
    // Four PoPs, one of which is renewed once a minute at the least.
    assert!(
        (60..1_000).contains(&lanes.spans.len()),
        "{}",
        lanes.spans.len()
    );
}

/// Where clients act, a run goes on behind its measured time until all is answered and seen, and others write meanwhile.
#[test]
fn writes_behind_the_measured_time_are_not_shown() {
    let mut seen = [0, 0];
    for seed in 0..40 {
        let traffic = TRAFFIC.replace("seed = 3", &format!("seed = {seed}"));
        let client = "[client.c]\nrate = \"1/10s\"\nsteps = [{ get = \"own\" }, { put = \"own\", value = \"read\" }, { get = \"flag\" }]\n";
        let results = run(&format!("duration = \"1m\"\n{traffic}{client}"));
        let lanes = &results.pooled.lanes;
        let end = Time(0) + Duration::from_secs(60);
        assert!(lanes.commits.iter().all(|commit| commit.time < end));
        seen[usize::from(lanes.until().is_some())] += 1;
        if let Some(until) = lanes.until() {
            assert!(lanes.from() < until && until <= end, "seed {seed}");
        }
    }
    assert!(seen.iter().all(|seeds| *seeds > 3), "{seen:?}");
}

#[test]
fn the_key_that_a_script_changes_is_followed() {
    let script = "[[script]]\ntime = \"2m\"\npop = \"SYD\"\nput = \"other\"\n";
    let results = run(&format!("duration = \"5m\"\n{TRAFFIC}{script}"));
    let key = results.pooled.lanes.key.expect("one is followed");
    assert_eq!(results.key_name(key), "other");
}

#[test]
fn of_clients_the_key_that_their_first_writing_step_names_is_followed() {
    let followed = |steps: &str| {
        let text = format!(
            "duration = \"10m\"\nseed = 4\npops = [\"LHR\", \"SYD\"]\n[client.c]\nrate = \"1/10s\"\nsteps = [{steps}]\n"
        );
        let results = run(&text);
        let lanes = &results.pooled.lanes;
        let name = lanes.key.map(|key| results.key_name(key).into_owned());
        (name, lanes.commits.len(), lanes.spans.len())
    };
    let (name, commits, spans) = followed(
        "{ get = \"other\" }, { get = \"visits\" }, { put = \"visits\", value = \"read + 1\" }",
    );
    assert_eq!(name.as_deref(), Some("visits"));
    assert!(
        commits > 20 && spans > 20,
        "{commits} commits, {spans} spans"
    );
    let (name, commits, spans) = followed(
        "{ get = \"page:{zipf 0.9 of 50}\" }, { put = \"page:{zipf 0.9 of 50}\", value = \"read\" }",
    );
    assert_eq!(name.as_deref(), Some("page:0"));
    assert!(commits > 5 && spans > 5, "{commits} commits, {spans} spans");
    assert_eq!(
        followed("{ put = \"own:{client}\", value = \"'x'\" }").0,
        None
    );
}
