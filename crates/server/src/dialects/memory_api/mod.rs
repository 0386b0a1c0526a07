//! Memory API, as its document tells it: keys in `Authorization: Bearer` or `X-API-Key`, four scopes, keys that manage
//! keys, and codes in every refusal.
//!
//! Each route is there with and without `/v1`, because the document writes both. Answers are
//! `{"success":true,"data":…}` and `{"success":false,"error":{"code","message","details"}}`; what is in `data` the
//! document leaves open, so its fields are ours.

mod account;
mod api_keys;
mod caller;
mod envelope;
mod memories;
mod signup;
mod usage;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use http::StatusCode;
use keydeck_domain::Scopes;

use self::envelope::Refusal;
use self::memories::Memories;
use super::judged::Verdict;
use crate::server::Server;

/// What is said of a key that is not good for this; nothing of one that is.
pub(super) fn refused(verdict: &Verdict, wanted: &Scopes) -> Option<Response> {
    Refusal::of(verdict, wanted).map(IntoResponse::into_response)
}

/// Its routes, below its base path.
pub(crate) fn routes() -> Router<Server> {
    let memories = Memories::default();
    let once = || {
        Router::new()
            .route("/health", get(account::health))
            .route("/signup", post(signup::sign_up))
            .route("/account", get(account::account))
            .route("/account/api-keys", get(api_keys::list).post(api_keys::create))
            .route("/account/api-keys/{id}", delete(api_keys::revoke))
            .route("/usage", get(usage::current))
            .route("/usage/history", get(usage::history))
            .route("/usage/breakdown", get(usage::breakdown))
            .route("/usage/projection", get(usage::projection))
            .route("/usage/export", get(usage::export))
            .merge(memories::routes(&memories))
    };
    Router::new()
        .nest("/v1", once())
        .merge(once())
        .fallback(|| async { Refusal::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such route") })
        .method_not_allowed_fallback(|| async {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "Not with this method")
        })
}
