//! `/v1/organizations/{organization}/invitations` and `/v1/invitations/…`: how people become members.
//!
//! An invitation is a link with a token that works once: `https://keys.example.org/join#kdi_…`. What
//! follows `#` is never sent by a browser, so it is in no server's log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::exposed;
use crate::ids::{InvitationId, OrganizationId};
use crate::key::Person;
use crate::name::{Email, Name};
use crate::role::Role;
use crate::secret::{OneTimeToken, Password};

/// What the token begins with.
pub const INVITATION_PREFIX: &str = "kdi_";
/// The page that an invitation's link leads to, before `#`.
pub const JOIN_PATH: &str = "/join";

/// `POST …/invitations`, by who manages that role. One that waits for the same address is replaced.
/// 409 `conflict` where the person is a member already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct NewInvitation {
    /// Who is invited: nobody else can use the link.
    pub email: Email,
    /// What he will be.
    pub role: Role,
}

/// An invitation that nobody has used yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Invitation {
    /// The invitation.
    pub id: InvitationId,
    /// Who is invited.
    pub email: Email,
    /// What he will be.
    pub role: Role,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Person,
    /// When its time is over; then it stays in the list until it is withdrawn.
    pub expires_at: DateTime<Utc>,
}

/// The answer to `POST …/invitations`: the one place where its token is told.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuedInvitation {
    /// The record.
    pub invitation: Invitation,
    /// What the link carries after `#`.
    #[serde(with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub token: OneTimeToken,
}

/// `POST /v1/invitations/look`: what an invitation is for. Nobody needs to be signed in. A token that
/// is wrong, used, withdrawn or over is one and the same 404.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationToken {
    /// The token of the link.
    #[serde(with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub token: OneTimeToken,
}

/// What an invitation is for, as the invited person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct InvitationOffer {
    /// The organization.
    pub organization_id: OrganizationId,
    /// What people call it.
    pub organization: Name,
    /// Who is invited.
    pub email: Email,
    /// What he will be.
    pub role: Role,
    /// Who invited him.
    pub invited_by: Person,
    /// When its time is over.
    pub expires_at: DateTime<Utc>,
    /// Whether he can sign in to this server already: then he proves it with his password, and keeps
    /// his name.
    pub known: bool,
}

/// `POST /v1/invitations/accept`: makes the person where he is new, makes him a member, and signs him
/// in; answers 201 with [`super::sessions::IssuedSession`]. 404 as `look`; 401 `invalid_credentials`
/// where a known person's password is wrong, slowed as a sign-in is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptInvitation {
    /// The token of the link.
    #[serde(with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub token: OneTimeToken,
    /// What people are to call a new person; left out by one who is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// A new person's password from now on, or a known person's password.
    #[serde(with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub password: Password,
}
