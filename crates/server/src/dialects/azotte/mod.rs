//! Azotte: a key and the tenant that it belongs to, on every request, and subscriptions to read and make.

mod envelope;
mod subscriptions;

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use http::header::USER_AGENT;
use http::{Method, StatusCode};
use keydeck_domain::key::KeyKind;
use keydeck_domain::{Dialect, Outcome, RouteTag, Scopes};

pub(crate) use subscriptions::Subscriptions;

use super::carried;
use super::judged::{Ask, Verdict, judge};
use crate::server::Server;
use crate::times;
use crate::web::peer::Peer;

/// "Every API request requires" a key and a tenant: also one for what is not there.
pub(super) fn routes() -> Router<Server> {
    Router::new().route("/{*path}", any(guarded))
}

async fn guarded(State(server): State<Server>, peer: Peer, request: Request) -> Response {
    let headers = request.headers();
    let route = Route::of(request.method(), request.uri().path());
    let tag: Option<RouteTag> = route.tag(request.method()).and_then(|tag| tag.parse().ok());
    let tenant = carried::tenant(Dialect::Azotte.contract(), headers);
    let ask = Ask {
        // The key says whose it is, and the tenant must be that one's.
        organization: None,
        headers,
        tenant: tenant.as_ref(),
        wanted: wanted(request.method()),
        address: peer.0,
        user_agent: headers.get(USER_AGENT).and_then(|value| value.to_str().ok()),
        route: tag.as_ref(),
        now: times::now(),
    };
    let named = tenant.is_some();
    let verdict = judge(&server, Dialect::Azotte, &ask);
    let mut response = match refused(&verdict, named) {
        Some(refused) => refused,
        None => answered(&server, route, &verdict, request).await,
    };
    if let Some(taken) = &verdict.taken {
        taken.headers(response.headers_mut());
    }
    response
}

/// What a path and a method stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Route {
    List,
    Create,
    /// There is such a path, but nothing is done with this method.
    OtherMethod,
    Nothing,
}

impl Route {
    /// "GET /api/v1/subscriptions HTTP/1.1" in one example of the document, and
    /// `https://api.azotte.com/v1/subscriptions` in the others: both.
    fn of(method: &Method, path: &str) -> Self {
        match (path.strip_prefix("/api").unwrap_or(path), method) {
            ("/v1/subscriptions", &Method::GET | &Method::HEAD) => Self::List,
            ("/v1/subscriptions", &Method::POST) => Self::Create,
            ("/v1/subscriptions", _) => Self::OtherMethod,
            _ => Self::Nothing,
        }
    }

    /// How the usage figures name it: one name for both paths.
    fn tag(self, method: &Method) -> Option<String> {
        matches!(self, Self::List | Self::Create).then(|| format!("{method}:/v1/subscriptions"))
    }
}

static READ: LazyLock<Scopes> = LazyLock::new(|| "read".parse().into_iter().collect());
static WRITE: LazyLock<Scopes> = LazyLock::new(|| "write".parse().into_iter().collect());
static DELETE: LazyLock<Scopes> = LazyLock::new(|| "delete".parse().into_iter().collect());

/// The scope that a method stands for; of one that is not known, the most.
fn wanted(method: &Method) -> &'static Scopes {
    match *method {
        Method::GET | Method::HEAD | Method::OPTIONS => &READ,
        Method::POST | Method::PUT | Method::PATCH => &WRITE,
        _ => &DELETE,
    }
}

/// The answer to a key that is not good for this; none where it is.
pub(super) fn refused(verdict: &Verdict, tenant_named: bool) -> Option<Response> {
    let publishable = verdict.entry.as_ref().is_some_and(|entry| entry.key.kind == KeyKind::Publishable);
    Some(match verdict.outcome {
        Outcome::Accepted => return None,
        Outcome::WrongTenant if !tenant_named => envelope::forbidden("tenant_required", "x-tn must name one tenant"),
        Outcome::WrongTenant => envelope::forbidden("tenant_mismatch", "x-tn does not name the tenant of this API key"),
        Outcome::MissingScope if publishable => envelope::forbidden("publishable_key", "A publishable key can only read"),
        Outcome::MissingScope => envelope::forbidden("permission_denied", "This API key may not do this"),
        Outcome::RateLimited => envelope::too_many("rate_limit_exceeded", "Too many requests: wait as Retry-After says"),
        Outcome::QuotaExhausted => envelope::too_many("quota_exhausted", "The quota is used up: wait as Retry-After says"),
        _ => envelope::unauthorized(),
    })
}

/// What a good key gets.
async fn answered(server: &Server, route: Route, verdict: &Verdict, request: Request<Body>) -> Response {
    let Some(entry) = &verdict.entry else { return envelope::unauthorized() };
    // "Content-Type: Always application/json for POST/PUT requests": said before what is not there.
    let body = match *request.method() {
        Method::POST | Method::PUT => match crate::web::body::read(request, server).await {
            Ok(body) => body,
            Err(error) => return envelope::of_body(error),
        },
        _ => zeroize::Zeroizing::default(),
    };
    let place = (entry.key.organization_id, entry.key.environment);
    match route {
        Route::List => envelope::data(StatusCode::OK, &server.parts.subscriptions.list(place)),
        Route::Create => match subscriptions::wish(&body) {
            Ok(wish) => match server.parts.subscriptions.create(place, wish, times::now()) {
                Some(made) => envelope::data(StatusCode::CREATED, &made),
                None => envelope::conflict("too_many_subscriptions", "No more subscriptions are kept here: it is a stand-in"),
            },
            Err(error) => envelope::of_body(error),
        },
        Route::OtherMethod => envelope::method_not_allowed("GET, HEAD, POST"),
        Route::Nothing => envelope::not_found(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_paths_of_the_document_are_one_route() {
        for (method, path, expected, tag) in [
            (Method::GET, "/v1/subscriptions", Route::List, Some("GET:/v1/subscriptions")),
            (Method::GET, "/api/v1/subscriptions", Route::List, Some("GET:/v1/subscriptions")),
            (Method::POST, "/api/v1/subscriptions", Route::Create, Some("POST:/v1/subscriptions")),
            (Method::PUT, "/v1/subscriptions", Route::OtherMethod, None),
            (Method::GET, "/v1/subscriptions/", Route::Nothing, None),
            (Method::GET, "/api/api/v1/subscriptions", Route::Nothing, None),
        ] {
            let route = Route::of(&method, path);
            assert_eq!((route, route.tag(&method).as_deref()), (expected, tag), "{method} {path}");
        }
    }

    #[test]
    fn a_method_wants_its_scope() {
        for (method, scope) in [("GET", "read"), ("HEAD", "read"), ("POST", "write"), ("PUT", "write"), ("PURGE", "delete")] {
            assert_eq!(wanted(&Method::from_bytes(method.as_bytes()).expect("a method")).spaced(), scope);
        }
    }
}
