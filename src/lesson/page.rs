//! A lesson on the terminal, part by part, as somebody goes through it.

use super::course::COURSE;
use super::{Lesson, Move, Number, Seen, guess};
use crate::report::format::{self, pad, wrap};
use crate::report::terminal::page::{Page, Tone, WIDTH};
use crate::scenario::Scenario;

/// Columns of a number's name.
const NAME: usize = 32;
/// Columns of a measured number.
const VALUE: usize = 20;

/// The lessons, and how to start.
pub fn list(titles: &[(String, String)], color: bool) -> String {
    let mut page = Page::new(color);
    page.line(&page.paint(Tone::Strong, "Ten lessons on eventual consistency"));
    page.line("");
    for (index, (title, question)) in titles.iter().enumerate() {
        let title = page.paint(Tone::Strong, title);
        page.line(&format!("  {:>2}  {title}", index + 1));
        for line in wrap(question, WIDTH - 6) {
            let line = page.paint(Tone::Quiet, &line);
            page.line(&format!("      {line}"));
        }
    }
    page.line("");
    page.line("  kvlag lesson 1");
    note(
        &mut page,
        "asks for a prediction, runs, shows, explains, and changes one thing",
    );
    page.line("  kvlag lesson 1 --print");
    note(&mut page, "the same as a handout in Markdown");
    page.into_text()
}

/// Title, question and situation, and what is to be predicted.
pub fn opening(lesson: &Lesson, scenario: &Scenario, color: bool) -> String {
    let mut page = Page::new(color);
    let title = format!("Lesson {}: {}", lesson.number(), scenario.title);
    page.line(&page.paint(Tone::Strong, &title));
    let question = scenario.question.as_deref().unwrap_or_default();
    for line in wrap(question, WIDTH - 2) {
        let line = page.paint(Tone::Quiet, &line);
        page.line(&format!("  {line}"));
    }
    page.line("");
    prose(&mut page, lesson.situation);
    page.heading("PREDICT");
    prose(&mut page, lesson.prediction.text);
    page.into_text()
}

/// What was measured, beside a guess if there is one, and why.
pub fn measured(lesson: &Lesson, seen: &Seen, guessed: Option<f64>, color: bool) -> String {
    let mut page = Page::new(color);
    page.heading("MEASURED");
    let method = page.paint(Tone::Quiet, &seen.results.scenario.method());
    page.line(&format!("  {method}"));
    for number in lesson.numbers {
        row(&mut page, number.name, &seen.shown(number), number.meaning);
        if let Some(guessed) = guessed.filter(|_| *number == lesson.prediction.about) {
            let shown = format::value(number.measure.unit(), guessed);
            let judged = guess::judged(guessed, seen.value(number));
            row(&mut page, "  your guess", &shown, judged);
        }
    }
    page.heading("WHY");
    prose(&mut page, &(lesson.why)(seen));
    page.into_text()
}

/// The one thing to change, and what is to be predicted of it.
pub fn change(lesson: &Lesson, color: bool) -> String {
    let mut page = Page::new(color);
    page.heading("CHANGE ONE THING");
    prose(&mut page, lesson.change.says);
    page.line(&format!("    {}", set_argument(lesson)));
    prose(&mut page, lesson.change.question.text);
    page.line(&format!("    {}", directions()));
    page.into_text()
}

/// The numbers before and after the change, beside a guess if there is one, and why.
pub fn changed(
    lesson: &Lesson,
    before: &Seen,
    after: &Seen,
    guessed: Option<Move>,
    color: bool,
) -> String {
    let mut page = Page::new(color);
    page.heading("BEFORE AND AFTER");
    row(&mut page, "", "before", "after");
    for number in lesson.numbers {
        let is_asked = *number == lesson.change.question.about;
        row(
            &mut page,
            number.name,
            &before.shown(number),
            &after.shown(number),
        );
        if let Some(guessed) = guessed.filter(|_| is_asked) {
            let moved = before.moved(number, after);
            let judged = match moved {
                _ if moved == guessed => "right".to_owned(),
                _ => format!("no: {}", moved.in_words()),
            };
            let guessed = format!("  your guess: {}", guessed.in_words());
            row(&mut page, &guessed, "", &judged);
        }
    }
    page.heading("WHY");
    prose(&mut page, &(lesson.change.why)(before, after));
    page.into_text()
}

/// What to do next.
pub fn next(lesson: &Lesson, seed: Option<u64>, color: bool) -> String {
    let mut page = Page::new(color);
    page.heading("NEXT");
    let number = lesson.number();
    if number < COURSE.len() {
        let seed = seed.map_or(String::new(), |seed| format!(" --seed {seed}"));
        page.line(&format!("  kvlag lesson {}{seed}", number + 1));
    } else {
        page.line("  That was the last one. A scenario of your own: kvlag new my.toml");
    }
    page.line(&format!("  {}", run_command(lesson, seed)));
    note(
        &mut page,
        "the whole report, in a clone of the repository; more to try stands in that file",
    );
    page.line(&format!(
        "  kvlag lesson {number} --scenario > {}.toml",
        lesson.name
    ));
    note(&mut page, "that file, for those who have no clone");
    page.into_text()
}

/// The command that gives the whole report of a lesson's scenario.
pub fn run_command(lesson: &Lesson, seed: Option<u64>) -> String {
    let runs = lesson
        .runs
        .map_or(String::new(), |runs| format!(" --runs {runs}"));
    let seed = seed.map_or(String::new(), |seed| format!(" --seed {seed}"));
    format!("kvlag run{runs}{seed} {}", lesson.path())
}

/// A lesson's change as a shell needs it.
pub fn set_argument(lesson: &Lesson) -> String {
    let set = lesson.change.set;
    if set.contains(['[', '"', ' ']) {
        format!("--set '{set}'")
    } else {
        format!("--set {set}")
    }
}

/// The directions among which to choose.
pub fn directions() -> String {
    let moves = [Move::Down, Move::Stays, Move::Up].map(Move::in_words);
    let [falls, stays, rises] = moves;
    format!("1 {falls} · 2 {stays} · 3 {rises}")
}

/// What a terminal is asked by after a question for a number.
pub fn prompt(about: &Number) -> String {
    let wanted = guess::wanted(about.measure.unit());
    format!("\n  Your guess, {wanted} (Enter to skip): ")
}

/// What a terminal is asked by after a question for a direction.
pub const PROMPT_FOR_DIRECTION: &str = "\n  Your guess, 1, 2 or 3 (Enter to skip): ";

fn prose(page: &mut Page, text: &str) {
    for line in wrap(text, WIDTH - 2) {
        page.line(&format!("  {line}"));
    }
}

fn note(page: &mut Page, text: &str) {
    let text = page.paint(Tone::Quiet, text);
    page.line(&format!("    {text}"));
}

fn row(page: &mut Page, name: &str, value: &str, note: &str) {
    let (name, value) = (pad(name, NAME), pad(value, VALUE));
    page.line(&format!("  {name}{value}  {note}"));
}
