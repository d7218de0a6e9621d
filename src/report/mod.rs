//! From results to what people and programs read: the files of a report and the summary on the terminal.
//!
//! Everything here turns data into text or bytes; only [`directory`] touches a disk.

pub mod advice;
pub mod assumptions;
pub mod csv;
pub mod directory;
#[cfg(test)]
pub(crate) mod fixture;
pub mod format;
pub mod hdr;
pub mod json;
pub mod prose;
mod reads_table;
mod replays;
pub mod schema;
pub mod terminal;

use crate::experiment::Results;
use crate::pricing::Bill;
use crate::pricing::quota::Traffic;
use crate::scenario::keyspace::KeyId;
use std::borrow::Cow;
use std::path::Path;

/// The name of a file and what stands in it.
pub type ReportFile = (String, Vec<u8>);

/// Every file of a report by name, in the order in which `reports/README.md` explains them. `place` is the
/// folder where they will be, if that is known: the scenario then finds large files of replays from there.
pub fn files(results: &Results, place: Option<&Path>) -> Vec<ReportFile> {
    let mut files = vec![
        ("scenario.toml", replays::resolved(results, place)),
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
    let files = files
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), bytes));
    files.chain(replays::copies(results)).collect()
}

impl Results {
    /// Whether there are several runs, so that numbers have intervals.
    pub fn has_intervals(&self) -> bool {
        self.seeds.len() > 1
    }

    /// The name of a key in the sample of writes or the record of reads.
    pub fn key_name(&self, key: KeyId) -> Cow<'_, str> {
        match self.new_keys.names.get(&key) {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(self.keyspace.name(key)),
        }
    }

    /// What a month of this traffic costs.
    pub fn bill(&self) -> Bill {
        let traffic = Traffic {
            findings: &self.pooled,
            runs: self.seeds.len(),
            duration: self.scenario.duration,
            starts_at: self.scenario.starts_at,
        };
        let named = self.keyspace.stored_bytes(&self.scenario);
        let stored_bytes = named + self.new_keys.stored_bytes;
        Bill::of(&traffic, stored_bytes, self.scenario.plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::summary::TIER_METRICS;
    use crate::scenario::metric::METRICS;

    const README: &str = include_str!("../../reports/README.md");

    #[test]
    fn readme_defines_every_metric_in_the_words_of_the_table() {
        for info in &METRICS {
            let row = format!("| `{}` | {} |\n", info.key, info.definition);
            assert!(README.contains(&row), "{row}");
        }
        for (key, _) in TIER_METRICS {
            assert!(README.contains(&format!("`{key}`")), "{key}");
        }
    }

    #[test]
    fn readme_explains_every_file_and_every_column() {
        let is_metric = |column: &str| METRICS.iter().any(|info| info.key == column);
        for (name, bytes) in files(&fixture::tiered(1), None) {
            assert!(README.contains(&format!("| `{name}` |")), "{name}");
            if !name.ends_with(".csv") {
                continue;
            }
            let header = bytes.split(|byte| *byte == b'\n').next();
            let header = String::from_utf8(header.expect("has a header").to_vec());
            for column in header.expect("is text").split(',') {
                let is_statistic = ["_mean", "_p50", "_p90", "_p99", "_p999", "_max"]
                    .iter()
                    .any(|statistic| column.contains(statistic));
                let is_explained = README.contains(&format!("`{column}`"));
                assert!(
                    is_metric(column) || is_statistic || is_explained,
                    "{name}: {column}"
                );
            }
        }
    }

    #[test]
    fn readme_explains_every_key_of_the_summary() {
        let summary = json::summary(&fixture::tiered(1));
        let mut keys = Vec::new();
        let mut add = |value: &serde_json::Value| {
            keys.extend(
                value
                    .as_object()
                    .into_iter()
                    .flat_map(|map| map.keys().cloned()),
            );
        };
        let cost = &summary["cost"];
        for object in [
            &summary,
            cost,
            &cost["billed"],
            &cost["free"],
            &cost["free"]["exhausted"],
            &cost["paid"],
            &cost["paid"]["lines"][0],
            &summary["assumptions"][0],
            &summary["expect"][0],
        ] {
            add(object);
        }
        for key in keys {
            assert!(README.contains(&format!("`{key}`")), "{key}");
        }
    }

    #[test]
    fn a_report_has_its_files_and_reads_only_if_recorded() {
        let names = |results| {
            files(&results, None)
                .into_iter()
                .map(|(name, _)| name)
                .collect::<Vec<_>>()
        };
        let without = names(fixture::flag_flip(1));
        assert_eq!(without.len(), 11);
        assert!(!without.contains(&"reads.csv".into()));
        assert!(names(fixture::tiered(1)).contains(&"reads.csv".into()));
    }

    #[test]
    fn the_same_results_give_the_same_bytes() {
        let first = files(&fixture::tiered(3), None);
        assert_eq!(first, files(&fixture::tiered(3), None));
    }
}
