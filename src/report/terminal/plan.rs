//! What a search for a value found, on the terminal: the value, how sure it is, and all that was tried.

use super::page::{Page, Tone, WIDTH, cut, printable};
use crate::experiment::Outcome;
use crate::report::format::{self, pad, wrap};
use crate::report::points::{Point, short};
use crate::scenario::Expectation;

/// A value that was tried.
pub struct Trial {
    /// As it was said.
    pub value: String,
    /// What came of it.
    pub point: Point,
}

/// What a search found.
pub struct Planned {
    /// The scenario's title.
    pub title: String,
    /// The scenario's file, as it was said.
    pub file: String,
    /// What the command line changed beside the setting, as it was said.
    pub changes: Vec<String>,
    /// The setting.
    pub path: String,
    /// Between which values it was looked for.
    pub range: (String, String),
    /// What is expected, in order.
    pub rules: Vec<Expectation>,
    /// The largest value that meets all that is expected, if any does.
    pub best: Option<String>,
    /// The next value that was tried and does not.
    pub beyond: Option<String>,
    /// All that was tried, the smallest first.
    pub trials: Vec<Trial>,
    /// The runs of the best value that it was not chosen by.
    pub confirmed: Option<Point>,
}

impl Planned {
    /// In how many runs the best value was chosen; `None` where there is none.
    pub fn chosen_in(&self) -> Option<usize> {
        let mut trials = self.trials.iter();
        let best = trials.find(|trial| Some(&trial.value) == self.best.as_ref());
        best.map(|trial| trial.point.runs.len())
    }

    /// What to do where the answer is no bound: all values up to the end of the range will do.
    pub fn hint(&self) -> Option<String> {
        let (_, high) = &self.range;
        let is_unbounded = self.best.is_some() && self.beyond.is_none();
        is_unbounded.then(|| {
            format!(
                "Nothing stopped the search below {high}: give an upper bound, by `expect`ing something that a larger \
                 value breaks, or by --for {}=LOW..HIGH.",
                self.path
            )
        })
    }
}

/// The search, ending in a line break.
pub fn planned(planned: &Planned, color: bool) -> String {
    let mut page = Page::new(color);
    let title = page.paint(Tone::Strong, &cut(&printable(&planned.title), WIDTH));
    page.line(&title);
    let (low, high) = &planned.range;
    page.line(&format!(
        "  the largest {} from {low} to {high} that will do",
        planned.path
    ));
    page.line("");
    for line in answer(planned)
        .iter()
        .flat_map(|text| wrap(text, WIDTH - 2))
    {
        let line = page.paint(Tone::Strong, &line);
        page.line(&format!("  {line}"));
    }
    if let Some(point) = &planned.confirmed {
        expectations(&mut page, planned, point);
    }
    trials(&mut page, planned);
    if let Some(best) = &planned.best {
        page.line("");
        let first = ["kvlag", "run", planned.file.as_str()].map(str::to_owned);
        let setting = ["--set".to_owned(), format!("{}={best}", planned.path)];
        let changes = planned.changes.iter().cloned();
        let words = first.into_iter().chain(changes).chain(setting);
        page.line(&format!("  {}", format::command(words)));
    }
    page.into_text()
}

fn answer(planned: &Planned) -> Vec<String> {
    let name = short(&planned.path);
    let Some(best) = &planned.best else {
        let first = planned.trials.first();
        let broken = first.map_or(String::new(), |trial| broken(planned, trial));
        let (low, high) = &planned.range;
        return vec![format!(
            "No {name} from {low} to {high} meets all that is expected: at {low}, {broken}."
        )];
    };
    let above = planned.trials.iter();
    let mut above = above.skip_while(|trial| trial.value != *best).skip(1);
    let next = above.next();
    let failed = next
        .into_iter()
        .chain(above)
        .find(|trial| trial.point.outcome() == Some(Outcome::Failed));
    let beyond = match (next, failed) {
        (None, _) => planned.hint().unwrap_or_default(),
        (Some(next), Some(failed)) if next.value == failed.value => {
            format!("At {}, {}.", next.value, broken(planned, next))
        }
        (Some(next), Some(failed)) => format!(
            "From {} on they cannot tell; at {}, {}.",
            next.value,
            failed.value,
            broken(planned, failed)
        ),
        (Some(next), None) => format!("From {} on they cannot tell.", next.value),
    };
    vec![format!(
        "{best} is the largest {name} of which the runs can tell that it meets all that is expected. {beyond}"
    )]
}

/// "stale-reads < 5% is not met (5.31 % ± 0.12)"
fn broken(planned: &Planned, trial: &Trial) -> String {
    let rules = planned.rules.iter().zip(&trial.point.verdicts);
    let broken = rules.filter(|(_, verdict)| verdict.outcome != Outcome::Met);
    let texts = broken.map(|(rule, verdict)| {
        let measured = verdict
            .measured
            .map_or("nothing to measure".to_owned(), |measured| {
                format::estimate(rule.measured.unit(), measured)
            });
        let what = match verdict.outcome {
            Outcome::Failed => "is not met",
            _ => "is undecided",
        };
        format!("{} {what} ({measured})", printable(&rule.text))
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// What was expected, with what the fresh runs measured.
fn expectations(page: &mut Page, planned: &Planned, point: &Point) {
    let rules = planned.rules.iter().map(|rule| rule.text.chars().count());
    let width = rules.max().unwrap_or(0).min(60) + 2;
    let runs = point.runs.len();
    let chosen = planned.chosen_in().unwrap_or(0);
    page.heading(&format!(
        "{}IN {runs} FRESH RUNS",
        pad("EXPECTED", width + 3)
    ));
    for (rule, verdict) in planned.rules.iter().zip(&point.verdicts) {
        let measured = verdict.measured.map_or("–".to_owned(), |measured| {
            format::estimate(rule.measured.unit(), measured)
        });
        let mark = page.paint(Tone::Met, "✓");
        page.line(&format!(
            "  {mark} {} {measured}",
            pad(&printable(&rule.text), width)
        ));
    }
    let note = format!(
        "Each 95 % interval lies whole on the right side of its bound: in the {chosen} runs by which the value was \
         chosen, and in these {runs} of other seeds."
    );
    for line in wrap(&note, WIDTH - 2) {
        let line = page.paint(Tone::Quiet, &line);
        page.line(&format!("  {line}"));
    }
}

fn trials(page: &mut Page, planned: &Planned) {
    page.heading("TRIED");
    let widths = planned
        .trials
        .iter()
        .map(|trial| trial.value.chars().count());
    let width = widths.max().unwrap_or(0) + 2;
    for trial in &planned.trials {
        let (mark, tone, why) = match trial.point.outcome() {
            Some(Outcome::Met) | None => ("✓", Tone::Met, String::new()),
            Some(Outcome::Failed) => ("✗", Tone::Failed, broken(planned, trial)),
            Some(Outcome::Undecided) => ("?", Tone::Undecided, broken(planned, trial)),
        };
        let mark = page.paint(tone, mark);
        let runs = format!("{} runs", trial.point.runs.len());
        let indent = width + 16;
        let mut lines = wrap(&why, WIDTH - indent).into_iter();
        let first = lines.next().unwrap_or_default();
        page.line(&format!(
            "  {mark} {}{}{first}",
            pad(&trial.value, width),
            pad(&runs, 12)
        ));
        for line in lines {
            page.line(&format!("{}{line}", " ".repeat(indent)));
        }
    }
}
