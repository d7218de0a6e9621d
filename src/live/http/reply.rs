//! Responses of the binding's protocol: their status lines carry the reason, and values are sent without a copy.

use crate::live::limits::Refusal;
use crate::sim::value::Entry;
use axum::body::Body;
use axum::response::Response;
use hyper::StatusCode;
use hyper::ext::ReasonPhrase;
use hyper::header::HeaderValue;

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

/// Metadata as a header; none if it has a byte that no header may have.
pub fn metadata(entry: &Entry) -> Option<HeaderValue> {
    let metadata = entry.metadata.as_ref()?;
    HeaderValue::from_bytes(metadata.as_bytes()).ok()
}
