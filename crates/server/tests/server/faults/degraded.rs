//! A part is broken, the rest goes on.

use axum::routing::get;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{KeyId, Outcome};
use serde_json::json;

use crate::support::database::{connect, count, literal, run};
use crate::support::world::serve_routes;
use crate::support::{As, World, new_key, register};

#[tokio::test]
async fn f39_without_an_audit_log_changes_are_refused_and_verification_goes_on() {
    let world = World::new().await;
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    run(world.data_dir(), "CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'kd_live_no'); END").await;

    let (other, request) = register("kd", new_key("Another"));
    let answer = world.owner.put(&world.key(KeyId::generate()), &request).await;
    assert!(!String::from_utf8_lossy(&answer.body).contains("kd_live_no"));
    answer.refused(500, ProblemCode::Internal);
    world.owner.json("POST", &world.keys(), &[("idempotency-key", "x")], &new_key("B")).await.refused(500, ProblemCode::Internal);
    world.owner.patch(&world.key(key.id), 1, &json!({ "enabled": false })).await.refused(500, ProblemCode::Internal);
    world.owner.send("POST", &format!("{}/revoke", world.key(key.id)), &[], None).await.refused(500, ProblemCode::Internal);
    let verifiers = format!("/v1/organizations/{}/verifiers", world.organization);
    world.owner.post(&verifiers, &json!({ "name": "B" })).await.refused(500, ProblemCode::Internal);
    // A refusal stands, also where it can't be written down.
    world.viewer.post(&verifiers, &json!({ "name": "B" })).await.refused(403, ProblemCode::Forbidden);

    assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
    assert_eq!(world.verify(&other).await.outcome, Outcome::Unknown);
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM keys").await, 1);
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM idempotency").await, 0);

    run(world.data_dir(), "DROP TRIGGER broken").await;
    world.owner.send("POST", &format!("{}/revoke", world.key(key.id)), &[], None).await.is(200);
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Revoked);
}

#[tokio::test]
async fn while_the_database_is_locked_changes_wait_their_time_and_verification_goes_on() {
    let world = World::with(|config| config.database_wait = std::time::Duration::from_secs(2)).await;
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    let mut outside = connect(world.data_dir()).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut outside).await.unwrap();
    let answer = world.owner.patch(&world.key(key.id), 1, &json!({ "enabled": false })).await;
    assert!(!answer.header("retry-after").is_empty());
    answer.refused(503, ProblemCode::Unavailable);
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
    world.owner.get(&world.key(key.id)).await.is(200);
    sqlx::query("ROLLBACK").execute(&mut outside).await.unwrap();
    world.owner.patch(&world.key(key.id), 1, &json!({ "enabled": false })).await.is(200);
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Disabled);
}

#[tokio::test]
async fn f42_a_panic_in_a_handler_ends_one_request() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
    // A route that panics, under the layers that every route has.
    let panicking = axum::Router::new().route(
        "/panics",
        get(|| async {
            if std::hint::black_box(true) {
                panic!("kd_live_canary in a panic");
            }
        }),
    );
    let router = keydeck_server::within_layers(panicking, &world.server).merge(axum::Router::new());
    let (address, running) = serve_routes(&world.server, router).await;
    for _ in 0..3 {
        let answer = As::anonymous(address).get("/panics").await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!String::from_utf8_lossy(&answer.body).contains("canary"));
        answer.refused(500, ProblemCode::Internal);
    }
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
    drop(running);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_hangs_up_leaves_memory_as_the_database_is() {
    let world = World::new().await;
    let mut keys = Vec::new();
    for _ in 0..40 {
        keys.push(world.make(&world.owner, new_key("Worker")).await);
    }
    for (number, (key, _)) in (0..).zip(&keys) {
        let request = format!(
            "POST {}/revoke HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 0\r\n\r\n",
            world.key(key.id),
            world.owner.token()
        );
        let mut stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
        // Gone a little later each time, so that the change is met at every point on its way.
        tokio::time::sleep(std::time::Duration::from_micros(500 * number)).await;
        drop(stream);
    }
    // Waits for every change that has begun; what comes later finds the database closed.
    world.server.close().await;
    let mut revoked = 0;
    for (key, secret) in &keys {
        let statement = format!("SELECT revoked_at IS NOT NULL FROM keys WHERE id = {}", literal(key.id));
        let stored = count(world.data_dir(), &statement).await == 1;
        let expected = if stored { Outcome::Revoked } else { Outcome::Accepted };
        assert_eq!(world.verify(secret).await.outcome, expected);
        revoked += usize::from(stored);
    }
    assert!(revoked > 0, "some of them must have come to pass");
}
