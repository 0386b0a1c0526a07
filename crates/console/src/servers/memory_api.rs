//! The adapter for Memory API.

use keydeck_domain::Dialect;

use crate::capabilities::Capabilities;
use crate::connection::ServerKind;
use crate::kinds::{Kind, SignInWith};
use crate::servers::unable;

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
    make: |_, _| Err(unable("This version of Keydeck can't speak to Memory API yet.")),
    can: |_| Capabilities::none(),
};
