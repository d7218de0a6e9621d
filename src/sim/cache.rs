//! The rules of copies: what a cache holds, for whom it is good, and until when.
//!
//! Every driver of caches asks here; no rule about a copy stands anywhere else.

use super::observation::MissCause;
use super::store::Answer;
use crate::scenario::{CacheRules, TierAge, TtlRule};
use crate::units::{Duration, Time};

/// A version held by a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheCopy {
    /// The version.
    pub version: u32,
    /// Whether a hit has already started a background fetch to replace it.
    pub is_refreshing: bool,
    /// Whether there is no value.
    pub is_missing: bool,
    /// When it came into this cache.
    pub filled_at: Time,
    /// Its age is the time since then; earlier than `filled_at` where age was handed on.
    pub counted_from: Time,
    /// How long it is good after `counted_from`: at a PoP the `cache-ttl` of the read that filled it, in a
    /// tier the tier's `keep`.
    pub ttl: Duration,
    /// The value is missing from then on.
    pub expires_at: Time,
    /// When the store was asked for it.
    pub sampled_at: Time,
    /// What it weighs on a link.
    pub size: crate::units::Size,
}

/// How long a cache lets a copy be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseRule {
    /// A PoP: by the filling and the using read's `cache-ttl`.
    Pop(TtlRule),
    /// A tier: by its `keep` and, where age is carried, by the using read's `cache-ttl`.
    Tier(TierAge),
}

impl UseRule {
    /// The end of the half-open interval in which a read with `cache_ttl` may use the copy.
    #[inline]
    pub fn usable_until(self, copy: &CacheCopy, cache_ttl: Duration) -> Time {
        let ttl = match self {
            UseRule::Pop(TtlRule::FillerAndReader) | UseRule::Tier(TierAge::Carried) => {
                copy.ttl.min(cache_ttl)
            }
            UseRule::Pop(TtlRule::Reader) => cache_ttl,
            UseRule::Tier(TierAge::Restarted) => copy.ttl,
        };
        (copy.counted_from + ttl).min(copy.expires_at)
    }

    /// Until when reads with `cache_ttl` are hits on the copy that change nothing: the next one is none, or
    /// starts a background fetch. While the cache is already asking, none does.
    #[inline]
    pub fn quiet_until(
        self,
        rules: &CacheRules,
        copy: &CacheCopy,
        cache_ttl: Duration,
        is_asking: bool,
    ) -> Time {
        let until = self.usable_until(copy, cache_ttl);
        let refreshes = rules.refresh_ahead > Duration::ZERO && !copy.is_refreshing && !is_asking;
        match refreshes {
            true => until - rules.refresh_ahead,
            false => until,
        }
    }
}

/// Why a read with `cache_ttl` that starts at `now` can use nothing of what its PoP's cache holds; `was_dropped`
/// tells whether a copy has ever been dropped there.
#[inline]
pub fn miss_cause(
    held: Option<&CacheCopy>,
    was_dropped: bool,
    cache_ttl: Duration,
    now: Time,
) -> MissCause {
    if cache_ttl == Duration::ZERO {
        return MissCause::LookedPast;
    }
    let Some(copy) = held else {
        // Once something has come into a cache, only a drop empties the place again.
        return match was_dropped {
            true => MissCause::Dropped,
            false => MissCause::Absent,
        };
    };
    let end = copy.counted_from + copy.ttl;
    if now >= copy.expires_at && copy.expires_at < end {
        MissCause::ValueExpired
    } else if now >= end {
        MissCause::Expired
    } else {
        MissCause::TooOld
    }
}

impl CacheCopy {
    /// The copy that an answer leaves in a cache at `now`, good for `ttl`.
    pub fn filled(answer: &Answer, now: Time, ttl: Duration) -> Self {
        CacheCopy {
            version: answer.version,
            is_refreshing: false,
            is_missing: answer.is_missing,
            filled_at: now,
            counted_from: now - answer.age,
            ttl,
            expires_at: answer.expires_at,
            sampled_at: answer.sampled_at,
            size: answer.size,
        }
    }

    /// What a tier answers from this copy at `now`.
    pub fn answer(&self, now: Time, age: TierAge) -> Answer {
        let age = match age {
            TierAge::Carried => now - self.counted_from,
            TierAge::Restarted => Duration::ZERO,
        };
        Answer {
            version: self.version,
            is_missing: self.is_missing,
            size: self.size,
            expires_at: self.expires_at,
            sampled_at: self.sampled_at,
            age,
        }
    }

    /// Whether this copy takes the place of `held`: never that of a newer version.
    pub fn replaces(&self, held: &CacheCopy) -> bool {
        self.version >= held.version
    }
}
