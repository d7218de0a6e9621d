//! How Workers are spelled: `[worker.NAME]` with its requests, `[origin.NAME]`, `[[store.value]]`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::language::forms::{Arrivals, PopList, Split};
use crate::scenario::language::quantity::Spread;
use crate::scenario::language::written::{Named, Written};
use crate::units::{Duration, Rate};

/// A script that runs at each PoP to which somebody sends a request.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("required" = ["script"]))]
pub struct Worker {
    /// The file of the script, a JavaScript module, relative to this one; at most 1MiB.
    pub script: Option<Written<String>>,
    /// KV bindings: names in `env`, each with a namespace. "main" is the one in which workloads, clients and scripted
    /// operations read and write; any other name is a further namespace. Default { KV = "main" }.
    pub kv: Option<Written<Named<Written<String>>>>,
    /// Texts in `env`, by name. Default: none.
    pub vars: Option<Written<Named<Written<String>>>>,
    /// Of the addresses of requests. Default: its name in lower case and ".example.com".
    pub host: Option<Written<String>>,
    /// No read of the script has a longer `cacheTtl`; a run in which one has stops with an error. Default: the largest
    /// `cacheTtl: N` that stands as a number in the script, and at least "60s".
    pub longest_cache_ttl: Option<Written<Duration>>,
    /// Requests that come of themselves, each from somebody else.
    #[serde(default)]
    pub request: Vec<Written<Request>>,
}

/// Requests that come whatever the answers are; exactly one of `rate` and `time`.
///
/// Path, values of headers and body may hold placeholders: `{client}` for the number of the request among those of
/// this table, `{pop}` for the PoP, `{zipf 0.9 of 10000}` or `{uniform of 100}` for a rank that is drawn.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("required" = ["path"]))]
pub struct Request {
    /// GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS. Default "GET".
    pub method: Option<Written<String>>,
    /// Begins with `/`, and may hold a query, such as "/api/{uniform of 100}?page=2".
    pub path: Option<Written<String>>,
    /// Names and values of headers. Default: none.
    pub headers: Option<Written<Named<Written<String>>>>,
    /// What is sent. Default: nothing.
    pub body: Option<Written<String>>,
    /// Where they come: a list of the scenario's PoPs, "all", or "region:WEUR". Default "all".
    pub at: Option<Written<PopList>>,
    /// How many come at each PoP (with `split`: in all), such as "5/s".
    pub rate: Option<Written<Rate>>,
    /// With `rate`: makes it that of all PoPs together: "even", or weights by PoP. Default: it is per PoP.
    pub split: Option<Written<Split>>,
    /// With `rate`: the law of the gaps between arrivals, per PoP. Default "poisson".
    pub arrivals: Option<Written<Arrivals>>,
    /// One comes at each PoP so long after the beginning of the measured time.
    pub time: Option<Written<Duration>>,
}

/// A server outside the platform, which scripts ask by `fetch`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("required" = ["url"]))]
pub struct Origin {
    /// Addresses that begin with this are asked here, such as "https://db.example.com/"; the longest that fits wins.
    pub url: Option<Written<String>>,
    /// From a script's question to the answer: a constant or a distribution. Default "50ms".
    pub latency: Option<Written<Spread<Duration>>>,
    /// Status of its answers, from 200 to 599. Default 200.
    #[schemars(range(min = 200, max = 599))]
    pub status: Option<Written<u32>>,
    /// Names and values of the headers of its answers. Default: none.
    pub headers: Option<Written<Named<Written<String>>>>,
    /// What it answers. Default: nothing.
    pub body: Option<Written<String>>,
    /// Whether it keeps what is sent: PUT and POST replace what their address answers, DELETE makes that 404.
    /// Default false.
    pub remember: Option<Written<bool>>,
}

/// What the store holds of a key, or of many, before anything happens.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("required" = ["key", "value"]))]
pub struct StoredValue {
    /// The key's name; with `count` it holds `{n}`, the number.
    pub key: Option<Written<String>>,
    /// So many keys, with numbers from 0. Default: one key, without a number.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub count: Option<Written<u32>>,
    /// Its value; with `count`, `{n}` is the number.
    #[serde(rename = "value")]
    pub content: Option<Written<String>>,
    /// Kept beside the value: JSON, at most 1024 bytes, unless `limits.enforce = false`; with `count`, `{n}` is the
    /// number. Default: none.
    pub metadata: Option<Written<String>>,
    /// In which namespace: "main", or one to which a Worker is bound. Default "main".
    pub namespace: Option<Written<String>>,
}
