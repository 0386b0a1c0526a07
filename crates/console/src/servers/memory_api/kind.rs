//! What Memory API is, and what can be done with it.

use std::sync::Arc;

use keydeck_domain::Dialect;

use super::MemoryApi;
use crate::capabilities::{Ability, Capabilities, RotateBy, Scoping};
use crate::connection::ServerKind;
use crate::kinds::{Kind, SignInWith};

/// Memory API.
pub static KIND: Kind = Kind {
    kind: ServerKind::MemoryApi,
    title: "Memory API",
    dialect: Some(Dialect::MemoryApi),
    sign_in: SignInWith::Key,
    under_a_path: true,
    default_address: Some("https://api.memory-api.com/v1"),
    tenant: false,
    rotate_days: None,
    account_page: None,
    make: |target, _| Ok(Arc::new(MemoryApi::new(target)?)),
    can: |_| can(),
};

/// Why no key can be changed.
pub(super) const CHANGE: &str = "Memory API can't change a key. Make another one, hand it over, then revoke this one.";

pub(super) fn can() -> Capabilities {
    Capabilities {
        list: true,
        create: true,
        revoke: true,
        environments: true,
        probe: true,
        usage: true,
        scopes: Scoping::Scopes,
        expiry: true,
        rotate: RotateBy::CreateHandOverRevoke,
        ..Capabilities::none()
    }
    .because(Ability::Edit, CHANGE)
    .because(Ability::Rename, CHANGE)
    .because(Ability::EditScopes, CHANGE)
    .because(Ability::EditExpiry, CHANGE)
    .because(Ability::Disable, "Memory API can't switch a key off and on: revoke it, and make another one.")
    .because(Ability::TakeIn, "Memory API lists its keys itself. The key that you are connected with is in the keychain.")
    .because(Ability::Members, "Memory API has accounts and keys, and nothing to manage people with.")
}
