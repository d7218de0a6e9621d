//! Live sessions: the simulated world behind the protocols of the real store, at the pace of the wall clock.
//!
//! A session is a cell like any other, on a thread of its own (`engine`): its queue is drained by the clock, and its
//! clients are HTTP requests. What they ask is recorded, and the record is a scenario with a replay that gives the same
//! versions and the same staleness again (`class`).

pub mod budget;
pub mod census;
mod class;
mod engine;
pub mod http;
mod limits;
mod namespaces;
mod open;
mod pace;
mod record;
pub mod session;
pub mod workerd;

pub use class::{API_POP, Class};
pub use open::{Left, Live, MEMORY_MIN, OpenError, Options, open};
pub use pace::SPEEDS;
