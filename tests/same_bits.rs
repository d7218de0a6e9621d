//! The same bits out: whichever of the two ways a key is simulated, on however many threads; and traffic that
//! stays where it was when a setting changes that does not concern it.

mod common;
#[path = "common/random.rs"]
mod random;

use kvlag::experiment::{self, Options};
use kvlag::observe::findings::Findings;
use kvlag::observe::measure::Measure;
use kvlag::observe::summary::Summary;
use kvlag::scenario::Scenario;
use kvlag::scenario::keyspace::{KeyId, Keyspace};
use kvlag::sim::cell::{Cell, CellSpec};
use kvlag::sim::observation::{
    CacheIndex, CacheStatus, CellKey, ClassIndex, Hits, LinkIndex, List, MissCause, Observer, Read,
    Span, Write,
};
use kvlag::sim::world::World;
use kvlag::units::{Duration, Time};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use random::{Parts, scenario_text};

/// Its key, class, start, end, version, when that was sampled, and how and why it was answered.
type RecordedRead = (
    KeyId,
    ClassIndex,
    Time,
    Time,
    u32,
    Time,
    CacheStatus,
    Option<MissCause>,
);

/// Everything that happened in the measured time, with keys by their numbers in the scenario.
#[derive(Debug, Default, PartialEq, Eq)]
struct Record {
    keys: Vec<KeyId>,
    reads: Vec<RecordedRead>,
    delays: Vec<(LinkIndex, Time, Duration, Duration)>,
    /// Spans of hits that are counted.
    hits: Vec<(KeyId, ClassIndex, Time, Time, u32, Time)>,
    writes: Vec<(KeyId, ClassIndex, Time, Time, Time, Option<u32>)>,
    store_reads: Vec<(Time, ClassIndex)>,
    refreshes: Vec<(Time, ClassIndex)>,
}

impl Record {
    fn of(scenario: &Scenario, seed: u64, through: Through) -> Record {
        let keyspace = Keyspace::new(scenario);
        let world = World::new(scenario, &keyspace);
        let recorder = Recorder {
            world: &world,
            record: Record::default(),
        };
        let mut cell = Cell::new(&world, seed, recorder);
        through.simulate(&mut cell, &keyspace);
        let mut record = cell.into_observer().record;
        record.keys.clear();
        record.reads.sort();
        record.hits.sort();
        record.writes.sort();
        record.store_reads.sort();
        record.refreshes.sort();
        record.delays.sort();
        record
    }
}

struct Recorder<'w> {
    world: &'w World<'w>,
    record: Record,
}

impl Observer for Recorder<'_> {
    fn key_appears(&mut self, key: CellKey, id: KeyId) {
        assert_eq!(key.0 as usize, self.record.keys.len());
        self.record.keys.push(id);
    }

    fn read(&mut self, read: &Read) {
        if self.world.measures(read.start) {
            let key = self.record.keys[read.key.0 as usize];
            let Read {
                class,
                start,
                end,
                version,
                sampled_at,
                status,
                miss,
                ..
            } = *read;
            self.record
                .reads
                .push((key, class, start, end, version, sampled_at, status, miss));
        }
    }

    fn hits(&mut self, hits: &Hits) {
        let (from, until) = (hits.from.max(Time(0)), hits.until.min(self.world.end));
        if from < until {
            let key = self.record.keys[hits.key.0 as usize];
            self.record
                .hits
                .push((key, hits.class, from, until, hits.version, hits.sampled_at));
        }
    }

    fn delays_drawn(&mut self, link: LinkIndex, start: Time, up: Duration, down: Duration) {
        if self.world.measures(start) {
            self.record.delays.push((link, start, up, down));
        }
    }

    fn refresh(&mut self, class: ClassIndex, caused_at: Time) {
        if self.world.measures(caused_at) {
            self.record.refreshes.push((caused_at, class));
        }
    }

    fn store_read(&mut self, class: ClassIndex, caused_at: Time) {
        if self.world.measures(caused_at) {
            self.record.store_reads.push((caused_at, class));
        }
    }

    fn tier_request(&mut self, _: CacheIndex, _: Time, _: CacheStatus) {}

    fn write(&mut self, write: &Write) {
        if self.world.measures(write.start) {
            let key = self.record.keys[write.key.0 as usize];
            let Write {
                class,
                start,
                arrival,
                answered,
                version,
                ..
            } = *write;
            self.record
                .writes
                .push((key, class, start, arrival, answered, version));
        }
    }

    fn list(&mut self, _: &List) {}
    fn span(&mut self, _: &Span) {}
    fn spans_are_complete(&mut self) {}

    fn readers_go_on(&mut self, _: CellKey, _: usize) {}

    fn cell_is_over(&mut self) {
        self.record.keys.clear();
    }
}

/// The two ways through the simulator.
#[derive(Clone, Copy, Debug)]
enum Through {
    /// All PoPs of a key on one queue.
    OneQueue,
    /// The writers first, then PoP after PoP.
    HistoryFirst,
}

impl Through {
    fn simulate<O: Observer>(self, cell: &mut Cell<O>, keyspace: &Keyspace) {
        let keys: Vec<_> = (0..keyspace.len()).map(KeyId).collect();
        match self {
            Through::OneQueue => cell.simulate_key_by_key(&keys, None),
            Through::HistoryFirst => cell.simulate(&CellSpec::Keys(keys)),
        }
    }
}

/// What is measured, the writes of the sample with it, as text.
fn measured(scenario: &Scenario, through: Through) -> String {
    measured_with(scenario, through, usize::MAX)
}

/// Likewise, where so many spans below tiers are looked at together.
fn measured_with(scenario: &Scenario, through: Through, spans: usize) -> String {
    let keyspace = Keyspace::new(scenario);
    let world = World::new(scenario, &keyspace);
    let measure = Measure::new(&world, scenario.seed, false).with_spans_at_once(spans);
    let mut cell = Cell::new(&world, scenario.seed, measure);
    through.simulate(&mut cell, &keyspace);
    let parts = vec![cell.into_observer().into_findings()];
    let (findings, summary) = experiment::finish(parts, &world, scenario.seed, 1);
    as_text(&findings, &summary)
}

fn as_text(findings: &Findings, summary: &Summary<f64>) -> String {
    let writes = findings.writes.sorted();
    let text = format!("{summary:#?}\n{:?}\n{writes:#?}", findings.timeline);
    text
}

/// Everything an experiment gives, as text: estimates, pooled findings, the record of reads.
fn experiment_on(threads: usize, scenario: &Scenario) -> String {
    let options = Options {
        threads,
        record_reads: scenario.per_read,
        progress: &|_| {},
    };
    let results = experiment::run(scenario.clone(), &options).expect("there is no replay");
    let mut reads = results.pooled.reads.clone().unwrap_or_default();
    reads.sort_by_key(|read| (read.key, read.start, read.workload, read.pop, read.version));
    let summary = Summary::of(&results.pooled);
    let (estimates, pooled) = (&results.summary, as_text(&results.pooled, &summary));
    format!("{estimates:#?}\n{pooled}\n{reads:#?}")
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        max_shrink_iters: 3000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn both_ways_through_the_simulator_observe_the_same(
        text in scenario_text(Parts { tiers: false, script: false }),
        per_read: bool,
    ) {
        let mut scenario = common::scenario(&text);
        scenario.per_read = per_read;
        let seed = scenario.seed;
        let one_queue = Record::of(&scenario, seed, Through::OneQueue);
        let history_first = Record::of(&scenario, seed, Through::HistoryFirst);
        prop_assert!(one_queue == history_first, "{text}\n{}", first_difference(&one_queue, &history_first));
        let (one_queue, history_first) = (measured(&scenario, Through::OneQueue), measured(&scenario, Through::HistoryFirst));
        prop_assert!(one_queue == history_first, "{text}\n{}", differing_lines(&one_queue, &history_first));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_number_of_threads_changes_nothing(
        text in scenario_text(Parts { tiers: true, script: true }),
        per_read: bool,
    ) {
        let mut scenario = common::scenario(&text);
        scenario.runs = 3;
        scenario.per_read = per_read;
        let on_one = experiment_on(1, &scenario);
        for threads in [2, 7] {
            let on_several = experiment_on(threads, &scenario);
            prop_assert!(on_one == on_several, "{text}\n{}", differing_lines(&on_one, &on_several));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(3),
        ..ProptestConfig::default()
    })]

    #[test]
    fn how_many_spans_are_looked_at_together_changes_nothing(
        text in scenario_text(Parts { tiers: true, script: false }),
    ) {
        let scenario = common::scenario(&text);
        let all = measured_with(&scenario, Through::OneQueue, usize::MAX);
        let few = measured_with(&scenario, Through::OneQueue, 10);
        prop_assert!(all == few, "{text}\n{}", differing_lines(&all, &few));
    }
}

/// A world in which everything is drawn that can be drawn, and each read is simulated.
const TRAFFIC: &str = r#"
    duration = "10m"
    [run]
    per-read = true
    [store]
    at = "IAD"
    [cache]
    own-writes = "unchanged"
    [pop.A]
    near = "LHR"
    to-store = { exponential = { mean = "300ms" } }
    from-store = { lognormal = { p50 = "200ms", p99 = "2s" } }
    [pop.B]
    near = "SYD"
    to-store = { uniform = { min = "10ms", max = "3s" } }
    [workload.poisson]
    reads = "1/s"
    writes = "1/20s"
    cache-ttl = "60s"
    keys = { zipf = 0.9, count = 5, prefix = "item:" }
    [workload.erlang]
    reads = "1/7s"
    deletes = "1/50s"
    cache-ttl = "60s"
    arrivals = { erlang = 2 }
    keys = { one = "item:1" }
    [workload.periodic]
    reads = "1/5s"
    cache-ttl = "60s"
    arrivals = "periodic"
    daily = { peak = "12:00", swing = "50%" }
    keys = { uniform = 3, prefix = "item:" }
"#;

/// Clients of every way to start, apart and tied to others, on the move and waiting.
const CLIENTS: &str = r#"
    duration = "200s"
    pops = ["LHR", "SYD", "IAD"]
    [[script]]
    time = "50s"
    pop = "SYD"
    delete = "counter"
    [workload.readers]
    reads = "5/s"
    keys = { uniform = 40, prefix = "user:" }
    [client.increments]
    rate = "1/s"
    steps = [{ get = "counter" }, { think = "20ms" }, { put = "counter", value = "read + 1" }]
    [client.of-a-user]
    rate = "3/s"
    steps = [
        { get = "user:{zipf 0.9 of 100}" },
        { if = "read < 5", then = [{ put = "user:{zipf 0.9 of 100}", value = "read + 1" }], else = [{ delete = "user:{zipf 0.9 of 100}" }] },
    ]
    [client.of-its-own]
    count = 4
    think = { exponential = { mean = "3s" } }
    roam = { probability = "20%" }
    steps = [{ put = "session:{client}", value = "1" }, { repeat = 3, steps = [{ get = "session:{client}" }, { think = "1s" }] }]
    [client.newcomers]
    rate = "2/s"
    roam = { every = "2s", among = ["LHR", "IAD"] }
    steps = [{ put = "visit:{client}", value = "1" }, { think = "3s" }, { get = "visit:{client}" }]
"#;

#[test]
fn clients_do_the_same_on_any_number_of_threads() {
    let scenario = common::scenario(CLIENTS);
    let on_one = experiment_on(1, &scenario);
    for threads in [2, 5] {
        assert_eq!(on_one, experiment_on(threads, &scenario));
    }
    let per_read = common::scenario(&format!("{CLIENTS}\n[run]\nper-read = true"));
    assert_eq!(experiment_on(1, &per_read), experiment_on(3, &per_read));
}

/// When and where reads start, and everything about writes but their numbers, which count from a warm-up that
/// a longer TTL makes longer.
fn arrivals(record: &Record) -> impl PartialEq {
    let reads = record.reads.iter().map(|read| (read.0, read.1, read.2));
    let mut reads: Vec<_> = reads.collect();
    reads.sort();
    let writes = record
        .writes
        .iter()
        .map(|(key, class, start, arrival, answered, version)| {
            (*key, *class, *start, *arrival, *answered, version.is_some())
        });
    (reads, writes.collect::<Vec<_>>())
}

#[test]
fn another_cache_ttl_leaves_every_arrival_and_every_write_where_it_was() {
    for through in [Through::OneQueue, Through::HistoryFirst] {
        let with_ttl = |ttl: &str| {
            let text = TRAFFIC.replace("cache-ttl = \"60s\"", &format!("cache-ttl = \"{ttl}\""));
            Record::of(&common::scenario(&text), 1, through)
        };
        let (short, usual, long) = (with_ttl("30s"), with_ttl("60s"), with_ttl("10m"));
        assert!(usual.reads.len() > 1000 && usual.writes.len() > 50);
        assert!(arrivals(&short) == arrivals(&usual), "{through:?}");
        assert!(arrivals(&long) == arrivals(&usual), "{through:?}");
        assert_ne!(
            short.store_reads, long.store_reads,
            "a TTL changes what is fetched"
        );
    }
}

#[test]
fn another_pop_or_workload_leaves_the_others_where_they_were() {
    let alone = Record::of(&common::scenario(TRAFFIC), 1, Through::HistoryFirst);
    let more = TRAFFIC.to_owned()
        + r#"
        [pop.C]
        near = "NRT"
        to-store = "50ms"
        [workload.zealous]
        at = ["C"]
        reads = "2/s"
        keys = { one = "item:1" }
    "#;
    let more = more.replace("reads = \"1", "at = [\"A\", \"B\"]\n    reads = \"1");
    let mut with_more = Record::of(&common::scenario(&more), 1, Through::HistoryFirst);
    let newcomer = |class: &ClassIndex| class.pop == 2;
    assert!(with_more.reads.iter().any(|read| newcomer(&read.1)));
    with_more.reads.retain(|read| !newcomer(&read.1));
    with_more.store_reads.retain(|(_, class)| !newcomer(class));
    assert!(alone == with_more);
}

#[test]
fn another_seed_gives_another_run() {
    let scenario = common::scenario(TRAFFIC);
    let (one, two) = (
        Record::of(&scenario, 1, Through::HistoryFirst),
        Record::of(&scenario, 2, Through::HistoryFirst),
    );
    let starts = |record: &Record| record.reads.iter().map(|read| read.2).collect::<Vec<_>>();
    let (one, two) = (starts(&one), starts(&two));
    let common = one.iter().filter(|start| two.contains(start)).count();
    assert_eq!(
        common, 0,
        "no read of one run starts where one of the other does"
    );
}

fn first_difference(a: &Record, b: &Record) -> String {
    let (a, b) = (format!("{a:#?}"), format!("{b:#?}"));
    differing_lines(&a, &b)
}

fn differing_lines(a: &str, b: &str) -> String {
    let pairs = a.lines().zip(b.lines()).enumerate();
    let differing = pairs.filter(|(_, (a, b))| a != b).take(5);
    let shown = differing.map(|(line, (a, b))| format!("line {line}: {a}  |  {b}\n"));
    shown.collect()
}
