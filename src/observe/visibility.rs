//! How long each write took to be visible at each PoP, from the spans in which caches served older versions.
//!
//! The visibility of a write at a PoP is the last instant at which a read there could still return an older
//! version, minus the commit. Such a read is given an old version by the PoP's own copy or a fetch under way
//! there, or, while the PoP has neither, it comes through to a tier that serves one. So for each cache it is
//! enough to know when it served each version.

use crate::sim::observation::{CacheIndex, CellKey, Span};
use crate::sim::world::{Upstream, World};
use crate::units::{Duration, Time};

/// Spans that are complete for the keys and PoPs they concern, once they are asked about.
#[derive(Debug)]
pub struct ServedSpans {
    /// By cache where there are tiers, as they were told; else there is a single list.
    lists: Vec<Vec<Served>>,
    count: usize,
}

/// A cache served a version for a while.
#[derive(Clone, Copy, Debug)]
struct Served {
    key: CellKey,
    cache: CacheIndex,
    version: u32,
    /// Whether the version was superseded meanwhile.
    delays: bool,
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
    /// None yet.
    pub fn new(world: &World) -> Self {
        let lists = match world.tier_caches.is_empty() {
            true => 1,
            false => world.caches.len(),
        };
        ServedSpans {
            lists: vec![Vec::new(); lists],
            count: 0,
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// A cache served a version for a while; `delays` if that was superseded meanwhile.
    #[inline]
    pub fn add(&mut self, span: &Span, delays: bool) {
        let Span {
            cache,
            key,
            version,
            from,
            until,
            counted_from,
        } = *span;
        let list = match self.lists.len() {
            1 => 0,
            _ => cache.0 as usize,
        };
        self.count += 1;
        self.lists[list].push(Served {
            key,
            cache,
            version,
            delays,
            from,
            until,
            counted_from,
        });
    }

    /// Calls `with` for each key and PoP where a superseded version could be had, with those that a reader there
    /// could be given, by version. Forgets all spans.
    pub fn for_each_pop(&mut self, world: &World, mut with: impl FnMut(CellKey, usize, &[Step])) {
        let mut steps = Vec::new();
        if let [spans] = &mut self.lists[..] {
            spans.sort_unstable_by_key(|s| (s.key, s.cache, s.version));
            let is_same = |a: &Served, b: &Served| (a.key, a.cache) == (b.key, b.cache);
            for of_pop in spans.chunk_by(is_same) {
                steps.clear();
                steps.extend(of_pop.iter().filter_map(Served::own_step));
                with(of_pop[0].key, of_pop[0].cache.0 as usize, &steps);
            }
        } else {
            for spans in &mut self.lists {
                // A script's keys are told all at once, others one after the other.
                spans.sort_by_key(|s| s.key);
            }
            // PoP by PoP, so that what is measured there stays in the CPU's cache while all keys visit it.
            for pop in 0..world.pops.len() {
                let mut below = BelowTiers::of(&self.lists, world, pop);
                while let Some(key) = below.next_key() {
                    below.steps(key, &mut steps);
                    if !steps.is_empty() {
                        with(key, pop, &steps);
                    }
                }
            }
        }
        self.lists.iter_mut().for_each(Vec::clear);
        self.count = 0;
    }
}

impl Served {
    /// What a PoP's own cache could give.
    fn own_step(&self) -> Option<Step> {
        self.delays.then_some(Step {
            version: self.version,
            until: self.until,
        })
    }
}

/// What a reader at a PoP could be given by its own cache or through its tiers, key after key.
struct BelowTiers<'a> {
    own: &'a [Served],
    tiers: Vec<TierAbove<'a>>,
    longest_cache_ttl: Duration,
}

/// A tier on a PoP's path.
struct TierAbove<'a> {
    served: &'a [Served],
    /// A read of the PoP reaches it after that, at the fastest.
    way_up: Duration,
}

impl<'a> BelowTiers<'a> {
    /// From spans by cache and key.
    fn of(lists: &'a [Vec<Served>], world: &World, pop: usize) -> Self {
        let ways = &world.pops[pop];
        let mut way_up = Duration::ZERO;
        let mut tiers = Vec::new();
        for hop in &ways.path {
            let Upstream::Tier(cache) = hop.to else { break };
            way_up = way_up + hop.ways.up.least();
            tiers.push(TierAbove {
                served: &lists[cache.0 as usize],
                way_up,
            });
        }
        BelowTiers {
            own: &lists[pop],
            tiers,
            longest_cache_ttl: ways.longest_cache_ttl,
        }
    }

    /// The next key of which there are spans.
    fn next_key(&self) -> Option<CellKey> {
        let tiers = self.tiers.iter().filter_map(|tier| tier.served.first());
        let keys = self.own.first().into_iter().chain(tiers).map(|s| s.key);
        keys.min()
    }

    /// Takes the spans of a key, and tells what they mean for a reader at the PoP.
    fn steps(&mut self, key: CellKey, steps: &mut Vec<Step>) {
        let own = take_key(&mut self.own, key);
        steps.clear();
        steps.extend(own.iter().filter_map(Served::own_step));
        let mut answered_here = None;
        for TierAbove { served, way_up } in &mut self.tiers {
            for s in take_key(served, key).iter().filter(|s| s.delays) {
                let answered_here = answered_here.get_or_insert_with(|| Answered::by(own));
                let by_age = s.counted_from.map(|from| from + self.longest_cache_ttl);
                let until = by_age.map_or(s.until, |end| s.until.min(end));
                steps.push(Step {
                    version: s.version,
                    until: answered_here.last_gap(until - *way_up),
                });
            }
        }
        steps.sort_unstable_by_key(|step| step.version);
    }
}

/// Takes the spans of a key from the beginning of spans by key.
fn take_key<'a>(spans: &mut &'a [Served], key: CellKey) -> &'a [Served] {
    let count = spans.iter().take_while(|s| s.key == key).count();
    let (of_key, rest) = spans.split_at(count);
    *spans = rest;
    of_key
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
