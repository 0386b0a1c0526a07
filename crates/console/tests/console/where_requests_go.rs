//! Where requests may go: never where a redirect points, and plain http never to another machine.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use keydeck_console::connection::ServerKind;
use keydeck_console::error::ErrorCode;
use keydeck_domain::Password;
use keydeck_domain::api::keys::{KeyChange, KeyQuery};

use crate::support::desk::connection;
use crate::support::proxy::{answer, meta};
use crate::support::world::EMAIL;
use crate::support::{Act, Desk, PASSWORD, Proxy, World, new_key};

const REDIRECTS: [&str; 5] =
    ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"];

#[tokio::test]
async fn t27_a_redirected_sign_in_is_not_followed() {
    let other = Proxy::alone(|_| meta()).await;
    let location = format!("location: {}/v1/sessions\r\n", other.origin());
    for status in REDIRECTS {
        let location = location.clone();
        let proxy = Proxy::alone(move |seen| if seen.method == "POST" { answer(status, &location, b"") } else { meta() }).await;
        let desk = Desk::start().await;
        let connection = desk.add(&proxy.origin()).await;
        let error = desk.console.sign_in(connection.id, EMAIL.into(), Password::new(PASSWORD.into())).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Redirected, "{status}");
        assert_eq!(proxy.count("POST", "/v1/sessions"), 1);
    }
    assert_eq!(other.seen().len(), 0, "nothing went to the other origin");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t27_nothing_that_carries_a_session_or_a_key_follows_a_redirect() {
    let world = World::start().await;
    let other = Proxy::alone(|_| meta()).await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let console = &desk.console;
    let connection = desk.signed_in(&proxy.origin()).await;
    let organization = world.organization;
    let key = console.create_key(connection.id, organization, new_key("Billing worker")).await.unwrap().key;
    for status in REDIRECTS {
        let origin = other.origin();
        let before = proxy.seen().len();
        proxy.rule(move |seen| answer(status, &format!("location: {origin}{}\r\n", seen.path), b""));
        let codes = [
            console.list_keys(connection.id, organization, KeyQuery::default()).await.unwrap_err().code,
            console.get_key(key).await.unwrap_err().code,
            console.create_key(connection.id, organization, new_key("Not made")).await.unwrap_err().code,
            console.update_key(key, 1, KeyChange { enabled: Some(false), ..KeyChange::default() }).await.unwrap_err().code,
            console.revoke_key(key).await.unwrap_err().code,
            console.try_key(key).await.unwrap_err().code,
        ];
        assert_eq!(codes, [ErrorCode::Redirected; 6], "{status}");
        let sent: Vec<_> = proxy.seen()[before..]
            .iter()
            // What is looked up in the background comes when it comes.
            .filter(|seen| !seen.path.contains("/audit/"))
            .map(|seen| (seen.method.clone(), seen.head.to_ascii_lowercase().contains("authorization: bearer ")))
            .collect();
        let once = ["GET", "GET", "PUT", "PATCH", "POST", "GET"].map(|method| (method.to_owned(), true));
        assert_eq!(sent, once, "{status}: each is sent once, and is one that carries a proof");
    }
    assert_eq!(other.seen().len(), 0, "nothing went to the other origin");
    proxy.rule(|_| Act::Pass);
    let page = console.list_keys(connection.id, organization, KeyQuery::default()).await.unwrap();
    assert_eq!(page.total, 1, "still signed in, and nothing was made or changed");
    assert_eq!(page.items[0].key.version, 1);
}

#[tokio::test]
async fn t28_plain_http_to_another_machine_is_refused() {
    let desk = Desk::start().await;
    for address in ["http://keys.example.org", "http://192.0.2.1:7080", "http://0.0.0.0:1"] {
        let error = desk.console.probe_server(ServerKind::Keydeck, address.into(), None).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InsecureAddress, "{address}");
    }
}

/// Addresses that lead to listeners of this test and are none of the loopback's: a connection would
/// succeed and be seen.
#[tokio::test]
async fn t28_it_is_refused_before_connecting() {
    let mut reached = vec![(TcpListener::bind("0.0.0.0:0").unwrap(), "0.0.0.0".to_owned())];
    reached.push((TcpListener::bind("127.0.0.1:0").unwrap(), "[::ffff:127.0.0.1]".to_owned()));
    if let Some(own) = own_address() {
        reached.push((TcpListener::bind((own, 0)).unwrap(), own.to_string()));
    }
    let desk = Desk::start().await;
    let console = &desk.console;
    let server = Proxy::alone(|_| meta()).await;
    let elsewhere = desk.add(&server.origin()).await;
    for (listener, host) in reached {
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = format!("http://{host}:{port}");
        let codes = [
            console.probe_server(ServerKind::Keydeck, address.clone(), None).await.unwrap_err().code,
            console.add_connection(connection(&address)).await.unwrap_err().code,
            console.edit_connection(elsewhere.id, connection(&address)).await.unwrap_err().code,
        ];
        assert_eq!(codes, [ErrorCode::InsecureAddress; 3], "{address}");
        let came = listener.accept().map(|(_, from)| from).map_err(|error| error.kind());
        assert_eq!(came, Err(ErrorKind::WouldBlock), "nobody came to {address}");

        // Whoever connects there is seen, so the test would have seen it.
        let target: SocketAddr = format!("{host}:{port}").parse().unwrap();
        let _open = TcpStream::connect_timeout(&target, Duration::from_secs(30)).unwrap();
        assert!(listener.accept().is_ok(), "{address} leads here");
    }
}

/// An address of this machine in a network, where it has one. Nothing is sent to find it.
fn own_address() -> Option<std::net::IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("198.51.100.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|address| !address.is_loopback())
}
