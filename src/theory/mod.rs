//! Closed forms: what the simulator must measure where the answer is known exactly.
//!
//! All of them concern one key. Reads come to each PoP with `reads_per_s` (λ), writes commit at the store as a
//! Poisson process with `writes_per_s` (μ), and a copy may be used for `ttl_s` (T) after it was filled. A fetch
//! reaches the store after `up_s` (d₁) and fills the cache `down_s` (d₂) later; D = d₁ + d₂. Stale is what a
//! newer version had superseded before the read started. Sources stand at each formula; those that say
//! "renewal-reward" follow from one cycle of the cache: a fetch, the copy's time, and the wait for a read.

mod hits;
mod numerics;
mod refresh;
mod staleness;
mod tiers;
mod visibility;
mod write_limit;
mod zipf;

pub use hits::{
    carried_miss_ratio, erlang_renewals, herd_hit_ratio, hit_ratio_of_renewals, periodic_hit_ratio,
};
pub use refresh::RefreshAhead;
pub use staleness::{Staleness, herd_stale_ratio};
pub use tiers::RestartedTiers;
pub use visibility::PeriodicVisibility;
pub use write_limit::rejected_ratio;
pub use zipf::ZipfKeys;

/// One key at one PoP, read by Poisson readers who wait for a fetch under way.
///
/// Delays that are drawn for each message may be given by their means where a formula depends on nothing else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cache {
    /// λ: reads per second.
    pub reads_per_s: f64,
    /// T: how long a copy may be used after it was filled.
    pub ttl_s: f64,
    /// d₁: from the PoP to the store.
    pub up_s: f64,
    /// d₂: from the store to the PoP, the store's service time included.
    pub down_s: f64,
}

impl Cache {
    /// A cache whose fetches take no time.
    pub fn without_delay(reads_per_s: f64, ttl_s: f64) -> Self {
        Cache {
            reads_per_s,
            ttl_s,
            up_s: 0.0,
            down_s: 0.0,
        }
    }

    /// D: how long a fetch takes.
    pub fn fetch_time_s(&self) -> f64 {
        self.up_s + self.down_s
    }

    /// 1 + λ(T + D): the mean number of reads in a cycle, one of which fetches.
    fn reads_per_cycle(&self) -> f64 {
        1.0 + self.reads_per_s * (self.ttl_s + self.fetch_time_s())
    }
}
