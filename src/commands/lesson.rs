//! `kvlag lesson`: a lesson of the course, from its question to its answer. It needs no typing, and writes no file.

use super::progress::ProgressLine;
use super::{Exit, console};
use crate::experiment::{self, Options};
use crate::lesson::course::COURSE;
use crate::lesson::{Lesson, Seen, guess, handout, page};
use crate::scenario::Scenario;
use crate::scenario::diagnostic::Diagnostics;
use std::io::{BufRead, IsTerminal};

/// What is asked for.
pub struct Request {
    /// Which lesson, from 1.
    pub number: usize,
    /// Another seed than the scenario's.
    pub seed: Option<u64>,
    /// What to print.
    pub form: Form,
}

/// What a lesson is printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Step by step, with questions.
    Steps,
    /// All at once, in Markdown.
    Handout,
    /// Its scenario file.
    Scenario,
}

/// Lists the lessons.
pub fn list() -> Exit {
    let color = console::wants_color(&std::io::stdout());
    let titles = COURSE.iter().map(|lesson| {
        let scenario = lesson.scenario(None)?;
        Ok((scenario.title, scenario.question.unwrap_or_default()))
    });
    match titles.collect::<Result<Vec<_>, Box<Diagnostics>>>() {
        Ok(titles) => console::print(&page::list(&titles, color)),
        Err(mistakes) => refuse(&mistakes),
    }
}

/// Goes through a lesson.
pub fn lesson(request: &Request) -> Exit {
    let lesson = &COURSE[request.number - 1];
    let ended = match request.form {
        Form::Scenario => say(lesson.file),
        Form::Handout => print_handout(lesson, request.seed),
        Form::Steps => steps(lesson, request.seed),
    };
    ended.err().unwrap_or(Exit::Done)
}

/// The handouts of all lessons as one document.
pub fn course() -> Exit {
    let handouts = COURSE.iter().map(|lesson| handout_of(lesson, None));
    match handouts.collect::<Result<Vec<String>, Exit>>() {
        Ok(handouts) => console::print(&handout::course(&handouts)),
        Err(exit) => exit,
    }
}

fn print_handout(lesson: &Lesson, seed: Option<u64>) -> Result<(), Exit> {
    say(&handout_of(lesson, seed)?)
}

fn handout_of(lesson: &Lesson, seed: Option<u64>) -> Result<String, Exit> {
    let before = simulate(scenario(lesson.scenario(seed))?)?;
    let after = simulate(scenario(lesson.changed(seed))?)?;
    Ok(handout::handout(lesson, &before, &after, seed))
}

fn steps(lesson: &Lesson, seed: Option<u64>) -> Result<(), Exit> {
    let color = console::wants_color(&std::io::stdout());
    let plain = scenario(lesson.scenario(seed))?;
    let changed = scenario(lesson.changed(seed))?;

    say(&page::opening(lesson, &plain, color))?;
    let about = &lesson.prediction.about;
    let unit = about.measure.unit();
    let guessed = ask(&page::prompt(about), |typed| guess::number(typed, unit))?;

    let before = simulate(plain)?;
    say(&page::measured(lesson, &before, guessed, color))?;
    say(&page::change(lesson, color))?;
    let guessed = ask(page::PROMPT_FOR_DIRECTION, guess::direction)?;

    let after = simulate(changed)?;
    say(&page::changed(lesson, &before, &after, guessed, color))?;
    say(&page::next(lesson, seed, color))
}

fn say(text: &str) -> Result<(), Exit> {
    match console::print(text) {
        Exit::Done => Ok(()),
        exit => Err(exit),
    }
}

fn scenario(parsed: Result<Scenario, Box<Diagnostics>>) -> Result<Scenario, Exit> {
    parsed.map_err(|mistakes| refuse(&mistakes))
}

fn refuse(mistakes: &Diagnostics) -> Exit {
    let color = console::wants_color(&std::io::stderr());
    console::warn(&mistakes.render(color));
    Exit::Wrong
}

fn simulate(scenario: Scenario) -> Result<Seen, Exit> {
    let line = ProgressLine::new(&scenario.name, scenario.runs, false);
    let options = Options {
        threads: super::run::all_cores(),
        record_reads: false,
        progress: &|progress| line.advance(progress),
    };
    let results = experiment::run(scenario, &options);
    line.finish();
    match results {
        Ok(results) => Ok(Seen { results }),
        Err(error) => {
            let color = console::wants_color(&std::io::stderr());
            console::warn(&error.render(color));
            Err(Exit::Wrong)
        }
    }
}

/// Waits for an answer where somebody sits at a terminal and sees the question; else goes on without one.
fn ask<T>(prompt: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Exit> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || !std::io::stdout().is_terminal() {
        return Ok(None);
    }
    answer(&mut stdin.lock(), prompt, read, say)
}

/// An answer from `input`. Nothing typed is none; what cannot be read is asked for once more.
fn answer<T>(
    input: &mut impl BufRead,
    prompt: &str,
    read: impl Fn(&str) -> Option<T>,
    mut say: impl FnMut(&str) -> Result<(), Exit>,
) -> Result<Option<T>, Exit> {
    for _ in 0..2 {
        say(prompt)?;
        let mut typed = String::new();
        // An input that breaks off is nobody who answers.
        if input.read_line(&mut typed).is_err() || typed.trim().is_empty() {
            return Ok(None);
        }
        let read = read(&typed);
        if read.is_some() {
            return Ok(read);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::metric::Unit;

    /// What is read of the lines typed, and how often was asked.
    fn typed(lines: &str) -> (Option<f64>, usize) {
        let mut asked = 0;
        let mut input = lines.as_bytes();
        let read = |typed: &str| guess::number(typed, Unit::Seconds);
        let say = |_: &str| {
            asked += 1;
            Ok(())
        };
        let answer = answer(&mut input, "?", read, say).expect("nothing fails");
        (answer, asked)
    }

    #[test]
    fn what_cannot_be_read_is_asked_for_once_more() {
        assert_eq!(typed("48\n"), (Some(48.0), 1));
        assert_eq!(typed("many\n48\n"), (Some(48.0), 2));
        assert_eq!(typed("many\nmore\n48\n"), (None, 2));
    }

    #[test]
    fn nothing_typed_is_no_answer() {
        assert_eq!(typed("\n48\n"), (None, 1));
        assert_eq!(typed(""), (None, 1));
    }
}
