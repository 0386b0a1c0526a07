//! The main job: sign in, make a key, copy it, try it, change it, revoke it.

use keydeck_console::clipboard::CopyAs;
use keydeck_console::connection::{ConnectionState, ServerKind};
use keydeck_console::error::ErrorCode;
use keydeck_console::event::Event;
use keydeck_console::keychain::KeychainState;
use keydeck_console::keys::{Custody, KeyRef, RevocationCheck, Update};
use keydeck_console::sealed::SealedRequest;
use keydeck_domain::api::keys::{KeyChange, KeyQuery};
use keydeck_domain::{Outcome, Password};

use crate::support::world::EMAIL;
use crate::support::{Desk, LocalHost, PASSWORD, World, new_key};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_sign_in_to_revoked() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&world.origin()).await;
    assert_eq!(connection.name.as_str(), "127.0.0.1");
    assert_eq!(connection.user.as_ref().map(|user| user.email.as_str()), Some(EMAIL));
    assert_eq!(connection.organization, Some(world.organization));

    let handoff = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    assert_eq!((handoff.custody, handoff.registered, handoff.copied), (Custody::Unclaimed, Some(true), false));
    let key = handoff.key;
    let labels: Vec<String> = desk.vault.labels().into_iter().map(|(_, label)| label).collect();
    assert!(labels.contains(&"Keydeck: Billing worker (Northwind)".to_owned()), "{labels:?}");

    let page = desk.console.list_keys(connection.id, world.organization, KeyQuery::default()).await.unwrap();
    assert_eq!((page.total, page.items[0].custody), (1, Custody::Unclaimed));
    assert_eq!(page.items[0].key.hint, handoff.hint);

    let copied = desk.console.copy_secret(key, CopyAs::Plain).await.unwrap();
    assert!(copied.holds_secret && copied.seconds_left == Some(30));
    assert!(desk.clipboard.content().unwrap().expose().starts_with("nw_test_"));
    let handoffs = desk.console.finish_handoff(key, true).await.unwrap();
    assert_eq!(handoffs, Vec::new());
    assert_eq!(desk.console.get_key(key).await.unwrap().custody, Custody::Kept);

    assert_eq!(desk.console.try_key(key).await.unwrap().outcome, Outcome::Accepted);

    let change = KeyChange {
        scopes: Some(["read".parse().unwrap(), "write".parse().unwrap()].into_iter().collect()),
        ..KeyChange::default()
    };
    let Update::Saved { row } = desk.console.update_key(key, 1, change.clone()).await.unwrap() else { panic!("saved") };
    assert_eq!((row.key.version, row.key.scopes.spaced()), (2, "read write".to_owned()));
    let Update::Changed { row } = desk.console.update_key(key, 1, change).await.unwrap() else { panic!("somebody was faster") };
    assert_eq!(row.key.version, 2);

    let off = KeyChange { enabled: Some(false), ..KeyChange::default() };
    desk.console.update_key(key, 2, off).await.unwrap();
    assert_eq!(desk.console.try_key(key).await.unwrap().outcome, Outcome::Disabled);

    let revocation = desk.console.revoke_key(key).await.unwrap();
    assert_eq!((revocation.check, revocation.row.custody), (RevocationCheck::Refused, Custody::None));
    assert!(!desk.vault.labels().iter().any(|(_, label)| label.contains("Billing")));
    let error = desk.console.try_key(key).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotInKeychain);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_click_on_this_computer() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with_local(LocalHost::on(folder.path().join("server"))).await;
    assert_eq!(desk.console.overview().await.unwrap().connections, Vec::new());
    let connection = desk.console.start_local().await.unwrap();
    assert_eq!((connection.kind, connection.state), (ServerKind::Local, ConnectionState::SignedIn));
    assert!(connection.address.starts_with("http://127.0.0.1:"));
    assert_eq!(connection.organizations[0].name.as_str(), "My keys");
    let again = desk.console.start_local().await.unwrap();
    assert_eq!(again.id, connection.id);
    let organization = connection.organization.unwrap();
    let handoff = desk.console.create_key(connection.id, organization, new_key("First")).await.unwrap();
    assert_eq!(desk.console.try_key(handoff.key).await.unwrap().outcome, Outcome::Accepted);
    let overview = desk.console.overview().await.unwrap();
    assert_eq!((overview.connections.len(), overview.handoffs.len()), (1, 1));
    assert_eq!(overview.connection, Some(connection.id));
    assert_eq!(overview.keychain, KeychainState::Working);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn still_signed_in_at_the_next_start() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&world.origin()).await;
    desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    let desk = desk.again().await;
    let overview = desk.console.overview().await.unwrap();
    assert_eq!(overview.connections[0].user, connection.user);
    // F6: the program ended before anything was said about the secret.
    assert_eq!(overview.handoffs[0].custody, Custody::Unclaimed);
    let page = desk.console.list_keys(connection.id, world.organization, KeyQuery::default()).await.unwrap();
    assert_eq!((page.total, page.items[0].custody), (1, Custody::Unclaimed));
    desk.console.copy_secret(overview.handoffs[0].key, CopyAs::Plain).await.unwrap();
    let left = desk.console.confirm_stored(overview.handoffs[0].key).await.unwrap();
    assert_eq!(left, Vec::new());
    assert!(!desk.vault.labels().iter().any(|(_, label)| label.contains("Billing")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_said_so() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let connection = desk.add(&world.origin()).await;
    assert_eq!(connection.state, ConnectionState::SignedOut);
    let error = desk.console.sign_in(connection.id, EMAIL.into(), Password::new("wrong password".into())).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::WrongCredentials);
    let error = desk.console.sign_in(connection.id, "not an address".into(), Password::new(PASSWORD.into())).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Invalid);
    let error = desk.console.list_keys(connection.id, world.organization, KeyQuery::default()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SignedOut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_revealed_once() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&world.origin()).await;
    let handoff = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    let reveal = desk.console.reveal_secret(handoff.key).await.unwrap();
    desk.console.sealed().arm(&reveal.address);
    let request = SealedRequest { method: "GET", url: &reveal.address, accept: Some("text/html"), ..SealedRequest::default() };
    let page = String::from_utf8(desk.console.sealed().answer(&request).body).unwrap();
    desk.console.copy_secret(handoff.key, CopyAs::Plain).await.unwrap();
    assert!(page.contains(desk.clipboard.content().unwrap().expose()));
    assert!(desk.console.reveal_served(reveal.address.clone()).await.unwrap());
    assert_eq!(desk.console.sealed().answer(&request).status, 404);
    desk.console.end_reveal(reveal.address.clone()).await.unwrap();
    assert!(!desk.console.reveal_served(reveal.address).await.unwrap());
    let unknown = KeyRef { key: keydeck_domain::KeyId::generate(), ..handoff.key };
    assert_eq!(desk.console.reveal_secret(unknown).await.unwrap_err().code, ErrorCode::NotInKeychain);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_copied_in_every_form_and_cleared_at_the_end() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&world.origin()).await;
    let handoff = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    desk.console.copy_secret(handoff.key, CopyAs::Environment { variable: "BILLING".into() }).await.unwrap();
    assert!(desk.clipboard.content().unwrap().expose().starts_with("BILLING=nw_test_"));
    desk.console.copy_secret(handoff.key, CopyAs::CurlHeader).await.unwrap();
    assert!(desk.clipboard.content().unwrap().expose().starts_with("-H 'Authorization: Bearer nw_test_"));
    let wrong = CopyAs::Environment { variable: "1=2".into() };
    assert_eq!(desk.console.copy_secret(handoff.key, wrong).await.unwrap_err().code, ErrorCode::Invalid);
    desk.events.wait_for(|event| matches!(event, Event::Clipboard { clipboard } if clipboard.holds_secret)).await;
    desk.console.exit();
    assert!(desk.clipboard.content().is_none());
}

#[tokio::test]
async fn t33_only_https_links_are_opened() {
    let desk = Desk::start().await;
    for url in [
        "http://example.org",
        "file:///etc/passwd",
        "smb://host/share",
        "javascript:alert(1)",
        "https://ada:pw@example.org",
        "example.org",
        "",
    ] {
        assert_eq!(desk.console.open_link(url.into()).await.unwrap_err().code, ErrorCode::UnsafeLink, "{url}");
    }
    desk.console.open_link("https://example.org/docs".into()).await.unwrap();
    assert_eq!(desk.opened.0.lock().unwrap().as_slice(), ["https://example.org/docs".parse().unwrap()]);
}

#[tokio::test]
async fn preferences_have_bounds_and_stay() {
    let desk = Desk::start().await;
    let mut preferences = desk.console.overview().await.unwrap().preferences;
    for (clear, days) in [(Some(4), None), (Some(601), None), (None, Some(0)), (None, Some(4_000))] {
        preferences.clear_clipboard_after = clear;
        preferences.expires_in_days = days;
        assert_eq!(desk.console.set_preferences(preferences.clone()).await.unwrap_err().code, ErrorCode::Invalid);
    }
    preferences.clear_clipboard_after = None;
    preferences.expires_in_days = Some(7);
    desk.console.set_preferences(preferences.clone()).await.unwrap();
    assert_eq!(desk.again().await.console.overview().await.unwrap().preferences, preferences);
}

/// The commands of the window are run on any thread: looked at by the compiler, never run.
#[allow(dead_code, reason = "looked at by the compiler")]
fn every_use_case_can_change_threads(console: &'static keydeck_console::Console, key: KeyRef) {
    fn sent<T: Send>(_: T) {}
    sent(console.overview());
    sent(console.start_local());
    sent(console.sign_in(key.connection, String::new(), Password::new(String::new())));
    sent(console.remove_connection(key.connection));
    sent(console.list_keys(key.connection, key.organization, KeyQuery::default()));
    sent(console.update_key(key, 1, KeyChange::default()));
    sent(console.create_key(key.connection, key.organization, new_key("a")));
    sent((console.revoke_key(key), console.discard_key(key), console.resend_handoff(key)));
    sent((console.copy_secret(key, CopyAs::Plain), console.try_key(key), console.reveal_secret(key)));
    sent(console.run("handoffs", console.handoffs()));
}
