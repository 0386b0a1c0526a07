//! People and organizations as the window shows them, and what is typed to join or claim a server.

use keydeck_domain::api::exposed;
use keydeck_domain::api::invitations::InvitationOffer;
use keydeck_domain::api::limits::Limits;
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::{OneTimeToken, Password};
use serde::{Deserialize, Serialize};

use crate::connection::{Colour, ConnectionId, ServerIdentity};

/// What is typed to claim a fresh server.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct ClaimForm {
    /// The one-time token that the server printed where it runs.
    #[serde(deserialize_with = "exposed::deserialize")]
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub token: OneTimeToken,
    /// What the person will sign in with.
    pub email: String,
    /// What people call him.
    pub name: String,
    /// His password from now on.
    #[serde(deserialize_with = "exposed::deserialize")]
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub password: Password,
    /// The organization that he will own.
    pub organization: String,
    /// What its keys begin with.
    pub prefix: String,
}

/// What an invitation's link leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Invited {
    /// The server of the link.
    pub server: ServerIdentity,
    /// What the invitation is for.
    pub offer: InvitationOffer,
    /// The connection to that server, where this person has added it already.
    pub connection: Option<ConnectionId>,
}

/// What is typed to accept an invitation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct JoinForm {
    /// The link: `https://keys.example.org/join#kdi_…`.
    #[serde(deserialize_with = "exposed::deserialize")]
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub link: OneTimeToken,
    /// The file of an own certificate authority (PEM).
    pub ca_file: Option<String>,
    /// What to call the connection, where there is none yet; its host where empty.
    pub connection_name: String,
    /// The connection's colour, where there is none yet.
    pub colour: Colour,
    /// What people are to call a new person; ignored for one who is known.
    pub name: String,
    /// A new person's password from now on, or a known person's password.
    #[serde(deserialize_with = "exposed::deserialize")]
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub password: Password,
}

/// How setting limits ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum LimitsUpdate {
    /// They are set.
    Saved {
        /// The limits as they are now.
        limits: Limits,
    },
    /// Somebody changed them meanwhile; nothing was set.
    Changed {
        /// The limits as they are now.
        limits: Limits,
    },
}

/// How a change of an organization ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum OrganizationUpdate {
    /// It is saved.
    Saved {
        /// The organization as it is now.
        organization: Organization,
    },
    /// Somebody changed it meanwhile; nothing was saved.
    Changed {
        /// The organization as it is now.
        organization: Organization,
    },
}
