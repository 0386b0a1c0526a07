//! Signing in and out, by bearer and by cookie.

use std::time::Duration;

use keydeck_server::tls::Tls;
use serde_json::{Value, json};

use super::{AUTH, Azen, act, told};
use crate::dialects::made::text;
use crate::support::authority::GOOD;
use crate::support::database::run;
use crate::support::world::{PASSWORD, serve_https};
use crate::support::{Answer, As, Authority};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn sign_in(by: &As, email: &str, password: &str) -> Answer {
    by.post(&format!("{AUTH}/sign-in/email"), &json!({ "email": email, "password": password })).await
}

async fn session(by: &As, headers: &[(&str, &str)]) -> Value {
    by.send("GET", &format!("{AUTH}/get-session"), headers, None).await.is(200).value()
}

/// The pair of a `Set-Cookie`.
fn pair(answer: &Answer) -> &str {
    answer.header("set-cookie").split(';').next().unwrap()
}

#[tokio::test]
async fn signing_in_gives_a_session_of_the_server_s_own() {
    let azen = Azen::new().await;
    let world = &azen.world;
    let answer = sign_in(&world.anonymous, "Owner@Example.org", PASSWORD).await.is(200);
    let body = answer.value();
    assert_eq!(body["redirect"], false);
    let fields = ["id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt"];
    assert!(fields.iter().all(|name| body["user"].get(name).is_some()), "{body}");
    assert_eq!((&body["user"]["email"], &body["user"]["name"]), (&json!("owner@example.org"), &json!("owner")));
    let raw = body["token"].as_str().unwrap();
    assert!(raw.starts_with("kds_"));

    // The cookie is `<token>.<signature>`, and `set-auth-token` says the same.
    let signed = answer.header("set-auth-token");
    assert!(signed.strip_prefix(raw).is_some_and(|rest| rest.starts_with('.') && rest.len() > 40), "{signed}");
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with(&format!("better-auth.session_token={raw}.")), "{cookie}");
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age=7776000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "this listener is not encrypted: {cookie}");

    // `Authorization: Bearer` takes the raw or the signed token, also as an older server writes it.
    let encoded = signed.replace('=', "%3D").replace('+', "%2B").replace('/', "%2F");
    for token in [raw, signed, &encoded] {
        let mine = session(&As::bearer(world.address, token), &[]).await;
        assert_eq!(mine["user"], body["user"]);
        assert_eq!((&mine["session"]["token"], &mine["session"]["userId"]), (&json!(raw), &body["user"]["id"]));
        assert_eq!(mine["session"]["activeOrganizationId"], Value::Null);
        assert!(mine["session"]["expiresAt"].as_str().unwrap().ends_with('Z'));
    }
    assert_eq!(session(&world.anonymous, &[("cookie", pair(&answer))]).await["user"], body["user"]);
    // It is a session like every other.
    As::bearer(world.address, raw).get("/v1/sessions/current").await.is(200);
    // Azen: "Session Authentication - For web console access (handled automatically)"
    assert_eq!(session(&world.owner, &[]).await["user"], body["user"]);
}

#[tokio::test]
async fn a_session_that_is_not_remembered_ends_with_the_browser() {
    let azen = Azen::new().await;
    let body = json!({ "email": "owner@example.org", "password": PASSWORD, "rememberMe": false });
    let answer = azen.world.anonymous.post(&format!("{AUTH}/sign-in/email"), &body).await.is(200);
    assert!(!answer.header("set-cookie").contains("Max-Age"));
}

#[tokio::test]
async fn signed_out_is_null_and_not_a_refusal() {
    let azen = Azen::new().await;
    let world = &azen.world;
    let signed = sign_in(&world.anonymous, "owner@example.org", PASSWORD).await;
    let forged = pair(&signed).replace("kds_", "kds_x");
    let unsigned = pair(&signed).split('.').take(2).collect::<Vec<_>>().join(".");
    for by in [world.anonymous.clone(), world.verifier.clone(), As::bearer(world.address, "kds_nobodys")] {
        assert_eq!(session(&by, &[]).await, Value::Null);
    }
    for cookie in [forged.as_str(), &unsigned, "better-auth.session_token=", "other=1"] {
        assert_eq!(session(&world.anonymous, &[("cookie", cookie)]).await, Value::Null, "{cookie}");
    }
    run(world.data_dir(), "UPDATE sessions SET expires_at = created_at + 1").await;
    assert_eq!(session(&world.owner, &[]).await, Value::Null, "an expired session");
    // An expired session is 401 elsewhere.
    told(world.owner.get(&format!("{AUTH}/api-key/list")).await, 401, "UNAUTHORIZED");
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once_and_always_says_so() {
    let azen = Azen::new().await;
    let world = &azen.world;
    for _ in 0..2 {
        let answer = world.owner.send("POST", &format!("{AUTH}/sign-out"), &[], None).await.is(200);
        assert_eq!(answer.value(), json!({ "success": true }));
        assert!(answer.header("set-cookie").starts_with("better-auth.session_token=; Max-Age=0"));
    }
    assert_eq!(session(&world.owner, &[]).await, Value::Null);
    world.owner.get("/v1/sessions/current").await.is(401);
    assert_ne!(session(&world.admin, &[]).await, Value::Null);
}

#[tokio::test]
async fn who_can_t_sign_in_is_told_alike() {
    let azen = Azen::new().await;
    let by = &azen.world.anonymous;
    let wrong = sign_in(by, "owner@example.org", "not the password").await;
    let unknown = sign_in(by, "nobody@example.org", "not the password").await;
    assert_eq!(wrong.body, unknown.body);
    told(wrong, 401, "INVALID_EMAIL_OR_PASSWORD");
    told(sign_in(by, "owner", PASSWORD).await, 400, "INVALID_EMAIL");
    let path = format!("{AUTH}/sign-in/email");
    for bad in [json!({}), json!({ "email": "owner@example.org" }), json!({ "email": 7, "password": PASSWORD }), json!([])] {
        let answer = by.post(&path, &bad).await;
        assert!(!text(&answer).contains(PASSWORD));
        told(answer, 400, "VALIDATION_ERROR");
    }
    told(by.send("POST", &path, &[JSON], Some(b"{".to_vec())).await, 400, "VALIDATION_ERROR");
    told(by.send("POST", &path, &[("content-type", "text/plain")], Some(b"{}".to_vec())).await, 415, "UNSUPPORTED_MEDIA_TYPE");
    told(by.send("POST", &path, &[JSON], Some(vec![b' '; 100_000])).await, 413, "PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn guessing_is_slowed_as_everywhere() {
    let azen = Azen::with(|config| {
        config.sign_in.free_failures = 3;
        config.sign_in.first_wait = Duration::from_secs(60);
    })
    .await;
    let by = &azen.world.anonymous;
    // Half of the guesses here, half of them at the native route: they count together.
    for _ in 0..2 {
        told(sign_in(by, "owner@example.org", "not the password").await, 401, "INVALID_EMAIL_OR_PASSWORD");
        by.post("/v1/sessions", &json!({ "email": "owner@example.org", "password": "not it either" })).await.is(401);
    }
    let slowed = sign_in(by, "owner@example.org", PASSWORD).await.is(429);
    let wait: u64 = slowed.header("x-retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(slowed.header("content-type"), "text/plain");
    assert!(serde_json::from_str::<Value>(&text(&slowed)).unwrap()["message"].is_string());
}

#[tokio::test]
async fn a_foreign_page_can_t_use_somebody_s_cookie() {
    let azen = Azen::new().await;
    let world = &azen.world;
    let signed = sign_in(&world.anonymous, "owner@example.org", PASSWORD).await;
    let (cookie, own) = (("cookie", pair(&signed)), azen.origin());
    let page = format!("{own}/keys?page=1");
    let posts = [
        (format!("{AUTH}/organization/set-active"), json!({ "organizationId": azen.organization })),
        (format!("{AUTH}/api-key/create"), json!({ "name": "Worker" })),
        (super::KEYS.to_owned(), json!({ "name": "Worker", "permissions": "full" })),
        (super::MEMORIES.to_owned(), json!({ "text": "a" })),
        (format!("{AUTH}/sign-in/email"), json!({ "email": "owner@example.org", "password": PASSWORD })),
        (format!("{AUTH}/sign-out"), json!({})),
    ];
    for (path, body) in &posts {
        let ask = async |headers: &[(&str, &str)]| world.anonymous.json("POST", path, headers, body).await;
        told(ask(&[cookie]).await, 403, "MISSING_OR_NULL_ORIGIN");
        told(ask(&[cookie, ("origin", "null")]).await, 403, "MISSING_OR_NULL_ORIGIN");
        for foreign in ["https://evil.example", "http://127.0.0.1:1", &format!("{own}.evil.example")] {
            told(ask(&[cookie, ("origin", foreign)]).await, 403, "INVALID_ORIGIN");
            told(ask(&[cookie, ("referer", foreign)]).await, 403, "INVALID_ORIGIN");
        }
    }
    for (path, body) in &posts {
        // Each of the server's own pages may; the last one signs out.
        let from = if path.ends_with("create") { ("referer", page.as_str()) } else { ("origin", own.as_str()) };
        let answer = world.anonymous.json("POST", path, &[cookie, from], body).await;
        assert!(answer.status.is_success(), "{path}: {}", text(&answer));
    }
    // A bearer without a cookie needs none.
    act(&world.owner, Some(azen.organization)).await.is(200);
}

#[tokio::test]
async fn over_https_the_cookie_stays_on_https() {
    let azen = Azen::new().await;
    let world = &azen.world;
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let tls = Tls::open(authority.issue_into(folder.path(), GOOD)).unwrap();
    let (address, _running) = serve_https(&world.server, tls).await;
    let by = As::encrypted(address, &authority);
    let signed = sign_in(&by, "owner@example.org", PASSWORD).await.is(200);
    assert!(signed.header("set-cookie").contains("; Secure"));
    let (path, body) = (format!("{AUTH}/organization/set-active"), json!({ "organizationId": azen.organization }));
    let ask = async |origin: &str| by.json("POST", &path, &[("cookie", pair(&signed)), ("origin", origin)], &body).await;
    told(ask(&format!("http://{address}")).await, 403, "INVALID_ORIGIN");
    ask(&format!("https://{address}")).await.is(200);
}

#[tokio::test]
async fn what_is_not_there_has_no_body() {
    let azen = Azen::new().await;
    let by = &azen.world.owner;
    for (method, path) in [
        ("GET", format!("{AUTH}/nothing")),
        ("POST", format!("{AUTH}/sign-up/email")),
        ("GET", format!("{AUTH}/sign-out")),
        ("DELETE", format!("{AUTH}/api-key/list")),
        ("GET", format!("{AUTH}/")),
        ("GET", "/azen/api/v1/nothing".to_owned()),
        ("PUT", super::KEYS.to_owned()),
    ] {
        let answer = by.send(method, &path, &[], None).await.is(404);
        assert!(answer.body.is_empty(), "{method} {path}");
    }
}
