//! Origins: which addresses are theirs, and what they answer.

use super::{Checker, written};
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file::{self, File};
use crate::scenario::language::source::Span;
use crate::scenario::language::written::Written;
use crate::scenario::{Distribution, Origin};
use crate::units::Duration;

/// From a question to the answer if the file does not say.
pub const DEFAULT_LATENCY: Duration = Duration::from_millis(50);

/// The status of answers if the file does not say.
pub const DEFAULT_STATUS: u32 = 200;

/// Statuses of answers without a body.
const WITHOUT_BODY: [u32; 3] = [204, 205, 304];

/// The origins by name.
pub fn origins(file: &File, checker: &mut Checker<'_>) -> Vec<Origin> {
    let mut origins: Vec<Origin> = Vec::new();
    let mut urls: Vec<(String, &Span)> = Vec::new();
    for (name, table) in file.origin.iter() {
        checker.name("origin", name, &name.span);
        let Some(origin) = checker.origin(name, table) else {
            continue;
        };
        let span = table.url.as_ref().map_or(&name.span, |url| &url.span);
        if let Some((_, first)) = urls.iter().find(|(url, _)| *url == origin.url) {
            let title = format!("two origins answer for `{}`", origin.url);
            checker.mistake(
                Diagnostic::new(Code::GivenTwice, title)
                    .at(span, "again")
                    .also(first, "first here")
                    .help("the longest `url` that fits wins: make one of them longer"),
            );
        }
        urls.push((origin.url.clone(), span));
        origins.push(origin);
    }
    if let (Some((name, _)), None) = (file.origin.iter().next(), file.worker.iter().next()) {
        let title = format!("nobody asks origin `{}`", name.value);
        checker.no_effect(
            &name.span,
            title,
            "scripts of Workers ask origins, and there is no [worker.NAME]",
        );
    }
    origins.sort_by(|a, b| a.name.cmp(&b.name));
    origins
}

impl Checker<'_> {
    /// One origin; `None` where nobody can tell its addresses, which is noted.
    fn origin(&mut self, name: &Written<String>, table: &file::Origin) -> Option<Origin> {
        let latency = match &table.latency {
            Some(latency) => self.spread("latency", latency),
            None => Distribution::Constant(DEFAULT_LATENCY),
        };
        let status = written(&table.status, DEFAULT_STATUS);
        if let Some(written) = &table.status
            && !(200..=599).contains(&status)
        {
            self.mistake(
                Diagnostic::new(
                    Code::OutOfRange,
                    "the status of an answer is from 200 to 599",
                )
                .at(&written.span, ""),
            );
        }
        let headers: Vec<(String, String)> = self
            .headers(&table.headers)
            .map(|(name, value)| {
                self.header_value(value);
                (name.to_owned(), value.value.clone())
            })
            .collect();
        let body = table.body.as_ref().filter(|body| !body.is_empty());
        if let (Some(body), true) = (body, WITHOUT_BODY.contains(&status)) {
            let title = format!("an answer with status {status} has no body");
            self.no_effect(&body.span, title, "leave it out, or change `status`");
        }
        let Some(url) = &table.url else {
            let header = format!("origin `{}`", name.value);
            self.missing(
                &name.span,
                &header,
                "url",
                "url = \"https://db.example.com/\"",
            );
            return None;
        };
        let url = self.url(url)?;
        Some(Origin {
            name: name.value.clone(),
            url,
            latency,
            status: u16::try_from(status).unwrap_or(200),
            headers,
            body: written(&table.body, String::new()),
            remembers: written(&table.remember, false),
        })
    }

    /// An address as scripts' `fetch` writes addresses: scheme and host in lower case, and a path.
    fn url(&mut self, url: &Written<String>) -> Option<String> {
        let example = "for example \"https://db.example.com/\"";
        let mut wrong = |title: &str, help: &str| {
            self.mistake(
                Diagnostic::new(Code::WrongForm, title)
                    .at(&url.span, "")
                    .help(help),
            );
            None
        };
        let Some((scheme, rest)) = url.split_once("://") else {
            return wrong("an address begins with `https://` or `http://`", example);
        };
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "https" => ":443",
            "http" => ":80",
            _ => return wrong("an address begins with `https://` or `http://`", example),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix(default_port).unwrap_or(&host);
        let is_of_host = |b: u8| b.is_ascii_alphanumeric() || b"-_.:[]".contains(&b);
        if host.is_empty() {
            return wrong("this address has no host", example);
        }
        if !host.bytes().all(is_of_host) {
            return wrong(&format!("`{host}` is not a host"), example);
        }
        let is_plain = |c: char| c.is_ascii_graphic() && !"\"<>\\`#".contains(c);
        if !path.chars().all(is_plain) {
            let title = "this address has characters that do not stand in one as they are";
            return wrong(title, "write them as %20 and the like, and no `#`");
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Some(format!("{scheme}://{host}{slash}{path}"))
    }
}
