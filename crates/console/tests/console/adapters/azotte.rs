//! The adapter for Azotte, against the dialect of a real keydeck-server.

use chrono::{TimeDelta, Utc};
use keydeck_console::connection::ServerKind;
use keydeck_console::error::ErrorCode;
use keydeck_console::keys::{KeyRef, RevocationCheck, TakeIn};
use keydeck_console::kinds;
use keydeck_domain::{Dialect, Environment, KeyKind, Outcome};

use super::served::{Served, to};
use super::suite::{Entry, Fixture};
use crate::support::{Act, Desk, Proxy};

const TENANT: &str = "tenant_abc123";

fn taken(name: &str) -> TakeIn {
    let days = kinds::find(ServerKind::Azotte).unwrap().rotate_days.map(|days| TimeDelta::days(days.into()));
    let rotate_by = days.map(|days| Utc::now() + days);
    TakeIn { name: name.to_owned(), environment: Environment::Live, note: String::new(), rotate_by }
}

async fn take(desk: &Desk, address: &str, tenant: &str, text: &str) -> KeyRef {
    let connection = desk.console.add_connection(to(ServerKind::Azotte, address, Some(tenant))).await.unwrap();
    desk.clipboard.replace(text);
    let row = desk.console.take_key_in(connection.id, connection.organizations[0].id, taken("Shop")).await.unwrap();
    KeyRef { connection: connection.id, organization: row.key.organization_id, key: row.key.id }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn azotte_does_what_every_adapter_must() {
    let served = Served::start(Dialect::Azotte).await;
    let tenant = Some(TENANT.to_owned());
    Fixture { kind: ServerKind::Azotte, address: served.at("/azotte"), tenant, entry: Entry::Nothing }.run().await;
}

/// Azotte: "Prefix: `pk_dev_` (publishable) or `sk_dev_` (secret)", "Prefix: `pk_live_` (publishable) or `sk_live_` (secret)", "Never
/// expose secret keys in client-side code".
#[tokio::test]
async fn the_four_prefixes_are_told_apart_and_tried() {
    let served = Served::start(Dialect::Azotte).await;
    for (environment, kind, lead, said) in [
        (Environment::Test, KeyKind::Publishable, "pk_dev_", "may stand in a web page"),
        (Environment::Test, KeyKind::Secret, "sk_dev_", "test data alone"),
        (Environment::Live, KeyKind::Publishable, "pk_live_", "publishable"),
        (Environment::Live, KeyKind::Secret, "sk_live_", "must not stand in a web page"),
    ] {
        let desk = Desk::start().await;
        let (_, text) = served.key(environment, kind, "read").await;
        assert!(text.starts_with(lead));
        let key = take(&desk, &served.at("/azotte"), TENANT, &text).await;
        let row = desk.console.get_key(key).await.unwrap();
        assert_eq!((row.key.environment, row.key.kind), (environment, kind), "{lead}");
        let trial = desk.console.try_key(key).await.unwrap();
        assert_eq!(trial.outcome, Outcome::Accepted, "{lead}: {:?}", trial.findings);
        assert!(trial.findings.iter().any(|finding| finding.text.contains(said)), "{lead}: {:?}", trial.findings);
    }
}

/// Azotte: "Specifies which tenant's data to access", "x-tn: Tenant ID for data isolation (required)".
#[tokio::test]
async fn key_and_tenant_belong_together() {
    let served = Served::start(Dialect::Azotte).await;
    let (made, text) = served.key(Environment::Test, KeyKind::Secret, "read").await;
    let desk = Desk::start().await;
    let without = desk.console.add_connection(to(ServerKind::Azotte, &served.at("/azotte"), None)).await.unwrap_err();
    assert_eq!(without.code, ErrorCode::Invalid);
    let other = take(&desk, &served.at("/azotte"), "tenant_other", &text).await;
    let trial = desk.console.try_key(other).await.unwrap();
    assert_eq!(trial.outcome, Outcome::WrongTenant, "{:?}", trial.findings);
    let own = take(&desk, &served.at("/azotte"), TENANT, &text).await;
    assert_eq!(desk.console.try_key(own).await.unwrap().outcome, Outcome::Accepted);
    // Over is what the system refuses.
    assert_eq!(desk.console.revoke_key(own).await.unwrap().check, RevocationCheck::StillAccepted);
    served.revoke(made).await;
    let trial = desk.console.try_key(own).await.unwrap();
    assert_eq!(trial.outcome, Outcome::Unknown);
    assert!(trial.findings.iter().any(|finding| finding.text.contains("authentication failed")), "{:?}", trial.findings);
    assert_eq!(desk.console.revoke_key(own).await.unwrap().check, RevocationCheck::Refused);
}

/// Azotte: "Rotate keys regularly (quarterly recommended)".
#[tokio::test]
async fn a_quarter_later_it_should_be_replaced() {
    let served = Served::start(Dialect::Azotte).await;
    let (_, text) = served.key(Environment::Test, KeyKind::Secret, "read").await;
    let desk = Desk::start().await;
    let key = take(&desk, &served.at("/azotte"), TENANT, &text).await;
    let by = desk.console.get_key(key).await.unwrap().entry.unwrap().rotate_by.unwrap();
    assert!((by - Utc::now() - TimeDelta::days(90)).abs() < TimeDelta::hours(1), "{by}");
}

/// Azotte: "GET /api/v1/subscriptions HTTP/1.1", "https://api.azotte.com/v1/subscriptions", "x-api-key", "x-tn", "All API calls must use
/// HTTPS".
#[tokio::test]
async fn both_headers_go_to_whichever_path_there_is() {
    for base in ["", "/api", "/v1", "/api/v1"] {
        let server = Proxy::alone(|seen| {
            let answer = |status: &str, body: &str| {
                let length = body.len();
                Act::Answer(format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").into())
            };
            let head = seen.head.to_ascii_lowercase();
            match seen.path.as_str() {
                "/v1/subscriptions" if head.contains("x-api-key: sk_dev_") && head.contains("x-tn: tenant_abc123") => answer("200 OK", "[]"),
                "/v1/subscriptions" => answer(
                    "401 Unauthorized",
                    r#"{"error":{"code":"authentication_failed","message":"Invalid API key provided","type":"authentication_error"}}"#,
                ),
                _ => answer("404 Not Found", "{}"),
            }
        })
        .await;
        let desk = Desk::start().await;
        let secret = Dialect::Azotte.generate(&"kd".parse().unwrap(), Environment::Test, KeyKind::Secret).unwrap();
        // Exposed to be copied.
        let key = take(&desk, &format!("{}{base}", server.origin()), TENANT, secret.expose()).await;
        assert_eq!(desk.console.try_key(key).await.unwrap().outcome, Outcome::Accepted, "{base}");
    }
    let desk = Desk::start().await;
    let plain = desk.console.add_connection(to(ServerKind::Azotte, "http://api.azotte.example", Some(TENANT))).await.unwrap_err();
    assert_eq!(plain.code, ErrorCode::InsecureAddress);
}
