//! kvlag simulates Workers KV, the edge key-value store, and stores like it.
#![deny(missing_docs)]

pub mod commands;
pub mod experiment;
pub mod observe;
pub mod pricing;
pub mod report;
pub mod scenario;
pub mod sim;
pub mod stats;
pub mod theory;
pub mod units;
