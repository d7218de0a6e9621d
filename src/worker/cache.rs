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
    /// Bytes of the bodies.
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    response: Response,
    until: Time,
}

/// Fewer than this are not worth sweeping.
const LEAST_SWEEP: usize = 64;

/// Bodies of more bytes do not fit together: those whose time is up soonest give way. What the platform keeps is not
/// published.
const MOST_BYTES: usize = 128 << 20;

impl Cache {
    pub(super) fn get(&self, now: Time, key: &str) -> Option<&Response> {
        let kept = self.kept.get(key)?;
        (now < kept.until).then_some(&kept.response)
    }

    pub(super) fn put(&mut self, now: Time, key: String, response: Response, ttl: Duration) {
        if self.kept.len() >= self.sweep_at.max(LEAST_SWEEP) {
            self.keep(|kept| now < kept.until);
            self.sweep_at = 2 * self.kept.len();
        }
        self.remove(now, &key);
        self.bytes += response.body.len();
        let until = Time(now.0.saturating_add(ttl.0));
        self.kept.insert(key, Kept { response, until });
        if self.bytes > MOST_BYTES {
            self.make_room();
        }
    }

    /// Whether there was something to remove.
    pub(super) fn remove(&mut self, now: Time, key: &str) -> bool {
        let Some(removed) = self.kept.remove(key) else {
            return false;
        };
        self.bytes -= removed.response.body.len();
        now < removed.until
    }

    /// Drops half of what is kept, by bytes.
    fn make_room(&mut self) {
        let kept = self.kept.values();
        let mut ends: Vec<(Time, usize)> = kept
            .map(|kept| (kept.until, kept.response.body.len()))
            .collect();
        ends.sort_unstable();
        let mut bytes = self.bytes;
        let first = ends.into_iter().find(|(_, body)| {
            bytes -= body;
            bytes <= MOST_BYTES / 2
        });
        if let Some((last, _)) = first {
            self.keep(|kept| kept.until > last);
        }
    }

    fn keep(&mut self, stays: impl Fn(&Kept) -> bool) {
        self.kept.retain(|_, kept| stays(kept));
        self.bytes = self
            .kept
            .values()
            .map(|kept| kept.response.body.len())
            .sum();
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
    fn what_does_not_fit_gives_way_to_what_lasts_longer() {
        let mut cache = Cache::default();
        let put = |cache: &mut Cache, key: &str, minutes: i64| {
            let body = vec![0; MOST_BYTES / 4];
            let response = Response {
                body,
                ..response(200)
            };
            let ttl = Duration::from_secs(60) * minutes;
            cache.put(Time(0), key.to_owned(), response, ttl);
        };
        for (key, minutes) in [("a", 5), ("b", 1), ("c", 4), ("d", 2)] {
            put(&mut cache, key, minutes);
        }
        assert_eq!((cache.kept.len(), cache.bytes), (4, MOST_BYTES));
        put(&mut cache, "e", 3);
        let left: Vec<&str> = cache.kept.keys().map(String::as_str).collect();
        assert_eq!((left, cache.bytes), (vec!["a", "c"], MOST_BYTES / 2));
        put(&mut cache, "a", 5);
        assert_eq!(cache.bytes, MOST_BYTES / 2, "one takes the other's place");
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
