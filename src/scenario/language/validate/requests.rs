//! Requests to Workers, of clients and such as come of themselves: method, address, headers, body.

use std::ops::Range;

use super::workers::Known;
use super::{Checker, bounds};
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file;
use crate::scenario::language::slip::Slip;
use crate::scenario::language::source::Span;
use crate::scenario::language::suggest::nearest;
use crate::scenario::language::text_pattern::{self, Piece};
use crate::scenario::language::written::{Named, Written};
use crate::scenario::{RequestPattern, TextPart, TextPattern, WorkerIndex};

/// Methods that reach a Worker.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The method of a request that names none.
pub const DEFAULT_METHOD: &str = "GET";

/// A request as a file writes it.
pub struct Asked<'f> {
    /// One of those that reach a Worker.
    pub method: &'static str,
    /// Of the Worker.
    pub host: &'f str,
    /// The string in which the path stands, and where.
    pub path: (&'f Written<String>, Range<usize>),
    /// Names and values.
    pub headers: &'f Headers,
    /// What is sent.
    pub body: &'f Option<Written<String>>,
}

/// Names of headers with their values.
pub type Headers = Option<Written<Named<Written<String>>>>;

/// A request with placeholders as one string: the method and where its path stands. Without a method it is a GET.
pub fn method_and_path(text: &str) -> Result<(&'static str, Range<usize>), Slip> {
    let end = text.trim_end().len();
    let start = text.len() - text.trim_start().len();
    if start >= end {
        return Err(Slip::new(&(0..text.len()), "a request of nothing")
            .help("a method and a path, for example \"POST /login\"; the path alone is a GET"));
    }
    if text[start..].starts_with('/') {
        return Ok((DEFAULT_METHOD, start..end));
    }
    let length = text[start..end].find(char::is_whitespace);
    let word = start..length.map_or(end, |length| start + length);
    let behind = &text[word.end..end];
    let path = word.end + (behind.len() - behind.trim_start().len())..end;
    if path.is_empty() {
        let is_method = METHODS.contains(&&text[word.clone()]);
        let title = match is_method {
            true => "a request needs a path".to_owned(),
            false => "a path begins with `/`".to_owned(),
        };
        return Err(Slip::new(&word, title).help("for example \"POST /login\""));
    }
    Ok((method(text, &word)?, path))
}

/// Reads a method.
pub fn method(text: &str, part: &Range<usize>) -> Result<&'static str, Slip> {
    let word = &text[part.clone()];
    if let Some(known) = METHODS.into_iter().find(|known| *known == word) {
        return Ok(known);
    }
    let slip = Slip::new(part, format!("`{word}` is not a method"));
    Err(match nearest(word, METHODS) {
        Some(near) => slip.did_you_mean(near),
        None => slip.help(format!("the methods: {}", METHODS.join(", "))),
    })
}

impl Checker<'_> {
    /// What is asked; `None` where that cannot be read, which is noted.
    pub fn request(&mut self, asked: &Asked<'_>) -> Option<RequestPattern> {
        let (written, part) = &asked.path;
        let path = &written.value[part.clone()];
        let path = match path_pattern(path) {
            Ok(path) => Some(path),
            Err(slip) => {
                let mistake = slip.shifted(part.start).within(written, self.sources);
                self.mistake(mistake);
                None
            }
        };
        let headers = self.headers(asked.headers);
        let headers = headers.map(|(name, value)| {
            self.header_value(value);
            Some((name.to_owned(), self.text_pattern(value)?))
        });
        let headers: Vec<Option<(String, TextPattern)>> = headers.collect();
        let body = match asked.body {
            Some(body) => self.text_pattern(body),
            None => Some(TextPattern::default()),
        };
        if let (Some(body), "GET" | "HEAD") = (asked.body, asked.method) {
            let title = format!("a {} sends no body", asked.method);
            self.no_effect(
                &body.span,
                title,
                "leave it out, or use another method, such as POST",
            );
        }
        let mut url = path?;
        // A path begins with a slash, and so with a literal.
        if let Some(TextPart::Literal(first)) = url.parts.first_mut() {
            first.insert_str(0, &format!("https://{}", asked.host));
        }
        Some(RequestPattern {
            method: asked.method.to_owned(),
            url,
            headers: headers.into_iter().collect::<Option<_>>()?,
            body: body?,
        })
    }

    /// The Worker that a step asks; `None` where there is no such, which is noted.
    pub fn worker_of(&mut self, step: &Written<file::Step>, known: &Known) -> Option<WorkerIndex> {
        let found = match (&step.worker, &known.hosts[..]) {
            (Some(name), _) => known.worker(name),
            (None, [_]) => Some(0),
            (None, _) => None,
        };
        let names: Vec<&str> = known.hosts.iter().map(|(name, _)| name.as_str()).collect();
        match (found, &step.worker) {
            (Some(found), _) => {
                self.asked.insert(found);
            }
            (None, Some(name)) => {
                let title = format!("there is no Worker `{}`", name.value);
                let mistake = Diagnostic::new(Code::UnknownName, title).at(&name.span, "");
                self.mistake(match nearest(name, names.iter().copied()) {
                    Some(near) => mistake.did_you_mean(Some(near)),
                    None if names.is_empty() => mistake.help("the scenario has no [worker.NAME]"),
                    None => mistake.help(format!("the Workers: {}", names.join(", "))),
                });
            }
            (None, None) => {
                let span = step.request.as_ref().map_or(&step.span, |w| &w.span);
                let (title, help) = match names.first() {
                    None => (
                        "there is no Worker to ask",
                        "the scenario has no [worker.NAME]".to_owned(),
                    ),
                    Some(first) => (
                        "which Worker is asked? The scenario has several",
                        format!("for example `worker = \"{first}\"`"),
                    ),
                };
                self.mistake(
                    Diagnostic::new(Code::Missing, title)
                        .at(span, "")
                        .help(help),
                );
            }
        }
        found
    }

    /// A text with placeholders; `None` where it cannot be read, which is noted.
    fn text_pattern(&mut self, written: &Written<String>) -> Option<TextPattern> {
        match text_pattern::read(written) {
            Ok(pattern) => Some(pattern),
            Err(slip) => {
                let mistake = slip.within(written, self.sources);
                self.mistake(mistake);
                None
            }
        }
    }

    /// Headers, of whose names none is wrong or given twice without being noted.
    pub fn headers<'f>(
        &mut self,
        headers: &'f Headers,
    ) -> std::vec::IntoIter<(&'f str, &'f Written<String>)> {
        let mut known: Vec<(String, &Span)> = Vec::new();
        let mut all = Vec::new();
        for (name, value) in headers.iter().flat_map(|headers| headers.value.iter()) {
            let is_of_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
            if name.is_empty() || !name.bytes().all(is_of_token) {
                let title = format!("`{}` cannot be the name of a header", name.value);
                self.mistake(
                    Diagnostic::new(Code::BadName, title)
                        .at(&name.span, "")
                        .help("letters, digits and `-`, for example `content-type`"),
                );
            }
            let lower = name.to_ascii_lowercase();
            if let Some((_, first)) = known.iter().find(|(known, _)| *known == lower) {
                let title = format!("header `{lower}` is given twice");
                self.mistake(
                    Diagnostic::new(Code::GivenTwice, title)
                        .at(&name.span, "again")
                        .also(first, "first here")
                        .help("capitals make no difference in the names of headers"),
                );
            }
            known.push((lower, &name.span));
            all.push((name.value.as_str(), value));
        }
        all.into_iter()
    }

    /// Checks that a header's value stays on its line.
    pub fn header_value(&mut self, value: &Written<String>) {
        if value.chars().any(|c| c.is_control() && c != '\t') {
            let title = "the value of a header is one line, without control characters";
            self.mistake(Diagnostic::new(Code::OutOfRange, title).at(&value.span, ""));
        }
    }
}

/// Reads a path with its query.
fn path_pattern(path: &str) -> Result<TextPattern, Slip> {
    if !path.starts_with('/') {
        let end = path.find('/').unwrap_or(path.len());
        let is_whole = path.starts_with("https:") || path.starts_with("http:");
        let slip = Slip::new(&(0..end), "a path begins with `/`");
        return Err(match is_whole {
            true => slip.help("leave scheme and host out: the Worker's `host` says it"),
            false => slip.help("for example \"/api/{client}\""),
        });
    }
    if path.len() > bounds::PATH_LENGTH_MAX {
        let title = format!("a path has at most {} bytes", bounds::PATH_LENGTH_MAX);
        return Err(Slip::new(&(0..path.len()), title).out_of_range());
    }
    let pieces = text_pattern::pieces(path)?;
    let literals = pieces
        .iter()
        .filter(|piece| matches!(piece.part, TextPart::Literal(_)));
    for Piece { range, .. } in literals {
        let must_be_encoded =
            |c: char| !c.is_ascii_graphic() || matches!(c, '"' | '<' | '>' | '\\' | '`' | '#');
        let literal = &path[range.clone()];
        if let Some((at, c)) = literal.char_indices().find(|(_, c)| must_be_encoded(*c)) {
            let at = range.start + at;
            let slip = Slip::new(
                &(at..at + c.len_utf8()),
                "this character does not stand in an address as it is",
            );
            return Err(match c {
                '#' => slip
                    .help("what follows `#` never leaves a browser; the character itself is %23"),
                _ => {
                    let mut bytes = [0; 4];
                    let bytes = c.encode_utf8(&mut bytes).bytes();
                    let encoded: String = bytes.map(|b| format!("%{b:02X}")).collect();
                    slip.help(format!("write it as {encoded}"))
                }
            });
        }
    }
    Ok(text_pattern::whole(pieces))
}
