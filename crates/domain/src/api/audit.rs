//! `/v1/organizations/{organization}/audit`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::key::Person;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Action {
    /// The organization was made.
    OrganizationCreated,
    /// Name, prefix, catalogue or presets were changed.
    OrganizationUpdated,
    /// A member was added.
    MemberAdded,
    /// A member was given another role.
    MemberUpdated,
    /// A member was removed, or left.
    MemberRemoved,
    /// Somebody was invited.
    InvitationCreated,
    /// An invitation was withdrawn.
    InvitationRevoked,
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
    /// A webhook was made.
    WebhookCreated,
    /// A webhook was deleted.
    WebhookRevoked,
    /// The limits were set.
    LimitsUpdated,
    /// A backup took the place of the database: what was done after it is undone.
    Restored,
    /// A change was refused because of who asked.
    Refused,
}

/// One entry of an organization's chain. Holds no digests and no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
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
    /// What people call it now, or called it then: a key's name, a member's e-mail address.
    #[serde(default)]
    pub target_name: Option<String>,
    /// The fields before, where something was changed.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    #[cfg_attr(feature = "bindings", ts(type = "Record<string, unknown> | null"))]
    pub before: Option<serde_json::Value>,
    /// The fields after.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    #[cfg_attr(feature = "bindings", ts(type = "Record<string, unknown> | null"))]
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

/// The query of `GET …/audit`, newest entry first; without `cursor` and `limit` also of
/// `GET …/audit/export`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[cfg_attr(feature = "bindings", ts(optional_fields))]
pub struct AuditQuery {
    /// Only what this person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// Only what was done to this thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Only this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// From this instant on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime<Utc>>,
    /// Entries whose actor, target, name or fields hold this text, upper and lower case alike. `%` and
    /// `_` are ordinary characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// From the page before; bound to the filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Rows a page, 1 to 500; 50 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// How an export is written: `GET …/audit/export?format=csv|json` with the filters of [`AuditQuery`].
/// CSV has a header line (RFC 4180), and a value that a spreadsheet would take for a formula gets an
/// apostrophe before it; JSON is one array of [`AuditEntry`]. Both are sent as they are made, oldest
/// entry first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum ExportFormat {
    /// Comma-separated values.
    Csv,
    /// JSON.
    Json,
}

/// `GET …/audit/check`: the server goes through the whole chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct AuditCheck {
    /// How many entries the chain has.
    pub entries: u32,
    /// What does not add up, in a sentence; `None` where all does.
    pub broken: Option<String>,
}
