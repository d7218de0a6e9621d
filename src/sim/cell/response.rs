//! How requests to Workers end: with a response, with a failure, or without patience.

use super::Cell;
use super::workers::RequestUnderWay;
use crate::sim::observation::{Counted, Observer, RequestAnswered, SessionIndex, WentWrong};
use crate::sim::program::{Cause, Response, ScriptError};
use crate::units::{Duration, Time};

/// How long a caller waits for a response. The platform has no such limit, but a simulation must end.
const PATIENCE: Duration = Duration::from_secs(600);

impl<O: Observer> Cell<'_, O> {
    /// When a request is given up that has not been answered.
    pub(super) fn gives_up_at(&self, number: u64) -> Option<Time> {
        let request = self.workers.requests.get(&number)?;
        (!request.is_answered).then(|| request.start + PATIENCE)
    }

    /// A request that goes on and on without a response is given up.
    pub(super) fn lose_patience(&mut self, number: u64) {
        if self
            .gives_up_at(number)
            .is_some_and(|time| self.now >= time)
        {
            let minutes = PATIENCE.as_secs_f64() / 60.0;
            let error = ScriptError {
                message: format!("no response within {minutes} minutes"),
                place: None,
            };
            self.request_fails(number, Cause::Hung, error);
        }
    }

    /// A program has answered a request.
    pub(super) fn request_is_answered(&mut self, number: u64, response: &Response) {
        let now = self.now;
        let Some(request) = self.answered(number) else {
            return;
        };
        let (worker, pop, client, start) =
            (request.worker, request.pop, request.client, request.start);
        let class = self.class_of_worker(worker, pop);
        self.observer.request_answered(&RequestAnswered {
            class,
            start,
            end: now,
            status: response.status,
            has_failed: false,
        });
        let counts = response.headers.iter();
        for (_, value) in counts.filter(|(name, _)| name == COUNT_HEADER) {
            for (name, by) in counts_in(value) {
                self.observer.counted(&Counted {
                    class,
                    start,
                    name,
                    by,
                });
            }
        }
        if let Some(client) = client {
            self.client_is_answered(client, worker, response);
        }
    }

    /// A request fails: instead of a response, or beside it in something that it had asked to be waited for.
    pub(super) fn request_fails(&mut self, number: u64, cause: Cause, error: ScriptError) {
        let Some(request) = self.workers.requests.get(&number) else {
            return;
        };
        let (worker, pop, client, start) =
            (request.worker, request.pop, request.client, request.start);
        let class = self.class_of_worker(worker, pop);
        let now = self.now;
        self.observer.went_wrong(WentWrong {
            class,
            start,
            time: now,
            cause,
            error,
        });
        if cause == Cause::Task || self.answered(number).is_none() {
            return;
        }
        self.observer.request_answered(&RequestAnswered {
            class,
            start,
            end: now,
            status: FAILED,
            has_failed: true,
        });
        if let Some(client) = client {
            let response = Response {
                status: FAILED,
                headers: Vec::new(),
                body: Vec::new(),
            };
            self.client_is_answered(client, worker, &response);
        }
    }

    /// Notes that a request is answered; nothing if it was already.
    fn answered(&mut self, number: u64) -> Option<&RequestUnderWay> {
        let request = self.workers.requests.get_mut(&number)?;
        if request.is_answered {
            return None;
        }
        request.is_answered = true;
        self.outstanding -= u64::from(request.matters);
        Some(request)
    }

    pub(super) fn request_ends(&mut self, number: u64) {
        let Some(request) = self.workers.requests.remove(&number) else {
            return;
        };
        assert!(
            request.is_answered,
            "no request ends without a response or a failure"
        );
        if request.client.is_none() {
            self.session_of_request_is_over(request.session);
        }
    }

    fn session_of_request_is_over(&mut self, session: SessionIndex) {
        self.observer.client_is_over(session);
        self.workers.open_sessions.remove(session.0 as usize / 2);
    }

    /// Tells the observer that the sessions of requests that still go on will not be simulated any further.
    pub(super) fn requests_are_over(&mut self) {
        let requests = self.workers.requests.values();
        let open = requests.filter(|request| request.client.is_none());
        let sessions: Vec<SessionIndex> = open.map(|request| request.session).collect();
        for session in sessions {
            self.session_of_request_is_over(session);
        }
        self.workers.requests.clear();
    }
}

/// What a caller gets from a script that failed.
const FAILED: u16 = 500;

/// The header by which a script counts something of its own.
const COUNT_HEADER: &str = "x-kvlag-count";

/// What a response counts: `admitted`, or `admitted=2, late`. What is not of this form counts nothing.
fn counts_in(header: &str) -> impl Iterator<Item = (&str, i64)> {
    header
        .split(',')
        .filter_map(|part| match part.split_once('=') {
            None => Some((part.trim(), 1)),
            Some((name, by)) => Some((name.trim(), by.trim().parse().ok()?)),
        })
        .filter(|(name, _)| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_counts_by_its_header() {
        let counts = |header| counts_in(header).collect::<Vec<_>>();
        assert_eq!(counts("admitted"), [("admitted", 1)]);
        assert_eq!(
            counts("admitted=2, late , x=y"),
            [("admitted", 2), ("late", 1)]
        );
        assert_eq!(counts(""), []);
    }
}
