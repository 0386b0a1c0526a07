//! Verifiers: credentials that can ask `/v1/verify` about their own organization's keys.

pub(crate) mod handlers;
pub(crate) mod record;
