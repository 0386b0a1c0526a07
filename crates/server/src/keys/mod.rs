//! Keys: how they are made, listed, changed and revoked.

pub(crate) mod by_key;
pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod cursor;
pub(crate) mod handlers;
mod list;
pub(crate) mod revoked;
pub(crate) mod row;
mod rules;

// What a demonstration's keys are made with.
pub(crate) use create::recorded;
pub(crate) use rules::creation;
