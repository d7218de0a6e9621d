//! The functions that the prelude calls: they carry what a script does out of the engine.

mod arguments;
pub(super) mod http;
mod kv;
pub(super) mod outcome;
mod web;

use crate::sim::program::Kind;
use crate::worker::flight::{Shared, Wanted};
use rquickjs::function::This;
use rquickjs::{
    ArrayBuffer, Ctx, Error, Exception, Function, IntoJs, Object, Persistent, Result,
    String as JsString, Value,
};

/// The object with all of them, under the name by which the prelude's files find it.
pub(super) fn install(ctx: &Ctx<'_>, state: &Shared) -> Result<()> {
    let host = Object::new(ctx.clone())?;
    kv::install(ctx, &host, state)?;
    http::install(ctx, &host, state)?;
    outcome::install(ctx, &host, state)?;
    web::install(ctx, &host, state)?;
    ctx.globals().set("kvlagHost", host)
}

/// Why a call is refused before anybody is asked.
pub(super) enum Refusal {
    /// With a `TypeError`.
    Type(String),
    /// With an `Error`.
    Plain(String),
}

impl Refusal {
    fn throw(self, ctx: &Ctx<'_>) -> Error {
        match self {
            Refusal::Type(message) => Exception::throw_type(ctx, &message),
            Refusal::Plain(message) => Exception::throw_message(ctx, &message),
        }
    }
}

/// What the platform says to a script that asks for something while no request runs.
const GLOBAL_SCOPE: &str = "Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or \
connect()), setting a timeout, and generating random values are not allowed within global scope. To fix this error, \
perform this operation within a handler. https://developers.cloudflare.com/workers/runtime-apis/handlers/";

/// Errs at the module's top level, where the platform lets a script wait for nothing.
fn require_request(state: &Shared) -> std::result::Result<(), Refusal> {
    match state.borrow().running {
        Some(_) => Ok(()),
        None => Err(Refusal::Plain(GLOBAL_SCOPE.to_owned())),
    }
}

/// A promise for an operation. A refusal is thrown: the prelude makes a rejected promise of it, whose error knows the
/// place of the call.
fn start<'js>(
    ctx: &Ctx<'js>,
    state: &Shared,
    checked: std::result::Result<(Kind, Wanted), Refusal>,
) -> Result<Value<'js>> {
    let checked = checked.and_then(|asked| {
        require_request(state)?;
        let counted = state.borrow_mut().count_operation();
        counted.map_err(|message| Refusal::Plain(message.to_owned()))?;
        Ok(asked)
    });
    let (kind, wanted) = checked.map_err(|refusal| refusal.throw(ctx))?;
    let (promise, resolve, reject) = ctx.promise()?;
    let (resolve, reject) = (kept(ctx, resolve), kept(ctx, reject));
    state.borrow_mut().start(kind, wanted, resolve, reject);
    promise.into_js(ctx)
}

fn kept<'js>(ctx: &Ctx<'js>, function: Function<'js>) -> Persistent<Function<'static>> {
    Persistent::save(ctx, function)
}

/// A string of the engine as text. Halves of characters, which a script may have cut, become U+FFFD.
fn text(string: &JsString<'_>) -> Result<String> {
    match string.to_string() {
        Err(Error::Utf8(_)) => {
            let ctx = string.ctx();
            let strings: Object = ctx.globals().get("String")?;
            let prototype: Object = strings.get("prototype")?;
            let whole: Function = prototype.get("toWellFormed")?;
            whole.call((This(string.clone()),))
        }
        read => read,
    }
}

/// What the prelude sends as content: a string, or bytes in pieces that are strings of one character each.
fn bytes(content: &Value<'_>) -> Result<Vec<u8>> {
    let Some(pieces) = content.as_array() else {
        let string: JsString = content.get()?;
        return Ok(text(&string)?.into_bytes());
    };
    let mut bytes = Vec::new();
    for piece in pieces.iter::<JsString>() {
        // Each character is below 256 by the prelude's promise.
        bytes.extend(
            text(&piece?)?
                .chars()
                .map(|character| character as u32 as u8),
        );
    }
    Ok(bytes)
}

/// A list of names and values, one after the other.
fn pairs(flat: &rquickjs::Array<'_>) -> Result<Vec<(String, String)>> {
    let mut pairs = Vec::with_capacity(flat.len() / 2);
    for at in (0..flat.len()).step_by(2) {
        pairs.push((text(&flat.get(at)?)?, text(&flat.get(at + 1)?)?));
    }
    Ok(pairs)
}

/// The same the other way.
pub(super) fn flat<'js, S: AsRef<str>>(
    ctx: &Ctx<'js>,
    pairs: &[(S, S)],
) -> Result<rquickjs::Array<'js>> {
    let flat = rquickjs::Array::new(ctx.clone())?;
    for (at, (name, value)) in pairs.iter().enumerate() {
        flat.set(2 * at, name.as_ref())?;
        flat.set(2 * at + 1, value.as_ref())?;
    }
    Ok(flat)
}

pub(super) fn buffer<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<ArrayBuffer<'js>> {
    ArrayBuffer::new_copy(ctx.clone(), bytes)
}
