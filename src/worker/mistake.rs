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
    let group = placed(script, error);
    match help(script, error) {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    }
}

fn placed<'a>(script: &'a ScriptFile, error: &'a ScriptError) -> Group<'a> {
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

/// What to do about it, where the script is of a kind that is often met.
fn help(script: &ScriptFile, error: &ScriptError) -> Option<&'static str> {
    let message = error.message.as_str();
    let is = |what: &str| message.contains(what);
    if is("Error resolving module 'cloudflare:") {
        return Some(
            "the platform's own modules are not simulated: export an object with a fetch method",
        );
    }
    if is("Error resolving module") {
        return Some(
            "bundle it first: `npx wrangler deploy --dry-run --outdir dist` writes one file",
        );
    }
    let is_older = ["module", "exports", "require", "addEventListener"]
        .iter()
        .any(|name| is(&format!("{name} is not defined")));
    if is_older || is("does not export a fetch() function") {
        return Some(
            "a module Worker says `export default { async fetch(request, env, ctx) { … } }`",
        );
    }
    if is("SyntaxError") && is_typed(script, error) {
        return Some(
            "types must be taken out first: `npx wrangler deploy --dry-run --outdir dist` writes JavaScript",
        );
    }
    None
}

/// Whether a mistake of syntax looks like TypeScript.
fn is_typed(script: &ScriptFile, error: &ScriptError) -> bool {
    if [".ts", ".tsx", ".mts"]
        .iter()
        .any(|end| script.name.ends_with(end))
    {
        return true;
    }
    let Some(Place { line, column, .. }) = &error.place else {
        return false;
    };
    let text = script
        .source
        .lines()
        .nth((*line as usize).saturating_sub(1))
        .unwrap_or_default();
    let at: String = text
        .chars()
        .skip((*column as usize).saturating_sub(1))
        .collect();
    [":", "interface ", "type ", "enum ", "as ", "<"]
        .iter()
        .any(|start| at.starts_with(start))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::random::Seed;
    use crate::worker::{Environment, Isolate, Script};
    use std::path::PathBuf;

    #[test]
    fn scripts_of_kinds_often_met_are_helped() {
        let cases = [
            ("module.exports = {};", "export default {"),
            ("addEventListener('fetch', () => {});", "export default {"),
            ("export default {};", "export default {"),
            ("import { Hono } from 'hono';", "bundle"),
            (
                "import { DurableObject } from 'cloudflare:workers';",
                "own modules",
            ),
            ("interface Env {}", "types"),
            ("const a: string = '';", "types"),
            ("const a = ;", "none"),
            ("null.a;", "none"),
        ];
        for (source, wanted) in cases {
            let script = ScriptFile {
                name: "a.js".to_owned(),
                path: PathBuf::from("a.js"),
                source: source.into(),
            };
            let started = Script::load("a.js", source)
                .and_then(|script| Isolate::new(&script, &Environment::default(), Seed::of_run(1)));
            let error = started.expect_err("it is no module Worker");
            let help = help(&script, &error).unwrap_or("none");
            assert!(help.contains(wanted), "{source}: {error}: {help}");
        }
    }
}
