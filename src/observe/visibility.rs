//! How long each write took to be visible at each PoP, from the spans in which caches served older versions.
//!
//! The visibility of a write at a PoP is the last instant at which a read there could still return an older
//! version, minus the commit. Such a read is given an old version by the PoP's own copy or a fetch under way
//! there, or it comes through to a tier that serves one. So for each cache it is enough to know until when it
//! served each version.

use crate::sim::observation::{CacheIndex, CellKey, Span};
use crate::sim::world::{Upstream, World};
use crate::units::{Duration, Time};

/// The spans of one cell.
#[derive(Debug, Default)]
pub struct ServedSpans {
    spans: Vec<Served>,
}

/// A cache served a version until then.
#[derive(Clone, Copy, Debug)]
struct Served {
    key: CellKey,
    cache: CacheIndex,
    version: u32,
    until: Time,
    counted_from: Option<Time>,
}

/// Until when a PoP could serve versions up to some version.
#[derive(Clone, Copy, Debug)]
struct Step {
    version: u32,
    until: Time,
}

impl ServedSpans {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.spans.clear();
    }

    /// A cache served a version for a while.
    pub fn add(&mut self, span: &Span) {
        let Span {
            cache,
            key,
            version,
            until,
            counted_from,
            ..
        } = *span;
        self.spans.push(Served {
            key,
            cache,
            version,
            until,
            counted_from,
        });
    }

    /// Brings the spans into the order that [`ServedSpans::for_each_late`] needs.
    pub fn sort(&mut self) {
        self.spans
            .sort_unstable_by_key(|s| (s.key, s.cache, s.version, s.until, s.counted_from));
    }

    /// Calls `late` with PoP, index of the write and visibility for each pair whose visibility is not zero.
    /// `writes` are the measured writes of `key`: version and commit, in commit order.
    pub fn for_each_late(
        &self,
        world: &World,
        key: CellKey,
        writes: &[(u32, Time)],
        mut late: impl FnMut(usize, usize, Duration),
    ) {
        let mut steps = Vec::new();
        for pop in 0..world.pops.len() {
            self.steps_of(world, key, pop, &mut steps);
            let mut until = Time(i64::MIN);
            let mut next = 0;
            for (index, (version, committed)) in writes.iter().enumerate() {
                while next < steps.len() && steps[next].version < *version {
                    until = until.max(steps[next].until);
                    next += 1;
                }
                if until > *committed {
                    late(pop, index, until - *committed);
                }
            }
        }
    }

    /// What a reader at a PoP could be given, by version.
    fn steps_of(&self, world: &World, key: CellKey, pop: usize, steps: &mut Vec<Step>) {
        steps.clear();
        let own = self.of_cache(key, CacheIndex(pop as u32));
        steps.extend(own.iter().map(|served| Step {
            version: served.version,
            until: served.until,
        }));
        let ways = &world.pops[pop];
        let mut way_up = Duration::ZERO;
        for hop in &ways.path {
            let Upstream::Tier(cache) = hop.to else { break };
            // A read reaches the tier after the way up, at the fastest.
            way_up = way_up + hop.ways.up.least();
            steps.extend(self.of_cache(key, cache).iter().map(|served| {
                let by_age = served
                    .counted_from
                    .map(|from| from + ways.longest_cache_ttl);
                let until = by_age.map_or(served.until, |end| served.until.min(end));
                Step {
                    version: served.version,
                    until: until - way_up,
                }
            }));
        }
        if ways.path.len() > 1 {
            steps.sort_unstable_by_key(|step| step.version);
        }
    }

    fn of_cache(&self, key: CellKey, cache: CacheIndex) -> &[Served] {
        let first = self
            .spans
            .partition_point(|s| (s.key, s.cache) < (key, cache));
        let rest = &self.spans[first..];
        &rest[..rest.partition_point(|s| (s.key, s.cache) == (key, cache))]
    }
}
