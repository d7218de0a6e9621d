//! What to say where a text is not TOML.

use toml::de::Error;

use super::diagnostic::{Code, Diagnostic};

/// Says it of a text whose first byte has the number `start`.
pub fn explain(error: &Error, text: &str, start: usize) -> Diagnostic {
    let mut mistake = in_text(error, text);
    let spans = mistake.span.iter_mut();
    for span in spans.chain(mistake.further.iter_mut().map(|(span, _)| span)) {
        *span = span.start + start..span.end + start;
    }
    mistake
}

/// Says it, with what people new to TOML most often need to hear.
fn in_text(error: &Error, text: &str) -> Diagnostic {
    let span = error.span().unwrap_or(0..0);
    let span = span.start.min(text.len())..span.end.min(text.len());
    let message = error.message();
    let first = message.split(", expected ").next().unwrap_or(message);
    let found = text.get(span.clone()).unwrap_or("");
    if first.starts_with("duplicate key") {
        return duplicate(found, &span, text);
    }
    if let Some((title, help)) = in_words(first) {
        return Diagnostic::new(Code::NotToml, format!("not TOML: {title}"))
            .at(&span, "")
            .help(help);
    }
    let quoted = "string values must be quoted";
    let message = if first == quoted { first } else { message };
    let mistake = Diagnostic::new(Code::NotToml, format!("not TOML: {message}")).at(&span, "");
    if first == quoted {
        let line_end = text[span.start..]
            .find('\n')
            .unwrap_or(text.len() - span.start);
        let value = text[span.start..span.start + line_end].trim();
        let value = value.split('#').next().unwrap_or(value).trim_end();
        let is_plain = !value.is_empty() && !value.contains(['"', '\'', '\\']) && value.len() <= 40;
        return if is_plain {
            mistake.help(format!("text and quantities stand in quotes: \"{value}\""))
        } else {
            mistake.help("text and quantities stand in quotes, such as \"30s\"")
        };
    }
    mistake
}

/// What the parser's commonest findings mean, and what to do about them.
fn in_words(finding: &str) -> Option<(&str, &'static str)> {
    Some(match finding {
        "missing comma between array elements" | "unclosed array" => (
            finding,
            "put a `,` between values, and close the list with `]`",
        ),
        "missing key for inline table element" | "unclosed inline table" => (
            "unclosed inline table",
            "put a `,` between keys, and close the table with `}`",
        ),
        "unclosed table" | "unclosed array of tables" => (
            finding,
            "close the header with as many `]` as it opens with",
        ),
        "key with no value" => (finding, "write `key = value`"),
        "invalid basic string" | "invalid literal string" => {
            ("unclosed string", "close it with the quote that opens it")
        }
        _ => return None,
    })
}

fn duplicate(key: &str, span: &std::ops::Range<usize>, text: &str) -> Diagnostic {
    let title = format!("`{key}` is given twice");
    let mistake = Diagnostic::new(Code::GivenTwice, title).at(span, "again");
    // The parser does not say where the first is; one that stands at the same place in its line is it.
    let line_start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let up_to_key = &text[line_start..span.end];
    let is_whole = |at: usize| {
        let behind = text[at + up_to_key.len()..].chars().next();
        let starts_line = at == 0 || text[..at].ends_with('\n');
        starts_line && !behind.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    let earlier: Vec<usize> = text[..line_start]
        .match_indices(up_to_key)
        .map(|(at, _)| at)
        .filter(|at| is_whole(*at))
        .collect();
    match earlier[..] {
        [only] => {
            let start = only + (span.start - line_start);
            mistake.also(&(start..start + key.len()), "first here")
        }
        _ => mistake,
    }
}
