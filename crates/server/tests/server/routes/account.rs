//! `/v1/account`.

use std::sync::Arc;
use std::time::Duration;

use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::sessions::{IssuedSession, Session, User};
use serde_json::json;

use crate::support::world::PASSWORD;
use crate::support::{Answer, As, World};

const NEW: &str = "a better password";

async fn sign_in(world: &World, password: &str) -> Answer {
    world.anonymous.post("/v1/sessions", &json!({ "email": "member@example.org", "password": password })).await
}

async fn change(by: &As, current: &str, new: &str) -> Answer {
    by.put("/v1/account/password", &json!({ "current": current, "new": new })).await
}

#[tokio::test]
async fn a_person_changes_his_name_and_nothing_else() {
    let world = World::new().await;
    let name = |name: serde_json::Value| json!({ "name": name });
    let user: User = world.member.json("PATCH", "/v1/account", &[], &name(json!("  Ada Lovelace "))).await.is(200).read();
    assert_eq!((user.name.as_str(), user.email.as_str()), ("Ada Lovelace", "member@example.org"));
    let session: Session = world.member.get("/v1/sessions/current").await.is(200).read();
    assert_eq!(session.user, user);
    for bad in [json!({}), name(json!("")), name(json!("a\nb")), name(json!(7)), json!({ "name": "A", "email": "x@example.org" })]
    {
        world.member.json("PATCH", "/v1/account", &[], &bad).await.refused(422, ProblemCode::InvalidBody);
    }
    // He still signs in: the row is as its MAC says.
    sign_in(&world, PASSWORD).await.is(201);
    let other: Session = world.other_member.get("/v1/sessions/current").await.is(200).read();
    assert_eq!(other.user.name.as_str(), "other_member");
}

#[tokio::test]
async fn t43_a_password_change_ends_every_other_session() {
    let world = World::new().await;
    let issued: IssuedSession = sign_in(&world, PASSWORD).await.is(201).read();
    // Exposed to be sent: the tests' own session.
    let elsewhere = As::bearer(world.address, issued.token.expose());
    elsewhere.get("/v1/sessions/current").await.is(200);
    change(&world.member, PASSWORD, NEW).await.is(204);
    elsewhere.get("/v1/sessions/current").await.refused(401, ProblemCode::Unauthenticated);
    world.member.get("/v1/sessions/current").await.is(200);
    world.other_member.get("/v1/sessions/current").await.is(200);
    sign_in(&world, PASSWORD).await.refused(401, ProblemCode::InvalidCredentials);
    sign_in(&world, NEW).await.is(201);
}

#[tokio::test]
async fn the_password_of_now_must_be_right_and_the_new_one_long_enough() {
    let world = World::new().await;
    change(&world.member, "not the password", NEW).await.refused(401, ProblemCode::InvalidCredentials);
    let short = change(&world.member, PASSWORD, "123456789").await.refused(422, ProblemCode::InvalidBody);
    assert!(short.detail.unwrap().contains("at least 10 characters"));
    for bad in [
        json!({ "current": PASSWORD }),
        json!({ "new": NEW }),
        json!({ "current": PASSWORD, "new": [NEW] }),
        json!({ "current": PASSWORD, "new": NEW, "email": "admin@example.org" }),
    ] {
        let refused = world.member.put("/v1/account/password", &bad).await.refused(422, ProblemCode::InvalidBody);
        let said = refused.detail.unwrap();
        assert!(!said.contains(PASSWORD) && !said.contains(NEW), "{said}");
    }
    sign_in(&world, PASSWORD).await.is(201);
}

#[tokio::test]
async fn t40_guessing_the_password_of_now_is_slowed_as_a_sign_in_is() {
    let world = World::with(|config| {
        config.proxies = "127.0.0.1".parse().unwrap();
        config.sign_in.free_failures = 3;
        config.sign_in.first_wait = Duration::from_secs(60);
    })
    .await;
    // Both count together: neither is a way round the other.
    for _ in 0..2 {
        change(&world.member, "not the password", NEW).await.refused(401, ProblemCode::InvalidCredentials);
        sign_in(&world, "not the password").await.refused(401, ProblemCode::InvalidCredentials);
    }
    let slowed = change(&world.member, PASSWORD, NEW).await;
    assert!(slowed.header("retry-after").parse::<u64>().unwrap() >= 1);
    slowed.refused(429, ProblemCode::RateLimited);
    sign_in(&world, PASSWORD).await.refused(429, ProblemCode::RateLimited);
    change(&world.other_member, PASSWORD, NEW).await.is(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn t43_no_session_of_the_old_password_outlives_the_change() {
    let world = Arc::new(World::with(|config| config.sign_in.free_failures = 1_000).await);
    // Sign-ins with the old password are under way while it is changed.
    let attempts: Vec<_> = (0..24)
        .map(|number| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                if number == 8 {
                    change(&world.member, PASSWORD, NEW).await.is(204);
                }
                sign_in(&world, PASSWORD).await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for attempt in attempts {
        answers.push(attempt.await.unwrap());
    }
    for answer in answers.iter().filter(|answer| answer.status == 201) {
        let issued: IssuedSession = answer.read();
        // Exposed to be sent: the tests' own session.
        let session = As::bearer(world.address, issued.token.expose());
        session.get("/v1/sessions/current").await.refused(401, ProblemCode::Unauthenticated);
    }
}
