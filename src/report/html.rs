//! `report.html`: the report as a page for people. It is one file that asks nothing of the network and needs no
//! scripts; its figures are SVG, its numbers are those of the other files.

mod chart;
mod curves;
mod latency;
mod links;
pub mod map;
mod misses;
mod ribbons;
pub(super) mod sequence;
mod spread;
mod stories;
mod stretches;
mod svg;
mod sweep;
mod sweep_charts;
mod tables;

use super::advice;
use super::assumptions::assumptions;
use super::formulas;
use super::prose;
use crate::experiment::Results;
use crate::scenario::metric::{Metric, Statistic};
use chart::Chart;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use serde::Serialize;
use svg::Escaped;
use tables::Card;

pub use sweep::sweep;

const PAGE: &str = include_str!("html/page.html");
const STORIES: &str = include_str!("html/stories.html");
/// The colours, in the light and in the dark.
pub const COLOURS: &str = include_str!("html/colours.css");
const STYLE: &str = concat!(
    include_str!("html/colours.css"),
    include_str!("html/page.css")
);

/// The file as it is written.
///
/// # Panics
///
/// If the template asks for what it is not given, which a test would show.
pub fn file(results: &Results) -> Vec<u8> {
    render(PAGE, content(results))
}

fn render(page: &str, content: Value) -> Vec<u8> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("marked", marked);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    environment.set_syntax(syntax.expect("the usual delimiters do not collide"));
    let page = environment.render_str(page, content);
    page.expect("the template fits its content").into_bytes()
}

/// What the template is filled with. Figures are markup, everything else is text.
fn content(results: &Results) -> Value {
    let scenario = &results.scenario;
    let figure = |chart: Option<Chart>| chart.map(|chart| Value::from_safe_string(chart.draw()));
    let ribbons = ribbons::ribbons(results);
    context! {
        style => Value::from_safe_string(STYLE.to_owned()),
        title => scenario.title.as_str(),
        question => scenario.question.as_deref(),
        answer => prose::answer(results),
        method => results.scenario.method(),
        has_intervals => results.has_intervals(),
        cards => shown(cards(results)),
        expectations => shown(tables::expectations(results)),
        hints => advice::hints(results),
        map => map::map(results).map(Value::from_safe_string),
        spread => spread::spread(results).map(shown),
        pops => shown(tables::pops(results)),
        ribbons => ribbons.map(|ribbons| context! {
            key => ribbons.key,
            figure => Value::from_safe_string(ribbons.figure),
            left_out => ribbons.left_out,
            is_excerpt => ribbons.is_excerpt,
        }),
        busiest => curves::busiest(results),
        visibility => curves::visibility(results).map(|chart| context! {
            has_few_writes => curves::has_few_writes(results),
            has_formula => chart.series.iter().any(|series| series.class == curves::FORMULA),
            figure => Value::from_safe_string(chart.draw()),
        }),
        staleness => figure(curves::staleness(results)),
        latency => figure(latency::by_pop(results)),
        latency_by_status => figure(latency::by_status(results)),
        misses => shown(misses::rows(results)),
        misses_over_time => figure(misses::chart(results)),
        links => shown(links::links(results)),
        store_load => figure(curves::store_load(results)),
        shares => figure(curves::shares_over_time(results)),
        guarantees => shown(tables::guarantees(results)),
        story_of => stories::links(results),
        stories => stories::stories(results).map(section),
        programs => shown(tables::programs(results)),
        troubles => shown(tables::troubles(results)),
        cost => shown(tables::cost(results)),
        assumptions => shown(tables::assumptions(&assumptions(scenario))),
        formulas => shown(tables::formulas(results)),
        symbols => formulas::SYMBOLS,
        seeds => results.scenario.seeds_in_words(),
        version => env!("CARGO_PKG_VERSION"),
    }
}

/// The section of stories, as markup.
fn section(stories: Value) -> Value {
    let section = render(STORIES, stories);
    Value::from_safe_string(String::from_utf8(section).expect("a template is text"))
}

fn shown(rows: impl Serialize) -> Value {
    Value::from(Serde(rows))
}

/// The four numbers that say most of what was simulated.
fn cards(results: &Results) -> Vec<Card> {
    use Metric::*;
    let p99 = Some(Statistic::P99);
    let stale = (
        (StaleReadRatio, None),
        "stale reads",
        "of reads returned a superseded version",
    );
    let cards = match results.scenario.workers.is_empty() {
        true => [
            ((Reads, None), "reads", "that started in the measured time"),
            stale,
            (
                (Staleness, p99),
                "p99 staleness",
                "so long what 99 in 100 stale reads returned had been superseded at most",
            ),
            (
                (ReadLatency, p99),
                "p99 read latency",
                "99 in 100 reads take at most so long",
            ),
        ],
        false => [
            (
                (Requests, None),
                "requests",
                "to Workers, in the measured time",
            ),
            stale,
            (
                (LostUpdates, None),
                "lost updates",
                "the last value of their key holds nothing of them",
            ),
            (
                (RequestLatency, p99),
                "p99 request latency",
                "99 in 100 responses come within so long",
            ),
        ],
    };
    let card = |(what, name, definition)| tables::card(results, what, name, definition);
    cards.map(card).into()
}

/// A text in which what stands between backticks is code.
fn marked(text: &str) -> Value {
    let parts = text
        .split('`')
        .enumerate()
        .map(|(index, part)| match index % 2 {
            0 => Escaped(part).to_string(),
            _ => format!("<code>{}</code>", Escaped(part)),
        });
    Value::from_safe_string(parts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn page(results: &Results) -> String {
        String::from_utf8(file(results)).expect("is text")
    }

    #[test]
    fn every_kind_of_scenario_has_a_page_of_bounded_size() {
        let all = [
            fixture::flag_flip(1),
            fixture::flag_flip(20),
            fixture::everywhere(1),
            fixture::nobody_reads(),
            fixture::nobody_writes(),
            fixture::tiered(3),
            fixture::limited(5),
        ];
        for results in all {
            let page = page(&results);
            assert!(
                page.len() < 300_000,
                "{}: {}",
                results.scenario.title,
                page.len()
            );
            assert!(page.contains(&prose::answer(&results)));
        }
    }

    #[test]
    fn the_page_asks_nothing_of_the_network_and_runs_nothing() {
        let page = page(&fixture::limited(1));
        for forbidden in [
            "<script", "http://", "https://", "src=", "<link", "@import", "url(",
        ] {
            assert!(
                !page.contains(forbidden) || forbidden == "url(",
                "{forbidden}"
            );
        }
        // Patterns of the page itself.
        assert_eq!(page.matches("url(").count(), page.matches("url(#").count());
    }

    #[test]
    fn what_people_wrote_is_never_markup() {
        let mut results = fixture::flag_flip(1);
        results.scenario.title = "<b>bold</b>".to_owned();
        results.scenario.question = Some("a < b && c > d?".to_owned());
        let page = page(&results);
        assert!(page.contains("&lt;b&gt;bold") && !page.contains("<b>bold"));
        assert!(page.contains("a &lt; b &amp;&amp; c &gt; d?"));
    }
}
