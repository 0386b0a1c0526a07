//! `GET /v1/organizations/{organization}/alerts`, from real verifications.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use keydeck_domain::api::alerts::{Alert, Alerts, Notice};
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{Key, Outcome, Secret};
use keydeck_server::Config;
use serde_json::json;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::support::{World, database, new_key};

/// Looks for alerts all the time.
pub fn watchful(config: &mut Config) {
    config.alerts_every = Duration::from_millis(20);
}

/// Presents a key from an address, and has it counted.
pub async fn used_from(world: &World, secret: &Secret, address: &str) {
    // Exposed to be verified: a test's own secret.
    let asked = json!({ "key": secret.expose(), "address": address });
    let answer = world.verifier.post("/v1/verify", &asked).await.is(200).value();
    assert_eq!(answer["outcome"], json!(Outcome::Accepted));
    world.server.flush_usage().await.unwrap();
}

/// The organization's alerts, newest first.
pub async fn alerts(world: &World, query: &str) -> Alerts {
    world.viewer.get(&format!("/v1/organizations/{}/alerts{query}", world.organization)).await.is(200).read()
}

/// Waits until there are so many.
pub async fn until(world: &World, count: usize) -> Vec<Alert> {
    loop {
        let items = alerts(world, "").await.items;
        if items.len() >= count {
            assert_eq!(items.len(), count);
            return items;
        }
        tokio::task::yield_now().await;
    }
}

/// The file of what was counted, from outside.
pub async fn counted(world: &World) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(world.data_dir().join("usage.db"));
    options.busy_timeout(Duration::from_secs(5)).connect().await.unwrap()
}

/// Waits until everything that was noticed has been looked at.
async fn looked_through(world: &World) {
    let mut connection = counted(world).await;
    loop {
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM noticed").fetch_one(&mut connection).await.unwrap();
        if left == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Notices that a key was used that was used before at this time.
async fn notice_use(world: &World, key: &Key, before: Option<chrono::DateTime<Utc>>) {
    let noticed = sqlx::query(
        "INSERT INTO noticed (organization, key, kind, at, before_at) SELECT organization, id, 1, ?, ? FROM keys WHERE key_id = ?",
    );
    let before = before.map(|before| before.timestamp_micros());
    let noticed = noticed.bind(Utc::now().timestamp_micros()).bind(before).bind(key.id.0);
    assert_eq!(noticed.execute(&mut counted(world).await).await.unwrap().rows_affected(), 1);
}

#[tokio::test]
async fn a_key_from_a_new_network_is_told_once() {
    let world = World::with(watchful).await;
    let (key, secret) = world.make(&world.member, new_key("Billing worker")).await;
    // Its first network is no news, and another address of it is none either.
    for address in ["198.51.100.7", "198.51.100.8", "203.0.113.9", "203.0.113.10"] {
        used_from(&world, &secret, address).await;
    }
    let told = until(&world, 1).await;
    assert_eq!((told[0].key, told[0].key_name.as_ref()), (Some(key.id), Some(&key.name)));
    let Notice::NewNetwork { address } = &told[0].notice else { panic!("{:?}", told[0].notice) };
    assert!(address.to_string().starts_with("203.0.113."), "{address}");
    assert_eq!(told[0].until - told[0].at, TimeDelta::days(30));
    // From a third one.
    used_from(&world, &secret, "2001:db8:7::1").await;
    let both = until(&world, 2).await;
    assert_eq!(both[1], told[0], "newest first");
    assert_eq!(alerts(&world, "").await.newest, both[0].sequence);

    let after = alerts(&world, &format!("?after={}", both[1].sequence)).await;
    assert_eq!((after.items.as_slice(), after.newest), (&both[..1], both[0].sequence));
    let after = alerts(&world, &format!("?after={}", both[0].sequence)).await;
    assert_eq!((after.items.len(), after.newest), (0, both[0].sequence));
    let all = alerts(&world, "?after=0").await;
    assert_eq!(all.items.iter().rev().cloned().collect::<Vec<_>>(), both, "oldest first");

    let nobodys: Alerts =
        world.stranger.get(&format!("/v1/organizations/{}/alerts", world.other_organization)).await.is(200).read();
    assert_eq!((nobodys.items.len(), nobodys.newest), (0, 0));
    let path = format!("/v1/organizations/{}/alerts", world.organization);
    for query in ["?after=x", "?after=-1", "?before=1"] {
        world.viewer.get(&format!("{path}{query}")).await.refused(400, ProblemCode::InvalidRequest);
    }
}

#[tokio::test]
async fn a_key_that_slept_is_told_a_fresh_one_and_a_revoked_one_are_not() {
    let world = World::with(watchful).await;
    let (old, secret) = world.make(&world.member, new_key("Made long ago")).await;
    let (fresh, fresh_secret) = world.make(&world.member, new_key("Made today")).await;
    let (revoked, revoked_secret) = world.make(&world.member, new_key("Revoked")).await;
    let made = (Utc::now() - TimeDelta::days(31)).timestamp_micros();
    database::run(world.data_dir(), &format!("UPDATE keys SET created_at = {made} WHERE name = 'Made long ago'")).await;

    used_from(&world, &fresh_secret, "198.51.100.7").await;
    used_from(&world, &revoked_secret, "198.51.100.7").await;
    used_from(&world, &secret, "198.51.100.7").await;
    let told = until(&world, 1).await;
    assert_eq!((told[0].key, &told[0].notice), (Some(old.id), &Notice::Awake { before: None }));

    world.admin.post(&format!("{}/revoke", world.key(revoked.id)), &json!({})).await.is(200);
    let long_ago = Utc::now() - TimeDelta::days(40);
    let before = chrono::SubsecRound::trunc_subsecs(long_ago, 6);
    notice_use(&world, &revoked, Some(before)).await;
    notice_use(&world, &fresh, Some(Utc::now() - TimeDelta::days(29))).await;
    // It was told already.
    notice_use(&world, &old, Some(before)).await;
    looked_through(&world).await;
    until(&world, 1).await;
    notice_use(&world, &fresh, Some(before)).await;
    let told = until(&world, 2).await;
    assert_eq!((told[0].key, &told[0].notice), (Some(fresh.id), &Notice::Awake { before: Some(before) }));
}
