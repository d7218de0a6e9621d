//! Recorded operations as the simulation is given them: one after the other, in the order of their times.
//!
//! Where they come from is nobody's business here; a [`Recording`] hands them out when they are asked for, so
//! that no recording is ever held whole.

use crate::scenario::keyspace::KeyId;
use crate::scenario::{PopIndex, WorkloadIndex};
use crate::units::{Duration, Size, Time};

/// A recorded operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// When it starts; not before the operation before it.
    pub time: Time,
    /// Where.
    pub pop: PopIndex,
    /// Whose: that of its replay, behind the scenario's workloads.
    pub workload: WorkloadIndex,
    /// What.
    pub action: Action,
}

/// What a recorded operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Read a key.
    Get {
        /// Which.
        key: KeyId,
        /// With this `cache-ttl`; not above the longest of the PoP's reads.
        cache_ttl: Duration,
    },
    /// Write a key.
    Put {
        /// Which.
        key: KeyId,
        /// Size of the value; `None` where nobody says.
        size: Option<Size>,
        /// Expires so long after its commit.
        expiration_ttl: Option<Duration>,
    },
    /// Delete a key.
    Delete {
        /// Which.
        key: KeyId,
    },
    /// List keys.
    List {
        /// How many pages they take.
        pages: u32,
    },
}

/// What is known of a key that the scenario itself does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedKey {
    /// The part of stream names that stands for it.
    pub name: u64,
    /// Size of its value before anything is written.
    pub size: Size,
}

/// Some operations that follow each other, and the keys among theirs that come up for the first time.
#[derive(Debug, Default)]
pub struct Batch {
    /// In the order of their times.
    pub operations: Vec<Replayed>,
    /// Keys that the scenario does not name, with numbers that follow on those so far: behind the scenario's keys.
    pub new_keys: Vec<RecordedKey>,
}

/// Something that hands out recorded operations.
pub trait Recording {
    /// Puts the next operations into an empty batch, and none at the end. An operation behind the measured time
    /// is the last of its batch, so that nothing is read that nobody may want.
    ///
    /// # Errors
    ///
    /// The recording cannot be read on. Who made it knows why.
    fn fill(&mut self, batch: &mut Batch) -> Result<(), Broken>;
}

/// A recording cannot be read on, and what was simulated is to be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;
