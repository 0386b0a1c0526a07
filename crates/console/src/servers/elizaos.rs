//! The adapter for ElizaOS.

use keydeck_domain::Dialect;

use crate::capabilities::Capabilities;
use crate::connection::ServerKind;
use crate::kinds::{Kind, SignInWith};
use crate::servers::unable;

/// ElizaOS.
pub static KIND: Kind = Kind {
    kind: ServerKind::Elizaos,
    title: "ElizaOS",
    dialect: Some(Dialect::Elizaos),
    sign_in: SignInWith::Nothing,
    under_a_path: true,
    default_address: Some("http://localhost:3000"),
    tenant: false,
    rotate_days: None,
    account_page: None,
    make: |_, _| Err(unable("This version of Keydeck can't speak to ElizaOS yet.")),
    can: |_| Capabilities::none(),
};
