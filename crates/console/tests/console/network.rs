//! Servers and networks that fail: nobody there, pages that are no key server, answers that are cut,
//! endless or wrong, servers that never answer.

use keydeck_console::connection::{ConnectionState, ServerIdentity, ServerKind};
use keydeck_console::error::{Error, ErrorCode};
use keydeck_domain::api::keys::KeyQuery;

use crate::support::proxy::{answer, json};
use crate::support::{Act, Desk, Proxy, World};

async fn probe(proxy: &Proxy) -> Result<ServerIdentity, Error> {
    Desk::start().await.console.probe_server(ServerKind::Keydeck, proxy.origin(), None).await
}

#[tokio::test]
async fn nobody_there() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Desk::start().await.console.probe_server(ServerKind::Keydeck, address, None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unreachable);
}

#[tokio::test]
async fn f30_a_page_that_answers_everything_is_not_a_key_server() {
    let sign_in_page = || answer("200 OK", "content-type: text/html\r\n", b"<html>Welcome to the hotel</html>");
    let proxy = Proxy::alone(move |_| sign_in_page()).await;
    assert_eq!(probe(&proxy).await.unwrap_err().code, ErrorCode::NotAKeyServer);
    for body in [r#"{"hello":"world"}"#, "[]", r#"{"name":"nginx","version":"1","protocol":1,"features":[]}"#, "not json"] {
        let proxy = Proxy::alone(move |_| json("200 OK", "", body)).await;
        assert_eq!(probe(&proxy).await.unwrap_err().code, ErrorCode::NotAKeyServer, "{body}");
    }
    for status in ["404 Not Found", "401 Unauthorized", "403 Forbidden"] {
        let proxy = Proxy::alone(move |_| answer(status, "content-type: text/html\r\n", b"<html>")).await;
        assert_eq!(probe(&proxy).await.unwrap_err().code, ErrorCode::NotAKeyServer, "{status}");
    }
}

#[tokio::test]
async fn another_protocol_is_said_so() {
    for protocol in [0, 2] {
        let body = format!(r#"{{"name":"keydeck-server","version":"9","protocol":{protocol},"features":[]}}"#);
        let proxy = Proxy::alone(move |_| json("200 OK", "", &body)).await;
        assert_eq!(probe(&proxy).await.unwrap_err().code, ErrorCode::Incompatible);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hotels_page_does_not_sign_anybody_out() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&proxy.origin()).await;
    for status in ["401 Unauthorized", "200 OK", "511 Network Authentication Required"] {
        proxy.rule(move |_| answer(status, "content-type: text/html\r\n", b"<html>Welcome</html>"));
        let error = desk.console.list_keys(connection.id, world.organization, KeyQuery::default()).await.unwrap_err();
        assert!(matches!(error.code, ErrorCode::NotAKeyServer | ErrorCode::ServerFailed), "{status} {error:?}");
    }
    proxy.rule(|_| Act::Pass);
    let back = desk.console.refresh_connection(connection.id).await.unwrap();
    assert_eq!(back.state, ConnectionState::SignedIn);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f26_a_server_that_never_answers_can_be_left_at_once() {
    let proxy = Proxy::alone(|_| Act::Hang).await;
    let desk = Desk::start().await;
    let (ended, ()) =
        tokio::join!(desk.console.run("probe-1", desk.console.probe_server(ServerKind::Keydeck, proxy.origin(), None)), async {
            proxy.wait_for("GET", "/v1/meta").await;
            desk.console.cancel("probe-1");
        });
    assert_eq!(ended.unwrap_err().code, ErrorCode::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f27_f28_answers_that_are_cut_wrong_or_endless() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&proxy.origin()).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
    let cut = format!("{head}content-length: 1000\r\n\r\n{{\"items\":[").into_bytes();
    let wrong = format!("{head}\r\n{{\"items\":\"kd_test_CANARY\"}}").into_bytes();
    let mut endless = format!("{head}\r\n{{\"items\":[").into_bytes();
    endless.resize(endless.len() + 17 * 1024 * 1024, b' ');
    let broken_chunk = format!("{head}transfer-encoding: chunked\r\n\r\nzz\r\n").into_bytes();
    for (what, bytes) in [("cut", cut), ("wrong", wrong), ("endless", endless), ("chunk", broken_chunk)] {
        proxy.rule(move |_| Act::Answer(bytes.clone()));
        let error = desk.console.list_keys(connection.id, world.organization, KeyQuery::default()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::BadAnswer, "{what}");
        assert!(!error.message.contains("CANARY"));
    }
    // Nobody was signed out by it.
    proxy.rule(|_| Act::Pass);
    desk.console.list_keys(connection.id, world.organization, KeyQuery::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_a_url_and_the_header_holds_it() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&proxy.origin()).await;
    let handoff = desk.console.create_key(connection.id, world.organization, crate::support::new_key("a")).await.unwrap();
    desk.console.try_key(handoff.key).await.unwrap();
    let query = KeyQuery { search: Some("100 % of_it & more".into()), limit: Some(5), ..KeyQuery::default() };
    desk.console.list_keys(connection.id, world.organization, query).await.unwrap();
    for seen in proxy.seen() {
        let first_line = seen.head.lines().next().unwrap();
        assert!(
            !first_line.contains("kds_") && !first_line.contains("nw_test_") && !first_line.contains("password"),
            "{first_line}"
        );
        assert!(!seen.head.to_ascii_lowercase().contains("referer"));
    }
    let proof = proxy.seen().into_iter().find(|seen| seen.is("GET", "/v1/self")).unwrap().head;
    assert!(proof.lines().any(|line| line.to_ascii_lowercase().starts_with("authorization: bearer nw_test_")));
}

#[tokio::test]
async fn a_missing_authority_file_is_said_so() {
    let desk = Desk::start().await;
    let folder = tempfile::tempdir().unwrap();
    let not_pem = folder.path().join("ca.pem");
    std::fs::write(&not_pem, "hello").unwrap();
    let probe = |path: String| desk.console.probe_server(ServerKind::Keydeck, "https://127.0.0.1:1".into(), Some(path));
    assert_eq!(probe(not_pem.display().to_string()).await.unwrap_err().code, ErrorCode::Certificate);
    // A path that was mistyped is not a server that can't be trusted.
    let error = probe(folder.path().join("none.pem").display().to_string()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Invalid);
    assert!(error.message.contains("none.pem") && error.message.contains("whole path"), "{}", error.message);
    let error = probe("~/none-of-this-name.pem".into()).await.unwrap_err();
    assert!(!error.message.contains('~'), "the home folder is meant: {}", error.message);
}
