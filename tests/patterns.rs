//! The patterns: each program as people write it does the damage that its scenario states, each repaired one avoids it,
//! and the table of scenarios/README.md says what is measured. `UPDATE_PATTERNS=1` writes that table anew.

use kvlag::experiment::{self, Options, Outcome, Results};
use kvlag::report::format;
use kvlag::scenario::{self, Overrides};
use std::fs;
use std::path::{Path, PathBuf};

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// The folders of the patterns, in order.
fn patterns() -> Vec<PathBuf> {
    let entries = fs::read_dir(scenarios().join("patterns")).expect("the patterns are there");
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.expect("they can be listed").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// The scenario of a folder: the one as people write it, or the repaired one.
fn scenario_of(folder: &Path, is_repaired: bool) -> PathBuf {
    let entries = fs::read_dir(folder).expect("a pattern is a folder");
    let mut found = entries
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .filter(|path| path.to_string_lossy().ends_with("-repaired.toml") == is_repaired);
    let path = found.next().expect("each pattern has two scenarios");
    assert!(found.next().is_none(), "{} has too many", folder.display());
    path
}

fn run(path: &Path) -> Results {
    let scenario = scenario::load(path, &Overrides::default());
    let scenario = scenario.unwrap_or_else(|error| panic!("{}", error.render(false)));
    let options = Options {
        threads: 2,
        record_reads: false,
        progress: &|_| {},
    };
    let results = experiment::run(scenario, &options);
    results.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the first expectation is about, and what was measured of it.
fn headline(results: &Results) -> (String, String) {
    let rule = &results.scenario.expect[0];
    let operator = rule.text.find(['<', '=', '>']).expect("a rule compares");
    let measured = results.verdicts[0].measured.expect("it was measured");
    let unit = rule.measured.unit();
    (
        rule.text[..operator].trim().to_owned(),
        format::estimate(unit, measured),
    )
}

#[test]
fn the_table_of_patterns_says_what_is_measured() {
    let mut table = String::new();
    for folder in patterns() {
        let (written, repaired) = (scenario_of(&folder, false), scenario_of(&folder, true));
        let (before, after) = (run(&written), run(&repaired));
        for (path, results) in [(&written, &before), (&repaired, &after)] {
            for (verdict, rule) in results.verdicts.iter().zip(&results.scenario.expect) {
                assert_eq!(
                    verdict.outcome,
                    Outcome::Met,
                    "{}: {}",
                    path.display(),
                    rule.text
                );
            }
        }
        let ((metric, damage), (same, rest)) = (headline(&before), headline(&after));
        assert_eq!(metric, same, "{} speaks of one thing", folder.display());
        let name = folder.file_name().expect("a name").to_string_lossy();
        let title = &before.scenario.title;
        table +=
            &format!("| [{name}](patterns/{name}) | {title} | `{metric}` | {damage} | {rest} |\n");
    }
    let readme = scenarios().join("README.md");
    let text = fs::read_to_string(&readme).expect("the course is there");
    let (start, end) = (
        "| pattern | what goes wrong | measured | as written | repaired |\n|---|---|---|--:|--:|\n",
        "\n",
    );
    let from = text.find(start).expect("the table is there") + start.len();
    let to = from + text[from..].find(&format!("\n{end}")).expect("it ends") + 1;
    if std::env::var_os("UPDATE_PATTERNS").is_some() {
        let updated = format!("{}{table}{}", &text[..from], &text[to..]);
        fs::write(&readme, updated).expect("it can be written");
    } else {
        assert_eq!(
            text[from..to],
            table,
            "UPDATE_PATTERNS=1 writes the table anew"
        );
    }
}

#[test]
fn all_twenty_patterns_are_there_with_programs_and_questions() {
    let folders = patterns();
    assert_eq!(folders.len(), 20);
    for (number, folder) in folders.iter().enumerate() {
        let name = folder.file_name().expect("a name").to_string_lossy();
        assert!(name.starts_with(&format!("{:02}-", number + 1)), "{name}");
        for is_repaired in [false, true] {
            let path = scenario_of(folder, is_repaired);
            assert!(path.with_extension("js").is_file(), "{}", path.display());
            let text = fs::read_to_string(&path).expect("a scenario is text");
            for needed in ["question", "expect", "Predict", "Look at"] {
                assert!(text.contains(needed), "{} has no {needed}", path.display());
            }
        }
    }
}
