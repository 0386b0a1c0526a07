//! `/v1/sessions`: signing in and out.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::exposed;
use crate::ids::{SessionId, UserId};
use crate::name::{Email, Name};
use crate::secret::{Password, SessionToken};

/// `POST /v1/sessions`: sign in.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSession {
    /// The address that the person signs in with.
    pub email: Email,
    /// The password, used once for this request.
    #[serde(with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub password: Password,
}

/// Who is signed in, until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Who signed in.
    pub user: User,
    /// When the person signed in.
    pub created_at: DateTime<Utc>,
    /// When the session ends if it is not used; use moves it.
    pub expires_at: DateTime<Utc>,
}

/// One of the caller's own sessions. `GET /v1/sessions` gives all of them, the last used first;
/// `DELETE /v1/sessions/{id}` ends one at once (204; 404 where it is not the caller's).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct SessionEntry {
    /// The session.
    pub id: SessionId,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When the person signed in.
    pub created_at: DateTime<Utc>,
    /// When it was last used, up to a minute late.
    pub last_used_at: DateTime<Utc>,
    /// When it ends if it is not used.
    pub expires_at: DateTime<Utc>,
    /// The program that signed in, as it named itself (`User-Agent`), at most 200 characters, without
    /// control characters.
    pub client: Option<String>,
    /// From which address; unknown behind a proxy.
    pub address: Option<String>,
}

/// A person that can sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct User {
    /// The person.
    pub id: UserId,
    /// How he signs in.
    pub email: Email,
    /// What people call him.
    pub name: Name,
}

/// The answer to a sign-in: the one place where a session's token is told.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuedSession {
    /// `Authorization: Bearer …` from now on. The server keeps its digest only.
    #[serde(with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub token: SessionToken,
    /// Who is signed in, until when.
    pub session: Session,
}
