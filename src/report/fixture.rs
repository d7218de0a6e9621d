//! Hand-made results for the tests of this folder: plausible numbers that fit together, without a simulator.

use crate::experiment::{Outcome, Results, Verdict};
use crate::observe::findings::{
    CacheStatus, Class, Findings, Interval, ReadRecord, TierTally, WriteOutcome, WriteRecord,
};
use crate::observe::summary::Summary;
use crate::scenario::keyspace::{KeyId, Keyspace};
use crate::scenario::metric::{Metric, Statistic};
use crate::scenario::*;
use crate::stats::Estimate;
use crate::units::{Duration, Rate, Size, Time, TimeOfDay};

/// A flag on one key, read in five cities and flipped now and then in one of them.
pub fn flag_flip(runs: u32) -> Results {
    simulate(flag_flip_scenario(runs))
}

/// The scenario of [`flag_flip`], to be changed before [`simulate`].
pub fn flag_flip_scenario(runs: u32) -> Scenario {
    let cities = [
        ("LHR", "London, GB"),
        ("FRA", "Frankfurt, DE"),
        ("IAD", "Ashburn, US"),
        ("NRT", "Tokyo, JP"),
        ("SYD", "Sydney, AU"),
    ];
    let mut scenario = base("flag-flip", "A feature flag flips", runs);
    scenario.question =
        Some("After the flip, when has the last city stopped serving the old value?".to_owned());
    scenario.pops = cities
        .iter()
        .enumerate()
        .map(|(index, (code, city))| pop(code, city, 20 + 30 * index as i64))
        .collect();
    scenario.workloads = vec![
        workload("visitors", 0..5, |w| w.reads_per_s = 20.0),
        workload("operator", 0..1, |w| w.writes_per_s = 1.0 / 75.0),
    ];
    scenario.expect = vec![
        expect_statistic(
            "convergence.p99 < 70s",
            (Metric::Convergence, Statistic::P99),
            Comparison::Less,
            70.0,
        ),
        Expectation {
            scope: Scope::Pop(1),
            ..expect_statistic(
                "read-latency.p99 at FRA < 50ms",
                (Metric::ReadLatency, Statistic::P99),
                Comparison::Less,
                50.0,
            )
        },
        expect(
            "stale-read-ratio < 25%",
            Metric::StaleReadRatio,
            Comparison::Less,
            0.25,
        ),
        expect("reads > 200000", Metric::Reads, Comparison::Greater, 2e5),
    ];
    scenario
}

/// Three hundred PoPs, in some of which nobody reads.
pub fn everywhere(runs: u32) -> Results {
    let mut scenario = base("everywhere", "A price changes everywhere", runs);
    scenario.pops = (0..300)
        .map(|index| {
            pop(
                &format!("P{index:02}"),
                &format!("City {index}"),
                5 + index % 97,
            )
        })
        .collect();
    scenario.workloads = vec![
        workload("shoppers", 0..280, |w| {
            w.reads_per_s = 0.5;
            w.at.iter_mut()
                .for_each(|site| site.weight = 1.0 + (site.pop % 7) as f64);
            w.keys = ranked("price:", 50);
        }),
        workload("merchant", 3..4, |w| {
            w.writes_per_s = 0.05;
            w.keys = ranked("price:", 50);
            w.value_size = Some(Distribution::Constant(Size(2048)));
        }),
    ];
    simulate(scenario)
}

/// A writer whom nobody reads.
pub fn nobody_reads() -> Results {
    let mut scenario = flag_flip_scenario(1);
    scenario.title = "A log that nobody reads".to_owned();
    scenario.question = None;
    scenario.workloads.remove(0);
    scenario.expect.clear();
    simulate(scenario)
}

/// Readers of what never changes.
pub fn nobody_writes() -> Results {
    let mut scenario = flag_flip_scenario(1);
    scenario.title = "A value that never changes".to_owned();
    scenario.question = None;
    scenario.workloads.truncate(1);
    scenario.expect.clear();
    simulate(scenario)
}

/// What [`flag_flip`] measures, through a tier of two places, with a record of each read.
pub fn tiered(runs: u32) -> Results {
    let mut scenario = flag_flip_scenario(runs);
    scenario.tiers = vec![Tier {
        name: "regional".to_owned(),
        places: vec!["FRA".to_owned(), "SIN".to_owned()],
        keep: Duration::from_secs(60),
        age: TierAge::Carried,
    }];
    let mut results = simulate(scenario);
    results.pooled.reads = Some(some_reads());
    results
}

/// An expectation of a count or a ratio, over everything.
pub fn expect(text: &str, metric: Metric, comparison: Comparison, bound: f64) -> Expectation {
    Expectation {
        text: text.to_owned(),
        metric,
        statistic: None,
        scope: Scope::Total,
        comparison,
        bound,
    }
}

/// An expectation of a statistic, over everything.
pub fn expect_statistic(
    text: &str,
    (metric, statistic): (Metric, Statistic),
    comparison: Comparison,
    bound: f64,
) -> Expectation {
    Expectation {
        statistic: Some(statistic),
        ..expect(text, metric, comparison, bound)
    }
}

/// Results of the scenario's runs.
pub fn simulate(scenario: Scenario) -> Results {
    let keyspace = Keyspace::new(&scenario);
    let seeds: Vec<u64> = (0..u64::from(scenario.runs))
        .map(|run| scenario.seed + run)
        .collect();
    let runs: Vec<Findings> = seeds
        .iter()
        .map(|seed| findings(&scenario, *seed))
        .collect();
    let summary = Summary::over(&runs.iter().map(Summary::of).collect::<Vec<_>>());
    let mut pooled: Option<Findings> = None;
    for mut run in runs {
        match &mut pooled {
            None => pooled = Some(run),
            Some(pooled) => {
                run.writes = Default::default();
                pooled.merge(run);
            }
        }
    }
    let verdicts = scenario
        .expect
        .iter()
        .map(|rule| judge(rule, &summary, scenario.runs))
        .collect();
    Results {
        keyspace,
        seeds,
        summary,
        pooled: pooled.expect("there is at least one run"),
        verdicts,
        scenario,
    }
}

fn judge(rule: &Expectation, summary: &Summary<Estimate>, runs: u32) -> Verdict {
    let measured = summary.scope(rule.scope).get(rule.metric, rule.statistic);
    let meets = |value: f64| match rule.comparison {
        Comparison::Less => value < rule.bound,
        Comparison::LessOrEqual => value <= rule.bound,
        Comparison::Equal => value == rule.bound,
        Comparison::GreaterOrEqual => value >= rule.bound,
        Comparison::Greater => value > rule.bound,
    };
    let outcome = measured.map_or(Outcome::Undecided, |m| {
        match (meets(m.interval().0), meets(m.interval().1)) {
            (true, true) => Outcome::Met,
            (false, false) => Outcome::Failed,
            _ => Outcome::Undecided,
        }
    });
    let runs_to_decide = measured.filter(|_| outcome == Outcome::Undecided).map(|m| {
        let ratio = m.half_width_95.unwrap_or(0.0) / (m.mean - rule.bound).abs();
        (f64::from(runs) * ratio * ratio).ceil() as u32
    });
    Verdict {
        measured,
        outcome,
        runs_to_decide,
    }
}

fn base(name: &str, title: &str, runs: u32) -> Scenario {
    Scenario {
        name: name.to_owned(),
        title: title.to_owned(),
        question: None,
        duration: Duration::from_secs(1800),
        warm_up: Duration::from_secs(300),
        seed: 42,
        starts_at: TimeOfDay::default(),
        runs,
        per_read: false,
        store: Store {
            at: "IAD".to_owned(),
            service_time: Duration::ZERO,
            write_limit: Some(Rate {
                count: 1.0,
                per: Duration::from_secs(1),
            }),
            write_limit_rule: WriteLimitRule::SinceAccepted,
            initially_present: true,
        },
        cache: CacheRules {
            start: CacheStart::RandomAge,
            ttl_rule: TtlRule::FillerAndReader,
            coalesce: true,
            own_writes: OwnWrites::Visible,
            refresh_ahead: Duration::ZERO,
            hit_latency: Duration::from_millis(1),
        },
        bandwidth: None,
        tiers: Vec::new(),
        pops: Vec::new(),
        workloads: Vec::new(),
        script: Vec::new(),
        expect: Vec::new(),
        enforce_limits: true,
        plan: Plan::Paid,
        resolved: format!("title = \"{title}\"\n"),
        hints: vec!["30 minutes are less than a day; the bill is scaled from them.".to_owned()],
    }
}

fn pop(code: &str, city: &str, one_way_ms: i64) -> Pop {
    let delay = Delay {
        constant: Duration::from_millis(one_way_ms),
        random: None,
    };
    let link = Link {
        up: delay.clone(),
        down: delay,
    };
    Pop {
        code: code.to_owned(),
        city: city.to_owned(),
        place: None,
        path: vec![Hop {
            to: Node::Store,
            link: link.clone(),
        }],
        direct: link,
    }
}

fn workload(name: &str, at: std::ops::Range<usize>, change: impl Fn(&mut Workload)) -> Workload {
    let mut workload = Workload {
        name: name.to_owned(),
        at: at.map(|pop| Site { pop, weight: 1.0 }).collect(),
        reads_per_s: 0.0,
        writes_per_s: 0.0,
        deletes_per_s: 0.0,
        lists_per_s: 0.0,
        page: 1000,
        arrivals: Arrivals::Poisson,
        cache_ttl: Duration::from_secs(60),
        keys: Keys::One("flags/checkout".to_owned()),
        value_size: None,
        expiration_ttl: None,
        daily: None,
    };
    change(&mut workload);
    workload
}

fn ranked(prefix: &str, count: u32) -> Keys {
    Keys::Ranked {
        prefix: prefix.to_owned(),
        count,
        exponent: 1.0,
    }
}

/// SplitMix64: a few lines of randomness for numbers that only have to look alive.
struct Random(u64);

impl Random {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log1p(-self.share())
    }

    fn time_below(&mut self, limit: Duration) -> Duration {
        Duration((self.share() * limit.0 as f64) as i64)
    }
}

const INTERVAL: Duration = Duration::from_secs(10);

/// What one run finds: every PoP's copy has an age of its own at each write, and reads keep an even pace.
fn findings(scenario: &Scenario, seed: u64) -> Findings {
    let pops = scenario.pops.len();
    let mut random = Random(seed);
    let mut findings = Findings {
        pops,
        classes: vec![None; pops * (scenario.workloads.len() + 1)],
        tiers: scenario
            .tiers
            .iter()
            .map(|tier| vec![TierTally::default(); tier.places.len()])
            .collect(),
        convergence: Default::default(),
        timeline: vec![Interval::default(); (scenario.duration.0 / INTERVAL.0) as usize],
        interval: INTERVAL,
        writes: Default::default(),
        reads: None,
    };
    for (workload, w) in scenario.workloads.iter().enumerate() {
        for site in &w.at {
            let rate = site.weight * w.reads_per_s;
            if rate > 0.0 {
                read(
                    scenario,
                    &mut findings,
                    &mut random,
                    (workload, site.pop),
                    rate,
                );
            }
            let rate = site.weight * w.writes_per_s;
            if rate > 0.0 {
                write(
                    scenario,
                    &mut findings,
                    &mut random,
                    (workload, site.pop),
                    rate,
                );
            }
        }
    }
    findings
}

fn class_of(findings: &mut Findings, workload: usize, pop: usize) -> &mut Class {
    let index = workload * findings.pops + pop;
    findings.classes[index].get_or_insert_default()
}

fn read(
    scenario: &Scenario,
    findings: &mut Findings,
    random: &mut Random,
    (workload, pop): (usize, usize),
    rate: f64,
) {
    let keys = f64::from(scenario.workloads[workload].key_count());
    let per_interval = (rate * INTERVAL.as_secs_f64()) as u64;
    let round_trip = scenario.pops[pop].direct.up.constant * 2;
    let cold_share = 1.0 / (1.0 + 60.0 * rate / keys);
    let class = findings.classes[workload * findings.pops + pop].get_or_insert_default();
    for interval in &mut findings.timeline {
        let reads = per_interval + (random.share() * 3.0) as u64;
        for _ in 0..reads {
            let hit_latency = Duration::from_secs_f64(random.exponential(0.000_2) + 0.000_8);
            let is_hit = random.share() >= cold_share;
            let latency = if is_hit { Duration::ZERO } else { round_trip } + hit_latency;
            class.read_latency.record_time(latency);
            let (counted, sum) = match (is_hit, random.share() < 0.1) {
                (true, _) => (&mut interval.hits, &mut class.tally.hits),
                (false, true) => (
                    &mut interval.coalesced_reads,
                    &mut class.tally.coalesced_reads,
                ),
                (false, false) => (&mut interval.fetches, &mut class.tally.fetches),
            };
            *counted += 1;
            *sum += 1;
        }
        interval.reads += reads;
        class.tally.reads += reads;
    }
    class.tally.store_reads = class.tally.fetches;
    if let Some(tier) = findings.tiers.first_mut() {
        let place = &mut tier[pop % 2];
        place.requests += class.tally.fetches;
        place.hits += class.tally.fetches / 3;
        place.fetches += class.tally.fetches - class.tally.fetches / 3;
    }
}

fn write(
    scenario: &Scenario,
    findings: &mut Findings,
    random: &mut Random,
    (workload, pop): (usize, usize),
    rate: f64,
) {
    let one_way = scenario.pops[pop].direct.up.constant;
    let keys = scenario.workloads[workload].key_count();
    let mut start = Time(0);
    let mut versions = vec![0; keys as usize];
    loop {
        start += Duration::from_secs_f64(random.exponential(1.0 / rate));
        if start.as_secs_f64() >= scenario.duration.as_secs_f64() {
            return;
        }
        let key = (random.share() * f64::from(keys)) as u32;
        let mut record = WriteRecord {
            start,
            arrival: start + one_way,
            answered: start + one_way + one_way,
            key: KeyId(key),
            workload,
            pop,
            is_delete: false,
            size: Size(288),
            outcome: WriteOutcome::Rejected,
        };
        let interval = (start.0 / INTERVAL.0) as usize;
        findings.timeline[interval].writes += 1;
        let class = class_of(findings, workload, pop);
        class.tally.writes += 1;
        if random.share() < 0.03 {
            class.tally.rejected_writes += 1;
            findings.timeline[interval].rejected_writes += 1;
        } else {
            class
                .write_latency
                .record_time(record.answered - record.start);
            versions[key as usize] += 1;
            let lost_concurrent = random.share() < 0.02;
            class.tally.lost_concurrent_writes += u64::from(lost_concurrent);
            let (convergence, slowest_pop) = spread(scenario, findings, random, &record);
            record.outcome = WriteOutcome::Accepted {
                version: versions[key as usize],
                convergence,
                slowest_pop,
                lost_concurrent,
            };
        }
        let priority = (random.share() * 1e18) as u64;
        findings.writes.offer(priority, record);
    }
}

/// Lets a write become visible, PoP by PoP, and counts the stale reads until then.
fn spread(
    scenario: &Scenario,
    findings: &mut Findings,
    random: &mut Random,
    record: &WriteRecord,
) -> (Duration, Option<PopIndex>) {
    let mut slowest = (Duration::ZERO, None);
    for pop in 0..findings.pops {
        let ttl = scenario.longest_cache_ttl(pop);
        let window = match pop == record.pop {
            true => Duration::ZERO,
            false => random.time_below(ttl),
        };
        if window > slowest.0 {
            slowest = (window, Some(pop));
        }
        let skipped = u64::from(random.share() < 0.29 && scenario.has_readers(pop));
        let class = class_of(findings, record.workload, pop);
        class.visibility.record_time(window);
        class.tally.skipped_versions += skipped;
        for (workload, w) in scenario.workloads.iter().enumerate() {
            let reads = w.reads_at(pop) / f64::from(w.key_count()) * window.as_secs_f64();
            for _ in 0..reads as u64 {
                let staleness = random.time_below(window);
                let lag = 1 + u64::from(random.share() < 0.2);
                let class = class_of(findings, workload, pop);
                class.tally.stale_reads += 1;
                class.staleness.record_time(staleness);
                class.version_lag.record_count(lag);
                let interval = ((record.arrival + staleness).0 / INTERVAL.0) as usize;
                if let Some(interval) = findings.timeline.get_mut(interval) {
                    interval.stale_reads += 1;
                }
            }
        }
    }
    findings.convergence.record_time(slowest.0);
    slowest
}

fn some_reads() -> Vec<ReadRecord> {
    let read = |start_ms: i64, pop: u16, status, staleness_ms: i64| ReadRecord {
        start: Time(start_ms * 1_000_000),
        latency: Duration::from_millis(if status == CacheStatus::Hit { 1 } else { 101 }),
        staleness: Duration::from_millis(staleness_ms),
        key: KeyId(0),
        version: 3,
        version_lag: u32::from(staleness_ms > 0),
        workload: u16::from(start_ms == 2_500) * 2,
        pop,
        status,
    };
    vec![
        read(2_000, 3, CacheStatus::Coalesced, 0),
        read(1_000, 4, CacheStatus::Fetch, 0),
        read(1_500, 0, CacheStatus::Hit, 750),
        read(2_500, 4, CacheStatus::Hit, 12_345),
    ]
}
