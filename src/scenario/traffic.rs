//! Who reads and writes where, asked of a scenario.

use super::{DEFAULT_CACHE_TTL, Keys, Operation, PopIndex, Replay, Scenario, Workload};
use crate::units::Duration;

impl Scenario {
    /// Each PoP's reads, by their `cache-ttl`, in no order and perhaps several times.
    fn reads(&self) -> impl Iterator<Item = (PopIndex, Duration)> {
        let reading = self.workloads.iter().filter(|w| w.reads_per_s > 0.0);
        let open = reading.flat_map(|w| w.at.iter().map(|site| (site.pop, w.cache_ttl)));
        let scripted = self.script.iter().filter_map(|s| match s.operation {
            Operation::Get { cache_ttl, .. } => Some((s.pop, cache_ttl)),
            _ => None,
        });
        // Which records say otherwise, and what, nobody knows before the file is read.
        let replayed = self.replays.iter().flat_map(|replay| {
            let here = match replay.format.dealing() {
                Some(dealing) => dealing.at.clone(),
                None => (0..self.pops.len()).collect(),
            };
            let ttls = [replay.cache_ttl, replay.longest_cache_ttl];
            here.into_iter()
                .flat_map(move |pop| ttls.map(|ttl| (pop, ttl)))
        });
        open.chain(scripted).chain(replayed)
    }

    /// The longest of all PoPs' [`Scenario::longest_cache_ttl`], in one pass.
    pub fn longest_cache_ttl_anywhere(&self) -> Duration {
        let mut has_readers = vec![false; self.pops.len()];
        let mut longest = Duration::ZERO;
        for (pop, ttl) in self.reads() {
            has_readers[pop] = true;
            longest = longest.max(ttl);
        }
        if has_readers.contains(&false) {
            longest.max(DEFAULT_CACHE_TTL)
        } else {
            longest
        }
    }

    /// Whether reads at some PoP differ in `cache-ttl`.
    pub fn has_mixed_cache_ttls(&self) -> bool {
        let mut first: Vec<Option<Duration>> = vec![None; self.pops.len()];
        self.reads()
            .any(|(pop, ttl)| *first[pop].get_or_insert(ttl) != ttl)
    }

    /// Whether anything reads anywhere.
    pub fn has_reads(&self) -> bool {
        self.reads().next().is_some()
    }

    /// Whether anything writes or deletes anywhere.
    pub fn has_writes(&self) -> bool {
        self.workloads.iter().any(Workload::modifies)
            || self.script.iter().any(|step| step.operation.modifies())
            || self.replays.iter().any(Replay::may_modify)
    }

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
        let replayed = self.replays.iter().filter(|replay| replay.may_be_at(pop));
        let replayed = replayed.map(|replay| replay.longest_cache_ttl);
        let all = open.chain(scripted).chain(replayed);
        all.max().unwrap_or(DEFAULT_CACHE_TTL)
    }

    /// Whether anything reads at `pop`.
    pub fn has_readers(&self, pop: PopIndex) -> bool {
        self.workloads.iter().any(|w| w.reads_at(pop) > 0.0)
            || self
                .script
                .iter()
                .any(|s| s.pop == pop && matches!(s.operation, Operation::Get { .. }))
            || self.replays.iter().any(|replay| replay.may_be_at(pop))
    }

    /// Whether anything writes or deletes at `pop`.
    pub fn has_writers(&self, pop: PopIndex) -> bool {
        let is_here = |w: &Workload| w.at.iter().any(|site| site.pop == pop);
        self.workloads.iter().any(|w| w.modifies() && is_here(w))
            || self
                .script
                .iter()
                .any(|s| s.pop == pop && s.operation.modifies())
            || self
                .replays
                .iter()
                .any(|replay| replay.may_modify() && replay.may_be_at(pop))
    }
}

impl Operation {
    /// Whether it writes or deletes.
    pub fn modifies(&self) -> bool {
        matches!(self, Operation::Put { .. } | Operation::Delete { .. })
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
