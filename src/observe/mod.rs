//! From observations to findings: what was stale, how long, how fast, how often.

pub mod application;
pub mod breaches;
pub mod conservation;
pub mod counting;
pub mod delays;
pub mod exposure;
pub mod findings;
pub mod follow;
pub mod followers;
pub mod histogram;
mod hits;
mod knowledge;
pub mod lanes;
pub mod measure;
pub mod misses;
pub mod oracle;
mod served;
mod sessions;
mod skipped;
pub mod story;
pub mod summary;
pub mod timeline;
pub mod visibility;
mod writes;
