//! What a session knows of the world: versions than which it must not be given an older one, now and a while ago.

use crate::sim::observation::{CellKey, ClientRead, SessionIndex};
use crate::units::{Duration, Time};
use std::collections::BTreeMap;

/// What a client knows of the world, key by key in the order in which it came to know them.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// Whether it was counted.
    pub is_counted: bool,
    /// What it knows of each key now.
    pub keys: Vec<(CellKey, Floors)>,
    /// What it knew before.
    pub past: Past,
    /// Where a record is kept: reads by what they returned, the last of each version.
    pub answers: BTreeMap<(CellKey, u32), ClientRead>,
}

/// Versions than which a client must not be given an older one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Floors {
    /// The newest that it has read.
    pub read: u32,
    /// The newest of its own that was acknowledged.
    pub written: u32,
    /// The newest that somebody had read before they wrote what it has read.
    pub followed: u32,
}

/// What a session knew a while ago. Steps of a client follow each other, and need none of this; operations of a Worker
/// may overlap, and each is judged by what was known when it started.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Whether a Worker acts in this session.
    pub is_needed: bool,
    /// In the order of their times.
    raises: Vec<Raise>,
    /// When there are so many, old ones are dropped.
    crowd: usize,
}

/// A session got to know more of a key.
#[derive(Clone, Copy, Debug)]
struct Raise {
    time: Time,
    key: CellKey,
    before: Floors,
}

/// An operation that takes longer is judged by what was known so long before its end.
pub(super) const LONGEST_OPERATION: Duration = Duration::from_secs(60);

/// Fewer are not worth looking through.
pub(super) const LEAST_CROWD: usize = 1_000;

impl Past {
    fn note(&mut self, raise: Raise) {
        if !self.is_needed {
            return;
        }
        // What is told in another order than it happens counts as known from the later instant on.
        let last = self.raises.last().map_or(raise.time, |last| last.time);
        let time = raise.time.max(last);
        if self.raises.len() >= self.crowd.max(LEAST_CROWD) {
            self.raises
                .retain(|raise| raise.time + LONGEST_OPERATION >= time);
            self.crowd = 2 * self.raises.len();
        }
        self.raises.push(Raise { time, ..raise });
    }

    /// What was known of a key at an instant, of which `now` is known.
    pub fn at(&self, time: Time, key: CellKey, now: Floors) -> Floors {
        let later = self.raises.partition_point(|raise| raise.time <= time);
        let mut later = self.raises[later..].iter();
        later
            .find(|raise| raise.key == key)
            .map_or(now, |raise| raise.before)
    }
}

impl Session {
    /// It was given an answer; what it knew of the key when it asked.
    pub fn read(&mut self, read: &ClientRead) -> Floors {
        let before = self.floors_at(read.start, read.key);
        self.raise(read.end, read.key, |floors| {
            floors.read = floors.read.max(read.version);
        });
        before
    }

    /// It gets to know that its write was accepted.
    pub fn acknowledged(&mut self, key: CellKey, version: u32, time: Time) {
        self.raise(time, key, |floors| {
            floors.written = floors.written.max(version);
        });
    }

    /// It is over: its number goes to another.
    pub fn forget(&mut self) {
        self.is_counted = false;
        self.keys.clear();
        self.past.is_needed = false;
        self.past.raises.clear();
        self.answers.clear();
    }

    fn floors(&mut self, key: CellKey) -> &mut Floors {
        let known = self.keys.iter().position(|(known, _)| *known == key);
        let index = known.unwrap_or_else(|| {
            self.keys.push((key, Floors::default()));
            self.keys.len() - 1
        });
        &mut self.keys[index].1
    }

    /// What it knew of a key at an instant.
    fn floors_at(&mut self, time: Time, key: CellKey) -> Floors {
        let now = *self.floors(key);
        self.past.at(time, key, now)
    }

    /// It gets to know more of a key.
    pub fn raise(&mut self, time: Time, key: CellKey, raise: impl FnOnce(&mut Floors)) {
        let floors = self.floors(key);
        let before = *floors;
        raise(floors);
        if *floors != before {
            self.past.note(Raise { time, key, before });
        }
    }
}

/// A session by its number.
pub(super) fn session_mut(
    sessions: &mut Vec<Session>,
    SessionIndex(index): SessionIndex,
) -> &mut Session {
    let index = index as usize;
    if sessions.len() <= index {
        sessions.resize_with(index + 1, Session::default);
    }
    &mut sessions[index]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_of_a_worker_knows_what_it_knew_at_an_instant() {
        let (key, other) = (CellKey(1), CellKey(2));
        let mut session = Session::default();
        let read = |session: &mut Session, time, key, version| {
            session.raise(Time(time), key, |floors| floors.read = version);
        };
        session.past.is_needed = true;
        read(&mut session, 10, key, 3);
        read(&mut session, 20, other, 7);
        read(&mut session, 30, key, 5);
        let known = [9, 10, 29, 30].map(|time| session.floors_at(Time(time), key).read);
        assert_eq!(known, [0, 3, 3, 5]);
        assert_eq!(session.floors_at(Time(19), other).read, 0);
        // Steps follow each other: what is known now was known when the present one started.
        session.past = Past::default();
        read(&mut session, 40, key, 6);
        assert_eq!(session.floors_at(Time(35), key).read, 6);
        assert!(session.past.raises.is_empty());
    }

    #[test]
    fn the_past_is_forgotten_when_no_operation_can_be_that_old() {
        let mut session = Session::default();
        session.past.is_needed = true;
        for second in 0..100_000 {
            let time = Time(0) + Duration::from_secs(second);
            session.raise(time, CellKey(0), |floors| floors.read += 1);
        }
        assert!(session.past.raises.len() <= LEAST_CROWD + 1);
        let now = Time(0) + Duration::from_secs(99_999);
        assert_eq!(session.floors_at(now, CellKey(0)).read, 100_000);
        let a_while_ago = now - LONGEST_OPERATION;
        assert_eq!(session.floors_at(a_while_ago, CellKey(0)).read, 99_940);
    }
}
