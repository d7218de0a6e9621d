//! The record of a live session: one line of CSV for each operation, as replays read them.

use super::class::API_POP;
use crate::scenario::bounds;
use crate::sim::cell::Call;
use crate::units::{Duration, Time};
use csv::Writer;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

/// The columns.
const COLUMNS: [&str; 8] = [
    "time_s",
    "pop",
    "op",
    "key",
    "size_bytes",
    "cache_ttl_s",
    "expiration_ttl_s",
    "pages",
];

/// What a scenario needs that replays a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The longest `cache-ttl` of any read; zero without reads.
    pub longest_cache_ttl: Duration,
    /// Whether there is anything to replay.
    pub replay: bool,
    /// Whether the PoP of the API has operations.
    pub api_pop: bool,
    /// Whether something is beyond the published limits: names that bear their namespace's, or the rest of a TTL
    /// that was given as a date.
    pub beyond_limits: bool,
}

/// Writes the record.
pub struct Record {
    writer: Writer<BufWriter<File>>,
    operations: u64,
    needs: Needs,
    /// Why it is not complete, if so.
    error: Option<io::Error>,
}

impl Record {
    /// Begins a record in a file that is created, or emptied.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut writer = Writer::from_writer(BufWriter::new(File::create(path)?));
        writer.write_record(COLUMNS)?;
        writer.flush()?;
        Ok(Record {
            writer,
            operations: 0,
            needs: Needs::default(),
            error: None,
        })
    }

    /// How many operations were recorded.
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// What a scenario needs that replays it.
    pub fn needs(&self) -> Needs {
        self.needs
    }

    /// An operation starts at a PoP; `key` is its key's name, or a list's prefix. What cannot be written is told by
    /// [`Record::finish`].
    pub fn add(&mut self, time: Time, pop: &str, key: &str, call: &Call) {
        let seconds = |ns: i64| format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000);
        let nothing = String::new;
        let (op, size, cache_ttl, expiration_ttl) = match call {
            Call::Get { cache_ttl, .. } => {
                let longest = &mut self.needs.longest_cache_ttl;
                *longest = (*longest).max(*cache_ttl);
                ("get", nothing(), seconds(cache_ttl.0), nothing())
            }
            Call::Put {
                entry,
                expiration_ttl,
                ..
            } => {
                let expiration_ttl = expiration_ttl.map_or_else(nothing, |ttl| seconds(ttl.0));
                let size = entry.value.len().to_string();
                ("put", size, nothing(), expiration_ttl)
            }
            Call::Delete { .. } => ("delete", nothing(), nothing(), nothing()),
            Call::List { .. } => ("list", nothing(), nothing(), nothing()),
        };
        self.needs.replay = true;
        self.needs.api_pop |= pop == API_POP;
        let is_short = |ttl: Duration| ttl < bounds::EXPIRATION_TTL_MIN;
        self.needs.beyond_limits |= key.len() > bounds::KEY_LENGTH_MAX
            || matches!(call, Call::Put { expiration_ttl, .. } if expiration_ttl.is_some_and(is_short));
        let time = seconds(time.0);
        // Each page is asked for by itself.
        let pages = if op == "list" { "1" } else { "" };
        let ttls = [&cache_ttl, &expiration_ttl].map(String::as_str);
        let fields = [&time, pop, op, key, &size, ttls[0], ttls[1], pages];
        self.operations += 1;
        if let Err(error) = self.writer.write_record(fields) {
            self.error.get_or_insert(error.into());
        }
    }

    /// Puts into the file what is not yet there.
    ///
    /// # Errors
    ///
    /// It cannot be written; [`Record::finish`] tells that again.
    pub fn flush(&mut self) -> io::Result<()> {
        let flushed = self.writer.flush();
        if let Err(error) = &flushed {
            let again = io::Error::new(error.kind(), error.to_string());
            self.error.get_or_insert(again);
        }
        flushed
    }

    /// Writes what is not yet in the file.
    ///
    /// # Errors
    ///
    /// Something could not be written, now or before.
    pub fn finish(&mut self) -> io::Result<()> {
        let flushed = self.writer.flush();
        match self.error.take() {
            Some(error) => Err(error),
            None => flushed,
        }
    }
}
