//! Programs that run at PoPs in simulated time, as a cell knows them.
//!
//! A program does no I/O and knows no clock. It is told what happens (a request comes, an operation is answered, a
//! timer fires) and when, and tells what it does as [`Effect`]s, in order. What runs it is not known here: `worker`
//! does, on a JavaScript engine.

mod error;
mod message;

use super::random::Seed;
use crate::scenario::{PopIndex, WorkerIndex};
use crate::units::Time;
use std::fmt::Debug;

pub use error::{Place, ScriptError};
pub use message::{
    Answer, Cause, Effect, Entry, Kind, KvCall, Level, ListedKey, Operation, OriginRequest,
    Request, Response, ValueKind,
};

/// A program at one PoP. Each way in appends what it does to `effects`; times given do not decrease.
pub trait Program {
    /// A request comes in. `number` names it in what the program does; no two requests have the same.
    fn start_request(
        &mut self,
        now: Time,
        number: u64,
        request: &Request<'_>,
        effects: &mut Vec<Effect>,
    );

    /// An operation was answered. Answers to operations that nobody waits for any more are ignored.
    ///
    /// # Panics
    ///
    /// If the answer does not fit the operation.
    fn operation_answered(
        &mut self,
        now: Time,
        number: u64,
        answer: &Answer<'_>,
        effects: &mut Vec<Effect>,
    );

    /// A timer fires. One that was cleared, or whose request has ended, does nothing.
    fn timer_fired(&mut self, now: Time, number: u64, effects: &mut Vec<Effect>);
}

/// Whoever can start the programs of a scenario.
pub trait Programs: Debug + Sync {
    /// Starts a Worker's program at one PoP.
    ///
    /// # Errors
    ///
    /// If it does not start: its first lines throw.
    fn start(
        &self,
        worker: WorkerIndex,
        pop: PopIndex,
        seed: Seed,
    ) -> Result<Box<dyn Program>, ScriptError>;
}
