//! From observations to findings: what was stale, how long, how fast, how often.

pub mod conservation;
pub mod findings;
pub mod histogram;
pub mod measure;
pub mod oracle;
pub mod summary;
pub mod timeline;
pub mod visibility;
