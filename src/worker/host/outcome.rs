//! What becomes of requests: responses, failures, ends; what a script prints and counts.

use super::{bytes, pairs, text};
use crate::sim::program::ScriptError;
use crate::sim::program::{Cause, Effect, Level, Response};
use crate::worker::flight::{Shared, State};
use rquickjs::{Ctx, Function, Object, Result, String as JsString, Value};

/// What a request hears that ran out of memory.
pub(in crate::worker) const MEMORY_LIMIT: &str = "Worker exceeded memory limit.";

pub(super) fn install<'js>(ctx: &Ctx<'js>, host: &Object<'js>, state: &Shared) -> Result<()> {
    let shared = state.clone();
    let respond = move |request: f64, status: u16, headers: Value<'js>, body: Value<'js>| {
        let response = Response {
            status,
            headers: headers_of(&headers)?,
            body: bytes(&body)?,
        };
        shared.borrow_mut().respond(request as u64, response);
        Result::Ok(())
    };
    host.set("respond", Function::new(ctx.clone(), respond)?)?;
    let shared = state.clone();
    let fail = move |request: f64, error: Value<'js>| {
        let error = ScriptError::thrown(&error);
        shared.borrow_mut().fail(request as u64, error);
    };
    host.set("fail", Function::new(ctx.clone(), fail)?)?;
    install_tasks(ctx, host, state)?;
    install_words(ctx, host, state)
}

/// What `waitUntil` keeps a request open for.
fn install_tasks<'js>(ctx: &Ctx<'js>, host: &Object<'js>, state: &Shared) -> Result<()> {
    let shared = state.clone();
    let started = move |request: f64| shared.borrow_mut().start_task(request as u64);
    host.set("taskStarted", Function::new(ctx.clone(), started)?)?;
    let shared = state.clone();
    let ended = move |request: f64| shared.borrow_mut().end_task(request as u64);
    host.set("taskEnded", Function::new(ctx.clone(), ended)?)?;
    let shared = state.clone();
    let failed = move |request: f64, error: Value<'js>| {
        let error = ScriptError::thrown(&error);
        shared.borrow_mut().fail_task(request as u64, error);
    };
    host.set("taskFailed", Function::new(ctx.clone(), failed)?)
}

fn install_words<'js>(ctx: &Ctx<'js>, host: &Object<'js>, state: &Shared) -> Result<()> {
    let shared = state.clone();
    let console = move |level: u8, words: JsString<'js>| {
        let level = match level {
            0 => Level::Debug,
            1 => Level::Info,
            2 => Level::Warn,
            _ => Level::Error,
        };
        let text = text(&words)?;
        let state = &mut *shared.borrow_mut();
        let request = state.running;
        state.effects.push(Effect::Console {
            request,
            level,
            text,
        });
        Result::Ok(())
    };
    host.set("console", Function::new(ctx.clone(), console)?)?;
    let shared = state.clone();
    let count = move |name: JsString<'js>, by: f64| {
        let name = text(&name)?;
        let state = &mut *shared.borrow_mut();
        let request = state.running;
        // The prelude lets only whole numbers below 2^53 through.
        let by = by as i64;
        state.effects.push(Effect::Count { request, name, by });
        Result::Ok(())
    };
    host.set("count", Function::new(ctx.clone(), count)?)
}

/// Headers as the prelude sends them: a list, a content type alone, or null.
fn headers_of(headers: &Value<'_>) -> Result<Vec<(String, String)>> {
    if let Some(content_type) = headers.as_string() {
        return Ok(vec![("content-type".to_owned(), text(content_type)?)]);
    }
    headers.as_array().map_or_else(|| Ok(Vec::new()), pairs)
}

impl State {
    fn respond(&mut self, request: u64, response: Response) {
        if let Some(flight) = self.requests.get_mut(&request) {
            flight.is_answered = true;
            self.effects.push(Effect::Responded { request, response });
        }
        self.end_if_done(request);
    }

    fn fail(&mut self, request: u64, error: ScriptError) {
        self.note_failure(request, Cause::Thrown, error);
        self.end_if_done(request);
    }

    fn start_task(&mut self, request: u64) {
        if let Some(flight) = self.requests.get_mut(&request) {
            flight.tasks += 1;
        }
    }

    fn end_task(&mut self, request: u64) {
        if let Some(flight) = self.requests.get_mut(&request) {
            flight.tasks -= 1;
        }
        self.end_if_done(request);
    }

    fn fail_task(&mut self, request: u64, error: ScriptError) {
        self.note_failure(request, Cause::Task, error);
        self.end_task(request);
    }

    /// Ends a request that was answered and for which `waitUntil` has nothing left to do.
    fn end_if_done(&mut self, request: u64) {
        let flight = self.requests.get(&request);
        if flight.is_some_and(|flight| flight.is_answered && flight.tasks == 0) {
            self.end(request);
        }
    }

    fn note_failure(&mut self, request: u64, cause: Cause, error: ScriptError) {
        let is_out_of_memory = error.is_out_of_memory();
        let Some(flight) = self.requests.get_mut(&request) else {
            return;
        };
        let (cause, error) = if is_out_of_memory {
            self.out_of_memory = true;
            let message = MEMORY_LIMIT.to_owned();
            let place = error.place;
            (Cause::MemoryLimit, ScriptError { message, place })
        } else {
            (cause, error)
        };
        if cause != Cause::Task {
            flight.is_answered = true;
            flight.has_failed = true;
        }
        self.effects.push(Effect::Failed {
            request,
            cause,
            error,
        });
    }
}
