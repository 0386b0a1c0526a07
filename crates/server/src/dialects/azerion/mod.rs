//! Azerion AI, as its own document tells it.

use axum::Router;

use crate::server::Server;

/// Its routes, below its base path.
pub(crate) fn routes() -> Router<Server> {
    Router::new()
}
