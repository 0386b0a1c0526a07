//! The adapter for Azerion AI.

use keydeck_domain::Dialect;

use crate::capabilities::Capabilities;
use crate::connection::ServerKind;
use crate::kinds::{Kind, SignInWith};
use crate::servers::unable;

/// Azerion AI.
pub static KIND: Kind = Kind {
    kind: ServerKind::Azerion,
    title: "Azerion AI",
    dialect: Some(Dialect::Azerion),
    sign_in: SignInWith::Nothing,
    under_a_path: true,
    default_address: Some("https://api.azerion.ai/v1"),
    tenant: false,
    rotate_days: None,
    account_page: Some("https://app.azerion.ai/account#api-tokens"),
    make: |_, _| Err(unable("This version of Keydeck can't speak to Azerion AI yet.")),
    can: |_| Capabilities::none(),
};
