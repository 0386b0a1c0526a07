//! What the URL binds, and what counts of what is handed on.

use keydeck_domain::KeyId;

use super::{ask, key};
use crate::support::World;

#[tokio::test]
async fn every_word_of_the_url_is_known_and_an_organization_is_named() {
    let world = World::new().await;
    let (_, secret) = key(&world, "read", |_| {}).await;
    let good = ("x-api-key", &*secret);
    let id = world.organization;
    for query in [
        "?".to_owned(),
        "?scope=read".to_owned(),
        "?organization=".to_owned(),
        "?organization=northwind".to_owned(),
        format!("?organization={id}&organization={id}"),
        format!("?organization={id}&scope="),
        format!("?organization={id}&scope=*"),
        format!("?organization={id}&mode=fast"),
        format!("?organization={id}&preflight=deny"),
        format!("?organization={id}&route=a%20b"),
        format!("?organization={id}&dialect=azen"),
        format!("?uri=/v1/orders&organization={id}"),
        format!("?scope=read&uri=/v1/orders?&organization={id}"),
    ] {
        for nginx in ["", "&mode=nginx"] {
            let target = format!("/forward-auth/keydeck{query}{nginx}");
            // A fault of the operator's own is not dressed up: nginx answers 500, and its log says so.
            let told = ask(world.address, "GET", &target, &[good]).await.is(400);
            assert!(told.body.contains(r#""code":"invalid_request""#), "{}", told.body);
            assert_eq!(told.header("x-key-id"), "-");
        }
    }
    for path in ["/forward-auth/", "/forward-auth/Keydeck", "/forward-auth/better-auth"] {
        ask(world.address, "GET", &format!("{path}?organization={id}"), &[good]).await.is(404);
    }
}

/// Envoy appends the client's path and query to what it was given.
#[tokio::test]
async fn what_a_proxy_appends_binds_nothing() {
    let world = World::with(|config| config.proxies = "127.0.0.1".parse().unwrap()).await;
    let (_, reader) = key(&world, "read", |_| {}).await;
    let base = format!("/forward-auth/keydeck?organization={}&scope=by-method", world.organization);
    let asked = async |method: &str, client: &str, headers: &[(&str, &str)]| {
        let headers = [&[("x-api-key", &*reader), ("x-forwarded-for", "127.0.0.2")], headers].concat();
        ask(world.address, method, &format!("{base}&uri={client}"), &headers).await.status
    };
    assert_eq!(asked("GET", "/v1/orders?limit=2&organization=any&scope=admin&preflight=allow&mode=nginx", &[]).await, 200);
    assert_eq!(asked("DELETE", "/v1/orders?by-method=&scope=read", &[]).await, 403);
    let preflight = ("access-control-request-method", "DELETE");
    assert_eq!(asked("OPTIONS", "/v1/orders?&preflight=allow", &[preflight]).await, 405);
    // Its own method is the client's: what a client says in a header it only passes on.
    assert_eq!(asked("DELETE", "/", &[("x-forwarded-method", "GET")]).await, 403);
    assert_eq!(asked("GET", "/", &[("x-forwarded-method", "DELETE")]).await, 200);
}

/// T14, T15: a header counts from a proxy that is named, and from nobody else.
#[tokio::test]
async fn t14_t15_forwarding_headers_count_from_a_named_proxy_alone() {
    for (proxies, named) in [("127.0.0.1", true), ("", false), ("10.0.0.1", false)] {
        let world = World::with(|config| config.proxies = proxies.parse().unwrap()).await;
        let (_, reader) = key(&world, "read", |_| {}).await;
        let (_, bound) = key(&world, "read", |key| key.allowed_addresses = vec!["203.0.113.7".parse().unwrap()]).await;
        let base = format!("/forward-auth/keydeck?organization={}", world.organization);
        let asked = async |method: &str, rest: &str, secret: &str, headers: &[(&str, &str)]| {
            let headers = [&[("x-api-key", secret)], headers].concat();
            ask(world.address, method, &format!("{base}{rest}"), &headers).await.status
        };
        let from = ("x-forwarded-for", "203.0.113.7");
        assert_eq!(asked("GET", "", &bound, &[from]).await, if named { 200 } else { 403 }, "{proxies}");
        assert_eq!(asked("GET", "", &bound, &[("x-forwarded-for", "203.0.113.7, 198.51.100.1")]).await, 403);
        assert_eq!(asked("GET", "", &bound, &[]).await, 403);

        let by_method = "&scope=by-method&preflight=allow";
        let said = |method| [from, ("x-forwarded-method", method)];
        assert_eq!(asked("GET", by_method, &reader, &said("DELETE")).await, if named { 403 } else { 200 }, "{proxies}");
        assert_eq!(asked("GET", by_method, &reader, &said("GET")).await, 200);
        // A DELETE is a DELETE, whatever else it calls itself.
        let forged = [from, ("x-forwarded-method", "OPTIONS"), ("access-control-request-method", "GET")];
        assert_eq!(asked("DELETE", by_method, &reader, &forged).await, 403);
        // Said twice, nobody knows.
        let twice = [from, ("x-forwarded-method", "GET"), ("x-forwarded-method", "DELETE")];
        assert_eq!(asked("GET", by_method, &reader, &twice).await, if named { 400 } else { 200 });

        // nginx asks with GET whatever the client's method is: where it does not say it, or is not named, it is
        // not known.
        let nginx = format!("{by_method}&mode=nginx");
        assert_eq!(asked("GET", &nginx, &reader, &said("GET")).await, if named { 200 } else { 403 });
        assert_eq!(asked("GET", &nginx, &reader, &[from]).await, 403);
    }
}

#[tokio::test]
async fn an_organization_that_is_not_there_has_no_keys() {
    let world = World::new().await;
    let (_, secret) = key(&world, "read", |_| {}).await;
    let target = format!("/forward-auth/keydeck?organization={}", KeyId::generate());
    ask(world.address, "GET", &target, &[("x-api-key", &secret)]).await.is(401);
}
