//! The adapter for Azotte.

use keydeck_domain::Dialect;

use crate::capabilities::Capabilities;
use crate::connection::ServerKind;
use crate::kinds::{Kind, SignInWith};
use crate::servers::unable;

/// Azotte.
pub static KIND: Kind = Kind {
    kind: ServerKind::Azotte,
    title: "Azotte",
    dialect: Some(Dialect::Azotte),
    sign_in: SignInWith::Nothing,
    under_a_path: true,
    default_address: Some("https://api.azotte.com"),
    tenant: true,
    rotate_days: Some(90),
    account_page: None,
    make: |_, _| Err(unable("This version of Keydeck can't speak to Azotte yet.")),
    can: |_| Capabilities::none(),
};
