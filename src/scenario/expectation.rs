//! Rules on measured numbers: what is measured, over what, and how it compares.

use super::metric::{Leaf, Metric, Unit};
use super::{PopIndex, WorkloadIndex};
use std::fmt::{self, Display, Formatter};

/// A rule on a measured number.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// As written.
    pub text: String,
    /// What is measured.
    pub measured: Measured,
    /// Over what.
    pub scope: Scope,
    /// How it compares.
    pub comparison: Comparison,
    /// With what, in the unit of what is measured.
    pub bound: f64,
}

/// What a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measured {
    /// A number of the table of metrics.
    Leaf(Leaf),
    /// `responses.429`, `response-ratio.2xx`: what Workers answered.
    Responses {
        /// With which statuses.
        statuses: Statuses,
        /// Over the requests, instead of how many.
        is_ratio: bool,
    },
    /// `counts.admitted`, `count-ratio.admitted`: what scripts and clients counted.
    Count {
        /// Under which name.
        name: String,
        /// Over the requests, instead of how many.
        is_ratio: bool,
    },
}

/// Some statuses of responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statuses {
    /// `429`.
    One(u16),
    /// `4xx`: all that begin with this digit, 1 to 5.
    Hundred(u16),
}

/// Over what a number is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    Total,
    /// The operations at a PoP.
    Pop(PopIndex),
    /// The operations of a workload, a replay, clients or a Worker ([`super::Scenario::workload_name`]).
    Workload(WorkloadIndex),
}

/// How an expectation compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants say it")]
pub enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl Measured {
    /// The metric, where it is a number of the table of metrics.
    pub fn metric(&self) -> Option<Metric> {
        match self {
            Measured::Leaf(leaf) => Some(leaf.metric),
            Measured::Responses { .. } | Measured::Count { .. } => None,
        }
    }

    /// Whether it is about those who act on what they read: clients, and the scripts of Workers.
    pub fn needs_programs(&self) -> bool {
        match self {
            Measured::Leaf(leaf) => matches!(
                leaf.metric,
                Metric::StaleBaseWrites
                    | Metric::LostUpdates
                    | Metric::Sessions
                    | Metric::ReadYourWritesViolations
                    | Metric::MonotonicReadViolations
                    | Metric::WritesFollowReadsViolations
                    | Metric::ResurrectedKeys
                    | Metric::Requests
                    | Metric::FailedRequests
                    | Metric::RequestLatency
            ),
            // Clients count too, by a step of theirs.
            Measured::Responses { .. } | Measured::Count { .. } => true,
        }
    }

    /// The unit of its numbers.
    pub fn unit(&self) -> Unit {
        match self {
            Measured::Leaf(leaf) => leaf.metric.info().unit,
            Measured::Responses { is_ratio, .. } | Measured::Count { is_ratio, .. } => {
                if *is_ratio { Unit::Ratio } else { Unit::Count }
            }
        }
    }

    /// Whether it is a whole number in a single run.
    pub fn is_whole(&self) -> bool {
        match self {
            Measured::Leaf(leaf) => leaf.is_whole(),
            Measured::Responses { is_ratio, .. } | Measured::Count { is_ratio, .. } => !is_ratio,
        }
    }
}

impl Statuses {
    /// Whether this status is one of them.
    pub fn contain(self, status: u16) -> bool {
        match self {
            Statuses::One(one) => status == one,
            Statuses::Hundred(digit) => status / 100 == digit,
        }
    }
}

impl Display for Statuses {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Statuses::One(status) => write!(f, "{status}"),
            Statuses::Hundred(digit) => write!(f, "{digit}xx"),
        }
    }
}

impl Comparison {
    /// Whether it holds between two values.
    pub fn holds<T: PartialOrd>(self, value: T, bound: T) -> bool {
        match self {
            Comparison::Less => value < bound,
            Comparison::LessOrEqual => value <= bound,
            Comparison::Equal => value == bound,
            Comparison::GreaterOrEqual => value >= bound,
            Comparison::Greater => value > bound,
        }
    }
}
