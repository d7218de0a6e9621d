//! Two experiments side by side on the terminal: which is better in what, and whether the runs can tell.

use super::page::{Page, Tone, WIDTH};
use crate::experiment::{Compared, Finding, Results, compare};
use crate::report::format::{self, pad, wrap};
use crate::report::points;
use crate::scenario::metric::{Leaf, Unit};
use crate::stats::Estimate;

const NAME: usize = 24;
const NUMBER: usize = 20;

/// The comparison, ending in a line break.
pub fn comparison(first: &Results, second: &Results, color: bool) -> String {
    let compared = compare(&first.runs, &second.runs);
    let mut page = Page::new(color);
    let runs = first.seeds.len();
    let method = match runs {
        1 => format!("one run each · {}", first.scenario.seeds_in_words()),
        runs => format!("{runs} runs each · {}", first.scenario.seeds_in_words()),
    };
    let title = page.paint(Tone::Strong, "Two scenarios on the same traffic");
    page.line(&format!("{title}   {method}"));
    for (letter, results) in [("A", first), ("B", second)] {
        page.line(&format!(
            "  {letter}  {}  ({})",
            results.scenario.title, results.scenario.name
        ));
    }
    page.line("");
    for line in wrap(&answer(&compared, runs), WIDTH - 2) {
        let line = page.paint(Tone::Strong, &line);
        page.line(&format!("  {line}"));
    }
    page.line("");
    let header = ["", "A", "B", "B − A"].map(str::to_owned);
    print(&mut page, &header, None);
    let is_nothing = |number: &&Compared| number.first.mean == 0.0 && number.second.mean == 0.0;
    for number in compared.iter().filter(|number| !is_nothing(number)) {
        let unit = number.metric.info().unit;
        let cells = [
            name(number),
            format::estimate(unit, number.first),
            format::estimate(unit, number.second),
            signed(unit, number.difference),
        ];
        print(&mut page, &cells, Some(number.finding));
    }
    let [first, second] = [first, second].map(|results| results.bill().paid_usd().dollars());
    let sign = if second < first { "−" } else { "+" };
    let cells = [
        "30 days, paid plan".to_owned(),
        format::usd(first),
        format::usd(second),
        format!("{sign}{}", format::usd((second - first).abs())),
    ];
    print(&mut page, &cells, None);
    let note = "B − A is taken pair by pair, ± half of its 95 % interval; of shares it is in percentage points.";
    let note = page.paint(Tone::Quiet, note);
    page.line(&format!("  {note}"));
    page.into_text()
}

/// "B is better in stale reads and convergence, worse in store reads; of 2 numbers the runs cannot tell."
fn answer(compared: &[Compared], runs: usize) -> String {
    let of = |finding: Finding| -> Vec<String> {
        let numbers = compared.iter().filter(|number| number.finding == finding);
        numbers.map(name).collect()
    };
    let [better, worse, undecided] = [Finding::Better, Finding::Worse, Finding::Undecided].map(of);
    if runs == 1 {
        return "One run each cannot tell which is better: --runs 20 gives intervals.".to_owned();
    }
    let mut parts = Vec::new();
    if !better.is_empty() {
        parts.push(format!("better in {}", listed(&better)));
    }
    if !worse.is_empty() {
        parts.push(format!("worse in {}", listed(&worse)));
    }
    let decided = match parts.as_slice() {
        [] if undecided.is_empty() => "A and B are alike in every run".to_owned(),
        [] => "The runs do not tell A and B apart".to_owned(),
        parts => format!("B is {}", parts.join(", ")),
    };
    match undecided.as_slice() {
        [] => format!("{decided}."),
        [_] if parts.is_empty() => format!("{decided}."),
        one_or_more => format!(
            "{decided}; of {} the runs cannot tell.",
            listed(one_or_more)
        ),
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

fn name(number: &Compared) -> String {
    points::name(Leaf {
        metric: number.metric,
        statistic: number.statistic,
    })
}

/// A difference with its sign: `−12.3 s ± 0.4`.
fn signed(unit: Unit, difference: Estimate) -> String {
    let sign = match difference.mean {
        mean if mean > 0.0 => "+",
        mean if mean < 0.0 => "−",
        _ => "",
    };
    let size = Estimate {
        mean: difference.mean.abs(),
        ..difference
    };
    format!("{sign}{}", format::estimate(unit, size))
}

fn print(page: &mut Page, cells: &[String; 4], finding: Option<Finding>) {
    let [name, first, second, difference] = cells;
    let (word, tone) = match finding {
        None => ("", Tone::Quiet),
        Some(Finding::Same) => ("same", Tone::Quiet),
        Some(Finding::Better) => ("better", Tone::Met),
        Some(Finding::Worse) => ("worse", Tone::Failed),
        Some(Finding::Undecided) => ("cannot tell", Tone::Undecided),
    };
    let word = match word {
        "" => String::new(),
        word => page.paint(tone, word),
    };
    page.line(&format!(
        "  {}{}{}{}{word}",
        pad(name, NAME),
        pad(first, NUMBER),
        pad(second, NUMBER),
        pad(difference, NUMBER)
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::units::Duration;

    fn faster(runs: u32) -> Results {
        let mut scenario = fixture::flag_flip_scenario(runs);
        scenario.name = "flag-flip-faster".to_owned();
        scenario.title = "A feature flag flips, and copies live for half as long".to_owned();
        scenario.workloads[0].cache_ttl = Duration::from_secs(30);
        let options = crate::experiment::Options {
            threads: 2,
            record_reads: false,
            progress: &|_| {},
        };
        crate::experiment::run(scenario, &options).expect("there is no replay")
    }

    fn slower(runs: u32) -> Results {
        let options = crate::experiment::Options {
            threads: 2,
            record_reads: false,
            progress: &|_| {},
        };
        crate::experiment::run(fixture::flag_flip_scenario(runs), &options)
            .expect("there is no replay")
    }

    #[test]
    fn two_settings_are_told_apart_by_many_runs() {
        let text = comparison(&slower(10), &faster(10), false);
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "too wide: {line}");
        }
        insta::assert_snapshot!(text);
    }

    #[test]
    fn one_run_tells_nothing() {
        let text = comparison(&slower(1), &faster(1), false);
        assert!(
            text.contains("One run each cannot tell which is better"),
            "{text}"
        );
        assert!(
            !text.contains("worse") && !text.contains(" better\n"),
            "{text}"
        );
    }

    #[test]
    fn a_scenario_is_like_itself() {
        let text = comparison(&slower(3), &slower(3), false);
        assert!(text.contains("A and B are alike in every run."), "{text}");
    }
}
