//! What a rule is about: a metric with its statistic, responses of Workers by status, or counts of scripts and clients.

use std::ops::Range;

use super::super::diagnostic::Diagnostic;
use super::super::suggest::nearest;
use super::Reader;
use crate::scenario::metric::{Leaf, METRICS, Metric, Statistic};
use crate::scenario::{Measured, Statuses};

/// What is measured by something of the scenario's own: a status, or the name of a count.
const FAMILIES: [&str; 4] = ["responses", "response-ratio", "counts", "count-ratio"];

/// The longest name of a count.
const COUNT_NAME_MAX: usize = 64;

impl Reader<'_> {
    /// Reads what is measured.
    pub(super) fn measured(&self, part: &Range<usize>) -> Result<Measured, Diagnostic> {
        let name = self.name(part);
        let name_part = part.start..part.start + name.len();
        // Behind the point; where there is none, behind the name.
        let detail_part = (name_part.end + 1).min(part.end)..part.end;
        if FAMILIES.contains(&name) {
            let is_ratio = name.ends_with("-ratio");
            return if name.starts_with("response") {
                let statuses = self.statuses(name, &name_part, &detail_part)?;
                Ok(Measured::Responses { statuses, is_ratio })
            } else {
                let name = self.count_name(name, &name_part, &detail_part)?;
                Ok(Measured::Count { name, is_ratio })
            };
        }
        let Some(metric) = Metric::by_name(name) else {
            return Err(self.unknown_metric(name, &name_part));
        };
        let statistic = self.statistic(metric, &name_part, part.end)?;
        Ok(Measured::Leaf(Leaf { metric, statistic }))
    }

    /// What stands before the first point.
    pub(super) fn name(&self, part: &Range<usize>) -> &str {
        let text = self.text(part);
        text.split('.').next().unwrap_or(text)
    }

    fn statuses(
        &self,
        family: &str,
        family_part: &Range<usize>,
        part: &Range<usize>,
    ) -> Result<Statuses, Diagnostic> {
        let text = self.text(part);
        if text.is_empty() {
            let title = format!("`{family}` is by status: of which?");
            let help = format!("for example `{family}.429`, or `{family}.4xx`");
            return Err(self.unreadable(family_part, title).help(help));
        }
        let is_three = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        let status = text.parse().ok().filter(|_| is_three);
        if let Some(status) = status.filter(|status| (100..600).contains(status)) {
            return Ok(Statuses::One(status));
        }
        let hundred = |text: &str| {
            let digit: u16 = text.strip_suffix("xx")?.parse().ok()?;
            (text.len() == 3 && (1..=5).contains(&digit)).then_some(digit)
        };
        if let Some(digit) = hundred(text) {
            return Ok(Statuses::Hundred(digit));
        }
        let mistake = self.unreadable(part, format!("`{text}` is no status of responses"));
        // `5XX`, `5**` and a mere `5` mean the same to people.
        let digit = text.get(..1).unwrap_or_default();
        let rest = text.get(1..).unwrap_or_default();
        let meant = format!("{digit}xx");
        Err(
            if hundred(&meant).is_some() && rest.chars().all(|c| "xX*?_".contains(c)) {
                mistake.did_you_mean(Some(&meant))
            } else {
                mistake.help(
                    "a status is three digits from 100 to 599, such as `429`, or `1xx` to `5xx`",
                )
            },
        )
    }

    fn count_name(
        &self,
        family: &str,
        family_part: &Range<usize>,
        part: &Range<usize>,
    ) -> Result<String, Diagnostic> {
        let name = self.text(part);
        if name.is_empty() {
            let title = format!("`{family}` is by name: of what?");
            let help = format!(
                "for example `{family}.admitted`, if a script or a client counts by that name"
            );
            return Err(self.unreadable(family_part, title).help(help));
        }
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.len() <= COUNT_NAME_MAX && name.chars().all(is_allowed) {
            return Ok(name.to_owned());
        }
        let title = format!("`{name}` cannot be the name of a count");
        Err(self
            .unreadable(part, title)
            .help("a name has 1 to 64 characters: letters, digits, `-` and `_`"))
    }

    /// The statistic of a metric whose name ends where `name_part` does; a distribution needs one.
    fn statistic(
        &self,
        metric: Metric,
        name_part: &Range<usize>,
        end: usize,
    ) -> Result<Option<Statistic>, Diagnostic> {
        let (name, info) = (self.text(name_part), metric.info());
        let statistics = Statistic::ALL.map(Statistic::name).join(", ");
        if name_part.end == end {
            if info.is_distribution {
                let title = format!("`{name}` is a distribution: which statistic of it?");
                return Err(self
                    .unreadable(name_part, title)
                    .help(format!("for example `{name}.p99`; there are {statistics}")));
            }
            return Ok(None);
        }
        if !info.is_distribution {
            let title = format!("`{name}` is a single number and has no statistics");
            return Err(self
                .unreadable(&(name_part.end..end), title)
                .help(format!("write `{name}`")));
        }
        let part = name_part.end + 1..end;
        let statistic = self.text(&part);
        let known = Statistic::ALL.into_iter().find(|s| s.name() == statistic);
        if known.is_none() {
            let mistake = self.unreadable(&part, format!("`{statistic}` is not a statistic"));
            return Err(match meant_statistic(statistic) {
                Some(meant) => mistake.did_you_mean(Some(meant)),
                None => mistake.help(format!("there are {statistics}")),
            });
        }
        Ok(known)
    }

    fn unknown_metric(&self, name: &str, part: &Range<usize>) -> Diagnostic {
        let mistake = self.unreadable(part, format!("`{name}` is not a metric"));
        // The names in JSON and CSV end in their unit.
        let by_key = METRICS.iter().find(|info| info.key == name);
        let names = || METRICS.iter().map(|info| info.name).chain(FAMILIES);
        match by_key.map(|info| info.name).or(nearest(name, names())) {
            Some(near) => mistake.did_you_mean(Some(near)),
            None => {
                let names: Vec<&str> = names().collect();
                mistake.help(format!("the metrics: {}", names.join(", ")))
            }
        }
    }
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
