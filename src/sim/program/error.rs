//! What is wrong with a script, and where.

use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// What is wrong with a script, or what it threw.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScriptError {
    /// In words, beginning with the name of the error where it is one (`TypeError: …`).
    pub message: String,
    /// Where in the script; none where the engine does not know (a thrown value that is not an `Error`).
    pub place: Option<Place>,
}

/// A place in a script.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file as it was named to `worker::Script::load`.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}

impl Display for ScriptError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(Place { file, line, column }) = &self.place {
            write!(f, "{file}:{line}:{column}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl Error for ScriptError {}
