//! The adapter for Azerion AI, against the dialect of a real keydeck-server.

use keydeck_console::clipboard::CopyAs;
use keydeck_console::connection::ServerKind;
use keydeck_console::keys::{KeyRef, RevocationCheck, TakeIn};
use keydeck_console::kinds;
use keydeck_domain::{Dialect, Environment, KeyKind, Outcome};

use super::served::{Served, to};
use super::suite::{Entry, Fixture};
use crate::support::Desk;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn azerion_does_what_every_adapter_must() {
    let served = Served::start(Dialect::Azerion).await;
    for path in ["/azerion", "/azerion/v1"] {
        Fixture { kind: ServerKind::Azerion, address: served.at(path), tenant: None, entry: Entry::Nothing }.run().await;
    }
}

/// Azerion AI: "Give it a descriptive name (e.g., "My Project Key")", "include your API key in the Authorization header using the Bearer
/// scheme", "curl https://api.azerion.ai/v1/models", "Copy it immediately and store it in a secure location (like a password manager or
/// environment variable)", "Revoke keys immediately if you suspect they have been compromised".
#[tokio::test]
async fn a_named_key_is_taken_in_tried_and_over() {
    let served = Served::start(Dialect::Azerion).await;
    let (made, text) = served.key(Environment::Live, KeyKind::Secret, "models").await;
    let desk = Desk::start().await;
    let address = served.at("/azerion/v1");
    let connection = desk.console.add_connection(to(ServerKind::Azerion, &address, None)).await.unwrap();
    desk.clipboard.replace(&text);
    let new = TakeIn { name: "My Project Key".to_owned(), environment: Environment::Live, note: String::new(), rotate_by: None };
    let row = desk.console.take_key_in(connection.id, connection.organizations[0].id, new).await.unwrap();
    assert_eq!(row.key.name.as_str(), "My Project Key");
    let key = KeyRef { connection: connection.id, organization: row.key.organization_id, key: row.key.id };
    let trial = desk.console.try_key(key).await.unwrap();
    assert_eq!(trial.outcome, Outcome::Accepted);
    assert!(trial.findings.iter().any(|finding| finding.text.contains("one model")), "{:?}", trial.findings);
    let line = CopyAs::Environment { variable: "AZERION_API_KEY".to_owned() };
    desk.console.copy_secret(key, line).await.unwrap();
    assert!(desk.clipboard.content().unwrap().expose() == format!("AZERION_API_KEY={text}"));
    assert_eq!(desk.console.revoke_key(key).await.unwrap().check, RevocationCheck::StillAccepted);
    served.revoke(made).await;
    assert_eq!(desk.console.try_key(key).await.unwrap().outcome, Outcome::Unknown);
    assert_eq!(desk.console.revoke_key(key).await.unwrap().check, RevocationCheck::Refused);
}

/// Azerion AI: "find the API Tokens section: https://app.azerion.ai/account#api-tokens".
#[tokio::test]
async fn the_account_page_is_opened_by_the_system() {
    let desk = Desk::start().await;
    let page = kinds::find(ServerKind::Azerion).unwrap().account_page.unwrap();
    desk.console.open_link(page.to_owned()).await.unwrap();
    let opened: Vec<String> = desk.opened.0.lock().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(opened, ["https://app.azerion.ai/account#api-tokens"]);
    assert!(desk.console.open_link(page.replace("https:", "http:")).await.is_err(), "https only");
}
