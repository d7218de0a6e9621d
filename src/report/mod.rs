//! From results to what people and programs read: the files of a report and the summary on the terminal.
//!
//! Everything here turns data into text or bytes; only [`directory`] touches a disk.

pub mod assumptions;
#[cfg(test)]
mod fixture;
pub mod json;

use crate::experiment::Results;
use crate::pricing::Bill;
use crate::pricing::quota::Traffic;

impl Results {
    /// Whether there are several runs, so that numbers have intervals.
    pub fn has_intervals(&self) -> bool {
        self.seeds.len() > 1
    }

    /// What a month of this traffic costs.
    pub fn bill(&self) -> Bill {
        let traffic = Traffic {
            findings: &self.pooled,
            runs: self.seeds.len(),
            duration: self.scenario.duration,
            starts_at: self.scenario.starts_at,
        };
        let stored_bytes = self.keyspace.stored_bytes(&self.scenario);
        Bill::of(&traffic, stored_bytes, self.scenario.plan)
    }
}
