//! Keys that appear while a run goes on: those that a replay or a script names and the scenario does not.

use crate::observe::findings::Findings;
use crate::scenario::keyspace::{KeyId, Keyspace};
use std::collections::BTreeMap;

/// What is to be known of such keys; of the first run.
#[derive(Debug, Default)]
pub struct NewKeys {
    /// Names of those in the sample of writes and the record of reads.
    pub names: BTreeMap<KeyId, String>,
    /// The bytes that all of them hold: of a replay's, what the first record says; of a script's, what is there at the
    /// end of the run.
    pub stored_bytes: f64,
}

impl NewKeys {
    /// Those of a run that found this, each named by `name`.
    pub(super) fn of(
        findings: &Findings,
        keyspace: &Keyspace,
        name: impl Fn(KeyId) -> String,
        stored_bytes: f64,
    ) -> Self {
        let of_writes = findings.writes.sorted().into_iter().map(|write| write.key);
        let of_reads = findings.reads.iter().flatten().map(|read| read.key);
        let is_new = |key: &KeyId| key.0 >= keyspace.len();
        // Clients that arrive have keys that are not numbered beforehand either, and know their names.
        let mut names = BTreeMap::new();
        for key in of_writes.chain(of_reads).filter(is_new) {
            names.entry(key).or_insert_with(|| name(key));
        }
        NewKeys {
            names,
            stored_bytes,
        }
    }
}
