//! The one error of a request, which is a response. What is said outside differs from what is logged
//! inside; it is logged once, here, at the boundary.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use keydeck_domain::api::limits::{Limits, LimitsChanged};
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::problem::{PROBLEM_JSON, Problem, ProblemCode};
use keydeck_domain::{Key, Scope, Scopes};

use crate::store::{CORRUPT, NO_DATABASE, primary_code};

/// Why a request, or a call from the binary, failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request can't be read.
    #[error("{0}")]
    InvalidRequest(String),
    /// A key stood in the query string.
    #[error("a key must not stand in a URL")]
    SecretInUrl,
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    Unauthenticated {
        /// Whether something was presented.
        presented: bool,
    },
    /// E-mail or password is wrong.
    #[error("e-mail or password is wrong")]
    InvalidCredentials,
    /// The token of a claim is not the one that is on offer.
    #[error("the token is not the one that the server told")]
    WrongClaim,
    /// The key is not valid here.
    #[error("the key is not valid")]
    InvalidKey {
        /// Whether something was presented.
        presented: bool,
    },
    /// The verifier is not valid here.
    #[error("the verifier is not valid")]
    InvalidVerifier {
        /// Whether something was presented.
        presented: bool,
    },
    /// The role does not allow it.
    #[error("the role does not allow it")]
    Forbidden {
        /// The scopes that can't be granted, where it is about those.
        missing: Option<Scopes>,
    },
    /// There is no such thing, or not for this caller.
    #[error("there is no such thing")]
    NotFound,
    /// Not with this method.
    #[error("not with this method")]
    MethodNotAllowed,
    /// The request did not arrive in time.
    #[error("the request did not arrive in time")]
    Timeout,
    /// Something else is there already.
    #[error("{0}")]
    Conflict(&'static str),
    /// Keys have a scope that would go from the catalogue.
    #[error("{keys} keys have the scope `{scope}`")]
    ScopeInUse {
        /// The scope.
        scope: Scope,
        /// How many keys that are not revoked have it.
        keys: u32,
    },
    /// No owner would be left.
    #[error("no owner would be left")]
    LastOwner,
    /// A request with the same `Idempotency-Key` is under way.
    #[error("a request with the same Idempotency-Key is under way")]
    InFlight,
    /// A revoked key can't be changed.
    #[error("the key is revoked")]
    Revoked,
    /// The key was changed since it was read.
    #[error("the key was changed since it was read")]
    Changed(Box<Key>),
    /// The organization was changed since it was read.
    #[error("the organization was changed since it was read")]
    OrganizationChanged(Box<Organization>),
    /// The limits were changed since they were read.
    #[error("the limits were changed since they were read")]
    LimitsChanged(Box<Limits>),
    /// The body is over the limit.
    #[error("the body is over the limit")]
    TooLarge,
    /// The body is not plain JSON.
    #[error("{0}")]
    UnsupportedMediaType(&'static str),
    /// The `Host` is not this server's.
    #[error("the Host is not this server's")]
    Misdirected,
    /// It came over a network in the clear, and from no proxy that is named.
    #[error("it came in the clear, and from no proxy that is named")]
    PastTheProxy,
    /// A value is not acceptable.
    #[error("{0}")]
    InvalidBody(String),
    /// The same `Idempotency-Key` came with another body.
    #[error("the same Idempotency-Key came with another body")]
    IdempotencyMismatch,
    /// A header is missing without which a change is not made.
    #[error("{0}")]
    PreconditionRequired(&'static str),
    /// Too often.
    #[error("too many attempts")]
    RateLimited {
        /// When it can be tried again.
        retry_after: Duration,
    },
    /// The server failed.
    #[error("{0}")]
    Internal(String),
    /// Stored data is not as this server wrote it.
    #[error("damaged: {0}")]
    Damaged(String),
    /// Not now.
    #[error("{0}")]
    Unavailable(String),
    /// The disk is full.
    #[error("the disk is full")]
    StorageFull,
}

/// What every error of a kind says outside.
struct Outside {
    status: StatusCode,
    code: ProblemCode,
    /// The code as it is in the URN.
    name: &'static str,
    title: &'static str,
}

impl Error {
    /// The total table: what is said outside, by kind.
    fn outside(&self) -> Outside {
        let (status, code, name, title) = match self {
            Self::InvalidRequest(_) => (400, ProblemCode::InvalidRequest, "invalid_request", "The request can't be read."),
            Self::SecretInUrl => {
                (400, ProblemCode::SecretInUrl, "secret_in_url", "A key must not stand in a URL: send it in a header.")
            }
            Self::Unauthenticated { .. } => (401, ProblemCode::Unauthenticated, "unauthenticated", "Sign in first."),
            Self::InvalidCredentials => {
                (401, ProblemCode::InvalidCredentials, "invalid_credentials", "E-mail or password is wrong.")
            }
            Self::WrongClaim => (
                401,
                ProblemCode::InvalidCredentials,
                "invalid_credentials",
                "The token is not the one that the server told at its start.",
            ),
            Self::InvalidKey { .. } => (401, ProblemCode::InvalidKey, "invalid_key", "The key is not valid."),
            Self::InvalidVerifier { .. } => (
                401,
                ProblemCode::InvalidKey,
                "invalid_key",
                "The verifier's secret is not valid: it stands after `Bearer` and begins with kdv_.",
            ),
            Self::Forbidden { .. } => (403, ProblemCode::Forbidden, "forbidden", "Your role does not allow this."),
            Self::NotFound => (404, ProblemCode::NotFound, "not_found", "There is no such thing here."),
            Self::MethodNotAllowed => (405, ProblemCode::MethodNotAllowed, "method_not_allowed", "Not with this method."),
            Self::Timeout => (408, ProblemCode::Timeout, "timeout", "The request did not arrive in time."),
            Self::Conflict(_) | Self::ScopeInUse { .. } => {
                (409, ProblemCode::Conflict, "conflict", "Something else is there already.")
            }
            Self::LastOwner => {
                (409, ProblemCode::LastOwner, "last_owner", "An organization needs an owner: make somebody else one first.")
            }
            Self::InFlight => (409, ProblemCode::InFlight, "in_flight", "A request with the same Idempotency-Key is under way."),
            Self::Revoked => (409, ProblemCode::Revoked, "revoked", "A revoked key can't be changed."),
            Self::Changed(_) | Self::OrganizationChanged(_) | Self::LimitsChanged(_) => {
                (412, ProblemCode::Changed, "changed", "It was changed since it was read.")
            }
            Self::TooLarge => (413, ProblemCode::TooLarge, "too_large", "The body is over the limit."),
            Self::UnsupportedMediaType(_) => {
                (415, ProblemCode::UnsupportedMediaType, "unsupported_media_type", "The body must be plain application/json.")
            }
            Self::Misdirected => (421, ProblemCode::Misdirected, "misdirected", "This server does not answer to that Host."),
            Self::PastTheProxy => (
                421,
                ProblemCode::Misdirected,
                "misdirected",
                "This server is reached through its proxy alone: keys must not come in the clear.",
            ),
            Self::InvalidBody(_) => (422, ProblemCode::InvalidBody, "invalid_body", "A value is not acceptable."),
            Self::IdempotencyMismatch => (
                422,
                ProblemCode::IdempotencyMismatch,
                "idempotency_mismatch",
                "The same Idempotency-Key came with another body.",
            ),
            Self::PreconditionRequired(_) => {
                (428, ProblemCode::PreconditionRequired, "precondition_required", "A required header is missing.")
            }
            Self::RateLimited { .. } => (429, ProblemCode::RateLimited, "rate_limited", "Too many attempts: wait."),
            Self::Internal(_) | Self::Damaged(_) => {
                (500, ProblemCode::Internal, "internal", "The server failed; its log says how.")
            }
            Self::Unavailable(_) => (503, ProblemCode::Unavailable, "unavailable", "Not now: try again."),
            Self::StorageFull => {
                (507, ProblemCode::StorageFull, "storage_full", "The server's disk is full: nothing was changed.")
            }
        };
        let status = StatusCode::from_u16(status).expect("the table holds valid status codes");
        Outside { status, code, name, title }
    }

    /// What is wrong this time. Only texts that were made to be shown, never what failed inside.
    fn detail(&self) -> Option<String> {
        match self {
            Self::InvalidRequest(text) | Self::InvalidBody(text) => Some(text.clone()),
            Self::Conflict(text) | Self::UnsupportedMediaType(text) | Self::PreconditionRequired(text) => {
                Some((*text).to_owned())
            }
            Self::ScopeInUse { scope, keys } => {
                let (keys, have) = if *keys == 1 { ("one key".to_owned(), "has") } else { (format!("{keys} keys"), "have") };
                Some(format!("{keys} {have} the scope `{scope}`: take it from them first, or revoke them"))
            }
            _ => None,
        }
    }

    /// RFC 6750, 3: no error code where nothing was presented.
    fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::Unauthenticated { presented: true }
            | Self::InvalidKey { presented: true }
            | Self::InvalidVerifier { presented: true } => Some(r#"Bearer realm="keydeck", error="invalid_token""#),
            Self::Unauthenticated { .. }
            | Self::InvalidKey { .. }
            | Self::InvalidVerifier { .. }
            | Self::InvalidCredentials
            | Self::WrongClaim => Some(r#"Bearer realm="keydeck""#),
            _ => None,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::Unavailable(_) => Some(Duration::from_secs(1)),
            _ => None,
        }
    }

    fn log(&self) {
        match self {
            Self::Internal(reason) => tracing::error!(reason, "a request failed"),
            Self::Damaged(reason) => {
                tracing::error!(alert = true, reason, "stored data was changed from outside, or is damaged");
            }
            Self::StorageFull => tracing::error!(alert = true, "the disk is full: changes are refused"),
            Self::Unavailable(reason) => tracing::warn!(reason, "a request was put off"),
            _ => {}
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.log();
        let Outside { status, code, name, title } = self.outside();
        let (detail, challenge, retry_after) = (self.detail(), self.challenge(), self.retry_after());
        let mut current_limits = None;
        let (current, current_organization, missing_scopes) = match self {
            Self::Changed(key) => (Some(key), None, None),
            Self::OrganizationChanged(organization) => (None, Some(organization), None),
            Self::Forbidden { missing } => (None, None, missing),
            Self::LimitsChanged(limits) => {
                current_limits = Some(limits);
                (None, None, None)
            }
            _ => (None, None, None),
        };
        let problem = Problem {
            kind: format!("urn:keydeck:problem:{name}"),
            title: title.to_owned(),
            status: status.as_u16(),
            code,
            detail,
            current,
            current_organization,
            missing_scopes,
        };
        let body = match current_limits {
            Some(limits) => serde_json::to_vec(&LimitsChanged { problem, current_limits: *limits }),
            None => serde_json::to_vec(&problem),
        };
        let body = body.expect("a problem has no maps with keys that JSON refuses");
        let mut response = (status, [(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON))], body).into_response();
        if let Some(challenge) = challenge {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(wait) = retry_after {
            // Rounded up: a client that waits as told must not be early.
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            let value = HeaderValue::from_str(&seconds.to_string()).expect("digits are valid in a header");
            response.headers_mut().insert(RETRY_AFTER, value);
        }
        response
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match (primary_code(&error), &error) {
            (Some(13), _) => Self::StorageFull,
            (Some(CORRUPT | NO_DATABASE), _) => Self::Damaged(format!("database: {error}")),
            (Some(5 | 6), _) => Self::Unavailable("the database is busy".to_owned()),
            (_, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => Self::Unavailable(error.to_string()),
            _ => Self::Internal(format!("database: {error}")),
        }
    }
}

impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Self {
        Self::Internal(format!("the system's random generator failed: {error}"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn the_urn_is_the_code() {
        let all = [
            Error::InvalidRequest(String::new()),
            Error::SecretInUrl,
            Error::Unauthenticated { presented: true },
            Error::InvalidCredentials,
            Error::WrongClaim,
            Error::InvalidKey { presented: false },
            Error::InvalidVerifier { presented: false },
            Error::Forbidden { missing: None },
            Error::NotFound,
            Error::MethodNotAllowed,
            Error::Timeout,
            Error::Conflict(""),
            Error::ScopeInUse { scope: "read".parse().unwrap(), keys: 1 },
            Error::LastOwner,
            Error::InFlight,
            Error::Revoked,
            Error::TooLarge,
            Error::UnsupportedMediaType(""),
            Error::Misdirected,
            Error::PastTheProxy,
            Error::InvalidBody(String::new()),
            Error::IdempotencyMismatch,
            Error::PreconditionRequired(""),
            Error::RateLimited { retry_after: Duration::ZERO },
            Error::Internal(String::new()),
            Error::Damaged(String::new()),
            Error::Unavailable(String::new()),
            Error::StorageFull,
        ];
        for error in all {
            let outside = error.outside();
            assert_eq!(serde_json::to_value(outside.code).unwrap(), outside.name);
        }
    }

    #[test]
    fn what_failed_inside_stays_inside() {
        for error in [Error::Internal("kd_live_x".into()), Error::Damaged("row 7".into()), Error::Unavailable("y".into())] {
            assert_eq!(error.detail(), None);
        }
    }
}
