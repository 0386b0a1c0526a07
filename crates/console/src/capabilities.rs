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
    /// Members are shown, their roles changed, and they can be removed.
    pub members: bool,
    /// Organizations can be made and changed, their catalogues and presets as well.
    pub organizations: bool,
    /// One's own sessions are shown and can be ended, and the password can be changed.
    pub sessions: bool,
    /// There is an audit log to read, check and export.
    pub audit: bool,
    /// People can be invited.
    pub invitations: bool,
    /// Verifiers are shown, and can be made and revoked.
    pub verifiers: bool,
    /// How keys are used is counted: there are figures and alerts.
    pub usage: bool,
    /// Alerts can be sent on by webhooks.
    pub webhooks: bool,
}
