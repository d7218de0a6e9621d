//! Workers in simulated worlds: what a script is given and when, what it does to the store, and what is told of it.

mod concurrency;
mod failures;
mod kv;
mod lists;
mod origins;
mod requests;
mod sessions;
mod time;
mod world;
