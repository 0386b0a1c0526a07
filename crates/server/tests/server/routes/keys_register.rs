//! `PUT /v1/organizations/{organization}/keys/{id}`.

use chrono::{Duration, Utc};
use keydeck_domain::api::keys::IssuedKey;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{Environment, KeyId, KeyStatus, Outcome};
use serde_json::json;

use crate::support::database::count;
use crate::support::{World, new_key, register};

#[tokio::test]
async fn a_registered_key_is_good_at_once() {
    let world = World::new().await;
    let mut wanted = new_key("Billing worker");
    wanted.note = "nightly\nruns".parse().unwrap();
    wanted.metadata.insert("team".into(), "billing".into());
    wanted.expires_at = Some(Utc::now() + Duration::days(90));
    wanted.allowed_addresses = vec!["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap(), "127.0.0.1".parse().unwrap()];
    let (secret, request) = register("kd", wanted.clone());
    let id = KeyId::generate();
    let answer = world.member.put(&world.key(id), &request).await.is(201);
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(answer.header("cache-control"), "no-store");
    let issued: IssuedKey = answer.read();
    assert!(issued.secret.is_none());
    let key = issued.key;
    assert_eq!((key.id, key.organization_id, key.version), (id, world.organization, 1));
    assert_eq!((&key.name, &key.note, &key.metadata), (&wanted.name, &wanted.note, &wanted.metadata));
    assert_eq!((key.environment, key.kind, &key.hint), (Environment::Test, wanted.kind, &request.hint));
    assert_eq!((key.status, key.enabled, key.revoked_at, key.last_used_at), (KeyStatus::Active, true, None, None));
    assert_eq!(key.allowed_addresses.len(), 2, "each once");
    assert_eq!(key.created_by.email.as_str(), "member@example.org");
    let read: keydeck_domain::Key = world.viewer.get(&world.key(id)).await.is(200).read();
    assert_eq!(read, key, "what was answered is what is stored");
    world.about_itself(&secret).await.is(200);
}

#[tokio::test]
async fn f01_t22_a_repeated_put_makes_no_second_key() {
    let world = World::new().await;
    let (secret, request) = register("kd", new_key("Worker"));
    let path = world.key(KeyId::generate());
    let first: IssuedKey = world.member.put(&path, &request).await.is(201).read();
    let again = world.member.put(&path, &request).await.is(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.read::<IssuedKey>().key, first.key);

    // It tells the record as it is now, and resets nothing.
    world.member.patch(&path, 1, &json!({ "name": "Renamed", "scopes": ["write"], "enabled": false })).await.is(200);
    let third: IssuedKey = world.member.put(&path, &request).await.is(200).read();
    assert_eq!((third.key.name.as_str(), third.key.enabled, third.key.version), ("Renamed", false, 2));
    world.member.send("POST", &format!("{path}/revoke"), &[], None).await.is(200);
    let fourth: IssuedKey = world.member.put(&path, &request).await.is(200).read();
    assert_eq!(fourth.key.status, KeyStatus::Revoked);
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Revoked, "a repeat does not bring it back");
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM keys").await, 1);
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM audit WHERE action = 'key_created'").await, 1);
}

#[tokio::test]
async fn a_repeat_that_is_written_otherwise_is_still_a_repeat() {
    let world = World::new().await;
    let (_, request) = register("kd", new_key("Worker"));
    let mut body = json!(request);
    body["key"]["expires_at"] = json!("2099-01-01T00:00:00.123456789Z");
    body["key"]["allowed_addresses"] = json!(["10.1.2.3/8", "192.0.2.1"]);
    body["key"]["scopes"] = json!(["write", "read"]);
    let path = world.key(KeyId::generate());
    world.member.put(&path, &body).await.is(201);
    body["key"]["expires_at"] = json!("2099-01-01T01:00:00.123456+01:00");
    body["key"]["allowed_addresses"] = json!(["192.0.2.1", "10.0.0.0/8"]);
    body["key"]["scopes"] = json!(["read", "write", "read"]);
    world.member.put(&path, &body).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn t22_many_at_once_make_one_key() {
    let world = std::sync::Arc::new(World::new().await);
    let (_, request) = register("kd", new_key("Worker"));
    let path = world.key(KeyId::generate());
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (world, path, request) = (std::sync::Arc::clone(&world), path.clone(), request.clone());
            tokio::spawn(async move { world.member.put(&path, &request).await.status.as_u16() })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[200; 15].as_slice(), &[201]].concat());
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM keys").await, 1);
}

#[tokio::test]
async fn t48_one_and_the_same_409_whatever_is_known() {
    let world = World::new().await;
    let (_, request) = register("kd", new_key("Worker"));
    let id = KeyId::generate();
    world.member.put(&world.key(id), &request).await.is(201);
    let (_, other) = register("kd", new_key("Worker"));

    // The digest under another id: here, and in another organization, where nobody may learn of it.
    let here = world.admin.put(&world.key(KeyId::generate()), &request).await;
    let (_, mut foreign) = register("acme", new_key("Theirs"));
    foreign.digest = request.digest;
    let path = format!("/v1/organizations/{}/keys/{}", world.other_organization, KeyId::generate());
    let there = world.stranger.put(&path, &foreign).await;
    // The same id with another digest, another field, another hint.
    let digest = world.member.put(&world.key(id), &other).await;
    let mut renamed = request.clone();
    renamed.key.name = "Another".parse().unwrap();
    let field = world.member.put(&world.key(id), &renamed).await;
    let mut hinted = request.clone();
    hinted.hint = other.hint;
    let hint = world.member.put(&world.key(id), &hinted).await;

    here.clone().refused(409, ProblemCode::Conflict);
    for answer in [&there, &digest, &field, &hint] {
        assert_eq!((answer.status, &answer.body), (here.status, &here.body));
    }
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM keys").await, 1);
    // The same id in another organization is another key.
    let (_, theirs) = register("acme", new_key("Theirs"));
    world.stranger.put(&format!("/v1/organizations/{}/keys/{id}", world.other_organization), &theirs).await.is(201);
}

#[tokio::test]
async fn t48_a_live_secret_is_not_registered_as_test() {
    let world = World::new().await;
    let put = async |body: serde_json::Value| {
        let refused = world.member.put(&world.key(KeyId::generate()), &body).await.refused(422, ProblemCode::InvalidBody);
        refused.detail.unwrap()
    };
    let (_, request) = register("kd", new_key("Worker"));
    let mut live = request.clone();
    live.key.environment = Environment::Live;
    assert_eq!(put(json!(live)).await, "`hint` must have the key's environment");
    let (_, foreign) = register("acme", new_key("Worker"));
    assert_eq!(put(json!(foreign)).await, "`hint` must have the organization's prefix");

    // A hint that holds more of the secret, or all of it.
    let (secret, request) = register("kd", new_key("Worker"));
    // Exposed to be sent where it must be refused: a test's own secret.
    for hint in [secret.expose().to_owned(), format!("{}…", secret.expose()), "kd_test_12345…6789".to_owned()] {
        let mut body = json!(request);
        body["hint"] = json!(hint);
        let said = put(body).await;
        assert!(said.starts_with("`hint`: a hint is"), "{said}");
        // Exposed to be looked for.
        assert!(!said.contains(&secret.expose()[8..]), "{said}");
    }
    for digest in [json!("ab"), json!("A".repeat(64)), json!("0".repeat(66)), json!(7), json!(null)] {
        let mut body = json!(request);
        body["digest"] = digest;
        assert!(put(body).await.starts_with("`digest`: "));
    }
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM keys").await, 0);
}

#[tokio::test]
async fn t18_a_name_that_deceives_is_refused() {
    let world = World::new().await;
    let (_, request) = register("kd", new_key("Worker"));
    for bad in ["a\r\nSet-Cookie: b=c", "a\u{202E}b", "a\u{0}b", "a\u{200B}b", "a\u{1b}[31m", "", "   "] {
        let mut body = json!(request);
        body["key"]["name"] = json!(bad);
        let answer = world.member.put(&world.key(KeyId::generate()), &body).await.refused(422, ProblemCode::InvalidBody);
        assert!(answer.detail.unwrap().starts_with("`key.name`: must "), "{bad:?}");
        let mut body = json!(request);
        body["key"]["metadata"] = json!({ "team": if bad.trim().is_empty() { "\n" } else { bad } });
        world.member.put(&world.key(KeyId::generate()), &body).await.refused(422, ProblemCode::InvalidBody);
    }
}

#[tokio::test]
async fn the_limits_of_the_fields() {
    let world = World::new().await;
    let put = async |field: &str, value: serde_json::Value| {
        let (_, request) = register("kd", new_key("Worker"));
        let mut body = json!(request);
        body["key"][field] = value;
        world.member.put(&world.key(KeyId::generate()), &body).await
    };
    let pairs = |n: usize| json!((0..n).map(|i| (format!("k{i}"), "v".to_owned())).collect::<std::collections::BTreeMap<_, _>>());
    let addresses = |n: usize| json!((0..n).map(|i| format!("10.0.0.{i}")).collect::<Vec<_>>());
    for (field, good, bad) in [
        ("name", json!("x".repeat(100)), json!("x".repeat(101))),
        ("note", json!("x".repeat(2_000)), json!("x".repeat(2_001))),
        ("metadata", pairs(32), pairs(33)),
        ("metadata", json!({ "x".repeat(64): "v".repeat(512) }), json!({ "x".repeat(65): "v" })),
        ("metadata", json!({}), json!({ "k": "v".repeat(513) })),
        ("metadata", json!({ "k": "" }), json!({ "": "v" })),
        ("allowed_addresses", addresses(64), addresses(65)),
        ("allowed_addresses", json!(["2001:db8::/32"]), json!(["example.org"])),
        ("scopes", json!([]), json!(["invoices:read"])),
        ("scopes", json!(["read"]), json!(["*"])),
        ("expires_at", json!("2099-01-01T00:00:00Z"), json!("2001-01-01T00:00:00Z")),
        ("expires_at", json!(null), json!(Utc::now())),
        ("kind", json!("publishable"), json!("private")),
        ("environment", json!("test"), json!("staging")),
    ] {
        put(field, good.clone()).await.is(201);
        put(field, bad.clone()).await.refused(422, ProblemCode::InvalidBody);
    }
}
