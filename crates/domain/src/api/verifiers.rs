//! `/v1/organizations/{organization}/verifiers`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::exposed;
use crate::ids::VerifierId;
use crate::key::Person;
use crate::name::Name;
use crate::secret::Secret;

/// `POST …/verifiers`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct NewVerifier {
    /// Which service it is for.
    pub name: Name,
}

/// A credential that can ask `/v1/verify` about its own organization's keys, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Verifier {
    /// The verifier.
    pub id: VerifierId,
    /// Which service it is for.
    pub name: Name,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Person,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The answer to `POST …/verifiers`: the one place where its secret is told.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuedVerifier {
    /// The record.
    pub verifier: Verifier,
    /// `Authorization: Bearer …` at `/v1/verify`; begins with `kdv_`.
    #[serde(with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub secret: Secret,
}
