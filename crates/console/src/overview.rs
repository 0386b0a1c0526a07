//! What the window needs to draw itself the first time, in one answer.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clipboard::ClipboardState;
use crate::connection::{Connection, ConnectionId};
use crate::handoff::Handoff;
use crate::keychain::KeychainState;
use crate::kinds::KindInfo;
use crate::preferences::Preferences;

/// What the window needs to draw itself the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Overview {
    /// This program's version.
    pub version: String,
    /// The kinds of key servers that this version knows.
    pub kinds: Vec<KindInfo>,
    /// All connections, in the order they were added.
    pub connections: Vec<Connection>,
    /// The connection that is shown.
    pub connection: Option<ConnectionId>,
    /// What the person has set.
    pub preferences: Preferences,
    /// Whether secrets can be kept.
    pub keychain: KeychainState,
    /// When it did last, as far as this computer remembers.
    pub keychain_worked_at: Option<DateTime<Utc>>,
    /// New keys whose secrets are not settled.
    pub handoffs: Vec<Handoff>,
    /// What stands in the clipboard from us.
    pub clipboard: ClipboardState,
    /// What went wrong at the start, if something did.
    pub notice: Option<String>,
}
