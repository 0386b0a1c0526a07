//! The middleware, and the protected API behind it.

use keydeck_domain::{Dialect, Outcome};
use serde_json::{Value, json};

use super::{Azen, MEMORIES, act, denied, told};
use crate::dialects::made::{self, counted, key, organization, wanted};
use crate::support::As;

fn texts(list: &Value) -> Vec<&str> {
    list["memories"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn without_a_session_and_a_key_nothing_is_told() {
    let azen = Azen::new().await;
    let by = &azen.world.anonymous;
    for path in [MEMORIES, "/azen/api/v1/usage"] {
        // Azen: "All API requests must include an API key in the azen-api-key header."
        // Azen: "Missing API Key (401)", "Error: No azen-api-key header provided"
        denied(by.get(path).await, 401, "no api key");
        denied(by.send("GET", path, &[("azen-api-key", "")], None).await, 401, "no api key");
        let (_, key) = key(&azen.world, azen.organization, wanted("read write")).await;
        for header in ["x-api-key", "api-key", "azen_api_key"] {
            denied(by.send("GET", path, &[(header, &key)], None).await, 401, "no api key");
        }
        denied(As::bearer(azen.world.address, &key).get(path).await, 401, "no api key");
        by.send("GET", path, &[("azen-api-key", &key)], None).await.is(200);
        by.send("GET", path, &[("Azen-API-Key", &key), ("authorization", "Bearer something")], None).await.is(200);
    }
    denied(by.json("POST", MEMORIES, &[], &json!({ "text": "a" })).await, 401, "no api key");
}

#[tokio::test]
async fn a_key_that_is_not_good_is_refused() {
    let azen = Azen::new().await;
    let mut refused = made::refused(&azen.world, azen.organization, &wanted("read write")).await;
    let (_, good) = key(&azen.world, azen.organization, wanted("read write")).await;
    // Azen: "Correctly copied (no extra spaces)"
    let (start, end) = good.split_at(20);
    refused.push(("a space within", format!("{start} {end}")));
    refused.push(("cut off", start.to_owned()));
    // Azen: "Associated with a valid organization"
    let native = key(&azen.world, azen.world.organization, wanted("read write")).await.1;
    refused.push(("of Keydeck's own dialect", native));
    let eliza = organization(&azen.world, Dialect::Elizaos, None).await;
    refused.push(("of another dialect", key(&azen.world, eliza, wanted("api")).await.1));
    let mut bodies = Vec::new();
    for (what, text) in &refused {
        // Azen: "Invalid API Key (403)", "Error: API key is invalid, expired, or disabled"
        let said = if *what == "disabled" { "API Key is disabled" } else { "Invalid API key." };
        for answer in [azen.ask(text).await, azen.remember(text, "a").await] {
            if *what != "disabled" {
                bodies.push(answer.body.clone());
            }
            denied(answer, 403, said);
        }
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    // Two keys that disagree are none.
    let (_, other) = key(&azen.world, azen.organization, wanted("read write")).await;
    let both = [("azen-api-key", good.as_str()), ("azen-api-key", other.as_str())];
    denied(azen.world.anonymous.send("GET", MEMORIES, &both, None).await, 403, "Invalid API key.");
    // Azen: "Still active and not expired"
    azen.ask(&good).await.is(200);
}

#[tokio::test]
async fn a_session_comes_first() {
    let azen = Azen::new().await;
    let world = &azen.world;
    let (_, good) = key(world, azen.organization, wanted("read")).await;
    let with_key = [("azen-api-key", good.as_str())];
    // Azen: "The middleware first checks for an active user session (used by the web console)."
    denied(world.owner.send("GET", MEMORIES, &with_key, None).await, 403, "Unauthorized");
    denied(world.owner.get(MEMORIES).await, 403, "Unauthorized");
    act(&world.owner, Some(azen.organization)).await.is(200);
    world.owner.get(MEMORIES).await.is(200);
    world.owner.send("GET", MEMORIES, &[("azen-api-key", "nonsense")], None).await.is(200);
    // Azen: "If no session exists, the middleware extracts the azen-api-key header from the request."
    world.anonymous.send("GET", MEMORIES, &with_key, None).await.is(200);
    let over = As::bearer(world.address, "kds_over");
    over.send("GET", MEMORIES, &with_key, None).await.is(200);
    denied(over.get(MEMORIES).await, 401, "no api key");
    world.owner.send("POST", "/azen/api/auth/sign-out", &[], None).await.is(200);
    denied(world.owner.get(MEMORIES).await, 401, "no api key");
}

#[tokio::test]
async fn a_viewer_sees_and_writes_nothing() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    world.member.post(MEMORIES, &json!({ "text": "by a member" })).await.is(201);
    assert_eq!(texts(&world.viewer.get(MEMORIES).await.is(200).value()), ["by a member"]);
    denied(world.viewer.post(MEMORIES, &json!({ "text": "a" })).await, 403, "Unauthorized");
}

#[tokio::test]
async fn memories_are_isolated_per_organization() {
    // Azen: "All authenticated requests are scoped to an organization"
    // Azen: "Memories are isolated per organization"
    let azen = Azen::acting().await;
    let world = &azen.world;
    let (_, ours) = azen.key(&world.owner, "full").await;
    let (_, theirs) = azen.key(&world.stranger, "full").await;
    let memory = azen.remember(&ours, "ours").await.is(201).value();
    assert_eq!(memory["text"], "ours");
    assert!(memory["id"].is_string() && memory["createdAt"].as_str().unwrap().ends_with('Z'));
    azen.remember(&theirs, "theirs").await.is(201);
    assert_eq!(texts(&azen.ask(&ours).await.is(200).value()), ["ours"]);
    assert_eq!(texts(&azen.ask(&theirs).await.is(200).value()), ["theirs"]);
    let seen = world.member.get(MEMORIES).await.is(200).value();
    assert_eq!((texts(&seen), &seen["total"]), (vec!["ours"], &json!(1)));
    assert_eq!(texts(&world.stranger.get(MEMORIES).await.is(200).value()), ["theirs"]);
    for bad in
        [json!({}), json!({ "text": "" }), json!({ "text": " " }), json!({ "text": 7 }), json!({ "text": "x".repeat(2_001) })]
    {
        let header = [("azen-api-key", ours.as_str())];
        told(world.anonymous.json("POST", MEMORIES, &header, &bad).await, 400, "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn every_request_is_counted_once_as_it_ended() {
    let azen = Azen::acting().await;
    let (_, full) = azen.key(&azen.world.owner, "full").await;
    let (_, reads) = azen.key(&azen.world.owner, "read").await;
    azen.ask(&full).await.is(200);
    azen.remember(&full, "a").await.is(201);
    azen.remember(&reads, "a").await.is(403);
    azen.world.owner.get(MEMORIES).await.is(200);
    let expected = vec![(Outcome::Accepted, 2), (Outcome::MissingScope, 1)];
    assert_eq!(counted(&azen.world, azen.organization).await, expected);
}
