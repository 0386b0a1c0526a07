//! What the guard and the routes behind it say.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, HeaderValue};
use http::{Method, StatusCode};
use serde_json::json;

use crate::times;

/// The routes behind the guard, all to be read.
const PATHS: [&str; 3] = ["/agents", "/server/ping", "/server/health"];

/// Whether there is such a route.
pub(super) fn is_there(method: &Method, path: &str) -> bool {
    PATHS.contains(&path) && reads(method)
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Stands for the ElizaOS server behind the key: there are no agents here. The document gives no shapes: these are
/// as its server of version 1.7 answers, with what is ours beside it.
pub(super) fn answer(method: &Method, path: &str) -> Response {
    let now = times::now();
    let body = match path {
        "/agents" => json!({ "success": true, "data": { "agents": [] } }),
        "/server/ping" => json!({ "pong": true, "timestamp": now.timestamp_millis() }),
        // Its own server says 503 until an agent runs; this one waits for none.
        "/server/health" => json!({
            "status": "OK",
            "version": env!("CARGO_PKG_VERSION"),
            "timestamp": now,
            "dependencies": { "agents": "no_agents" },
        }),
        _ => return said(StatusCode::NOT_FOUND, "API endpoint not found"),
    };
    if !reads(method) {
        let mut response = said(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
        return response;
    }
    Json(body).into_response()
}

/// The document gives no shape: as its server of version 1.7 answers.
fn said(status: StatusCode, message: &str) -> Response {
    let body = json!({ "success": false, "error": { "message": message, "code": status.as_u16() } });
    (status, Json(body)).into_response()
}

/// The documented refusal, byte for byte the same for every reason.
pub(super) fn unauthorized() -> Response {
    refusal(StatusCode::UNAUTHORIZED, "Unauthorized: Invalid or missing X-API-KEY")
}

/// The document leaves this to another page: the shape is ours, as the refusal's.
pub(super) fn too_many() -> Response {
    refusal(StatusCode::TOO_MANY_REQUESTS, "Too many requests: wait as Retry-After says")
}

fn refusal(status: StatusCode, message: &str) -> Response {
    // Written in the document's order of the fields.
    #[derive(serde::Serialize)]
    struct Refusal<'a> {
        status: u16,
        message: &'a str,
    }
    (status, Json(Refusal { status: status.as_u16(), message })).into_response()
}
