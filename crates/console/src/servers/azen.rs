//! The adapter for Azen.

use keydeck_domain::Dialect;

use crate::capabilities::Capabilities;
use crate::connection::ServerKind;
use crate::kinds::{Kind, SignInWith};
use crate::servers::unable;

/// Azen.
pub static KIND: Kind = Kind {
    kind: ServerKind::Azen,
    title: "Azen",
    dialect: Some(Dialect::Azen),
    sign_in: SignInWith::Password,
    under_a_path: true,
    default_address: None,
    tenant: false,
    rotate_days: None,
    account_page: None,
    make: |_, _| Err(unable("This version of Keydeck can't speak to Azen yet.")),
    can: |_| Capabilities::none(),
};
