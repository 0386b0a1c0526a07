//! Copying a secret: by Rust, out of clipboard histories, and cleared in time.

pub mod countdown;
pub mod form;
mod memory;
mod portable;
mod system;
#[cfg(all(unix, not(target_os = "macos")))]
mod x11;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use keydeck_domain::Secret;
use serde::{Deserialize, Serialize};

pub use memory::MemoryClipboard;
pub use system::SystemClipboard;

use crate::error::Result;

/// Takes copied secrets.
#[async_trait]
pub trait Clipboard: Send + Sync {
    /// Puts a text in, with the hints that keep it out of clipboard histories.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::Clipboard`] where there is none.
    async fn put(&self, text: Secret) -> Result<()>;

    /// The text that is in it now, whoever put it there. Called only when the person asks for it.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::Clipboard`] where there is none, or no text in it.
    async fn read(&self) -> Result<Secret>;

    /// Takes this text out, whoever put it there, if it is still what is in it.
    async fn clear_this(&self, text: Secret) -> ClipboardEnd;

    /// Whether what we put in last is still there; decided without reading other programs' content
    /// where the system allows that.
    async fn is_ours(&self) -> bool;

    /// Takes out what we put in, and only that: what somebody copied since stays.
    async fn clear(&self) -> ClipboardEnd;

    /// The same at the end of the program: blocks for a short time at most.
    fn clear_at_exit(&self);
}

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
    /// `-H 'Authorization: Bearer …'`, for curl: in the header that the key's system documents, with its tenant.
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
