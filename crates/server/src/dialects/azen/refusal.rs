//! How Better Auth refuses: `{"message","code"}`, an empty body for what is not there, and plain text for who signs in
//! too often.

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;

use crate::error::Error;

static X_RETRY_AFTER: HeaderName = HeaderName::from_static("x-retry-after");

/// Why a request was refused, as Better Auth tells it.
#[derive(Debug)]
pub(super) enum Refusal {
    /// With a code that its documents know.
    Told { status: StatusCode, code: &'static str, message: String },
    /// Too often: how long to wait.
    Slowed(Duration),
    /// The server failed, or can't now.
    Failed(Error),
}

macro_rules! told {
    ($($(#[$doc:meta])* $name:ident => $status:ident, $code:literal, $message:literal;)*) => {
        impl Refusal {
            $($(#[$doc])* pub(super) fn $name() -> Self {
                Self::Told { status: StatusCode::$status, code: $code, message: $message.to_owned() }
            })*
        }
    };
}

told! {
    /// Nobody is signed in.
    unauthorized => UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized";
    /// E-mail or password is wrong.
    wrong_password => UNAUTHORIZED, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password";
    /// What was given as an address is none.
    invalid_email => BAD_REQUEST, "INVALID_EMAIL", "Invalid email";
    /// A request that changes something came with a cookie and from no page that is known.
    no_origin => FORBIDDEN, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin";
    /// A request that changes something came with a cookie and from a foreign page.
    foreign_origin => FORBIDDEN, "INVALID_ORIGIN", "Invalid origin";
    /// Of organizations: unknown and foreign ones alike.
    not_a_member => FORBIDDEN, "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION", "User is not a member of the organization";
    /// Of keys: unknown and foreign organizations alike.
    no_member_for_keys => FORBIDDEN, "USER_NOT_MEMBER_OF_ORGANIZATION", "You are not a member of the organization that owns this API key";
    /// The role does not allow it.
    no_permission => FORBIDDEN, "INSUFFICIENT_API_KEY_PERMISSIONS", "You do not have the required permissions to perform this action on organization API keys";
    /// Who owns no organization makes none.
    no_new_organization => FORBIDDEN, "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_ORGANIZATION", "You are not allowed to create a new organization";
    /// The slug is taken.
    slug_taken => BAD_REQUEST, "ORGANIZATION_ALREADY_EXISTS", "Organization already exists";
    /// It is not said which organization is meant, and the session has none.
    no_active_organization => BAD_REQUEST, "NO_ACTIVE_ORGANIZATION", "No active organization";
    /// Unknown, foreign and deleted keys alike.
    key_not_found => NOT_FOUND, "KEY_NOT_FOUND", "API Key not found";
    /// What the server alone may set.
    server_only => BAD_REQUEST, "SERVER_ONLY_PROPERTY", "The property you're trying to set can only be set from the server auth instance only.";
    /// A change of nothing.
    nothing_to_update => BAD_REQUEST, "NO_VALUES_TO_UPDATE", "No values to update.";
    /// Over 32 characters, or none.
    name_length => BAD_REQUEST, "INVALID_NAME_LENGTH", "The name length is either too large or too small.";
    /// Over 32 characters, or none.
    prefix_length => BAD_REQUEST, "INVALID_PREFIX_LENGTH", "The prefix length is either too large or too small.";
    /// Under a day.
    expires_too_soon => BAD_REQUEST, "EXPIRES_IN_IS_TOO_SMALL", "The expiresIn is smaller than the predefined minimum value.";
    /// Over a year.
    expires_too_late => BAD_REQUEST, "EXPIRES_IN_IS_TOO_LARGE", "The expiresIn is larger than the predefined maximum value.";
    /// Metadata that is no object.
    metadata_type => BAD_REQUEST, "INVALID_METADATA_TYPE", "metadata must be an object or undefined";
}

impl Refusal {
    /// A field is not acceptable.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::Told { status: StatusCode::BAD_REQUEST, code: "VALIDATION_ERROR", message: message.into() }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let told = |status, code, message: &str| Self::Told { status, code, message: message.to_owned() };
        match error {
            Error::InvalidBody(text) | Error::InvalidRequest(text) => Self::invalid(text),
            Error::Unauthenticated { .. } => Self::unauthorized(),
            Error::InvalidCredentials => Self::wrong_password(),
            Error::Forbidden { .. } => Self::no_permission(),
            Error::NotFound | Error::Revoked => Self::key_not_found(),
            Error::RateLimited { retry_after } => Self::Slowed(retry_after),
            Error::Conflict(text) => told(StatusCode::CONFLICT, "CONFLICT", text),
            Error::TooLarge => told(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", "The body is over the limit"),
            Error::Timeout => told(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", "The body did not arrive in time"),
            Error::UnsupportedMediaType(text) => told(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", text),
            error => Self::Failed(error),
        }
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Error::from(error).into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Told { status, code, message } => (status, Json(json!({ "message": message, "code": code }))).into_response(),
            Self::Slowed(wait) => {
                let seconds = HeaderValue::from(u64::try_from(wait.as_millis().div_ceil(1000).max(1)).unwrap_or(u64::MAX));
                let body = json!({ "message": "Too many requests. Please try again later." }).to_string();
                let headers = [(X_RETRY_AFTER.clone(), seconds), (CONTENT_TYPE, HeaderValue::from_static("text/plain"))];
                (StatusCode::TOO_MANY_REQUESTS, headers, body).into_response()
            }
            // Logged, and given its status and `Retry-After`, as everywhere; the body is Better Auth's.
            Self::Failed(error) => {
                let mut response = error.into_response();
                let body = json!({ "message": "The server failed, or can't now.", "code": "INTERNAL_SERVER_ERROR" });
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                *response.body_mut() = body.to_string().into();
                response
            }
        }
    }
}

/// An unknown path or method: 404 without a body.
pub(super) async fn nothing_here() -> StatusCode {
    StatusCode::NOT_FOUND
}
