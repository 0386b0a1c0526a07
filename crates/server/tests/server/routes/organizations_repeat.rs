//! `POST /v1/organizations` with an `Idempotency-Key`: a repeat makes no second organization.

use keydeck_domain::Role;
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::problem::ProblemCode;
use serde_json::{Value, json};

use crate::support::database::count;
use crate::support::{Answer, As, World};

async fn post(by: &As, token: &str, body: &Value) -> Answer {
    by.json("POST", "/v1/organizations", &[("idempotency-key", token)], body).await
}

fn fabrikam() -> Value {
    json!({ "name": "Fabrikam", "prefix": "fab" })
}

async fn organizations(world: &World) -> i64 {
    count(world.data_dir(), "SELECT count(*) FROM organizations").await
}

#[tokio::test]
async fn f01_a_repeat_gives_the_same_organization_as_it_is_now() {
    let world = World::new().await;
    let before = organizations(&world).await;
    let first = post(&world.owner, "one", &fabrikam()).await.is(201);
    assert_eq!(first.header("idempotency-replayed"), "");
    let first: Organization = first.read();
    let again = post(&world.owner, "one", &json!({ "prefix": "fab", "name": " Fabrikam " })).await.is(200);
    assert_eq!((again.header("idempotency-replayed"), again.header("etag")), ("true", "\"1\""));
    assert_eq!(again.read::<Organization>(), first);

    let path = format!("/v1/organizations/{}", first.id);
    world.owner.patch(&path, 1, &json!({ "name": "Renamed" })).await.is(200);
    let now: Organization = post(&world.owner, "one", &fabrikam()).await.is(200).read();
    assert_eq!((now.id, now.name.as_str(), now.version), (first.id, "Renamed", 2));
    assert_eq!(organizations(&world).await, before + 1);

    // Another name is another request, and so is the same name of somebody else, or none at all.
    for answer in [
        post(&world.owner, "two", &fabrikam()).await,
        post(&world.stranger, "one", &fabrikam()).await,
        world.owner.post("/v1/organizations", &fabrikam()).await,
        world.owner.post("/v1/organizations", &fabrikam()).await,
    ] {
        assert_ne!(answer.is(201).read::<Organization>().id, first.id);
    }
    assert_eq!(organizations(&world).await, before + 5);
}

#[tokio::test]
async fn f07_the_same_name_with_another_body_is_refused() {
    let world = World::new().await;
    let before = organizations(&world).await;
    post(&world.owner, "one", &fabrikam()).await.is(201);
    for other in [json!({ "name": "Fabrikam", "prefix": "fbk" }), json!({ "name": "Fabrikam AG", "prefix": "fab" })] {
        post(&world.owner, "one", &other).await.refused(422, ProblemCode::IdempotencyMismatch);
    }
    assert_eq!(organizations(&world).await, before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn f08_many_at_once_make_one_organization() {
    let world = World::new().await;
    let before = organizations(&world).await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let owner = world.owner.clone();
            tokio::spawn(async move { post(&owner, "one", &fabrikam()).await })
        })
        .collect();
    let (mut new, mut ids) = (0, std::collections::HashSet::new());
    for task in tasks {
        let answer = task.await.unwrap();
        new += u32::from(answer.status == 201);
        ids.insert(answer.read::<Organization>().id);
    }
    assert_eq!((new, ids.len()), (1, 1));
    assert_eq!(organizations(&world).await, before + 1);
}

#[tokio::test]
async fn who_left_does_not_see_how_it_is_now() {
    let world = World::new().await;
    let first: Organization = post(&world.owner, "one", &fabrikam()).await.is(201).read();
    let heir = world.id_of("admin").await;
    world.server.add_member(first.id, heir, Role::Owner).await.unwrap();
    let path = format!("/v1/organizations/{}/members/{}", first.id, world.id_of("owner").await);
    world.owner.delete(&path).await.is(204);
    post(&world.owner, "one", &fabrikam()).await.refused(404, ProblemCode::NotFound);
}

#[tokio::test]
async fn a_refused_request_uses_nothing_up_and_a_header_that_is_no_name_is_refused() {
    let world = World::new().await;
    let before = organizations(&world).await;
    let headers = [("idempotency-key", "a"), ("idempotency-key", "b")];
    let twice = world.owner.json("POST", "/v1/organizations", &headers, &fabrikam()).await;
    twice.refused(400, ProblemCode::InvalidRequest);
    for bad in ["  ", &"x".repeat(256)] {
        post(&world.owner, bad, &fabrikam()).await.refused(400, ProblemCode::InvalidRequest);
    }
    post(&world.viewer, "one", &fabrikam()).await.refused(403, ProblemCode::Forbidden);
    post(&world.owner, "one", &json!({ "name": "Fabrikam", "prefix": "kds" })).await.refused(422, ProblemCode::InvalidBody);
    assert_eq!(organizations(&world).await, before);
    post(&world.owner, "one", &fabrikam()).await.is(201);
}
