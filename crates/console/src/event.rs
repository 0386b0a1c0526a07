//! What the window is told without asking.

use serde::{Deserialize, Serialize};

use crate::clipboard::ClipboardState;
use crate::connection::Connection;
use crate::handoff::Handoff;

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
}
