//! What an adapter can do. The window shows only that, and says why something is absent.

use serde::{Deserialize, Serialize};

/// What one kind of key server can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Capabilities {
    /// Keys can be listed, searched and sorted by the server.
    pub list: bool,
    /// Keys can be made.
    pub create: bool,
    /// The console makes the secret and sends a digest; otherwise the server makes it.
    pub client_made_secrets: bool,
    /// Name, note, metadata, scopes, expiry and addresses can be changed.
    pub edit: bool,
    /// Keys can be switched off and on.
    pub disable: bool,
    /// Keys can be revoked for good.
    pub revoke: bool,
    /// Keys have an environment, live or test.
    pub environments: bool,
    /// Keys can be bound to addresses.
    pub addresses: bool,
    /// A key can be tried with one click.
    pub probe: bool,
}
