//! Azen, as its own document tells it: Better Auth's routes, the console's own, and the middleware round the protected
//! API. Sessions, people, organizations and keys are the server's own; those of other dialects do not exist here.

mod console;
mod cookie;
mod keys;
mod list;
mod memories;
mod organizations;
pub(super) mod protected;
mod refusal;
mod shown;
mod sign_in;
mod usage;
mod visitor;
mod wish;

use std::sync::Arc;

use axum::routing::{get, patch, post};
use axum::{Extension, Router};

use crate::server::Server;

/// Its routes, below its base path.
pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .route("/api/auth/sign-in/email", post(sign_in::sign_in))
        .route("/api/auth/get-session", get(sign_in::get_session))
        .route("/api/auth/sign-out", post(sign_in::sign_out))
        .route("/api/auth/organization/list", get(organizations::list))
        .route("/api/auth/organization/set-active", post(organizations::set_active))
        .route("/api/auth/organization/get-full-organization", get(organizations::get_full))
        .route("/api/auth/organization/create", post(organizations::create))
        .route("/api/auth/api-key/create", post(keys::create))
        .route("/api/auth/api-key/list", get(list::list))
        .route("/api/auth/api-key/get", get(keys::get))
        .route("/api/auth/api-key/update", post(keys::update))
        .route("/api/auth/api-key/delete", post(keys::delete))
        .route("/api/keys", get(console::index).post(console::create))
        .route("/api/keys/{id}", patch(console::change).delete(console::delete))
        .route("/api/v1/memories", get(protected::memories).post(protected::remember))
        .route("/api/v1/usage", get(protected::figures))
        // An unknown path or method is answered as Better Auth does.
        .fallback(refusal::nothing_here)
        .method_not_allowed_fallback(refusal::nothing_here)
        .layer(Extension(Arc::<memories::Memories>::default()))
}
