//! What several of these tests need: a scenario from its text, or a failure that shows what is wrong with it.

use kvlag::scenario::{self, Overrides, Scenario};

/// The scenario that a text describes.
///
/// # Panics
///
/// If the text has mistakes: a mistake of the test, shown as a user would see it.
pub fn scenario(text: &str) -> Scenario {
    match scenario::parse("test.toml", text, "test", &Overrides::default()) {
        Ok(scenario) => scenario,
        Err(mistakes) => panic!("{}\n{text}", mistakes.render(false)),
    }
}
