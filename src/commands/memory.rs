//! Whether a run fits into the machine's memory, asked before it starts.

use crate::observe::findings::ReadRecord;
use crate::scenario::{Scenario, Workload};

/// About what a class's five histograms take, in bytes, at three digits and values up to an hour.
const CLASS_BYTES: f64 = 700e3;
/// About what is remembered of a write until its cell is over, in bytes.
const WRITE_BYTES: f64 = 300.0;
/// About what an arrival of the warm-up takes until it is simulated, in bytes.
const ARRIVAL_BYTES: f64 = 8.0;

/// About how many bytes a run needs at its peak; an upper bound, and generous.
pub fn estimate(scenario: &Scenario, threads: usize, record_reads: bool) -> f64 {
    let seconds = scenario.duration.as_secs_f64();
    let weight = |w: &Workload| w.at.iter().map(|site| site.weight).sum::<f64>();
    let rate = |of: &dyn Fn(&Workload) -> f64| {
        scenario
            .workloads
            .iter()
            .map(|w| of(w) * weight(w))
            .sum::<f64>()
    };
    let reads_per_s = rate(&|w| w.reads_per_s);
    let writes_per_s = rate(&|w| w.writes_per_s + w.deletes_per_s);
    let classes = ((scenario.workloads.len() + 1) * scenario.pops.len()) as f64;
    // Each thread has findings of its own; the run's sum and the pool of all runs come on top.
    let findings = classes * CLASS_BYTES * (threads + 2) as f64;
    let writes = writes_per_s * (seconds + scenario.warm_up.as_secs_f64()) * WRITE_BYTES;
    let warm_up = (reads_per_s + writes_per_s) * scenario.warm_up.as_secs_f64() * ARRIVAL_BYTES;
    let record = reads_per_s * seconds * size_of::<ReadRecord>() as f64 * 2.0;
    findings + writes + warm_up + if record_reads { record } else { 0.0 }
}

/// Bytes that the machine can still give, where it says so (Linux's `/proc/meminfo`).
pub fn available() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

/// Why a run does not fit, if it does not.
pub fn refusal(scenario: &Scenario, threads: usize, record_reads: bool) -> Option<String> {
    let (needed, available) = (estimate(scenario, threads, record_reads), available()?);
    (needed > available).then(|| {
        let advice = match record_reads {
            true => "record a shorter duration, or leave --record out",
            false => "shorten the duration, or use fewer threads, PoPs or writes",
        };
        format!(
            "{} would need about {:.1} GB of memory and this machine has {:.1} GB free: {advice}",
            scenario.name,
            needed / 1e9,
            available / 1e9
        )
    })
}
