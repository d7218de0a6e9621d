//! Which versions of a key each PoP has served, as far as it matters for those that it skips.

use crate::scenario::PopIndex;

/// What a PoP has served of a key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Served {
    /// The newest version.
    pub newest: u32,
    /// The newest measured version that was skipped; 0 if none.
    pub newest_skipped: u32,
}

/// What each PoP has served of a key: nothing but version 0, to begin with.
///
/// Where PoPs are simulated one after the other, there is never more than one to remember. It has a place of
/// its own, so that a block of keys stays in the CPU's cache.
#[derive(Debug, Default)]
pub struct ServedVersions {
    first: Option<(PopIndex, Served)>,
    others: Vec<Served>,
}

impl ServedVersions {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.first = None;
        self.others.clear();
    }

    /// Forgets a PoP.
    pub fn forget(&mut self, pop: PopIndex) {
        if self.first.is_some_and(|(first, _)| first == pop) {
            self.first = None;
        } else if let Some(served) = self.others.get_mut(pop) {
            *served = Served::default();
        }
    }

    /// What a PoP has served.
    #[inline]
    pub fn at(&self, pop: PopIndex) -> Served {
        match self.first {
            Some((first, served)) if first == pop => served,
            _ => self.others.get(pop).copied().unwrap_or_default(),
        }
    }

    /// What a PoP has served, to be changed.
    #[inline]
    pub fn at_mut(&mut self, pop: PopIndex) -> &mut Served {
        if self.first.is_none() && self.others.get(pop).is_none() {
            self.first = Some((pop, Served::default()));
        }
        match &mut self.first {
            Some((first, served)) if *first == pop => served,
            _ => {
                if self.others.len() <= pop {
                    self.others.resize(pop + 1, Served::default());
                }
                &mut self.others[pop]
            }
        }
    }
}
