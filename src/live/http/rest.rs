//! The platform's REST API for KV, as far as its command line and its SDKs ask it.

use super::server::App;
use axum::Router;
use std::sync::Arc;

/// Longest title of a namespace.
pub const TITLE_MAX: usize = 512;

/// Its paths.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
}
