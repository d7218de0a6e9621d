//! The live page.

use super::server::App;
use axum::Router;
use std::sync::Arc;

/// Its paths.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
}
