//! What Azotte's answers look like. The document shows one, the refusal of a key; the shapes of the others are ours
//! after it, as are all codes but that one's.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::ALLOW;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::error::Error;

/// In the document's order of the fields.
#[derive(Serialize)]
struct Refusal<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
}

fn refusal(status: StatusCode, code: &str, message: &str, kind: &str) -> Response {
    #[derive(Serialize)]
    struct Envelope<'a> {
        error: Refusal<'a>,
    }
    (status, Json(Envelope { error: Refusal { code, message, kind } })).into_response()
}

/// The documented one: the same for every key that is not good, and for none.
pub(super) fn unauthorized() -> Response {
    refusal(StatusCode::UNAUTHORIZED, "authentication_failed", "Invalid API key provided", "authentication_error")
}

/// A good key, but not for this. Ours.
pub(super) fn forbidden(code: &str, message: &str) -> Response {
    refusal(StatusCode::FORBIDDEN, code, message, "permission_error")
}

/// A limit is reached. Ours.
pub(super) fn too_many(code: &str, message: &str) -> Response {
    refusal(StatusCode::TOO_MANY_REQUESTS, code, message, "rate_limit_error")
}

/// Ours.
pub(super) fn not_found() -> Response {
    refusal(StatusCode::NOT_FOUND, "not_found", "There is nothing at this path", "invalid_request_error")
}

/// Ours.
pub(super) fn method_not_allowed(allowed: &'static str) -> Response {
    let kind = "invalid_request_error";
    let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Not with this method", kind);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// Ours.
pub(super) fn conflict(code: &str, message: &str) -> Response {
    refusal(StatusCode::CONFLICT, code, message, "invalid_request_error")
}

/// A body that can't be taken. Ours.
pub(super) fn of_body(error: Error) -> Response {
    let (status, code, message) = match &error {
        Error::UnsupportedMediaType(why) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", *why),
        Error::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The body is over the limit"),
        Error::Timeout => (StatusCode::REQUEST_TIMEOUT, "timeout", "The body did not arrive in time"),
        Error::InvalidBody(why) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_body", why.as_str()),
        Error::InvalidRequest(why) => (StatusCode::BAD_REQUEST, "invalid_request", why.as_str()),
        // What failed inside is logged and said as everywhere on this server.
        _ => return error.into_response(),
    };
    refusal(status, code, message, "invalid_request_error")
}

/// What was asked for. Ours.
pub(super) fn data<T: Serialize>(status: StatusCode, data: &T) -> Response {
    #[derive(Serialize)]
    struct Data<'a, T> {
        data: &'a T,
    }
    (status, Json(Data { data })).into_response()
}
