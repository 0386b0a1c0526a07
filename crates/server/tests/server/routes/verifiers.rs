//! `/v1/organizations/{organization}/verifiers`.

use keydeck_domain::VerifierId;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::verifiers::{IssuedVerifier, Verifier};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{As, World, raw};

#[tokio::test]
async fn a_verifier_is_made_used_and_revoked() {
    let world = World::new().await;
    let base = format!("/v1/organizations/{}/verifiers", world.organization);
    let issued: IssuedVerifier = world.admin.post(&base, &json!({ "name": "Gateway 2" })).await.is(201).read();
    // Exposed to be sent: a test's own verifier.
    assert!(issued.secret.expose().starts_with("kdv_") && issued.secret.expose().len() == 47);
    let verifier = As::bearer(world.address, issued.secret.expose());
    verifier.post("/v1/verify", &json!({ "key": "" })).await.is(200);

    let list = world.viewer.get(&base).await.is(200);
    assert!(!String::from_utf8(list.body.clone()).unwrap().contains("kdv_"));
    let items: Vec<Verifier> = serde_json::from_value(list.value()["items"].clone()).unwrap();
    assert_eq!(items[0], issued.verifier, "newest first");
    assert_eq!(items[0].created_by.email.as_str(), "admin@example.org");

    let path = format!("{base}/{}", issued.verifier.id);
    world.admin.delete(&path).await.is(204);
    verifier.post("/v1/verify", &json!({ "key": "" })).await.refused(401, ProblemCode::InvalidKey);
    world.admin.delete(&path).await.is(204);
    let items: Vec<Verifier> = serde_json::from_value(world.viewer.get(&base).await.is(200).value()["items"].clone()).unwrap();
    assert!(items[0].revoked_at.is_some());
    world.verifier.post("/v1/verify", &json!({ "key": "" })).await.is(200);

    // And after a restart.
    let folder = world.stop().await;
    let server = crate::support::world::open(keydeck_server::Config::new(folder.path())).await;
    let (address, running) = crate::support::world::serve(&server).await;
    let verifier = As::bearer(address, verifier.token());
    verifier.post("/v1/verify", &json!({ "key": "" })).await.refused(401, ProblemCode::InvalidKey);
    running.stop().await;
}

#[tokio::test]
async fn what_is_asked_for_is_checked() {
    let world = World::new().await;
    let base = format!("/v1/organizations/{}/verifiers", world.organization);
    for bad in [json!({}), json!({ "name": "" }), json!({ "name": "a\nb" }), json!({ "name": "a", "scopes": [] })] {
        world.admin.post(&base, &bad).await.refused(422, ProblemCode::InvalidBody);
    }
    world.admin.delete(&format!("{base}/{}", VerifierId::generate())).await.refused(404, ProblemCode::NotFound);
    world.admin.delete(&format!("{base}/nonsense")).await.refused(404, ProblemCode::NotFound);
}

/// Sends a request whose body comes only after something else has happened; gives the answer.
async fn held_back(world: &World, by: &As, path: &str, body: &str, meanwhile: impl Future<Output = ()>) -> String {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\nidempotency-key: held\r\nconnection: close\r\n\r\n",
        by.token(),
        body.len()
    );
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body once it has let him in.
    let mut said = [0; 25];
    stream.read_exact(&mut said).await.unwrap();
    assert_eq!(&said, b"HTTP/1.1 100 Continue\r\n\r\n");
    meanwhile.await;
    stream.write_all(body.as_bytes()).await.unwrap();
    raw::read_to_end(&mut stream).await
}

#[tokio::test]
async fn who_is_removed_while_his_request_is_on_its_way_makes_no_verifier() {
    let world = World::new().await;
    let base = format!("/v1/organizations/{}", world.organization);
    let removed = async {
        world.owner.delete(&format!("{base}/members/{}", world.id_of("admin").await)).await.is(204);
    };
    let answer = held_back(&world, &world.admin, &format!("{base}/verifiers"), r#"{"name":"Back door"}"#, removed).await;
    assert_eq!(raw::status(&answer), 404, "{answer}");
    let list = world.viewer.get(&format!("{base}/verifiers")).await.is(200);
    assert!(!String::from_utf8(list.body).unwrap().contains("Back door"));
}

#[tokio::test]
async fn t43_a_request_that_is_on_its_way_does_not_outlive_a_sign_out() {
    let world = World::new().await;
    let base = format!("/v1/organizations/{}", world.organization);
    let key = r#"{"name":"Back door","environment":"test","scopes":["read"]}"#;
    for (by, path, body) in [(&world.admin, "verifiers", r#"{"name":"Back door"}"#), (&world.member, "keys", key)] {
        let signed_out = async {
            by.delete("/v1/sessions/current").await.is(204);
        };
        let answer = held_back(&world, by, &format!("{base}/{path}"), body, signed_out).await;
        assert_eq!(raw::status(&answer), 401, "{path}: {answer}");
        let list = world.viewer.get(&format!("{base}/{path}")).await.is(200);
        assert!(!String::from_utf8(list.body).unwrap().contains("Back door"), "{path}");
    }
}
