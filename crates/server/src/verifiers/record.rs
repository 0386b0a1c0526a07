//! Verifiers as they are stored: the digest of the secret, in an authenticated row.

use chrono::{DateTime, Utc};
use keydeck_domain::api::audit::Action;
use keydeck_domain::api::verifiers::{IssuedVerifier, Verifier};
use keydeck_domain::format::random_base62;
use keydeck_domain::key::Person;
use keydeck_domain::{Name, OrganizationId, Permission, Secret, UserId, VerifierId};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::audit::chain::{self, Event};
use crate::auth::member::Member;
use crate::auth::verifier::{AskingVerifier, VERIFIER_PREFIX};
use crate::error::Error;
use crate::server::Server;
use crate::subkeys::{Subkeys, Tag, same};
use crate::times;

/// 43 base62 characters are 256 bits.
const RANDOM: usize = 43;

/// A verifier's row, authenticated.
pub(crate) struct StoredVerifier {
    pub(crate) organization: OrganizationId,
    pub(crate) digest: Tag,
    pub(crate) verifier: Verifier,
}

impl StoredVerifier {
    fn from_row(row: &SqliteRow, subkeys: &Subkeys) -> Result<Self, Error> {
        let id = VerifierId(row.try_get("id")?);
        let damaged = || Error::Damaged(format!("the row of verifier {id} is not as it was written"));
        let stored = Self {
            organization: OrganizationId(row.try_get("organization_id")?),
            digest: row.try_get::<Vec<u8>, _>("digest")?.try_into().map_err(|_| damaged())?,
            verifier: Verifier {
                id,
                name: row.try_get::<String, _>("name")?.parse().map_err(|_| damaged())?,
                created_at: times::read(row.try_get("created_at")?)?,
                created_by: Person {
                    id: UserId(row.try_get("created_by")?),
                    email: row.try_get::<String, _>("email")?.parse().map_err(|_| damaged())?,
                },
                revoked_at: row.try_get::<Option<i64>, _>("revoked_at")?.map(times::read).transpose()?,
            },
        };
        let mac: Vec<u8> = row.try_get("mac")?;
        if same(&mac, &stored.mac(subkeys)) { Ok(stored) } else { Err(damaged()) }
    }

    fn mac(&self, subkeys: &Subkeys) -> Tag {
        let revoked = self.verifier.revoked_at.map_or(0, times::stored);
        subkeys
            .row
            .over("verifier", &[self.organization.as_bytes(), self.verifier.id.as_bytes(), &self.digest, &revoked.to_be_bytes()])
    }

    /// Adds the row.
    pub(crate) async fn insert(&self, connection: &mut SqliteConnection, subkeys: &Subkeys) -> Result<(), Error> {
        let verifier = &self.verifier;
        sqlx::query(
            "INSERT INTO verifiers (organization_id, id, digest, name, created_at, created_by, revoked_at, mac) \
             VALUES (?, ?, ?, ?, ?, ?, NULL, ?)",
        )
        .bind(self.organization.0)
        .bind(verifier.id.0)
        .bind(self.digest.as_slice())
        .bind(verifier.name.as_str())
        .bind(times::stored(verifier.created_at))
        .bind(verifier.created_by.id.0)
        .bind(self.mac(subkeys).as_slice())
        .execute(connection)
        .await?;
        Ok(())
    }

    /// That it was made.
    pub(crate) fn created(&self) -> Event<'_> {
        Event {
            organization: self.organization,
            actor: Some(&self.verifier.created_by),
            action: Action::VerifierCreated,
            target: self.verifier.id.to_string(),
            before: None,
            after: Some(json!({ "name": self.verifier.name })),
        }
    }

    /// Writes that it is revoked.
    async fn revoke(&mut self, connection: &mut SqliteConnection, subkeys: &Subkeys, at: DateTime<Utc>) -> Result<(), Error> {
        self.verifier.revoked_at = Some(at);
        sqlx::query("UPDATE verifiers SET revoked_at = ?, mac = ? WHERE organization_id = ? AND id = ?")
            .bind(times::stored(at))
            .bind(self.mac(subkeys).as_slice())
            .bind(self.organization.0)
            .bind(self.verifier.id.0)
            .execute(connection)
            .await?;
        Ok(())
    }

    fn revoked_by<'a>(&self, actor: Option<&'a Person>) -> Event<'a> {
        Event {
            organization: self.organization,
            actor,
            action: Action::VerifierRevoked,
            target: self.verifier.id.to_string(),
            before: None,
            after: None,
        }
    }

    /// What the index holds of it.
    pub(crate) fn asking(&self) -> AskingVerifier {
        AskingVerifier { organization: self.organization }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT v.*, u.email FROM verifiers v JOIN users u ON u.id = v.created_by ", $rest)
    };
}

/// Every row of every organization, good or bad, each with its id.
pub(crate) async fn load(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
) -> Result<Vec<Result<StoredVerifier, Error>>, Error> {
    let rows = sqlx::query(select!("")).fetch_all(connection).await?;
    Ok(rows.iter().map(|row| StoredVerifier::from_row(row, subkeys)).collect())
}

/// An organization's verifiers, newest first.
pub(crate) async fn list(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    organization: OrganizationId,
) -> Result<Vec<Verifier>, Error> {
    let rows = sqlx::query(select!("WHERE v.organization_id = ? ORDER BY v.created_at DESC, v.id DESC"))
        .bind(organization.0)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| StoredVerifier::from_row(row, subkeys).map(|stored| stored.verifier)).collect()
}

async fn find(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    organization: OrganizationId,
    id: VerifierId,
) -> Result<Option<StoredVerifier>, Error> {
    let row = sqlx::query(select!("WHERE v.organization_id = ? AND v.id = ?"))
        .bind(organization.0)
        .bind(id.0)
        .fetch_optional(connection)
        .await?;
    row.map(|row| StoredVerifier::from_row(&row, subkeys)).transpose()
}

/// Who asks for a change.
pub(crate) enum Asking {
    /// A member, who is asked again within the change's own transaction.
    Member(Member),
    /// The server's own command line, on behalf of a person.
    CommandLine(OrganizationId, Person),
}

impl Asking {
    /// Whose verifiers, and who changes them; refuses a member who may not any more: between the first look
    /// and the change he may have been removed, and a body can be a long time on its way.
    async fn now(self, connection: &mut SqliteConnection, subkeys: &Subkeys) -> Result<(OrganizationId, Person), Error> {
        match self {
            Self::CommandLine(organization, person) => Ok((organization, person)),
            Self::Member(member) => {
                let member = member.asked_again(connection, subkeys).await?;
                if !member.role.may(Permission::ManageVerifiers) {
                    return Err(Error::Forbidden { missing: None });
                }
                Ok((member.organization.id, member.person))
            }
        }
    }
}

/// Makes a verifier. Its secret is told once.
pub(crate) async fn create(server: &Server, name: Name, asking: Asking) -> Result<IssuedVerifier, Error> {
    let mut text = String::with_capacity(VERIFIER_PREFIX.len() + RANDOM);
    text.push_str(VERIFIER_PREFIX);
    // Exposed to be joined with the prefix.
    text.push_str(random_base62(RANDOM)?.expose());
    let secret = Secret::new(text);
    let server = server.clone();
    server
        .clone()
        .to_the_end(async move {
            let parts = &server.parts;
            let mut writing = parts.store.write().await?;
            let (organization, by) = asking.now(&mut writing, &parts.subkeys).await?;
            let stored = StoredVerifier {
                organization,
                digest: parts.subkeys.verifier_digest(&secret),
                verifier: Verifier {
                    id: VerifierId::generate(),
                    name,
                    created_at: times::now(),
                    created_by: by,
                    revoked_at: None,
                },
            };
            stored.insert(&mut writing, &parts.subkeys).await?;
            parts.audit(&mut writing, stored.created()).await?;
            let turn = writing.commit().await?;
            parts.verifiers.insert(stored.digest, stored.asking());
            drop(turn);
            Ok(IssuedVerifier { verifier: stored.verifier, secret })
        })
        .await
}

/// Revokes a verifier for good. A second time changes nothing.
pub(crate) async fn revoke(server: &Server, id: VerifierId, asking: Asking) -> Result<(), Error> {
    let server = server.clone();
    server
        .clone()
        .to_the_end(async move {
            let parts = &server.parts;
            let mut writing = parts.store.write().await?;
            let (organization, by) = asking.now(&mut writing, &parts.subkeys).await?;
            let found = find(&mut writing, &parts.subkeys, organization, id).await?;
            let mut stored = found.ok_or(Error::NotFound)?;
            if stored.verifier.revoked_at.is_some() {
                return Ok(());
            }
            stored.revoke(&mut writing, &parts.subkeys, times::now()).await?;
            parts.audit(&mut writing, stored.revoked_by(Some(&by))).await?;
            let turn = writing.commit().await?;
            parts.verifiers.remove(&stored.digest);
            drop(turn);
            Ok(())
        })
        .await
}

/// Revokes it in a restored backup as it was in the database of before, with an audit entry of the server's own
/// command line; says whether it had to. One that is not there proves nothing anyway.
pub(crate) async fn revoke_again(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    revoked: &StoredVerifier,
) -> Result<bool, Error> {
    let Some(at) = revoked.verifier.revoked_at else { return Ok(false) };
    let found = find(connection, subkeys, revoked.organization, revoked.verifier.id).await?;
    let Some(mut stored) = found.filter(|stored| stored.verifier.revoked_at.is_none()) else { return Ok(false) };
    stored.revoke(connection, subkeys, at).await?;
    chain::append(connection, &subkeys.audit, stored.revoked_by(None)).await?;
    Ok(true)
}
