//! What a cell simulates, and how it goes from start to end.

use super::session::session_of_client;
use super::slots::{Layout, Touched};
use super::{Cell, ClientsAt, SourceKind};
use crate::scenario::ClientIndex;
use crate::scenario::keyspace::KeyId;
use crate::sim::observation::Observer;
use crate::sim::store::NEVER;
use std::collections::BTreeSet;

/// What a cell simulates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellSpec {
    /// Keys in open traffic, one after the other or PoP by PoP: nothing ties them together.
    Keys(Vec<KeyId>),
    /// Keys one after the other, with the clients of a kind that come to each of them alone.
    KeysOfClient(Vec<KeyId>, ClientIndex),
    /// What a script or clients tie together.
    Tied(Tied),
    /// The open lists, which touch no key.
    Lists,
}

/// Keys that are tied together, and by what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tied {
    /// With their open traffic; keys that clients alone touch need not be among them.
    pub keys: Vec<KeyId>,
    /// The whole script.
    pub has_script: bool,
    /// All of these.
    pub clients: Vec<ClientsAt>,
    /// All Workers, with the requests that come to them of themselves.
    pub has_workers: bool,
}

impl<O: Observer> Cell<'_, O> {
    /// Simulates what `spec` says from start to end; what was simulated before is forgotten.
    pub fn simulate(&mut self, spec: &CellSpec) {
        match spec {
            CellSpec::Keys(ids) if self.world.tier_caches.is_empty() => {
                self.simulate_pop_by_pop(ids)
            }
            CellSpec::Keys(ids) => self.simulate_key_by_key(ids, None),
            CellSpec::KeysOfClient(ids, client) => self.simulate_key_by_key(ids, Some(*client)),
            CellSpec::Tied(tied) => self.simulate_tied(tied),
            CellSpec::Lists => {
                self.begin(Layout::AllKeys);
                self.add_lists();
                self.run();
                self.observer.cell_is_over();
            }
        }
    }

    /// Simulates what is tied together on one queue.
    fn simulate_tied(&mut self, tied: &Tied) {
        self.begin(Layout::AllKeys);
        if !tied.clients.is_empty() || tied.has_workers {
            // Their keys may be many, and each is seldom touched at all PoPs.
            self.touched = Touched::among(self.world.caches.len());
        }
        if tied.has_workers {
            self.begin_workers();
        }
        tied.keys.iter().for_each(|id| self.add_open_traffic(*id));
        if tied.has_script {
            self.schedule_script();
        }
        for clients in &tied.clients {
            self.add_clients(*clients);
        }
        if tied.has_workers {
            self.add_requests();
        }
        self.run();
        self.observer.cell_is_over();
    }

    /// Simulates keys in open traffic one after the other, with all PoPs on one queue, and perhaps with the clients
    /// that come to them.
    pub fn simulate_key_by_key(&mut self, ids: &[KeyId], client: Option<ClientIndex>) {
        self.begin(Layout::OneKey);
        self.plan_passes(ids.len());
        for id in ids {
            self.rewind();
            self.add_open_traffic(*id);
            if let Some(client) = client {
                self.add_clients_of_key(client, *id);
            }
            self.run();
            self.end_pass();
        }
        self.observer.cell_is_over();
    }

    /// Lets everything happen that is scheduled and follows from it.
    pub(super) fn run(&mut self) {
        while let Some(next) = self.agenda.queue.next_time()
            && !self.is_over(next)
        {
            self.step();
            if self.workers.is_refused() {
                return;
            }
        }
        self.finish();
    }

    /// Tells the observer what is left to tell when everything has happened.
    pub(super) fn finish(&mut self) {
        self.assert_all_answered();
        for (client, _) in &self.sessions {
            self.observer
                .client_is_over(session_of_client(client as u32));
        }
        self.requests_are_over();
        self.tell_last_reads(NEVER);
        self.close_spans();
        self.observer.spans_are_complete();
        let simulated = self
            .agenda
            .sources
            .iter()
            .filter_map(|source| match source.kind {
                SourceKind::Read { key, .. } => Some((key, source.pop)),
                _ => None,
            });
        let read_at: BTreeSet<_> = simulated.chain(self.counted_places()).collect();
        for (key, pop) in read_at {
            self.observer.readers_go_on(key, pop);
        }
    }

    /// Asserts that the run did not stop before all that is measured had ended.
    pub(super) fn assert_all_answered(&self) {
        assert_eq!(self.outstanding, 0, "every measured operation is answered");
    }
}
