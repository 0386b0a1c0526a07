//! Memory API: `/signup`.

use serde_json::{Value, json};

use super::memory_api::{at, data, refused};
use crate::support::{As, World};

async fn open() -> World {
    World::with(|config| config.sign_up = true).await
}

async fn sign_up(world: &World, body: &Value) -> crate::support::Answer {
    world.anonymous.post(&at("/v1/signup"), body).await
}

#[tokio::test]
async fn nobody_signs_up_unless_the_server_allows_it() {
    let world = World::new().await;
    let wanted = json!({ "name": "My Company", "email": "you@example.com" });
    for path in ["/signup", "/v1/signup"] {
        refused(world.anonymous.post(&at(path), &wanted).await, 403, "SIGNUP_DISABLED");
    }
    assert!(world.server.person(&"you@example.com".parse().unwrap()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_sign_up_gives_an_account_and_its_first_key() {
    let world = open().await;
    let made = data(&sign_up(&world, &json!({ "name": "My Company", "email": "You@Example.com" })).await.is(201));
    assert_eq!((&made["name"], &made["email"]), (&json!("Default Key"), &json!("you@example.com")));
    assert_eq!(made["scopes"], json!(["admin", "delete", "read", "write"]));
    let first = As::bearer(world.address, made["key"].as_str().unwrap());
    let account = data(&first.get(&at("/v1/account")).await.is(200));
    assert_eq!((&account["org_id"], &account["name"]), (&made["org_id"], &json!("My Company")));
    first.post(&at("/v1/account/api-keys"), &json!({})).await.is(201);
    // It begins with the smallest plan.
    assert_eq!(account["limits"]["limit"], 10);
    // Its person has an organization of this dialect, and a log that begins with it.
    let session = world.server.issue_session(&"you@example.com".parse().unwrap()).await.unwrap();
    // Exposed to be sent: the test's own session.
    let person = As::bearer(world.address, session.token.expose());
    let organizations = person.get("/v1/organizations").await.is(200).value();
    assert_eq!(organizations["items"].as_array().unwrap().len(), 1);
    let organization = &organizations["items"][0];
    assert_eq!((&organization["dialect"], &organization["role"]), (&json!("memory-api"), &json!("owner")));
    // Nobody else's is told to him, nor his to others.
    let theirs = format!("/v1/organizations/{}", organization["id"].as_str().unwrap());
    world.owner.get(&theirs).await.is(404);
}

#[tokio::test]
async fn a_fresh_server_is_claimed_before_anybody_signs_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = keydeck_server::Config::new(folder.path());
    config.sign_up = true;
    let server = crate::support::world::open(config).await;
    let (address, running) = crate::support::world::serve(&server).await;
    let wanted = json!({ "name": "My Company", "email": "you@example.com" });
    refused(As::anonymous(address).post(&at("/v1/signup"), &wanted).await, 409, "CONFLICT");
    assert!(!server.has_people().await.unwrap());
    running.stop().await;
}

#[tokio::test]
async fn an_address_signs_up_once() {
    let world = open().await;
    let wanted = json!({ "name": "My Company", "email": "you@example.com", "plan_id": "free" });
    sign_up(&world, &wanted).await.is(201);
    let again = json!({ "name": "Another", "email": "YOU@example.com" });
    refused(sign_up(&world, &again).await, 409, "EMAIL_EXISTS");
    // Also whoever came in another way.
    refused(sign_up(&world, &json!({ "name": "X", "email": "owner@example.org" })).await, 409, "EMAIL_EXISTS");
}

#[tokio::test]
async fn a_password_signs_in_from_the_window() {
    let world = open().await;
    let password = "correct horse battery staple";
    let wanted = json!({ "name": "Grace", "organization": "Navy", "email": "grace@example.com", "password": password });
    sign_up(&world, &wanted).await.is(201);
    let session = json!({ "email": "grace@example.com", "password": password });
    let issued = world.anonymous.post("/v1/sessions", &session).await.is(201).value();
    assert_eq!(issued["session"]["user"]["name"], "Grace");
    let session = world.anonymous.with_bearer(issued["token"].as_str().unwrap());
    assert_eq!(session.get("/v1/organizations").await.is(200).value()["items"][0]["name"], "Navy");
}

#[tokio::test]
async fn what_is_missing_is_told() {
    let world = World::with(|config| {
        config.sign_up = true;
        config.sign_in.free_failures = 100;
    })
    .await;
    for (body, field) in [
        (json!({ "name": "x" }), "email"),
        (json!({ "email": "you@example.com" }), "name"),
        (json!({ "email": "you", "name": "x" }), "email"),
        (json!({ "email": "you@example.com", "name": "" }), "name"),
        (json!({ "email": "you@example.com", "name": "x", "role": "owner" }), "role"),
    ] {
        let error = refused(sign_up(&world, &body).await, 400, "VALIDATION_ERROR");
        assert_eq!(error["details"]["field"], field, "{body}: {error}");
    }
    let short = json!({ "email": "you@example.com", "name": "x", "password": "short" });
    let error = refused(sign_up(&world, &short).await, 400, "VALIDATION_ERROR");
    assert!(!error.to_string().contains("short\""), "{error}");
    assert!(world.server.person(&"you@example.com".parse().unwrap()).await.unwrap().is_none());
}

#[tokio::test]
async fn t40_signing_up_is_slowed_for_an_address() {
    let world = World::with(|config| {
        config.sign_up = true;
        config.sign_in.free_failures = 2;
    })
    .await;
    for number in 0..3 {
        sign_up(&world, &json!({ "name": "x", "email": format!("{number}@example.com") })).await.is(201);
    }
    let slowed = sign_up(&world, &json!({ "name": "x", "email": "3@example.com" })).await;
    assert!(slowed.header("retry-after").parse::<u64>().unwrap() >= 1);
    refused(slowed, 429, "RATE_LIMIT_EXCEEDED");
}
