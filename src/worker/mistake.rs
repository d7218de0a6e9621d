//! Scripts that are no module Workers, and how that is shown: file, line, characters.

use crate::scenario::ScriptFile;
use crate::scenario::diagnostic::printable;
use crate::sim::program::{Place, ScriptError};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::fmt;
use std::ops::Range;

/// What is wrong with scripts, at least one.
#[derive(Debug)]
pub struct ScriptMistakes {
    each: Vec<(ScriptFile, ScriptError)>,
}

/// A longer line is shown by its place alone.
const SHOWN_MAX: usize = 200;

impl ScriptMistakes {
    pub(super) fn new(each: Vec<(ScriptFile, ScriptError)>) -> Self {
        ScriptMistakes { each }
    }

    /// The message for people.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let each = self.each.iter();
        each.map(|(script, error)| format!("{}\n", renderer.render(&[group(script, error)])))
            .collect()
    }
}

fn group<'a>(script: &'a ScriptFile, error: &'a ScriptError) -> Group<'a> {
    let title = Level::ERROR.primary_title(printable(&error.message));
    let path = printable(&script.name);
    let group = Group::with_title(title);
    let Some(Place { line, column, .. }) = &error.place else {
        return group.element(Origin::path(path));
    };
    let (line, column) = (*line as usize, *column as usize);
    match shown(&script.source, line, column) {
        Some((text, span)) => {
            let annotation = AnnotationKind::Primary.span(span);
            let snippet = Snippet::source(text).path(path).line_start(line);
            group.element(snippet.annotation(annotation))
        }
        None => group.element(Origin::path(path).line(line).char_column(column)),
    }
}

/// A line of a script, and the bytes of the character at which something is wrong.
fn shown(source: &str, line: usize, column: usize) -> Option<(&str, Range<usize>)> {
    let text = source.lines().nth(line.checked_sub(1)?)?;
    if text.len() > SHOWN_MAX {
        return None;
    }
    let start = text.char_indices().nth(column.saturating_sub(1));
    let span = start.map_or(text.len()..text.len(), |(at, c)| at..at + c.len_utf8());
    Some((text, span))
}

impl fmt::Display for ScriptMistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for ScriptMistakes {}
