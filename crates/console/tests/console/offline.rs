//! F29, F30: a server that can't be reached shows its last list, marked as old; what is no key server
//! is never taken for one.

use std::time::Duration;

use keydeck_console::connection::{Connection, ConnectionState};
use keydeck_console::error::ErrorCode;
use keydeck_console::keys::KeyPage;
use keydeck_domain::api::keys::{Direction, KeyChange, KeyQuery, KeySort};
use keydeck_domain::{Environment, Password};

use crate::support::desk::connection;
use crate::support::proxy::{answer, json};
use crate::support::world::MEMBER;
use crate::support::{Act, Desk, PASSWORD, Proxy, World, new_key};

const PAGE: &[u8] = b"<html>Welcome to the hotel</html>";

struct Scene {
    world: World,
    proxy: Proxy,
    desk: Desk,
    at: Connection,
}

/// Three keys, listed once, so that they are kept.
async fn scene() -> Scene {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let at = desk.signed_in(&proxy.origin()).await;
    for name in ["Billing worker", "archive 100%", "Checkout"] {
        let mut key = new_key(name);
        key.environment = if name == "Checkout" { Environment::Live } else { Environment::Test };
        desk.console.create_key(at.id, world.organization, key).await.unwrap();
    }
    let scene = Scene { world, proxy, desk, at };
    let page = scene.list(&scene.desk, KeyQuery::default()).await;
    assert_eq!((page.total, page.as_of), (3, None));
    scene.kept(3).await;
    scene
}

impl Scene {
    async fn list(&self, desk: &Desk, query: KeyQuery) -> KeyPage {
        desk.console.list_keys(self.at.id, self.world.organization, query).await.unwrap()
    }

    /// The file is written in the background: waits until it holds so many keys.
    async fn kept(&self, keys: usize) {
        let waiting = async {
            while self.file().is_none_or(|content| content.matches("\"hint\"").count() != keys) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("the list was written");
    }

    fn file(&self) -> Option<String> {
        let folder = self.desk.folder().join("data/last-lists").join(self.at.id.0.to_string());
        std::fs::read_to_string(folder.join(format!("{}.json", self.world.organization))).ok()
    }

    /// From now on nobody is there.
    fn unplug(&self) {
        self.proxy.rule(|_| Act::Answer(Vec::new()));
    }
}

fn names(page: &KeyPage) -> Vec<&str> {
    page.items.iter().map(|row| row.key.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f29_the_last_list_is_shown_marked_as_old_and_changes_wait() {
    let scene = scene().await;
    let (desk, at, organization) = (&scene.desk, &scene.at, scene.world.organization);
    let fresh = scene.list(desk, KeyQuery::default()).await;
    let key = desk.console.handoffs().await.unwrap()[0].key;
    scene.unplug();
    let old = scene.list(desk, KeyQuery::default()).await;
    assert!(old.as_of.is_some());
    assert_eq!((old.items, old.total, old.next), (fresh.items, 3, None));
    let shown = desk.console.overview().await.unwrap().connections.remove(0);
    assert_eq!(shown.state, ConnectionState::Unreachable);
    assert!(shown.answered_at.is_some());

    // Nothing is tried, nothing is waited for.
    let before = scene.proxy.seen().len();
    let change = KeyChange { enabled: Some(false), ..KeyChange::default() };
    let codes = [
        desk.console.create_key(at.id, organization, new_key("Not made")).await.unwrap_err().code,
        desk.console.update_key(key, 1, change).await.unwrap_err().code,
        desk.console.revoke_key(key).await.unwrap_err().code,
        desk.console.rename_account(at.id, "Ada".into()).await.unwrap_err().code,
        desk.console.leave_organization(at.id, organization).await.unwrap_err().code,
    ];
    assert_eq!(codes, [ErrorCode::Unreachable; 5]);
    assert_eq!(scene.proxy.seen().len(), before);

    // And back.
    scene.proxy.rule(|_| Act::Pass);
    assert_eq!(desk.console.refresh_connection(at.id).await.unwrap().state, ConnectionState::SignedIn);
    desk.console.create_key(at.id, organization, new_key("Made")).await.unwrap();
    let page = scene.list(desk, KeyQuery::default()).await;
    assert_eq!((page.total, page.as_of), (4, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f29_the_old_list_is_searched_filtered_and_sorted_as_the_server_does() {
    let scene = scene().await;
    let by_name = KeyQuery { sort: KeySort::Name, direction: Direction::Ascending, ..KeyQuery::default() };
    let queries = [
        KeyQuery { search: Some("  WORKER".into()), ..KeyQuery::default() },
        KeyQuery { search: Some("0%".into()), ..KeyQuery::default() },
        KeyQuery { search: Some("_".into()), ..by_name.clone() },
        KeyQuery { search: Some("nobody".into()), ..KeyQuery::default() },
        KeyQuery { environment: Some(Environment::Test), ..by_name.clone() },
        KeyQuery { status: Some(keydeck_domain::KeyStatus::Revoked), ..KeyQuery::default() },
        KeyQuery { creator_left: Some(false), sort: KeySort::ExpiresAt, ..KeyQuery::default() },
        KeyQuery { sort: KeySort::LastUsedAt, direction: Direction::Ascending, ..KeyQuery::default() },
        by_name,
    ];
    let mut fresh = Vec::new();
    for query in &queries {
        fresh.push(scene.list(&scene.desk, query.clone()).await);
    }
    scene.unplug();
    for (query, fresh) in queries.into_iter().zip(fresh) {
        let old = scene.list(&scene.desk, query.clone()).await;
        assert_eq!((names(&old), old.total), (names(&fresh), fresh.total), "{query:?}");
    }
    // The next page of a list that is not there any more is not made up.
    let next = KeyQuery { cursor: Some("x".into()), ..KeyQuery::default() };
    let error = scene.desk.console.list_keys(scene.at.id, scene.world.organization, next).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unreachable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f29_it_is_there_after_a_start_and_goes_with_who_saw_it() {
    let scene = scene().await;
    scene.unplug();
    let desk = scene.desk.again().await;
    let old = scene.list(&desk, KeyQuery::default()).await;
    assert_eq!((old.total, old.as_of.is_some()), (3, true));
    assert!(old.items.iter().all(|row| row.custody == keydeck_console::keys::Custody::Unclaimed));

    // Somebody else's list is not shown, also where its file is still there.
    scene.proxy.rule(|_| Act::Pass);
    desk.console.refresh_connection(scene.at.id).await.unwrap();
    let kept = scene.file().unwrap();
    desk.console.sign_out(scene.at.id).await.unwrap();
    assert_eq!(scene.file(), None, "removed when signing out");
    let password = Password::new(PASSWORD.to_owned());
    desk.console.sign_in(scene.at.id, MEMBER.into(), password).await.unwrap();
    let folder = desk.folder().join("data/last-lists").join(scene.at.id.0.to_string());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{}.json", scene.world.organization)), &kept).unwrap();
    let desk = desk.again().await;
    desk.console.refresh_connection(scene.at.id).await.unwrap();
    scene.unplug();
    let error = desk.console.list_keys(scene.at.id, scene.world.organization, KeyQuery::default()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unreachable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f29_it_goes_with_the_connection_and_with_its_address() {
    let scene = scene().await;
    for handoff in scene.desk.console.handoffs().await.unwrap() {
        scene.desk.console.confirm_stored(handoff.key).await.unwrap();
    }
    let other = World::start().await;
    scene.desk.console.edit_connection(scene.at.id, connection(&other.origin())).await.unwrap();
    assert_eq!(scene.file(), None);
    scene.desk.console.edit_connection(scene.at.id, connection(&scene.proxy.origin())).await.unwrap();
    let password = || Password::new(PASSWORD.to_owned());
    scene.desk.console.sign_in(scene.at.id, crate::support::world::EMAIL.into(), password()).await.unwrap();
    scene.list(&scene.desk, KeyQuery::default()).await;
    scene.kept(3).await;
    scene.desk.console.remove_connection(scene.at.id).await.unwrap();
    assert_eq!(scene.file(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f30_a_hotels_page_is_not_taken_for_a_list_and_not_kept() {
    let scene = scene().await;
    let before = scene.file().unwrap();
    let pages: [fn() -> Act; 4] = [
        || answer("200 OK", "content-type: text/html\r\n", PAGE),
        || answer("511 Network Authentication Required", "content-type: text/html\r\n", PAGE),
        || answer("302 Found", "location: http://127.0.0.1:9/hotel\r\n", PAGE),
        || json("200 OK", "", r#"{"welcome":"to the hotel"}"#),
    ];
    for (number, act) in pages.into_iter().enumerate() {
        scene.proxy.rule(move |_| act());
        let old = scene.list(&scene.desk, KeyQuery::default()).await;
        assert_eq!((old.total, old.as_of.is_some()), (3, true), "{number}");
        let shown = scene.desk.console.overview().await.unwrap().connections.remove(0);
        assert_eq!(shown.state, ConnectionState::Unreachable, "{number}");
        assert!(shown.notice.is_some(), "{number}: why it is not reached is said");
        assert_eq!(scene.file().unwrap(), before, "{number}");
        scene.proxy.rule(|_| Act::Pass);
        let back = scene.desk.console.refresh_connection(scene.at.id).await.unwrap();
        assert_eq!((back.state, back.notice), (ConnectionState::SignedIn, None), "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_list_is_kept_as_a_whole() {
    let scene = scene().await;
    // Its first page alone was asked for.
    let desk = scene.desk.again().await;
    let page = scene.list(&desk, KeyQuery { limit: Some(1), ..KeyQuery::default() }).await;
    assert!(page.next.is_some());
    scene.kept(3).await;
    scene.unplug();
    let old = scene.list(&desk, KeyQuery { limit: Some(1), ..KeyQuery::default() }).await;
    assert_eq!((old.items.len(), old.next), (3, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f26_asking_a_server_that_hangs_can_be_left_at_once() {
    let scene = scene().await;
    scene.proxy.rule(|_| Act::Hang);
    let before = scene.proxy.count("GET", "/members");
    let members = scene.desk.console.members(scene.at.id, scene.world.organization);
    let (ended, ()) = tokio::join!(scene.desk.console.run("members-1", members), async {
        scene.proxy.wait_for("GET", "/members").await;
        scene.desk.console.cancel("members-1");
    });
    assert_eq!((ended.unwrap_err().code, before), (ErrorCode::Cancelled, 0));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_can_read_the_last_lists() {
    use std::os::unix::fs::PermissionsExt;
    let scene = scene().await;
    let folder = scene.desk.folder().join("data/last-lists").join(scene.at.id.0.to_string());
    let file = folder.join(format!("{}.json", scene.world.organization));
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
}
