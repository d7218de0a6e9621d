//! The names of everything that is measured: one table for expectations, JSON keys, CSV columns and docs.
//!
//! A metric is a *count*, a *ratio* of counts, or a *distribution* with six statistics. What each means stands
//! in its definition here, once; reports and docs print it from here.

mod leaf;

pub use leaf::Leaf;

/// Something that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is defined in the table below")]
pub enum Metric {
    Reads,
    Hits,
    CoalescedReads,
    Fetches,
    Refreshes,
    StoreReads,
    HitRatio,
    CoalescedRatio,
    FetchRatio,
    StaleReads,
    StaleReadRatio,
    Staleness,
    VersionLag,
    Visibility,
    Convergence,
    ReadLatency,
    WriteLatency,
    Writes,
    Deletes,
    RejectedWrites,
    RejectedWriteRatio,
    Lists,
    ListPages,
    LostConcurrentWrites,
    StaleBaseWrites,
    LostUpdates,
    SkippedVersions,
    Sessions,
    ReadYourWritesViolations,
    MonotonicReadViolations,
    WritesFollowReadsViolations,
    ResurrectedKeys,
    Requests,
    FailedRequests,
    RequestLatency,
    CoalescedLatency,
    FetchLatency,
    AbsentMisses,
    ExpiredMisses,
    TooOldMisses,
    ValueExpiredMisses,
    DroppedMisses,
    LookedPastMisses,
}

/// The unit a metric's numbers are in; it ends its JSON key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// A part of 1.
    Ratio,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Versions behind.
    Versions,
}

/// A statistic of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the variants say it")]
pub enum Statistic {
    Mean,
    P50,
    P90,
    P99,
    P999,
    Max,
}

impl Statistic {
    /// All of them, in the order they are printed.
    pub const ALL: [Statistic; 6] = [
        Statistic::Mean,
        Statistic::P50,
        Statistic::P90,
        Statistic::P99,
        Statistic::P999,
        Statistic::Max,
    ];

    /// Its name in files: `mean`, `p50`, `p90`, `p99`, `p999`, `max`.
    pub fn name(self) -> &'static str {
        match self {
            Statistic::Mean => "mean",
            Statistic::P50 => "p50",
            Statistic::P90 => "p90",
            Statistic::P99 => "p99",
            Statistic::P999 => "p999",
            Statistic::Max => "max",
        }
    }
}

/// What there is to know about a metric.
pub struct MetricInfo {
    /// Which one.
    pub metric: Metric,
    /// In expectations: kebab-case, without the unit.
    pub name: &'static str,
    /// In JSON and CSV: snake_case, ending in its unit.
    pub key: &'static str,
    /// The unit of its numbers.
    pub unit: Unit,
    /// Whether it has [`Statistic`]s.
    pub is_distribution: bool,
    /// What it means, in one sentence.
    pub definition: &'static str,
}

const fn count(
    metric: Metric,
    name: &'static str,
    key: &'static str,
    definition: &'static str,
) -> MetricInfo {
    MetricInfo {
        metric,
        name,
        key,
        unit: Unit::Count,
        is_distribution: false,
        definition,
    }
}

const fn ratio(
    metric: Metric,
    name: &'static str,
    key: &'static str,
    definition: &'static str,
) -> MetricInfo {
    MetricInfo {
        metric,
        name,
        key,
        unit: Unit::Ratio,
        is_distribution: false,
        definition,
    }
}

const fn distribution(
    metric: Metric,
    name: &'static str,
    key: &'static str,
    unit: Unit,
    definition: &'static str,
) -> MetricInfo {
    MetricInfo {
        metric,
        name,
        key,
        unit,
        is_distribution: true,
        definition,
    }
}

use Metric::*;

/// Every metric, in the order of [`Metric`]'s variants and of the files that list them.
pub static METRICS: [MetricInfo; 43] = [
    count(
        Reads,
        "reads",
        "reads",
        "Reads that started within the measured time.",
    ),
    count(
        Hits,
        "hits",
        "hits",
        "Reads answered from a copy in their PoP's cache.",
    ),
    count(
        CoalescedReads,
        "coalesced-reads",
        "coalesced_reads",
        "Reads that waited for a fetch already under way at their PoP.",
    ),
    count(
        Fetches,
        "fetches",
        "fetches",
        "Reads that started a fetch from their PoP.",
    ),
    count(
        Refreshes,
        "refreshes",
        "refreshes",
        "Fetches started in the background by a hit near the end of its copy; nobody waits for them.",
    ),
    count(
        StoreReads,
        "store-reads",
        "store_reads",
        "Requests that arrived at the central store for reads and refreshes.",
    ),
    ratio(HitRatio, "hit-ratio", "hit_ratio", "Hits over reads."),
    ratio(
        CoalescedRatio,
        "coalesced-ratio",
        "coalesced_ratio",
        "Coalesced reads over reads.",
    ),
    ratio(
        FetchRatio,
        "fetch-ratio",
        "fetch_ratio",
        "Fetches over reads.",
    ),
    count(
        StaleReads,
        "stale-reads",
        "stale_reads",
        "Reads that returned a version although a newer one had committed before they started.",
    ),
    ratio(
        StaleReadRatio,
        "stale-read-ratio",
        "stale_read_ratio",
        "Stale reads over reads.",
    ),
    distribution(
        Staleness,
        "staleness",
        "staleness_s",
        Unit::Seconds,
        "For a stale read: its start minus the commit of the first version newer than the one it returned.",
    ),
    distribution(
        VersionLag,
        "version-lag",
        "version_lag",
        Unit::Versions,
        "For a stale read: how many versions newer than the one it returned had committed before it started.",
    ),
    distribution(
        Visibility,
        "visibility",
        "visibility_s",
        Unit::Seconds,
        "For an accepted write and a PoP: the last instant at which a read there could still return an older version, minus the commit; 0 if none could.",
    ),
    distribution(
        Convergence,
        "convergence",
        "convergence_s",
        Unit::Seconds,
        "For an accepted write: its visibility at the PoP where it takes longest.",
    ),
    distribution(
        ReadLatency,
        "read-latency",
        "read_latency_ms",
        Unit::Milliseconds,
        "From a read's start to its answer.",
    ),
    distribution(
        WriteLatency,
        "write-latency",
        "write_latency_ms",
        Unit::Milliseconds,
        "From an accepted put's or delete's start to its acknowledgement.",
    ),
    count(
        Writes,
        "writes",
        "writes",
        "Puts that were attempted, accepted or not.",
    ),
    count(
        Deletes,
        "deletes",
        "deletes",
        "Deletes that were attempted, accepted or not.",
    ),
    count(
        RejectedWrites,
        "rejected-writes",
        "rejected_writes",
        "Puts and deletes refused with 429 by the limit on writes per key.",
    ),
    ratio(
        RejectedWriteRatio,
        "rejected-write-ratio",
        "rejected_write_ratio",
        "Rejected writes over puts and deletes.",
    ),
    count(
        Lists,
        "lists",
        "lists",
        "List operations; each takes one store round trip per page.",
    ),
    count(
        ListPages,
        "list-pages",
        "list_pages",
        "Pages that list operations fetched from the store; each is billed.",
    ),
    count(
        LostConcurrentWrites,
        "lost-concurrent-writes",
        "lost_concurrent_writes",
        "Accepted writes replaced by one that had started before they were acknowledged, so that neither writer knew of the other.",
    ),
    count(
        StaleBaseWrites,
        "stale-base-writes",
        "stale_base_writes",
        "Accepted writes whose value was derived from a version that was no longer the latest when they committed.",
    ),
    count(
        LostUpdates,
        "lost-updates",
        "lost_updates",
        "Accepted derived writes that are not in the chain of bases of the key's last measured version; after a delete, or a put derived from nothing, the chain begins anew, so that all updates before it count, even where a reset was meant.",
    ),
    count(
        SkippedVersions,
        "skipped-versions",
        "skipped_versions",
        "Pairs of an accepted version and a PoP with readers that had not served it when it first served a newer one.",
    ),
    count(
        Sessions,
        "sessions",
        "sessions",
        "Clients that did something in the measured time; a request to a Worker that no client sent is one of its own.",
    ),
    count(
        ReadYourWritesViolations,
        "read-your-writes-violations",
        "read_your_writes_violations",
        "Reads that returned a version older than their session's own last acknowledged write of the key.",
    ),
    count(
        MonotonicReadViolations,
        "monotonic-read-violations",
        "monotonic_read_violations",
        "Reads that returned a version older than their session's own last read of the key.",
    ),
    count(
        WritesFollowReadsViolations,
        "writes-follow-reads-violations",
        "writes_follow_reads_violations",
        "Reads that returned a version older than one that somebody had read before they wrote what the session has read.",
    ),
    count(
        ResurrectedKeys,
        "resurrected-keys",
        "resurrected_keys",
        "Accepted writes whose value was derived from a version that had been deleted when they committed.",
    ),
    count(
        Requests,
        "requests",
        "requests",
        "Requests to Workers that started within the measured time.",
    ),
    count(
        FailedRequests,
        "failed-requests",
        "failed_requests",
        "Requests that ended with an error of the script, so that whoever asked got a 500.",
    ),
    distribution(
        RequestLatency,
        "request-latency",
        "request_latency_ms",
        Unit::Milliseconds,
        "From a request's start at its PoP to its response.",
    ),
    distribution(
        CoalescedLatency,
        "coalesced-latency",
        "coalesced_latency_ms",
        Unit::Milliseconds,
        "From a coalesced read's start to its answer.",
    ),
    distribution(
        FetchLatency,
        "fetch-latency",
        "fetch_latency_ms",
        Unit::Milliseconds,
        "From the start of a read that fetched to its answer.",
    ),
    count(
        AbsentMisses,
        "absent-misses",
        "absent_misses",
        "Fetches where nothing of the key had been in the PoP's cache since the simulation began.",
    ),
    count(
        ExpiredMisses,
        "expired-misses",
        "expired_misses",
        "Fetches where the copy was older than the cache-ttl with which it came.",
    ),
    count(
        TooOldMisses,
        "too-old-misses",
        "too_old_misses",
        "Fetches where the copy was still good for others, but older than this read's own, shorter cache-ttl.",
    ),
    count(
        ValueExpiredMisses,
        "value-expired-misses",
        "value_expired_misses",
        "Fetches where the value's expiration-ttl had ended, and before the copy's cache-ttl.",
    ),
    count(
        DroppedMisses,
        "dropped-misses",
        "dropped_misses",
        "Fetches where a write from the same PoP had dropped the copy (own-writes = \"invalidated\").",
    ),
    count(
        LookedPastMisses,
        "looked-past-misses",
        "looked_past_misses",
        "Fetches by reads with a cache-ttl of 0, which look past any copy.",
    ),
];

impl Metric {
    /// What there is to know about it.
    pub fn info(self) -> &'static MetricInfo {
        &METRICS[self as usize]
    }

    /// The metric an expectation names.
    pub fn by_name(name: &str) -> Option<Metric> {
        METRICS
            .iter()
            .find(|info| info.name == name)
            .map(|info| info.metric)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_in_the_order_of_the_variants() {
        for (index, info) in METRICS.iter().enumerate() {
            assert_eq!(info.metric as usize, index, "{}", info.name);
        }
    }
}
