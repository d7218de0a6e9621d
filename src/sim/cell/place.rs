//! A key's place in a cache: copies come and go, and the observer is told what was served meanwhile.

use super::counted::Reader;
use crate::scenario::TierAge;
use crate::sim::cache::{CacheCopy, UseRule};
use crate::sim::observation::{CacheIndex, CellKey, Hits, Observer, Span};
use crate::sim::world::World;
use crate::units::Time;

/// A key's place in a cache.
#[derive(Clone, Copy)]
pub(super) struct Place<'w> {
    pub(super) world: &'w World<'w>,
    pub(super) key: CellKey,
    pub(super) cache: CacheIndex,
}

impl Place<'_> {
    /// Puts a copy there unless a newer version is held.
    #[inline]
    pub(super) fn install(
        self,
        observer: &mut impl Observer,
        held: &mut Option<CacheCopy>,
        copy: CacheCopy,
        now: Time,
    ) {
        if let Some(held) = held {
            if !copy.replaces(held) {
                return;
            }
            self.close_span(observer, held, now);
        }
        *held = Some(copy);
    }

    /// Tells how long a copy served that is now replaced or dropped.
    #[inline]
    pub(super) fn close_span(self, observer: &mut impl Observer, copy: &CacheCopy, now: Time) {
        self.tell_span(observer, copy, self.served_until(copy).min(now));
    }

    /// Tells that a copy served until an instant.
    #[inline]
    pub(super) fn tell_span(self, observer: &mut impl Observer, copy: &CacheCopy, until: Time) {
        if until > copy.filled_at {
            let rule = self.world.caches[self.cache.0 as usize];
            let is_carried = rule == UseRule::Tier(TierAge::Carried);
            observer.span(&Span {
                cache: self.cache,
                key: self.key,
                version: copy.version,
                from: copy.filled_at,
                until,
                counted_from: is_carried.then_some(copy.counted_from),
            });
        }
    }

    /// Tells that a counted reader's reads were hits on a copy from one instant to another, or until the first that
    /// could be none; gives the end.
    #[inline(always)]
    pub(super) fn tell_hits(
        self,
        observer: &mut impl Observer,
        reader: &Reader,
        copy: &CacheCopy,
        is_asking: bool,
        (from, until): (Time, Time),
    ) -> Time {
        let rule = self.world.caches[self.cache.0 as usize];
        let rules = &self.world.scenario.cache;
        let quiet_until = rule.quiet_until(rules, copy, reader.cache_ttl, is_asking);
        let until = quiet_until.clamp(from, until);
        if until > from {
            observer.hits(&Hits {
                class: self.world.class(reader.workload, self.cache.0 as usize),
                key: self.key,
                version: copy.version,
                sampled_at: copy.sampled_at,
                from,
                until,
                curve: reader.curve,
            });
        }
        until
    }

    /// Tells in which time a read would have waited for a fetch that now brings a version: while it was under
    /// way, but for the time in which a copy was good.
    #[inline]
    pub(super) fn tell_flight(
        self,
        observer: &mut impl Observer,
        version: u32,
        started: Time,
        held: &Option<CacheCopy>,
        now: Time,
    ) {
        let until = match held {
            // A copy that came during the flight and is still good: reads waited until it came. A tier's copy
            // may be good for some and too old for others.
            Some(held)
                if self.world.tier_cache(self.cache).is_none()
                    && self.served_until(held) >= now =>
            {
                held.filled_at
            }
            _ => now,
        };
        if until > started {
            observer.span(&Span {
                cache: self.cache,
                key: self.key,
                version,
                from: started,
                until,
                counted_from: None,
            });
        }
    }

    /// Until when a copy is good for the reads with the longest `cache-ttl` that come to this cache; for a
    /// tier, for any.
    #[inline]
    pub(super) fn served_until(self, copy: &CacheCopy) -> Time {
        let cache = self.cache.0 as usize;
        let pop = self.world.pops.get(cache);
        let longest = pop.map_or(copy.ttl, |pop| pop.longest_cache_ttl);
        self.world.caches[cache].usable_until(copy, longest)
    }
}
