//! What the window is told without asking.

use serde::{Deserialize, Serialize};

use crate::clipboard::ClipboardState;
use crate::connection::{Connection, ConnectionId};
use crate::handoff::Handoff;
use crate::keychain::KeychainState;
use crate::keys::KeyRow;
use keydeck_domain::OrganizationId;
use keydeck_domain::api::alerts::Alert;

/// The name under which events reach the window.
pub const EVENT: &str = "keydeck";

/// What the window is told without asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Event {
    /// The clipboard's content from us changed.
    Clipboard {
        /// As it is now.
        clipboard: ClipboardState,
    },
    /// A connection changed.
    Connection {
        /// As it is now.
        connection: Connection,
    },
    /// The unsettled new keys changed.
    Handoffs {
        /// As they are now.
        handoffs: Vec<Handoff>,
    },
    /// The window was to be closed, but a secret that is in memory alone would go with it.
    CloseHeld {
        /// The key whose secret it is.
        handoff: Handoff,
    },
    /// Something was noticed at a key server.
    Alerted {
        /// At which.
        connection: ConnectionId,
        /// In which organization.
        organization: OrganizationId,
        /// What was not known before, the oldest first.
        alerts: Vec<Alert>,
    },
    /// Alerts that were told before this start, and that nobody has looked at.
    AlertsWait {
        /// At which.
        connection: ConnectionId,
        /// In which organization.
        organization: OrganizationId,
        /// Which, the oldest first.
        sequences: Vec<u64>,
    },
    /// The keychain works, or does not any more.
    Keychain {
        /// As it was found just now.
        state: KeychainState,
    },
    /// A notice of the system was clicked: the window is in front and shows this place.
    Go {
        /// At which server.
        connection: ConnectionId,
        /// Of which organization.
        organization: OrganizationId,
        /// Which view.
        view: Place,
        /// The key that it is about.
        key: Option<KeyRow>,
    },
    /// A file is being written.
    Progress {
        /// By which operation.
        operation: String,
        /// How much of it is there, in bytes.
        bytes: u32,
    },
}

/// A view that a notice leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Place {
    /// The list of keys.
    Keys,
    /// The figures.
    Usage,
}
