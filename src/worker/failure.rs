//! What went wrong in a script, and where: read from what the engine threw.

use crate::sim::program::{Place, ScriptError};
use rquickjs::{Ctx, Object, Value};

/// The name that the prelude's files have in the engine begins with this.
pub(super) const PRELUDE: &str = "kvlag:";

/// How the engine says that there is no memory left.
const OUT_OF_MEMORY: &str = "InternalError: out of memory";

impl ScriptError {
    /// One that happened nowhere in particular.
    pub(super) fn nowhere(message: impl Into<String>) -> Self {
        ScriptError {
            message: message.into(),
            place: None,
        }
    }

    /// The exception that the engine holds at the moment.
    pub(super) fn pending(ctx: &Ctx<'_>) -> Self {
        if !ctx.has_exception() {
            // The engine had not even the memory to say so.
            return ScriptError::nowhere(OUT_OF_MEMORY);
        }
        ScriptError::thrown(&ctx.catch())
    }

    /// What a script threw.
    pub(super) fn thrown(value: &Value<'_>) -> Self {
        let Some(object) = value.as_object().filter(|object| object.is_error()) else {
            return ScriptError::nowhere(described(value));
        };
        let text = |name: &str| -> Option<String> { object.get(name).ok() };
        let name = text("name").unwrap_or_default();
        let message = text("message").unwrap_or_default();
        let message = match (name.is_empty(), message.is_empty()) {
            (true, _) => message,
            (false, true) => name,
            (false, false) => format!("{name}: {message}"),
        };
        let place = text("stack").and_then(|stack| first_place(&stack));
        ScriptError { message, place }
    }

    /// Whether the engine ran out of memory.
    pub(super) fn is_out_of_memory(&self) -> bool {
        self.message == OUT_OF_MEMORY
    }
}

/// A thrown value that is not an error, in words.
fn described(value: &Value<'_>) -> String {
    if let Some(object) = value.as_object() {
        return exception_like(object).unwrap_or_else(|| {
            let json = value.ctx().json_stringify(value.clone());
            let json = json.ok().flatten().and_then(|json| json.to_string().ok());
            json.unwrap_or_else(|| "an object".to_owned())
        });
    }
    let text = value.get::<rquickjs::Coerced<String>>();
    text.map_or_else(|_| "a value".to_owned(), |text| text.0)
}

/// `DOMException`s are not errors to the engine, but have a name and a message.
fn exception_like(object: &Object<'_>) -> Option<String> {
    let name: String = object.get("name").ok()?;
    let message: String = object.get("message").ok()?;
    Some(format!("{name}: {message}"))
}

/// The innermost place of a stack that is not the prelude's. Frames read `    at name (file:line:column)`, a mistake
/// of syntax `    at file:line:column`.
fn first_place(stack: &str) -> Option<Place> {
    stack.lines().find_map(|line| {
        let frame = line.trim_start().strip_prefix("at ")?;
        let inner = match frame.strip_suffix(')') {
            Some(frame) => frame.split_once(" (")?.1,
            None => frame,
        };
        let (rest, column) = inner.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        // What a script parses as JSON has places of its own.
        if file.starts_with(PRELUDE) || file.starts_with('<') {
            return None;
        }
        Some(Place {
            file: file.to_owned(),
            line: line.parse().ok()?,
            column: column.parse().ok()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_of_the_script_is_found() {
        let stack = "    at startPut (kvlag:kv:12:3)\n    at f (my (old) file.js:7:9)\n    at g (x.js:1:1)\n";
        let place = first_place(stack).expect("there is one");
        assert_eq!(
            (place.file.as_str(), place.line, place.column),
            ("my (old) file.js", 7, 9)
        );
        let syntax = first_place("    at limiter.js:3:14\n").expect("there is one");
        assert_eq!((syntax.file.as_str(), syntax.line), ("limiter.js", 3));
        assert_eq!(first_place("    at map (native)\n"), None);
        assert_eq!(first_place(""), None);
    }
}
