//! What a person changes about himself.

pub(crate) mod handlers;
mod record;
