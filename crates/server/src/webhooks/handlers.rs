//! `/v1/organizations/{organization}/webhooks`.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use keydeck_domain::api::problem::Problem;
use keydeck_domain::api::webhooks::{Delivery, IssuedWebhook, NewWebhook, Webhook};
use keydeck_domain::{Permission, WebhookId};
use serde::Serialize;
use utoipa::ToSchema;

use super::{SENT, queue, record};
use crate::audit::refused::{audited, refuse};
use crate::auth::member::{Member, Target};
use crate::error::Error;
use crate::server::Server;
use crate::web::body::MemberBody;

/// A whole list: never long enough to be paged.
#[derive(Serialize, ToSchema)]
pub(crate) struct Webhooks {
    /// The organization's webhooks, newest first.
    items: Vec<Webhook>,
}

/// Refuses who may not manage webhooks; a server that sends none has none.
async fn may(server: &Server, member: &Member, target: &str) -> Result<(), Error> {
    if !SENT {
        return Err(Error::NotFound);
    }
    if !member.role.may(Permission::ManageWebhooks) {
        return Err(refuse(server, member, target, Error::Forbidden { missing: None }).await);
    }
    Ok(())
}

/// The organization's webhooks, and how the last message to each ended.
#[utoipa::path(get, path = "/v1/organizations/{organization}/webhooks", tag = "webhooks", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id.")), responses(
    (status = 200, description = "Newest first.", body = Webhooks),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it: an address can hold a secret of who is called.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller; or this server sends no webhooks.", body = Problem),
))]
pub(crate) async fn list(State(server): State<Server>, member: Member) -> Result<Json<Webhooks>, Error> {
    if !SENT {
        return Err(Error::NotFound);
    }
    // Nothing is changed by looking: it is refused, and not audited.
    if !member.role.may(Permission::ManageWebhooks) {
        return Err(Error::Forbidden { missing: None });
    }
    let mut connection = server.parts.store.read().await?;
    let stored = record::list(&mut connection, &server.parts.subkeys, member.organization.id).await?;
    drop(connection);
    let mut items: Vec<Webhook> = stored.into_iter().map(record::StoredWebhook::shown).collect();
    // Where what was counted can't be read, its log says so; webhooks are listed and deleted all the same.
    if let Ok(mut counted) = server.parts.usage.read().await {
        queue::fill(&mut counted, &mut items).await?;
    }
    Ok(Json(Webhooks { items }))
}

/// Makes a webhook.
#[utoipa::path(post, path = "/v1/organizations/{organization}/webhooks", tag = "webhooks", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id.")), request_body = NewWebhook, responses(
    (status = 201, description = "The one answer that holds its secret.", body = IssuedWebhook),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it.", body = Problem),
    (status = 404, description = "No such organization, or not for this caller; or this server sends no webhooks.", body = Problem),
    (status = 409, description = "There are as many as there can be.", body = Problem),
    (status = 422, description = "A field is missing, unknown or not acceptable.", body = Problem),
))]
pub(crate) async fn create(
    State(server): State<Server>,
    member: Member,
    MemberBody(wanted): MemberBody<NewWebhook>,
) -> Result<(StatusCode, Json<IssuedWebhook>), Error> {
    const TARGET: &str = "a new webhook";
    may(&server, &member, TARGET).await?;
    let making = {
        let (server, member) = (server.clone(), member.clone());
        async move { record::create(&server, member, wanted).await }
    };
    let stored = audited(&server, &member, TARGET, server.to_the_end(making).await).await?;
    let secret = server.parts.subkeys.webhook_secret(stored.id);
    Ok((StatusCode::CREATED, Json(IssuedWebhook { webhook: stored.shown(), secret })))
}

/// Deletes a webhook, with what waits to be sent to it.
#[utoipa::path(delete, path = "/v1/organizations/{organization}/webhooks/{id}", tag = "webhooks", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), ("id" = String, Path, description = "The webhook's id.")),
    responses(
    (status = 204, description = "Deleted."),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it.", body = Problem),
    (status = 404, description = "No such organization or webhook, or not for this caller; or this server sends no webhooks.", body = Problem),
))]
pub(crate) async fn delete(
    State(server): State<Server>,
    member: Member,
    Target(id): Target<WebhookId>,
) -> Result<StatusCode, Error> {
    may(&server, &member, &id.to_string()).await?;
    let deleting = {
        let (server, member) = (server.clone(), member.clone());
        async move {
            record::delete(&server, member, id).await?;
            queue::forget(&server, id).await;
            Ok(())
        }
    };
    audited(&server, &member, &id.to_string(), server.to_the_end(deleting).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a test message now, and says how that ended. It is not sent again.
#[utoipa::path(post, path = "/v1/organizations/{organization}/webhooks/{id}/test", tag = "webhooks", security(("session" = [])),
    params(("organization" = String, Path, description = "The organization's id."), ("id" = String, Path, description = "The webhook's id.")),
    responses(
    (status = 200, description = "How it ended, also where the message was not taken.", body = Delivery),
    (status = 401, description = "Nobody is signed in.", body = Problem),
    (status = 403, description = "The role does not allow it.", body = Problem),
    (status = 404, description = "No such organization or webhook, or not for this caller; or this server sends no webhooks.", body = Problem),
    (status = 429, description = "Other tests are under way.", body = Problem),
))]
pub(crate) async fn test(
    State(server): State<Server>,
    member: Member,
    Target(id): Target<WebhookId>,
) -> Result<Json<Delivery>, Error> {
    may(&server, &member, &id.to_string()).await?;
    let mut connection = server.parts.store.read().await?;
    let found = record::find(&mut connection, &server.parts.subkeys, member.organization.id, id).await?;
    drop(connection);
    let stored = found.ok_or(Error::NotFound)?;
    tested(&server, stored).await.map(Json)
}

#[cfg(feature = "tls")]
async fn tested(server: &Server, stored: record::StoredWebhook) -> Result<Delivery, Error> {
    super::post::test(server, stored).await
}

/// Never called: `may` has answered already.
#[cfg(not(feature = "tls"))]
async fn tested(_: &Server, _: record::StoredWebhook) -> Result<Delivery, Error> {
    Err(Error::NotFound)
}
