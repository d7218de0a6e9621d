//! A lesson on paper: Markdown, with room for predictions before the answers.

use super::page::{directions, run_command, set_argument};
use super::{Lesson, Seen, guess};
use crate::report::format::wrap;
use crate::report::terminal::WIDTH;
use std::fmt::Write;

/// Room for a prediction.
const ROOM: &str = "________________________________";

/// The handouts of all lessons, one after the other, with what they are about before them.
pub fn course(handouts: &[String]) -> String {
    let titles = handouts.iter().filter_map(|handout| handout.lines().next());
    let titles = titles.map(|title| title.trim_start_matches("# "));
    let list: Vec<String> = titles.map(|title| format!("- {title}")).collect();
    let mut text = "# Eventual consistency, lesson by lesson\n\n".to_owned();
    paragraph(
        &mut text,
        "Each lesson is the same three steps: predict a number, look at what was measured, change one thing and \
         predict again. Write the predictions down before you read on.",
    );
    text.push_str(&list.join("\n"));
    text.push('\n');
    for handout in handouts {
        text.push_str("\n---\n\n");
        text.push_str(handout);
    }
    text
}

/// The handout of a lesson, given what was seen before and after its change.
pub fn handout(lesson: &Lesson, before: &Seen, after: &Seen, seed: Option<u64>) -> String {
    let scenario = &before.results.scenario;
    let mut text = format!("# Lesson {}: {}\n\n", lesson.number(), scenario.title);
    let question = scenario.question.as_deref().unwrap_or_default();
    paragraph(&mut text, &format!("*{question}*"));
    paragraph(&mut text, lesson.situation);

    heading(&mut text, "Predict");
    paragraph(&mut text, lesson.prediction.text);
    let wanted = guess::wanted(lesson.prediction.about.measure.unit());
    paragraph(&mut text, &format!("Prediction ({wanted}): {ROOM}"));

    heading(&mut text, "Answer");
    paragraph(
        &mut text,
        &format!("Measured, {}:", before.results.scenario.method()),
    );
    let rows = lesson.numbers.iter();
    table(
        &mut text,
        ["", "measured", ""],
        rows.map(|n| [n.name.to_owned(), before.shown(n), n.meaning.to_owned()]),
    );
    paragraph(&mut text, &(lesson.why)(before));

    heading(&mut text, "Change one thing");
    paragraph(&mut text, lesson.change.says);
    paragraph(&mut text, &format!("`{}`", set_argument(lesson)));
    paragraph(&mut text, lesson.change.question.text);
    paragraph(&mut text, &directions());
    paragraph(&mut text, &format!("Prediction (1, 2 or 3): {ROOM}"));

    heading(&mut text, "Answer after the change");
    let rows = lesson.numbers.iter();
    table(
        &mut text,
        ["", "before", "after"],
        rows.map(|n| [n.name.to_owned(), before.shown(n), after.shown(n)]),
    );
    let about = &lesson.change.question.about;
    let moved = before.moved(about, after).in_words();
    paragraph(&mut text, &format!("Of \"{}\": {moved}.", about.name));
    paragraph(&mut text, &(lesson.change.why)(before, after));
    paragraph(
        &mut text,
        &format!("The whole report: `{}`", run_command(lesson, seed)),
    );
    text.truncate(text.trim_end().len());
    text + "\n"
}

fn heading(text: &mut String, heading: &str) {
    let _ = write!(text, "## {heading}\n\n");
}

fn paragraph(text: &mut String, paragraph: &str) {
    let lines = wrap(paragraph, WIDTH);
    let _ = write!(text, "{}\n\n", lines.join("\n"));
}

fn table(text: &mut String, head: [&str; 3], rows: impl Iterator<Item = [String; 3]>) {
    let _ = writeln!(text, "| {} |\n|---|---|---|", head.join(" | "));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text.push('\n');
}
