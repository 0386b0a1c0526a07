//! What ElizaOS, Azotte and Azerion AI say where a limit is reached.

use keydeck_domain::{Dialect, Environment, KeyKind, OrganizationId, Outcome};
use serde_json::{Value, json};

use super::made::{counted, is_json, key, organization, wanted};
use crate::support::{Answer, Log, World};

/// Gives an organization these limits and no other.
async fn limit(world: &World, organization: OrganizationId, limits: Value) {
    let path = format!("/v1/organizations/{organization}/limits");
    let version = world.owner.get(&path).await.is(200).header("etag").to_owned();
    world.owner.json("PUT", &path, &[("if-match", &version)], &json!({ "items": limits })).await.is(200);
}

fn one_in_an_hour() -> Value {
    json!([{ "of": "organization", "burst": { "requests": 1, "window_seconds": 3_600 } }])
}

#[track_caller]
fn says_when_to_come_again(answer: &Answer) {
    assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=3_600).contains(&seconds)));
    assert!(answer.header("ratelimit").starts_with(r#""burst";r=0;t="#), "{}", answer.header("ratelimit"));
    assert_eq!(answer.header("ratelimit-policy"), r#""burst";q=1;w=3600"#);
}

#[tokio::test]
async fn elizaos_says_429_and_blames_nobody() {
    let log = Log::capture();
    let world = World::new().await;
    let organization = organization(&world, Dialect::Elizaos, None).await;
    let (_, text) = key(&world, organization, wanted("api")).await;
    limit(&world, organization, one_in_an_hour()).await;
    let ask = async |key: &str| world.anonymous.send("GET", "/elizaos/api/agents", &[("X-API-KEY", key)], None).await;
    // A refused key costs nothing.
    ask("another-key-of-many-letters").await.is(401);
    let first = ask(&text).await.is(200);
    assert_eq!(first.header("ratelimit-policy"), r#""burst";q=1;w=3600"#);
    let refused = ask(&text).await.is(429);
    is_json(&refused, &json!({ "status": 429, "message": "Too many requests: wait as Retry-After says" }));
    says_when_to_come_again(&refused);
    assert_eq!(log.text().matches("Unauthorized access attempt").count(), 1, "the key was good");
    let expected = [(Outcome::Accepted, 1), (Outcome::RateLimited, 1), (Outcome::Unknown, 1)];
    assert_eq!(counted(&world, organization).await, expected);
}

#[tokio::test]
async fn azotte_says_429_in_its_envelope() {
    let world = World::new().await;
    let organization = organization(&world, Dialect::Azotte, Some("tenant_abc123")).await;
    let (_, text) = key(&world, organization, wanted("read")).await;
    let ask = async |tenant: &str| {
        let headers = [("x-api-key", text.as_str()), ("x-tn", tenant)];
        world.anonymous.send("GET", "/azotte/v1/subscriptions", &headers, None).await
    };
    limit(&world, organization, one_in_an_hour()).await;
    ask("tenant_of_others").await.is(403);
    ask("tenant_abc123").await.is(200);
    let refused = ask("tenant_abc123").await.is(429);
    says_when_to_come_again(&refused);
    let said = |code: &str, message: &str| json!({ "error": { "code": code, "message": message, "type": "rate_limit_error" } });
    is_json(&refused, &said("rate_limit_exceeded", "Too many requests: wait as Retry-After says"));
    limit(&world, organization, json!([{ "of": "organization", "per_day": 1 }])).await;
    let answers = [ask("tenant_abc123").await, ask("tenant_abc123").await];
    let exhausted = answers.iter().find(|answer| answer.status == 429).unwrap();
    is_json(exhausted, &said("quota_exhausted", "The quota is used up: wait as Retry-After says"));
    assert!(!exhausted.header("retry-after").is_empty());
}

#[tokio::test]
async fn azottes_keys_for_development_have_the_lower_limit() {
    let world = World::new().await;
    let organization = organization(&world, Dialect::Azotte, Some("tenant_abc123")).await;
    // Azotte: "Limitations: Test data only, rate limited"; "Capabilities: Full access, higher rate limits"
    let mut limits = Vec::new();
    for environment in [Environment::Test, Environment::Live] {
        for kind in [KeyKind::Publishable, KeyKind::Secret] {
            let wish = keydeck_domain::api::keys::NewKey { environment, kind, ..wanted("read") };
            let (_, text) = key(&world, organization, wish).await;
            let headers = [("x-api-key", text.as_str()), ("x-tn", "tenant_abc123")];
            let answer = world.anonymous.send("GET", "/azotte/v1/subscriptions", &headers, None).await.is(200);
            let policy = answer.header("ratelimit-policy").to_owned();
            let requests = policy.split(';').find_map(|part| part.strip_prefix("q=")).unwrap().parse::<u32>().unwrap();
            limits.push(requests);
        }
    }
    let [test, public_test, live, public_live] = limits.try_into().unwrap();
    assert!(test == public_test && live == public_live && test < live, "{test} {live}");
}

#[tokio::test]
async fn azerion_says_429_as_apis_of_this_style_do() {
    let world = World::new().await;
    let organization = organization(&world, Dialect::Azerion, None).await;
    let (_, text) = key(&world, organization, wanted("models")).await;
    let by = crate::support::As::bearer(world.address, &text);
    limit(&world, organization, one_in_an_hour()).await;
    by.get("/azerion/v1/models").await.is(200);
    let refused = by.get("/azerion/v1/models").await.is(429);
    says_when_to_come_again(&refused);
    let error = refused.value()["error"].take();
    assert_eq!(
        (&error["type"], &error["code"], &error["param"]),
        (&json!("requests"), &json!("rate_limit_exceeded"), &json!(null))
    );
    limit(&world, organization, json!([{ "of": "organization", "per_day": 1 }])).await;
    let answers = [by.get("/azerion/v1/models").await, by.get("/azerion/v1/models").await];
    let exhausted = answers.iter().find(|answer| answer.status == 429).unwrap().value()["error"].take();
    assert_eq!((&exhausted["type"], &exhausted["code"]), (&json!("insufficient_quota"), &json!("insufficient_quota")));
}
