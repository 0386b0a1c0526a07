//! The keychain check: whether this computer can keep a secret, and what to do where it can't.

use serde::{Deserialize, Serialize};

/// Whether secrets can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum KeychainState {
    /// Written, read and forgotten again.
    Working,
    /// It is locked.
    Locked,
    /// There is none.
    Absent,
    /// It refused or failed.
    Refusing,
    /// Not looked at yet.
    Unknown,
}

/// The outcome of the keychain check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct KeychainReport {
    /// In one word.
    pub state: KeychainState,
    /// Which keychain this computer has: `Secret Service`, `macOS Keychain`, `Windows Credential Manager`.
    pub store: String,
    /// What was tried and what came of it.
    pub detail: String,
    /// What to do; empty where it works.
    pub advice: String,
    /// How many entries of ours are in it, by the journal.
    pub entries: u32,
}
