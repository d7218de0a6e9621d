//! Replays: recorded operations in one cell with all that the scenario itself does, since a record may name any
//! key, and equal names are the same key.
//!
//! Recorded operations are not scheduled: the next one waits beside the queue, and takes its turn when nothing
//! that was scheduled is due any more up to its time. So what one of them brings about at its very instant (all
//! of a fetch, where there are no delays) happens before the next of that instant, and a replay without delays
//! takes its requests strictly one after the other.

use super::slots::Touched;
use super::{Cell, Event};
use crate::scenario::keyspace::KeyId;
use crate::sim::observation::{CellKey, Observer};
use crate::sim::replayed::{Action, Broken, Recording, Replayed};
use crate::sim::store::NEVER;

/// No key.
const NONE: CellKey = CellKey(u32::MAX);

impl<O: Observer> Cell<'_, O> {
    /// Simulates a recording together with the open traffic of all keys and the script; what was simulated before
    /// is forgotten.
    ///
    /// # Errors
    ///
    /// The recording cannot be read on. What was observed so far is not a run.
    pub fn simulate_replays(&mut self, recording: &mut dyn Recording) -> Result<(), Broken> {
        self.begin(false);
        self.touched = Touched::among(self.world.caches.len());
        let ids = (0..self.world.keyspace.len()).map(KeyId);
        ids.for_each(|id| self.add_open_traffic(id));
        self.schedule_script();
        let mut recorded = Recorded {
            recording,
            keys: Vec::new(),
        };
        let mut next = recorded.recording.next()?;
        loop {
            let scheduled = self.agenda.queue.next_time().unwrap_or(NEVER);
            match &next {
                Some(operation) if operation.time < scheduled => {
                    if self.is_over(operation.time) {
                        break;
                    }
                    self.advance(operation.time);
                    self.replay(operation, &mut recorded);
                    next = recorded.recording.next()?;
                }
                _ if scheduled == NEVER || self.is_over(scheduled) => break,
                _ => self.step(),
            }
        }
        self.finish();
        self.touched = None;
        Ok(())
    }

    /// Schedules the operations of the script.
    pub(super) fn schedule_script(&mut self) {
        for (index, scripted) in self.world.scenario.script.iter().enumerate() {
            let event = Event::Scripted(index as u32);
            self.agenda.queue.schedule(scripted.time, event);
        }
    }

    /// A recorded operation starts.
    #[inline]
    fn replay(&mut self, operation: &Replayed, recorded: &mut Recorded<'_>) {
        let Replayed { pop, workload, .. } = *operation;
        match operation.action {
            Action::Get { key, cache_ttl } => {
                let key = self.recorded_key(key, recorded);
                self.read(key, pop, workload, cache_ttl);
            }
            Action::Put {
                key,
                size,
                expiration_ttl,
            } => {
                let key = self.recorded_key(key, recorded);
                self.write(key, pop, workload, false, size, expiration_ttl);
            }
            Action::Delete { key } => {
                let key = self.recorded_key(key, recorded);
                self.write(key, pop, workload, true, None, None);
            }
            Action::List { pages } => self.list(pop, workload, pages),
        }
    }

    /// The key's number in this cell; it appears if it has not been touched before.
    #[inline]
    fn recorded_key(&mut self, id: KeyId, recorded: &mut Recorded<'_>) -> CellKey {
        match recorded.keys.get(id.0 as usize) {
            Some(key) if *key != NONE => *key,
            _ => self.new_recorded_key(id, recorded),
        }
    }

    #[cold]
    fn new_recorded_key(&mut self, id: KeyId, recorded: &mut Recorded<'_>) -> CellKey {
        let key = if id.0 < self.world.keyspace.len() {
            self.key(id)
        } else {
            let known = recorded.recording.key(id);
            self.key_appears(id, known.name, known.size, Vec::new())
        };
        let index = id.0 as usize;
        if recorded.keys.len() <= index {
            recorded.keys.resize(index + 1, NONE);
        }
        recorded.keys[index] = key;
        key
    }
}

/// A recording, and the numbers that its keys have in the cell.
struct Recorded<'r> {
    recording: &'r mut dyn Recording,
    /// By [`KeyId`]: a table, where others look a key up in a tree.
    keys: Vec<CellKey>,
}
