//! Guarantees of sessions that were broken, one by one: kept beside a record of reads, so that one of them can be told.

use crate::scenario::keyspace::KeyId;
use crate::sim::observation::{ClassIndex, ClientRead, Write};
use crate::units::Time;

/// What a session may count on where nothing is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guarantee {
    /// No read returns a version older than the session's own last acknowledged write of the key.
    ReadYourWrites,
    /// No read returns a version older than the session's own last read of the key.
    MonotonicReads,
    /// No write overwrites a version that its author had not seen when it read what the write was derived from.
    LostUpdate,
}

/// Every one of them, in the order in which they are looked for.
pub const GUARANTEES: [Guarantee; 3] = [
    Guarantee::ReadYourWrites,
    Guarantee::MonotonicReads,
    Guarantee::LostUpdate,
];

impl Guarantee {
    /// Its name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Guarantee::ReadYourWrites => "read-your-writes",
            Guarantee::MonotonicReads => "monotonic-reads",
            Guarantee::LostUpdate => "lost-update",
        }
    }
}

/// A measured operation of a session that broke a guarantee: a read or, of a lost update, a write, which is known by
/// the read that it was derived from. Ordered by guarantee, then by the read's start and all the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// What was broken.
    pub guarantee: Guarantee,
    /// When the read started; of a lost update that may have been before the measured time.
    pub start: Time,
    /// Who read, and where.
    pub class: ClassIndex,
    /// Which key.
    pub key: KeyId,
    /// The version that the read returned.
    pub version: u32,
    /// Of a lost update: the version that was written.
    pub overwriting: Option<u32>,
}

/// What a breach is one of: the earlier operation of the session, or the write that nobody will see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The session had written this, and was told that it was accepted.
    OwnWrite(Write),
    /// The session had read this.
    EarlierRead(ClientRead),
    /// The session wrote what it had derived from the read, over a version that it had not seen then.
    Overwrote {
        /// The session's write.
        write: Write,
        /// The first write that it had not seen.
        missed: Write,
    },
}
