//! Rules on measured numbers: `METRIC[.STAT] [at POP | of WORKLOAD] < <= = >= > VALUE`.

use std::ops::Range;

use super::diagnostic::{Code, Diagnostic};
use super::slip::words;
use super::source::{Sources, Span};
use super::suggest::nearest;
use super::written::Written;
use crate::scenario::metric::{METRICS, Metric, MetricInfo, Statistic, Unit};
use crate::scenario::{Comparison, Expectation, Scenario, Scope};
use crate::units::{Duration, Share};

const GRAMMAR: &str = "a rule is METRIC[.STAT] [at POP | of WORKLOAD] < <= = >= > VALUE, such as \"convergence.p99 < 70s\"";

/// Reads a rule against the scenario whose numbers it is about.
pub fn expectation(
    rule: &Written<String>,
    scenario: &Scenario,
    sources: &Sources,
) -> Result<Expectation, Diagnostic> {
    let reader = Reader {
        rule,
        scenario,
        sources,
    };
    let parts = reader.parts()?;
    let (metric, statistic) = reader.metric(&parts.metric)?;
    let scope = reader.scope(parts.scope.as_ref())?;
    let comparison = reader.comparison(&parts.operator)?;
    let bound = reader.bound(&parts.value, metric.info())?;
    reader.has_meaning(metric, &parts, scope)?;
    Ok(Expectation {
        text: rule.value.trim().to_owned(),
        metric,
        statistic,
        scope,
        comparison,
        bound,
    })
}

/// The parts of a rule, as ranges of its text.
struct Parts {
    metric: Range<usize>,
    /// `at` or `of`, and the name behind it.
    scope: Option<(Range<usize>, Range<usize>)>,
    operator: Range<usize>,
    value: Range<usize>,
}

struct Reader<'r> {
    rule: &'r Written<String>,
    scenario: &'r Scenario,
    sources: &'r Sources,
}

/// Characters that people write comparisons with, right or wrong.
fn is_operator(c: char) -> bool {
    "<>=!≤≥≠~".contains(c)
}

impl Reader<'_> {
    fn text(&self, part: &Range<usize>) -> &str {
        &self.rule.value[part.clone()]
    }

    /// Where a part stands in the file.
    fn span(&self, part: &Range<usize>) -> Span {
        self.sources
            .within(&self.rule.span, &self.rule.value, part.clone())
    }

    fn unreadable(&self, part: &Range<usize>, title: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Code::UnreadableRule, title).at(&self.span(part), "")
    }

    fn parts(&self) -> Result<Parts, Diagnostic> {
        let text = self.rule.value.as_str();
        let end = text.trim_end().len();
        let Some(operator_at) = text.find(is_operator) else {
            return Err(self
                .unreadable(&(end..end), "a rule compares, and here is no comparison")
                .help(GRAMMAR));
        };
        let behind = &text[operator_at..];
        let operator_length = behind.find(|c| !is_operator(c)).unwrap_or(behind.len());
        let operator = operator_at..operator_at + operator_length;
        let rest = &text[operator.end..];
        let value_at = operator.end + (rest.len() - rest.trim_start().len());
        let value = value_at..end.max(value_at);
        if value.is_empty() {
            return Err(self
                .unreadable(&value, "a rule compares with a value, and here is none")
                .help(GRAMMAR));
        }
        let words = words(text, 0..operator_at);
        let (metric, scope) = match &words[..] {
            [metric] => (metric.clone(), None),
            [metric, word, name] if ["at", "of"].contains(&self.text(word)) => {
                (metric.clone(), Some((word.clone(), name.clone())))
            }
            [] => {
                return Err(self
                    .unreadable(&(0..operator.end), "a rule begins with a metric")
                    .help(GRAMMAR));
            }
            [_, unexpected @ ..] => {
                let last = unexpected.last().expect("there is a second word");
                let unexpected = unexpected[0].start..last.end;
                return Err(self
                    .unreadable(
                        &unexpected,
                        "expected `at POP`, `of WORKLOAD` or a comparison",
                    )
                    .help(GRAMMAR));
            }
        };
        Ok(Parts {
            metric,
            scope,
            operator,
            value,
        })
    }

    fn metric(&self, part: &Range<usize>) -> Result<(Metric, Option<Statistic>), Diagnostic> {
        let text = self.text(part);
        let name = text.split('.').next().unwrap_or(text);
        let name_part = part.start..part.start + name.len();
        let Some(metric) = Metric::by_name(name) else {
            return Err(self.unknown_metric(name, &name_part));
        };
        let info = metric.info();
        let statistics = Statistic::ALL.map(Statistic::name).join(", ");
        let Some(statistic) = text.get(name.len() + 1..) else {
            if info.is_distribution {
                let title = format!("`{name}` is a distribution: which statistic of it?");
                return Err(self
                    .unreadable(&name_part, title)
                    .help(format!("for example `{name}.p99`; there are {statistics}")));
            }
            return Ok((metric, None));
        };
        let statistic_part = name_part.end..part.end;
        if !info.is_distribution {
            let title = format!("`{name}` is a single number and has no statistics");
            return Err(self
                .unreadable(&statistic_part, title)
                .help(format!("write `{name}`")));
        }
        let known = Statistic::ALL.into_iter().find(|s| s.name() == statistic);
        let Some(known) = known else {
            let title = format!("`{statistic}` is not a statistic");
            let mistake = self.unreadable(&(statistic_part.start + 1..part.end), title);
            return Err(match meant_statistic(statistic) {
                Some(meant) => mistake.did_you_mean(Some(meant)),
                None => mistake.help(format!("there are {statistics}")),
            });
        };
        Ok((metric, Some(known)))
    }

    fn unknown_metric(&self, name: &str, part: &Range<usize>) -> Diagnostic {
        let mistake = self.unreadable(part, format!("`{name}` is not a metric"));
        // The names in JSON and CSV end in their unit.
        let by_key = METRICS.iter().find(|info| info.key == name);
        let near = nearest(name, METRICS.iter().map(|info| info.name));
        match by_key.map(|info| info.name).or(near) {
            Some(near) => mistake.did_you_mean(Some(near)),
            None => {
                let names: Vec<&str> = METRICS.iter().map(|info| info.name).collect();
                mistake.help(format!("the metrics: {}", names.join(", ")))
            }
        }
    }

    fn scope(&self, part: Option<&(Range<usize>, Range<usize>)>) -> Result<Scope, Diagnostic> {
        let Some((word, name_part)) = part else {
            return Ok(Scope::Total);
        };
        let name = self.text(name_part);
        let pop = self.scenario.pops.iter().position(|pop| pop.code == name);
        let workload = self
            .scenario
            .workload_names()
            .position(|workload| workload == name);
        match (self.text(word), pop, workload) {
            ("at", Some(pop), _) => Ok(Scope::Pop(pop)),
            ("of", _, Some(workload)) => Ok(Scope::Workload(workload)),
            ("at", None, Some(_)) => Err(self
                .unreadable(word, format!("`{name}` is a workload"))
                .help(format!("write `of {name}`; `at` is for PoPs"))),
            ("of", Some(_), None) => Err(self
                .unreadable(word, format!("`{name}` is a PoP"))
                .help(format!("write `at {name}`; `of` is for workloads"))),
            ("at", ..) => {
                let codes = self.scenario.pops.iter().map(|pop| pop.code.as_str());
                Err(self.unknown_name(name_part, "a PoP", codes))
            }
            _ => {
                let names = self.scenario.workload_names();
                let what = if self.scenario.clients.is_empty() {
                    "a workload"
                } else {
                    "a workload or client"
                };
                Err(self.unknown_name(name_part, what, names))
            }
        }
    }

    fn unknown_name<'n>(
        &self,
        part: &Range<usize>,
        what: &str,
        names: impl Iterator<Item = &'n str> + Clone,
    ) -> Diagnostic {
        let name = self.text(part);
        let title = format!("`{name}` is not {what} of this scenario");
        let mistake = Diagnostic::new(Code::UnknownName, title).at(&self.span(part), "");
        match nearest(name, names.clone()) {
            Some(near) => mistake.did_you_mean(Some(near)),
            None => {
                let all: Vec<&str> = names.take(12).collect();
                mistake.help(match all.len() {
                    0 => "it has none".to_owned(),
                    _ => format!("it has {}", all.join(", ")),
                })
            }
        }
    }

    fn comparison(&self, part: &Range<usize>) -> Result<Comparison, Diagnostic> {
        let text = self.text(part);
        let meant = match text {
            "<" => return Ok(Comparison::Less),
            "<=" => return Ok(Comparison::LessOrEqual),
            "=" => return Ok(Comparison::Equal),
            ">=" => return Ok(Comparison::GreaterOrEqual),
            ">" => return Ok(Comparison::Greater),
            "==" | "===" => Some("="),
            "≤" | "=<" => Some("<="),
            "≥" | "=>" => Some(">="),
            _ => None,
        };
        let mistake = self.unreadable(part, format!("`{text}` is not a comparison"));
        Err(match meant {
            Some(meant) => mistake.did_you_mean(Some(meant)),
            None => mistake.help("there are `<`, `<=`, `=`, `>=` and `>`"),
        })
    }

    /// Reads the value in the metric's own unit.
    fn bound(&self, part: &Range<usize>, info: &MetricInfo) -> Result<f64, Diagnostic> {
        let text = self.text(part);
        let wrong = |title: String, kind: &str| {
            let label = format!("`{}` is {kind}", info.name);
            Diagnostic::new(Code::UnreadableRule, title).at(&self.span(part), label)
        };
        match info.unit {
            Unit::Seconds | Unit::Milliseconds => {
                let duration: Duration = text
                    .parse()
                    .map_err(|bad| wrong(format!("{bad}"), "a length of time"))?;
                Ok(match info.unit {
                    Unit::Seconds => duration.as_secs_f64(),
                    _ => duration.as_millis_f64(),
                })
            }
            Unit::Ratio => {
                let share: Share = text
                    .parse()
                    .map_err(|bad| wrong(format!("{bad}"), "a ratio"))?;
                if share.0 > 1.0 {
                    return Err(wrong("a ratio is at most 100%".to_owned(), "a ratio"));
                }
                Ok(share.0)
            }
            Unit::Count | Unit::Versions => {
                let is_plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
                let number = text.parse::<f64>().ok();
                number.filter(|n| is_plain && n.is_finite()).ok_or_else(|| {
                    wrong(
                        "expected a plain number, 0 or more, such as 1000".to_owned(),
                        "a count and has no unit",
                    )
                })
            }
        }
    }

    /// Checks that there will be a number to compare.
    fn has_meaning(&self, metric: Metric, parts: &Parts, scope: Scope) -> Result<(), Diagnostic> {
        let info = metric.info();
        let meaningless = |part: &Range<usize>, title: String| {
            Err(Diagnostic::new(Code::MeaninglessRule, title).at(&self.span(part), ""))
        };
        if needs_clients(metric) && self.scenario.clients.is_empty() {
            let title = format!("`{}` needs clients, and this scenario has none", info.name);
            return meaningless(&parts.metric, title)
                .map_err(|mistake| mistake.help("a [client.NAME] acts on what it reads"));
        }
        if let (true, Scope::Workload(workload), Some((word, name))) =
            (needs_clients(metric), scope, &parts.scope)
            && self.scenario.client(workload).is_none()
        {
            let title = format!(
                "`{}` is about clients, and `{}` is none",
                info.name,
                self.text(name)
            );
            return meaningless(&(word.start..name.end), title);
        }
        if let (Metric::Convergence, Some((word, name))) = (metric, &parts.scope) {
            let title =
                "`convergence` is over all PoPs and has no meaning for one place or workload";
            return meaningless(&(word.start..name.end), title.to_owned())
                .map_err(|mistake| mistake.help("`visibility` is what it is at one PoP"));
        }
        Ok(())
    }
}

/// What a rule lacks to have a number to judge, if it lacks something: its scope does not read, or write.
///
/// That is no mistake: the rule is well-formed, and counts as not met. Counts always have a number: 0.
pub fn lacks_operations(rule: &Expectation, scenario: &Scenario) -> Option<&'static str> {
    if rule.metric.info().unit == Unit::Count {
        return None;
    }
    if is_of_writes(rule.metric) {
        let has_writes = match rule.scope {
            Scope::Pop(pop) if rule.metric != Metric::Visibility => scenario.has_writers(pop),
            Scope::Workload(workload) => scenario.has_writes_of(workload),
            _ => scenario.has_writes(),
        };
        return (!has_writes).then_some("writes");
    }
    let has_reads = match rule.scope {
        Scope::Total => scenario.has_reads(),
        Scope::Pop(pop) => scenario.has_readers(pop),
        Scope::Workload(workload) => scenario.has_reads_of(workload),
    };
    (!has_reads).then_some("reads")
}

/// The statistic that was probably meant by another word.
fn meant_statistic(word: &str) -> Option<&'static str> {
    match word {
        "median" => Some("p50"),
        "avg" | "average" => Some("mean"),
        "p100" => Some("max"),
        "p99.9" | "p99_9" => Some("p999"),
        // One percentile is no misspelling of another.
        _ if word.starts_with('p') => None,
        _ => nearest(word, Statistic::ALL.map(Statistic::name)),
    }
}

/// Whether a metric is about clients.
fn needs_clients(metric: Metric) -> bool {
    matches!(
        metric,
        Metric::StaleBaseWrites
            | Metric::LostUpdates
            | Metric::Sessions
            | Metric::ReadYourWritesViolations
            | Metric::MonotonicReadViolations
            | Metric::WritesFollowReadsViolations
            | Metric::ResurrectedKeys
    )
}

/// Whether a metric has a value where there are writes, not where there are reads.
fn is_of_writes(metric: Metric) -> bool {
    matches!(
        metric,
        Metric::WriteLatency
            | Metric::Visibility
            | Metric::Convergence
            | Metric::RejectedWriteRatio
    )
}
