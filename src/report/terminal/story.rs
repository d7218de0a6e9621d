//! The story of a read on the terminal: a sentence, who sent what to whom, and why.

use super::page::{Page, Tone, WIDTH, cut, printable};
use crate::report::format::{command, pad, wrap};
use crate::report::sequence::{Message, Sequence, clock, length};
use crate::report::story::Told;
use crate::units::{Duration, Time};

/// The column of the first lane; times stand before it.
const FIRST: usize = 15;
/// Columns for all lanes.
const LANES: usize = 48;
/// A gap as long as this is shown.
const GAP: Duration = Duration::from_secs(1);

/// The story, ending in a line break.
pub fn story(told: &Told, color: bool) -> String {
    let mut page = Page::new(color);
    for line in wrap(&printable(&told.headline()), WIDTH) {
        let line = page.paint(Tone::Strong, &line);
        page.line(&line);
    }
    let method = format!(
        "Seed {}, every read simulated: counted runs draw other single reads, alike in distribution.",
        told.scenario.seed
    );
    let method = page.paint(Tone::Quiet, &method);
    page.line(&method);
    page.line("");
    diagram(&mut page, &Sequence::of(told));
    page.line("");
    paragraph(&mut page, "Why:", &told.why());
    paragraph(&mut page, "Within:", told.within());
    let mut label = "Change:";
    for sentence in told.change() {
        paragraph(&mut page, label, &sentence);
        label = "";
    }
    if let Some(trial) = &told.trial {
        let words = ["--what-if".to_owned(), trial.clone()];
        paragraph(&mut page, label, &format!("Try: {}", command(words)));
    }
    if let Some(same) = told.same() {
        paragraph(&mut page, "Same:", &same);
    }
    if let Some(instead) = told.instead() {
        page.line("");
        for line in wrap(&printable(&instead), WIDTH) {
            let line = page.paint(Tone::Strong, &line);
            page.line(&line);
        }
    }
    page.into_text()
}

fn paragraph(page: &mut Page, label: &str, text: &str) {
    const LABEL: usize = 9;
    for (index, line) in wrap(&printable(text), WIDTH - LABEL).iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        page.line(&format!("{}{line}", pad(label, LABEL)));
    }
}

/// The columns of the lanes.
struct Grid<'s> {
    sequence: &'s Sequence,
    step: usize,
}

fn diagram(page: &mut Page, sequence: &Sequence) {
    let step = (LANES / (sequence.lanes.len() - 1)).clamp(6, 14);
    let grid = Grid { sequence, step };
    page.line(&grid.heads(|lane| &lane.role));
    page.line(&grid.heads(|lane| &lane.place));
    let mut last: Option<Time> = None;
    for row in rows(sequence) {
        if let Some(last) = last
            && row.time - last >= GAP
        {
            let gap = format!("{:>12}", "⋮");
            let columns = grid.lifelines(last);
            let line = format!("{gap}{}{}", grid.text(&columns), length(row.time - last));
            page.line(&line);
        }
        last = Some(row.time);
        grid.row(page, &row);
    }
}

/// A line of the diagram.
struct Row<'s> {
    time: Time,
    message: Option<&'s Message>,
    note: &'s str,
}

fn rows(sequence: &Sequence) -> Vec<Row<'_>> {
    let held = sequence.held.iter().filter_map(|held| {
        Some(Row {
            time: held.from,
            message: None,
            note: held.note.as_deref()?,
        })
    });
    let messages = sequence.messages.iter().map(|message| Row {
        time: message.told,
        message: Some(message),
        note: &message.note,
    });
    let mut rows: Vec<Row<'_>> = held.chain(messages).collect();
    rows.sort_by_key(|row| row.time);
    rows
}

impl Grid<'_> {
    fn column(&self, lane: usize) -> usize {
        FIRST + lane * self.step
    }

    fn width(&self) -> usize {
        self.column(self.sequence.lanes.len() - 1) + 3
    }

    /// The names above the lanes, each centred where there is room.
    fn heads(&self, name: impl Fn(&crate::report::sequence::Lane) -> &str) -> String {
        let mut line = String::new();
        for (index, lane) in self.sequence.lanes.iter().enumerate() {
            let name = cut(&printable(name(lane)), self.step - 1);
            let width = name.chars().count();
            let start = self.column(index) - width / 2;
            line = pad(&line, start) + &name;
        }
        line
    }

    /// The lanes at an instant, before anything is drawn on them.
    fn lifelines(&self, time: Time) -> Vec<char> {
        let mut columns = vec![' '; self.width()];
        for lane in 0..self.sequence.lanes.len() {
            columns[self.column(lane)] = '│';
        }
        if let Some(held) = &self.sequence.held
            && held.from <= time
            && time < held.until
        {
            let is_superseded = held.superseded.is_some_and(|superseded| superseded <= time);
            columns[self.column(self.sequence.pop)] = if is_superseded { '░' } else { '┃' };
        }
        columns
    }

    /// What stands from the end of the times on.
    fn text(&self, columns: &[char]) -> String {
        columns[12..].iter().collect()
    }

    fn row(&self, page: &mut Page, row: &Row) {
        let mut columns = self.lifelines(row.time);
        if let Some(message) = row.message {
            self.draw(&mut columns, message);
        }
        let mut start = format!("{:>12}{}", clock(row.time), self.text(&columns));
        for line in wrap(&printable(row.note), WIDTH - self.width()) {
            let note = page.paint(Tone::Quiet, &line);
            page.line(&format!("{start}{note}"));
            let lifelines = self.lifelines(row.time);
            start = format!("{:>12}{}", "", self.text(&lifelines));
        }
    }

    fn draw(&self, columns: &mut [char], message: &Message) {
        let (from, to) = (self.column(message.from), self.column(message.to));
        let (first, last) = (from.min(to) + 1, from.max(to) - 1);
        columns[first..=last].fill('─');
        if to > from {
            columns[last] = '►';
        } else {
            columns[first] = '◄';
        }
        let room = (last - first).saturating_sub(1);
        let fits = message.label.chars().count() + 2 <= room;
        let first_word = message.label.split(' ').next().unwrap_or_default();
        let label = if fits { &message.label } else { first_word };
        let label = format!(" {} ", cut(label, room.saturating_sub(2)));
        let width = label.chars().count();
        if width > 2 && width <= room {
            let start = first + (last + 1 - first - width) / 2;
            for (index, character) in label.chars().enumerate() {
                columns[start + index] = character;
            }
        }
    }
}
