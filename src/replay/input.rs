//! A file's bytes, decompressed, in lines or as they come, through one buffer of bounded size.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use memchr::memchr;

use super::error::{Problem, Trouble};
use crate::scenario::Compression;

/// Bytes that are asked for at once.
const BUFFER: usize = 256 << 10;

/// A line beyond this is no record of anything.
pub const LINE_MAX: usize = 1 << 20;

/// Quotes around line breaks are looked for so far: keys are shorter.
const QUOTED_MAX: usize = 128 << 10;

/// Of a line that is too long, so much is kept to be shown.
const SHOWN: usize = 256;

/// What some editors put before the first line.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How lines end: at every line break, or only at those outside of quotes.
#[derive(Clone, Copy, Debug)]
pub enum Lines {
    /// At every line break.
    Plain,
    /// Columns may stand in quotes, and line breaks in them; this byte separates columns.
    Quoted(u8),
}

/// Where in a column a byte stands.
#[derive(Clone, Copy)]
enum Column {
    /// At its beginning.
    Start,
    /// In one without quotes, or behind them where nothing belongs.
    Bare,
    /// Inside of quotes.
    Quoted,
    /// Behind a quote that may be the closing one.
    Closed,
}

/// A file's bytes and the current line.
pub struct Input {
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// What was read and not yet given.
    rest: Range<usize>,
    is_at_end: bool,
    line: Range<usize>,
    number: u64,
    /// Line breaks inside the current line.
    breaks: u64,
    /// Whether a line that is too long still goes on.
    is_within_line: bool,
}

impl Input {
    /// Opens a file.
    pub fn open(path: &Path, compression: Compression) -> io::Result<Self> {
        let file = File::open(path)?;
        let source: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(file),
            // Both go on where one frame or member ends and another begins.
            Compression::Zstd => Box::new(zstd::Decoder::new(file)?),
            Compression::Gzip => Box::new(MultiGzDecoder::new(file)),
        };
        Ok(Input::new(source))
    }

    /// Reads from anything.
    pub fn new(source: Box<dyn Read + Send>) -> Self {
        Input {
            source,
            buffer: vec![0; BUFFER],
            rest: 0..0,
            is_at_end: false,
            line: 0..0,
            number: 0,
            breaks: 0,
            is_within_line: false,
        }
    }

    /// What was read and not yet given.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.rest.clone()]
    }

    /// Gives so many bytes of the rest.
    pub fn take(&mut self, count: usize) {
        self.rest.start += count;
    }

    /// Reads more behind the rest; `false` where there is no more. The current line is lost.
    pub fn fill(&mut self) -> io::Result<bool> {
        if self.is_at_end {
            return Ok(false);
        }
        self.buffer.copy_within(self.rest.clone(), 0);
        self.rest = 0..self.rest.len();
        self.line = 0..0;
        if self.buffer.len() - self.rest.end < BUFFER / 2 {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self.source.read(&mut self.buffer[self.rest.end..]) {
                Ok(0) => {
                    self.is_at_end = true;
                    return Ok(false);
                }
                Ok(count) => {
                    self.rest.end += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The current line, without what ends it.
    pub fn line(&self) -> &[u8] {
        &self.buffer[self.line.clone()]
    }

    /// The number of the current line, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Goes to the next line that is not empty; `false` where there is none.
    pub fn next_line(&mut self, lines: Lines) -> Result<bool, Trouble> {
        loop {
            if self.is_within_line {
                self.pass_line()?;
            }
            self.number += 1 + self.breaks;
            self.breaks = 0;
            if self.number == 1 {
                self.pass_byte_order_mark()?;
            }
            let Some(length) = self.length(lines)? else {
                return Ok(false);
            };
            self.line = self.rest.start..self.rest.start + length;
            self.rest.start = (self.line.end + 1).min(self.rest.end);
            if self.line().last() == Some(&b'\r') {
                self.line.end -= 1;
            }
            if !self.line.is_empty() {
                return Ok(true);
            }
        }
    }

    /// Reads more of a line; what there is of it can be shown where that fails.
    fn fill_line(&mut self) -> io::Result<bool> {
        let filled = self.fill();
        if filled.is_err() {
            self.line = self.rest.clone();
        }
        filled
    }

    /// The bytes of the line that begins where the rest does; `None` at the end of the file.
    fn length(&mut self, lines: Lines) -> Result<Option<usize>, Trouble> {
        let mut searched = 0;
        loop {
            let rest = self.rest();
            if let Some(at) = memchr(b'\n', &rest[searched..]) {
                let length = searched + at;
                let is_quoted =
                    matches!(lines, Lines::Quoted(_)) && memchr(b'"', &rest[..length]).is_some();
                if !is_quoted {
                    return Ok(Some(length));
                }
                if let Some(length) = self.quoted_length(lines) {
                    return Ok(Some(length));
                }
            }
            // With quotes all of the line is looked at anew: the break just found may lie inside of them.
            searched = match lines {
                Lines::Plain => self.rest.len(),
                Lines::Quoted(_) => 0,
            };
            let is_quoted = matches!(lines, Lines::Quoted(_));
            let is_long = is_quoted && self.rest.len() > QUOTED_MAX;
            let is_more = !is_long && self.rest.len() <= LINE_MAX && self.fill_line()?;
            if is_more {
                continue;
            }
            // There are line breaks in it: else the line would have ended, or be looked for further on.
            if let Some(problem) = is_quoted.then(|| self.unclosed()).flatten() {
                return Err(problem.into());
            }
            if self.rest.len() > LINE_MAX {
                return Err(self.too_long().into());
            }
            if self.is_at_end {
                let length = self.rest.len();
                return Ok((length > 0).then_some(length));
            }
            self.fill_line()?;
        }
    }

    /// The bytes of the line if all of it, quotes closed, is read.
    fn quoted_length(&mut self, lines: Lines) -> Option<usize> {
        let Lines::Quoted(delimiter) = lines else {
            return None;
        };
        let mut state = Column::Start;
        let mut breaks = 0;
        for (at, byte) in self.rest().iter().enumerate() {
            state = match (state, byte) {
                (Column::Quoted, b'"') => Column::Closed,
                (Column::Quoted, b'\n') => {
                    breaks += 1;
                    Column::Quoted
                }
                (Column::Quoted, _) => Column::Quoted,
                (_, b'\n') => {
                    self.breaks = breaks;
                    return Some(at);
                }
                // A quote inside of quotes is doubled, which closes them and opens them again.
                (Column::Start | Column::Closed, b'"') => Column::Quoted,
                (_, byte) if *byte == delimiter => Column::Start,
                _ => Column::Bare,
            };
        }
        None
    }

    fn too_long(&mut self) -> Box<Problem> {
        self.line = self.rest.start..self.rest.start + SHOWN;
        self.rest.start += LINE_MAX;
        self.is_within_line = true;
        Problem::new(0..0, "this line is longer than 1 MiB").help("is the format the right one?")
    }

    /// Quotes that are never closed make a line of all that follows: goes on behind the first break in them.
    fn unclosed(&mut self) -> Option<Box<Problem>> {
        let length = memchr(b'\n', self.rest())?;
        self.line = self.rest.start..self.rest.start + length;
        self.rest.start += length + 1;
        Some(Problem::new(
            0..length,
            "the quotes in this line are never closed",
        ))
    }

    /// Goes behind the end of a line that is too long to hold.
    fn pass_line(&mut self) -> io::Result<()> {
        loop {
            if let Some(at) = memchr(b'\n', self.rest()) {
                self.rest.start += at + 1;
                break;
            }
            self.rest.start = self.rest.end;
            if !self.fill()? {
                break;
            }
        }
        self.is_within_line = false;
        Ok(())
    }

    fn pass_byte_order_mark(&mut self) -> io::Result<()> {
        while self.rest.len() < BYTE_ORDER_MARK.len() && self.fill()? {}
        if self.rest().starts_with(BYTE_ORDER_MARK) {
            self.rest.start += BYTE_ORDER_MARK.len();
        }
        Ok(())
    }
}
