//! From results to what people and programs read: the files of a report and the summary on the terminal.
//!
//! Everything here turns data into text or bytes; only [`directory`] touches a disk.

pub mod advice;
pub mod assumptions;
mod console;
pub mod csv;
pub mod directory;
#[cfg(test)]
pub(crate) mod fixture;
pub mod format;
pub mod formulas;
pub mod hdr;
mod html;
pub mod json;
pub mod planned_json;
pub mod points;
pub mod prose;
mod replays;
pub mod schema;
mod scripts;
mod sequence;
pub mod stories;
pub mod story;
pub mod terminal;
mod troubles;

pub use html::COLOURS;
pub use html::map;

use crate::experiment::Results;
use crate::pricing::Bill;
use crate::pricing::quota::Traffic;
use crate::scenario::Scenario;
use crate::scenario::keyspace::KeyId;
use std::borrow::Cow;
use std::path::Path;

/// The name of a file and what stands in it.
pub type ReportFile = (String, Vec<u8>);

/// Every file of a report by name, in the order in which `reports/README.md` explains them. `place` is the
/// folder where they will be, if that is known: the scenario then finds large files of replays from there.
pub fn files(results: &Results, place: Option<&Path>) -> Vec<ReportFile> {
    let mut files = vec![
        ("report.html", html::file(results)),
        ("scenario.toml", resolved(results, place)),
        ("summary.json", json::file(results)),
        ("stories.json", stories::file(results)),
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
    files.extend(console::file(results).map(|lines| (console::NAME, lines)));
    let files = files
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), bytes));
    let copies = replays::copies(results).chain(scripts::copies(results));
    files.chain(copies).collect()
}

/// The resolved scenario, which names the files that will lie beside it.
fn resolved(results: &Results, place: Option<&Path>) -> Vec<u8> {
    let scenario = &results.scenario;
    let replay = replays::names(results, place);
    let script = scripts::names(scenario);
    let text =
        scenario.resolved_with_files(|index| replay[index].clone(), |index| script[index].clone());
    text.into_bytes()
}

impl Scenario {
    /// "seed 42", or "seeds 42..61".
    fn seeds_in_words(&self) -> String {
        match self.seeds().as_slice() {
            [first, .., last] => format!("seeds {first}..{last}"),
            _ => format!("seed {}", self.seed),
        }
    }

    /// How it is simulated: "one run · seed 42 · 10 minutes", or "20 runs · seeds 42..61 · 10 minutes each".
    pub fn method(&self) -> String {
        let (seeds, length) = (
            self.seeds_in_words(),
            format::length_in_words(self.duration),
        );
        match self.runs {
            1 => format!("one run · {seeds} · {length}"),
            runs => format!("{runs} runs · {seeds} · {length} each"),
        }
    }
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
    use std::collections::BTreeSet;

    const README: &str = include_str!("../../reports/README.md");
    const OF_SCENARIOS: &str = include_str!("../../scenarios/README.md");

    #[test]
    fn readme_of_scenarios_names_every_metric() {
        for info in &METRICS {
            let name = format!("`{}`", info.name);
            assert!(OF_SCENARIOS.contains(&name), "{name}");
        }
    }

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
        let with_reads = files(&fixture::tiered(1), None);
        let with_workers = files(&fixture::limited(1), None);
        for (name, bytes) in with_reads.into_iter().chain(with_workers) {
            if name.ends_with(".js") {
                continue;
            }
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
    fn readme_explains_every_scope_of_the_table_of_numbers() {
        for scope in [
            "total",
            "pop:",
            "workload:",
            "client:",
            "worker:",
            "tier:",
            "cost",
        ] {
            assert!(README.contains(&format!("`{scope}")), "{scope}");
        }
        for name in ["responses.429", "counts.admitted"] {
            assert!(README.contains(&format!("`{name}`")), "{name}");
        }
    }

    #[test]
    fn readme_explains_every_key_of_the_summary() {
        let summary = json::summary(&fixture::tiered(1));
        let of_workers = json::summary(&fixture::limited(1));
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
            &of_workers["total"],
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

    /// The names of all keys, at any depth.
    fn keys_of(value: &serde_json::Value, keys: &mut Vec<String>) {
        for (key, value) in value.as_object().into_iter().flatten() {
            keys.push(key.clone());
            keys_of(value, keys);
        }
        for value in value.as_array().into_iter().flatten() {
            keys_of(value, keys);
        }
    }

    /// The keys that a table of the README explains, of which the first column is called so.
    fn explained(column: &str) -> BTreeSet<String> {
        let head = format!("| {column} | what it holds |\n|---|---|\n");
        let (_, table) = README.split_once(&head).expect("there is a table");
        let rows = table.lines().take_while(|line| line.starts_with('|'));
        let keys = rows.flat_map(|row| row.split('|').nth(1).unwrap_or_default().split(','));
        keys.map(|key| key.trim().trim_matches('`').to_owned())
            .collect()
    }

    fn keys(value: &serde_json::Value) -> BTreeSet<String> {
        let object = value.as_object().expect("is an object");
        object.keys().cloned().collect()
    }

    #[test]
    fn readme_explains_the_files_of_sweeps_and_comparisons_and_all_their_keys() {
        let both = [fixture::flag_flip(3), fixture::flag_flip(3)];
        for points in [
            points::fixture::curve(),
            points::Points::comparison(both, Vec::new()),
        ] {
            for (name, _) in points.files() {
                assert!(README.contains(&format!("| `{name}` |")), "{name}");
            }
            let json: serde_json::Value = serde_json::from_slice(&points.json()).expect("is JSON");
            let stem = points.stem();
            assert_eq!(json["schema"], format!("kvlag.{stem}.v1"));
            assert!(README.contains(&format!("`kvlag.{stem}.v1`")));
            assert_eq!(explained(&format!("key of `{stem}.json`")), keys(&json));
            for inner in [&json["points"][0], &json["axes"][0]] {
                for key in keys(inner) {
                    assert!(README.contains(&format!("`{key}`")), "{key}");
                }
            }
        }
    }

    #[test]
    fn readme_explains_every_key_of_the_stories() {
        // The sample of this repository's reports has a copy of what a run writes.
        let sample = include_str!("../../reports/01-first-stale-read/stories.json");
        let sample: serde_json::Value = serde_json::from_str(sample).expect("it is JSON");
        let stories = sample["stories"].as_array().map_or(0, Vec::len);
        assert!(stories >= 2, "there is something to explain");
        let mut keys = Vec::new();
        keys_of(&sample, &mut keys);
        for key in keys {
            let is_of_every_file = ["schema", "seed", "stories"].contains(&key.as_str());
            assert!(
                is_of_every_file || README.contains(&format!("`{key}`")),
                "{key}"
            );
        }
    }

    #[test]
    fn readme_explains_every_key_of_a_search() {
        let list = points::fixture::curve();
        let rules = list.rules.clone();
        let mut trials = list.list.into_iter().map(|point| terminal::Trial {
            value: point.settings[0].clone(),
            point,
        });
        let confirmed = trials.next().expect("there are three").point;
        let planned = terminal::Planned {
            title: list.title,
            file: "flag-flip.toml".to_owned(),
            changes: Vec::new(),
            path: "workload.visitors.cache-ttl".to_owned(),
            range: ("30s".to_owned(), "5m".to_owned()),
            rules,
            best: Some("60s".to_owned()),
            beyond: Some("5m".to_owned()),
            trials: trials.collect(),
            confirmed: Some(confirmed),
        };
        let json = planned_json::value(&planned);
        assert_eq!(explained("key of `plan --json`"), keys(&json));
        for inner in [&json["confirmed"], &json["tried"][0]] {
            for key in keys(inner) {
                assert!(README.contains(&format!("`{key}`")), "{key}");
            }
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
        assert_eq!(without.len(), 13);
        assert!(!without.contains(&"reads.csv".into()));
        assert!(names(fixture::tiered(1)).contains(&"reads.csv".into()));
    }

    #[test]
    fn what_scripts_printed_lies_beside_the_scripts() {
        let results = fixture::limited(1);
        let files = files(&results, None);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[13..], ["console.txt", "limiter.js", "index.js"]);
        let text = String::from_utf8(files[13].1.clone()).expect("is text");
        let lines: Vec<&str> = text.lines().take(9).collect();
        insta::assert_snapshot!("console_file", lines.join("\n"));
    }

    #[test]
    fn the_resolved_scenario_names_the_scripts_beside_it() {
        let mut results = fixture::limited(1);
        let workers = "\n[worker.limiter]\nscript = \"scripts/limiter.js\"\n\n[worker.pages]\nscript = \"pages/index.js\"\n";
        results.scenario.resolved.push_str(workers);
        let files = files(&results, None);
        let text = String::from_utf8(files[1].1.clone()).expect("is text");
        let named = "\n[worker.limiter]\nscript = \"limiter.js\"\n\n[worker.pages]\nscript = \"index.js\"\n";
        assert!(text.ends_with(named), "{text}");
    }

    #[test]
    fn the_same_results_give_the_same_bytes() {
        let first = files(&fixture::tiered(3), None);
        assert_eq!(first, files(&fixture::tiered(3), None));
    }
}
