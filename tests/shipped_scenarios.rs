//! Every shipped scenario is right, has a question, and meets its own expectations.

#[path = "common/shipped.rs"]
mod shipped;

use shipped::shipped;
use std::fs;
use std::process::Command;

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
