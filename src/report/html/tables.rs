//! The page's tables: numbers as they are shown, each with what it means.

use crate::experiment::{Outcome, Results};
use crate::pricing::DAYS_BILLED;
use crate::pricing::quota::Moment;
use crate::report::assumptions::Assumption;
use crate::report::{advice, format, formulas, troubles};
use crate::scenario::metric::{METRICS, Metric, Statistic, Unit};
use crate::scenario::{Pop, Scope, WorkloadKind};
use crate::stats::Estimate;
use serde::Serialize;

/// Rows of a table at most; the CSV files have all.
const MOST_ROWS: usize = 360;
/// Kinds of what went wrong at most.
const MOST_TROUBLES: usize = 12;
/// Characters of what went wrong.
const LONGEST_TROUBLE: usize = 300;

/// The first rows of a table that may be too long for a page.
#[derive(Serialize)]
pub struct Cut<T> {
    rows: Vec<T>,
    /// How many more there are.
    left_out: usize,
}

impl<T> Cut<T> {
    fn new(mut rows: Vec<T>, most: usize) -> Self {
        let left_out = rows.len().saturating_sub(most);
        rows.truncate(most);
        Cut { rows, left_out }
    }
}

/// A number that stands large, with its definition.
#[derive(Serialize)]
pub struct Card {
    value: String,
    name: &'static str,
    definition: &'static str,
}

/// A card of all operations' number.
pub fn card(
    results: &Results,
    (metric, statistic): (Metric, Option<Statistic>),
    name: &'static str,
    definition: &'static str,
) -> Card {
    let info = metric.info();
    let number = results.summary.total.get(metric, statistic);
    Card {
        value: number.map_or("–".to_owned(), |number| {
            format::estimate(info.unit, number)
        }),
        name,
        definition,
    }
}

/// An expectation and what became of it.
#[derive(Serialize)]
pub struct Row {
    class: &'static str,
    mark: &'static str,
    rule: String,
    measured: String,
    advice: String,
}

/// The expectations in order.
pub fn expectations(results: &Results) -> Vec<Row> {
    let rules = results.scenario.expect.iter().zip(&results.verdicts);
    let rows = rules.map(|(rule, verdict)| {
        let (class, mark, advice) = match verdict.outcome {
            Outcome::Met => ("met", "✓ met", String::new()),
            Outcome::Failed => ("failed", "✗ not met", advice::on_failure(results, rule)),
            Outcome::Undecided => (
                "undecided",
                "? undecided",
                advice::on_indecision(results.seeds.len(), verdict.runs_to_decide),
            ),
        };
        let measured = verdict
            .measured
            .map(|number| format::estimate(rule.measured.unit(), number));
        Row {
            class,
            mark,
            rule: rule.text.clone(),
            measured: measured.unwrap_or_else(|| "–".to_owned()),
            advice,
        }
    });
    rows.collect()
}

/// What the readers of a PoP saw.
#[derive(Serialize)]
pub struct PopRow {
    code: String,
    city: String,
    reads: String,
    hit_ratio: String,
    stale: String,
    visible: String,
    p50: String,
    p99: String,
    p999: String,
}

/// Up to so many PoPs are looked through in the scenario's order; of more, the worst come first.
const LOOKED_THROUGH: usize = 12;

/// A row for each PoP, and one for all.
pub fn pops(results: &Results) -> Cut<PopRow> {
    let row = |code: String, city: String, scope: Scope| {
        let numbers = results.summary.scope(scope);
        let shown = |metric: Metric, statistic| {
            let number = numbers.get(metric, statistic);
            number.map_or("–".to_owned(), |number| {
                format::estimate(metric.info().unit, number)
            })
        };
        PopRow {
            code,
            city,
            reads: shown(Metric::Reads, None),
            hit_ratio: shown(Metric::HitRatio, None),
            stale: shown(Metric::StaleReadRatio, None),
            visible: shown(Metric::Visibility, Some(Statistic::P99)),
            p50: shown(Metric::ReadLatency, Some(Statistic::P50)),
            p99: shown(Metric::ReadLatency, Some(Statistic::P99)),
            p999: shown(Metric::ReadLatency, Some(Statistic::P999)),
        }
    };
    let mut pops: Vec<(usize, &Pop)> = results.scenario.pops.iter().enumerate().collect();
    if pops.len() > LOOKED_THROUGH {
        let stale = |index: usize| {
            let numbers = results.summary.scope(Scope::Pop(index));
            let ratio = numbers.get(Metric::StaleReadRatio, None);
            ratio.map_or(-1.0, |ratio| ratio.mean)
        };
        pops.sort_by(|(a, _), (b, _)| stale(*b).total_cmp(&stale(*a)));
    }
    let rows = pops.into_iter();
    let rows = rows.map(|(index, pop)| row(pop.code.clone(), pop.city.clone(), Scope::Pop(index)));
    let mut table = Cut::new(rows.collect(), MOST_ROWS);
    if results.scenario.pops.len() > 1 {
        let all = row("all".to_owned(), String::new(), Scope::Total);
        table.rows.push(all);
    }
    table
}

/// A number with its name and its meaning.
#[derive(Serialize)]
pub struct Counted {
    name: String,
    value: String,
    definition: String,
    is_broken: bool,
}

/// What applications may rely on, and how often it did not hold.
pub fn guarantees(results: &Results) -> Vec<Counted> {
    use Metric::*;
    let metrics = [
        StaleReads,
        ReadYourWritesViolations,
        MonotonicReadViolations,
        WritesFollowReadsViolations,
        LostConcurrentWrites,
        LostUpdates,
        StaleBaseWrites,
        ResurrectedKeys,
        SkippedVersions,
        RejectedWrites,
    ];
    let rows = metrics.into_iter().filter_map(|metric| {
        let info = METRICS.iter().find(|info| info.metric == metric)?;
        let number = results.summary.total.get(metric, None)?;
        Some(Counted {
            name: info.name.replace('-', " "),
            value: format::estimate(info.unit, number),
            definition: info.definition.to_owned(),
            is_broken: number.mean > 0.0,
        })
    });
    let mut rows: Vec<Counted> = rows.collect();
    rows.sort_by_key(|row| !row.is_broken);
    rows
}

/// What clients and Workers did: responses, and what they counted.
pub fn programs(results: &Results) -> Cut<Counted> {
    let scenario = &results.scenario;
    let mut rows = Vec::new();
    for (index, name) in scenario.workload_names().enumerate() {
        if !matches!(
            scenario.kind(index),
            WorkloadKind::Client | WorkloadKind::Worker
        ) {
            continue;
        }
        let numbers = results.summary.scope(Scope::Workload(index));
        let unit = Metric::Requests.info().unit;
        let responses = numbers.responses.iter().map(|(status, count)| {
            (
                format!("responses {status}"),
                *count,
                "responses with this status".to_owned(),
            )
        });
        let counts = numbers.counts.iter().map(|(counted, count)| {
            (
                counted.clone(),
                *count,
                "counted by the program itself".to_owned(),
            )
        });
        rows.extend(
            responses
                .chain(counts)
                .map(|(what, count, definition)| Counted {
                    name: format!("{name}: {what}"),
                    value: format::estimate(unit, count),
                    definition,
                    is_broken: false,
                }),
        );
    }
    Cut::new(rows, MOST_ROWS)
}

/// What went wrong in scripts, the most frequent first.
pub fn troubles(results: &Results) -> Cut<String> {
    let told = troubles::by_frequency(results).into_iter();
    let told = told.map(|(trouble, occurrences)| {
        let what = troubles::what(results, trouble);
        let what: String = what.chars().take(LONGEST_TROUBLE).collect();
        format!("{what} ({})", troubles::times(occurrences.count))
    });
    let mut cut = Cut::new(told.collect(), MOST_TROUBLES);
    let others = results.pooled.troubles.others;
    if others > 0 {
        let times = troubles::times(others);
        cut.rows.push(format!(
            "something of so many kinds that they are not told apart ({times})"
        ));
    }
    cut
}

/// What a month costs.
#[derive(Serialize)]
pub struct Cost {
    days: u32,
    paid: String,
    lines: Vec<CostLine>,
    free: Vec<String>,
}

/// An item of the bill.
#[derive(Serialize)]
pub struct CostLine {
    item: &'static str,
    units: String,
    included: String,
    usd: String,
    part: f64,
}

/// The bill, by kind and plan.
pub fn cost(results: &Results) -> Cost {
    let bill = results.bill();
    let total = bill.paid_usd().dollars();
    let lines = bill.lines.iter().map(|line| {
        let shown = |amount: u64| match line.item {
            "storage_gb" => format::bytes(amount),
            "plan" => String::new(),
            _ => format::whole(amount),
        };
        CostLine {
            item: match line.item {
                "storage_gb" => "storage",
                item => item,
            },
            units: shown(line.units),
            included: shown(line.included),
            usd: format::usd(line.usd.dollars()),
            part: line.usd.dollars() / total,
        }
    });
    let exhausted = bill.exhausted.items().into_iter();
    let exhausted = exhausted.filter_map(|(item, at)| {
        let Moment { day, hour } = at?;
        Some(match item {
            "storage" => "storage: more than the 1 GB that it stores".to_owned(),
            _ => format!("{item}: the day's quota runs out on day {day}, after {hour:02}:00 UTC"),
        })
    });
    Cost {
        days: DAYS_BILLED,
        paid: format::usd(total),
        lines: lines.collect(),
        free: exhausted.collect(),
    }
}

/// An assumption in force.
#[derive(Serialize)]
pub struct Assumed {
    name: String,
    value: String,
    published: bool,
    note: &'static str,
}

/// The assumptions in order.
pub fn assumptions(list: &[Assumption]) -> Vec<Assumed> {
    let assumed = list.iter().map(|assumption| Assumed {
        name: assumption.name.clone(),
        value: assumption.value.clone(),
        published: assumption.published,
        note: assumption.note,
    });
    assumed.collect()
}

/// A formula beside what was measured.
#[derive(Serialize)]
pub struct FormulaRow {
    name: &'static str,
    place: String,
    expected: String,
    measured: String,
    form: &'static str,
    exact: &'static str,
}

/// A computed number with as many decimals as the measured one beside it.
fn as_precisely(unit: Unit, expected: f64, measured: Option<Estimate>) -> String {
    let text = format::estimate(
        unit,
        Estimate {
            mean: expected,
            half_width_95: measured.and_then(|measured| measured.half_width_95),
        },
    );
    let number = text.split_once(" ± ").map(|(number, _)| number.to_owned());
    number.unwrap_or(text)
}

/// The formulas that hold for the scenario, in order.
pub fn formulas(results: &Results) -> Vec<FormulaRow> {
    let rows = formulas::formulas(results).into_iter();
    let rows = rows.map(|formula| {
        let measured = formula.measured;
        FormulaRow {
            name: formula.name,
            place: formula.place,
            expected: as_precisely(formula.unit, formula.expected, measured),
            measured: measured.map_or("–".to_owned(), |measured| {
                format::estimate(formula.unit, measured)
            }),
            form: formula.form,
            exact: formula.exact,
        }
    });
    rows.collect()
}
