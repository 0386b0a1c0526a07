//! What a key may do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::text::validated_text;

/// Most scopes that one key can have.
pub const SCOPES_MAX: usize = 64;

/// Why a scope was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a scope is 1 to 64 of a-z, 0-9, `_`, `-` and `.`, with at most one `:` between resource and action")]
pub struct ScopeError;

validated_text!(
    /// One permission: `read`, or a resource and an action, `invoices:read`. There is no wildcard
    /// and no value that means 'everything'.
    Scope,
    ScopeError,
    parse_scope
);

fn parse_scope(text: &str) -> Result<String, ScopeError> {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b))
    };
    let valid = text.len() <= 64
        && match text.split_once(':') {
            Some((resource, action)) => part(resource) && part(action),
            None => part(text),
        };
    if valid { Ok(text.to_owned()) } else { Err(ScopeError) }
}

impl Scope {
    /// `admin`: manages keys where a dialect documents that, and is in no [`Access`].
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.as_str() == "admin" || self.as_str().ends_with(":admin")
    }
}

/// A set of scopes, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[cfg_attr(feature = "bindings", ts(type = "Array<string>"))]
pub struct Scopes(pub BTreeSet<Scope>);

impl Scopes {
    /// Those of `wanted` that are not in this set.
    #[must_use]
    pub fn missing(&self, wanted: &Scopes) -> Scopes {
        Scopes(wanted.0.difference(&self.0).cloned().collect())
    }

    /// Whether every scope of `wanted` is in this set.
    #[must_use]
    pub fn cover(&self, wanted: &Scopes) -> bool {
        wanted.0.is_subset(&self.0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes in order, separated by blanks, as RFC 6750 writes them.
    #[must_use]
    pub fn spaced(&self) -> String {
        self.0.iter().map(Scope::as_str).collect::<Vec<_>>().join(" ")
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

/// A named set of scopes, so that most people never choose single ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Access {
    /// Sees, changes nothing.
    ReadOnly,
    /// Writes, sees nothing.
    WriteOnly,
    /// All that is not `admin`.
    Full,
}

impl Access {
    /// The scopes of this access in a catalogue. A scope belongs to read only or write only by its
    /// action (`read`, `invoices:read`); `admin` belongs to none.
    #[must_use]
    pub fn of<'a>(self, catalogue: impl IntoIterator<Item = &'a Scope>) -> Scopes {
        catalogue
            .into_iter()
            .filter(|scope| !scope.is_admin())
            .filter(|scope| {
                let action = scope.as_str().rsplit(':').next().unwrap_or_default();
                match self {
                    Self::ReadOnly => action == "read",
                    Self::WriteOnly => action == "write",
                    Self::Full => true,
                }
            })
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> Scopes {
        text.split_whitespace().map(|s| s.parse().expect("valid in tests")).collect()
    }

    #[test]
    fn a_scope_is_a_word_or_a_resource_and_an_action() {
        for good in ["read", "invoices:read", "a.b-c_d:e9"] {
            assert!(good.parse::<Scope>().is_ok(), "{good}");
        }
        for bad in ["", "*", "read:*", "Read", "a:b:c", ":a", "a:", "a b", &"x".repeat(65)] {
            assert!(bad.parse::<Scope>().is_err(), "{bad}");
        }
    }

    #[test]
    fn no_access_holds_admin() {
        let catalogue = scopes("read write delete admin team:admin invoices:read");
        assert_eq!(Access::ReadOnly.of(&catalogue.0), scopes("read invoices:read"));
        assert_eq!(Access::WriteOnly.of(&catalogue.0), scopes("write"));
        assert_eq!(Access::Full.of(&catalogue.0), scopes("read write delete invoices:read"));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(scopes("read").missing(&scopes("read write")), scopes("write"));
        assert!(scopes("read write").cover(&scopes("")));
        assert!(!scopes("").cover(&scopes("read")));
    }
}
