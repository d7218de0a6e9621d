//! The Cache API's store at one PoP: responses by name of the cache and address, each until its time is up.

use crate::sim::program::Response;
use crate::units::{Duration, Time};
use std::collections::BTreeMap;

/// Cached responses.
#[derive(Debug, Default)]
pub(super) struct Cache {
    kept: BTreeMap<String, Kept>,
    /// When there are this many, those whose time is up are dropped.
    sweep_at: usize,
}

#[derive(Debug)]
struct Kept {
    response: Response,
    until: Time,
}

/// Fewer than this are not worth sweeping.
const LEAST_SWEEP: usize = 64;

impl Cache {
    pub(super) fn get(&self, now: Time, key: &str) -> Option<&Response> {
        let kept = self.kept.get(key)?;
        (now < kept.until).then_some(&kept.response)
    }

    pub(super) fn put(&mut self, now: Time, key: String, response: Response, ttl: Duration) {
        if self.kept.len() >= self.sweep_at.max(LEAST_SWEEP) {
            self.kept.retain(|_, kept| now < kept.until);
            self.sweep_at = 2 * self.kept.len();
        }
        let until = Time(now.0.saturating_add(ttl.0));
        self.kept.insert(key, Kept { response, until });
    }

    /// Whether there was something to remove.
    pub(super) fn remove(&mut self, now: Time, key: &str) -> bool {
        self.kept.remove(key).is_some_and(|kept| now < kept.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16) -> Response {
        Response {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    #[test]
    fn a_response_lives_until_its_time_is_up() {
        let mut cache = Cache::default();
        let minute = Duration::from_secs(60);
        cache.put(Time(0), "a".to_owned(), response(200), minute);
        assert!(cache.get(Time(minute.0 - 1), "a").is_some());
        assert!(cache.get(Time(minute.0), "a").is_none());
        assert!(!cache.remove(Time(minute.0), "a"));
    }

    #[test]
    fn what_is_over_does_not_pile_up() {
        let mut cache = Cache::default();
        for second in 0..10_000 {
            let now = Time(second * 1_000_000_000);
            cache.put(
                now,
                second.to_string(),
                response(200),
                Duration::from_secs(1),
            );
        }
        assert!(cache.kept.len() <= 2 * LEAST_SWEEP);
    }
}
