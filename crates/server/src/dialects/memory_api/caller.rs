//! How every route but `/health` and `/signup` is entered: by a key, whose limits are told in every answer.

use std::future::Future;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue};
use keydeck_domain::{Dialect, Scopes};
use serde::de::DeserializeOwned;

use super::envelope::Refusal;
use crate::dialects::judged::{Ask, judge};
use crate::limits::Taken;
use crate::limits::taken::State;
use crate::server::Server;
use crate::times;
use crate::verify::index::Entry;
use crate::web::body;
use crate::web::peer::PeerAddress;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// A request whose key is good for it.
pub(super) struct Caller {
    pub(super) server: Server,
    /// The key.
    pub(super) entry: Arc<Entry>,
    pub(super) request: Request,
    /// How its limits stand, where there are any.
    pub(super) limits: Option<State>,
}

impl Caller {
    /// The query string.
    pub(super) fn query<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let read = axum::extract::Query::try_from_uri(self.request.uri());
        // The reader's messages quote values.
        read.map(|query| query.0).map_err(|_| Refusal::invalid(None, "the query has a value that is not acceptable"))
    }
}

/// The JSON body, whatever its content type: two of the document's own examples send `-d` without one, which curl
/// calls a form.
pub(super) async fn json<T: DeserializeOwned>(request: Request, server: &Server) -> Result<T, Refusal> {
    Ok(body::parse(&body::read_as_sent(request, server).await?)?)
}

/// Judges a request and, where its key is good for it, answers it. `route` is how the usage figures name it.
pub(super) async fn judged<F>(
    server: Server,
    request: Request,
    route: &'static str,
    wanted: &[&'static str],
    then: impl FnOnce(Caller) -> F,
) -> Response
where
    F: Future<Output = Result<Response, Refusal>>,
{
    let now = times::now();
    let wanted: Scopes = wanted.iter().filter_map(|scope| scope.parse().ok()).collect();
    let route = route.parse().ok();
    let headers = request.headers();
    let ask = Ask {
        organization: None,
        headers,
        tenant: None,
        wanted: &wanted,
        address: request.extensions().get::<PeerAddress>().and_then(|peer| peer.address),
        user_agent: headers.get(USER_AGENT).and_then(|value| value.to_str().ok()),
        route: route.as_ref(),
        now,
    };
    let mut verdict = judge(&server, Dialect::MemoryApi, &ask);
    let refusal = Refusal::of(&verdict, &wanted);
    // Held until the answer is there: it counts among those at once.
    let taken = verdict.taken.take();
    let limits = taken.as_ref().and_then(|taken| taken.state.clone());
    let mut response = match (refusal, verdict.entry) {
        (None, Some(entry)) => then(Caller { server, entry, request, limits }).await.unwrap_or_else(IntoResponse::into_response),
        (Some(refusal), _) => refusal.into_response(),
        (None, None) => Refusal::from(crate::error::Error::InvalidKey { presented: true }).into_response(),
    };
    if let Some(taken) = &taken {
        tell_limits(taken, response.headers_mut(), now);
    }
    response
}

/// "X-RateLimit-Limit", "X-RateLimit-Remaining" and "X-RateLimit-Reset", a Unix time, beside the headers that every
/// dialect has.
fn tell_limits(taken: &Taken, headers: &mut HeaderMap, now: DateTime<Utc>) {
    taken.headers(headers);
    if let Some(State { limit, remaining, reset, .. }) = taken.state.as_ref() {
        headers.insert(LIMIT, HeaderValue::from(*limit));
        headers.insert(REMAINING, HeaderValue::from(*remaining));
        let at = u64::try_from(now.timestamp())
            .unwrap_or_default()
            .saturating_add(reset.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX));
        headers.insert(RESET, HeaderValue::from(at));
    }
}
