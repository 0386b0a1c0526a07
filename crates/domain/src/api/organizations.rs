//! `/v1/organizations`: who owns keys, and what a key of theirs can do.

use serde::{Deserialize, Serialize};

use crate::format::Prefix;
use crate::ids::OrganizationId;
use crate::name::Name;
use crate::role::Role;
use crate::scope::{Access, Scope, Scopes};

/// A scope of an organization's catalogue.
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
    /// The asking member's role.
    pub role: Role,
    /// Every scope that a key can have here.
    pub scopes: Vec<ScopeDefinition>,
    /// The named sets.
    pub accesses: Vec<AccessDefinition>,
    /// The scopes that the asking member can give: nobody grants what he lacks.
    pub grantable: Scopes,
}
