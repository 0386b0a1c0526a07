//! Azotte: a key and its tenant, and subscriptions.

use keydeck_domain::api::keys::NewKey;
use keydeck_domain::{Dialect, Environment, KeyKind, OrganizationId, Outcome};
use serde_json::{Value, json};

use super::made::{counted, is_json, key, organization, refused, text, wanted};
use crate::support::{Answer, As, World, new_key};

const SUBSCRIPTIONS: &str = "/azotte/v1/subscriptions";
/// The document's, under *Error Handling*.
const UNAUTHORIZED: &str =
    r#"{"error":{"code":"authentication_failed","message":"Invalid API key provided","type":"authentication_error"}}"#;

struct Azotte {
    world: World,
    organization: OrganizationId,
}

impl Azotte {
    async fn new() -> Self {
        let world = World::new().await;
        let organization = organization(&world, Dialect::Azotte, Some("tenant_abc123")).await;
        Self { world, organization }
    }

    async fn key(&self, environment: Environment, kind: KeyKind, scopes: &str) -> String {
        key(&self.world, self.organization, NewKey { environment, kind, ..wanted(scopes) }).await.1
    }

    async fn secret(&self) -> String {
        self.key(Environment::Live, KeyKind::Secret, "read write").await
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let mut all = headers.to_vec();
        if body.is_some() {
            all.push(("content-type", "application/json"));
        }
        self.world.anonymous.send(method, path, &all, body.map(|body| body.to_string().into_bytes())).await
    }

    async fn list(&self, key: &str) -> Answer {
        self.ask("GET", SUBSCRIPTIONS, &as_tenant(key), None).await
    }

    async fn create(&self, key: &str, plan: &str) -> Answer {
        self.ask("POST", SUBSCRIPTIONS, &as_tenant(key), Some(&json!({ "plan": plan }))).await
    }
}

fn as_tenant(key: &str) -> [(&str, &str); 2] {
    [("x-api-key", key), ("x-tn", "tenant_abc123")]
}

fn plans(answer: &Answer) -> Vec<String> {
    let list = answer.value();
    list["data"].as_array().unwrap().iter().map(|one| one["plan"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn is_refused(answer: &Answer, status: u16, code: &str, kind: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", text(answer));
    let error = answer.value()["error"].take();
    assert_eq!((&error["code"], &error["type"]), (&json!(code), &json!(kind)));
    assert!(error["message"].is_string());
    assert_eq!(error.as_object().unwrap().len(), 3, "the documented fields and no other");
}

#[track_caller]
fn is_unauthorized(answer: &Answer, what: &str) {
    assert_eq!((answer.status.as_u16(), text(answer).as_str()), (401, UNAUTHORIZED), "{what}");
    assert_eq!(answer.header("content-type"), "application/json", "{what}");
}

#[tokio::test]
async fn a_key_and_its_tenant_reach_the_subscriptions() {
    let azotte = Azotte::new().await;
    let key = azotte.secret().await;
    // Azotte: "GET /api/v1/subscriptions HTTP/1.1" in one example, "https://api.azotte.com/v1/subscriptions" in the
    // others: both.
    for path in [SUBSCRIPTIONS, "/azotte/api/v1/subscriptions"] {
        let headers = [as_tenant(&key).as_slice(), &[("content-type", "application/json")]].concat();
        is_json(&azotte.ask("GET", path, &headers, None).await.is(200), &json!({ "data": [] }));
        assert!(azotte.ask("HEAD", path, &headers, None).await.is(200).body.is_empty());
    }
    let made = azotte.create(&key, "pro").await.is(201).value()["data"].take();
    assert!(made["id"].as_str().unwrap().starts_with("sub_") && made["created_at"].is_string());
    assert_eq!((&made["plan"], &made["environment"]), (&json!("pro"), &json!("live")));
    let listed = azotte.ask("GET", "/azotte/api/v1/subscriptions", &as_tenant(&key), None).await.is(200).value();
    assert_eq!(listed["data"], json!([made]));
    is_refused(&azotte.ask("GET", "/azotte/v1/nothing", &as_tenant(&key), None).await, 404, "not_found", "invalid_request_error");
    let other = azotte.ask("PATCH", SUBSCRIPTIONS, &as_tenant(&key), None).await;
    is_refused(&other, 405, "method_not_allowed", "invalid_request_error");
    assert_eq!(other.header("allow"), "GET, HEAD, POST");
}

#[tokio::test]
async fn a_key_that_is_not_good_is_refused_in_the_documented_envelope() {
    let azotte = Azotte::new().await;
    let good = azotte.secret().await;
    // Azotte: "API Key: Identifies and authenticates your application"
    let (_, native) = azotte.world.make(&azotte.world.owner, new_key("Native")).await;
    let mut keys = refused(&azotte.world, azotte.organization, &wanted("read")).await;
    keys.extend([
        ("empty", String::new()),
        ("none of this form", "sk_prod_1234567890abcdef".to_owned()),
        ("the document's own", "sk_dev_1234567890abcdef".to_owned()),
        // T48: the same letters under another prefix.
        ("as publishable", good.replace("sk_live_", "pk_live_")),
        ("as a development key", good.replace("sk_live_", "sk_dev_")),
    ]);
    // Exposed to be sent: a test's own secret.
    keys.push(("of another dialect", native.expose().to_owned()));
    for (what, key) in &keys {
        for path in [SUBSCRIPTIONS, "/azotte/api/v1/subscriptions", "/azotte/v1/nothing"] {
            is_unauthorized(&azotte.ask("GET", path, &as_tenant(key), None).await, what);
        }
        // Whatever the tenant: nothing is said of it. A good key of another address is asked for its tenant first.
        if *what != "from elsewhere" {
            is_unauthorized(&azotte.ask("GET", SUBSCRIPTIONS, &[("x-api-key", key.as_str())], None).await, what);
        }
        is_unauthorized(&azotte.create(key, "pro").await, what);
    }
    // Azotte: "x-api-key: Your API key (required)"
    is_unauthorized(&azotte.ask("GET", SUBSCRIPTIONS, &[("x-tn", "tenant_abc123")], None).await, "no key");
    let bearer = As::bearer(azotte.world.address, &good);
    is_unauthorized(&bearer.send("GET", SUBSCRIPTIONS, &[("x-tn", "tenant_abc123")], None).await, "in another header");
    // T17: two that disagree.
    let two = [("x-api-key", good.as_str()), ("x-api-key", "sk_live_1234567890abcdef"), ("x-tn", "tenant_abc123")];
    is_unauthorized(&azotte.ask("GET", SUBSCRIPTIONS, &two, None).await, "two");
    azotte.list(&good).await.is(200);
}

#[tokio::test]
async fn the_tenant_must_be_the_keys_own() {
    let azotte = Azotte::new().await;
    let other = organization(&azotte.world, Dialect::Azotte, Some("tenant_def456")).await;
    let (_, others_key) = key(&azotte.world, other, wanted("read write")).await;
    let own = azotte.secret().await;
    // Azotte: "x-tn: Tenant ID for data isolation (required)"
    let missing = azotte.ask("GET", SUBSCRIPTIONS, &[("x-api-key", &own)], None).await;
    is_refused(&missing, 403, "tenant_required", "permission_error");
    let two = [("x-api-key", own.as_str()), ("x-tn", "tenant_abc123"), ("x-tn", "tenant_def456")];
    is_refused(&azotte.ask("GET", SUBSCRIPTIONS, &two, None).await, 403, "tenant_required", "permission_error");
    // Azotte: "Tenant Context: Specifies which tenant's data to access"
    let foreign = azotte.ask("GET", SUBSCRIPTIONS, &[("x-api-key", &own), ("x-tn", "tenant_def456")], None).await;
    is_refused(&foreign, 403, "tenant_mismatch", "permission_error");
    let unknown = azotte.ask("GET", SUBSCRIPTIONS, &[("x-api-key", &own), ("x-tn", "tenant_zzz")], None).await;
    assert_eq!((foreign.status, &foreign.body), (unknown.status, &unknown.body), "whether it is there is not said");
    let case = azotte.ask("GET", SUBSCRIPTIONS, &[("x-api-key", &own), ("x-tn", "Tenant_abc123")], None).await;
    is_refused(&case, 403, "tenant_mismatch", "permission_error");
    // Nothing was done on the way.
    let there = [("x-api-key", own.as_str()), ("x-tn", "tenant_def456")];
    let posted = azotte.ask("POST", SUBSCRIPTIONS, &there, Some(&json!({ "plan": "x" }))).await;
    is_refused(&posted, 403, "tenant_mismatch", "permission_error");
    let theirs = [("x-api-key", others_key.as_str()), ("x-tn", "tenant_def456")];
    assert_eq!(plans(&azotte.ask("GET", SUBSCRIPTIONS, &theirs, None).await.is(200)), Vec::<String>::new());
    // A tenant sees nothing of another.
    azotte.create(&own, "pro").await.is(201);
    assert_eq!(plans(&azotte.list(&own).await.is(200)), ["pro"]);
    assert_eq!(plans(&azotte.ask("GET", SUBSCRIPTIONS, &theirs, None).await.is(200)), Vec::<String>::new());
    let expected = [(Outcome::Accepted, 2), (Outcome::WrongTenant, 6)];
    assert_eq!(counted(&azotte.world, azotte.organization).await, expected);
    assert_eq!(counted(&azotte.world, other).await, [(Outcome::Accepted, 2)]);
}

#[tokio::test]
async fn a_key_of_one_environment_sees_nothing_of_the_other() {
    let azotte = Azotte::new().await;
    // Azotte: "Prefix: pk_dev_ (publishable) or sk_dev_ (secret)", "Prefix: pk_live_ (publishable) or sk_live_ (secret)"
    let mut keys = Vec::new();
    for (environment, kind, lead) in [
        (Environment::Test, KeyKind::Publishable, "pk_dev_"),
        (Environment::Test, KeyKind::Secret, "sk_dev_"),
        (Environment::Live, KeyKind::Publishable, "pk_live_"),
        (Environment::Live, KeyKind::Secret, "sk_live_"),
    ] {
        let scopes = if kind == KeyKind::Secret { "read write" } else { "read" };
        let key = azotte.key(environment, kind, scopes).await;
        assert!(key.starts_with(lead), "{lead}");
        keys.push(key);
    }
    let [public_test, secret_test, public_live, secret_live] = keys.try_into().unwrap();
    // Azotte: "Environment: Sandbox/Development", "Environment: Live/Production"
    let made = azotte.create(&secret_test, "trial").await.is(201).value();
    assert_eq!(made["data"]["environment"], "test");
    azotte.create(&secret_live, "pro").await.is(201);
    // Azotte: "Limitations: Test data only"; "Use different keys for different environments"
    for (key, expected) in [(public_test, "trial"), (secret_test, "trial"), (public_live, "pro"), (secret_live, "pro")] {
        assert_eq!(plans(&azotte.list(&key).await.is(200)), [expected]);
    }
}

#[tokio::test]
async fn a_publishable_key_only_reads() {
    let azotte = Azotte::new().await;
    for environment in [Environment::Test, Environment::Live] {
        let key = azotte.key(environment, KeyKind::Publishable, "read").await;
        azotte.list(&key).await.is(200);
        is_refused(&azotte.create(&key, "pro").await, 403, "publishable_key", "permission_error");
        for method in ["PUT", "PATCH", "DELETE", "PURGE"] {
            let answer = azotte.ask(method, SUBSCRIPTIONS, &as_tenant(&key), Some(&json!({}))).await;
            is_refused(&answer, 403, "publishable_key", "permission_error");
        }
        assert!(plans(&azotte.list(&key).await.is(200)).is_empty());
    }
    // Azotte: "Never expose secret keys in client-side code": one that may be there can't be made to do more.
    let keys = format!("/v1/organizations/{}/keys", azotte.organization);
    let wish = NewKey { kind: KeyKind::Publishable, ..wanted("read write") };
    azotte.world.owner.json("POST", &keys, &[("idempotency-key", "more")], &wish).await.is(422);
    // A secret key does what its scopes say.
    let reader = azotte.key(Environment::Live, KeyKind::Secret, "read").await;
    is_refused(&azotte.create(&reader, "pro").await, 403, "permission_denied", "permission_error");
    let writer = azotte.key(Environment::Live, KeyKind::Secret, "write").await;
    is_refused(&azotte.list(&writer).await, 403, "permission_denied", "permission_error");
    azotte.create(&writer, "pro").await.is(201);
    // Azotte: "Capabilities: Full access"
    let full = azotte.key(Environment::Live, KeyKind::Secret, "read write delete").await;
    azotte.create(&full, "pro").await.is(201);
    assert_eq!(plans(&azotte.list(&full).await.is(200)), ["pro", "pro"]);
}

#[tokio::test]
async fn a_body_is_json_and_says_so() {
    let azotte = Azotte::new().await;
    let key = azotte.secret().await;
    let send = async |method: &str, kind: Option<&str>, body: &str| {
        let headers: Vec<_> = as_tenant(&key).into_iter().chain(kind.map(|kind| ("content-type", kind))).collect();
        azotte.world.anonymous.send(method, SUBSCRIPTIONS, &headers, Some(body.as_bytes().to_vec())).await
    };
    // Azotte: "Content-Type: Always application/json for POST/PUT requests"
    let good = r#"{"plan":"pro"}"#;
    for method in ["POST", "PUT"] {
        for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonx")] {
            is_refused(&send(method, kind, good).await, 415, "unsupported_media_type", "invalid_request_error");
        }
    }
    send("POST", Some("application/json; charset=utf-8"), good).await.is(201);
    is_refused(&send("PUT", Some("application/json"), good).await, 405, "method_not_allowed", "invalid_request_error");
    for bad in ["", "{", "[]", "{}", r#"{"plan":""}"#, r#"{"plan":7}"#, r#"{"plan":"a","more":1}"#, "{\"plan\":\"a\\u202eb\"}"] {
        is_refused(&send("POST", Some("application/json"), bad).await, 422, "invalid_body", "invalid_request_error");
    }
    let huge = format!(r#"{{"plan":"{}"}}"#, "x".repeat(70_000));
    is_refused(&send("POST", Some("application/json"), &huge).await, 413, "body_too_large", "invalid_request_error");
    // What a GET sends along is not looked at.
    assert_eq!(plans(&azotte.list(&key).await.is(200)), ["pro"]);
}

#[tokio::test]
async fn so_many_are_kept_and_no_more() {
    let azotte = Azotte::new().await;
    let key = azotte.secret().await;
    for _ in 0..100 {
        azotte.create(&key, "pro").await.is(201);
    }
    is_refused(&azotte.create(&key, "pro").await, 409, "too_many_subscriptions", "invalid_request_error");
    // Another environment has room of its own.
    let test = azotte.key(Environment::Test, KeyKind::Secret, "read write").await;
    azotte.create(&test, "pro").await.is(201);
    assert_eq!(plans(&azotte.list(&key).await.is(200)).len(), 100);
}

#[tokio::test]
async fn t13_a_key_in_the_url_is_refused() {
    let azotte = Azotte::new().await;
    let key = azotte.secret().await;
    azotte.ask("GET", &format!("{SUBSCRIPTIONS}?x-api-key={key}"), &as_tenant(&key), None).await.is(400);
}
