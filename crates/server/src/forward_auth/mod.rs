//! `ANY /forward-auth/{dialect}`: a proxy asks whether a request may pass, before it hands it on.
//!
//! The URL, which stands in the proxy's configuration, binds the question: whose keys, for what. The request
//! brings the key. What a client says of itself counts for nothing: no header of it names a person, a method or
//! an address, where a named proxy does not say so itself.
//!
//! No route here asks the database.

mod answer;
mod asked;
mod binding;
mod handlers;
mod refused;

use axum::Router;
use axum::routing::any;

use crate::server::Server;

/// Every method, and whatever a proxy appends to the path that it was given.
pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .route("/forward-auth/{dialect}", any(handlers::ask))
        .route("/forward-auth/{dialect}/", any(handlers::ask))
        .route("/forward-auth/{dialect}/{*rest}", any(handlers::ask))
}
