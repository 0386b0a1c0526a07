//! What stands round every route, from the outside in: the log line, the headers of every answer,
//! what catches a panic, and what is refused before a handler is asked.

use std::any::Any;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method};
use tower_http::catch_panic::CatchPanicLayer;

use super::guard;
use crate::error::Error;
use crate::server::Server;

/// Puts routes under the layers that every route of this server has.
pub fn within_layers(routes: Router<Server>, server: &Server) -> Router {
    routes
        .fallback(|| async { Error::NotFound })
        .method_not_allowed_fallback(|| async { Error::MethodNotAllowed })
        .layer(middleware::from_fn(guard::no_secret_in_url))
        .layer(middleware::from_fn_with_state(server.clone(), guard::host))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(told))
        .with_state(server.clone())
}

/// A panic ends one request. What it said stays in the process: it can hold anything.
#[allow(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Error::Internal("a handler panicked".to_owned()).into_response()
}

/// Writes one line for a request and the headers that every answer has. The line names the route, not
/// the path, and nothing of query, headers or body: none of it can hold a secret or a line break.
async fn told(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    tracing::info!(
        method,
        route = route.as_ref().map_or("-", MatchedPath::as_str),
        status = response.status().as_u16(),
        micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    response
}

/// A method can be any word: only those that are known are written.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
