//! Copying a secret: by Rust, out of clipboard histories, and cleared in time.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// In which form a secret is copied.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "form", deny_unknown_fields)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum CopyAs {
    /// The secret alone.
    Plain,
    /// `NAME=value`, for an environment.
    Environment {
        /// The variable's name: letters, digits and underscores, not beginning with a digit.
        variable: String,
    },
    /// `-H 'Authorization: Bearer …'`, for curl.
    CurlHeader,
}

/// What stands in the clipboard from us.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct ClipboardState {
    /// Whether a secret of ours is in it.
    pub holds_secret: bool,
    /// What is visible of that secret.
    pub hint: Option<String>,
    /// When it is cleared; `None` where it is never cleared.
    pub clears_at: Option<DateTime<Utc>>,
    /// Seconds until then, when this was answered: the window's clock need not agree.
    pub seconds_left: Option<u32>,
    /// How the last one ended.
    pub ended: Option<ClipboardEnd>,
}

/// How a copied secret left the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum ClipboardEnd {
    /// It was cleared.
    Cleared,
    /// Something else was copied since, and was left alone.
    Replaced,
    /// It could not be cleared: the person must copy something else over it.
    Failed,
}
