//! The routes of other systems, each below a base path of its own, so that their clients run here with the base
//! URL alone changed. What a dialect says in data stands in [`keydeck_domain::dialect`]; what is here is what it
//! does.

use axum::Router;
use axum::response::Response;
use keydeck_domain::{Dialect, Outcome};

use self::judged::{Ask, Verdict};
use crate::server::Server;

mod azen;
mod azerion;
mod azotte;
pub(crate) mod carried;
mod elizaos;
pub(crate) mod judged;
mod memory_api;

pub(crate) use azotte::Subscriptions;

/// What a dialect says of a key that is not good; `None` of one that is, and of Keydeck's own, whose words are not here.
pub(crate) fn refusal(dialect: Dialect, verdict: &Verdict, ask: &Ask<'_>) -> Option<Response> {
    match dialect {
        Dialect::Keydeck => None,
        Dialect::Azen => (verdict.outcome != Outcome::Accepted).then(|| azen::protected::refused(verdict.outcome)),
        Dialect::MemoryApi => memory_api::refused(verdict, ask.wanted),
        Dialect::Elizaos => elizaos::refused(verdict.outcome, ask.organization, ask.address),
        Dialect::Azotte => azotte::refused(verdict, ask.tenant.is_some()),
        Dialect::Azerion => azerion::refused(verdict.outcome),
    }
}

/// Every dialect's routes. Each serves the organizations of that dialect alone.
pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .nest("/azen", azen::routes())
        .nest("/memory-api", memory_api::routes())
        .nest("/elizaos", elizaos::routes())
        .nest("/azotte", azotte::routes())
        .nest("/azerion", azerion::routes())
}
