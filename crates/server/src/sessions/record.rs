//! Sessions as they are stored: the digest of the token, never the token.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use keydeck_domain::api::sessions::{IssuedSession, Session, SessionEntry, User};
use keydeck_domain::format::random_base62;
use keydeck_domain::key::Person;
use keydeck_domain::{Email, SessionId, SessionToken, UserId};
use sqlx::{Row, SqliteConnection};

use super::client::{Client, shown};
use crate::config::Config;
use crate::error::Error;
use crate::server::{Parts, Server};
use crate::store::Writing;
use crate::subkeys::{Subkeys, Tag, same};
use crate::times;

/// What every session token begins with.
pub(crate) const TOKEN_PREFIX: &str = "kds_";
/// 43 base62 characters are 256 bits.
const TOKEN_RANDOM: usize = 43;
/// A session's use is written at most this often.
const SLIDE_EVERY: chrono::Duration = chrono::Duration::seconds(60);

/// Who is calling, proved by a session's token.
#[derive(Clone)]
pub(crate) struct SignedIn {
    pub(crate) session: Session,
    /// What the session is found by.
    pub(crate) digest: Tag,
    seen_at: DateTime<Utc>,
}

impl SignedIn {
    /// The caller as the audit log and a key's record name him.
    pub(crate) fn person(&self) -> Person {
        Person { id: self.session.user.id, email: self.session.user.email.clone() }
    }
}

/// A person with the stored password.
pub(crate) struct StoredUser {
    pub(crate) user: User,
    pub(crate) password: String,
}

/// The person who signs in with this address. A row that was written from outside is nobody's.
pub(crate) async fn user_by_email(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    email: &Email,
) -> Result<Option<StoredUser>, Error> {
    let row = sqlx::query("SELECT id, email, name, password, mac FROM users WHERE email = ?")
        .bind(email.as_str())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let stored = StoredUser { user: user(&row)?, password: row.try_get("password")? };
    let mac: Vec<u8> = row.try_get("mac")?;
    if same(&mac, &user_mac(subkeys, stored.user.id, &stored.user.email, &stored.password)) {
        return Ok(Some(stored));
    }
    tracing::error!(alert = true, user = %stored.user.id, "a person's row was changed from outside: nobody signs in with it");
    Ok(None)
}

/// What can't be changed from outside: who signs in with which password.
pub(crate) fn user_mac(subkeys: &Subkeys, id: UserId, email: &Email, password: &str) -> Tag {
    subkeys.row.over("user", &[id.as_bytes(), email.as_str().as_bytes(), password.as_bytes()])
}

fn user(row: &sqlx::sqlite::SqliteRow) -> Result<User, Error> {
    let damaged = |_| Error::Damaged("a person's row can't be read".to_owned());
    Ok(User {
        id: UserId(row.try_get("id")?),
        email: row.try_get::<String, _>("email")?.parse().map_err(damaged)?,
        name: row.try_get::<String, _>("name")?.parse().map_err(damaged)?,
    })
}

/// Makes a session, in the transaction of what signs the person in. The token is always the server's
/// own: one that a client brought is never taken over (session fixation).
pub(crate) async fn insert(parts: &Parts, writing: &mut Writing, user: User, client: &Client) -> Result<IssuedSession, Error> {
    let mut text = String::with_capacity(TOKEN_PREFIX.len() + TOKEN_RANDOM);
    text.push_str(TOKEN_PREFIX);
    // Exposed to be joined with the prefix into the token.
    text.push_str(random_base62(TOKEN_RANDOM)?.expose());
    let token = SessionToken::new(text);
    let digest = parts.subkeys.session_digest(&token);
    let now = times::now();
    let session = Session { id: SessionId::generate(), user, created_at: now, expires_at: ends(&parts.config, now, now) };
    let mac = row_mac(&parts.subkeys, &digest, session.id, session.user.id, times::stored(now));
    sqlx::query(
        "INSERT INTO sessions (digest, id, user_id, created_at, expires_at, seen_at, mac, client, address) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(digest.as_slice())
    .bind(session.id.0)
    .bind(session.user.id.0)
    .bind(times::stored(now))
    .bind(times::stored(session.expires_at))
    .bind(times::stored(now))
    .bind(mac.as_slice())
    .bind(client.name.as_deref())
    .bind(client.address.map(|address| address.to_string()))
    .execute(&mut **writing)
    .await?;
    // What is over is cleared away here, where a row is added: the table stays bounded by use.
    sqlx::query("DELETE FROM sessions WHERE expires_at <= ?").bind(times::stored(now)).execute(&mut **writing).await?;
    Ok(IssuedSession { token, session })
}

/// Signs a person in whose password was found right. `None` where the password was changed since: a
/// session that begins after the change must not rest on the password from before.
pub(crate) async fn issue(server: &Server, stored: StoredUser, client: &Client) -> Result<Option<IssuedSession>, Error> {
    let parts = &server.parts;
    let mut writing = parts.store.write().await?;
    let now = user_by_email(&mut writing, &parts.subkeys, &stored.user.email).await?;
    let Some(user) = now.filter(|now| now.password == stored.password).map(|now| now.user) else { return Ok(None) };
    let issued = insert(parts, &mut writing, user, client).await?;
    drop(writing.commit().await?);
    Ok(Some(issued))
}

/// The live session of a token.
pub(crate) async fn find(server: &Server, token: &SessionToken) -> Result<Option<SignedIn>, Error> {
    let parts = &server.parts;
    let digest = parts.subkeys.session_digest(token);
    let mut connection = parts.store.read().await?;
    let row = sqlx::query(
        "SELECT s.id AS session_id, s.created_at, s.expires_at, s.seen_at, s.mac, u.id, u.email, u.name \
         FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.digest = ?",
    )
    .bind(digest.as_slice())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let created: i64 = row.try_get("created_at")?;
    let session = Session {
        id: SessionId(row.try_get("session_id")?),
        user: user(&row)?,
        created_at: times::read(created)?,
        expires_at: times::read(row.try_get("expires_at")?)?,
    };
    let mac: Vec<u8> = row.try_get("mac")?;
    if !same(&mac, &row_mac(&parts.subkeys, &digest, session.id, session.user.id, created)) {
        tracing::error!(alert = true, session = %session.id, "a session's row was changed from outside: it is not served");
        return Ok(None);
    }
    let now = times::now();
    if session.expires_at.min(session.created_at + parts.config.session_absolute) <= now {
        return Ok(None);
    }
    Ok(Some(SignedIn { session, digest, seen_at: times::read(row.try_get("seen_at")?)? }))
}

/// Whether a session that was found is still there.
pub(crate) async fn lives(connection: &mut SqliteConnection, digest: &Tag) -> Result<bool, Error> {
    let lives = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sessions WHERE digest = ?)").bind(digest.as_slice());
    Ok(lives.fetch_one(connection).await?)
}

/// Moves the end of a session that is used. Not written on every request, and never held against
/// one: a request does not fail because this did.
pub(crate) fn slide(server: &Server, signed_in: &SignedIn) {
    let now = times::now();
    if now - signed_in.seen_at < SLIDE_EVERY {
        return;
    }
    let (server, digest) = (server.clone(), signed_in.digest);
    let expires_at = ends(&server.parts.config, signed_in.session.created_at, now);
    server.parts.tasks.clone().spawn(async move {
        let written = async {
            let mut writing = server.parts.store.write().await?;
            sqlx::query("UPDATE sessions SET expires_at = ?, seen_at = ? WHERE digest = ? AND seen_at < ?")
                .bind(times::stored(expires_at))
                .bind(times::stored(now))
                .bind(digest.as_slice())
                .bind(times::stored(now))
                .execute(&mut *writing)
                .await?;
            drop(writing.commit().await?);
            Ok::<_, Error>(())
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, "a session's use could not be written");
        }
    });
}

/// Ends a session at once.
pub(crate) async fn end(server: &Server, signed_in: &SignedIn) -> Result<(), Error> {
    let mut writing = server.parts.store.write().await?;
    sqlx::query("DELETE FROM sessions WHERE digest = ?").bind(signed_in.digest.as_slice()).execute(&mut *writing).await?;
    drop(writing.commit().await?);
    Ok(())
}

/// The live sessions of whoever asks, the last used first.
pub(crate) async fn list(server: &Server, signed_in: &SignedIn) -> Result<Vec<SessionEntry>, Error> {
    let parts = &server.parts;
    let (user, now) = (signed_in.session.user.id, times::now());
    let mut connection = parts.store.read().await?;
    let rows = sqlx::query("SELECT * FROM sessions WHERE user_id = ? AND expires_at > ? ORDER BY seen_at DESC, id DESC")
        .bind(user.0)
        .bind(times::stored(now))
        .fetch_all(&mut *connection)
        .await?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let (id, created): (_, i64) = (SessionId(row.try_get("id")?), row.try_get("created_at")?);
        let (digest, mac): (Vec<u8>, Vec<u8>) = (row.try_get("digest")?, row.try_get("mac")?);
        let written = digest.as_slice().try_into().is_ok_and(|tag| same(&mac, &row_mac(&parts.subkeys, tag, id, user, created)));
        if !written {
            tracing::error!(alert = true, session = %id, "a session's row was changed from outside: it is left out of a list");
            continue;
        }
        let created_at = times::read(created)?;
        let expires_at = times::read(row.try_get("expires_at")?)?.min(created_at + parts.config.session_absolute);
        if expires_at <= now {
            continue;
        }
        entries.push(SessionEntry {
            id,
            current: id == signed_in.session.id,
            created_at,
            last_used_at: times::read(row.try_get("seen_at")?)?,
            expires_at,
            // Looked at again: the row's MAC does not cover what decides nothing.
            client: row.try_get::<Option<String>, _>("client")?.as_deref().and_then(shown),
            address: row.try_get::<Option<String>, _>("address")?.filter(|text| text.parse::<IpAddr>().is_ok()),
        });
    }
    Ok(entries)
}

/// Ends a session of whoever asks, at once. A session of somebody else is none.
pub(crate) async fn end_one(server: &Server, user: UserId, id: SessionId) -> Result<(), Error> {
    let mut writing = server.parts.store.write().await?;
    let ended =
        sqlx::query("DELETE FROM sessions WHERE id = ? AND user_id = ?").bind(id.0).bind(user.0).execute(&mut *writing).await?;
    if ended.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    drop(writing.commit().await?);
    Ok(())
}

fn ends(config: &Config, created: DateTime<Utc>, used: DateTime<Utc>) -> DateTime<Utc> {
    (used + config.session_idle).min(created + config.session_absolute)
}

/// What can't be changed from outside: whose session it is, and since when.
fn row_mac(subkeys: &Subkeys, digest: &Tag, id: SessionId, user: UserId, created: i64) -> Tag {
    subkeys.row.over("session", &[digest, id.as_bytes(), user.as_bytes(), &created.to_be_bytes()])
}
