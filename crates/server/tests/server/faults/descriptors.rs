//! No file descriptors left.

use keydeck_domain::api::verify::VerifyResponse;
use keydeck_domain::{KeyId, Outcome};
use serde_json::json;
use tokio::net::TcpStream;

use crate::support::process::{Process, set_up, signed_in, verifier};
use crate::support::{As, new_key, register};

#[tokio::test(flavor = "multi_thread")]
async fn f40_without_file_descriptors_accepting_backs_off_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let organization = set_up(folder.path()).await;
    let gateway = verifier(folder.path(), &organization).await;
    let process = Process::serve_with_files(folder.path(), "info", 64).await;
    let (secret, request) = register("kd", new_key("Worker"));
    let ada = signed_in(process.address).await;
    ada.put(&format!("/v1/organizations/{organization}/keys/{}", KeyId::generate()), &request).await.is(201);
    let gateway = As::bearer(process.address, &gateway);
    // Exposed to be verified: a test's own secret.
    let asked = json!({ "key": secret.expose() });
    let verify = async || gateway.post("/v1/verify", &asked).await.is(200).read::<VerifyResponse>().outcome;
    assert_eq!(verify().await, Outcome::Accepted);

    // More than there is room for: the system takes them, the server can't.
    let mut held = Vec::new();
    for _ in 0..80 {
        held.push(TcpStream::connect(process.address).await.unwrap());
    }
    // Who is connected is served on, for longer than a loop without a pause would take to fill the log.
    for _ in 0..200 {
        assert_eq!(verify().await, Outcome::Accepted);
    }
    // A new caller waits until there is room again, and is served then.
    let newcomer = As::anonymous(process.address);
    let waiting = tokio::spawn(async move { newcomer.get("/livez").await.status.as_u16() });
    drop(held);
    assert_eq!(waiting.await.unwrap(), 204);
    assert_eq!(verify().await, Outcome::Accepted);

    let (ended, log) = process.terminate().await;
    assert!(ended, "{log}");
    let failures = log.lines().filter(|line| line.contains("can't accept")).count();
    assert!((1..50).contains(&failures), "{failures} failures to accept are in the log");
}
