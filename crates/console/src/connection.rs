//! Connections: the key servers that this person has added.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::capabilities::Capabilities;
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::sessions::User;
use keydeck_domain::{Name, OrganizationId, TenantId};

/// A connection, on this computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[cfg_attr(feature = "bindings", ts(type = "string"))]
pub struct ConnectionId(pub Uuid);

/// What kind of key server it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum ServerKind {
    /// keydeck-server inside this app.
    Local,
    /// keydeck-server somewhere else.
    #[default]
    Keydeck,
    /// Any server that has Better Auth with its organization and API key plugins.
    BetterAuth,
    /// Azen, which is built on Better Auth.
    Azen,
    /// Memory API.
    MemoryApi,
    /// ElizaOS.
    Elizaos,
    /// Azotte.
    Azotte,
    /// Azerion AI.
    Azerion,
}

/// The colour that tells connections apart. Each has its word on screen as well: its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Colour {
    /// The first that is given.
    #[default]
    Blue,
    /// Green.
    Green,
    /// Violet.
    Violet,
    /// Orange.
    Orange,
    /// Grey.
    Grey,
}

/// Whether a connection can be worked with now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum ConnectionState {
    /// A session is there.
    SignedIn,
    /// Nobody is signed in.
    SignedOut,
    /// It did not answer when it was last asked.
    Unreachable,
    /// A fresh server: nobody can sign in before somebody has claimed it.
    Unclaimed,
    /// The server is too old for this Keydeck.
    TooOld,
    /// The server is too new for this Keydeck.
    TooNew,
    /// The local server is not running.
    Stopped,
}

/// A connection as the window shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Connection {
    /// Its id on this computer.
    pub id: ConnectionId,
    /// Local or somewhere else.
    pub kind: ServerKind,
    /// What the person calls it.
    pub name: Name,
    /// Its colour.
    pub colour: Colour,
    /// Where it is: `https://keys.example.org`, and behind it the path under which a foreign system lives.
    pub address: String,
    /// The tenant whose keys are worked with, where the system has tenants.
    pub tenant: Option<TenantId>,
    /// The file of an own certificate authority, if one is used.
    pub ca_file: Option<String>,
    /// Whether it can be worked with now.
    pub state: ConnectionState,
    /// Who is signed in.
    pub user: Option<User>,
    /// The organizations of who is signed in.
    pub organizations: Vec<Organization>,
    /// The organization that is shown.
    pub organization: Option<OrganizationId>,
    /// What its adapter can do.
    pub capabilities: Capabilities,
    /// Something that the person should know: the port changed, history went back.
    pub notice: Option<String>,
    /// When it last answered since the program started.
    pub answered_at: Option<DateTime<Utc>>,
    /// The proxy that the environment names for this address, without a password: `http://proxy:3128`.
    /// Requests to this computer never go through one.
    pub proxy: Option<String>,
}

/// What is typed to add a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct NewConnection {
    /// What kind of key server it is. Ignored where a connection is changed: it keeps its kind.
    #[serde(default)]
    #[cfg_attr(feature = "bindings", ts(optional, as = "Option<ServerKind>"))]
    pub kind: ServerKind,
    /// What to call it; its host where empty.
    pub name: String,
    /// `https://…`, or `http://` on this computer. Without a scheme, https is meant. Foreign systems can live under a
    /// path.
    pub address: String,
    /// The tenant, where the kind has tenants.
    #[serde(default)]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub tenant: Option<String>,
    /// Its colour.
    pub colour: Colour,
    /// The file of an own certificate authority (PEM).
    pub ca_file: Option<String>,
}

/// Who answers at an address, before it is added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct ServerIdentity {
    /// The address as it will be kept.
    pub address: String,
    /// The server's name for itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether somebody can sign in: a fresh server waits to be claimed.
    pub claimed: bool,
    /// As [`Connection::proxy`].
    pub proxy: Option<String>,
}
