//! Lessons: predict, run, look, change one thing.
//!
//! A lesson is data ([`Lesson`]): a scenario of `scenarios/lessons`, which owns title and question, and what a teacher
//! says around it. The ten of them stand in [`course`], one file each. What a run of theirs found is [`Seen`]; [`page`]
//! shows a lesson on the terminal, [`handout`] on paper, and [`guess`] reads what somebody predicts.

pub mod course;
pub mod guess;
pub mod handout;
pub mod page;
mod seen;

use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::metric::{Metric, Statistic, Unit};
use crate::scenario::{self, Overrides, Scenario};

pub use seen::Seen;

/// One lesson.
#[derive(Debug)]
pub struct Lesson {
    /// The stem of its file in `scenarios/lessons`; begins with its number.
    pub name: &'static str,
    /// That file.
    pub file: &'static str,
    /// How often it is run; as the file says where `None`.
    pub runs: Option<u32>,
    /// What there is and what happens.
    pub situation: &'static str,
    /// Asked before the run; answered by a number.
    pub prediction: Question,
    /// The numbers to look at, before and after the change.
    pub numbers: &'static [Number],
    /// Why the numbers are what they are.
    pub why: fn(&Seen) -> String,
    /// The one thing to change.
    pub change: Change,
}

/// A change of a lesson's scenario, run on the same seed.
#[derive(Debug)]
pub struct Change {
    /// What is done, and to what end.
    pub says: &'static str,
    /// The same as an argument of `--set`.
    pub set: &'static str,
    /// Asked before it is run; answered by a direction.
    pub question: Question,
    /// Why the numbers move as they do, given those before and after.
    pub why: fn(&Seen, &Seen) -> String,
}

/// A question that a measured number answers.
#[derive(Debug)]
pub struct Question {
    /// In words.
    pub text: &'static str,
    /// The number; one of the lesson's.
    pub about: Number,
}

/// A number that a lesson shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// What it is called in this lesson.
    pub name: &'static str,
    /// What is measured.
    pub measure: Measure,
    /// Over what.
    pub of: Of,
    /// What it means, in a few words.
    pub meaning: &'static str,
    /// Where it goes by the lesson's change, whatever the seed is.
    pub moves: Move,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A count or a ratio.
    Plain(Metric),
    /// A statistic of a distribution.
    Statistic(Metric, Statistic),
    /// The first count over the second.
    Share(Metric, Metric),
}

/// Over what a number is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Everything.
    All,
    /// A PoP, by its code.
    Pop(&'static str),
    /// A workload or clients, by name.
    Workload(&'static str),
}

/// Where a number goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// It falls.
    Down,
    /// It stays about the same: by less than a tenth it moves.
    Stays,
    /// It rises.
    Up,
}

impl Lesson {
    /// Its place in the course, from 1.
    pub fn number(&self) -> usize {
        let place = course::COURSE
            .iter()
            .position(|lesson| lesson.name == self.name);
        place.expect("every lesson is in the course") + 1
    }

    /// Where its file is in the repository.
    pub fn path(&self) -> String {
        format!("scenarios/lessons/{}.toml", self.name)
    }

    /// Its scenario; with another seed where one is given.
    ///
    /// # Errors
    ///
    /// The seed is larger than a scenario's may be.
    pub fn scenario(&self, seed: Option<u64>) -> Result<Scenario, Box<Diagnostics>> {
        self.parse(seed, Vec::new())
    }

    /// Its scenario after the change.
    ///
    /// # Errors
    ///
    /// As of [`Self::scenario`].
    pub fn changed(&self, seed: Option<u64>) -> Result<Scenario, Box<Diagnostics>> {
        self.parse(seed, vec![self.change.set.to_owned()])
    }

    fn parse(&self, seed: Option<u64>, set: Vec<String>) -> Result<Scenario, Box<Diagnostics>> {
        let overrides = Overrides {
            set,
            seed,
            runs: self.runs,
            per_read: false,
            ..Overrides::default()
        };
        scenario::parse(&self.path(), self.file, self.name, &overrides).map_err(Box::new)
    }
}

impl Measure {
    /// The unit of its numbers.
    pub fn unit(self) -> Unit {
        match self {
            Measure::Plain(metric) | Measure::Statistic(metric, _) => metric.info().unit,
            Measure::Share(..) => Unit::Ratio,
        }
    }
}

impl Move {
    /// Where something went.
    pub fn between(before: f64, after: f64) -> Move {
        if (after - before).abs() <= before.abs() / 10.0 {
            Move::Stays
        } else if after < before {
            Move::Down
        } else {
            Move::Up
        }
    }

    /// "it falls", and so on.
    pub fn in_words(self) -> &'static str {
        match self {
            Move::Down => "it falls",
            Move::Stays => "it stays, to within a tenth",
            Move::Up => "it rises",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_a_tenth_is_no_move() {
        assert_eq!(Move::between(100.0, 91.0), Move::Stays);
        assert_eq!(Move::between(100.0, 89.0), Move::Down);
        assert_eq!(Move::between(100.0, 111.0), Move::Up);
        assert_eq!(Move::between(0.0, 0.0), Move::Stays);
        assert_eq!(Move::between(0.0, 1.0), Move::Up);
    }
}
