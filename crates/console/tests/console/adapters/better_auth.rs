//! The adapter for Better Auth, against real servers of 1.7 and 1.4 on Node.

mod azen;
mod keys;
pub mod node;
mod reached;

use keydeck_console::error::ErrorCode;
use keydeck_domain::Password;

use crate::support::Desk;
use node::{EMAIL, Node, Which, organization};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn better_auth_does_what_every_adapter_must() {
    let Some(node) = Node::start(Which::Modern, &[]) else { return };
    node.fixture().run().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_bearer_plugin_the_cookie_does_it() {
    let Some(node) = Node::start(Which::Modern, &["bearer=no"]) else { return };
    node.fixture().run().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_older_version_does_too() {
    let Some(node) = Node::start(Which::Old, &[]) else { return };
    node.fixture().run().await;
    let Some(node) = Node::start(Which::Old, &["bearer=no"]) else { return };
    node.fixture().run().await;
}

#[tokio::test]
async fn the_versions_are_told_apart_by_their_answers() {
    let (Some(modern), Some(old)) = (Node::start(Which::Modern, &[]), Node::start(Which::Old, &[])) else { return };
    let desk = Desk::start().await;
    let names = |connection: &keydeck_console::connection::Connection| {
        connection.organizations.iter().map(|one| one.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(&modern.entered(&desk).await), ["Own keys", "Northwind", "Fabrikam"]);
    // There every key is a person's own.
    assert_eq!(names(&old.entered(&desk).await), ["Own keys"]);
}

#[tokio::test]
async fn the_whole_address_of_the_routes_can_be_copied_too() {
    let Some(node) = Node::start(Which::Modern, &[]) else { return };
    let desk = Desk::start().await;
    let mut new = node.connection();
    new.address = format!("{}/api/auth", node.address);
    let connection = desk.console.add_connection(new).await.unwrap();
    assert_eq!(connection.address, node.address);
}

#[tokio::test]
async fn a_session_that_is_over_at_the_server_is_over_here() {
    for (which, arguments) in [(Which::Modern, &[][..]), (Which::Modern, &["bearer=no"]), (Which::Old, &[]), (Which::Azen, &[])] {
        let Some(node) = Node::start(which, arguments) else { return };
        let desk = Desk::start().await;
        let connection = node.entered(&desk).await;
        node.behind("delete", serde_json::json!({ "model": "session", "where": {} })).await;
        let first = connection.organizations[0].id;
        let error = desk.console.list_keys(connection.id, first, Default::default()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::SignedOut, "{error}");
    }
}

#[tokio::test]
async fn who_signs_in_too_often_is_told_how_long_to_wait() {
    for which in [Which::Modern, Which::Old] {
        let Some(node) = Node::start(which, &["limit=yes"]) else { return };
        let desk = Desk::start().await;
        let connection = desk.console.add_connection(node.connection()).await.unwrap();
        let mut codes = Vec::new();
        for _ in 0..4 {
            let wrong = Password::new("not the password".to_owned());
            codes.push(desk.console.sign_in(connection.id, EMAIL.to_owned(), wrong).await.unwrap_err());
        }
        assert_eq!(codes[2].code, ErrorCode::WrongCredentials);
        assert_eq!(codes[3].code, ErrorCode::RateLimited, "{:?}", codes[3]);
        assert!(codes[3].retry_after.is_some_and(|seconds| (1..=10).contains(&seconds)), "{:?}", codes[3]);
    }
}

#[tokio::test]
async fn a_server_that_does_not_trust_its_own_address_is_explained() {
    let Some(node) = Node::start(Which::Modern, &["bearer=no", "base=https://keys.example.org"]) else { return };
    let desk = Desk::start().await;
    let entered = node.entered_by(&desk, EMAIL, node::PASSWORD).await;
    let error = match entered {
        Err(error) => error,
        // Reading is allowed; changing something is not.
        Ok(connection) => {
            let own = organization(&connection, "Own keys");
            desk.console.create_key(connection.id, own, keys::plain("x")).await.unwrap_err()
        }
    };
    assert_eq!(error.code, ErrorCode::Forbidden, "{error}");
    assert!(error.message.contains("trusted origins") && error.message.contains(&node.address), "{error}");
}

#[tokio::test]
async fn another_server_is_not_taken_for_better_auth() {
    let world = crate::support::World::start().await;
    let desk = Desk::start().await;
    let mut new = crate::support::desk::connection(&world.origin());
    new.kind = keydeck_console::connection::ServerKind::BetterAuth;
    assert_eq!(desk.console.add_connection(new).await.unwrap_err().code, ErrorCode::NotAKeyServer);
}
