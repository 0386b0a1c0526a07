//! The audit log as the window shows it.

use keydeck_domain::api::audit::{AuditCheck, AuditEntry};
use serde::{Deserialize, Serialize};

/// A page of the audit log, newest entry first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct AuditPage {
    /// The entries.
    pub items: Vec<AuditEntry>,
    /// Gives the next page.
    pub next: Option<String>,
    /// Entries that match, over all pages.
    pub total: u32,
}

/// Whether the audit log can be trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct AuditReport {
    /// What the server found when it went through the chain.
    pub check: AuditCheck,
    /// What this computer found: the history that it saw before is not there any more. `None` where it
    /// is.
    pub went_back: Option<String>,
}

/// Where an export was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct ExportedFile {
    /// The file, where the person wanted it.
    pub path: String,
    /// How large it is, in bytes.
    pub bytes: u32,
}
