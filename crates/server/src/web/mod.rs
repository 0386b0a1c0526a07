//! What every route shares: how a request is read, what is refused before it reaches a handler, and
//! what is added to every answer.

pub(crate) mod body;
pub(crate) mod guard;
pub(crate) mod layers;
pub(crate) mod openapi;
pub(crate) mod peer;
pub(crate) mod proxies;
pub(crate) mod query;
pub(crate) mod repeat;
pub(crate) mod router;
pub(crate) mod status;
pub(crate) mod version;
