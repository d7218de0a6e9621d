//! What there is to be seen of a session at an instant, and what a story needs.

use super::Engine;
use crate::live::session::{KeyName, KeyView, Look, Sought, View};
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
        let most = look.most.unwrap_or(usize::MAX);
        let reads = census.last_reads(look.reads_from, most);
        let writes = census.last_writes(look.writes_from, most);
        let name = |key| self.key_name(key);
        View {
            time: self.cell.now().max(self.pace().time(Instant::now())),
            pops: census.pops.clone(),
            key,
            reads: reads
                .into_iter()
                .map(|seen| (seen, name(seen.read.key)))
                .collect(),
            writes: writes
                .into_iter()
                .map(|seen| (seen, name(seen.write.key)))
                .collect(),
            read_count: census.read_count(),
            write_count: census.write_count(),
            lag: self.lag.lag,
            open_operations: self.batches.iter().map(|(_, batch)| batch.open).sum(),
            keys: self.keys as usize,
        }
    }

    fn key_name(&self, key: CellKey) -> KeyName {
        let (namespace, name) = self.cell.place_of(self.cell.observed().id(key));
        KeyName { namespace, name }
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
        let seen = *census.read_numbered(number)?;
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
