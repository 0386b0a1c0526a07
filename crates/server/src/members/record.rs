//! Memberships as they are written. What is read of them to let somebody in stands in
//! [`crate::organizations::record::role`].

use keydeck_domain::api::audit::Action;
use keydeck_domain::api::members::Member;
use keydeck_domain::api::sessions::User;
use keydeck_domain::key::Person;
use keydeck_domain::{OrganizationId, Role, UserId};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::audit::chain::Event;
use crate::error::Error;
use crate::organizations::record::{member_mac, role};
use crate::server::Parts;
use crate::store::Writing;
use crate::subkeys::{Subkeys, same};
use crate::times;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT m.role, m.mac, m.joined_at, u.id, u.email, u.name, (SELECT count(*) FROM keys k \
             WHERE k.organization_id = m.organization_id AND k.created_by = m.user_id AND k.revoked_at IS NULL) AS keys \
             FROM members m JOIN users u ON u.id = m.user_id WHERE m.organization_id = ? ",
            $rest
        )
    };
}

/// The members of an organization, by e-mail. One whose row was written from outside is left out: he is
/// none.
pub(crate) async fn list(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    organization: OrganizationId,
) -> Result<Vec<Member>, Error> {
    let rows = sqlx::query(select!("ORDER BY u.email")).bind(organization.0).fetch_all(connection).await?;
    let mut members = Vec::with_capacity(rows.len());
    for row in &rows {
        members.extend(read(row, subkeys, organization)?);
    }
    Ok(members)
}

/// One member.
pub(crate) async fn find(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Member>, Error> {
    let row = sqlx::query(select!("AND m.user_id = ?")).bind(organization.0).bind(user.0).fetch_optional(connection).await?;
    match row {
        Some(row) => read(&row, subkeys, organization),
        None => Ok(None),
    }
}

fn read(row: &SqliteRow, subkeys: &Subkeys, organization: OrganizationId) -> Result<Option<Member>, Error> {
    let id = UserId(row.try_get("id")?);
    let damaged = |_| Error::Damaged(format!("the row of person {id} can't be read"));
    let mac: Vec<u8> = row.try_get("mac")?;
    let role = row.try_get::<String, _>("role")?.parse::<Role>().ok();
    let Some(role) = role.filter(|role| same(&mac, &member_mac(subkeys, organization, id, *role))) else {
        tracing::error!(alert = true, %organization, user = %id, "a membership was changed from outside: it is not served");
        return Ok(None);
    };
    Ok(Some(Member {
        user: User {
            id,
            email: row.try_get::<String, _>("email")?.parse().map_err(damaged)?,
            name: row.try_get::<String, _>("name")?.parse().map_err(damaged)?,
        },
        role,
        joined_at: times::read(row.try_get("joined_at")?)?,
        keys: row.try_get("keys")?,
    }))
}

/// Makes a person a member, or gives a member another role, with its audit entry. `actor` is who did
/// it; `None` for the server's own command line.
pub(crate) async fn put(
    parts: &Parts,
    writing: &mut Writing,
    organization: OrganizationId,
    user: &Person,
    to: Role,
    actor: Option<&Person>,
) -> Result<(), Error> {
    let from = role(writing, &parts.subkeys, organization, user.id).await?;
    if from == Some(to) {
        return Ok(());
    }
    if from == Some(Role::Owner) {
        another_owner(writing, &parts.subkeys, organization, user.id).await?;
    }
    sqlx::query(
        "INSERT INTO members (organization_id, user_id, role, joined_at, mac) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (organization_id, user_id) DO UPDATE SET role = excluded.role, mac = excluded.mac",
    )
    .bind(organization.0)
    .bind(user.id.0)
    .bind(to.as_str())
    .bind(times::stored(times::now()))
    .bind(member_mac(&parts.subkeys, organization, user.id, to).as_slice())
    .execute(&mut **writing)
    .await?;
    if from.is_none() {
        // An invitation that still waits for him is used up: when he is removed it must not let him in again.
        sqlx::query("DELETE FROM invitations WHERE organization_id = ? AND email = ?")
            .bind(organization.0)
            .bind(user.email.as_str())
            .execute(&mut **writing)
            .await?;
    }
    let event = Event {
        organization,
        actor,
        action: if from.is_some() { Action::MemberUpdated } else { Action::MemberAdded },
        target: user.id.to_string(),
        before: from.map(|role| json!({ "role": role })),
        after: Some(if from.is_some() { json!({ "role": to }) } else { json!({ "email": user.email, "role": to }) }),
    };
    parts.audit(writing, event).await
}

/// Takes a membership away, with its audit entry. The keys that he made stay as they are.
pub(crate) async fn remove(
    parts: &Parts,
    writing: &mut Writing,
    organization: OrganizationId,
    member: &Member,
    actor: &Person,
) -> Result<(), Error> {
    let User { id, email, .. } = &member.user;
    if member.role == Role::Owner {
        another_owner(writing, &parts.subkeys, organization, *id).await?;
    }
    sqlx::query("DELETE FROM members WHERE organization_id = ? AND user_id = ?")
        .bind(organization.0)
        .bind(id.0)
        .execute(&mut **writing)
        .await?;
    let event = Event {
        organization,
        actor: Some(actor),
        action: Action::MemberRemoved,
        target: id.to_string(),
        before: Some(json!({ "email": email, "role": member.role })),
        after: None,
    };
    parts.audit(writing, event).await
}

/// Refuses where this is the last owner. A row that was written from outside makes nobody an owner, so
/// it does not count either.
async fn another_owner(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    organization: OrganizationId,
    but: UserId,
) -> Result<(), Error> {
    let owners = list(connection, subkeys, organization).await?.into_iter().filter(|member| member.role == Role::Owner);
    if owners.map(|owner| owner.user.id).any(|id| id != but) { Ok(()) } else { Err(Error::LastOwner) }
}
