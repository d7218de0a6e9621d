//! Workers in simulated time: what a script finds, what it is refused, and what comes out of it, in order.

mod determinism;
mod failures;
mod host;
mod kv;
mod kv_refusals;
mod order;
mod patterns;
mod time;
mod web;
mod web_bodies;
