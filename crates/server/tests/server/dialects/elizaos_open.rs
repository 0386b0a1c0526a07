//! ElizaOS without a token: an explicit setting, for this machine alone.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use keydeck_domain::Dialect;

use super::made::organization;
use crate::support::World;
use crate::support::process::{Process, run, set_up};

#[tokio::test]
async fn open_is_a_setting_and_asks_callers_on_this_machine_for_nothing() {
    // ElizaOS: "Leave unset or empty to disable authentication (not recommended for production)"
    let world = World::with(|config| config.elizaos_open = true).await;
    let organization = organization(&world, Dialect::Elizaos, None).await;
    for path in ["/elizaos/api/agents".to_owned(), format!("/elizaos/{organization}/api/server/ping")] {
        let answer = world.anonymous.get(&path).await.is(200);
        assert_eq!(answer.header("access-control-allow-origin"), "", "no page of the web reads what asks for no key");
        world.anonymous.send("GET", &path, &[("X-API-KEY", "any")], None).await.is(200);
        world.anonymous.send("OPTIONS", &path, &[], None).await.is(204);
    }
    world.anonymous.get("/elizaos/api/nothing").await.is(404);
    // Nothing else is open.
    world.anonymous.get("/azerion/v1/models").await.is(401);
}

#[tokio::test]
async fn who_calls_from_elsewhere_needs_a_key_all_the_same() {
    // The proxy speaks for somebody elsewhere.
    let world = World::with(|config| {
        config.elizaos_open = true;
        config.proxies = "127.0.0.1".parse().unwrap();
    })
    .await;
    organization(&world, Dialect::Elizaos, None).await;
    let through = [("x-forwarded-for", "203.0.113.7")];
    world.anonymous.send("GET", "/elizaos/api/agents", &through, None).await.is(401);
    // Nor where nobody is known.
    let request = http::Request::get("/elizaos/api/agents").body(axum::body::Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(world.server.router(), request).await.unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn the_program_takes_it_on_loopback_alone() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let (done, _, error) = run(folder.path(), &["organization", "add", "Agents", "--dialect", "elizaos"], "").await;
    assert!(done, "{error}");
    let everywhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0).to_string();
    let files = ["--tls-certificate", "certificate.pem", "--tls-key", "key.pem"];
    for refused in [
        &["--listen", &everywhere][..],
        &[&["--listen", &everywhere][..], &files].concat(),
        &["--listen", "127.0.0.1:0", "--behind-proxy", "127.0.0.1"],
    ] {
        let arguments = [&["serve", "--elizaos-open"][..], refused].concat();
        let (done, _, said) = run(folder.path(), &arguments, "").await;
        assert!(!done && said.contains("--elizaos-open"), "{said}");
    }
    // Not taken for open: the server without the flag.
    let process = Process::serve(folder.path(), "off").await;
    crate::support::As::anonymous(process.address).get("/elizaos/api/agents").await.is(401);
    process.terminate().await;
    let open = Process::serve_with(folder.path(), "off", |command| {
        command.env("KEYDECK_ELIZAOS_OPEN", "true");
    })
    .await;
    crate::support::As::anonymous(open.address).get("/elizaos/api/agents").await.is(200);
    open.terminate().await;
}
