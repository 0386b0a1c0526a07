//! What the limits refuse.

use keydeck_domain::{OrganizationId, Outcome};
use serde_json::{Value, json};

use super::{Azen, denied};
use crate::dialects::made::counted;

async fn limit(azen: &Azen, organization: OrganizationId, items: &Value) {
    let path = format!("/v1/organizations/{organization}/limits");
    let version = azen.world.owner.get(&path).await.is(200).header("etag").to_owned();
    azen.world.owner.json("PUT", &path, &[("if-match", &version)], &json!({ "items": items })).await.is(200);
}

#[tokio::test]
async fn rate_limits_are_enforced_per_organization() {
    // Azen: "Rate Limited (429)", "Error: API key has exceeded its rate limit"
    // Azen: "Rate limits are enforced per organization"
    let azen = Azen::acting().await;
    let world = &azen.world;
    limit(&azen, azen.organization, &json!([{ "of": "organization", "burst": { "requests": 2, "window_seconds": 3_600 } }]))
        .await;
    let (made, first) = azen.key(&world.owner, "full").await;
    let (_, second) = azen.key(&world.owner, "full").await;
    let (_, foreign) = azen.key(&world.stranger, "full").await;
    assert_eq!((&made["rateLimitEnabled"], &made["rateLimitMax"]), (&json!(true), &json!(2)));
    assert_eq!(made["rateLimitTimeWindow"], json!(3_600_000));
    let answer = azen.ask(&first).await.is(200);
    assert_eq!(answer.header("ratelimit-policy"), r#""burst";q=2;w=3600"#);
    azen.remember(&second, "a").await.is(201);
    for key in [&first, &second] {
        let refused = azen.ask(key).await;
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=3_600).contains(&wait), "{wait}");
        denied(refused, 429, "Rate limit exceeded.");
    }
    azen.ask(&foreign).await.is(200);
    // A session has no key, and takes of no key's limit.
    world.owner.get(super::MEMORIES).await.is(200);
    let expected = vec![(Outcome::Accepted, 2), (Outcome::RateLimited, 2)];
    assert_eq!(counted(world, azen.organization).await, expected);
}

#[tokio::test]
async fn a_key_that_is_used_up_says_so() {
    let azen = Azen::acting().await;
    limit(&azen, azen.organization, &json!([{ "of": "key", "per_day": 1 }])).await;
    let (_, key) = azen.key(&azen.world.owner, "full").await;
    azen.ask(&key).await.is(200);
    denied(azen.ask(&key).await, 403, "API Key has reached its usage limit");
}
