//! From exposure to counts: what was counted instead of simulated is drawn, once for a whole run.
//!
//! The numbers of fresh hits, and of stale hits by staleness, are independent Poisson numbers, class by class.
//! How the stale ones spread over version lags, and both over the timeline, is drawn given how many there are:
//! a Poisson number of reads that is spread at random in proportion to exposure is in each place a Poisson
//! number again, with the mean that the place has (J. Kingman, *Poisson Processes*, 1993, section 5.1). So each
//! metric has exactly its distribution, and all sums agree. What is given up is how metrics hang together
//! within a run beyond that (whether the minute with the most reads also had the longest lag): nobody asks.

use super::exposure::{ClassExposure, Exposure, TimelineExposure};
use super::findings::{Class, Findings};
use super::histogram::Bucket;
use crate::sim::draws;
use crate::sim::random::{Purpose, Seed, Stream};
use crate::sim::world::World;
use crate::units::Duration;
use rand::RngExt;

/// How many hits were drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Drawn {
    fresh: u64,
    stale: u64,
}

impl Drawn {
    /// Adds more of them.
    pub fn add(&mut self, other: Drawn) {
        self.fresh += other.fresh;
        self.stale += other.stale;
    }
}

/// Completes what the parts of a run have found, when they are merged and the hits of each class are drawn: spreads
/// these over the timeline, and adds what need not be told one by one.
pub fn complete(findings: &mut Findings, drawn: Drawn, world: &World, run_seed: u64) {
    draw_timeline(findings, drawn, run_seed);
    let hit_latency = world.scenario.cache.hit_latency;
    for class in findings.classes.iter_mut().flatten() {
        let hits = class.tally.hits;
        class.read_latency.merge(&class.fetch_latency);
        class.read_latency.merge(&class.coalesced_latency);
        class.read_latency.record_time_n(hit_latency, hits);
    }
    add_immediate_visibility(findings);
}

/// Every pair of an accepted write and a PoP that is not in the histograms was visible at once.
fn add_immediate_visibility(findings: &mut Findings) {
    for workload in 0..findings.workloads() {
        let tally = findings.tally_of_workload(workload);
        let accepted = tally.writes + tally.deletes - tally.rejected_writes;
        if accepted > 0 {
            for class in &mut findings.classes[workload * findings.pops..][..findings.pops] {
                let visibility = &mut class.get_or_insert_default().visibility;
                let immediate = accepted - visibility.count();
                visibility.record_time_n(Duration::ZERO, immediate);
            }
        }
    }
}

/// Draws the hits of a class that were counted, and adds them to what was found; the class is named by its index in
/// [`Findings::classes`].
pub fn draw_class(class: &mut Class, world: &World, index: usize, run_seed: u64) -> Drawn {
    let (workload, pop) = (index / world.pops.len(), index % world.pops.len());
    let seed = Seed::of_run(run_seed).purpose(Purpose::Hits);
    let name = seed.child(world.workload_names[workload]);
    let mut stream = name.child(world.pops[pop].name).stream();
    let mut exposure = std::mem::take(&mut class.exposure);
    Drawn {
        fresh: draw_fresh(class, &exposure, &mut stream),
        stale: draw_stale(class, &mut exposure, &mut stream),
    }
}

/// Spreads hits over the timeline.
fn draw_timeline(findings: &mut Findings, drawn: Drawn, run_seed: u64) {
    let mut stream = Seed::of_run(run_seed).purpose(Purpose::Hits).stream();
    let Drawn { fresh, stale } = drawn;
    let length = findings.interval;
    let places = |exposure: &mut TimelineExposure| std::mem::take(exposure).intervals(length);
    let of_fresh = places(&mut findings.fresh_exposure);
    draws::multinomial(fresh, &weights(&of_fresh), &mut stream, |index, count| {
        let interval = &mut findings.timeline[index];
        interval.reads += count;
        interval.hits += count;
    });
    let of_stale = places(&mut findings.stale_exposure);
    draws::multinomial(stale, &weights(&of_stale), &mut stream, |index, count| {
        let interval = &mut findings.timeline[index];
        interval.reads += count;
        interval.hits += count;
        interval.stale_reads += count;
    });
}

fn weights(exposures: &[Exposure]) -> Vec<u128> {
    exposures.iter().map(|exposure| exposure.0).collect()
}

fn draw_fresh(class: &mut Class, exposure: &ClassExposure, stream: &mut Stream) -> u64 {
    let count = draws::poisson(exposure.fresh.expected(), stream);
    class.tally.reads += count;
    class.tally.hits += count;
    count
}

fn draw_stale(class: &mut Class, exposure: &mut ClassExposure, stream: &mut Stream) -> u64 {
    let mut total = 0;
    let mut last = None;
    let means = exposure
        .staleness
        .buckets()
        .map(|(_, exposure)| exposure.expected());
    draws::poisson_cells(means, stream, |index, count| {
        let bucket = Bucket(index);
        class.staleness.record_in(bucket, count);
        total += count;
        last = Some((bucket, count));
    });
    if let Some((bucket, count)) = last {
        class.staleness.raise_max(greatest(bucket, count, stream));
    }
    let lags = weights(&exposure.version_lag);
    draws::multinomial(total, &lags, stream, |versions, count| {
        class.version_lag.record_count_n(versions as u64, count);
    });
    class.tally.reads += total;
    class.tally.hits += total;
    class.tally.stale_reads += total;
    total
}

/// The greatest of so many reads in a bucket, where each is anywhere in it alike.
fn greatest(bucket: Bucket, count: u64, stream: &mut Stream) -> Duration {
    let (start, end) = (bucket.start_time(), bucket.next().start_time());
    let below: f64 = stream.random();
    let part = libm::pow(below, 1.0 / count as f64);
    start + Duration(((end - start).0 as f64 * part) as i64)
}
