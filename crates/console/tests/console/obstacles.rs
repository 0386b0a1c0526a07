//! Servers that answer, and can't be worked with: too old, too new, or nobody's yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keydeck_console::connection::ConnectionState;
use keydeck_console::error::ErrorCode;
use keydeck_console::event::Event;
use keydeck_domain::Password;
use keydeck_domain::api::keys::KeyQuery;

use crate::support::desk::connection;
use crate::support::proxy::json;
use crate::support::world::{EMAIL, Fresh};
use crate::support::{Act, Desk, PASSWORD, Proxy, World};

const OTHERS: [(&str, ConnectionState); 3] = [
    (r#"{"name":"keydeck-server","version":"0.1.0","protocol":1,"features":[]}"#, ConnectionState::TooOld),
    (r#"{"name":"keydeck-server","version":"0.0.1","protocol":0,"features":["team"]}"#, ConnectionState::TooOld),
    (r#"{"name":"keydeck-server","version":"9.0.0","protocol":2,"features":["team"]}"#, ConnectionState::TooNew),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_of_another_version_is_a_state_until_it_is_brought_up_to_date() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let before = desk.signed_in(&proxy.origin()).await;
    for (meta, state) in OTHERS {
        proxy.rule(move |seen| if seen.is("GET", "/v1/meta") { json("200 OK", "", meta) } else { Act::Pass });
        desk.events.clear();
        let other = desk.console.refresh_connection(before.id).await.unwrap();
        assert_eq!((other.state, other.user.clone()), (state, before.user.clone()), "{meta}");
        assert!(other.notice.unwrap().contains("update"), "{meta}");
        desk.events.wait_for(|event| matches!(event, Event::Connection { connection } if connection.state == state)).await;
        let asked = proxy.count("GET", "/keys");
        let error = desk.console.list_keys(before.id, world.organization, KeyQuery::default()).await.unwrap_err();
        assert_eq!((error.code, proxy.count("GET", "/keys")), (ErrorCode::Incompatible, asked), "{meta}");
        // Its name can still be changed, and a start finds the same out by itself.
        let mut named = connection(&proxy.origin());
        named.name = "Old".to_owned();
        assert_eq!(desk.console.edit_connection(before.id, named).await.unwrap().state, state);
        let again = desk.again().await;
        again.events.wait_for(|event| matches!(event, Event::Connection { connection } if connection.state == state)).await;

        proxy.rule(|_| Act::Pass);
        let after = desk.console.refresh_connection(before.id).await.unwrap();
        assert_eq!((after.state, after.notice), (ConnectionState::SignedIn, None), "{meta}");
        desk.console.list_keys(before.id, world.organization, KeyQuery::default()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_signs_in_at_a_server_of_another_version() {
    for (meta, state) in OTHERS {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let world = World::start().await;
        let proxy = Proxy::before(world.address).await;
        let desk = Desk::start().await;
        let at = desk.add(&proxy.origin()).await;
        proxy.rule(move |seen| {
            counted.fetch_add(usize::from(seen.method == "POST"), Ordering::SeqCst);
            json("200 OK", "", meta)
        });
        let error = desk.console.sign_in(at.id, EMAIL.into(), Password::new(PASSWORD.into())).await.unwrap_err();
        assert_eq!((error.code, asked.load(Ordering::SeqCst)), (ErrorCode::Incompatible, 0), "{meta}");
        assert_eq!(desk.console.overview().await.unwrap().connections[0].state, state);
        let error = Desk::start().await.console.add_connection(connection(&proxy.origin())).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Incompatible);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_meets_nobody_leaves_the_person_where_he_was() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let at = desk.add(&proxy.origin()).await;
    proxy.rule(|_| Act::Answer(Vec::new()));
    let error = desk.console.sign_in(at.id, EMAIL.into(), Password::new(PASSWORD.into())).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unreachable);
    assert_eq!(desk.console.refresh_connection(at.id).await.unwrap_err().code, ErrorCode::Unreachable);
    assert_eq!(desk.console.overview().await.unwrap().connections[0].state, ConnectionState::SignedOut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_server_is_known_as_such_at_the_next_start_and_no_longer_once_somebody_claimed_it() {
    let fresh = Fresh::start().await;
    let desk = Desk::start().await;
    let at = desk.add(&fresh.origin()).await;
    let desk = desk.again().await;
    let unclaimed =
        |event: &Event| matches!(event, Event::Connection { connection } if connection.state == ConnectionState::Unclaimed);
    desk.events.wait_for(unclaimed).await;
    let other = Desk::start().await;
    let there = other.add(&fresh.origin()).await;
    other.console.claim_server(there.id, crate::team::claim(&fresh.token)).await.unwrap();
    assert_eq!(desk.console.refresh_connection(at.id).await.unwrap().state, ConnectionState::SignedOut);
}
