//! The JavaScript engine of one isolate: QuickJS with the prelude and a script in it, and nothing else.

use crate::sim::program::ScriptError;
use crate::sim::program::{Answer, Request};
use crate::worker::flight::{Pending, Shared};
use crate::worker::host;
use crate::worker::memory::Memory;
use crate::worker::script::{Modules, Script, new_context, prelude};
use crate::worker::settle::{Receivers, settle};
use rquickjs::{
    Array, Context, Ctx, Function, Module, Object, Persistent, Runtime, TypedArray, Value,
};
use std::borrow::Cow;

/// A running script. What it is waiting for is in the shared state.
pub(super) struct Engine {
    // Fields are dropped in this order: values of the engine before the engine.
    hooks: Hooks,
    context: Context,
    runtime: Runtime,
    memory: Memory,
    state: Shared,
}

/// The prelude's functions that take events.
struct Hooks {
    dispatch: Persistent<Function<'static>>,
    fire_timer: Persistent<Function<'static>>,
    forget: Persistent<Function<'static>>,
    receivers: Receivers,
}

/// What an isolate does not survive.
pub(super) enum Trouble {
    CpuLimit(ScriptError),
    MemoryLimit(ScriptError),
}

impl Engine {
    /// Starts a script: runs its module's top level.
    pub(super) fn start(script: &Script, state: &Shared) -> Result<Engine, ScriptError> {
        let memory = Memory::default();
        let runtime = Runtime::new_with_alloc(memory.clone());
        let runtime = runtime.expect("there is memory for an empty JavaScript engine");
        let context = new_context(&runtime);
        runtime.set_loader(Modules, prelude());
        let hooks = context.with(|ctx| {
            let hooks = start_prelude(&ctx, state);
            hooks.unwrap_or_else(|_| panic!("the prelude starts: {}", ScriptError::pending(&ctx)))
        });
        let engine = Engine {
            hooks,
            context,
            runtime,
            memory,
            state: state.clone(),
        };
        engine.bound();
        engine.start_script(script)?;
        Ok(engine)
    }

    /// Sets the bounds in which the script runs; the prelude was free of them.
    fn bound(&self) {
        let state = self.state.borrow();
        let limits = state.environment.limits;
        self.memory.set_limit(limits.memory_bytes);
        self.runtime.set_max_stack_size(limits.stack_bytes);
        let budget = state.budget.clone();
        budget.refill(limits.cpu_steps);
        let memory = self.memory.clone();
        self.runtime
            .set_interrupt_handler(Some(Box::new(move || budget.step() || memory.look())));
        let state = self.state.clone();
        self.runtime
            .set_host_promise_rejection_tracker(Some(Box::new(
                move |ctx, promise, reason, is_handled| {
                    track(&state, &ctx, promise, &reason, is_handled);
                },
            )));
    }

    fn start_script(&self, script: &Script) -> Result<(), ScriptError> {
        let started = self.context.with(|ctx| {
            let run = || -> rquickjs::Result<()> {
                if script.reads_stacks() {
                    let prelude: Object = Module::import(&ctx, "kvlag:main")?.finish()?;
                    let show: Function = prelude.get("showErrorsInStacks")?;
                    show.call::<_, ()>(())?;
                }
                let module = Module::declare(ctx.clone(), script.name(), script.source())?;
                let (module, evaluated) = module.eval()?;
                evaluated.finish::<()>()?;
                let exports = module.namespace()?;
                let default: Value = exports.get("default")?;
                self.set_up(&ctx, default)
            };
            run().map_err(|error| match error {
                rquickjs::Error::WouldBlock => ScriptError::nowhere(
                    "the module's top level waits for something that cannot come",
                ),
                _ => ScriptError::pending(&ctx),
            })
        });
        if self.state.borrow().budget.is_spent() {
            let place = started.err().and_then(|error| error.place);
            let message = "Script startup exceeded CPU time limit.".to_owned();
            return Err(ScriptError { message, place });
        }
        started
    }

    fn set_up<'js>(&self, ctx: &Ctx<'js>, default: Value<'js>) -> rquickjs::Result<()> {
        let environment = self.state.borrow().environment.clone();
        let names = |pairs: &mut dyn Iterator<Item = &str>| -> rquickjs::Result<Array<'js>> {
            let array = Array::new(ctx.clone())?;
            pairs
                .enumerate()
                .try_for_each(|(at, name)| array.set(at, name))?;
            Ok(array)
        };
        let namespaces = names(&mut environment.namespaces.iter().map(|(name, _)| name.as_str()))?;
        let numbers = Array::new(ctx.clone())?;
        for (at, (_, number)) in environment.namespaces.iter().enumerate() {
            numbers.set(at, *number)?;
        }
        let variables = names(&mut environment.variables.iter().map(|(name, _)| name.as_str()))?;
        let texts = names(&mut environment.variables.iter().map(|(_, text)| text.as_str()))?;
        let prelude: Object = Module::import(ctx, "kvlag:main")?.finish()?;
        let set_up: Function = prelude.get("setUp")?;
        set_up.call((
            default,
            namespaces,
            numbers,
            variables,
            texts,
            environment.colo.as_deref(),
            environment.country.as_deref(),
        ))
    }

    /// A request comes.
    pub(super) fn dispatch(&self, number: u64, request: &Request<'_>) -> Result<(), Trouble> {
        self.event(|ctx| {
            let dispatch = self.hooks.dispatch.clone().restore(ctx)?;
            let body = body(ctx, request.body)?;
            dispatch.call((
                number as f64,
                request.method,
                request.url,
                head(request.headers),
                body,
            ))
        })
    }

    /// An operation is answered.
    pub(super) fn answer(&self, pending: Pending, answer: &Answer<'_>) -> Result<(), Trouble> {
        let is_enforced = self.state.borrow().environment.enforce_published;
        self.event(|ctx| settle(ctx, &self.hooks.receivers, pending, answer, is_enforced))
    }

    /// A timer fires.
    pub(super) fn fire(&self, timer: u64) -> Result<(), Trouble> {
        self.event(|ctx| {
            let fire = self.hooks.fire_timer.clone().restore(ctx)?;
            fire.call((timer as f64,))
        })
    }

    /// Timers will not fire: their request has ended.
    pub(super) fn forget(&self, timers: &[u64]) {
        self.context.with(|ctx| {
            for timer in timers {
                let forget = self.hooks.forget.clone().restore(&ctx);
                let forgotten = forget.and_then(|forget| forget.call::<_, ()>((*timer as f64,)));
                if forgotten.is_err() {
                    ctx.catch();
                }
            }
        });
    }

    /// Runs one event, and all that follows from it without waiting.
    fn event(&self, run: impl FnOnce(&Ctx<'_>) -> rquickjs::Result<()>) -> Result<(), Trouble> {
        {
            let state = self.state.borrow();
            state.budget.refill(state.environment.limits.cpu_steps);
        }
        let ran = self
            .context
            .with(|ctx| run(&ctx).map_err(|_| ScriptError::pending(&ctx)));
        self.judge(ran)?;
        let budget = self.state.borrow().budget.clone();
        for job in 1.. {
            let ran = self.runtime.execute_pending_job();
            let is_over = matches!(ran, Ok(false)) || budget.count_job(job);
            self.judge(
                ran.map(drop)
                    .map_err(|job| job.0.with(|ctx| ScriptError::pending(&ctx))),
            )?;
            if is_over {
                break;
            }
        }
        self.judge(Ok(()))
    }

    /// What the isolate does not survive, if it was that. Anything else that comes out of the engine was thrown in a
    /// timer, and is told like a rejection that nobody handled.
    fn judge(&self, ran: Result<(), ScriptError>) -> Result<(), Trouble> {
        let mut state = self.state.borrow_mut();
        if state.budget.is_spent() {
            let place = ran.err().and_then(|error| error.place);
            let message = "Worker exceeded CPU time limit.".to_owned();
            return Err(Trouble::CpuLimit(ScriptError { message, place }));
        }
        let error = ran.err();
        state.out_of_memory |= error.as_ref().is_some_and(ScriptError::is_out_of_memory);
        if state.out_of_memory || self.memory.is_exceeded() {
            let place = error.and_then(|error| error.place);
            let message = host::outcome::MEMORY_LIMIT.to_owned();
            return Err(Trouble::MemoryLimit(ScriptError { message, place }));
        }
        if let Some(error) = error {
            state.print_uncaught("Uncaught", &error);
        }
        Ok(())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let state = &mut *self.state.borrow_mut();
        state.pending.clear();
        state.unhandled.clear();
    }
}

fn start_prelude(ctx: &Ctx<'_>, state: &Shared) -> rquickjs::Result<Hooks> {
    host::install(ctx, state)?;
    let prelude: Object = Module::import(ctx, "kvlag:main")?.finish()?;
    Ok(Hooks {
        dispatch: prelude.get("dispatch")?,
        fire_timer: prelude.get("fire")?,
        forget: prelude.get("forget")?,
        receivers: Receivers::of(&prelude)?,
    })
}

/// Remembers a promise that was rejected and that nobody handles, until somebody does.
fn track<'js>(
    state: &Shared,
    ctx: &Ctx<'js>,
    promise: Value<'js>,
    reason: &Value<'js>,
    is_handled: bool,
) {
    let promise = Persistent::save(ctx, promise);
    if is_handled {
        state
            .borrow_mut()
            .unhandled
            .retain(|(other, _)| *other != promise);
    } else {
        let error = ScriptError::thrown(reason);
        state.borrow_mut().unhandled.push((promise, error));
    }
}

/// Headers in one text, as the prelude takes them apart when the script looks at them.
fn head(headers: &[(&str, &str)]) -> String {
    let mut head = String::new();
    for (name, value) in headers {
        if !head.is_empty() {
            head.push('\n');
        }
        head.extend(name.chars().map(|character| character.to_ascii_lowercase()));
        head.push('\n');
        head.push_str(value);
    }
    head
}

fn body<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> rquickjs::Result<Value<'js>> {
    if bytes.is_empty() {
        return Ok(Value::new_null(ctx.clone()));
    }
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => Ok(rquickjs::String::from_str(ctx.clone(), text)?.into_value()),
        Cow::Owned(_) => Ok(TypedArray::new_copy(ctx.clone(), bytes)?.into_value()),
    }
}
