//! The columns of a line of CSV (RFC 4180), as ranges into it.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::error::{Checked, Problem};

/// The columns of the current line.
#[derive(Debug, Default)]
pub struct Fields {
    ranges: Vec<Range<u32>>,
    /// Columns whose quotes hold doubled quotes, by number, with their content.
    unescaped: Vec<(usize, Vec<u8>)>,
}

impl Fields {
    /// Splits a line.
    pub fn split(&mut self, line: &[u8], delimiter: u8) -> Checked<()> {
        self.ranges.clear();
        self.unescaped.clear();
        if memchr(b'"', line).is_some() {
            return self.split_quoted(line, delimiter);
        }
        let mut start = 0;
        for at in memchr_iter(delimiter, line) {
            self.ranges.push(start..at as u32);
            start = at as u32 + 1;
        }
        self.ranges.push(start..line.len() as u32);
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Where a column stands in the line, without its quotes.
    pub fn span(&self, column: usize) -> Range<usize> {
        let range = &self.ranges[column];
        range.start as usize..range.end as usize
    }

    /// What stands in a column.
    pub fn get<'l>(&'l self, line: &'l [u8], column: usize) -> &'l [u8] {
        if !self.unescaped.is_empty() {
            let unescaped = self.unescaped.iter().find(|(number, _)| *number == column);
            if let Some((_, content)) = unescaped {
                return content;
            }
        }
        &line[self.span(column)]
    }

    fn split_quoted(&mut self, line: &[u8], delimiter: u8) -> Checked<()> {
        let mut start = 0;
        loop {
            let end = if line.get(start) == Some(&b'"') {
                self.quoted(line, start, delimiter)?
            } else {
                let length = memchr(delimiter, &line[start..]);
                let end = length.map_or(line.len(), |length| start + length);
                self.ranges.push(start as u32..end as u32);
                end
            };
            if end == line.len() {
                return Ok(());
            }
            start = end + 1;
        }
    }

    /// Takes a column in quotes that begins at `start`, and gives where it ends.
    fn quoted(&mut self, line: &[u8], start: usize, delimiter: u8) -> Checked<usize> {
        let mut content: Cow<'_, [u8]> = Cow::Borrowed(&[]);
        let mut at = start + 1;
        loop {
            let Some(length) = memchr(b'"', &line[at..]) else {
                let what = "the quotes of this column are not closed";
                return Err(Problem::new(start..line.len(), what));
            };
            let quote = at + length;
            if line.get(quote + 1) == Some(&b'"') {
                content.to_mut().extend_from_slice(&line[at..=quote]);
                at = quote + 2;
                continue;
            }
            if let Cow::Owned(mut content) = content {
                content.extend_from_slice(&line[at..quote]);
                self.unescaped.push((self.ranges.len(), content));
            }
            self.ranges.push(start as u32 + 1..quote as u32);
            let end = quote + 1;
            if end < line.len() && line[end] != delimiter {
                let what = "something stands behind the closing quote of this column";
                return Err(
                    Problem::new(end..end + 1, what).help("a quote inside of quotes is doubled")
                );
            }
            return Ok(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<String> {
        let mut fields = Fields::default();
        fields.split(line.as_bytes(), b',').expect("it is CSV");
        let get =
            |column| String::from_utf8_lossy(fields.get(line.as_bytes(), column)).into_owned();
        (0..fields.len()).map(get).collect()
    }

    #[test]
    fn columns_are_split_at_delimiters_outside_of_quotes() {
        assert_eq!(split("a,b,,c"), ["a", "b", "", "c"]);
        assert_eq!(split(","), ["", ""]);
        assert_eq!(split("\"a,b\",c"), ["a,b", "c"]);
        assert_eq!(split("\"a\"\"b\",\"\",\"\"\"\""), ["a\"b", "", "\""]);
        assert_eq!(split("5\" disk,\"x\""), ["5\" disk", "x"]);
        assert_eq!(split("\"x\","), ["x", ""]);
        assert_eq!(split("\"two\nlines\",x"), ["two\nlines", "x"]);
    }

    #[test]
    fn open_quotes_and_text_behind_quotes_are_problems() {
        let mut fields = Fields::default();
        let open = fields.split(b"a,\"b", b',').expect_err("it is open");
        assert_eq!(open.span, 2..4);
        let behind = fields.split(b"\"a\"b,c", b',').expect_err("b is behind");
        assert_eq!(behind.span, 3..4);
    }
}
