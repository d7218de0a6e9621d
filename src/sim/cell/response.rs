//! How requests to Workers end: with a response, with a failure, or without patience.

use super::workers::RequestUnderWay;
use super::{Cell, Event};
use crate::sim::observation::{Counted, Observer, RequestAnswered, SessionIndex, WentWrong};
use crate::sim::program::{Cause, Level, Response, ScriptError};
use crate::units::Duration;

/// How long a caller waits for a response. The platform has no such limit, but what is measured must have an end.
const PATIENCE: Duration = Duration::from_secs(600);

impl<O: Observer> Cell<'_, O> {
    /// Sees to it that the caller who has waited longest gives up when it is time.
    pub(super) fn schedule_patience(&mut self) {
        if self.workers.is_patience_scheduled {
            return;
        }
        // Requests are numbered as they come.
        let mut requests = self.workers.requests.values();
        if let Some(oldest) = requests.find(|request| !request.is_answered) {
            let time = oldest.start + PATIENCE;
            self.agenda.queue.schedule(time, Event::PatienceEnds);
            self.workers.is_patience_scheduled = true;
        }
    }

    /// Callers who have waited too long give up.
    pub(super) fn patience_ends(&mut self) {
        self.workers.is_patience_scheduled = false;
        let now = self.now;
        let requests = self.workers.requests.iter();
        let waiting = requests.filter(|(_, request)| !request.is_answered);
        let given_up: Vec<u64> = waiting
            .take_while(|(_, request)| request.start + PATIENCE <= now)
            .map(|(number, _)| *number)
            .collect();
        for number in given_up {
            let minutes = PATIENCE.as_secs_f64() / 60.0;
            let error = ScriptError {
                message: format!("no response within {minutes} minutes"),
                place: None,
            };
            self.request_fails(number, Cause::Hung, error);
        }
        self.schedule_patience();
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
            for count in counts_in(value) {
                match count {
                    Ok((name, by)) => self.observer.counted(&Counted {
                        class,
                        start,
                        name,
                        by,
                    }),
                    Err(part) => {
                        let text = format!(
                            "{COUNT_HEADER}: \"{part}\" is no count, such as name or name=2"
                        );
                        self.print(worker, pop, Level::Error, text);
                    }
                }
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
        if matches!(cause, Cause::Task | Cause::Unhandled) || self.answered(number).is_none() {
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
        self.workers.open_sessions[session.0 as usize / 2].is_over = true;
        self.end_session_if_done(session);
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

/// What a response counts: `admitted`, or `admitted=2, late`; parts that count nothing are errors.
fn counts_in(header: &str) -> impl Iterator<Item = Result<(&str, i64), &str>> {
    let parts = header.split(',').map(str::trim);
    parts.filter(|part| !part.is_empty()).map(|part| {
        let (name, by) = part.split_once('=').unwrap_or((part, "1"));
        let by = by.trim().parse::<i32>().map_err(|_| part)?;
        match name.trim() {
            "" => Err(part),
            name => Ok((name, i64::from(by))),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_counts_by_its_header() {
        let counts = |header| counts_in(header).collect::<Vec<_>>();
        assert_eq!(counts("admitted"), [Ok(("admitted", 1))]);
        assert_eq!(
            counts("admitted=2, late , x=y, z=1e3, =4"),
            [
                Ok(("admitted", 2)),
                Ok(("late", 1)),
                Err("x=y"),
                Err("z=1e3"),
                Err("=4")
            ]
        );
        assert_eq!(counts(""), []);
    }
}
