//! `/v1/organizations/{organization}/webhooks`: making, listing, testing and deleting.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use keydeck_domain::WebhookId;
use keydeck_domain::api::audit::Action;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::webhooks::{Delivery, IssuedWebhook, WEBHOOKS_MAX, Webhook};
use keydeck_server::Config;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::receiver::Received;
use crate::support::{As, Authority, Receiver, World, database};

/// A server that may send to this machine, whose certificates this authority makes.
pub fn sends_to(config: &mut Config, authority: &Authority) {
    let path = config.data_dir.join("webhook-authority.pem");
    std::fs::write(&path, authority.pem()).unwrap();
    config.webhooks.networks = "127.0.0.0/8,::1".parse().unwrap();
    config.webhooks.authority = Some(path);
}

pub fn base(world: &World) -> String {
    format!("/v1/organizations/{}/webhooks", world.organization)
}

pub async fn make(world: &World, url: &str) -> IssuedWebhook {
    world.admin.post(&base(world), &json!({ "name": "Pager", "url": url })).await.is(201).read()
}

pub async fn listed(world: &World) -> Vec<Webhook> {
    serde_json::from_value(world.admin.get(&base(world)).await.is(200).value()["items"].clone()).unwrap()
}

/// Whether a message was signed with this secret, as `docs/hosting.md` says.
pub fn signed(received: &Received, secret: &str) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{}.{}", received.header("keydeck-timestamp"), received.body).as_bytes());
    received.header("keydeck-signature") == format!("v1={}", hex::encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn a_webhook_is_made_listed_and_deleted() {
    let world = World::new().await;
    let issued = make(&world, "https://Hooks.example.org/T0/secret-of-theirs?x=1").await;
    // Exposed to be looked at: a test's own webhook.
    let secret = issued.secret.expose();
    assert!(secret.starts_with("kdw_") && secret.len() == 68 && secret[4..].bytes().all(|b| b.is_ascii_hexdigit()));
    assert_eq!(issued.webhook.url, "https://hooks.example.org/T0/secret-of-theirs?x=1");
    let another = make(&world, "https://hooks.example.org/").await;
    assert_ne!(another.secret.expose(), secret);

    let answer = world.admin.get(&base(&world)).await.is(200);
    assert!(!String::from_utf8(answer.body).unwrap().contains("kdw_"));
    assert_eq!(listed(&world).await, [another.webhook, issued.webhook.clone()], "newest first");

    let path = format!("{}/{}", base(&world), issued.webhook.id);
    world.admin.delete(&path).await.is(204);
    world.admin.delete(&path).await.refused(404, ProblemCode::NotFound);
    assert_eq!(listed(&world).await.len(), 1);

    let log = world.admin.get(&format!("/v1/organizations/{}/audit?target={}", world.organization, issued.webhook.id)).await;
    let log = log.is(200).value();
    let told: Vec<_> = log["items"].as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(told, [json!(Action::WebhookRevoked), json!(Action::WebhookCreated)]);
    assert_eq!(log["items"][0]["target_name"], "Pager");
    assert_eq!(log["items"][1]["after"], json!({ "name": "Pager", "host": "hooks.example.org" }));
    assert!(!log.to_string().contains("secret-of-theirs"), "the path can be a secret: {log}");
}

#[tokio::test]
async fn a_server_says_that_it_sends_webhooks() {
    let world = World::new().await;
    let features = world.anonymous.get("/v1/meta").await.is(200).value()["features"].clone();
    assert!(features.as_array().unwrap().contains(&json!("webhooks")), "{features}");
}

#[tokio::test]
async fn what_is_asked_for_is_checked() {
    let world = World::new().await;
    let check = async |body: Value| world.admin.post(&base(&world), &body).await.refused(422, ProblemCode::InvalidBody);
    for url in [
        "http://hooks.example.org/",
        "https://ada:hunter2@hooks.example.org/",
        "https://hooks.example.org/#x",
        "ftp://hooks.example.org/",
        "hooks.example.org",
        "",
        "https://127.0.0.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/",
        &format!("https://hooks.example.org/{}", "x".repeat(500)),
    ] {
        let problem = check(json!({ "name": "Pager", "url": url })).await;
        assert!(problem.detail.unwrap().starts_with("`url`: must"), "{url}");
    }
    let good = "https://hooks.example.org/";
    for bad in [json!({ "url": good }), json!({ "name": "", "url": good }), json!({ "name": "Pager", "url": good, "x": 1 })] {
        check(bad).await;
    }
    let nobody = format!("{}/{}", base(&world), WebhookId::generate());
    world.admin.delete(&nobody).await.refused(404, ProblemCode::NotFound);
    world.admin.send("POST", &format!("{nobody}/test"), &[], None).await.refused(404, ProblemCode::NotFound);
}

#[tokio::test]
async fn an_organization_has_twenty_and_none_of_another() {
    let world = World::new().await;
    let first = make(&world, "https://hooks.example.org/").await;
    for _ in 1..WEBHOOKS_MAX {
        make(&world, "https://hooks.example.org/").await;
    }
    let wanted = json!({ "name": "Pager", "url": "https://hooks.example.org/" });
    world.admin.post(&base(&world), &wanted).await.refused(409, ProblemCode::Conflict);
    // The stranger's own organization has none, and does not know the first one.
    let theirs = format!("/v1/organizations/{}/webhooks", world.other_organization);
    assert_eq!(world.stranger.get(&theirs).await.is(200).value()["items"], json!([]));
    world.stranger.delete(&format!("{theirs}/{}", first.webhook.id)).await.refused(404, ProblemCode::NotFound);
    let tested = world.stranger.send("POST", &format!("{theirs}/{}/test", first.webhook.id), &[], None).await;
    tested.refused(404, ProblemCode::NotFound);
    world.stranger.post(&theirs, &wanted).await.is(201);
    assert_eq!(listed(&world).await.len(), WEBHOOKS_MAX);
}

async fn test(by: &As, world: &World, issued: &IssuedWebhook) -> Delivery {
    by.send("POST", &format!("{}/{}/test", base(world), issued.webhook.id), &[], None).await.is(200).read()
}

#[tokio::test]
async fn a_test_message_is_signed_and_its_end_is_told() {
    let authority = Authority::new();
    let world = World::with(|config| sends_to(config, &authority)).await;
    let receiver = Receiver::new(&authority, 204).await;
    let issued = make(&world, &receiver.url("/hook?team=a")).await;

    let delivery = test(&world.admin, &world, &issued).await;
    assert_eq!((delivery.status, delivery.taken, delivery.error.as_deref()), (Some(204), true, None));
    assert_eq!(listed(&world).await[0].last, Some(delivery));
    let received = receiver.next().await;
    assert_eq!((received.method.as_str(), received.path.as_str()), ("POST", "/hook?team=a"));
    assert_eq!(received.header("content-type"), "application/json");
    assert_eq!(received.header("host"), format!("localhost:{}", receiver.address.port()));
    // Exposed to check the signature: a test's own webhook.
    assert!(signed(&received, issued.secret.expose()));
    let message = received.message();
    assert_eq!((message.event.as_str(), message.organization, message.alert), ("test", world.organization, None));

    for (status, error) in
        [(500, "it answered 500"), (302, "it answered 302: redirects are not followed"), (404, "it answered 404")]
    {
        receiver.status.store(status, std::sync::atomic::Ordering::SeqCst);
        let delivery = test(&world.admin, &world, &issued).await;
        assert_eq!((delivery.status, delivery.taken, delivery.error.as_deref()), (Some(status), false, Some(error)));
        assert!(signed(&receiver.next().await, issued.secret.expose()));
    }
    assert!(receiver.is_quiet().await, "nothing is sent again");
    assert_eq!(listed(&world).await[0].waiting, 0);
}

#[tokio::test]
async fn a_target_that_says_nothing_is_not_waited_for() {
    let authority = Authority::new();
    let world = World::with(|config| {
        sends_to(config, &authority);
        config.webhooks.limit = Duration::from_millis(300);
    })
    .await;
    let receiver = Receiver::new(&authority, 0).await;
    let issued = make(&world, &receiver.url("/")).await;
    let delivery = test(&world.admin, &world, &issued).await;
    assert_eq!((delivery.status, delivery.taken), (None, false));
    assert!(delivery.error.unwrap().starts_with("it took longer than"));
}

#[tokio::test]
async fn t29_a_certificate_of_somebody_else_is_refused() {
    let authority = Authority::new();
    let world = World::with(|config| sends_to(config, &authority)).await;
    let receiver = Receiver::new(&Authority::new(), 204).await;
    let issued = make(&world, &receiver.url("/")).await;
    let delivery = test(&world.admin, &world, &issued).await;
    assert_eq!(delivery.error.as_deref(), Some("its certificate is not accepted: nobody who is trusted made it"));
    assert!(receiver.is_quiet().await);
}

#[tokio::test]
async fn t24_a_name_that_leads_to_this_machine_is_not_called() {
    let authority = Authority::new();
    let world = World::with(|config| {
        sends_to(config, &authority);
        config.webhooks.networks = keydeck_server::Networks::default();
    })
    .await;
    let receiver = Receiver::new(&authority, 204).await;
    for name in ["localhost", "LOCALHOST"] {
        let issued = make(&world, &format!("https://{name}:{}/", receiver.address.port())).await;
        let delivery = test(&world.admin, &world, &issued).await;
        assert_eq!((delivery.status, delivery.taken), (None, false), "{name}");
        let error = delivery.error.unwrap();
        assert!(error.starts_with("it leads to an address that is not public") && !error.contains("127."), "{name}: {error}");
    }
    assert!(receiver.is_quiet().await);
}

#[tokio::test]
async fn t24_a_proxy_in_the_environment_is_not_asked() {
    // Set for the whole of a process, which is why it is one of its own.
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    std::fs::write(folder.path().join("authority.pem"), authority.pem()).unwrap();
    let organization = crate::support::process::set_up(folder.path()).await;
    let receiver = Receiver::new(&authority, 204).await;
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let proxied = proxy.local_addr().unwrap();
    let server = crate::support::process::Process::serve_with(folder.path(), "info", |command| {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"] {
            command.env(name, format!("http://{proxied}"));
        }
        command.env("KEYDECK_WEBHOOK_NETWORKS", "127.0.0.0/8,::1").env("KEYDECK_WEBHOOK_CA", folder.path().join("authority.pem"));
    })
    .await;
    let ada = crate::support::process::signed_in(server.address).await;
    let base = format!("/v1/organizations/{organization}/webhooks");
    let issued: IssuedWebhook = ada.post(&base, &json!({ "name": "Pager", "url": receiver.url("/") })).await.is(201).read();
    let delivery: Delivery = ada.send("POST", &format!("{base}/{}/test", issued.webhook.id), &[], None).await.is(200).read();
    assert!(delivery.taken, "{delivery:?}");
    receiver.next().await;
    assert!(proxy.accept().is_err(), "the proxy was asked");
    let (ended, log) = server.terminate().await;
    assert!(ended, "{log}");
    assert!(!log.contains("kdw_"), "{log}");
}

#[tokio::test]
async fn a_webhook_that_was_written_from_outside_gets_nothing() {
    let world = World::new().await;
    let issued = make(&world, "https://hooks.example.org/").await;
    let moved = "UPDATE webhooks SET url = 'https://thief.example.org/'";
    assert_eq!(database::run(world.data_dir(), moved).await, 1);
    world.admin.get(&base(&world)).await.refused(500, ProblemCode::Internal);
    let path = format!("{}/{}/test", base(&world), issued.webhook.id);
    world.admin.send("POST", &path, &[], None).await.refused(500, ProblemCode::Internal);
}
