//! The scenarios that come with the program.

use std::fs;
use std::path::{Path, PathBuf};

/// Every file of `scenarios` and below.
pub fn shipped() -> Vec<PathBuf> {
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
