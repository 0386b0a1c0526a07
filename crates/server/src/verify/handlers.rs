//! `POST /v1/verify` and `GET /v1/self`.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use keydeck_domain::api::limits::LimitState;
use keydeck_domain::api::problem::Problem;
use keydeck_domain::api::verify::{VerifiedKey, VerifyRequest, VerifyResponse};
use keydeck_domain::{Outcome, Scopes};

use super::decide::{Answer, Question, decide};
use super::index::Entry;
use crate::auth::bearer::{self, Presented};
use crate::auth::verifier::AskingVerifier;
use crate::error::Error;
use crate::limits::Taken;
use crate::server::Server;
use crate::times;
use crate::usage::cell::{CountedKey, Verification};
use crate::web::body::Body;
use crate::web::peer::Peer;

const KEY_HEADER: &str = "x-api-key";

/// Whether a key is good. By a verifier, for its own organization's keys; every other is unknown. A key that is good
/// takes a credit of its limits: `RateLimit` and `RateLimit-Policy` say what is left, and `Retry-After` when a key that
/// was refused by them can come again. How many run at once is not limited here: nobody tells when a request ended.
#[utoipa::path(post, path = "/v1/verify", tag = "verify", security(("verifier" = [])), request_body = VerifyRequest, responses(
    (status = 200, description = "How it ended, for every outcome.", body = VerifyResponse),
    (status = 401, description = "The verifier is missing or not valid.", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable.", body = Problem),
))]
pub(crate) async fn verify(
    State(server): State<Server>,
    asking: AskingVerifier,
    Body(request): Body<VerifyRequest>,
) -> Result<Response, Error> {
    let parts = &server.parts;
    let now = times::now();
    let mut answer = match parts.organizations.dialect(asking.organization) {
        Some(dialect) => {
            let question = Question {
                // Exposed to be verified: nothing of it is kept.
                presented: request.key.expose(),
                organization: Some(asking.organization),
                dialect: Some(dialect),
                wanted: &request.scopes,
                address: request.address,
                now,
            };
            decide(&parts.index, &parts.subkeys, &question)
        }
        // Set aside, because it was changed from outside: none of its keys is good.
        None => Answer::without_key(Outcome::Unknown),
    };
    let mut limits = None;
    if let (Outcome::Accepted, Some(entry)) = (answer.outcome, &answer.entry) {
        let key = &entry.key;
        let taken = parts.limits.take_unheld(key.organization_id, key.id, key.environment, now);
        answer.outcome = taken.refused.map_or(Outcome::Accepted, |refusal| refusal.outcome);
        limits = Some(taken).filter(|taken| taken.state.is_some() || taken.refused.is_some());
    }
    parts.usage.note(&Verification {
        organization: Some(asking.organization),
        key: answer.entry.as_deref().map(counted),
        outcome: answer.outcome,
        at: now,
        route: request.route.as_ref(),
        scopes: Some(&request.scopes),
        address: request.address,
        user_agent: request.user_agent.as_deref(),
    });
    if let (Outcome::Accepted, Some(entry)) = (answer.outcome, &answer.entry) {
        parts.last_used.note(&entry.last_used, now);
    }
    let mut response = Response::new(write(&answer, limits.as_ref().and_then(Taken::told))?.into());
    // Room for those that every answer has, so that the map doesn't grow under them.
    *response.headers_mut() = HeaderMap::with_capacity(if limits.is_some() { 8 } else { 4 });
    if let Some(taken) = &limits {
        taken.headers(response.headers_mut());
    }
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// What is counted of a key. Asked before its last use is noted, which is then still the one before.
fn counted(entry: &Entry) -> CountedKey {
    CountedKey { id: entry.key.id, environment: entry.key.environment, before: entry.last_used.get() }
}

/// Writes a [`VerifyResponse`] round the key's JSON, which was written when the key was loaded.
fn write(answer: &Answer, limit: Option<LimitState>) -> Result<Vec<u8>, Error> {
    let failed = |error: serde_json::Error| Error::Internal(format!("an answer could not be written: {error}"));
    let key: &[u8] = answer.entry.as_ref().map_or(b"null", |entry| &entry.json);
    let mut body = Vec::with_capacity(key.len() + 128);
    body.extend_from_slice(br#"{"outcome":"#);
    serde_json::to_writer(&mut body, &answer.outcome).map_err(failed)?;
    body.extend_from_slice(br#","key":"#);
    body.extend_from_slice(key);
    body.extend_from_slice(br#","missing_scopes":"#);
    serde_json::to_writer(&mut body, &answer.missing).map_err(failed)?;
    if let Some(limit) = limit {
        body.extend_from_slice(br#","limit":"#);
        serde_json::to_writer(&mut body, &limit).map_err(failed)?;
    }
    body.push(b'}');
    Ok(body)
}

/// A key about itself, in `Authorization: Bearer` or `X-API-Key`. Every refusal is the same: why is
/// told to a verifier only.
#[utoipa::path(get, path = "/v1/self", tag = "verify", security(("key" = []), ("key_header" = [])), responses(
    (status = 200, description = "The key is good here and now.", body = VerifiedKey),
    (status = 401, description = "It is not; the reason is not said.", body = Problem),
))]
pub(crate) async fn about_itself(
    State(server): State<Server>,
    Peer(address): Peer,
    headers: HeaderMap,
) -> Result<Json<VerifiedKey>, Error> {
    let parts = &server.parts;
    let now = times::now();
    let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let count = |outcome, entry: Option<&Entry>| {
        parts.usage.note(&Verification {
            organization: entry.map(|entry| entry.key.organization_id),
            key: entry.map(counted),
            outcome,
            at: now,
            route: None,
            scopes: None,
            address,
            user_agent,
        });
    };
    let presented = presented(&headers).inspect_err(|error| {
        let nothing = matches!(error, Error::InvalidKey { presented: false });
        count(if nothing { Outcome::Missing } else { Outcome::Malformed }, None);
    })?;
    let question = Question { presented, organization: None, dialect: None, wanted: &Scopes::default(), address, now };
    let answer = decide(&parts.index, &parts.subkeys, &question);
    count(answer.outcome, answer.entry.as_deref());
    let (Outcome::Accepted, Some(entry)) = (answer.outcome, answer.entry) else {
        return Err(Error::InvalidKey { presented: true });
    };
    parts.last_used.note(&entry.last_used, now);
    Ok(Json(entry.key.clone()))
}

/// The key in the headers. Two that disagree are refused: who checks one and who uses the other must
/// not differ.
fn presented(headers: &HeaderMap) -> Result<&str, Error> {
    let refused = Error::InvalidKey { presented: true };
    let bearer = match bearer::presented(headers) {
        Presented::Nothing => None,
        Presented::Token(token) => Some(token),
        Presented::Unusable => return Err(refused),
    };
    let mut found = bearer;
    for value in headers.get_all(KEY_HEADER) {
        let Ok(value) = value.to_str() else { return Err(refused) };
        if found.is_some_and(|other| other != value) {
            return Err(refused);
        }
        found = Some(value);
    }
    found.filter(|text| !text.is_empty()).ok_or(Error::InvalidKey { presented: false })
}
