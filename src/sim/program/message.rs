//! What a program is told, and what it does.

use super::error::ScriptError;
use crate::units::Time;

/// A request as a client sends it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The whole address, `https://…`.
    pub url: &'a str,
    /// Names and values.
    pub headers: &'a [(&'a str, &'a str)],
    /// Empty where there is none.
    pub body: &'a [u8],
}

/// A response as the script made it, its body read to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// 200, 404, …
    pub status: u16,
    /// Names in lower case, and values, in the order in which the script set them.
    pub headers: Vec<(String, String)>,
    /// Its bytes.
    pub body: Vec<u8>,
}

impl Response {
    /// The first value of a header, whose name is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What a script did.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// It asked for something and waits for [`super::Program::operation_answered`].
    Operation(Operation),
    /// It set a timer and waits for [`super::Program::timer_fired`]. A timer that the script clears is not
    /// taken back: firing it does nothing.
    Timer {
        /// Names the timer within the isolate.
        number: u64,
        /// The request that set it.
        request: u64,
        /// When it is due.
        at: Time,
    },
    /// It answered a request.
    Responded {
        /// Which.
        request: u64,
        /// With what.
        response: Response,
    },
    /// It failed: instead of a response, or, beside it, in something it had asked to be waited for.
    Failed {
        /// Which request.
        request: u64,
        /// In which manner.
        cause: Cause,
        /// What was wrong, and where.
        error: ScriptError,
    },
    /// All of a request is done, each request's last effect: its response is out or it has failed, and what
    /// `waitUntil` was given is settled. Its operations still open are cut off as on the platform: whatever they do
    /// at the store, the script will not hear of it, and answers to them are ignored.
    Ended {
        /// Which.
        request: u64,
    },
    /// It printed.
    Console {
        /// For which request; none where the module's top level printed.
        request: Option<u64>,
        /// How loudly.
        level: Level,
        /// What.
        text: String,
    },
    /// It counted something of its own: `globalThis.kvlag?.count("admitted", 1)`.
    Count {
        /// For which request; none at the module's top level.
        request: Option<u64>,
        /// What.
        name: String,
        /// How many.
        by: i64,
    },
    /// The isolate was thrown away: it had run out of processor time or memory. All requests in it have failed,
    /// and its module-level state is lost; the next request starts a new one. The PoP's cache stays.
    Restarted,
}

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The script threw an error or rejected a promise.
    Thrown,
    /// Something given to `waitUntil` did. The response is not touched by it, whether it comes before or after.
    Task,
    /// A promise was rejected, or a timer threw, and nobody handled it. The response is not touched by it.
    Unhandled,
    /// The script used more processor time than it may.
    CpuLimit,
    /// The script used more memory than it may.
    MemoryLimit,
    /// The script waits for something that cannot come.
    Hung,
    /// Another request brought the isolate down.
    IsolateLost,
    /// The module's top level failed when the isolate was to be started anew.
    NotStarted,
}

/// How loudly a script prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `console.debug`
    Debug,
    /// `console.log`, `console.info`
    Info,
    /// `console.warn`
    Warn,
    /// `console.error`, and rejected promises that nobody handled.
    Error,
}

/// Something that a script asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Names the operation within the isolate.
    pub number: u64,
    /// The request on whose behalf.
    pub request: u64,
    /// What.
    pub kind: Kind,
}

/// Of whom a script asked something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of a KV namespace.
    Kv {
        /// Its number, by the program's bindings.
        namespace: u32,
        /// What.
        call: KvCall,
    },
    /// Of an origin, by `fetch`.
    Fetch(OriginRequest),
}

/// What a script asked of a KV namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KvCall {
    /// The value of a key.
    Get {
        /// Its name.
        key: String,
        /// As what it is wanted; all the same to the store.
        value: ValueKind,
        /// `cacheTtl`, where given.
        cache_ttl_s: Option<i64>,
        /// Whether it was `getWithMetadata`.
        with_metadata: bool,
    },
    /// The values of several keys.
    GetMany {
        /// Their names, as given.
        keys: Vec<String>,
        /// As what they are wanted: text or JSON.
        value: ValueKind,
        /// `cacheTtl`, where given.
        cache_ttl_s: Option<i64>,
        /// Whether it was `getWithMetadata`.
        with_metadata: bool,
    },
    /// To store a value.
    Put {
        /// Under which name.
        key: String,
        /// Its bytes.
        value: Vec<u8>,
        /// Metadata as JSON, where given.
        metadata: Option<String>,
        /// Seconds since 1970 at which it shall expire, where given. The TTL wins where both are.
        expiration_s: Option<i64>,
        /// Seconds after which it shall expire, where given.
        expiration_ttl_s: Option<i64>,
    },
    /// To delete a key.
    Delete {
        /// Its name.
        key: String,
    },
    /// A page of keys.
    List {
        /// With which they begin.
        prefix: Option<String>,
        /// How many at most.
        limit: u32,
        /// Where the page before ended.
        cursor: Option<String>,
    },
}

/// As what a value is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A string.
    Text,
    /// What the JSON in it says.
    Json,
    /// An ArrayBuffer.
    Bytes,
    /// A ReadableStream.
    Stream,
    /// Something that does not exist, which the script hears when there is a value.
    Unknown,
}

/// A request to an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginRequest {
    /// The whole address.
    pub url: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Empty where there is none.
    pub body: Vec<u8>,
}

/// What became of an operation. An answer that does not fit what was asked is a mistake of the host, and panics.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// To [`KvCall::Get`]: the value, or that there is none.
    Value {
        /// The value with its metadata.
        entry: Option<Entry<'a>>,
        /// What `cacheStatus` tells, where it tells anything.
        cache_status: Option<&'a str>,
    },
    /// To [`KvCall::GetMany`]: in the order of the keys.
    Values(&'a [Option<Entry<'a>>]),
    /// To [`KvCall::Put`] and [`KvCall::Delete`]: it is done.
    Done,
    /// To [`KvCall::List`].
    Listed {
        /// In order.
        keys: &'a [ListedKey<'a>],
        /// Where the next page begins; none where the list is complete.
        cursor: Option<&'a str>,
        /// What `cacheStatus` tells, where it tells anything.
        cache_status: Option<&'a str>,
    },
    /// To any KV operation: 429, too many writes to one key.
    Rejected,
    /// To [`Kind::Fetch`].
    OriginResponse {
        /// 200, 404, …
        status: u16,
        /// Names and values.
        headers: &'a [(&'a str, &'a str)],
        /// Its bytes.
        body: &'a [u8],
    },
    /// To anything: it failed. The script gets an error with the status and the reason where it asked a namespace,
    /// with the reason alone where it asked an origin.
    Failed {
        /// 500, 503, …
        status: u16,
        /// In words.
        reason: &'a str,
    },
}

/// A value with its metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its bytes.
    pub value: &'a [u8],
    /// As JSON, where there are any.
    pub metadata: Option<&'a str>,
}

/// A key in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedKey<'a> {
    /// Its name.
    pub name: &'a str,
    /// Seconds since 1970 at which it expires, where it does.
    pub expiration_s: Option<i64>,
    /// As JSON, where there are any.
    pub metadata: Option<&'a str>,
}
