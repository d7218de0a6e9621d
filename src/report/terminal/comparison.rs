//! Two experiments side by side on the terminal: which is better in what, and whether the runs can tell.

use super::page::{Page, Tone, WIDTH, cut, printable};
use crate::experiment::Finding;
use crate::report::format::{self, pad, wrap};
use crate::report::points::Points;

const NAME: usize = 24;
const NUMBER: usize = 20;

/// The comparison, ending in a line break. `page_at` is where its page was put.
pub fn comparison(points: &Points, page_at: Option<&str>, color: bool) -> String {
    let mut page = Page::new(color);
    let title = page.paint(Tone::Strong, &points.title);
    page.line(&format!("{title}   {}", points.method));
    for (letter, point) in ["A", "B"].into_iter().zip(&points.list) {
        let [title, name] = [&point.title, &point.settings[0]].map(|text| printable(text));
        page.line(&cut(&format!("  {letter}  {title}  ({name})"), WIDTH));
    }
    page.line("");
    for line in points
        .answer()
        .iter()
        .flat_map(|text| wrap(text, WIDTH - 2))
    {
        let line = page.paint(Tone::Strong, &line);
        page.line(&format!("  {line}"));
    }
    page.line("");
    let header = ["", "A", "B", "B − A"].map(str::to_owned);
    print(&mut page, &header, None);
    for row in points.differences() {
        let cells = [row.name, row.first, row.last, row.difference];
        print(&mut page, &cells, Some(row.finding));
    }
    let [first, second] = [0, 1].map(|index| points.list[index].paid_usd);
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
    if let Some(place) = page_at {
        page.place(place, "(and comparison.csv, comparison.json)");
    }
    page.into_text()
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
    use crate::experiment::{Options, Results, run};
    use crate::report::fixture;
    use crate::scenario::Scenario;
    use crate::units::Duration;

    fn faster(runs: u32) -> Scenario {
        let mut scenario = fixture::flag_flip_scenario(runs);
        scenario.name = "flag-flip-faster".to_owned();
        scenario.title = "A feature flag flips, and copies live for half as long".to_owned();
        scenario.workloads[0].cache_ttl = Duration::from_secs(30);
        scenario
    }

    fn compared(first: Scenario, second: Scenario) -> String {
        let simulate = |scenario| -> Results {
            let options = Options {
                threads: 2,
                record_reads: false,
                progress: &|_| {},
            };
            run(scenario, &options).expect("there is no replay")
        };
        let points = Points::comparison([first, second].map(simulate), Vec::new());
        comparison(&points, None, false)
    }

    #[test]
    fn two_settings_are_told_apart_by_many_runs() {
        let text = compared(fixture::flag_flip_scenario(10), faster(10));
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "too wide: {line}");
        }
        insta::assert_snapshot!(text);
    }

    #[test]
    fn one_run_tells_nothing() {
        let text = compared(fixture::flag_flip_scenario(1), faster(1));
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
        let same = || fixture::flag_flip_scenario(3);
        let text = compared(same(), same());
        assert!(text.contains("A and B are alike in every run."), "{text}");
    }
}
