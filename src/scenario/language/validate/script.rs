//! Scripted operations: when, where, and exactly one of four.

use super::places::Places;
use super::{Checker, bounds, written};
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file::{self, File};
use crate::scenario::language::source::Span;
use crate::scenario::language::written::Written;
use crate::scenario::{DEFAULT_CACHE_TTL, Operation, ScriptedOperation};
use crate::units::Time;

/// The scripted operations in the file's order.
pub fn script(
    file: &File,
    names: &Places<'_>,
    checker: &mut Checker<'_>,
) -> Vec<ScriptedOperation> {
    let mut operations = Vec::new();
    for step in &file.script {
        let time = checker.time(step, file);
        let pop = checker.pop(step, names);
        let operation = checker.operation(step);
        if let (Some(pop), Some(operation)) = (pop, operation) {
            operations.push(ScriptedOperation {
                time,
                pop,
                operation,
            });
        }
    }
    operations
}

impl Checker<'_> {
    fn time(&mut self, step: &Written<file::Script>, file: &File) -> Time {
        let Some(time) = &step.time else {
            self.missing(&step.span, "a scripted operation", "time", "time = \"5m\"");
            return Time(0);
        };
        self.within_measured_time(time, file);
        Time(time.value.0)
    }

    fn pop(&mut self, step: &Written<file::Script>, names: &Places<'_>) -> Option<usize> {
        let Some(code) = &step.pop else {
            self.missing(&step.span, "a scripted operation", "pop", "pop = \"LHR\"");
            return None;
        };
        let pop = names.find(code);
        if pop.is_none() {
            self.not_here(code, &code.span, names);
        }
        pop
    }

    fn operation(&mut self, step: &Written<file::Script>) -> Option<Operation> {
        let operations = [
            ("get", &step.get),
            ("put", &step.put),
            ("delete", &step.delete),
            ("list", &step.list),
        ];
        let mut given: Vec<(&str, &Written<String>)> = operations
            .into_iter()
            .filter_map(|(name, key)| Some((name, key.as_ref()?)))
            .collect();
        given.sort_by_key(|(_, key)| key.span.start);
        let (name, key) = match given[..] {
            [one] => one,
            [] => {
                let title = "a scripted operation is one of `get`, `put`, `delete` and `list`";
                self.mistake(
                    Diagnostic::new(Code::Choice, title)
                        .at(&step.span, "none of them is here")
                        .help("for example `put = \"flags/checkout\"`"),
                );
                return None;
            }
            [(first, first_key), (second, second_key), ..] => {
                let title = format!("one scripted operation, and both `{first}` and `{second}`");
                self.mistake(
                    Diagnostic::new(Code::Choice, title)
                        .at(&second_key.span, format!("a {second}"))
                        .also(&first_key.span, format!("a {first}"))
                        .help("write a [[script]] for each"),
                );
                return None;
            }
        };
        if name == "list" {
            self.key_name(key.len(), key);
        } else {
            self.key(key);
        }
        self.settings(step, name);
        let key = key.value.clone();
        Some(match name {
            "get" => Operation::Get {
                key,
                cache_ttl: written(&step.cache_ttl, DEFAULT_CACHE_TTL),
            },
            "put" => Operation::Put {
                value: step.to_write.as_ref().map(|text| text.value.clone()),
                key,
                value_size: step.value_size.as_ref().map(|size| size.value),
                expiration_ttl: step.expiration_ttl.as_ref().map(|ttl| ttl.value),
            },
            "delete" => Operation::Delete { key },
            _ => Operation::List {
                prefix: key,
                page: written(&step.page, bounds::PAGE_MAX),
            },
        })
    }

    /// Checks what an operation's settings say, and that they are its own.
    fn settings(&mut self, step: &Written<file::Script>, operation: &str) {
        let spans: [(&str, Option<&Span>, &str); 5] = [
            ("value", step.to_write.as_ref().map(|w| &w.span), "put"),
            ("cache-ttl", step.cache_ttl.as_ref().map(|w| &w.span), "get"),
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
            ("page", step.page.as_ref().map(|w| &w.span), "list"),
        ];
        for (key, span, owner) in spans {
            if let (Some(span), true) = (span, owner != operation) {
                let title = format!("`{key}` belongs to `{owner}`, and this is a `{operation}`");
                self.no_effect(span, title, "leave it out");
            }
        }
        if let Some(ttl) = &step.cache_ttl {
            self.cache_ttl(ttl);
        }
        if let Some(size) = &step.value_size {
            self.value_size(size.value, &size.span);
        }
        if let Some(ttl) = &step.expiration_ttl {
            self.expiration_ttl(ttl);
        }
        if let Some(page) = &step.page {
            self.page(page);
        }
    }
}
