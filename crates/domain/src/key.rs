//! The record of a key, as everybody but its server sees it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::address::AddressRange;
use crate::environment::Environment;
use crate::hint::Hint;
use crate::ids::{KeyId, OrganizationId, UserId};
use crate::name::{Email, Name, Note};
use crate::scope::Scopes;

/// Secret, or publishable: a publishable key may stand in a browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum KeyKind {
    /// Must be kept secret.
    #[default]
    Secret,
    /// May be seen by everybody.
    Publishable,
}

/// Whether a key works now, in one word. Decided in one place: [`KeyStatus::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum KeyStatus {
    /// Works.
    Active,
    /// Switched off; can be switched on again.
    Disabled,
    /// Its time is over.
    Expired,
    /// Over, for good.
    Revoked,
}

impl KeyStatus {
    /// The status at an instant. Revoked outweighs expired, and expired outweighs disabled. A key
    /// has expired from the very instant that is its expiry.
    #[must_use]
    pub fn of(revoked: bool, expires_at: Option<DateTime<Utc>>, enabled: bool, now: DateTime<Utc>) -> Self {
        if revoked {
            Self::Revoked
        } else if expires_at.is_some_and(|at| at <= now) {
            Self::Expired
        } else if !enabled {
            Self::Disabled
        } else {
            Self::Active
        }
    }
}

/// Who did something, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Person {
    /// The person.
    pub id: UserId,
    /// How he signs in.
    pub email: Email,
}

/// Free pairs that an application hangs on a key: at most 32, names of at most 64 characters,
/// values of at most 512.
pub type Metadata = BTreeMap<String, String>;

/// A key without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Key {
    /// Unique within the organization.
    pub id: KeyId,
    /// Who owns it.
    pub organization_id: OrganizationId,
    /// What people call it.
    pub name: Name,
    /// Live or test.
    pub environment: Environment,
    /// Secret or publishable.
    pub kind: KeyKind,
    /// What is visible of its secret.
    pub hint: Hint,
    /// What it may do.
    pub scopes: Scopes,
    /// A remark, possibly empty.
    pub note: Note,
    /// Free pairs.
    #[cfg_attr(feature = "bindings", ts(type = "Record<string, string>"))]
    pub metadata: Metadata,
    /// Where it may be used from; empty means from everywhere.
    pub allowed_addresses: Vec<AddressRange>,
    /// Whether it works now, by the server's clock when it answered.
    pub status: KeyStatus,
    /// Whether it is switched on.
    pub enabled: bool,
    /// When its time is over; `None` means never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Person,
    /// Whether who made it is no member any more: somebody else should take the key over or revoke it.
    #[serde(default)]
    pub creator_left: bool,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was last accepted; `None` means never. Written in batches: up to a minute late.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Counts the changes; the `ETag` is this number in quotes.
    pub version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn liveness_is_decided_here() {
        let now = DateTime::from_timestamp(1_000, 0).expect("in range");
        let later = DateTime::from_timestamp(1_001, 0);
        let check =
            |revoked, expires_at, enabled, expected| assert_eq!(KeyStatus::of(revoked, expires_at, enabled, now), expected);
        check(false, None, true, KeyStatus::Active);
        check(false, later, true, KeyStatus::Active);
        check(false, Some(now), true, KeyStatus::Expired);
        check(false, later, false, KeyStatus::Disabled);
        check(false, Some(now), false, KeyStatus::Expired);
        check(true, Some(now), false, KeyStatus::Revoked);
    }
}
