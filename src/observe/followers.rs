//! Several reads followed at once: one simulation for all of them.

use super::follow::{Follow, Seen, Wanted};
use crate::scenario::PopIndex;
use crate::scenario::keyspace::KeyId;
use crate::sim::cache::CacheCopy;
use crate::sim::observation::{
    CacheIndex, CacheStatus, CellKey, ClassIndex, ClientRead, Fetched, Hits, List, Observer, Read,
    SessionIndex, Span, Write,
};
use crate::sim::world::World;
use crate::units::Time;

/// Everybody who looks for a read.
pub struct Followers<'w>(Vec<Follow<'w>>);

impl<'w> Followers<'w> {
    /// One for each read.
    pub fn new(world: &'w World<'w>, wanted: &[Wanted]) -> Self {
        let follow = |wanted: &Wanted| Follow::new(world, *wanted);
        Followers(wanted.iter().map(follow).collect())
    }

    /// The keys that appeared of those that are looked for.
    pub fn appeared(&self) -> Vec<KeyId> {
        self.0.iter().filter_map(Follow::appeared).collect()
    }

    /// What was seen, read by read.
    pub fn into_seen(self) -> impl Iterator<Item = Seen> {
        self.0.into_iter().map(Follow::into_seen)
    }

    fn each(&mut self, tell: impl FnMut(&mut Follow<'w>)) {
        self.0.iter_mut().for_each(tell);
    }
}

impl Observer for Followers<'_> {
    fn key_appears(&mut self, key: CellKey, id: KeyId) {
        self.each(|follow| follow.key_appears(key, id));
    }

    fn read(&mut self, read: &Read) {
        self.each(|follow| follow.read(read));
    }

    fn used(&mut self, copy: &CacheCopy, until: Time) {
        self.each(|follow| follow.used(copy, until));
    }

    fn fetched(&mut self, fetched: &Fetched) {
        self.each(|follow| follow.fetched(fetched));
    }

    fn write(&mut self, write: &Write) {
        self.each(|follow| follow.write(write));
    }

    fn client_read(&mut self, read: &ClientRead) {
        self.each(|follow| follow.client_read(read));
    }

    fn client_acknowledged(&mut self, by: SessionIndex, key: CellKey, version: u32, time: Time) {
        self.each(|follow| follow.client_acknowledged(by, key, version, time));
    }

    fn client_is_over(&mut self, session: SessionIndex) {
        self.each(|follow| follow.client_is_over(session));
    }

    fn cell_is_over(&mut self) {
        self.each(|follow| follow.cell_is_over());
    }

    fn hits(&mut self, _: &Hits) {
        unreachable!("no hits are counted in a world in which reads are followed");
    }

    fn refresh(&mut self, _: ClassIndex, _: Time) {}

    fn store_read(&mut self, _: ClassIndex, _: Time) {}

    fn tier_request(&mut self, _: CacheIndex, _: Time, _: CacheStatus) {}

    fn list(&mut self, _: &List) {}

    fn span(&mut self, _: &Span) {}

    fn spans_are_complete(&mut self) {}

    fn readers_go_on(&mut self, _: CellKey, _: PopIndex) {}
}
