//! Replays: which recorded workload a scenario replays, and how its file is to be read.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PopIndex;
use crate::units::Duration;

/// Index of a replay in [`Scenario::replays`].
pub type ReplayIndex = usize;

/// A recorded workload: operations that a file gives, each with its time.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// Its name, for reports; no workload has the same.
    pub name: String,
    /// The file, absolute, links followed.
    pub file: PathBuf,
    /// How the file is compressed.
    pub compression: Compression,
    /// What stands in the file.
    pub format: TraceFormat,
    /// Of reads whose record has none.
    pub cache_ttl: Duration,
    /// No read's is longer; a record that says otherwise cannot be read. Visibility is judged by it.
    pub longest_cache_ttl: Duration,
    /// Of writes whose record has none; `None` is never.
    pub expiration_ttl: Option<Duration>,
    /// Whether lines that cannot be read are passed over and counted, and not an error.
    pub skip_bad_lines: bool,
}

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Zstandard, in one frame or several.
    Zstd,
    /// Gzip, in one member or several.
    Gzip,
}

/// What stands in a file, with the options that belong to it.
#[derive(Clone, Debug, PartialEq)]
pub enum TraceFormat {
    /// kvlag's own: a line of CSV for each operation, columns found by the names in the header.
    KvlagCsv,
    /// libCacheSim's CSV: a line for each read, columns found by their numbers.
    LibCacheSimCsv {
        /// Which column holds what.
        columns: Columns,
        /// What stands between columns; `None` is found out from the first line.
        delimiter: Option<u8>,
        /// Whether the first line names the columns; `None` is found out from that line.
        has_header: Option<bool>,
        /// The file names no PoPs.
        dealing: Dealing,
    },
    /// libCacheSim's oracleGeneral: a binary record of 24 bytes for each read.
    OracleGeneral {
        /// The file names no PoPs.
        dealing: Dealing,
    },
    /// HTTP requests as Cloudflare's Logpush writes them: a JSON object on each line.
    Logpush {
        /// How the fields are called.
        fields: LogpushFields,
        /// What paths that name a key start with; the key is the rest.
        key_prefix: String,
    },
}

/// Numbers of columns, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The time in seconds.
    pub time: u32,
    /// The key.
    pub key: u32,
    /// The value's size in bytes; `None` where there is no such column.
    pub size: Option<u32>,
}

/// How operations whose record names no PoP are dealt out.
#[derive(Clone, Debug, PartialEq)]
pub struct Dealing {
    /// Among these PoPs, at least one.
    pub at: Vec<PopIndex>,
    /// By this rule.
    pub deal: Deal,
}

/// By which rule operations are dealt out to PoPs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deal {
    /// Each to a PoP that is drawn from the run's seed and the operation's number.
    Random,
    /// In turn.
    RoundRobin,
    /// All of a key to one PoP, whatever the seed.
    ByKey,
}

/// Names of fields in a Logpush record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogpushFields {
    /// The time: RFC 3339, or a Unix time in seconds or nanoseconds.
    pub time: String,
    /// The PoP's code.
    pub colo: String,
    /// The path of the request, or its URI.
    pub path: String,
    /// The method of the request.
    pub method: String,
}

/// The formats by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FormatName {
    /// kvlag's own CSV: `time_s,pop,op,key,size_bytes,cache_ttl_s`, and perhaps `expiration_ttl_s`, `client`.
    KvlagCsv,
    /// libCacheSim's CSV.
    #[serde(rename = "libcachesim-csv")]
    LibCacheSimCsv,
    /// libCacheSim's binary oracleGeneral.
    OracleGeneral,
    /// Cloudflare Logpush, a JSON object on each line.
    Logpush,
}

impl FormatName {
    /// Every format.
    pub const ALL: [FormatName; 4] = [
        FormatName::KvlagCsv,
        FormatName::LibCacheSimCsv,
        FormatName::OracleGeneral,
        FormatName::Logpush,
    ];

    /// As scenarios write it.
    pub fn name(self) -> &'static str {
        match self {
            FormatName::KvlagCsv => "kvlag-csv",
            FormatName::LibCacheSimCsv => "libcachesim-csv",
            FormatName::OracleGeneral => "oracle-general",
            FormatName::Logpush => "logpush",
        }
    }

    /// Whether its records name the PoP of each operation.
    pub fn names_pops(self) -> bool {
        matches!(self, FormatName::KvlagCsv | FormatName::Logpush)
    }

    /// Whether its records can say a `cache-ttl`.
    pub fn has_cache_ttls(self) -> bool {
        self == FormatName::KvlagCsv
    }

    /// Whether its records can be writes; else all are reads.
    pub fn has_writes(self) -> bool {
        matches!(self, FormatName::KvlagCsv | FormatName::Logpush)
    }
}

impl TraceFormat {
    /// Which format it is.
    pub fn name(&self) -> FormatName {
        match self {
            TraceFormat::KvlagCsv => FormatName::KvlagCsv,
            TraceFormat::LibCacheSimCsv { .. } => FormatName::LibCacheSimCsv,
            TraceFormat::OracleGeneral { .. } => FormatName::OracleGeneral,
            TraceFormat::Logpush { .. } => FormatName::Logpush,
        }
    }

    /// How operations are dealt out; `None` where the file names their PoPs.
    pub fn dealing(&self) -> Option<&Dealing> {
        match self {
            TraceFormat::LibCacheSimCsv { dealing, .. }
            | TraceFormat::OracleGeneral { dealing } => Some(dealing),
            TraceFormat::KvlagCsv | TraceFormat::Logpush { .. } => None,
        }
    }
}

impl Replay {
    /// Whether operations of it may start at `pop`; which ones do, only the file says.
    pub fn may_be_at(&self, pop: PopIndex) -> bool {
        let dealing = self.format.dealing();
        dealing.is_none_or(|dealing| dealing.at.contains(&pop))
    }

    /// Whether operations of it may write or delete; whether any does, only the file says.
    pub fn may_modify(&self) -> bool {
        self.format.name().has_writes()
    }
}
