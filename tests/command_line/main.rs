//! Commands from end to end, as people give them: what is printed and written, what is refused, and with which status.

mod explain;
mod manners;
mod plan;
mod sweep;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// What a command of kvlag's gives in a folder.
fn kvlag(place: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvlag"));
    command
        .args(arguments)
        .current_dir(place)
        .env_remove("RUST_LOG");
    command.output().expect("kvlag runs")
}

/// A folder with one file in it.
fn workplace(name: &str, text: &str) -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a temporary folder");
    fs::write(place.path().join(name), text).expect("a temporary folder takes files");
    place
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
