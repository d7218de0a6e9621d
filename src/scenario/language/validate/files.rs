//! Files that a scenario names: that they are there and can be read.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::Checker;
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::written::Written;

/// What to do about files of a kind.
pub struct Advice {
    /// About a folder or device in place of a file.
    pub no_file: &'static str,
    /// About a file that cannot be read.
    pub unreadable: &'static str,
}

/// Why a file is of no use.
enum Trouble {
    Absent,
    /// It is something else.
    NoFile(&'static str),
    /// Its whole path is not text, so that no resolved scenario could name it.
    NotText,
    Unreadable(String),
}

impl Checker<'_> {
    /// Finds a file and opens it: a run shall not begin and then stop for that. Its whole path, and the file.
    pub fn opened(&mut self, file: &Written<String>, advice: &Advice) -> Option<(PathBuf, File)> {
        let path = self.directory.join(&file.value);
        let (title, help) = match opened(&path) {
            Ok(found) => return Some(found),
            Err(Trouble::Absent) => (
                "there is no such file".to_owned(),
                "a path is relative to the folder of the scenario's file",
            ),
            Err(Trouble::NoFile(what)) => (format!("this is {what}, and no file"), advice.no_file),
            Err(Trouble::NotText) => (
                "the folders above this file have names that are not UTF-8".to_owned(),
                "rename them, or move the file",
            ),
            Err(Trouble::Unreadable(why)) => (
                format!("this file cannot be read: {why}"),
                advice.unreadable,
            ),
        };
        self.unreadable_file(file, title, help);
        None
    }

    /// Reads a text of at most so many bytes, which `what` calls by its kind.
    pub fn text_of_file(
        &mut self,
        file: &Written<String>,
        opened: File,
        what: &str,
        size_max: u64,
    ) -> Option<String> {
        let mut bytes = Vec::new();
        if let Err(error) = opened.take(size_max + 1).read_to_end(&mut bytes) {
            let title = format!("this file cannot be read: {error}");
            let help = format!("{what} is read when the scenario is");
            self.unreadable_file(file, title, &help);
            return None;
        }
        if bytes.len() as u64 > size_max {
            let title = format!("{what} has at most {size_max} bytes, and this file has more");
            self.unreadable_file(file, title, "is it the file that was meant?");
            return None;
        }
        match String::from_utf8(bytes) {
            Ok(text) => Some(text),
            Err(error) => {
                let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
                let title = format!("this file is not UTF-8 text (line {line})");
                self.unreadable_file(file, title, "save it as UTF-8");
                None
            }
        }
    }

    fn unreadable_file(&mut self, file: &Written<String>, title: String, help: &str) {
        self.mistake(
            Diagnostic::new(Code::UnreadableFile, title)
                .at(&file.span, "")
                .help(help),
        );
    }
}

/// The whole path of a file that can be read, and the file.
fn opened(path: &Path) -> Result<(PathBuf, File), Trouble> {
    let trouble = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Trouble::Absent,
        ErrorKind::PermissionDenied => Trouble::Unreadable("permission denied".to_owned()),
        _ => Trouble::Unreadable(error.to_string()),
    };
    // TOML can write a NUL, which no file system can look for.
    if path.as_os_str().as_encoded_bytes().contains(&0) {
        return Err(Trouble::Absent);
    }
    let path = fs::canonicalize(path).map_err(trouble)?;
    let kind = fs::metadata(&path).map_err(trouble)?.file_type();
    if kind.is_dir() {
        return Err(Trouble::NoFile("a folder"));
    }
    if !kind.is_file() {
        return Err(Trouble::NoFile("a pipe or a device"));
    }
    let file = File::open(&path).map_err(trouble)?;
    if path.to_str().is_none() {
        return Err(Trouble::NotText);
    }
    Ok((path, file))
}
