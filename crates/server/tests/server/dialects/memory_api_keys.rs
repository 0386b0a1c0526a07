//! Memory API: keys that manage keys.

use keydeck_domain::{Environment, KeyId};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::memory_api::{Memory, at, data, refused};
use crate::support::raw::{read_to_end, status};
use crate::support::{Answer, As};

fn keys() -> String {
    at("/v1/account/api-keys")
}

/// As curl sends `-d` without a content type.
async fn as_a_form(caller: &As, body: &str) -> Answer {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    caller.send("POST", &keys(), &form, Some(body.as_bytes().to_vec())).await
}

fn named<'a>(list: &'a Value, name: &str) -> Option<&'a Value> {
    list.as_array().unwrap().iter().find(|key| key["name"] == name)
}

#[tokio::test]
async fn a_key_is_made_listed_and_revoked() {
    let memory = Memory::new().await;
    let (acting, admin) = memory.admin().await;
    // Memory API, "Create a New Key".
    let wanted = json!({ "name": "Production Server", "environment": "live", "scopes": ["read", "write"] });
    let made = data(&admin.post(&keys(), &wanted).await.is(201));
    let (id, secret) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert!(id.starts_with("key_") && id.len() == 36 && secret.starts_with("mem_live_"), "{id}");
    assert_eq!((&made["scopes"], &made["expires_at"]), (&json!(["read", "write"]), &Value::Null));
    let fresh = admin.with_bearer(secret);
    fresh.get(&at("/v1/memories")).await.is(200);

    // "List Keys"
    let listed = admin.get(&keys()).await.is(200);
    assert!(!String::from_utf8_lossy(&listed.body).contains(secret), "a secret is told once");
    let list = data(&listed);
    let row = named(&list, "Production Server").unwrap();
    assert_eq!((&row["id"], &row["environment"], &row["is_active"]), (&json!(id), &json!("live"), &json!(true)));
    let shown = row["key_prefix"].as_str().unwrap();
    assert!(shown.starts_with(&secret[..13]) && shown.len() < 24, "{shown}");
    assert_eq!(list[0]["id"], json!(id), "the newest first");

    // Keydeck's own list has it too, made by the owner; the audit log names the key that acted.
    let native = memory.world.owner.get(&memory.native("/keys")).await.is(200).value();
    let row = named(&native["items"], "Production Server").unwrap();
    assert_eq!(row["created_by"]["email"], "owner@example.org");
    let target = row["id"].as_str().unwrap();
    let entries = async || memory.world.owner.get(&memory.native(&format!("/audit?target={target}"))).await.is(200).value();
    let entry = entries().await["items"][0].clone();
    assert_eq!(entry["action"], "key_created");
    assert_eq!(entry["after"]["by_key"], format!("Worker ({})", acting.id));

    // "Revoke a Key"
    let path = format!("{}/{id}", keys());
    let gone = data(&admin.delete(&path).await.is(200));
    assert_eq!((&gone["id"], &gone["status"], &gone["is_active"]), (&json!(id), &json!("revoked"), &json!(false)));
    refused(fresh.get(&at("/v1/memories")).await, 401, "API_KEY_DISABLED");
    assert!(named(&data(&admin.get(&keys()).await), "Production Server").is_none());
    let entry = entries().await["items"][0].clone();
    assert_eq!((&entry["action"], &entry["after"]["by_key"]), (&json!("key_revoked"), &json!(format!("Worker ({})", acting.id))));
    // A second time changes nothing, and is not told in the log again.
    admin.delete(&path).await.is(200);
    assert_eq!(entries().await["items"].as_array().unwrap().len(), 2);
    let check = memory.world.owner.get(&memory.native("/audit/check")).await.is(200).value();
    assert_eq!(check["broken"], Value::Null);
}

#[tokio::test]
async fn the_examples_without_a_content_type_are_read() {
    let memory = Memory::new().await;
    let (_, admin) = memory.admin().await;
    // Memory API, "Example: Read-Only Key": -d '{"name": "Analytics", "scopes": ["read"]}'
    let made = data(&as_a_form(&admin, r#"{"name": "Analytics", "scopes": ["read"]}"#).await.is(201));
    assert_eq!((&made["name"], &made["scopes"], &made["environment"]), (&json!("Analytics"), &json!(["read"]), &json!("live")));
    let reader = admin.with_bearer(made["key"].as_str().unwrap());
    reader.get(&at("/v1/memories")).await.is(200);
    refused(reader.post(&at("/v1/memories"), &json!({ "text": "x" })).await, 403, "INSUFFICIENT_PERMISSIONS");
    // Memory API: "You can create keys that automatically expire:" -d '{"name": "Temp Key", "expires_in_days": 30}'
    let before = chrono::Utc::now();
    let made = data(&as_a_form(&admin, r#"{"name": "Temp Key", "expires_in_days": 30}"#).await.is(201));
    let expires: chrono::DateTime<chrono::Utc> = made["expires_at"].as_str().unwrap().parse().unwrap();
    let thirty = chrono::TimeDelta::days(30);
    assert!(expires >= before + thirty - chrono::TimeDelta::seconds(1) && expires <= chrono::Utc::now() + thirty, "{expires}");
    // All but `admin` unless told.
    assert_eq!(made["scopes"], json!(["delete", "read", "write"]));
    // Plain text and nothing at all as well; not what is compressed.
    let body = Some(b"{}".to_vec());
    admin.send("POST", &keys(), &[("content-type", "text/plain")], body.clone()).await.is(201);
    let made = data(&admin.send("POST", &keys(), &[], body.clone()).await.is(201));
    assert_eq!(made["name"], "Default Key");
    refused(admin.send("POST", &keys(), &[("content-encoding", "gzip")], body).await, 415, "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test]
async fn what_can_t_be_made_is_told_with_its_field() {
    let memory = Memory::new().await;
    let (_, admin) = memory.admin().await;
    for (body, field) in [
        (json!({ "expires_in_days": 0 }), "expires_in_days"),
        (json!({ "expires_in_days": 3651 }), "expires_in_days"),
        (json!({ "expires_in_days": -1 }), "expires_in_days"),
        (json!({ "environment": "production" }), "environment"),
        (json!({ "scopes": ["Read!"] }), "scopes"),
        (json!({ "scopes": ["superuser"] }), "scopes"),
        (json!({ "scopes": [] }), "scopes"),
        (json!({ "name": "" }), "name"),
        (json!({ "scope": ["read"] }), "scope"),
    ] {
        let error = refused(admin.post(&keys(), &body).await, 400, "VALIDATION_ERROR");
        assert_eq!(error["details"]["field"], field, "{body}: {error}");
    }
    for body in ["", "{", "[]", "name=x"] {
        refused(as_a_form(&admin, body).await, 400, "VALIDATION_ERROR");
    }
    refused(as_a_form(&admin, &format!("{{\"name\":\"{}\"}}", "x".repeat(70_000))).await, 413, "PAYLOAD_TOO_LARGE");
    // A secret in the wrong place does not come back.
    let said = refused(admin.post(&keys(), &json!({ "environment": admin.token() })).await, 400, "VALIDATION_ERROR");
    assert!(!said.to_string().contains(admin.token()), "{said}");
}

#[tokio::test]
async fn the_key_in_use_can_t_be_revoked() {
    let memory = Memory::new().await;
    let (own, admin) = memory.admin().await;
    let path = |id: KeyId| format!("{}/key_{}", keys(), id.0.simple());
    refused(admin.delete(&path(own.id)).await, 400, "CANNOT_REVOKE_CURRENT_KEY");
    admin.get(&at("/v1/account")).await.is(200);
    let unknown = refused(admin.delete(&path(KeyId::generate())).await, 404, "API_KEY_NOT_FOUND");
    // Another spelling of an id is another path, and what is no id is the same nothing.
    for id in [own.id.to_string(), own.id.0.simple().to_string(), format!("key_{}", own.id), "key_abc123".to_owned()] {
        assert_eq!(refused(admin.delete(&format!("{}/{id}", keys())).await, 404, "API_KEY_NOT_FOUND"), unknown);
    }
    // Rotation: another admin key revokes it. "Rotate keys regularly for production systems"
    let next = data(&admin.post(&keys(), &json!({ "scopes": ["admin"] })).await.is(201));
    let next = admin.with_bearer(next["key"].as_str().unwrap());
    next.delete(&path(own.id)).await.is(200);
    refused(admin.get(&at("/v1/account")).await, 401, "API_KEY_DISABLED");
}

#[tokio::test]
async fn a_foreign_key_is_an_unknown_one() {
    let memory = Memory::new().await;
    let (_, admin) = memory.admin().await;
    let wanted = json!({ "name": "Other", "prefix": "mem", "dialect": "memory-api" });
    let other = memory.world.owner.post("/v1/organizations", &wanted).await.is(201).value();
    let path = format!("/v1/organizations/{}/keys", other["id"].as_str().unwrap());
    let once = KeyId::generate().to_string();
    let wanted = super::memory_api::wanted(Environment::Live, "read");
    let foreign = memory.world.owner.json("POST", &path, &[("idempotency-key", &once)], &wanted).await.is(201).value();
    let id: KeyId = foreign["id"].as_str().unwrap_or_else(|| foreign["key"]["id"].as_str().unwrap()).parse().unwrap();
    let at = |id: KeyId| format!("{}/key_{}", keys(), id.0.simple());
    let theirs = admin.delete(&at(id)).await;
    let nobodys = admin.delete(&at(KeyId::generate())).await;
    assert_eq!((theirs.status, &theirs.body), (nobodys.status, &nobodys.body));
    refused(theirs, 404, "API_KEY_NOT_FOUND");
    let list = data(&admin.get(&keys()).await);
    assert_eq!(list.as_array().unwrap().len(), 1, "only its own organization's");
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let memory = Memory::new().await;
    let (_, admin) = memory.admin().await;
    for name in ["a", "b", "c"] {
        admin.post(&keys(), &json!({ "name": name })).await.is(201);
    }
    let mut names = Vec::new();
    let mut path = format!("{}?limit=3", keys());
    loop {
        let page = admin.get(&path).await.is(200).value();
        names.extend(page["data"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["pagination"]["next"].as_str() else { break };
        path = format!("{}?limit=3&after={next}", keys());
    }
    assert_eq!(names, ["c", "b", "a", "Worker"]);
    for query in ["limit=0", "limit=1001", "after=key_1", "limit=x"] {
        refused(admin.get(&format!("{}?{query}", keys())).await, 400, "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn last_use_is_told() {
    // Memory API: "Monitor key usage in your dashboard"
    let memory = Memory::new().await;
    let (_, admin) = memory.admin().await;
    let made = data(&admin.post(&keys(), &json!({ "name": "Watched" })).await.is(201));
    let row = named(&data(&admin.get(&keys()).await), "Watched").unwrap().clone();
    assert_eq!(row["last_used_at"], Value::Null);
    admin.with_bearer(made["key"].as_str().unwrap()).get(&at("/v1/memories")).await.is(200);
    let row = named(&data(&admin.get(&keys()).await), "Watched").unwrap().clone();
    assert!(row["last_used_at"].is_string(), "{row}");
}

#[tokio::test]
async fn a_request_does_not_outlive_the_key_that_began_it() {
    let memory = Memory::new().await;
    let (own, admin) = memory.admin().await;
    let (_, other) = memory.admin().await;
    let body = r#"{"name":"Late","scopes":["admin"]}"#;
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        keys(),
        admin.token(),
        body.len()
    );
    let mut slow = TcpStream::connect(memory.world.address).await.unwrap();
    slow.write_all(head.as_bytes()).await.unwrap();
    slow.write_all(&body.as_bytes()[..5]).await.unwrap();
    // Judged by now: its use is noted.
    let used = async || {
        let list = data(&other.get(&keys()).await.is(200));
        let wire = format!("key_{}", own.id.0.simple());
        list.as_array().unwrap().iter().find(|key| key["id"] == wire).unwrap()["last_used_at"].is_string()
    };
    while !used().await {
        tokio::task::yield_now().await;
    }
    other.delete(&format!("{}/key_{}", keys(), own.id.0.simple())).await.is(200);
    slow.write_all(&body.as_bytes()[5..]).await.unwrap();
    let answer = read_to_end(&mut slow).await;
    assert_eq!(status(&answer), 401, "{answer}");
    assert!(answer.contains("INVALID_API_KEY"), "{answer}");
    assert!(named(&data(&other.get(&keys()).await), "Late").is_none());
}
