//! What the REST API answers: envelopes, and refusals with the platform's codes.

use crate::live::http::access;
use crate::live::limits::Refusal;
use crate::live::session::Over;
use axum::body::Body;
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use serde_json::Value;

/// The platform's codes, as far as they are known from what its clients tell apart. Where it is not known which code
/// something has, it has that of a bad request.
pub const BAD_REQUEST: u32 = 10012;
/// There is nothing at a path.
pub const NO_ROUTE: u32 = 7003;
/// A key has no value.
pub const KEY_NOT_FOUND: u32 = 10009;
/// No namespace has this identifier.
pub const NAMESPACE_NOT_FOUND: u32 = 10013;
/// A namespace has this title already.
pub const TITLE_EXISTS: u32 = 10014;
/// A namespace must have a title.
pub const TITLE_REQUIRED: u32 = 10019;
/// Of several keys there must be one.
pub const NO_KEYS: u32 = 10029;
/// A date at which nothing can expire.
pub const BAD_EXPIRATION: u32 = 10033;
/// A time after which nothing can expire.
pub const BAD_EXPIRATION_TTL: u32 = 10034;
/// Metadata that are no JSON.
pub const BAD_METADATA: u32 = 10147;
/// The path knows other methods.
pub const METHOD_NOT_ALLOWED: u32 = 10405;
/// Too much was asked in a short time.
const THROTTLED: u32 = 971;
/// The server cannot.
const UNAVAILABLE: u32 = 10001;

/// Why there is no answer as asked.
#[derive(Debug)]
pub struct Fault {
    status: StatusCode,
    code: u32,
    message: String,
}

impl Fault {
    /// With a status, a code and a message.
    pub fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Fault {
            status,
            code,
            message: message.into(),
        }
    }

    /// Of a request that is not as it must be, in the platform's form: what was to be done, and why it was not.
    pub fn bad(operation: &str, reason: impl std::fmt::Display) -> Self {
        Self::new(400, BAD_REQUEST, format!("{operation}: '{reason}'"))
    }

    /// Of a refusal in the words of both protocols.
    pub fn refused(operation: &str, code: u32, refusal: &Refusal) -> Self {
        let code = match refusal.status {
            429 => THROTTLED,
            503 => UNAVAILABLE,
            _ => code,
        };
        let message = format!("{operation}: '{}'", refusal.reason);
        Self::new(refusal.status, code, message)
    }

    /// As a response.
    pub fn response(&self) -> Response {
        access::refused(self.status, self.code, &self.message)
    }
}

impl From<Over> for Fault {
    fn from(Over: Over) -> Self {
        Fault::new(503, UNAVAILABLE, "kvlag is shutting down")
    }
}

/// What surrounds every result.
#[derive(Serialize)]
struct Envelope<'a, T> {
    result: &'a T,
    success: bool,
    errors: [(); 0],
    messages: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    result_info: Option<Value>,
}

/// A result.
pub fn success<T: Serialize>(result: &T) -> Response {
    enveloped(result, None, 0)
}

/// A page of a result, and where in it the page is.
pub fn page<T: Serialize>(result: &T, result_info: Value) -> Response {
    enveloped(result, Some(result_info), 0)
}

/// A result of about so many bytes.
pub fn long<T: Serialize>(result: &T, length: usize) -> Response {
    enveloped(result, None, length)
}

fn enveloped<T: Serialize>(result: &T, result_info: Option<Value>, length: usize) -> Response {
    let mut text = Vec::with_capacity(length + 128);
    let envelope = Envelope {
        result,
        success: true,
        errors: [],
        messages: [],
        result_info,
    };
    serde_json::to_writer(&mut text, &envelope).expect("texts and numbers can be written as JSON");
    let mut response = Response::new(Body::from(text));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
