//! When a request is sent again: as long after as the server asks for, at most three times in all, and
//! only where twice is the same as once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keydeck_console::error::ErrorCode;
use keydeck_console::keys::Custody;
use keydeck_domain::Password;
use keydeck_domain::api::keys::{KeyChange, KeyQuery};

use crate::support::proxy::{answer, meta};
use crate::support::world::EMAIL;
use crate::support::{Act, Desk, PASSWORD, Proxy, World, new_key};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f24_a_server_that_asks_to_wait_is_left_alone_that_long() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&proxy.origin()).await;
    let asked = AtomicUsize::new(0);
    proxy.rule(move |seen| {
        if seen.is("GET", "/keys") && asked.fetch_add(1, Ordering::SeqCst) == 0 {
            return answer("429 Too Many Requests", "retry-after: 1\r\n", b"");
        }
        Act::Pass
    });
    let begun = tokio::time::Instant::now();
    desk.console.list_keys(connection.id, world.organization, KeyQuery::default()).await.unwrap();
    // Not a measurement: less than what was told would be a broken promise.
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert_eq!(proxy.count("GET", "/keys"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f24_waiting_can_be_cancelled_and_too_long_a_wait_is_told() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&proxy.origin()).await;
    proxy.rule(|_| answer("429 Too Many Requests", "retry-after: 59\r\n", b""));
    let list = || desk.console.list_keys(connection.id, world.organization, KeyQuery::default());
    let (ended, ()) = tokio::join!(desk.console.run("list-1", list()), async {
        proxy.wait_for("GET", "/keys").await;
        desk.console.cancel("list-1");
    });
    assert_eq!(ended.unwrap_err().code, ErrorCode::Cancelled);
    proxy.rule(|_| answer("429 Too Many Requests", "retry-after: 3600\r\n", b""));
    let error = list().await.unwrap_err();
    assert_eq!((error.code, error.retry_after), (ErrorCode::RateLimited, Some(3_600)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f24_a_date_is_understood_by_the_clock_of_the_server() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&proxy.origin()).await;
    // Its clock is decades late; what it means is an hour from now.
    let headers = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 09:49:37 GMT\r\n";
    proxy.rule(move |_| answer("429 Too Many Requests", headers, b""));
    let before = proxy.seen().len();
    let error = desk.console.list_keys(connection.id, world.organization, KeyQuery::default()).await.unwrap_err();
    assert_eq!((error.code, error.retry_after), (ErrorCode::RateLimited, Some(3_600)));
    assert_eq!(proxy.seen().len() - before, 1, "it is left alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f25_a_storm_of_503_meets_each_verb_as_often_as_is_safe() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let console = &desk.console;
    let connection = desk.signed_in(&proxy.origin()).await;
    let organization = world.organization;
    let key = console.create_key(connection.id, organization, new_key("Billing worker")).await.unwrap().key;
    let earlier = proxy.seen();
    let arrived =
        |method: &str, path: &str| proxy.count(method, path) - earlier.iter().filter(|seen| seen.is(method, path)).count();
    proxy.rule(|_| answer("503 Service Unavailable", "", b""));

    let error = console.list_keys(connection.id, organization, KeyQuery::default()).await.unwrap_err();
    assert_eq!((error.code, arrived("GET", "/keys")), (ErrorCode::ServerFailed, 3), "list");

    let error = console.update_key(key, 1, KeyChange { enabled: Some(false), ..KeyChange::default() }).await.unwrap_err();
    assert_eq!((error.code, arrived("PATCH", "/keys/")), (ErrorCode::ServerFailed, 1), "change: it may have been done");

    let error = console.revoke_key(key).await.unwrap_err();
    assert_eq!((error.code, arrived("POST", "/revoke")), (ErrorCode::ServerFailed, 3), "revoke: twice is once");

    // It may have been made, so it is no error: the secret is safe and the person is asked.
    let handoff = console.create_key(connection.id, organization, new_key("Second")).await.unwrap();
    assert_eq!((handoff.custody, arrived("PUT", "/keys/")), (Custody::Pending, 3), "register: the same id is the same key");

    console.sign_out(connection.id).await.unwrap();
    assert_eq!(arrived("DELETE", "/v1/sessions/current"), 3, "sign out");
}

#[tokio::test]
async fn f25_what_is_not_safe_to_repeat_is_sent_once() {
    let proxy =
        Proxy::alone(|seen| if seen.method == "POST" { answer("503 Service Unavailable", "", b"") } else { meta() }).await;
    let desk = Desk::start().await;
    let connection = desk.add(&proxy.origin()).await;
    let error = desk.console.sign_in(connection.id, EMAIL.into(), Password::new(PASSWORD.into())).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ServerFailed);
    assert_eq!(proxy.count("POST", "/v1/sessions"), 1);
}
