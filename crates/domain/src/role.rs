//! What a member of an organization may do.

use serde::{Deserialize, Serialize};

use crate::scope::{Scope, Scopes};

/// A member's role. The order is the order of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Role {
    /// Sees keys, changes nothing.
    Viewer,
    /// Makes keys and changes his own.
    Member,
    /// Makes and changes all keys, and verifiers.
    Admin,
    /// All that an admin may, and the organization itself.
    Owner,
}

impl Role {
    /// The word as it stands on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Whether this role may make keys.
    #[must_use]
    pub fn creates_keys(self) -> bool {
        self >= Self::Member
    }

    /// Whether this role may change or revoke a key: a member only those that he made.
    #[must_use]
    pub fn changes_key(self, own: bool) -> bool {
        self >= Self::Admin || (self == Self::Member && own)
    }

    /// Whether this role may make and revoke verifiers.
    #[must_use]
    pub fn manages_verifiers(self) -> bool {
        self >= Self::Admin
    }

    /// Whether this role may read the audit log.
    #[must_use]
    pub fn reads_audit(self) -> bool {
        self >= Self::Admin
    }

    /// The scopes that this role can give to a key: nobody grants what he lacks. `admin` is for
    /// owners and admins; a viewer grants nothing.
    #[must_use]
    pub fn grantable<'a>(self, catalogue: impl IntoIterator<Item = &'a Scope>) -> Scopes {
        catalogue
            .into_iter()
            .filter(|scope| match self {
                Self::Viewer => false,
                Self::Member => !scope.is_admin(),
                Self::Admin | Self::Owner => true,
            })
            .cloned()
            .collect()
    }
}

/// The word is no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is `owner`, `admin`, `member` or `viewer`")]
pub struct UnknownRole;

impl std::str::FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Viewer, Self::Member, Self::Admin, Self::Owner].into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}
