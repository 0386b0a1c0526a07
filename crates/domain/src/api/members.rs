//! `/v1/organizations/{organization}/members`: who belongs to an organization, and as what.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::sessions::User;
use crate::role::Role;

/// A member, as every other member sees him. `GET …/members` gives all of them, sorted by e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Member {
    /// The person.
    pub user: User,
    /// What he is here.
    pub role: Role,
    /// When he became a member.
    pub joined_at: DateTime<Utc>,
    /// How many keys that are not revoked he made here.
    pub keys: u32,
}

/// `PATCH …/members/{user}`, by who manages the role before and the role after. 409 `last_owner` where
/// no owner would be left. `DELETE …/members/{user}` removes a member, or lets the caller leave, with
/// the same 409; his keys stay and go on working.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberChange {
    /// What he is to be.
    pub role: Role,
}
