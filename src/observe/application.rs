//! What became of requests to Workers, as their callers and their authors see it: responses by status, counts of the
//! script's own, what went wrong in it and what it printed.

use super::measure::Measure;
use crate::scenario::{PopIndex, WorkloadIndex};
use crate::sim::observation::{Counted, Printed, RequestAnswered, WentWrong};
use crate::sim::program::{Cause, Level, ScriptError};
use crate::units::Time;
use std::collections::BTreeMap;

/// What a Worker's application did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Application {
    /// Responses by status. A request that failed before it was answered is a 500.
    pub responses: BTreeMap<u16, u64>,
    /// What the script counted, by name: by `kvlag.count(name)`, or by the header `x-kvlag-count` of a response.
    pub counts: BTreeMap<String, i64>,
}

impl Application {
    /// Adds another.
    pub fn merge(&mut self, other: &Application) {
        for (status, count) in &other.responses {
            *self.responses.entry(*status).or_default() += count;
        }
        for (name, count) in &other.counts {
            *self.counts.entry(name.clone()).or_default() += count;
        }
    }
}

/// So many different troubles are told apart.
const TROUBLES_MAX: usize = 1_000;

/// What went wrong in scripts, by what and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Troubles {
    kinds: BTreeMap<Trouble, Occurrences>,
    /// How often something went wrong of kinds beyond those.
    pub others: u64,
}

/// Something that went wrong in a script.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trouble {
    /// Of this Worker, by its number among the workloads.
    pub workload: WorkloadIndex,
    /// In which manner.
    pub cause: Cause,
    /// What, and where in the script.
    pub error: ScriptError,
}

/// How often it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrences {
    /// So often.
    pub count: u64,
    /// When first.
    pub first: Time,
    /// Where first.
    pub pop: PopIndex,
}

impl Troubles {
    /// Notes one.
    pub fn note(&mut self, trouble: Trouble, time: Time, pop: PopIndex) {
        let occurrences = Occurrences {
            count: 1,
            first: time,
            pop,
        };
        self.add(trouble, occurrences);
    }

    /// All of them, each with how often it occurred.
    pub fn iter(&self) -> impl Iterator<Item = (&Trouble, &Occurrences)> {
        self.kinds.iter()
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Adds others.
    pub fn merge(&mut self, other: Troubles) {
        self.others += other.others;
        for (trouble, occurrences) in other.kinds {
            self.add(trouble, occurrences);
        }
    }

    fn add(&mut self, trouble: Trouble, more: Occurrences) {
        if let Some(known) = self.kinds.get_mut(&trouble) {
            known.count += more.count;
            if (more.first, more.pop) < (known.first, known.pop) {
                (known.first, known.pop) = (more.first, more.pop);
            }
        } else {
            self.kinds.insert(trouble, more);
            if self.kinds.len() > TROUBLES_MAX {
                // The same ones stay in whatever order they come.
                let last = self.kinds.pop_last();
                self.others += last.map_or(0, |(_, occurrences)| occurrences.count);
            }
        }
    }
}

/// So many lines are kept.
pub const CONSOLE_LINES_MAX: usize = 10_000;

/// What scripts printed: the first lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Console {
    /// In the order in which they were printed.
    pub lines: Vec<ConsoleLine>,
    /// How many there were beyond those.
    pub left_out: u64,
}

/// Characters of a line at most.
pub const CONSOLE_LINE_MAX: usize = 10_000;

/// A line that a script printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleLine {
    /// When.
    pub time: Time,
    /// Which Worker, by its number among the workloads.
    pub workload: WorkloadIndex,
    /// Where.
    pub pop: PopIndex,
    /// How loudly.
    pub level: Level,
    /// What.
    pub text: String,
}

impl Console {
    /// Notes a line; of a very long one its beginning.
    pub fn note(&mut self, mut line: ConsoleLine) {
        if self.lines.len() < CONSOLE_LINES_MAX {
            if let Some((end, _)) = line.text.char_indices().nth(CONSOLE_LINE_MAX) {
                line.text.truncate(end);
                line.text.push('…');
            }
            self.lines.push(line);
        } else {
            self.left_out += 1;
        }
    }

    /// Adds what was printed elsewhere. All Workers of a run print in one cell, so that at most one of the two has
    /// lines of that run.
    pub fn merge(&mut self, other: Console) {
        self.left_out += other.left_out;
        other.lines.into_iter().for_each(|line| self.note(line));
    }
}

impl Measure<'_> {
    /// Counts a request that started in the measured time.
    pub(super) fn measure_request(&mut self, request: &RequestAnswered) {
        if !self.world.measures(request.start) {
            return;
        }
        let class = self.class_mut(request.class);
        class.tally.requests += 1;
        class.tally.failed_requests += u64::from(request.has_failed);
        class
            .request_latency
            .record_time(request.end - request.start);
        let responses = &mut class.application.responses;
        *responses.entry(request.status).or_default() += 1;
    }

    /// Adds to a count of a script's own.
    pub(super) fn measure_count(&mut self, counted: &Counted<'_>) {
        if !self.world.measures(counted.start) {
            return;
        }
        let counts = &mut self.class_mut(counted.class).application.counts;
        match counts.get_mut(counted.name) {
            Some(count) => *count = count.saturating_add(counted.by),
            None => {
                counts.insert(counted.name.to_owned(), counted.by);
            }
        }
    }

    /// Notes what went wrong in a request that started in the measured time.
    pub(super) fn note_trouble(&mut self, wrong: WentWrong) {
        if self.world.measures(wrong.start) {
            let trouble = Trouble {
                workload: usize::from(wrong.class.workload),
                cause: wrong.cause,
                error: wrong.error,
            };
            let pop = usize::from(wrong.class.pop);
            self.findings.troubles.note(trouble, wrong.time, pop);
        }
    }

    /// Notes what a script has printed, whenever it was.
    pub(super) fn note_printed(&mut self, printed: Printed) {
        self.findings.console.note(ConsoleLine {
            time: printed.time,
            workload: usize::from(printed.class.workload),
            pop: usize::from(printed.class.pop),
            level: printed.level,
            text: printed.text,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(number: u32) -> Trouble {
        Trouble {
            workload: 0,
            cause: Cause::Thrown,
            error: ScriptError {
                message: format!("{number:05}"),
                place: None,
            },
        }
    }

    #[test]
    fn every_trouble_is_counted_in_whatever_order_they_come() {
        let numbers: Vec<u32> = (0..3_000).flat_map(|n| [n * 7 % 3_000, n % 50]).collect();
        let note = |troubles: &mut Troubles, number: u32| {
            troubles.note(trouble(number), Time(i64::from(number)), 0);
        };
        let mut forwards = Troubles::default();
        let mut halves = [Troubles::default(), Troubles::default()];
        for (index, number) in numbers.iter().enumerate() {
            note(&mut forwards, *number);
            note(&mut halves[index % 2], *number);
        }
        let mut backwards = Troubles::default();
        for number in numbers.iter().rev() {
            note(&mut backwards, *number);
        }
        let [mut merged, other] = halves;
        merged.merge(other);
        let counted: u64 = forwards
            .iter()
            .map(|(_, occurrences)| occurrences.count)
            .sum();
        assert_eq!(counted + forwards.others, numbers.len() as u64);
        assert_eq!(forwards, backwards);
        assert_eq!(forwards, merged);
    }
}
