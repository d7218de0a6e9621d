//! What a scenario means: the valid, fully resolved model that everything downstream runs on.
//!
//! A [`Scenario`] that exists is valid: names are resolved to indices, defaults are filled in, delays are
//! known for every pair that talks. Nothing downstream validates again. How a scenario is spelled, and how every
//! mistake in it is found, stands in `language`.

pub mod catalogue;
mod client;
mod delay;
mod expectation;
pub mod geography;
pub mod keyspace;
mod language;
pub mod metric;
mod replay;
mod traffic;
mod worker;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Bandwidth, Duration, Rate, Share, Size, Time, TimeOfDay};

pub use client::{
    BodyRelation, Client, ClientIndex, ClientStart, Condition, KeyIndex, KeyPattern, Placeholder,
    Roaming, RoamingRule, Step, Value,
};
pub use expectation::{Comparison, Expectation, Measured, Scope, Statuses};
pub(crate) use language::bounds;
pub use language::diagnostic;
pub use language::load::{LoadError, Overrides, load, parse};
pub use language::schema::json_schema;
pub(crate) use language::suggest::nearest;
pub use language::variation::{Kind, SearchedSetting, Variation, kept_alike};
pub use replay::{
    Columns, Compression, Deal, Dealing, FormatName, LogpushFields, Replay, ReplayIndex,
    TraceFormat,
};
pub use traffic::WorkloadKind;
pub use worker::{
    MAIN_NAMESPACE, NamespaceIndex, Origin, RequestPattern, RequestSource, RequestStart,
    ScriptFile, StoredValue, TextPart, TextPattern, Worker, WorkerIndex,
};

/// Index of a PoP in [`Scenario::pops`].
pub type PopIndex = usize;
/// Index of a workload in [`Scenario::workloads`]; where replays, clients and Workers may stand as well, they are
/// numbered on behind, in this order.
pub type WorkloadIndex = usize;

/// A valid scenario with every name resolved and every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The file's stem: names the report directory.
    pub name: String,
    /// One line; the name where the file gives none.
    pub title: String,
    /// What the run is meant to answer.
    pub question: Option<String>,
    /// Measured time, above zero.
    pub duration: Duration,
    /// Simulated before time 0 and not measured.
    pub warm_up: Duration,
    /// Seed of the first run.
    pub seed: u64,
    /// UTC time of day at time 0.
    pub starts_at: TimeOfDay,
    /// Number of runs, with seeds `seed`, `seed + 1`, …
    pub runs: u32,
    /// Simulate every read even where hits could be counted.
    pub per_read: bool,
    /// The central store.
    pub store: Store,
    /// The rules of every cache.
    pub cache: CacheRules,
    /// Time a value's bytes take on each link; `None` is no time.
    pub bandwidth: Option<Bandwidth>,
    /// Upper tiers, nearest the PoPs first.
    pub tiers: Vec<Tier>,
    /// PoPs in the file's order (`all` and `region:…` in the catalogue's).
    pub pops: Vec<Pop>,
    /// Open workloads, by name.
    pub workloads: Vec<Workload>,
    /// Recorded workloads, by name.
    pub replays: Vec<Replay>,
    /// Programs of steps, by name.
    pub clients: Vec<Client>,
    /// Scripts, by name.
    pub workers: Vec<Worker>,
    /// Servers that scripts ask, by name.
    pub origins: Vec<Origin>,
    /// Names of the store's namespaces: [`MAIN_NAMESPACE`] first, then others that scripts are bound to.
    pub namespaces: Vec<String>,
    /// What the store holds before anything happens, in the file's order.
    pub stored: Vec<StoredValue>,
    /// Single operations in the file's order.
    pub script: Vec<ScriptedOperation>,
    /// What must hold for exit status 0.
    pub expect: Vec<Expectation>,
    /// Whether the platform's published limits are enforced.
    pub enforce_limits: bool,
    /// The plan whose bill is shown first.
    pub plan: Plan,
    /// The whole scenario as a TOML file with defaults and command-line changes filled in; running it gives
    /// the same report.
    pub resolved: String,
    /// What a careful reader should be told although nothing is wrong (a duration under a day, a start that
    /// is only approximate, …), each one sentence.
    pub hints: Vec<String>,
}

/// The central store.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// The location's code, for reports.
    pub at: String,
    /// From a request's arrival to its answer's departure.
    pub service_time: Duration,
    /// Writes accepted per key; `None` is no limit.
    pub write_limit: Option<Rate>,
    /// How the limit counts.
    pub write_limit_rule: WriteLimitRule,
    /// Whether keys exist (as version 0) before anything is written.
    pub initially_present: bool,
}

/// Which earlier writes a write must keep its distance from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WriteLimitRule {
    /// The last accepted write.
    SinceAccepted,
    /// The last write that arrived, accepted or not.
    SinceAttempt,
    /// The first n that arrive in each period of the clock are accepted.
    CalendarSecond,
}

/// The rules every PoP cache follows.
#[derive(Clone, Debug, PartialEq)]
pub struct CacheRules {
    /// What the caches hold when the simulation starts.
    pub start: CacheStart,
    /// Whose `cache-ttl` bounds the use of a copy.
    pub ttl_rule: TtlRule,
    /// Whether reads wait for a fetch under way instead of starting their own.
    pub coalesce: bool,
    /// A hit this close to a copy's end starts a background fetch; zero is never.
    pub refresh_ahead: Duration,
    /// Added to the answer of every read.
    pub hit_latency: Duration,
}

/// What the caches hold when the simulation starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CacheStart {
    /// Each cache is drawn in the state a long past would have left it in.
    RandomAge,
    /// Nothing.
    Cold,
}

/// Whose `cache-ttl` bounds the use of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TtlRule {
    /// The smaller of the filling read's and the using read's.
    FillerAndReader,
    /// The using read's alone.
    Reader,
}

/// What an acknowledged write does to the copy of its own PoP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OwnWrites {
    /// The PoP holds the new version, for the default `cache-ttl`.
    Visible,
    /// The PoP drops its copy.
    Invalidated,
    /// Nothing happens.
    Unchanged,
}

/// An upper tier: several caches between PoPs and store.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// Its name, for reports.
    pub name: String,
    /// Location codes of its caches.
    pub places: Vec<String>,
    /// How long a cache of it answers from a copy.
    pub keep: Duration,
    /// Whether a copy's age is handed on with it.
    pub age: TierAge,
}

/// Whether a copy's age is handed on with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TierAge {
    /// It goes on counting below.
    Carried,
    /// It counts from zero below.
    Restarted,
}

/// A place on the globe, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// North positive.
    pub latitude: f64,
    /// East positive.
    pub longitude: f64,
}

/// A point of presence: a place where clients read and write, with a cache.
#[derive(Clone, Debug, PartialEq)]
pub struct Pop {
    /// Its code: three letters in the catalogue, any name for one's own.
    pub code: String,
    /// City and country for reports; empty for a PoP of one's own without a place.
    pub city: String,
    /// `None` for a PoP of one's own that is known by its delays alone.
    pub place: Option<Place>,
    /// The way of a read that misses: to the first tier, from it to the next, at last to the store.
    pub path: Vec<Hop>,
    /// The way of a write or list, straight to the store.
    pub direct: Link,
    /// What an acknowledged write does to the copy here.
    pub own_writes: OwnWrites,
}

/// One step of a read's way up.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// Where it leads.
    pub to: Node,
    /// Its delays.
    pub link: Link,
}

/// Where a hop leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// A cache of a tier: `place` indexes [`Tier::places`].
    Tier {
        /// Index in [`Scenario::tiers`].
        tier: usize,
        /// Index in [`Tier::places`].
        place: usize,
    },
    /// The central store.
    Store,
}

/// A pair of one-way delays.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Towards the store.
    pub up: Delay,
    /// Away from the store.
    pub down: Delay,
}

/// A one-way delay: a constant plus, perhaps, something drawn for each message.
#[derive(Clone, Debug, PartialEq)]
pub struct Delay {
    /// The part that is always there.
    pub constant: Duration,
    /// The part that is drawn.
    pub random: Option<Distribution<Duration>>,
}

/// A distribution of a quantity, by what people can measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution<T> {
    /// Always the same.
    Constant(T),
    /// Log-normal by median and 99th percentile.
    Lognormal {
        /// Median, above zero.
        p50: T,
        /// 99th percentile, not below the median.
        p99: T,
    },
    /// Exponential.
    Exponential {
        /// Mean.
        mean: T,
    },
    /// Uniform.
    Uniform {
        /// Least value.
        min: T,
        /// Greatest value, not below `min`.
        max: T,
    },
}

/// Open traffic: operations that arrive whatever their answers are.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Its name, for reports.
    pub name: String,
    /// Where it arrives.
    pub at: Vec<Site>,
    /// Operations per second at a site of weight 1, over all keys; zero where the workload has none.
    pub reads_per_s: f64,
    /// Likewise.
    pub writes_per_s: f64,
    /// Likewise.
    pub deletes_per_s: f64,
    /// Likewise; not per key.
    pub lists_per_s: f64,
    /// Keys to a list page.
    pub page: u32,
    /// The law of the gaps between arrivals.
    pub arrivals: Arrivals,
    /// A property of its reads.
    pub cache_ttl: Duration,
    /// Which keys, and how often each.
    pub keys: Keys,
    /// Size of the values it writes; `None` where the file gives none (288 B are assumed).
    pub value_size: Option<Distribution<Size>>,
    /// What it writes, for those who look at values; `None` where the file does not say.
    pub value: Option<String>,
    /// Its writes expire so long after their commit.
    pub expiration_ttl: Option<Duration>,
    /// How the rates change over the day.
    pub daily: Option<Daily>,
}

/// A PoP at which a workload arrives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Site {
    /// The PoP.
    pub pop: PopIndex,
    /// Factor on the workload's rates: 1 where they are per PoP, a share where they are split.
    pub weight: f64,
}

/// The law of the gaps between arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// Exponential gaps.
    Poisson,
    /// Equal gaps, with a random phase.
    Periodic,
    /// Gaps of so many exponential stages.
    Erlang(u32),
}

/// Which keys a workload touches, and with what share of its rate each.
#[derive(Clone, Debug, PartialEq)]
pub enum Keys {
    /// One key.
    One(String),
    /// `prefix` + rank for ranks 0 to `count` - 1, rank i with share proportional to 1/(i + 1)^exponent
    /// (an exponent of 0 is uniform).
    Ranked {
        /// What each name starts with.
        prefix: String,
        /// How many.
        count: u32,
        /// Zipf's exponent.
        exponent: f64,
    },
}

/// A daily curve: rate × (1 + swing × cos(2π(t − peak)/24 h)), t the PoP's solar time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Daily {
    /// Local solar time of the peak.
    pub peak: TimeOfDay,
    /// At most 1.
    pub swing: Share,
}

/// One operation at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptedOperation {
    /// When it starts, within the measured time.
    pub time: Time,
    /// Where.
    pub pop: PopIndex,
    /// What.
    pub operation: Operation,
}

/// What a scripted operation does.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Read a key.
    Get {
        /// Which.
        key: String,
        /// With this `cache-ttl`.
        cache_ttl: Duration,
    },
    /// Write a key.
    Put {
        /// Which.
        key: String,
        /// What, for those who look at values; `None` where the file does not say.
        value: Option<String>,
        /// Size of the value; `None` where the file gives none (288 B are assumed).
        value_size: Option<Size>,
        /// Expires so long after its commit.
        expiration_ttl: Option<Duration>,
    },
    /// Delete a key.
    Delete {
        /// Which.
        key: String,
    },
    /// List the keys with a prefix.
    List {
        /// The prefix, perhaps empty.
        prefix: String,
        /// Keys to a page.
        page: u32,
    },
}

/// A price plan of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the variants say it")]
pub enum Plan {
    Free,
    Paid,
}

/// The `cache-ttl` of a read that does not say one, and of the copy an own write leaves
/// (developers.cloudflare.com/kv/api/read-key-value-pairs).
pub const DEFAULT_CACHE_TTL: Duration = Duration::from_secs(60);

/// The size assumed for a value whose size is not given: the median the platform has published
/// (blog.cloudflare.com/rearchitecting-workers-kv-for-redundancy, 2025-08-08).
pub const DEFAULT_VALUE_SIZE: Size = Size(288);
