//! Where text came from: the scenario file and the command-line arguments that change it, numbered through.
//!
//! A value of `--set` lands in the same tree as the values of the file, and a mistake in it must point at the
//! argument. So all texts share one numbering of bytes, laid end to end, and a [`Span`] alone says which text
//! it lies in.

use std::ops::Range;

/// Bytes in the joined numbering of all texts.
pub type Span = Range<usize>;

/// A text with a name to show for it.
#[derive(Clone, Debug)]
pub struct Source {
    /// A path, or the option it was an argument of.
    pub name: String,
    /// All of it.
    pub text: String,
    /// Number of its first byte.
    pub start: usize,
}

/// Every text a scenario is made of; the file is the first.
#[derive(Clone, Debug)]
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// The file alone.
    pub fn new(name: &str, text: &str) -> Self {
        let file = Source {
            name: name.to_owned(),
            text: text.to_owned(),
            start: 0,
        };
        Sources { list: vec![file] }
    }

    /// Takes a further text and returns the number of its first byte.
    pub fn add(&mut self, name: &str, text: &str) -> usize {
        let start = self.end();
        self.list.push(Source {
            name: name.to_owned(),
            text: text.to_owned(),
            start,
        });
        start
    }

    /// The scenario file.
    pub fn file(&self) -> &Source {
        &self.list[0]
    }

    /// The text in which a span starts.
    pub fn holding(&self, span: &Span) -> &Source {
        let index = self.list.partition_point(|s| s.start <= span.start);
        &self.list[index - 1]
    }

    /// The characters of a span.
    pub fn text(&self, span: &Span) -> &str {
        let source = self.holding(span);
        source
            .text
            .get(span.start - source.start..span.end.saturating_sub(source.start))
            .unwrap_or("")
    }

    /// Where bytes `part` of a string's content stand, given the span of the string as it is written: quoted,
    /// or bare in an argument. A string with escapes is shown whole.
    pub fn within(&self, written: &Span, content: &str, part: Range<usize>) -> Span {
        let text = self.text(written);
        for quote in ["\"\"\"", "'''", "\"", "'", ""] {
            let inner = text
                .strip_prefix(quote)
                .and_then(|rest| rest.strip_suffix(quote));
            let Some(inner) = inner else { continue };
            // A line break right behind three quotes is none of the content.
            let is_long = quote.len() == 3;
            let skipped = ["", "\n", "\r\n"].into_iter().find(|skipped| {
                let rest = inner.strip_prefix(skipped);
                rest == Some(content) && (is_long || skipped.is_empty())
            });
            if let Some(skipped) = skipped {
                let start = written.start + quote.len() + skipped.len();
                return start + part.start..start + part.end;
            }
        }
        written.clone()
    }

    /// One past the last text's last byte, with room for a span just behind it.
    fn end(&self) -> usize {
        self.list.last().map_or(0, |s| s.start + s.text.len() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_find_their_text() {
        let mut sources = Sources::new("a.toml", "x = 1");
        let start = sources.add("--set", "y=2");
        assert_eq!(sources.text(&(4..5)), "1");
        assert_eq!(sources.text(&(start + 2..start + 3)), "2");
        assert_eq!(sources.holding(&(5..5)).name, "a.toml");
        assert_eq!(sources.holding(&(start..start)).name, "--set");
    }

    #[test]
    fn parts_of_strings_are_found_behind_any_quote() {
        let sources = Sources::new("a.toml", r#"x = "abc" '''abc''' abc "\u0061bc""#);
        assert_eq!(sources.within(&(4..9), "abc", 1..2), 6..7);
        assert_eq!(sources.within(&(10..19), "abc", 1..2), 14..15);
        assert_eq!(sources.within(&(20..23), "abc", 1..2), 21..22);
        let long = Sources::new("a.toml", "x = '''\nabc'''");
        assert_eq!(long.within(&(4..14), "abc", 1..2), 9..10);
        let escaped = 24..34;
        assert_eq!(sources.within(&escaped, "abc", 1..2), escaped);
    }
}
