//! From results to what people and programs read: the files of a report and the summary on the terminal.
//!
//! Everything here turns data into text or bytes; only [`directory`] touches a disk.

pub mod advice;
pub mod assumptions;
pub mod csv;
#[cfg(test)]
mod fixture;
pub mod format;
pub mod hdr;
pub mod json;
pub mod prose;
mod reads_table;
pub mod terminal;

use crate::experiment::Results;
use crate::pricing::Bill;
use crate::pricing::quota::Traffic;

/// Every file of a report by name, in the order in which `reports/README.md` explains them.
pub fn files(results: &Results) -> Vec<(&'static str, Vec<u8>)> {
    let mut files = vec![
        (
            "scenario.toml",
            results.scenario.resolved.clone().into_bytes(),
        ),
        ("summary.json", json::file(results)),
        ("summary.csv", csv::numbers::summary(results)),
        ("pops.csv", csv::numbers::pops(results)),
        ("workloads.csv", csv::numbers::workloads(results)),
        ("timeline.csv", csv::curves::timeline(results)),
        ("visibility.csv", csv::curves::visibility(results)),
        ("writes.csv", csv::records::writes(results)),
        ("staleness.hgrm", hdr::staleness(results)),
        ("read-latency.hgrm", hdr::read_latency(results)),
        ("histograms.hlog", hdr::interval_log(results)),
    ];
    files.extend(csv::records::reads(results).map(|reads| ("reads.csv", reads)));
    files
}

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
