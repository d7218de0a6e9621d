//! What there is to be seen of a session at an instant, and what a story needs.

use super::Engine;
use crate::live::session::{KeyView, Look, Sought, View};
use crate::observe::follow::Wanted;
use crate::sim::observation::CellKey;
use crate::units::{Duration, Time};
use std::time::Instant;

impl Engine<'_> {
    pub(super) fn view(&mut self, look: &Look) -> View {
        let key = look.key.as_ref();
        let key = key.and_then(|(namespace, name)| self.cell.known_key(*namespace, name));
        let key = key.map(|key| self.key_view(key));
        let census = self.cell.observed();
        let reads = census.reads_from(look.reads_from);
        let writes = census.writes_from(look.writes_from);
        View {
            time: self.cell.now().max(self.pace().time(Instant::now())),
            pops: census.pops.clone(),
            key,
            reads: reads
                .map(|seen| (*seen, self.name(seen.read.key)))
                .collect(),
            writes: writes
                .map(|seen| (*seen, self.name(seen.write.key)))
                .collect(),
            lag: self.lag.lag,
            open_operations: self.batches.iter().map(|(_, batch)| batch.open).sum(),
            keys: self.keys as usize,
        }
    }

    fn key_view(&self, key: CellKey) -> KeyView {
        let (version, committed) = self.cell.latest(key);
        let census = self.cell.observed();
        let pops = 0..self.scenario.pops.len();
        let copies = pops.map(|pop| {
            let copy = self.cell.copy_held(key, pop)?;
            Some((copy, census.superseded(key, copy.version)))
        });
        KeyView {
            version,
            committed,
            is_missing: self.cell.at_store(key).entry.is_none(),
            copies: copies.collect(),
        }
    }

    pub(super) fn sought(&mut self, number: u64) -> Option<Sought> {
        let census = self.cell.observed();
        let seen = census.reads_from(number).next();
        let seen = *seen.filter(|seen| seen.number == number)?;
        let wanted = Wanted {
            key: census.id(seen.read.key),
            class: seen.read.class,
            start: seen.read.start,
            answer: None,
            breach: None,
        };
        // Nothing is lost by it: what cannot be written is told at the end.
        let _ = self.record.flush();
        let length = self.cell.now() - Time(0) + Duration(1);
        Some(Sought {
            scenario: (self.text_so_far)(length, self.record.needs()),
            wanted,
        })
    }
}
