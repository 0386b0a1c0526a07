//! Signing in and out, and what slows a guess.

pub(crate) mod client;
pub(crate) mod handlers;
pub(crate) mod passwords;
pub(crate) mod prove;
pub(crate) mod record;
pub(crate) mod throttle;
