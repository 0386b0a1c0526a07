//! The adapter for Memory API, against the dialect of a real keydeck-server, and against servers that answer in other
//! shapes: its document shows none.

use std::sync::{Arc, Mutex};

use chrono::{TimeDelta, Utc};
use keydeck_console::clipboard::CopyAs;
use keydeck_console::connection::{Connection, ConnectionState, ServerKind};
use keydeck_console::error::ErrorCode;
use keydeck_console::keys::{Custody, KeyRef, RevocationCheck};
use keydeck_domain::api::keys::{KeyQuery, NewKey};
use keydeck_domain::api::usage::{Group, GroupBy, Step, UsageQuery};
use keydeck_domain::{Dialect, Environment, KeyKind, KeyStatus, Outcome};

use super::served::{Served, to};
use super::suite::{Entry, Fixture};
use crate::support::desk::new_key;
use crate::support::{Act, Desk, Proxy};

const ALL: &str = "read write delete admin";

async fn entered(served: &Served, desk: &Desk, scopes: &str) -> keydeck_console::error::Result<Connection> {
    let (_, text) = served.key(Environment::Live, KeyKind::Secret, scopes).await;
    let address = served.at("/memory-api/v1");
    let connection = desk.console.add_connection(to(ServerKind::MemoryApi, &address, None)).await.unwrap();
    desk.clipboard.replace(&text);
    desk.console.sign_in_from_clipboard(connection.id, None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_api_does_what_every_adapter_must() {
    let served = Served::start(Dialect::MemoryApi).await;
    let (_, text) = served.key(Environment::Live, KeyKind::Secret, ALL).await;
    for path in ["/memory-api/v1", "/memory-api"] {
        let entry = Entry::Key(text.clone());
        Fixture { kind: ServerKind::MemoryApi, address: served.at(path), tenant: None, entry }.run().await;
    }
}

/// Memory API: "| `admin` | Manage API keys, full access |".
#[tokio::test]
async fn only_an_admin_key_connects() {
    let served = Served::start(Dialect::MemoryApi).await;
    for scopes in ["read", "read write delete", "write"] {
        let desk = Desk::start().await;
        let error = entered(&served, &desk, scopes).await.unwrap_err();
        assert!(error.code == ErrorCode::Forbidden && error.message.contains("admin"), "{scopes}: {error}");
        assert_eq!(desk.vault.labels().len(), 0, "nothing of it is kept");
    }
    let desk = Desk::start().await;
    let connection = entered(&served, &desk, ALL).await.unwrap();
    assert_eq!(connection.organizations[0].name.as_str(), "Northwind");
    assert_eq!(connection.user.unwrap().email.as_str(), "ada@example.org");
}

/// Memory API: "You can create keys that automatically expire", "`"environment": "live"`", "`"scopes": ["read", "write"]`".
#[tokio::test]
async fn a_key_has_name_environment_scopes_and_days() {
    let served = Served::start(Dialect::MemoryApi).await;
    let desk = Desk::start().await;
    let connection = entered(&served, &desk, ALL).await.unwrap();
    let organization = connection.organizations[0].id;
    let at = Utc::now() + TimeDelta::days(30);
    let new = NewKey {
        environment: Environment::Live,
        scopes: ["read", "write"].iter().map(|scope| scope.parse().unwrap()).collect(),
        expires_at: Some(at),
        ..new_key("Production Server")
    };
    let handoff = desk.console.create_key(connection.id, organization, new.clone()).await.unwrap();
    let row = desk.console.get_key(handoff.key).await.unwrap();
    assert_eq!((row.key.name.as_str(), row.key.environment), ("Production Server", Environment::Live));
    assert_eq!(row.key.scopes.spaced(), "read write");
    assert!((row.key.expires_at.unwrap() - at).abs() < TimeDelta::hours(1), "{:?}", row.key.expires_at);
    // As the document writes it: "MEMORY_API_KEY=mem_live_your_key_here".
    let line = CopyAs::Environment { variable: "MEMORY_API_KEY".to_owned() };
    desk.console.copy_secret(handoff.key, line).await.unwrap();
    assert!(desk.clipboard.content().unwrap().expose().starts_with("MEMORY_API_KEY=mem_live_"));
    let soon = NewKey { expires_at: Some(Utc::now() + TimeDelta::hours(2)), ..new };
    let error = desk.console.create_key(connection.id, organization, soon).await.unwrap_err();
    assert!(error.code == ErrorCode::Invalid && error.message.contains("whole days"), "{error}");
}

/// Memory API: "Rotate keys regularly for production systems". It has no rotation: another one is made and handed over, then the old one is
/// revoked; and no key revokes itself.
#[tokio::test]
async fn a_key_is_replaced_but_not_the_one_in_use() {
    let served = Served::start(Dialect::MemoryApi).await;
    let desk = Desk::start().await;
    let connection = entered(&served, &desk, ALL).await.unwrap();
    let organization = connection.organizations[0].id;
    let old = desk.console.create_key(connection.id, organization, new_key("Billing")).await.unwrap();
    desk.console.finish_handoff(old.key, true).await.unwrap();
    let new = desk.console.create_key(connection.id, organization, new_key("Billing")).await.unwrap();
    desk.console.copy_secret(new.key, CopyAs::Plain).await.unwrap();
    desk.console.finish_handoff(new.key, true).await.unwrap();
    assert_eq!(desk.console.revoke_key(old.key).await.unwrap().check, RevocationCheck::Refused);
    let trial = desk.console.try_key(new.key).await.unwrap();
    assert_eq!(trial.outcome, Outcome::Accepted);
    // "X-RateLimit-*": what the plan allows is told beside it.
    assert!(trial.findings.iter().any(|finding| finding.text.contains("requests a minute")), "{:?}", trial.findings);
    let page = desk.console.list_keys(connection.id, organization, KeyQuery::default()).await.unwrap();
    let used = page.items.iter().find(|row| row.key.name.as_str() == "Made by the owner").unwrap();
    let own = KeyRef { connection: connection.id, organization, key: used.key.id };
    let error = desk.console.revoke_key(own).await.unwrap_err();
    assert!(error.code == ErrorCode::Conflict && error.message.contains("Keydeck itself uses"), "{error}");
    // And it can't be changed: that is said, not tried.
    let error = desk.console.update_key(new.key, 1, Default::default()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Incompatible);
}

/// Memory API: "Read memories, query, view usage", "Monitor key usage in your dashboard".
#[tokio::test]
async fn its_figures_are_shown() {
    let served = Served::start(Dialect::MemoryApi).await;
    let desk = Desk::start().await;
    let connection = entered(&served, &desk, ALL).await.unwrap();
    let organization = connection.organizations[0].id;
    let made = desk.console.create_key(connection.id, organization, new_key("Counted")).await.unwrap();
    for _ in 0..3 {
        desk.console.try_key(made.key).await.unwrap();
    }
    served.server.flush_usage().await.unwrap();
    let now = Utc::now();
    let query = |group| UsageQuery {
        from: now - TimeDelta::days(7),
        to: now + TimeDelta::hours(1),
        step: Step::Day,
        zone: None,
        group,
        keys: None,
        environment: None,
        outcome: None,
        top: None,
    };
    let figures = async |group| desk.console.usage(connection.id, organization, query(group), 400, true).await.unwrap();
    assert!(figures(None).await.total >= 3);
    assert!(figures(Some(GroupBy::Environment)).await.total >= 3);
    let keys = figures(Some(GroupBy::Key)).await;
    let counted = keys.series.iter().find(|one| matches!(&one.group, Group::Key { id, .. } if *id == made.key.key));
    assert_eq!(counted.map(|one| one.total), Some(3));
    assert_eq!(desk.console.key_usage(made.key).await.unwrap().total, 3);
    let stale = keydeck_domain::api::usage::StaleQuery { days: 1, limit: None, cursor: None };
    assert_eq!(desk.console.stale_keys(connection.id, organization, stale).await.unwrap().total, 0);
}

#[tokio::test]
async fn the_first_key_of_a_sign_up_is_kept_before_anything_else() {
    let served = Served::start_with(Dialect::MemoryApi, |config| config.sign_up = true).await;
    let desk = Desk::start().await;
    let address = served.at("/memory-api/v1");
    let connection = desk.console.add_connection(to(ServerKind::MemoryApi, &address, None)).await.unwrap();
    let sign_up = async |name: &str| desk.console.sign_up(connection.id, "grace@example.org".to_owned(), name.to_owned()).await;
    assert_eq!(sign_up("").await.unwrap_err().code, ErrorCode::Invalid);
    let entered = sign_up("Fabrikam").await.unwrap();
    assert_eq!((entered.state, entered.organizations[0].name.as_str()), (ConnectionState::SignedIn, "Fabrikam"));
    let waiting = desk.console.handoffs().await.unwrap();
    assert_eq!((waiting.len(), waiting[0].custody), (1, Custody::Unclaimed));
    desk.console.copy_secret(waiting[0].key, CopyAs::Plain).await.unwrap();
    let text = desk.clipboard.content().unwrap();
    assert!(text.expose().starts_with("mem_live_"));
    for (path, content) in desk.files() {
        assert!(!String::from_utf8_lossy(&content).contains(text.expose()), "{}", path.display());
    }
    let page = desk.console.list_keys(connection.id, entered.organizations[0].id, KeyQuery::default()).await.unwrap();
    assert_eq!((page.total, page.items[0].custody), (1, Custody::Unclaimed));
    // 409 `EMAIL_EXISTS`.
    let error = sign_up("Fabrikam again").await.unwrap_err();
    assert!(error.code == ErrorCode::Conflict && error.message.contains("e-mail"), "{error}");
}

#[tokio::test]
async fn a_first_key_that_no_keychain_takes_can_be_copied() {
    let served = Served::start_with(Dialect::MemoryApi, |config| config.sign_up = true).await;
    let desk = Desk::start().await;
    let address = served.at("/memory-api/v1");
    let connection = desk.console.add_connection(to(ServerKind::MemoryApi, &address, None)).await.unwrap();
    desk.vault.fail_with(Some(ErrorCode::KeychainAbsent));
    desk.console.sign_up(connection.id, "grace@example.org".to_owned(), "Fabrikam".to_owned()).await.unwrap();
    let waiting = desk.console.handoffs().await.unwrap();
    assert_eq!(waiting[0].custody, Custody::MemoryOnly);
    assert!(waiting[0].problem.as_ref().is_some_and(|problem| problem.contains("copy it now")), "{waiting:?}");
    desk.console.copy_secret(waiting[0].key, CopyAs::Plain).await.unwrap();
    assert!(desk.clipboard.content().unwrap().expose().starts_with("mem_live_"));
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_says_so() {
    let served = Served::start(Dialect::MemoryApi).await;
    let desk = Desk::start().await;
    let address = served.at("/memory-api/v1");
    let connection = desk.console.add_connection(to(ServerKind::MemoryApi, &address, None)).await.unwrap();
    let error = desk.console.sign_up(connection.id, "g@example.org".to_owned(), "Fabrikam".to_owned()).await.unwrap_err();
    assert!(error.code == ErrorCode::Forbidden && error.message.contains("sign up"), "{error}");
}

fn json(status: &str, headers: &str, body: &str) -> Act {
    let length = body.len();
    Act::Answer(
        format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
            .into(),
    )
}

const REFUSED: &str = r#"{"error":{"code":"MISSING_API_KEY","message":"m"}}"#;

/// A Memory API of other shapes: camel case, no account, a list called `keys`; its limits are those of a plan.
async fn other(limited: Arc<Mutex<Option<&'static str>>>) -> Proxy {
    let keys = Arc::new(Mutex::new(vec!["k1".to_owned()]));
    Proxy::alone(move |seen| {
        let limited = limited.lock().unwrap();
        let mut keys = keys.lock().unwrap();
        match (seen.method.as_str(), seen.path.as_str()) {
            ("GET", "/v1/health") => json("200 OK", "", r#"{"status":"ok"}"#),
            _ if !seen.head.to_ascii_lowercase().contains("authorization: bearer mem_") => json("401 Unauthorized", "", REFUSED),
            _ if limited.is_some() => {
                let headers = "x-ratelimit-limit: 60\r\nx-ratelimit-remaining: 0\r\nretry-after: 7200\r\n";
                let code = limited.unwrap_or_default();
                json("429 Too Many Requests", headers, &format!(r#"{{"success":false,"error":{{"code":"{code}"}}}}"#))
            }
            ("GET", "/v1/account/api-keys") => {
                let one = |id: &String| format!(r#"{{"id":"{id}","name":"{id}","keyPrefix":"mem_live_ab","scopes":["admin"],"createdAt":"2026-01-01T00:00:00Z","plan":{{}}}}"#);
                let rows: Vec<String> = keys.iter().map(one).collect();
                json("200 OK", "", &format!(r#"{{"keys":[{}]}}"#, rows.join(",")))
            }
            ("POST", "/v1/account/api-keys") => {
                keys.push("k2".to_owned());
                json("201 Created", "", r#"{"apiKey":{"id":"k2","name":"k2"},"secret":"mem_test_0123456789abcdefABCD"}"#)
            }
            ("DELETE", "/v1/account/api-keys/k2") => {
                keys.retain(|id| id != "k2");
                Act::Answer(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec())
            }
            _ => json("404 Not Found", "", r#"{"error":"not found"}"#),
        }
    })
    .await
}

#[tokio::test]
async fn another_shape_is_read_as_well() {
    let limited = Arc::new(Mutex::new(None));
    let server = other(Arc::clone(&limited)).await;
    let desk = Desk::start().await;
    let connection = desk.console.add_connection(to(ServerKind::MemoryApi, &server.origin(), None)).await.unwrap();
    desk.clipboard.replace("mem_live_q83Zl0yJb9pVtH5sWcN2xk7RfGmDa4LoEu1iTj");
    let connection = desk.console.sign_in_from_clipboard(connection.id, None).await.unwrap();
    let organization = connection.organizations[0].id;
    let made = desk.console.create_key(connection.id, organization, new_key("k2")).await.unwrap();
    assert_eq!((made.custody, made.hint.to_string().as_str()), (Custody::Unclaimed, "mem_test_0123…ABCD"));
    desk.console.finish_handoff(made.key, true).await.unwrap();
    let revocation = desk.console.revoke_key(made.key).await.unwrap();
    assert_eq!(revocation.row.key.status, KeyStatus::Revoked);
    assert_eq!(desk.console.get_key(made.key).await.unwrap_err().code, ErrorCode::NotFound);
    // What a plan allows is explained, and whatever waits is told.
    for (code, said) in [
        ("RATE_LIMIT_EXCEEDED", "plan Starter"),
        ("DAILY_QUOTA_EXCEEDED", "5000 a day"),
        ("CONCURRENT_LIMIT_EXCEEDED", "same time"),
    ] {
        *limited.lock().unwrap() = Some(code);
        let error = desk.console.create_key(connection.id, organization, new_key("k3")).await.unwrap_err();
        assert!(error.code == ErrorCode::RateLimited && error.message.contains(said), "{error}");
        assert_eq!(error.retry_after, Some(7_200));
    }
}

/// A create is never sent twice, and what it may have made is looked for.
#[tokio::test]
async fn a_lost_answer_is_told_and_its_key_can_be_discarded() {
    let served = Served::start(Dialect::MemoryApi).await;
    let upstream = served.origin.trim_start_matches("http://").parse().unwrap();
    let proxy = Proxy::before(upstream).await;
    let desk = Desk::start().await;
    let (_, text) = served.key(Environment::Live, KeyKind::Secret, ALL).await;
    let address = format!("{}/memory-api/v1", proxy.origin());
    let connection = desk.console.add_connection(to(ServerKind::MemoryApi, &address, None)).await.unwrap();
    desk.clipboard.replace(&text);
    let connection = desk.console.sign_in_from_clipboard(connection.id, None).await.unwrap();
    proxy.rule(|seen| if seen.method == "POST" { Act::LoseAnswer } else { Act::Pass });
    let made = desk.console.create_key(connection.id, connection.organizations[0].id, new_key("Lost")).await.unwrap();
    assert!(made.problem.is_some(), "{made:?}");
    assert_eq!(proxy.count("POST", "/account/api-keys"), 1, "sent once");
    let waiting = desk.console.handoffs().await.unwrap();
    assert_eq!((waiting.len(), waiting[0].custody), (1, Custody::None), "{waiting:?}");
    assert!(waiting[0].problem.as_ref().is_some_and(|problem| problem.contains("Discard")), "{waiting:?}");
}
