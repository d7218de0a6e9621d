//! Random scenarios, every switch of the model thrown in some, run as users run them. The laws of conservation
//! are asserted inside each run; here the record of reads is judged again by brute force, against the writes.

mod common;
#[path = "common/random.rs"]
mod random;

use kvlag::experiment::{self, Options, Results};
use kvlag::observe::findings::{Findings, ReadRecord, Tally, WriteOutcome};
use kvlag::observe::measure::Measure;
use kvlag::scenario::Scenario;
use kvlag::scenario::keyspace::{KeyId, Keyspace};
use kvlag::scenario::metric::{Metric, Statistic};
use kvlag::sim::cell::{Cell, CellSpec};
use kvlag::sim::observation::{
    CacheIndex, CacheStatus, CellKey, ClassIndex, Hits, List, Observer, Read, Span, Write,
};
use kvlag::sim::world::World;
use kvlag::units::{Duration, Time};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use random::{Parts, scenario_text};
use std::collections::BTreeMap;

fn run(scenario: Scenario) -> Results {
    let options = Options {
        threads: 1,
        record_reads: true,
        progress: &|_| {},
    };
    experiment::run(scenario, &options).expect("there is no replay")
}

/// Measures, and remembers every commit besides, measured or not.
struct Witness<'w> {
    measure: Measure<'w>,
    keys: Vec<KeyId>,
    /// By key: when versions 1, 2, … committed.
    commits: BTreeMap<KeyId, Vec<Time>>,
}

impl Witness<'_> {
    /// Simulates every key of a scenario without a script.
    fn of(scenario: &Scenario) -> (Findings, BTreeMap<KeyId, Vec<Time>>) {
        let mut scenario = scenario.clone();
        scenario.per_read = true;
        let keyspace = Keyspace::new(&scenario);
        let world = World::new(&scenario, &keyspace);
        let witness = Witness {
            measure: Measure::new(&world, scenario.seed, true),
            keys: Vec::new(),
            commits: BTreeMap::new(),
        };
        let mut cell = Cell::new(&world, scenario.seed, witness);
        cell.simulate(&CellSpec::Keys((0..keyspace.len()).map(KeyId).collect()));
        let Witness {
            measure, commits, ..
        } = cell.into_observer();
        (measure.into_findings(), commits)
    }
}

impl Observer for Witness<'_> {
    fn key_appears(&mut self, key: CellKey, id: KeyId) {
        self.keys.push(id);
        self.measure.key_appears(key, id);
    }

    fn write(&mut self, write: &Write) {
        if let Some(version) = write.version {
            let commits = self
                .commits
                .entry(self.keys[write.key.0 as usize])
                .or_default();
            commits.push(write.arrival);
            assert_eq!(commits.len(), version as usize, "versions count commits");
            assert!(commits.is_sorted(), "commits come in the order of time");
        }
        self.measure.write(write);
    }

    fn readers_go_on(&mut self, _: kvlag::sim::observation::CellKey, _: usize) {}

    fn cell_is_over(&mut self) {
        self.keys.clear();
        self.measure.cell_is_over();
    }

    fn read(&mut self, read: &Read) {
        self.measure.read(read);
    }

    fn hits(&mut self, hits: &Hits) {
        self.measure.hits(hits);
    }

    fn refresh(&mut self, class: ClassIndex, caused_at: Time) {
        self.measure.refresh(class, caused_at);
    }

    fn store_read(&mut self, class: ClassIndex, caused_at: Time) {
        self.measure.store_read(class, caused_at);
    }

    fn tier_request(&mut self, cache: CacheIndex, caused_at: Time, status: CacheStatus) {
        self.measure.tier_request(cache, caused_at, status);
    }

    fn list(&mut self, list: &List) {
        self.measure.list(list);
    }

    fn span(&mut self, span: &Span) {
        self.measure.span(span);
    }

    fn spans_are_complete(&mut self) {
        self.measure.spans_are_complete();
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 600,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(3),
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_the_scenario_nothing_appears_and_nothing_gets_lost(
        text in scenario_text(Parts { tiers: true, script: true })
    ) {
        let results = run(common::scenario(&text));
        counts_follow_from_the_record(&results);
        ratios_follow_from_counts(&results);
    }

    #[test]
    fn every_read_is_as_stale_as_the_writes_say(
        text in scenario_text(Parts { tiers: true, script: false })
    ) {
        let scenario = common::scenario(&text);
        let (findings, commits) = Witness::of(&scenario);
        for read in findings.reads.as_ref().expect("reads were recorded") {
            let none = Vec::new();
            judge(&scenario, read, commits.get(&read.key).unwrap_or(&none));
        }
        nobody_reads_what_is_no_longer_visible(&scenario, &findings, &commits);
    }
}

/// Each read of the record is counted once, in the class and the way that it says.
fn counts_follow_from_the_record(results: &Results) {
    let findings = &results.pooled;
    let reads = findings.reads.as_ref().expect("reads were recorded");
    let mut tallies: BTreeMap<(u16, u16), Tally> = BTreeMap::new();
    for read in reads {
        assert!(read.start >= Time(0) && read.start < Time(0) + results.scenario.duration);
        assert!(read.latency >= results.scenario.cache.hit_latency);
        let tally = tallies.entry((read.workload, read.pop)).or_default();
        tally.reads += 1;
        match read.status {
            CacheStatus::Hit => tally.hits += 1,
            CacheStatus::Coalesced => tally.coalesced_reads += 1,
            CacheStatus::Fetch => tally.fetches += 1,
        }
        tally.stale_reads += u64::from(read.version_lag > 0);
    }
    for (index, class) in findings.classes.iter().enumerate() {
        let (workload, pop) = (index / findings.pops, index % findings.pops);
        let counted = class.as_ref().map_or(Tally::default(), |class| class.tally);
        let recorded = tallies
            .remove(&(workload as u16, pop as u16))
            .unwrap_or_default();
        let of_reads = |t: &Tally| [t.reads, t.hits, t.coalesced_reads, t.fetches, t.stale_reads];
        assert_eq!(of_reads(&counted), of_reads(&recorded));
    }
    assert!(tallies.is_empty(), "every read belongs to a class");
}

/// Ratios are quotients of counts, and a statistic of nothing is nothing.
fn ratios_follow_from_counts(results: &Results) {
    let total = &results.summary.total;
    let get = |metric| total.get(metric, None).map(|estimate| estimate.mean);
    let ratio = |part: Metric, whole: f64| {
        let part = get(part).expect("a count is never missing");
        (whole > 0.0).then(|| part / whole)
    };
    let count = |metric| get(metric).expect("a count is never missing");
    let reads = count(Metric::Reads);
    assert_eq!(get(Metric::HitRatio), ratio(Metric::Hits, reads));
    assert_eq!(
        get(Metric::CoalescedRatio),
        ratio(Metric::CoalescedReads, reads)
    );
    assert_eq!(get(Metric::FetchRatio), ratio(Metric::Fetches, reads));
    assert_eq!(
        get(Metric::StaleReadRatio),
        ratio(Metric::StaleReads, reads)
    );
    let attempts = count(Metric::Writes) + count(Metric::Deletes);
    assert_eq!(
        get(Metric::RejectedWriteRatio),
        ratio(Metric::RejectedWrites, attempts)
    );
    let staleness = total.get(Metric::Staleness, Some(Statistic::Mean));
    assert_eq!(staleness.is_some(), count(Metric::StaleReads) > 0.0);
}

/// Judges a read by brute force, from nothing but the commits of its key.
fn judge(scenario: &Scenario, read: &ReadRecord, commits: &[Time]) {
    let answered = read.start + read.latency;
    let version = read.version as usize;
    if version > 0 {
        assert!(
            commits[version - 1] <= answered,
            "{read:?} returns what is not written yet"
        );
    }
    let newer = commits[version..]
        .iter()
        .filter(|committed| **committed < read.start);
    assert_eq!(read.version_lag as usize, newer.clone().count(), "{read:?}");
    let staleness = newer
        .min()
        .map_or(Duration::ZERO, |committed| read.start - *committed);
    assert_eq!(read.staleness, staleness, "{read:?}");
    if scenario.tiers.is_empty() && read.status == CacheStatus::Fetch {
        assert_eq!(read.version_lag, 0, "{read:?} asked the store itself");
    }
}

/// After a write's convergence no read with its PoP's longest `cache-ttl` returns an older version.
fn nobody_reads_what_is_no_longer_visible(
    scenario: &Scenario,
    findings: &Findings,
    commits: &BTreeMap<KeyId, Vec<Time>>,
) {
    let mut visible_at: BTreeMap<(KeyId, u32), Time> = BTreeMap::new();
    for write in findings.writes.sorted() {
        if let WriteOutcome::Accepted {
            version,
            convergence,
            ..
        } = write.outcome
        {
            assert_eq!(commits[&write.key][version as usize - 1], write.arrival);
            visible_at.insert((write.key, version), write.arrival + convergence);
        }
    }
    for read in findings.reads.as_ref().expect("reads were recorded") {
        let cache_ttl = scenario.workloads[read.workload as usize].cache_ttl;
        if cache_ttl < scenario.longest_cache_ttl(read.pop as usize) {
            continue;
        }
        let newer = (read.key, read.version + 1)..(read.key, read.version + 1 + read.version_lag);
        for (write, visible_at) in visible_at.range(newer) {
            assert!(
                read.start <= *visible_at,
                "{read:?} misses {write:?}, visible at {visible_at:?}"
            );
        }
    }
}
