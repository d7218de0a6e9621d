//! From a scenario to results: cells and runs on all cores, merged in a fixed order.

use crate::observe::findings::Findings;
use crate::observe::summary::Summary;
use crate::scenario::Scenario;
use crate::scenario::keyspace::Keyspace;
use crate::stats::Estimate;

/// Everything a report needs to know about an experiment.
pub struct Results {
    /// What was simulated.
    pub scenario: Scenario,
    /// The names behind key numbers.
    pub keyspace: Keyspace,
    /// The seed of each run.
    pub seeds: Vec<u64>,
    /// Every number with its interval over the runs.
    pub summary: Summary<Estimate>,
    /// What all runs found, pooled. Its sample of writes and its record of reads are of the first run.
    pub pooled: Findings,
    /// One for each of the scenario's expectations, in order.
    pub verdicts: Vec<Verdict>,
}

/// What became of an expectation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// What was measured; `None` for a statistic of nothing.
    pub measured: Option<Estimate>,
    /// Whether it meets the rule.
    pub outcome: Outcome,
    /// For an undecided one: about how many runs would decide it.
    pub runs_to_decide: Option<u32>,
}

/// Whether a measured number meets a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The whole interval meets it.
    Met,
    /// None of the interval meets it.
    Failed,
    /// The interval straddles the bound, or there was nothing to measure.
    Undecided,
}
