//! SIGTERM while requests are under way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keydeck_domain::KeyId;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::database::count;
use crate::support::process::{Process, run, set_up, signed_in};
use crate::support::raw::{read_to_end, status};
use crate::support::{As, new_key, register};

#[tokio::test(flavor = "multi_thread")]
async fn f38_a_request_that_has_begun_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let set_up = ["init", "--email", "ada@example.org", "--organization", "Northwind"];
    let (done, said, error) = run(folder.path(), &set_up, "correct horse battery\n").await;
    assert!(done, "{error}");
    let organization = said.trim().strip_prefix("organization ").unwrap().to_owned();
    let process = Process::serve(folder.path(), "info").await;
    let address = process.address;
    let body = json!({ "email": "ada@example.org", "password": "correct horse battery" });
    let token = As::anonymous(address).post("/v1/sessions", &body).await.is(201).value()["token"].as_str().unwrap().to_owned();

    // The head and half of the body are there when the signal comes; the rest comes after it.
    let (secret, request) = register("kd", new_key("Worker"));
    let body = serde_json::to_vec(&request).unwrap();
    let head = format!(
        "PUT /v1/organizations/{organization}/keys/{} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        KeyId::generate(),
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // The interim answer says that the handler is reading the body.
    let mut interim = [0; 25];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut interim).await.unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100"));
    stream.write_all(&body[..10]).await.unwrap();
    let stopping = tokio::spawn(process.terminate());
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(&body[10..]).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert_eq!(status(&answer), 201, "{answer}");
    let (ended, log) = stopping.await.unwrap();
    assert!(ended, "{log}");

    let process = Process::serve(folder.path(), "off").await;
    // Exposed to be sent: a test's own secret.
    As::bearer(process.address, secret.expose()).get("/v1/self").await.is(200);
    process.kill().await;
}

/// Asks as a key about itself over and over, on one connection as long as the server keeps it, until the
/// server is known not to be ready: then nobody is sent there any more. A connection that is cut while a
/// request is under way fails the test. Gives the number of answers.
async fn ask_until_not_ready(address: SocketAddr, secret: String, ready: Arc<AtomicBool>) -> u32 {
    let request = format!("GET /v1/self HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n\r\n");
    let mut answers = 0;
    loop {
        let mut stream = TcpStream::connect(address).await.expect("it still listens");
        loop {
            stream.write_all(request.as_bytes()).await.expect("no connection is reset");
            let answer = one_answer(&mut stream).await;
            assert_eq!(status(&answer), 200, "{answer}");
            answers += 1;
            if answer.to_ascii_lowercase().contains("connection: close") {
                break;
            }
        }
        if !ready.load(Ordering::Acquire) {
            return answers;
        }
    }
}

/// Reads one answer with a content-length.
async fn one_answer(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).await.expect("no connection is reset");
        assert!(read > 0, "a request was left without an answer: {answer:?}");
        answer.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
        let Some((head, body)) = answer.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return answer;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f38_under_load_it_is_not_ready_first_and_every_request_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let organization = set_up(folder.path()).await;
    let process = Process::serve_with(folder.path(), "info", |command| {
        command.env("KEYDECK_SHUTDOWN_DELAY", "1");
    })
    .await;
    let address = process.address;
    let ada = signed_in(address).await;
    let mut secrets = Vec::new();
    for _ in 0..8 {
        let (secret, request) = register("kd", new_key("Worker"));
        ada.put(&format!("/v1/organizations/{organization}/keys/{}", KeyId::generate()), &request).await.is(201);
        // Exposed to be sent: a test's own secret.
        secrets.push(secret.expose().to_owned());
    }
    As::anonymous(address).get("/readyz").await.is(204);
    let ready = Arc::new(AtomicBool::new(true));
    let callers: Vec<_> =
        secrets.iter().map(|secret| tokio::spawn(ask_until_not_ready(address, secret.clone(), Arc::clone(&ready)))).collect();

    process.tell_to_stop().await;
    // Not ready, while it still takes connections and answers.
    loop {
        let answer = As::anonymous(address).get("/readyz").await;
        if answer.status == 503 {
            assert_eq!(answer.header("connection"), "close");
            break;
        }
        answer.is(204);
    }
    As::anonymous(address).get("/livez").await.is(204);
    let mut begun = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /livez HTTP/1.1\r\n").await.unwrap();
        begun.push(stream);
    }
    ready.store(false, Ordering::Release);
    // Every one ends by itself: a connection that went on would not be told to close.
    for caller in callers {
        assert!(caller.await.unwrap() > 0);
    }
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    // The listener is closed; what had begun is answered.
    for stream in &mut begun {
        stream.write_all(b"Host: x\r\n\r\n").await.expect("no connection is reset");
        let answer = one_answer(stream).await;
        assert_eq!(status(&answer), 204, "{answer}");
    }
    let (ended, log) = process.ended().await;
    assert!(ended && !log.contains("cut off"), "{log}");
    // The times of use are written.
    let used = count(&folder.path().join("data"), "SELECT count(*) FROM keys WHERE last_used_at IS NOT NULL").await;
    assert_eq!(used, 8);
}
