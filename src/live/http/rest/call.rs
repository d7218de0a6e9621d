//! A call of the REST API: its request, and what every answer needs of it and of the session.

use super::answer::{self, Fault};
use crate::live::budget::Lease;
use crate::live::http::access::UNREAD_MAX;
use crate::live::http::body::{self, Read};
use crate::live::http::server::App;
use crate::live::limits;
use crate::live::session::{Ask, Outcome, Place};
use crate::scenario::NamespaceIndex;
use axum::body::Body;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

/// A call.
pub struct Call<'a> {
    /// What all requests share.
    pub app: &'a App,
    head: Parts,
    /// Until it is read. A body is no thing that threads can share; a call is, with a lock.
    body: Mutex<Option<Body>>,
}

impl<'a> Call<'a> {
    /// By a request.
    pub fn new(app: &'a App, request: Request<Body>) -> Self {
        let (head, body) = request.into_parts();
        Call {
            app,
            head,
            body: Mutex::new(Some(body)),
        }
    }

    /// Its path as it came.
    pub fn path(&self) -> &str {
        self.head.uri.path()
    }

    /// Its method.
    pub fn method(&self) -> &Method {
        &self.head.method
    }

    /// Its headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Something from the query, where a plus is a space. What nobody asks for is let be.
    pub fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let query = self.head.uri.query().unwrap_or_default();
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(given, _)| given == name)
            .map(|(_, value)| value)
    }

    /// A whole number from the query.
    pub fn number(&self, operation: &str, name: &str, code: u32) -> Result<Option<i64>, Fault> {
        let Some(value) = self.parameter(name) else {
            return Ok(None);
        };
        let number = value.parse().map_err(|_| {
            let message = format!("{operation}: 'Invalid {name} of {value}.'");
            Fault::new(400, code, message)
        })?;
        Ok(Some(number))
    }

    /// The namespace with an identifier.
    pub fn namespace(&self, operation: &str, id: &str) -> Result<NamespaceIndex, Fault> {
        let namespaces = self.app.session.namespaces();
        let found = namespaces.with_id(id).map(|namespace| namespace.index);
        found.ok_or_else(|| no_namespace(operation))
    }

    /// The key that a segment of the path names. What is no UTF-8 is replaced, as everywhere on the Web.
    pub fn key(&self, operation: &str, segment: &str) -> Result<String, Fault> {
        let name = percent_decode_str(segment).decode_utf8_lossy().into_owned();
        limits::key(&name)
            .map_err(|refusal| Fault::refused(operation, answer::BAD_REQUEST, &refusal))?;
        Ok(name)
    }

    /// Whether the platform's limits are enforced.
    pub fn enforces_limits(&self) -> bool {
        self.app.scenario.enforce_limits
    }

    /// Reads the body, for which memory is taken; nobody has yet.
    pub async fn read(
        &self,
        operation: &str,
        max: u64,
        lease: &mut Lease,
    ) -> Result<Vec<u8>, Fault> {
        let body = self.take_body().unwrap_or_default();
        match body::read(body, max, lease).await {
            Read::Whole(bytes) => Ok(bytes),
            Read::TooLong(length) => {
                let reason = format!("Value length of {length} exceeds limit of {max}.");
                let refusal = limits::refuse(413, reason);
                Err(Fault::refused(operation, answer::BAD_REQUEST, &refusal))
            }
            Read::NoMemory => Err(self.no_memory(operation)),
            Read::Malformed => Err(Fault::new(400, answer::BAD_REQUEST, "Bad Request")),
            Read::Broken => Err(Fault::new(408, answer::BAD_REQUEST, "Request Timeout")),
        }
    }

    /// Reads what nobody wanted to have.
    pub async fn read_rest(&self) {
        if let Some(body) = self.take_body() {
            body::ignore(body, UNREAD_MAX).await;
        }
    }

    fn take_body(&self) -> Option<Body> {
        let mut body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        body.take()
    }

    /// The session has no memory left for something.
    pub fn no_memory(&self, operation: &str) -> Fault {
        let refusal = limits::no_memory(self.app.session.budget.max());
        Fault::refused(operation, answer::BAD_REQUEST, &refusal)
    }

    /// Asks the store; for some of it there may be no memory.
    pub async fn ask_each(
        &self,
        namespace: NamespaceIndex,
        asks: Vec<Ask>,
    ) -> Result<Vec<Outcome>, Fault> {
        let asked = self.app.session.ask(Place::Store, namespace, asks);
        Ok(asked.await?)
    }

    /// Asks the store.
    pub async fn ask(
        &self,
        operation: &str,
        namespace: NamespaceIndex,
        asks: Vec<Ask>,
    ) -> Result<Vec<Outcome>, Fault> {
        let outcomes = self.ask_each(namespace, asks).await?;
        let mut all = outcomes.iter();
        match all.any(|outcome| matches!(outcome, Outcome::NoMemory)) {
            true => Err(self.no_memory(operation)),
            false => Ok(outcomes),
        }
    }
}

/// No namespace has the identifier.
pub fn no_namespace(operation: &str) -> Fault {
    let message = format!("{operation}: 'namespace not found'");
    Fault::new(404, answer::NAMESPACE_NOT_FOUND, message)
}
