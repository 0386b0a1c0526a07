//! The adapter for Azen: against the Azen-like server around a real Better Auth, and against keydeck-server's dialect.

use chrono::{TimeDelta, Utc};
use keydeck_console::clipboard::CopyAs;
use keydeck_console::connection::{Connection, ServerKind};
use keydeck_console::error::ErrorCode;
use keydeck_console::handoff::Handoff;
use keydeck_console::keys::{KeyRef, RevocationCheck, Update};
use keydeck_domain::api::keys::{KeyChange, NewKey};
use keydeck_domain::api::organizations::NewOrganization;
use keydeck_domain::api::usage::{GroupBy, Step, UsageQuery};
use keydeck_domain::{Access, Dialect, OrganizationId, Outcome, Password, Scopes};
use reqwest::StatusCode;
use serde_json::json;

use super::node::{Node, Which, listed, organization, row};
use crate::adapters::suite::{Entry, Fixture};
use crate::support::desk::new_key;
use crate::support::{Desk, World, world};

/// A server that speaks Azen.
struct Azen {
    address: String,
    fixture: Fixture,
    node: Option<Node>,
    world: Option<World>,
}

async fn on_node() -> Option<Azen> {
    let node = Node::start(Which::Azen, &[])?;
    Some(Azen { address: node.address.clone(), fixture: node.fixture(), node: Some(node), world: None })
}

async fn on_keydeck() -> Azen {
    let world = World::start().await;
    let password = Password::new(world::PASSWORD.to_owned());
    let (email, name) = ("azen@example.org".parse().unwrap(), "Ada".parse().unwrap());
    let ada = world.server.add_person(&email, &name, &password).await.unwrap();
    for name in ["Northwind", "Fabrikam"] {
        let wanted =
            NewOrganization { name: name.parse().unwrap(), prefix: "az".parse().unwrap(), dialect: Dialect::Azen, tenant: None };
        world.server.add_organization_of(wanted, ada).await.unwrap();
    }
    let address = format!("{}/azen", world.origin());
    let entry = Entry::Password { email: "azen@example.org".to_owned(), password: world::PASSWORD.to_owned() };
    let fixture = Fixture { kind: ServerKind::Azen, address: address.clone(), tenant: None, entry };
    Azen { address, fixture, node: None, world: Some(world) }
}

impl Azen {
    async fn entered(&self, desk: &Desk) -> Connection {
        let Entry::Password { email, password } = &self.fixture.entry else { unreachable!() };
        let mut new = crate::support::desk::connection(&self.address);
        new.kind = ServerKind::Azen;
        let connection = desk.console.add_connection(new).await.unwrap();
        desk.console.sign_in(connection.id, email.clone(), Password::new(password.clone())).await.unwrap()
    }

    /// What the protected service says to a key.
    async fn asks(&self, method: reqwest::Method, key: &str) -> (StatusCode, String) {
        let request = reqwest::Client::new().request(method, format!("{}/api/v1/memories", self.address));
        let body = json!({ "text": "something" }).to_string();
        let answer =
            request.header("azen-api-key", key).header("content-type", "application/json").body(body).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }
}

fn access(connection: &Connection, organization: OrganizationId, access: Access) -> Scopes {
    let owner = connection.organizations.iter().find(|one| one.id == organization).unwrap();
    owner.accesses.iter().find(|one| one.access == access).unwrap().scopes.clone()
}

async fn made(desk: &Desk, connection: &Connection, organization: OrganizationId, name: &str, may: Access) -> (Handoff, String) {
    let new = NewKey {
        scopes: access(connection, organization, may),
        expires_at: Some(Utc::now() + TimeDelta::days(90)),
        metadata: [("team".to_owned(), "billing".to_owned())].into(),
        ..new_key(name)
    };
    let handoff = desk.console.create_key(connection.id, organization, new).await.unwrap();
    desk.console.finish_handoff(handoff.key, true).await.unwrap();
    desk.console.copy_secret(handoff.key, CopyAs::Plain).await.unwrap();
    // Exposed to be presented to the service: the test's own key.
    let text = desk.clipboard.content().unwrap().expose().to_owned();
    (handoff, text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn azen_does_what_every_adapter_must() {
    let Some(azen) = on_node().await else { return };
    azen.fixture.run().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keydecks_azen_does_too() {
    on_keydeck().await.fixture.run().await;
}

#[tokio::test]
async fn a_key_may_what_was_chosen_and_later_what_was_changed() {
    for azen in on_node().await.into_iter().chain([on_keydeck().await]) {
        let desk = Desk::start().await;
        let connection = azen.entered(&desk).await;
        let northwind = organization(&connection, "Northwind");
        // Azen: "Read-only keys for monitoring and analytics".
        let (handoff, key) = made(&desk, &connection, northwind, "monitor", Access::ReadOnly).await;
        assert_eq!(azen.asks(reqwest::Method::GET, &key).await.0, StatusCode::OK);
        assert_eq!(azen.asks(reqwest::Method::POST, &key).await.0, StatusCode::FORBIDDEN);
        assert_eq!(desk.console.try_key(handoff.key).await.unwrap().outcome, Outcome::Accepted);
        // Azen: "API keys are tied to a specific organization (stored in organizationId metadata)".
        let shown = row(&desk, &connection, northwind, "monitor").await.key;
        assert!(shown.metadata.contains_key("organizationId") && shown.metadata["team"] == "billing", "{:?}", shown.metadata);
        assert_eq!(shown.scopes, access(&connection, northwind, Access::ReadOnly));
        // Azen: "API key permissions are configured in the console when creating or editing keys."
        for (may, reads, writes) in [(Access::WriteOnly, 403, 201), (Access::Full, 200, 201), (Access::ReadOnly, 200, 403)] {
            let version = desk.console.get_key(handoff.key).await.unwrap().key.version;
            let change = KeyChange { scopes: Some(access(&connection, northwind, may)), ..KeyChange::default() };
            let Update::Saved { row } = desk.console.update_key(handoff.key, version, change).await.unwrap() else { panic!() };
            assert_eq!(row.key.scopes, access(&connection, northwind, may));
            assert!(row.key.metadata.contains_key("organizationId"));
            assert_eq!(azen.asks(reqwest::Method::GET, &key).await.0, reads, "{may:?}");
            assert_eq!(azen.asks(reqwest::Method::POST, &key).await.0, writes, "{may:?}");
        }
        // The pair that ties it can't be typed away.
        let version = desk.console.get_key(handoff.key).await.unwrap().key.version;
        let change = KeyChange { metadata: Some([("team".to_owned(), "sales".to_owned())].into()), ..KeyChange::default() };
        let Update::Saved { row } = desk.console.update_key(handoff.key, version, change).await.unwrap() else { panic!() };
        assert!(row.key.metadata.contains_key("organizationId") && row.key.metadata["team"] == "sales");
        let change = KeyChange { enabled: Some(false), ..KeyChange::default() };
        desk.console.update_key(handoff.key, row.key.version, change).await.unwrap();
        assert_eq!(azen.asks(reqwest::Method::GET, &key).await, (StatusCode::FORBIDDEN, "API Key is disabled".to_owned()));
        assert_eq!(desk.console.try_key(handoff.key).await.unwrap().outcome, Outcome::Disabled);
        let revocation = desk.console.revoke_key(handoff.key).await.unwrap();
        assert_eq!(revocation.check, RevocationCheck::Refused);
        assert_eq!(azen.asks(reqwest::Method::GET, &key).await, (StatusCode::FORBIDDEN, "Invalid API key.".to_owned()));
    }
}

#[tokio::test]
async fn keys_of_one_organization_are_not_in_another() {
    for azen in on_node().await.into_iter().chain([on_keydeck().await]) {
        let desk = Desk::start().await;
        let connection = azen.entered(&desk).await;
        let (northwind, fabrikam) = (organization(&connection, "Northwind"), organization(&connection, "Fabrikam"));
        made(&desk, &connection, northwind, "of northwind", Access::Full).await;
        made(&desk, &connection, fabrikam, "of fabrikam", Access::Full).await;
        for _ in 0..2 {
            for (organization, name) in [(northwind, "of northwind"), (fabrikam, "of fabrikam")] {
                let page = listed(&desk, &connection, organization).await;
                let names: Vec<_> = page.items.iter().map(|row| row.key.name.as_str()).collect();
                assert_eq!(names, [name]);
            }
        }
        // Asked for both at once, each request is answered for its own organization.
        let both = tokio::join!(listed(&desk, &connection, northwind), listed(&desk, &connection, fabrikam));
        assert_eq!((both.0.items[0].key.name.as_str(), both.1.items[0].key.name.as_str()), ("of northwind", "of fabrikam"));
    }
}

#[tokio::test]
async fn another_program_can_switch_the_organization() {
    let Some(azen) = on_node().await else { return };
    let node = azen.node.as_ref().unwrap();
    let desk = Desk::start().await;
    let connection = azen.entered(&desk).await;
    let northwind = organization(&connection, "Northwind");
    listed(&desk, &connection, northwind).await;
    node.behind("update", json!({ "model": "session", "where": {}, "update": { "activeOrganizationId": null } })).await;
    assert_eq!(listed(&desk, &connection, northwind).await.total, 0);
}

#[tokio::test]
async fn nothing_between_the_accesses_is_offered_or_sent() {
    let azen = on_keydeck().await;
    let desk = Desk::start().await;
    let connection = azen.entered(&desk).await;
    let northwind = organization(&connection, "Northwind");
    let nothing = NewKey { scopes: Scopes::default(), ..new_key("nothing") };
    let error = desk.console.create_key(connection.id, northwind, nothing).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Invalid);
    assert_eq!(listed(&desk, &connection, northwind).await.total, 0);
}

#[tokio::test]
async fn figures_are_those_of_the_organization() {
    for azen in on_node().await.into_iter().chain([on_keydeck().await]) {
        let desk = Desk::start().await;
        let connection = azen.entered(&desk).await;
        let northwind = organization(&connection, "Northwind");
        let (_, key) = made(&desk, &connection, northwind, "monitor", Access::ReadOnly).await;
        for _ in 0..3 {
            assert_eq!(azen.asks(reqwest::Method::GET, &key).await.0, StatusCode::OK);
        }
        let query = UsageQuery {
            from: Utc::now() - TimeDelta::hours(24),
            to: Utc::now(),
            step: Step::Hour,
            zone: None,
            group: Some(GroupBy::Outcome),
            keys: None,
            environment: None,
            outcome: None,
            top: None,
        };
        if let Some(world) = &azen.world {
            world.server.flush_usage().await.unwrap();
        }
        // Azen: "Usage tracking is aggregated by organization".
        let usage = desk.console.usage(connection.id, northwind, query.clone(), 400, false).await.unwrap();
        assert!(usage.total >= 3, "{usage:?}");
        let by_key = UsageQuery { group: Some(GroupBy::Key), ..query };
        assert_eq!(
            desk.console.usage(connection.id, northwind, by_key, 400, false).await.unwrap_err().code,
            ErrorCode::Incompatible
        );
    }
}

#[tokio::test]
async fn a_key_that_has_expired_is_said_to_be_gone() {
    let Some(azen) = on_node().await else { return };
    let node = azen.node.as_ref().unwrap();
    let desk = Desk::start().await;
    let connection = azen.entered(&desk).await;
    let northwind = organization(&connection, "Northwind");
    let (handoff, key) = made(&desk, &connection, northwind, "short", Access::Full).await;
    listed(&desk, &connection, northwind).await;
    let past = (Utc::now() - TimeDelta::hours(1)).to_rfc3339();
    node.behind("update", json!({ "model": "apikey", "where": {}, "update": { "expiresAt": past } })).await;
    // Better Auth deletes it when it is used.
    assert_eq!(azen.asks(reqwest::Method::GET, &key).await.0, StatusCode::FORBIDDEN);
    assert!(node.rows("apikey").await.is_empty(), "the server has deleted it by itself");
    let page = listed(&desk, &connection, northwind).await;
    let gone = page.items.iter().find(|row| row.key.id == handoff.key.key).expect("it is not forgotten");
    assert!(gone.entry.as_ref().is_some_and(|entry| entry.gone_at.is_some()));
    let key = KeyRef { connection: connection.id, organization: northwind, key: handoff.key.key };
    assert!(desk.console.get_key(key).await.is_ok());
}
