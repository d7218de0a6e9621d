//! Loads a scenario with the scripts that it names, or says all that is wrong with it.

use super::console;
use crate::scenario::{self, Overrides, Scenario};
use crate::worker::Workers;
use std::path::Path;

/// Loads a scenario; what is wrong with it goes to stderr.
pub fn load(file: &Path, overrides: &Overrides) -> Option<Scenario> {
    let scenario = match scenario::load(file, overrides) {
        Ok(scenario) => scenario,
        Err(error) => {
            console::complain(|color| error.render(color));
            return None;
        }
    };
    if let Err(mistakes) = Workers::load(&scenario) {
        console::complain(|color| mistakes.render(color));
        return None;
    }
    Some(scenario)
}
