//! From observations to findings: what was stale, how long, how fast, how often.

pub mod findings;
pub mod histogram;
pub mod summary;
