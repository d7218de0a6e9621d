//! `fetch` and the Cache API.

use super::{buffer, bytes, flat, pairs, start, text};
use crate::sim::program::{Kind, OriginRequest, Response};
use crate::units::Duration;
use crate::worker::flight::{Shared, Wanted};
use crate::worker::host::{Refusal, require_request};
use rquickjs::{Array, Ctx, Function, Object, Result, String as JsString, Value};

pub(super) fn install<'js>(ctx: &Ctx<'js>, host: &Object<'js>, state: &Shared) -> Result<()> {
    let shared = state.clone();
    let fetch = move |ctx: Ctx<'js>,
                      url: JsString<'js>,
                      method: JsString<'js>,
                      headers: Array<'js>,
                      body: Value<'js>| {
        let request = OriginRequest {
            url: text(&url)?,
            method: text(&method)?,
            headers: pairs(&headers)?,
            body: bytes(&body)?,
        };
        start(&ctx, &shared, Ok((Kind::Fetch(request), Wanted::Response)))
    };
    host.set("fetch", Function::new(ctx.clone(), fetch)?)?;
    let shared = state.clone();
    let matched = move |ctx: Ctx<'js>, name: JsString<'js>, url: JsString<'js>| {
        let key = key(&ctx, &shared, &name, &url)?;
        let state = shared.borrow();
        let Some(response) = state.cache.get(state.now, &key) else {
            return Ok(Value::new_undefined(ctx));
        };
        raw_response(&ctx, response.status, &response.headers, &response.body)
    };
    host.set("cacheMatch", Function::new(ctx.clone(), matched)?)?;
    let shared = state.clone();
    let put = move |name: JsString<'js>,
                    url: JsString<'js>,
                    status: u16,
                    headers: Array<'js>,
                    body: Value<'js>,
                    ttl_s: f64| {
        let key = key(name.ctx(), &shared, &name, &url)?;
        let response = Response {
            status,
            headers: pairs(&headers)?,
            body: bytes(&body)?,
        };
        let state = &mut *shared.borrow_mut();
        if ttl_s > 0.0 {
            state
                .cache
                .put(state.now, key, response, Duration::from_secs_f64(ttl_s));
        }
        Result::Ok(())
    };
    host.set("cachePut", Function::new(ctx.clone(), put)?)?;
    let shared = state.clone();
    let delete = move |ctx: Ctx<'js>, name: JsString<'js>, url: JsString<'js>| {
        let key = key(&ctx, &shared, &name, &url)?;
        let state = &mut *shared.borrow_mut();
        Result::Ok(state.cache.remove(state.now, &key))
    };
    host.set("cacheDelete", Function::new(ctx.clone(), delete)?)
}

/// The name under which a response is kept. Asking for it counts as an operation.
fn key(ctx: &Ctx<'_>, state: &Shared, name: &JsString<'_>, url: &JsString<'_>) -> Result<String> {
    require_request(state).map_err(|refusal| refusal.throw(ctx))?;
    let counted = state.borrow_mut().count_operation();
    counted.map_err(|message| Refusal::Plain(message.to_owned()).throw(ctx))?;
    Ok(format!("{}\n{}", text(name)?, text(url)?))
}

/// A response in the form in which the prelude takes it: status, headers one after the other, bytes.
pub(in crate::worker) fn raw_response<'js, S: AsRef<str>>(
    ctx: &Ctx<'js>,
    status: u16,
    headers: &[(S, S)],
    body: &[u8],
) -> Result<Value<'js>> {
    let raw = Array::new(ctx.clone())?;
    raw.set(0, status)?;
    raw.set(1, flat(ctx, headers)?)?;
    raw.set(2, buffer(ctx, body)?)?;
    Ok(raw.into_value())
}
