//! Sentences about Workers: what was answered, what scripts counted, how long it took and what went wrong.

use super::{FEW, View};
use crate::report::format::{percent, value};
use crate::report::troubles;
use crate::scenario::metric::{Metric, Unit};
use crate::scenario::{Measured, Statuses};

/// So many statuses are told of in a sentence.
const STATUSES_MAX: usize = 3;

impl View<'_> {
    /// "Half of the requests take at most 20.0 ms, 99 of 100 at most 120 ms."
    pub(super) fn request_times(&self) -> Option<String> {
        let count = self.requests()?;
        let times = self.latencies(Metric::RequestLatency, "requests", count)?;
        Some(self.sentence(times))
    }

    /// "97.2 % of 27,012 requests are answered with 200, 2.58 % with 429; half of the requests take …"
    pub(super) fn answers(&self) -> Option<String> {
        let requests = self.requests()?;
        let numbers = self.results.summary.scope(self.scope);
        let mut by_status: Vec<(u16, f64)> = numbers
            .responses
            .iter()
            .map(|(status, count)| (*status, count.mean))
            .collect();
        by_status.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut shares = by_status.iter().take(STATUSES_MAX);
        let (status, count) = shares.next()?;
        let all = value(Unit::Count, requests);
        let mut words = format!(
            "{} of {all} requests are answered with {status}",
            percent(count / requests)
        );
        for (status, count) in shares {
            words.push_str(&format!(", {} with {status}", percent(count / requests)));
        }
        if let Some(times) = self.latencies(Metric::RequestLatency, "requests", requests) {
            words.push_str(&format!("; {times}"));
        }
        Some(self.sentence(words))
    }

    /// "54 of 27,012 requests fail with an error of the script, most often limiter.js:12:5: TypeError: … (36 times)."
    pub(super) fn failures(&self) -> Option<String> {
        let requests = self.requests()?;
        let failed = self.number(Metric::FailedRequests);
        if failed == 0.0 {
            let requests = value(Unit::Count, requests);
            return Some(self.sentence(format!("not one of {requests} requests fails")));
        }
        let (share, verb) = self.share_of_requests(failed, requests, ("fails", "fail"));
        let most = troubles::most_frequent(self.results, self.scope);
        let most = most.map_or(String::new(), |most| format!(", most often {most}"));
        let words = format!("{share} {verb} with an error of the script{most}");
        Some(self.sentence(words))
    }

    /// "2.58 % of requests are answered with 429."
    pub(super) fn responses(&self, statuses: Statuses) -> Option<String> {
        let requests = self.requests()?;
        let numbers = self.results.summary.scope(self.scope);
        let meant = numbers.responses.iter();
        let meant = meant.filter(|(status, _)| statuses.contain(**status));
        let count = meant.fold(0.0, |sum, (_, count)| sum + count.mean);
        let words = if count == 0.0 {
            let requests = value(Unit::Count, requests);
            format!("not one of {requests} requests is answered with {statuses}")
        } else {
            let (share, verb) = self.share_of_requests(count, requests, ("is", "are"));
            format!("{share} {verb} answered with {statuses}")
        };
        Some(self.sentence(words))
    }

    /// "26,200 are counted as admitted in 27,012 requests."
    pub(super) fn counted(&self, name: &str) -> Option<String> {
        if !self.results.scenario.has_counts() {
            return None;
        }
        // Clients may count where nobody asks a Worker.
        let requests = self.requests().map_or(String::new(), |requests| {
            format!(" in {} requests", value(Unit::Count, requests))
        });
        let numbers = self.results.summary.scope(self.scope);
        let count = numbers.counts.get(name).map_or(0.0, |count| count.mean);
        let words = if count == 0.0 {
            format!("nothing is counted as {name}{requests}")
        } else {
            let verb = if count == 1.0 { "is" } else { "are" };
            let count = value(Unit::Count, count);
            format!("{count} {verb} counted as {name}{requests}")
        };
        Some(self.sentence(words))
    }

    /// A sentence about what Workers did; `None` where nobody asks one.
    pub(super) fn about_workers(&self, measured: &Measured) -> Option<String> {
        match measured {
            Measured::Responses { statuses, .. } => self.responses(*statuses),
            Measured::Count { name, .. } => self.counted(name),
            Measured::Leaf(leaf) => match leaf.metric {
                Metric::FailedRequests => self.failures(),
                Metric::RequestLatency => self.request_times(),
                _ => None,
            },
        }
    }

    /// How many requests there were, if there were any.
    pub(super) fn requests(&self) -> Option<f64> {
        Some(self.number(Metric::Requests)).filter(|requests| *requests > 0.0)
    }

    /// Few in numbers, many as a part; and the verb for one or for several.
    fn share_of_requests<'v>(
        &self,
        count: f64,
        requests: f64,
        (one, several): (&'v str, &'v str),
    ) -> (String, &'v str) {
        if count < FEW && !self.results.has_intervals() {
            let verb = if count == 1.0 { one } else { several };
            let [count, requests] = [count, requests].map(|number| value(Unit::Count, number));
            (format!("{count} of {requests} requests"), verb)
        } else {
            let share = percent(count / requests);
            (format!("{share} of requests"), several)
        }
    }
}
