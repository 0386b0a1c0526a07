//! `/v1/account`: what a person changes about himself.

use serde::{Deserialize, Serialize};

use super::exposed;
use crate::name::Name;
use crate::secret::Password;

/// `PATCH /v1/account`: gives the [`super::sessions::User`] as it is then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountChange {
    /// What people are to call him.
    pub name: Name,
}

/// `PUT /v1/account/password`: 204. Every other session of the person ends with it. A wrong current
/// password is `invalid_credentials`, and slowed as a sign-in is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewPassword {
    /// The password of now.
    #[serde(with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub current: Password,
    /// The password from now on.
    #[serde(with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub new: Password,
}
