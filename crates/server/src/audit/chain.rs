//! How an entry is added: its MAC covers the one before it, and the head row, written last, says how
//! long the chain is, so that a cut tail is seen.

use chrono::{DateTime, Utc};
use keydeck_domain::OrganizationId;
use keydeck_domain::api::audit::{Action, AuditEntry};
use keydeck_domain::key::Person;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::Error;
use crate::subkeys::{MacKey, Tag, same};
use crate::times;

/// What stands before the first entry.
pub(crate) const BEGINNING: Tag = [0; 32];

/// What is to be written.
pub(crate) struct Event<'a> {
    pub(crate) organization: OrganizationId,
    /// `None` for the server's own command line.
    pub(crate) actor: Option<&'a Person>,
    pub(crate) action: Action,
    pub(crate) target: String,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

/// The end of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) sequence: u32,
    pub(crate) entry_mac: Tag,
}

/// An entry as it is stored.
pub(crate) struct StoredEntry {
    pub(crate) sequence: u32,
    at: i64,
    actor_id: Option<Vec<u8>>,
    actor_email: Option<String>,
    action: String,
    target: String,
    before: Option<String>,
    after: Option<String>,
    pub(crate) mac: Vec<u8>,
}

/// Adds an entry, in the transaction of the change that it tells of.
pub(crate) async fn append(connection: &mut SqliteConnection, key: &MacKey, event: Event<'_>) -> Result<(), Error> {
    append_at(connection, key, event, times::now()).await
}

/// Adds an entry as of this instant: for a demonstration, whose past is made up. What happens is told by
/// [`append`].
pub(crate) async fn append_at(
    connection: &mut SqliteConnection,
    key: &MacKey,
    event: Event<'_>,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let organization = event.organization;
    let head = match head(connection, key, organization).await? {
        Some(head) => {
            // The chain may have been cut while the server ran: the head then names an entry that is gone.
            let last: Option<Vec<u8>> =
                sqlx::query_scalar("SELECT mac FROM audit WHERE organization_id = ? ORDER BY sequence DESC LIMIT 1")
                    .bind(organization.0)
                    .fetch_optional(&mut *connection)
                    .await?;
            if !last.is_some_and(|mac| same(&mac, &head.entry_mac)) {
                return Err(Error::Damaged(format!("the audit log of {organization} does not end where its head says")));
            }
            head
        }
        None if event.action == Action::OrganizationCreated => Head { sequence: 0, entry_mac: BEGINNING },
        None => return Err(Error::Damaged(format!("the head of the audit log of {organization} is gone"))),
    };
    let sequence = head.sequence.checked_add(1).ok_or_else(|| Error::Internal("the audit log is full".to_owned()))?;
    let mut entry = StoredEntry {
        sequence,
        at: times::stored(at),
        actor_id: event.actor.map(|person| person.id.as_bytes().to_vec()),
        actor_email: event.actor.map(|person| person.email.to_string()),
        action: action_word(event.action)?,
        target: event.target,
        before: event.before.map(|value| value.to_string()),
        after: event.after.map(|value| value.to_string()),
        mac: Vec::new(),
    };
    let mac = entry.expected(key, organization, &head.entry_mac);
    entry.mac = mac.to_vec();
    insert(connection, organization, &entry).await?;
    let head = Head { sequence, entry_mac: mac };
    sqlx::query(
        "INSERT INTO audit_heads (organization_id, sequence, entry_mac, mac) VALUES (?, ?, ?, ?) \
         ON CONFLICT (organization_id) DO UPDATE SET sequence = excluded.sequence, entry_mac = excluded.entry_mac, mac = excluded.mac",
    )
    .bind(organization.0)
    .bind(sequence)
    .bind(head.entry_mac.as_slice())
    .bind(head.expected(key, organization).as_slice())
    .execute(&mut *connection)
    .await?;
    Ok(())
}

async fn insert(connection: &mut SqliteConnection, organization: OrganizationId, entry: &StoredEntry) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO audit (organization_id, sequence, at, actor_id, actor_email, action, target, before, after, mac) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(organization.0)
    .bind(entry.sequence)
    .bind(entry.at)
    .bind(entry.actor_id.as_deref())
    .bind(entry.actor_email.as_deref())
    .bind(entry.action.as_str())
    .bind(entry.target.as_str())
    .bind(entry.before.as_deref())
    .bind(entry.after.as_deref())
    .bind(entry.mac.as_slice())
    .execute(connection)
    .await?;
    Ok(())
}

/// The head row of a chain, authenticated.
pub(crate) async fn head(
    connection: &mut SqliteConnection,
    key: &MacKey,
    organization: OrganizationId,
) -> Result<Option<Head>, Error> {
    let row = sqlx::query("SELECT sequence, entry_mac, mac FROM audit_heads WHERE organization_id = ?")
        .bind(organization.0)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let damaged = || Error::Damaged(format!("the head of the audit log of {organization} is not as it was written"));
    let entry_mac: Vec<u8> = row.try_get("entry_mac")?;
    let head = Head {
        sequence: row.try_get("sequence").map_err(|_| damaged())?,
        entry_mac: entry_mac.try_into().map_err(|_| damaged())?,
    };
    let mac: Vec<u8> = row.try_get("mac")?;
    if same(&mac, &head.expected(key, organization)) { Ok(Some(head)) } else { Err(damaged()) }
}

impl Head {
    fn expected(&self, key: &MacKey, organization: OrganizationId) -> Tag {
        key.over("head", &[organization.as_bytes(), &self.sequence.to_be_bytes(), &self.entry_mac])
    }
}

impl StoredEntry {
    pub(crate) fn from_row(row: &SqliteRow) -> Result<Self, Error> {
        Ok(Self {
            sequence: row.try_get("sequence")?,
            at: row.try_get("at")?,
            actor_id: row.try_get("actor_id")?,
            actor_email: row.try_get("actor_email")?,
            action: row.try_get("action")?,
            target: row.try_get("target")?,
            before: row.try_get("before")?,
            after: row.try_get("after")?,
            mac: row.try_get("mac")?,
        })
    }

    /// `HMAC(audit key, previous ‖ entry)`. What is absent differs from what is empty.
    pub(crate) fn expected(&self, key: &MacKey, organization: OrganizationId, previous: &Tag) -> Tag {
        fn optional(value: Option<&[u8]>) -> Vec<u8> {
            value.map_or_else(Vec::new, |bytes| [&[1], bytes].concat())
        }
        key.over(
            "entry",
            &[
                previous,
                organization.as_bytes(),
                &self.sequence.to_be_bytes(),
                &self.at.to_be_bytes(),
                &optional(self.actor_id.as_deref()),
                &optional(self.actor_email.as_deref().map(str::as_bytes)),
                self.action.as_bytes(),
                self.target.as_bytes(),
                &optional(self.before.as_deref().map(str::as_bytes)),
                &optional(self.after.as_deref().map(str::as_bytes)),
            ],
        )
    }

    /// As it is answered; none where it can't be read at all. Who looks at a log that was changed from
    /// outside sees what is there, as far as it can be shown.
    pub(super) fn shown(self) -> Option<AuditEntry> {
        let actor = self.actor_id.zip(self.actor_email).and_then(|(id, email)| {
            let id = keydeck_domain::UserId(uuid::Uuid::from_slice(&id).ok()?);
            Some(Person { id, email: email.parse().ok()? })
        });
        let json = |text: Option<String>| text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
        Some(AuditEntry {
            sequence: self.sequence,
            at: times::read(self.at).ok()?,
            actor,
            action: serde_json::from_value(Value::String(self.action)).ok()?,
            target: self.target,
            target_name: None,
            before: json(self.before),
            after: json(self.after),
            mac: hex::encode(self.mac),
        })
    }

    pub(super) fn target(&self) -> &str {
        &self.target
    }

    pub(super) fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    pub(super) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Whether actor, target or fields hold this text, which is in lower case.
    pub(super) fn holds(&self, text: &str) -> bool {
        let plain = [self.actor_email.as_deref(), Some(&self.target)];
        if plain.into_iter().flatten().any(|field| field.to_lowercase().contains(text)) {
            return true;
        }
        // As it is written within JSON, between its quotes.
        let quoted = Value::from(text).to_string();
        let written = &quoted[1..quoted.len() - 1];
        [&self.before, &self.after].into_iter().flatten().any(|field| field.to_lowercase().contains(written))
    }
}

/// The word as it stands on the wire and in the store.
pub(super) fn action_word(action: Action) -> Result<String, Error> {
    match serde_json::to_value(action) {
        Ok(Value::String(word)) => Ok(word),
        other => Err(Error::Internal(format!("an action is a word, not {other:?}"))),
    }
}
