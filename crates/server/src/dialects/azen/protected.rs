//! Azen's middleware round its protected API, and what stands behind it here. What it says is plain text.
//!
//! Azen: "The middleware first checks for an active user session (used by the web console)." "If no session exists, the
//! middleware extracts the azen-api-key header from the request."

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::header::USER_AGENT;
use http::{Method, StatusCode};
use keydeck_domain::{Dialect, OrganizationId, Outcome, Permission, RouteTag, Scope, Scopes};
use serde_json::json;

use super::memories::{Memories, TEXT_MAX};
use super::refusal::Refusal;
use super::visitor::{Anybody, Visitor};
use super::wish::Wish;
use super::{shown, usage};
use crate::dialects::judged::{Ask, Verdict, judge};
use crate::error::Error;
use crate::limits::Taken;
use crate::server::Server;
use crate::times;
use crate::web::peer::Peer;

/// A request that may go on.
struct Admitted {
    organization: OrganizationId,
    /// Of a key: held while the request runs.
    taken: Option<Taken>,
}

impl Admitted {
    /// Tells how the limits stand.
    fn answer(self, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
        if let Some(taken) = &self.taken {
            taken.headers(response.headers_mut());
        }
        response
    }
}

/// `GET /api/v1/memories`.
pub(super) async fn memories(
    State(server): State<Server>,
    Extension(kept): Extension<Arc<Memories>>,
    request: Request,
) -> Result<Response, Response> {
    let (admitted, _) = admit(&server, request, "/api/v1/memories").await?;
    let memories = kept.of(admitted.organization);
    let total = memories.len();
    Ok(admitted.answer(Json(json!({ "memories": memories, "total": total }))))
}

/// `POST /api/v1/memories` `{text}`: 201.
pub(super) async fn remember(
    State(server): State<Server>,
    Extension(kept): Extension<Arc<Memories>>,
    request: Request,
) -> Result<Response, Response> {
    let (admitted, request) = admit(&server, request, "/api/v1/memories").await?;
    let wish = Wish::read(request, &server).await.map_err(IntoResponse::into_response)?;
    let text = wish.required("text").map_err(IntoResponse::into_response)?;
    if text.trim().is_empty() || text.chars().count() > TEXT_MAX {
        return Err(Refusal::invalid(format!("[body.text] 1 to {TEXT_MAX} characters")).into_response());
    }
    let memory = kept.add(admitted.organization, text.to_owned(), shown::time(times::now()));
    Ok(admitted.answer((StatusCode::CREATED, Json(memory))))
}

/// `GET /api/v1/usage?range=24h|7d|30d`.
pub(super) async fn figures(State(server): State<Server>, request: Request) -> Result<Response, Response> {
    let (admitted, request) = admit(&server, request, "/api/v1/usage").await?;
    let figures = usage::figures(&server, admitted.organization, request.uri()).await;
    let figures = figures.map_err(IntoResponse::into_response)?;
    Ok(admitted.answer(Json(figures)))
}

/// Lets a request through, by a session or by a key; else says why not.
async fn admit(server: &Server, request: Request, route: &str) -> Result<(Admitted, Request), Response> {
    let (mut parts, body) = request.into_parts();
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let Anybody(visitor) = Anybody::from_request_parts(&mut parts, server).await.map_err(IntoResponse::into_response)?;
    let admitted = match visitor {
        Some(visitor) => by_session(server, &visitor, reads).await?,
        None => {
            let Ok(Peer(address)) = Peer::from_request_parts(&mut parts, server).await;
            let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
            let tag: Option<RouteTag> = format!("{}:{route}", parts.method).parse().ok();
            let wanted = wanted(reads).map_err(IntoResponse::into_response)?;
            let ask = Ask {
                organization: None,
                headers: &parts.headers,
                tenant: None,
                wanted: &wanted,
                address,
                user_agent,
                route: tag.as_ref(),
                now: times::now(),
            };
            by_key(judge(server, Dialect::Azen, &ask)).map_err(|refused| *refused)?
        }
    };
    Ok((admitted, Request::from_parts(parts, body)))
}

fn wanted(reads: bool) -> Result<Scopes, Error> {
    let scope: Scope = (if reads { "read" } else { "write" })
        .parse()
        .map_err(|_| Error::Internal("a scope of this dialect is none".to_owned()))?;
    Ok([scope].into_iter().collect())
}

/// A viewer sees, and changes nothing here either.
async fn by_session(server: &Server, visitor: &Visitor, reads: bool) -> Result<Admitted, Response> {
    let unauthorized = || denied(StatusCode::FORBIDDEN, "Unauthorized");
    let organization = visitor.active.ok_or_else(unauthorized)?;
    let member = visitor.member(server, organization).await.map_err(|error| match error {
        Error::NotFound => unauthorized(),
        other => other.into_response(),
    })?;
    let permission = if reads { Permission::See } else { Permission::CreateKeys };
    if !member.role.may(permission) {
        return Err(unauthorized());
    }
    Ok(Admitted { organization, taken: None })
}

/// Azen: "Key validity", "Rate limits", "Key expiration", "Organization association".
fn by_key(verdict: Verdict) -> Result<Admitted, Box<Response>> {
    let Verdict { outcome, entry, taken, .. } = verdict;
    let refusal = match (outcome, entry) {
        (Outcome::Accepted, Some(entry)) => return Ok(Admitted { organization: entry.key.organization_id, taken }),
        (outcome, _) => refused(outcome),
    };
    let mut refusal = Box::new(refusal);
    if let Some(taken) = taken {
        taken.headers(refusal.headers_mut());
    }
    Err(refusal)
}

/// What is said of a key that is not good for this.
pub(in crate::dialects) fn refused(outcome: Outcome) -> Response {
    match outcome {
        Outcome::Missing => denied(StatusCode::UNAUTHORIZED, "no api key"),
        Outcome::Disabled => denied(StatusCode::FORBIDDEN, "API Key is disabled"),
        // Good in itself, but not for this: the record of Azen's own answers has no other word.
        Outcome::MissingScope => denied(StatusCode::FORBIDDEN, "Unauthorized"),
        Outcome::RateLimited => denied(StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded."),
        Outcome::QuotaExhausted => denied(StatusCode::FORBIDDEN, "API Key has reached its usage limit"),
        // Unknown, foreign, revoked and expired ones alike: Better Auth deletes those, and knows them no more.
        _ => denied(StatusCode::FORBIDDEN, "Invalid API key."),
    }
}

fn denied(status: StatusCode, said: &'static str) -> Response {
    (status, said).into_response()
}
