//! Requests made ready to be sent: texts in which only placeholders are left to be filled.

use super::program::Request;
use super::ranks::Ranks;
use crate::scenario::{Placeholder, RequestPattern, TextPart, TextPattern};

/// A request with placeholders.
#[derive(Debug)]
pub struct RequestForm {
    method: String,
    url: Text,
    headers: Vec<(String, Text)>,
    body: Text,
    /// Whether it says from which address it comes.
    has_address: bool,
}

/// What stands for placeholders.
#[derive(Clone, Copy, Debug)]
pub struct Filling<'a> {
    /// The client's number, or the request's.
    pub client: u32,
    /// Its number among all who come from outside.
    pub stranger: u32,
    /// The PoP's code.
    pub pop: &'a str,
    /// By the number of the distribution.
    pub ranks: &'a [u32],
}

/// A request to send.
#[derive(Clone, Debug)]
pub struct FilledRequest {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// The header by which the platform tells a script who calls.
const ADDRESS: &str = "cf-connecting-ip";

#[derive(Debug)]
struct Text(Vec<Part>);

#[derive(Debug)]
enum Part {
    Literal(String),
    Client,
    Pop,
    Rank(usize),
}

impl RequestForm {
    /// Makes a request ready; the distributions of its placeholders join `ranks`.
    pub fn new(pattern: &RequestPattern, ranks: &mut Ranks) -> Self {
        let headers = pattern.headers.iter();
        let headers: Vec<(String, Text)> = headers
            .map(|(name, value)| (name.clone(), Text::new(value, ranks)))
            .collect();
        RequestForm {
            method: pattern.method.clone(),
            url: Text::new(&pattern.url, ranks),
            has_address: headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(ADDRESS)),
            headers,
            body: Text::new(&pattern.body, ranks),
        }
    }

    /// The request, with what stands for its placeholders.
    pub fn fill(&self, filling: Filling<'_>) -> FilledRequest {
        let headers = self.headers.iter();
        let mut headers: Vec<(String, String)> = headers
            .map(|(name, value)| (name.clone(), value.fill(filling)))
            .collect();
        if !self.has_address {
            headers.push((ADDRESS.to_owned(), address(filling.stranger)));
        }
        FilledRequest {
            method: self.method.clone(),
            url: self.url.fill(filling),
            headers,
            body: self.body.fill(filling),
        }
    }
}

impl FilledRequest {
    /// Adds cookies, unless the request brings its own.
    pub fn add_cookies(&mut self, cookies: &str) {
        let is_cookie = |(name, _): &(String, String)| name.eq_ignore_ascii_case("cookie");
        if !self.headers.iter().any(is_cookie) {
            self.headers.push(("cookie".to_owned(), cookies.to_owned()));
        }
    }

    /// Lets `send` have it in the form in which programs take it.
    pub fn send<T>(&self, send: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers = self.headers.iter();
        let headers: Vec<(&str, &str)> = headers
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        send(&Request {
            method: &self.method,
            url: &self.url,
            headers: &headers,
            body: self.body.as_bytes(),
        })
    }
}

/// The address of one who comes from outside, from the block that is set aside for private networks.
fn address(stranger: u32) -> String {
    let [_, b, c, d] = stranger.to_be_bytes();
    format!("10.{b}.{c}.{d}")
}

impl Text {
    fn new(pattern: &TextPattern, ranks: &mut Ranks) -> Self {
        let parts = pattern.parts.iter().map(|part| match part {
            TextPart::Literal(text) => Part::Literal(text.clone()),
            TextPart::Placeholder(Placeholder::Client) => Part::Client,
            TextPart::Placeholder(Placeholder::Pop) => Part::Pop,
            TextPart::Placeholder(Placeholder::Rank { count, exponent }) => {
                Part::Rank(ranks.number(*count, *exponent))
            }
        });
        Text(parts.collect())
    }

    fn fill(&self, filling: Filling<'_>) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Client => text.push_str(&filling.client.to_string()),
                Part::Pop => text.push_str(filling.pop),
                Part::Rank(number) => text.push_str(&filling.ranks[*number].to_string()),
            }
        }
        text
    }
}
