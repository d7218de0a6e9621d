//! `kvlag check`: says what is wrong with scenarios, without simulating them.

use super::{Exit, console, load};
use crate::scenario::Overrides;
use std::path::PathBuf;

/// Checks each file; with `print`, prints the scenario with every default filled in.
pub fn check(files: &[PathBuf], overrides: &Overrides, print: bool) -> Exit {
    let mut exit = Exit::Done;
    for file in files {
        match load::load(file, overrides) {
            None => exit = Exit::Wrong,
            Some(scenario) if print => {
                if console::print(&scenario.resolved) == Exit::Wrong {
                    return Exit::Wrong;
                }
            }
            Some(scenario) => {
                let mut text = format!("{}: no mistakes\n", file.display());
                for hint in &scenario.hints {
                    text += &format!("  · {hint}\n");
                }
                for replay in &scenario.replays {
                    text += &format!(
                        "  · What stands in the file of the replay {} is read when it runs.\n",
                        replay.name
                    );
                }
                if console::print(&text) == Exit::Wrong {
                    return Exit::Wrong;
                }
            }
        }
    }
    exit
}
