//! What a run found, in sentences: the answer that stands first in every report.

mod requests;

use super::format::{percent, seconds, value};
use crate::experiment::Results;
use crate::observe::summary;
use crate::scenario::metric::{Metric, Statistic, Unit};
use crate::scenario::{Measured, Scope, WorkloadKind};

/// Of fewer things than this, the worst says more than the 99th percentile.
const FEW: f64 = 100.0;

/// One plain sentence that answers what the scenario asks, with measured numbers. What it asks is taken from its
/// first expectation that there is something to say about, and without one from what it does.
pub fn answer(results: &Results) -> String {
    let sentences = results.scenario.expect.iter().filter_map(|rule| {
        let scope = rule.scope;
        View { results, scope }.about(&rule.measured)
    });
    let scope = Scope::Total;
    let everything = View { results, scope };
    let mut sentences = sentences.chain(std::iter::once_with(|| everything.of_everything()));
    sentences.next().expect("the last one is always there")
}

/// A statistic over all runs together.
pub fn pooled(
    results: &Results,
    scope: Scope,
    metric: Metric,
    statistic: Statistic,
) -> Option<f64> {
    View { results, scope }.statistic(metric, statistic)
}

/// The share of (version, PoP with readers) pairs that were skipped; `None` without any.
pub fn skipped_share(results: &Results) -> Option<f64> {
    let view = View {
        results,
        scope: Scope::Total,
    };
    let pops = 0..results.scenario.pops.len();
    let with_readers = pops
        .filter(|pop| results.scenario.has_readers(*pop))
        .count();
    let pairs = view.accepted_writes() * with_readers as f64;
    (pairs > 0.0).then(|| view.number(Metric::SkippedVersions) / pairs)
}

/// The numbers of a scope, and sentences about them.
struct View<'a> {
    results: &'a Results,
    scope: Scope,
}

impl View<'_> {
    /// A sentence about the family to which what is measured belongs; `None` where there is nothing to say.
    fn about(&self, measured: &Measured) -> Option<String> {
        use Metric::*;
        let Some(metric) = measured.metric() else {
            return self.about_workers(measured);
        };
        match metric {
            Convergence | Visibility => self.convergence(),
            StaleReads | StaleReadRatio | Staleness | VersionLag => self.staleness(),
            ReadLatency | HitRatio | Hits | CoalescedReads | CoalescedRatio | Fetches
            | FetchRatio | StoreReads | Refreshes | CoalescedLatency | FetchLatency
            | AbsentMisses | ExpiredMisses | TooOldMisses | ValueExpiredMisses | DroppedMisses
            | LookedPastMisses => self.reading(),
            WriteLatency => self.writing(),
            RejectedWrites | RejectedWriteRatio => self.rejection(),
            LostConcurrentWrites => self.loss(),
            LostUpdates | StaleBaseWrites => self.lost_updates(),
            ReadYourWritesViolations | MonotonicReadViolations | WritesFollowReadsViolations => {
                self.broken_sessions()
            }
            ResurrectedKeys => self.resurrection(),
            SkippedVersions => self.skipping(),
            FailedRequests | RequestLatency => self.about_workers(measured),
            Requests => self.answers(),
            Reads | Writes | Deletes | Lists | ListPages | Sessions => None,
        }
    }

    fn of_everything(&self) -> String {
        let of_workers = match self.number(Metric::FailedRequests) > 0.0 {
            true => self.failures(),
            false => self.answers(),
        };
        if let Some(sentence) = of_workers {
            return sentence;
        }
        let has_reads = self.number(Metric::Reads) > 0.0;
        let sentence = match (self.accepted_writes() > 0.0, has_reads) {
            (true, _) => self.convergence(),
            (false, true) => self.reading(),
            (false, false) => None,
        };
        sentence.unwrap_or_else(|| "Nothing was read and nothing was written.".to_owned())
    }

    /// "After a write, the last of 5 PoPs stops serving the old value 50.6 s later on average, …"
    fn convergence(&self) -> Option<String> {
        let metric = match self.scope {
            Scope::Total => Metric::Convergence,
            Scope::Pop(_) | Scope::Workload(_) => Metric::Visibility,
        };
        let mean = self.statistic(metric, Statistic::Mean)?;
        let p99 = self.statistic(metric, Statistic::P99)?;
        let max = self.statistic(metric, Statistic::Max)?;
        if max == 0.0 {
            return Some(self.sentence("a write is visible as soon as it commits".to_owned()));
        }
        let pops = &self.results.scenario.pops;
        let who = match (self.scope, pops.as_slice()) {
            (Scope::Pop(pop), _) => pops[pop].code.clone(),
            (Scope::Workload(_), _) => "a PoP".to_owned(),
            (Scope::Total, [only]) => only.code.clone(),
            (Scope::Total, _) => format!("the last of {} PoPs", pops.len()),
        };
        let bound = if p99 == max && !self.results.has_intervals() {
            format!("never more than {}", seconds(max))
        } else {
            format!("nearly always within {}", seconds(p99))
        };
        let stale = match self.ratio(Metric::StaleReadRatio) {
            Some(ratio) if self.scope == Scope::Total => {
                format!("; {} of all reads return an old value", percent(ratio))
            }
            _ => String::new(),
        };
        let mean = seconds(mean);
        let whose = match self.scope {
            Scope::Workload(w) => format!(" by {}", self.results.scenario.workload_name(w)),
            Scope::Total | Scope::Pop(_) => String::new(),
        };
        if self.results.pooled.convergence.count() == 1 {
            return Some(format!(
                "After the write, {who} stops serving the old value {mean} later{stale}."
            ));
        }
        Some(format!(
            "After a write{whose}, {who} stops serving the old value {mean} later on average, {bound}{stale}."
        ))
    }

    /// "32.3 % of reads return an old value: half of these are at least 17.5 s out of date, …"
    fn staleness(&self) -> Option<String> {
        let ratio = self.ratio(Metric::StaleReadRatio)?;
        if ratio == 0.0 {
            let reads = self.number(Metric::Reads);
            let reads = value(Metric::Reads.info().unit, reads);
            let sentence = format!("not one of {reads} reads returns an old value");
            return Some(self.sentence(sentence));
        }
        let p50 = seconds(self.statistic(Metric::Staleness, Statistic::P50)?);
        let stale = self.number(Metric::StaleReads);
        let extreme = if stale < FEW {
            let max = self.statistic(Metric::Staleness, Statistic::Max)?;
            format!("the stalest {}", seconds(max))
        } else {
            let p99 = self.statistic(Metric::Staleness, Statistic::P99)?;
            format!("one in a hundred at least {}", seconds(p99))
        };
        let reads = self.number(Metric::Reads);
        let share = if reads < FEW && !self.results.has_intervals() {
            format!("{stale} of {reads} reads")
        } else {
            format!("{} of reads", percent(ratio))
        };
        let verb = if share.starts_with("1 of") {
            "returns"
        } else {
            "return"
        };
        let ages = if stale == 1.0 {
            format!("it is {p50} out of date")
        } else {
            format!("half of these are at least {p50} out of date, {extreme}")
        };
        Some(self.sentence(format!("{share} {verb} an old value: {ages}")))
    }

    /// "99.9 % of reads are answered from the cache where they arrive; half of all reads take …"
    fn reading(&self) -> Option<String> {
        let hit_ratio = percent(self.ratio(Metric::HitRatio)?);
        let cache = match self.scope {
            Scope::Pop(_) => "its own cache",
            Scope::Total | Scope::Workload(_) => "the cache of their PoP",
        };
        let reads = self.number(Metric::Reads);
        let times = self.latencies(Metric::ReadLatency, "reads", reads)?;
        let ms = |statistic| self.statistic(Metric::ReadLatency, statistic);
        let (p99, p999) = (ms(Statistic::P99)?, ms(Statistic::P999)?);
        // Where hits are nearly all, the few cold reads only show past the 99th percentile.
        let tail = if p999 > 3.0 * p99 && reads >= 1_000.0 {
            format!(", one in a thousand {} or more", seconds(p999 / 1e3))
        } else {
            String::new()
        };
        Some(self.sentence(format!(
            "{hit_ratio} of reads are answered from {cache}; {times}{tail}"
        )))
    }

    /// "Half of the accepted writes take at most 40.0 ms, 99 of 100 at most 120 ms."
    fn writing(&self) -> Option<String> {
        let count = self.accepted_writes();
        let times = self.latencies(Metric::WriteLatency, "accepted writes", count)?;
        Some(self.sentence(times))
    }

    /// How long `count` operations take.
    fn latencies(&self, metric: Metric, operations: &str, count: f64) -> Option<String> {
        let shown = |statistic| Some(seconds(self.statistic(metric, statistic)? / 1e3));
        let (p50, p99) = (shown(Statistic::P50)?, shown(Statistic::P99)?);
        let max = shown(Statistic::Max)?;
        Some(match (count < FEW, p50 == max, p50 == p99) {
            (_, true, _) => format!("{operations} take at most {max}"),
            (true, ..) => format!("half of the {operations} take at most {p50}, the slowest {max}"),
            (false, _, true) => format!("99 of 100 {operations} take at most {p99}"),
            (false, ..) => {
                format!("half of the {operations} take at most {p50}, 99 of 100 at most {p99}")
            }
        })
    }

    /// "3.4 % of writes are refused: each came too soon after another write of its key."
    fn rejection(&self) -> Option<String> {
        let ratio = self.ratio(Metric::RejectedWriteRatio)?;
        Some(self.sentence(if ratio == 0.0 {
            "no write is refused".to_owned()
        } else {
            let ratio = percent(ratio);
            format!(
                "{ratio} of writes are refused: each came too soon after another write of its key"
            )
        }))
    }

    /// "2.1 % of accepted writes are replaced by one whose writer did not know of them."
    fn loss(&self) -> Option<String> {
        let accepted = self.accepted_writes();
        if accepted == 0.0 {
            return None;
        }
        let lost = self.number(Metric::LostConcurrentWrites);
        Some(self.sentence(if lost == 0.0 {
            "every accepted write stays until somebody who could know of it replaces it".to_owned()
        } else {
            let share = percent(lost / accepted);
            format!(
                "{share} of accepted writes are replaced by one whose writer did not know of them"
            )
        }))
    }

    /// "70 % of accepted writes are lost updates: the last value holds nothing of them."
    fn lost_updates(&self) -> Option<String> {
        let accepted = self.accepted_writes();
        if accepted == 0.0 {
            return None;
        }
        let lost = self.number(Metric::LostUpdates);
        Some(self.sentence(if lost == 0.0 {
            "no update is lost: each builds on the one before".to_owned()
        } else {
            let share = percent(lost / accepted);
            format!(
                "{share} of accepted writes are lost updates: the last value holds nothing of them"
            )
        }))
    }

    /// "Clients are given something older than their own writes 12 times, than what they had read 7 times."
    fn broken_sessions(&self) -> Option<String> {
        let own = self.number(Metric::ReadYourWritesViolations);
        let read = self.number(Metric::MonotonicReadViolations);
        let causes = self.number(Metric::WritesFollowReadsViolations);
        let parts = [
            (own, "than their own writes"),
            (read, "than what they had read"),
            (causes, "than what they know others had read"),
        ];
        let broken = parts.iter().filter(|(times, _)| *times > 0.0);
        let broken: Vec<String> = broken
            .map(|(times, what)| format!("{what} {}", times_of(*times)))
            .collect();
        Some(self.sentence(match broken.as_slice() {
            [] => "no client is given anything older than what it wrote or knows".to_owned(),
            some => format!("clients are given something older {}", some.join(", ")),
        }))
    }

    /// "131 times a deleted key comes back."
    fn resurrection(&self) -> Option<String> {
        let times = self.number(Metric::ResurrectedKeys);
        Some(self.sentence(if times == 0.0 {
            "what is deleted stays deleted".to_owned()
        } else {
            format!(
                "{} a deleted key comes back, written from what was read before",
                times_of(times)
            )
        }))
    }

    /// "A PoP with readers never serves 29 % of the versions: the next one comes too soon."
    fn skipping(&self) -> Option<String> {
        let share = skipped_share(self.results)?;
        Some(if share == 0.0 {
            "Every PoP with readers serves every version at least once.".to_owned()
        } else {
            let share = percent(share);
            format!(
                "A PoP with readers never serves {share} of the versions: it goes straight to a later one."
            )
        })
    }

    /// Says where it holds, begins with a capital and ends with a full stop.
    fn sentence(&self, words: String) -> String {
        let scenario = &self.results.scenario;
        let words = match self.scope {
            Scope::Total => words,
            Scope::Pop(pop) => return format!("At {}, {words}.", scenario.pops[pop].code),
            Scope::Workload(w) => {
                let kind = match scenario.kind(w) {
                    WorkloadKind::Workload | WorkloadKind::Replay => "workload",
                    WorkloadKind::Client => "clients",
                    WorkloadKind::Worker => "Worker",
                };
                return format!("For the {kind} {}, {words}.", scenario.workload_name(w));
            }
        };
        let mut letters = words.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string());
        format!("{}{}.", first.unwrap_or_default(), letters.as_str())
    }

    fn number(&self, metric: Metric) -> f64 {
        self.ratio(metric).unwrap_or(0.0)
    }

    fn ratio(&self, metric: Metric) -> Option<f64> {
        let numbers = self.results.summary.scope(self.scope);
        numbers.get(metric, None).map(|number| number.mean)
    }

    /// Of a distribution over all runs together: a sentence speaks of what happened, and a mean of each run's
    /// 99th percentile bounds nothing.
    fn statistic(&self, metric: Metric, statistic: Statistic) -> Option<f64> {
        let pooled = &self.results.pooled;
        let class = || match self.scope {
            Scope::Total => pooled.total(),
            Scope::Pop(pop) => pooled.at_pop(pop),
            Scope::Workload(workload) => pooled.of_workload(workload),
        };
        summary::numbers(&class(), Some(&pooled.convergence)).get(metric, Some(statistic))
    }

    fn accepted_writes(&self) -> f64 {
        self.number(Metric::Writes) + self.number(Metric::Deletes)
            - self.number(Metric::RejectedWrites)
    }
}

/// "once", "12 times", "1,234 times".
fn times_of(times: f64) -> String {
    match times {
        1.0 => "once".to_owned(),
        _ => format!("{} times", value(Unit::Count, times)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::scenario::metric::METRICS;
    use crate::scenario::{Comparison, Expectation, Scenario, Statuses};

    /// The answers to a scenario that expects something of each metric in turn, each with the metrics it is
    /// given for.
    fn answers(results: &mut Results, scope: Scope) -> String {
        let mut answers: Vec<(String, Vec<&str>)> = Vec::new();
        let of_metrics = METRICS.iter().map(|info| {
            let rule = fixture::expect("a rule", info.metric, Comparison::Less, 1.0);
            (info.name, rule.measured)
        });
        let responses = |statuses| Measured::Responses {
            statuses,
            is_ratio: true,
        };
        let count = |name: &str| Measured::Count {
            name: name.to_owned(),
            is_ratio: false,
        };
        let of_workers = [
            ("responses.429", responses(Statuses::One(429))),
            ("responses.5xx", responses(Statuses::Hundred(5))),
            ("responses.404", responses(Statuses::One(404))),
            ("counts.admitted", count("admitted")),
            ("counts.absent", count("absent")),
        ];
        for (name, measured) in of_metrics.chain(of_workers) {
            let rule = fixture::rule("a rule", measured, Comparison::Less, 1.0);
            results.scenario.expect = vec![Expectation { scope, ..rule }];
            let answer = answer(results);
            match answers.iter_mut().find(|(text, _)| *text == answer) {
                Some((_, metrics)) => metrics.push(name),
                None => answers.push((answer, vec![name])),
            }
        }
        let paragraph = |(text, metrics): &(String, Vec<&str>)| format!("{text}\n  {metrics:?}\n");
        answers.iter().map(paragraph).collect()
    }

    #[test]
    fn every_metric_has_an_answer() {
        let mut results = fixture::flag_flip(20);
        insta::assert_snapshot!("answers_in_total", answers(&mut results, Scope::Total));
        insta::assert_snapshot!("answers_at_a_pop", answers(&mut results, Scope::Pop(1)));
        let readers = answers(&mut results, Scope::Workload(0));
        insta::assert_snapshot!("answers_of_readers", readers);
        let writers = answers(&mut results, Scope::Workload(1));
        insta::assert_snapshot!("answers_of_writers", writers);
    }

    #[test]
    fn answers_where_little_happens() {
        let mut nobody_reads = fixture::nobody_reads();
        insta::assert_snapshot!(
            "answers_without_reads",
            answers(&mut nobody_reads, Scope::Total)
        );
        let mut nobody_writes = fixture::nobody_writes();
        insta::assert_snapshot!(
            "answers_without_writes",
            answers(&mut nobody_writes, Scope::Total)
        );
    }

    #[test]
    fn answers_about_workers() {
        let mut one = fixture::limited(1);
        insta::assert_snapshot!("answers_of_workers", answers(&mut one, Scope::Total));
        insta::assert_snapshot!("answers_of_a_worker", answers(&mut one, Scope::Workload(1)));
        let mut several = fixture::limited(5);
        let at_a_pop = answers(&mut several, Scope::Pop(2));
        insta::assert_snapshot!("answers_of_workers_at_a_pop", at_a_pop);
    }

    #[test]
    fn one_write_is_the_write() {
        let mut scenario = fixture::flag_flip_scenario(1);
        scenario.expect.clear();
        scenario.workloads[1].writes_per_s = 1.0 / 600.0;
        let results = (1..).find_map(|seed| {
            let scenario = Scenario {
                seed,
                ..scenario.clone()
            };
            let results = fixture::simulate(scenario);
            (results.pooled.convergence.count() == 1).then_some(results)
        });
        insta::assert_snapshot!(answer(&results.expect("some seed has one write")));
    }
}
