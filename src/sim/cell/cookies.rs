//! The cookies that a client keeps: what Workers have set, each for as long as it said.
//!
//! Of the attributes, `Max-Age` counts, and an `Expires` in 1970, by which servers take a cookie back; paths and
//! domains do not.

use crate::scenario::WorkerIndex;
use crate::sim::store::NEVER;
use crate::units::{Duration, Time};

/// A client's cookies.
#[derive(Debug, Default)]
pub(super) struct Cookies(Vec<Cookie>);

#[derive(Debug)]
struct Cookie {
    /// Who set it, and gets it back.
    worker: WorkerIndex,
    name: String,
    value: String,
    until: Time,
}

impl Cookies {
    /// Takes what a response says in `set-cookie`.
    pub(super) fn set(&mut self, worker: WorkerIndex, text: &str, now: Time) {
        let mut parts = text.split(';');
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let (name, value) = (name.trim(), value.trim());
        self.0
            .retain(|cookie| (cookie.worker, cookie.name.as_str()) != (worker, name));
        let until = until(parts, now);
        if until > now {
            self.0.push(Cookie {
                worker,
                name: name.to_owned(),
                value: value.to_owned(),
                until,
            });
        }
    }

    /// What a request to a Worker says in `cookie`, if anything.
    pub(super) fn header(&self, worker: WorkerIndex, now: Time) -> Option<String> {
        let own = self.0.iter().filter(|cookie| cookie.worker == worker);
        let good = own.filter(|cookie| now < cookie.until);
        let pairs: Vec<String> = good
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// Until when a cookie is kept, by its attributes: `Max-Age` wins over `Expires`, as in RFC 6265.
fn until<'a>(attributes: impl Iterator<Item = &'a str>, now: Time) -> Time {
    let (mut max_age, mut expires) = (None, None);
    for attribute in attributes {
        let Some((name, value)) = attribute.split_once('=') else {
            continue;
        };
        match name.trim().to_ascii_lowercase().as_str() {
            "max-age" => max_age = value.trim().parse::<i64>().ok(),
            "expires" if value.contains("1970") => expires = Some(now),
            _ => {}
        }
    }
    let by_age = max_age.map(|seconds| {
        let seconds = seconds.clamp(0, i64::from(u32::MAX));
        now + Duration::from_secs(seconds)
    });
    by_age.or(expires).unwrap_or(NEVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_sent_back_until_they_are_taken_back() {
        let mut cookies = Cookies::default();
        let second = |s: i64| Time(0) + Duration::from_secs(s);
        cookies.set(0, "id=a=b; Path=/; HttpOnly; Max-Age=10", second(0));
        cookies.set(0, "theme=dark", second(0));
        cookies.set(1, "id=other", second(0));
        let header = |cookies: &Cookies, s| cookies.header(0, second(s));
        assert_eq!(header(&cookies, 9).as_deref(), Some("id=a=b; theme=dark"));
        assert_eq!(header(&cookies, 10).as_deref(), Some("theme=dark"));
        cookies.set(
            0,
            "theme=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            second(5),
        );
        cookies.set(0, "id=; max-age=0", second(5));
        assert_eq!(header(&cookies, 5), None);
        assert_eq!(cookies.header(1, second(5)).as_deref(), Some("id=other"));
    }
}
