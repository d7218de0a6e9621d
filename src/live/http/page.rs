//! The live page: its files, compiled in, and the headers with which they go out.
//!
//! They are the same for everybody and hold nothing of the session, so no token is wanted for them; what the page
//! shows it asks of the control API, as anybody else.

use super::server::App;
use crate::report::COLOURS;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use std::sync::Arc;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Nothing from elsewhere, nothing written into the page, and no other page around it.
const POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page.
struct File {
    path: &'static str,
    kind: &'static str,
    text: &'static str,
}

macro_rules! script {
    ($name:literal) => {
        File {
            path: concat!("/page/", $name, ".js"),
            kind: JS,
            text: include_str!(concat!("page/", $name, ".js")),
        }
    };
}

const FILES: [File; 17] = [
    File {
        path: "/",
        kind: HTML,
        text: include_str!("page/page.html"),
    },
    File {
        path: "/page/page.css",
        kind: CSS,
        text: include_str!("page/page.css"),
    },
    File {
        path: "/page/colours.css",
        kind: CSS,
        text: COLOURS,
    },
    File {
        path: "/page/icon.svg",
        kind: SVG,
        text: include_str!("page/icon.svg"),
    },
    script!("main"),
    script!("api"),
    script!("client"),
    script!("controls"),
    script!("copies"),
    script!("counters"),
    script!("keys"),
    script!("layout"),
    script!("log"),
    script!("map"),
    script!("pops"),
    script!("story"),
    script!("words"),
];

/// Its paths.
pub fn routes() -> Router<Arc<App>> {
    FILES.iter().fold(Router::new(), |router, file| {
        router.route(file.path, get(move || async { answer(file) }))
    })
}

fn answer(file: &'static File) -> Response {
    let headers = [
        (CONTENT_TYPE, file.kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // Another version of kvlag, at the same address, has another page.
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, file.text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> &'static File {
        let found = FILES.iter().find(|file| file.path == path);
        found.unwrap_or_else(|| panic!("{path} is no file of the page"))
    }

    /// What stands between each `from` and the next `to`.
    fn between<'t>(text: &'t str, from: &'t str, to: char) -> impl Iterator<Item = &'t str> {
        let pieces = text.split(from).skip(1);
        pieces.map(move |piece| piece.split(to).next().unwrap_or_default())
    }

    #[test]
    fn every_file_goes_out_with_its_type_and_may_load_nothing_from_elsewhere() {
        for file in &FILES {
            let response = answer(file);
            let header = |name| {
                let value = response.headers().get(name);
                value.map(|value| value.to_str().expect("is text").to_owned())
            };
            assert_eq!(header(CONTENT_TYPE).as_deref(), Some(file.kind));
            let policy = header(CONTENT_SECURITY_POLICY).expect("there is one");
            assert!(policy.starts_with("default-src 'self';"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(header(X_CONTENT_TYPE_OPTIONS).as_deref(), Some("nosniff"));
            assert_eq!(header(CACHE_CONTROL).as_deref(), Some("no-store"));
        }
    }

    #[test]
    fn all_that_the_page_names_is_there() {
        let page = file("/").text;
        let named = between(page, "src=\"", '"').chain(between(page, "href=\"", '"'));
        let named: Vec<&str> = named.collect();
        assert!(named.len() >= 4, "{named:?}");
        named
            .iter()
            .for_each(|path| assert!(file(path).path == *path));
        for script in FILES.iter().filter(|file| file.kind == JS) {
            for name in between(script.text, "from './", '\'') {
                file(&format!("/page/{name}"));
            }
        }
    }

    #[test]
    fn nothing_is_written_into_the_page_that_its_policy_forbids() {
        let page = file("/").text;
        for forbidden in [
            "style=",
            "<style",
            "onclick",
            "javascript:",
            "http:",
            "https:",
        ] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        for script in between(page, "<script", '<') {
            assert!(script.ends_with("\">"), "a script in the page: {script}");
        }
    }

    #[test]
    fn every_file_says_what_it_is_for_and_stays_small() {
        for file in FILES.iter().filter(|file| file.kind == JS) {
            assert!(file.text.starts_with("// "), "{}", file.path);
            let lines = file.text.lines().count();
            assert!(lines <= 350, "{} has {lines} lines", file.path);
        }
        assert!(file("/page/page.css").text.starts_with("/* "));
    }
}
