//! What is no key, or too much, is refused before the database is asked: it is closed here, so that
//! whoever asked it would be told 503.

use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::verify::VerifyResponse;
use keydeck_domain::{KeyId, Outcome};
use keydeck_server::config::Limits;
use serde_json::json;

use crate::support::raw::{exchange, status};
use crate::support::{As, World, new_key, register};

/// Where the server gives a head up, in bytes.
const HEAD_BYTES: usize = 32 * 1024;

#[tokio::test]
async fn t04_what_is_no_key_is_refused_before_any_sql() {
    let world = World::new().await;
    world.server.close().await;
    // Who asks the database is seen: he gets 503.
    world.owner.get(&world.keys()).await.refused(503, ProblemCode::Unavailable);

    let injections = ["' OR 1=1", "'/**/OR/**/1=1--", "kd_test_'OR'1'='1", "kd_test_x\";DROP/**/TABLE/**/keys;--"];
    for injected in injections {
        let answer: VerifyResponse = world.verifier.post("/v1/verify", &json!({ "key": injected })).await.is(200).read();
        assert_eq!((answer.outcome, answer.key), (Outcome::Malformed, None), "{injected}");
        let by_bearer = As::bearer(world.address, injected);
        by_bearer.get("/v1/self").await.refused(401, ProblemCode::InvalidKey);
        by_bearer.post("/v1/verify", &json!({ "key": "x" })).await.refused(401, ProblemCode::InvalidKey);
        by_bearer.get(&world.keys()).await.refused(401, ProblemCode::Unauthenticated);
        by_bearer.patch(&world.key(KeyId::generate()), 1, &json!({})).await.refused(401, ProblemCode::Unauthenticated);
        let by_header = world.anonymous.send("GET", "/v1/self", &[("x-api-key", injected)], None).await;
        by_header.refused(401, ProblemCode::InvalidKey);
    }
    // A well-formed key that nobody has, and a verifier's secret that nobody has.
    let (never, _) = register("kd", new_key("Never"));
    assert_eq!(world.verify(&never).await.outcome, Outcome::Unknown);
    world.about_itself(&never).await.refused(401, ProblemCode::InvalidKey);
    let nobody = As::bearer(world.address, &format!("kdv_{}", "x".repeat(43)));
    nobody.post("/v1/verify", &json!({ "key": "x" })).await.refused(401, ProblemCode::InvalidKey);
}

#[tokio::test]
async fn t04_a_key_of_ten_megabytes_is_refused_before_any_sql() {
    let world = World::new().await;
    world.server.close().await;
    world.owner.get(&world.keys()).await.refused(503, ProblemCode::Unavailable);

    // In a body, with its length stated, or in one piece that goes on. No more is sent than is read: the
    // answer to what was not read could be lost with it.
    let head = |length: &str| {
        format!(
            "POST /v1/verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nConnection: close\r\n{length}\r\n\r\n",
            world.verifier.token()
        )
    };
    let cap = Limits::default().body_bytes;
    let stated = format!(r#"{}{{"key":"{}"#, head(&format!("Content-Length: {}", 10 << 20)), "a".repeat(1000));
    let in_pieces = format!(r#"{}{:x}{}{{"key":"{}"#, head("Transfer-Encoding: chunked"), 10 << 20, "\r\n", "a".repeat(cap));
    for request in [stated, in_pieces] {
        assert_eq!(status(&exchange(world.address, request.as_bytes()).await), 413);
    }
    // In a header: over the size of a head, so that it is no request at all.
    for name in ["Authorization: Bearer", "X-API-Key:"] {
        let mut request = format!("GET /v1/self HTTP/1.1\r\nHost: x\r\n{name} {}", "a".repeat(HEAD_BYTES));
        request.truncate(HEAD_BYTES);
        assert_eq!(status(&exchange(world.address, request.as_bytes()).await), 431, "{name}");
    }
    // The longest that fit: no key is longer than 256 bytes.
    for length in [256, 257, 30_000] {
        let long = "a".repeat(length);
        As::bearer(world.address, &long).get("/v1/self").await.refused(401, ProblemCode::InvalidKey);
        As::bearer(world.address, &long).get(&world.keys()).await.refused(401, ProblemCode::Unauthenticated);
        let prefixed = As::bearer(world.address, &format!("kds_{long}"));
        if length > 256 {
            prefixed.get(&world.keys()).await.refused(401, ProblemCode::Unauthenticated);
        } else {
            // Within the cap is a token that could be: this one is looked up.
            let token = &prefixed.token()[..256];
            As::bearer(world.address, token).get(&world.keys()).await.refused(503, ProblemCode::Unavailable);
        }
    }
}
