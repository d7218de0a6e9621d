//! libCacheSim's oracleGeneral: binary records of 24 bytes, each a read.
//!
//! A record is, little-endian and without gaps: the time in seconds (32 bits), the object's id (64 bits), its
//! size in bytes (32 bits), and the number of the record that reads it next (64 bits), which is not needed here
//! (github.com/1a1a11a/libCacheSim, `traceReader/customizedReader/oracle/oracleGeneralBin.h`).

use super::clock::{Clock, Origin};
use super::deal::{Dealer, hash_of_number};
use super::error::{Problem, Trouble};
use super::input::Input;
use super::intern::Ids;
use super::rules::Rules;
use super::{Action, TraceOperation};
use crate::units::Size;

/// Bytes of a record.
const RECORD: usize = 24;

const NANOSECONDS_PER_SECOND: i64 = 1_000_000_000;

/// Reads operations.
pub struct OracleGeneral {
    pub(super) input: Input,
    pub(super) keys: Ids,
    /// The number of the current record, from 1.
    pub(super) number: u64,
    rules: Rules,
    clock: Clock,
    dealer: Dealer,
}

impl OracleGeneral {
    /// Before the first record.
    pub fn new(input: Input, rules: Rules, dealer: Dealer) -> Self {
        OracleGeneral {
            input,
            keys: Ids::default(),
            number: 0,
            rules,
            clock: Clock::new(Origin::FirstOperation),
            dealer,
        }
    }

    /// The next operation.
    #[inline(always)]
    pub fn next(&mut self) -> Result<Option<TraceOperation>, Trouble> {
        loop {
            if let Some(record) = self.input.rest().first_chunk::<RECORD>() {
                let record = *record;
                self.input.take(RECORD);
                return self.operation(&record).map(Some);
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Reads a record, at least, where there is no whole one; `false` at the end of the file.
    #[cold]
    fn fill(&mut self) -> Result<bool, Trouble> {
        while self.input.rest().len() < RECORD {
            match self.input.fill() {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    // It is the next record that cannot be read.
                    self.number += 1;
                    return Err(error.into());
                }
            }
            let length = self.input.rest().len();
            if length == 0 {
                return Ok(false);
            }
            self.input.take(length);
            self.number += 1;
            let what = format!("the file ends after {length} of its {RECORD} bytes");
            return Err(Problem::new(0..0, what).help("the file was cut off").into());
        }
        Ok(true)
    }

    #[inline(always)]
    fn operation(&mut self, record: &[u8; RECORD]) -> Result<TraceOperation, Trouble> {
        self.number += 1;
        let seconds = u32::from_le_bytes(part(record, 0));
        let id = u64::from_le_bytes(part(record, 4));
        let size = Size(u64::from(u32::from_le_bytes(part(record, 12))));
        let size = self.rules.size_of(size, &(0..0))?;
        let time = self
            .clock
            .advance(i64::from(seconds) * NANOSECONDS_PER_SECOND)
            .map_err(|what| Problem::new(0..0, what))?;
        Ok(TraceOperation {
            time,
            pop: self.dealer.next(|| hash_of_number(id)),
            client: None,
            action: Action::Get {
                key: self.keys.number(id),
                cache_ttl: self.rules.cache_ttl,
                size: Some(size),
            },
        })
    }
}

fn part<const N: usize>(record: &[u8; RECORD], at: usize) -> [u8; N] {
    *record[at..]
        .first_chunk()
        .expect("the part lies in the record")
}
