//! `/join`: what a browser shows of an invitation's link. It can't see the token, which stands after
//! `#`; neither can this server, which sends no script that would.

use axum::response::{Html, IntoResponse, Response};
use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_FRAME_OPTIONS};

const PAGE: &str = include_str!("join.html");
/// Nothing is loaded, run, sent or framed.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

/// What to do with an invitation's link.
#[utoipa::path(get, path = "/join", tag = "invitations", responses(
    (status = 200, description = "A page without script: what to do with the link.", content_type = "text/html"),
))]
pub(crate) async fn join() -> Response {
    let mut response = Html(PAGE).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}
