//! `/v1/organizations/{organization}/limits`, and what they do to `POST /v1/verify`.

use std::sync::Arc;

use keydeck_domain::api::alerts::Notice;
use keydeck_domain::api::limits::{Burst, Limit, LimitOf, Limits, LimitsChanged, OnFailure, PER_DAY_MAX};
use keydeck_domain::api::organizations::NewOrganization;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::verify::VerifyResponse;
use keydeck_domain::{Dialect, Environment, Outcome, Secret};
use keydeck_server::Config;
use serde_json::{Value, json};

use super::alerts::{counted, until, watchful};
use crate::support::database::{literal, run};
use crate::support::world::{open, serve};
use crate::support::{Answer, As, Log, World, new_key};

fn path(world: &World) -> String {
    format!("/v1/organizations/{}/limits", world.organization)
}

async fn put(by: &As, world: &World, version: u32, items: Value) -> Answer {
    by.json("PUT", &path(world), &[("if-match", &format!("\"{version}\""))], &json!({ "items": items })).await
}

async fn get(world: &World) -> Limits {
    world.viewer.get(&path(world)).await.is(200).read()
}

async fn verify(by: &As, secret: &Secret) -> Answer {
    // Exposed to be verified: a test's own secret.
    by.post("/v1/verify", &json!({ "key": secret.expose() })).await.is(200)
}

fn outcome(answer: &Answer) -> Outcome {
    answer.read::<VerifyResponse>().outcome
}

fn per_day(of: &str, quota: u64) -> Value {
    json!([{ "of": of, "per_day": quota }])
}

#[tokio::test]
async fn they_are_set_read_and_audited() {
    let world = World::new().await;
    let none = world.viewer.get(&path(&world)).await.is(200);
    assert_eq!(none.header("etag"), "\"0\"");
    assert_eq!(none.read::<Limits>(), Limits { items: vec![], plans: vec![], set_aside: false, version: 0 });

    let items = json!([
        { "of": "organization", "burst": { "requests": 100, "window_seconds": 60 }, "at_once": 5 },
        { "of": "key", "environment": "test", "per_day": 1000, "on_failure": "open" },
    ]);
    let set = put(&world.admin, &world, 0, items).await.is(200);
    assert_eq!(set.header("etag"), "\"1\"");
    let first = Limit {
        of: LimitOf::Organization,
        environment: None,
        burst: Some(Burst { requests: 100, window_seconds: 60 }),
        per_day: None,
        at_once: Some(5),
        on_failure: OnFailure::Closed,
    };
    let second = Limit {
        of: LimitOf::Key,
        environment: Some(Environment::Test),
        burst: None,
        per_day: Some(1_000),
        at_once: None,
        on_failure: OnFailure::Open,
    };
    assert_eq!(set.read::<Limits>().items, [first, second]);
    assert_eq!(get(&world).await, set.read());
    // The same once more is no change.
    put(&world.owner, &world, 1, json!([first, second])).await.is(200);
    assert_eq!(get(&world).await.version, 1);
    put(&world.owner, &world, 1, json!([])).await.is(200);
    assert_eq!((get(&world).await.items, get(&world).await.version), (vec![], 2));

    let log = world.admin.get(&format!("/v1/organizations/{}/audit?action=limits_updated", world.organization)).await;
    let log = log.is(200).value();
    let entries = log["items"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!((&entries[0]["before"], &entries[0]["after"]), (&json!({ "limits": [first, second] }), &json!({ "limits": [] })));
    assert_eq!((&entries[1]["before"], &entries[1]["after"]), (&json!({ "limits": [] }), &json!({ "limits": [first, second] })));
    assert_eq!((&entries[1]["actor"]["email"], &entries[1]["target_name"]), (&json!("admin@example.org"), &json!("Northwind")));
}

#[tokio::test]
async fn who_may_not_and_what_is_not_acceptable_is_refused() {
    let world = World::new().await;
    for by in [&world.member, &world.viewer] {
        put(by, &world, 0, per_day("key", 1)).await.refused(403, ProblemCode::Forbidden);
    }
    put(&world.stranger, &world, 0, per_day("key", 1)).await.refused(404, ProblemCode::NotFound);
    put(&world.anonymous, &world, 0, per_day("key", 1)).await.refused(401, ProblemCode::Unauthenticated);
    world.admin.put(&path(&world), &json!({ "items": [] })).await.refused(428, ProblemCode::PreconditionRequired);

    put(&world.admin, &world, 0, per_day("key", 7)).await.is(200);
    let stale = put(&world.owner, &world, 0, per_day("key", 8)).await;
    assert_eq!(stale.read::<LimitsChanged>().current_limits, get(&world).await);
    stale.refused(412, ProblemCode::Changed);

    let check =
        async |items: Value| put(&world.admin, &world, 1, items).await.refused(422, ProblemCode::InvalidBody).detail.unwrap();
    let burst =
        |requests: u64, seconds: u64| json!([{ "of": "key", "burst": { "requests": requests, "window_seconds": seconds } }]);
    for (items, expected) in [
        (json!([{ "of": "key" }]), "`items[0]`: limits nothing: leave it out"),
        (burst(0, 60), "`items[0].burst.requests`: must be 1 to 1000000"),
        (burst(1_000_001, 60), "`items[0].burst.requests`: must be 1 to 1000000"),
        (burst(1, 0), "`items[0].burst.window_seconds`: must be 1 to 86400"),
        (burst(1, 86_401), "`items[0].burst.window_seconds`: must be 1 to 86400"),
        (per_day("key", 0), "`items[0].per_day`: must be 1 to 1000000000000"),
        (per_day("key", PER_DAY_MAX + 1), "`items[0].per_day`: must be 1 to 1000000000000"),
        (json!([{ "of": "key", "at_once": 0 }]), "`items[0].at_once`: must be 1 to 100000"),
        (
            json!([{ "of": "key", "at_once": 1 }, { "of": "key", "per_day": 1 }]),
            "`items[1]`: there is one already for the same keys and environment: make one of both",
        ),
        (json!([{ "of": "key", "per_day": 1, "per_hour": 1 }]), "unknown field `per_hour`"),
    ] {
        assert_eq!(check(items).await, expected);
    }
    for odd in [json!([{ "of": "everybody", "per_day": 1 }]), json!([{ "of": "key", "per_day": -1 }]), json!("none")] {
        check(odd).await;
    }
    let seven: Vec<_> = (0..7).map(|_| json!({ "of": "key", "per_day": 1 })).collect();
    assert_eq!(check(json!(seven)).await, "`items` must have at most 6 entries");
    assert_eq!(get(&world).await.version, 1);
}

#[tokio::test]
async fn over_its_rate_a_key_is_refused_and_told_when_to_come_again() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
    let free = verify(&world.verifier, &secret).await;
    assert!(free.headers.get("ratelimit").is_none() && free.value().get("limit").is_none());

    let items = json!([{ "of": "key", "burst": { "requests": 2, "window_seconds": 3600 }, "per_day": 1000, "at_once": 1 }]);
    put(&world.admin, &world, 0, items).await.is(200);
    let first = verify(&world.verifier, &secret).await;
    assert_eq!(outcome(&first), Outcome::Accepted);
    assert_eq!(first.header("ratelimit-policy"), r#""burst";q=2;w=3600, "daily";q=1000;w=86400"#);
    let told = first.header("ratelimit");
    // One was accepted before there were limits; the day remembers it where it was counted in time.
    assert!(told.starts_with(r#""burst";r=1;t=1800, "daily";r=99"#), "{told}");
    assert_eq!(first.header("retry-after"), "");
    let limit = first.read::<VerifyResponse>().limit.unwrap();
    assert_eq!((limit.limit, limit.remaining, limit.reset_seconds, limit.retry_after_seconds), (2, 1, 1800, None));
    assert_eq!(outcome(&verify(&world.verifier, &secret).await), Outcome::Accepted);

    let refused = verify(&world.verifier, &secret).await;
    let answer: VerifyResponse = refused.read();
    assert_eq!(answer.outcome, Outcome::RateLimited);
    assert!(answer.key.is_some(), "which key it is, is known");
    let limit = answer.limit.unwrap();
    assert_eq!((limit.limit, limit.remaining), (2, 0));
    let wait = limit.retry_after_seconds.unwrap();
    assert!((1_790..=1_800).contains(&wait), "{wait}");
    assert_eq!(refused.header("retry-after"), wait.to_string());
    assert!(refused.header("ratelimit").starts_with(r#""burst";r=0;t="#), "{}", refused.header("ratelimit"));

    // Each key has its own, a key about itself takes nothing, and a key that is refused for itself neither.
    let (other, other_secret) = world.make(&world.owner, new_key("Other")).await;
    for _ in 0..5 {
        world.about_itself(&other_secret).await.is(200);
        assert_eq!(world.verify_for(&other_secret, &["delete"]).await.outcome, Outcome::MissingScope);
    }
    for _ in 0..2 {
        assert_eq!(outcome(&verify(&world.verifier, &other_secret).await), Outcome::Accepted);
    }
    assert_eq!(outcome(&verify(&world.verifier, &other_secret).await), Outcome::RateLimited);
    world.owner.send("POST", &format!("{}/revoke", world.key(other.id)), &[], None).await.is(200);
    let revoked = verify(&world.verifier, &other_secret).await;
    assert_eq!((outcome(&revoked), revoked.header("ratelimit")), (Outcome::Revoked, ""));
}

/// How many verifications ended so today.
async fn counted_as(world: &World, outcome: i64) -> i64 {
    world.server.flush_usage().await.unwrap();
    let count = sqlx::query_scalar("SELECT coalesce(sum(count), 0) FROM minutes WHERE outcome = ?");
    count.bind(outcome).fetch_one(&mut counted(world).await).await.unwrap()
}

#[tokio::test]
async fn a_quota_of_the_day_is_used_up_counted_and_remembered_over_a_restart() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
    // What was accepted before there was a quota counts.
    assert_eq!(outcome(&verify(&world.verifier, &secret).await), Outcome::Accepted);
    put(&world.admin, &world, 0, per_day("organization", 3)).await.is(200);
    for left in [1, 0] {
        let answer = verify(&world.verifier, &secret).await;
        assert_eq!(answer.read::<VerifyResponse>().limit.unwrap().remaining, left);
    }
    let refused = verify(&world.verifier, &secret).await;
    assert_eq!(outcome(&refused), Outcome::QuotaExhausted);
    assert_eq!(refused.header("ratelimit-policy"), r#""daily";q=3;w=86400"#);
    let limit = refused.read::<VerifyResponse>().limit.unwrap();
    assert_eq!((limit.limit, limit.remaining, limit.retry_after_seconds), (3, 0, Some(limit.reset_seconds)));
    assert_eq!((counted_as(&world, 0).await, counted_as(&world, 11).await), (3, 1));

    let (verifier, server) = (world.verifier.clone(), world.server.clone());
    let folder = world.stop().await;
    server.close().await;
    drop(server);
    let server = open(Config::new(folder.path())).await;
    let (address, running) = serve(&server).await;
    assert_eq!(outcome(&verify(&verifier.at_address(address), &secret).await), Outcome::QuotaExhausted);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t21_of_64_at_once_one_gets_the_last_credit() {
    let world = Arc::new(World::new().await);
    let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
    let secret = Arc::new(secret);
    put(&world.admin, &world, 0, json!([{ "of": "key", "burst": { "requests": 1, "window_seconds": 86400 } }])).await.is(200);
    let asking: Vec<_> = (0..64)
        .map(|_| {
            let (world, secret) = (Arc::clone(&world), Arc::clone(&secret));
            tokio::spawn(async move { outcome(&verify(&world.verifier, &secret).await) })
        })
        .collect();
    let mut accepted = 0;
    for asking in asking {
        match asking.await.unwrap() {
            Outcome::Accepted => accepted += 1,
            other => assert_eq!(other, Outcome::RateLimited),
        }
    }
    assert_eq!(accepted, 1);
}

#[tokio::test]
async fn live_and_test_have_their_own() {
    let world = World::new().await;
    let (_, test) = world.make(&world.owner, new_key("Test")).await;
    let mut live = new_key("Live");
    live.environment = Environment::Live;
    let (_, live) = world.make(&world.owner, live).await;
    let items = json!([{ "of": "organization", "environment": "test", "burst": { "requests": 1, "window_seconds": 3600 } }]);
    put(&world.admin, &world, 0, items).await.is(200);
    assert_eq!(outcome(&verify(&world.verifier, &test).await), Outcome::Accepted);
    assert_eq!(outcome(&verify(&world.verifier, &test).await), Outcome::RateLimited);
    let answer = verify(&world.verifier, &live).await;
    assert_eq!((outcome(&answer), answer.header("ratelimit")), (Outcome::Accepted, ""));
}

#[tokio::test]
async fn a_quota_that_is_nearly_used_up_is_told_once_a_part() {
    let world = World::with(watchful).await;
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    put(&world.admin, &world, 0, json!([{ "of": "organization", "per_day": 10 }, { "of": "key", "per_day": 20 }])).await.is(200);
    for _ in 0..10 {
        assert_eq!(outcome(&verify(&world.verifier, &secret).await), Outcome::Accepted);
    }
    assert_eq!(outcome(&verify(&world.verifier, &secret).await), Outcome::QuotaExhausted);
    world.server.flush_usage().await.unwrap();
    let told = until(&world, 4).await;
    let mut notices: Vec<_> = told.iter().rev().map(|alert| (alert.key, alert.notice.clone())).collect();
    notices.sort_by_key(|(key, notice)| (key.is_some(), format!("{notice:?}")));
    let near = |percent, quota| Notice::LimitNear { percent, quota, environment: None };
    assert_eq!(notices, [(None, near(50, 10)), (None, near(80, 10)), (None, near(95, 10)), (Some(key.id), near(50, 20))]);
    for alert in &told {
        assert_eq!(alert.until.format("%H:%M:%S").to_string(), "00:00:00", "until the day of UTC is over");
        assert!(alert.until > alert.at);
    }
    // Another quota of the same day says it of its own parts, and the same is not said twice.
    put(&world.admin, &world, 1, per_day("organization", 11)).await.is(200);
    assert_eq!(outcome(&verify(&world.verifier, &secret).await), Outcome::Accepted);
    world.server.flush_usage().await.unwrap();
    assert_eq!(until(&world, 4).await, told);
}

#[tokio::test]
async fn a_new_organization_begins_with_what_its_system_documents() {
    let world = World::new().await;
    let owner = world.id_of("owner").await;
    let made = async |dialect: Dialect| -> (Limits, String) {
        let wanted = NewOrganization {
            name: "Another".parse().unwrap(),
            prefix: format!("p{}", dialect.as_str().replace('-', "")).parse().unwrap(),
            dialect,
            tenant: None,
        };
        let id = world.server.add_organization_of(wanted, owner).await.unwrap();
        let path = format!("/v1/organizations/{id}/limits");
        let limits: Limits = world.owner.get(&path).await.is(200).read();
        assert_eq!(limits.items, dialect.first_limits());
        assert_eq!(limits.plans, dialect.plans());
        (limits, path)
    };
    for dialect in Dialect::ALL {
        let (limits, path) = made(dialect).await;
        assert_eq!(limits.version, u32::from(!limits.items.is_empty()), "{dialect:?}");
        if dialect == Dialect::MemoryApi {
            // "Free 10/100/2", and another plan is taken by its name.
            assert_eq!(limits.items, limits.plans[0].items);
            let pro = limits.plans.iter().find(|plan| plan.name == "Pro").unwrap();
            let set = world.owner.json("PUT", &path, &[("if-match", "\"1\"")], &json!({ "items": pro.items })).await;
            assert_eq!(set.is(200).read::<Limits>().items, pro.items);
        }
    }
}

#[tokio::test]
async fn limits_that_were_changed_from_outside_refuse_every_key() {
    for (statement, version) in [
        ("UPDATE limits SET items = replace(items, '1000', '9999')", 1),
        ("UPDATE limits SET version = 7", 7),
        ("UPDATE limits SET items = '[]'", 1),
        ("UPDATE limits SET mac = zeroblob(32)", 1),
        ("DELETE FROM limits", 0),
    ] {
        let log = Log::capture();
        let world = World::new().await;
        let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
        put(&world.admin, &world, 0, per_day("key", 1_000)).await.is(200);
        let (verifier, admin, path) = (world.verifier.clone(), world.admin.clone(), path(&world));
        let organization = literal(world.organization);
        let server = world.server.clone();
        let folder = world.stop().await;
        server.close().await;
        drop(server);
        assert!(log.alerts().is_empty());
        assert_eq!(run(folder.path(), &format!("{statement} WHERE organization_id = {organization}")).await, 1);

        let server = open(Config::new(folder.path())).await;
        let (address, running) = serve(&server).await;
        let (verifier, admin) = (verifier.at_address(address), admin.at_address(address));
        assert_eq!(log.alerts().len(), 1, "{statement}");
        let refused = verify(&verifier, &secret).await;
        assert_eq!((outcome(&refused), refused.header("retry-after")), (Outcome::RateLimited, "1"), "{statement}");
        // They are set anew, and it is well again.
        let limits: Limits = admin.get(&path).await.is(200).read();
        assert_eq!((limits.set_aside, limits.items, limits.version), (true, vec![], version), "{statement}");
        let version = format!("\"{version}\"");
        admin.json("PUT", &path, &[("if-match", &version)], &json!({ "items": [] })).await.is(200);
        assert_eq!(outcome(&verify(&verifier, &secret).await), Outcome::Accepted);
        running.stop().await;
    }
}

#[tokio::test]
async fn a_quota_whose_count_cannot_be_read_is_closed_unless_it_says_open() {
    for (on_failure, expected) in [("closed", Outcome::QuotaExhausted), ("open", Outcome::Accepted)] {
        let world = World::new().await;
        let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
        put(&world.admin, &world, 0, json!([{ "of": "key", "per_day": 10, "on_failure": on_failure }])).await.is(200);
        let (verifier, server) = (world.verifier.clone(), world.server.clone());
        let folder = world.stop().await;
        server.close().await;
        drop(server);
        for file in ["usage.db", "usage.db-wal"] {
            std::fs::write(folder.path().join(file), vec![b'x'; 8192]).unwrap();
        }
        let server = open(Config::new(folder.path())).await;
        let (address, running) = serve(&server).await;
        assert_eq!(outcome(&verify(&verifier.at_address(address), &secret).await), expected, "{on_failure}");
        running.stop().await;
    }
}
