//! What can be wrong with a recorded workload, and how it is shown: file, line, characters, what to do.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::scenario::Replay;
use crate::scenario::diagnostic::printable;

/// What to do about any bad line.
const SKIP: &str = "`skip-bad-lines = true` passes over such lines and counts them";

/// How much of a line is shown; a longer one is shown by its place alone.
const SHOWN_MAX: usize = 200;

/// Why a recorded workload cannot be read on.
#[derive(Debug)]
pub enum TraceError {
    /// The file cannot be opened, read or decompressed.
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A line is not what its format says.
    BadLine(Box<BadLine>),
}

/// A line (of a binary file, a record) that is not what its format says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// The file.
    pub file: PathBuf,
    /// Number of the line, or of the record, from 1; 0 where it is the file as a whole that is not.
    pub number: u64,
    /// Number of the first character at fault, from 1; `None` in a binary file.
    pub column: Option<usize>,
    /// What is wrong, in one line.
    pub what: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether the lines behind it can be read.
    is_passable: bool,
    /// The line, fit to be shown, and the bytes of it at fault; `None` where it is too long or binary.
    shown: Option<(String, Range<usize>)>,
}

/// What a reader of a format finds wrong.
#[derive(Debug)]
pub struct Problem {
    /// Bytes of the line at fault.
    pub span: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Why a reader of a format has no operation to give.
#[derive(Debug)]
pub enum Trouble {
    /// The file cannot be read on.
    Io(io::Error),
    /// One line is bad; the next may be good.
    Line(Box<Problem>),
    /// Nothing behind this can be read.
    End(Box<Problem>),
}

/// What a reader of a format can say of a part of a line.
pub type Checked<T> = Result<T, Box<Problem>>;

impl Problem {
    /// Something wrong at some bytes of a line.
    pub fn new(span: Range<usize>, what: impl Into<String>) -> Box<Self> {
        Box::new(Problem {
            span,
            what: what.into(),
            help: None,
        })
    }

    /// Says what to do.
    pub fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(help.into());
        self
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::Io(error)
    }
}

impl From<Box<Problem>> for Trouble {
    fn from(problem: Box<Problem>) -> Self {
        Trouble::Line(problem)
    }
}

impl BadLine {
    /// A problem in a line of a file.
    pub(super) fn in_line(replay: &Replay, number: u64, line: &[u8], problem: Problem) -> Self {
        let end = problem.span.end.min(line.len());
        let start = problem.span.start.min(end);
        // What is not UTF-8 is shown as such, and takes other numbers of bytes then.
        let before = String::from_utf8_lossy(&line[..start]);
        let column = before.chars().count() + 1;
        let shown = (line.len() <= SHOWN_MAX).then(|| {
            let at_fault = String::from_utf8_lossy(&line[start..end]);
            let behind = String::from_utf8_lossy(&line[end..]);
            let span = before.len()..before.len() + at_fault.len();
            (format!("{before}{at_fault}{behind}"), span)
        });
        BadLine {
            file: replay.file.clone(),
            number,
            column: Some(column),
            what: problem.what,
            help: problem.help,
            is_passable: true,
            shown,
        }
    }

    /// A problem in a record of a binary file.
    pub(super) fn in_record(replay: &Replay, number: u64, problem: Problem) -> Self {
        BadLine {
            file: replay.file.clone(),
            number,
            column: None,
            what: format!("record {number}: {}", problem.what),
            help: problem.help,
            is_passable: true,
            shown: None,
        }
    }

    /// A problem of a whole file.
    pub(super) fn of_file(replay: &Replay, problem: Problem) -> Self {
        BadLine {
            file: replay.file.clone(),
            number: 0,
            column: None,
            what: problem.what,
            help: problem.help,
            is_passable: false,
            shown: None,
        }
    }

    /// Says that nothing behind it can be read.
    pub(super) fn at_the_end(mut self) -> Self {
        self.is_passable = false;
        self
    }

    fn group(&self) -> Group<'_> {
        let title = Level::ERROR.primary_title(printable(&self.what));
        let path = printable(&self.file.to_string_lossy());
        let line = usize::try_from(self.number).unwrap_or(usize::MAX);
        let mut group = Group::with_title(title);
        group = match (&self.shown, self.column) {
            (Some((text, span)), _) => {
                let annotation = AnnotationKind::Primary.span(span.clone());
                let snippet = Snippet::source(text.as_str()).path(path).line_start(line);
                group.element(snippet.annotation(annotation))
            }
            (None, Some(column)) => {
                group.element(Origin::path(path).line(line).char_column(column))
            }
            (None, None) => group.element(Origin::path(path)),
        };
        let skip = self.is_passable.then_some(SKIP);
        for help in self.help.as_deref().into_iter().chain(skip) {
            group = group.element(Level::HELP.message(printable(help)));
        }
        group
    }
}

impl TraceError {
    /// The file of a replay cannot be read.
    pub(super) fn unreadable(replay: &Replay, error: io::Error) -> Self {
        TraceError::Unreadable {
            file: replay.file.clone(),
            error,
        }
    }

    /// The message for people.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        match self {
            TraceError::Unreadable { file, error } => {
                let file = printable(&file.to_string_lossy());
                format!("error: {file} cannot be read: {error}\n")
            }
            TraceError::BadLine(bad) => {
                let renderer = renderer.decor_style(DecorStyle::Ascii);
                format!("{}\n", renderer.render(&[bad.group()]))
            }
        }
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for TraceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            TraceError::Unreadable { error, .. } => Some(error),
            TraceError::BadLine(_) => None,
        }
    }
}
