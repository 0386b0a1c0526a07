//! The adapter for ElizaOS, against the dialect of a real keydeck-server, and against a server that behaves as the real one
//! of version 1.7.

use std::sync::{Arc, Mutex};

use keydeck_console::clipboard::CopyAs;
use keydeck_console::connection::ServerKind;
use keydeck_console::error::ErrorCode;
use keydeck_console::keys::{Custody, Gravity, RevocationCheck, TakeIn, Trial};
use keydeck_domain::api::keys::NewKey;
use keydeck_domain::{Dialect, Environment, KeyKind, KeyStatus, Outcome};

use super::served::{Served, to};
use super::suite::{Entry, Fixture};
use crate::support::desk::new_key;
use crate::support::{Act, Desk, Proxy};

const VARIABLE: &str = "ELIZA_SERVER_AUTH_TOKEN";

fn taken(name: &str) -> TakeIn {
    TakeIn { name: name.to_owned(), environment: Environment::Live, note: String::new(), rotate_by: None }
}

fn token(name: &str) -> NewKey {
    NewKey { scopes: Default::default(), ..new_key(name) }
}

fn warnings(trial: &Trial) -> Vec<&str> {
    let warned = trial.findings.iter().filter(|finding| finding.gravity == Gravity::Warning);
    warned.map(|finding| finding.text.as_str()).collect()
}

fn says(trial: &Trial, what: &str) -> bool {
    trial.findings.iter().any(|finding| finding.text.contains(what))
}

/// The server of version 1.7, whose variable can be changed as by a start with another one.
async fn real(variable: &Arc<Mutex<String>>) -> Proxy {
    let variable = Arc::clone(variable);
    Proxy::alone(move |seen| {
        let wanted = variable.lock().unwrap().clone();
        let sent = seen.head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("x-api-key").then(|| value.trim().to_owned())
        });
        let cors = "access-control-allow-origin: *\r\naccess-control-allow-headers: Content-Type,X-API-KEY\r\n";
        let json = |status: &str, body: &str| {
            let length = body.len();
            Act::Answer(
                format!("HTTP/1.1 {status}\r\n{cors}content-type: application/json; charset=utf-8\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").into(),
            )
        };
        if seen.method == "OPTIONS" {
            return Act::Answer(format!("HTTP/1.1 204 No Content\r\n{cors}connection: close\r\n\r\n").into());
        }
        if !wanted.is_empty() && sent.as_deref() != Some(wanted.as_str()) {
            return json("401 Unauthorized", r#"{"error":"API key required","message":"Missing or invalid X-API-KEY header"}"#);
        }
        match seen.path.as_str() {
            "/api/agents" => json("200 OK", r#"{"success":true,"data":{"agents":[]}}"#),
            "/api/server/ping" => json("200 OK", r#"{"pong":true,"timestamp":1795338900000}"#),
            "/api/server/health" => json("503 Service Unavailable", r#"{"status":"DEGRADED"}"#),
            _ => json("404 Not Found", r#"{"success":false}"#),
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn elizaos_does_what_every_adapter_must() {
    // Open, because a token that is made here is nobody's there until the server is started with it.
    let served = Served::start_with(Dialect::Elizaos, |config| config.elizaos_open = true).await;
    Fixture { kind: ServerKind::Elizaos, address: served.at("/elizaos"), tenant: None, entry: Entry::Nothing }.run().await;
}

/// "Client sends request with `X-API-KEY` header", "If valid, request proceeds to the endpoint", "If invalid or missing, server
/// returns 401 Unauthorized".
#[tokio::test]
async fn a_token_of_keydeck_server_is_taken_in_tried_and_over() {
    let served = Served::start(Dialect::Elizaos).await;
    let (made, text) = served.key(Environment::Live, KeyKind::Secret, "api").await;
    let desk = Desk::start().await;
    let address = served.at(&format!("/elizaos/{}", served.organization));
    let connection = desk.console.add_connection(to(ServerKind::Elizaos, &address, None)).await.unwrap();
    desk.clipboard.replace(&text);
    let row = desk.console.take_key_in(connection.id, connection.organizations[0].id, taken("Agents")).await.unwrap();
    let key = keydeck_console::keys::KeyRef { connection: connection.id, organization: row.key.organization_id, key: row.key.id };
    let trial = desk.console.try_key(key).await.unwrap();
    assert_eq!(trial.outcome, Outcome::Accepted);
    assert!(warnings(&trial).is_empty(), "{:?}", trial.findings);
    assert!(
        says(&trial, "in the words of its document")
            && says(&trial, "OPTIONS")
            && says(&trial, "CORS configuration includes X-API-KEY")
    );
    assert_eq!(desk.console.revoke_key(key).await.unwrap().check, RevocationCheck::StillAccepted);
    served.revoke(made).await;
    let trial = desk.console.try_key(key).await.unwrap();
    assert_ne!(trial.outcome, Outcome::Accepted);
    assert!(warnings(&trial)[0].contains(VARIABLE), "{:?}", trial.findings);
    let over = desk.console.revoke_key(key).await.unwrap();
    assert_eq!(
        (over.check, over.row.key.status, over.row.custody),
        (RevocationCheck::Refused, KeyStatus::Revoked, Custody::None)
    );
}

/// "Generate a secure API key: openssl rand -base64 32", "Update your environment configuration: ELIZA_SERVER_AUTH_TOKEN=…", "Update
/// all API clients", "Test thoroughly", and in the end the old one is refused.
#[tokio::test]
async fn a_token_is_made_handed_over_and_replaced() {
    let variable = Arc::new(Mutex::new("what it was started with".to_owned()));
    let server = real(&variable).await;
    let desk = Desk::start().await;
    let connection = desk.console.add_connection(to(ServerKind::Elizaos, &server.origin(), None)).await.unwrap();
    let organization = connection.organizations[0].id;
    let handed_over = async |name: &str| {
        let handoff = desk.console.create_key(connection.id, organization, token(name)).await.unwrap();
        let line = CopyAs::Environment { variable: VARIABLE.to_owned() };
        desk.console.copy_secret(handoff.key, line).await.unwrap();
        // Exposed to be set at the server, as the person does.
        let line = desk.clipboard.content().unwrap().expose().to_owned();
        desk.console.finish_handoff(handoff.key, true).await.unwrap();
        let text = line.strip_prefix("ELIZA_SERVER_AUTH_TOKEN=").expect("the whole line").to_owned();
        (handoff.key, text)
    };
    let (first, text) = handed_over("First").await;
    assert_eq!((text.len(), text.ends_with('=')), (44, true), "32 bytes in base64");
    for (path, content) in desk.files() {
        assert!(!String::from_utf8_lossy(&content).contains(&text), "{}", path.display());
    }
    assert_ne!(desk.console.try_key(first).await.unwrap().outcome, Outcome::Accepted, "not set there yet");
    *variable.lock().unwrap() = text;
    let trial = desk.console.try_key(first).await.unwrap();
    assert_eq!(trial.outcome, Outcome::Accepted);
    assert!(says(&trial, "version 1.7") && says(&trial, "No agent runs"), "{:?}", trial.findings);
    let (second, text) = handed_over("Second").await;
    // The old one is not over as long as the server takes it.
    assert_eq!(desk.console.revoke_key(first).await.unwrap().check, RevocationCheck::StillAccepted);
    *variable.lock().unwrap() = text;
    assert_eq!(desk.console.try_key(second).await.unwrap().outcome, Outcome::Accepted);
    let over = desk.console.revoke_key(first).await.unwrap();
    assert_eq!((over.check, over.row.key.status), (RevocationCheck::Refused, KeyStatus::Revoked));
}

/// "Good: UUID v4: uuidgen".
#[tokio::test]
async fn a_uuid_can_be_made_instead() {
    let variable = Arc::new(Mutex::new("x".repeat(40)));
    let server = real(&variable).await;
    let desk = Desk::start().await;
    let connection = desk.console.add_connection(to(ServerKind::Elizaos, &server.origin(), None)).await.unwrap();
    let new = NewKey { metadata: [("form".to_owned(), "uuid".to_owned())].into(), ..token("A UUID") };
    let handoff = desk.console.create_key(connection.id, connection.organizations[0].id, new).await.unwrap();
    desk.console.copy_secret(handoff.key, CopyAs::Plain).await.unwrap();
    let parsed: uuid::Uuid = desk.clipboard.content().unwrap().expose().parse().unwrap();
    assert_eq!(parsed.get_version_num(), 4);
}

/// "Leave unset or empty to disable authentication (not recommended for production)".
#[tokio::test]
async fn an_open_server_is_warned_of_from_the_start() {
    let variable = Arc::new(Mutex::new(String::new()));
    let server = real(&variable).await;
    let desk = Desk::start().await;
    let seen = desk.console.probe_server(ServerKind::Elizaos, server.origin(), None).await.unwrap();
    assert_eq!(seen.name, "ElizaOS, open to everyone");
    let connection = desk.console.add_connection(to(ServerKind::Elizaos, &server.origin(), None)).await.unwrap();
    let handoff = desk.console.create_key(connection.id, connection.organizations[0].id, token("First")).await.unwrap();
    let trial = desk.console.try_key(handoff.key).await.unwrap();
    assert!(warnings(&trial)[0].starts_with("Everybody can use this server"), "{:?}", trial.findings);
    *variable.lock().unwrap() = "something else entirely".to_owned();
    assert_eq!(desk.console.probe_server(ServerKind::Elizaos, server.origin(), None).await.unwrap().name, "ElizaOS");
}

/// "Bad: Predictable or weak keys: "admin123", "secret", "test-key"".
#[tokio::test]
async fn a_weak_token_is_refused_with_the_reason() {
    let variable = Arc::new(Mutex::new("x".repeat(40)));
    let server = real(&variable).await;
    let desk = Desk::start().await;
    let connection = desk.console.add_connection(to(ServerKind::Elizaos, &server.origin(), None)).await.unwrap();
    for weak in ["admin123", "secret", "test-key", "your-secret-api-key-here", "abababababababababababab", "Tr0ub4dor&3"] {
        desk.clipboard.replace(weak);
        let error = desk.console.take_key_in(connection.id, connection.organizations[0].id, taken("Weak")).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid, "{weak}");
        assert!(!error.message.contains(weak) || weak == "secret", "{error}");
    }
    // Only the adding has gone there: nothing of these.
    assert!(server.seen().iter().all(|seen| !seen.head.to_ascii_lowercase().contains("x-api-key:")));
}

/// "Check for proxy/load balancer header stripping": a sign-in of somebody else's is no refusal of the token.
#[tokio::test]
async fn a_proxy_in_front_is_told_from_the_server() {
    let variable = Arc::new(Mutex::new("x".repeat(40)));
    let server = real(&variable).await;
    let desk = Desk::start().await;
    let connection = desk.console.add_connection(to(ServerKind::Elizaos, &server.origin(), None)).await.unwrap();
    let handoff = desk.console.create_key(connection.id, connection.organizations[0].id, token("First")).await.unwrap();
    desk.console.finish_handoff(handoff.key, true).await.unwrap();
    server.rule(|_| {
        let body = r#"{"message":"sign in at the gateway"}"#;
        Act::Answer(format!("HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()).into())
    });
    let error = desk.console.try_key(handoff.key).await.unwrap_err();
    assert!(error.code == ErrorCode::BadAnswer && error.message.contains("proxy"), "{error}");
    // And so it is not over.
    let still = desk.console.revoke_key(handoff.key).await.unwrap();
    assert!(matches!(still.check, RevocationCheck::Failed { .. }) && still.row.key.revoked_at.is_none(), "{still:?}");
}
