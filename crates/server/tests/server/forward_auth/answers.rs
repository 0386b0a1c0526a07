//! Every outcome, asked as a proxy asks.

use keydeck_domain::KeyId;
use serde_json::json;

use super::{IDENTITY, Told, ask, bearer, key};
use crate::support::{World, new_key, passed, register, soon};

async fn behind_a_proxy() -> World {
    World::with(|config| config.proxies = "127.0.0.1".parse().unwrap()).await
}

fn url(world: &World, rest: &str) -> String {
    format!("/forward-auth/keydeck?organization={}{rest}", world.organization)
}

/// Every answer carries every one; `-` where there is nothing.
#[track_caller]
fn tells(told: &Told, identity: [&str; 4]) {
    assert_eq!(IDENTITY.map(|name| told.header(name)), identity, "{}", told.head);
}

const NOBODY: [&str; 4] = ["-"; 4];

#[tokio::test]
async fn a_good_key_is_200_by_every_method_and_path_and_tells_who_it_is() {
    let world = World::new().await;
    let (good, secret) = key(&world, "read write", |_| {}).await;
    let (without, without_secret) = key(&world, "", |_| {}).await;
    let organization = world.organization.to_string();
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY"] {
        for path in ["", "/", "/v1/orders", "/v1/orders/", "//", "/%FF/%00", "/a/../b", "/keydeck?x"] {
            let (path, _) = path.split_once('?').unwrap_or((path, ""));
            let target = url(&world, "&scope=read").replace("keydeck?", &format!("keydeck{path}?"));
            let told = ask(world.address, method, &target, &[("x-api-key", &secret)]).await.is(200);
            tells(&told, [&good.id.to_string(), &organization, "read write", "test"]);
        }
    }
    // A body is not read, and a key without scopes has none to tell.
    let headers = [("authorization", &*bearer(&without_secret)), ("content-length", "0")];
    let told = ask(world.address, "POST", &url(&world, ""), &headers).await.is(200);
    tells(&told, [&without.id.to_string(), &organization, "-", "test"]);
    assert_eq!((&*told.body, told.header("cache-control")), ("", "no-store"));
}

#[tokio::test]
async fn a_key_that_is_not_good_is_401_with_one_and_the_same_body() {
    let world = World::new().await;
    let (revoked, revoked_secret) = key(&world, "read", |_| {}).await;
    world.owner.send("POST", &format!("{}/revoke", world.key(revoked.id)), &[], None).await.is(200);
    let (disabled, disabled_secret) = key(&world, "read", |_| {}).await;
    world.owner.patch(&world.key(disabled.id), 1, &json!({ "enabled": false })).await.is(200);
    let expires = soon();
    let (_, expired) = key(&world, "read", |key| key.expires_at = Some(expires)).await;
    passed(expires).await;
    let (never, _) = register("kd", new_key("Never"));

    let missing = ask(world.address, "GET", &url(&world, "&scope=read"), &[]).await.is(401);
    assert_eq!(missing.header("www-authenticate"), r#"Bearer realm="keydeck""#);
    assert_eq!(missing.header("content-type"), "application/problem+json");
    tells(&missing, NOBODY);
    // Exposed to be sent: a test's own secret.
    for secret in [&*revoked_secret, &disabled_secret, &expired, never.expose(), "odd", &"a".repeat(300)] {
        let told = ask(world.address, "GET", &url(&world, "&scope=read"), &[("x-api-key", secret)]).await.is(401);
        assert_eq!(told.header("www-authenticate"), r#"Bearer realm="keydeck", error="invalid_token""#);
        assert_eq!(told.body, missing.body);
        tells(&told, NOBODY);
    }
    for odd in ["Basic abc", "Bearer", "Bearer a b"] {
        ask(world.address, "GET", &url(&world, ""), &[("authorization", odd)]).await.is(401);
    }
}

#[tokio::test]
async fn t47_keys_count_of_the_organization_that_the_url_names() {
    let world = World::new().await;
    let (_, ours) = key(&world, "read", |_| {}).await;
    let (foreign, request) = register("acme", new_key("Foreign"));
    let path = format!("/v1/organizations/{}/keys/{}", world.other_organization, KeyId::generate());
    world.stranger.put(&path, &request).await.is(201);
    // Exposed to be sent: a test's own secret.
    let foreign = foreign.expose();
    let asked = async |organization: &str, secret: &str| {
        let target = format!("/forward-auth/keydeck?organization={organization}");
        ask(world.address, "GET", &target, &[("x-api-key", secret)]).await
    };
    let (one, other) = (world.organization.to_string(), world.other_organization.to_string());
    asked(&one, &ours).await.is(200);
    asked(&other, foreign).await.is(200);
    let unknown = asked(&one, foreign).await.is(401);
    assert_eq!(asked(&other, &ours).await.is(401).body, unknown.body);
    assert_eq!(asked(&KeyId::generate().to_string(), &ours).await.is(401).body, unknown.body);
    for secret in [&ours, foreign] {
        asked("any", secret).await.is(200);
    }
    let told = asked("any", foreign).await.is(200);
    assert_eq!(told.header("x-organization-id"), other);
}

#[tokio::test]
async fn what_a_good_key_may_not_is_403_and_says_what_is_missing() {
    let world = World::new().await;
    let (_, secret) = key(&world, "read", |_| {}).await;
    let asked = async |method: &str, rest: &str| ask(world.address, method, &url(&world, rest), &[("x-api-key", &secret)]).await;
    let told = asked("GET", "&scope=read,write&scope=invoices:read").await.is(403);
    let challenge = r#"Bearer realm="keydeck", error="insufficient_scope", scope="invoices:read write""#;
    assert_eq!(told.header("www-authenticate"), challenge);
    let problem: serde_json::Value = serde_json::from_str(&told.body).unwrap();
    let expected = (json!("insufficient_scope"), json!(["invoices:read", "write"]), json!(403));
    assert_eq!((problem["code"].clone(), problem["missing_scopes"].clone(), problem["status"].clone()), expected);
    tells(&told, NOBODY);
    // By method, in each of the ways to say so.
    for said in ["&scope=by-method", "&by-method", "&scope=read,by-method"] {
        for (method, status) in [
            ("GET", 200),
            ("HEAD", 200),
            ("POST", 403),
            ("PUT", 403),
            ("PATCH", 403),
            ("DELETE", 403),
            ("OPTIONS", 405),
            ("BREW", 405),
        ] {
            tells(&asked(method, said).await.is(status), if status == 200 { continue } else { NOBODY });
        }
    }
    // Bound to another address: the caller is who asks, whatever he says.
    let (_, bound) = key(&world, "read", |key| key.allowed_addresses = vec!["203.0.113.7".parse().unwrap()]).await;
    let headers = [("x-api-key", &*bound), ("x-forwarded-for", "203.0.113.7")];
    let told = ask(world.address, "GET", &url(&world, ""), &headers).await.is(403);
    assert!(told.body.contains(r#""code":"address_refused""#), "{}", told.body);
    assert_eq!(told.header("www-authenticate"), "");
}

#[tokio::test]
async fn over_the_limit_is_429_and_nginx_gets_403_with_the_rest_in_headers() {
    let world = World::new().await;
    let (_, secret) = key(&world, "read", |_| {}).await;
    let limits = format!("/v1/organizations/{}/limits", world.organization);
    let items = json!({ "items": [{ "of": "key", "burst": { "requests": 1, "window_seconds": 3600 }, "at_once": 1 }] });
    world.owner.json("PUT", &limits, &[("if-match", "\"0\"")], &items).await.is(200);
    let asked = async |rest: &str| ask(world.address, "GET", &url(&world, rest), &[("x-api-key", &secret)]).await;
    let told = asked("").await.is(200);
    assert_eq!(told.header("ratelimit-policy"), r#""burst";q=1;w=3600"#);
    assert!(told.header("ratelimit").starts_with(r#""burst";r=0;t="#));
    // A refused key costs nothing, so it is told before.
    ask(world.address, "GET", &url(&world, "&scope=write"), &[("x-api-key", &secret)]).await.is(403);

    let told = asked("").await.is(429);
    assert!((1..=3600).contains(&told.header("retry-after").parse::<u32>().unwrap()));
    assert!(told.body.contains(r#""code":"rate_limited""#), "{}", told.body);
    tells(&told, NOBODY);

    let nginx = asked("&mode=nginx").await.is(403);
    assert_eq!(nginx.header("x-auth-status"), "429");
    assert_eq!(nginx.header("x-auth-body"), told.body);
    assert!((1..=3600).contains(&nginx.header("retry-after").parse::<u32>().unwrap()));
    assert_eq!(nginx.header("ratelimit-policy"), r#""burst";q=1;w=3600"#);
    tells(&nginx, NOBODY);
    // 401 and 403 nginx knows, and everything else but 200 is 403.
    let nobody = ask(world.address, "GET", &url(&world, "&mode=nginx"), &[]).await.is(401);
    assert_eq!((nobody.header("x-auth-status"), nobody.header("www-authenticate")), ("401", r#"Bearer realm="keydeck""#));
    let target = url(&world, "&mode=nginx&scope=by-method");
    let told = ask(world.address, "BREW", &target, &[("x-api-key", &secret)]).await.is(403);
    assert_eq!(told.header("x-auth-status"), "405");
}

#[tokio::test]
async fn t13_a_key_in_any_url_is_400() {
    let world = behind_a_proxy().await;
    let (_, secret) = key(&world, "read", |_| {}).await;
    let headers = [("x-api-key", &*secret), ("x-forwarded-for", "127.0.0.2")];
    for query in [format!("x={secret}"), "api_key=abc".to_owned()] {
        // In the URL of the question, in what a proxy appends to it, and in what a named proxy says was asked for.
        for rest in [format!("&{query}"), format!("&uri=/v1/orders?{query}"), format!("&uri=/v1/orders?a=b&{query}")] {
            let told = ask(world.address, "GET", &url(&world, &rest), &headers).await.is(400);
            assert!(told.body.contains("secret_in_url"), "{}", told.body);
        }
        for name in ["x-forwarded-uri", "x-original-uri"] {
            let uri = format!("/v1/orders?{query}");
            let headers = [headers[0], headers[1], (name, &uri)];
            ask(world.address, "GET", &url(&world, ""), &headers).await.is(400);
            let told = ask(world.address, "GET", &url(&world, "&mode=nginx"), &headers).await.is(403);
            assert_eq!(told.header("x-auth-status"), "400");
        }
    }
    ask(world.address, "GET", &url(&world, "&uri=/v1/orders?cursor=abc"), &headers).await.is(200);
}

#[tokio::test]
async fn t15_t16_t17_who_says_what_only_the_server_says_is_401() {
    let world = World::new().await;
    let (_, secret) = key(&world, "read", |_| {}).await;
    let (_, other) = key(&world, "read", |_| {}).await;
    let (good, preflight) = (("x-api-key", &*secret), ("access-control-request-method", "GET"));
    let target = url(&world, "&scope=read&preflight=allow");
    let plain = ask(world.address, "GET", &target, &[("x-api-key", "odd")]).await.is(401);
    for name in IDENTITY.into_iter().chain(["X_Key_Id", "x_anything"]) {
        for value in ["forged", "-", ""] {
            let told = ask(world.address, "GET", &target, &[good, (name, value)]).await.is(401);
            assert_eq!(told.body, plain.body);
            tells(&told, NOBODY);
            ask(world.address, "OPTIONS", &target, &[preflight, (name, value)]).await.is(401);
        }
    }
    for pair in [[good, ("authorization", &bearer(&other))], [good, ("x-api-key", &other)], [good, ("authorization", "Basic x")]]
    {
        assert_eq!(ask(world.address, "GET", &target, &pair).await.is(401).body, plain.body);
    }
    ask(world.address, "GET", &target, &[good, ("authorization", &bearer(&secret))]).await.is(200);
}

#[tokio::test]
async fn a_preflight_passes_only_where_the_url_says_so() {
    let world = World::new().await;
    let preflight = ("access-control-request-method", "DELETE");
    for rest in ["&scope=by-method", "&scope=read"] {
        let allowing = url(&world, &format!("{rest}&preflight=allow"));
        tells(&ask(world.address, "OPTIONS", &allowing, &[preflight]).await.is(200), NOBODY);
        let refused = if rest.contains("by-method") { 405 } else { 401 };
        ask(world.address, "OPTIONS", &url(&world, rest), &[preflight]).await.is(refused);
        // No preflight: nothing is asked for.
        ask(world.address, "OPTIONS", &allowing, &[]).await.is(refused);
        ask(world.address, "GET", &allowing, &[preflight]).await.is(401);
        ask(world.address, "DELETE", &allowing, &[preflight, ("x-forwarded-method", "OPTIONS")]).await.is(401);
    }
}
