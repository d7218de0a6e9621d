//! What becomes of requests: responses, failures, ends; what a script prints and counts.

use super::{bytes, pairs, text};
use crate::sim::program::ScriptError;
use crate::sim::program::{Cause, Effect, Level, Response};
use crate::worker::flight::Shared;
use rquickjs::{Array, Ctx, Function, Object, Result, String as JsString, Value};

/// What a request hears that ran out of memory.
pub(in crate::worker) const MEMORY_LIMIT: &str = "Worker exceeded memory limit.";

pub(super) fn install<'js>(ctx: &Ctx<'js>, host: &Object<'js>, state: &Shared) -> Result<()> {
    let shared = state.clone();
    let respond = move |request: f64,
                        status: u16,
                        headers: Option<Array<'js>>,
                        body: JsString<'js>,
                        is_binary: bool,
                        is_ended: bool| {
        let response = Response {
            status,
            headers: headers.map_or_else(|| Ok(Vec::new()), |headers| pairs(&headers))?,
            body: bytes(&body, is_binary)?,
        };
        responded(&shared, request as u64, response, is_ended);
        Result::Ok(())
    };
    host.set("respond", Function::new(ctx.clone(), respond)?)?;
    let shared = state.clone();
    let fail = move |request: f64, error: Value<'js>, is_ended: bool| {
        failed(&shared, request as u64, ScriptError::thrown(&error));
        if is_ended {
            shared.borrow_mut().end(request as u64);
        }
    };
    host.set("fail", Function::new(ctx.clone(), fail)?)?;
    let shared = state.clone();
    let task_failed = move |request: f64, error: Value<'js>| {
        failed(&shared, request as u64, ScriptError::thrown(&error));
    };
    host.set("taskFailed", Function::new(ctx.clone(), task_failed)?)?;
    let shared = state.clone();
    let end = move |request: f64| shared.borrow_mut().end(request as u64);
    host.set("end", Function::new(ctx.clone(), end)?)?;
    install_words(ctx, host, state)
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

fn responded(state: &Shared, request: u64, response: Response, is_ended: bool) {
    let state = &mut *state.borrow_mut();
    if let Some(flight) = state.requests.get_mut(&request) {
        flight.is_answered = true;
        state.effects.push(Effect::Responded { request, response });
    }
    if is_ended {
        state.end(request);
    }
}

fn failed(state: &Shared, request: u64, error: ScriptError) {
    let state = &mut *state.borrow_mut();
    let is_out_of_memory = state.is_out_of_memory(&error);
    let Some(flight) = state.requests.get_mut(&request) else {
        return;
    };
    flight.is_answered = true;
    flight.has_failed = true;
    let (cause, error) = if is_out_of_memory {
        state.out_of_memory = true;
        (
            Cause::MemoryLimit,
            ScriptError {
                message: MEMORY_LIMIT.to_owned(),
                place: error.place,
            },
        )
    } else {
        (Cause::Thrown, error)
    };
    state.effects.push(Effect::Failed {
        request,
        cause,
        error,
    });
}
