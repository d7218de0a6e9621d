//! The delays that messages draw, held against those that were asked for.

mod common;

use kvlag::experiment::{self, Options, Results};
use kvlag::observe::histogram::Histogram;
use kvlag::scenario::metric::{Metric, Statistic};
use kvlag::scenario::{Delay, Link};

fn run(network: &str) -> Results {
    let text = format!(
        "duration = \"2h\"\npops = [\"LHR\", \"SYD\"]\n{network}\n\
         [workload.visitors]\nreads = \"20/s\"\nkeys = {{ uniform = 400, prefix = \"k\" }}\n\
         [workload.editors]\nat = [\"LHR\"]\nwrites = \"1/s\"\nkeys = {{ uniform = 400, prefix = \"k\" }}\n"
    );
    let options = Options {
        threads: 2,
        record_reads: false,
        progress: &|_| {},
    };
    experiment::run(common::scenario(&text), &options).expect("there is no replay")
}

fn is_near(drawn: &Histogram, asked: &Delay) {
    let (p50, p99) = asked.p50_and_p99();
    for (statistic, asked, tolerance) in [(Statistic::P50, p50, 0.01), (Statistic::P99, p99, 0.03)]
    {
        let drawn = drawn
            .time_statistic_ns(statistic)
            .expect("something was drawn");
        let asked = asked.0 as f64;
        assert!(
            (drawn / asked - 1.0).abs() < tolerance,
            "{statistic:?}: drawn {drawn}, asked {asked}"
        );
    }
}

/// Tens of thousands of messages: a p99 is known to a few parts in a hundred.
#[test]
fn what_is_drawn_is_what_was_asked_for_whatever_the_distribution() {
    for jitter in [
        "{ exponential = { mean = \"30ms\" } }",
        "{ lognormal = { p50 = \"20ms\", p99 = \"90ms\" } }",
        "{ uniform = { min = \"5ms\", max = \"80ms\" } }",
    ] {
        let results = run(&format!("[network]\njitter = {jitter}"));
        assert_eq!(results.pooled.delays.len(), 2, "a link from each PoP");
        for (pop, delays) in results.pooled.delays.iter().enumerate() {
            let Link { up, down } = &results.scenario.pops[pop].direct;
            is_near(&delays.up, up);
            is_near(&delays.down, down);
        }
    }
}

#[test]
fn every_message_of_the_measured_time_has_a_delay_in_each_direction() {
    let results = run("[network]\njitter = { exponential = { mean = \"30ms\" } }");
    let total = |metric| {
        results
            .summary
            .total
            .get(metric, None)
            .expect("a count")
            .mean
    };
    // Each fetch and each write asks the store once.
    let asked = total(Metric::StoreReads) + total(Metric::Writes);
    let up: u64 = results.pooled.delays.iter().map(|d| d.up.count()).sum();
    let down: u64 = results.pooled.delays.iter().map(|d| d.down.count()).sum();
    assert_eq!((up as f64, down as f64), (asked, asked));
}

#[test]
fn below_a_tier_each_link_draws_its_own_delays() {
    let results = run(
        "[network]\njitter = { exponential = { mean = \"30ms\" } }\n\
         [[tier]]\nname = \"regional\"\nat = [\"FRA\"]\nkeep = \"60s\"",
    );
    let messages: Vec<u64> = results.pooled.delays.iter().map(|d| d.up.count()).collect();
    let total = |metric| {
        results
            .summary
            .total
            .get(metric, None)
            .expect("a count")
            .mean as u64
    };
    // From each PoP to the tier, from there to the store, and past it for writes: those of SYD are none.
    assert_eq!(messages.len(), 5);
    assert_eq!(messages.iter().filter(|count| **count == 0).count(), 1);
    let all = total(Metric::Fetches) + total(Metric::StoreReads) + total(Metric::Writes);
    assert_eq!(messages.iter().sum::<u64>(), all);
}

#[test]
fn where_a_delay_is_constant_nothing_is_drawn() {
    let results = run("");
    assert!(results.pooled.delays.iter().all(|d| d.up.count() == 0));
}
