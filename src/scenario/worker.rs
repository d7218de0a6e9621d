//! Workers: scripts that run at every PoP, who sends them requests, what they find in the store and at origins.

use super::{Arrivals, Distribution, Placeholder, PopIndex, Site};
use crate::units::{Duration, Time};
use std::path::PathBuf;

/// Index of a Worker in [`super::Scenario::workers`].
pub type WorkerIndex = usize;

/// Index of a namespace in [`super::Scenario::namespaces`]; 0 is the one in which workloads, clients and the script
/// read and write.
pub type NamespaceIndex = usize;

/// What the scenario's own namespace is called.
pub const MAIN_NAMESPACE: &str = "main";

/// A script, one isolate of which runs at each PoP to which somebody sends a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Worker {
    /// Its name, for reports; no workload, replay or client has the same.
    pub name: String,
    /// What it runs.
    pub script: ScriptFile,
    /// KV bindings: each by its name in `env`.
    pub bindings: Vec<(String, NamespaceIndex)>,
    /// Texts in `env`.
    pub variables: Vec<(String, String)>,
    /// No read of the script has a longer `cacheTtl`.
    pub longest_cache_ttl: Duration,
    /// Requests that come of themselves, in the file's order.
    pub requests: Vec<RequestSource>,
}

/// A script's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptFile {
    /// The last part of its path: what errors call it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What stands in it.
    pub source: String,
}

/// Requests that come whatever the answers are, each from somebody else.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestSource {
    /// Where.
    pub at: Vec<Site>,
    /// When.
    pub start: RequestStart,
    /// What is asked.
    pub request: RequestPattern,
}

/// When requests come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RequestStart {
    /// One after the other.
    Arriving {
        /// So many a second at a site of weight 1.
        per_s: f64,
        /// The law of the gaps between them.
        arrivals: Arrivals,
    },
    /// One at each site at this instant of the measured time.
    At(Time),
}

/// A request with placeholders.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestPattern {
    /// `GET`, `POST`, …
    pub method: String,
    /// The whole address, `https://…`.
    pub url: TextPattern,
    /// Names and values. Where there is none of that name, `cf-connecting-ip` bears the client's number.
    pub headers: Vec<(String, TextPattern)>,
    /// Perhaps empty.
    pub body: TextPattern,
}

/// A text with placeholders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextPattern {
    /// One after the other.
    pub parts: Vec<TextPart>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// Always the same.
    Literal(String),
    /// A number or a PoP's code. [`Placeholder::Client`] is the number of the client or, where requests come of
    /// themselves, of the request among those of its source.
    Placeholder(Placeholder),
}

impl TextPattern {
    /// Its placeholders, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = Placeholder> + '_ {
        self.parts.iter().filter_map(|part| match part {
            TextPart::Literal(_) => None,
            TextPart::Placeholder(placeholder) => Some(*placeholder),
        })
    }
}

impl RequestPattern {
    /// The placeholders of all its parts, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = Placeholder> + '_ {
        let headers = self.headers.iter().map(|(_, value)| value);
        let texts = std::iter::once(&self.url)
            .chain(headers)
            .chain(std::iter::once(&self.body));
        texts.flat_map(TextPattern::placeholders)
    }
}

/// A server outside the platform, which scripts ask by `fetch`.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// Its name.
    pub name: String,
    /// Addresses that begin with this are asked here; the longest that fits wins.
    pub url: String,
    /// From a script's question to the answer.
    pub latency: Distribution<Duration>,
    /// 200, 404, …
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What it answers.
    pub body: String,
    /// Whether it keeps what is sent: PUT and POST replace what its address answers, DELETE makes that 404.
    pub remembers: bool,
}

/// What the store holds of a key, or of many, before anything happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredValue {
    /// Where.
    pub namespace: NamespaceIndex,
    /// The key's name; `{n}` stands for a number where there are many.
    pub key: String,
    /// Numbers from 0 to below this; `None` is a single key, in which `{n}` is itself.
    pub count: Option<u32>,
    /// Its value, with `{n}` likewise.
    pub value: String,
    /// Beside the value, as JSON, with `{n}` likewise.
    pub metadata: Option<String>,
}

impl StoredValue {
    /// Its keys by name, each with its value and metadata.
    pub fn entries(&self) -> impl Iterator<Item = (String, String, Option<String>)> + '_ {
        (0..self.count.unwrap_or(1)).map(|number| {
            let with_number = |text: &str| match self.count {
                Some(_) => text.replace("{n}", &number.to_string()),
                None => text.to_owned(),
            };
            let metadata = self.metadata.as_deref().map(with_number);
            (with_number(&self.key), with_number(&self.value), metadata)
        })
    }
}

impl Worker {
    /// How many requests come to it of themselves in a second, at all PoPs together.
    pub fn requests_per_s(&self) -> f64 {
        let sources = self.requests.iter();
        sources
            .map(|source| match source.start {
                RequestStart::Arriving { per_s, .. } => {
                    per_s * source.at.iter().map(|site| site.weight).sum::<f64>()
                }
                RequestStart::At(_) => 0.0,
            })
            .sum()
    }

    /// Where requests come to it of themselves.
    pub fn pops_of_requests(&self) -> impl Iterator<Item = PopIndex> + '_ {
        let sites = self.requests.iter().flat_map(|source| &source.at);
        sites.map(|site| site.pop)
    }
}
