//! How one system writes, carries and refuses keys, as far as that is data.

use serde::{Deserialize, Serialize};

/// Whose contract an organization's keys follow. Chosen when the organization is made, for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Dialect {
    /// Keydeck's own.
    #[default]
    Keydeck,
    /// Azen, which is built on Better Auth.
    Azen,
    /// Memory API.
    MemoryApi,
    /// ElizaOS.
    Elizaos,
    /// Azotte.
    Azotte,
    /// Azerion AI.
    Azerion,
}

/// Where a request carries its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyHeader {
    /// `Authorization: Bearer …` (RFC 6750, 2.1).
    Bearer,
    /// A header of this name, in lower case, that holds the key and nothing else.
    Named(&'static str),
}

/// What a dialect says in data.
#[derive(Clone, Copy, Debug)]
pub struct Contract {
    /// The word on the wire and in paths.
    pub word: &'static str,
    /// How the system is called.
    pub title: &'static str,
    /// Where its keys stand in a request; the first is the one that its document recommends.
    pub key_headers: &'static [KeyHeader],
    /// The header that names the tenant, in lower case; only keys of that tenant are good then.
    pub tenant_header: Option<&'static str>,
    /// The variable that its document keeps a key in.
    pub variable: &'static str,
    /// What a key may do, scope and description. A dialect without scopes has one that says so.
    pub catalogue: &'static [(&'static str, &'static str)],
    /// Whether a request needs the scope that its method stands for: `read`, `write` or `delete`.
    pub method_scopes: bool,
    /// The scope that stands for every other.
    pub full_access: Option<&'static str>,
    /// Whether a key's text tells its environment.
    pub environments: bool,
    /// Whether there are publishable keys beside secret ones.
    pub kinds: bool,
}

const READ: (&str, &str) = ("read", "See data");
const WRITE: (&str, &str) = ("write", "Create and change data");

static KEYDECK: Contract = Contract {
    word: "keydeck",
    title: "Keydeck",
    key_headers: &[KeyHeader::Bearer, KeyHeader::Named("x-api-key")],
    tenant_header: None,
    variable: "API_KEY",
    catalogue: &[READ, WRITE, ("delete", "Delete data"), ("admin", "Manage the organization's own settings")],
    method_scopes: true,
    full_access: None,
    environments: true,
    kinds: true,
};

/// "All API requests must include an API key in the azen-api-key header."
static AZEN: Contract = Contract {
    word: "azen",
    title: "Azen",
    key_headers: &[KeyHeader::Named("azen-api-key")],
    tenant_header: None,
    variable: "AZEN_API_KEY",
    catalogue: &[READ, WRITE],
    method_scopes: true,
    full_access: None,
    environments: false,
    kinds: false,
};

/// "Authorization Header (Recommended)" and "X-API-Key Header"; "`admin` | Manage API keys, full access".
static MEMORY_API: Contract = Contract {
    word: "memory-api",
    title: "Memory API",
    key_headers: &[KeyHeader::Bearer, KeyHeader::Named("x-api-key")],
    tenant_header: None,
    variable: "MEMORY_API_KEY",
    catalogue: &[
        ("read", "Read memories, query, view usage"),
        ("write", "Create and update memories"),
        ("delete", "Delete memories"),
        ("admin", "Manage API keys, full access"),
    ],
    method_scopes: true,
    full_access: Some("admin"),
    environments: true,
    kinds: false,
};

/// "include the API key in your requests using the X-API-KEY header".
static ELIZAOS: Contract = Contract {
    word: "elizaos",
    title: "ElizaOS",
    key_headers: &[KeyHeader::Named("x-api-key")],
    tenant_header: None,
    variable: "ELIZA_SERVER_AUTH_TOKEN",
    catalogue: &[("api", "Everything under /api")],
    method_scopes: false,
    full_access: None,
    environments: false,
    kinds: false,
};

/// "x-api-key: Your API key (required)", "x-tn: Tenant ID for data isolation (required)".
static AZOTTE: Contract = Contract {
    word: "azotte",
    title: "Azotte",
    key_headers: &[KeyHeader::Named("x-api-key")],
    tenant_header: Some("x-tn"),
    variable: "AZOTTE_API_KEY",
    catalogue: &[READ, WRITE, ("delete", "Delete data")],
    method_scopes: true,
    full_access: None,
    environments: true,
    kinds: true,
};

/// "All API requests must include your API key in the Authorization header using the Bearer scheme."
static AZERION: Contract = Contract {
    word: "azerion",
    title: "Azerion AI",
    key_headers: &[KeyHeader::Bearer],
    tenant_header: None,
    variable: "AZERION_API_KEY",
    catalogue: &[("models", "Call the API")],
    method_scopes: false,
    full_access: None,
    environments: false,
    kinds: false,
};

impl Dialect {
    /// Every one.
    pub const ALL: [Self; 6] = [Self::Keydeck, Self::Azen, Self::MemoryApi, Self::Elizaos, Self::Azotte, Self::Azerion];

    /// What it says in data.
    #[must_use]
    pub fn contract(self) -> &'static Contract {
        match self {
            Self::Keydeck => &KEYDECK,
            Self::Azen => &AZEN,
            Self::MemoryApi => &MEMORY_API,
            Self::Elizaos => &ELIZAOS,
            Self::Azotte => &AZOTTE,
            Self::Azerion => &AZERION,
        }
    }

    /// The word on the wire and in paths.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.contract().word
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no dialect of this word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a dialect is one of keydeck, azen, memory-api, elizaos, azotte and azerion")]
pub struct UnknownDialect;

impl std::str::FromStr for Dialect {
    type Err = UnknownDialect;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == text).ok_or(UnknownDialect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialect_has_one_word() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.as_str().parse(), Ok(dialect));
            assert_eq!(serde_json::to_value(dialect).expect("a word"), dialect.as_str());
        }
        assert_eq!("Azen".parse::<Dialect>(), Err(UnknownDialect));
    }

    #[test]
    fn every_catalogue_is_of_scopes() {
        for dialect in Dialect::ALL {
            for (scope, _) in dialect.contract().catalogue {
                assert!(scope.parse::<crate::Scope>().is_ok(), "{dialect}: {scope}");
            }
        }
    }
}
