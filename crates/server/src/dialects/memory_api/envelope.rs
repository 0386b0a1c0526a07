//! What every answer is wrapped in, and the codes of refusals.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use keydeck_domain::{Outcome, Scopes};
use serde::Serialize;
use serde_json::{Value, json};

use crate::dialects::judged::Verdict;
use crate::error::Error;
use crate::limits::taken::Which;

/// `{"success":true,"data":…}`.
#[derive(Serialize)]
struct Success<T> {
    success: bool,
    data: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Value>,
}

/// An answer that holds what was asked for.
pub(super) fn success(status: StatusCode, data: impl Serialize) -> Response {
    written(status, &Success { success: true, data, pagination: None, meta: None })
}

/// A page of a list.
pub(super) fn page(data: impl Serialize, pagination: Value, meta: Option<Value>) -> Response {
    written(StatusCode::OK, &Success { success: true, data, pagination: Some(pagination), meta })
}

fn written(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response(),
        Err(error) => Error::Internal(format!("an answer could not be written: {error}")).into_response(),
    }
}

/// A refusal: `{"success":false,"error":{…}}`.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    message: String,
    details: Option<Box<Value>>,
    challenge: Option<String>,
    retry_after: Option<HeaderValue>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: None, challenge: None, retry_after: None }
    }

    /// 400 `VALIDATION_ERROR`, with the field where it is known.
    pub(super) fn invalid(field: Option<&str>, message: &str) -> Self {
        let details = field.map(|field| Box::new(json!({ "field": field, "errors": [{ "field": field, "message": message }] })));
        Self { details, ..Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message) }
    }

    fn unauthorized(code: &'static str, message: &str) -> Self {
        // RFC 6750, 3: no error code where nothing was presented.
        let error = if code == "MISSING_API_KEY" { "" } else { r#", error="invalid_token""# };
        Self {
            challenge: Some(format!(r#"Bearer realm="memory-api"{error}"#)),
            ..Self::new(StatusCode::UNAUTHORIZED, code, message)
        }
    }

    /// What is said of a key that is refused; `None` of one that is not.
    pub(super) fn of(verdict: &Verdict, wanted: &Scopes) -> Option<Self> {
        let which = verdict.taken.as_ref().and_then(|taken| taken.refused).map(|refused| refused.which);
        Some(match verdict.outcome {
            Outcome::Accepted => return None,
            Outcome::Missing => Self::unauthorized(
                "MISSING_API_KEY",
                "No API key provided: send it as `Authorization: Bearer mem_…` or as `X-API-Key`",
            ),
            Outcome::Malformed => Self::unauthorized(
                "INVALID_API_KEY_FORMAT",
                "The API key is not mem_live_… or mem_test_…, or two headers hold different ones",
            ),
            Outcome::Unknown | Outcome::WrongTenant => Self::unauthorized("INVALID_API_KEY", "The API key is invalid"),
            Outcome::Expired => Self::unauthorized("API_KEY_EXPIRED", "The API key has expired"),
            Outcome::Revoked => Self::unauthorized("API_KEY_DISABLED", "The API key has been revoked"),
            Outcome::Disabled => Self::unauthorized("API_KEY_DISABLED", "The API key is disabled"),
            // The document has no keys that are bound to addresses: the code is ours.
            Outcome::AddressRefused => {
                Self::new(StatusCode::FORBIDDEN, "ADDRESS_NOT_ALLOWED", "The API key may not be used from this address")
            }
            Outcome::MissingScope => {
                let held = verdict.entry.as_ref().map(|entry| entry.key.scopes.clone()).unwrap_or_default();
                let scope = wanted.spaced();
                Self {
                    details: Some(Box::new(json!({ "required_scopes": wanted, "your_scopes": held }))),
                    challenge: Some(format!(r#"Bearer realm="memory-api", error="insufficient_scope", scope="{scope}""#)),
                    ..Self::new(
                        StatusCode::FORBIDDEN,
                        "INSUFFICIENT_PERMISSIONS",
                        format!("The API key lacks the scope it needs here: {scope}"),
                    )
                }
            }
            Outcome::RateLimited | Outcome::QuotaExhausted => {
                let (code, message) = match which {
                    Some(Which::AtOnce) => ("CONCURRENT_LIMIT_EXCEEDED", "Too many concurrent requests"),
                    Some(Which::Daily) => ("DAILY_QUOTA_EXCEEDED", "The daily limit is reached"),
                    _ => ("RATE_LIMIT_EXCEEDED", "Too many requests"),
                };
                Self::new(StatusCode::TOO_MANY_REQUESTS, code, message)
            }
        })
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let told = match &error {
            Error::InvalidBody(text) | Error::InvalidRequest(text) => {
                // The field is named first, between backticks.
                let field = text.split('`').nth(1).map(|path| path.split(['[', '.']).next().unwrap_or(path));
                return Self::invalid(field, text);
            }
            Error::InvalidKey { .. } => return Self::unauthorized("INVALID_API_KEY", "The API key is invalid"),
            Error::Forbidden { .. } => Some("INSUFFICIENT_PERMISSIONS"),
            Error::NotFound => Some("NOT_FOUND"),
            Error::Timeout => Some("REQUEST_TIMEOUT"),
            Error::TooLarge => Some("PAYLOAD_TOO_LARGE"),
            Error::UnsupportedMediaType(_) => Some("UNSUPPORTED_MEDIA_TYPE"),
            Error::Conflict(_) => Some("CONFLICT"),
            Error::RateLimited { .. } => Some("RATE_LIMIT_EXCEEDED"),
            Error::Unavailable(_) => Some("SERVICE_UNAVAILABLE"),
            Error::StorageFull => Some("STORAGE_FULL"),
            _ => None,
        };
        let message = match &error {
            Error::Conflict(text) | Error::UnsupportedMediaType(text) => (*text).to_owned(),
            Error::Internal(_) | Error::Damaged(_) => "Unexpected server error".to_owned(),
            Error::Unavailable(_) => "Not now: try again".to_owned(),
            other => other.to_string(),
        };
        // It is logged where it becomes a response.
        let outside = error.into_response();
        Self {
            retry_after: outside.headers().get(RETRY_AFTER).cloned(),
            ..Self::new(outside.status(), told.unwrap_or("INTERNAL_ERROR"), message)
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let (Some(fields), Some(details)) = (error.as_object_mut(), self.details) {
            fields.insert("details".to_owned(), *details);
        }
        let mut response = written(self.status, &json!({ "success": false, "error": error }));
        let headers = response.headers_mut();
        // A challenge is made of scopes and fixed words: always a header's text.
        if let Some(challenge) = self.challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, wait);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_inside_stays_inside() {
        for error in [Error::Internal("mem_live_x".into()), Error::Damaged("row 7".into())] {
            let refusal = Refusal::from(error);
            assert_eq!((refusal.status.as_u16(), refusal.code), (500, "INTERNAL_ERROR"));
            assert_eq!(refusal.message, "Unexpected server error");
        }
    }

    #[test]
    fn the_field_is_named() {
        let field =
            |text: &str| Refusal::from(Error::InvalidBody(text.to_owned())).details.map(|details| details["field"].clone());
        assert_eq!(field("`scopes[0]`: a scope is a word"), Some("scopes".into()));
        assert_eq!(field("the field `email` is missing"), Some("email".into()));
        assert_eq!(field("the body is not JSON"), None);
    }
}
