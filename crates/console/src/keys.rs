//! Keys as the window shows them: the server's record and what this computer holds of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::connection::ConnectionId;
use crate::register::Entry;
use keydeck_domain::{Environment, Hint, Key, KeyId, KeyKind, OrganizationId, Outcome};

/// Which key is meant, over all connections. Also the handle of its secret: the page never holds
/// the secret itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct KeyRef {
    /// Where it lives.
    pub connection: ConnectionId,
    /// Who owns it.
    pub organization: OrganizationId,
    /// The key.
    pub key: KeyId,
}

/// What this computer holds of a key's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Custody {
    /// Nothing.
    None,
    /// The create was not answered yet; the secret is safe.
    Pending,
    /// The secret is here, and the person has not said what is to become of it.
    Unclaimed,
    /// The secret is in the keychain, for good.
    Kept,
    /// There is no keychain: the secret is in this program's memory alone and goes with it.
    MemoryOnly,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct KeyRow {
    /// The server's record.
    pub key: Key,
    /// What this computer holds of its secret.
    pub custody: Custody,
    /// What this computer's register says of it, where it stands there.
    pub entry: Option<Entry>,
}

/// A key that exists elsewhere and is taken in from the clipboard: the text itself is never here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct TakeIn {
    /// What to call it.
    pub name: String,
    /// Live or test, where the text of the key does not tell it.
    pub environment: Environment,
    /// A remark, possibly empty.
    pub note: String,
    /// By when it should be replaced.
    pub rotate_by: Option<DateTime<Utc>>,
}

/// What a copied text seems to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Recognised {
    /// How the system is called whose key it is, where its form tells it.
    pub system: Option<String>,
    /// Its environment, where the text tells it.
    pub environment: Option<Environment>,
    /// Secret or publishable, where the text tells it.
    pub kind: Option<KeyKind>,
    /// What may be shown of it.
    pub hint: Option<Hint>,
    /// Why it can't be taken in here, in a sentence; `None` where it can.
    pub refused: Option<String>,
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct KeyPage {
    /// The rows, in the order that was asked for.
    pub items: Vec<KeyRow>,
    /// Gives the next page.
    pub next: Option<String>,
    /// Rows that match, over all pages.
    pub total: u32,
    /// When this list was current, where it is an old one: the server can't be reached now.
    pub as_of: Option<DateTime<Utc>>,
    /// What a person should know of the list: that there are keys which no list tells, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub notice: Option<String>,
}

/// How a change ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Update {
    /// It is saved.
    Saved {
        /// The key as it is now.
        row: KeyRow,
    },
    /// Somebody changed it meanwhile; nothing was saved.
    Changed {
        /// The key as it is now.
        row: KeyRow,
    },
}

/// Whether a revoked key is really refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum RevocationCheck {
    /// The key was presented to the server and refused.
    Refused,
    /// The key was presented and still works: something is wrong at the server.
    StillAccepted,
    /// This computer does not hold the secret: the record says revoked, the key itself was not tried.
    NotHeld,
    /// It could not be tried.
    Failed {
        /// Why.
        why: String,
    },
}

/// How a revoke ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Revocation {
    /// The key as it is now.
    pub row: KeyRow,
    /// Whether it is really refused.
    pub check: RevocationCheck,
}

/// How trying a key ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Trial {
    /// Accepted, or refused. A key about itself hears no reason: then the record gives the outcome.
    pub outcome: Outcome,
    /// The address that was asked.
    pub address: String,
    /// How long the answer took, in milliseconds.
    pub milliseconds: u32,
    /// What else was seen.
    pub findings: Vec<Finding>,
}

/// How grave something is that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Gravity {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// Somebody should do something about it.
    Warning,
}

/// Something that was seen when a key was tried, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Finding {
    /// How grave it is.
    pub gravity: Gravity,
    /// In a sentence that a person can read. Holds nothing secret.
    pub text: String,
}
