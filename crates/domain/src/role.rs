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
    /// Makes and changes all keys, verifiers and webhooks.
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

    /// Whether this role has a permission: the one place where it is decided.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.least_role()
    }

    /// Everything that this role may do, in the order of [`Permission::ALL`].
    #[must_use]
    pub fn permissions(self) -> Vec<Permission> {
        Permission::ALL.into_iter().filter(|permission| self.may(*permission)).collect()
    }

    /// Whether this role may change, disable or revoke a key: a member only those that he made.
    #[must_use]
    pub fn changes_key(self, own: bool) -> bool {
        self.may(Permission::ChangeAllKeys) || (own && self.may(Permission::ChangeOwnKeys))
    }

    /// Whether this role may invite somebody as `role`, take that role from a member, or give it to
    /// one: nobody makes, changes or removes who has more power than himself.
    #[must_use]
    pub fn manages(self, role: Role) -> bool {
        if role == Role::Owner { self.may(Permission::ManageOwners) } else { self.may(Permission::ManageMembers) }
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

/// One thing that a member may or may not do. The matrix of roles and permissions is
/// [`Permission::least_role`]; `docs/roles.md` shows it, and a test holds the two together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Permission {
    /// See the organization, its keys, its members and its verifiers.
    See,
    /// Make keys.
    CreateKeys,
    /// Change, disable and revoke the keys that one made oneself.
    ChangeOwnKeys,
    /// Change, disable and revoke every key.
    ChangeAllKeys,
    /// Make and revoke verifiers.
    ManageVerifiers,
    /// See, make, test and delete webhooks: their addresses can hold a secret of who is called.
    ManageWebhooks,
    /// Invite people, change roles and remove members, owners apart.
    ManageMembers,
    /// Read, filter, check and export the audit log.
    ReadAudit,
    /// Change the scope catalogue, the presets and the limits.
    EditCatalogue,
    /// Make owners, change their role and remove them.
    ManageOwners,
    /// Rename the organization and change its key prefix.
    RenameOrganization,
    /// Make another organization on the same server.
    CreateOrganization,
}

impl Permission {
    /// All of them, from what everybody may to what owners alone may.
    pub const ALL: [Self; 12] = [
        Self::See,
        Self::CreateKeys,
        Self::ChangeOwnKeys,
        Self::ChangeAllKeys,
        Self::ManageVerifiers,
        Self::ManageWebhooks,
        Self::ManageMembers,
        Self::ReadAudit,
        Self::EditCatalogue,
        Self::ManageOwners,
        Self::RenameOrganization,
        Self::CreateOrganization,
    ];

    /// The weakest role that has this permission; every stronger one has it too.
    #[must_use]
    pub fn least_role(self) -> Role {
        match self {
            Self::See => Role::Viewer,
            Self::CreateKeys | Self::ChangeOwnKeys => Role::Member,
            Self::ChangeAllKeys
            | Self::ManageVerifiers
            | Self::ManageWebhooks
            | Self::ManageMembers
            | Self::ReadAudit
            | Self::EditCatalogue => Role::Admin,
            Self::ManageOwners | Self::RenameOrganization | Self::CreateOrganization => Role::Owner,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_cell_by_cell() {
        // viewer, member, admin, owner
        let rows = [
            (Permission::See, [true, true, true, true]),
            (Permission::CreateKeys, [false, true, true, true]),
            (Permission::ChangeOwnKeys, [false, true, true, true]),
            (Permission::ChangeAllKeys, [false, false, true, true]),
            (Permission::ManageVerifiers, [false, false, true, true]),
            (Permission::ManageWebhooks, [false, false, true, true]),
            (Permission::ManageMembers, [false, false, true, true]),
            (Permission::ReadAudit, [false, false, true, true]),
            (Permission::EditCatalogue, [false, false, true, true]),
            (Permission::ManageOwners, [false, false, false, true]),
            (Permission::RenameOrganization, [false, false, false, true]),
            (Permission::CreateOrganization, [false, false, false, true]),
        ];
        assert_eq!(rows.map(|(permission, _)| permission), Permission::ALL);
        for (permission, cells) in rows {
            for (role, expected) in [Role::Viewer, Role::Member, Role::Admin, Role::Owner].into_iter().zip(cells) {
                assert_eq!(role.may(permission), expected, "{role:?} {permission:?}");
            }
        }
    }

    #[test]
    fn nobody_manages_more_power_than_his_own() {
        for (role, managed) in [
            (Role::Viewer, [false, false, false, false]),
            (Role::Member, [false, false, false, false]),
            (Role::Admin, [true, true, true, false]),
            (Role::Owner, [true, true, true, true]),
        ] {
            assert_eq!(
                [Role::Viewer, Role::Member, Role::Admin, Role::Owner].map(|other| role.manages(other)),
                managed,
                "{role:?}"
            );
        }
    }
}
