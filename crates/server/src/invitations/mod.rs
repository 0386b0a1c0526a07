//! How people become members: by a link that works once, for one address, for a while.

mod accept;
pub(crate) mod handlers;
mod page;
pub(crate) mod record;
