//! What must hold in every run, whatever the scenario: nothing appears from nowhere, nothing gets lost.
//!
//! These laws are asserted in production. One that breaks is a bug of the simulator, never the user's mistake.

use super::findings::{Class, Findings, Tally, TierTally};
use crate::sim::world::World;
use crate::units::Duration;

/// Asserts the conservation laws on what a whole run found.
pub fn assert_laws(findings: &Findings, world: &World) {
    for class in findings.classes.iter().flatten() {
        let t = &class.tally;
        assert_reads_add_up(class);
        assert!(
            t.rejected_writes <= t.writes + t.deletes,
            "only attempted writes are rejected"
        );
        assert!(
            t.rejected_deletes <= t.deletes && t.rejected_writes - t.rejected_deletes <= t.writes,
            "rejected puts are puts and rejected deletes are deletes"
        );
        let accepted = t.writes + t.deletes - t.rejected_writes;
        assert_eq!(
            class.write_latency.count(),
            accepted,
            "each accepted write has a latency"
        );
        assert_requests_are_answered(class);
    }
    let mut t = Tally::default();
    let (mut pairs, mut stalest) = (0, Duration::ZERO);
    for class in findings.classes.iter().flatten() {
        t.merge(&class.tally);
        pairs += class.visibility.count();
        stalest = stalest.max(class.staleness.max_time());
    }
    let accepted = t.writes + t.deletes - t.rejected_writes;
    assert_eq!(
        findings.convergence.count(),
        accepted,
        "each accepted write converges"
    );
    assert_eq!(
        pairs,
        accepted * findings.pops as u64,
        "each accepted write becomes visible at each PoP"
    );
    assert_requests_add_up(findings, t.fetches + t.refreshes, t.store_reads);
    assert_timeline_adds_up(findings, &t);
    if let Some(bound) = world.staleness_bound() {
        assert!(
            stalest <= bound,
            "no staleness exceeds what TTLs and delays allow: {stalest} > {bound}"
        );
    }
}

/// Each read ends in one way, and has what reads have that end so.
fn assert_reads_add_up(class: &Class) {
    let t = &class.tally;
    assert_eq!(
        t.reads,
        t.hits + t.coalesced_reads + t.fetches,
        "each read ends as hit, coalesced or fetch"
    );
    assert_eq!(t.misses.total(), t.fetches, "each fetch has a cause");
    assert_eq!(
        (class.fetch_latency.count(), class.coalesced_latency.count()),
        (t.fetches, t.coalesced_reads),
        "each read that waits has a latency of its kind"
    );
    assert_eq!(
        class.read_latency.count(),
        t.reads,
        "each read has a latency"
    );
    assert_eq!(
        class.staleness.count(),
        t.stale_reads,
        "each stale read has a staleness"
    );
    assert_eq!(
        class.version_lag.count(),
        t.stale_reads,
        "each stale read has a version lag"
    );
}

/// Each request to a Worker gets one response, and that of one that fails is a 500.
fn assert_requests_are_answered(class: &Class) {
    let (t, responses) = (&class.tally, &class.application.responses);
    assert_eq!(
        responses.values().sum::<u64>(),
        t.requests,
        "each request has a response"
    );
    assert_eq!(
        class.request_latency.count(),
        t.requests,
        "each request has a latency"
    );
    let errors = responses.get(&500).copied().unwrap_or(0);
    assert!(
        t.failed_requests <= errors,
        "requests that fail are among those answered with 500"
    );
}

/// What the PoPs ask arrives at the first tier, what each tier asks at the next, and the last asks the store.
fn assert_requests_add_up(findings: &Findings, from_pops: u64, at_store: u64) {
    let mut asked = from_pops;
    for places in &findings.tiers {
        let mut tier = TierTally::default();
        for place in places {
            tier.merge(place);
        }
        assert_eq!(tier.requests, asked, "each fetch arrives at the next tier");
        assert_eq!(
            tier.requests,
            tier.hits + tier.coalesced + tier.fetches,
            "each request ends in one way"
        );
        asked = tier.fetches;
    }
    assert_eq!(
        at_store, asked,
        "each fetch of the last tier arrives at the store"
    );
}

fn assert_timeline_adds_up(findings: &Findings, t: &Tally) {
    let mut sum = super::findings::Interval::default();
    for interval in &findings.timeline {
        sum.merge(interval);
    }
    assert_eq!(
        sum.misses, t.misses,
        "the causes of fetches add up over time"
    );
    let counts = |reads, hits, coalesced, fetches, stale| [reads, hits, coalesced, fetches, stale];
    assert_eq!(
        counts(
            sum.reads,
            sum.hits,
            sum.coalesced_reads,
            sum.fetches,
            sum.stale_reads
        ),
        counts(t.reads, t.hits, t.coalesced_reads, t.fetches, t.stale_reads),
        "the timeline adds up to the totals"
    );
}
