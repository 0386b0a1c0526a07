//! Azerion AI: a list of models behind a bearer key, as APIs in the style of OpenAI give it.

mod answers;

use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use http::Method;
use http::header::USER_AGENT;
use keydeck_domain::{Dialect, Outcome, RouteTag, Scopes};

use super::judged::{Ask, judge};
use crate::server::Server;
use crate::times;
use crate::web::peer::Peer;

/// "All API requests must include your API key": also one for what is not there.
pub(super) fn routes() -> Router<Server> {
    Router::new().route("/{*path}", any(guarded))
}

async fn guarded(State(server): State<Server>, peer: Peer, request: Request) -> Response {
    let (method, path, headers) = (request.method(), request.uri().path(), request.headers());
    let listed = path == "/v1/models" && matches!(*method, Method::GET | Method::HEAD);
    let route: Option<RouteTag> = listed.then(|| format!("{method}:{path}").parse().ok()).flatten();
    let ask = Ask {
        organization: None,
        headers,
        tenant: None,
        wanted: &ALL_SCOPES,
        address: peer.0,
        user_agent: headers.get(USER_AGENT).and_then(|value| value.to_str().ok()),
        route: route.as_ref(),
        now: times::now(),
    };
    let verdict = judge(&server, Dialect::Azerion, &ask);
    let mut response = refused(verdict.outcome).unwrap_or_else(|| answers::answer(method, path));
    if let Some(taken) = &verdict.taken {
        taken.headers(response.headers_mut());
    }
    response
}

/// The answer to a key that is not good; none where it is.
pub(super) fn refused(outcome: Outcome) -> Option<Response> {
    Some(match outcome {
        Outcome::Accepted => return None,
        Outcome::RateLimited => answers::too_many(),
        Outcome::QuotaExhausted => answers::quota_exhausted(),
        Outcome::Missing => answers::no_key(),
        _ => answers::wrong_key(),
    })
}

/// The one scope of this dialect.
static ALL_SCOPES: LazyLock<Scopes> =
    LazyLock::new(|| Dialect::Azerion.contract().catalogue.iter().filter_map(|(scope, _)| scope.parse().ok()).collect());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_scope_is_needed() {
        assert_eq!(ALL_SCOPES.spaced(), "models");
    }
}
