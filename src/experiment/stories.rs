//! The few operations of the first run that are worth explaining: looked for read by read, and then followed.
//!
//! Where hits are counted no single read is known, and where they are not only those that were asked for are kept. So
//! this takes two passes over what it looks at: one to choose, one to follow. That is kept short by a bound on what is
//! looked at, which depends on nothing but the scenario and what was measured, never on a clock.

use super::blocks::{Block, Blocks};
use super::follow::{follow_all, simulate, with_keys};
use super::{Results, RunError};
use crate::observe::breaches::GUARANTEES;
use crate::observe::findings::Findings;
use crate::observe::follow::{Choice, Wanted};
use crate::observe::measure::Measure;
use crate::observe::story::Story;
use crate::scenario::Scenario;
use crate::scenario::keyspace::KeyId;
use crate::scenario::metric::Metric;
use crate::sim::cell::{Cell, CellSpec};
use crate::sim::world::World;
use crate::units::Duration;
use crate::worker::Workers;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Stories {
    /// Where it was looked for.
    pub looked_at: LookedAt,
    /// Each kind at most once: the stalest read, the slowest, and what broke a guarantee.
    pub told: Vec<Chosen>,
}

/// A story, and why it was chosen.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// By which question.
    pub choice: Choice,
    /// The key's name.
    pub key: String,
    /// The story.
    pub story: Story,
}

/// Where operations were looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LookedAt {
    /// Nowhere: nobody has looked yet.
    #[default]
    Nothing,
    /// Nowhere: simulated one by one, all that would have to be looked at takes too long. So many operations.
    TooMuch(u64),
    /// Among the operations of the first run.
    Run {
        /// Only those of this key, where it is not all.
        key: Option<String>,
        /// Only those that start before this instant of the measured time, where it is not all.
        until: Option<Duration>,
    },
}

/// So many operations are simulated one by one at most, some 50 ms to a pass.
const MOST_OPERATIONS: f64 = 150_000.0;

/// A request to a Worker counts as so many reads. It takes two or three times as long, but it is in these scenarios
/// that guarantees are broken: a pass over what is allowed takes some 150 ms.
const OPERATIONS_TO_A_REQUEST: f64 = 40.0;

/// What is looked at.
struct Plan {
    key: Option<KeyId>,
    /// The measured time, perhaps cut short.
    duration: Duration,
}

/// Looks for the operations of a run's results that are worth explaining, and tells their stories.
///
/// # Errors
///
/// As [`super::run`].
pub fn find_stories(results: &mut Results) -> Result<(), RunError> {
    let plan = match plan(results) {
        Ok(plan) => plan,
        Err(operations) => {
            results.stories.looked_at = LookedAt::TooMuch(operations);
            return Ok(());
        }
    };
    let mut scenario = results.scenario.clone();
    (scenario.per_read, scenario.runs) = (true, 1);
    scenario.duration = plan.duration;
    let workers = Workers::load(&scenario)?;
    let world = World::with_programs(&scenario, &results.keyspace, &workers);
    let wanted = choose(&record(&world, plan.key)?);
    let reads: Vec<Wanted> = wanted.iter().map(|(_, wanted)| *wanted).collect();
    let seen = follow_all(&world, &reads)?;
    let told = wanted
        .into_iter()
        .zip(seen)
        .map(|((choice, wanted), seen)| {
            let name = seen.new_name.clone();
            Chosen {
                choice,
                key: name.unwrap_or_else(|| results.key_name(wanted.key).into_owned()),
                story: Story::of(seen, choice.question()).expect("the same seed has the same read"),
            }
        });
    let is_cut = plan.duration < results.scenario.duration;
    let stories = Stories {
        told: told.collect(),
        looked_at: LookedAt::Run {
            key: plan.key.map(|key| results.key_name(key).into_owned()),
            until: is_cut.then_some(plan.duration),
        },
    };
    drop(world);
    results.stories = stories;
    Ok(())
}

/// What can be looked at within the bound: the whole run, or else of the traffic of single keys the key whose versions
/// are followed, or else the beginning of it all; otherwise how many operations it would be.
fn plan(results: &Results) -> Result<Plan, u64> {
    let scenario = &results.scenario;
    let whole = Work::of_run(results);
    let duration = scenario.duration;
    if whole.until(scenario, duration) <= MOST_OPERATIONS {
        let key = None;
        return Ok(Plan { key, duration });
    }
    let acts_in_sessions = !scenario.clients.is_empty() || !scenario.workers.is_empty();
    let key = results.pooled.lanes.key.filter(|_| !acts_in_sessions);
    let key = key.filter(|key| is_alone(results, *key));
    let work = key.map_or(whole, |key| Work::of_key(results, key));
    // A script and a recording are told to their end, or not at all.
    let may_be_cut = scenario.script.is_empty() && scenario.replays.is_empty();
    match work.longest(scenario) {
        Some(longest) if longest == duration || may_be_cut => Ok(Plan {
            key,
            duration: longest,
        }),
        _ => Err(work.until(scenario, duration) as u64),
    }
}

/// Whether a key is a cell of its own.
fn is_alone(results: &Results, key: KeyId) -> bool {
    let blocks = Blocks::of(&results.scenario, &results.keyspace, 1);
    (0..blocks.len()).any(|block| match blocks.get(block) {
        Block::Cell(CellSpec::Keys(keys)) => keys.contains(&key),
        _ => false,
    })
}

/// What there is to simulate one by one, in operations.
#[derive(Clone, Copy)]
struct Work {
    /// However short the time.
    fixed: f64,
    per_s: f64,
}

impl Work {
    fn of_run(results: &Results) -> Work {
        let numbers = &results.runs[0].total;
        let count = |metric| numbers.get(metric, None).unwrap_or(0.0);
        let operations = count(Metric::Reads)
            + count(Metric::Writes)
            + count(Metric::Deletes)
            + count(Metric::Requests) * OPERATIONS_TO_A_REQUEST;
        // Every key is begun at every PoP, even one that nobody touches.
        let keys = f64::from(results.keyspace.len()) * results.scenario.pops.len() as f64;
        Work {
            fixed: keys / 4.0,
            per_s: operations / results.scenario.duration.as_secs_f64(),
        }
    }

    fn of_key(results: &Results, key: KeyId) -> Work {
        let workloads = 0..results.scenario.workloads.len();
        let operations = workloads.map(|workload| {
            let numbers = &results.runs[0].workloads[workload];
            let count = |metric| numbers.get(metric, None).unwrap_or(0.0);
            let all = count(Metric::Reads) + count(Metric::Writes) + count(Metric::Deletes);
            all * results.keyspace.share(workload, key)
        });
        Work {
            fixed: 0.0,
            per_s: operations.sum::<f64>() / results.scenario.duration.as_secs_f64(),
        }
    }

    /// In the warm-up and so much of the measured time.
    fn until(self, scenario: &Scenario, duration: Duration) -> f64 {
        self.fixed + self.per_s * (scenario.warm_up + duration).as_secs_f64()
    }

    /// The longest measured time that keeps within the bound: all of it, or whole seconds, minutes or hours.
    fn longest(self, scenario: &Scenario) -> Option<Duration> {
        if self.until(scenario, scenario.duration) <= MOST_OPERATIONS {
            return Some(scenario.duration);
        }
        let left = MOST_OPERATIONS - self.until(scenario, Duration::ZERO);
        let seconds = (left / self.per_s) as i64;
        let unit = [3600, 60, 1].into_iter().find(|unit| seconds >= 3 * unit)?;
        Some(Duration::from_secs(seconds - seconds % unit))
    }
}

/// Every read, one by one, and every breach.
fn record(world: &World, key: Option<KeyId>) -> Result<Findings, RunError> {
    let blocks = Blocks::of(world.scenario, world.keyspace, 1);
    let seed = world.scenario.seed;
    let mut cell = Cell::new(world, seed, Measure::new(world, seed, true));
    for block in (0..blocks.len()).map(|block| blocks.get(block)) {
        let block = match key {
            None => Some(block),
            Some(key) => with_keys(block, &[key]),
        };
        if let Some(block) = block {
            simulate(world, &mut cell, &block, |_| Vec::new())?;
        }
    }
    Ok(cell.into_observer().into_findings())
}

/// The operations that are worth explaining.
fn choose(findings: &Findings) -> Vec<(Choice, Wanted)> {
    let reads = || findings.reads.iter().flatten();
    let breaches = || findings.breaches.iter().flatten();
    let stalest = Wanted::stalest(reads()).map(|wanted| (Choice::Stalest, wanted));
    let slowest = Wanted::slowest(reads()).map(|wanted| (Choice::Slowest, wanted));
    let broken = GUARANTEES.into_iter().filter_map(|guarantee| {
        let wanted = Wanted::broken(breaches(), Some(guarantee))?;
        Some((Choice::Broken(Some(guarantee)), wanted))
    });
    stalest.into_iter().chain(slowest).chain(broken).collect()
}
