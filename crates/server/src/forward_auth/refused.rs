//! Refusals, in the statuses and bodies of the dialect.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use keydeck_domain::api::problem::{PROBLEM_JSON, Problem, ProblemCode};
use keydeck_domain::dialect::KeyHeader;
use keydeck_domain::{Dialect, Outcome, Scopes};
use serde_json::json;

use crate::dialects::judged::Verdict;
use crate::error::Error;

/// What the client is told of a key that is not accepted.
pub(super) fn refused(dialect: Dialect, verdict: &Verdict) -> Response {
    told(dialect, verdict.outcome, &verdict.missing)
}

fn told(dialect: Dialect, outcome: Outcome, missing: &Scopes) -> Response {
    let response = match dialect {
        Dialect::Keydeck => native(outcome, missing),
        Dialect::Azen => azen(outcome),
        Dialect::MemoryApi => memory_api(outcome, missing),
        Dialect::Elizaos => elizaos(outcome),
        Dialect::Azotte => azotte(outcome),
        Dialect::Azerion => azerion(outcome),
    };
    challenged(dialect, response, outcome, missing)
}

/// Of a request that says what only this server may say, or presents two keys: 401 in every dialect.
pub(super) fn deceiving(dialect: Dialect) -> Response {
    let nothing = Scopes::default();
    match dialect {
        // Its 403 is for one key that is not good.
        Dialect::Azen => challenged(dialect, native(Outcome::Malformed, &nothing), Outcome::Malformed, &nothing),
        _ => told(dialect, Outcome::Malformed, &nothing),
    }
}

/// The way to say what is missing, RFC 6750, 3: no error code where no key was presented.
fn challenged(dialect: Dialect, mut response: Response, outcome: Outcome, missing: &Scopes) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED || outcome == Outcome::MissingScope {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge(dialect, outcome, missing));
    }
    response
}

/// Of the scheme that the dialect's keys are sent with; those in a header of their own have no registered one.
fn challenge(dialect: Dialect, outcome: Outcome, missing: &Scopes) -> HeaderValue {
    let bearer = dialect.contract().key_headers.contains(&KeyHeader::Bearer);
    let scheme = if bearer { "Bearer" } else { "ApiKey" };
    let text = match outcome {
        Outcome::Missing => format!(r#"{scheme} realm="keydeck""#),
        Outcome::MissingScope => {
            format!(r#"{scheme} realm="keydeck", error="insufficient_scope", scope="{}""#, missing.spaced())
        }
        _ => format!(r#"{scheme} realm="keydeck", error="invalid_token""#),
    };
    HeaderValue::try_from(text).expect("scopes are visible ASCII without quotes")
}

/// Keydeck's own. One body for every key that is not good, so that nobody learns which there are.
fn native(outcome: Outcome, missing: &Scopes) -> Response {
    let (code, name, title) = match outcome {
        Outcome::MissingScope => {
            (ProblemCode::InsufficientScope, "insufficient_scope", "The key may not do this: it lacks a scope.")
        }
        Outcome::AddressRefused => (ProblemCode::AddressRefused, "address_refused", "The key is not good from this address."),
        Outcome::WrongTenant => (ProblemCode::Forbidden, "forbidden", "The key is another tenant's."),
        Outcome::RateLimited | Outcome::QuotaExhausted => (ProblemCode::RateLimited, "rate_limited", "Too many requests: wait."),
        _ => return Error::InvalidKey { presented: outcome != Outcome::Missing }.into_response(),
    };
    let status = status(outcome);
    let problem = Problem {
        kind: format!("urn:keydeck:problem:{name}"),
        title: title.to_owned(),
        status: status.as_u16(),
        code,
        detail: None,
        current: None,
        current_organization: None,
        missing_scopes: (outcome == Outcome::MissingScope).then(|| missing.clone()),
    };
    let mut response = (status, Json(problem)).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    response
}

/// Where the dialect says nothing else.
fn status(outcome: Outcome) -> StatusCode {
    match outcome {
        Outcome::MissingScope | Outcome::WrongTenant | Outcome::AddressRefused => StatusCode::FORBIDDEN,
        Outcome::RateLimited | Outcome::QuotaExhausted => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNAUTHORIZED,
    }
}

/// "Missing API Key (401)", "Invalid API Key (403)", "Rate Limited (429)". The document gives the texts and no
/// shape: that is ours.
fn azen(outcome: Outcome) -> Response {
    let (status, error) = match outcome {
        Outcome::Missing => (StatusCode::UNAUTHORIZED, "No azen-api-key header provided"),
        Outcome::RateLimited | Outcome::QuotaExhausted => (StatusCode::TOO_MANY_REQUESTS, "API key has exceeded its rate limit"),
        Outcome::MissingScope => (StatusCode::FORBIDDEN, "API key lacks a permission"),
        _ => (StatusCode::FORBIDDEN, "API key is invalid, expired, or disabled"),
    };
    (status, Json(json!({ "error": error }))).into_response()
}

/// The codes are those of its public source. The document gives no shape: ours.
fn memory_api(outcome: Outcome, missing: &Scopes) -> Response {
    let (code, message) = match outcome {
        Outcome::Missing => ("MISSING_API_KEY", "An API key is required"),
        Outcome::Malformed => ("INVALID_API_KEY_FORMAT", "The API key is not in the form mem_live_… or mem_test_…"),
        Outcome::Expired => ("API_KEY_EXPIRED", "The API key has expired"),
        Outcome::Disabled | Outcome::Revoked => ("API_KEY_DISABLED", "The API key is disabled"),
        Outcome::MissingScope => {
            let error = json!({
                "code": "INSUFFICIENT_PERMISSIONS", "message": "The API key lacks a scope", "required_scopes": missing
            });
            return (StatusCode::FORBIDDEN, Json(json!({ "error": error }))).into_response();
        }
        Outcome::AddressRefused | Outcome::WrongTenant => ("INSUFFICIENT_PERMISSIONS", "The API key is not good from here"),
        Outcome::RateLimited => ("RATE_LIMIT_EXCEEDED", "Too many requests"),
        Outcome::QuotaExhausted => ("DAILY_QUOTA_EXCEEDED", "The daily quota is used up"),
        Outcome::Unknown | Outcome::Accepted => ("INVALID_API_KEY", "The API key is not valid"),
    };
    (status(outcome), Json(json!({ "error": { "code": code, "message": message } }))).into_response()
}

/// "Unauthorized: Invalid or missing X-API-KEY".
fn elizaos(outcome: Outcome) -> Response {
    let status = status(outcome);
    let message = match status {
        StatusCode::UNAUTHORIZED => "Unauthorized: Invalid or missing X-API-KEY",
        StatusCode::FORBIDDEN => "Forbidden: the X-API-KEY is not good for this",
        _ => "Too many requests: wait as Retry-After says",
    };
    (status, Json(json!({ "status": status.as_u16(), "message": message }))).into_response()
}

/// "Invalid API key provided".
fn azotte(outcome: Outcome) -> Response {
    let status = status(outcome);
    let (code, message, kind) = match status {
        StatusCode::UNAUTHORIZED => ("authentication_failed", "Invalid API key provided", "authentication_error"),
        StatusCode::FORBIDDEN => ("permission_denied", "The API key is not good for this", "permission_error"),
        _ => ("rate_limit_exceeded", "Too many requests", "rate_limit_error"),
    };
    (status, Json(json!({ "error": { "code": code, "message": message, "type": kind } }))).into_response()
}

/// As OpenAI-style APIs give it.
fn azerion(outcome: Outcome) -> Response {
    let status = status(outcome);
    let (code, message, kind) = match status {
        StatusCode::UNAUTHORIZED => ("invalid_api_key", "Incorrect API key provided.", "invalid_request_error"),
        StatusCode::FORBIDDEN => ("insufficient_permissions", "The API key is not good for this.", "invalid_request_error"),
        _ => ("rate_limit_exceeded", "Rate limit reached.", "requests"),
    };
    let error = json!({ "message": message, "type": kind, "param": null, "code": code });
    (status, Json(json!({ "error": error }))).into_response()
}
