//! The adapter for keydeck-server itself.

use keydeck_console::connection::ServerKind;

use super::suite::{Entry, Fixture};
use crate::support::World;
use crate::support::world::{EMAIL, PASSWORD};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keydeck_does_what_every_adapter_must() {
    let world = World::start().await;
    let entry = Entry::Password { email: EMAIL.to_owned(), password: PASSWORD.to_owned() };
    Fixture { kind: ServerKind::Keydeck, address: world.origin(), tenant: None, entry }.run().await;
}
