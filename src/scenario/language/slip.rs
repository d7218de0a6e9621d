//! What is wrong with a part of a string that has a grammar of its own (a key or text with placeholders, an
//! expression, a condition), found before anybody asks where in the file that string stands.

use std::ops::Range;

use super::diagnostic::{Code, Diagnostic};
use super::source::Sources;
use super::written::Written;

/// A mistake in a string.
#[derive(Debug)]
pub struct Slip {
    code: Code,
    part: Range<usize>,
    title: String,
    label: &'static str,
    help: Option<String>,
}

impl Slip {
    /// Something that cannot be read, at some bytes of the string.
    pub fn new(part: &Range<usize>, title: impl Into<String>) -> Self {
        Slip {
            code: Code::WrongForm,
            part: part.clone(),
            title: title.into(),
            label: "",
            help: None,
        }
    }

    /// The same, where the string is the end of a longer one that has so many bytes before it.
    pub fn shifted(mut self, by: usize) -> Self {
        self.part = self.part.start + by..self.part.end + by;
        self
    }

    /// Says that it is a value beyond what makes sense.
    pub fn out_of_range(mut self) -> Self {
        self.code = Code::OutOfRange;
        self
    }

    /// Says something right there.
    pub fn label(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what was probably meant.
    pub fn did_you_mean(self, meant: &str) -> Self {
        self.help(format!("did you mean `{meant}`?"))
    }

    /// The same, at its characters in the file.
    pub fn within(self, written: &Written<String>, sources: &Sources) -> Diagnostic {
        let span = sources.within(&written.span, &written.value, self.part);
        let mistake = Diagnostic::new(self.code, self.title).at(&span, self.label);
        match self.help {
            Some(help) => mistake.help(help),
            None => mistake,
        }
    }
}

/// The words in a part of a text, as ranges of the text.
pub fn words(text: &str, part: Range<usize>) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut at = part.start;
    for word in text[part].split(char::is_whitespace) {
        if !word.is_empty() {
            words.push(at..at + word.len());
        }
        at += word.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
    }
    words
}
