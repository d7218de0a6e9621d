//! How long each write took to be visible at each PoP, from the spans in which caches served older versions.
//!
//! The visibility of a write at a PoP is the last instant at which a read there could still return an older
//! version, minus the commit. Such a read is given an old version by the PoP's own copy or a fetch under way
//! there, or, while the PoP has neither, it comes through to a tier that serves one. So for each cache it is
//! enough to know when it served each version.

use crate::sim::observation::{CacheIndex, CellKey, Span};
use crate::sim::world::{Upstream, World};
use crate::units::{Duration, Time};

/// Spans that are complete for the PoPs they concern, once they are asked about.
#[derive(Debug, Default)]
pub struct ServedSpans {
    spans: Vec<Served>,
}

/// A cache served a version for a while.
#[derive(Clone, Copy, Debug)]
struct Served {
    key: CellKey,
    cache: CacheIndex,
    version: u32,
    from: Time,
    until: Time,
    counted_from: Option<Time>,
}

/// A reader at a PoP could be given a version until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The version.
    pub version: u32,
    /// Until when.
    pub until: Time,
}

impl ServedSpans {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.spans.clear();
    }

    /// A cache served a version for a while.
    #[inline]
    pub fn add(&mut self, span: &Span) {
        let Span {
            cache,
            key,
            version,
            from,
            until,
            counted_from,
        } = *span;
        self.spans.push(Served {
            key,
            cache,
            version,
            from,
            until,
            counted_from,
        });
    }

    /// Calls `with` for each key and PoP where something was served, with what a reader there could be given,
    /// by version.
    pub fn for_each_pop(&mut self, world: &World, mut with: impl FnMut(CellKey, usize, &[Step])) {
        self.spans
            .sort_unstable_by_key(|s| (s.key, s.cache, s.version));
        let mut steps = Vec::new();
        for of_key in self.spans.chunk_by(|a, b| a.key == b.key) {
            let key = of_key[0].key;
            if world.tier_caches.is_empty() {
                for of_pop in of_key.chunk_by(|a, b| a.cache == b.cache) {
                    steps.clear();
                    steps.extend(of_pop.iter().map(|s| Step {
                        version: s.version,
                        until: s.until,
                    }));
                    with(key, of_pop[0].cache.0 as usize, &steps);
                }
            } else {
                for pop in 0..world.pops.len() {
                    steps_through_tiers(world, pop, of_key, &mut steps);
                    with(key, pop, &steps);
                }
            }
        }
    }
}

/// What a reader at a PoP could be given by its own cache or through its tiers.
fn steps_through_tiers(world: &World, pop: usize, of_key: &[Served], steps: &mut Vec<Step>) {
    let of_cache = |cache| {
        let first = of_key.partition_point(|s| s.cache < cache);
        let rest = &of_key[first..];
        &rest[..rest.partition_point(|s| s.cache == cache)]
    };
    steps.clear();
    let own = of_cache(CacheIndex(pop as u32));
    steps.extend(own.iter().map(|s| Step {
        version: s.version,
        until: s.until,
    }));
    let answered_here = Answered::by(own);
    let ways = &world.pops[pop];
    let mut way_up = Duration::ZERO;
    for hop in &ways.path {
        let Upstream::Tier(cache) = hop.to else { break };
        // A read reaches the tier after the way up, at the fastest.
        way_up = way_up + hop.ways.up.least();
        steps.extend(of_cache(cache).iter().map(|s| {
            let by_age = s.counted_from.map(|from| from + ways.longest_cache_ttl);
            let until = by_age.map_or(s.until, |end| s.until.min(end));
            Step {
                version: s.version,
                until: answered_here.last_gap(until - way_up),
            }
        }));
    }
    steps.sort_unstable_by_key(|step| step.version);
}

/// When a PoP answered reads by itself, be it by waiting: none came through to a tier then.
struct Answered {
    /// Intervals in the order of time; no two overlap or touch.
    intervals: Vec<(Time, Time)>,
}

impl Answered {
    fn by(own: &[Served]) -> Self {
        let mut spans: Vec<(Time, Time)> = own.iter().map(|s| (s.from, s.until)).collect();
        spans.sort_unstable();
        let mut intervals: Vec<(Time, Time)> = Vec::new();
        for (from, until) in spans {
            match intervals.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(until),
                _ => intervals.push((from, until)),
            }
        }
        Answered { intervals }
    }

    /// The end of the last time before `until` in which reads did come through.
    fn last_gap(&self, until: Time) -> Time {
        let before = self.intervals.partition_point(|(from, _)| *from < until);
        match before.checked_sub(1).map(|index| self.intervals[index]) {
            Some((from, end)) if until <= end => from,
            _ => until,
        }
    }
}

/// Tells the visibility of write after write, in the order of their versions, at a PoP.
#[derive(Debug)]
pub struct Visibility<'a> {
    /// By version: a write waits for the last of those that served an older version.
    steps: &'a [Step],
    until: Time,
}

impl<'a> Visibility<'a> {
    /// For a PoP where a reader could be given what `steps` say, by version.
    pub fn at(steps: &'a [Step]) -> Self {
        Visibility {
            steps,
            until: Time(i64::MIN),
        }
    }

    /// How long after its commit a write was visible; `None` if it was at once.
    #[inline]
    pub fn of(&mut self, version: u32, committed: Time) -> Option<Duration> {
        while let Some((step, later)) = self.steps.split_first()
            && step.version < version
        {
            self.until = self.until.max(step.until);
            self.steps = later;
        }
        (self.until > committed).then(|| self.until - committed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_waits_for_the_last_span_of_an_older_version() {
        let step = |version, until| Step {
            version,
            until: Time(until),
        };
        let steps = [step(0, 50), step(1, 40), step(3, 90)];
        let mut visibility = Visibility::at(&steps);
        let writes = [(1, 10), (2, 45), (3, 60), (4, 70)];
        let late = writes.map(|(version, committed)| visibility.of(version, Time(committed)));
        assert_eq!(
            late,
            [
                Some(Duration(40)),
                Some(Duration(5)),
                None,
                Some(Duration(20))
            ]
        );
    }
}
