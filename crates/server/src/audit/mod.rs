//! The audit log: every change, in the transaction that makes it, in a chain per organization.

pub(crate) mod chain;
pub(crate) mod difference;
pub(crate) mod handlers;
pub(crate) mod refused;
pub(crate) mod verify;

pub use verify::{BrokenChain, verify_chain};
