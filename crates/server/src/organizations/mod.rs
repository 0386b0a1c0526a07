//! Organizations, their members, and the people who can sign in.

pub(crate) mod handlers;
pub(crate) mod people;
pub(crate) mod record;
