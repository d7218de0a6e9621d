//! Responses of the binding's protocol: their status lines carry the reason, and values are sent without a copy.

use crate::live::budget::Lease;
use crate::live::limits::Refusal;
use crate::sim::value::Entry;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hyper::StatusCode;
use hyper::ext::ReasonPhrase;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;

/// A response without a body.
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A value as it was stored.
pub fn value(entry: &Entry) -> Response {
    Response::new(Body::from(entry.value.clone()))
}

/// A long text, with the memory that it takes until it is sent.
struct Leased {
    text: Vec<u8>,
    _lease: Lease,
}

impl AsRef<[u8]> for Leased {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

/// JSON that takes memory until its client has it; `None` where there is too little.
pub fn leased_json(json: &impl Serialize, mut lease: Lease) -> Option<Response> {
    let text = serde_json::to_vec(json).ok()?;
    if !lease.take(text.len() as u64) {
        return None;
    }
    let text = Leased {
        text,
        _lease: lease,
    };
    let mut response = Response::new(Body::from(Bytes::from_owner(text)));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Some(response)
}

/// A refusal, with the reason in the status line, where clients of the binding look for it. A body would cost them
/// their connection.
pub fn refusal(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = empty(status);
    if let Ok(reason) = ReasonPhrase::try_from(refusal.reason.as_bytes()) {
        response.extensions_mut().insert(reason);
    }
    response
}

/// A refusal with its reason in the body as well; any other response as it is.
pub fn readable(response: Response) -> Response {
    let Some(reason) = response.extensions().get::<ReasonPhrase>() else {
        return response;
    };
    let text = [reason.as_bytes(), b"\n"].concat();
    response.map(|_| Body::from(text))
}

/// Metadata as a header; none if it has a byte that no header may have.
pub fn metadata(entry: &Entry) -> Option<HeaderValue> {
    let metadata = entry.metadata.as_ref()?;
    HeaderValue::from_bytes(metadata.as_bytes()).ok()
}
