//! libCacheSim's CSV: columns by number, each line a read.
//!
//! As in libCacheSim's own tools a delimiter that nobody gives is found out from the first line, by the same
//! count. Whether that line is a header its time says: where none can be read, it is one.

use super::clock::{Clock, Origin};
use super::deal::{Dealer, hash_of_text};
use super::error::{Checked, Problem, Trouble};
use super::fields::Fields;
use super::input::{Input, Lines};
use super::intern::Texts;
use super::number;
use super::rules::{Rules, seconds};
use super::{Action, TraceOperation};
use crate::scenario::Columns;

/// What may separate columns, with how much each occurrence counts.
const DELIMITERS: [(u8, usize); 4] = [(b'\t', 4), (b',', 3), (b'|', 2), (b':', 1)];

/// Reads operations.
pub struct LibCacheSimCsv {
    pub(super) input: Input,
    pub(super) keys: Texts,
    rules: Rules,
    clock: Clock,
    dealer: Dealer,
    fields: Fields,
    columns: Columns,
    delimiter: Option<u8>,
    has_header: Option<bool>,
    /// Whether the first line was looked at and is the next to be read.
    is_line_pending: bool,
}

impl LibCacheSimCsv {
    /// Before the first line.
    pub fn new(
        input: Input,
        rules: Rules,
        dealer: Dealer,
        columns: Columns,
        delimiter: Option<u8>,
        has_header: Option<bool>,
    ) -> Self {
        LibCacheSimCsv {
            input,
            keys: Texts::default(),
            rules,
            clock: Clock::new(Origin::FirstOperation),
            dealer,
            fields: Fields::default(),
            columns,
            delimiter,
            has_header,
            is_line_pending: false,
        }
    }

    /// Looks at the first line.
    pub fn start(&mut self) -> Result<(), Trouble> {
        // Without a delimiter nobody knows what a quote at the beginning of a column is.
        let lines = self.delimiter.map_or(Lines::Plain, Lines::Quoted);
        if !self.input.next_line(lines)? {
            return Ok(());
        }
        let line = self.input.line();
        let delimiter = match self.delimiter.or_else(|| likely_delimiter(line)) {
            Some(delimiter) => delimiter,
            None => {
                let what = "no delimiter can be found in the first line";
                let problem = Problem::new(0..line.len(), what);
                return Err(Trouble::End(problem.help("set `delimiter`")));
            }
        };
        self.delimiter = Some(delimiter);
        let has_header = match self.has_header {
            Some(has_header) => has_header,
            None => {
                let split = self.fields.split(line, delimiter);
                let column = self.columns.time as usize - 1;
                let is_time = column < self.fields.len()
                    && number::nanoseconds(self.fields.get(line, column).trim_ascii()).is_ok();
                split.is_err() || !is_time
            }
        };
        self.is_line_pending = !has_header;
        Ok(())
    }

    /// The next operation.
    pub fn next(&mut self) -> Result<Option<TraceOperation>, Trouble> {
        // A file without a first line has no second.
        let Some(delimiter) = self.delimiter else {
            return Ok(None);
        };
        let is_there = std::mem::take(&mut self.is_line_pending)
            || self.input.next_line(Lines::Quoted(delimiter))?;
        if !is_there {
            return Ok(None);
        }
        Ok(Some(self.operation(delimiter)?))
    }

    fn operation(&mut self, delimiter: u8) -> Checked<TraceOperation> {
        let line = self.input.line();
        self.fields.split(line, delimiter)?;
        let Columns { time, key, size } = self.columns;
        let last = time.max(key).max(size.unwrap_or(0)) as usize;
        if self.fields.len() < last {
            let here = self.fields.len();
            let what = format!("this line has {here} columns, and column {last} is needed");
            let help = "`columns` says which column holds what";
            return Err(Problem::new(0..line.len(), what).help(help));
        }
        let field = |column: u32| {
            let column = column as usize - 1;
            // Many of these files have blanks behind their commas.
            let text = self.fields.get(line, column).trim_ascii();
            (text, self.fields.span(column))
        };
        let (time, time_span) = field(time);
        let instant = seconds(time, &time_span)?;
        let (name, key_span) = field(key);
        let key = self.rules.key(name, &key_span, &self.keys)?;
        let size = match size.map(field) {
            Some((size, span)) => self.rules.size(size, &span)?,
            None => None,
        };
        let time = self.clock.advance(instant);
        let time = time.map_err(|what| Problem::new(time_span, what))?;
        Ok(TraceOperation {
            time,
            pop: self.dealer.next(|| hash_of_text(name)),
            client: None,
            action: Action::Get {
                key: key.number(&mut self.keys),
                cache_ttl: self.rules.cache_ttl,
                size,
            },
        })
    }
}

/// The delimiter that counts most in a line, if there is one.
fn likely_delimiter(line: &[u8]) -> Option<u8> {
    let counted = DELIMITERS.map(|(delimiter, weight)| {
        let count = memchr::memchr_iter(delimiter, line).count();
        (count * weight, delimiter)
    });
    // Of equals the first, as there.
    let best = counted
        .into_iter()
        .reduce(|best, other| if other.0 > best.0 { other } else { best })?;
    (best.0 > 0).then_some(best.1)
}
