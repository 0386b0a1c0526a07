//! `POST /v1/verify`.

use chrono::{Duration, Utc};
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::verify::VerifyResponse;
use keydeck_domain::{Environment, KeyId, Outcome};
use serde_json::json;

use crate::support::{As, World, new_key, passed, register, soon};

async fn outcome(by: &As, key: &str) -> Outcome {
    by.post("/v1/verify", &json!({ "key": key })).await.is(200).read::<VerifyResponse>().outcome
}

#[tokio::test]
async fn every_outcome() {
    let world = World::new().await;
    let ask = async |body: serde_json::Value| -> VerifyResponse { world.verifier.post("/v1/verify", &body).await.is(200).read() };
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    // Exposed to be sent: a test's own secret.
    let text = secret.expose();

    let accepted = ask(json!({ "key": text, "scopes": ["read"] })).await;
    assert_eq!(accepted.outcome, Outcome::Accepted);
    let told = accepted.key.unwrap();
    assert_eq!((told.id, told.organization_id, told.name.as_str()), (key.id, world.organization, "Worker"));
    assert_eq!(told.environment, Environment::Test);

    assert_eq!(ask(json!({ "key": "" })).await.outcome, Outcome::Missing);
    for odd in ["x", "kd_test_short", &text[..text.len() - 1], &format!("{text} "), &text.to_uppercase(), &"k".repeat(300)] {
        let answer = ask(json!({ "key": odd })).await;
        assert_eq!((answer.outcome, answer.key), (Outcome::Malformed, None), "{odd}");
    }
    let (never, _) = register("kd", new_key("Never"));
    // Exposed to be sent: a test's own secret.
    let answer = ask(json!({ "key": never.expose() })).await;
    assert_eq!((answer.outcome, answer.key), (Outcome::Unknown, None));

    let lacking = ask(json!({ "key": text, "scopes": ["delete", "read", "write"] })).await;
    assert_eq!(lacking.outcome, Outcome::MissingScope);
    assert_eq!(lacking.missing_scopes.spaced(), "delete write");
    assert_eq!(lacking.key.unwrap().id, key.id);

    world.owner.patch(&world.key(key.id), 1, &json!({ "enabled": false })).await.is(200);
    assert_eq!(ask(json!({ "key": text, "scopes": ["write"] })).await.outcome, Outcome::Disabled);
    world.owner.patch(&world.key(key.id), 2, &json!({ "enabled": true, "scopes": ["write"] })).await.is(200);
    assert_eq!(ask(json!({ "key": text, "scopes": ["write"] })).await.outcome, Outcome::Accepted);
    assert_eq!(ask(json!({ "key": text, "scopes": ["read"] })).await.outcome, Outcome::MissingScope);

    world.owner.patch(&world.key(key.id), 3, &json!({ "allowed_addresses": ["203.0.113.0/24", "2001:db8::/32"] })).await.is(200);
    for (address, expected) in [
        (json!("203.0.113.9"), Outcome::Accepted),
        (json!("::ffff:203.0.113.9"), Outcome::Accepted),
        (json!("2001:db8::7"), Outcome::Accepted),
        (json!("198.51.100.1"), Outcome::AddressRefused),
        (json!(null), Outcome::AddressRefused),
    ] {
        assert_eq!(ask(json!({ "key": text, "address": address })).await.outcome, expected, "{address}");
    }
    // The address is judged before the scope: what a key may do is not told to a place where it isn't good.
    assert_eq!(ask(json!({ "key": text, "scopes": ["read"] })).await.outcome, Outcome::AddressRefused);

    world.owner.send("POST", &format!("{}/revoke", world.key(key.id)), &[], None).await.is(200);
    assert_eq!(ask(json!({ "key": text })).await.outcome, Outcome::Revoked);
}

#[tokio::test]
async fn a_key_expires_by_itself_and_revoked_outweighs_expired() {
    let world = World::new().await;
    let mut short = new_key("Short");
    short.expires_at = Some(soon());
    let (key, secret) = world.make(&world.owner, short).await;
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
    passed(key.expires_at.unwrap()).await;
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Expired);
    world.owner.patch(&world.key(key.id), 1, &json!({ "enabled": false })).await.is(200);
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Expired);
    world.owner.send("POST", &format!("{}/revoke", world.key(key.id)), &[], None).await.is(200);
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Revoked);
}

#[tokio::test]
async fn t47_another_organizations_key_is_unknown() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.owner, new_key("Ours")).await;
    // Exposed to be sent: a test's own secret.
    let foreign = world.other_verifier.post("/v1/verify", &json!({ "key": secret.expose() })).await.is(200);
    let (never, _) = register("kd", new_key("Never"));
    // Exposed to be sent: a test's own secret.
    let unknown = world.other_verifier.post("/v1/verify", &json!({ "key": never.expose() })).await.is(200);
    assert_eq!(foreign.body, unknown.body);
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
}

#[tokio::test]
async fn t48_a_record_that_was_registered_for_another_text_is_unknown() {
    let world = World::new().await;
    // The digest of a live secret with the hint of a test one: registered, but never accepted.
    let live = {
        let mut key = new_key("Live");
        key.environment = Environment::Live;
        key
    };
    let (live_secret, live_request) = register("kd", live);
    let (_, test_request) = register("kd", new_key("Test"));
    let mut mixed = test_request.clone();
    mixed.digest = live_request.digest;
    world.owner.put(&world.key(KeyId::generate()), &mixed).await.is(201);
    assert_eq!(world.verify(&live_secret).await.outcome, Outcome::Unknown);
    world.about_itself(&live_secret).await.is(401);

    // The right environment and another's hint.
    let (secret, request) = register("kd", new_key("A"));
    let (_, other) = register("kd", new_key("B"));
    let mut mixed = request;
    mixed.hint = other.hint;
    world.owner.put(&world.key(KeyId::generate()), &mixed).await.is(201);
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Unknown);
}

#[tokio::test]
async fn only_a_verifier_may_ask() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
    // Exposed to be sent: a test's own secret.
    let text = secret.expose();
    let body = json!({ "key": text });
    let nobody = As::bearer(world.address, &format!("kdv_{}", "x".repeat(43)));
    let expected = nobody.post("/v1/verify", &body).await;
    for by in [&world.owner, &As::bearer(world.address, text), &As::bearer(world.address, &"y".repeat(1000))] {
        let answer = by.post("/v1/verify", &body).await;
        assert_eq!((answer.status, &answer.body), (expected.status, &expected.body));
        assert_eq!(answer.header("www-authenticate"), expected.header("www-authenticate"));
    }
    let problem = expected.refused(401, ProblemCode::InvalidKey);
    assert!(problem.title.contains("verifier"), "it is not the caller's key that is wrong: {}", problem.title);
    let anonymous = world.anonymous.post("/v1/verify", &body).await;
    assert_eq!(anonymous.header("www-authenticate"), r#"Bearer realm="keydeck""#);
    anonymous.refused(401, ProblemCode::InvalidKey);
}

#[tokio::test]
async fn t04_text_that_is_no_key_never_reaches_the_database() {
    let world = World::new().await;
    for odd in ["' OR 1=1 --", "kd_test_' OR '1'='1", "\u{0}", "kd_test_\n", "🔑"] {
        assert_eq!(outcome(&world.verifier, odd).await, Outcome::Malformed, "{odd:?}");
    }
    // A key of 10 MB ends at the cap of the body, before it is read.
    let huge = format!(r#"{{"key":"{}"}}"#, "a".repeat(10 << 20));
    let head = format!(
        "POST /v1/verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        world.verifier.token(),
        huge.len()
    );
    let answer = crate::support::raw::exchange(world.address, format!("{head}{}", &huge[..1000]).as_bytes()).await;
    assert_eq!(crate::support::raw::status(&answer), 413);
    // In a header it is no key, and over the size of a head it is no request.
    for length in [300, 20_000] {
        As::bearer(world.address, &"a".repeat(length)).get("/v1/self").await.refused(401, ProblemCode::InvalidKey);
    }
    let injected = As::bearer(world.address, "'OR1=1--").get("/v1/self").await;
    injected.refused(401, ProblemCode::InvalidKey);
}

#[tokio::test]
async fn the_body_is_checked() {
    let world = World::new().await;
    let check = async |body: serde_json::Value| {
        world.verifier.post("/v1/verify", &body).await.refused(422, ProblemCode::InvalidBody).detail.unwrap()
    };
    assert_eq!(check(json!({})).await, "the field `key` is missing");
    assert_eq!(check(json!({ "key": "x", "tenant": "y" })).await, "unknown field `tenant`");
    assert_eq!(check(json!({ "key": "x", "address": "here" })).await, "`address`: is not acceptable");
    assert!(check(json!({ "key": "x", "scopes": ["*"] })).await.starts_with("`scopes[0]`: a scope is"));
}

#[tokio::test]
async fn the_last_use_is_told_at_once_and_written_when_the_server_stops() {
    let world = World::new().await;
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    assert_eq!(key.last_used_at, None);
    let (refused, refused_secret) = world.make(&world.owner, new_key("Refused")).await;
    world.owner.patch(&world.key(refused.id), 1, &json!({ "enabled": false })).await.is(200);
    let before = Utc::now();
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
    assert_eq!(world.verify(&refused_secret).await.outcome, Outcome::Disabled);
    let read = async |id| world.owner.get(&world.key(id)).await.is(200).read::<keydeck_domain::Key>().last_used_at;
    assert!(read(key.id).await.unwrap() >= before - Duration::milliseconds(1));
    assert_eq!(read(refused.id).await, None, "only what was accepted counts");
    let used = read(key.id).await;
    world.owner.patch(&world.key(key.id), 1, &json!({ "enabled": false })).await.is(200);
    assert_eq!(read(key.id).await, used, "a change does not forget it");
    let folder = world.stop().await;
    let written =
        crate::support::database::count(folder.path(), "SELECT count(*) FROM keys WHERE last_used_at IS NOT NULL").await;
    assert_eq!(written, 1);
}

#[tokio::test]
async fn a_change_holds_for_the_very_next_verification() {
    let world = World::new().await;
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    for round in 0..20_u32 {
        let enabled = round % 2 == 1;
        world.owner.patch(&world.key(key.id), round + 1, &json!({ "enabled": enabled })).await.is(200);
        let expected = if enabled { Outcome::Accepted } else { Outcome::Disabled };
        assert_eq!(world.verify(&secret).await.outcome, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_race_leave_the_index_as_the_database_is() {
    let world = std::sync::Arc::new(World::new().await);
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    // Whoever wins each round, memory and database must say the same afterwards.
    for _ in 0..10 {
        let now: keydeck_domain::Key = world.owner.get(&world.key(key.id)).await.is(200).read();
        let tasks: Vec<_> = (0..8)
            .map(|i| {
                let (world, path) = (std::sync::Arc::clone(&world), world.key(key.id));
                let version = now.version;
                tokio::spawn(async move {
                    world
                        .owner
                        .patch(&path, version, &json!({ "enabled": i % 2 == 0, "note": format!("{version}-{i}") }))
                        .await
                        .status
                })
            })
            .collect();
        let mut won = 0;
        for task in tasks {
            match task.await.unwrap().as_u16() {
                200 => won += 1,
                412 => {}
                other => panic!("{other}"),
            }
        }
        assert_eq!(won, 1, "If-Match lets exactly one of them through");
        let now: keydeck_domain::Key = world.owner.get(&world.key(key.id)).await.is(200).read();
        let expected = if now.enabled { Outcome::Accepted } else { Outcome::Disabled };
        assert_eq!(world.verify(&secret).await.outcome, expected);
    }
}
