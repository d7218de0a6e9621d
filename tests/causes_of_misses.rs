//! Why reads fetch: each cause by a script in which every instant is known, and all of them together against a plain
//! computation from what was recorded.

mod common;

use kvlag::experiment::{self, Options, Results};
use kvlag::observe::findings::{CacheStatus, WriteOutcome};
use kvlag::observe::misses::Misses;
use kvlag::scenario::metric::Metric;
use kvlag::sim::observation::MissCause;
use kvlag::units::{Duration, Time};
use std::collections::BTreeMap;

fn run(text: &str, record_reads: bool) -> Results {
    let options = Options {
        threads: 1,
        record_reads,
        progress: &|_| {},
    };
    experiment::run(common::scenario(text), &options).expect("there is no replay")
}

/// The causes in a script at a PoP without delays that starts with nothing in its cache, with their counts.
fn causes(cache: &str, script: &[(&str, &str)]) -> Vec<(MissCause, u64)> {
    let mut text = format!(
        "duration = \"10m\"\n[limits]\nenforce = false\n[pop.LAB]\nto-store = \"0s\"\n[cache]\nstart = \"cold\"\n{cache}\n"
    );
    for (time, operation) in script {
        text += &format!("[[script]]\ntime = \"{time}\"\npop = \"LAB\"\n{operation}\n");
    }
    let results = run(&text, false);
    let counts = Misses::CAUSES.into_iter().map(|cause| {
        let count = results.summary.total.get(Misses::metric(cause), None);
        (cause, count.expect("a count is never missing").mean as u64)
    });
    counts.filter(|(_, count)| *count > 0).collect()
}

const GET: &str = "get = \"key\"";
const GET_30S: &str = "get = \"key\"\ncache-ttl = \"30s\"";
const GET_PAST: &str = "get = \"key\"\ncache-ttl = \"0s\"";

#[test]
fn the_first_read_finds_nothing_and_a_later_one_a_copy_that_has_expired() {
    let script = [("0s", GET), ("59s", GET), ("60s", GET), ("120s", GET)];
    let expected = [(MissCause::Absent, 1), (MissCause::Expired, 2)];
    assert_eq!(causes("", &script), expected);
}

#[test]
fn a_copy_is_too_old_for_one_read_while_others_could_use_it() {
    let script = [("0s", GET), ("29s", GET_30S), ("30s", GET_30S)];
    let expected = [(MissCause::Absent, 1), (MissCause::TooOld, 1)];
    assert_eq!(causes("", &script), expected);
    // At 60 s nobody could have used it any more.
    let script = [("0s", GET), ("60s", GET_30S)];
    let expected = [(MissCause::Absent, 1), (MissCause::Expired, 1)];
    assert_eq!(causes("", &script), expected);
}

#[test]
fn a_value_that_ends_before_its_copy_is_a_cause_of_its_own() {
    let put = "put = \"key\"\nexpiration-ttl = \"20s\"";
    let unchanged = "own-writes = \"unchanged\"";
    let script = [("0s", put), ("1s", GET), ("20s", GET)];
    let expected = [(MissCause::Absent, 1), (MissCause::ValueExpired, 1)];
    assert_eq!(causes(unchanged, &script), expected);
    let put = "put = \"key\"\nexpiration-ttl = \"2m\"";
    let script = [("0s", put), ("1s", GET), ("3m", GET)];
    let expected = [(MissCause::Absent, 1), (MissCause::Expired, 1)];
    assert_eq!(causes(unchanged, &script), expected);
}

#[test]
fn a_write_that_drops_the_copy_is_the_cause_of_the_next_fetch() {
    let put = "put = \"key\"";
    let invalidated = "own-writes = \"invalidated\"";
    let script = [("0s", GET), ("1s", put), ("2s", GET), ("3s", GET)];
    let expected = [(MissCause::Absent, 1), (MissCause::Dropped, 1)];
    assert_eq!(causes(invalidated, &script), expected);
    // There was nothing that could have been dropped.
    let script = [("1s", put), ("2s", GET)];
    assert_eq!(causes(invalidated, &script), [(MissCause::Absent, 1)]);
}

#[test]
fn who_looks_past_every_copy_fetches_for_that_reason_alone() {
    let script = [("0s", GET_PAST), ("1s", GET), ("2s", GET_PAST)];
    let expected = [(MissCause::Expired, 1), (MissCause::LookedPast, 2)];
    assert_eq!(causes("", &script), expected);
}

/// Three kinds of readers of a few keys whose values expire, and writers whose PoP drops its copies.
fn small_world(seed: u64) -> String {
    let ttl = 20 + seed % 7 * 10;
    let expiration = 15 + seed % 5 * 20;
    let own_writes = ["unchanged", "invalidated"][seed as usize % 2];
    format!(
        "duration = \"30m\"\nseed = {seed}\n[limits]\nenforce = false\n[pop.LAB]\nto-store = \"0s\"\n\
         [store]\nwrite-limit = \"none\"\n\
         [cache]\nstart = \"cold\"\nown-writes = \"{own_writes}\"\n\
         [workload.slow]\nreads = \"0.4/s\"\ncache-ttl = \"{ttl}s\"\nkeys = {{ uniform = 5, prefix = \"k\" }}\n\
         [workload.brief]\nreads = \"0.1/s\"\ncache-ttl = \"10s\"\nkeys = {{ uniform = 5, prefix = \"k\" }}\n\
         [workload.past]\nreads = \"0.02/s\"\ncache-ttl = \"0s\"\nkeys = {{ uniform = 5, prefix = \"k\" }}\n\
         [workload.editors]\nwrites = \"0.05/s\"\ndeletes = \"0.01/s\"\nexpiration-ttl = \"{expiration}s\"\n\
         keys = {{ uniform = 5, prefix = \"k\" }}\n"
    )
}

/// When, of which key, and what: a read with its workload and status, or a write with how long its value lasts.
type Event = (Time, u32, Option<(usize, CacheStatus)>, Option<Duration>);

/// A key at the PoP of a small world, told what happened one thing after the other.
#[derive(Default)]
struct PlainKey {
    /// When its value ends, if it has one that does.
    ends: Option<Time>,
    /// When the copy came, how long it is good, and when its value ends.
    copy: Option<(Time, Duration, Option<Time>)>,
    was_dropped: bool,
}

impl PlainKey {
    /// Why a read fetches; `None` if it is a hit.
    fn read(&mut self, now: Time, ttl: Duration) -> Option<MissCause> {
        let cause = match self.copy {
            _ if ttl == Duration::ZERO => MissCause::LookedPast,
            None if self.was_dropped => MissCause::Dropped,
            None => MissCause::Absent,
            Some((filled, good_for, ends)) => {
                let copy_ends = filled + good_for;
                match ends.filter(|ends| *ends < copy_ends) {
                    Some(ends) if ends <= now => MissCause::ValueExpired,
                    _ if copy_ends <= now => MissCause::Expired,
                    _ if filled + ttl <= now => MissCause::TooOld,
                    _ => return None,
                }
            }
        };
        self.copy = Some((now, ttl, self.ends.filter(|ends| *ends > now)));
        Some(cause)
    }
}

#[test]
fn causes_are_those_of_a_plain_computation() {
    let mut all = Misses::default();
    for seed in 0..24 {
        let results = run(&small_world(seed), true);
        let scenario = &results.scenario;
        let drops = seed % 2 == 1;
        // Reads before writes of the same instant do not occur: both are drawn to the nanosecond.
        let mut events: Vec<Event> = Vec::new();
        for read in results.pooled.reads.as_ref().expect("reads were recorded") {
            let who = (usize::from(read.workload), read.status);
            events.push((read.start, read.key.0, Some(who), None));
        }
        for write in results.pooled.writes.sorted() {
            assert!(matches!(write.outcome, WriteOutcome::Accepted { .. }));
            let lasts = scenario.workloads[write.workload].expiration_ttl;
            let lasts = lasts.filter(|_| !write.is_delete);
            events.push((write.start, write.key.0, None, lasts));
        }
        events.sort_by_key(|(time, ..)| *time);
        let mut keys: BTreeMap<u32, PlainKey> = BTreeMap::new();
        let mut misses = Misses::default();
        for (time, key, read, lasts) in events {
            let key = keys.entry(key).or_default();
            match read {
                None => {
                    key.ends = lasts.map(|lasts| time + lasts);
                    if drops && key.copy.take().is_some() {
                        key.was_dropped = true;
                    }
                }
                Some((workload, status)) => {
                    let cause = key.read(time, scenario.workloads[workload].cache_ttl);
                    assert_eq!(cause.is_some(), status == CacheStatus::Fetch, "at {time:?}");
                    cause.into_iter().for_each(|cause| misses.count(cause));
                }
            }
        }
        let tally = results.pooled.total().tally;
        assert_eq!(tally.misses, misses, "seed {seed}");
        assert_eq!(misses.total(), tally.fetches);
        all.merge(&misses);
    }
    for cause in Misses::CAUSES {
        assert!(all.of(cause) > 10, "{cause:?} hardly occurs");
    }
}

#[test]
fn causes_add_up_to_fetches_in_every_scope_however_reads_are_simulated() {
    let text = |per_read: bool| {
        format!(
            "duration = \"20m\"\npops = [\"LHR\", \"SYD\"]\n[run]\nper-read = {per_read}\n\
             [network]\njitter = {{ exponential = {{ mean = \"20ms\" }} }}\n\
             [workload.a]\nreads = \"5/s\"\nkeys = {{ zipf = 1.0, count = 50, prefix = \"k\" }}\n\
             [workload.b]\nreads = \"2/s\"\ncache-ttl = \"30s\"\nwrites = \"0.1/s\"\n\
             keys = {{ zipf = 1.0, count = 50, prefix = \"k\" }}\n"
        )
    };
    for per_read in [false, true] {
        let results = run(&text(per_read), false);
        let summary = &results.summary;
        let scopes = [&summary.total]
            .into_iter()
            .chain(&summary.pops)
            .chain(&summary.workloads);
        for scope in scopes {
            let count = |metric| scope.get(metric, None).expect("a count").mean;
            let causes = Misses::CAUSES.map(|cause| count(Misses::metric(cause)));
            assert_eq!(causes.iter().sum::<f64>(), count(Metric::Fetches));
        }
        assert!(
            summary
                .total
                .get(Metric::TooOldMisses, None)
                .expect("a count")
                .mean
                > 0.0
        );
    }
}
