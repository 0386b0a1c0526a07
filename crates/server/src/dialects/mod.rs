//! The routes of other systems, each below a base path of its own, so that their clients run here with the base
//! URL alone changed. What a dialect says in data stands in [`keydeck_domain::dialect`]; what is here is what it
//! does.

use axum::Router;

use crate::server::Server;

mod azen;
mod azerion;
mod azotte;
pub(crate) mod carried;
mod elizaos;
pub(crate) mod judged;
mod memory_api;

pub(crate) use azotte::Subscriptions;

/// Every dialect's routes. Each serves the organizations of that dialect alone.
pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .nest("/azen", azen::routes())
        .nest("/memory-api", memory_api::routes())
        .nest("/elizaos", elizaos::routes())
        .nest("/azotte", azotte::routes())
        .nest("/azerion", azerion::routes())
}
