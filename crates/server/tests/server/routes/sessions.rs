//! `/v1/sessions`.

use std::time::Duration;

use keydeck_domain::Password;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::sessions::{IssuedSession, Session};
use serde_json::json;

use crate::support::database::{count, run};
use crate::support::world::{PASSWORD, email};
use crate::support::{Answer, As, World};

async fn sign_in(world: &World, address: &str, password: &str) -> Answer {
    world.anonymous.post("/v1/sessions", &json!({ "email": address, "password": password })).await
}

#[tokio::test]
async fn signing_in_and_out() {
    let world = World::new().await;
    let answer = sign_in(&world, "Owner@Example.org", PASSWORD).await.is(201);
    let issued: IssuedSession = answer.read();
    // Exposed to be sent: the tests' own session.
    let token = issued.token.expose();
    assert!(token.starts_with("kds_") && token.len() == 47);
    let me = As::bearer(world.address, token);
    let session: Session = me.get("/v1/sessions/current").await.is(200).read();
    assert_eq!(session, issued.session);
    assert_eq!(session.user.email.as_str(), "owner@example.org");
    assert_eq!(session.expires_at - session.created_at, chrono::Duration::days(30));
    me.get("/v1/organizations").await.is(200);
    me.delete("/v1/sessions/current").await.is(204);
    for method in ["GET", "DELETE"] {
        me.send(method, "/v1/sessions/current", &[], None).await.refused(401, ProblemCode::Unauthenticated);
    }
    world.owner.get("/v1/sessions/current").await.is(200);
}

#[tokio::test]
async fn t40_unknown_people_get_the_same_answer() {
    let world = World::new().await;
    let wrong = sign_in(&world, "owner@example.org", "not the password").await;
    let unknown = sign_in(&world, "nobody@example.org", "not the password").await;
    assert_eq!((wrong.status, &wrong.body), (unknown.status, &unknown.body));
    assert_eq!(wrong.header("www-authenticate"), r#"Bearer realm="keydeck""#);
    wrong.refused(401, ProblemCode::InvalidCredentials);
    sign_in(&world, "owner@example.org", "").await.refused(401, ProblemCode::InvalidCredentials);
    sign_in(&world, "owner@example.org", &"x".repeat(5_000)).await.refused(401, ProblemCode::InvalidCredentials);
}

#[tokio::test]
async fn t40_guessing_is_slowed_for_an_account_whether_it_exists_or_not() {
    // Behind a proxy the address does not count, so what is seen here is the account alone.
    let world = World::with(|config| {
        config.proxies = "127.0.0.1".parse().unwrap();
        config.sign_in.free_failures = 3;
        config.sign_in.first_wait = Duration::from_secs(60);
    })
    .await;
    let mut answers = Vec::new();
    for name in ["owner@example.org", "nobody@example.org"] {
        for _ in 0..4 {
            sign_in(&world, name, "not the password").await.refused(401, ProblemCode::InvalidCredentials);
        }
        let slowed = sign_in(&world, name, "not the password").await;
        let wait: u64 = slowed.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        answers.push(slowed.body.clone());
        slowed.refused(429, ProblemCode::RateLimited);
    }
    assert_eq!(answers[0], answers[1]);
    // The right password has to wait as well: otherwise the wait would tell nothing apart.
    sign_in(&world, "owner@example.org", PASSWORD).await.refused(429, ProblemCode::RateLimited);
    sign_in(&world, "admin@example.org", PASSWORD).await.is(201);
    world.owner.get("/v1/sessions/current").await.is(200);
}

#[tokio::test]
async fn t40_guessing_is_slowed_for_an_address_over_all_accounts() {
    let world = World::with(|config| {
        config.sign_in.free_failures = 3;
        config.sign_in.first_wait = Duration::from_secs(60);
    })
    .await;
    for i in 0..4 {
        sign_in(&world, &format!("guess{i}@example.org"), "not the password").await.refused(401, ProblemCode::InvalidCredentials);
    }
    sign_in(&world, "owner@example.org", PASSWORD).await.refused(429, ProblemCode::RateLimited);
    let forged = [("x-forwarded-for", "203.0.113.7")];
    let body = json!({ "email": "owner@example.org", "password": PASSWORD });
    world.anonymous.json("POST", "/v1/sessions", &forged, &body).await.refused(429, ProblemCode::RateLimited);
}

#[tokio::test]
async fn a_person_who_mistypes_now_and_then_is_not_slowed() {
    let world = World::with(|config| {
        config.sign_in.free_failures = 3;
        config.sign_in.first_wait = Duration::from_secs(60);
        config.proxies = "127.0.0.1".parse().unwrap();
    })
    .await;
    for _ in 0..4 {
        for _ in 0..2 {
            sign_in(&world, "owner@example.org", "not the password").await.refused(401, ProblemCode::InvalidCredentials);
        }
        sign_in(&world, "owner@example.org", PASSWORD).await.is(201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t40_many_guesses_at_once_gain_nothing() {
    let world = std::sync::Arc::new(
        World::with(|config| {
            config.sign_in.free_failures = 3;
            config.sign_in.first_wait = Duration::from_secs(60);
        })
        .await,
    );
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move { sign_in(&world, "owner@example.org", "not the password").await.status.as_u16() })
        })
        .collect();
    let mut tried = 0;
    for task in tasks {
        match task.await.unwrap() {
            401 => tried += 1,
            429 => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(tried, 4, "the free ones and the one that begins the wait");
}

#[tokio::test]
async fn t43_a_token_that_the_client_brought_is_never_taken_over() {
    let world = World::new().await;
    let brought = format!("kds_{}", "a".repeat(43));
    let attacker = As::bearer(world.address, &brought);
    let body = json!({ "email": "owner@example.org", "password": PASSWORD });
    let headers = [("cookie", "session=kds_fixed"), ("x-session-token", "kds_fixed")];
    let issued: IssuedSession = attacker.json("POST", "/v1/sessions", &headers, &body).await.is(201).read();
    // Exposed to be compared: the tests' own session.
    assert_ne!(issued.token.expose(), brought);
    attacker.get("/v1/sessions/current").await.refused(401, ProblemCode::Unauthenticated);
    let again: IssuedSession = world.anonymous.post("/v1/sessions", &body).await.is(201).read();
    assert!(again.token != issued.token, "each sign-in has a token of its own");
}

#[tokio::test]
async fn t43_a_password_change_ends_every_session() {
    let world = World::new().await;
    let second: IssuedSession = sign_in(&world, "owner@example.org", PASSWORD).await.is(201).read();
    // Exposed to be sent: the tests' own session.
    let second = As::bearer(world.address, second.token.expose());
    world.server.set_password(&email("owner"), &Password::new("another password".into())).await.unwrap();
    for session in [&world.owner, &second] {
        session.get("/v1/sessions/current").await.refused(401, ProblemCode::Unauthenticated);
    }
    world.admin.get("/v1/sessions/current").await.is(200);
    sign_in(&world, "owner@example.org", PASSWORD).await.refused(401, ProblemCode::InvalidCredentials);
    sign_in(&world, "owner@example.org", "another password").await.is(201);
    let short = world.server.set_password(&email("owner"), &Password::new("123456789".into())).await;
    assert!(matches!(short, Err(keydeck_server::Error::InvalidBody(_))));
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_at_last_anyway() {
    let world = World::new().await;
    run(world.data_dir(), "UPDATE sessions SET expires_at = created_at + 1 WHERE user_id = (SELECT id FROM users WHERE email = 'owner@example.org')").await;
    world.owner.get("/v1/sessions/current").await.refused(401, ProblemCode::Unauthenticated);

    // The stranger signed in last: an earlier session would have been cleared away by his.
    let world = World::with(|config| config.session_absolute = Duration::from_millis(1)).await;
    world.stranger.get("/v1/sessions/current").await.refused(401, ProblemCode::Unauthenticated);
    // Also where somebody wrote a later end into the database.
    assert!(run(world.data_dir(), "UPDATE sessions SET expires_at = expires_at + 86400000000").await > 0);
    world.stranger.get("/v1/sessions/current").await.refused(401, ProblemCode::Unauthenticated);
}

#[tokio::test]
async fn use_moves_the_end_but_is_not_written_on_every_request() {
    let world = World::new().await;
    let ends = async || {
        count(
            world.data_dir(),
            "SELECT expires_at FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = 'owner@example.org'",
        )
        .await
    };
    let before = ends().await;
    for _ in 0..5 {
        world.owner.get("/v1/sessions/current").await.is(200);
    }
    assert_eq!(ends().await, before);
    // As if it had last been used five minutes ago.
    run(world.data_dir(), "UPDATE sessions SET seen_at = seen_at - 300000000, expires_at = expires_at - 300000000").await;
    world.owner.get("/v1/sessions/current").await.is(200);
    while ends().await <= before - 300_000_000 {
        tokio::task::yield_now().await;
    }
    assert!(ends().await >= before);
}

#[tokio::test]
async fn tokens_are_stored_as_digests() {
    let world = World::new().await;
    let token = world.owner.token().to_owned();
    let folder = world.stop().await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let content = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!content.windows(token.len()).any(|window| window == token.as_bytes()));
        assert!(!content.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()));
    }
}

#[tokio::test]
async fn the_body_is_checked() {
    let world = World::new().await;
    for bad in [
        json!({}),
        json!({ "email": "owner@example.org" }),
        json!({ "email": "owner", "password": PASSWORD }),
        json!({ "email": "owner@example.org", "password": 7 }),
        json!({ "email": "owner@example.org", "password": PASSWORD, "remember": true }),
    ] {
        let refused = world.anonymous.post("/v1/sessions", &bad).await.refused(422, ProblemCode::InvalidBody);
        assert!(!refused.detail.unwrap().contains(PASSWORD));
    }
}
