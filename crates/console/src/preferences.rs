//! What the person has set. Kept in the settings file, which holds no secret.

use serde::{Deserialize, Serialize};

/// What the person has set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Preferences {
    /// Seconds until a copied secret is cleared: 5 to 600, or `None` for never.
    pub clear_clipboard_after: Option<u32>,
    /// Whether a new secret is kept in the keychain unless the person says otherwise.
    pub keep_new_secrets: bool,
    /// Days until a new key expires unless the person says otherwise; `None` for never.
    pub expires_in_days: Option<u32>,
    /// Whether the system's notices tell of alerts, and of keys that expire soon.
    pub notices: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { clear_clipboard_after: Some(30), keep_new_secrets: true, expires_in_days: Some(90), notices: true }
    }
}
