//! What keys, sizes, TTLs and PoPs of a record must be, and what they are where the record does not say.

use std::hash::BuildHasher;
use std::ops::Range;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::error::{Checked, Problem};
use super::intern::Texts;
use super::number;
use crate::scenario::{PopIndex, Replay, Scenario, bounds, catalogue};
use crate::units::{Duration, Size};

/// What to do about a published limit.
const LIFT: &str = "`limits.enforce = false` studies a platform without this limit";

/// Most pages of a list: a thousand million keys.
const PAGES_MAX: u64 = 1_000_000;

/// What holds for every record of a replay.
pub struct Rules {
    /// Of reads whose record has none.
    pub cache_ttl: Duration,
    /// No record's may be longer.
    longest_cache_ttl: Duration,
    /// Of writes whose record has none.
    pub expiration_ttl: Option<Duration>,
    /// Largest value.
    pub size_max: Size,
    enforce_limits: bool,
    pops: Pops,
}

/// A key of a record that is as it must be.
#[derive(Clone, Copy, Debug)]
pub enum Key<'n> {
    /// It has appeared before, and has this number.
    Known(u32),
    /// It appears for the first time.
    New(&'n str),
}

impl Key<'_> {
    /// Its number.
    pub fn number(self, names: &mut Texts) -> u32 {
        match self {
            Key::Known(number) => number,
            Key::New(name) => names.insert(name),
        }
    }
}

impl Rules {
    /// The rules of a replay.
    pub fn of(replay: &Replay, scenario: &Scenario) -> Self {
        Rules {
            cache_ttl: replay.cache_ttl,
            longest_cache_ttl: replay.longest_cache_ttl,
            expiration_ttl: replay.expiration_ttl,
            size_max: if scenario.enforce_limits {
                bounds::VALUE_SIZE_MAX
            } else {
                bounds::VALUE_SIZE_MAX_UNENFORCED
            },
            enforce_limits: scenario.enforce_limits,
            pops: Pops::of(scenario),
        }
    }

    /// The PoP with a code.
    pub fn pop(&self, code: &[u8], span: &Range<usize>) -> Checked<PopIndex> {
        self.pops.find(code).ok_or_else(|| {
            let code = String::from_utf8_lossy(code).into_owned();
            let title = format!("`{code}` is not a PoP of the scenario");
            let problem = Problem::new(span.clone(), title);
            if catalogue::find(&code).is_some() {
                problem.help(format!("add \"{code}\" to the scenario's `pops`"))
            } else {
                problem
            }
        })
    }

    /// Checks a key's name: what has appeared before was good then.
    pub fn key<'n>(&self, name: &'n [u8], span: &Range<usize>, names: &Texts) -> Checked<Key<'n>> {
        match names.find(name) {
            Some(number) => Ok(Key::Known(number)),
            None => self.new_key(name, span).map(Key::New),
        }
    }

    fn new_key<'n>(&self, name: &'n [u8], span: &Range<usize>) -> Checked<&'n str> {
        let is_reserved = (name == b"." || name == b"..") && self.enforce_limits;
        if name.is_empty() || is_reserved {
            let what = "a key's name is anything but \"\", \".\" and \"..\"";
            return Err(Problem::new(span.clone(), what));
        }
        self.text(name, span)
    }

    /// Checks a prefix, which may be empty.
    pub fn prefix<'n>(
        &self,
        name: &'n [u8],
        span: &Range<usize>,
        names: &Texts,
    ) -> Checked<Key<'n>> {
        match names.find(name) {
            Some(number) => Ok(Key::Known(number)),
            None => self.text(name, span).map(Key::New),
        }
    }

    /// Checks a client's name.
    pub fn client<'n>(
        &self,
        name: &'n [u8],
        span: &Range<usize>,
        names: &Texts,
    ) -> Checked<Key<'n>> {
        match (names.find(name), std::str::from_utf8(name)) {
            (Some(number), _) => Ok(Key::Known(number)),
            (None, Ok(name)) => Ok(Key::New(name)),
            (None, Err(_)) => {
                let what = "a client's name is UTF-8, and this is not";
                Err(Problem::new(span.clone(), what))
            }
        }
    }

    fn text<'n>(&self, name: &'n [u8], span: &Range<usize>) -> Checked<&'n str> {
        let max = if self.enforce_limits {
            bounds::KEY_LENGTH_MAX
        } else {
            bounds::KEY_LENGTH_MAX_UNENFORCED
        };
        if name.len() > max {
            let what = format!(
                "a key's name has at most {max} bytes, and this has {}",
                name.len()
            );
            return Err(self.limit(span, what));
        }
        std::str::from_utf8(name)
            .map_err(|_| Problem::new(span.clone(), "a key's name is UTF-8, and this is not"))
    }

    fn limit(&self, span: &Range<usize>, what: impl Into<String>) -> Box<Problem> {
        let problem = Problem::new(span.clone(), what);
        if self.enforce_limits {
            problem.help(LIFT)
        } else {
            problem
        }
    }

    /// A size in bytes; `None` where nothing is written.
    pub fn size(&self, text: &[u8], span: &Range<usize>) -> Checked<Option<Size>> {
        if text.is_empty() {
            return Ok(None);
        }
        let Some(bytes) = number::whole(text) else {
            let text = String::from_utf8_lossy(text);
            let what = format!("`{text}` is not a whole number of bytes");
            return Err(Problem::new(span.clone(), what));
        };
        self.size_of(Size(bytes), span).map(Some)
    }

    /// Checks a size.
    #[inline]
    pub fn size_of(&self, size: Size, span: &Range<usize>) -> Checked<Size> {
        if size > self.size_max {
            let what = format!("a value is at most {}, and this is {size}", self.size_max);
            return Err(self.limit(span, what));
        }
        Ok(size)
    }

    /// How long a read accepts a copy; the replay's where nothing is written.
    pub fn cache_ttl(&self, text: &[u8], span: &Range<usize>) -> Checked<Duration> {
        if text.is_empty() {
            return Ok(self.cache_ttl);
        }
        let ttl = ttl(text, span)?;
        if self.enforce_limits && ttl < bounds::CACHE_TTL_MIN {
            let what = format!("a cache-ttl is at least 30s, and this is {ttl}");
            return Err(self.limit(span, what));
        }
        if ttl > self.longest_cache_ttl {
            let longest = self.longest_cache_ttl;
            let what =
                format!("this cache-ttl of {ttl} is longer than the replay's longest, {longest}");
            let help =
                format!("set `longest-cache-ttl = \"{ttl}\"`, or to the longest of the file");
            return Err(Problem::new(span.clone(), what).help(help));
        }
        Ok(ttl)
    }

    /// How many pages a list takes; `None` where nothing is written.
    pub fn pages(&self, text: &[u8], span: &Range<usize>) -> Checked<Option<u32>> {
        if text.is_empty() {
            return Ok(None);
        }
        let pages = number::whole(text).filter(|pages| (1..=PAGES_MAX).contains(pages));
        match pages {
            Some(pages) => Ok(Some(pages as u32)),
            None => {
                let text = String::from_utf8_lossy(text);
                let what = format!("`{text}` is not a number of pages, from 1 to {PAGES_MAX}");
                Err(Problem::new(span.clone(), what))
            }
        }
    }

    /// When a value expires after its commit; as the replay says where nothing is written.
    pub fn expiration_ttl(&self, text: &[u8], span: &Range<usize>) -> Checked<Option<Duration>> {
        if text.is_empty() {
            return Ok(self.expiration_ttl);
        }
        let ttl = ttl(text, span)?;
        if self.enforce_limits && ttl < bounds::EXPIRATION_TTL_MIN {
            let what = format!("an expiration-ttl is at least 60s, and this is {ttl}");
            return Err(self.limit(span, what));
        }
        if ttl == Duration::ZERO {
            return Err(Problem::new(
                span.clone(),
                "an expiration-ttl is above zero",
            ));
        }
        Ok(Some(ttl))
    }
}

/// A length of time in seconds.
fn ttl(text: &[u8], span: &Range<usize>) -> Checked<Duration> {
    let ttl = Duration(seconds(text, span)?);
    if ttl > bounds::SPAN_MAX {
        let what = format!("a TTL is at most {}", bounds::SPAN_MAX);
        return Err(Problem::new(span.clone(), what));
    }
    Ok(ttl)
}

/// The nanoseconds in a number of seconds.
#[inline]
pub fn seconds(text: &[u8], span: &Range<usize>) -> Checked<i64> {
    number::nanoseconds(text).map_err(|bad| {
        let text = String::from_utf8_lossy(text);
        Problem::new(span.clone(), format!("`{text}` {}", bad.words()))
    })
}

/// PoPs by code.
struct Pops {
    codes: Vec<String>,
    table: HashTable<PopIndex>,
    hasher: FixedState,
}

impl Pops {
    fn of(scenario: &Scenario) -> Self {
        let codes: Vec<String> = scenario.pops.iter().map(|pop| pop.code.clone()).collect();
        let hasher = FixedState::with_seed(0);
        let mut table = HashTable::new();
        for (pop, code) in codes.iter().enumerate() {
            let rehash = |pop: &PopIndex| hasher.hash_one(codes[*pop].as_bytes());
            table.insert_unique(hasher.hash_one(code.as_bytes()), pop, rehash);
        }
        Pops {
            codes,
            table,
            hasher,
        }
    }

    fn find(&self, code: &[u8]) -> Option<PopIndex> {
        let hash = self.hasher.hash_one(code);
        let is_it = |pop: &PopIndex| self.codes[*pop].as_bytes() == code;
        self.table.find(hash, is_it).copied()
    }
}
