//! SIGTERM while requests are under way.

use keydeck_domain::KeyId;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::process::{Process, run};
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
