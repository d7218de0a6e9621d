//! Rules on measured numbers: `METRIC[.STAT] [at POP | of WORKLOAD] < <= = >= > VALUE`. Instead of a metric there may
//! be responses by status, or counts of scripts by name.

mod meaning;
mod measured;

use std::ops::Range;

use super::diagnostic::{Code, Diagnostic};
use super::slip::words;
use super::source::{Sources, Span};
use super::suggest::nearest;
use super::written::Written;
use crate::scenario::metric::Unit;
use crate::scenario::{Comparison, Expectation, Measured, Scenario, Scope, WorkloadKind};
use crate::units::{Duration, Share};

pub use meaning::lacks_operations;

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
    let measured = reader.measured(&parts.measured)?;
    let scope = reader.scope(parts.scope.as_ref())?;
    let comparison = reader.comparison(&parts.operator)?;
    let bound = reader.bound(&parts, &measured)?;
    reader.has_meaning(&measured, &parts, scope)?;
    Ok(Expectation {
        text: rule.value.trim().to_owned(),
        measured,
        scope,
        comparison,
        bound,
    })
}

/// The parts of a rule, as ranges of its text.
struct Parts {
    /// The metric, or what else is measured.
    measured: Range<usize>,
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
        let (measured, scope) = match &words[..] {
            [measured] => (measured.clone(), None),
            [measured, word, name] if ["at", "of"].contains(&self.text(word)) => {
                (measured.clone(), Some((word.clone(), name.clone())))
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
            measured,
            scope,
            operator,
            value,
        })
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
            ("at", None, Some(index)) => Err(self
                .unreadable(
                    word,
                    format!("`{name}` is {}", a_kind(self.scenario.kind(index))),
                )
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
                Err(self.unknown_name(name_part, self.whose(), names))
            }
        }
    }

    /// What a rule may be `of` in this scenario.
    fn whose(&self) -> &'static str {
        let (clients, workers) = (&self.scenario.clients, &self.scenario.workers);
        match (clients.is_empty(), workers.is_empty()) {
            (true, true) => "a workload",
            (false, true) => "a workload or client",
            (true, false) => "a workload or Worker",
            (false, false) => "a workload, client or Worker",
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

    /// Reads the value in the unit of what is measured.
    fn bound(&self, parts: &Parts, measured: &Measured) -> Result<f64, Diagnostic> {
        let text = self.text(&parts.value);
        let name = match measured {
            Measured::Leaf(_) => self.name(&parts.measured),
            Measured::Responses { .. } | Measured::Count { .. } => self.text(&parts.measured),
        };
        let wrong = |title: String, kind: &str| {
            let label = format!("`{name}` is {kind}");
            Diagnostic::new(Code::UnreadableRule, title).at(&self.span(&parts.value), label)
        };
        let unit = measured.unit();
        match unit {
            Unit::Seconds | Unit::Milliseconds => {
                let duration: Duration = text
                    .parse()
                    .map_err(|bad| wrong(format!("{bad}"), "a length of time"))?;
                Ok(match unit {
                    Unit::Seconds => duration.as_secs_f64(),
                    _ => duration.as_millis_f64(),
                })
            }
            Unit::Ratio => {
                let share: Share = text
                    .parse()
                    .map_err(|bad| wrong(format!("{bad}"), "a ratio"))?;
                // A request may count several.
                if share.0 > 1.0 && !matches!(measured, Measured::Count { .. }) {
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
}

/// A kind of what a rule may be `of`, in words.
fn a_kind(kind: WorkloadKind) -> &'static str {
    match kind {
        WorkloadKind::Workload => "a workload",
        WorkloadKind::Replay => "a replay",
        WorkloadKind::Client => "a client",
        WorkloadKind::Worker => "a Worker",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::scenario::Statuses;
    use crate::scenario::language::diagnostic::Diagnostics;

    /// Reads a rule in a scenario with a limiter, pages and browsers that look at them.
    fn read(rule: &str, scenario: &Scenario) -> Result<Expectation, String> {
        let text = format!("expect = [{rule:?}]");
        let sources = Sources::new("x.toml", &text);
        let written = Written {
            value: rule.to_owned(),
            span: 10..text.len() - 1,
        };
        expectation(&written, scenario, &sources)
            .map_err(|mistake| Diagnostics::new(vec![mistake], sources).render(false))
    }

    #[test]
    fn responses_and_counts_are_measured() {
        let scenario = fixture::limited_scenario(1);
        let read = |rule: &str| {
            let rule = read(rule, &scenario).expect("is a rule");
            (rule.measured, rule.scope, rule.bound)
        };
        let responses = |statuses, is_ratio| Measured::Responses { statuses, is_ratio };
        let count = |is_ratio| Measured::Count {
            name: "let-in_2".to_owned(),
            is_ratio,
        };
        let (limiter, total) = (Scope::Workload(1), Scope::Total);
        let one = responses(Statuses::One(429), false);
        assert_eq!(read("responses.429 of limiter < 10"), (one, limiter, 10.0));
        let errors = responses(Statuses::Hundred(5), false);
        assert_eq!(read("responses.5xx=0"), (errors, total, 0.0));
        let good = responses(Statuses::Hundred(2), true);
        assert_eq!(
            read("response-ratio.2xx at SYD > 99%"),
            (good, Scope::Pop(2), 0.99)
        );
        assert_eq!(
            read("counts.let-in_2 of limiter <= 1000"),
            (count(false), limiter, 1e3)
        );
        assert_eq!(
            read("count-ratio.let-in_2 < 150%"),
            (count(true), total, 1.5)
        );
    }

    #[test]
    fn mistakes_about_workers_are_shown_where_they_are() {
        let with_workers = fixture::limited_scenario(1);
        let mut with_clients = with_workers.clone();
        with_clients.workers.clear();
        let without = fixture::flag_flip_scenario(1);
        let mut with_visitors = without.clone();
        with_visitors.clients = with_workers.clients.clone();
        let mistakes = [
            ("responses < 5", &with_workers),
            ("responses. < 5", &with_workers),
            ("responses.42 < 5", &with_workers),
            ("responses.999 < 5", &with_workers),
            ("responses.5XX < 5", &with_workers),
            ("responses.5 < 5", &with_workers),
            ("responses.6xx < 5", &with_workers),
            ("responses.429.p99 < 5", &with_workers),
            ("respones.429 < 5", &with_workers),
            ("count.admitted < 5", &with_workers),
            ("counts < 5", &with_workers),
            ("counts.a/b < 5", &with_workers),
            ("counts.admitted < 5%", &with_workers),
            ("response-ratio.429 < 5", &with_workers),
            ("response-ratio.429 < 500%", &with_workers),
            ("responses.429 of browser < 5", &with_workers),
            ("request-latency < 5ms", &with_workers),
            ("requests of limitr < 5", &with_workers),
            ("requests at limiter < 5", &with_workers),
            ("requests > 5", &with_clients),
            ("count-ratio.admitted of browser > 5%", &with_clients),
            ("responses.429 < 5", &without),
            ("counts.admitted < 5", &without),
            ("counts.admitted of visitors < 5", &with_visitors),
            ("lost-updates < 5", &without),
        ];
        let shown = mistakes.map(|(rule, scenario)| {
            let mistake = read(rule, scenario).expect_err("is a mistake");
            let lines: Vec<&str> = mistake.trim_end().lines().collect();
            // The end says in which file it is, and that nothing was run.
            lines[..lines.len() - 2].join("\n")
        });
        insta::assert_snapshot!(shown.join("\n\n"));
    }

    #[test]
    fn rules_on_requests_lack_them_where_nobody_asks() {
        let mut scenario = fixture::limited_scenario(1);
        scenario.workers[0].requests[0].at.truncate(1);
        let lacks = |rule: &str| {
            let rule = read(rule, &scenario).expect("is a rule");
            lacks_operations(&rule, &scenario)
        };
        assert_eq!(lacks("request-latency.p99 at SYD < 5ms"), Some("requests"));
        assert_eq!(lacks("response-ratio.200 at SYD > 5%"), Some("requests"));
        assert_eq!(lacks("responses.200 at SYD < 5"), None);
        assert_eq!(lacks("request-latency.p99 at LHR < 5ms"), None);
        assert_eq!(lacks("request-latency.p99 of pages < 5ms"), None);
    }
}
