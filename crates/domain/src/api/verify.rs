//! `POST /v1/verify` and `GET /v1/self`.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::exposed;
use super::limits::LimitState;
use crate::environment::Environment;
use crate::ids::{KeyId, OrganizationId};
use crate::key::{KeyKind, Metadata};
use crate::name::Name;
use crate::outcome::Outcome;
use crate::route::RouteTag;
use crate::scope::Scopes;
use crate::secret::Secret;

/// `POST /v1/verify`, by a verifier.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyRequest {
    /// What the caller of the service presented. Empty means that nothing was presented.
    #[serde(with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub key: Secret,
    /// What the caller wants to do; all must be covered.
    #[serde(default)]
    pub scopes: Scopes,
    /// Where the caller is. Needed for keys that are bound to addresses: without it they are refused.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub address: Option<IpAddr>,
    /// With which program he calls, as he says himself: shown beside the key's last use. What is no
    /// plain text in it, and what is over 200 characters, is left out.
    #[serde(default)]
    pub user_agent: Option<String>,
    /// What is called, in the service's own words: verifications are counted by it as well.
    #[serde(default)]
    pub route: Option<RouteTag>,
}

/// The answer to a verifier, status 200 for every outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyResponse {
    /// How it ended.
    pub outcome: Outcome,
    /// The key, where it is one of the verifier's organization.
    pub key: Option<VerifiedKey>,
    /// What was wanted and is not covered; empty but for `missing_scope`.
    #[serde(default)]
    pub missing_scopes: Scopes,
    /// How the limits stand, where there are some and the key is good apart from them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<LimitState>,
}

/// What a service may know of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifiedKey {
    /// The key.
    pub id: KeyId,
    /// Who owns it.
    pub organization_id: OrganizationId,
    /// What people call it.
    pub name: Name,
    /// Live or test.
    pub environment: Environment,
    /// Secret or publishable.
    pub kind: KeyKind,
    /// What it may do.
    pub scopes: Scopes,
    /// Free pairs.
    pub metadata: Metadata,
    /// When its time is over; `None` means never.
    pub expires_at: Option<DateTime<Utc>>,
}
