//! What became of expectations: the interval over the runs is held against the bound.

use crate::observe::summary::Summary;
use crate::scenario::{Comparison, Expectation};
use crate::stats::Estimate;

/// What became of an expectation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// What was measured; `None` for a statistic of nothing.
    pub measured: Option<Estimate>,
    /// Whether it meets the rule.
    pub outcome: Outcome,
    /// For an undecided one: about how many runs would decide it.
    pub runs_to_decide: Option<u32>,
}

/// Whether a measured number meets a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The whole interval meets it.
    Met,
    /// None of the interval meets it.
    Failed,
    /// The interval straddles the bound, or there was nothing to measure.
    Undecided,
}

/// Holds a rule against what each run measured. A ratio is taken in each run apart, like everything else.
pub(crate) fn judge(rule: &Expectation, runs: &[Summary<f64>]) -> Verdict {
    let values = runs.iter();
    let values = values.filter_map(|run| run.scope(rule.scope).measured(&rule.measured));
    let Some(measured) = Estimate::of(&values.collect::<Vec<_>>()) else {
        return Verdict {
            measured: None,
            outcome: Outcome::Undecided,
            runs_to_decide: None,
        };
    };
    let meets = |value: f64| rule.comparison.holds(value, rule.bound);
    let (low, high) = measured.interval();
    let straddles_equal =
        rule.comparison == Comparison::Equal && low < rule.bound && rule.bound < high;
    let outcome = match (meets(low), meets(high)) {
        (true, true) => Outcome::Met,
        (false, false) if !straddles_equal => Outcome::Failed,
        _ => Outcome::Undecided,
    };
    let runs_to_decide = (outcome == Outcome::Undecided)
        .then(|| runs_to_decide(rule, measured, runs.len()))
        .flatten();
    Verdict {
        measured: Some(measured),
        outcome,
        runs_to_decide,
    }
}

/// The interval shrinks with the square root of the number of runs: about how many make it end at the bound.
fn runs_to_decide(rule: &Expectation, measured: Estimate, runs: usize) -> Option<u32> {
    let distance = (measured.mean - rule.bound).abs();
    let ratio = measured.half_width_95? / distance;
    let needed = runs as f64 * ratio * ratio * 1.1;
    (needed.is_finite() && needed < 1e6).then(|| needed.ceil() as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::summarise;
    use crate::report::fixture;
    use crate::scenario::{Measured, Statuses};

    /// What a run measures in which a Worker at one PoP answers so.
    fn run(responses: &[(u16, u64)]) -> Summary<f64> {
        let mut findings = fixture::limited(1).pooled;
        let class = findings.classes.iter_mut().flatten().next();
        let mut class = class.expect("somebody is asked").clone();
        class.application.responses = responses.iter().copied().collect();
        class.application.counts = [("late".to_owned(), responses[0].1 as i64)].into();
        class.tally.requests = responses.iter().map(|(_, count)| count).sum();
        findings.classes.fill(None);
        findings.classes[0] = Some(class);
        Summary::of(&findings)
    }

    fn judged(measured: Measured, runs: &[Summary<f64>]) -> (Estimate, Outcome) {
        let rule = fixture::rule("a rule", measured, Comparison::Equal, 0.0);
        let verdict = judge(&rule, runs);
        (
            verdict.measured.expect("somebody is asked"),
            verdict.outcome,
        )
    }

    #[test]
    fn a_status_that_a_run_lacks_is_zero_there_and_a_ratio_is_of_each_run() {
        let runs = [
            run(&[(200, 90), (500, 4), (503, 6)]),
            run(&[(200, 1_000)]),
            run(&[(200, 50), (201, 50)]),
        ];
        let responses = |statuses, is_ratio| Measured::Responses { statuses, is_ratio };
        let (errors, outcome) = judged(responses(Statuses::Hundred(5), false), &runs);
        assert!((errors.mean - 10.0 / 3.0).abs() < 1e-12, "{errors:?}");
        assert_eq!(outcome, Outcome::Undecided);
        let (ratio, _) = judged(responses(Statuses::Hundred(5), true), &runs);
        assert!((ratio.mean - 0.1 / 3.0).abs() < 1e-12, "{ratio:?}");
        let absent = judged(responses(Statuses::One(404), false), &runs);
        let nothing = Estimate {
            mean: 0.0,
            half_width_95: Some(0.0),
        };
        assert_eq!(absent, (nothing, Outcome::Met));
        let summary = summarise(&runs);
        let created = summary.total.responses[&201];
        assert!((created.mean - 50.0 / 3.0).abs() < 1e-12, "{created:?}");
        assert_eq!(summary.total.responses.len(), 4);
    }

    #[test]
    fn a_count_is_over_the_requests_of_its_run() {
        let runs = [run(&[(200, 90), (500, 10)]), run(&[(200, 100)])];
        let count = |name: &str, is_ratio| Measured::Count {
            name: name.to_owned(),
            is_ratio,
        };
        assert_eq!(judged(count("late", false), &runs).0.mean, 95.0);
        assert!((judged(count("late", true), &runs).0.mean - 0.95).abs() < 1e-12);
        assert_eq!(judged(count("absent", true), &runs).1, Outcome::Met);
        let nobody = [run(&[(200, 0)])];
        let rule = fixture::rule("a rule", count("late", true), Comparison::Equal, 0.0);
        assert_eq!(judge(&rule, &nobody).measured, None);
    }
}
