//! What is well with a server and what is not, looked at from outside: also while it runs.

#[cfg(feature = "tls")]
mod certificate;
mod clock;
mod database;
mod files;
mod usage;
mod webhooks;

use std::path::PathBuf;

use keydeck_domain::Name;

/// How one thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// As it should be.
    Well,
    /// It works, but should be looked at.
    Warning,
    /// It does not work, or can't be relied on.
    Ill,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in a word or two.
    pub what: &'static str,
    /// How it is.
    pub health: Health,
    /// What was found, and what to do where it is not well.
    pub said: String,
}

/// Where to look.
#[derive(Clone, Debug)]
pub struct Patient {
    /// The folder of the database.
    pub data_dir: PathBuf,
    /// The file with the pepper.
    pub pepper_file: PathBuf,
    /// The certificate and its key, where the server speaks https itself.
    #[cfg(feature = "tls")]
    pub tls: Option<crate::tls::TlsFiles>,
}

impl Finding {
    pub(super) fn well(what: &'static str, said: impl Into<String>) -> Self {
        Self { what, health: Health::Well, said: said.into() }
    }

    pub(super) fn warning(what: &'static str, said: impl Into<String>) -> Self {
        Self { what, health: Health::Warning, said: said.into() }
    }

    pub(super) fn ill(what: &'static str, said: impl Into<String>) -> Self {
        Self { what, health: Health::Ill, said: said.into() }
    }
}

/// Looks at everything: files and their modes, the certificate, the pepper, every page, row and audit log of the
/// database, what was counted, the newest backup, the clock. Changes nothing.
pub async fn examine(patient: &Patient) -> Vec<Finding> {
    let mut findings = files::examine(patient);
    #[cfg(feature = "tls")]
    if let Some(files) = &patient.tls {
        findings.push(certificate::examine(files));
    }
    let newest = database::examine(patient, &mut findings).await;
    findings.extend(usage::examine(patient).await);
    findings.extend(webhooks::examine(patient).await);
    findings.push(files::backup(patient));
    findings.push(clock::examine(newest));
    findings
}

/// What an organization is called, where its log is spoken of.
pub(super) fn named(name: Option<&Name>, id: keydeck_domain::OrganizationId) -> String {
    name.map_or_else(|| id.to_string(), |name| format!("{name} ({id})"))
}
