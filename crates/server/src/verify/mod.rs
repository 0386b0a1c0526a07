//! The hot path: whether a presented key is good. Decided in memory, without a database call and
//! without a lock that a writer holds.

pub(crate) mod decide;
pub(crate) mod handlers;
pub(crate) mod index;
pub(crate) mod last_used;
