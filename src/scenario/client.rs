//! Clients: programs of steps, each of which waits for the one before and may act on what was read.

use super::{Arrivals, Distribution, PopIndex, RequestPattern, Site, WorkerIndex};
use crate::units::{Duration, Size};

/// Index of a client in [`super::Scenario::clients`].
pub type ClientIndex = usize;

/// A kind of client, of which there are many: all take the same steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// Its name, for reports; no workload or replay has the same.
    pub name: String,
    /// Where they start.
    pub at: Vec<Site>,
    /// When.
    pub start: ClientStart,
    /// What they do.
    pub steps: Vec<Step>,
    /// Every key that the steps name, once each; steps refer to them by number.
    pub keys: Vec<KeyPattern>,
    /// How they move from PoP to PoP; `None` is not at all.
    pub roaming: Option<Roaming>,
}

/// When clients start, and how often they take their steps. A client is one session from its start to its end.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientStart {
    /// So many at each PoP, at time 0, once.
    Once {
        /// At each PoP.
        count: u32,
    },
    /// So many at each PoP, again and again until the measured time ends.
    Looping {
        /// At each PoP.
        count: u32,
        /// Between the last step and the first.
        think: Distribution<Duration>,
    },
    /// One after the other, each taking its steps once.
    Arriving {
        /// So many a second at a site of weight 1.
        per_s: f64,
        /// The law of the gaps between their starts.
        arrivals: Arrivals,
    },
}

impl Client {
    /// What passes between the last step and the first, where they are taken again and again.
    pub fn think(&self) -> Option<&Distribution<Duration>> {
        match &self.start {
            ClientStart::Looping { think, .. } => Some(think),
            ClientStart::Once { .. } | ClientStart::Arriving { .. } => None,
        }
    }
}

/// Index of a key in [`Client::keys`].
pub type KeyIndex = usize;

/// A key with, perhaps, a placeholder.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyPattern {
    /// What its name starts with.
    pub prefix: String,
    /// What stands in between; `None` for a key without placeholder.
    pub placeholder: Option<Placeholder>,
    /// What its name ends with; empty without a placeholder.
    pub suffix: String,
}

/// What stands for a placeholder, as a number or a PoP's code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Placeholder {
    /// `{client}`: the number of the client, from 0, among all of its kind.
    Client,
    /// `{pop}`: the code of the PoP at which the client is just then.
    Pop,
    /// `{zipf 0.9 of 10000}` or `{uniform of 100}`: a rank from 0, drawn whenever a client begins its steps,
    /// rank i with a probability proportional to 1/(i + 1)^exponent. Equal placeholders draw together.
    Rank {
        /// How many.
        count: u32,
        /// Zipf's exponent; 0 is uniform.
        exponent: f64,
    },
}

/// One thing a client does.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Read a key.
    Get {
        /// Which.
        key: KeyIndex,
        /// With this `cache-ttl`.
        cache_ttl: Duration,
    },
    /// Write a key.
    Put {
        /// Which.
        key: KeyIndex,
        /// What.
        value: Value,
        /// Size of the value; `None` where the file gives none (288 B are assumed).
        value_size: Option<Size>,
        /// Expires so long after its commit.
        expiration_ttl: Option<Duration>,
        /// Kept beside the value.
        metadata: Option<String>,
    },
    /// Delete a key.
    Delete {
        /// Which.
        key: KeyIndex,
    },
    /// List the keys with a prefix, page after page until done.
    List {
        /// Perhaps empty.
        prefix: String,
        /// Keys to a page.
        page: u32,
    },
    /// Send a request to a Worker and wait for its response. Cookies are kept.
    Request {
        /// To which.
        worker: WorkerIndex,
        /// What is asked.
        request: RequestPattern,
    },
    /// Count something of one's own.
    Count {
        /// What.
        name: String,
    },
    /// Wait.
    Think(Distribution<Duration>),
    /// Take some steps several times.
    Repeat {
        /// How often.
        times: u32,
        /// Which.
        steps: Vec<Step>,
    },
    /// Take some steps or others, by what the last get returned.
    If {
        /// By this rule.
        condition: Condition,
        /// Where it holds.
        then: Vec<Step>,
        /// Where it does not.
        otherwise: Vec<Step>,
    },
}

/// What a put writes.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Always the same text.
    Text(String),
    /// Always the same number.
    Number(i64),
    /// What the client last read of the same key, plus a number; what is missing or no number counts as 0.
    ReadPlus(i64),
    /// What the client last read of the same key; what is missing is written as an empty text.
    Read,
}

/// A rule on what the last get returned, or on the last response.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `read is missing`.
    Missing,
    /// `read is present`.
    Present,
    /// `read = "text"`, or with `not`, `read != "text"`.
    Text {
        /// The text.
        text: String,
        /// Whether it is to differ.
        not: bool,
    },
    /// `read < 100` and the like; what is missing or no number counts as 0.
    Number {
        /// How to compare.
        comparison: super::Comparison,
        /// With what.
        bound: i64,
    },
    /// `body = 'text'` and the like, of the last response; before the first one it is empty.
    Body {
        /// How to compare.
        relation: BodyRelation,
        /// With what.
        text: String,
    },
    /// `status = 401` and the like, of the last response.
    Status {
        /// How to compare.
        comparison: super::Comparison,
        /// With what.
        bound: i64,
    },
}

/// How the body of a response compares with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants say it")]
pub enum BodyRelation {
    Is,
    IsNot,
    Contains,
    Lacks,
}

/// How clients move from PoP to PoP.
#[derive(Clone, Debug, PartialEq)]
pub struct Roaming {
    /// Among these, at least two. A client that starts elsewhere comes to one of them with its first move.
    pub among: Vec<PopIndex>,
    /// When.
    pub rule: RoamingRule,
}

/// When a client moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RoamingRule {
    /// Before each operation with this probability, to any of the others alike.
    Probability(f64),
    /// Each time so long after its start, to the next in order.
    Every(Duration),
}
