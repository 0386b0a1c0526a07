//! `POST /v1/claim`: the first person of a fresh server, proved by the one-time token that the server
//! printed where it runs. There is no default password.

use serde::{Deserialize, Serialize};

use super::exposed;
use crate::format::Prefix;
use crate::name::{Email, Name};
use crate::secret::{OneTimeToken, Password};

/// What the token begins with.
pub const CLAIM_PREFIX: &str = "kdc_";

/// `POST /v1/claim`: makes the first person, the organization that he owns, and a session; answers 201
/// with [`super::sessions::IssuedSession`]. 401 `invalid_credentials` with a wrong token, slowed as a
/// sign-in is; 409 `conflict` on a server that somebody has claimed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Claim {
    /// The token that the server printed.
    #[serde(with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub token: OneTimeToken,
    /// What the person will sign in with.
    pub email: Email,
    /// What people call him.
    pub name: Name,
    /// His password from now on.
    #[serde(with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub password: Password,
    /// The organization that he will own.
    pub organization: Name,
    /// What its keys begin with.
    pub prefix: Prefix,
}
