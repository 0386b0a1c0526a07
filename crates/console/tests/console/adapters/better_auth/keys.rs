//! Keys at a plain Better Auth: what can be chosen, what is only shown, and whose they are.

use chrono::{TimeDelta, Utc};
use keydeck_console::error::ErrorCode;
use keydeck_console::keys::Update;
use keydeck_domain::KeyStatus;
use keydeck_domain::api::keys::{KeyChange, NewKey};
use serde_json::json;

use super::node::{EMAIL, Node, PASSWORD, STRANGER, STRANGERS_PASSWORD, Which, listed, organization, row};
use crate::support::Desk;
use crate::support::desk::new_key;

pub fn plain(name: &str) -> NewKey {
    NewKey { scopes: Default::default(), ..new_key(name) }
}

#[tokio::test]
async fn an_expiry_is_between_a_day_and_a_year() {
    for which in [Which::Modern, Which::Old] {
        let Some(node) = Node::start(which, &[]) else { return };
        let desk = Desk::start().await;
        let connection = node.entered(&desk).await;
        let own = organization(&connection, "Own keys");
        let ends_in = |name: &str, left: TimeDelta| NewKey { expires_at: Some(Utc::now() + left), ..plain(name) };
        for days in [1, 365] {
            let left = TimeDelta::days(days);
            let handoff = desk.console.create_key(connection.id, own, ends_in("ends", left)).await.unwrap();
            let ends = desk.console.get_key(handoff.key).await.unwrap().key.expires_at.unwrap();
            assert!((ends - (Utc::now() + left)).abs() < TimeDelta::minutes(2), "{days} days: {ends}");
        }
        for (left, limit) in [(TimeDelta::hours(2), "1 day"), (TimeDelta::days(366), "365 days")] {
            let error = desk.console.create_key(connection.id, own, ends_in("ends", left)).await.unwrap_err();
            assert_eq!(error.code, ErrorCode::Invalid);
            assert!(error.message.contains(limit), "{error}");
        }
        let handoff = desk.console.create_key(connection.id, own, plain("forever")).await.unwrap();
        let version = desk.console.get_key(handoff.key).await.unwrap().key.version;
        let change = KeyChange { expires_at: Some(Some(Utc::now() + TimeDelta::days(30))), ..KeyChange::default() };
        let Update::Saved { row } = desk.console.update_key(handoff.key, version, change).await.unwrap() else { panic!() };
        assert!(row.key.expires_at.is_some());
        let change = KeyChange { expires_at: Some(None), ..KeyChange::default() };
        let Update::Saved { row } = desk.console.update_key(handoff.key, row.key.version, change).await.unwrap() else {
            panic!()
        };
        assert_eq!(row.key.expires_at, None);
    }
}

#[tokio::test]
async fn an_organizations_keys_are_its_own() {
    let Some(node) = Node::start(Which::Modern, &[]) else { return };
    let desk = Desk::start().await;
    let connection = node.entered(&desk).await;
    let northwind = organization(&connection, "Northwind");
    let handoff = desk.console.create_key(connection.id, northwind, plain("shared")).await.unwrap();
    let stored = node.rows("apikey").await;
    let owner = node.rows("organization").await.into_iter().find(|one| one["name"] == "Northwind").unwrap();
    assert_eq!((&stored[0]["configId"], &stored[0]["referenceId"]), (&json!("org-keys"), &owner["id"]));
    assert_eq!(stored.len(), 1, "finding out the configuration made no key");
    let shared = row(&desk, &connection, northwind, "shared").await.key;
    assert_eq!(shared.hint, handoff.hint);
    for other in ["Own keys", "Fabrikam"] {
        assert_eq!(listed(&desk, &connection, organization(&connection, other)).await.total, 0, "{other}");
    }
    // The server acts for whom the person looks at.
    let active = async || node.rows("session").await[0]["activeOrganizationId"].clone();
    assert_ne!(active().await, owner["id"]);
    listed(&desk, &connection, northwind).await;
    assert_eq!(active().await, owner["id"]);
    let change = KeyChange { name: Some("renamed".parse().unwrap()), enabled: Some(false), ..KeyChange::default() };
    let Update::Saved { row } = desk.console.update_key(handoff.key, shared.version, change).await.unwrap() else { panic!() };
    assert_eq!((row.key.name.as_str(), row.key.status), ("renamed", KeyStatus::Disabled));
    assert_eq!(desk.console.revoke_key(handoff.key).await.unwrap().row.key.status, KeyStatus::Revoked);
    assert!(node.rows("apikey").await.is_empty());
    // A member who is no owner is told why.
    let eve = node.person(STRANGER).await;
    let row = json!({ "organizationId": owner["id"], "userId": eve, "role": "member", "createdAt": "2026-01-01T00:00:00Z" });
    node.behind("insert", json!({ "model": "member", "rows": [row] })).await;
    let other = Desk::start().await;
    let connection = node.entered_by(&other, STRANGER, STRANGERS_PASSWORD).await.unwrap();
    let northwind = organization(&connection, "Northwind");
    let error = other.console.list_keys(connection.id, northwind, Default::default()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Forbidden);
    assert!(error.message.contains("only an owner"), "{error}");
}

#[tokio::test]
async fn a_configuration_of_any_name_is_known_once_a_key_has_it() {
    let Some(node) = Node::start(Which::Modern, &["config=of-our-own"]) else { return };
    let desk = Desk::start().await;
    let connection = node.entered(&desk).await;
    let northwind = organization(&connection, "Northwind");
    let error = desk.console.create_key(connection.id, northwind, plain("first")).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Incompatible);
    assert!(error.message.contains("configuration") && node.rows("apikey").await.is_empty(), "{error}");
    let owner = node.rows("organization").await.into_iter().find(|one| one["name"] == "Northwind").unwrap();
    node.insert_keys(1, owner["id"].as_str().unwrap(), |_| json!({ "configId": "of-our-own" })).await;
    desk.console.create_key(connection.id, northwind, plain("second")).await.unwrap();
    assert!(node.rows("apikey").await.iter().all(|key| key["configId"] == "of-our-own"));
}

#[tokio::test]
async fn what_the_server_alone_sets_is_shown_and_not_offered() {
    for which in [Which::Modern, Which::Old] {
        let Some(node) = Node::start(which, &[]) else { return };
        let desk = Desk::start().await;
        let connection = node.entered(&desk).await;
        let own = organization(&connection, "Own keys");
        let me = node.person(EMAIL).await;
        let set = json!({ "permissions": "{\"files\":[\"read\",\"write\"]}", "remaining": 7, "name": "limited" });
        node.insert_keys(1, &me, |_| set.clone()).await;
        let shown = row(&desk, &connection, own, "limited").await.key;
        assert_eq!(shown.scopes.spaced(), "files:read files:write");
        assert!(shown.note.as_str().contains("At most 60 requests in 60 s. 7 requests are left."), "{}", shown.note);
        let explained = &connection.capabilities.explain;
        assert!(explained.iter().any(|one| one.why.contains("only the server's own code set what a key may do")));
        let error = desk.console.create_key(connection.id, own, new_key("wishes")).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Incompatible);
    }
}

#[tokio::test]
async fn pairs_of_other_types_survive_an_edit() {
    for which in [Which::Modern, Which::Old] {
        let Some(node) = Node::start(which, &[]) else { return };
        let desk = Desk::start().await;
        let connection = node.entered(&desk).await;
        let own = organization(&connection, "Own keys");
        let me = node.person(EMAIL).await;
        let pairs = json!({ "deep": { "a": [1] }, "n": 1, "team": "billing" }).to_string();
        node.insert_keys(1, &me, |_| json!({ "metadata": pairs, "name": "paired" })).await;
        let shown = row(&desk, &connection, own, "paired").await;
        let mut metadata = shown.key.metadata.clone();
        assert_eq!(metadata["deep"], r#"{"a":[1]}"#);
        metadata.insert("team".to_owned(), "sales".to_owned());
        let key = keydeck_console::keys::KeyRef { connection: connection.id, organization: own, key: shown.key.id };
        let change = KeyChange { metadata: Some(metadata), ..KeyChange::default() };
        let Update::Saved { row } = desk.console.update_key(key, shown.key.version, change).await.unwrap() else { panic!() };
        assert_eq!(row.key.metadata["team"], "sales");
        let stored = node.rows("apikey").await[0]["metadata"].clone();
        let stored = stored.as_str().map_or(stored.clone(), |text| serde_json::from_str(text).unwrap());
        assert_eq!(stored, json!({ "deep": { "a": [1] }, "n": 1, "team": "sales" }));
    }
}

#[tokio::test]
async fn somebody_elses_change_is_an_answer() {
    let Some(node) = Node::start(Which::Modern, &[]) else { return };
    let desk = Desk::start().await;
    let connection = node.entered(&desk).await;
    let handoff = desk.console.create_key(connection.id, organization(&connection, "Own keys"), plain("mine")).await.unwrap();
    let version = desk.console.get_key(handoff.key).await.unwrap().key.version;
    node.behind("update", json!({ "model": "apikey", "where": {}, "update": { "name": "theirs" } })).await;
    let change = KeyChange { name: Some("ours".parse().unwrap()), ..KeyChange::default() };
    let Update::Changed { row } = desk.console.update_key(handoff.key, version, change).await.unwrap() else { panic!() };
    assert_eq!(row.key.name.as_str(), "theirs");
}

#[tokio::test]
async fn a_stranger_sees_nothing_of_it() {
    let Some(node) = Node::start(Which::Modern, &[]) else { return };
    let desk = Desk::start().await;
    let ada = node.entered_by(&desk, EMAIL, PASSWORD).await.unwrap();
    let handoff = desk.console.create_key(ada.id, organization(&ada, "Own keys"), plain("mine")).await.unwrap();
    desk.console.finish_handoff(handoff.key, true).await.unwrap();
    let other = Desk::start().await;
    let eve = node.entered_by(&other, STRANGER, STRANGERS_PASSWORD).await.unwrap();
    assert!(eve.organizations.iter().all(|one| one.name.as_str() != "Northwind"));
    assert_eq!(listed(&other, &eve, organization(&eve, "Own keys")).await.total, 0);
}
