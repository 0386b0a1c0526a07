//! What a proxy is answered: a status, who it is, and for nginx the rest in headers.

use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};

use super::asked::IDENTITY;
use crate::verify::index::Entry;

/// Stands where there is nothing. An empty header is skipped by some proxies, and then a forged one would survive.
const NOTHING: HeaderValue = HeaderValue::from_static("-");
/// The status that is meant, where nginx understands 401 and 403 alone.
const AUTH_STATUS: HeaderName = HeaderName::from_static("x-auth-status");
/// The body, which nginx does not read.
const AUTH_BODY: HeaderName = HeaderName::from_static("x-auth-body");
/// Longest body of a refusal, in bytes: as a header it must fit into the buffer that our nginx.conf gives it.
const BODY_MAX: usize = 8192;

/// The request may pass: always exactly 200. With who it is, where a key was asked for.
pub(super) fn accepted(entry: Option<&Entry>) -> Response {
    let mut response = StatusCode::OK.into_response();
    if let Some(Entry { key, .. }) = entry {
        let scopes = if key.scopes.is_empty() { NOTHING.to_str().unwrap_or("-").to_owned() } else { key.scopes.spaced() };
        let values = [key.id.to_string(), key.organization_id.to_string(), scopes, key.environment.as_str().to_owned()];
        for (name, value) in IDENTITY.into_iter().zip(values) {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
    }
    response
}

/// Every answer carries every one, so that a proxy that copies them overwrites what a client forged.
pub(super) fn with_every_identity_header(mut response: Response) -> Response {
    for name in IDENTITY {
        response.headers_mut().entry(name).or_insert(NOTHING);
    }
    response
}

/// nginx denies on 401 and 403 alone, makes 500 of any other status, and reads no body: both are in headers, for
/// `auth_request_set`.
pub(super) async fn for_nginx(response: Response) -> Response {
    let status = response.status();
    if status == StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Made here, from memory: it is there at once, and short.
    let body = to_bytes(body, BODY_MAX).await.unwrap_or_default();
    if !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        parts.status = StatusCode::FORBIDDEN;
    }
    parts.headers.insert(AUTH_STATUS, HeaderValue::from(status.as_u16()));
    if let Ok(value) = HeaderValue::from_bytes(&body) {
        parts.headers.insert(AUTH_BODY, value);
    }
    Response::from_parts(parts, Body::from(body))
}
