//! Workers: ordinary JavaScript modules that run in simulated time.
//!
//! A [`Script`] is a module as people write it (`export default { async fetch(request, env, ctx) {…} }`). An
//! [`Isolate`] is one running copy of it, as a PoP has one: module-level state lives as long as the isolate, and
//! several requests may be under way in it. The isolate does no I/O and knows no clock. It is told what happens
//! (a request comes, an operation is answered, a timer fires) and when; each time it runs the script until that
//! waits, and appends to a list what the script did, in order, as [`Effect`]s.
//!
//! ```text
//!  start_request ─────►┌─────────┐──► Operation { number, request, kind }
//!  operation_answered ►│ isolate │──► Timer { number, at }
//!  timer_fired ───────►└─────────┘──► Responded, Failed, Ended, Console, Count, Restarted
//! ```
//!
//! Inside, a script finds the platform: `env` with KV bindings and variables, `ctx.waitUntil`, `fetch`,
//! `caches.default`, `Request`, `Response`, `URL`, `crypto`, timers and so on. Most of it is written in JavaScript
//! (`prelude/*.js`); what needs state or speed is here. What the platform checks before it asks a namespace (names
//! of keys, limits, types) is checked here with the platform's messages; what a namespace answers is up to the host.
//!
//! Time stands still while a script runs, as it does on the platform: `Date.now()` tells the time of the current
//! event. All randomness comes from the isolate's seed. Processor time is counted in loop turns and calls, never
//! measured, so that the same inputs give the same effects on every machine.
//!
//! Left out: requests to other Workers, Durable Objects, R2, D1, queues, WebSockets, HTMLRewriter, files in forms,
//! compression streams, keys other than HMAC in `crypto.subtle`, `Intl`, `import` of other modules, and the 30
//! seconds after which the platform gives up on `waitUntil`.

mod cache;
mod engine;
mod environment;
mod failure;
mod flight;
mod host;
mod isolate;
mod memory;
mod mistake;
mod script;
mod settle;
mod sha;
mod start;

pub use crate::sim::program::{
    Answer, Cause, Effect, Entry, Kind, KvCall, Level, ListedKey, Operation, OriginRequest, Place,
    Request, Response, ScriptError, ValueKind,
};
pub use environment::{Environment, Limits};
pub use isolate::Isolate;
pub use mistake::ScriptMistakes;
pub use script::Script;
pub use start::Workers;
