//! `kvlag new`: a commented scenario to start from.

use super::{Exit, console};
use crate::report::format::command;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// The scenario to start from.
pub const STARTER: &str = include_str!("starter.toml");

/// Writes the starter to a file that does not exist yet, or prints it.
pub fn new(file: Option<&Path>) -> Exit {
    let Some(file) = file else {
        return console::print(STARTER);
    };
    let created = OpenOptions::new().write(true).create_new(true).open(file);
    match created.and_then(|mut created| created.write_all(STARTER.as_bytes())) {
        Ok(()) => {
            let words = ["kvlag", "run", &file.to_string_lossy()].map(str::to_owned);
            console::print(&format!(
                "{} is written. Change it, then: {}\n",
                file.display(),
                command(words)
            ))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => console::error(&format!(
            "{} exists already, and stays as it is",
            file.display()
        )),
        Err(error) => console::error(&format!("cannot write {}: {error}", file.display())),
    }
}
