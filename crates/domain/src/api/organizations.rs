//! `/v1/organizations`: who owns keys, and what a key of theirs can do.

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;
use crate::format::Prefix;
use crate::ids::OrganizationId;
use crate::name::Name;
use crate::role::{Permission, Role};
use crate::scope::{Access, Scope, Scopes};
use crate::tenant::TenantId;

/// A scope of an organization's catalogue. The description is a line of at most 200 characters, under
/// the rules of a [`Name`] but possibly empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct ScopeDefinition {
    /// The scope.
    pub scope: Scope,
    /// What it lets a key do, in one line.
    pub description: String,
}

/// An access and the scopes that it stands for in this organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct AccessDefinition {
    /// Its name.
    pub access: Access,
    /// Its scopes; never `admin`.
    pub scopes: Scopes,
}

/// Most scopes of a catalogue.
pub const CATALOGUE_MAX: usize = 200;
/// Most presets of an organization.
pub const PRESETS_MAX: usize = 50;

/// A set of scopes that an organization has given a name, such as 'Billing worker', beside the
/// accesses that every organization has. Never holds `admin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Preset {
    /// Its name, once in an organization.
    pub name: Name,
    /// Its scopes, each in the catalogue.
    pub scopes: Scopes,
}

/// `POST /v1/organizations`, by who owns one already: he owns the new one too. Answers 201 with the
/// [`Organization`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct NewOrganization {
    /// What people call it.
    pub name: Name,
    /// What its keys begin with.
    pub prefix: Prefix,
    /// Whose contract its keys follow, for good.
    #[serde(default)]
    #[cfg_attr(feature = "bindings", ts(optional, as = "Option<Dialect>"))]
    pub dialect: Dialect,
    /// What the dialect's tenant header names it by; one is made where the dialect has tenants and none is given,
    /// and 422 where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub tenant: Option<TenantId>,
}

/// `PATCH /v1/organizations/{organization}`, with `If-Match`: what is absent stays as it is. Answers
/// with the [`Organization`] as it is then; 412 where somebody was faster. 409 `conflict` where a
/// scope would go that a key which is not revoked has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[cfg_attr(feature = "bindings", ts(optional_fields))]
pub struct OrganizationChange {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// What new keys begin with from now on; those that are there keep theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Prefix>,
    /// The whole catalogue, in place of the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<ScopeDefinition>>,
    /// All presets, in place of those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presets: Option<Vec<Preset>>,
}

/// An organization as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Organization {
    /// The organization.
    pub id: OrganizationId,
    /// What people call it.
    pub name: Name,
    /// What its keys begin with.
    pub prefix: Prefix,
    /// Whose contract its keys follow.
    #[serde(default)]
    pub dialect: Dialect,
    /// What the dialect's tenant header names it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub tenant: Option<TenantId>,
    /// The asking member's role.
    pub role: Role,
    /// Every scope that a key can have here.
    pub scopes: Vec<ScopeDefinition>,
    /// The named sets.
    pub accesses: Vec<AccessDefinition>,
    /// The sets that the organization itself has named.
    #[serde(default)]
    pub presets: Vec<Preset>,
    /// The scopes that the asking member can give: nobody grants what he lacks.
    pub grantable: Scopes,
    /// What the asking member may do here.
    #[serde(default)]
    pub permissions: Vec<Permission>,
    /// Counts the changes; the `ETag` is this number in quotes.
    #[serde(default)]
    pub version: u32,
}
