//! Webhooks as they are stored, each in an authenticated row: who can write into the database can't have the
//! alerts sent elsewhere.

use chrono::{DateTime, Utc};
use keydeck_domain::api::audit::Action;
use keydeck_domain::api::webhooks::{NewWebhook, WEBHOOKS_MAX, Webhook};
use keydeck_domain::key::Person;
use keydeck_domain::{Name, OrganizationId, Permission, WebhookId};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::target::{self, Target};
use crate::audit::chain::{self, Event};
use crate::auth::member::Member;
use crate::error::Error;
use crate::server::Server;
use crate::subkeys::{Subkeys, Tag, same};
use crate::times;

/// A webhook's row, authenticated.
pub(crate) struct StoredWebhook {
    pub(crate) organization: OrganizationId,
    pub(crate) id: WebhookId,
    pub(crate) name: Name,
    pub(crate) target: Target,
    pub(crate) created_at: DateTime<Utc>,
}

impl StoredWebhook {
    fn from_row(row: &SqliteRow, subkeys: &Subkeys) -> Result<Self, Error> {
        let id = WebhookId(row.try_get("id")?);
        let damaged = || Error::Damaged(format!("the row of webhook {id} is not as it was written"));
        let stored = Self {
            organization: OrganizationId(row.try_get("organization_id")?),
            id,
            name: row.try_get::<String, _>("name")?.parse().map_err(|_| damaged())?,
            target: Target::read(&row.try_get::<String, _>("url")?).map_err(|_| damaged())?,
            created_at: times::read(row.try_get("created_at")?)?,
        };
        let mac: Vec<u8> = row.try_get("mac")?;
        if same(&mac, &stored.mac(subkeys)) { Ok(stored) } else { Err(damaged()) }
    }

    fn mac(&self, subkeys: &Subkeys) -> Tag {
        let url = self.target.as_str().as_bytes();
        let created = times::stored(self.created_at).to_be_bytes();
        subkeys.row.over("webhook", &[self.organization.as_bytes(), self.id.as_bytes(), url, &created])
    }

    /// As it is answered before anything was sent.
    pub(crate) fn shown(self) -> Webhook {
        Webhook {
            id: self.id,
            name: self.name,
            url: self.target.as_str().to_owned(),
            created_at: self.created_at,
            last: None,
            waiting: 0,
        }
    }

    /// What the audit log tells: who is called, but not the path, which can be a secret.
    fn recorded(&self) -> serde_json::Value {
        json!({ "name": self.name, "host": self.target.authority() })
    }

    fn deleted_by<'a>(&self, actor: Option<&'a Person>) -> Event<'a> {
        Event {
            organization: self.organization,
            actor,
            action: Action::WebhookRevoked,
            target: self.id.to_string(),
            before: Some(self.recorded()),
            after: None,
        }
    }
}

/// Every row of every organization, good or bad.
pub(crate) async fn load(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
) -> Result<Vec<Result<StoredWebhook, Error>>, Error> {
    let rows = sqlx::query("SELECT * FROM webhooks").fetch_all(connection).await?;
    Ok(rows.iter().map(|row| StoredWebhook::from_row(row, subkeys)).collect())
}

/// Which there are, good or bad; `None` in a database from before there were any.
pub(crate) async fn ids(connection: &mut SqliteConnection) -> Result<Option<Vec<(OrganizationId, WebhookId)>>, Error> {
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'webhooks')")
        .fetch_one(&mut *connection)
        .await?;
    if !known {
        return Ok(None);
    }
    let rows = sqlx::query("SELECT organization_id, id FROM webhooks").fetch_all(connection).await?;
    let id = |row: &SqliteRow| Ok((OrganizationId(row.try_get("organization_id")?), WebhookId(row.try_get("id")?)));
    rows.iter().map(id).collect::<Result<_, Error>>().map(Some)
}

/// An organization's webhooks, newest first.
pub(crate) async fn list(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    organization: OrganizationId,
) -> Result<Vec<StoredWebhook>, Error> {
    let rows = sqlx::query("SELECT * FROM webhooks WHERE organization_id = ? ORDER BY created_at DESC, id DESC")
        .bind(organization.0)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| StoredWebhook::from_row(row, subkeys)).collect()
}

/// One of them; `None` where there is none any more.
pub(crate) async fn find(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Option<StoredWebhook>, Error> {
    let row = sqlx::query("SELECT * FROM webhooks WHERE organization_id = ? AND id = ?")
        .bind(organization.0)
        .bind(id.0)
        .fetch_optional(connection)
        .await?;
    row.map(|row| StoredWebhook::from_row(&row, subkeys)).transpose()
}

/// Who asks, as he is now within the change's own transaction.
async fn manager(connection: &mut SqliteConnection, subkeys: &Subkeys, member: Member) -> Result<Member, Error> {
    let member = member.asked_again(connection, subkeys).await?;
    if member.role.may(Permission::ManageWebhooks) { Ok(member) } else { Err(Error::Forbidden { missing: None }) }
}

/// Makes a webhook.
pub(super) async fn create(server: &Server, member: Member, wanted: NewWebhook) -> Result<StoredWebhook, Error> {
    let parts = &server.parts;
    let target = target::wanted(&wanted.url, &parts.config.webhooks.networks)?;
    let mut writing = parts.store.write().await?;
    let member = manager(&mut writing, &parts.subkeys, member).await?;
    let stored = StoredWebhook {
        organization: member.organization.id,
        id: WebhookId::generate(),
        name: wanted.name,
        target,
        created_at: times::now(),
    };
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM webhooks WHERE organization_id = ?")
        .bind(stored.organization.0)
        .fetch_one(&mut *writing)
        .await?;
    if usize::try_from(count).is_ok_and(|count| count >= WEBHOOKS_MAX) {
        return Err(Error::Conflict("an organization has at most 20 webhooks: delete one first"));
    }
    sqlx::query("INSERT INTO webhooks (organization_id, id, name, url, created_at, mac) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(stored.organization.0)
        .bind(stored.id.0)
        .bind(stored.name.as_str())
        .bind(stored.target.as_str())
        .bind(times::stored(stored.created_at))
        .bind(stored.mac(&parts.subkeys).as_slice())
        .execute(&mut *writing)
        .await?;
    let event = Event {
        organization: stored.organization,
        actor: Some(&member.person),
        action: Action::WebhookCreated,
        target: stored.id.to_string(),
        before: None,
        after: Some(stored.recorded()),
    };
    parts.audit(&mut writing, event).await?;
    drop(writing.commit().await?);
    Ok(stored)
}

/// Deletes a webhook: from now on nothing is sent to it, also of what waits.
pub(super) async fn delete(server: &Server, member: Member, id: WebhookId) -> Result<(), Error> {
    let parts = &server.parts;
    let mut writing = parts.store.write().await?;
    let member = manager(&mut writing, &parts.subkeys, member).await?;
    let found = find(&mut writing, &parts.subkeys, member.organization.id, id).await?;
    let stored = found.ok_or(Error::NotFound)?;
    remove(&mut writing, &stored).await?;
    parts.audit(&mut writing, stored.deleted_by(Some(&member.person))).await?;
    drop(writing.commit().await?);
    Ok(())
}

async fn remove(connection: &mut SqliteConnection, stored: &StoredWebhook) -> Result<(), Error> {
    sqlx::query("DELETE FROM webhooks WHERE organization_id = ? AND id = ?")
        .bind(stored.organization.0)
        .bind(stored.id.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes in a restored backup what was deleted since, with audit entries of the server's own command line:
/// alerts would be sent again to somebody who was cut off. `before` are those that there were at last.
pub(crate) async fn delete_again(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    before: &[(OrganizationId, WebhookId)],
) -> Result<(), Error> {
    for stored in load(connection, subkeys).await?.into_iter().flatten() {
        if !before.contains(&(stored.organization, stored.id)) {
            remove(connection, &stored).await?;
            chain::append(connection, &subkeys.audit, stored.deleted_by(None)).await?;
        }
    }
    Ok(())
}
