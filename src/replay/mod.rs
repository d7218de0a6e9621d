//! Recorded workloads, read from files: one operation after the other, in the order of their times.
//!
//! [`Trace::open`] opens the file of a [`Replay`], and [`Trace::read`] gives its operations. No file is ever held
//! whole; what stays is the name of each key, once. There are four formats ([`crate::scenario::TraceFormat`]),
//! one file here for each, over a common `input` (decompression, lines), `number` (exact times), `intern`
//! (numbers for names), `deal` (PoPs for operations that name none) and `clock` (times that do not decrease).
//!
//! Times of kvlag's own CSV are times of the scenario. In the other formats the first operation is at time 0,
//! whatever the clock of the record said. A file that goes on beyond the scenario's end is no mistake; who
//! replays it stops there.
//!
//! A line that cannot be read is an error that ends the replay, unless
//! [`Replay::skip_bad_lines`] says to count it and go on.

mod clock;
mod deal;
mod error;
mod fields;
mod input;
mod intern;
mod kvlag_csv;
mod libcachesim_csv;
mod logpush;
mod number;
mod oracle_general;
mod rules;
mod unreadable;

use crate::scenario::{PopIndex, Replay, Scenario, TraceFormat};
use crate::units::{Duration, Size, Time};
use std::io::Read;

pub use error::{BadLine, TraceError};
pub use intern::Keys;
pub(crate) use intern::Texts;
pub use logpush::REORDERED_MAX;

use deal::Dealer;
use error::{Problem, Trouble};
use input::Input;
use kvlag_csv::KvlagCsv;
use libcachesim_csv::LibCacheSimCsv;
use logpush::Logpush;
use oracle_general::OracleGeneral;
use rules::Rules;

/// Largest file that is copied into a report.
const COPIED_MAX: u64 = 1 << 20;

/// The whole file of a replay if it is small; `None` if it is not, or cannot be read.
pub fn small_copy(replay: &Replay) -> Option<Vec<u8>> {
    let file = std::fs::File::open(&replay.file).ok()?;
    let mut bytes = Vec::new();
    file.take(COPIED_MAX + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= COPIED_MAX).then_some(bytes)
}

/// How many bad lines a [`Tally`] keeps.
const KEPT_MAX: usize = 10;

/// Number of a key in [`Trace::keys`], in the order of first appearance in the file, from 0.
pub type KeyNumber = u32;
/// Number of a prefix in [`Trace::prefixes`], likewise.
pub type PrefixNumber = u32;
/// Number of a client in [`Trace::clients`], likewise.
pub type ClientNumber = u32;

/// A recorded operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceOperation {
    /// When it starts; 0 or later, and not before the operation before it.
    pub time: Time,
    /// Where.
    pub pop: PopIndex,
    /// Whose; `None` where the record names no client.
    pub client: Option<ClientNumber>,
    /// What.
    pub action: Action,
}

/// What a recorded operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Read a key.
    Get {
        /// Which.
        key: KeyNumber,
        /// With this `cache-ttl`: the record's, or the replay's.
        cache_ttl: Duration,
        /// Size of the value that was read then; `None` where the record does not say.
        size: Option<Size>,
    },
    /// Write a key.
    Put {
        /// Which.
        key: KeyNumber,
        /// Size of the value; `None` where the record does not say.
        size: Option<Size>,
        /// Expires so long after its commit: the record's, or the replay's.
        expiration_ttl: Option<Duration>,
    },
    /// Delete a key.
    Delete {
        /// Which.
        key: KeyNumber,
    },
    /// List the keys with a prefix.
    List {
        /// Which.
        prefix: PrefixNumber,
        /// How many pages; `None` where the record does not say: as many as there are.
        pages: Option<u32>,
    },
}

/// What came of the lines of a file so far (of the records, where it is binary).
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Operations handed out.
    pub operations: u64,
    /// Logpush: requests whose path does not start with the prefix, or with nothing behind it.
    pub other_paths: u64,
    /// Logpush: requests with the prefix whose method is none of those of a store.
    pub other_methods: u64,
    /// Lines that could not be read.
    pub bad_lines: u64,
    /// The first few of them.
    pub first_bad_lines: Vec<BadLine>,
}

/// A recorded workload on its way from its file.
pub struct Trace {
    replay: Replay,
    reader: Reader,
    tally: Tally,
    /// Whether the end, or an error, was handed out.
    is_over: bool,
    /// What has names only in formats that name it.
    nothing: Texts,
}

/// By format.
enum Reader {
    KvlagCsv(KvlagCsv),
    LibCacheSimCsv(LibCacheSimCsv),
    OracleGeneral(OracleGeneral),
    Logpush(Logpush),
}

impl Reader {
    fn of(replay: &Replay, scenario: &Scenario, seed: u64, input: Input) -> Self {
        let rules = Rules::of(replay, scenario);
        match &replay.format {
            TraceFormat::KvlagCsv => Reader::KvlagCsv(KvlagCsv::new(input, rules)),
            TraceFormat::LibCacheSimCsv {
                columns,
                delimiter,
                has_header,
                dealing,
            } => {
                let dealer = Dealer::new(dealing, replay, seed);
                let reader =
                    LibCacheSimCsv::new(input, rules, dealer, *columns, *delimiter, *has_header);
                Reader::LibCacheSimCsv(reader)
            }
            TraceFormat::OracleGeneral { dealing } => {
                let dealer = Dealer::new(dealing, replay, seed);
                Reader::OracleGeneral(OracleGeneral::new(input, rules, dealer))
            }
            TraceFormat::Logpush { fields, key_prefix } => {
                let reader = Logpush::new(input, rules, fields.clone(), key_prefix.clone());
                Reader::Logpush(reader)
            }
        }
    }

    fn start(&mut self) -> Result<(), Trouble> {
        match self {
            Reader::KvlagCsv(reader) => reader.start(),
            Reader::LibCacheSimCsv(reader) => reader.start(),
            Reader::OracleGeneral(_) | Reader::Logpush(_) => Ok(()),
        }
    }

    /// Reads on until there are `count` operations, or one that starts at `until` or later; whether there is more.
    fn read(
        &mut self,
        operations: &mut Vec<TraceOperation>,
        count: usize,
        until: Time,
    ) -> Result<bool, Trouble> {
        match self {
            Reader::KvlagCsv(reader) => collect(|| reader.next(), operations, count, until),
            Reader::LibCacheSimCsv(reader) => collect(|| reader.next(), operations, count, until),
            Reader::OracleGeneral(reader) => collect(|| reader.next(), operations, count, until),
            Reader::Logpush(reader) => collect(|| reader.next(), operations, count, until),
        }
    }

    fn bad_line(&self, replay: &Replay, problem: Problem) -> BadLine {
        let input = match self {
            Reader::KvlagCsv(reader) => &reader.input,
            Reader::LibCacheSimCsv(reader) => &reader.input,
            Reader::Logpush(reader) => &reader.input,
            Reader::OracleGeneral(reader) => {
                return BadLine::in_record(replay, reader.number, problem);
            }
        };
        BadLine::in_line(replay, input.number(), input.line(), problem)
    }
}

/// Collects what `next` gives, as [`Reader::read`] does.
#[inline]
fn collect(
    mut next: impl FnMut() -> Result<Option<TraceOperation>, Trouble>,
    operations: &mut Vec<TraceOperation>,
    count: usize,
    until: Time,
) -> Result<bool, Trouble> {
    while operations.len() < count {
        let Some(operation) = next()? else {
            return Ok(false);
        };
        operations.push(operation);
        if operation.time >= until {
            break;
        }
    }
    Ok(true)
}

impl Trace {
    /// Opens the file of a replay of `scenario`; `seed` is the run's.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or its first line is not one of its format.
    pub fn open(replay: &Replay, scenario: &Scenario, seed: u64) -> Result<Trace, TraceError> {
        let input = Input::open(&replay.file, replay.compression)
            .map_err(|error| TraceError::unreadable(replay, error))?;
        let mut trace = Trace {
            reader: Reader::of(replay, scenario, seed, input),
            replay: replay.clone(),
            tally: Tally::default(),
            is_over: false,
            nothing: Texts::default(),
        };
        match trace.reader.start() {
            Ok(()) => Ok(trace),
            Err(trouble) => Err(trace.error(trouble)),
        }
    }

    /// Puts the next operations into `operations`, which is empty: at most `count`, and none behind one that
    /// starts at `until` or later. They are those that iterating gives. None are the end.
    ///
    /// # Errors
    ///
    /// The file cannot be read on; what comes before is in `operations`. Nothing follows an error.
    pub fn read(
        &mut self,
        operations: &mut Vec<TraceOperation>,
        count: usize,
        until: Time,
    ) -> Result<(), TraceError> {
        assert!(operations.is_empty(), "what was read before was taken");
        let mut outcome = Ok(());
        while !self.is_over {
            match self.reader.read(operations, count, until) {
                Ok(goes_on) => {
                    self.is_over = !goes_on;
                    if self.is_over && operations.is_empty() && self.was_nothing_read() {
                        outcome = Err(unreadable::without_operations(&self.replay));
                    }
                    break;
                }
                Err(trouble) => outcome = self.pass_over(trouble),
            }
        }
        self.tally.operations += operations.len() as u64;
        outcome
    }

    /// The names of keys that have appeared so far.
    pub fn keys(&self) -> Keys<'_> {
        match &self.reader {
            Reader::KvlagCsv(reader) => Keys::from(&reader.keys),
            Reader::LibCacheSimCsv(reader) => Keys::from(&reader.keys),
            Reader::Logpush(reader) => Keys::from(&reader.keys),
            Reader::OracleGeneral(reader) => Keys::from(&reader.keys),
        }
    }

    /// The prefixes of lists that have appeared so far.
    pub fn prefixes(&self) -> Keys<'_> {
        match &self.reader {
            Reader::KvlagCsv(reader) => Keys::from(&reader.prefixes),
            _ => Keys::from(&self.nothing),
        }
    }

    /// The names of clients that have appeared so far.
    pub fn clients(&self) -> Keys<'_> {
        match &self.reader {
            Reader::KvlagCsv(reader) => Keys::from(&reader.clients),
            _ => Keys::from(&self.nothing),
        }
    }

    /// What came of the lines so far.
    pub fn tally(&self) -> Tally {
        let mut tally = self.tally.clone();
        if let Reader::Logpush(reader) = &self.reader {
            tally.other_paths = reader.other_paths;
            tally.other_methods = reader.other_methods;
        }
        tally
    }

    /// Whether nothing at all was read so far, be it good or bad.
    fn was_nothing_read(&self) -> bool {
        let tally = self.tally();
        tally.operations + tally.other_paths + tally.other_methods + tally.bad_lines == 0
    }

    /// Counts a bad line where such lines are passed over; else gives the error that ends the replay.
    #[cold]
    fn pass_over(&mut self, trouble: Trouble) -> Result<(), TraceError> {
        let problem = match trouble {
            Trouble::Line(problem) if self.replay.skip_bad_lines => problem,
            trouble => {
                self.is_over = true;
                return Err(self.error(trouble));
            }
        };
        self.tally.bad_lines += 1;
        if self.tally.first_bad_lines.len() < KEPT_MAX {
            let bad = self.reader.bad_line(&self.replay, *problem);
            self.tally.first_bad_lines.push(bad);
        }
        Ok(())
    }

    fn error(&self, trouble: Trouble) -> TraceError {
        let bad = match trouble {
            Trouble::Io(error) => match unreadable::unpacking(&self.replay, &error) {
                None => return TraceError::unreadable(&self.replay, error),
                Some(problem) => self.reader.bad_line(&self.replay, problem).at_the_end(),
            },
            Trouble::Line(problem) => self.reader.bad_line(&self.replay, *problem),
            Trouble::End(problem) => self.reader.bad_line(&self.replay, *problem).at_the_end(),
        };
        TraceError::BadLine(Box::new(bad))
    }
}

impl Iterator for Trace {
    type Item = Result<TraceOperation, TraceError>;

    /// The next operation; nothing follows an error.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let mut operations = Vec::with_capacity(1);
        match self.read(&mut operations, 1, Time(i64::MAX)) {
            Ok(()) => operations.pop().map(Ok),
            Err(error) => Some(Err(error)),
        }
    }
}
