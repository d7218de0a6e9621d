//! The server: it listens, and hands each request to the protocol that it speaks.
//!
//! A request that names a PoP, by a header or by the port to which it came, is one of a Worker's binding; all others
//! have paths of their own.

use super::binding::Binding;
use super::{access, body, control, metrics, page, reply, rest};
use crate::live::limits::{self, Refusal, refuse};
use crate::live::session::Session;
use crate::scenario::{MAIN_NAMESPACE, NamespaceIndex, PopIndex, Scenario};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;
use tower_service::Service;
use tracing::Level;

/// The headers by which a binding says where it is.
const POP: &str = "x-kv-pop";
const NAMESPACE: &str = "x-kv-namespace";

/// The header that `workerd` sends with each request, and nobody else.
const WORKERD: &str = "cf-kv-flprod-405";

/// A connection on which nothing is asked for so long is closed; `workerd` gives up its idle ones sooner.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// A client that takes nothing of an answer for so long is cut off.
const WRITE_MAX: Duration = Duration::from_secs(30);

/// What the head of a request may take, in bytes: a key and metadata fit ten times.
const HEAD_MAX: usize = 64 << 10;

/// Most connections at once; others wait to be taken.
const CONNECTIONS_MAX: usize = 10_000;

/// How often it is warned of that connections cannot be taken.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// How long open connections are waited for at the end.
const FAREWELL: Duration = Duration::from_secs(5);

/// What all requests share.
pub struct App {
    /// The session.
    pub session: Session,
    /// What it simulates.
    pub scenario: Scenario,
    /// What clients must know, if anything.
    pub token: Option<String>,
    /// Where the server listens.
    pub address: SocketAddr,
    /// Whether the server ends.
    pub end: watch::Receiver<bool>,
    /// Whoever has it tells a story.
    pub stories: tokio::sync::Mutex<()>,
    /// How many connections are open.
    pub connections: AtomicUsize,
    /// Where the session keeps its record.
    pub folder: std::path::PathBuf,
    /// How its scenario is read again, for stories.
    pub class: crate::live::class::Class,
}

/// A listener, with the PoP whose binding speaks there if it is one's.
pub struct Listening {
    /// Where connections come.
    pub listener: TcpListener,
    /// Whose.
    pub pop: Option<PopIndex>,
}

/// Serves until `end` says so, and then until open requests are answered or too slow.
pub async fn serve(app: Arc<App>, listening: Vec<Listening>, mut end: watch::Receiver<bool>) {
    let router = router(&app);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let accepting = listening.into_iter().map(|listening| {
        let (app, router, places) = (Arc::clone(&app), router.clone(), Arc::clone(&places));
        tokio::spawn(accept(app, router, places, listening, end.clone()))
    });
    let accepting: Vec<_> = accepting.collect();
    over(&mut end).await;
    // What is asked is answered now, whatever the clock says.
    app.session.stop();
    for task in accepting {
        let _ = task.await;
    }
    let all_gone = places.acquire_many(CONNECTIONS_MAX as u32);
    let _ = tokio::time::timeout(FAREWELL, all_gone).await;
}

fn router(app: &Arc<App>) -> Router {
    let open = Router::new().merge(page::routes());
    let guarded = Router::new()
        .merge(control::routes())
        .merge(metrics::routes())
        .merge(rest::routes());
    let guarded = guarded.layer(axum::middleware::from_fn_with_state(
        Arc::clone(app),
        access::check,
    ));
    open.merge(guarded)
        .fallback(nowhere)
        .with_state(Arc::clone(app))
}

/// Nothing is at a path.
async fn nowhere() -> (StatusCode, &'static str) {
    let message = "Nothing is here. A request of a KV binding says where it is: X-KV-Pop\n";
    (StatusCode::NOT_FOUND, message)
}

async fn accept(
    app: Arc<App>,
    router: Router,
    places: Arc<Semaphore>,
    listening: Listening,
    mut end: watch::Receiver<bool>,
) {
    let mut warned: Option<Instant> = None;
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listening.listener.accept() => accepted,
            () = over(&mut end) => return,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                if warned.is_none_or(|then| then.elapsed() > WARN_EVERY) {
                    tracing::warn!(%error, "a connection could not be taken");
                    warned = Some(Instant::now());
                }
                // Out of file descriptors, most likely: others must close first.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (app, router, end) = (Arc::clone(&app), router.clone(), end.clone());
        let pop = listening.pop;
        tokio::spawn(async move {
            app.connections.fetch_add(1, Ordering::Relaxed);
            converse(&app, router, stream, pop, end).await;
            app.connections.fetch_sub(1, Ordering::Relaxed);
            drop(place);
        });
    }
}

/// Answers the requests of a connection.
async fn converse(
    app: &Arc<App>,
    router: Router,
    stream: TcpStream,
    pop: Option<PopIndex>,
    mut end: watch::Receiver<bool>,
) {
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: Request<Incoming>| {
        let (app, router) = (Arc::clone(app), router.clone());
        async move { Ok::<_, Infallible>(answer(&app, router, pop, request.map(Body::new)).await) }
    });
    // Whoever does not take what was asked for would hold it for ever.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_MAX));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE_MAX)
        .max_buf_size(HEAD_MAX)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    let mut connection = std::pin::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = over(&mut end) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection broke");
    }
}

/// Waits for the end.
async fn over(end: &mut watch::Receiver<bool>) {
    // Whoever could have told it is gone: that is an end as well.
    let _ = end.wait_for(|is_over| *is_over).await;
}

/// Answers a request, and logs that it did.
async fn answer(
    app: &App,
    router: Router,
    port_pop: Option<PopIndex>,
    request: Request<Body>,
) -> Response {
    if !tracing::enabled!(Level::DEBUG) {
        return route(app, router, port_pop, request).await;
    }
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let pop = request.headers().get(POP).cloned();
    let start = Instant::now();
    let response = route(app, router, port_pop, request).await;
    // Not the query: a token may be in it.
    tracing::debug!(
        %method,
        path = uri.path(),
        pop = pop.as_ref().and_then(|pop| pop.to_str().ok()),
        status = response.status().as_u16(),
        took_ms = start.elapsed().as_secs_f64() * 1e3,
        "answered"
    );
    response
}

/// Hands a request to the protocol that it speaks.
async fn route(
    app: &App,
    mut router: Router,
    port_pop: Option<PopIndex>,
    request: Request<Body>,
) -> Response {
    if access::is_foreign(&request) || !access::is_named_rightly(app, &request) {
        let refusal = refuse(403, "Cross-origin requests are not allowed");
        return refuse_all(request, &refusal).await;
    }
    if port_pop.is_none() && !request.headers().contains_key(POP) {
        let Ok(response) = router.call(request).await;
        return response;
    }
    // A body would cost `workerd` its connection, and is all that others may look at.
    let is_workerd = request.headers().contains_key(WORKERD);
    let response = match binding(app, port_pop, &request) {
        Ok(binding) => binding.answer(request).await,
        Err(refusal) => refuse_all(request, &refusal).await,
    };
    match is_workerd {
        true => response,
        false => reply::readable(response),
    }
}

/// Refuses a request, which its client hears of when all of it has been read.
async fn refuse_all(request: Request<Body>, refusal: &Refusal) -> Response {
    body::ignore(request.into_body(), limits::VALUE_MAX).await;
    reply::refusal(refusal)
}

/// The binding to which a request goes.
fn binding<'a>(
    app: &'a App,
    port_pop: Option<PopIndex>,
    request: &Request<Body>,
) -> Result<Binding<'a>, Refusal> {
    if !access::is_authorised(app, request) {
        return Err(refuse(401, "kvlag wants the token it was started with"));
    }
    let pop = match request.headers().get(POP) {
        None => port_pop,
        Some(code) => {
            let mut pops = app.scenario.pops.iter();
            pops.position(|pop| code.as_bytes() == pop.code.as_bytes())
        }
    };
    Ok(Binding {
        session: &app.session,
        pop: pop.ok_or_else(|| no_pop(app))?,
        namespace: namespace(app, request)?,
        enforces_limits: app.scenario.enforce_limits,
    })
}

/// No PoP has the code that was given: some have these.
fn no_pop(app: &App) -> Refusal {
    let codes = app.scenario.pops.iter().map(|pop| pop.code.as_str());
    let some: Vec<&str> = codes.take(5).collect();
    let more = if app.scenario.pops.len() > some.len() {
        ", ..."
    } else {
        ""
    };
    let reason = format!(
        "X-KV-Pop names no PoP of the scenario: {}{more}",
        some.join(", ")
    );
    refuse(400, reason)
}

/// The namespace that a binding names by its title or identifier; one with a new title is created.
fn namespace(app: &App, request: &Request<Body>) -> Result<NamespaceIndex, Refusal> {
    let bad = || refuse(400, "X-KV-Namespace is no title of a namespace");
    let title = match request.headers().get(NAMESPACE) {
        None => MAIN_NAMESPACE,
        Some(title) => std::str::from_utf8(title.as_bytes()).map_err(|_| bad())?,
    };
    if title.is_empty() || title.len() > rest::TITLE_MAX {
        return Err(bad());
    }
    let by_id = app
        .session
        .namespaces()
        .with_id(title)
        .map(|known| known.index);
    let found = by_id.or_else(|| app.session.namespace_titled(title));
    found.ok_or_else(|| refuse(400, "There are as many namespaces as there may be"))
}
