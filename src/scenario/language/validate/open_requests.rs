//! Requests that come to Workers of themselves: where, and either at a rate or at one instant.

use super::Checker;
use super::places::Places;
use super::requests::{Asked, DEFAULT_METHOD, method};
use super::sites::sites;
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file::{self, File};
use crate::scenario::language::source::Span;
use crate::scenario::language::written::Written;
use crate::scenario::{RequestSource, RequestStart};
use crate::units::{Duration, Time};

impl Checker<'_> {
    /// Requests to a Worker at a host; `None` where something cannot be read, which is noted.
    pub fn request_source(
        &mut self,
        table: &Written<file::Request>,
        host: &str,
        file: &File,
        names: &Places<'_>,
    ) -> Option<RequestSource> {
        // With `time` a split is a mistake, which is noted with the start.
        let split = match table.time {
            Some(_) => &None,
            None => &table.split,
        };
        let at = sites(&table.at, split, "a request", names, self);
        let start = self.start_of_requests(table, file);
        let method = match &table.method {
            None => Some(DEFAULT_METHOD),
            Some(written) => match method(written, &(0..written.len())) {
                Ok(method) => Some(method),
                Err(slip) => {
                    self.mistake(slip.within(written, self.sources));
                    None
                }
            },
        };
        let Some(path) = &table.path else {
            self.missing(&table.span, "a request", "path", "path = \"/\"");
            return None;
        };
        let request = self.request(&Asked {
            // Of a method that cannot be read nothing more is said.
            method: method.unwrap_or("POST"),
            host,
            path: (path, 0..path.len()),
            headers: &table.headers,
            body: &table.body,
        });
        method?;
        Some(RequestSource {
            at,
            start: start?,
            request: request?,
        })
    }

    fn start_of_requests(
        &mut self,
        table: &Written<file::Request>,
        file: &File,
    ) -> Option<RequestStart> {
        match (&table.rate, &table.time) {
            (Some(rate), None) => {
                self.rate("rate", &rate.span, rate.value);
                Some(RequestStart::Arriving {
                    per_s: rate.per_second(),
                    arrivals: self.arrivals(&table.arrivals),
                })
            }
            (None, Some(time)) => {
                self.note_rates_at_an_instant(table);
                self.within_measured_time(time, file);
                Some(RequestStart::At(Time(time.value.0)))
            }
            (Some(rate), Some(time)) => {
                let is_first = rate.span.start < time.span.start;
                let (first, second) = if is_first {
                    (("`rate`", &rate.span), ("`time`", &time.span))
                } else {
                    (("`time`", &time.span), ("`rate`", &rate.span))
                };
                let title = "requests come either at a `rate` or at a `time`";
                self.mistake(
                    Diagnostic::new(Code::Choice, title)
                        .at(second.1, format!("{} as well", second.0))
                        .also(first.1, first.0)
                        .help("keep one of them, or write a [[worker.NAME.request]] for each"),
                );
                None
            }
            (None, None) => {
                self.mistake(
                    Diagnostic::new(Code::Missing, "these requests never come")
                        .at(&table.span, "neither `rate` nor `time`")
                        .help("for example `rate = \"5/s\"` at each PoP, or `time = \"5m\"` for one at each"),
                );
                None
            }
        }
    }

    fn note_rates_at_an_instant(&mut self, table: &file::Request) {
        let of_rates: [(&str, Option<&Span>); 2] = [
            ("split", table.split.as_ref().map(|w| &w.span)),
            ("arrivals", table.arrivals.as_ref().map(|w| &w.span)),
        ];
        for (key, span) in of_rates {
            if let Some(span) = span {
                let title = format!("`{key}` belongs to `rate`, and these requests have a `time`");
                self.no_effect(span, title, "leave it out; one comes at each PoP of `at`");
            }
        }
    }

    /// Checks that an instant lies before the end of the measured time.
    pub fn within_measured_time(&mut self, time: &Written<Duration>, file: &File) {
        let Some(end) = &file.duration else { return };
        if time.value >= end.value {
            let title = format!("at {} the measured time is over", time.value);
            self.mistake(
                Diagnostic::new(Code::OutOfRange, title)
                    .at(&time.span, "not before the end")
                    .also(&end.span, "which is here")
                    .help("times count from 0, where the measured time begins"),
            );
        }
    }
}
