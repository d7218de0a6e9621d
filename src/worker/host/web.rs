//! What the web's APIs need of the host: addresses, text, random values, digests, time.

use super::{buffer, bytes, require_request, text};
use crate::sim::random::unit;
use crate::units::{Duration, Time};
use crate::worker::flight::Shared;
use crate::worker::sha;
use percent_encoding::percent_decode_str;
use rand::Rng;
use rquickjs::{Array, Ctx, Exception, Function, Object, Result, String as JsString, Value};
use url::{Position, Url};

pub(super) fn install<'js>(ctx: &Ctx<'js>, host: &Object<'js>, state: &Shared) -> Result<()> {
    install_addresses(ctx, host)?;
    install_text(ctx, host)?;
    install_random(ctx, host, state)?;
    install_time(ctx, host, state)
}

fn install_addresses<'js>(ctx: &Ctx<'js>, host: &Object<'js>) -> Result<()> {
    let parse = move |ctx: Ctx<'js>, input: JsString<'js>, base: Option<JsString<'js>>| {
        let input = text(&input)?;
        let parsed = match base {
            Some(base) => Url::parse(&text(&base)?).and_then(|base| base.join(&input)),
            None => Url::parse(&input),
        };
        parsed.map_or_else(
            |_| Ok(Value::new_undefined(ctx.clone())),
            |url| parts(&ctx, &url),
        )
    };
    host.set("urlParse", Function::new(ctx.clone(), parse)?)?;
    let set =
        move |ctx: Ctx<'js>, href: JsString<'js>, part: JsString<'js>, value: JsString<'js>| {
            let (href, part, value) = (text(&href)?, text(&part)?, text(&value)?);
            let changed = Url::parse(&href)
                .ok()
                .and_then(|url| with_part(url, &part, &value));
            changed.map_or_else(
                || Ok(Value::new_undefined(ctx.clone())),
                |url| parts(&ctx, &url),
            )
        };
    host.set("urlSet", Function::new(ctx.clone(), set)?)?;
    let origin = move |href: JsString<'js>| {
        let url = Url::parse(&text(&href)?).ok();
        Result::Ok(url.map_or_else(
            || "null".to_owned(),
            |url| url.origin().ascii_serialization(),
        ))
    };
    host.set("urlOrigin", Function::new(ctx.clone(), origin)?)?;
    let decode = move |input: JsString<'js>| {
        let input = text(&input)?;
        Result::Ok(percent_decode_str(&input).decode_utf8_lossy().into_owned())
    };
    host.set("percentDecode", Function::new(ctx.clone(), decode)?)
}

/// An address as the prelude keeps it: the whole, then where its parts begin and end (see `prelude/url.js`). It is
/// ASCII, so that bytes are characters.
fn parts<'js>(ctx: &Ctx<'js>, url: &Url) -> Result<Value<'js>> {
    const ENDS: [Position; 14] = [
        Position::BeforeUsername,
        Position::AfterUsername,
        Position::BeforePassword,
        Position::AfterPassword,
        Position::BeforeHost,
        Position::AfterHost,
        Position::BeforePort,
        Position::AfterPort,
        Position::BeforePath,
        Position::AfterPath,
        Position::AfterPath,
        Position::AfterQuery,
        Position::AfterQuery,
        Position::AfterFragment,
    ];
    let parts = Array::new(ctx.clone())?;
    parts.set(0, url.as_str())?;
    for (at, end) in ENDS.into_iter().enumerate() {
        parts.set(at + 1, url[..end].len() as u32)?;
    }
    Ok(parts.into_value())
}

/// The address with one part changed; none where that makes no address, and the change is to be ignored.
fn with_part(mut url: Url, part: &str, value: &str) -> Option<Url> {
    match part {
        "href" => return Url::parse(value).ok(),
        "protocol" => url.set_scheme(value.trim_end_matches(':')).ok()?,
        "username" => url.set_username(value).ok()?,
        "password" => url.set_password(Some(value)).ok()?,
        "hostname" => url.set_host(Some(value)).ok()?,
        "host" => {
            let (host, port) = match value.rsplit_once(':') {
                Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                    (host, Some(port))
                }
                _ => (value, None),
            };
            url.set_host(Some(host)).ok()?;
            if let Some(port) = port.filter(|port| !port.is_empty()) {
                url.set_port(port.parse().ok()).ok()?;
            }
        }
        "port" if value.is_empty() => url.set_port(None).ok()?,
        "port" => url.set_port(Some(value.parse().ok()?)).ok()?,
        "pathname" => url.set_path(value),
        "search" => {
            let query = value.strip_prefix('?').unwrap_or(value);
            url.set_query((!query.is_empty()).then_some(query));
        }
        "hash" => {
            let fragment = value.strip_prefix('#').unwrap_or(value);
            url.set_fragment((!fragment.is_empty()).then_some(fragment));
        }
        _ => return None,
    }
    Some(url)
}

fn install_text<'js>(ctx: &Ctx<'js>, host: &Object<'js>) -> Result<()> {
    let encode = move |ctx: Ctx<'js>, input: JsString<'js>| buffer(&ctx, text(&input)?.as_bytes());
    host.set("encode", Function::new(ctx.clone(), encode)?)?;
    let decode = move |ctx: Ctx<'js>, input: Value<'js>, is_fatal: bool, keeps_mark: bool| {
        let bytes = bytes(&input)?;
        let bytes = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) if !keeps_mark => rest,
            _ => &bytes,
        };
        if is_fatal && std::str::from_utf8(bytes).is_err() {
            return Result::Ok(Value::new_undefined(ctx));
        }
        let text = String::from_utf8_lossy(bytes);
        Ok(JsString::from_str(ctx, &text)?.into_value())
    };
    host.set("decode", Function::new(ctx.clone(), decode)?)?;
    let digest = move |ctx: Ctx<'js>, name: JsString<'js>, data: Value<'js>| {
        let digest = sha::digest(&text(&name)?, &bytes(&data)?);
        let digest = digest.ok_or_else(|| Exception::throw_type(&ctx, "Unknown digest"))?;
        buffer(&ctx, &digest)
    };
    host.set("digest", Function::new(ctx.clone(), digest)?)
}

fn install_random<'js>(ctx: &Ctx<'js>, host: &Object<'js>, state: &Shared) -> Result<()> {
    let shared = state.clone();
    let random = move || unit(shared.borrow_mut().stream.next_u64());
    let random = Function::new(ctx.clone(), random)?.with_name("random")?;
    host.set("random", random)?;
    let shared = state.clone();
    let random_bytes = move |ctx: Ctx<'js>, count: u32| {
        require_request(&shared).map_err(|refusal| refusal.throw(&ctx))?;
        let mut bytes = vec![0; count as usize];
        for chunk in bytes.chunks_mut(8) {
            let draw = shared.borrow_mut().stream.next_u64().to_le_bytes();
            chunk.copy_from_slice(&draw[..chunk.len()]);
        }
        buffer(&ctx, &bytes)
    };
    host.set("randomBytes", Function::new(ctx.clone(), random_bytes)?)
}

fn install_time<'js>(ctx: &Ctx<'js>, host: &Object<'js>, state: &Shared) -> Result<()> {
    let shared = state.clone();
    let now = move || shared.borrow().date_ms() as f64;
    host.set("now", Function::new(ctx.clone(), now)?)?;
    let shared = state.clone();
    let timer = move |ctx: Ctx<'js>, delay_ms: f64| {
        require_request(&shared).map_err(|refusal| refusal.throw(&ctx))?;
        let state = &mut *shared.borrow_mut();
        // Time must go on, or a script that waits in a loop would wait for ever.
        let delay = Duration::from_secs_f64(delay_ms.max(1.0) / 1000.0);
        let at = Time(state.now.0.saturating_add(delay.0));
        Result::Ok(state.set_timer(at) as f64)
    };
    host.set("timer", Function::new(ctx.clone(), timer)?)?;
    let shared = state.clone();
    let clear = move |number: f64| {
        shared.borrow_mut().take_timer(number as u64);
    };
    host.set("clearTimer", Function::new(ctx.clone(), clear)?)
}
