//! Every kind of key server that this version knows: one file an adapter, and one line here.

use std::sync::Arc;

use keydeck_domain::Dialect;
use keydeck_domain::dialect::KeyHeader;
use serde::{Deserialize, Serialize};

use crate::capabilities::Capabilities;
use crate::connection::ServerKind;
use crate::console::Target;
use crate::error::{Error, ErrorCode, Result};
use crate::register::Register;
use crate::servers::{KeyServer, azen, azerion, azotte, better_auth, elizaos, keydeck, memory_api};

/// The adapters.
pub static ADAPTERS: &[&Kind] = &[
    &keydeck::LOCAL,
    &keydeck::KIND,
    &azen::KIND,
    &better_auth::KIND,
    &memory_api::KIND,
    &elizaos::KIND,
    &azotte::KIND,
    &azerion::KIND,
];

/// A kind of key server, as far as it is data.
#[derive(Debug)]
pub struct Kind {
    /// Its word.
    pub kind: ServerKind,
    /// How people call it.
    pub title: &'static str,
    /// Whose contract its keys follow: where they stand in a request, what they look like, which variable they are
    /// kept in. `None` where that differs from server to server.
    pub dialect: Option<Dialect>,
    /// How one signs in.
    pub sign_in: SignInWith,
    /// Whether it can live under a path.
    pub under_a_path: bool,
    /// What is proposed as its address; can be changed.
    pub default_address: Option<&'static str>,
    /// Whether the connection needs a tenant.
    pub tenant: bool,
    /// After how many days its document wants keys replaced.
    pub rotate_days: Option<u32>,
    /// Where its keys are managed by hand, https.
    pub account_page: Option<&'static str>,
    /// Makes the adapter. Called away from the async threads: it may read certificate files.
    pub make: fn(&Target, &Register) -> Result<Arc<dyn KeyServer>>,
    /// What it can do before anybody has asked the server.
    pub can: fn(ServerKind) -> Capabilities,
}

/// How one signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum SignInWith {
    /// E-mail and password.
    Password,
    /// A key that exists already, taken from the clipboard.
    Key,
    /// Not at all: such a connection is always signed in.
    Nothing,
}

/// A kind as the window shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct KindInfo {
    /// Its word.
    pub kind: ServerKind,
    /// How people call it.
    pub title: String,
    /// How one signs in.
    pub sign_in: SignInWith,
    /// What is proposed as its address.
    pub default_address: Option<String>,
    /// Whether the connection needs a tenant.
    pub tenant: bool,
    /// The variable that its document keeps a key in.
    pub variable: Option<String>,
    /// The header that its document recommends for the key, and what stands before the key in it.
    pub header: HeaderInfo,
    /// The header that names the tenant.
    pub tenant_header: Option<String>,
    /// After how many days its document wants keys replaced.
    pub rotate_days: Option<u32>,
    /// Where its keys are managed by hand.
    pub account_page: Option<String>,
}

/// A header that carries a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct HeaderInfo {
    /// Its name.
    pub name: String,
    /// What stands before the key: `Bearer `, or nothing.
    pub before: String,
}

impl Kind {
    /// As the window shows it.
    #[must_use]
    pub fn info(&self) -> KindInfo {
        let contract = self.dialect.map(Dialect::contract);
        KindInfo {
            kind: self.kind,
            title: self.title.to_owned(),
            sign_in: self.sign_in,
            default_address: self.default_address.map(str::to_owned),
            tenant: self.tenant,
            variable: contract.map(|contract| contract.variable.to_owned()),
            header: match self.dialect.map_or(UNSAID, header) {
                KeyHeader::Bearer => HeaderInfo { name: "Authorization".to_owned(), before: "Bearer ".to_owned() },
                KeyHeader::Named(name) => HeaderInfo { name: name.to_owned(), before: String::new() },
            },
            tenant_header: contract.and_then(|contract| contract.tenant_header).map(str::to_owned),
            rotate_days: self.rotate_days,
            account_page: self.account_page.map(str::to_owned),
        }
    }
}

/// Where Better Auth looks for a key, as long as the server's code does not say otherwise.
const UNSAID: KeyHeader = KeyHeader::Named("x-api-key");

/// Where the keys of an organization with this dialect stand in a request, as its document recommends.
#[must_use]
pub fn header(dialect: Dialect) -> KeyHeader {
    dialect.contract().key_headers.first().copied().unwrap_or(UNSAID)
}

/// The same where the organization is at a server of this kind: Keydeck serves organizations of every dialect.
#[must_use]
pub fn header_at(kind: ServerKind, organization: Dialect) -> KeyHeader {
    match find(kind).map(|kind| kind.dialect) {
        Ok(None) => UNSAID,
        Ok(Some(dialect)) if dialect != Dialect::Keydeck => header(dialect),
        _ => header(organization),
    }
}

/// The kind of this word.
///
/// # Errors
/// [`ErrorCode::Incompatible`] where this version has no adapter for it.
pub fn find(kind: ServerKind) -> Result<&'static Kind> {
    let missing = || Error::new(ErrorCode::Incompatible, "This version of Keydeck has no adapter for this kind of server.");
    ADAPTERS.iter().copied().find(|adapter| adapter.kind == kind).ok_or_else(missing)
}

/// Makes the adapter for a key server.
///
/// # Errors
/// The adapter's own.
pub fn adapter(target: &Target, register: &Register) -> Result<Arc<dyn KeyServer>> {
    (find(target.kind)?.make)(target, register)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_there_once_and_leads_to_https() {
        for (at, adapter) in ADAPTERS.iter().enumerate() {
            assert!(ADAPTERS[..at].iter().all(|other| other.kind != adapter.kind), "{}", adapter.title);
            assert!(adapter.account_page.is_none_or(|page| page.starts_with("https://")), "{}", adapter.title);
            if let Some(address) = adapter.default_address {
                let taken = crate::servers::http::address::under_a_path(address).map(|address| address.to_string());
                assert_eq!(taken.as_deref(), Ok(address), "{}", adapter.title);
            }
        }
    }

    #[test]
    fn the_documented_variable_and_header_are_known() {
        let of = |kind| {
            let info = find(kind).expect("a kind").info();
            let header = format!("{}: {}", info.header.name, info.header.before);
            (info.variable.unwrap_or_default(), header.trim_end().to_owned(), info.tenant_header)
        };
        let check = |kind, variable: &str, header: &str, tenant: Option<&str>| {
            assert_eq!(of(kind), (variable.to_owned(), header.to_owned(), tenant.map(str::to_owned)));
        };
        // Memory API: "Authorization Header (Recommended)", "MEMORY_API_KEY=mem_live_your_key_here".
        check(ServerKind::MemoryApi, "MEMORY_API_KEY", "Authorization: Bearer", None);
        // Azerion AI: "export AZERION_API_KEY='your_key'".
        check(ServerKind::Azerion, "AZERION_API_KEY", "Authorization: Bearer", None);
        check(ServerKind::Elizaos, "ELIZA_SERVER_AUTH_TOKEN", "x-api-key:", None);
        check(ServerKind::Azotte, "AZOTTE_API_KEY", "x-api-key:", Some("x-tn"));
        // Better Auth: the API key plugin looks for "x-api-key" where it is told nothing else.
        check(ServerKind::BetterAuth, "", "x-api-key:", None);
        check(ServerKind::Azen, "AZEN_API_KEY", "azen-api-key:", None);
    }
}
