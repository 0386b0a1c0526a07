//! Memory API: which key is good for what, and how a refusal is told.

use keydeck_domain::api::keys::{IssuedKey, NewKey};
use keydeck_domain::{Environment, Key, KeyId, OrganizationId};
use serde_json::{Value, json};

use crate::support::{Answer, As, World, new_key, passed, soon};

/// An organization of this dialect, without limits, owned by the world's owner.
pub struct Memory {
    pub world: World,
    pub organization: OrganizationId,
}

/// Every route with a key, and the scope that it needs. Both ways to write it.
const ROUTES: [(&str, &str, &str); 16] = [
    ("GET", "/account", ""),
    ("GET", "/account/api-keys", "read"),
    ("POST", "/account/api-keys", "admin"),
    ("DELETE", "/account/api-keys/key_00000000000000000000000000000000", "admin"),
    ("GET", "/usage", "read"),
    ("GET", "/usage/history", "read"),
    ("GET", "/usage/breakdown", "read"),
    ("GET", "/usage/projection", "read"),
    ("GET", "/usage/export", "read"),
    ("GET", "/memories", "read"),
    ("POST", "/memories", "write"),
    ("GET", "/memories/mem_none", "read"),
    ("PUT", "/memories/mem_none", "write"),
    ("DELETE", "/memories/mem_none", "delete"),
    ("POST", "/query", "read"),
    ("GET", "/v1/memories", "read"),
];

impl Memory {
    pub async fn new() -> Self {
        Self::of(World::new().await).await
    }

    pub async fn of(world: World) -> Self {
        let wanted = json!({ "name": "Memory", "prefix": "mem", "dialect": "memory-api" });
        let made = world.owner.post("/v1/organizations", &wanted).await.is(201).value();
        let memory = Self { world, organization: made["id"].as_str().unwrap().parse().unwrap() };
        memory.limit(&json!([])).await;
        memory
    }

    /// Sets the organization's limits.
    pub async fn limit(&self, items: &Value) {
        let path = format!("/v1/organizations/{}/limits", self.organization);
        let now = self.world.owner.get(&path).await.is(200);
        let headers = [("if-match", now.header("etag"))];
        self.world.owner.json("PUT", &path, &headers, &json!({ "items": items })).await.is(200);
    }

    pub fn native(&self, rest: &str) -> String {
        format!("/v1/organizations/{}{rest}", self.organization)
    }

    /// A key that the owner makes in Keydeck's own way, and a caller that has it.
    pub async fn issue(&self, wanted: &NewKey) -> (Key, As) {
        let once = KeyId::generate().to_string();
        let made = self.world.owner.json("POST", &self.native("/keys"), &[("idempotency-key", &once)], wanted).await.is(201);
        let IssuedKey { key, secret } = made.read();
        // Exposed to be sent: a test's own secret.
        (key, As::bearer(self.world.address, secret.unwrap().expose()))
    }

    pub async fn key(&self, environment: Environment, scopes: &str) -> (Key, As) {
        self.issue(&wanted(environment, scopes)).await
    }

    pub async fn admin(&self) -> (Key, As) {
        self.key(Environment::Live, "read write delete admin").await
    }

    pub async fn change(&self, key: &Key, change: &Value) {
        self.world.owner.patch(&self.native(&format!("/keys/{}", key.id)), key.version, change).await.is(200);
    }
}

pub fn wanted(environment: Environment, scopes: &str) -> NewKey {
    let scopes = scopes.split_whitespace().map(|scope| scope.parse().unwrap()).collect();
    NewKey { environment, scopes, ..new_key("Worker") }
}

/// A refusal in this contract's words: what is in `error`.
#[track_caller]
pub fn refused(answer: Answer, status: u16, code: &str) -> Value {
    let body = answer.is(status).value();
    assert_eq!((&body["success"], &body["error"]["code"]), (&json!(false), &json!(code)), "{body}");
    assert!(body["error"]["message"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    body["error"].clone()
}

/// What is in `data`.
#[track_caller]
pub fn data(answer: &Answer) -> Value {
    let body = answer.value();
    assert_eq!(body["success"], json!(true), "{body}");
    body["data"].clone()
}

pub fn at(path: &str) -> String {
    format!("/memory-api{path}")
}

#[tokio::test]
async fn all_requests_need_a_key_but_two() {
    // Memory API: "All API requests (except `/health` and `/signup`) require authentication using an API key."
    let memory = Memory::new().await;
    for base in ["", "/v1"] {
        let health = memory.world.anonymous.get(&at(&format!("{base}/health"))).await.is(200);
        assert_eq!(data(&health), json!({ "status": "ok" }));
        // Without a key, and told for its own reason: nobody may sign up here.
        let signup = memory.world.anonymous.post(&at(&format!("{base}/signup")), &json!({})).await;
        refused(signup, 403, "SIGNUP_DISABLED");
        for (method, path, _) in &ROUTES[..15] {
            let answer = memory.world.anonymous.send(method, &at(&format!("{base}{path}")), &[], None).await;
            assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="memory-api""#, "{method} {base}{path}");
            refused(answer, 401, "MISSING_API_KEY");
        }
    }
}

#[tokio::test]
async fn either_header_carries_the_key() {
    let memory = Memory::new().await;
    let (_, caller) = memory.key(Environment::Live, "read").await;
    let key = caller.token();
    let anonymous = &memory.world.anonymous;
    let ask = async |headers: &[(&str, &str)]| anonymous.send("GET", &at("/v1/memories"), headers, None).await;
    let bearer = format!("Bearer {key}");
    // Memory API: "Include your key in every request using one of these methods:"
    // "Authorization Header (Recommended)", -H "Authorization: Bearer mem_live_abc123..."
    ask(&[("authorization", &bearer)]).await.is(200);
    // "X-API-Key Header", -H "X-API-Key: mem_live_abc123..."
    ask(&[("X-API-Key", key)]).await.is(200);
    ask(&[("authorization", &bearer), ("x-api-key", key)]).await.is(200);
    // Two that differ are no key: who checks one and who uses the other must not disagree.
    let (_, other) = memory.key(Environment::Live, "read").await;
    refused(ask(&[("authorization", &bearer), ("x-api-key", other.token())]).await, 401, "INVALID_API_KEY_FORMAT");
    refused(ask(&[("authorization", &format!("Basic {key}"))]).await, 401, "INVALID_API_KEY_FORMAT");
    refused(ask(&[("x-api-key", "")]).await, 401, "MISSING_API_KEY");
}

#[tokio::test]
async fn the_format_is_the_documented_one() {
    let memory = Memory::new().await;
    // Memory API: "mem_{environment}_{random_string}"
    // "`mem_live_...` - Production keys", "`mem_test_...` - Sandbox keys"
    for (environment, lead) in [(Environment::Live, "mem_live_"), (Environment::Test, "mem_test_")] {
        let (_, caller) = memory.key(environment, "read").await;
        let rest = caller.token().strip_prefix(lead).unwrap();
        assert!(rest.len() >= 32 && rest.bytes().all(|b| b.is_ascii_alphanumeric()));
        caller.get(&at("/v1/memories")).await.is(200);
        // The same random string in the other environment is nobody's key.
        let other = if environment == Environment::Live { "mem_test_" } else { "mem_live_" };
        let swapped = caller.with_bearer(&format!("{other}{rest}"));
        refused(swapped.get(&at("/v1/memories")).await, 401, "INVALID_API_KEY");
    }
    for text in ["abc", "mem_prod_aaaaaaaaaaaaaaaaaaaaaaaa", "sk-aaaaaaaaaaaaaaaaaaaaaaaa", "mem_live_", "mem_live_abc123..."] {
        let answer = memory.world.anonymous.with_bearer(text).get(&at("/v1/memories")).await;
        assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="memory-api", error="invalid_token""#);
        refused(answer, 401, "INVALID_API_KEY_FORMAT");
    }
}

#[tokio::test]
async fn a_key_that_is_not_good_is_told_why() {
    let memory = Memory::new().await;
    let list = async |caller: &As| caller.get(&at("/v1/memories")).await;
    let nobodys = memory.world.anonymous.with_bearer("mem_live_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    refused(list(&nobodys).await, 401, "INVALID_API_KEY");

    let (key, revoked) = memory.admin().await;
    memory.world.owner.send("POST", &memory.native(&format!("/keys/{}/revoke", key.id)), &[], None).await.is(200);
    refused(list(&revoked).await, 401, "API_KEY_DISABLED");

    let (key, disabled) = memory.admin().await;
    memory.change(&key, &json!({ "enabled": false })).await;
    refused(list(&disabled).await, 401, "API_KEY_DISABLED");

    let (key, bound) = memory.admin().await;
    memory.change(&key, &json!({ "allowed_addresses": ["203.0.113.0/24"] })).await;
    refused(list(&bound).await, 403, "ADDRESS_NOT_ALLOWED");

    let expires = soon();
    let (_, expiring) = memory.issue(&NewKey { expires_at: Some(expires), ..wanted(Environment::Live, "read") }).await;
    list(&expiring).await.is(200);
    passed(expires).await;
    refused(list(&expiring).await, 401, "API_KEY_EXPIRED");
}

#[tokio::test]
async fn only_keys_of_this_dialect_are_known() {
    let memory = Memory::new().await;
    let (_, native) = memory.world.make(&memory.world.owner, new_key("Native")).await;
    // Exposed to be sent: a test's own secret.
    let native = memory.world.anonymous.with_bearer(native.expose());
    refused(native.get(&at("/v1/memories")).await, 401, "INVALID_API_KEY_FORMAT");
    // A token of ElizaOS is any text: one that looks like a key of here is not one.
    let wanted = json!({ "name": "Eliza", "prefix": "el", "dialect": "elizaos" });
    let made = memory.world.owner.post("/v1/organizations", &wanted).await.is(201).value();
    let text = "mem_live_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    let secret = keydeck_domain::Secret::new(text.to_owned());
    let hint = keydeck_domain::PresentedKey::parse(keydeck_domain::Dialect::Elizaos, text).unwrap().hint();
    let key = NewKey { environment: Environment::Live, scopes: ["api".parse().unwrap()].into_iter().collect(), ..new_key("T") };
    let register = keydeck_domain::api::keys::RegisterKey { key, digest: keydeck_domain::Digest::of(&secret), hint };
    let path = format!("/v1/organizations/{}/keys/{}", made["id"].as_str().unwrap(), KeyId::generate());
    memory.world.owner.put(&path, &register).await.is(201);
    refused(memory.world.anonymous.with_bearer(text).get(&at("/v1/account")).await, 401, "INVALID_API_KEY");
}

#[tokio::test]
async fn a_scope_opens_its_routes_and_no_other() {
    // Memory API: "API keys can have different permission scopes:"
    // "`read` | Read memories, query, view usage", "`write` | Create and update memories", "`delete` | Delete memories",
    // "`admin` | Manage API keys, full access"
    let memory = Memory::new().await;
    for held in ["read", "write", "delete", "admin"] {
        let (_, caller) = memory.key(Environment::Live, held).await;
        for (method, path, needed) in ROUTES {
            let answer = caller.send(method, &at(path), &[], Some(b"{}".to_vec())).await;
            if needed.is_empty() || held == needed || held == "admin" {
                // There is no such thing, or the body lacks what it needs: it was let in.
                assert!(!matches!(answer.status.as_u16(), 401 | 403), "{held}: {method} {path} {}", answer.status);
                continue;
            }
            let challenge = format!(r#"Bearer realm="memory-api", error="insufficient_scope", scope="{needed}""#);
            assert_eq!(answer.header("www-authenticate"), challenge, "{held}: {method} {path}");
            let error = refused(answer, 403, "INSUFFICIENT_PERMISSIONS");
            assert_eq!(error["details"], json!({ "required_scopes": [needed], "your_scopes": [held] }));
        }
    }
}

#[tokio::test]
async fn a_verifier_hears_the_same_of_full_access() {
    // Memory API: "`admin` | Manage API keys, full access"
    let memory = Memory::new().await;
    let wanted = json!({ "name": "Gateway" });
    let made = memory.world.owner.post(&memory.native("/verifiers"), &wanted).await.is(201).value();
    let verifier = memory.world.anonymous.with_bearer(made["secret"].as_str().unwrap());
    let (_, admin) = memory.key(Environment::Live, "admin").await;
    let (_, reader) = memory.key(Environment::Live, "read").await;
    let outcome = async |caller: &As| {
        let body = json!({ "key": caller.token(), "scopes": ["write"] });
        verifier.post("/v1/verify", &body).await.is(200).value()["outcome"].clone()
    };
    assert_eq!(outcome(&admin).await, "accepted");
    assert_eq!(outcome(&reader).await, "missing_scope");
}

#[tokio::test]
async fn what_is_not_there_is_told_in_the_same_words() {
    let memory = Memory::new().await;
    let (_, caller) = memory.admin().await;
    for path in ["/nothing", "/v1/nothing", "/v1/account/api-keys/key_1/rotate", ""] {
        refused(caller.get(&at(path)).await, 404, "NOT_FOUND");
    }
    refused(caller.send("PATCH", &at("/v1/memories"), &[], None).await, 405, "METHOD_NOT_ALLOWED");
    // Not by a session, a verifier or the tokens of this server.
    refused(memory.world.owner.get(&at("/v1/account")).await, 401, "INVALID_API_KEY_FORMAT");
    refused(memory.world.verifier.get(&at("/v1/account")).await, 401, "INVALID_API_KEY_FORMAT");
}

#[tokio::test]
async fn an_account_is_told_to_any_of_its_keys() {
    let memory = Memory::new().await;
    let (key, caller) = memory.key(Environment::Test, "delete").await;
    let account = data(&caller.get(&at("/account")).await.is(200));
    assert_eq!(account["org_id"], format!("org_{}", memory.organization.0.simple()));
    assert_eq!((&account["name"], &account["email"]), (&json!("Memory"), &json!("owner@example.org")));
    assert_eq!((&account["is_active"], &account["limits"]), (&json!(true), &Value::Null));
    let expected = json!({
        "id": format!("key_{}", key.id.0.simple()), "name": "Worker", "environment": "test", "scopes": ["delete"],
        "expires_at": null,
    });
    assert_eq!(account["key"], expected);
}
