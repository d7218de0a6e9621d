//! How a scenario is spelled: the shape of the TOML file, key by key.
//!
//! Every key is optional here, so that one that is missing is reported together with everything else that is
//! wrong; what must be there, and what values mean, is checked in [`super::validate`]. The comment on each
//! field becomes its description in the JSON Schema that editors use. Three of serde's attributes are not
//! used because they smear the place of a mistake over a whole table: those that pick an enum's variant by a
//! key or by trial, and the one that merges a struct into its parent.

mod client;
mod worker;

use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::{Arrivals, PopList, Split};
use super::quantity::{OrNone, Spread};
use super::written::{Named, Written};
use crate::scenario::{
    CacheStart, Deal, FormatName, OwnWrites, Plan, TierAge, TtlRule, WriteLimitRule,
};
use crate::units::{Bandwidth, Duration, Rate, Share, Size, TimeOfDay};

pub use client::{Client, Roam, Step};
pub use worker::{Origin, Request, StoredValue, Worker};

/// A scenario of kvlag: a world of PoPs around a central store, what happens in it, and what must hold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "kvlag scenario", extend("required" = ["duration"]))]
pub struct File {
    /// One line that heads every report. Default: the file's name.
    pub title: Option<Written<String>>,
    /// The question that the scenario answers.
    pub question: Option<Written<String>>,
    /// Measured time, such as "30m".
    pub duration: Option<Written<Duration>>,
    /// Time simulated before the measured time, and not measured. Default: the longest TTL plus a round trip;
    /// "0s" with `cache.start = "cold"`.
    pub warm_up: Option<Written<Duration>>,
    /// Seed of the first run; run i has seed + i - 1. Default 1.
    pub seed: Option<Written<u64>>,
    /// UTC time of day at which the measured time begins, such as "08:00"; daily curves depend on it.
    /// Default "00:00".
    pub starts_at: Option<Written<TimeOfDay>>,
    /// The PoPs: a list of catalogue codes (`kvlag pops` lists them), "all", or "region:WEUR". Each [pop.X]
    /// adds X.
    pub pops: Option<Written<PopList>>,
    /// What must hold for exit status 0: `METRIC[.STAT] [at POP | of WORKLOAD] < <= = >= > VALUE`, such as
    /// "convergence.p99 < 70s" or "read-latency.p99 at FRA < 50ms".
    #[serde(default)]
    pub expect: Vec<Written<String>>,
    /// How to run it; the command line wins.
    #[serde(default)]
    pub run: Run,
    /// The central store.
    #[serde(default)]
    pub store: Store,
    /// The rules that every PoP's cache follows.
    #[serde(default)]
    pub cache: Cache,
    /// Delays that follow from geography.
    #[serde(default)]
    pub network: Network,
    /// Upper tiers of caches between the PoPs and the store, the one nearest the PoPs first.
    #[serde(default)]
    pub tier: Vec<Written<Tier>>,
    /// PoPs of one's own, and settings for those of the catalogue, by code.
    #[serde(default)]
    pub pop: Named<Pop>,
    /// Delays given outright for pairs of places.
    #[serde(default)]
    pub link: Vec<Written<Link>>,
    /// Open traffic, by name.
    #[serde(default)]
    pub workload: Named<Workload>,
    /// Recorded traffic, by name.
    #[serde(default)]
    pub replay: Named<Replay>,
    /// Programs of steps, by name.
    #[serde(default)]
    pub client: Named<Client>,
    /// Scripts that somebody sends requests to, by name.
    #[serde(default)]
    pub worker: Named<Worker>,
    /// Servers that scripts ask, by name.
    #[serde(default)]
    pub origin: Named<Origin>,
    /// Single operations at given times.
    #[serde(default)]
    pub script: Vec<Written<Script>>,
    /// The platform's published limits.
    #[serde(default)]
    pub limits: Limits,
    /// By which prices the bill is reckoned.
    #[serde(default)]
    pub pricing: Pricing,
}

/// How to run it; the command line wins.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Run {
    /// Number of runs, each with its own seed, 1 to 100000; intervals come from several. Default 1.
    #[schemars(range(min = 1, max = 100_000))]
    pub runs: Option<Written<u32>>,
    /// Simulate every read even where hits could be counted; slower, same distributions. Default false.
    pub per_read: Option<Written<bool>>,
}

/// The central store.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Store {
    /// Where it is: a code of the catalogue or a PoP of one's own that has a place. Default "IAD".
    pub at: Option<Written<String>>,
    /// Time from a request's arrival at the store to its answer's departure. Default "0ms".
    pub service_time: Option<Written<Duration>>,
    /// Writes accepted per key, or "none". Default "1/s".
    pub write_limit: Option<Written<OrNone<Rate>>>,
    /// Which earlier writes a write must keep its distance from. Default "since-accepted".
    pub write_limit_rule: Option<Written<WriteLimitRule>>,
    /// Whether keys exist before anything is written. Default "present".
    pub initial: Option<Written<Initial>>,
    /// What it holds before anything happens, whatever `initial` says.
    pub value: Vec<Written<StoredValue>>,
}

/// Whether keys exist before anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Initial {
    /// Each has version 0, committed long ago.
    Present,
    /// None exists.
    Missing,
}

/// The rules that every PoP's cache follows.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cache {
    /// What the caches hold when the simulation starts. Default "random-age"; "cold" where there is a replay.
    pub start: Option<Written<CacheStart>>,
    /// Whose `cache-ttl` bounds the use of a copy. Default "filler-and-reader".
    pub ttl_rule: Option<Written<TtlRule>>,
    /// Whether reads of a key that is being fetched wait for that fetch (true) or start their own (false).
    /// Default true.
    pub coalesce: Option<Written<bool>>,
    /// What an acknowledged write does to its own PoP's copy. Default "visible".
    pub own_writes: Option<Written<OwnWrites>>,
    /// The first hit this close to a copy's end starts a fetch in the background; "0s" is never. Default "0s".
    pub refresh_ahead: Option<Written<Duration>>,
    /// Added to the answer of every read. Default "1ms".
    pub hit_latency: Option<Written<Duration>>,
}

/// Delays that follow from geography.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Network {
    /// Length of a network path over the great circle between its ends. Default "160%".
    pub inflation: Option<Written<Share>>,
    /// What each link adds to the time of travel, one way. Default "1ms".
    pub per_link: Option<Written<Duration>>,
    /// Added to every one-way delay that follows from geography: a constant, or a distribution that is drawn
    /// for each message. Default "0ms".
    pub jitter: Option<Written<Spread<Duration>>>,
    /// Bytes per time on every link, or "none" where a value's size takes no time. Default "none".
    pub bandwidth: Option<Written<OrNone<Bandwidth>>>,
}

/// An upper tier of caches.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("required" = ["name", "at"]))]
pub struct Tier {
    /// Its name in reports: letters, digits, `-` and `_`.
    pub name: Option<Written<String>>,
    /// Where it has caches; each PoP uses the nearest, or the one it names in `via`.
    pub at: Option<Written<Vec<Written<String>>>>,
    /// How long a cache of it answers from a copy. Default "60s".
    pub keep: Option<Written<Duration>>,
    /// Whether a copy's age is handed on with it. Default "carried".
    pub age: Option<Written<TierAge>>,
}

/// A PoP of one's own, or settings for one of the catalogue.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pop {
    /// Its place: a code of the catalogue. A PoP of one's own has this or `to-store`.
    pub near: Option<Written<String>>,
    /// One-way delay to the store, or to its first tier where there are tiers. Default: from geography.
    pub to_store: Option<Written<Spread<Duration>>>,
    /// One-way delay of the way back. Default: as `to-store`.
    pub from_store: Option<Written<Spread<Duration>>>,
    /// The tier caches that it uses, one per tier, the nearest tier first. Default: the nearest of each.
    pub via: Option<Written<Vec<Written<String>>>>,
    /// What an acknowledged write does to the copy here. Default: as `cache.own-writes`.
    pub own_writes: Option<Written<OwnWrites>>,
}

/// A delay given outright.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("required" = ["from", "to", "one-way"]))]
pub struct Link {
    /// One end: a PoP, a tier's place or the store's.
    pub from: Option<Written<String>>,
    /// The other end, towards the store.
    pub to: Option<Written<String>>,
    /// One-way delay, also of the way back unless a link with `from` and `to` exchanged gives that.
    pub one_way: Option<Written<Spread<Duration>>>,
}

/// Open traffic: operations that arrive whatever their answers are.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("required" = ["keys"]))]
pub struct Workload {
    /// Where it arrives: a list of the scenario's PoPs, "all", or "region:WEUR". Default "all".
    pub at: Option<Written<PopList>>,
    /// Reads at each PoP (with `split`: in all), such as "20/s".
    pub reads: Option<Written<Rate>>,
    /// Puts at each PoP (with `split`: in all), such as "1/75s".
    pub writes: Option<Written<Rate>>,
    /// Deletes at each PoP (with `split`: in all).
    pub deletes: Option<Written<Rate>>,
    /// Lists at each PoP (with `split`: in all); each fetches all keys of the workload, page by page.
    pub lists: Option<Written<Rate>>,
    /// Makes the rates those of all PoPs together: "even", or weights by PoP. Default: rates are per PoP.
    pub split: Option<Written<Split>>,
    /// How long its reads accept a copy, at least "30s" unless `limits.enforce = false`. Default "60s".
    pub cache_ttl: Option<Written<Duration>>,
    /// Which keys it touches: { one = "name" }, { uniform = 100 } or { zipf = 0.99, count = 10000 }.
    pub keys: Option<Written<Keys>>,
    /// The law of the gaps between arrivals, per PoP and key. Default "poisson".
    pub arrivals: Option<Written<Arrivals>>,
    /// Size of its keys' values: a constant or a distribution. Default: 288 B are assumed.
    pub value_size: Option<Written<Spread<Size>>>,
    /// What its writes write, for those who look at values: Workers and clients. Default: the empty text.
    pub value: Option<Written<String>>,
    /// Its writes expire so long after their commit, at least "60s" unless `limits.enforce = false`.
    /// Default: never.
    pub expiration_ttl: Option<Written<Duration>>,
    /// Keys to a page of its lists, at most 1000 unless `limits.enforce = false`. Default 1000.
    #[schemars(range(min = 1))]
    pub page: Option<Written<u32>>,
    /// How the rates change over the day, in each PoP's local solar time. Default: not at all.
    pub daily: Option<Written<Daily>>,
}

/// Which keys a workload touches; exactly one of `one`, `uniform` and `zipf`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Keys {
    /// One key, by name.
    pub one: Option<Written<String>>,
    /// So many keys, each as popular as the others.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub uniform: Option<Written<u32>>,
    /// Zipf's exponent, 0 or more: the key of rank i has a share proportional to 1/(i + 1)^exponent.
    #[schemars(range(min = 0, max = 20))]
    pub zipf: Option<Written<f64>>,
    /// How many keys, with `zipf`.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub count: Option<Written<u32>>,
    /// What each name starts with; its rank from 0 follows. Equal prefixes mean the same keys. Default "key:".
    pub prefix: Option<Written<String>>,
}

/// A daily curve: rate × (1 + swing × cos(2π(t − peak)/24 h)), t the PoP's local solar time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("required" = ["peak", "swing"]))]
pub struct Daily {
    /// Local solar time of the peak, such as "20:00".
    pub peak: Option<Written<TimeOfDay>>,
    /// How far the rate rises above and falls below its mean, up to "100%".
    pub swing: Option<Written<Share>>,
}

/// Recorded traffic: operations that a file gives, each with its time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("required" = ["file"]))]
pub struct Replay {
    /// The file of operations, relative to this one; with a further `.zst` or `.gz` it is compressed.
    pub file: Option<Written<String>>,
    /// What stands in it. Default: by its name, "kvlag-csv" for `.csv`, "oracle-general" for `.oracleGeneral`
    /// and `.bin`, "logpush" for `.ndjson`, `.json` and `.log`.
    pub format: Option<Written<FormatName>>,
    /// PoPs among which operations are dealt out where the file names none: a list, "all", or "region:WEUR".
    /// Default "all".
    pub at: Option<Written<PopList>>,
    /// How they are dealt out: each to a random PoP, in turn, or all of a key to one. Default "random".
    pub deal: Option<Written<Deal>>,
    /// How long reads accept a copy whose record does not say, at least "30s" unless `limits.enforce = false`.
    /// Default "60s".
    pub cache_ttl: Option<Written<Duration>>,
    /// The longest that a record may say; visibility is judged by it. Default: `cache-ttl`.
    pub longest_cache_ttl: Option<Written<Duration>>,
    /// Writes whose record does not say expire so long after their commit, at least "60s" unless
    /// `limits.enforce = false`. Default: never.
    pub expiration_ttl: Option<Written<Duration>>,
    /// Whether lines that cannot be read are passed over and counted, and not an error. Default false.
    pub skip_bad_lines: Option<Written<bool>>,
    /// With "libcachesim-csv": which column holds what, from 1. Default { time = 1, key = 2, size = 3 }.
    pub columns: Option<Written<Columns>>,
    /// With "libcachesim-csv": the character between columns. Default: found out from the first line.
    pub delimiter: Option<Written<String>>,
    /// With "libcachesim-csv": whether the first line names the columns. Default: found out from that line.
    pub has_header: Option<Written<bool>>,
    /// With "logpush": how the fields are called. Default: as in the dataset of HTTP requests.
    pub fields: Option<Written<Fields>>,
    /// With "logpush": what paths that name a key start with; the key is the rest. Default "/kv/".
    pub key_prefix: Option<Written<String>>,
}

/// Which column holds what, from 1.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Columns {
    /// The time in seconds. Default 1.
    #[schemars(range(min = 1, max = 1_000))]
    pub time: Option<Written<u32>>,
    /// The key. Default 2.
    #[schemars(range(min = 1, max = 1_000))]
    pub key: Option<Written<u32>>,
    /// The value's size in bytes; 0 where there is no such column. Default 3.
    #[schemars(range(min = 0, max = 1_000))]
    pub size: Option<Written<u32>>,
}

/// How the fields of a Logpush record are called.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fields {
    /// The time: RFC 3339, or a Unix time in seconds or nanoseconds. Default "EdgeStartTimestamp".
    pub time: Option<Written<String>>,
    /// The PoP's code. Default "EdgeColoCode".
    pub colo: Option<Written<String>>,
    /// The path, or the URI. Default "ClientRequestPath".
    pub path: Option<Written<String>>,
    /// The method: GET and HEAD read, PUT and POST write, DELETE deletes. Default "ClientRequestMethod".
    pub method: Option<Written<String>>,
}

/// One operation at one time; exactly one of `get`, `put`, `delete` and `list`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("required" = ["time", "pop"]))]
pub struct Script {
    /// When it starts, from the beginning of the measured time.
    pub time: Option<Written<Duration>>,
    /// Where: one of the scenario's PoPs.
    pub pop: Option<Written<String>>,
    /// Reads this key.
    pub get: Option<Written<String>>,
    /// Writes this key.
    pub put: Option<Written<String>>,
    /// Deletes this key.
    pub delete: Option<Written<String>>,
    /// Lists the keys that start with this, which may be "".
    pub list: Option<Written<String>>,
    /// With `get`: how long it accepts a copy. Default "60s".
    pub cache_ttl: Option<Written<Duration>>,
    /// With `put`: what it writes, for those who look at values: Workers and clients. Default: the empty text.
    #[serde(rename = "value")]
    pub to_write: Option<Written<String>>,
    /// With `put`: size of the value. Default: 288 B are assumed.
    pub value_size: Option<Written<Size>>,
    /// With `put`: the key expires so long after the commit. Default: never.
    pub expiration_ttl: Option<Written<Duration>>,
    /// With `list`: keys to a page. Default 1000.
    #[schemars(range(min = 1))]
    pub page: Option<Written<u32>>,
}

/// The platform's published limits.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Whether a scenario that breaks them is refused; does not touch `store.write-limit`. Default true.
    pub enforce: Option<Written<bool>>,
}

/// By which prices the bill is reckoned.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pricing {
    /// The plan whose bill is shown first. Default "paid".
    pub plan: Option<Written<Plan>>,
}
