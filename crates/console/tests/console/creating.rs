//! A new secret can't be lost: answers that get lost, programs that end, people who cancel.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keydeck_console::connection::{Connection, ConnectionState};
use keydeck_console::error::{Error, ErrorCode, Result};
use keydeck_console::event::Event;
use keydeck_console::handoff::Handoff;
use keydeck_console::keys::{Custody, RevocationCheck};
use keydeck_domain::api::keys::KeyQuery;
use keydeck_domain::{OrganizationId, Outcome};

use crate::support::{Act, Desk, Proxy, World, new_key};

struct Scene {
    world: World,
    proxy: Proxy,
    desk: Desk,
    connection: Connection,
}

impl Scene {
    async fn set() -> Self {
        let world = World::start().await;
        let proxy = Proxy::before(world.address).await;
        let desk = Desk::start().await;
        let connection = desk.signed_in(&proxy.origin()).await;
        Self { world, proxy, desk, connection }
    }

    fn organization(&self) -> OrganizationId {
        self.world.organization
    }

    async fn create(&self) -> Result<Handoff> {
        self.desk.console.create_key(self.connection.id, self.organization(), new_key("Billing worker")).await
    }

    async fn rows(&self) -> u32 {
        let list = self.desk.console.list_keys(self.connection.id, self.organization(), KeyQuery::default());
        list.await.unwrap().total
    }

    /// Begins a create and drops it as soon as the PUT is under way and will never be answered: what
    /// is left is what `kill -9` leaves.
    async fn killed_in_the_put(&self) {
        self.proxy.rule(|seen| if seen.is("PUT", "/keys/") { Act::Hang } else { Act::Pass });
        tokio::select! {
            _ = self.create() => panic!("never answered"),
            () = self.proxy.wait_for("PUT", "/keys/") => {}
        }
    }

    /// The program is started again.
    async fn again(self) -> Self {
        let desk = self.desk.again().await;
        Self { desk, ..self }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f01_a_lost_answer_is_asked_for_again() {
    let scene = Scene::set().await;
    let lost = AtomicBool::new(false);
    scene.proxy.rule(move |seen| {
        let lose = seen.is("PUT", "/keys/") && !lost.swap(true, Ordering::SeqCst);
        if lose { Act::LoseAnswer } else { Act::Pass }
    });
    let handoff = scene.create().await.unwrap();
    assert_eq!((handoff.custody, handoff.registered), (Custody::Unclaimed, Some(true)));
    assert_eq!(scene.proxy.count("PUT", "/keys/"), 2);
    assert_eq!(scene.rows().await, 1);
    assert_eq!(scene.desk.console.try_key(handoff.key).await.unwrap().outcome, Outcome::Accepted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_stays_lost_leaves_a_pending_key_that_is_settled_later() {
    let scene = Scene::set().await;
    scene.proxy.rule(|seen| if seen.is("PUT", "/keys/") { Act::LoseAnswer } else { Act::Pass });
    let handoff = scene.create().await.unwrap();
    assert_eq!((handoff.custody, handoff.registered), (Custody::Pending, None));
    assert!(handoff.problem.unwrap().contains("not known whether the key was made"));
    assert_eq!(scene.proxy.count("PUT", "/keys/"), 3);
    let error = scene.desk.console.finish_handoff(handoff.key, true).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    assert_eq!(scene.desk.console.confirm_stored(handoff.key).await.unwrap_err().code, ErrorCode::Conflict);
    let settled = scene.desk.console.handoffs().await.unwrap();
    assert_eq!((settled[0].custody, settled[0].registered, settled[0].problem.clone()), (Custody::Unclaimed, Some(true), None));
    assert_eq!(scene.rows().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f05_killed_before_the_put_arrived() {
    let scene = Scene::set().await;
    scene.killed_in_the_put().await;
    scene.proxy.rule(|_| Act::Pass);
    let scene = scene.again().await;
    let handoff = scene.desk.console.handoffs().await.unwrap().remove(0);
    assert_eq!((handoff.custody, handoff.registered), (Custody::Pending, Some(false)));
    assert_eq!(scene.rows().await, 0);
    let sent = scene.desk.console.resend_handoff(handoff.key).await.unwrap();
    assert_eq!((sent.custody, sent.registered, sent.hint), (Custody::Unclaimed, Some(true), handoff.hint));
    assert_eq!(scene.rows().await, 1);
    assert_eq!(scene.desk.console.try_key(handoff.key).await.unwrap().outcome, Outcome::Accepted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f05_what_never_arrived_can_be_forgotten() {
    let scene = Scene::set().await;
    scene.killed_in_the_put().await;
    scene.proxy.rule(|_| Act::Pass);
    let scene = scene.again().await;
    let handoff = scene.desk.console.handoffs().await.unwrap().remove(0);
    assert_eq!(scene.desk.console.forget_handoff(handoff.key).await.unwrap(), Vec::new());
    assert_eq!(scene.desk.vault.labels().len(), 1, "the session alone is left");
    assert_eq!(scene.desk.console.resend_handoff(handoff.key).await.unwrap_err().code, ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f05_killed_after_the_put_arrived() {
    let scene = Scene::set().await;
    let (world, proxy) = (scene.world.address, &scene.proxy);
    assert_ne!(world, proxy.address);
    proxy.rule(|seen| if seen.is("PUT", "/keys/") { Act::LoseAnswer } else { Act::Pass });
    scene.create().await.unwrap();
    proxy.rule(|_| Act::Pass);
    let scene = scene.again().await;
    let handoff = scene.desk.console.handoffs().await.unwrap().remove(0);
    assert_eq!((handoff.custody, handoff.registered), (Custody::Unclaimed, Some(true)));
    // It is there after all: it can't be forgotten as if it were not.
    assert_eq!(scene.desk.console.forget_handoff(handoff.key).await.unwrap_err().code, ErrorCode::Conflict);
    let left = scene.desk.console.finish_handoff(handoff.key, true).await.unwrap();
    assert_eq!(left, Vec::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offline_nothing_is_touched() {
    let scene = Scene::set().await;
    scene.killed_in_the_put().await;
    let unreachable = || crate::support::proxy::answer("503 Service Unavailable", "retry-after: 3600\r\n", b"");
    scene.proxy.rule(move |_| unreachable());
    let scene = scene.again().await;
    let handoff = scene.desk.console.handoffs().await.unwrap().remove(0);
    assert_eq!((handoff.custody, handoff.registered), (Custody::Pending, None));
    assert_eq!(scene.desk.console.forget_handoff(handoff.key).await.unwrap_err().code, ErrorCode::ServerFailed);
    let still = scene.desk.console.handoffs().await.unwrap();
    assert_eq!(still[0].custody, Custody::Pending);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f26_a_create_can_be_cancelled_and_is_not_lost() {
    let scene = Scene::set().await;
    scene.proxy.rule(|seen| if seen.is("PUT", "/keys/") { Act::Hang } else { Act::Pass });
    let console = &scene.desk.console;
    scene.desk.events.clear();
    let (created, ()) = tokio::join!(console.run("create-1", scene.create()), async {
        scene.proxy.wait_for("PUT", "/keys/").await;
        console.cancel("create-1");
    });
    assert_eq!(created.unwrap_err().code, ErrorCode::Cancelled);
    // The window is told of what is left, without asking.
    scene.desk.events.wait_for(|event| matches!(event, Event::Handoffs { handoffs } if handoffs.len() == 1)).await;
    scene.proxy.rule(|_| Act::Pass);
    let handoff = console.handoffs().await.unwrap().remove(0);
    assert_eq!(handoff.registered, Some(false));
    assert_eq!(console.resend_handoff(handoff.key).await.unwrap().custody, Custody::Unclaimed);
    assert_eq!(scene.rows().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_refuses_leaves_nothing() {
    let scene = Scene::set().await;
    let mut new = new_key("Billing worker");
    new.scopes = ["no_such_scope".parse().unwrap()].into_iter().collect();
    let error = scene.desk.console.create_key(scene.connection.id, scene.organization(), new).await.unwrap_err();
    assert!(matches!(error.code, ErrorCode::Invalid | ErrorCode::Forbidden), "{error:?}");
    assert_eq!(scene.desk.console.handoffs().await.unwrap(), Vec::new());
    assert_eq!(scene.desk.vault.labels().len(), 1, "the session alone");
    let foreign = OrganizationId::generate();
    let error = scene.desk.console.create_key(scene.connection.id, foreign, new_key("a")).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_asks_to_wait_leaves_nothing() {
    let scene = Scene::set().await;
    scene
        .proxy
        .rule(|seen| if seen.is("PUT", "/keys/") { problem("429 Too Many Requests", "rate_limited", 429) } else { Act::Pass });
    let error = scene.create().await.unwrap_err();
    assert_eq!((error.code, error.retry_after), (ErrorCode::RateLimited, Some(3_600)));
    assert_eq!(scene.desk.console.handoffs().await.unwrap(), Vec::new());
}

fn problem(status: &str, code: &str, number: u16) -> Act {
    let body = format!(r#"{{"type":"urn:keydeck:problem:{code}","title":"t","status":{number},"code":"{code}"}}"#);
    crate::support::proxy::answer(status, "content-type: application/problem+json\r\nretry-after: 3600\r\n", body.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journal_and_keychain_come_before_the_request() {
    let scene = Scene::set().await;
    let (vault, journal) = (Arc::clone(&scene.desk.vault), scene.desk.folder().join("data/new-keys.json"));
    let seen_in_order = Arc::new(AtomicBool::new(false));
    let order = Arc::clone(&seen_in_order);
    scene.proxy.rule(move |seen| {
        if seen.is("PUT", "/keys/") {
            let id = seen.path.rsplit('/').next().unwrap();
            let in_journal = std::fs::read_to_string(&journal).unwrap().contains(id);
            let in_keychain = vault.labels().iter().any(|(_, label)| label == "Keydeck: Billing worker (Northwind)");
            order.store(in_journal && in_keychain, Ordering::SeqCst);
        }
        Act::Pass
    });
    scene.create().await.unwrap();
    assert!(seen_in_order.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_journal_nothing_is_sent() {
    let scene = Scene::set().await;
    std::fs::create_dir_all(scene.desk.folder().join("data/new-keys.json/in the way")).unwrap();
    assert_eq!(scene.create().await.unwrap_err().code, ErrorCode::Settings);
    assert_eq!(scene.proxy.count("PUT", "/keys/"), 0);
    assert_eq!(scene.desk.vault.labels().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_discarded_key_is_revoked_and_forgotten() {
    let scene = Scene::set().await;
    let handoff = scene.create().await.unwrap();
    let revocation = scene.desk.console.discard_key(handoff.key).await.unwrap();
    assert_eq!((revocation.check, revocation.row.custody), (RevocationCheck::Refused, Custody::None));
    assert_eq!(scene.desk.console.handoffs().await.unwrap(), Vec::new());
    assert_eq!(scene.desk.vault.labels().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copied_but_not_kept_stays_unclaimed() {
    let scene = Scene::set().await;
    let console = &scene.desk.console;
    let handoff = scene.create().await.unwrap();
    console.copy_secret(handoff.key, keydeck_console::clipboard::CopyAs::Plain).await.unwrap();
    let left = console.finish_handoff(handoff.key, false).await.unwrap();
    assert_eq!((left.len(), left[0].custody, left[0].copied), (1, Custody::Unclaimed, true));
    assert_eq!(console.forget_secret(handoff.key).await.unwrap_err().code, ErrorCode::Conflict);
    assert_eq!(console.forget_handoff(handoff.key).await.unwrap_err().code, ErrorCode::Conflict);
    assert_eq!(console.confirm_stored(handoff.key).await.unwrap(), Vec::new());
    assert_eq!(console.get_key(handoff.key).await.unwrap().custody, Custody::None);
    assert_eq!(console.revoke_key(handoff.key).await.unwrap().check, RevocationCheck::NotHeld);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_secret_can_be_let_go() {
    let scene = Scene::set().await;
    let console = &scene.desk.console;
    let handoff = scene.create().await.unwrap();
    console.finish_handoff(handoff.key, true).await.unwrap();
    assert_eq!(console.forget_secret(handoff.key).await.unwrap(), Custody::None);
    assert_eq!(console.forget_secret(handoff.key).await.unwrap(), Custody::None);
    assert_eq!(scene.desk.vault.labels().len(), 1);
    assert_eq!(console.get_key(handoff.key).await.unwrap().key.status, keydeck_domain::KeyStatus::Active);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_accepts_a_revoked_key_is_found_out() {
    let scene = Scene::set().await;
    let handoff = scene.create().await.unwrap();
    let record = scene.desk.console.get_key(handoff.key).await.unwrap().key;
    let body = format!(
        r#"{{"id":"{}","organization_id":"{}","name":"a","environment":"test","kind":"secret","scopes":[],"metadata":{{}},"expires_at":null}}"#,
        record.id, record.organization_id
    );
    scene
        .proxy
        .rule(move |seen| if seen.is("GET", "/v1/self") { crate::support::proxy::json("200 OK", "", &body) } else { Act::Pass });
    let revocation = scene.desk.console.revoke_key(handoff.key).await.unwrap();
    assert_eq!((revocation.check, revocation.row.custody), (RevocationCheck::StillAccepted, Custody::Unclaimed));
    // A page in between that says 401 is not the server's refusal.
    scene.proxy.rule(|seen| {
        if seen.is("GET", "/v1/self") { crate::support::proxy::answer("401 Unauthorized", "", b"") } else { Act::Pass }
    });
    let revocation = scene.desk.console.revoke_key(handoff.key).await.unwrap();
    assert!(matches!(revocation.check, RevocationCheck::Failed { .. }));
    assert_eq!(revocation.row.custody, Custody::Unclaimed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_with_unsettled_keys_is_not_removed() {
    let scene = Scene::set().await;
    let console = &scene.desk.console;
    let handoff = scene.create().await.unwrap();
    let error: Error = console.remove_connection(scene.connection.id).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    console.finish_handoff(handoff.key, true).await.unwrap();
    let overview = console.remove_connection(scene.connection.id).await.unwrap();
    assert_eq!((overview.connections.len(), overview.notice), (0, None));
    assert_eq!(scene.desk.vault.labels(), Vec::new());
    assert!(scene.proxy.count("DELETE", "/v1/sessions/current") == 1);
    assert_eq!(console.refresh_connection(scene.connection.id).await.unwrap_err().code, ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signed_out_at_the_start_nothing_is_touched() {
    let scene = Scene::set().await;
    scene.killed_in_the_put().await;
    scene.proxy.rule(|_| Act::Pass);
    scene.desk.console.sign_out(scene.connection.id).await.unwrap();
    let scene = scene.again().await;
    let overview = scene.desk.console.overview().await.unwrap();
    assert_eq!(overview.connections[0].state, ConnectionState::SignedOut);
    let handoff = scene.desk.console.handoffs().await.unwrap().remove(0);
    assert_eq!((handoff.custody, handoff.registered), (Custody::Pending, None));
}
