//! Keys through Better Auth's own routes.

use keydeck_domain::{KeyId, OrganizationId};
use serde_json::{Value, json};

use super::{AUTH, Azen, MEMORIES, act, create, told};
use crate::support::database::count;
use crate::support::{Answer, As};

const FIELDS: [&str; 21] = [
    "id",
    "configId",
    "name",
    "start",
    "prefix",
    "referenceId",
    "enabled",
    "expiresAt",
    "createdAt",
    "updatedAt",
    "lastRequest",
    "requestCount",
    "remaining",
    "refillInterval",
    "refillAmount",
    "lastRefillAt",
    "rateLimitEnabled",
    "rateLimitTimeWindow",
    "rateLimitMax",
    "permissions",
    "metadata",
];
const DAY: i64 = 86_400;

async fn get(by: &As, id: &Value) -> Answer {
    by.get(&format!("{AUTH}/api-key/get?id={}", id.as_str().unwrap())).await
}

async fn update(by: &As, body: &Value) -> Answer {
    by.post(&format!("{AUTH}/api-key/update"), body).await
}

async fn delete(by: &As, id: &Value) -> Answer {
    by.post(&format!("{AUTH}/api-key/delete"), &json!({ "keyId": id })).await
}

fn without(record: &Value, names: &[&str]) -> Value {
    let mut fields = record.as_object().unwrap().clone();
    for name in names {
        fields.remove(*name);
    }
    Value::Object(fields)
}

#[tokio::test]
async fn a_key_is_made_told_once_and_works() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    let made = create(&world.member, &json!({ "name": "Worker", "unknown": { "a": 1 } })).await.is(200).value();
    let fields: Vec<&str> = made.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected: Vec<&str> = FIELDS.into_iter().chain(["key"]).collect();
    expected.sort_unstable();
    assert_eq!(fields, expected);
    let key = made["key"].as_str().unwrap();
    let rest = key.strip_prefix("az_").unwrap();
    assert!(rest.len() == 64 && rest.bytes().all(|letter| letter.is_ascii_alphabetic()));
    assert_eq!((&made["prefix"], &made["start"]), (&json!("az_"), &json!(key[..6])));
    assert_eq!((&made["configId"], &made["name"], &made["enabled"]), (&json!("default"), &json!("Worker"), &json!(true)));
    assert_eq!(made["referenceId"], json!(world.id_of("member").await));
    assert_eq!((&made["expiresAt"], &made["lastRequest"], &made["remaining"]), (&Value::Null, &Value::Null, &Value::Null));
    // Its public default limit, which a new organization begins with: 60 requests in 60 s.
    let limit = (&made["rateLimitEnabled"], &made["rateLimitMax"], &made["rateLimitTimeWindow"]);
    assert_eq!(limit, (&json!(true), &json!(60), &json!(60_000)));
    // Azen: "API keys are tied to a specific organization (stored in organizationId metadata)"
    assert_eq!(made["metadata"], json!({ "organizationId": azen.organization }));
    // Azen: "grant only the minimum permissions needed"
    assert_eq!(made["permissions"], json!({ "memories": ["read"] }));
    let asked = get(&world.viewer, &made["id"]).await.is(200).value();
    assert_eq!(asked, without(&made, &["key"]), "`key` is in the answer to create only");

    // Azen: "API Key Authentication - For programmatic access to the API"
    azen.ask(key).await.is(200);
    let used = get(&world.member, &made["id"]).await.is(200).value();
    assert!(used["lastRequest"].is_string(), "{used}");
    // It is a key like every other: seen by the native protocol, with its audit entry.
    let native = format!("/v1/organizations/{}/keys/{}", azen.organization, made["id"].as_str().unwrap());
    assert_eq!(world.owner.get(&native).await.is(200).value()["scopes"], json!(["read"]));
    let audit = world.owner.get(&format!("/v1/organizations/{}/audit", azen.organization)).await.is(200).value();
    let entry = &audit["items"][0];
    assert_eq!((&entry["action"], &entry["target"]), (&json!("key_created"), &made["id"]));
    assert_eq!(entry["actor"]["email"], "member@example.org");
}

#[tokio::test]
async fn what_is_wished_for_is_kept() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    let body = json!({
        "name": "Billing", "prefix": "bill-", "expiresIn": 2 * DAY, "configId": "nobody-knows-it",
        "metadata": { "team": "billing", "organizationId": azen.organization },
    });
    let made = create(&world.owner, &body).await.is(200).value();
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with("bill-") && key.len() == 69, "{}", key.len());
    assert_eq!((&made["prefix"], &made["start"]), (&json!("bill-"), &json!(key[..6])));
    assert_eq!(made["metadata"], json!({ "team": "billing", "organizationId": azen.organization }));
    let time = |name: &str| made[name].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let life = (time("expiresAt") - time("createdAt")).num_seconds();
    assert!((2 * DAY - 60..=2 * DAY).contains(&life), "{life}");
    azen.ask(key).await.is(200);

    // A prefix that does not end in a separator is not told from the rest of the key later on.
    let made = create(&world.owner, &json!({ "prefix": "Plain1" })).await.is(200).value();
    assert!(made["key"].as_str().unwrap().starts_with("Plain1"));
    assert_eq!((&made["prefix"], &made["name"]), (&json!("Plain1"), &json!("API key")));
    azen.ask(made["key"].as_str().unwrap()).await.is(200);
    let asked = get(&world.owner, &made["id"]).await.is(200).value();
    assert_eq!((&asked["prefix"], &asked["start"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn what_is_not_acceptable_makes_no_key() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    // Azen: "API key permissions are configured in the console when creating or editing keys."
    for name in
        ["permissions", "remaining", "refillAmount", "refillInterval", "rateLimitEnabled", "rateLimitMax", "rateLimitTimeWindow"]
    {
        told(create(&world.owner, &json!({ "name": "a", name: null })).await, 400, "SERVER_ONLY_PROPERTY");
        told(create(&world.owner, &json!({ "name": "a", name: { "memories": ["write"] } })).await, 400, "SERVER_ONLY_PROPERTY");
    }
    for (body, code) in [
        (json!({ "name": "" }), "INVALID_NAME_LENGTH"),
        (json!({ "name": "x".repeat(33) }), "INVALID_NAME_LENGTH"),
        (json!({ "name": " " }), "VALIDATION_ERROR"),
        (json!({ "name": "a\u{202e}" }), "VALIDATION_ERROR"),
        (json!({ "name": 7 }), "VALIDATION_ERROR"),
        (json!({ "prefix": "" }), "INVALID_PREFIX_LENGTH"),
        (json!({ "prefix": "x".repeat(33) }), "INVALID_PREFIX_LENGTH"),
        (json!({ "prefix": "a b" }), "VALIDATION_ERROR"),
        (json!({ "prefix": "ä" }), "VALIDATION_ERROR"),
        (json!({ "prefix": "kds_" }), "VALIDATION_ERROR"),
        (json!({ "expiresIn": 0 }), "VALIDATION_ERROR"),
        (json!({ "expiresIn": "1" }), "VALIDATION_ERROR"),
        (json!({ "expiresIn": DAY - 1 }), "EXPIRES_IN_IS_TOO_SMALL"),
        (json!({ "expiresIn": 366 * DAY }), "EXPIRES_IN_IS_TOO_LARGE"),
        (json!({ "metadata": "a" }), "INVALID_METADATA_TYPE"),
        (json!({ "metadata": [1] }), "INVALID_METADATA_TYPE"),
        (json!({ "metadata": { "a": 1 } }), "VALIDATION_ERROR"),
        (json!({ "metadata": { "a": "x".repeat(513) } }), "VALIDATION_ERROR"),
        (json!({ "organizationId": 7 }), "VALIDATION_ERROR"),
        (json!({ "organizationId": azen.organization, "metadata": { "organizationId": azen.foreign } }), "VALIDATION_ERROR"),
    ] {
        told(create(&world.owner, &body).await, 400, code);
    }
    let path = format!("{AUTH}/api-key/create");
    told(
        world.owner.send("POST", &path, &[("content-type", "text/plain")], Some(b"{}".to_vec())).await,
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    );
    told(world.owner.send("POST", &path, &[], None).await, 415, "UNSUPPORTED_MEDIA_TYPE");
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM keys").await, 0);
}

#[tokio::test]
async fn a_key_is_made_where_its_maker_may() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    told(create(&world.anonymous, &json!({})).await, 401, "UNAUTHORIZED");
    told(create(&world.viewer, &json!({})).await, 403, "INSUFFICIENT_API_KEY_PERMISSIONS");
    told(create(&world.owner, &json!({ "userId": world.id_of("admin").await })).await, 401, "UNAUTHORIZED");
    create(&world.owner, &json!({ "userId": world.id_of("owner").await })).await.is(200);
    let mut refusals = Vec::new();
    for id in [azen.foreign, world.organization, OrganizationId::generate()] {
        for body in [json!({ "organizationId": id }), json!({ "metadata": { "organizationId": id } })] {
            let answer = create(&world.owner, &body).await;
            refusals.push(answer.body.clone());
            told(answer, 403, "USER_NOT_MEMBER_OF_ORGANIZATION");
        }
    }
    assert!(refusals.windows(2).all(|pair| pair[0] == pair[1]));
    // What a viewer tried stands in the audit log.
    let audit = world.owner.get(&format!("/v1/organizations/{}/audit", azen.organization)).await.is(200).value();
    let refused = audit["items"].as_array().unwrap().iter().find(|entry| entry["action"] == "refused").unwrap();
    assert_eq!(refused["actor"]["email"], "viewer@example.org");

    act(&world.owner, None).await.is(200);
    told(create(&world.owner, &json!({})).await, 400, "NO_ACTIVE_ORGANIZATION");
    // Said in the body, no active one is needed.
    let made = create(&world.owner, &json!({ "metadata": { "organizationId": azen.organization } })).await.is(200).value();
    azen.ask(made["key"].as_str().unwrap()).await.is(200);
    let made = create(&world.owner, &json!({ "organizationId": azen.organization, "configId": "organization" })).await.is(200);
    assert_eq!(made.value()["metadata"]["organizationId"], json!(azen.organization));
}

#[tokio::test]
async fn a_key_is_renamed_switched_and_given_another_end() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    let made = create(&world.member, &json!({ "name": "Worker", "metadata": { "a": "1" } })).await.is(200).value();
    let (id, key) = (&made["id"], made["key"].as_str().unwrap());
    let renamed = update(&world.member, &json!({ "keyId": id, "name": "Other" })).await.is(200).value();
    let mut expected = without(&made, &["key", "updatedAt"]);
    expected["name"] = json!("Other");
    assert_eq!(without(&renamed, &["updatedAt"]), expected);
    update(&world.admin, &json!({ "keyId": id, "enabled": false })).await.is(200);
    super::denied(azen.ask(key).await, 403, "API Key is disabled");
    update(&world.member, &json!({ "keyId": id, "enabled": true })).await.is(200);
    azen.ask(key).await.is(200);

    let ends = update(&world.member, &json!({ "keyId": id, "expiresIn": DAY })).await.is(200).value();
    assert!(ends["expiresAt"].is_string());
    let never = update(&world.member, &json!({ "keyId": id, "expiresIn": null })).await.is(200).value();
    assert_eq!(never["expiresAt"], Value::Null);

    // Metadata is replaced whole, but the organization stays.
    let own = azen.organization;
    let replaced = update(&world.member, &json!({ "keyId": id, "metadata": { "b": "2" } })).await.is(200).value();
    assert_eq!(replaced["metadata"], json!({ "b": "2", "organizationId": own }));
    let cleared = update(&world.member, &json!({ "keyId": id, "metadata": null })).await.is(200).value();
    assert_eq!(cleared["metadata"], json!({ "organizationId": own }));
    let moved = json!({ "keyId": id, "metadata": { "organizationId": azen.foreign } });
    told(update(&world.member, &moved).await, 400, "VALIDATION_ERROR");
    // Also what the native protocol wrote there does not say that it is another's.
    let native = format!("/v1/organizations/{own}/keys/{}", id.as_str().unwrap());
    let version = world.owner.get(&native).await.is(200).value()["version"].as_u64().unwrap();
    let forged = json!({ "metadata": { "organizationId": azen.foreign } });
    world.owner.patch(&native, u32::try_from(version).unwrap(), &forged).await.is(200);
    assert_eq!(get(&world.member, id).await.is(200).value()["metadata"], json!({ "organizationId": own }));

    told(update(&world.member, &json!({ "keyId": id })).await, 400, "NO_VALUES_TO_UPDATE");
    told(
        update(&world.member, &json!({ "keyId": id, "permissions": { "memories": ["write"] } })).await,
        400,
        "SERVER_ONLY_PROPERTY",
    );
    told(update(&world.member, &json!({ "name": "a" })).await, 400, "VALIDATION_ERROR");
    told(update(&world.member, &json!({ "keyId": id, "enabled": "no" })).await, 400, "VALIDATION_ERROR");
    told(update(&world.member, &json!({ "keyId": id, "name": "" })).await, 400, "INVALID_NAME_LENGTH");
    told(update(&world.member, &json!({ "keyId": id, "expiresIn": 1 })).await, 400, "EXPIRES_IN_IS_TOO_SMALL");
}

#[tokio::test]
async fn a_member_changes_his_own_keys_and_nobody_another_organization_s() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    let made = create(&world.member, &json!({ "name": "Worker" })).await.is(200).value();
    let (id, rename) = (&made["id"], json!({ "keyId": made["id"], "name": "Mine" }));
    for by in [&world.other_member, &world.viewer] {
        told(update(by, &rename).await, 403, "INSUFFICIENT_API_KEY_PERMISSIONS");
        told(delete(by, id).await, 403, "INSUFFICIENT_API_KEY_PERMISSIONS");
        get(by, id).await.is(200);
    }
    for by in [&world.anonymous, &world.verifier] {
        told(update(by, &rename).await, 401, "UNAUTHORIZED");
        told(delete(by, id).await, 401, "UNAUTHORIZED");
        told(get(by, id).await, 401, "UNAUTHORIZED");
    }
    // A foreign key, an unknown one, and one of another dialect: the same answer.
    let (native, _) = world.make(&world.owner, crate::support::new_key("Native")).await;
    let unknown = json!(KeyId::generate());
    let mut refusals = Vec::new();
    for (by, id) in
        [(&world.stranger, id), (&world.owner, &unknown), (&world.owner, &json!(native.id)), (&world.owner, &json!("x"))]
    {
        for answer in [get(by, id).await, delete(by, id).await, update(by, &json!({ "keyId": id, "name": "a" })).await] {
            refusals.push(answer.body.clone());
            told(answer, 404, "KEY_NOT_FOUND");
        }
    }
    assert!(refusals.windows(2).all(|pair| pair[0] == pair[1]));
    told(world.owner.get(&format!("{AUTH}/api-key/get")).await, 400, "VALIDATION_ERROR");
    azen.ask(made["key"].as_str().unwrap()).await.is(200);
}

#[tokio::test]
async fn a_deleted_key_is_gone_and_refused_at_once() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    let made = create(&world.member, &json!({ "name": "Worker" })).await.is(200).value();
    let (id, key) = (&made["id"], made["key"].as_str().unwrap());
    azen.ask(key).await.is(200);
    assert_eq!(delete(&world.member, id).await.is(200).value(), json!({ "success": true }));
    super::denied(azen.ask(key).await, 403, "Invalid API key.");
    told(get(&world.member, id).await, 404, "KEY_NOT_FOUND");
    told(delete(&world.member, id).await, 404, "KEY_NOT_FOUND");
    told(update(&world.member, &json!({ "keyId": id, "enabled": true })).await, 404, "KEY_NOT_FOUND");
    let listed = world.member.get(&format!("{AUTH}/api-key/list")).await.is(200).value();
    assert_eq!(listed, json!({ "apiKeys": [], "total": 0 }));
    told(delete(&world.member, &json!(7)).await, 400, "VALIDATION_ERROR");
    // Its record stays, revoked for good.
    let native = format!("/v1/organizations/{}/keys/{}", azen.organization, id.as_str().unwrap());
    assert_eq!(world.owner.get(&native).await.is(200).value()["status"], "revoked");
}

#[tokio::test]
async fn a_key_opens_no_route_that_manages_keys() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    let (made, key) = azen.key(&world.owner, "full").await;
    let header = [("azen-api-key", key.as_str())];
    for (method, path) in [
        ("GET", format!("{AUTH}/api-key/list")),
        ("GET", format!("{AUTH}/api-key/get?id={}", made["id"].as_str().unwrap())),
        ("GET", format!("{AUTH}/organization/list")),
        ("GET", super::KEYS.to_owned()),
        ("DELETE", format!("{}/{}", super::KEYS, made["id"].as_str().unwrap())),
    ] {
        told(world.anonymous.send(method, &path, &header, None).await, 401, "UNAUTHORIZED");
        told(As::bearer(world.address, &key).send(method, &path, &header, None).await, 401, "UNAUTHORIZED");
    }
    world.anonymous.send("GET", MEMORIES, &header, None).await.is(200);
}
