//! Replays: recorded operations in one cell with all that the scenario itself does, since a record may name any
//! key, and equal names are the same key.
//!
//! Recorded operations are not scheduled: the next one waits beside the queue, and takes its turn when nothing
//! that was scheduled is due any more up to its time. So what one of them brings about at its very instant (all
//! of a fetch, where there are no delays) happens before the next of that instant, and a replay without delays
//! takes its requests strictly one after the other.

use super::session::ClientsAt;
use super::slots::{Layout, Touched};
use super::{Cell, Event};
use crate::scenario::keyspace::KeyId;
use crate::sim::observation::{CacheIndex, CellKey, Observer};
use crate::sim::replayed::{Action, Batch, Broken, Recording, Replayed};
use crate::sim::store::NEVER;
use crate::units::Time;

/// So many places are looked at together.
const LOOKED_AT: usize = 64;

impl<O: Observer> Cell<'_, O> {
    /// Simulates a recording together with the open traffic of all keys and the script; what was simulated before
    /// is forgotten.
    ///
    /// # Errors
    ///
    /// The recording cannot be read on. What was observed so far is not a run.
    pub fn simulate_replays(&mut self, recording: &mut dyn Recording) -> Result<(), Broken> {
        self.begin_with_all_keys();
        self.play_recording(recording)?;
        self.finish();
        self.observer.cell_is_over();
        Ok(())
    }

    /// Lets all keys of the scenario appear, with all that it does to them.
    pub(super) fn begin_with_all_keys(&mut self) {
        self.begin(Layout::AllKeys);
        self.touched = Touched::among(self.world.caches.len());
        for id in (0..self.world.keyspace.len()).map(KeyId) {
            // All appear, so that a key's number in this cell is that in the scenario, and none is looked up.
            self.key(id);
            self.add_open_traffic(id);
        }
        self.schedule_script();
        for client in 0..self.world.scenario.clients.len() {
            self.add_clients(ClientsAt { client, site: None });
        }
    }

    /// Lets everything happen that is recorded, and that comes of it, until the cell is over.
    fn play_recording(&mut self, recording: &mut dyn Recording) -> Result<(), Broken> {
        let mut batch = Batch::default();
        loop {
            batch.operations.clear();
            batch.new_keys.clear();
            recording.fill(&mut batch)?;
            if batch.operations.is_empty() {
                self.catch_up(NEVER);
                return Ok(());
            }
            self.prepare(&batch);
            for operation in &batch.operations {
                if !self.catch_up(operation.time) {
                    return Ok(());
                }
                self.advance(operation.time);
                self.count_event();
                self.replay(operation);
            }
        }
    }

    /// Lets everything happen that is due up to `time`; whether the cell goes on then.
    #[inline]
    fn catch_up(&mut self, time: Time) -> bool {
        while let Some(next) = self.agenda.queue.next_time()
            && next <= time
        {
            if self.is_over(next) {
                return false;
            }
            self.step();
        }
        !self.is_over(time)
    }

    /// Lets new keys appear, and looks at the places of all that follows at once: one after the other, each look
    /// would wait for the memory.
    fn prepare(&mut self, batch: &Batch) {
        for new in &batch.new_keys {
            let id = KeyId(self.keys.len() as u32);
            let no_shares = self.shares.len();
            let is_present = self.world.scenario.store.initially_present;
            let size = is_present.then_some(new.size);
            self.key_appears(id, new.name, size, no_shares);
        }
        let mut looked_at = 0;
        for operations in batch.operations.chunks(LOOKED_AT) {
            looked_at ^= self.look_at(operations);
        }
        std::hint::black_box(looked_at);
    }

    /// Looks at places, and at what those that must ask the store will ask for; gives something that depends on
    /// all that was seen. What is seen decides nothing, since a decision waits for what it depends on.
    fn look_at(&mut self, operations: &[Replayed]) -> u32 {
        let gets = operations
            .iter()
            .filter_map(|operation| match operation.action {
                Action::Get { key, cache_ttl } => Some((operation, CellKey(key.0), cache_ttl)),
                _ => None,
            });
        let cache = |operation: &Replayed| CacheIndex(operation.pop as u32);
        let mut seen = 0;
        for (operation, key, _) in gets.clone() {
            let slot = self.slot(key, cache(operation));
            seen += u32::from(slot.pending.is_some()) + u32::from(slot.copy.is_some());
        }
        let mut asking = [0; LOOKED_AT];
        let mut count = 0;
        for (operation, key, cache_ttl) in gets {
            let rule = self.world.caches[operation.pop];
            let copy = self.slot(key, cache(operation)).copy.as_ref();
            let until = copy.map_or(operation.time, |copy| rule.usable_until(copy, cache_ttl));
            asking[count] = key.0 as usize;
            count += usize::from(operation.time >= until);
        }
        for key in &asking[..count] {
            seen ^= self.keys[*key].register.latest().version;
        }
        seen
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
    fn replay(&mut self, operation: &Replayed) {
        let Replayed { pop, workload, .. } = *operation;
        match operation.action {
            Action::Get {
                key: KeyId(key),
                cache_ttl,
            } => self.read(CellKey(key), pop, workload, cache_ttl),
            Action::Put {
                key: KeyId(key),
                size,
                expiration_ttl,
            } => self.write(CellKey(key), pop, workload, false, size, expiration_ttl),
            Action::Delete { key: KeyId(key) } => {
                self.write(CellKey(key), pop, workload, true, None, None);
            }
            Action::List { pages } => {
                self.list(pop, workload, pages);
            }
        }
    }
}
