//! The simulated world: caches, links, a store and their clients, in simulated time.
//!
//! Nothing here knows a clock, a file, a thread or a way to print. A [`cell::Cell`] is told a world and a
//! seed, and tells an [`observation::Observer`] what happened; it counts nothing itself.

pub mod cache;
pub mod cell;
pub mod draws;
pub mod message;
pub mod network;
pub mod observation;
pub mod program;
pub mod queue;
pub mod random;
pub mod ranks;
pub mod replayed;
pub mod steps;
pub mod store;
pub mod value;
pub mod workload;
pub mod world;
