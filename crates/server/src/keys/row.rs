//! A key's row. It is read in one place, here, and never without its MAC being checked: a row that
//! was written from outside is neither served nor changed, and so never authenticated anew.

use chrono::{DateTime, Utc};
use keydeck_domain::api::verify::VerifiedKey;
use keydeck_domain::key::{Metadata, Person};
use keydeck_domain::{
    AddressRange, Dialect, Environment, Hint, Key, KeyId, KeyKind, KeyStatus, Name, Note, OrganizationId, Scopes, UserId,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use std::sync::Arc;

use crate::error::Error;
use crate::subkeys::{Subkeys, Tag, same};
use crate::times;
use crate::verify::index::Entry;
use crate::verify::last_used::LastUsed;

/// A key as it is stored.
#[derive(Clone, PartialEq)]
pub(crate) struct KeyRow {
    pub(crate) organization: OrganizationId,
    /// The organization's, read with the row, not kept in it.
    pub(crate) dialect: Dialect,
    pub(crate) id: KeyId,
    /// `HMAC(digest key, SHA-256(secret))`.
    pub(crate) digest: Tag,
    pub(crate) hint: Hint,
    pub(crate) name: Name,
    pub(crate) environment: Environment,
    pub(crate) kind: KeyKind,
    pub(crate) scopes: Scopes,
    pub(crate) note: Note,
    pub(crate) metadata: Metadata,
    pub(crate) allowed_addresses: Vec<AddressRange>,
    pub(crate) enabled: bool,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) created_by: Person,
    /// Whether the membership of who made it is gone; read with the row, not kept in it.
    pub(crate) creator_left: bool,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    pub(crate) version: u32,
    /// What a repeated request to make it is recognised by.
    pub(crate) creation: Tag,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT k.*, u.email, o.dialect, m.user_id IS NULL AS creator_left FROM keys k JOIN users u ON u.id = k.created_by \
             JOIN organizations o ON o.id = k.organization_id \
             LEFT JOIN members m ON m.organization_id = k.organization_id AND m.user_id = k.created_by ",
            $rest
        )
    };
}
pub(crate) use select;

/// The row of a key, authenticated.
pub(crate) async fn find(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    organization: OrganizationId,
    id: KeyId,
) -> Result<Option<KeyRow>, Error> {
    let row = sqlx::query(select!("WHERE k.organization_id = ? AND k.id = ?"))
        .bind(organization.0)
        .bind(id.0)
        .fetch_optional(connection)
        .await?;
    row.map(|row| KeyRow::from_row(&row, subkeys)).transpose()
}

/// Rows of every organization after a key, good or bad: for the index, a batch at a time.
pub(crate) async fn load(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    after: (OrganizationId, KeyId),
    limit: u32,
) -> Result<Vec<(OrganizationId, KeyId, Result<KeyRow, Error>)>, Error> {
    let rows = sqlx::query(select!("WHERE (k.organization_id, k.id) > (?, ?) ORDER BY k.organization_id, k.id LIMIT ?"))
        .bind(after.0.0)
        .bind(after.1.0)
        .bind(limit)
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let (organization, id) = (row.try_get("organization_id")?, row.try_get("id")?);
            Ok((OrganizationId(organization), KeyId(id), KeyRow::from_row(row, subkeys)))
        })
        .collect()
}

impl KeyRow {
    pub(crate) fn from_row(row: &SqliteRow, subkeys: &Subkeys) -> Result<Self, Error> {
        let id = KeyId(row.try_get("id")?);
        let damaged = || Error::Damaged(format!("the row of key {id} is not as it was written"));
        // Also what can't be decoded at all was not written by this server.
        let read = Self::decode(row, id).map_err(|_| damaged())?;
        let mac: Vec<u8> = row.try_get("mac").map_err(|_| damaged())?;
        if same(&mac, &read.mac(subkeys)) { Ok(read) } else { Err(damaged()) }
    }

    fn decode(row: &SqliteRow, id: KeyId) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let text = |column: &str| row.try_get::<String, _>(column);
        let time = |column: &str| -> Result<Option<DateTime<Utc>>, Box<dyn std::error::Error + Send + Sync>> {
            Ok(row.try_get::<Option<i64>, _>(column)?.map(times::read).transpose()?)
        };
        let tag = |column: &str| -> Result<Tag, Box<dyn std::error::Error + Send + Sync>> {
            Ok(row.try_get::<Vec<u8>, _>(column)?.try_into().map_err(|_| "32 bytes")?)
        };
        Ok(Self {
            organization: OrganizationId(row.try_get("organization_id")?),
            dialect: text("dialect")?.parse()?,
            id,
            digest: tag("digest")?,
            hint: text("hint")?.parse()?,
            name: text("name")?.parse()?,
            environment: text("environment")?.parse()?,
            kind: serde_json::from_value(text("kind")?.into())?,
            scopes: text("scopes")?.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>()?,
            note: text("note")?.parse()?,
            metadata: serde_json::from_str(&text("metadata")?)?,
            allowed_addresses: text("allowed_addresses")?.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>()?,
            enabled: row.try_get("enabled")?,
            expires_at: time("expires_at")?,
            revoked_at: time("revoked_at")?,
            created_at: times::read(row.try_get("created_at")?)?,
            created_by: Person { id: UserId(row.try_get("created_by")?), email: text("email")?.parse()? },
            creator_left: row.try_get("creator_left")?,
            updated_at: times::read(row.try_get("updated_at")?)?,
            last_used_at: time("last_used_at")?,
            version: row.try_get("version")?,
            creation: tag("creation")?,
        })
    }

    /// Covers all that decides what the key may do, and what makes it this key.
    fn mac(&self, subkeys: &Subkeys) -> Tag {
        let optional = |at: Option<DateTime<Utc>>| at.map_or_else(Vec::new, |at| times::stored(at).to_be_bytes().to_vec());
        subkeys.row.over(
            "key",
            &[
                self.id.as_bytes(),
                self.organization.as_bytes(),
                &self.digest,
                self.hint.to_string().as_bytes(),
                self.scopes.spaced().as_bytes(),
                self.environment.as_str().as_bytes(),
                kind_word(self.kind).as_bytes(),
                self.stored_addresses().as_bytes(),
                self.stored_metadata().as_bytes(),
                &optional(self.expires_at),
                &[u8::from(self.enabled)],
                &optional(self.revoked_at),
                self.created_by.id.as_bytes(),
                &self.creation,
                &self.version.to_be_bytes(),
            ],
        )
    }

    fn stored_addresses(&self) -> String {
        self.allowed_addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    fn stored_metadata(&self) -> String {
        serde_json::to_string(&self.metadata).expect("a map of texts is always JSON")
    }

    /// What a search looks through, in lower case; the parts are kept apart by a mark that no search
    /// can hold, because names and notes can't.
    fn search(&self) -> String {
        [self.name.as_str(), &self.hint.to_string(), self.note.as_str(), &self.scopes.spaced(), self.created_by.email.as_str()]
            .join("\u{1f}")
            .to_lowercase()
    }

    /// Adds the row. A unique violation says that the id or the digest is known.
    pub(crate) async fn insert(&self, connection: &mut SqliteConnection, subkeys: &Subkeys) -> Result<(), sqlx::Error> {
        sqlx::query(
            "INSERT INTO keys (organization_id, id, digest, hint, name, environment, kind, scopes, note, metadata, \
             allowed_addresses, enabled, expires_at, revoked_at, created_at, created_by, updated_at, last_used_at, version, \
             creation, name_key, search, mac) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(self.organization.0)
        .bind(self.id.0)
        .bind(self.digest.as_slice())
        .bind(self.hint.to_string())
        .bind(self.name.as_str())
        .bind(self.environment.as_str())
        .bind(kind_word(self.kind))
        .bind(self.scopes.spaced())
        .bind(self.note.as_str())
        .bind(self.stored_metadata())
        .bind(self.stored_addresses())
        .bind(self.enabled)
        .bind(self.expires_at.map(times::stored))
        .bind(self.revoked_at.map(times::stored))
        .bind(times::stored(self.created_at))
        .bind(self.created_by.id.0)
        .bind(times::stored(self.updated_at))
        .bind(self.last_used_at.map(times::stored))
        .bind(self.version)
        .bind(self.creation.as_slice())
        .bind(self.name.as_str().to_lowercase())
        .bind(self.search())
        .bind(self.mac(subkeys).as_slice())
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Writes what can be changed over the row of the version before.
    pub(super) async fn update(&self, connection: &mut SqliteConnection, subkeys: &Subkeys) -> Result<(), Error> {
        let changed = sqlx::query(
            "UPDATE keys SET name = ?, scopes = ?, note = ?, metadata = ?, allowed_addresses = ?, enabled = ?, expires_at = ?, \
             revoked_at = ?, updated_at = ?, version = ?, name_key = ?, search = ?, mac = ? \
             WHERE organization_id = ? AND id = ? AND version = ?",
        )
        .bind(self.name.as_str())
        .bind(self.scopes.spaced())
        .bind(self.note.as_str())
        .bind(self.stored_metadata())
        .bind(self.stored_addresses())
        .bind(self.enabled)
        .bind(self.expires_at.map(times::stored))
        .bind(self.revoked_at.map(times::stored))
        .bind(times::stored(self.updated_at))
        .bind(self.version)
        .bind(self.name.as_str().to_lowercase())
        .bind(self.search())
        .bind(self.mac(subkeys).as_slice())
        .bind(self.organization.0)
        .bind(self.id.0)
        .bind(self.version - 1)
        .execute(connection)
        .await?;
        if changed.rows_affected() == 1 {
            Ok(())
        } else {
            Err(Error::Internal(format!("key {} was changed within its own transaction", self.id)))
        }
    }

    /// As it is answered. The time of last use may be known later than it is written.
    pub(crate) fn seen(self, now: DateTime<Utc>, used: Option<DateTime<Utc>>) -> Key {
        Key {
            status: KeyStatus::of(self.revoked_at.is_some(), self.expires_at, self.enabled, now),
            id: self.id,
            organization_id: self.organization,
            name: self.name,
            environment: self.environment,
            kind: self.kind,
            hint: self.hint,
            scopes: self.scopes,
            note: self.note,
            metadata: self.metadata,
            allowed_addresses: self.allowed_addresses,
            enabled: self.enabled,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            created_at: self.created_at,
            created_by: self.created_by,
            creator_left: self.creator_left,
            updated_at: self.updated_at,
            last_used_at: self.last_used_at.max(used),
            version: self.version,
        }
    }

    /// As a verification looks at it.
    pub(crate) fn entry(&self, last_used: Arc<LastUsed>) -> Entry {
        let key = VerifiedKey {
            id: self.id,
            organization_id: self.organization,
            name: self.name.clone(),
            environment: self.environment,
            kind: self.kind,
            scopes: self.scopes.clone(),
            metadata: self.metadata.clone(),
            expires_at: self.expires_at,
        };
        let json = serde_json::to_vec(&key).expect("a key's maps have texts for names");
        Entry {
            json: json.into(),
            key,
            dialect: self.dialect,
            hint: self.hint.clone(),
            allowed_addresses: self.allowed_addresses.clone(),
            enabled: self.enabled,
            revoked: self.revoked_at.is_some(),
            last_used,
        }
    }
}

/// The word as it stands on the wire and in the store.
pub(super) fn kind_word(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Secret => "secret",
        KeyKind::Publishable => "publishable",
    }
}
