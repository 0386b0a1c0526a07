//! The handoff: how a new secret stays safe from the moment it is made.

pub mod journal;

use serde::{Deserialize, Serialize};

use crate::keys::{Custody, KeyRef};
use keydeck_domain::{Environment, Hint, Name};

/// A new key whose secret is not settled yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Handoff {
    /// The key, and the handle of its secret.
    pub key: KeyRef,
    /// What people call it.
    pub name: Name,
    /// Live or test.
    pub environment: Environment,
    /// What is visible of the secret.
    pub hint: Hint,
    /// Where the secret is now.
    pub custody: Custody,
    /// Whether it was copied since this program started.
    pub copied: bool,
    /// Whether the server has the key; `None` where it could not be asked.
    pub registered: Option<bool>,
    /// What went wrong and what can be done, if something did.
    pub problem: Option<String>,
}

/// A place where a secret can be looked at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Reveal {
    /// The address of the sealed frame; works once.
    pub address: String,
    /// The address of an empty page that takes its place when it is hidden.
    pub blank: String,
    /// After how many seconds it is gone.
    pub seconds: u32,
}
