//! An isolate: a running script that is told what happens and tells what it does.

use crate::sim::program::ScriptError;
use crate::sim::program::{Answer, Cause, Effect, Level, Program, Request};
use crate::sim::random::Seed;
use crate::units::Time;
use crate::worker::engine::{Engine, Trouble};
use crate::worker::environment::Environment;
use crate::worker::flight::{InFlight, Shared, State};
use crate::worker::script::Script;
use std::cell::RefCell;
use std::fmt::{self, Debug, Formatter};
use std::mem;
use std::rc::Rc;

/// A script running at one PoP.
///
/// It stays on the thread on which it was made. Its three ways in are those of a [`Program`].
pub struct Isolate {
    script: Script,
    state: Shared,
    engine: Option<Engine>,
}

/// What a request hears whose script waits for nothing.
const HUNG: &str = "The Workers runtime canceled this request because it detected that your Worker's code had hung \
and would never generate a response. Refer to: https://developers.cloudflare.com/workers/observability/errors/";

/// What the other requests of an isolate hear that is thrown away.
const LOST: &str = "The isolate was thrown away because another request in it exceeded a limit.";

impl Isolate {
    /// Starts a script: its module's top level runs at once, at no time and without anybody to ask.
    ///
    /// # Errors
    /// If the top level throws, waits, or exceeds a limit, or if the module has no `fetch` to export.
    pub fn new(
        script: &Script,
        environment: &Environment,
        seed: Seed,
    ) -> Result<Isolate, ScriptError> {
        let state = State::new(Rc::new(environment.clone()), seed);
        let state = Rc::new(RefCell::new(state));
        let engine = Engine::start(script, &state)?;
        let mut isolate = Isolate {
            script: script.clone(),
            state,
            engine: Some(engine),
        };
        isolate.print_unhandled();
        Ok(isolate)
    }

    /// How many requests have not ended.
    pub fn requests_in_flight(&self) -> usize {
        self.state.borrow().requests.len()
    }

    fn begin(&mut self, now: Time, request: Option<u64>, effects: &mut Vec<Effect>) {
        let state = &mut *self.state.borrow_mut();
        assert!(now >= state.now, "time does not go back");
        state.now = now;
        state.running = request;
        // What the top level printed comes before the first event.
        effects.append(&mut state.effects);
        mem::swap(&mut state.effects, effects);
    }

    fn finish(&mut self, ran: Option<Result<(), Trouble>>, effects: &mut Vec<Effect>) {
        self.print_unhandled();
        match ran {
            Some(Err(Trouble::CpuLimit(error))) => self.throw_away(Cause::CpuLimit, error),
            Some(Err(Trouble::MemoryLimit(error))) => self.throw_away(Cause::MemoryLimit, error),
            _ => self.look_for_hung(),
        }
        let forgotten = mem::take(&mut self.state.borrow_mut().forgotten);
        if let Some(engine) = self.engine.as_ref().filter(|_| !forgotten.is_empty()) {
            engine.forget(&forgotten);
        }
        let state = &mut *self.state.borrow_mut();
        state.running = None;
        mem::swap(&mut state.effects, effects);
    }

    /// Tells rejections that nobody handled by the end of the event, as a console does.
    fn print_unhandled(&mut self) {
        let state = &mut *self.state.borrow_mut();
        let unhandled = mem::take(&mut state.unhandled);
        for (_, error) in &unhandled {
            state.print_uncaught("Uncaught (in promise)", error);
        }
    }

    /// Fails requests that nothing can move on any more.
    fn look_for_hung(&mut self) {
        let state = &mut *self.state.borrow_mut();
        if !state.is_hung() {
            return;
        }
        for (request, flight) in mem::take(&mut state.requests) {
            if !flight.is_answered {
                let (cause, error) = (Cause::Hung, ScriptError::nowhere(HUNG));
                state.effects.push(Effect::Failed {
                    request,
                    cause,
                    error,
                });
            }
            state.effects.push(Effect::Ended { request });
        }
    }

    /// Ends all requests: the running one for its own reason, the others for its sake.
    fn throw_away(&mut self, cause: Cause, error: ScriptError) {
        self.engine = None;
        let state = &mut *self.state.borrow_mut();
        state.out_of_memory = false;
        state.timers.clear();
        state.forgotten.clear();
        for (request, flight) in mem::take(&mut state.requests) {
            let is_own = state.running == Some(request);
            if !flight.has_failed {
                let (cause, error) = if is_own {
                    (cause, error.clone())
                } else {
                    (Cause::IsolateLost, ScriptError::nowhere(LOST))
                };
                state.effects.push(Effect::Failed {
                    request,
                    cause,
                    error,
                });
            }
            state.effects.push(Effect::Ended { request });
        }
        state.effects.push(Effect::Restarted);
    }
}

impl Program for Isolate {
    fn start_request(
        &mut self,
        now: Time,
        number: u64,
        request: &Request<'_>,
        effects: &mut Vec<Effect>,
    ) {
        self.begin(now, None, effects);
        if self.engine.is_none() {
            match Engine::start(&self.script, &self.state) {
                Ok(engine) => self.engine = Some(engine),
                Err(error) => {
                    let cause = Cause::NotStarted;
                    let state = &mut *self.state.borrow_mut();
                    let request = number;
                    state.effects.push(Effect::Failed {
                        request,
                        cause,
                        error,
                    });
                    state.effects.push(Effect::Ended { request });
                    mem::swap(&mut state.effects, effects);
                    return;
                }
            }
        }
        {
            let state = &mut *self.state.borrow_mut();
            let before = state.requests.insert(number, InFlight::default());
            assert!(before.is_none(), "a request's number is used once");
            state.running = Some(number);
        }
        let ran = self
            .engine
            .as_ref()
            .map(|engine| engine.dispatch(number, request));
        self.finish(ran, effects);
    }

    fn operation_answered(
        &mut self,
        now: Time,
        number: u64,
        answer: &Answer<'_>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(request) = self
            .state
            .borrow()
            .pending
            .get(&number)
            .map(|pending| pending.request)
        else {
            return;
        };
        self.begin(now, Some(request), effects);
        let pending = self.state.borrow_mut().take(number);
        let engine = self.engine.as_ref().zip(pending);
        let ran = engine.map(|(engine, pending)| engine.answer(pending, answer));
        self.finish(ran, effects);
    }

    fn timer_fired(&mut self, now: Time, number: u64, effects: &mut Vec<Effect>) {
        let Some(request) = self.state.borrow_mut().take_timer(number) else {
            return;
        };
        self.begin(now, Some(request), effects);
        let ran = self.engine.as_ref().map(|engine| engine.fire(number));
        self.finish(ran, effects);
    }
}

impl Debug for Isolate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Isolate");
        shown.field("script", &self.script.name());
        shown.field("requests", &self.requests_in_flight());
        shown.finish_non_exhaustive()
    }
}

impl State {
    /// Prints an error that nobody caught.
    pub(super) fn print_uncaught(&mut self, how: &str, error: &ScriptError) {
        let request = self.running;
        let level = Level::Error;
        let text = format!("{how} {error}");
        self.effects.push(Effect::Console {
            request,
            level,
            text,
        });
        let Some(request) = request else { return };
        // Of a request its end is told last, and it may have come in the same event.
        let mut effects = self.effects.iter();
        let end = effects.position(|effect| *effect == Effect::Ended { request });
        if end.is_none() && !self.requests.contains_key(&request) {
            return;
        }
        let failed = Effect::Failed {
            request,
            cause: Cause::Unhandled,
            error: error.clone(),
        };
        self.effects
            .insert(end.unwrap_or(self.effects.len()), failed);
    }
}
