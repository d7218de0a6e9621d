//! Which keys a cell has, under which names, and what their versions hold.

use super::place::Place;
use super::{Cell, Key};
use crate::scenario::NamespaceIndex;
use crate::scenario::keyspace::KeyId;
use crate::sim::observation::{CacheIndex, CellKey, Observer};
use crate::sim::random;
use crate::sim::store::Register;
use crate::sim::value::{Datum, Entry, Values};
use crate::units::Size;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;

/// The namespace of workloads, clients and the script.
pub(super) const MAIN: NamespaceIndex = 0;

/// Keys by their names, where programs ask for them.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// What keys of the namespaces are called by, in front of a slash: no two alike, whatever their titles are.
    labels: Vec<String>,
    /// By namespace.
    keys: Vec<BTreeMap<String, CellKey>>,
    /// Of keys that the scenario does not number, in the order in which they appeared.
    new: Vec<(NamespaceIndex, String)>,
    /// Whether all keys that the scenario numbers have appeared.
    is_complete: bool,
}

impl Names {
    /// Of namespaces in which nothing has been touched.
    pub(super) fn of(namespaces: &[String]) -> Self {
        Names {
            labels: namespaces.to_vec(),
            keys: vec![BTreeMap::new(); namespaces.len()],
            new: Vec::new(),
            is_complete: false,
        }
    }

    /// Adds a namespace in which nothing has been touched.
    pub(super) fn add_namespace(&mut self, title: &str) -> NamespaceIndex {
        let plain = title.replace('%', "%25").replace('/', "%2F");
        let mut label = plain.clone();
        let mut number = 2;
        while self.labels.contains(&label) || self.begins_a_name(&label) {
            label = format!("{plain}#{number}");
            number += 1;
        }
        self.labels.push(label);
        self.keys.push(BTreeMap::new());
        self.keys.len() - 1
    }

    /// Whether a key of the scenario's own namespace is called as if it were one of a namespace with this label.
    fn begins_a_name(&self, label: &str) -> bool {
        let beginning = format!("{label}/");
        let names = &self.keys[MAIN];
        let from = (Bound::Included(beginning.as_str()), Bound::Unbounded);
        let next = names.range::<str, _>(from).next();
        next.is_some_and(|(name, _)| name.starts_with(&beginning))
    }

    /// Forgets the names of a namespace's keys: who asks for one again gets another. Gives the keys.
    pub(super) fn clear_namespace(&mut self, namespace: NamespaceIndex) -> Vec<CellKey> {
        let keys = std::mem::take(&mut self.keys[namespace]);
        keys.into_values().collect()
    }

    /// A key of the scenario's own namespace has appeared.
    pub(super) fn insert(&mut self, name: String, key: CellKey) {
        if let Some(names) = self.keys.get_mut(MAIN) {
            names.insert(name, key);
        }
    }

    /// A key's name among those of all namespaces.
    fn full_name(&self, namespace: NamespaceIndex, name: &str) -> String {
        let label = &self.labels[namespace];
        let looks_like_anothers = || {
            let beginning = name.split_once('/').map(|(beginning, _)| beginning);
            beginning.is_some_and(|beginning| self.labels.iter().any(|label| label == beginning))
        };
        match namespace {
            MAIN if !looks_like_anothers() => name.to_owned(),
            _ => format!("{label}/{name}"),
        }
    }

    /// The keys of a namespace by name.
    pub(super) fn in_namespace(&self, namespace: NamespaceIndex) -> &BTreeMap<String, CellKey> {
        &self.keys[namespace]
    }
}

impl<O: Observer> Cell<'_, O> {
    /// The key's number in this cell; it appears if it has not been touched before.
    pub(super) fn key(&mut self, id: KeyId) -> CellKey {
        if let Some(key) = self.by_id.get(&id) {
            return *key;
        }
        let world = self.world;
        let size = Size(world.keyspace.size_of(world.scenario, id).round() as u64);
        let name = world.keyspace.name(id);
        let shares = (0..world.scenario.workloads.len()).map(|w| (w, world.keyspace.share(w, id)));
        let first_share = self.shares.len();
        self.shares.extend(shares.filter(|(_, share)| *share > 0.0));
        let initial = world.stored[MAIN].get(&name);
        let size = world.scenario.store.initially_present.then_some(size);
        let size = initial.map(stored_size).or(size);
        let key = self.key_appears(id, random::name(&name), size, first_share);
        self.set_initial(key, initial);
        self.workers.names.insert(name, key);
        self.by_id.insert(id, key);
        key
    }

    /// The key of a name, as programs give it; it appears if it has not been touched before.
    pub(super) fn key_by_name(&mut self, namespace: NamespaceIndex, name: &str) -> CellKey {
        if let Some(key) = self.workers.names.keys[namespace].get(name) {
            return *key;
        }
        let world = self.world;
        if namespace == MAIN
            && let Some(id) = world.keyspace.find(name)
        {
            return self.key(id);
        }
        let names = &mut self.workers.names;
        let id = KeyId(world.keyspace.len() + names.new.len() as u32);
        names.new.push((namespace, name.to_owned()));
        // The same name in another namespace is another key.
        let stream_name = random::name(&names.full_name(namespace, name));
        let stored = world.stored.get(namespace);
        let initial = stored.and_then(|stored| stored.get(name));
        let no_shares = self.shares.len();
        let key = self.key_appears(id, stream_name, initial.map(stored_size), no_shares);
        self.set_initial(key, initial);
        self.workers.names.keys[namespace].insert(name.to_owned(), key);
        key
    }

    /// The name of a key that the scenario does not number, with its namespace where that is not the scenario's own.
    pub fn new_name(&self, key: KeyId) -> Option<String> {
        let (namespace, name) = self.new_place(key)?;
        Some(self.workers.names.full_name(namespace, name))
    }

    /// The namespace of a key, and what it is called there.
    pub fn place_of(&self, key: KeyId) -> (NamespaceIndex, String) {
        match self.new_place(key) {
            Some((namespace, name)) => (namespace, name.to_owned()),
            None => (MAIN, self.world.keyspace.name(key)),
        }
    }

    fn new_place(&self, KeyId(id): KeyId) -> Option<(NamespaceIndex, &str)> {
        let number = id.checked_sub(self.world.keyspace.len())?;
        let (namespace, name) = self.workers.names.new.get(number as usize)?;
        Some((*namespace, name))
    }

    /// The bytes of the values that keys hold at the end of the measured time, of those that the scenario does not
    /// number.
    pub fn new_bytes(&self) -> f64 {
        let Names { keys, new, .. } = &self.workers.names;
        let end = self.world.end;
        let bytes = new.iter().map(|(namespace, name)| {
            let Some(key) = keys[*namespace].get(name) else {
                return 0;
            };
            let answer = self.keys[key.0 as usize].register.at(end).answer(end);
            if answer.is_missing { 0 } else { answer.size.0 }
        });
        bytes.sum::<u64>() as f64
    }

    /// A key is touched for the first time; its shares are those from `first_share` on. `size` is that of its value,
    /// if it has one from the start.
    pub(super) fn key_appears(
        &mut self,
        id: KeyId,
        name: u64,
        size: Option<Size>,
        first_share: usize,
    ) -> CellKey {
        let world = self.world;
        let key = CellKey(self.keys.len() as u32);
        self.keys.push(Key {
            name,
            register: Register::new(size),
            shares: first_share..self.shares.len(),
            measured_version: 0,
            unsettled_until: world.start,
            answered_until: world.start,
            values: Values::default(),
        });
        self.add_slots();
        self.observer.key_appears(key, id);
        key
    }

    fn set_initial(&mut self, key: CellKey, initial: Option<&Entry>) {
        if let Some(entry) = initial {
            self.set_value(key, 0, Datum::Entry(Rc::new(entry.clone())));
        }
    }

    /// The next version of a key, or the first, holds this.
    pub(super) fn set_value(&mut self, key: CellKey, version: u32, datum: Datum) {
        let values = &mut self.keys[key.0 as usize].values;
        let before = values.bytes();
        values.set(version, datum);
        self.value_bytes += values.bytes() - before;
    }

    /// Lets all keys appear that the store holds from the start in the namespaces that programs ask.
    pub(super) fn let_stored_keys_appear(&mut self) {
        let world = self.world;
        for (namespace, stored) in world.stored.iter().enumerate() {
            for name in stored.keys() {
                self.key_by_name(namespace, name);
            }
        }
    }

    /// Lets all keys appear that the scenario numbers, where they exist from the start: a list shows them although
    /// nobody has touched them.
    pub(super) fn let_numbered_keys_appear(&mut self) {
        let world = self.world;
        if !world.scenario.store.initially_present || self.workers.names.is_complete {
            return;
        }
        self.workers.names.is_complete = true;
        for id in 0..world.keyspace.len() {
            self.key(KeyId(id));
        }
    }

    /// Forgets what versions of a key held that no cache can serve any more, nor anything under way brings.
    pub(super) fn forget_old_values(&mut self, key: CellKey) {
        let (world, now) = (self.world, self.now);
        let caches = (0..world.caches.len() as u32).map(CacheIndex);
        let copies = caches.filter_map(|cache| {
            let copy = self.slot_if_touched(key, cache)?.copy?;
            let place = Place { world, key, cache };
            (place.served_until(&copy) > now).then_some(copy.version)
        });
        let fetches = self.fetches.iter().map(|(_, fetch)| fetch);
        let answers = fetches
            .filter(|fetch| fetch.key() == key)
            .filter_map(|fetch| Some(fetch.answer()?.0.version));
        let writes = self.unanswered_versions();
        let written = writes
            .filter(|(of, _)| *of == key)
            .map(|(_, version)| version);
        let latest = self.keys[key.0 as usize].register.latest();
        // What has expired at the store is not given to anybody who asks.
        let latest = latest.version + u32::from(latest.expires_at <= now);
        let oldest = copies.chain(answers).chain(written).min();
        let oldest = oldest.map_or(latest, |oldest| oldest.min(latest));
        let values = &mut self.keys[key.0 as usize].values;
        let before = values.bytes();
        values.forget_before(oldest);
        self.value_bytes -= before - values.bytes();
    }
}

fn stored_size(entry: &Entry) -> Size {
    Size(entry.value.len() as u64)
}
