//! Mistakes in a scenario: what is wrong, at which characters, and what to do about it.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};

use super::source::{Source, Sources, Span};

/// How many mistakes are shown; a file with more has one cause, and the first few show it.
const SHOWN_MAX: usize = 20;

/// What kind of mistake it is; each kind has an id that stays when the words change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The text is not TOML.
    NotToml,
    /// A key that the language does not have.
    UnknownKey,
    /// A value that cannot be read as what belongs there.
    WrongForm,
    /// Something that must be there is not.
    Missing,
    /// A name that nothing bears.
    UnknownName,
    /// A name that may not be given.
    BadName,
    /// One thing is given twice.
    GivenTwice,
    /// Exactly one of several is needed.
    Choice,
    /// A value beyond what makes sense.
    OutOfRange,
    /// A value beyond a published limit of the platform.
    PublishedLimit,
    /// A setting that would change nothing.
    NoEffect,
    /// A delay that follows from nothing.
    UnknownDelay,
    /// A rule of `expect` that cannot be read.
    UnreadableRule,
    /// A rule of `expect` about a number that does not exist.
    MeaninglessRule,
    /// A `--set` argument that names no place in a scenario.
    BadArgument,
    /// A file that a scenario names cannot be read.
    UnreadableFile,
}

impl Code {
    /// The id: `S001` and up.
    pub fn id(self) -> &'static str {
        match self {
            Code::NotToml => "S001",
            Code::UnknownKey => "S002",
            Code::WrongForm => "S003",
            Code::Missing => "S004",
            Code::UnknownName => "S005",
            Code::BadName => "S006",
            Code::GivenTwice => "S007",
            Code::Choice => "S008",
            Code::OutOfRange => "S009",
            Code::PublishedLimit => "S010",
            Code::NoEffect => "S011",
            Code::UnknownDelay => "S012",
            Code::UnreadableRule => "S013",
            Code::MeaninglessRule => "S014",
            Code::BadArgument => "S015",
            Code::UnreadableFile => "S016",
        }
    }
}

/// One mistake.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Its kind.
    pub code: Code,
    /// What is wrong, in one line.
    pub title: String,
    /// Where; `None` where something is missing from the whole file.
    pub span: Option<Span>,
    /// What to say right there; may be empty.
    pub label: Box<str>,
    /// Other places that have to do with it.
    pub further: Vec<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A mistake of the whole file.
    pub fn new(code: Code, title: impl Into<String>) -> Self {
        Diagnostic {
            code,
            title: title.into(),
            span: None,
            label: Box::default(),
            further: Vec::new(),
            help: None,
        }
    }

    /// Says where it is, and something right there.
    pub fn at(mut self, span: &Span, label: impl Into<String>) -> Self {
        self.span = Some(span.clone());
        self.label = label.into().into_boxed_str();
        self
    }

    /// Points at another place.
    pub fn also(mut self, span: &Span, label: impl Into<String>) -> Self {
        self.further.push((span.clone(), label.into()));
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what was probably meant, where something was.
    pub fn did_you_mean(mut self, suggestion: Option<impl fmt::Display>) -> Self {
        if let Some(suggestion) = suggestion {
            self.help = Some(format!("did you mean `{suggestion}`?"));
        }
        self
    }

    /// Whether it may be there only because something else, itself a mistake, could not be read.
    pub(super) fn rests_on_absence(&self) -> bool {
        matches!(
            self.code,
            Code::Missing | Code::NoEffect | Code::Choice | Code::UnknownDelay
        )
    }
}

/// Everything that is wrong with a scenario; at least one mistake.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    /// The mistakes in the order of the text.
    pub list: Vec<Diagnostic>,
    sources: Sources,
}

impl Diagnostics {
    /// Gathers mistakes and puts them in the order of the text.
    pub(super) fn new(mut list: Vec<Diagnostic>, sources: Sources) -> Self {
        assert!(!list.is_empty(), "diagnostics without a mistake");
        list.sort_by_key(|d| d.span.as_ref().map_or(0, |span| span.start));
        Diagnostics { list, sources }
    }

    /// The name of the scenario file.
    pub fn source_name(&self) -> &str {
        &self.sources.file().name
    }

    /// The text of the scenario file.
    pub fn source_text(&self) -> &str {
        &self.sources.file().text
    }

    /// All of it for people: each mistake with its line, and how many there are.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        }
        .decor_style(DecorStyle::Ascii);
        let mut text = String::new();
        for diagnostic in self.list.iter().take(SHOWN_MAX) {
            text.push_str(&renderer.render(&[self.group(diagnostic)]));
            text.push_str("\n\n");
        }
        if self.list.len() > SHOWN_MAX {
            let more = self.list.len() - SHOWN_MAX;
            text.push_str(&format!("and {more} more\n\n"));
        }
        let mistakes = match self.list.len() {
            1 => "1 mistake".to_owned(),
            count => format!("{count} mistakes"),
        };
        let name = printable(self.source_name());
        text.push_str(&format!("{mistakes} in {name}; nothing was run\n"));
        text
    }

    fn group<'a>(&'a self, diagnostic: &'a Diagnostic) -> Group<'a> {
        let mut group = Group::with_title(
            Level::ERROR
                .primary_title(printable(&diagnostic.title))
                .id(diagnostic.code.id()),
        );
        let mut labels: Vec<(&Span, &str, AnnotationKind)> = Vec::new();
        match &diagnostic.span {
            Some(span) => labels.push((span, &diagnostic.label, AnnotationKind::Primary)),
            None => {
                let name = printable(self.source_name());
                group = group.element(annotate_snippets::Origin::path(name));
            }
        }
        for (span, label) in &diagnostic.further {
            labels.push((span, label, AnnotationKind::Context));
        }
        while let Some((first, ..)) = labels.first() {
            let source = self.sources.holding(first);
            let (here, elsewhere) = labels
                .into_iter()
                .partition(|(span, ..)| self.sources.holding(span).start == source.start);
            labels = elsewhere;
            group = group.element(snippet(source, here));
        }
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(printable(help)));
        }
        group
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

/// The lines of a source that hold some spans, with the spans underlined.
fn snippet<'a>(
    source: &'a Source,
    labels: Vec<(&Span, &'a str, AnnotationKind)>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let local = |span: &Span| -> Range<usize> {
        let start = floor(&source.text, span.start - source.start);
        let end = floor(&source.text, span.end.max(span.start) - source.start);
        start..end.max(start)
    };
    let ranges: Vec<Range<usize>> = labels.iter().map(|(span, ..)| local(span)).collect();
    // Only the lines between the first and the last label are handed over: a file may be large.
    let first = ranges.iter().map(|r| r.start).min().unwrap_or(0);
    let last = ranges.iter().map(|r| r.end).max().unwrap_or(0);
    let from = source.text[..first].rfind('\n').map_or(0, |at| at + 1);
    let to = source.text[last..]
        .find('\n')
        .map_or(source.text.len(), |at| last + at);
    let line = source.text[..from].matches('\n').count() + 1;
    Snippet::source(&source.text[from..to])
        .path(printable(&source.name))
        .line_start(line)
        .annotations(
            labels
                .into_iter()
                .zip(ranges)
                .map(|((_, label, kind), range)| {
                    let annotation = kind.span(range.start - from..range.end - from);
                    if label.is_empty() {
                        annotation
                    } else {
                        annotation.label(printable(label))
                    }
                }),
        )
}

/// The nearest character boundary at or before a byte.
fn floor(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// Text that comes from a user, fit for a terminal: names may hold escapes and line breaks.
pub fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let escaped: Box<dyn Iterator<Item = char>> = if c.is_control() {
                Box::new(c.escape_default())
            } else {
                Box::new(std::iter::once(c))
            };
            escaped
        })
        .collect()
}
