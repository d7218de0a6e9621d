//! The commands of the command line, one short script each.

pub mod check;
pub mod compare;
pub mod console;
pub mod explain;
pub mod lesson;
mod load;
pub mod memory;
pub mod new;
pub mod plan;
pub mod pops;
pub mod progress;
pub mod run;
pub mod serve;
pub mod sweep;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Well, with all expectations met.
    Done,
    /// An expectation was not met, or is undecided.
    NotMet,
    /// The request, the scenario or the place for the output is wrong.
    Wrong,
}
