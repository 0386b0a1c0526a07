//! Organizations, their members, and the people who can sign in.

pub(crate) mod change;
pub(crate) mod handlers;
pub(crate) mod index;
pub(crate) mod people;
pub(crate) mod record;
mod repeat;
mod rules;
