//! Alerts on their way to webhooks: what is sent, when again, and what is forgotten.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use keydeck_domain::Secret;
use keydeck_domain::api::webhooks::Webhook;
use keydeck_server::Config;
use keydeck_server::doctor::{self, Health, Patient};
use tokio::net::TcpListener;

use super::alerts::{counted, until, used_from, watchful};
use super::webhooks::{base, listed, make, sends_to, signed};
use crate::support::{As, Authority, Log, Receiver, World, new_key};

/// A world whose webhooks lead to this machine, with these pauses; and a key that was used once.
async fn world(authority: &Authority, pauses: Vec<Duration>) -> (World, Secret) {
    let world = World::with(|config| settle(config, authority, pauses)).await;
    let (_, secret) = world.make(&world.member, new_key("Billing worker")).await;
    used_from(&world, &secret, "198.51.100.7").await;
    (world, secret)
}

fn settle(config: &mut Config, authority: &Authority, pauses: Vec<Duration>) {
    watchful(config);
    sends_to(config, authority);
    config.webhooks.pauses = pauses;
}

/// Soon, and often enough for any test.
fn patient() -> Vec<Duration> {
    vec![Duration::from_millis(10); 10_000]
}

/// Waits until the only webhook is like this.
async fn until_webhook(world: &World, like: impl Fn(&Webhook) -> bool) -> Webhook {
    loop {
        let webhook = listed(world).await.remove(0);
        if like(&webhook) {
            return webhook;
        }
        tokio::task::yield_now().await;
    }
}

async fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn an_alert_is_sent_to_each_webhook() {
    let authority = Authority::new();
    let (world, secret) = world(&authority, patient()).await;
    let receivers = [Receiver::new(&authority, 200).await, Receiver::new(&authority, 204).await];
    let webhooks = [make(&world, &receivers[0].url("/a")).await, make(&world, &receivers[1].url("/b")).await];
    used_from(&world, &secret, "203.0.113.9").await;
    let told = until(&world, 1).await;
    for (receiver, issued) in receivers.iter().zip(&webhooks) {
        let received = receiver.next().await;
        // Exposed to check the signature: a test's own webhook.
        assert!(signed(&received, issued.secret.expose()));
        let message = received.message();
        assert_eq!((message.event.as_str(), message.organization), ("alert", world.organization));
        assert_eq!(message.alert.as_ref(), Some(&told[0]));
    }
    until_webhook(&world, |webhook| webhook.waiting == 0 && webhook.last.as_ref().is_some_and(|last| last.taken)).await;
    assert!(receivers[0].is_quiet().await && receivers[1].is_quiet().await);
}

#[tokio::test]
async fn a_message_that_is_not_taken_is_sent_again_as_it_was() {
    let authority = Authority::new();
    let (world, secret) = world(&authority, patient()).await;
    let receiver = Receiver::new(&authority, 503).await;
    let issued = make(&world, &receiver.url("/")).await;
    used_from(&world, &secret, "203.0.113.9").await;
    let first = receiver.next().await;
    let waiting = until_webhook(&world, |webhook| webhook.last.is_some()).await;
    assert_eq!(waiting.waiting, 1);
    assert_eq!(waiting.last.unwrap().error.as_deref(), Some("it answered 503"));
    let second = receiver.next().await;
    assert_eq!(first.body, second.body, "the same message, to the byte");
    // Exposed to check the signature: a test's own webhook.
    assert!(signed(&second, issued.secret.expose()));
    receiver.status.store(200, Ordering::SeqCst);
    let sent = until_webhook(&world, |webhook| webhook.waiting == 0).await;
    assert!(sent.last.unwrap().taken);
}

#[tokio::test]
async fn a_message_that_is_never_taken_is_given_up() {
    let authority = Authority::new();
    let (world, secret) = world(&authority, vec![Duration::from_millis(5); 2]).await;
    let receiver = Receiver::new(&authority, 500).await;
    make(&world, &receiver.url("/")).await;
    used_from(&world, &secret, "203.0.113.9").await;
    let webhook = until_webhook(&world, |webhook| webhook.last.is_some() && webhook.waiting == 0).await;
    let last = webhook.last.unwrap();
    assert_eq!((last.status, last.taken), (Some(500), false));
    assert_eq!(last.error.as_deref(), Some("given up after 3 attempts: it answered 500"));
    for _ in 0..3 {
        receiver.next().await;
    }
    assert!(receiver.is_quiet().await);
}

#[tokio::test]
async fn what_waits_survives_a_restart() {
    let authority = Authority::new();
    let (world, secret) = world(&authority, patient()).await;
    let address = closed_port().await;
    let issued = make(&world, &format!("https://localhost:{}/", address.port())).await;
    used_from(&world, &secret, "203.0.113.9").await;
    let webhook = until_webhook(&world, |webhook| webhook.last.is_some()).await;
    assert_eq!((webhook.waiting, webhook.last.unwrap().error.as_deref()), (1, Some("nobody answers at its address")));
    let (admin, base) = (world.admin.clone(), base(&world));

    let folder = world.stop().await;
    let mut config = Config::new(folder.path());
    settle(&mut config, &authority, patient());
    let receiver = Receiver::on(TcpListener::bind(address).await.unwrap(), &authority, 200);
    let server = crate::support::world::open(config).await;
    let (address, running) = crate::support::world::serve(&server).await;
    let received = receiver.next().await;
    // Exposed to check the signature: a test's own webhook, whose secret is made anew.
    assert!(signed(&received, issued.secret.expose()));
    let admin: As = admin.at_address(address);
    loop {
        let listed = admin.get(&base).await.is(200).value();
        if listed["items"][0]["waiting"] == 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    running.stop().await;
}

#[tokio::test]
async fn a_slow_webhook_holds_up_nobody_else() {
    let authority = Authority::new();
    let (world, secret) = world(&authority, patient()).await;
    let (slow, quick) = (Receiver::new(&authority, 0).await, Receiver::new(&authority, 200).await);
    make(&world, &slow.url("/")).await;
    make(&world, &quick.url("/")).await;
    used_from(&world, &secret, "203.0.113.9").await;
    slow.next().await;
    quick.next().await;
    for network in ["192.0.2.1", "2001:db8:1::1", "2001:db8:2::1"] {
        used_from(&world, &secret, network).await;
        quick.next().await;
    }
    assert!(slow.is_quiet().await, "and it gets one message at a time");
}

#[tokio::test]
async fn what_waits_for_a_deleted_webhook_is_forgotten() {
    let authority = Authority::new();
    let (world, secret) = world(&authority, patient()).await;
    let elsewhere = closed_port().await;
    let gone = make(&world, &format!("https://localhost:{}/", elsewhere.port())).await;
    used_from(&world, &secret, "203.0.113.9").await;
    until_webhook(&world, |webhook| webhook.waiting == 1 && webhook.last.is_some()).await;
    world.admin.delete(&format!("{}/{}", base(&world), gone.webhook.id)).await.is(204);
    let other = Receiver::new(&authority, 200).await;
    let late = Receiver::on(TcpListener::bind(elsewhere).await.unwrap(), &authority, 200);
    make(&world, &other.url("/")).await;
    used_from(&world, &secret, "192.0.2.1").await;
    other.next().await;
    until_webhook(&world, |webhook| webhook.waiting == 0).await;
    assert!(late.is_quiet().await);
    let left = "SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM attempts WHERE webhook_id = ?)";
    let left: i64 = sqlx::query_scalar(left).bind(gone.webhook.id.0).fetch_one(&mut counted(&world).await).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn the_doctor_says_when_messages_wait_for_long() {
    let authority = Authority::new();
    let (world, secret) = world(&authority, patient()).await;
    let elsewhere = closed_port().await;
    make(&world, &format!("https://localhost:{}/", elsewhere.port())).await;
    used_from(&world, &secret, "203.0.113.9").await;
    until_webhook(&world, |webhook| webhook.waiting == 1).await;
    let patient = Patient { data_dir: world.data_dir().to_owned(), pepper_file: world.data_dir().join("none"), tls: None };
    let found = async || doctor::examine(&patient).await.into_iter().find(|finding| finding.what == "webhooks").unwrap();
    assert_eq!(found().await.health, Health::Well);
    let hours_ago = (chrono::Utc::now() - chrono::TimeDelta::hours(2)).timestamp_micros();
    let aged = sqlx::query("UPDATE deliveries SET created_at = ?").bind(hours_ago);
    aged.execute(&mut counted(&world).await).await.unwrap();
    let found = found().await;
    assert_eq!(found.health, Health::Warning);
    assert!(found.said.starts_with("1 message waits"), "{}", found.said);
}

#[tokio::test]
async fn t25_neither_the_address_nor_the_answer_of_a_webhook_is_logged() {
    let log = Log::capture();
    let authority = Authority::new();
    let (world, secret) = world(&authority, vec![Duration::from_millis(5)]).await;
    let receiver = Receiver::new(&authority, 500).await;
    let issued = make(&world, &receiver.url("/T0/secret-of-theirs?token=hunter2")).await;
    used_from(&world, &secret, "203.0.113.9").await;
    let webhook = until_webhook(&world, |webhook| webhook.last.is_some() && webhook.waiting == 0).await;
    let (log, last) = (log.text(), webhook.last.unwrap().error.unwrap());
    assert!(log.contains("a message to a webhook was given up"), "{log}");
    // Exposed to be looked for: a test's own webhook.
    for canary in ["secret-of-theirs", "hunter2", "nobody's business", issued.secret.expose()] {
        assert!(!log.contains(canary) && !last.contains(canary), "{canary}: {last} {log}");
    }
}
