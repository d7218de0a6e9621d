//! Namespaces in the REST API: pages of them, and their titles.

use super::TITLE_MAX;
use super::answer::{self, Fault};
use super::call::{Call, no_namespace};
use crate::live::namespaces::Namespace;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Most bytes of a body with a title: it fits many times, whatever is escaped.
const BODY_MAX: u64 = 64 << 10;

/// How many namespaces a page has: unless it is said, and at most.
const PER_PAGE: i64 = 20;
const PER_PAGE_MAX: i64 = 1000;

/// A namespace as clients see it.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    title: &'a str,
    supports_url_encoding: bool,
}

impl<'a> From<&'a Namespace> for Shown<'a> {
    fn from(namespace: &'a Namespace) -> Self {
        Shown {
            id: &namespace.id,
            title: &namespace.title,
            supports_url_encoding: true,
        }
    }
}

/// A body with a title; of a jurisdiction nothing follows here.
#[derive(Deserialize)]
struct Titled {
    #[serde(default)]
    title: Option<String>,
}

/// A page of all namespaces.
pub fn list(call: &Call<'_>) -> Result<Response, Fault> {
    let operation = "list namespaces";
    let number = |name, normal, max| {
        let number = call.number(operation, name, answer::BAD_REQUEST)?;
        match number.unwrap_or(normal) {
            number if (1..=max).contains(&number) => Ok(number as usize),
            number => Err(Fault::bad(
                operation,
                format!("Invalid {name} of {number}."),
            )),
        }
    };
    let page = number("page", 1, i64::from(i32::MAX))?;
    let per_page = number("per_page", PER_PAGE, PER_PAGE_MAX)?;
    let namespaces = call.app.session.namespaces();
    // In the order in which they were created, unless it is said.
    let mut all: Vec<&Namespace> = namespaces.all().iter().collect();
    match call.parameter("order").as_deref() {
        None => {}
        Some("id") => all.sort_by(|a, b| a.id.cmp(&b.id)),
        Some("title") => all.sort_by(|a, b| a.title.cmp(&b.title)),
        Some(other) => return Err(Fault::bad(operation, format!("Invalid order of {other}."))),
    }
    match call.parameter("direction").as_deref() {
        None | Some("asc") => {}
        Some("desc") => all.reverse(),
        Some(other) => {
            let reason = format!("Invalid direction of {other}.");
            return Err(Fault::bad(operation, reason));
        }
    }
    let shown = all.iter().skip((page - 1) * per_page).take(per_page);
    let shown: Vec<Shown<'_>> = shown.map(|namespace| Shown::from(*namespace)).collect();
    let info = json!({
        "page": page,
        "per_page": per_page,
        "count": shown.len(),
        "total_count": all.len(),
    });
    Ok(answer::page(&shown, info))
}

/// One.
pub fn get(call: &Call<'_>, id: &str) -> Result<Response, Fault> {
    let namespaces = call.app.session.namespaces();
    let found = namespaces.with_id(id);
    let found = found.ok_or_else(|| no_namespace("get namespace"))?;
    Ok(answer::success(&Shown::from(found)))
}

/// A new one.
pub async fn create(call: &Call<'_>) -> Result<Response, Fault> {
    let title = title(call, "create namespace").await?;
    let session = &call.app.session;
    let mut namespaces = session.namespaces();
    if namespaces.titled(&title).is_some() {
        return Err(title_exists("create namespace"));
    }
    if !namespaces.has_room() {
        let reason = "there are as many namespaces as there may be";
        return Err(Fault::bad("create namespace", reason));
    }
    let index = session.create(&mut namespaces, &title);
    let mut all = namespaces.all().iter();
    let created = all.find(|namespace| namespace.index == index);
    Ok(answer::success(&created.map(Shown::from)))
}

/// Another title for one.
pub async fn rename(call: &Call<'_>, id: &str) -> Result<Response, Fault> {
    let operation = "rename namespace";
    let title = title(call, operation).await?;
    let mut namespaces = call.app.session.namespaces();
    let found = namespaces.with_id(id).map(|namespace| namespace.index);
    let index = found.ok_or_else(|| no_namespace(operation))?;
    if namespaces
        .titled(&title)
        .is_some_and(|other| other != index)
    {
        return Err(title_exists(operation));
    }
    namespaces.rename(index, &title);
    Ok(answer::success(&namespaces.with_id(id).map(Shown::from)))
}

/// Removes one with all that it holds.
pub fn delete(call: &Call<'_>, id: &str) -> Result<Response, Fault> {
    let session = &call.app.session;
    let mut namespaces = session.namespaces();
    let found = namespaces.with_id(id).map(|namespace| namespace.index);
    let index = found.ok_or_else(|| no_namespace("remove namespace"))?;
    session.remove(&mut namespaces, index);
    Ok(answer::success(&()))
}

/// The title in the body.
async fn title(call: &Call<'_>, operation: &str) -> Result<String, Fault> {
    let mut lease = call.app.session.budget.lease();
    let body = call.read(operation, BODY_MAX, &mut lease).await?;
    let body: Titled =
        serde_json::from_slice(&body).map_err(|error| Fault::bad(operation, error))?;
    let title = body.title.filter(|title| !title.is_empty());
    let title = title.ok_or_else(|| {
        let message = format!("{operation}: 'a namespace must have a title'");
        Fault::new(400, answer::TITLE_REQUIRED, message)
    })?;
    match title.len() {
        length if length > TITLE_MAX => {
            let reason = format!("title length of {length} exceeds limit of {TITLE_MAX}");
            Err(Fault::bad(operation, reason))
        }
        _ => Ok(title),
    }
}

fn title_exists(operation: &str) -> Fault {
    let reason = "a namespace with this account ID and title already exists";
    Fault::new(
        400,
        answer::TITLE_EXISTS,
        format!("{operation}: '{reason}'"),
    )
}
