//! T14: what a proxy says of a caller counts where the proxy is named, and nowhere else.

use std::time::Duration;

use keydeck_domain::Secret;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::sessions::IssuedSession;
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::world::PASSWORD;
use crate::support::{Answer, As, World, new_key};

/// A world behind these proxies, or without any, and a key that is good at one address alone.
async fn world(proxies: &str) -> (World, Secret) {
    let world = World::with(|config| {
        config.proxies = proxies.parse().unwrap();
        config.sign_in.free_failures = 2;
        config.sign_in.first_wait = Duration::from_secs(60);
    })
    .await;
    let mut bound = new_key("Bound");
    bound.allowed_addresses = vec!["198.51.100.7".parse().unwrap(), "2001:db8::7".parse().unwrap()];
    let (_, secret) = world.make(&world.owner, bound).await;
    (world, secret)
}

async fn about_itself(by: &As, forwarded_for: &[&str]) -> Answer {
    let headers: Vec<_> = forwarded_for.iter().map(|line| ("x-forwarded-for", *line)).collect();
    by.send("GET", "/v1/self", &headers, None).await
}

#[tokio::test]
async fn t14_a_forged_header_passes_no_address_list() {
    for (proxies, forged) in [
        // No proxy is named; or another one.
        ("", &["198.51.100.7"][..]),
        ("10.0.0.0/8, ::1", &["198.51.100.7"]),
        // What a caller says of himself stands left of what the proxy says.
        ("127.0.0.1", &["198.51.100.7, 203.0.113.9"]),
        ("127.0.0.1", &["198.51.100.7", "203.0.113.9"]),
        ("127.0.0.1, 10.0.0.0/8", &["198.51.100.7, 203.0.113.9, 10.0.0.3"]),
        ("127.0.0.1", &["198.51.100.7, 10.0.0.3"]),
        // A proxy that says nothing.
        ("127.0.0.1", &[]),
    ] {
        let (world, secret) = world(proxies).await;
        // Exposed to be sent: a test's own secret.
        let key = As::bearer(world.address, secret.expose());
        about_itself(&key, forged).await.refused(401, ProblemCode::InvalidKey);
        // Headers of another name never count.
        for name in ["forwarded", "x-real-ip", "x-client-ip", "cf-connecting-ip", "x-forwarded"] {
            key.send("GET", "/v1/self", &[(name, "198.51.100.7")], None).await.refused(401, ProblemCode::InvalidKey);
        }
    }
}

#[tokio::test]
async fn a_named_proxy_is_believed() {
    let (world, secret) = world("127.0.0.1, 10.0.0.0/8, fd00::/64").await;
    // Exposed to be sent: a test's own secret.
    let key = As::bearer(world.address, secret.expose());
    for believed in [
        &["198.51.100.7"][..],
        &["2001:db8::7"],
        &["203.0.113.9, 198.51.100.7"],
        &["203.0.113.9, 198.51.100.7, 10.1.2.3, fd00::5"],
        &["203.0.113.9", "198.51.100.7", "10.1.2.3"],
        &["nonsense, 198.51.100.7"],
    ] {
        about_itself(&key, believed).await.is(200);
    }
    for unreadable in ["", "unknown", "198.51.100.7, nonsense", "198.51.100.7,"] {
        about_itself(&key, &[unreadable]).await.refused(400, ProblemCode::InvalidRequest);
    }
}

#[tokio::test]
async fn a_proxy_that_comes_over_ipv6_is_known_as_well() {
    let (world, secret) = world("::1").await;
    let listener = TcpListener::bind("[::1]:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(world.server.clone().serve(listener, std::future::pending()));
    // Exposed to be sent: a test's own secret.
    about_itself(&As::bearer(address, secret.expose()), &["198.51.100.7"]).await.is(200);
    about_itself(&As::bearer(address, secret.expose()), &["2001:db8::8"]).await.is(401);
    // The other way to this machine is not named.
    about_itself(&As::bearer(world.address, secret.expose()), &["198.51.100.7"]).await.is(401);
}

#[tokio::test]
async fn sign_in_is_slowed_for_the_caller_that_the_proxy_names() {
    let (world, _) = world("127.0.0.1").await;
    let sign_in = async |from: &str, email: &str, password: &str| {
        let body = json!({ "email": email, "password": password });
        world.anonymous.json("POST", "/v1/sessions", &[("x-forwarded-for", from)], &body).await
    };
    // One address guesses at many accounts.
    for number in 0..3 {
        sign_in("203.0.113.9", &format!("nobody{number}@example.org"), "a guess of mine").await.is(401);
    }
    sign_in("203.0.113.9", "owner@example.org", PASSWORD).await.refused(429, ProblemCode::RateLimited);
    sign_in("198.51.100.1, 203.0.113.9", "owner@example.org", PASSWORD).await.refused(429, ProblemCode::RateLimited);
    // Another is not held up by it, and its address is shown.
    let issued: IssuedSession = sign_in("198.51.100.7", "owner@example.org", PASSWORD).await.is(201).read();
    // Exposed to be sent: the tests' own session.
    let sessions = As::bearer(world.address, issued.token.expose()).get("/v1/sessions").await.is(200).value();
    let addresses: Vec<_> = sessions["items"].as_array().unwrap().iter().filter_map(|item| item["address"].as_str()).collect();
    assert_eq!(addresses, ["198.51.100.7"]);
}
