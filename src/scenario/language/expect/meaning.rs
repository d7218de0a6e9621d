//! Whether a rule has a number to judge: some have none in any run of their scenario, some may lack one.

use std::ops::Range;

use super::super::diagnostic::{Code, Diagnostic};
use super::{Parts, Reader, a_kind};
use crate::scenario::metric::{Metric, Unit};
use crate::scenario::{Expectation, Measured, Scenario, Scope, WorkloadKind};

impl Reader<'_> {
    /// Checks that there will be a number to compare.
    pub(super) fn has_meaning(
        &self,
        measured: &Measured,
        parts: &Parts,
        scope: Scope,
    ) -> Result<(), Diagnostic> {
        if is_of_workers(measured) {
            return self.is_about_workers(parts, scope);
        }
        if measured.needs_programs() {
            return self.is_about_programs(parts, scope);
        }
        if let (Some(Metric::Convergence), Some((word, name))) = (measured.metric(), &parts.scope) {
            let title =
                "`convergence` is over all PoPs and has no meaning for one place or workload";
            let mistake = self.meaningless(&(word.start..name.end), title.to_owned());
            return Err(mistake.help("`visibility` is what it is at one PoP"));
        }
        Ok(())
    }

    fn meaningless(&self, part: &Range<usize>, title: String) -> Diagnostic {
        Diagnostic::new(Code::MeaninglessRule, title).at(&self.span(part), "")
    }

    /// What Workers did is counted at the Worker, whoever asked it.
    fn is_about_workers(&self, parts: &Parts, scope: Scope) -> Result<(), Diagnostic> {
        let measured = self.name(&parts.measured);
        if self.scenario.workers.is_empty() {
            let title = format!("`{measured}` needs Workers, and this scenario has none");
            return Err(self
                .meaningless(&parts.measured, title)
                .help("a [worker.NAME] runs a script"));
        }
        if let (Scope::Workload(index), Some((word, name))) = (scope, &parts.scope)
            && self.scenario.worker(index).is_none()
        {
            let kind = a_kind(self.scenario.kind(index));
            let title = format!(
                "`{measured}` is about Workers, and `{}` is {kind}",
                self.text(name)
            );
            let workers = self.scenario.workers.iter();
            let of: Vec<String> = workers
                .map(|w| format!("`of {}`", w.name))
                .take(12)
                .collect();
            let help = format!(
                "requests count at the Worker that answers them: {}",
                of.join(", ")
            );
            return Err(self.meaningless(&(word.start..name.end), title).help(help));
        }
        Ok(())
    }

    /// What goes wrong for those who act on what they read.
    fn is_about_programs(&self, parts: &Parts, scope: Scope) -> Result<(), Diagnostic> {
        let scenario = self.scenario;
        let measured = self.name(&parts.measured);
        if scenario.clients.is_empty() && scenario.workers.is_empty() {
            let title =
                format!("`{measured}` needs clients or Workers, and this scenario has neither");
            return Err(self.meaningless(&parts.measured, title).help(
                "a [client.NAME] acts on what it reads, and so does the script of a [worker.NAME]",
            ));
        }
        let Scope::Workload(index) = scope else {
            return Ok(());
        };
        let acts = matches!(
            scenario.kind(index),
            WorkloadKind::Client | WorkloadKind::Worker
        );
        if let (false, Some((word, name))) = (acts, &parts.scope) {
            let whom = if scenario.workers.is_empty() {
                "clients"
            } else {
                "clients and Workers"
            };
            let name_text = self.text(name);
            let title = format!("`{measured}` is about {whom}, and `{name_text}` is none");
            return Err(self.meaningless(&(word.start..name.end), title));
        }
        Ok(())
    }
}

/// What a rule lacks to have a number to judge, if it lacks something: its scope does not read, write, or ask Workers.
///
/// That is no mistake: the rule is well-formed, and counts as not met. Counts always have a number: 0.
pub fn lacks_operations(rule: &Expectation, scenario: &Scenario) -> Option<&'static str> {
    if rule.measured.unit() == Unit::Count {
        return None;
    }
    if is_of_workers(&rule.measured) {
        let is_asked = match rule.scope {
            Scope::Pop(pop) => scenario.has_requests(pop),
            Scope::Total | Scope::Workload(_) => true,
        };
        return (!is_asked).then_some("requests");
    }
    if let Some(metric) = rule
        .measured
        .metric()
        .filter(|metric| is_of_writes(*metric))
    {
        let has_writes = match rule.scope {
            Scope::Pop(pop) if metric != Metric::Visibility => scenario.has_writers(pop),
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

/// Whether something is about what Workers do.
fn is_of_workers(measured: &Measured) -> bool {
    match measured {
        Measured::Leaf(leaf) => matches!(
            leaf.metric,
            Metric::Requests | Metric::FailedRequests | Metric::RequestLatency
        ),
        Measured::Responses { .. } => true,
        Measured::Count { is_ratio, .. } => *is_ratio,
    }
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
