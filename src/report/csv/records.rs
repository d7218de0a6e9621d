//! `writes.csv` and `reads.csv`: a row per operation of the first run. Their first four columns are those of a
//! replay file.

use super::{Table, milliseconds, seconds};
use crate::experiment::Results;
use crate::observe::findings::{CacheStatus, ReadRecord, WriteOutcome, WriteRecord};
use crate::scenario::WorkloadIndex;

/// `writes.csv`: a row per write; a uniform sample where there were too many. The last column says of how many,
/// in every row, so that no row needs a comment beside it.
pub fn writes(results: &Results) -> Vec<u8> {
    let mut table = Table::new([
        "time_s",
        "pop",
        "op",
        "key",
        "workload",
        "outcome",
        "latency_ms",
        "committed_s",
        "version",
        "size_bytes",
        "convergence_s",
        "slowest_pop",
        "lost_concurrent",
        "sampled_of",
    ]);
    let sample = &results.pooled.writes;
    for write in sample.sorted() {
        table.row(write_row(results, write, sample.total));
    }
    table.finish()
}

fn write_row(results: &Results, write: &WriteRecord, sampled_of: u64) -> [String; 14] {
    let pop_code = |pop: usize| results.scenario.pops[pop].code.clone();
    let op = if write.is_delete { "delete" } else { "put" };
    let outcome = match write.outcome {
        WriteOutcome::Rejected => "rejected",
        WriteOutcome::Accepted { .. } => "accepted",
    };
    let [
        committed,
        version,
        convergence,
        slowest_pop,
        lost_concurrent,
    ] = match write.outcome {
        WriteOutcome::Rejected => Default::default(),
        WriteOutcome::Accepted {
            version,
            convergence,
            slowest_pop,
            lost_concurrent,
        } => [
            seconds(write.arrival.0),
            version.to_string(),
            seconds(convergence.0),
            slowest_pop.map_or(String::new(), pop_code),
            lost_concurrent.to_string(),
        ],
    };
    [
        seconds(write.start.0),
        pop_code(write.pop),
        op.to_owned(),
        results.key_name(write.key).into_owned(),
        workload_name(results, write.workload),
        outcome.to_owned(),
        milliseconds((write.answered - write.start).0),
        committed,
        version,
        write.size.0.to_string(),
        convergence,
        slowest_pop,
        lost_concurrent,
        sampled_of.to_string(),
    ]
}

/// `reads.csv`: a row per read, by time; `None` without a record of reads.
pub fn reads(results: &Results) -> Option<Vec<u8>> {
    let mut table = Table::new([
        "time_s",
        "pop",
        "op",
        "key",
        "workload",
        "status",
        "version",
        "staleness_s",
        "version_lag",
        "latency_ms",
    ]);
    let mut reads: Vec<&ReadRecord> = results.pooled.reads.as_ref()?.iter().collect();
    // Cells and threads finish in any order: everything that differs takes part in the order.
    reads.sort_unstable();
    for read in reads {
        table.row(read_row(results, read));
    }
    Some(table.finish())
}

fn read_row(results: &Results, read: &ReadRecord) -> [String; 10] {
    let status = match read.status {
        CacheStatus::Hit => "hit",
        CacheStatus::Coalesced => "coalesced",
        CacheStatus::Fetch => "fetch",
    };
    [
        seconds(read.start.0),
        results.scenario.pops[usize::from(read.pop)].code.clone(),
        "get".to_owned(),
        results.key_name(read.key).into_owned(),
        workload_name(results, usize::from(read.workload)),
        status.to_owned(),
        read.version.to_string(),
        seconds(read.staleness.0),
        read.version_lag.to_string(),
        milliseconds(read.latency.0),
    ]
}

/// Empty for scripted operations, which belong to no workload.
fn workload_name(results: &Results, workload: WorkloadIndex) -> String {
    let name = results.scenario.workload_names().nth(workload);
    name.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("is text")
    }

    #[test]
    fn a_row_per_write_of_the_first_run() {
        let one = text(writes(&fixture::flag_flip(1)));
        insta::assert_snapshot!(one);
        assert_eq!(one, text(writes(&fixture::flag_flip(20))));
    }

    #[test]
    fn a_row_per_read_by_time_where_they_were_recorded() {
        let recorded = reads(&fixture::tiered(1)).expect("reads were recorded");
        insta::assert_snapshot!(text(recorded));
        assert_eq!(reads(&fixture::flag_flip(1)), None);
    }

    #[test]
    fn awkward_names_are_quoted() {
        let mut scenario = fixture::flag_flip_scenario(1);
        scenario.pops[0].code = "my, \"own\" lab".to_owned();
        let text = text(writes(&fixture::simulate(scenario)));
        assert!(text.contains(",\"my, \"\"own\"\" lab\",put,"), "{text}");
    }
}
