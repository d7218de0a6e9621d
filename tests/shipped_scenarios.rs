//! Every shipped scenario is right, has a question, and meets its own expectations.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn shipped() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the scenarios are there") {
            let path = entry.expect("the scenarios are there").path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() >= 7, "the walk finds the scenarios");
    files
}

#[test]
fn every_shipped_scenario_meets_its_expectations() {
    let out = tempfile::tempdir().expect("a temporary folder");
    for file in shipped() {
        let run = Command::new(env!("CARGO_BIN_EXE_kvlag"))
            .arg("run")
            .arg(&file)
            .arg("--out")
            .arg(out.path())
            .output()
            .expect("kvlag runs");
        let text = String::from_utf8_lossy(&run.stdout);
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{}:\n{text}{errors}", file.display());
        assert!(
            errors.is_empty(),
            "{} is not silent on stderr: {errors}",
            file.display()
        );
        let source = fs::read_to_string(&file).expect("a scenario is text");
        for needed in ["title", "question", "expect"] {
            assert!(
                source.contains(needed),
                "{} has no {needed}",
                file.display()
            );
        }
    }
}
