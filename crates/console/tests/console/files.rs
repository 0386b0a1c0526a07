//! What is written to disk: enough to go on, and no secret.

use keydeck_console::clipboard::CopyAs;
use keydeck_console::vault::{Entry, Vault};
use keydeck_domain::api::keys::KeyQuery;

use crate::support::proxy::json;
use crate::support::{Act, Desk, PASSWORD, Proxy, World, new_key};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t41_no_secret_is_in_any_file() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let console = &desk.console;
    let connection = desk.signed_in(&world.origin()).await;
    let mut canaries = vec![PASSWORD.to_owned()];
    for (name, keep) in [("Kept", true), ("Unclaimed", false)] {
        let handoff = console.create_key(connection.id, world.organization, new_key(name)).await.unwrap();
        console.copy_secret(handoff.key, CopyAs::Plain).await.unwrap();
        canaries.push(desk.clipboard.content().unwrap().expose().to_owned());
        console.finish_handoff(handoff.key, keep).await.unwrap();
    }
    let token = desk.vault.read(&Entry::SessionToken(connection.id)).await.unwrap().unwrap();
    canaries.push(token.secret.expose().to_owned());
    console.list_keys(connection.id, world.organization, KeyQuery::default()).await.unwrap();
    let files = desk.files();
    assert!(files.len() >= 2, "settings and journal are there");
    for (path, content) in files {
        for canary in &canaries {
            // The last 24 characters are enough to find it, and more than a hint shows.
            let part = &canary.as_bytes()[canary.len().saturating_sub(24)..];
            assert!(!content.windows(part.len()).any(|window| window == part), "{}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_files_are_told_and_set_aside() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&world.origin()).await;
    desk.console.create_key(connection.id, world.organization, new_key("a")).await.unwrap();
    for file in ["config/settings.json", "data/new-keys.json"] {
        let path = desk.folder().join(file);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    }
    let desk = desk.again().await;
    let notice = desk.console.overview().await.unwrap().notice.unwrap();
    for file in ["settings.json.broken-1", "new-keys.json.broken-1"] {
        assert!(notice.contains(file), "{notice}");
        assert!(desk.files().iter().any(|(path, _)| path.ends_with(file)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_that_went_back_is_told_at_every_start_until_somebody_signs_in_again() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&proxy.origin()).await;
    desk.console.create_key(connection.id, world.organization, new_key("a")).await.unwrap();
    let connection = desk.console.refresh_connection(connection.id).await.unwrap();
    assert_eq!(connection.notice, None);
    let shorter = || json("200 OK", "", r#"{"head":{"sequence":1,"mac":"00"},"at":null}"#);
    proxy.rule(move |seen| if seen.is("GET", "/audit/head") { shorter() } else { Act::Pass });
    let connection = desk.console.refresh_connection(connection.id).await.unwrap();
    assert!(connection.notice.unwrap().contains("history of Northwind"));
    let desk = desk.again().await;
    let connection = desk.console.refresh_connection(connection.id).await.unwrap();
    assert!(connection.notice.unwrap().contains("history of Northwind"));
    desk.console.sign_out(connection.id).await.unwrap();
    let connection = desk
        .console
        .sign_in(connection.id, crate::support::world::EMAIL.into(), keydeck_domain::Password::new(PASSWORD.into()))
        .await
        .unwrap();
    assert_eq!(connection.notice, None);
}

/// A restored backup ends every session: who has to sign in again is told what went back all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_that_went_back_is_told_after_a_sign_in_too() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&proxy.origin()).await;
    desk.console.create_key(connection.id, world.organization, new_key("a")).await.unwrap();
    assert_eq!(desk.console.refresh_connection(connection.id).await.unwrap().notice, None);
    desk.console.sign_out(connection.id).await.unwrap();
    let shorter = || json("200 OK", "", r#"{"head":{"sequence":1,"mac":"00"},"at":null}"#);
    proxy.rule(move |seen| if seen.is("GET", "/audit/head") { shorter() } else { Act::Pass });
    let sign_in = || {
        desk.console.sign_in(connection.id, crate::support::world::EMAIL.into(), keydeck_domain::Password::new(PASSWORD.into()))
    };
    // Nobody was told before, so nobody has accepted it.
    assert!(sign_in().await.unwrap().notice.unwrap().contains("history of Northwind"));
    desk.console.sign_out(connection.id).await.unwrap();
    assert_eq!(sign_in().await.unwrap().notice, None, "told, signed out and in again: accepted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_may_not_read_the_history_and_nobody_minds() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.add(&proxy.origin()).await;
    let member = crate::support::world::MEMBER.to_owned();
    let connection = desk.console.sign_in(connection.id, member, keydeck_domain::Password::new(PASSWORD.into())).await.unwrap();
    assert_eq!((connection.notice, proxy.count("GET", "/audit/head")), (None, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shown_is_remembered() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let first = desk.signed_in(&world.origin()).await;
    let second = World::start().await;
    let second = desk.add(&second.origin()).await;
    assert_eq!(desk.console.overview().await.unwrap().connection, Some(second.id));
    desk.console.show_connection(first.id, Some(world.organization)).await.unwrap();
    let overview = desk.again().await.console.overview().await.unwrap();
    assert_eq!(overview.connection, Some(first.id));
    assert_eq!(overview.connections[0].organization, Some(world.organization));
    assert_eq!(overview.connections.iter().map(|connection| connection.id).collect::<Vec<_>>(), [first.id, second.id]);
}
