//! Errors on the wire: RFC 9457 problem+json with a stable `code`.

use serde::{Deserialize, Serialize};

use super::organizations::Organization;
use crate::key::Key;
use crate::scope::Scopes;

/// The media type of an error.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong, for programs. A code is added when somebody branches on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ProblemCode {
    /// 400: the request can't be read.
    InvalidRequest,
    /// 400: a key stood in the query string.
    SecretInUrl,
    /// 401: nobody is signed in, or the session is over.
    Unauthenticated,
    /// 401: e-mail or password is wrong.
    InvalidCredentials,
    /// 401: the key is not valid here; the reason is not said.
    InvalidKey,
    /// 403: the role does not allow it.
    Forbidden,
    /// 403: the key lacks a scope.
    InsufficientScope,
    /// 403: the key is good, but not from this address.
    AddressRefused,
    /// 404: there is no such thing, or not for this caller.
    NotFound,
    /// 405: not with this method.
    MethodNotAllowed,
    /// 408: the request did not arrive in time.
    Timeout,
    /// 409: something else is there already.
    Conflict,
    /// 409: no owner would be left.
    LastOwner,
    /// 409: a request with the same `Idempotency-Key` is under way.
    InFlight,
    /// 409: a revoked key can't be changed.
    Revoked,
    /// 412: the key or the organization was changed since it was read.
    Changed,
    /// 413: the body is over the limit.
    TooLarge,
    /// 415: the body is not `application/json`.
    UnsupportedMediaType,
    /// 421: the `Host` is not this server's.
    Misdirected,
    /// 422: a value is not acceptable.
    InvalidBody,
    /// 422: the same `Idempotency-Key` came with another body.
    IdempotencyMismatch,
    /// 428: `If-Match` or `Idempotency-Key` is missing.
    PreconditionRequired,
    /// 429: too often.
    RateLimited,
    /// 500: the server failed; its log says how.
    Internal,
    /// 503: not now.
    Unavailable,
    /// 507: the disk is full.
    StorageFull,
    /// A code that this version does not know.
    #[serde(other)]
    Other,
}

/// An error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:keydeck:problem:{code}`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every error of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// For programs.
    pub code: ProblemCode,
    /// What is wrong this time and what to do. Holds nothing secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// With `changed`: the key as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Box<Key>>,
    /// With `changed`, where it is about an organization: the organization as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_organization: Option<Box<Organization>>,
    /// With `insufficient_scope` and `forbidden`: the scopes that are lacking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_scopes: Option<Scopes>,
}
