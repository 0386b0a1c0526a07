//! Signing in and out.

pub(crate) mod handlers;
pub(crate) mod passwords;
pub(crate) mod record;
pub(crate) mod throttle;
