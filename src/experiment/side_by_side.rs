//! Several scenarios at once: points of a sweep, which share the threads among them.

use super::{Options, Progress, Results, RunError, parallel, run};
use crate::scenario::Scenario;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Simulates every scenario, several at a time where there are threads for it, and gives what `digest` makes of each,
/// in their order. What is told of progress is of all of them: `run` is the number of those that have ended.
///
/// # Errors
///
/// Of a scenario that cannot be simulated. Those that have not begun by then do not begin.
///
/// # Panics
///
/// As [`run`] does.
pub fn side_by_side<T: Send>(
    scenarios: Vec<Scenario>,
    threads: usize,
    tell: &(dyn Fn(Progress) + Sync),
    digest: impl Fn(Results) -> T + Sync,
) -> Result<Vec<T>, RunError> {
    let count = scenarios.len();
    let at_once = threads.min(count).max(1);
    let shares = Mutex::new(vec![0.0; count]);
    let has_failed = AtomicBool::new(false);
    let simulate = |(index, scenario)| {
        if has_failed.load(Ordering::Relaxed) {
            return None;
        }
        let progress = |progress: Progress| {
            let mut shares = shares.lock().unwrap_or_else(PoisonError::into_inner);
            // Threads tell in any order.
            shares[index] = progress.share.max(shares[index]);
            let ended = shares.iter().filter(|share| **share >= 1.0).count();
            let share = shares.iter().sum::<f64>() / count as f64;
            drop(shares);
            tell(Progress {
                run: ended as u32,
                share,
                ..progress
            });
        };
        let options = Options {
            threads: threads / at_once,
            record_reads: false,
            progress: &progress,
        };
        let results = run(scenario, &options);
        has_failed.fetch_or(results.is_err(), Ordering::Relaxed);
        Some(results.map(&digest))
    };
    let scenarios = scenarios.into_iter().enumerate().collect();
    let done = parallel::map(at_once, scenarios, simulate);
    done.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::scenario::metric::Metric;
    use crate::units::Duration;

    #[test]
    fn points_come_in_their_order_and_are_the_same_on_any_number_of_threads() {
        let ttls = [30, 60, 120, 240, 480].map(Duration::from_secs);
        let of_threads = |threads| {
            let scenarios = ttls.map(|ttl| {
                let mut scenario = fixture::flag_flip_scenario(2);
                scenario.workloads[0].cache_ttl = ttl;
                scenario
            });
            let told = Mutex::new(Vec::new());
            let tell = |progress: Progress| told.lock().expect("nobody panics").push(progress);
            let digest = |results: Results| {
                let ttl = results.scenario.workloads[0].cache_ttl;
                (ttl, results.summary.total.get(Metric::StoreReads, None))
            };
            let points = side_by_side(scenarios.into(), threads, &tell, digest);
            let told = told.into_inner().expect("nobody panics");
            let reached = told.iter().map(|progress| progress.share);
            assert_eq!(reached.fold(0.0, f64::max), 1.0);
            points.unwrap_or_else(|error| panic!("{}", error.render(false)))
        };
        let points = of_threads(1);
        assert_eq!(points.iter().map(|(ttl, _)| *ttl).collect::<Vec<_>>(), ttls);
        assert_eq!(of_threads(2), points);
        assert_eq!(of_threads(12), points);
        let store_reads = points
            .iter()
            .map(|(_, reads)| reads.expect("are measured").mean);
        assert!(store_reads.rev().is_sorted(), "{points:?}");
    }
}
