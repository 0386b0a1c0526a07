//! ElizaOS: one guard over all of `/api/*`, and behind it the few routes by which its clients look whether a server is
//! there.
//!
//! An ElizaOS server has one organization's token, so the base path names whose: `/elizaos/{organization}`. Plain
//! `/elizaos` is the only organization of this dialect, and nothing where there are several or none.

mod answers;

use std::net::IpAddr;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, USER_AGENT,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use keydeck_domain::{Dialect, OrganizationId, Outcome, RouteTag, Scopes};

use super::judged::{Ask, judge};
use crate::error::Error;
use crate::server::Server;
use crate::times;
use crate::web::peer::Peer;

/// Every path below `/api` is the guard's: also one that is not there.
pub(super) fn routes() -> Router<Server> {
    Router::new()
        .route("/api", any(only_one))
        .route("/api/", any(only_one))
        .route("/api/{*path}", any(only_one))
        .route("/{organization}/api", any(named))
        .route("/{organization}/api/", any(named))
        .route("/{organization}/api/{*path}", any(named))
}

/// Where there is one organization of this dialect, it need not be named.
async fn only_one(State(server): State<Server>, peer: Peer, request: Request) -> Result<Response, Error> {
    let organization = server.parts.organizations.only(Dialect::Elizaos).ok_or(Error::NotFound)?;
    let path = request.uri().path().strip_prefix("/api").ok_or(Error::NotFound)?;
    Ok(guarded(&server, organization.id, path, &request, peer.0))
}

/// An id that is not there and one of another dialect are the same: nothing.
async fn named(State(server): State<Server>, peer: Peer, request: Request) -> Result<Response, Error> {
    let (organization, path) = organization_and_path(request.uri().path()).ok_or(Error::NotFound)?;
    if server.parts.organizations.dialect(organization) != Some(Dialect::Elizaos) {
        return Err(Error::NotFound);
    }
    Ok(guarded(&server, organization, path, &request, peer.0))
}

/// Takes `/{organization}/api/…` apart.
fn organization_and_path(path: &str) -> Option<(OrganizationId, &str)> {
    let (organization, path) = path.strip_prefix('/')?.split_once('/')?;
    Some((organization.parse().ok()?, path.strip_prefix("api")?))
}

/// Asks for the key, then answers. A preflight passes without one: a browser can't send it along.
fn guarded(server: &Server, organization: OrganizationId, path: &str, request: &Request, address: Option<IpAddr>) -> Response {
    let (method, headers) = (request.method(), request.headers());
    if method == Method::OPTIONS {
        return readable(StatusCode::NO_CONTENT.into_response());
    }
    // Told at the start, for loopback alone, and looked at once more: nobody from elsewhere passes by it.
    if server.parts.config.elizaos_open && address.is_some_and(|address| address.is_loopback()) {
        // Without the headers by which a browser lets any page read it.
        return answers::answer(method, path);
    }
    let route = answers::is_there(method, path).then(|| format!("{method}:/api{path}").parse::<RouteTag>().ok()).flatten();
    let ask = Ask {
        organization: Some(organization),
        headers,
        tenant: None,
        wanted: &ALL_SCOPES,
        address,
        user_agent: headers.get(USER_AGENT).and_then(|value| value.to_str().ok()),
        route: route.as_ref(),
        now: times::now(),
    };
    let verdict = judge(server, Dialect::Elizaos, &ask);
    let refused = refused(verdict.outcome, Some(organization), address);
    let mut response = refused.unwrap_or_else(|| answers::answer(method, path));
    if let Some(taken) = &verdict.taken {
        taken.headers(response.headers_mut());
    }
    readable(response)
}

/// The answer to a key that is not good, and the line in the log; none where it is.
pub(super) fn refused(outcome: Outcome, organization: Option<OrganizationId>, address: Option<IpAddr>) -> Option<Response> {
    Some(match outcome {
        Outcome::Accepted => return None,
        Outcome::RateLimited | Outcome::QuotaExhausted => answers::too_many(),
        _ => {
            let from = address.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string());
            let organization = organization.map(tracing::field::display);
            tracing::warn!(organization, "Unauthorized access attempt: Missing or invalid X-API-KEY from {from}");
            answers::unauthorized()
        }
    })
}

/// The one scope of this dialect.
static ALL_SCOPES: LazyLock<Scopes> =
    LazyLock::new(|| Dialect::Elizaos.contract().catalogue.iter().filter_map(|(scope, _)| scope.parse().ok()).collect());

/// "Ensure your CORS configuration includes the X-API-KEY header in allowed headers". Any page may ask: what counts
/// is the key, which no browser adds by itself.
fn readable(mut response: Response) -> Response {
    const ALLOWED: [(http::HeaderName, &str); 4] = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "X-API-KEY, Content-Type"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in ALLOWED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn the_path_names_the_organization() {
        let id = "01a2021c-aa53-77f8-8960-7128569a9cc6";
        let whose = id.parse().unwrap();
        assert_eq!(organization_and_path(&format!("/{id}/api/agents")), Some((whose, "/agents")));
        assert_eq!(organization_and_path(&format!("/{id}/api")), Some((whose, "")));
        for other in ["", "/", "/x/api/agents", &format!("/{id}"), &format!("/{id}/"), &format!("/{id}/ap/agents")] {
            assert_eq!(organization_and_path(other), None, "{other}");
        }
    }

    #[test]
    fn the_one_scope_is_needed() {
        assert_eq!(ALL_SCOPES.spaced(), "api");
    }
}
