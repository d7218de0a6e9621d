//! How programs of steps are spelled: `[client.NAME]` and what stands in it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::language::forms::{Arrivals, PopList, Split};
use crate::scenario::language::quantity::Spread;
use crate::scenario::language::value::ValueForm;
use crate::scenario::language::written::{Named, Written};
use crate::units::{Duration, Rate, Share, Size};

/// Clients that all take the same steps, each step when the one before it is done. They start in one of three
/// ways: `count` of them once, `count` of them again and again with `think` in between, or new ones at a `rate`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("required" = ["steps"]))]
pub struct Client {
    /// Where they start: a list of the scenario's PoPs, "all", or "region:WEUR". Default "all".
    pub at: Option<Written<PopList>>,
    /// So many at each PoP, from 1 to 1000000. Without `think` each takes its steps once, at time 0.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub count: Option<Written<u32>>,
    /// With `count`: they take their steps again and again until the measured time ends, and wait so long between
    /// the last step and the first: a constant above zero, or a distribution.
    pub think: Option<Written<Spread<Duration>>>,
    /// New ones start at this rate at each PoP (with `split`: in all), such as "5/s"; each takes its steps once.
    pub rate: Option<Written<Rate>>,
    /// Makes the rate that of all PoPs together: "even", or weights by PoP. Default: it is per PoP.
    pub split: Option<Written<Split>>,
    /// With `rate`: the law of the gaps between their starts at a PoP. Default "poisson".
    pub arrivals: Option<Written<Arrivals>>,
    /// How long gets accept a copy that do not say, at least "30s" unless `limits.enforce = false`. Default "60s".
    pub cache_ttl: Option<Written<Duration>>,
    /// Size of the values of puts that do not say. Default: 288 B are assumed.
    pub value_size: Option<Written<Size>>,
    /// Puts that do not say expire so long after their commit, at least "60s" unless `limits.enforce = false`.
    /// Default: never.
    pub expiration_ttl: Option<Written<Duration>>,
    /// How they move from PoP to PoP. Default: each stays where it started.
    pub roam: Option<Written<Roam>>,
    /// What each does, in order: { get = "counter" }, { think = "5ms" }, { put = "counter", value = "read + 1" }, …
    pub steps: Option<Written<Vec<Written<Step>>>>,
}

/// How clients move from PoP to PoP; exactly one of `probability` and `every`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Roam {
    /// Before each operation a client moves with this probability, such as "10%", to any of the others alike.
    pub probability: Option<Written<Share>>,
    /// A client moves each time so long after its start, to the next in order.
    pub every: Option<Written<Duration>>,
    /// Among which PoPs, at least two: a list, "all", or "region:WEUR". Default "all".
    pub among: Option<Written<PopList>>,
}

/// One thing that a client does; exactly one of `get`, `put`, `delete`, `list`, `request`, `count`, `think`, `repeat`
/// and `if`.
///
/// A key may hold one placeholder, and texts of a request several: `{client}` for the client's number, `{pop}` for the
/// PoP it is at, `{zipf 0.9 of 10000}` or `{uniform of 100}` for a rank that is drawn whenever it begins its steps.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// Reads this key, such as "counter" or "session:{client}".
    pub get: Option<Written<String>>,
    /// Writes this key.
    pub put: Option<Written<String>>,
    /// Deletes this key.
    pub delete: Option<Written<String>>,
    /// Lists the keys that start with this, which may be "", page after page.
    pub list: Option<Written<String>>,
    /// Sends a request to a Worker and waits for the response: a method and a path, such as "POST /login"; the path
    /// alone is a GET. Cookies that responses set are kept and sent.
    pub request: Option<Written<String>>,
    /// Counts something of the scenario's own, such as "came-back": letters, digits, `-` and `_`.
    pub count: Option<Written<String>>,
    /// Waits so long: a constant or a distribution.
    pub think: Option<Written<Spread<Duration>>>,
    /// Takes `steps` so often, from 1 to 1000000 times.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub repeat: Option<Written<u32>>,
    /// Takes the steps in `then` if what the last get returned is so, else those in `else`: "read is missing",
    /// "read is present", "read = 'text'", "read != 'text'", or "read < 100" and the like, where what is missing or
    /// no number counts as 0; or on the last response "status = 200" and the like, 0 before the
    /// first, "body = 'text'", "body != 'text'", "body contains 'text'", "body lacks 'text'".
    #[serde(rename = "if")]
    pub condition: Option<Written<String>>,
    /// With `get`: how long it accepts a copy. Default: the client's.
    pub cache_ttl: Option<Written<Duration>>,
    /// With `put`: what it writes. A text, a number, or what the client last read of that key: "read",
    /// "read + 1", "read - 2"; { text = "read" } is the word itself. Default: the empty text.
    #[serde(rename = "value")]
    pub to_write: Option<Written<ValueForm>>,
    /// With `put`: size of the value. Default: the client's.
    pub value_size: Option<Written<Size>>,
    /// With `put`: the key expires so long after the commit. Default: the client's.
    pub expiration_ttl: Option<Written<Duration>>,
    /// With `put`: kept beside the value: JSON, at most 1024 bytes, unless `limits.enforce = false`. Default: none.
    pub metadata: Option<Written<String>>,
    /// With `list`: keys to a page, at most 1000 unless `limits.enforce = false`. Default 1000.
    #[schemars(range(min = 1))]
    pub limit: Option<Written<u32>>,
    /// With `request`: to which Worker. Default: the scenario's only one.
    pub worker: Option<Written<String>>,
    /// With `request`: names and values of headers. Default: none.
    pub headers: Option<Written<Named<Written<String>>>>,
    /// With `request`: what is sent. Default: nothing.
    pub body: Option<Written<String>>,
    /// With `repeat`: the steps to take.
    pub steps: Option<Written<Vec<Written<Step>>>>,
    /// With `if`: the steps to take where it is so.
    pub then: Option<Written<Vec<Written<Step>>>>,
    /// With `if`: the steps to take where it is not. Default: none.
    #[serde(rename = "else")]
    pub otherwise: Option<Written<Vec<Written<Step>>>>,
}
