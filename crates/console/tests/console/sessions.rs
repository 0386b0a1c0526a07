//! Where a token may go, and what happens when a session is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keydeck_console::connection::ConnectionState;
use keydeck_console::error::ErrorCode;
use keydeck_console::event::Event;
use keydeck_console::vault::{Entry, Vault};
use keydeck_domain::Password;
use keydeck_domain::api::keys::KeyQuery;
use tokio::sync::Notify;

use crate::support::desk::connection;
use crate::support::proxy::{json, meta};
use crate::support::world::EMAIL;
use crate::support::{Act, Desk, LocalHost, PASSWORD, Proxy, World, new_key};

/// A server that only listens: it must never see a token.
async fn thief() -> Proxy {
    Proxy::alone(|seen| if seen.is("GET", "/v1/meta") { meta() } else { json("200 OK", "", "{}") }).await
}

fn assert_no_token(proxy: &Proxy) {
    for seen in proxy.seen() {
        assert!(!seen.head.to_ascii_lowercase().contains("authorization"), "{}", seen.path);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t45_an_address_changed_in_the_file_gets_no_token() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&world.origin()).await;
    let handoff = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    let thief = thief().await;
    let path = desk.folder().join("config/settings.json");
    let settings = std::fs::read_to_string(&path).unwrap().replace(&world.origin(), &thief.origin());
    std::fs::write(&path, settings).unwrap();
    let desk = desk.again().await;
    let after = desk.console.refresh_connection(connection.id).await.unwrap();
    assert_eq!((after.address, after.state), (thief.origin(), ConnectionState::SignedOut));
    assert!(desk.vault.read(&Entry::SessionToken(connection.id)).await.unwrap().is_none(), "the token is forgotten");
    // Nor does it get the secret of a key.
    assert_eq!(desk.console.try_key(handoff.key).await.unwrap_err().code, ErrorCode::Conflict);
    assert_no_token(&thief);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_address_asks_for_a_sign_in() {
    let world = World::start().await;
    let other = World::start().await;
    let desk = Desk::start().await;
    let before = desk.signed_in(&world.origin()).await;
    let after = desk.console.edit_connection(before.id, connection(&other.origin())).await.unwrap();
    assert_eq!((after.address.clone(), after.state, after.user), (other.origin(), ConnectionState::SignedOut, None));
    assert_eq!(desk.vault.labels(), Vec::new());
    let error = desk.console.edit_connection(before.id, connection("http://keys.example.org")).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InsecureAddress);
    let mut named = connection(&other.origin());
    named.name = "Staging".into();
    assert_eq!(desk.console.edit_connection(before.id, named).await.unwrap().name.as_str(), "Staging");
    let error = desk.console.add_connection(connection(&other.origin())).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ended_at_the_server_is_told_and_nothing_is_lost() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&world.origin()).await;
    let handoff = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    let password = Password::new(PASSWORD.to_owned());
    // A new password ends the sessions.
    world.server.set_password(&EMAIL.parse().unwrap(), &password).await.unwrap();
    desk.events.clear();
    let error = desk.console.list_keys(connection.id, world.organization, KeyQuery::default()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SignedOut);
    desk.events
        .wait_for(|event| matches!(event, Event::Connection { connection } if connection.state == ConnectionState::SignedOut))
        .await;
    assert!(desk.vault.read(&Entry::SessionToken(connection.id)).await.unwrap().is_none());
    let back = desk.console.sign_in(connection.id, EMAIL.into(), password).await.unwrap();
    assert_eq!(back.state, ConnectionState::SignedIn);
    assert_eq!(desk.console.handoffs().await.unwrap()[0].key, handoff.key);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_works_offline_and_says_so() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&proxy.origin()).await;
    proxy.rule(|_| crate::support::proxy::answer("500 Internal Server Error", "", b""));
    let after = desk.console.sign_out(connection.id).await.unwrap();
    assert_eq!((after.state, after.user), (ConnectionState::SignedOut, None));
    assert!(after.notice.unwrap().contains("could not be told"));
    assert_eq!(desk.vault.labels(), Vec::new());
    proxy.rule(|_| Act::Pass);
    let error = desk.console.list_keys(connection.id, world.organization, KeyQuery::default()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SignedOut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_comes_after_signing_out_signs_nobody_in() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&proxy.origin()).await;
    let (late, hold) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(true)));
    let held = Arc::clone(&late);
    proxy.rule(move |seen| {
        let first = seen.is("GET", "/v1/organizations") && hold.swap(false, Ordering::SeqCst);
        if first { Act::Late(Arc::clone(&held)) } else { Act::Pass }
    });
    let asked = proxy.count("GET", "/v1/organizations");
    let refreshing = tokio::spawn({
        let console = desk.console.clone();
        async move { console.refresh_connection(connection.id).await }
    });
    proxy.wait_for_more("GET", "/v1/organizations", asked).await;
    desk.console.sign_out(connection.id).await.unwrap();
    late.notify_one();
    let after = refreshing.await.unwrap().unwrap();
    assert_eq!((after.state, after.user, after.organizations.len()), (ConnectionState::SignedOut, None, 0));
    let settings = std::fs::read_to_string(desk.folder().join("config/settings.json")).unwrap();
    assert!(!settings.contains(EMAIL), "who signed out is not written down again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_answer_is_shown_as_unreachable_with_what_was_known() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&proxy.origin()).await;
    proxy.rule(|_| Act::Answer(Vec::new()));
    let error = desk.console.list_keys(connection.id, world.organization, KeyQuery::default()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unreachable);
    let shown = desk.console.overview().await.unwrap().connections.remove(0);
    assert_eq!((shown.state, shown.organizations), (ConnectionState::Unreachable, connection.organizations));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t46_a_program_that_took_the_port_gets_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with_local(LocalHost::on(folder.path().join("one"))).await;
    let before = desk.console.start_local().await.unwrap();
    // The port that is remembered is another program's when this one starts again.
    let thief = thief().await;
    let path = desk.folder().join("config/settings.json");
    let (old, taken) = (before.address.rsplit(':').next().unwrap(), thief.address.port().to_string());
    let settings = std::fs::read_to_string(&path).unwrap().replace(old, &taken);
    std::fs::write(&path, settings).unwrap();
    let desk = desk.again_with_local(LocalHost::on(folder.path().join("two"))).await;
    let overview = desk.console.overview().await.unwrap();
    let after = &overview.connections[0];
    assert_eq!((after.id, after.state), (before.id, ConnectionState::SignedIn));
    assert_ne!(after.address, thief.origin());
    assert!(after.notice.as_ref().unwrap().contains(&taken), "the person is told of the port");
    // The old session is not the new server's: another one was got, without asking anybody.
    assert_eq!(desk.local.issued.load(Ordering::SeqCst), 1);
    assert_eq!(thief.seen().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t46_the_address_in_the_file_is_not_where_the_local_token_goes() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalHost::on(folder.path().join("one"));
    let desk = Desk::with_local(local).await;
    let connection = desk.console.start_local().await.unwrap();
    let thief = thief().await;
    let path = desk.folder().join("config/settings.json");
    let settings = std::fs::read_to_string(&path).unwrap().replace(&connection.address, &thief.origin());
    std::fs::write(&path, settings).unwrap();
    let desk = desk.again().await;
    desk.console.refresh_connection(connection.id).await.unwrap();
    assert_eq!(thief.seen().len(), 0);
    // Called a remote server in the file, it has no token there either.
    let settings = std::fs::read_to_string(&path).unwrap().replace("\"local\"", "\"keydeck\"");
    let settings = settings.replace(&desk.console.overview().await.unwrap().connections[0].address, &thief.origin());
    std::fs::write(&path, settings).unwrap();
    let desk = desk.again().await;
    let after = desk.console.refresh_connection(connection.id).await.unwrap();
    assert_eq!(after.state, ConnectionState::SignedOut);
    assert_no_token(&thief);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_this_computer_a_session_that_is_over_is_got_again() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with_local(LocalHost::on(folder.path().join("server"))).await;
    let connection = desk.console.start_local().await.unwrap();
    let organization = connection.organization.unwrap();
    let token = desk.vault.read(&Entry::SessionToken(connection.id)).await.unwrap().unwrap();
    let client = reqwest_delete(&connection.address, token.secret.expose()).await;
    assert_eq!(client, 204);
    desk.console.list_keys(connection.id, organization, KeyQuery::default()).await.unwrap();
    assert_eq!(desk.local.issued.load(Ordering::SeqCst), 2);
}

async fn reqwest_delete(origin: &str, token: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let host = origin.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let request = format!(
        "DELETE /v1/sessions/current HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_local_server_that_does_not_start_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with_local(LocalHost::on(folder.path().join("server"))).await;
    let connection = desk.console.start_local().await.unwrap();
    let desk = desk.again_with_local(LocalHost::none()).await;
    let overview = desk.console.overview().await.unwrap();
    assert_eq!(overview.connections[0].state, ConnectionState::Stopped);
    assert!(overview.notice.unwrap().contains("could not be started"));
    let error = desk.console.list_keys(connection.id, connection.organization.unwrap(), KeyQuery::default()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::LocalServer);
    let fresh = Desk::start().await;
    assert_eq!(fresh.console.start_local().await.unwrap_err().code, ErrorCode::LocalServer);
    assert_eq!(fresh.console.overview().await.unwrap().connections, Vec::new());
}

/// What a request said of who sends it.
fn caller_of(proxy: &Proxy, method: &str, path: &str) -> String {
    let seen = proxy.seen().into_iter().find(|seen| seen.is(method, path)).unwrap();
    let line =
        seen.head.lines().find_map(|line| line.to_ascii_lowercase().starts_with("user-agent: ").then(|| line[12..].to_owned()));
    line.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_known_by_its_computer_and_no_other_request_names_it() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&proxy.origin()).await;
    let plain = format!("keydeck/{}", env!("CARGO_PKG_VERSION"));
    let named = caller_of(&proxy, "POST", "/v1/sessions");
    let computer = named.strip_prefix(&format!("{plain} (")).unwrap().strip_suffix("; Linux)").unwrap();
    assert_eq!(computer, gethostname::gethostname().to_string_lossy());
    let sessions = desk.console.sessions(connection.id).await.unwrap();
    assert_eq!(sessions[0].client.as_deref(), Some(named.as_str()));
    for (method, path) in [("GET", "/v1/meta"), ("GET", "/v1/organizations"), ("GET", "/v1/sessions")] {
        assert_eq!(caller_of(&proxy, method, path), plain, "{method} {path}");
    }
}
