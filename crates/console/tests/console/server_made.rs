//! Servers that make the secret themselves: the request is never repeated by itself, and what a lost
//! answer left is found by name and time.

use std::path::Path;
use std::sync::Arc;

use keydeck_console::clipboard::CopyAs;
use keydeck_console::connection::Connection;
use keydeck_console::console::Adapters;
use keydeck_console::error::ErrorCode;
use keydeck_console::keys::{Custody, RevocationCheck};
use keydeck_console::servers::keydeck::KeydeckServer;
use keydeck_domain::Outcome;
use keydeck_domain::api::keys::KeyQuery;

use crate::support::proxy::Seen;
use crate::support::{Act, Desk, Proxy, World, new_key};

fn adapters() -> Adapters {
    Arc::new(|target, _| {
        let ca_file = target.ca_file.as_deref().map(Path::new);
        Ok(Arc::new(KeydeckServer::with_server_made_secrets(&target.address.origin, ca_file)?))
    })
}

fn creates(seen: &Seen) -> bool {
    seen.method == "POST" && seen.path.ends_with("/keys")
}

async fn scene() -> (World, Proxy, Desk, Connection) {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::with_adapters(adapters()).await;
    let connection = desk.signed_in(&proxy.origin()).await;
    (world, proxy, desk, connection)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answers_secret_goes_into_the_keychain() {
    let (world, proxy, desk, connection) = scene().await;
    assert!(!connection.capabilities.client_made_secrets);
    let handoff = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    assert_eq!((handoff.custody, handoff.registered), (Custody::Unclaimed, Some(true)));
    assert_eq!((proxy.count("POST", "/keys"), proxy.count("PUT", "/keys")), (1, 0));
    assert!(desk.vault.labels().iter().any(|(_, label)| label == "Keydeck: Billing worker (Northwind)"));
    assert_eq!(desk.console.try_key(handoff.key).await.unwrap().outcome, Outcome::Accepted);
    let page = desk.console.list_keys(connection.id, world.organization, KeyQuery::default()).await.unwrap();
    assert_eq!((page.total, page.items[0].custody, page.items[0].key.hint.clone()), (1, Custody::Unclaimed, handoff.hint));
    let desk = desk.again_with(adapters()).await;
    desk.console.copy_secret(handoff.key, CopyAs::Plain).await.unwrap();
    assert_eq!(desk.console.handoffs().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_not_asked_for_again_and_its_orphan_is_found() {
    let (world, proxy, desk, connection) = scene().await;
    // One of the same name that was there before is not taken for it.
    let before = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    proxy.rule(|seen| if creates(seen) { Act::LoseAnswer } else { Act::Pass });
    let handoff = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    assert_eq!((handoff.custody, handoff.registered), (Custody::None, None));
    assert_eq!(proxy.seen().iter().filter(|seen| creates(seen)).count(), 2, "each create was sent once");
    assert_eq!(desk.console.resend_handoff(handoff.key).await.unwrap_err().code, ErrorCode::Conflict);
    let desk = desk.again_with(adapters()).await;
    let found = desk.console.handoffs().await.unwrap();
    let orphan = found.iter().find(|other| other.key != before.key).unwrap();
    assert_eq!((found.len(), orphan.custody, orphan.registered), (2, Custody::None, Some(true)));
    assert!(orphan.problem.as_ref().unwrap().contains("nobody has it"));
    let revocation = desk.console.discard_key(orphan.key).await.unwrap();
    assert_eq!(revocation.check, RevocationCheck::NotHeld);
    assert!(revocation.row.key.revoked_at.is_some());
    let left = desk.console.handoffs().await.unwrap();
    assert_eq!(left.iter().map(|handoff| handoff.key).collect::<Vec<_>>(), [before.key]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_never_arrived_leaves_nothing() {
    let (world, proxy, desk, connection) = scene().await;
    proxy.rule(|seen| if creates(seen) { Act::Hang } else { Act::Pass });
    tokio::select! {
        _ = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")) => panic!("never answered"),
        () = proxy.wait_for("POST", "/keys") => {}
    }
    proxy.rule(|_| Act::Pass);
    assert_eq!(desk.console.handoffs().await.unwrap(), Vec::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keychain_fails_after_the_create() {
    let (world, _proxy, desk, connection) = scene().await;
    desk.vault.fail_with(Some(ErrorCode::KeychainRefused));
    let handoff = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    assert_eq!(handoff.custody, Custody::MemoryOnly);
    desk.console.copy_secret(handoff.key, CopyAs::Plain).await.unwrap();
    desk.vault.fail_with(None);
    assert_eq!(desk.console.finish_handoff(handoff.key, true).await.unwrap(), Vec::new());
}
