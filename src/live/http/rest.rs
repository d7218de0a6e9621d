//! The platform's REST API for KV, as far as its command line and its SDKs ask it: which path is what.
//!
//! Paths are split before they are decoded, and never normalised: a key may have slashes and dots of its own. What is
//! asked is asked at the store, which knows the latest version of every key.

mod answer;
mod bulk;
mod call;
mod keys;
mod metadata;
mod multipart;
mod namespaces;
mod values;

use super::server::App;
use answer::Fault;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::any;
use call::Call;
use hyper::{Method, Request};
use std::sync::Arc;

/// Longest title of a namespace.
pub const TITLE_MAX: usize = 512;

/// Where the API is.
const BASE: &str = "/client/v4";

/// Its paths.
pub fn routes() -> Router<Arc<App>> {
    let all = format!("{BASE}/{{*path}}");
    let (base, slash) = (BASE.to_owned(), format!("{BASE}/"));
    let paths = [base, slash, all];
    paths.iter().fold(Router::new(), |router, path| {
        router.route(path, any(answer))
    })
}

/// Answers a request. A refusal too is heard only when the body has been read.
async fn answer(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let call = Call::new(&app, request);
    let answer = dispatch(&call).await;
    call.read_rest().await;
    answer.unwrap_or_else(|fault| fault.response())
}

async fn dispatch(call: &Call<'_>) -> Result<Response, Fault> {
    let path = call.path().to_owned();
    let below = below_namespaces(&path).ok_or_else(|| no_route(&path))?;
    let segments: Vec<&str> = below.split('/').collect();
    let method = call.method().clone();
    match (&segments[..], method) {
        ([""] | ["", ""], Method::GET) => namespaces::list(call),
        ([""] | ["", ""], Method::POST) => namespaces::create(call).await,
        (["", id], Method::GET) => namespaces::get(call, id),
        (["", id], Method::PUT) => namespaces::rename(call, id).await,
        (["", id], Method::DELETE) => namespaces::delete(call, id),
        (["", id, "keys"], Method::GET) => keys::list(call, id).await,
        (["", id, "values", key], Method::GET) => values::get(call, id, key).await,
        (["", id, "values", key], Method::PUT) => values::put(call, id, key).await,
        (["", id, "values", key], Method::DELETE) => values::delete(call, id, key).await,
        (["", id, "metadata", key], Method::GET) => values::metadata(call, id, key).await,
        (["", id, "bulk"], Method::PUT) => bulk::put(call, id).await,
        // Of both ways to delete several keys, the command line goes one and the SDKs the other.
        (["", id, "bulk"], Method::DELETE) => bulk::delete(call, id).await,
        (["", id, "bulk", "delete"], Method::POST) => bulk::delete(call, id).await,
        (["", id, "bulk", "get"], Method::POST) => bulk::get(call, id).await,
        (segments, method) if is_known(segments) => Err(Fault::new(
            405,
            answer::METHOD_NOT_ALLOWED,
            format!("method {method} is not allowed here"),
        )),
        _ => Err(no_route(&path)),
    }
}

/// What of a path comes after an account's namespaces; an account is called anything.
fn below_namespaces(path: &str) -> Option<&str> {
    let accounts = path.strip_prefix(BASE)?.strip_prefix("/accounts/")?;
    let (account, rest) = accounts.split_once('/')?;
    let below = rest.strip_prefix("storage/kv/namespaces")?;
    let is_whole_word = below.is_empty() || below.starts_with('/');
    (!account.is_empty() && is_whole_word).then_some(below)
}

/// Whether there is something at a path, for some method.
fn is_known(segments: &[&str]) -> bool {
    matches!(
        segments,
        [""] | ["", _]
            | ["", _, "keys" | "bulk"]
            | ["", _, "values" | "metadata", _]
            | ["", _, "bulk", "delete" | "get"]
    )
}

fn no_route(path: &str) -> Fault {
    let message = format!("Could not route to {path}, perhaps your object identifier is invalid?");
    Fault::new(404, answer::NO_ROUTE, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_before_it_is_decoded() {
        let below =
            below_namespaces("/client/v4/accounts/a%2Fb/storage/kv/namespaces/1/values/x%2Fy");
        assert_eq!(below, Some("/1/values/x%2Fy"));
        for elsewhere in [
            "/client/v4/accounts/a/storage/kv/namespacesx",
            "/client/v4/accounts//storage/kv/namespaces",
            "/client/v4/accounts/a/d1/database",
            "/client/v4/user",
        ] {
            assert_eq!(below_namespaces(elsewhere), None, "{elsewhere}");
        }
    }
}
