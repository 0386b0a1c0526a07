//! Whether a database is whole, and this pepper's: every page, every row that decides who may do what,
//! every audit log.

use chrono::{DateTime, Utc};
use keydeck_domain::{KeyId, OrganizationId};
use sqlx::{Row, SqliteConnection};

use crate::audit::verify::check;
use crate::error::Error;
use crate::keys::cursor::FIRST_ID;
use crate::keys::row;
use crate::organizations::record::member_mac;
use crate::sessions::record::user_mac;
use crate::subkeys::{Subkeys, same};
use crate::times;
use crate::webhooks::record as webhooks;

/// Keys that are read at once.
const BATCH: u32 = 1_000;

/// What is in a database that is whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// People who can sign in.
    pub people: u32,
    /// Organizations.
    pub organizations: u32,
    /// Keys, revoked ones included.
    pub keys: u32,
    /// Entries of all audit logs.
    pub entries: u32,
    /// When something was last changed, as the audit logs tell.
    pub newest: Option<DateTime<Utc>>,
}

/// Why a database can't be relied on.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// SQLite finds damage.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// Another pepper's.
    #[error("it was made with the pepper {expected}, this is {given}: restore the pepper {expected} from where it is kept")]
    WrongPepper {
        /// Recognises the pepper that it was made with.
        expected: String,
        /// Recognises the pepper that was given.
        given: String,
    },
    /// Rows that this server did not write.
    #[error("{count} rows were changed from outside: {which}")]
    Rows {
        /// How many.
        count: u32,
        /// The first of them.
        which: String,
    },
    /// An audit log that does not add up.
    #[error("the audit log of organization {organization} does not add up: {why}")]
    Audit {
        /// Whose.
        organization: OrganizationId,
        /// Where.
        why: String,
    },
    /// It can't be read.
    #[error("it can't be read: {0}")]
    Unreadable(#[from] Error),
}

impl From<sqlx::Error> for Unfit {
    fn from(error: sqlx::Error) -> Self {
        Self::Unreadable(error.into())
    }
}

/// Goes through a whole database.
///
/// # Errors
/// The first thing that does not fit.
pub(crate) async fn inspect(connection: &mut SqliteConnection, subkeys: &Subkeys) -> Result<Contents, Unfit> {
    whole(connection).await?;
    same_pepper(connection, subkeys).await?;
    rows_from_outside(connection, subkeys).await?;
    let mut contents = Contents {
        people: count(connection, "SELECT count(*) FROM users").await?,
        keys: count(connection, "SELECT count(*) FROM keys").await?,
        newest: newest(connection).await?,
        ..Contents::default()
    };
    for organization in crate::open::organizations(connection).await? {
        contents.organizations += 1;
        match check(connection, &subkeys.audit, organization).await? {
            Ok(entries) => contents.entries += entries,
            Err(broken) => return Err(Unfit::Audit { organization, why: broken.to_string() }),
        }
    }
    Ok(contents)
}

async fn count(connection: &mut SqliteConnection, statement: &'static str) -> Result<u32, Unfit> {
    Ok(sqlx::query_scalar(statement).fetch_one(connection).await?)
}

/// When something was last changed, as the audit logs tell.
pub(crate) async fn newest(connection: &mut SqliteConnection) -> Result<Option<DateTime<Utc>>, Unfit> {
    let newest: Option<i64> = sqlx::query_scalar("SELECT max(at) FROM audit").fetch_one(connection).await?;
    Ok(newest.map(times::read).transpose()?)
}

/// Whether every row that decides who may do what is as this server wrote it.
pub(crate) async fn rows_from_outside(connection: &mut SqliteConnection, subkeys: &Subkeys) -> Result<(), Unfit> {
    let mut strange = Vec::new();
    keys(connection, subkeys, &mut strange).await?;
    people(connection, subkeys, &mut strange).await?;
    members(connection, subkeys, &mut strange).await?;
    for verifier in crate::verifiers::record::load(connection, subkeys).await? {
        if let Err(error) = verifier {
            strange.push(error.to_string());
        }
    }
    // A database that was not brought up to date yet has none.
    if webhooks::ids(connection).await?.is_some() {
        strange.extend(
            webhooks::load(connection, subkeys).await?.into_iter().filter_map(Result::err).map(|error| error.to_string()),
        );
    }
    strange.extend(crate::limits::strange(connection, subkeys).await?);
    match strange.first() {
        Some(which) => Err(Unfit::Rows { count: u32::try_from(strange.len()).unwrap_or(u32::MAX), which: which.clone() }),
        None => Ok(()),
    }
}

/// SQLite's own check of every page and index.
pub(crate) async fn whole(connection: &mut SqliteConnection) -> Result<(), Unfit> {
    let damaged = |error: sqlx::Error| Unfit::Damaged(error.to_string());
    let lines: Vec<String> =
        sqlx::query_scalar("PRAGMA integrity_check(3)").fetch_all(&mut *connection).await.map_err(damaged)?;
    if lines != ["ok"] {
        return Err(Unfit::Damaged(lines.join("; ")));
    }
    let foreign = sqlx::query("PRAGMA foreign_key_check").fetch_optional(connection).await.map_err(damaged)?;
    match foreign {
        Some(row) => Err(Unfit::Damaged(format!("a row of {} points to nothing", row.try_get::<String, _>(0)?))),
        None => Ok(()),
    }
}

/// Whether the pepper is the one that the database was made with.
pub(crate) async fn same_pepper(connection: &mut SqliteConnection, subkeys: &Subkeys) -> Result<(), Unfit> {
    let row = sqlx::query("SELECT pepper_id, pepper_check FROM instance").fetch_optional(connection).await?;
    let given = subkeys.pepper_id.clone();
    let Some(row) = row else { return Err(Unfit::WrongPepper { expected: "unknown".to_owned(), given }) };
    let stored: Vec<u8> = row.try_get("pepper_check")?;
    if same(&stored, &subkeys.pepper_check) {
        return Ok(());
    }
    Err(Unfit::WrongPepper { expected: row.try_get("pepper_id")?, given })
}

async fn keys(connection: &mut SqliteConnection, subkeys: &Subkeys, strange: &mut Vec<String>) -> Result<(), Unfit> {
    let mut after = (OrganizationId(FIRST_ID), KeyId(FIRST_ID));
    loop {
        let rows = row::load(connection, subkeys, after, BATCH).await?;
        let last = rows.len() < BATCH as usize;
        for (organization, id, row) in rows {
            after = (organization, id);
            if let Err(error) = row {
                strange.push(error.to_string());
            }
        }
        if last {
            return Ok(());
        }
    }
}

async fn people(connection: &mut SqliteConnection, subkeys: &Subkeys, strange: &mut Vec<String>) -> Result<(), Unfit> {
    let rows = sqlx::query("SELECT id, email, password, mac FROM users").fetch_all(connection).await?;
    for row in &rows {
        let id = keydeck_domain::UserId(row.try_get("id")?);
        let mac: Vec<u8> = row.try_get("mac")?;
        let fits = row.try_get::<String, _>("email")?.parse().is_ok_and(|email| {
            row.try_get::<String, _>("password").is_ok_and(|hash| same(&mac, &user_mac(subkeys, id, &email, &hash)))
        });
        if !fits {
            strange.push(format!("the row of person {id}"));
        }
    }
    Ok(())
}

async fn members(connection: &mut SqliteConnection, subkeys: &Subkeys, strange: &mut Vec<String>) -> Result<(), Unfit> {
    for row in sqlx::query("SELECT organization_id, user_id, role, mac FROM members").fetch_all(connection).await? {
        let organization = OrganizationId(row.try_get("organization_id")?);
        let user = keydeck_domain::UserId(row.try_get("user_id")?);
        let mac: Vec<u8> = row.try_get("mac")?;
        let role = row.try_get::<String, _>("role")?.parse();
        if !role.is_ok_and(|role| same(&mac, &member_mac(subkeys, organization, user, role))) {
            strange.push(format!("the membership of {user} in {organization}"));
        }
    }
    Ok(())
}
