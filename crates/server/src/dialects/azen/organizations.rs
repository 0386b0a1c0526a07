//! The organizations of this dialect, and which of them a session acts for. Every other does not exist here.

use axum::Json;
use axum::extract::{Query, Request, State};
use http::{StatusCode, Uri};
use keydeck_domain::api::organizations::NewOrganization;
use keydeck_domain::name::deceives;
use keydeck_domain::{Dialect, Name, OrganizationId};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::refusal::Refusal;
use super::shown::{self, MetadataAs};
use super::visitor::{Visitor, set_active as write_active};
use super::wish::Wish;
use crate::error::Error;
use crate::members::record as members;
use crate::organizations::change::{insert_as, owns_one};
use crate::server::Server;

/// What keys of an organization that was made here begin with in Keydeck's own protocol, which can't say it otherwise.
const PREFIX: &str = "az";
/// Longest slug, in characters.
const SLUG_MAX: usize = 100;
/// Longest metadata of an organization, as JSON, in bytes.
const METADATA_MAX: usize = 4_096;

/// `GET /api/auth/organization/list`: a bare array.
pub(super) async fn list(State(server): State<Server>, visitor: Visitor) -> Result<Json<Vec<Map<String, Value>>>, Refusal> {
    let ids = visitor.organizations(&server).await?;
    let mut connection = server.parts.store.read().await?;
    let mut organizations = Vec::with_capacity(ids.len());
    for id in ids {
        organizations.push(shown::organization(&mut connection, id, MetadataAs::Text).await?);
    }
    Ok(Json(organizations))
}

/// `POST /api/auth/organization/set-active`: `null` clears.
pub(super) async fn set_active(State(server): State<Server>, visitor: Visitor, request: Request) -> Result<Json<Value>, Refusal> {
    let wish = Wish::read(request, &server).await?;
    let named = match wish.nullable("organizationId")? {
        Some(None) => None,
        Some(Some(text)) => Some(text.parse::<OrganizationId>().map_err(|_| Refusal::not_a_member())?),
        None => match wish.text("organizationSlug")? {
            Some(slug) => Some(by_slug(&server, slug).await?.ok_or_else(Refusal::not_a_member)?),
            // Neither is named: it stays as it is.
            None => visitor.active,
        },
    };
    let answer = match named {
        Some(id) => full(&server, &visitor, id).await?,
        None => Value::Null,
    };
    let session = visitor.signed_in.digest;
    let writer = server.clone();
    let written = server.to_the_end(async move {
        let mut writing = writer.parts.store.write().await?;
        write_active(&mut writing, &session, named).await?;
        drop(writing.commit().await?);
        Ok(())
    });
    written.await?;
    Ok(Json(answer))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Which {
    organization_id: Option<String>,
    organization_slug: Option<String>,
}

/// `GET /api/auth/organization/get-full-organization`: the one that is named, else the active one; `null` without one.
pub(super) async fn get_full(State(server): State<Server>, visitor: Visitor, uri: Uri) -> Result<Json<Value>, Refusal> {
    let Query(which) = Query::<Which>::try_from_uri(&uri).map_err(|_| Refusal::invalid("the query can't be read"))?;
    let id = match (which.organization_id, which.organization_slug) {
        (Some(id), _) => Some(id.parse().map_err(|_| Refusal::not_a_member())?),
        (None, Some(slug)) => Some(by_slug(&server, &slug).await?.ok_or_else(Refusal::not_a_member)?),
        (None, None) => visitor.active,
    };
    match id {
        Some(id) => full(&server, &visitor, id).await.map(Json),
        None => Ok(Json(Value::Null)),
    }
}

/// An organization with its members. Unknown, foreign and other dialects' ones are refused alike.
async fn full(server: &Server, visitor: &Visitor, id: OrganizationId) -> Result<Value, Refusal> {
    visitor.member(server, id).await.map_err(|error| match error {
        Error::NotFound => Refusal::not_a_member(),
        other => other.into(),
    })?;
    let mut connection = server.parts.store.read().await?;
    let mut organization = shown::organization(&mut connection, id, MetadataAs::Text).await?;
    let members = members::list(&mut connection, &server.parts.subkeys, id).await?;
    let members: Vec<Value> = members
        .into_iter()
        .map(|member| {
            json!({
                // A membership has no id of its own: a person has one in an organization.
                "id": format!("{id}:{}", member.user.id),
                "organizationId": id,
                "userId": member.user.id,
                "role": member.role,
                "createdAt": shown::time(member.joined_at),
                "user": { "id": member.user.id, "name": member.user.name, "email": member.user.email, "image": null },
            })
        })
        .collect();
    organization.insert("members".to_owned(), Value::Array(members));
    // Keydeck's own invitations are accepted otherwise, and so not listed as Better Auth's.
    organization.insert("invitations".to_owned(), json!([]));
    Ok(Value::Object(organization))
}

async fn by_slug(server: &Server, slug: &str) -> Result<Option<OrganizationId>, Error> {
    if let Ok(id) = slug.parse() {
        return Ok(Some(id));
    }
    let mut connection = server.parts.store.read().await?;
    let id: Option<Uuid> = sqlx::query_scalar("SELECT organization_id FROM azen_organizations WHERE slug = ?")
        .bind(slug)
        .fetch_optional(&mut *connection)
        .await?;
    Ok(id.map(OrganizationId))
}

/// `POST /api/auth/organization/create`, by who owns an organization of this server. It is the active one then.
pub(super) async fn create(State(server): State<Server>, visitor: Visitor, request: Request) -> Result<Json<Value>, Refusal> {
    let wish = Wish::read(request, &server).await?;
    let name: Name = wish.required("name")?.parse().map_err(|error| Refusal::invalid(format!("[body.name] {error}")))?;
    let slug = slug(wish.required("slug")?)?;
    let metadata = wish.object("metadata")?.map(|fields| Value::Object(fields.clone()).to_string());
    if metadata.as_ref().is_some_and(|text| text.len() > METADATA_MAX || text.chars().any(deceives)) {
        return Err(Refusal::invalid(format!("[body.metadata] at most {METADATA_MAX} bytes, and nothing that hides text")));
    }
    let prefix = PREFIX.parse().map_err(|_| Error::Internal("a prefix of this dialect is none".to_owned()))?;
    let wanted = NewOrganization { name, prefix, dialect: Dialect::Azen, tenant: None };
    let (writer, by, session) = (server.clone(), visitor.signed_in.person(), visitor.signed_in.digest);
    let made = server.to_the_end(async move {
        let parts = &writer.parts;
        let mut writing = parts.store.write().await?;
        // Who may make none is told nothing of the others' slugs.
        if owns_one(&mut writing, &parts.subkeys, &by).await? && is_taken(&mut writing, &slug).await? {
            return Ok(None);
        }
        let known = insert_as(parts, &mut writing, &by, &wanted).await?;
        sqlx::query("INSERT INTO azen_organizations (organization_id, slug, metadata) VALUES (?, ?, ?)")
            .bind(known.id.0)
            .bind(slug)
            .bind(metadata)
            .execute(&mut *writing)
            .await?;
        write_active(&mut writing, &session, Some(known.id)).await?;
        let id = known.id;
        let turn = writing.commit().await?;
        parts.organizations.put(known);
        drop(turn);
        Ok(Some(id))
    });
    let made = made.await.map_err(|error| match error {
        Error::Forbidden { .. } => Refusal::no_new_organization(),
        Error::Conflict(text) => Refusal::Told {
            status: StatusCode::FORBIDDEN,
            code: "YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS",
            message: text.to_owned(),
        },
        other => other.into(),
    })?;
    let id = made.ok_or_else(Refusal::slug_taken)?;
    let Value::Object(mut full) = full(&server, &visitor, id).await? else { return Err(Refusal::not_a_member()) };
    full.extend(shown::organization(&mut *server.parts.store.read().await?, id, MetadataAs::Object).await?);
    full.remove("invitations");
    Ok(Json(Value::Object(full)))
}

async fn is_taken(connection: &mut SqliteConnection, slug: &str) -> Result<bool, Error> {
    let taken = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM azen_organizations WHERE slug = ?)").bind(slug);
    Ok(taken.fetch_one(connection).await?)
}

/// A slug stands in addresses. What looks like an id would stand for the organization that has it.
fn slug(text: &str) -> Result<String, Refusal> {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.');
    if text.is_empty() || text.chars().count() > SLUG_MAX || !plain || text.parse::<Uuid>().is_ok() {
        return Err(Refusal::invalid(format!("[body.slug] 1 to {SLUG_MAX} letters, digits, `-`, `_` and `.`, and no id")));
    }
    Ok(text.to_owned())
}
