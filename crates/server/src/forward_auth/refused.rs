//! Refusals, in the statuses and bodies of the dialect.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use keydeck_domain::api::problem::{PROBLEM_JSON, Problem, ProblemCode};
use keydeck_domain::dialect::KeyHeader;
use keydeck_domain::{Dialect, Outcome, Scopes};
use serde_json::json;

use crate::dialects;
use crate::dialects::judged::{Ask, Verdict};
use crate::error::Error;

/// What the client is told of a key that is not accepted.
pub(super) fn refused(dialect: Dialect, verdict: &Verdict, ask: &Ask<'_>) -> Response {
    let Verdict { outcome, missing, .. } = verdict;
    let response = match (dialect, outcome) {
        // A good key: their documents speak of those that are not.
        (Dialect::Elizaos, Outcome::MissingScope | Outcome::AddressRefused) => elizaos_forbidden(),
        (Dialect::Azerion, Outcome::MissingScope | Outcome::AddressRefused) => azerion_forbidden(),
        _ => dialects::refusal(dialect, verdict, ask).unwrap_or_else(|| native(*outcome, missing)),
    };
    challenged(dialect, response, *outcome, missing)
}

/// Of a request that says what only this server may say, or presents two keys: 401 in every dialect.
pub(super) fn deceiving(dialect: Dialect, ask: &Ask<'_>) -> Response {
    let verdict = Verdict { outcome: Outcome::Malformed, entry: None, missing: Scopes::default(), taken: None };
    match dialect {
        // Its 403 is for one key that is not good.
        Dialect::Azen => challenged(dialect, native(verdict.outcome, &verdict.missing), verdict.outcome, &verdict.missing),
        _ => refused(dialect, &verdict, ask),
    }
}

/// The way to say what is missing, RFC 6750, 3: no error code where no key was presented.
fn challenged(dialect: Dialect, mut response: Response, outcome: Outcome, missing: &Scopes) -> Response {
    let needed = response.status() == StatusCode::UNAUTHORIZED || outcome == Outcome::MissingScope;
    // Some dialects have said it themselves.
    if needed && (dialect == Dialect::Keydeck || !response.headers().contains_key(WWW_AUTHENTICATE)) {
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

/// The document gives no shape: ours, as the refusal's.
fn elizaos_forbidden() -> Response {
    let body = json!({ "status": 403, "message": "Forbidden: the X-API-KEY is not good for this" });
    (StatusCode::FORBIDDEN, Json(body)).into_response()
}

/// The document gives no shape: ours, as OpenAI-style APIs have it.
fn azerion_forbidden() -> Response {
    let error = json!({
        "message": "The API key is not good for this.", "type": "invalid_request_error", "param": null,
        "code": "insufficient_permissions"
    });
    (StatusCode::FORBIDDEN, Json(json!({ "error": error }))).into_response()
}
