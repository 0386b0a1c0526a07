//! ElizaOS: the guard over `/api/*`.

use keydeck_domain::{Dialect, OrganizationId, Outcome};
use serde_json::json;

use super::made::{counted, is_json, key, organization, path, refused, text, wanted};
use crate::support::process::{Process, run, set_up, signed_in};
use crate::support::{Answer, Log, World};

/// "When a request is made without a valid API key, the server responds with:"
const UNAUTHORIZED: &str = r#"{"status":401,"message":"Unauthorized: Invalid or missing X-API-KEY"}"#;

async fn ask(world: &World, method: &str, path: &str, key: Option<&str>) -> Answer {
    let headers: Vec<_> = key.map(|key| ("X-API-KEY", key)).into_iter().collect();
    world.anonymous.send(method, path, &headers, None).await
}

async fn eliza(world: &World) -> (OrganizationId, String) {
    let organization = organization(world, Dialect::Elizaos, None).await;
    let (_, key) = key(world, organization, wanted("api")).await;
    (organization, key)
}

#[track_caller]
fn is_unauthorized(answer: &Answer, what: &str) {
    assert_eq!((answer.status.as_u16(), text(answer).as_str()), (401, UNAUTHORIZED), "{what}");
    assert_eq!(answer.header("content-type"), "application/json", "{what}");
}

#[tokio::test]
async fn a_good_key_reaches_the_endpoint() {
    let world = World::new().await;
    let (organization, key) = eliza(&world).await;
    for base in ["/elizaos".to_owned(), format!("/elizaos/{organization}")] {
        // ElizaOS: "**If valid**, request proceeds to the endpoint", "API Endpoint->>Client: 200 OK + Response data"
        let agents = ask(&world, "GET", &format!("{base}/api/agents"), Some(&key)).await.is(200);
        is_json(&agents, &json!({ "success": true, "data": { "agents": [] } }));
        let ping = ask(&world, "GET", &format!("{base}/api/server/ping"), Some(&key)).await.is(200).value();
        assert_eq!(ping["pong"], true);
        assert!(ping["timestamp"].is_u64());
        let health = ask(&world, "GET", &format!("{base}/api/server/health"), Some(&key)).await.is(200).value();
        assert_eq!(health["status"], "OK");
        assert!(ask(&world, "HEAD", &format!("{base}/api/agents"), Some(&key)).await.is(200).body.is_empty());
        // What is not there is told to a good key alone.
        for nothing in ["/api", "/api/", "/api/nothing", "/api/agents/1", "/api//agents"] {
            ask(&world, "GET", &format!("{base}{nothing}"), Some(&key)).await.is(404);
        }
        let other = ask(&world, "POST", &format!("{base}/api/agents"), Some(&key)).await.is(405);
        assert_eq!(other.header("allow"), "GET, HEAD, OPTIONS");
    }
}

#[tokio::test]
async fn without_a_valid_key_everything_is_refused() {
    let world = World::new().await;
    let (organization, good) = eliza(&world).await;
    let base = format!("/elizaos/{organization}");
    // ElizaOS: "When enabled, all `/api/*` routes require a valid API key to be provided in the request headers.",
    // "There are no public API endpoints when authentication is active."
    for below in ["/api", "/api/", "/api/agents", "/api/server/ping", "/api/server/health", "/api/nothing", "/api/%ff"] {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PURGE"] {
            // ElizaOS: "**If invalid or missing**, server returns 401 Unauthorized"
            let answer = ask(&world, method, &format!("{base}{below}"), None).await.is(401);
            if method != "HEAD" {
                is_unauthorized(&answer, below);
            }
        }
        is_unauthorized(&ask(&world, "GET", &format!("/elizaos{below}"), None).await, below);
    }
    for (what, text) in refused(&world, organization, &wanted("api")).await {
        is_unauthorized(&ask(&world, "GET", &format!("{base}/api/agents"), Some(&text)).await, what);
    }
    let (_, without) = key(&world, organization, wanted("")).await;
    let (_, native) = world.make(&world.owner, crate::support::new_key("Native")).await;
    let long = "x".repeat(257);
    // Exposed to be sent: a test's own secret.
    for odd in ["", "short", "your-secret-api-key-here", &long, &without, native.expose()] {
        is_unauthorized(&ask(&world, "GET", &format!("{base}/api/agents"), Some(odd)).await, odd);
    }
    // ElizaOS: "include the API key in your requests using the `X-API-KEY` header": nowhere else.
    let bearer = crate::support::As::bearer(world.address, &good);
    is_unauthorized(&bearer.get(&format!("{base}/api/agents")).await, "bearer");
    // T17: two that disagree.
    let two = [("X-API-KEY", good.as_str()), ("X-API-KEY", "another-key-of-many-letters")];
    is_unauthorized(&world.anonymous.send("GET", &format!("{base}/api/agents"), &two, None).await, "two");
    ask(&world, "GET", &format!("{base}/api/agents"), Some(&good)).await.is(200);
}

#[tokio::test]
async fn t13_a_key_in_the_url_is_refused() {
    let world = World::new().await;
    let (_, key) = eliza(&world).await;
    let encoded: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
    ask(&world, "GET", &format!("/elizaos/api/agents?x-api-key={encoded}"), Some(&key)).await.is(400);
}

#[tokio::test]
async fn where_no_key_is_left_everything_is_refused() {
    let world = World::new().await;
    let organization = organization(&world, Dialect::Elizaos, None).await;
    let agents = format!("/elizaos/{organization}/api/agents");
    // ElizaOS: "Leave unset or empty to disable authentication (not recommended for production)": here that is a
    // setting of its own, never the absence of keys.
    for key in [None, Some(""), Some("test-key"), Some("your-secret-api-key-here")] {
        is_unauthorized(&ask(&world, "GET", &agents, key).await, "none was made");
    }
    let (only, text) = key(&world, organization, wanted("api")).await;
    ask(&world, "GET", &agents, Some(&text)).await.is(200);
    world.owner.send("POST", &format!("{}/revoke", path(organization, only.id)), &[], None).await.is(200);
    for key in [None, Some(text.as_str())] {
        is_unauthorized(&ask(&world, "GET", &agents, key).await, "none is left");
    }
}

#[tokio::test]
async fn a_preflight_passes_and_names_the_header() {
    let world = World::new().await;
    let (organization, key) = eliza(&world).await;
    let asked = [("origin", "https://app.example.org"), ("access-control-request-method", "GET")];
    for path in ["/elizaos/api/agents", "/elizaos/api/nothing", &format!("/elizaos/{organization}/api/agents")] {
        // ElizaOS: "OPTIONS requests for CORS preflight are always allowed through without authentication"
        for key in [None, Some("wrong-key-of-many-letters")] {
            let headers: Vec<_> = asked.iter().copied().chain(key.map(|key| ("X-API-KEY", key))).collect();
            let answer = world.anonymous.send("OPTIONS", path, &headers, None).await.is(204);
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            // ElizaOS: "Ensure your CORS configuration includes the X-API-KEY header in allowed headers"
            assert!(answer.header("access-control-allow-headers").split(", ").any(|name| name == "X-API-KEY"));
            assert!(answer.header("access-control-allow-methods").split(", ").any(|name| name == "GET"));
        }
    }
    // A browser reads an answer, and a refusal, only where they say so too.
    for key in [Some(key.as_str()), None] {
        let answer = ask(&world, "GET", "/elizaos/api/agents", key).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "no cookie is anything here");
    }
}

#[tokio::test]
async fn the_base_path_says_whose_keys_count() {
    let world = World::new().await;
    ask(&world, "GET", "/elizaos/api/agents", None).await.is(404);
    ask(&world, "OPTIONS", "/elizaos/api/agents", None).await.is(404);
    let (first, first_key) = eliza(&world).await;
    ask(&world, "GET", "/elizaos/api/agents", Some(&first_key)).await.is(200);
    let (second, second_key) = eliza(&world).await;
    // Which of the two is not said.
    ask(&world, "GET", "/elizaos/api/agents", Some(&first_key)).await.is(404);
    for (organization, good, foreign) in [(first, &first_key, &second_key), (second, &second_key, &first_key)] {
        let path = format!("/elizaos/{organization}/api/agents");
        ask(&world, "GET", &path, Some(good)).await.is(200);
        // T47: another organization's is unknown.
        is_unauthorized(&ask(&world, "GET", &path, Some(foreign)).await, "foreign");
    }
    let other = format!("/elizaos/{}/api/agents", world.organization);
    let none = format!("/elizaos/{}/api/agents", OrganizationId::generate());
    let (other, none) = (ask(&world, "GET", &other, Some(&first_key)).await, ask(&world, "GET", &none, None).await.is(404));
    assert_eq!((other.status, &other.body), (none.status, &none.body), "another dialect's is as none");
    for nothing in ["/elizaos", "/elizaos/", "/elizaos/x/api/agents", &format!("/elizaos/{first}/nothing")] {
        ask(&world, "GET", nothing, Some(&first_key)).await.is(404);
    }
}

#[tokio::test]
async fn an_attempt_is_logged_with_its_address_and_no_secret() {
    let log = Log::capture();
    let world = World::new().await;
    let (_, key) = eliza(&world).await;
    ask(&world, "GET", "/elizaos/api/agents", Some(&key)).await.is(200);
    assert!(!log.text().contains("Unauthorized access attempt"));
    let wrong = "another-key-of-many-letters";
    ask(&world, "GET", "/elizaos/api/agents", Some(wrong)).await.is(401);
    ask(&world, "GET", "/elizaos/api/agents", None).await.is(401);
    let text = log.text();
    // ElizaOS: "[WARN] Unauthorized access attempt: Missing or invalid X-API-KEY from 192.168.1.100"
    let expected = "Unauthorized access attempt: Missing or invalid X-API-KEY from 127.0.0.1";
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["fields"]["message"] == expected)
        .collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines.iter().all(|line| line["level"] == "WARN" && line["timestamp"].is_string()));
    assert!(!text.contains(wrong) && !text.contains(&key));
}

#[tokio::test]
async fn the_address_in_the_log_is_whom_the_proxy_speaks_for() {
    let log = Log::capture();
    let world = World::with(|config| config.proxies = "127.0.0.1".parse().unwrap()).await;
    eliza(&world).await;
    let through = [("x-forwarded-for", "192.168.1.100")];
    world.anonymous.send("GET", "/elizaos/api/agents", &through, None).await.is(401);
    assert!(log.text().contains("Missing or invalid X-API-KEY from 192.168.1.100"));
}

#[tokio::test]
async fn every_verification_is_counted() {
    let world = World::new().await;
    let (organization, key) = eliza(&world).await;
    for _ in 0..3 {
        ask(&world, "GET", "/elizaos/api/agents", Some(&key)).await.is(200);
    }
    ask(&world, "GET", "/elizaos/api/agents", None).await.is(401);
    ask(&world, "GET", "/elizaos/api/nothing", Some("another-key-of-many-letters")).await.is(401);
    ask(&world, "OPTIONS", "/elizaos/api/agents", None).await.is(204);
    let expected = [(Outcome::Accepted, 3), (Outcome::Missing, 1), (Outcome::Unknown, 1)];
    assert_eq!(counted(&world, organization).await, expected);
}

#[tokio::test]
async fn a_new_token_is_good_at_once_and_the_old_one_until_it_is_revoked() {
    let world = World::new().await;
    let organization = organization(&world, Dialect::Elizaos, None).await;
    let (old, old_text) = key(&world, organization, wanted("api")).await;
    // ElizaOS: "**Rotate keys regularly** in production environments"
    let (_, new_text) = key(&world, organization, wanted("api")).await;
    for text in [&old_text, &new_text] {
        ask(&world, "GET", "/elizaos/api/agents", Some(text)).await.is(200);
    }
    world.owner.send("POST", &format!("{}/revoke", path(organization, old.id)), &[], None).await.is(200);
    ask(&world, "GET", "/elizaos/api/agents", Some(&old_text)).await.is(401);
    ask(&world, "GET", "/elizaos/api/agents", Some(&new_text)).await.is(200);
    // ElizaOS: "Good: High entropy random key": 32 bytes in base64.
    assert_eq!((new_text.len(), new_text.ends_with('=')), (44, true));
}

#[tokio::test]
async fn the_command_line_makes_one() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let (done, said, error) = run(folder.path(), &["organization", "add", "Agents", "--dialect", "elizaos"], "").await;
    assert!(done, "{error}");
    let organization = said.trim().strip_prefix("organization ").unwrap().to_owned();
    let process = Process::serve(folder.path(), "info").await;
    let ada = signed_in(process.address).await;
    let keys = format!("/v1/organizations/{organization}/keys");
    let made = ada.json("POST", &keys, &[("idempotency-key", "x")], &wanted("api")).await.is(201).value();
    let token = made["secret"].as_str().unwrap();
    let agents = "/elizaos/api/agents";
    ada.anonymously().send("GET", agents, &[("X-API-KEY", token)], None).await.is(200);
    ada.anonymously().send("GET", agents, &[], None).await.is(401);
    let (ended, log) = process.terminate().await;
    assert!(ended && !log.contains(token));
    assert!(log.contains("Missing or invalid X-API-KEY from 127.0.0.1"), "{log}");
}
