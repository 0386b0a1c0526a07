//! Azen's console routes, `/api/keys`: by a session alone; the server sets permissions and the organization. The document
//! gives no shape: ours.
//!
//! Azen: "API key permissions are configured in the console when creating or editing keys."

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri};
use keydeck_domain::{Access, Key, OrganizationId};
use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::shown::{self, ACCESSES};
use super::visitor::Visitor;
use super::wish::Wish;
use super::{keys, list};
use crate::auth::member::Member;
use crate::error::Error;
use crate::organizations::record::OrganizationRecord;
use crate::server::Server;

/// `GET /api/keys`: the keys of the active organization. `limit`, `offset`, `sortBy` and `sortDirection` as in Better
/// Auth's list.
pub(super) async fn index(State(server): State<Server>, visitor: Visitor, uri: Uri) -> Result<Json<Value>, Refusal> {
    let member = acting(&server, &visitor).await?;
    let (found, total) = list::of(&server, member.organization.id, &uri).await?;
    let found: Vec<Value> = found.iter().map(|key| record(&server, key, &member.organization)).collect();
    Ok(Json(json!({ "keys": found, "total": total })))
}

/// `POST /api/keys` `{name, permissions, expiresIn?, metadata?, prefix?}`: 201, with `key` this once. `permissions` is
/// `read`, `write` or `full`.
pub(super) async fn create(State(server): State<Server>, visitor: Visitor, request: Request) -> Result<Response, Refusal> {
    let member = acting(&server, &visitor).await?;
    let wish = Wish::read(request, &server).await?;
    let access = access(&wish)?.ok_or_else(|| Refusal::invalid(WORDS))?;
    wish.required("name")?;
    let named = wish.metadata()?;
    here(&wish, named.as_ref(), member.organization.id)?;
    let word = word(access);
    let mut issued = keys::issue(&server, member, &wish, named, access).await?;
    issued.insert("access".to_owned(), json!(word));
    Ok((StatusCode::CREATED, Json(Value::Object(issued))).into_response())
}

/// `PATCH /api/keys/{id}` `{name?, enabled?, expiresIn?, metadata?, permissions?}`.
pub(super) async fn change(
    State(server): State<Server>,
    Path(id): Path<String>,
    visitor: Visitor,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let member = acting(&server, &visitor).await?;
    let wish = Wish::read(request, &server).await?;
    let (key, organization) = (found(&server, &visitor, &id, &member).await?, member.organization.clone());
    let mut wanted = keys::changes(&wish, &key)?;
    wanted.scopes = access(&wish)?.map(|access| access.of(organization.scopes()));
    let key = keys::edit(&server, member, key.id, wanted).await?;
    Ok(Json(record(&server, &key, &organization)))
}

/// `DELETE /api/keys/{id}`: for good.
pub(super) async fn delete(
    State(server): State<Server>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Json<Value>, Refusal> {
    let member = acting(&server, &visitor).await?;
    let key = found(&server, &visitor, &id, &member).await?;
    keys::revoke(&server, member, key.id).await
}

const WORDS: &str = "[body.permissions] Invalid option: expected one of \"read\"|\"write\"|\"full\"";

/// The visitor in the active organization; 403 without one, as from the protected service.
async fn acting(server: &Server, visitor: &Visitor) -> Result<Member, Refusal> {
    let unauthorized =
        || Refusal::Told { status: StatusCode::FORBIDDEN, code: "UNAUTHORIZED", message: "Unauthorized".to_owned() };
    let id = visitor.active.ok_or_else(unauthorized)?;
    visitor.member(server, id).await.map_err(|error| match error {
        // He left it in this very moment.
        Error::NotFound => unauthorized(),
        other => other.into(),
    })
}

/// A key of the active organization: another's is none here.
async fn found(server: &Server, visitor: &Visitor, id: &str, member: &Member) -> Result<Key, Refusal> {
    let (_, key) = keys::find(server, visitor, id).await?;
    if key.organization_id == member.organization.id { Ok(key) } else { Err(Refusal::key_not_found()) }
}

/// The body can't name another organization than the active one.
fn here(wish: &Wish, named: Option<&super::wish::Named>, active: OrganizationId) -> Result<(), Refusal> {
    match wish.organization(named)? {
        Some(id) if id != active => Err(Refusal::no_member_for_keys()),
        _ => Ok(()),
    }
}

fn access(wish: &Wish) -> Result<Option<Access>, Refusal> {
    let Some(text) = wish.text("permissions").map_err(|_| Refusal::invalid(WORDS))? else { return Ok(None) };
    let known = ACCESSES.into_iter().find(|(word, _)| *word == text).map(|(_, access)| access);
    known.map(Some).ok_or_else(|| Refusal::invalid(WORDS))
}

fn word(access: Access) -> Option<&'static str> {
    ACCESSES.into_iter().find(|(_, of)| *of == access).map(|(word, _)| word)
}

/// A key as Better Auth shows it, and its access in a word; `null` where it has other scopes than an access stands for.
fn record(server: &Server, key: &Key, organization: &OrganizationRecord) -> Value {
    let Value::Object(mut fields) = keys::record(server, key) else { return Value::Object(Map::new()) };
    fields.insert("access".to_owned(), json!(shown::access(&key.scopes, organization.scopes())));
    Value::Object(fields)
}
