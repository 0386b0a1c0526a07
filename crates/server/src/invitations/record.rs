//! Invitations as they are stored: the digest of the token, never the token.

use chrono::{DateTime, Utc};
use keydeck_domain::api::audit::Action;
use keydeck_domain::api::invitations::{INVITATION_PREFIX, Invitation, IssuedInvitation, NewInvitation};
use keydeck_domain::format::random_base62;
use keydeck_domain::key::Person;
use keydeck_domain::{Email, InvitationId, OneTimeToken, OrganizationId, Role, UserId};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::audit::chain::{self, Event};
use crate::auth::member::Member;
use crate::error::Error;
use crate::organizations::record::{self as organizations, OrganizationRecord};
use crate::server::Server;
use crate::store::Writing;
use crate::subkeys::{Subkeys, Tag, same};
use crate::times;

/// 43 base62 characters are 256 bits.
const TOKEN_RANDOM: usize = 43;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT i.*, u.email AS created_by_email FROM invitations i JOIN users u ON u.id = i.created_by WHERE ", $rest)
    };
}

/// An invitation that can be accepted now.
pub(super) struct Waiting {
    pub(super) invitation: Invitation,
    pub(super) organization: OrganizationRecord,
}

/// The invitation of a token, where it can be accepted now. One that is unknown, over, withdrawn or
/// used is none; neither is one whose maker could not make it any more, or whose person is a member.
pub(super) async fn waiting(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    token: &Tag,
    now: DateTime<Utc>,
) -> Result<Option<Waiting>, Error> {
    let row = sqlx::query(select!("i.digest = ?")).bind(token.as_slice()).fetch_optional(&mut *connection).await?;
    let Some((organization, invitation)) = row.map(|row| read(&row, subkeys)).transpose()?.flatten() else { return Ok(None) };
    if invitation.expires_at <= now {
        return Ok(None);
    }
    let maker = organizations::role(connection, subkeys, organization, invitation.created_by.id).await?;
    if !maker.is_some_and(|maker| maker.manages(invitation.role)) {
        return Ok(None);
    }
    if is_member(connection, organization, &invitation.email).await? {
        return Ok(None);
    }
    let organization = organizations::find(connection, organization).await?;
    Ok(organization.map(|organization| Waiting { invitation, organization }))
}

/// All of an organization's invitations, the newest first.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    organization: OrganizationId,
) -> Result<Vec<Invitation>, Error> {
    let rows = sqlx::query(select!("i.organization_id = ? ORDER BY i.created_at DESC, i.id DESC"))
        .bind(organization.0)
        .fetch_all(connection)
        .await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        all.extend(read(row, subkeys)?.map(|(_, invitation)| invitation));
    }
    Ok(all)
}

/// Invites somebody, in place of an invitation that waits for the same address.
pub(super) async fn create(server: &Server, member: &Member, wanted: NewInvitation) -> Result<IssuedInvitation, Error> {
    let parts = &server.parts;
    let mut text = String::with_capacity(INVITATION_PREFIX.len() + TOKEN_RANDOM);
    text.push_str(INVITATION_PREFIX);
    // Exposed to be joined with the prefix into the token.
    text.push_str(random_base62(TOKEN_RANDOM)?.expose());
    let token = OneTimeToken::new(text);
    let organization = member.organization.id;
    let now = times::now();
    let invitation = Invitation {
        id: InvitationId::generate(),
        email: wanted.email,
        role: wanted.role,
        created_at: now,
        created_by: member.person.clone(),
        expires_at: now + parts.config.invitation_life,
    };
    let mut writing = parts.store.write().await?;
    may_manage(&mut writing, &parts.subkeys, member, invitation.role).await?;
    if is_member(&mut writing, organization, &invitation.email).await? {
        return Err(Error::Conflict("this person is a member already"));
    }
    let before = sqlx::query(select!("i.organization_id = ? AND i.email = ?"))
        .bind(organization.0)
        .bind(invitation.email.as_str())
        .fetch_optional(&mut *writing)
        .await?;
    if let Some(row) = before {
        // Nobody withdraws by inviting anew what he could not withdraw. A row that was written from
        // outside stands in nobody's way.
        if let Some((_, before)) = read(&row, &parts.subkeys)? {
            may_manage(&mut writing, &parts.subkeys, member, before.role).await?;
            remove(server, &mut writing, organization, &before, Some(&member.person)).await?;
        } else {
            delete(&mut writing, InvitationId(row.try_get("id")?)).await?;
        }
    }
    let digest = parts.subkeys.invitation_digest(&token);
    sqlx::query(
        "INSERT INTO invitations (id, organization_id, digest, email, role, created_at, created_by, expires_at, mac) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(invitation.id.0)
    .bind(organization.0)
    .bind(digest.as_slice())
    .bind(invitation.email.as_str())
    .bind(invitation.role.as_str())
    .bind(times::stored(invitation.created_at))
    .bind(invitation.created_by.id.0)
    .bind(times::stored(invitation.expires_at))
    .bind(row_mac(&parts.subkeys, organization, &digest, &invitation).as_slice())
    .execute(&mut *writing)
    .await?;
    let event = Event {
        organization,
        actor: Some(&member.person),
        action: Action::InvitationCreated,
        target: invitation.id.to_string(),
        before: None,
        after: Some(recorded(&invitation)),
    };
    parts.audit(&mut writing, event).await?;
    drop(writing.commit().await?);
    Ok(IssuedInvitation { invitation, token })
}

/// Withdraws an invitation.
pub(super) async fn withdraw(server: &Server, member: &Member, id: InvitationId) -> Result<(), Error> {
    let parts = &server.parts;
    let organization = member.organization.id;
    let mut writing = parts.store.write().await?;
    let row = sqlx::query(select!("i.organization_id = ? AND i.id = ?"))
        .bind(organization.0)
        .bind(id.0)
        .fetch_optional(&mut *writing)
        .await?;
    let (_, invitation) = row.map(|row| read(&row, &parts.subkeys)).transpose()?.flatten().ok_or(Error::NotFound)?;
    may_manage(&mut writing, &parts.subkeys, member, invitation.role).await?;
    remove(server, &mut writing, organization, &invitation, Some(&member.person)).await?;
    drop(writing.commit().await?);
    Ok(())
}

/// Takes the row out: from now on the token is unknown.
pub(super) async fn delete(writing: &mut Writing, id: InvitationId) -> Result<(), Error> {
    sqlx::query("DELETE FROM invitations WHERE id = ?").bind(id.0).execute(&mut **writing).await?;
    Ok(())
}

/// Withdraws all of them in a restored backup, with audit entries of the server's own command line: one that was
/// used or withdrawn since would work again.
pub(crate) async fn withdraw_all(connection: &mut SqliteConnection, subkeys: &Subkeys) -> Result<(), Error> {
    for row in sqlx::query(select!("TRUE")).fetch_all(&mut *connection).await? {
        if let Some((organization, invitation)) = read(&row, subkeys)? {
            chain::append(connection, &subkeys.audit, withdrawn(organization, &invitation, None)).await?;
        }
    }
    sqlx::query("DELETE FROM invitations").execute(connection).await?;
    Ok(())
}

fn withdrawn<'a>(organization: OrganizationId, invitation: &Invitation, actor: Option<&'a Person>) -> Event<'a> {
    Event {
        organization,
        actor,
        action: Action::InvitationRevoked,
        target: invitation.id.to_string(),
        before: Some(recorded(invitation)),
        after: None,
    }
}

async fn remove(
    server: &Server,
    writing: &mut Writing,
    organization: OrganizationId,
    invitation: &Invitation,
    actor: Option<&Person>,
) -> Result<(), Error> {
    delete(writing, invitation.id).await?;
    server.parts.audit(writing, withdrawn(organization, invitation, actor)).await
}

/// What the caller is now, within the transaction: he may have been removed since he was let in.
async fn may_manage(writing: &mut Writing, subkeys: &Subkeys, member: &Member, role: Role) -> Result<(), Error> {
    let now = organizations::role(writing, subkeys, member.organization.id, member.person.id).await?.ok_or(Error::NotFound)?;
    if now.manages(role) { Ok(()) } else { Err(Error::Forbidden { missing: None }) }
}

async fn is_member(connection: &mut SqliteConnection, organization: OrganizationId, email: &Email) -> Result<bool, Error> {
    let found = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM members m JOIN users u ON u.id = m.user_id WHERE m.organization_id = ? AND u.email = ?)",
    );
    Ok(found.bind(organization.0).bind(email.as_str()).fetch_one(connection).await?)
}

/// The row, with its organization; none where it was written from outside.
fn read(row: &SqliteRow, subkeys: &Subkeys) -> Result<Option<(OrganizationId, Invitation)>, Error> {
    let id = InvitationId(row.try_get("id")?);
    let organization = OrganizationId(row.try_get("organization_id")?);
    let (digest, mac): (Vec<u8>, Vec<u8>) = (row.try_get("digest")?, row.try_get("mac")?);
    if let Some(invitation) = decode(row, id)?
        && same(&mac, &row_mac(subkeys, organization, &digest, &invitation))
    {
        return Ok(Some((organization, invitation)));
    }
    tracing::error!(alert = true, %organization, invitation = %id, "an invitation was changed from outside: it is not served");
    Ok(None)
}

fn decode(row: &SqliteRow, id: InvitationId) -> Result<Option<Invitation>, Error> {
    let email = row.try_get::<String, _>("email")?.parse().ok();
    let role = row.try_get::<String, _>("role")?.parse().ok();
    let maker = row.try_get::<String, _>("created_by_email")?.parse().ok();
    let (Some(email), Some(role), Some(maker)) = (email, role, maker) else { return Ok(None) };
    Ok(Some(Invitation {
        id,
        email,
        role,
        created_at: times::read(row.try_get("created_at")?)?,
        created_by: Person { id: UserId(row.try_get("created_by")?), email: maker },
        expires_at: times::read(row.try_get("expires_at")?)?,
    }))
}

/// Covers all that decides what the token is good for, and who answers for it.
fn row_mac(subkeys: &Subkeys, organization: OrganizationId, digest: &[u8], invitation: &Invitation) -> Tag {
    subkeys.row.over(
        "invitation",
        &[
            invitation.id.as_bytes(),
            organization.as_bytes(),
            digest,
            invitation.email.as_str().as_bytes(),
            invitation.role.as_str().as_bytes(),
            &times::stored(invitation.created_at).to_be_bytes(),
            invitation.created_by.id.as_bytes(),
            &times::stored(invitation.expires_at).to_be_bytes(),
        ],
    )
}

fn recorded(invitation: &Invitation) -> serde_json::Value {
    json!({ "email": invitation.email, "role": invitation.role, "expires_at": invitation.expires_at })
}
