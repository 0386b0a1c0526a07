//! `GET` and `PATCH /v1/organizations/{organization}/keys/{id}`.

use chrono::{Duration, Utc};
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{Key, KeyStatus};
use serde_json::json;

use crate::support::{World, new_key, passed, soon};

#[tokio::test]
async fn every_field_can_be_changed_and_what_is_absent_stays() {
    let world = World::new().await;
    let (key, _) = world.make(&world.member, new_key("Worker")).await;
    let path = world.key(key.id);
    let later = Utc::now() + Duration::days(7);
    let changes = [
        json!({ "name": "Renamed" }),
        json!({ "note": "a note" }),
        json!({ "metadata": { "team": "billing" } }),
        json!({ "scopes": ["read", "write"] }),
        json!({ "expires_at": later }),
        json!({ "enabled": false }),
        json!({ "allowed_addresses": ["192.0.2.0/24"] }),
    ];
    for (version, change) in (1..).zip(&changes) {
        let answer = world.member.patch(&path, version, change).await.is(200);
        assert_eq!(answer.header("etag"), format!("\"{}\"", version + 1));
        assert_eq!(answer.read::<Key>().version, version + 1);
    }
    let answer = world.member.get(&path).await.is(200);
    assert_eq!(answer.header("etag"), "\"8\"");
    let now: Key = answer.read();
    assert_eq!((now.name.as_str(), now.note.as_str(), now.scopes.spaced().as_str()), ("Renamed", "a note", "read write"));
    assert_eq!(now.metadata["team"], "billing");
    assert_eq!(now.expires_at.unwrap().timestamp_micros(), later.timestamp_micros());
    assert_eq!((now.enabled, now.status, now.allowed_addresses.len()), (false, KeyStatus::Disabled, 1));
    assert_eq!((now.hint, now.environment, now.created_at), (key.hint, key.environment, key.created_at));
    assert!(now.updated_at > key.updated_at);

    // `null` takes the expiry away; absent leaves it.
    let never: Key = world.member.patch(&path, 8, &json!({ "expires_at": null, "enabled": true })).await.is(200).read();
    assert_eq!((never.expires_at, never.status), (None, KeyStatus::Active));
}

#[tokio::test]
async fn what_changes_nothing_is_no_change() {
    let world = World::new().await;
    let (key, _) = world.make(&world.member, new_key("Worker")).await;
    for change in [json!({}), json!({ "name": "Worker", "scopes": ["read"], "enabled": true })] {
        let now: Key = world.member.patch(&world.key(key.id), 1, &change).await.is(200).read();
        assert_eq!(now, key);
    }
}

#[tokio::test]
async fn a_change_to_an_older_version_is_refused_and_shows_the_newer() {
    let world = World::new().await;
    let (key, _) = world.make(&world.member, new_key("Worker")).await;
    let path = world.key(key.id);
    world.admin.patch(&path, 1, &json!({ "name": "By the admin" })).await.is(200);
    let refused = world.member.patch(&path, 1, &json!({ "name": "By the member" })).await.refused(412, ProblemCode::Changed);
    let current = refused.current.unwrap();
    assert_eq!((current.name.as_str(), current.version), ("By the admin", 2));
    let body = json!({ "name": "x" });
    for never in ["\"3\"", "W/\"2\"", "2", "\"02\"", "\"+2\"", "\"1\", \"2\"", "\"x\""] {
        world.member.json("PATCH", &path, &[("if-match", never)], &body).await.refused(412, ProblemCode::Changed);
    }
    world.member.json("PATCH", &path, &[], &body).await.refused(428, ProblemCode::PreconditionRequired);
    world.member.json("PATCH", &path, &[("if-match", "*")], &body).await.refused(428, ProblemCode::PreconditionRequired);
    let two = [("if-match", "\"1\""), ("if-match", "\"2\"")];
    world.member.json("PATCH", &path, &two, &body).await.refused(428, ProblemCode::PreconditionRequired);
}

#[tokio::test]
async fn a_revoked_key_is_not_changed() {
    let world = World::new().await;
    let (key, _) = world.make(&world.member, new_key("Worker")).await;
    world.member.send("POST", &format!("{}/revoke", world.key(key.id)), &[], None).await.is(200);
    for version in [1, 2] {
        world.member.patch(&world.key(key.id), version, &json!({ "enabled": true })).await.refused(409, ProblemCode::Revoked);
    }
}

#[tokio::test]
async fn the_fields_are_checked() {
    let world = World::new().await;
    let (key, _) = world.make(&world.member, new_key("Worker")).await;
    let path = world.key(key.id);
    for bad in [
        json!({ "name": " " }),
        json!({ "name": null, "rateLimit": 5 }),
        json!({ "environment": "live" }),
        json!({ "kind": "publishable" }),
        json!({ "hint": "kd_test_aaaa…bbbb" }),
        json!({ "revoked_at": null }),
        json!({ "version": 9 }),
        json!({ "scopes": ["unheard-of"] }),
        json!({ "expires_at": "2001-01-01T00:00:00Z" }),
        json!({ "expires_at": "+99999-01-01T00:00:00Z" }),
        json!({ "metadata": { "": "x" } }),
        json!({ "allowed_addresses": ["nowhere"] }),
        json!([]),
        json!("name"),
    ] {
        world.member.patch(&path, 1, &bad).await.refused(422, ProblemCode::InvalidBody);
    }
    assert_eq!(world.member.get(&path).await.is(200).read::<Key>(), key);
}

#[tokio::test]
async fn a_key_that_has_expired_can_be_renamed_and_given_more_time() {
    let world = World::new().await;
    let mut short = new_key("Short");
    short.expires_at = Some(soon());
    let (key, _) = world.make(&world.member, short).await;
    let path = world.key(key.id);
    passed(key.expires_at.unwrap()).await;
    assert_eq!(world.member.get(&path).await.is(200).read::<Key>().status, KeyStatus::Expired);
    world.member.patch(&path, 1, &json!({ "name": "Renamed" })).await.is(200);
    let later = Utc::now() + Duration::days(1);
    let now: Key = world.member.patch(&path, 2, &json!({ "expires_at": later })).await.is(200).read();
    assert_eq!(now.status, KeyStatus::Active);
}
