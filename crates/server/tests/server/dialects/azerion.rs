//! Azerion AI: `GET /azerion/v1/models`.

use keydeck_domain::{Dialect, Outcome};
use serde_json::json;

use super::made::{counted, is_json, key, organization, refused, wanted};
use crate::support::{As, World, new_key};

const MODELS: &str = "/azerion/v1/models";

#[tokio::test]
async fn a_good_key_sees_the_models() {
    let world = World::new().await;
    let organization = organization(&world, Dialect::Azerion, None).await;
    let (_, text) = key(&world, organization, wanted("models")).await;
    assert!(text.starts_with("sk-"));
    // Azerion AI: "All API requests must include your API key in the Authorization header using the Bearer scheme.",
    // "Authorization: Bearer YOUR_API_KEY"
    let by = As::bearer(world.address, &text);
    let models = by.get(MODELS).await.is(200).value();
    assert_eq!(models["object"], "list");
    let model = &models["data"][0];
    assert!(model["id"].is_string() && model["created"].is_u64() && model["owned_by"].is_string());
    assert_eq!(model["object"], "model");
    assert!(by.send("HEAD", MODELS, &[], None).await.is(200).body.is_empty());
    for (method, path, status, code) in [
        ("GET", "/azerion/v1/nothing", 404, json!("unknown_url")),
        ("GET", "/azerion/v1/models/", 404, json!("unknown_url")),
        ("POST", MODELS, 405, json!(null)),
    ] {
        let error = by.send(method, path, &[], None).await.is(status).value()["error"].take();
        assert_eq!((&error["type"], &error["code"]), (&json!("invalid_request_error"), &code), "{method} {path}");
        assert!(error["param"].is_null() && error["message"].is_string());
    }
    // No other header holds a key of this system.
    world.anonymous.send("GET", MODELS, &[("x-api-key", &text)], None).await.is(401);
}

#[tokio::test]
async fn every_other_key_is_refused_as_apis_of_this_style_do() {
    let world = World::new().await;
    let organization = organization(&world, Dialect::Azerion, None).await;
    let expected = json!({ "error": {
        "message": "Incorrect API key provided.", "type": "invalid_request_error", "param": null, "code": "invalid_api_key",
    } });
    let (_, without) = key(&world, organization, wanted("")).await;
    let (_, native) = world.make(&world.owner, new_key("Native")).await;
    let eliza = super::made::organization(&world, Dialect::Elizaos, None).await;
    let (_, foreign) = key(&world, eliza, wanted("api")).await;
    let mut keys = refused(&world, organization, &wanted("models")).await;
    // Azerion AI: "Revoke keys immediately if you suspect they have been compromised."
    assert!(keys.iter().any(|(what, _)| *what == "revoked"));
    keys.extend([("lacks the scope", without), ("of another dialect", foreign), ("no key", "sk-short".to_owned())]);
    // Exposed to be sent: a test's own secret.
    keys.push(("native", native.expose().to_owned()));
    for (what, text) in keys {
        let answer = As::bearer(world.address, &text).get(MODELS).await.is(401);
        is_json(&answer, &expected);
        assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="azerion", error="invalid_token""#, "{what}");
    }
    let missing = world.anonymous.get(MODELS).await.is(401);
    assert_eq!(missing.header("www-authenticate"), r#"Bearer realm="azerion""#);
    let error = missing.value()["error"].take();
    assert_eq!(
        (&error["type"], &error["param"], &error["code"]),
        (&json!("invalid_request_error"), &json!(null), &json!("invalid_api_key"))
    );
    // Another scheme, and two at once.
    world.anonymous.send("GET", MODELS, &[("authorization", "Basic c2s=")], None).await.is(401);
    // What is not there is told to a good key alone.
    world.anonymous.get("/azerion/v1/nothing").await.is(401);
    world.anonymous.get("/azerion").await.is(404);
}

#[tokio::test]
async fn every_verification_is_counted_by_its_route() {
    let world = World::new().await;
    let organization = organization(&world, Dialect::Azerion, None).await;
    let (_, text) = key(&world, organization, wanted("models")).await;
    let (_, without) = key(&world, organization, wanted("")).await;
    for _ in 0..2 {
        As::bearer(world.address, &text).get(MODELS).await.is(200);
    }
    As::bearer(world.address, &without).get(MODELS).await.is(401);
    world.anonymous.get(MODELS).await.is(401);
    // What names no key is nobody's here: the path names no organization.
    assert_eq!(counted(&world, organization).await, [(Outcome::Accepted, 2), (Outcome::MissingScope, 1)]);
}
