//! The server speaks https itself.

use std::net::SocketAddr;
use std::time::Duration;

use keydeck_domain::Outcome;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::verify::VerifyResponse;
use keydeck_server::Config;
use keydeck_server::tls::Tls;
use rustls::version::{TLS12, TLS13};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::authority::{GOOD, client_config, connect_with};
use crate::support::world::{PASSWORD, PEPPER, Running, open, serve_https};
use crate::support::{As, Authority, Log, World, new_key, raw};

/// A world that is reached over https as well, as long as the last value lives; gives who can be trusted
/// there and the address.
async fn encrypted(configure: impl FnOnce(&mut Config)) -> (World, Authority, SocketAddr, Running) {
    let world = World::with(configure).await;
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let tls = Tls::open(authority.issue_into(folder.path(), GOOD)).unwrap();
    let (address, running) = serve_https(&world.server, tls).await;
    (world, authority, address, running)
}

/// Reads until the other end closes, whatever way.
async fn read_all(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(n @ 1..) = stream.read(&mut chunk).await {
        answer.extend_from_slice(&chunk[..n]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_client_that_knows_the_authority_is_answered_and_told_to_come_so_for_good() {
    let (world, authority, address, _running) = encrypted(|_| {}).await;
    let owner = As::encrypted(address, &authority).with_bearer(world.owner.token());
    let answer = owner.get(&world.keys()).await.is(200);
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    // Also where it is refused, and over http not at all.
    assert!(!As::encrypted(address, &authority).get("/nothing").await.is(404).header("strict-transport-security").is_empty());
    assert!(world.owner.get(&world.keys()).await.is(200).header("strict-transport-security").is_empty());

    let (_, secret) = world.make(&owner, new_key("Worker")).await;
    let gateway = As::encrypted(address, &authority).with_bearer(world.verifier.token());
    // Exposed to be verified: a test's own secret.
    let answer: VerifyResponse = gateway.post("/v1/verify", &json!({ "key": secret.expose() })).await.is(200).read();
    assert_eq!(answer.outcome, Outcome::Accepted);
    // Somebody who does not know the authority sends nothing.
    let stranger = As::encrypted(address, &Authority::new());
    assert!(stranger.try_send("GET", "/livez", &[], None).await.is_err());
    owner.get("/livez").await.is(204);
}

#[tokio::test]
async fn it_speaks_tls_1_2_and_1_3_and_http_1_1_in_it() {
    let (_world, authority, address, _running) = encrypted(|_| {}).await;
    for version in [&TLS12, &TLS13] {
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(authority.trusted())
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let stream = connect_with(config, address).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(version.version));
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    }
    let mut config = client_config(authority.trusted());
    config.alpn_protocols = vec![b"h2".to_vec()];
    assert!(connect_with(config, address).await.is_err());
}

#[tokio::test]
async fn plain_http_is_answered_with_nothing() {
    let log = Log::capture();
    let (world, authority, address, _running) = encrypted(|_| {}).await;
    let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
    // Exposed to be sent in the clear: a test's own secret.
    let secret = secret.expose();
    let answer =
        raw::exchange(address, format!("GET /v1/self HTTP/1.1\r\nHost: x\r\nX-API-Key: {secret}\r\n\r\n").as_bytes()).await;
    assert!(!answer.contains("HTTP") && !answer.contains(&secret[..12]), "{answer:?}");
    assert!(log.text().contains("no encryption was agreed on") && !log.text().contains(&secret[..12]), "{}", log.text());
    As::encrypted(address, &authority).get("/livez").await.is(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn t19_slow_handshakes_and_heads_are_closed_and_hold_up_nobody() {
    let (world, authority, address, _running) =
        encrypted(|config| config.limits.header_timeout = Duration::from_millis(1500)).await;
    let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
    let gateway = As::encrypted(address, &authority).with_bearer(world.verifier.token());
    // Exposed to be verified: a test's own secret.
    let question = json!({ "key": secret.expose() });
    let accepted = async || {
        let answer: VerifyResponse = gateway.post("/v1/verify", &question).await.is(200).read();
        assert_eq!(answer.outcome, Outcome::Accepted);
    };
    let mut slow: Vec<Box<dyn AsyncReadAndSend>> = Vec::new();
    for number in 0..200 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        if number % 2 == 0 {
            // The beginning of a ClientHello, and no more.
            stream.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).await.unwrap();
        }
        slow.push(Box::new(stream));
    }
    for _ in 0..20 {
        accepted().await;
        let mut stream = authority.connect(address).await.unwrap();
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
        slow.push(Box::new(stream));
    }
    // Each is closed by the server: reading ends, though nothing more was sent.
    for mut stream in slow {
        let answer = read_all(&mut stream).await;
        assert!(!answer.contains("HTTP/1.1 2"), "{answer}");
    }
    accepted().await;
}

/// A connection of either kind.
trait AsyncReadAndSend: AsyncRead + Unpin + Send {}
impl<T: AsyncRead + Unpin + Send> AsyncReadAndSend for T {}

#[tokio::test]
async fn a_handshake_takes_a_place_and_gives_it_back() {
    let (_world, authority, address, _running) = encrypted(|config| {
        config.limits.connections = 3;
        config.limits.header_timeout = Duration::from_millis(300);
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(TcpStream::connect(address).await.unwrap());
    }
    // It is served as soon as the others were given up.
    As::encrypted(address, &authority).get("/livez").await.is(204);
}

#[tokio::test]
async fn t26_t40_t44_a_fresh_server_is_claimed_and_guarded_over_https_as_well() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let data = folder.path().join("data");
    let mut config = Config::new(&data);
    config.sign_in.free_failures = 3;
    config.sign_in.first_wait = Duration::from_secs(60);
    let server = open(config).await;
    let token = server.offer_claim().await.unwrap().unwrap();
    let (address, _running) = serve_https(&server, Tls::open(authority.issue_into(folder.path(), GOOD)).unwrap()).await;
    let anonymous = As::encrypted(address, &authority);
    let claim = |token: &str| {
        json!({
            "token": token, "email": "ada@example.org", "name": "Ada", "password": PASSWORD, "organization": "Northwind", "prefix": "nw",
        })
    };
    anonymous.post("/v1/claim", &claim(&format!("kdc_{}", "x".repeat(43)))).await.is(401);
    // Exposed to be sent: the tests' own token.
    anonymous.post("/v1/claim", &claim(token.expose())).await.is(201);
    anonymous.post("/v1/claim", &claim(token.expose())).await.is(409);

    let sign_in = |password: &str| json!({ "email": "ada@example.org", "password": password });
    anonymous.post("/v1/sessions", &sign_in(PASSWORD)).await.is(201);
    let mut guesses = 0;
    while anonymous.post("/v1/sessions", &sign_in("a guess of mine")).await.status == 401 {
        guesses += 1;
    }
    assert!((2..6).contains(&guesses), "{guesses}");
    anonymous.post("/v1/sessions", &sign_in(PASSWORD)).await.refused(429, ProblemCode::RateLimited);

    let backup = folder.path().join("backup.db");
    keydeck_server::backup::make(&data, &backup).await.unwrap();
    let content = std::fs::read(&backup).unwrap();
    assert!(!content.windows(PEPPER.len()).any(|window| window == PEPPER), "the pepper is in the backup");
}
