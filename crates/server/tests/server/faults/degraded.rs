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

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_waits_for_no_writer_and_asks_no_database() {
    let world = std::sync::Arc::new(World::with(|config| config.database_wait = std::time::Duration::from_secs(600)).await);
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    let mut outside = connect(world.data_dir()).await;
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut outside).await.unwrap();
    // A change that holds the server's own turn to write, and others behind it.
    let changes: Vec<_> = (0..8)
        .map(|i| {
            let (world, path) = (std::sync::Arc::clone(&world), world.key(key.id));
            tokio::spawn(async move { world.owner.patch(&path, 1, &json!({ "note": i.to_string() })).await.status.as_u16() })
        })
        .collect();
    for _ in 0..50 {
        assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
        world.about_itself(&secret).await.is(200);
    }
    assert!(changes.iter().all(|change| !change.is_finished()), "every change still waits for the lock");
    sqlx::query("ROLLBACK").execute(&mut outside).await.unwrap();
    let mut won = 0;
    for change in changes {
        won += usize::from(change.await.unwrap() == 200);
    }
    assert_eq!(won, 1);

    // Where there is no database at all.
    world.server.close().await;
    world.owner.get(&world.keys()).await.refused(503, ProblemCode::Unavailable);
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
    world.about_itself(&secret).await.is(200);
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
    f42_a_panic_in_a_handler().await;
}

/// Says to the copy of this test in a process of its own that it is that copy.
const IN_A_PROCESS_OF_ITS_OWN: &str = "KEYDECK_TEST_OF_A_PANIC";

#[tokio::test]
async fn f42_of_a_panic_the_log_says_the_place_and_nothing_of_what_it_held() {
    if std::env::var_os(IN_A_PROCESS_OF_ITS_OWN).is_some() {
        // As the program does it; the hook is the whole process's, which is why this is another one.
        tracing_subscriber::fmt().json().with_writer(std::io::stderr).init();
        keydeck_server::panics::log_place_alone();
        return f42_a_panic_in_a_handler().await;
    }
    let name = "faults::degraded::f42_of_a_panic_the_log_says_the_place_and_nothing_of_what_it_held";
    let mut own = tokio::process::Command::new(std::env::current_exe().unwrap());
    own.args(["--exact", name, "--nocapture"]).env(IN_A_PROCESS_OF_ITS_OWN, "1").kill_on_drop(true);
    let output = own.output().await.unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{log}");
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let places: Vec<_> = lines.iter().filter(|line| line["fields"]["message"] == "a panic").collect();
    assert_eq!(places.len(), 3, "{log}");
    for line in places {
        assert!(line["fields"]["place"].as_str().unwrap().contains("degraded.rs:"), "{line}");
        assert_eq!(line["fields"]["alert"], true);
    }
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!log.contains("canary") && !said.contains("canary"), "{log}{said}");
}

async fn f42_a_panic_in_a_handler() {
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
