//! The adapter for Better Auth.

use crate::capabilities::Capabilities;
use crate::connection::ServerKind;
use crate::kinds::{Kind, SignInWith};
use crate::servers::unable;

/// Better Auth.
pub static KIND: Kind = Kind {
    kind: ServerKind::BetterAuth,
    title: "Better Auth",
    dialect: None,
    sign_in: SignInWith::Password,
    under_a_path: true,
    default_address: None,
    tenant: false,
    rotate_days: None,
    account_page: None,
    make: |_, _| Err(unable("This version of Keydeck can't speak to Better Auth yet.")),
    can: |_| Capabilities::none(),
};
