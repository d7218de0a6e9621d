//! From a scenario to results: cells and runs on all cores, merged in an order that does not matter.
//!
//! Work is dealt out block by block, each with hot and cold keys alike, to whichever thread is free. Each thread
//! keeps findings of its own, all integers, so that the sum is the same whichever thread took which cell. Runs follow
//! each other without a gap; a run's findings are summed when its last cell is done.

mod blocks;
mod compare;
mod error;
mod finish;
mod follow;
mod new_keys;
mod parallel;
mod progress;
mod replays;
mod search;
mod side_by_side;
mod stories;
mod verdict;

use crate::observe::application::Console;
use crate::observe::findings::{Findings, WriteSample};
use crate::observe::measure::Measure;
use crate::observe::summary::{Numbers, Summary, TierNumbers, TierSummary};
use crate::replay::TraceError;
use crate::scenario::Scenario;
use crate::scenario::keyspace::Keyspace;
use crate::sim::cell::{Cell, CellSpec};
use crate::sim::observation::Observer;
use crate::sim::world::World;
use crate::stats::Estimate;
use crate::worker::Workers;
use blocks::{Block, Blocks};
use progress::Meter;
use replays::Feed;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use blocks::BLOCK_KEYS;
pub use compare::{Compared, Finding, compare};
pub use error::RunError;
pub use finish::finish;
pub use follow::follow;
pub use new_keys::NewKeys;
pub use progress::Progress;
pub use replays::{ReplayRead, Replays};
pub use search::{Found, SearchRange, Trials, largest};
pub use side_by_side::side_by_side;
pub use stories::{Chosen, LookedAt, Stories, find_stories};
pub(crate) use verdict::judge;
pub use verdict::{Outcome, Verdict};

/// Everything a report needs to know about an experiment.
pub struct Results {
    /// What was simulated.
    pub scenario: Scenario,
    /// The names behind key numbers.
    pub keyspace: Keyspace,
    /// The seed of each run.
    pub seeds: Vec<u64>,
    /// Every number of each run.
    pub runs: Vec<Summary<f64>>,
    /// Every number with its interval over the runs.
    pub summary: Summary<Estimate>,
    /// What all runs found, pooled. Its sample of writes and its record of reads are of the first run.
    pub pooled: Findings,
    /// What became of the replays' files.
    pub replays: Replays,
    /// Keys that the scenario does not name.
    pub new_keys: NewKeys,
    /// One for each of the scenario's expectations, in order.
    pub verdicts: Vec<Verdict>,
    /// The few operations of the first run that are worth explaining, once they are looked for.
    pub stories: Stories,
}

/// How to run, beyond what the scenario says.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Threads to simulate on, at least 1.
    pub threads: usize,
    /// Keep a record of each read of the first run, which asks that each read be simulated.
    pub record_reads: bool,
    /// Called now and then, from any thread.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// Simulates every run of a scenario.
///
/// # Errors
///
/// The file of a replay cannot be read on, or a script is not what it should be. Without either there is none.
///
/// # Panics
///
/// If a conservation law of the simulator is broken: a bug, never the user's mistake.
pub fn run(mut scenario: Scenario, options: &Options) -> Result<Results, RunError> {
    scenario.per_read |= options.record_reads;
    let keyspace = Keyspace::new(&scenario);
    let seeds = scenario.seeds();
    let workers = Workers::load(&scenario)?;
    let world = World::with_programs(&scenario, &keyspace, &workers);
    let collected = simulate(&world, &seeds, options)?;
    let (summaries, pooled) = (collected.summaries, collected.pooled);
    let (replays, new_keys) = (collected.replays, collected.new_keys);
    let summary = summarise(&summaries);
    let verdicts = scenario
        .expect
        .iter()
        .map(|rule| judge(rule, &summaries))
        .collect();
    Ok(Results {
        scenario,
        keyspace,
        seeds,
        runs: summaries,
        summary,
        pooled,
        replays,
        new_keys,
        verdicts,
        stories: Stories::default(),
    })
}

/// What is known of the runs so far.
struct Collected {
    runs: Vec<RunSoFar>,
    summaries: Vec<Option<Summary<f64>>>,
    pooled: Option<Findings>,
    replays: Replays,
    new_keys: NewKeys,
    /// Of the first run that broke.
    error: Option<(usize, RunError)>,
}

/// What was collected when all runs are over.
struct Complete {
    summaries: Vec<Summary<f64>>,
    pooled: Findings,
    replays: Replays,
    new_keys: NewKeys,
}

#[derive(Default)]
struct RunSoFar {
    /// Of the last run by thread, as they came; of others a single one, their sum.
    parts: Vec<Findings>,
    blocks: usize,
}

fn simulate(world: &World, seeds: &[u64], options: &Options) -> Result<Complete, RunError> {
    let all_blocks = Blocks::of(world.scenario, world.keyspace, options.threads);
    let blocks = all_blocks.len();
    let next_task = AtomicUsize::new(0);
    let meter = Meter::new(options.progress, blocks * seeds.len());
    let collected = Mutex::new(Collected {
        runs: seeds.iter().map(|_| RunSoFar::default()).collect(),
        summaries: vec![None; seeds.len()],
        pooled: None,
        replays: Replays::default(),
        new_keys: NewKeys::default(),
        error: None,
    });
    let work = || {
        let mut at_work: Option<AtWork> = None;
        loop {
            let task = next_task.fetch_add(1, Ordering::Relaxed);
            let run = task / blocks;
            if at_work.as_ref().is_none_or(|at_work| at_work.run != run)
                && let Some(done) = at_work.take()
            {
                collect(&collected, blocks, done, options.threads);
            }
            if run >= seeds.len() {
                break;
            }
            let record_reads = options.record_reads && run == 0;
            let begin = || AtWork::new(world, run, seeds[run], record_reads);
            let at_work = at_work.get_or_insert_with(begin);
            let block = all_blocks.get(task % blocks);
            if let Err(error) = at_work.simulate(&block, &collected, &meter) {
                next_task.store(blocks * seeds.len(), Ordering::Relaxed);
                note_error(&collected, run, error);
                break;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..options.threads {
            scope.spawn(work);
        }
        work();
    });
    let collected = collected
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    collected.into_complete()
}

impl Collected {
    /// What was collected when all threads have ended.
    fn into_complete(self) -> Result<Complete, RunError> {
        if let Some((_, error)) = self.error {
            return Err(error);
        }
        let summaries = self.summaries.into_iter();
        let summaries = summaries.map(|s| s.expect("every run was finished"));
        Ok(Complete {
            summaries: summaries.collect(),
            pooled: self.pooled.expect("there is at least one run"),
            replays: self.replays,
            new_keys: self.new_keys,
        })
    }
}

/// A thread's part of a run.
struct AtWork<'w> {
    world: &'w World<'w>,
    run: usize,
    seed: u64,
    blocks: usize,
    cell: Cell<'w, Measure<'w>>,
}

impl<'w> AtWork<'w> {
    fn new(world: &'w World<'w>, run: usize, seed: u64, record_reads: bool) -> Self {
        let measure = Measure::new(world, seed, record_reads);
        // What is told of the first run alone.
        let measure = match run {
            0 => measure.following_a_key(),
            _ => measure,
        };
        AtWork {
            world,
            run,
            seed,
            blocks: 0,
            cell: Cell::new(world, seed, measure),
        }
    }

    /// Simulates a block, and tells of it.
    fn simulate(
        &mut self,
        block: &Block,
        collected: &Mutex<Collected>,
        meter: &'w Meter,
    ) -> Result<(), RunError> {
        self.blocks += 1;
        self.cell.observer().watched_by(meter.of_block(self.run));
        match block {
            Block::Cell(spec) => {
                self.cell.simulate(spec);
                if matches!(spec, CellSpec::Tied(tied) if tied.has_workers) {
                    self.end_workers(collected)?;
                }
            }
            Block::Replays => self.replay(collected)?,
        }
        self.cell.observer().part_is_simulated(1.0);
        Ok(())
    }

    /// The cell of the Workers is over: what it could not do, or what keys have come of it.
    fn end_workers(&mut self, collected: &Mutex<Collected>) -> Result<(), RunError> {
        if let Some(refusal) = self.cell.take_refusal() {
            return Err(RunError::refused(&refusal, self.world.scenario));
        }
        if self.run == 0 {
            let stored_bytes = self.cell.new_bytes();
            let names = |key| self.cell.new_name(key).unwrap_or_default();
            let findings = self.cell.observed().findings();
            let keyspace = self.world.keyspace;
            lock(collected).new_keys = NewKeys::of(findings, keyspace, names, stored_bytes);
        }
        Ok(())
    }

    /// Simulates the replays.
    fn replay(&mut self, collected: &Mutex<Collected>) -> Result<(), TraceError> {
        let mut feed = Feed::open(self.world.scenario, self.world.keyspace, self.seed)?;
        if self.cell.simulate_replays(&mut feed).is_err() {
            return Err(feed.into_error());
        }
        if self.run == 0 {
            let (replays, new_keys) = feed.into_replays(self.cell.observed().findings());
            let mut collected = lock(collected);
            (collected.replays, collected.new_keys) = (replays, new_keys);
        }
        Ok(())
    }
}

fn lock(collected: &Mutex<Collected>) -> MutexGuard<'_, Collected> {
    collected.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the error of the first run that has one.
fn note_error(collected: &Mutex<Collected>, run: usize, error: RunError) {
    let noted = &mut lock(collected).error;
    if noted.as_ref().is_none_or(|(first, _)| run < *first) {
        *noted = Some((run, error));
    }
}

/// Adds a thread's part of a run; the last part finishes the run.
fn collect(collected: &Mutex<Collected>, blocks: usize, done: AtWork, threads: usize) {
    let findings = done.cell.into_observer().into_findings();
    let (parts, is_last) = {
        let mut collected = lock(collected);
        let is_last = done.run + 1 == collected.runs.len();
        let so_far = &mut collected.runs[done.run];
        so_far.blocks += done.blocks;
        match so_far.parts.first_mut() {
            // While other runs go on, a further part would only take memory.
            Some(sum) if !is_last => sum.merge(findings),
            _ => so_far.parts.push(findings),
        }
        if so_far.blocks < blocks {
            return;
        }
        (std::mem::take(&mut so_far.parts), is_last)
    };
    // All threads are busy until the last run ends.
    let threads = if is_last { threads } else { 1 };
    let (mut findings, summary) = finish(parts, done.world, done.seed, threads);
    if done.run > 0 {
        findings.writes = WriteSample::default();
        findings.console = Console::default();
    }
    let mut collected = lock(collected);
    collected.summaries[done.run] = Some(summary);
    match &mut collected.pooled {
        Some(pooled) => pooled.merge(findings),
        None => collected.pooled = Some(findings),
    }
}

/// Each number's mean and interval over the runs.
pub(crate) fn summarise(runs: &[Summary<f64>]) -> Summary<Estimate> {
    let numbers = |pick: &dyn Fn(&Summary<f64>) -> &Numbers<f64>| {
        let runs: Vec<&Numbers<f64>> = runs.iter().map(pick).collect();
        Numbers::join(&runs, Estimate::of)
    };
    let tier_numbers = |pick: &dyn Fn(&Summary<f64>) -> &TierNumbers<f64>| {
        std::array::from_fn(|index| {
            let values: Vec<f64> = runs.iter().filter_map(|run| pick(run)[index]).collect();
            Estimate::of(&values)
        })
    };
    let first = &runs[0];
    Summary {
        total: numbers(&|run| &run.total),
        pops: (0..first.pops.len())
            .map(|pop| numbers(&|run| &run.pops[pop]))
            .collect(),
        workloads: (0..first.workloads.len())
            .map(|w| numbers(&|run| &run.workloads[w]))
            .collect(),
        tiers: (0..first.tiers.len())
            .map(|t| TierSummary {
                total: tier_numbers(&|run| &run.tiers[t].total),
                places: (0..first.tiers[t].places.len())
                    .map(|place| tier_numbers(&|run| &run.tiers[t].places[place]))
                    .collect(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::scenario::metric::{Metric, Statistic};

    /// One hot key behind 60 s of TTL: hits are λT/(1 + λT) of reads, and n copies of independent age are all
    /// renewed nT/(n + 1) after a write on average. Here n is 4: the writer's PoP knows at once.
    #[test]
    fn written_keys_are_cached_from_a_random_age_on() {
        let options = Options {
            threads: 2,
            record_reads: false,
            progress: &|_| {},
        };
        let results = run(fixture::flag_flip_scenario(20), &options).expect("there is no replay");
        let total = &results.summary.total;
        let get = |metric, statistic| total.get(metric, statistic).expect("was measured").mean;
        let hit_ratio = get(Metric::HitRatio, None);
        assert!(hit_ratio > 0.995, "{hit_ratio}");
        let convergence_s = get(Metric::Convergence, Some(Statistic::Mean));
        assert!((convergence_s - 48.0).abs() < 3.0, "{convergence_s}");
    }
}
