//! `/v1/organizations/{organization}/audit`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::key::Person;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Action {
    /// The organization was made.
    OrganizationCreated,
    /// A member was added.
    MemberAdded,
    /// A key was made.
    KeyCreated,
    /// A key was changed.
    KeyUpdated,
    /// A key was revoked.
    KeyRevoked,
    /// A verifier was made.
    VerifierCreated,
    /// A verifier was revoked.
    VerifierRevoked,
    /// A change was refused because of who asked.
    Refused,
}

/// One entry of an organization's chain. Holds no digests and no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// 1, 2, 3 … without gaps.
    pub sequence: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; `None` for the server's own command line.
    pub actor: Option<Person>,
    /// What.
    pub action: Action,
    /// The id of what it was done to.
    pub target: String,
    /// The fields before, where something was changed.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub before: Option<serde_json::Value>,
    /// The fields after.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub after: Option<serde_json::Value>,
    /// `HMAC(audit key, previous ‖ entry)`, 64 hexadecimal digits.
    pub mac: String,
}

/// A point in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditPoint {
    /// The entry's number.
    pub sequence: u32,
    /// The entry's MAC.
    pub mac: String,
}

/// `GET …/audit/head?at={sequence}`: the newest entry, and the one that the console saw last, so
/// that it can tell when history went back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditHead {
    /// The newest entry.
    pub head: AuditPoint,
    /// The entry that was asked for with `at`; `null` where there is none.
    pub at: Option<AuditPoint>,
}
