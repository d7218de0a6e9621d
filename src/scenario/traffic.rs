//! Who reads and writes where, asked of a scenario.

use super::{DEFAULT_CACHE_TTL, Keys, Operation, PopIndex, Scenario, Workload};
use crate::units::Duration;

impl Scenario {
    /// The longest `cache-ttl` any read at `pop` uses, the default where nobody reads: the one by which
    /// visibility is judged.
    pub fn longest_cache_ttl(&self, pop: PopIndex) -> Duration {
        let open = self
            .workloads
            .iter()
            .filter(|w| w.reads_at(pop) > 0.0)
            .map(|w| w.cache_ttl);
        let scripted =
            self.script
                .iter()
                .filter(|s| s.pop == pop)
                .filter_map(|s| match s.operation {
                    Operation::Get { cache_ttl, .. } => Some(cache_ttl),
                    _ => None,
                });
        open.chain(scripted).max().unwrap_or(DEFAULT_CACHE_TTL)
    }

    /// Whether anything reads at `pop`.
    pub fn has_readers(&self, pop: PopIndex) -> bool {
        self.workloads.iter().any(|w| w.reads_at(pop) > 0.0)
            || self
                .script
                .iter()
                .any(|s| s.pop == pop && matches!(s.operation, Operation::Get { .. }))
    }

    /// Whether anything writes or deletes at `pop`.
    pub fn has_writers(&self, pop: PopIndex) -> bool {
        let modifies = |operation: &Operation| {
            matches!(operation, Operation::Put { .. } | Operation::Delete { .. })
        };
        let is_here = |w: &Workload| w.at.iter().any(|site| site.pop == pop);
        self.workloads.iter().any(|w| w.modifies() && is_here(w))
            || self
                .script
                .iter()
                .any(|s| s.pop == pop && modifies(&s.operation))
    }
}

impl Workload {
    /// Whether it writes or deletes.
    pub fn modifies(&self) -> bool {
        self.writes_per_s > 0.0 || self.deletes_per_s > 0.0
    }

    /// Reads per second at `pop`, over all keys.
    pub fn reads_at(&self, pop: PopIndex) -> f64 {
        self.at
            .iter()
            .filter(|site| site.pop == pop)
            .map(|site| site.weight * self.reads_per_s)
            .sum()
    }

    /// How many keys it names.
    pub fn key_count(&self) -> u32 {
        match self.keys {
            Keys::One(_) => 1,
            Keys::Ranked { count, .. } => count,
        }
    }
}
