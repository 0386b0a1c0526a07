//! The register, at a system without key management: a made-up adapter over a probe that says what it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::{TimeDelta, Utc};
use keydeck_console::clipboard::CopyAs;
use keydeck_console::connection::{Colour, Connection, NewConnection, ServerIdentity, ServerKind};
use keydeck_console::console::Adapters;
use keydeck_console::error::ErrorCode;
use keydeck_console::keys::{Custody, Gravity, RevocationCheck, TakeIn};
use keydeck_console::servers::Probed;
use keydeck_console::servers::registered::{Probe, RegisteredServer};
use keydeck_domain::api::keys::KeyQuery;
use keydeck_domain::{Dialect, Environment, KeyKind, Outcome, Secret, TenantId};

use crate::support::Desk;

/// Accepts every key, as long as it is told to.
struct Told(Arc<AtomicBool>);

#[async_trait]
impl Probe for Told {
    async fn identify(&self) -> keydeck_console::error::Result<ServerIdentity> {
        let address = "https://azotte.example.org/api".to_owned();
        Ok(ServerIdentity { address, name: "Azotte".to_owned(), version: String::new(), claimed: true, proxy: None })
    }

    async fn check(&self, _secret: &Secret, tenant: Option<&TenantId>) -> keydeck_console::error::Result<Probed> {
        assert_eq!(tenant.map(TenantId::as_str), Some("tenant_abc123"));
        let probed = if self.0.load(Ordering::SeqCst) { Probed::accepted() } else { Probed::refused(Some(Outcome::Unknown)) };
        Ok(probed.with(Gravity::Note, "said"))
    }
}

async fn scene() -> (Desk, Connection, Arc<AtomicBool>) {
    let good = Arc::new(AtomicBool::new(true));
    let desk = Desk::with_adapters(adapters(&good)).await;
    let new = NewConnection {
        kind: ServerKind::Azotte,
        name: String::new(),
        address: "https://azotte.example.org/api".to_owned(),
        tenant: Some("tenant_abc123".to_owned()),
        colour: Colour::Green,
        ca_file: None,
    };
    let connection = desk.console.add_connection(new).await.unwrap();
    (desk, connection, good)
}

fn adapters(good: &Arc<AtomicBool>) -> Adapters {
    let good = Arc::clone(good);
    Arc::new(move |target, register| {
        let probe = Arc::new(Told(Arc::clone(&good)));
        Ok(Arc::new(RegisteredServer::new(target, register, probe)?))
    })
}

fn taken(name: &str) -> TakeIn {
    let rotate_by = Some(Utc::now() + TimeDelta::days(90));
    TakeIn { name: name.to_owned(), environment: Environment::Live, note: "for the shop".to_owned(), rotate_by }
}

fn copied(dialect: Dialect) -> Secret {
    dialect.generate(&"kd".parse().unwrap(), Environment::Test, KeyKind::Secret).unwrap()
}

#[tokio::test]
async fn a_copied_key_is_taken_in_and_outlives_the_program() {
    let (desk, connection, good) = scene().await;
    let organization = connection.organizations[0].id;
    assert_eq!(connection.organizations[0].name.as_str(), "tenant_abc123");
    let secret = copied(Dialect::Azotte);
    desk.clipboard.replace(secret.expose());
    let seen = desk.console.look_at_clipboard(connection.id).await.unwrap();
    assert_eq!((seen.system.as_deref(), seen.environment, seen.refused), (Some("Azotte"), Some(Environment::Test), None));
    let row = desk.console.take_key_in(connection.id, organization, taken("Shop")).await.unwrap();
    // The text says sk_dev_: that counts more than what was chosen.
    assert_eq!((row.key.environment, row.key.kind, row.custody), (Environment::Test, KeyKind::Secret, Custody::Kept));
    assert!(desk.clipboard.content().is_none(), "the clipboard is cleared");
    for (path, content) in desk.files() {
        assert!(!String::from_utf8_lossy(&content).contains(secret.expose()), "{}", path.display());
    }
    let again = desk.again_with(adapters(&good)).await;
    let page = again.console.list_keys(connection.id, organization, KeyQuery::default()).await.unwrap();
    let row = &page.items[0];
    assert_eq!((page.total, row.key.name.as_str(), row.custody), (1, "Shop", Custody::Kept));
    let reference = keydeck_console::keys::KeyRef { connection: connection.id, organization, key: row.key.id };
    let trial = again.console.try_key(reference).await.unwrap();
    assert_eq!((trial.outcome, trial.findings.len()), (Outcome::Accepted, 1));
    let entry = again.console.get_key(reference).await.unwrap().entry.unwrap();
    assert_eq!(entry.checked, Some(Outcome::Accepted));
    assert!(entry.rotate_by.is_some() && entry.checked_at.is_some());
    // Copied with the headers that its system documents.
    again.console.copy_secret(reference, CopyAs::CurlHeader).await.unwrap();
    let text = again.clipboard.content().unwrap();
    assert!(text.expose() == format!("-H 'x-api-key: {}' -H 'x-tn: tenant_abc123'", secret.expose()));
}

#[tokio::test]
async fn what_is_wrong_weak_or_here_already_is_refused_and_stays_in_the_clipboard() {
    let (desk, connection, _good) = scene().await;
    let organization = connection.organizations[0].id;
    let take = async |text: &str, name: &str| {
        desk.clipboard.replace(text);
        desk.console.take_key_in(connection.id, organization, taken(name)).await
    };
    let check = async |text: &str, said: &str| {
        let error = take(text, "Shop").await.unwrap_err();
        assert!(error.code == ErrorCode::Invalid && error.message.contains(said), "{error}");
        assert!(!error.message.contains(text));
        assert!(desk.clipboard.content().is_some_and(|now| now.expose() == text), "what was not taken in stays");
    };
    check(copied(Dialect::MemoryApi).expose(), "Memory API").await;
    check("sk_dev_aaaaaaaaaaaaaaaaaaaaaaaa", "weak").await;
    check("hello, world, how are you", "not a key of Azotte").await;
    assert_eq!(take("", "Shop").await.unwrap_err().code, ErrorCode::Clipboard);
    let secret = copied(Dialect::Azotte);
    take(&format!("  {}\n", secret.expose()), "Shop").await.unwrap();
    let twice = take(secret.expose(), "Shop again").await.unwrap_err();
    assert!(twice.code == ErrorCode::Conflict && twice.message.contains("Shop"), "{twice}");
    let page = desk.console.list_keys(connection.id, organization, KeyQuery::default()).await.unwrap();
    assert_eq!(page.total, 1);
}

#[tokio::test]
async fn an_old_key_stands_as_revoked_only_once_it_is_refused() {
    let (desk, connection, good) = scene().await;
    let organization = connection.organizations[0].id;
    desk.clipboard.replace(copied(Dialect::Azotte).expose());
    let row = desk.console.take_key_in(connection.id, organization, taken("Shop")).await.unwrap();
    let key = keydeck_console::keys::KeyRef { connection: connection.id, organization, key: row.key.id };
    let revocation = desk.console.revoke_key(key).await.unwrap();
    assert_eq!(revocation.check, RevocationCheck::StillAccepted);
    assert_eq!((revocation.row.key.revoked_at, revocation.row.custody), (None, Custody::Kept));
    good.store(false, Ordering::SeqCst);
    let revocation = desk.console.revoke_key(key).await.unwrap();
    assert_eq!(revocation.check, RevocationCheck::Refused);
    assert!(revocation.row.key.revoked_at.is_some());
    assert_eq!(revocation.row.custody, Custody::None, "what proves nothing is forgotten");
    desk.console.forget_registered(key).await.unwrap();
    let page = desk.console.list_keys(connection.id, organization, KeyQuery::default()).await.unwrap();
    assert_eq!(page.total, 0);
}
