//! The terminal's list of what was expected, with what was measured beside it and what to do about it.

use super::page::{Page, Tone, WIDTH, printable};
use crate::experiment::{Outcome, Results};
use crate::report::advice;
use crate::report::format::{self, pad, wrap};

/// Columns of a rule at least, so that what was measured stands in the same place in most reports.
const RULE_MIN: usize = 41;
/// Columns of a rule at most; what was measured has the rest.
const RULE_MAX: usize = 68;

/// Adds the list, where anything is expected.
pub fn expectations(page: &mut Page, results: &Results) {
    let rules = &results.scenario.expect;
    if rules.is_empty() {
        return;
    }
    let lengths = rules.iter().map(|rule| rule.text.chars().count());
    let widest = lengths.max().unwrap_or(0) + 1;
    let width = widest.clamp(RULE_MIN, RULE_MAX);
    page.heading(&format!("{}MEASURED", pad("EXPECTED", width + 3)));
    let mut given = Vec::new();
    for (rule, verdict) in rules.iter().zip(&results.verdicts) {
        let (mark, tone) = match verdict.outcome {
            Outcome::Met => ("✓", Tone::Met),
            Outcome::Failed => ("✗", Tone::Failed),
            Outcome::Undecided => ("?", Tone::Undecided),
        };
        let unit = rule.measured.unit();
        let measured = verdict.measured.map(|m| format::estimate(unit, m));
        let measured = measured.unwrap_or_else(|| "–".to_owned());
        let mark = page.paint(tone, mark);
        let lines = wrap(&printable(&rule.text), width);
        let (last, before) = lines.split_last().expect("a text has at least one line");
        let indented = |index: usize| if index == 0 { mark.as_str() } else { " " };
        for (index, line) in before.iter().enumerate() {
            page.line(&format!("  {} {line}", indented(index)));
        }
        let mark = indented(before.len());
        page.line(&format!("  {mark} {} {measured}", pad(last, width)));
        let advice = match verdict.outcome {
            Outcome::Met => continue,
            Outcome::Failed => advice::on_failure(results, rule),
            Outcome::Undecided => {
                advice::on_indecision(results.seeds.len(), verdict.runs_to_decide)
            }
        };
        if given.contains(&advice) {
            continue;
        }
        for line in advice.lines().flat_map(|line| wrap(line, WIDTH - 6)) {
            page.line(&format!("      {line}"));
        }
        given.push(advice);
    }
}
