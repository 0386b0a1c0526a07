//! `POST /v1/organizations/{organization}/keys`.

use keydeck_domain::api::keys::IssuedKey;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{KeyFormat, Outcome};
use serde_json::json;

use crate::support::database::count;
use crate::support::{Answer, World, new_key};

async fn post(world: &World, token: &str, body: &impl serde::Serialize) -> Answer {
    world.member.json("POST", &world.keys(), &[("idempotency-key", token)], body).await
}

#[tokio::test]
async fn the_server_makes_a_secret_and_tells_it_once() {
    let world = World::new().await;
    let answer = post(&world, "one", &new_key("Worker")).await.is(201);
    assert_eq!(answer.header("etag"), "\"1\"");
    let issued: IssuedKey = answer.read();
    let secret = issued.secret.unwrap();
    // Exposed to be looked at: a test's own secret.
    let format = KeyFormat::parse(secret.expose()).unwrap();
    assert_eq!((format.prefix, format.hint()), ("kd", issued.key.hint.clone()));
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
    let read = world.member.get(&world.key(issued.key.id)).await.is(200);
    // Exposed to be looked for.
    assert!(!String::from_utf8(read.body).unwrap().contains(secret.expose()));
}

#[tokio::test]
async fn t22_f01_a_repeat_gives_the_record_without_the_secret() {
    let world = World::new().await;
    let first: IssuedKey = post(&world, "one", &new_key("Worker")).await.is(201).read();
    let again = post(&world, "one", &new_key("Worker")).await.is(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let again: IssuedKey = again.read();
    assert!(again.secret.is_none());
    assert_eq!(again.key, first.key);
    let second: IssuedKey = post(&world, "two", &new_key("Worker")).await.is(201).read();
    assert_ne!(second.key.id, first.key.id);
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM keys").await, 2);

    // The token is the caller's own: somebody else's request with it is another request.
    world.admin.json("POST", &world.keys(), &[("idempotency-key", "one")], &new_key("Worker")).await.is(201);
}

#[tokio::test]
async fn f07_the_same_token_with_another_body_is_refused() {
    let world = World::new().await;
    post(&world, "one", &new_key("Worker")).await.is(201);
    post(&world, "one", &new_key("Another")).await.refused(422, ProblemCode::IdempotencyMismatch);
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM keys").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn f08_many_at_once_make_one_key_and_tell_one_secret() {
    let world = std::sync::Arc::new(World::new().await);
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move { post(&world, "one", &new_key("Worker")).await })
        })
        .collect();
    let (mut secrets, mut ids) = (0, std::collections::HashSet::new());
    for task in tasks {
        let answer = task.await.unwrap();
        let status = answer.status.as_u16();
        let issued: IssuedKey = answer.read();
        assert_eq!(issued.secret.is_some(), status == 201);
        secrets += u32::from(status == 201);
        ids.insert(issued.key.id);
    }
    assert_eq!((secrets, ids.len()), (1, 1));
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM keys").await, 1);
}

#[tokio::test]
async fn the_idempotency_key_is_required() {
    let world = World::new().await;
    world.member.post(&world.keys(), &new_key("Worker")).await.refused(428, ProblemCode::PreconditionRequired);
    post(&world, "  ", &new_key("Worker")).await.refused(428, ProblemCode::PreconditionRequired);
    post(&world, &"x".repeat(256), &new_key("Worker")).await.refused(400, ProblemCode::InvalidRequest);
    let two = [("idempotency-key", "a"), ("idempotency-key", "b")];
    world.member.json("POST", &world.keys(), &two, &new_key("Worker")).await.refused(428, ProblemCode::PreconditionRequired);
}

#[tokio::test]
async fn t06_extra_fields_are_refused_by_name() {
    let world = World::new().await;
    for field in ["rateLimit", "createdBy", "id", "digest", "hint", "secret", "status", "version", "created_at"] {
        let mut body = json!(new_key("Worker"));
        body[field] = json!(5);
        let refused = post(&world, "one", &body).await.refused(422, ProblemCode::InvalidBody);
        assert_eq!(refused.detail.unwrap(), format!("unknown field `{field}`"));
    }
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM keys").await, 0);
}

#[tokio::test]
async fn t05_a_body_that_names_another_owner_is_refused_and_audited() {
    let world = World::new().await;
    let stranger: serde_json::Value = world.stranger.get("/v1/sessions/current").await.is(200).value();
    let claims = [
        ("organizationId", json!(world.other_organization)),
        ("organization_id", json!(world.other_organization)),
        ("userId", stranger["user"]["id"].clone()),
        ("user_id", stranger["user"]["id"].clone()),
    ];
    for (field, value) in claims {
        let mut body = json!(new_key("Worker"));
        body[field] = value;
        post(&world, "one", &body).await.refused(403, ProblemCode::Forbidden);
        // The caller's own is no claim, but no field either.
        body[field] = json!(world.organization);
        post(&world, "one", &body).await.refused(422, ProblemCode::InvalidBody);
    }
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM keys").await, 0);
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM audit WHERE action = 'refused'").await, 4);
}

#[tokio::test]
async fn the_fields_are_checked() {
    let world = World::new().await;
    for (field, value) in [
        ("name", json!("")),
        ("environment", json!("prod")),
        ("scopes", json!(["unheard-of"])),
        ("scopes", json!("read")),
        ("expires_at", json!("2001-01-01T00:00:00Z")),
        ("expires_at", json!("tomorrow")),
        ("allowed_addresses", json!(["nowhere"])),
    ] {
        let mut body = json!(new_key("Worker"));
        body[field] = value;
        post(&world, "one", &body).await.refused(422, ProblemCode::InvalidBody);
    }
    for field in ["name", "environment", "scopes"] {
        let mut body = json!(new_key("Worker"));
        body.as_object_mut().unwrap().remove(field);
        let refused = post(&world, "one", &body).await.refused(422, ProblemCode::InvalidBody);
        assert_eq!(refused.detail.unwrap(), format!("the field `{field}` is missing"));
    }
    // A refused request used nothing up: the token still makes its key.
    post(&world, "one", &new_key("Worker")).await.is(201);
}
