//! Azen's console routes: who is signed in sets what a key may do.

use serde_json::{Value, json};

use super::{Azen, KEYS, act, create, denied, names, told};
use crate::support::As;

async fn patch(by: &As, id: &Value, body: &Value) -> crate::support::Answer {
    by.json("PATCH", &format!("{KEYS}/{}", id.as_str().unwrap()), &[], body).await
}

#[tokio::test]
async fn access_is_chosen_when_a_key_is_made() {
    let azen = Azen::acting().await;
    for (access, permissions, reads, writes) in [
        // Azen: "Read-only keys for monitoring and analytics"
        ("read", json!({ "memories": ["read"] }), true, false),
        // Azen: "Write-only keys for data ingestion services"
        ("write", json!({ "memories": ["write"] }), false, true),
        // Azen: "Full access keys only for trusted applications"
        ("full", json!({ "memories": ["read", "write"] }), true, true),
    ] {
        let (made, key) = azen.key(&azen.world.member, access).await;
        assert_eq!((&made["permissions"], &made["access"]), (&permissions, &json!(access)));
        assert_eq!(made["metadata"]["organizationId"], json!(azen.organization));
        let (read, wrote) = (azen.ask(&key).await, azen.remember(&key, "a").await);
        assert_eq!(
            (read.status.as_u16(), wrote.status.as_u16()),
            (if reads { 200 } else { 403 }, if writes { 201 } else { 403 })
        );
        if !reads {
            denied(read, 403, "Unauthorized");
        }
        if !writes {
            denied(wrote, 403, "Unauthorized");
        }
    }
    let listed = azen.world.viewer.get(&format!("{KEYS}?sortBy=createdAt&sortDirection=desc")).await.is(200).value();
    let accesses: Vec<&str> = listed["keys"].as_array().unwrap().iter().map(|key| key["access"].as_str().unwrap()).collect();
    assert_eq!((accesses, &listed["total"]), (vec!["full", "write", "read"], &json!(3)));
    assert!(listed["keys"][0].get("key").is_none());
}

#[tokio::test]
async fn access_is_chosen_when_a_key_is_edited() {
    // Azen: "API key permissions are configured in the console when creating or editing keys."
    let azen = Azen::acting().await;
    let world = &azen.world;
    let (made, key) = azen.key(&world.member, "read").await;
    let id = &made["id"];
    denied(azen.remember(&key, "a").await, 403, "Unauthorized");
    let changed = patch(&world.member, id, &json!({ "permissions": "full", "name": "Other" })).await.is(200).value();
    assert_eq!((&changed["access"], &changed["name"]), (&json!("full"), &json!("Other")));
    azen.remember(&key, "a").await.is(201);
    patch(&world.member, id, &json!({ "permissions": "write" })).await.is(200);
    denied(azen.ask(&key).await, 403, "Unauthorized");
    // One that Better Auth's own route made can be given more here.
    let plain = create(&world.member, &json!({ "name": "Plain" })).await.is(200).value();
    let key = plain["key"].as_str().unwrap();
    denied(azen.remember(key, "a").await, 403, "Unauthorized");
    let ends = json!({ "permissions": "full", "expiresIn": 86_400, "metadata": { "a": "1" }, "enabled": true });
    let changed = patch(&world.admin, &plain["id"], &ends).await.is(200).value();
    assert!(changed["expiresAt"].is_string());
    assert_eq!(changed["metadata"], json!({ "a": "1", "organizationId": azen.organization }));
    azen.remember(key, "a").await.is(201);
    patch(&world.admin, &plain["id"], &json!({ "enabled": false })).await.is(200);
    denied(azen.ask(key).await, 403, "API Key is disabled");

    told(patch(&world.member, id, &json!({})).await, 400, "NO_VALUES_TO_UPDATE");
    for bad in [json!("admin"), json!(null), json!({ "memories": ["read"] }), json!("")] {
        told(patch(&world.member, id, &json!({ "permissions": bad })).await, 400, "VALIDATION_ERROR");
    }
    let elsewhere = json!({ "metadata": { "organizationId": azen.foreign } });
    told(patch(&world.member, id, &elsewhere).await, 400, "VALIDATION_ERROR");
    for by in [&world.other_member, &world.viewer] {
        told(patch(by, id, &json!({ "permissions": "full" })).await, 403, "INSUFFICIENT_API_KEY_PERMISSIONS");
    }
    told(patch(&world.stranger, id, &json!({ "permissions": "full" })).await, 404, "KEY_NOT_FOUND");
    told(patch(&world.anonymous, id, &json!({ "permissions": "full" })).await, 401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_key_is_deleted_for_good() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    let (made, key) = azen.key(&world.member, "full").await;
    let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    told(world.other_member.delete(&path).await, 403, "INSUFFICIENT_API_KEY_PERMISSIONS");
    told(world.stranger.delete(&path).await, 404, "KEY_NOT_FOUND");
    told(world.anonymous.delete(&path).await, 401, "UNAUTHORIZED");
    azen.ask(&key).await.is(200);
    assert_eq!(world.member.delete(&path).await.is(200).value(), json!({ "success": true }));
    denied(azen.ask(&key).await, 403, "Invalid API key.");
    told(world.member.delete(&path).await, 404, "KEY_NOT_FOUND");
    told(world.member.delete(&format!("{KEYS}/x")).await, 404, "KEY_NOT_FOUND");
}

#[tokio::test]
async fn what_a_key_is_made_with_is_checked() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    let body =
        json!({ "name": "Worker", "permissions": "full", "prefix": "azen_", "expiresIn": 86_400, "metadata": { "a": "1" } });
    let made = world.owner.post(KEYS, &body).await.is(201).value();
    assert!(made["key"].as_str().unwrap().starts_with("azen_") && made["expiresAt"].is_string());
    assert_eq!(made["metadata"], json!({ "a": "1", "organizationId": azen.organization }));
    for (bad, code) in [
        (json!({ "name": "a" }), "VALIDATION_ERROR"),
        (json!({ "permissions": "read" }), "VALIDATION_ERROR"),
        (json!({ "name": "a", "permissions": "admin" }), "VALIDATION_ERROR"),
        (json!({ "name": "a", "permissions": ["read"] }), "VALIDATION_ERROR"),
        (json!({ "name": "", "permissions": "read" }), "INVALID_NAME_LENGTH"),
        (json!({ "name": "a", "permissions": "read", "expiresIn": 1 }), "EXPIRES_IN_IS_TOO_SMALL"),
        (json!({ "name": "a", "permissions": "read", "metadata": 1 }), "INVALID_METADATA_TYPE"),
    ] {
        told(world.owner.post(KEYS, &bad).await, 400, code);
    }
    let elsewhere = json!({ "name": "a", "permissions": "read", "metadata": { "organizationId": azen.foreign } });
    told(world.owner.post(KEYS, &elsewhere).await, 403, "USER_NOT_MEMBER_OF_ORGANIZATION");
    let wanted = json!({ "name": "a", "permissions": "read" });
    told(world.viewer.post(KEYS, &wanted).await, 403, "INSUFFICIENT_API_KEY_PERMISSIONS");
    told(world.anonymous.post(KEYS, &wanted).await, 401, "UNAUTHORIZED");
    told(world.anonymous.get(KEYS).await, 401, "UNAUTHORIZED");
    assert_eq!(names(&world.owner.get(KEYS).await.is(200).value()["keys"]), ["Worker"]);
    told(world.owner.get(&format!("{KEYS}?limit=a")).await, 400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn the_active_organization_alone_counts() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    let (made, _) = azen.key(&world.owner, "read").await;
    let second = world.owner.post("/azen/api/auth/organization/create", &json!({ "name": "Second", "slug": "second" })).await;
    second.is(200);
    assert_eq!(world.owner.get(KEYS).await.is(200).value(), json!({ "keys": [], "total": 0 }));
    told(patch(&world.owner, &made["id"], &json!({ "name": "a" })).await, 404, "KEY_NOT_FOUND");
    act(&world.owner, None).await.is(200);
    told(world.owner.get(KEYS).await, 403, "UNAUTHORIZED");
    told(world.owner.post(KEYS, &json!({ "name": "a", "permissions": "read" })).await, 403, "UNAUTHORIZED");
    told(patch(&world.owner, &made["id"], &json!({ "name": "a" })).await, 403, "UNAUTHORIZED");
    told(world.owner.delete(&format!("{KEYS}/{}", made["id"].as_str().unwrap())).await, 403, "UNAUTHORIZED");
}
