//! What a single step of a client says, whatever stands around it: its kind, its settings, its value.

use super::{Checker, bounds};
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file;
use crate::scenario::language::key_pattern;
use crate::scenario::language::source::Span;
use crate::scenario::language::value::{self, ValueForm};
use crate::scenario::language::written::Written;
use crate::scenario::{Step, Value};

fn with_article(kind: &str) -> String {
    match kind {
        "if" => "an if".to_owned(),
        _ => format!("a {kind}"),
    }
}

impl Checker<'_> {
    /// Which one of the kinds of step it is; otherwise that is noted.
    pub fn kind_of(&mut self, step: &Written<file::Step>) -> Option<&'static str> {
        let kinds: [(&'static str, Option<&Span>); 9] = [
            ("get", step.get.as_ref().map(|w| &w.span)),
            ("put", step.put.as_ref().map(|w| &w.span)),
            ("delete", step.delete.as_ref().map(|w| &w.span)),
            ("list", step.list.as_ref().map(|w| &w.span)),
            ("request", step.request.as_ref().map(|w| &w.span)),
            ("count", step.count.as_ref().map(|w| &w.span)),
            ("think", step.think.as_ref().map(|w| &w.span)),
            ("repeat", step.repeat.as_ref().map(|w| &w.span)),
            ("if", step.condition.as_ref().map(|w| &w.span)),
        ];
        let given = kinds
            .into_iter()
            .filter_map(|(kind, span)| Some((kind, span?)));
        let mut given: Vec<(&'static str, &Span)> = given.collect();
        given.sort_by_key(|(_, span)| span.start);
        match given[..] {
            [(kind, _)] => return Some(kind),
            [] => {
                let title = "a step is one of `get`, `put`, `delete`, `list`, `request`, `count`, `think`, `repeat` and `if`";
                self.mistake(
                    Diagnostic::new(Code::Choice, title)
                        .at(&step.span, "none of them is here")
                        .help("for example { get = \"counter\" }"),
                );
            }
            [(first, first_span), (second, second_span), ..] => {
                let title = format!("one step, and both `{first}` and `{second}`");
                let help = match (first, second) {
                    ("repeat", _) | (_, "repeat") => {
                        "what is repeated stands in `steps`: { repeat = 3, steps = [{ get = \"counter\" }] }"
                    }
                    ("if", _) | (_, "if") => {
                        "what depends on it stands in `then`: { if = \"read < 100\", then = [{ delete = \"counter\" }] }"
                    }
                    _ => "write a step for each, with a `,` in between: { … }, { … }",
                };
                self.mistake(
                    Diagnostic::new(Code::Choice, title)
                        .at(second_span, with_article(second))
                        .also(first_span, with_article(first))
                        .help(help),
                );
            }
        }
        None
    }

    /// Checks what a step's settings say, and that they are its own.
    pub fn settings_of(&mut self, step: &Written<file::Step>, kind: &str) {
        let spans: [(&str, Option<&Span>, &str); 12] = [
            ("cache-ttl", step.cache_ttl.as_ref().map(|w| &w.span), "get"),
            ("value", step.to_write.as_ref().map(|w| &w.span), "put"),
            (
                "value-size",
                step.value_size.as_ref().map(|w| &w.span),
                "put",
            ),
            (
                "expiration-ttl",
                step.expiration_ttl.as_ref().map(|w| &w.span),
                "put",
            ),
            ("metadata", step.metadata.as_ref().map(|w| &w.span), "put"),
            ("limit", step.limit.as_ref().map(|w| &w.span), "list"),
            ("worker", step.worker.as_ref().map(|w| &w.span), "request"),
            ("headers", step.headers.as_ref().map(|w| &w.span), "request"),
            ("body", step.body.as_ref().map(|w| &w.span), "request"),
            ("steps", step.steps.as_ref().map(|w| &w.span), "repeat"),
            ("then", step.then.as_ref().map(|w| &w.span), "if"),
            ("else", step.otherwise.as_ref().map(|w| &w.span), "if"),
        ];
        for (key, span, owner) in spans {
            if let (Some(span), true) = (span, owner != kind) {
                let this = if kind == "if" { "an" } else { "a" };
                let title = format!("`{key}` belongs to `{owner}`, and this is {this} `{kind}`");
                self.no_effect(span, title, "leave it out");
            }
        }
        // Of one that belongs elsewhere it does not matter what it says.
        match kind {
            "get" => {
                if let Some(ttl) = &step.cache_ttl {
                    self.cache_ttl(ttl);
                }
            }
            "put" => {
                if let Some(size) = &step.value_size {
                    self.value_size(size.value, &size.span);
                }
                if let Some(ttl) = &step.expiration_ttl {
                    self.expiration_ttl(ttl);
                }
                if let Some(metadata) = &step.metadata {
                    self.metadata(metadata);
                }
            }
            "list" => {
                if let Some(limit) = &step.limit {
                    self.page(limit);
                }
            }
            _ => {}
        }
    }

    /// The name of something that is counted.
    pub fn count_of(&mut self, written: &Written<String>) -> Option<Step> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let good = (1..=bounds::COUNT_NAME_MAX).contains(&written.len());
        if !(good && written.chars().all(fits)) {
            let title = format!("`{}` cannot be the name of a count", written.value);
            let max = bounds::COUNT_NAME_MAX;
            let help = format!("it has 1 to {max} characters: letters, digits, `-` and `_`");
            let mistake = Diagnostic::new(Code::BadName, title).at(&written.span, "");
            self.mistake(mistake.help(help));
            return None;
        }
        Some(Step::Count {
            name: written.value.clone(),
        })
    }

    /// What a put writes.
    pub fn value_of(&mut self, written: &Written<ValueForm>) -> Option<Value> {
        match &written.value {
            ValueForm::Number(number) => Some(Value::Number(*number)),
            ValueForm::Verbatim(table) => {
                let Some(text) = &table.text else {
                    self.missing(
                        &written.span,
                        "a value's table",
                        "text",
                        "{ text = \"read\" }",
                    );
                    return None;
                };
                Some(Value::Text(text.value.clone()))
            }
            ValueForm::Text(text) => match value::read(text) {
                Ok(value) => Some(value),
                Err(slip) => {
                    let text = Written {
                        value: text.clone(),
                        span: written.span.clone(),
                    };
                    self.mistake(slip.within(&text, self.sources));
                    None
                }
            },
        }
    }

    /// The prefix of a list, in which placeholders have no meaning.
    pub fn list_prefix(&mut self, written: &Written<String>) -> Option<String> {
        self.key_name(written.len(), written);
        match key_pattern::read(written) {
            Ok(pattern) if pattern.placeholder.is_none() => return Some(pattern.prefix),
            Ok(_) => {
                let title = "the prefix of a list has no placeholder";
                let brace = written.find('{').unwrap_or(0);
                let part = brace..written.len();
                let span = self.sources.within(&written.span, written, part);
                self.mistake(
                    Diagnostic::new(Code::WrongForm, title)
                        .at(&span, "")
                        .help("list what stands before it; `{{` is the brace itself"),
                );
            }
            Err(slip) => self.mistake(slip.within(written, self.sources)),
        }
        None
    }

    /// Checks what is kept beside a value.
    pub fn metadata(&mut self, written: &Written<String>) {
        if !self.enforce_limits {
            return;
        }
        let length = written.len();
        if length > bounds::METADATA_LENGTH_MAX {
            let title = format!("metadata has at most {} bytes", bounds::METADATA_LENGTH_MAX);
            self.mistake(
                Diagnostic::new(Code::PublishedLimit, title)
                    .at(&written.span, format!("this has {length}"))
                    .help(format!("shorten it, {}", bounds::LIFT)),
            );
        }
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(written) {
            let error = error.to_string();
            let why = error.split(" at line ").next().unwrap_or("").to_owned();
            self.mistake(
                Diagnostic::new(Code::WrongForm, "metadata is JSON, and this is not")
                    .at(&written.span, why)
                    .help("for example metadata = '{\"version\": 1}'"),
            );
        }
    }
}
