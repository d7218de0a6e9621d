//! Why an experiment cannot be finished: what it reads or runs is not what it should be.

use crate::replay::TraceError;
use crate::scenario::Scenario;
use crate::scenario::diagnostic::printable;
use crate::sim::cell::Refusal;
use crate::worker::ScriptMistakes;
use std::fmt;

/// Why an experiment cannot be finished.
#[derive(Debug)]
pub enum RunError {
    /// A replay's file cannot be read on.
    Trace(TraceError),
    /// Scripts are no module Workers.
    Scripts(ScriptMistakes),
    /// A script does what the scenario says it does not.
    Refused(String),
}

impl RunError {
    /// A script read with a longer `cacheTtl` than it may.
    pub(super) fn refused(refusal: &Refusal, scenario: &Scenario) -> Self {
        let worker = &scenario.workers[refusal.worker];
        let (script, name) = (printable(&worker.script.name), &worker.name);
        let (ttl, longest) = (refusal.cache_ttl, worker.longest_cache_ttl);
        RunError::Refused(format!(
            "error: {script} reads with a cacheTtl of {ttl}, and `longest-cache-ttl` of worker `{name}` is {longest}\n  \
             = help: set `longest-cache-ttl = \"{ttl}\"` in [worker.{name}]: the warm-up and what is measured of \
             visibility depend on it\n"
        ))
    }

    /// The message for people.
    pub fn render(&self, color: bool) -> String {
        match self {
            RunError::Trace(error) => error.render(color),
            RunError::Scripts(mistakes) => mistakes.render(color),
            RunError::Refused(message) => message.clone(),
        }
    }
}

impl From<TraceError> for RunError {
    fn from(error: TraceError) -> Self {
        RunError::Trace(error)
    }
}

impl From<ScriptMistakes> for RunError {
    fn from(mistakes: ScriptMistakes) -> Self {
        RunError::Scripts(mistakes)
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for RunError {}
