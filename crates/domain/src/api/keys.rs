//! `/v1/organizations/{organization}/keys`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use super::exposed;
use crate::address::AddressRange;
use crate::digest::Digest;
use crate::environment::Environment;
use crate::hint::Hint;
use crate::ids::UserId;
use crate::key::{Key, KeyKind, KeyStatus, Metadata};
use crate::name::{Name, Note};
use crate::scope::Scopes;
use crate::secret::Secret;

/// Most addresses that one key can be bound to.
pub const ADDRESSES_MAX: usize = 64;
/// Most metadata pairs of one key.
pub const METADATA_MAX: usize = 32;
/// Most rows of one page.
pub const PAGE_MAX: u32 = 500;

/// What a new key is to be: the creation fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct NewKey {
    /// What people call it.
    pub name: Name,
    /// Live or test.
    pub environment: Environment,
    /// Secret or publishable.
    #[serde(default)]
    pub kind: KeyKind,
    /// What it may do; each must be in the catalogue and grantable by who asks.
    pub scopes: Scopes,
    /// When its time is over, in the future; `None` means never.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// A remark.
    #[serde(default)]
    pub note: Note,
    /// Free pairs.
    #[serde(default)]
    #[cfg_attr(feature = "bindings", ts(type = "Record<string, string>"))]
    pub metadata: Metadata,
    /// Where it may be used from; empty means from everywhere.
    #[serde(default)]
    pub allowed_addresses: Vec<AddressRange>,
}

/// `PUT …/keys/{id}`: the client made id and secret, and registers the digest. Can be repeated: the
/// same id, digest and creation fields give 200 with the record as it is now; anything else 409.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisterKey {
    /// The creation fields.
    pub key: NewKey,
    /// SHA-256 of the secret.
    pub digest: Digest,
    /// What is visible of the secret; must have the organization's prefix and the environment.
    pub hint: Hint,
}

/// The answer to a create: the one place where a server tells a key's secret.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuedKey {
    /// The record.
    pub key: Key,
    /// The secret, where the server made it; `null` when a `POST` is repeated with the same
    /// `Idempotency-Key`, because the server does not keep it, and after a `PUT`.
    #[serde(with = "exposed::optional")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub secret: Option<Secret>,
}

/// `PATCH …/keys/{id}`, with `If-Match`: what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[cfg_attr(feature = "bindings", ts(optional_fields))]
pub struct KeyChange {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Another remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// All the pairs, in place of those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(type = "Record<string, string>"))]
    pub metadata: Option<Metadata>,
    /// All the scopes, in place of those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Scopes>,
    /// Another expiry; `null` means never.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<DateTime<Utc>>))]
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub expires_at: Option<Option<DateTime<Utc>>>,
    /// Switched on or off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// All the addresses, in place of those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_addresses: Option<Vec<AddressRange>>,
}

/// Tells `null` from absent: `null` is a value here.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// By what a list of keys is sorted. Equal rows are sorted by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum KeySort {
    /// When it was made.
    #[default]
    CreatedAt,
    /// Its name, upper and lower case alike.
    Name,
    /// When it was last used; never used counts as longest ago.
    LastUsedAt,
    /// When it expires; never counts as last.
    ExpiresAt,
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Direction {
    /// Smallest or earliest first.
    Ascending,
    /// Largest or latest first.
    #[default]
    Descending,
}

/// The query of `GET …/keys`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[cfg_attr(feature = "bindings", ts(optional_fields))]
pub struct KeyQuery {
    /// Rows whose name, hint, note, scopes or creator hold this text, upper and lower case alike.
    /// `%` and `_` are ordinary characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Only this environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// Only this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<KeyKind>,
    /// Only this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<KeyStatus>,
    /// Only keys that this person made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<UserId>,
    /// Only keys whose maker is no member any more, or only the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator_left: Option<bool>,
    /// By what to sort.
    #[serde(default)]
    pub sort: KeySort,
    /// Which way to sort.
    #[serde(default)]
    pub direction: Direction,
    /// From the page before; bound to filter and sort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Rows a page, 1 to 500; 50 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_not_absent() {
        let absent: KeyChange = serde_json::from_str("{}").expect("valid");
        let null: KeyChange = serde_json::from_str(r#"{"expires_at":null}"#).expect("valid");
        assert_eq!(absent.expires_at, None);
        assert_eq!(null.expires_at, Some(None));
        assert_eq!(serde_json::to_string(&absent).expect("serializes"), "{}");
        assert_eq!(serde_json::to_string(&null).expect("serializes"), r#"{"expires_at":null}"#);
    }

    #[test]
    fn unknown_fields_are_refused() {
        let body = r#"{"name":"a","environment":"test","scopes":["read"],"rateLimit":5}"#;
        let error = serde_json::from_str::<NewKey>(body).expect_err("unknown field");
        assert!(error.to_string().contains("rateLimit"), "{error}");
    }
}
