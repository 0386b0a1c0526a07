//! `POST /v1/invitations/accept`.

use std::sync::Arc;
use std::time::Duration;

use keydeck_domain::Role;
use keydeck_domain::api::audit::Action;
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::sessions::{IssuedSession, SessionEntry};
use serde_json::json;

use super::invitations::{invited, log, look};
use crate::support::database::count;
use crate::support::world::{PASSWORD, email, person};
use crate::support::{Answer, As, World};

const OWN: &str = "a password of her own";

async fn accept(world: &World, token: &str, name: Option<&str>, password: &str) -> Answer {
    let mut body = json!({ "token": token, "password": password });
    if let Some(name) = name {
        body["name"] = json!(name);
    }
    world.anonymous.json("POST", "/v1/invitations/accept", &[("user-agent", "Keydeck")], &body).await
}

fn signed_in(world: &World, answer: &Answer) -> (As, IssuedSession) {
    let issued: IssuedSession = answer.read();
    // Exposed to be sent: the tests' own session.
    (As::bearer(world.address, issued.token.expose()), issued)
}

#[tokio::test]
async fn a_new_person_joins_and_is_signed_in() {
    let world = World::new().await;
    let (token, _) = invited(&world, &world.admin, "grace@example.org", Role::Member).await;
    // What is missing or too short uses nothing up.
    let missing = accept(&world, &token, None, OWN).await.refused(422, ProblemCode::InvalidBody);
    assert!(missing.detail.unwrap().contains("`name`"));
    accept(&world, &token, Some("Grace"), "short").await.refused(422, ProblemCode::InvalidBody);
    accept(&world, &token, Some(" "), OWN).await.refused(422, ProblemCode::InvalidBody);

    let answer = accept(&world, &token, Some("Grace Hopper"), OWN).await.is(201);
    let (grace, issued) = signed_in(&world, &answer);
    assert_eq!((issued.session.user.name.as_str(), issued.session.user.email.as_str()), ("Grace Hopper", "grace@example.org"));
    let here: Organization = grace.get(&format!("/v1/organizations/{}", world.organization)).await.is(200).read();
    assert_eq!(here.role, Role::Member);
    let sessions: Vec<SessionEntry> =
        serde_json::from_value(grace.get("/v1/sessions").await.is(200).value()["items"].clone()).unwrap();
    assert_eq!(sessions[0].client.as_deref(), Some("Keydeck"));
    world.anonymous.post("/v1/sessions", &json!({ "email": "grace@example.org", "password": OWN })).await.is(201);

    let joined = &log(&world, Action::MemberAdded).await[0];
    assert_eq!(joined.actor.as_ref().unwrap().id, issued.session.user.id, "by herself");
    assert_eq!(
        (joined.target.clone(), joined.target_name.as_deref()),
        (issued.session.user.id.to_string(), Some("grace@example.org"))
    );
    let left = world.admin.get(&format!("/v1/organizations/{}/invitations", world.organization)).await.is(200).value();
    assert_eq!(left["items"], json!([]));
    accept(&world, &token, Some("Grace"), OWN).await.refused(404, ProblemCode::NotFound);
}

#[tokio::test]
async fn a_known_person_proves_himself_and_keeps_his_name() {
    let world = World::new().await;
    let (token, _) = invited(&world, &world.owner, "stranger@example.org", Role::Viewer).await;
    accept(&world, &token, None, OWN).await.refused(401, ProblemCode::InvalidCredentials);
    look(&world, &token).await.is(200);
    let answer = accept(&world, &token, Some("Somebody else"), PASSWORD).await.is(201);
    let (stranger, issued) = signed_in(&world, &answer);
    assert_eq!(issued.session.user.name.as_str(), "stranger");
    assert_eq!(issued.session.user.id, world.id_of("stranger").await);
    let all = stranger.get("/v1/organizations").await.is(200).value();
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    world.stranger.get("/v1/sessions/current").await.is(200);
}

#[tokio::test]
async fn an_old_invitation_does_not_let_a_removed_member_in_again() {
    let world = World::new().await;
    let (token, _) = invited(&world, &world.admin, "grace@example.org", Role::Member).await;
    // The command line was quicker than the link.
    let grace = world.person("grace", Role::Viewer).await;
    world.owner.delete(&format!("/v1/organizations/{}/members/{grace}", world.organization)).await.is(204);
    accept(&world, &token, None, PASSWORD).await.refused(404, ProblemCode::NotFound);
}

#[tokio::test]
async fn t40_a_known_persons_wrong_password_counts_against_the_account() {
    let world = World::with(|config| {
        config.proxies = "127.0.0.1".parse().unwrap();
        config.sign_in.free_failures = 3;
        config.sign_in.first_wait = Duration::from_secs(60);
    })
    .await;
    let (token, _) = invited(&world, &world.owner, "stranger@example.org", Role::Viewer).await;
    for _ in 0..4 {
        accept(&world, &token, None, "not the password").await.refused(401, ProblemCode::InvalidCredentials);
    }
    accept(&world, &token, None, PASSWORD).await.refused(429, ProblemCode::RateLimited);
    let body = json!({ "email": "stranger@example.org", "password": PASSWORD });
    world.anonymous.post("/v1/sessions", &body).await.refused(429, ProblemCode::RateLimited);
    look(&world, &token).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn t21_of_many_who_accept_at_once_exactly_one_does() {
    // Known and new: the two ways to prove oneself.
    for known in [true, false] {
        let world = Arc::new(
            World::with(|config| {
                config.sign_in.free_failures = 1_000;
                config.database_wait = Duration::from_secs(60);
            })
            .await,
        );
        if known {
            person(&world.server, "grace").await;
        }
        let before = count(world.data_dir(), "SELECT count(*) FROM users").await;
        let (token, _) = invited(&world, &world.admin, email("grace").as_str(), Role::Member).await;
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let (world, token) = (Arc::clone(&world), token.clone());
                tokio::spawn(async move { accept(&world, &token, Some("Grace"), PASSWORD).await })
            })
            .collect();
        let mut accepted = 0;
        for task in tasks {
            let answer = task.await.unwrap();
            match answer.status.as_u16() {
                201 => accepted += 1,
                _ => {
                    answer.refused(404, ProblemCode::NotFound);
                }
            }
        }
        assert_eq!(accepted, 1);
        let members = "SELECT count(*) FROM members m JOIN users u ON u.id = m.user_id WHERE u.email = 'grace@example.org'";
        assert_eq!(count(world.data_dir(), members).await, 1);
        let entries = log(&world, Action::MemberAdded).await;
        let hers = entries.iter().filter(|entry| entry.target_name.as_deref() == Some("grace@example.org"));
        assert_eq!(hers.count(), 1);
        let people = count(world.data_dir(), "SELECT count(*) FROM users").await;
        assert_eq!(people - before, i64::from(!known));
        assert_eq!(count(world.data_dir(), "SELECT count(*) FROM invitations").await, 0);
    }
}
