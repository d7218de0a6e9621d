//! When a cell may stop: every measured operation has ended and every measured write is visible everywhere.

use super::Cell;
use super::place::Place;
use crate::sim::observation::Observer;
use crate::units::{Duration, Time};

impl<O: Observer> Cell<'_, O> {
    /// Whether nothing that happens at `next` or later can matter to what is measured.
    #[inline]
    pub(super) fn is_over(&mut self, next: Time) -> bool {
        if next < self.unsettled_until || self.outstanding > 0 {
            return false;
        }
        match self.served_old_until(next) {
            None => true,
            Some(until) => {
                self.unsettled_until = until;
                false
            }
        }
    }

    /// The last instant after `next` until which some cache, as it stands, can serve a version older than
    /// the key's last measured one; `None` if none can.
    fn served_old_until(&self, next: Time) -> Option<Time> {
        let copies = (0..self.slots.len()).filter_map(|index| {
            let copy = self.slots[index].copy?;
            let (key, cache) = self.key_and_cache(index);
            let is_old = copy.version < self.keys[key.0 as usize].measured_version;
            let place = Place {
                world: self.world,
                key,
                cache,
            };
            is_old.then(|| place.served_until(&copy))
        });
        let answers = self.fetches.iter().filter_map(|(_, fetch)| {
            let (answer, arrival) = fetch.answer()?;
            let is_old = answer.version < self.keys[fetch.key().0 as usize].measured_version;
            // What it fills is looked at when it has arrived.
            is_old.then(|| arrival + Duration(1))
        });
        copies.chain(answers).filter(|until| *until > next).max()
    }

    /// Tells the observer how long the copies still held will serve if nothing replaces them.
    pub(super) fn close_spans(&mut self) {
        for index in 0..self.slots.len() {
            if let Some(copy) = self.slots[index].copy {
                let (key, cache) = self.key_and_cache(index);
                let (place, _, observer) = self.place(key, cache);
                place.tell_span(observer, &copy, place.served_until(&copy));
            }
        }
    }
}
