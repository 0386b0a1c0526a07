//! How a verification ended.

use serde::{Deserialize, Serialize};

/// The outcome of one verification. Every verification has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Outcome {
    /// The key is valid and may do what was asked.
    Accepted,
    /// No key was presented.
    Missing,
    /// What was presented is not in the form of a key.
    Malformed,
    /// No such key: never made, or another organization's.
    Unknown,
    /// Revoked for good.
    Revoked,
    /// Its time is over.
    Expired,
    /// Switched off, can be switched on again.
    Disabled,
    /// Valid, but for another tenant than the one that was named.
    WrongTenant,
    /// Valid, but lacks a scope that was asked for.
    MissingScope,
    /// Valid, but not from this address.
    AddressRefused,
    /// Over its rate limit.
    RateLimited,
    /// Its quota is used up.
    QuotaExhausted,
}
