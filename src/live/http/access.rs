//! Who may ask: whoever knows the token, if there is one, and no page of another site.

use super::body;
use super::server::App;
use crate::live::limits;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::header::{AUTHORIZATION, HOST, HeaderValue, ORIGIN};
use hyper::{HeaderMap, Request, StatusCode};
use serde_json::json;
use std::net::IpAddr;
use std::sync::Arc;

/// What is read of a body that is refused; then its client is cut off.
pub const UNREAD_MAX: u64 = 4 * limits::VALUE_MAX;

/// Whether a browser sends this on behalf of another site's page. What is no browser names no origin.
pub fn is_foreign(request: &Request<Body>) -> bool {
    let headers = request.headers();
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if matches!(site, Some(b"cross-site" | b"same-site")) {
        return true;
    }
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    let own = headers.get(HOST).map(|host| {
        let mut own = b"http://".to_vec();
        own.extend_from_slice(host.as_bytes());
        own
    });
    own.is_none_or(|own| own != origin.as_bytes())
}

/// Where a page cannot set headers.
pub const EVENTS: &str = "/api/events";

/// Whether the server is asked under its own name, where it listens on this machine alone and wants no token: a page
/// of another site may have pointed a name of its own at it. `workerd` calls whatever is behind a binding like this.
pub fn is_named_rightly(app: &App, request: &Request<Body>) -> bool {
    let headers = request.headers();
    let is_workerd = headers.get(HOST).is_some_and(|host| host == "fake-host");
    !app.address.ip().is_loopback() || app.token.is_some() || is_workerd || is_local(headers)
}

/// Whether a request bears the token, if there is one; in its address where a page cannot set headers.
pub fn is_authorised(app: &App, request: &Request<Body>) -> bool {
    let Some(token) = &app.token else {
        return true;
    };
    let header = request.headers().get(AUTHORIZATION);
    let header = header.and_then(|header| {
        let (scheme, token) = header.as_bytes().split_at_checked("Bearer ".len())?;
        scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
    });
    let query = request.uri().query().unwrap_or_default();
    let in_query = || {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(name, _)| name == "token")
            .map(|(_, value)| value.into_owned())
    };
    match header {
        Some(given) => is_same(given, token.as_bytes()),
        None if request.uri().path() != EVENTS => false,
        None => in_query().is_some_and(|given| is_same(given.as_bytes(), token.as_bytes())),
    }
}

/// Compares in a time that does not tell how much of it is right.
fn is_same(given: &[u8], token: &[u8]) -> bool {
    let differing = given.iter().zip(token).fold(0, |sum, (a, b)| sum | (a ^ b));
    differing == 0 && given.len() == token.len()
}

/// Lets through what may ask.
pub async fn check(State(app): State<Arc<App>>, request: Request<Body>, next: Next) -> Response {
    if !is_authorised(&app, &request) {
        // Clients hear of it only when they have sent all.
        body::ignore(request.into_body(), UNREAD_MAX).await;
        return refused(StatusCode::UNAUTHORIZED, 10000, "Authentication error");
    }
    next.run(request).await
}

/// Whether the server is asked under a name of this machine: else a name was pointed at it.
fn is_local(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
        return true;
    };
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let address = name.parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// A refusal in the form of the REST API.
pub fn refused(status: StatusCode, code: u32, message: &str) -> Response {
    let body = json!({
        "result": null,
        "success": false,
        "errors": [{ "code": code, "message": message }],
        "messages": [],
    });
    (status, Json(body)).into_response()
}
