//! Behind the real nginx and the real Caddy, with exactly the configurations of `docs/proxies`: what reaches the
//! service, and what does not.

use serde_json::{Value, json};

use super::site::{CALLER, Kind, SOMEBODY_ELSE, Site};
use super::{IDENTITY, bearer, key};
use crate::support::{new_key, register};

/// Each test once for each proxy that is unpacked.
macro_rules! behind_both {
    ($($(#[$doc:meta])* async fn $name:ident($site:ident: &Site) $body:block)*) => {
        $($(#[$doc])* async fn $name($site: &Site) $body)*

        mod nginx {
            use super::{Kind, Site};
            $(#[tokio::test] async fn $name() {
                if let Some(site) = Site::start(Kind::Nginx).await { super::$name(&site).await }
            })*
        }

        mod caddy {
            use super::{Kind, Site};
            $(#[tokio::test] async fn $name() {
                if let Some(site) = Site::start(Kind::Caddy).await { super::$name(&site).await }
            })*
        }
    };
}

behind_both! {
    /// Who it is reaches the service; the key does not.
    async fn a_good_key_passes(site: &Site) {
        let (reader, secret) = key(&site.world, "read delete", |_| {}).await;
        for headers in [&[("Authorization", &*bearer(&secret))][..], &[("x-api-key", &secret), ("X-Other", "kept")]] {
            let reached = site.passed(&site.ask("GET", "/v1/orders?limit=2", headers).await);
            assert_eq!((&*reached.method, &*reached.target), ("GET", "/v1/orders?limit=2"));
            let expected =
                [reader.id.to_string(), site.world.organization.to_string(), "delete read".to_owned(), "test".to_owned()];
            assert_eq!(IDENTITY.map(|name| reached.header(name).to_owned()), expected);
            assert!(!format!("{:?}", reached.headers).contains(&secret[12..]), "the service got the key");
        }
    }

    /// The method that counts is the client's, and its body is untouched.
    async fn each_method_needs_its_scope(site: &Site) {
        let (_, reader) = key(&site.world, "read", |_| {}).await;
        let (_, writer) = key(&site.world, "read write", |_| {}).await;
        let (_, all) = key(&site.world, "read write delete", |_| {}).await;
        for (method, scope, may_not, may) in
            [("POST", "write", &reader, &writer), ("PUT", "write", &reader, &writer), ("PATCH", "write", &reader, &all),
             ("DELETE", "delete", &writer, &all)]
        {
            let told = site.ask_from(CALLER, method, "/v1/orders/7", &[("x-api-key", may_not)], "a body").await;
            let told = site.refused(told, 403);
            let challenge = format!(r#"Bearer realm="keydeck", error="insufficient_scope", scope="{scope}""#);
            assert_eq!(told.header("www-authenticate"), challenge, "{method}");
            assert_eq!(told.header("content-type"), "application/problem+json");
            let problem: Value = serde_json::from_str(&told.body).unwrap();
            assert_eq!((&problem["code"], &problem["missing_scopes"]), (&json!("insufficient_scope"), &json!([scope])));
            let told = site.ask_from(CALLER, method, "/v1/orders/7", &[("x-api-key", may)], "a body").await;
            let reached = site.passed(&told);
            assert_eq!((&*reached.method, &*reached.body), (method, "a body"));
        }
        let told = site.refused(site.ask("PROPFIND", "/", &[("x-api-key", &all)]).await, 405);
        assert!(told.body.contains("method_not_allowed"), "{}", told.body);
    }

    /// No key, and every key that is not good: 401, and the same body.
    async fn a_bad_key_is_refused(site: &Site) {
        let (revoked, revoked_secret) = key(&site.world, "read", |_| {}).await;
        site.world.owner.send("POST", &format!("{}/revoke", site.world.key(revoked.id)), &[], None).await.is(200);
        let (never, _) = register("kd", new_key("Never"));
        let nothing = site.refused(site.ask("GET", "/", &[]).await, 401);
        assert_eq!(nothing.header("www-authenticate"), r#"Bearer realm="keydeck""#);
        assert_eq!(nothing.header("content-type"), "application/problem+json");
        assert!(nothing.body.contains(r#""code":"invalid_key""#), "{}", nothing.body);
        // Exposed to be sent: a test's own secret.
        for secret in [&revoked_secret, never.expose(), "odd", &"a".repeat(300)] {
            let told = site.refused(site.ask("GET", "/", &[("x-api-key", secret)]).await, 401);
            assert_eq!(told.header("www-authenticate"), r#"Bearer realm="keydeck", error="invalid_token""#);
            assert_eq!(told.body, nothing.body);
        }
    }

    async fn too_many_are_told_to_wait(site: &Site) {
        let (_, secret) = key(&site.world, "read", |_| {}).await;
        let limits = format!("/v1/organizations/{}/limits", site.world.organization);
        let items = json!({ "items": [{ "of": "organization", "burst": { "requests": 2, "window_seconds": 3600 } }] });
        site.world.owner.json("PUT", &limits, &[("if-match", "\"0\"")], &items).await.is(200);
        for _ in 0..2 {
            site.passed(&site.ask("GET", "/", &[("x-api-key", &secret)]).await);
        }
        let told = site.refused(site.ask("GET", "/", &[("x-api-key", &secret)]).await, 429);
        let wait: u32 = told.header("retry-after").parse().unwrap();
        assert!((1..=1800).contains(&wait), "{wait}");
        assert_eq!(told.header("ratelimit-policy"), r#""burst";q=2;w=3600"#);
        assert!(told.header("ratelimit").starts_with(r#""burst";r=0;t="#), "{}", told.header("ratelimit"));
        assert!(told.body.contains(r#""code":"rate_limited""#), "{}", told.body);
    }

    /// T13: a key in the query string is refused with 400, and is in no log.
    async fn t13_a_key_in_the_query_is_refused(site: &Site) {
        let (_, secret) = key(&site.world, "read", |_| {}).await;
        for query in [format!("x={secret}"), format!("api_key={secret}"), format!("a=b&{secret}"), "token=abc".to_owned()] {
            let target = format!("/v1/orders?{query}");
            let told = site.refused(site.ask("GET", &target, &[("x-api-key", &secret)]).await, 400);
            assert!(told.body.contains("secret_in_url"), "{}", told.body);
            site.refused(site.ask("GET", &target, &[]).await, 400);
        }
        site.passed(&site.ask("GET", "/v1/orders?cursor=abc", &[("x-api-key", &secret)]).await);
        let written = site.written_by_the_proxy();
        assert!(!written.contains(&secret) && !written.contains("token=abc"), "{written}");
    }

    /// T14: who forges an address is where he is.
    async fn t14_a_forged_address_counts_for_nothing(site: &Site) {
        let (_, secret) = key(&site.world, "read", |key| key.allowed_addresses = vec![CALLER.to_string().parse().unwrap()]).await;
        for forged in ["", "127.0.0.2", "127.0.0.2, 127.0.0.1", "127.0.0.1"] {
            let headers = [("x-api-key", &*secret), ("X-Forwarded-For", forged), ("X-Real-IP", "127.0.0.2")];
            site.passed(&site.ask_from(CALLER, "GET", "/", &headers, "").await);
            let told = site.ask_from(SOMEBODY_ELSE, "GET", "/", &headers, "").await;
            assert!(site.refused(told, 403).body.contains("address_refused"));
        }
    }

    /// T15: who says himself who he is gets nothing, with a good key as well.
    async fn t15_a_forged_identity_is_refused(site: &Site) {
        let (_, secret) = key(&site.world, "read", |_| {}).await;
        for name in IDENTITY {
            site.refused(site.ask("GET", "/", &[("x-api-key", &secret), (name, "forged")]).await, 401);
            site.refused(site.ask("GET", "/", &[(name, "forged")]).await, 401);
            let preflight = [(name, "forged"), ("Access-Control-Request-Method", "GET")];
            site.refused(site.ask("OPTIONS", "/", &preflight).await, 401);
        }
    }

    /// T15: a DELETE that calls itself something else is judged as a DELETE.
    async fn t15_a_forged_method_counts_for_nothing(site: &Site) {
        let (_, reader) = key(&site.world, "read write", |_| {}).await;
        let preflight = ("Access-Control-Request-Method", "DELETE");
        for said in ["OPTIONS", "GET", "HEAD"] {
            let forged = ("X-Forwarded-Method", said);
            site.refused(site.ask("DELETE", "/v1/orders/7", &[forged, preflight]).await, 401);
            let told = site.refused(site.ask("DELETE", "/v1/orders/7", &[("x-api-key", &reader), forged, preflight]).await, 403);
            assert!(told.header("www-authenticate").contains(r#"scope="delete""#));
            let over = ("X-HTTP-Method-Override", said);
            site.refused(site.ask("DELETE", "/v1/orders/7", &[("x-api-key", &reader), over]).await, 403);
        }
        // The other way round it does not help either.
        site.passed(&site.ask("GET", "/", &[("x-api-key", &reader), ("X-Forwarded-Method", "DELETE")]).await);
        // Nor does a forged address of the request hide what is in the true one.
        let told = site.ask("GET", "/?api_key=x", &[("x-api-key", &reader), ("X-Forwarded-Uri", "/"), ("X-Original-Uri", "/")]).await;
        site.refused(told, 400);
    }

    /// What a browser asks before passes without a key, and tells the service nobody.
    async fn a_preflight_passes(site: &Site) {
        let preflight = [("Origin", "https://app.example.org"), ("Access-Control-Request-Method", "DELETE")];
        let reached = site.passed(&site.ask("OPTIONS", "/v1/orders", &preflight).await);
        assert_eq!((&*reached.method, IDENTITY.map(|name| reached.header(name))), ("OPTIONS", ["-"; 4]));
        // Any other OPTIONS is no preflight.
        site.refused(site.ask("OPTIONS", "/v1/orders", &preflight[..1]).await, 405);
    }

    /// T16: a name that some servers read as another.
    async fn t16_names_with_underscores_are_refused(site: &Site) {
        let (_, secret) = key(&site.world, "read", |_| {}).await;
        for name in ["X_Key_Id", "x_key_id", "X-Key_Scopes", "X_API_KEY"] {
            site.refused(site.ask("GET", "/", &[("x-api-key", &secret), (name, "forged")]).await, 401);
        }
    }

    /// T17: who checks the one and who uses the other must not disagree.
    async fn t17_two_keys_that_disagree_are_refused(site: &Site) {
        let (_, one) = key(&site.world, "read", |_| {}).await;
        let (_, other) = key(&site.world, "read", |_| {}).await;
        let (one_bearer, other_bearer) = (bearer(&one), bearer(&other));
        for pair in [
            [("Authorization", &*one_bearer), ("x-api-key", &*other)],
            [("x-api-key", &one), ("x-api-key", &other)],
            [("Authorization", &one_bearer), ("x-api-key", "")],
        ] {
            site.refused(site.ask("GET", "/", &pair).await, 401);
        }
        // Two of `Authorization` some proxies refuse by themselves.
        let told = site.ask("GET", "/", &[("Authorization", &one_bearer), ("Authorization", &other_bearer)]).await;
        assert!(matches!(told.status, 400 | 401), "{}", told.status);
        site.passed(&site.ask("GET", "/", &[("Authorization", &one_bearer), ("x-api-key", &one)]).await);
    }

    /// T47: the key of another organization is as unknown as one that nobody made.
    async fn t47_foreign_keys_are_unknown(site: &Site) {
        let (secret, request) = register("acme", new_key("Foreign"));
        let path = format!("/v1/organizations/{}/keys/{}", site.world.other_organization, keydeck_domain::KeyId::generate());
        site.world.stranger.put(&path, &request).await.is(201);
        let (never, _) = register("acme", new_key("Never"));
        // Exposed to be sent: a test's own secrets.
        let foreign = site.refused(site.ask("GET", "/", &[("x-api-key", secret.expose())]).await, 401);
        let unknown = site.refused(site.ask("GET", "/", &[("x-api-key", never.expose())]).await, 401);
        assert_eq!(foreign.body, unknown.body);
        // Nor does a client's query say whose keys count.
        let target = format!("/?organization={}", site.world.other_organization);
        // Exposed to be sent: a test's own secret.
        site.refused(site.ask("GET", &target, &[("x-api-key", secret.expose())]).await, 401);
        site.refused(site.ask("GET", "/?organization=any", &[("x-api-key", secret.expose())]).await, 401);
    }
}
