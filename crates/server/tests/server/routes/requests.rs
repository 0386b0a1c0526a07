//! What holds for requests to any route.

use keydeck_domain::api::problem::ProblemCode;
use serde_json::json;

use crate::support::raw::{exchange, status};
use crate::support::{World, new_key};

#[tokio::test]
async fn every_answer_is_a_problem_with_its_headers() {
    let world = World::new().await;
    let refusals = [
        world.anonymous.get("/").await,
        world.anonymous.get("/v1/nothing").await,
        world.anonymous.send("PUT", "/v1/sessions", &[], None).await,
        world.anonymous.send("DELETE", "/v1/verify", &[], None).await,
        world.anonymous.get("/v1/self").await,
    ];
    for (answer, status) in refusals.into_iter().zip([404, 404, 405, 405, 401]) {
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.headers.get("access-control-allow-origin").is_none());
        let code = match status {
            404 => ProblemCode::NotFound,
            405 => ProblemCode::MethodNotAllowed,
            _ => ProblemCode::InvalidKey,
        };
        if status == 405 {
            assert!(!answer.header("allow").is_empty());
        }
        let problem = answer.refused(status, code);
        assert!(problem.kind.starts_with("urn:keydeck:problem:"));
    }
}

#[tokio::test]
async fn no_origin_is_let_in() {
    let world = World::new().await;
    let origin = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    for method in ["OPTIONS", "GET"] {
        let answer = world.anonymous.send(method, "/v1/meta", &origin, None).await;
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
    }
}

#[tokio::test]
async fn only_plain_json_is_read() {
    let world = World::new().await;
    let body = serde_json::to_vec(&json!({ "key": "" })).unwrap();
    let send = async |headers: &[(&str, &str)]| world.verifier.send("POST", "/v1/verify", headers, Some(body.clone())).await;
    for good in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        send(&[("content-type", good)]).await.is(200);
    }
    send(&[]).await.refused(415, ProblemCode::UnsupportedMediaType);
    for bad in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application/merge-patch+json"] {
        send(&[("content-type", bad)]).await.refused(415, ProblemCode::UnsupportedMediaType);
    }
}

#[tokio::test]
async fn t20_a_body_over_the_cap_and_a_packed_one_are_refused() {
    let world = World::new().await;
    let head = |extra: &str| {
        format!("POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n{extra}\r\n\r\n")
    };
    // It says that it is 1 GB: refused before any of it comes.
    let answer = exchange(world.address, head("Content-Length: 1073741824").as_bytes()).await;
    assert_eq!(status(&answer), 413, "{answer}");
    // It doesn't say: refused at the cap.
    let mut chunked = head("Transfer-Encoding: chunked").into_bytes();
    for _ in 0..17 {
        chunked.extend_from_slice(b"1000\r\n");
        chunked.extend_from_slice(&[b' '; 0x1000]);
        chunked.extend_from_slice(b"\r\n");
    }
    let answer = exchange(world.address, &chunked).await;
    assert_eq!(status(&answer), 413, "{answer}");
    // At the cap it is read.
    let exact = format!(r#"{{"key":"{}"}}"#, "a".repeat(64 * 1024 - 10));
    let json = [("content-type", "application/json")];
    assert_eq!(exact.len(), 64 * 1024);
    world.verifier.send("POST", "/v1/verify", &json, Some(exact.clone().into_bytes())).await.is(200);
    let over = format!("{exact} ").into_bytes();
    world.verifier.send("POST", "/v1/verify", &json, Some(over)).await.refused(413, ProblemCode::TooLarge);
    // A gzip bomb is not unpacked.
    let packed = [("content-type", "application/json"), ("content-encoding", "gzip")];
    world
        .verifier
        .send("POST", "/v1/verify", &packed, Some(vec![0x1f, 0x8b, 8]))
        .await
        .refused(415, ProblemCode::UnsupportedMediaType);
}

#[tokio::test]
async fn t13_a_secret_in_the_url_is_refused_before_anything_else() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
    // Exposed to be sent where it must be refused: a test's own secret.
    let text = secret.expose();
    for path in [
        format!("/v1/self?api_key={text}"),
        format!("/v1/self?x={text}"),
        format!("/v1/self?{text}"),
        format!("{}?search={text}", world.keys()),
        format!("/v1/nothing?token={}", world.owner.token()),
        "/v1/meta?access_token=anything".to_owned(),
        "/livez?key=".to_owned(),
    ] {
        for by in [&world.owner, &world.anonymous] {
            let answer = by.get(&path).await;
            assert!(!String::from_utf8_lossy(&answer.body).contains(text));
            answer.refused(400, ProblemCode::SecretInUrl);
        }
    }
    world.owner.get(&format!("{}?search=kd_test_", world.keys())).await.is(200);
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_by_every_route_that_reads_one() {
    let world = World::new().await;
    let (key, _) = world.make(&world.owner, new_key("Worker")).await;
    let headers = [("content-type", "application/json"), ("if-match", "\"1\""), ("idempotency-key", "x")];
    for (method, path) in [
        ("POST", "/v1/sessions".to_owned()),
        ("POST", world.keys()),
        ("PUT", world.key(key.id)),
        ("PATCH", world.key(key.id)),
        ("POST", format!("/v1/organizations/{}/verifiers", world.organization)),
    ] {
        for body in ["", "{", "nonsense", "{} {}", "\u{feff}{}"] {
            world.owner.send(method, &path, &headers, Some(body.into())).await.refused(422, ProblemCode::InvalidBody);
        }
        let wrong = [("content-type", "text/plain"), ("if-match", "\"1\""), ("idempotency-key", "x")];
        world.owner.send(method, &path, &wrong, Some("{}".into())).await.refused(415, ProblemCode::UnsupportedMediaType);
    }
}

#[tokio::test]
async fn heads_that_are_ambiguous_are_refused() {
    let world = World::new().await;
    for bad in [
        "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "GET /livez HTTP/1.1\r\nHost: x\r\nX-API-Key: a\0b\r\n\r\n",
        "NONSENSE\r\n\r\n",
    ] {
        let answer = exchange(world.address, bad.as_bytes()).await;
        assert!(matches!(status(&answer), 0 | 400), "{answer}");
    }
}
