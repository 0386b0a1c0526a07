//! `GET /v1/self`.

use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::verify::VerifiedKey;
use serde_json::json;

use crate::support::{As, World, new_key, passed, soon};

#[tokio::test]
async fn a_key_reads_about_itself_in_either_header() {
    let world = World::new().await;
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    // Exposed to be sent: a test's own secret.
    let text = secret.expose();
    let bearer: VerifiedKey = As::bearer(world.address, text).get("/v1/self").await.is(200).read();
    assert_eq!((bearer.id, bearer.organization_id), (key.id, world.organization));
    let header: VerifiedKey = world.anonymous.send("GET", "/v1/self", &[("x-api-key", text)], None).await.is(200).read();
    assert_eq!(header, bearer);
    As::bearer(world.address, text).send("GET", "/v1/self", &[("x-api-key", text)], None).await.is(200);
}

#[tokio::test]
async fn t17_two_headers_that_disagree_are_refused() {
    let world = World::new().await;
    let (_, a) = world.make(&world.owner, new_key("A")).await;
    let (_, b) = world.make(&world.owner, new_key("B")).await;
    // Exposed to be sent: a test's own secrets.
    let (a, b) = (a.expose(), b.expose());
    As::bearer(world.address, a).send("GET", "/v1/self", &[("x-api-key", b)], None).await.refused(401, ProblemCode::InvalidKey);
    let two = [("x-api-key", a), ("x-api-key", b)];
    world.anonymous.send("GET", "/v1/self", &two, None).await.refused(401, ProblemCode::InvalidKey);
    let basic = [("authorization", "Basic YTpi"), ("x-api-key", a)];
    world.anonymous.send("GET", "/v1/self", &basic, None).await.refused(401, ProblemCode::InvalidKey);
}

#[tokio::test]
async fn t08_every_refusal_looks_the_same() {
    let world = World::new().await;
    let (revoked, revoked_secret) = world.make(&world.owner, new_key("Revoked")).await;
    world.owner.send("POST", &format!("{}/revoke", world.key(revoked.id)), &[], None).await.is(200);
    let (disabled, disabled_secret) = world.make(&world.owner, new_key("Disabled")).await;
    world.owner.patch(&world.key(disabled.id), 1, &json!({ "enabled": false })).await.is(200);
    let mut bound = new_key("Bound");
    bound.allowed_addresses = vec!["203.0.113.0/24".parse().unwrap()];
    let (_, bound_secret) = world.make(&world.owner, bound).await;
    let mut short = new_key("Short");
    short.expires_at = Some(soon());
    let (expired, expired_secret) = world.make(&world.owner, short).await;
    world.about_itself(&expired_secret).await.is(200);
    passed(expired.expires_at.unwrap()).await;
    let (unknown_secret, _) = crate::support::register("kd", new_key("Never registered"));

    let expected = world.about_itself(&unknown_secret).await;
    assert_eq!(expected.header("www-authenticate"), r#"Bearer realm="keydeck", error="invalid_token""#);
    expected.clone().refused(401, ProblemCode::InvalidKey);
    for secret in [&revoked_secret, &disabled_secret, &bound_secret, &expired_secret] {
        let answer = world.about_itself(secret).await;
        assert_eq!((answer.status, &answer.body), (expected.status, &expected.body));
        assert_eq!(answer.header("www-authenticate"), expected.header("www-authenticate"));
    }
    for odd in ["x", "kd_test_abc", world.owner.token(), world.verifier.token(), &"a".repeat(300)] {
        let answer = As::bearer(world.address, odd).get("/v1/self").await;
        assert_eq!((answer.status, &answer.body), (expected.status, &expected.body));
    }
    let nothing = world.anonymous.get("/v1/self").await;
    assert_eq!(nothing.body, expected.body);
    assert_eq!(nothing.header("www-authenticate"), r#"Bearer realm="keydeck""#);
}

#[tokio::test]
async fn a_key_bound_to_this_address_is_good_here_and_a_forwarding_header_changes_nothing() {
    let world = World::new().await;
    let mut here = new_key("Here");
    here.allowed_addresses = vec!["127.0.0.0/8".parse().unwrap()];
    let (_, here) = world.make(&world.owner, here).await;
    world.about_itself(&here).await.is(200);
    let mut there = new_key("There");
    there.allowed_addresses = vec!["203.0.113.7".parse().unwrap()];
    let (_, there) = world.make(&world.owner, there).await;
    // Exposed to be sent: a test's own secret.
    let caller = As::bearer(world.address, there.expose());
    caller.send("GET", "/v1/self", &[("x-forwarded-for", "203.0.113.7"), ("forwarded", "for=203.0.113.7")], None).await.is(401);
}
