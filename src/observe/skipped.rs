//! Skipped versions: those that a PoP with readers never served.

use super::measure::Measure;
use super::served::Served;
use crate::scenario::PopIndex;
use crate::sim::observation::{CellKey, Read};

impl Measure<'_> {
    /// Counts versions that this PoP had not served when a read now serves a newer one.
    #[inline]
    pub(super) fn count_skipped(&mut self, read: &Read) {
        let pop = usize::from(read.class.pop);
        let newest = self.keys[read.key.0 as usize].served.at(pop).newest;
        if read.version > newest {
            self.skip_between(read.key, pop, newest, read.version);
        }
    }

    /// Counts the measured versions between two that a PoP serves one after the other.
    fn skip_between(&mut self, key: CellKey, pop: PopIndex, first: u32, last: u32) {
        let history = &mut self.keys[key.0 as usize];
        history.served.at_mut(pop).newest = last;
        let mut version = first;
        let skipped = history.truth.between(first, last);
        for versions in skipped.chunk_by(|a, b| a.measured == b.measured) {
            version += versions.len() as u32;
            if let Some(workload) = versions[0].measured {
                history.served.at_mut(pop).newest_skipped = version;
                let class = usize::from(workload) * self.findings.pops + pop;
                let class = self.findings.classes[class].get_or_insert_default();
                class.tally.skipped_versions += versions.len() as u64;
            }
        }
    }

    /// Measured versions before the last one that were not served by now never will be. Whether the last one
    /// is would depend on what is written after the measured time, so it does not count.
    pub(super) fn count_never_served(&mut self, key: CellKey, pop: PopIndex) {
        let history = &mut self.keys[key.0 as usize];
        let Served {
            newest,
            newest_skipped,
        } = history.served.at(pop);
        history.served.forget(pop);
        let Some(last) = history.convergence.last() else {
            return;
        };
        let (version, workload) = (last.version, last.workload);
        if newest < version {
            self.skip_between(key, pop, newest, version);
            self.keys[key.0 as usize].served.forget(pop);
        } else if newest_skipped == version {
            let class = usize::from(workload) * self.findings.pops + pop;
            let class = self.findings.classes[class].get_or_insert_default();
            class.tally.skipped_versions -= 1;
        }
    }
}
