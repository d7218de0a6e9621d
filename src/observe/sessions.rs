//! What goes wrong for clients: guarantees of a session that were broken, and updates that were lost.
//!
//! The four session guarantees are those of D. Terry et al. (*Session guarantees for weakly consistent replicated
//! data*, PDIS 1994). Writes of one client follow each other at the store, since each waits for the one before: so
//! monotonic writes cannot be broken. The three others can, and are judged at each read, key by key, by what the client
//! knew when the read started.

use super::breaches::{Breach, Guarantee};
use super::knowledge::{LEAST_CROWD, LONGEST_OPERATION, Session, session_mut};
use super::measure::Measure;
use super::oracle::Truth;
use crate::scenario::bounds;
use crate::sim::observation::{CellKey, ClassIndex, ClientRead, SessionIndex, Write};
use crate::units::Time;

/// A version whose value was derived from another of its key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Derived {
    version: u32,
    base: u32,
    /// The class that wrote it, where the write is measured.
    measured: Option<usize>,
}

/// What is known about the clients' writes of a key.
#[derive(Debug, Default)]
pub(super) struct ClientWrites {
    /// In the order of versions.
    derived: Vec<Derived>,
    /// Versions that are deletes.
    deletes: Vec<u32>,
    /// By version, in their order: other keys that the client had read before, with the versions.
    followed: Vec<(u32, CellKey, u32)>,
    /// When there are so many, those of versions that nobody can read any more are dropped.
    crowd: usize,
}

impl ClientWrites {
    pub(super) fn clear(&mut self) {
        self.derived.clear();
        self.deletes.clear();
        self.followed.clear();
        self.crowd = 0;
    }

    fn is_crowded(&self) -> bool {
        self.followed.len() >= self.crowd.max(LEAST_CROWD)
    }

    /// Drops what is known of versions that were superseded before an instant.
    fn forget_followed(&mut self, truth: &Truth, horizon: Time) {
        let is_old = |version| truth.superseded(version).is_some_and(|time| time < horizon);
        let old = self
            .followed
            .partition_point(|(version, ..)| is_old(*version));
        self.followed.drain(..old);
        self.crowd = 2 * self.followed.len();
    }

    /// Whether the key was deleted between a version that had a value and a later one.
    fn was_deleted_between(&self, base: u32, version: u32) -> bool {
        let from = self.deletes.partition_point(|delete| *delete < base);
        let next = self.deletes.get(from);
        next.is_some_and(|delete| *delete != base && *delete < version)
    }

    /// The classes of measured derived writes that are not in the chain of bases of a version.
    fn lost(&self, mut version: u32) -> impl Iterator<Item = usize> + '_ {
        let later = self.derived.partition_point(|d| d.version <= version);
        self.derived[..later].iter().rev().filter_map(move |d| {
            if d.version == version {
                version = d.base;
                return None;
            }
            d.measured
        })
    }
}

impl Measure<'_> {
    /// Judges what a client was given by what it knew when it asked.
    pub(super) fn judge_client_read(&mut self, read: &ClientRead) {
        let is_measured = self.world.measures(read.start);
        let is_workers = self.is_workers(read.class);
        let session = session_mut(&mut self.sessions, read.session);
        session.past.is_needed |= is_workers;
        let before = session.read(read);
        if self.findings.breaches.is_some() {
            session.answers.insert((read.key, read.version), *read);
        }
        // What the writer of this version had read, whoever reads it has, in a way.
        let writes = &self.keys[read.key.0 as usize].client_writes;
        let from = writes.followed.partition_point(|f| f.0 < read.version);
        let followed = writes.followed[from..].iter();
        for (_, key, version) in followed.take_while(|f| f.0 == read.version) {
            session.raise(read.end, *key, |floors| {
                floors.followed = floors.followed.max(*version);
            });
        }
        if is_measured {
            self.note_session(read.session, read.class, read.start);
            let (forgets_write, forgets_read) =
                (read.version < before.written, read.version < before.read);
            let tally = &mut self.class_mut(read.class).tally;
            tally.read_your_writes_violations += u64::from(forgets_write);
            tally.monotonic_read_violations += u64::from(forgets_read);
            tally.writes_follow_reads_violations += u64::from(read.version < before.followed);
            if forgets_write {
                self.keep_breach(Guarantee::ReadYourWrites, read, None);
            }
            if forgets_read {
                self.keep_breach(Guarantee::MonotonicReads, read, None);
            }
        }
    }

    /// Keeps what was broken, where a record is kept; `overwriting` is the version that was derived from the read.
    fn keep_breach(&mut self, guarantee: Guarantee, read: &ClientRead, overwriting: Option<u32>) {
        let key = self.keys[read.key.0 as usize].id;
        if let Some(breaches) = &mut self.findings.breaches {
            breaches.push(Breach {
                guarantee,
                start: read.start,
                class: read.class,
                key,
                version: read.version,
                overwriting,
            });
        }
    }

    /// Keeps a write that overwrote what its author had not seen, where the read is known that it was derived from.
    fn keep_overwriting(&mut self, write: &Write, base: u32, version: u32) {
        let (Some(index), true) = (write.session, self.findings.breaches.is_some()) else {
            return;
        };
        let session = session_mut(&mut self.sessions, index);
        if let Some(read) = session.answers.get(&(write.key, base)).copied() {
            self.keep_breach(Guarantee::LostUpdate, &read, Some(version));
        }
    }

    /// Whether operations of a class are those of a Worker.
    fn is_workers(&self, class: ClassIndex) -> bool {
        let workload = usize::from(class.workload);
        self.world.scenario.worker(workload).is_some()
    }

    /// Notes that a client does something.
    pub(super) fn note_session(&mut self, index: SessionIndex, class: ClassIndex, start: Time) {
        if self.world.measures(start) {
            let session = session_mut(&mut self.sessions, index);
            let is_new = !std::mem::replace(&mut session.is_counted, true);
            self.class_mut(class).tally.sessions += u64::from(is_new);
        }
    }

    /// Notes a write of a client that has arrived at the store, accepted or not.
    pub(super) fn measure_client_write(&mut self, write: &Write, index: SessionIndex) {
        self.note_session(index, write.class, write.start);
        let is_workers = self.is_workers(write.class);
        let session = session_mut(&mut self.sessions, index);
        session.past.is_needed |= is_workers;
        if let Some(version) = write.version {
            let history = &mut self.keys[write.key.0 as usize];
            let writes = &mut history.client_writes;
            if writes.is_crowded() {
                // A copy serves for its TTL, below tiers for one more at each, and what is under way takes its time.
                let scenario = self.world.scenario;
                let caches = scenario.tiers.len() as i64 + 1;
                let readable = scenario.longest_cache_ttl_anywhere() * caches;
                let readable = readable.min(bounds::SPAN_MAX) + LONGEST_OPERATION;
                writes.forget_followed(&history.truth, write.arrival - readable);
            }
            let Session { keys, past, .. } = session;
            let others = keys.iter().filter(|(key, _)| *key != write.key);
            let read =
                others.map(|(key, now)| (version, *key, past.at(write.start, *key, *now).read));
            writes
                .followed
                .extend(read.filter(|(_, _, read)| *read > 0));
        }
    }

    /// Notes what an accepted write was derived from.
    pub(super) fn measure_base(&mut self, write: &Write, version: u32) {
        let class =
            usize::from(write.class.workload) * self.findings.pops + usize::from(write.class.pop);
        let is_measured = self.world.measures(write.start);
        let writes = &mut self.keys[write.key.0 as usize].client_writes;
        if write.is_delete {
            writes.deletes.push(version);
        }
        let Some(base) = write.base else { return };
        writes.derived.push(Derived {
            version,
            base,
            measured: is_measured.then_some(class),
        });
        let is_resurrected = writes.was_deleted_between(base, version);
        if is_measured {
            let tally = &mut self.class_mut(write.class).tally;
            tally.stale_base_writes += u64::from(base + 1 < version);
            tally.resurrected_keys += u64::from(is_resurrected);
            if base + 1 < version {
                self.keep_overwriting(write, base, version);
            }
        }
    }

    /// A client knows that its write was accepted.
    pub(super) fn note_acknowledged(
        &mut self,
        session: SessionIndex,
        key: CellKey,
        version: u32,
        time: Time,
    ) {
        session_mut(&mut self.sessions, session).acknowledged(key, version, time);
    }

    /// Forgets a client that is over.
    pub(super) fn forget_client(&mut self, session: SessionIndex) {
        session_mut(&mut self.sessions, session).forget();
    }

    /// Counts the updates of a cell that is over that were lost.
    pub(super) fn count_lost_updates(&mut self) {
        for history in &mut self.keys[..self.keys_in_cell] {
            if let Some(last) = history.convergence.last() {
                for class in history.client_writes.lost(last.version) {
                    let class = self.findings.classes[class].get_or_insert_default();
                    class.tally.lost_updates += 1;
                }
            }
            history.client_writes.clear();
        }
        self.sessions.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(bases: &[(u32, u32)]) -> ClientWrites {
        ClientWrites {
            derived: bases
                .iter()
                .map(|(version, base)| Derived {
                    version: *version,
                    base: *base,
                    measured: Some(*version as usize),
                })
                .collect(),
            ..ClientWrites::default()
        }
    }

    #[test]
    fn updates_outside_the_last_versions_chain_of_bases_are_lost() {
        // 4 ← 2 ← 1 ← 0, and 3 was derived from 1, too.
        let writes = derived(&[(1, 0), (2, 1), (3, 1), (4, 2)]);
        assert_eq!(writes.lost(4).collect::<Vec<_>>(), [3]);
        assert_eq!(writes.lost(3).collect::<Vec<_>>(), [2]);
        // Version 2 was written plainly: it ends the chain, and what was before it is lost.
        let writes = derived(&[(1, 0), (3, 2)]);
        assert_eq!(writes.lost(3).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_key_is_resurrected_by_what_was_read_before_its_delete() {
        let writes = ClientWrites {
            deletes: vec![3, 7],
            ..ClientWrites::default()
        };
        assert!(writes.was_deleted_between(2, 4));
        assert!(
            !writes.was_deleted_between(3, 4),
            "it was known to be missing"
        );
        assert!(!writes.was_deleted_between(4, 7));
        assert!(
            !writes.was_deleted_between(3, 8),
            "nothing that was read comes back"
        );
    }
}
