//! What is measured and judged: expectations, the warm-up before it, and hints about what will come of it.

use super::{SECOND, TOP, VISITORS, read, scenario, visitors, world};
use kvlag::scenario::metric::{Leaf, Metric, Statistic};
use kvlag::scenario::{Comparison, Measured, Overrides, Scope};
use kvlag::units::Duration;

#[test]
fn expectations_are_in_their_metrics_own_unit() {
    let rules = [
        "convergence.p99 < 70s",
        "read-latency.mean at LHR <= 1.5s",
        "stale-read-ratio < 35%",
        "reads of visitors > 1000",
        "version-lag.max >= 2.5",
        "rejected-writes=0",
        "  staleness.p999   at   SYD<1m30s ",
    ];
    let list: Vec<String> = rules.iter().map(|rule| format!("\"{rule}\"")).collect();
    let text = format!(
        "expect = [{}]\n{TOP}{VISITORS}writes = \"1/m\"\n",
        list.join(", ")
    );
    let scenario = scenario(&text);
    let read: Vec<_> = scenario
        .expect
        .iter()
        .map(|e| {
            let Measured::Leaf(Leaf { metric, statistic }) = &e.measured else {
                panic!("{} is of the table of metrics", e.text);
            };
            (*metric, *statistic, e.scope, e.comparison, e.bound)
        })
        .collect();
    use Comparison::*;
    assert_eq!(
        read,
        [
            (
                Metric::Convergence,
                Some(Statistic::P99),
                Scope::Total,
                Less,
                70.0
            ),
            (
                Metric::ReadLatency,
                Some(Statistic::Mean),
                Scope::Pop(0),
                LessOrEqual,
                1_500.0
            ),
            (Metric::StaleReadRatio, None, Scope::Total, Less, 0.35),
            (Metric::Reads, None, Scope::Workload(0), Greater, 1_000.0),
            (
                Metric::VersionLag,
                Some(Statistic::Max),
                Scope::Total,
                GreaterOrEqual,
                2.5
            ),
            (Metric::RejectedWrites, None, Scope::Total, Equal, 0.0),
            (
                Metric::Staleness,
                Some(Statistic::P999),
                Scope::Pop(1),
                Less,
                90.0
            ),
        ]
    );
    assert_eq!(scenario.expect[0].text, "convergence.p99 < 70s");
}

#[test]
fn warm_up_is_the_longest_ttl_and_a_round_trip() {
    // Sydney is about 250 ms away and back.
    assert_eq!(world("").warm_up, SECOND * 61);
    assert_eq!(visitors("cache-ttl = \"5m\"\n").warm_up, SECOND * 301);
    assert_eq!(world("[cache]\nstart = \"cold\"\n").warm_up, Duration::ZERO);
    // Reads that accept 30 s, but an own write leaves a copy for 60 s.
    let short = "at = \"all\"\ncache-ttl = \"30s\"\n";
    assert_eq!(visitors(short).warm_up, SECOND * 31);
    assert_eq!(
        visitors(&format!("{short}writes = \"1/m\"\n")).warm_up,
        SECOND * 61
    );
    let tier = "[[tier]]\nname = \"t\"\nat = [\"IAD\"]\nkeep = \"2m\"\n";
    assert_eq!(world(tier).warm_up, SECOND * 61);
    assert_eq!(
        world(&format!("{tier}age = \"restarted\"\n")).warm_up,
        SECOND * 181
    );
    let slow = "[pop.LAB]\nto-store = { exponential = { mean = \"2s\" } }\n[store]\nservice-time = \"500ms\"\n";
    assert_eq!(world(slow).warm_up, SECOND * 65);
}

#[test]
fn hints_diagnose_and_prescribe() {
    let hints = |text: &str| read(text, &Overrides::default()).hints.join("\n");
    let has = |text: &str, words: &[&str]| {
        let hints = hints(text);
        for word in words {
            assert!(hints.contains(word), "{word:?} in {hints:?} of\n{text}");
        }
    };
    let day = "duration = \"1d\"\npops = [\"LHR\", \"SYD\"]\n";
    let quiet = format!("{day}{VISITORS}writes = \"1/5m\"\n");
    assert_eq!(hints(&quiet), "");
    has(
        &format!("{TOP}{VISITORS}writes = \"1/m\"\n"),
        &["bill", "duration = \"1d\""],
    );
    has(
        "duration = \"1d\"\npops = [\"LHR\"]\n",
        &["Nothing reads or writes"],
    );
    has(&format!("{day}{VISITORS}"), &["no read can be stale"]);
    let tier = "[[tier]]\nname = \"t\"\nat = [\"FRA\"]\n";
    has(
        &format!("{quiet}{tier}"),
        &["there are tiers", "warm-up = \"3m\""],
    );
    let periodic = format!("{quiet}arrivals = \"periodic\"\n");
    has(&periodic, &["not Poisson", "warm-up = \"3m\""]);
    let long = format!("warm-up = \"3m\"\n{periodic}");
    assert_eq!(hints(&long), "");
    let mixed = format!(
        "{quiet}[workload.b]\nreads = \"1/s\"\ncache-ttl = \"2m\"\nkeys = {{ one = \"k\" }}\n"
    );
    has(&mixed, &["different cache-ttl", "warm-up = \"6m\""]);
    has(
        &format!("{TOP}{VISITORS}writes = \"1/h\"\n"),
        &["Only about 0.3 writes", "run.runs"],
    );
    let short = format!("duration = \"30s\"\npops = [\"LHR\"]\n{VISITORS}writes = \"2/s\"\n");
    has(
        &short,
        &["shorter than the longest TTL", "duration = \"10m\""],
    );
    let daily = format!(
        "{TOP}{VISITORS}writes = \"1/s\"\ndaily = {{ peak = \"12:00\", swing = \"10%\" }}\n"
    );
    has(&daily, &["10m of a daily curve"]);
    let deaf = format!(
        "expect = [\"hit-ratio at SYD > 1%\"]\n{day}{VISITORS}at = [\"LHR\"]\nwrites = \"1/5m\"\n"
    );
    has(
        &deaf,
        &[
            "`hit-ratio at SYD > 1%` has nothing to judge",
            "SYD has no reads",
        ],
    );
    let unused = format!("{quiet}[[link]]\nfrom = \"LHR\"\nto = \"SYD\"\none-way = \"1ms\"\n");
    has(&unused, &["link from LHR to SYD changes nothing"]);
}
