//! Writes as they are measured: counted when they arrive, recorded when it is known how soon they were visible.

use super::findings::{WriteOutcome, WriteRecord, WriteSample};
use super::measure::Measure;
use super::oracle::Version;
use crate::scenario::keyspace::KeyId;
use crate::sim::observation::Write;
use crate::sim::random::Seed;
use crate::units::{Duration, Time};

/// An accepted write that is measured.
#[derive(Debug)]
pub(super) struct AcceptedWrite {
    pub(super) write: Write,
    pub(super) lost_concurrent: bool,
}

/// The PoP where a write was visible last, if it was visible everywhere at once.
const NOWHERE: u16 = u16::MAX;

/// How soon such a write is visible.
#[derive(Debug)]
pub(super) struct Convergence {
    pub(super) version: u32,
    pub(super) workload: u16,
    /// [`NOWHERE`] if there is none.
    pub(super) slowest_pop: u16,
    pub(super) committed: Time,
    /// The longest visibility so far.
    pub(super) time: Duration,
}

impl Measure<'_> {
    /// Counts a write, and remembers it until it is known what becomes of it.
    pub(super) fn measure_write(&mut self, write: &Write) {
        let is_measured = self.world.measures(write.start);
        if is_measured {
            self.count_write(write);
        }
        if let Some(session) = write.session {
            self.measure_client_write(write, session);
        }
        if let Some(version) = write.version {
            self.measure_base(write, version);
        }
        let history = &mut self.keys[write.key.0 as usize];
        let Some(version) = write.version else {
            if is_measured {
                let id = history.id;
                keep_write(
                    &mut self.findings.writes,
                    self.write_sample,
                    id,
                    write,
                    WriteOutcome::Rejected,
                );
            }
            return;
        };
        self.follow_if_first(write.key, write.class);
        if self.followed == Some(write.key) {
            let lanes = &mut self.findings.lanes;
            lanes.commit(version, write.arrival, write.is_delete);
        }
        let history = &mut self.keys[write.key.0 as usize];
        let measured = is_measured.then_some(write.class.workload);
        self.is_written[write.key.0 as usize] = true;
        history.truth.commit(
            version,
            Version {
                committed: write.arrival,
                measured,
            },
        );
        let replaced = history
            .last_accepted
            .replace((write.answered, is_measured.then_some(history.writes.len())));
        if let Some((answered, Some(index))) = replaced
            && write.start < answered
        {
            let lost = &mut history.writes[index];
            lost.lost_concurrent = true;
            let class = lost.write.class;
            self.class_mut(class).tally.lost_concurrent_writes += 1;
        }
        if is_measured {
            let history = &mut self.keys[write.key.0 as usize];
            history.writes.push(AcceptedWrite {
                write: *write,
                lost_concurrent: false,
            });
            history.convergence.push(Convergence {
                version,
                workload: write.class.workload,
                slowest_pop: NOWHERE,
                committed: write.arrival,
                time: Duration::ZERO,
            });
            let latency = write.answered - write.start;
            self.class_mut(write.class)
                .write_latency
                .record_time(latency);
        }
    }

    /// Counts a measured write, accepted or not.
    fn count_write(&mut self, write: &Write) {
        let is_refused = u64::from(write.version.is_none());
        let is_refused_delete = is_refused * u64::from(write.is_delete);
        let class = self.class_mut(write.class);
        class.tally.writes += u64::from(!write.is_delete);
        class.tally.deletes += u64::from(write.is_delete);
        class.tally.rejected_writes += is_refused;
        class.tally.rejected_deletes += is_refused_delete;
        let interval = self.interval(write.start);
        let timeline = &mut self.timeline;
        timeline.writes[interval] += u64::from(!write.is_delete);
        timeline.deletes[interval] += u64::from(write.is_delete);
        timeline.rejected_writes[interval] += is_refused;
        timeline.rejected_deletes[interval] += is_refused_delete;
    }

    /// Records what has become of the writes of a cell that is over.
    pub(super) fn finish_writes(&mut self) {
        for history in &mut self.keys[..self.keys_in_cell] {
            for (accepted, convergence) in
                history.writes.drain(..).zip(history.convergence.drain(..))
            {
                self.findings.convergence.record_time(convergence.time);
                let outcome = WriteOutcome::Accepted {
                    version: convergence.version,
                    convergence: convergence.time,
                    slowest_pop: (convergence.slowest_pop != NOWHERE)
                        .then_some(usize::from(convergence.slowest_pop)),
                    lost_concurrent: accepted.lost_concurrent,
                };
                let sample = &mut self.findings.writes;
                keep_write(
                    sample,
                    self.write_sample,
                    history.id,
                    &accepted.write,
                    outcome,
                );
            }
        }
    }
}

fn keep_write(
    sample: &mut WriteSample,
    run: Seed,
    key: KeyId,
    write: &Write,
    outcome: WriteOutcome,
) {
    let (workload, pop) = (write.class.workload as usize, write.class.pop as usize);
    let name = run
        .child(u64::from(key.0))
        .child(workload as u64)
        .child(pop as u64);
    let priority = name
        .child(write.start.0 as u64)
        .child(write.arrival.0 as u64)
        .draw();
    let Write {
        start,
        arrival,
        answered,
        is_delete,
        size,
        ..
    } = *write;
    let record = WriteRecord {
        start,
        arrival,
        answered,
        key,
        workload,
        pop,
        is_delete,
        size,
        outcome,
    };
    sample.offer(priority, record);
}
