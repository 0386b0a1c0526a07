//! `GET /v1/meta`: who answers, so that an older server gets a clear message.

use serde::{Deserialize, Serialize};

/// The protocol that this crate describes. Grows when an older console could not work any more.
pub const PROTOCOL: u32 = 1;
/// What [`Meta::name`] is on a keydeck-server: tells it from any other page that answers 200.
pub const SERVER_NAME: &str = "keydeck-server";

/// The feature of a server with members, invitations, sessions, catalogues and the audit log's filters
/// ([`Meta::features`]). A server without it is too old for this console.
pub const FEATURE_TEAM: &str = "team";

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Meta {
    /// [`SERVER_NAME`].
    pub name: String,
    /// The server's version.
    pub version: String,
    /// [`PROTOCOL`] of the server.
    pub protocol: u32,
    /// What it can do beyond the first version, by name.
    pub features: Vec<String>,
    /// Whether somebody can sign in: a fresh server waits to be claimed.
    #[serde(default = "claimed")]
    pub claimed: bool,
}

/// A server that doesn't say has people.
fn claimed() -> bool {
    true
}
