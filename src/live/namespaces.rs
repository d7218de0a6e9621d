//! The namespaces of a live session: their titles and identifiers.

use crate::hash::{STEP, mix, of_text};
use crate::scenario::NamespaceIndex;

/// A namespace as clients see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// What the session calls it.
    pub index: NamespaceIndex,
    /// 32 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub title: String,
}

/// Most at once: what an account of the platform has (developers.cloudflare.com/kv/platform/limits).
pub const NAMESPACES_MAX: usize = 1_000;

/// All namespaces.
#[derive(Debug, Default)]
pub struct Namespaces {
    /// In the order in which they were created.
    all: Vec<Namespace>,
    /// How many there ever were.
    count: usize,
}

impl Namespaces {
    /// Adds one; nobody has had its title.
    pub fn add(&mut self, title: &str) -> NamespaceIndex {
        let index = self.count;
        self.count += 1;
        self.all.push(Namespace {
            index,
            id: id(title, index),
            title: title.to_owned(),
        });
        index
    }

    /// Whether there is room for another.
    pub fn has_room(&self) -> bool {
        self.all.len() < NAMESPACES_MAX
    }

    /// All of them.
    pub fn all(&self) -> &[Namespace] {
        &self.all
    }

    /// Whether one is there still.
    pub fn has(&self, index: NamespaceIndex) -> bool {
        self.all.iter().any(|namespace| namespace.index == index)
    }

    /// The one with this title.
    pub fn titled(&self, title: &str) -> Option<NamespaceIndex> {
        let found = self.all.iter().find(|namespace| namespace.title == title);
        found.map(|namespace| namespace.index)
    }

    /// The one with this identifier.
    pub fn with_id(&self, id: &str) -> Option<&Namespace> {
        self.all.iter().find(|namespace| namespace.id == id)
    }

    /// Gives one another title.
    pub fn rename(&mut self, index: NamespaceIndex, title: &str) {
        let found = self.all.iter_mut().find(|known| known.index == index);
        if let Some(namespace) = found {
            namespace.title = title.to_owned();
        }
    }

    /// Removes one.
    pub fn remove(&mut self, index: NamespaceIndex) {
        self.all.retain(|namespace| namespace.index != index);
    }
}

/// The same in every session in which namespaces are created alike.
fn id(title: &str, index: NamespaceIndex) -> String {
    let high = mix(of_text(title.as_bytes()));
    let low = mix(high ^ STEP.wrapping_mul(index as u64 + 1));
    format!("{high:016x}{low:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_that_was_free_again_has_another_identifier() {
        let mut namespaces = Namespaces::default();
        let first = namespaces.add("flags");
        let id = namespaces.all()[0].id.clone();
        assert_eq!(id.len(), 32);
        namespaces.remove(first);
        assert_eq!(namespaces.titled("flags"), None);
        namespaces.add("flags");
        assert_ne!(namespaces.all()[0].id, id);
    }
}
