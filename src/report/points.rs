//! Several experiments on the same traffic, of which each is a point: what is kept of each, which is the cheapest that
//! meets what is expected, and how far the data can tell them apart.

mod csv;
#[cfg(test)]
pub(crate) mod fixture;
mod json;

use super::{ReportFile, format, html};
use crate::experiment::{Compared, Finding, Outcome, Results, Verdict, compare};
use crate::observe::summary::Summary;
use crate::pricing::DAYS_BILLED;
use crate::scenario::metric::{Leaf, Metric, Statistic};
use crate::scenario::{Expectation, Variation};
use crate::stats::Estimate;

pub use json::{COMPARISON_SCHEMA, SWEEP_SCHEMA};

/// What is kept of an experiment that is one of several.
pub struct Point {
    /// The scenario's title.
    pub title: String,
    /// The value of each setting that is varied.
    pub settings: Vec<String>,
    /// Every number of each run.
    pub runs: Vec<Summary<f64>>,
    /// Every number with its interval over the runs.
    pub summary: Summary<Estimate>,
    /// One for each expectation, in order.
    pub verdicts: Vec<Verdict>,
    /// What a month costs on the paid plan.
    pub paid_usd: f64,
}

/// What the points are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One scenario with settings varied.
    Sweep,
    /// Two scenarios, the first of which is called A and the second B.
    Comparison,
}

/// Points of a sweep, or two scenarios that are held against each other.
pub struct Points {
    /// Which of the two.
    pub kind: Kind,
    /// The words of the command that gives this again.
    pub command: Vec<String>,
    /// What stands above all.
    pub title: String,
    /// How each was simulated, in words.
    pub method: String,
    /// The seed of each run of a point.
    pub seeds: Vec<u64>,
    /// What is expected, in order.
    pub rules: Vec<Expectation>,
    /// The settings that are varied, one or two.
    pub axes: Vec<Variation>,
    /// The points; the last setting varies fastest.
    pub list: Vec<Point>,
}

/// What costs no more than this times as much costs the same: counted hits are drawn anew at every setting.
const ALIKE: f64 = 1.01;

/// What is shown of each point where it says something, the most telling first.
const COLUMNS: [Leaf; 9] = [
    column(Metric::StaleReadRatio, None),
    column(Metric::Convergence, Some(Statistic::P99)),
    column(Metric::StoreReads, None),
    column(Metric::ReadLatency, Some(Statistic::P99)),
    column(Metric::LostUpdates, None),
    column(Metric::RejectedWrites, None),
    column(Metric::FailedRequests, None),
    column(Metric::Staleness, Some(Statistic::P99)),
    column(Metric::HitRatio, None),
];

const fn column(metric: Metric, statistic: Option<Statistic>) -> Leaf {
    Leaf { metric, statistic }
}

/// How people call a number: "p99 read latency".
pub fn name(leaf: Leaf) -> String {
    let name = match leaf.metric {
        Metric::StaleReadRatio => "stale reads".to_owned(),
        metric => metric.info().name.replace('-', " "),
    };
    match leaf.statistic {
        Some(statistic) => format!("{} {name}", statistic.name()),
        None => name,
    }
}

impl Point {
    /// What is kept of an experiment.
    pub fn of(settings: Vec<String>, results: Results) -> Point {
        let paid_usd = results.bill().paid_usd().dollars();
        Point {
            title: results.scenario.title,
            settings,
            paid_usd,
            runs: results.runs,
            summary: results.summary,
            verdicts: results.verdicts,
        }
    }

    /// What became of the expectations together; `None` where there are none.
    pub fn outcome(&self) -> Option<Outcome> {
        let has = |outcome| self.verdicts.iter().any(|v| v.outcome == outcome);
        match (has(Outcome::Failed), has(Outcome::Undecided)) {
            _ if self.verdicts.is_empty() => None,
            (true, _) => Some(Outcome::Failed),
            (false, true) => Some(Outcome::Undecided),
            (false, false) => Some(Outcome::Met),
        }
    }

    /// A number of all operations.
    pub fn get(&self, leaf: Leaf) -> Option<Estimate> {
        self.summary.total.get(leaf.metric, leaf.statistic)
    }
}

/// A number of the first point and of the last, as it is shown.
pub struct Difference {
    /// What people call it.
    pub name: String,
    /// At the first point.
    pub first: String,
    /// At the last.
    pub last: String,
    /// The last minus the first, with its sign.
    pub difference: String,
    /// What the runs say of it.
    pub finding: Finding,
}

impl Points {
    /// Two scenarios that are held against each other. What is expected is judged where both expect the same.
    pub fn comparison(both: [Results; 2], command: Vec<String>) -> Points {
        let names = [0, 1].map(|index| both[index].scenario.name.clone());
        let values = match names[0] == names[1] {
            true => ["A", "B"].map(str::to_owned),
            false => names.clone(),
        };
        let first = &both[0].scenario;
        let (seeds, runs) = (first.seeds(), first.runs);
        let method = match runs {
            1 => format!("one run each · {}", first.seeds_in_words()),
            runs => format!("{runs} runs each · {}", first.seeds_in_words()),
        };
        let rules = first.expect.clone();
        let texts = both.each_ref().map(|results| {
            let rules = results.scenario.expect.iter();
            rules.map(|rule| rule.text.clone()).collect::<Vec<_>>()
        });
        let is_alike = texts[0] == texts[1];
        let points = both.into_iter().zip(&values).map(|(results, value)| {
            let mut point = Point::of(vec![value.clone()], results);
            point
                .verdicts
                .truncate(if is_alike { usize::MAX } else { 0 });
            point
        });
        Points {
            kind: Kind::Comparison,
            command,
            title: "Two scenarios on the same traffic".to_owned(),
            method,
            seeds,
            rules: if is_alike { rules } else { Vec::new() },
            list: points.collect(),
            axes: vec![Variation {
                path: "scenario".to_owned(),
                values: values.into(),
            }],
        }
    }

    /// From the first point to the last, number by number, but for those that are nothing at both.
    pub fn differences(&self) -> Vec<Difference> {
        let compared = self.compared().into_iter();
        let is_something =
            |number: &Compared| number.first.mean != 0.0 || number.second.mean != 0.0;
        let shown = compared.filter(is_something).map(|number| {
            let unit = number.metric.info().unit;
            Difference {
                name: name(number.leaf()),
                first: format::estimate(unit, number.first),
                last: format::estimate(unit, number.second),
                difference: format::signed(unit, number.difference),
                finding: number.finding,
            }
        });
        shown.collect()
    }

    /// Every file of the report by name.
    pub fn files(&self) -> Vec<ReportFile> {
        let files = [
            ("html", html::sweep(self)),
            ("csv", csv::file(self)),
            ("json", self.json()),
        ];
        let stem = self.stem();
        let named = files.map(|(ending, bytes)| (format!("{stem}.{ending}"), bytes));
        named.into()
    }

    /// What the files are called, without their ends.
    pub fn stem(&self) -> &'static str {
        match self.kind {
            Kind::Sweep => "sweep",
            Kind::Comparison => "comparison",
        }
    }

    /// From the first point to the last, pair by pair.
    pub fn compared(&self) -> Vec<Compared> {
        let ends = self.list.first().zip(self.list.last());
        ends.map_or(Vec::new(), |(first, last)| compare(&first.runs, &last.runs))
    }

    /// `sweep.json`.
    pub fn json(&self) -> Vec<u8> {
        json::file(self)
    }

    /// Of the points that meet every expectation and cost the least, the one with the fewest reads at the store.
    /// `None` if none meets them, or if nothing is expected.
    pub fn cheapest(&self) -> Option<usize> {
        let store_reads = |point: &Point| {
            let reads = point.get(column(Metric::StoreReads, None));
            reads.map_or(0.0, |reads| reads.mean)
        };
        let meets = || {
            let points = self.list.iter().enumerate();
            points.filter(|(_, point)| point.outcome() == Some(Outcome::Met))
        };
        let costs = meets().map(|(_, point)| point.paid_usd);
        let most = costs.fold(f64::INFINITY, f64::min) * ALIKE;
        let cheap = meets().filter(|(_, point)| point.paid_usd <= most);
        let cheapest = cheap.min_by(|(_, a), (_, b)| store_reads(a).total_cmp(&store_reads(b)));
        cheapest.map(|(index, _)| index)
    }

    /// The numbers worth showing, at most so many: those that some point has and that are not nothing everywhere.
    pub fn columns(&self, most: usize) -> Vec<Leaf> {
        let says_something = |column: &Leaf| {
            let mut numbers = self.list.iter().filter_map(|point| point.get(*column));
            numbers.any(|number| number.mean != 0.0)
        };
        COLUMNS
            .into_iter()
            .filter(says_something)
            .take(most)
            .collect()
    }

    /// What the points say, in a few sentences.
    pub fn answer(&self) -> Vec<String> {
        if self.kind == Kind::Comparison {
            return vec![which_is_better(&self.compared(), self.seeds.len())];
        }
        let mut answer = vec![self.recommendation()];
        if self.seeds.len() == 1 {
            answer
                .push("One run of each cannot say how far chance moves these numbers.".to_owned());
        }
        let ends = self.list.first().zip(self.list.last());
        if let (Some((first, last)), [_], 2..) = (ends, &self.axes[..], self.list.len()) {
            let compared = self.compared();
            let from_to = format!("From {} to {}", first.settings[0], last.settings[0]);
            answer.push(change(&from_to, &compared, &self.columns(4)));
        }
        answer
    }

    fn recommendation(&self) -> String {
        let count = |outcome| {
            let mut points = self.list.iter();
            points
                .by_ref()
                .filter(|p| p.outcome() == Some(outcome))
                .count()
        };
        let (met, undecided) = (count(Outcome::Met), count(Outcome::Undecided));
        let undecided = match undecided {
            0 => String::new(),
            1 => " One is undecided: more runs may tell.".to_owned(),
            some => format!(" {some} are undecided: more runs may tell."),
        };
        match self.cheapest() {
            _ if self.rules.is_empty() => {
                "Nothing is expected, so no point is the right one: say in `expect` what must hold."
                    .to_owned()
            }
            None => format!("No point meets all that is expected.{undecided}"),
            Some(index) => {
                let point = &self.list[index];
                let cost = format::usd(point.paid_usd);
                let which = match met {
                    1 => "The only point that meets all that is expected is".to_owned(),
                    met => format!(
                        "{met} of {} points meet all that is expected; of the cheapest of them, the one that asks the store least is",
                        self.list.len()
                    ),
                };
                format!(
                    "{which} {}, at {cost} for {DAYS_BILLED} days.{undecided}",
                    self.described(point)
                )
            }
        }
    }

    /// "cache-ttl 60s and runs 5"
    pub fn described(&self, point: &Point) -> String {
        let settings = self.axes.iter().zip(&point.settings);
        let settings = settings.map(|(axis, value)| format!("{} {value}", short(&axis.path)));
        settings.collect::<Vec<_>>().join(" and ")
    }
}

/// "B is better in stale reads and convergence, worse in store reads; of 2 numbers the runs cannot tell."
fn which_is_better(compared: &[Compared], runs: usize) -> String {
    let of = |finding: Finding| -> Vec<String> {
        let numbers = compared.iter().filter(|number| number.finding == finding);
        numbers.map(|number| name(number.leaf())).collect()
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

/// The last part of a path: `cache-ttl` of `workload.visitors.cache-ttl`.
pub fn short(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// "From 30s to 10m, stale reads rise by 42.1 % ± 1.2 and store reads fall by 1,234 ± 12; of p99 read latency the runs
/// cannot tell."
fn change(from_to: &str, compared: &[Compared], columns: &[Leaf]) -> String {
    let (mut moved, mut same, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for column in columns {
        let of_column = |c: &&Compared| c.leaf() == *column;
        let Some(number) = compared.iter().find(of_column) else {
            continue;
        };
        match number.finding {
            Finding::Same => same.push(name(*column)),
            Finding::Undecided => unknown.push(name(*column)),
            Finding::Better | Finding::Worse => {
                let way = if number.difference.mean > 0.0 {
                    "up"
                } else {
                    "down"
                };
                let by = Estimate {
                    mean: number.difference.mean.abs(),
                    ..number.difference
                };
                let by = format::difference(column.metric.info().unit, by);
                moved.push(format!("{} {way} by {by}", name(*column)));
            }
        }
    }
    let mut sentences = Vec::new();
    if !moved.is_empty() {
        sentences.push(format!("{from_to}: {}.", moved.join(", ")));
    }
    if !same.is_empty() {
        sentences.push(format!("No change of {}.", same.join(", ")));
    }
    if !unknown.is_empty() {
        sentences.push(format!("Of {} the runs cannot tell.", unknown.join(", ")));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_is_the_one_that_asks_the_store_least_of_those_that_cost_the_same() {
        let mut points = fixture::curve();
        // 30 s, 60 s, 5 m: the last does not meet `convergence.p99 < 70s`.
        assert_eq!(points.cheapest(), Some(1));
        points.list[0].paid_usd = 0.9 * points.list[1].paid_usd;
        assert_eq!(points.cheapest(), Some(0));
        points.list[0].paid_usd = 0.995 * points.list[1].paid_usd;
        assert_eq!(points.cheapest(), Some(1));
        for point in &mut points.list {
            point.verdicts[0].outcome = Outcome::Undecided;
        }
        assert_eq!(points.cheapest(), None);
        let answer = &points.answer()[0];
        assert!(
            answer.starts_with("No point meets all that is expected. 3 are undecided"),
            "{answer}"
        );
    }

    #[test]
    fn where_nothing_is_expected_no_point_is_the_right_one() {
        let mut points = fixture::curve();
        points.rules.clear();
        for point in &mut points.list {
            point.verdicts.clear();
        }
        assert_eq!(points.cheapest(), None);
        assert!(points.answer()[0].starts_with("Nothing is expected"));
    }

    #[test]
    fn the_change_is_told_from_end_to_end_pair_by_pair() {
        let points = fixture::curve();
        let [_, change] = &points.answer()[..] else {
            panic!("a curve has two sentences");
        };
        assert!(
            change.starts_with("From 30s to 5m: stale reads up by "),
            "{change}"
        );
        assert!(change.contains("store reads down by "), "{change}");
        let leaf = column(Metric::StoreReads, None);
        let [first, .., last] = &points.list[..] else {
            panic!("a curve has two ends");
        };
        let of = |point: &Point| point.get(leaf).expect("is measured").mean;
        let fall = format::value(leaf.metric.info().unit, of(first) - of(last));
        assert!(
            change.contains(&format!("store reads down by {fall} ")),
            "{change} {fall}"
        );
    }
}
