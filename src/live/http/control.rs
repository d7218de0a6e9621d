//! The control API: what there is to be seen, as JSON and as server-sent events, and the pace of time.

use super::access::{EVENTS, refused};
use super::server::App;
use super::view;
use crate::experiment;
use crate::live::SPEEDS;
use crate::live::session::{Look, Sought};
use crate::observe::story::{Question, Story};
use crate::report::story::{Told, figure};
use crate::report::terminal;
use crate::scenario::MAIN_NAMESPACE;
use crate::scenario::keyspace::Keyspace;
use crate::units::Duration;
use axum::Json;
use axum::Router;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream::{self, StreamExt};
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

/// The longest step at once.
const STEP_MAX: Duration = Duration::from_secs(7 * 86_400);
/// So many reads at most a state tells, and so many writes: whoever looks must not disturb those who ask.
const TOLD_MAX: usize = 200;
/// How often events may come, and how often they do unless it is said.
const EVERY_MIN_MS: u64 = 50;
const EVERY_MS: u64 = 250;

/// Its paths.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/world", get(world))
        .route("/api/state", get(state))
        .route(EVENTS, get(events))
        .route("/api/story/{read}", get(story_of))
        .route("/api/pause", post(pause))
        .route("/api/resume", post(resume))
        .route("/api/step", post(step))
        .route("/api/speed", post(speed))
}

/// What of the session is wanted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    /// The key whose copies are looked at.
    key: Option<String>,
    /// Its namespace's title.
    namespace: Option<String>,
    /// Reads and writes from these numbers on.
    reads_from: u64,
    writes_from: u64,
    /// How often, in milliseconds.
    every_ms: Option<u64>,
}

#[derive(Deserialize)]
struct Step {
    by: String,
}

#[derive(Deserialize)]
struct Speed {
    speed: f64,
}

impl Wish {
    fn look(&self, app: &App) -> Look {
        let title = self.namespace.as_deref().unwrap_or(MAIN_NAMESPACE);
        let namespace = app.session.namespaces().titled(title);
        Look {
            key: namespace.zip(self.key.clone()),
            reads_from: self.reads_from,
            writes_from: self.writes_from,
            most: Some(TOLD_MAX),
        }
    }
}

fn bad(message: &str) -> Response {
    refused(StatusCode::BAD_REQUEST, 10012, message)
}

fn over() -> Response {
    refused(
        StatusCode::SERVICE_UNAVAILABLE,
        10000,
        "kvlag is shutting down",
    )
}

async fn world(State(app): State<Arc<App>>) -> Response {
    Json(view::world(&app)).into_response()
}

async fn state(State(app): State<Arc<App>>, wish: Result<Query<Wish>, QueryRejection>) -> Response {
    let wish = match wish {
        Ok(Query(wish)) => wish,
        Err(error) => return bad(&error.body_text()),
    };
    let look = wish.look(&app);
    match app.session.look(look.clone()).await {
        Ok(seen) => Json(view::state(&app, &seen, &look)).into_response(),
        Err(_) => over(),
    }
}

async fn events(
    State(app): State<Arc<App>>,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Response {
    let wish = match wish {
        Ok(Query(wish)) => wish,
        Err(error) => return bad(&error.body_text()),
    };
    let every = wish.every_ms.unwrap_or(EVERY_MS).max(EVERY_MIN_MS);
    let mut every = tokio::time::interval(std::time::Duration::from_millis(every));
    // A page whose connection was busy is told how things are, not how they were.
    every.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let end = app.end.clone();
    let states = stream::unfold((app, wish, every), |(app, mut wish, mut every)| async {
        every.tick().await;
        let look = wish.look(&app);
        let seen = app.session.look(look.clone()).await.ok()?;
        let state = view::state(&app, &seen, &look);
        wish.reads_from = seen.read_count;
        wish.writes_from = seen.write_count;
        let event = Event::default().event("state").data(state.to_string());
        Some((event, (app, wish, every)))
    });
    // Else the server would wait for those who only look, and they would never be told.
    let states = states.take_until(ended(end));
    let farewell = stream::once(async { Event::default().event("over").data("{}") });
    Sse::new(states.chain(farewell).map(Ok::<_, Infallible>))
        .keep_alive(KeepAlive::default())
        .into_response()
}

/// Waits until the server ends.
async fn ended(mut end: watch::Receiver<bool>) {
    // Whoever could have told it is gone: that is an end as well.
    let _ = end.wait_for(|is_over| *is_over).await;
}

async fn story_of(State(app): State<Arc<App>>, Path(read): Path<String>) -> Response {
    let Ok(read) = read.parse() else {
        return bad("a read is named by its number");
    };
    match app.session.tell_of(read).await {
        Err(_) => over(),
        Ok(None) => refused(
            StatusCode::NOT_FOUND,
            10009,
            "this read is not remembered any more",
        ),
        Ok(Some(sought)) => {
            // One after the other: each goes over the whole record.
            let _turn = app.stories.lock().await;
            let telling = Arc::clone(&app);
            let told = tokio::task::spawn_blocking(move || tell(&telling, &sought)).await;
            match told {
                Ok(Ok(story)) => Json(story).into_response(),
                Ok(Err(message)) => refused(StatusCode::INTERNAL_SERVER_ERROR, 10000, &message),
                Err(_) => over(),
            }
        }
    }
}

/// The story of a read, from the record so far.
fn tell(app: &App, sought: &Sought) -> Result<serde_json::Value, String> {
    let scenario = app.class.scenario(&sought.scenario, &app.folder);
    let scenario = scenario.map_err(|mistakes| mistakes.to_string())?;
    let seen = experiment::follow(&scenario, sought.wanted).map_err(|error| error.to_string())?;
    // Either it is new, or the scenario numbers it.
    let key = seen.new_name.clone();
    let key = key.unwrap_or_else(|| Keyspace::new(&scenario).name(sought.wanted.key));
    let found = Story::of(seen, Question::Stale);
    let story = found.ok_or("the record has no such read")?;
    let told = Told {
        story: &story,
        scenario: &scenario,
        key: &key,
        what_if: None,
        trial: None,
    };
    Ok(json!({
        "headline": told.headline(),
        "why": told.why(),
        "documented": told.within(),
        "change": told.change(),
        "same": told.same(),
        "text": terminal::story(&told, false),
        "svg": figure(&told),
    }))
}

async fn pause(State(app): State<Arc<App>>) -> Response {
    tracing::info!("time stands still");
    app.session.pause();
    Json(view::pace(&app)).into_response()
}

async fn resume(State(app): State<Arc<App>>) -> Response {
    tracing::info!("time goes on");
    app.session.resume();
    Json(view::pace(&app)).into_response()
}

async fn step(State(app): State<Arc<App>>, step: Result<Json<Step>, JsonRejection>) -> Response {
    let by = match step {
        Ok(Json(step)) => step.by,
        Err(error) => return bad(&error.body_text()),
    };
    match by.parse::<Duration>() {
        Ok(by) if by > Duration::ZERO && by <= STEP_MAX => {
            tracing::info!(%by, "time is stepped");
            match app.session.step(by).await {
                Ok(()) => Json(view::pace(&app)).into_response(),
                Err(_) => over(),
            }
        }
        _ => bad("a step is a duration up to 7d, as in {\"by\": \"10s\"}"),
    }
}

async fn speed(State(app): State<Arc<App>>, speed: Result<Json<Speed>, JsonRejection>) -> Response {
    match speed {
        Ok(Json(Speed { speed })) if SPEEDS.contains(&speed) => {
            tracing::info!(speed, "time goes at another speed");
            app.session.set_speed(speed);
            Json(view::pace(&app)).into_response()
        }
        Ok(_) => bad("a speed is a number from 0.001 to 60000, as in {\"speed\": 10}"),
        Err(error) => bad(&error.body_text()),
    }
}
