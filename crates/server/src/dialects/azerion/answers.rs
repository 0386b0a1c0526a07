//! The list of models, and what is said of a key that is not good. The document shows no body; these are those of
//! OpenAI's API, which its clients read.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, HeaderValue, WWW_AUTHENTICATE};
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// Stands for the models behind the key. The name is ours: nothing answers to it.
pub(super) fn answer(method: &Method, path: &str) -> Response {
    if path != "/v1/models" {
        return refusal(StatusCode::NOT_FOUND, "There is no such path here.", "invalid_request_error", json!("unknown_url"));
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "Not with this method.", "invalid_request_error", Value::Null);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let model = json!({ "id": "keydeck-stand-in", "object": "model", "created": 0, "owned_by": "keydeck" });
    Json(json!({ "object": "list", "data": [model] })).into_response()
}

/// Nothing was sent. RFC 6750, 3: the challenge has no error then.
pub(super) fn no_key() -> Response {
    let message = "You didn't provide an API key: send it in the Authorization header, as `Bearer YOUR_API_KEY`.";
    unauthorized(message, "Bearer realm=\"azerion\"")
}

/// One and the same for every key that is not good; what was sent is not repeated.
pub(super) fn wrong_key() -> Response {
    unauthorized("Incorrect API key provided.", "Bearer realm=\"azerion\", error=\"invalid_token\"")
}

fn unauthorized(message: &str, challenge: &'static str) -> Response {
    let mut response = refusal(StatusCode::UNAUTHORIZED, message, "invalid_request_error", json!("invalid_api_key"));
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

/// Too fast, or too many at once.
pub(super) fn too_many() -> Response {
    refusal(StatusCode::TOO_MANY_REQUESTS, "Rate limit reached.", "requests", json!("rate_limit_exceeded"))
}

/// The day's requests are used up.
pub(super) fn quota_exhausted() -> Response {
    let kind = "insufficient_quota";
    refusal(StatusCode::TOO_MANY_REQUESTS, "You exceeded your current quota.", kind, json!(kind))
}

fn refusal(status: StatusCode, message: &str, kind: &str, code: Value) -> Response {
    (status, Json(json!({ "error": { "message": message, "type": kind, "param": null, "code": code } }))).into_response()
}
