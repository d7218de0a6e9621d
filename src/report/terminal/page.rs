//! The page of the terminal's summary: lines, headings, rows of values, and how they are coloured.

use crate::report::format::pad;
use anstyle::{AnsiColor, Style};

/// Columns of the page.
pub const WIDTH: usize = 98;
/// Columns of a row's name.
pub const LABEL: usize = 24;
/// Columns of a row's value.
pub const VALUE: usize = 30;

/// The text so far, and whether it may have colours.
pub struct Page {
    text: String,
    color: bool,
}

/// How a piece of text is meant.
#[derive(Clone, Copy)]
pub enum Tone {
    /// A heading or the answer.
    Strong,
    /// A definition or an aside.
    Quiet,
    /// An expectation that was met.
    Met,
    /// One that was not.
    Failed,
    /// One that the runs do not decide.
    Undecided,
}

impl Page {
    /// An empty one; colours only if asked for.
    pub fn new(color: bool) -> Page {
        Page {
            text: String::new(),
            color,
        }
    }

    /// What stands on it.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Adds a line, without spaces at its end.
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Adds where something was put, after an empty line. A path stays whole, however long it is, so that it can be
    /// copied; what is said of it stands below where it does not fit beside it.
    pub fn place(&mut self, path: &str, note: &str) {
        self.line("");
        let line = format!("  {path}   {note}");
        if line.chars().count() <= WIDTH {
            return self.line(&line);
        }
        self.line(&format!("  {path}"));
        self.line(&format!("  {note}"));
    }

    /// Adds a heading after an empty line.
    pub fn heading(&mut self, heading: &str) {
        self.line("");
        let heading = self.paint(Tone::Strong, heading);
        self.line(&format!("  {heading}"));
    }

    /// Adds a measured value between its name and its definition.
    pub fn row(&mut self, label: &str, value: &str, note: &str) {
        let note = self.paint(Tone::Quiet, note);
        let (label, value) = (pad(label, LABEL), pad(value, VALUE));
        self.line(&format!("  {label}{value}  {note}"));
    }

    /// `text` in the colour of its tone, if colours are wanted.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let coloured = |color: AnsiColor| Style::new().bold().fg_color(Some(color.into()));
        let style = match tone {
            Tone::Strong => Style::new().bold(),
            Tone::Quiet => Style::new().dimmed(),
            Tone::Met => coloured(AnsiColor::Green),
            Tone::Failed => coloured(AnsiColor::Red),
            Tone::Undecided => coloured(AnsiColor::Yellow),
        };
        format!("{style}{text}{style:#}")
    }
}

/// A text of the user's on one line, without what a terminal would take for a command.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// At most `width` columns of `text`; `…` stands for the rest.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_whole_and_what_is_said_of_it_stays_within_the_page() {
        let mut page = Page::new(false);
        page.place("reports/x/report.html", "(and more)");
        let long = format!("{}/report.html", "deep/".repeat(30));
        page.place(&long, "(and more)");
        let text = page.into_text();
        let lines: Vec<&str> = text.lines().collect();
        let long = format!("  {long}");
        assert_eq!(
            lines,
            [
                "",
                "  reports/x/report.html   (and more)",
                "",
                &long,
                "  (and more)"
            ]
        );
    }
}
