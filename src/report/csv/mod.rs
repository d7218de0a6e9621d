//! The CSV files of a report. Each column ends in its unit; an empty cell is a statistic of nothing.

pub mod curves;
pub mod numbers;
pub mod records;

use crate::scenario::metric::Unit;

/// Rows under a header, quoted where commas or quotes ask for it, with `\n` at each line's end.
pub(super) struct Table {
    writer: ::csv::Writer<Vec<u8>>,
}

impl Table {
    pub(super) fn new<C: AsRef<str>>(header: impl IntoIterator<Item = C>) -> Table {
        let mut table = Table {
            writer: ::csv::Writer::from_writer(Vec::new()),
        };
        table.row(header);
        table
    }

    /// Adds a row, which has as many cells as the header.
    pub(super) fn row<C: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.writer
            .write_record(
                cells
                    .into_iter()
                    .map(|cell| cell.as_ref().as_bytes().to_vec()),
            )
            .expect("rows are as long as the header, and memory takes any row");
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.writer
            .into_inner()
            .expect("writing to memory does not fail")
    }
}

/// A number in the shortest form that reads back the same, or nothing.
pub(super) fn cell(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

/// A part of a whole; nothing where the whole is nothing.
fn ratio(part: u64, whole: u64) -> String {
    cell((whole > 0).then(|| part as f64 / whole as f64))
}

/// A length of time in units of 10^`digits` nanoseconds, exactly.
fn exact(ns: i64, digits: u32) -> String {
    let unit = 10_u64.pow(digits);
    let sign = if ns < 0 { "-" } else { "" };
    let (whole, part) = (ns.unsigned_abs() / unit, ns.unsigned_abs() % unit);
    let decimals = format!("{part:0width$}", width = digits as usize);
    let number = format!("{sign}{whole}.{decimals}");
    number
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

/// Nanoseconds in seconds, exactly.
pub fn seconds(ns: i64) -> String {
    exact(ns, 9)
}

/// Nanoseconds in milliseconds, exactly.
fn milliseconds(ns: i64) -> String {
    exact(ns, 6)
}

/// What a metric's key ends in.
fn unit_suffix(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "_s",
        Unit::Milliseconds => "_ms",
        Unit::Count | Unit::Ratio | Unit::Versions => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact_decimals() {
        assert_eq!(seconds(0), "0");
        assert_eq!(seconds(1_500_000_000), "1.5");
        assert_eq!(seconds(10_000_000_000), "10");
        assert_eq!(seconds(1_234_567_890_123_456_789), "1234567890.123456789");
        assert_eq!(seconds(-1), "-0.000000001");
        assert_eq!(milliseconds(101_000_001), "101.000001");
    }
}
