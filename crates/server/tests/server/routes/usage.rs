//! `GET …/usage`: what was verified is seen at once after a flush, in every cut.

use chrono::{DateTime, TimeDelta, Utc};
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::usage::{Bounds, Group, KeyUsage, Sparkline, Usage};
use keydeck_domain::{Environment, KeyId, Outcome, Secret};
use serde_json::json;

use crate::support::{As, World, new_key};

fn path(world: &World) -> String {
    format!("/v1/organizations/{}/usage", world.organization)
}

/// The hours from yesterday to tomorrow.
fn around() -> String {
    let stamp = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let now = Utc::now();
    format!("from={}&to={}", stamp(now - TimeDelta::days(1)), stamp(now + TimeDelta::hours(1)))
}

async fn usage(by: &As, world: &World, query: &str) -> Usage {
    by.get(&format!("{}?{}&{query}", path(world), around())).await.is(200).read()
}

async fn verify(by: &As, key: &str, route: Option<&str>) {
    by.post("/v1/verify", &json!({ "key": key, "route": route })).await.is(200);
}

/// Exposed to be verified: a test's own secret.
fn text(secret: &Secret) -> &str {
    secret.expose()
}

/// Every group by its name, with its total.
fn totals(usage: &Usage) -> Vec<(String, u64)> {
    assert_eq!(usage.total, usage.series.iter().map(|series| series.total).sum::<u64>());
    for series in &usage.series {
        assert_eq!(series.values.len(), usage.times.len());
        assert_eq!(series.values.iter().sum::<u64>(), series.total);
    }
    usage.series.iter().map(|series| (name(&series.group), series.total)).collect()
}

fn name(group: &Group) -> String {
    match group {
        Group::All => "all".to_owned(),
        Group::Key { name, .. } => name.as_ref().unwrap().to_string(),
        Group::Outcome { outcome } => json!(outcome).as_str().unwrap().to_owned(),
        Group::Environment { environment } => environment.to_string(),
        Group::Route { route } => route.clone().unwrap_or_else(|| "no route".to_owned()),
        Group::Unattributed => "unattributed".to_owned(),
        Group::Other => "other".to_owned(),
    }
}

/// Twelve verifications: seven of one key, two of another, three that name none; and one elsewhere.
async fn traffic(world: &World) -> (KeyId, KeyId, Secret) {
    let (busy, busy_secret) = world.make(&world.member, new_key("=Busy")).await;
    let mut live = new_key("Live");
    live.environment = Environment::Live;
    let (live, live_secret) = world.make(&world.member, live).await;
    for round in 0..5 {
        verify(&world.verifier, text(&busy_secret), (round < 3).then_some("POST:/v1/orders")).await;
    }
    verify(&world.verifier, text(&live_secret), Some("GET:/v1/orders")).await;
    verify(&world.verifier, text(&live_secret), None).await;
    for unknown in ["", "nonsense", "nonsense"] {
        verify(&world.verifier, unknown, None).await;
    }
    world.member.send("POST", &format!("{}/revoke", world.key(busy.id)), &[], None).await.is(200);
    for _ in 0..2 {
        verify(&world.verifier, text(&busy_secret), None).await;
    }
    verify(&world.other_verifier, text(&busy_secret), None).await;
    world.server.flush_usage().await.unwrap();
    (busy.id, live.id, busy_secret)
}

fn named(list: &[(&str, u64)]) -> Vec<(String, u64)> {
    list.iter().map(|&(name, total)| (name.to_owned(), total)).collect()
}

#[tokio::test]
async fn every_cut_of_the_same_traffic_has_the_same_sum() {
    let world = World::new().await;
    let nothing = usage(&world.viewer, &world, "step=hour&group=key").await;
    assert_eq!((nothing.total, nothing.series.len(), nothing.since), (0, 0, None));
    assert_eq!(totals(&usage(&world.viewer, &world, "step=day").await), named(&[("all", 0)]));

    let (busy, live, _) = traffic(&world).await;
    let revoked = usage(&world.viewer, &world, "step=hour&group=key").await;
    assert!(revoked.since.is_some() && revoked.as_of <= Utc::now());
    assert!(
        matches!(&revoked.series[0].group, Group::Key { id, revoked: true, environment: Environment::Test, .. } if *id == busy)
    );
    let outcomes = [("accepted", 7), ("malformed", 2), ("revoked", 2), ("missing", 1)];
    for step in ["hour", "day", "month"] {
        for zone in ["UTC", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York", "Pacific/Apia", "Africa/Casablanca"] {
            for (query, expected) in [
                ("", vec![("all", 12)]),
                ("group=key", vec![("=Busy", 7), ("Live", 2), ("unattributed", 3)]),
                ("group=key&top=1", vec![("=Busy", 7), ("unattributed", 3), ("other", 2)]),
                ("group=environment", vec![("test", 7), ("live", 2), ("unattributed", 3)]),
                ("group=route&top=2", vec![("no route", 8), ("POST:/v1/orders", 3), ("other", 1)]),
                ("group=route", vec![("no route", 8), ("POST:/v1/orders", 3), ("GET:/v1/orders", 1)]),
                ("environment=live", vec![("all", 2)]),
                ("environment=test&group=key", vec![("=Busy", 7)]),
                ("outcome=revoked&group=key", vec![("=Busy", 2)]),
                ("outcome=missing&group=environment", vec![("unattributed", 1)]),
                ("outcome=accepted&group=route&environment=test", vec![("POST:/v1/orders", 3), ("no route", 2)]),
            ] {
                let found = usage(
                    &world.viewer,
                    &world,
                    &format!("step={step}&zone={zone}&{query}").trim_end_matches('&').replace("&&", "&"),
                )
                .await;
                assert_eq!(totals(&found), named(&expected), "{step} {zone} {query}");
            }
            let by_outcome = usage(&world.viewer, &world, &format!("step={step}&zone={zone}&group=outcome")).await;
            let mut found = totals(&by_outcome);
            found.sort_by_key(|(name, total)| (std::cmp::Reverse(*total), name.clone()));
            assert_eq!(found, named(&outcomes));
        }
    }
    for (query, expected) in [
        (format!("step=day&keys={busy}"), vec![("all", 7)]),
        (format!("step=day&keys={busy},{live}&group=key"), vec![("=Busy", 7), ("Live", 2)]),
        (format!("step=day&keys={busy},{live}&group=key&top=1"), vec![("=Busy", 7), ("other", 2)]),
        (format!("step=day&keys={busy},{live}&group=environment"), vec![("test", 7), ("live", 2)]),
        (format!("step=hour&keys={busy}&group=outcome"), vec![("accepted", 5), ("revoked", 2)]),
        (format!("step=hour&keys={busy}&environment=live"), vec![("all", 0)]),
        (format!("step=day&keys={}", KeyId::generate()), vec![("all", 0)]),
        ("step=minute&group=environment".to_owned(), vec![("test", 7), ("live", 2), ("unattributed", 3)]),
        ("step=quarter".to_owned(), vec![("all", 12)]),
    ] {
        assert_eq!(totals(&usage(&world.viewer, &world, &query).await), named(&expected), "{query}");
    }
    // The other organization sees its own, and nothing of this key.
    let elsewhere = format!("/v1/organizations/{}/usage?{}&step=day", world.other_organization, around());
    let other: Usage = world.stranger.get(&elsewhere).await.is(200).read();
    assert_eq!(other.total, 1);
    let other: Usage = world.stranger.get(&format!("{elsewhere}&keys={busy}")).await.is(200).read();
    assert_eq!(other.total, 0);
    let other: Usage = world.stranger.get(&format!("{elsewhere}&group=key")).await.is(200).read();
    assert_eq!(totals(&other), named(&[("unattributed", 1)]));
}

#[tokio::test]
async fn bounds_are_told_as_they_are() {
    let world = World::new().await;
    for (query, expected) in [
        ("step=day&zone=Asia/Kolkata", Bounds::Exact),
        ("step=day&zone=Asia/Kolkata&group=key", Bounds::Hours),
        ("step=hour&zone=Asia/Kathmandu&group=route", Bounds::Hours),
        ("step=day&zone=America/New_York&group=key", Bounds::Exact),
        ("step=month&group=key", Bounds::Exact),
    ] {
        assert_eq!(usage(&world.viewer, &world, query).await.bounds, expected, "{query}");
    }
}

#[tokio::test]
async fn a_query_that_cant_be_answered_says_what_to_ask_for() {
    let world = World::new().await;
    let key = KeyId::generate();
    let many = vec![key.to_string(); 201].join(",");
    for (query, word) in [
        ("step=day&zone=Mars/Olympus".to_owned(), "Europe/Berlin"),
        ("step=minute&group=key".to_owned(), "by the hour"),
        (format!("step=quarter&keys={key}"), "by the hour"),
        (format!("step=day&group=route&keys={key}"), "routes"),
        ("step=day&top=0".to_owned(), "`top`"),
        ("step=day&keys=x".to_owned(), "`keys`"),
        (format!("step=day&keys={many}"), "`keys`"),
    ] {
        let problem =
            world.viewer.get(&format!("{}?{}&{query}", path(&world), around())).await.refused(422, ProblemCode::InvalidBody);
        assert!(problem.detail.unwrap().contains(word), "{query}");
        world.viewer.get(&format!("{}/export?{}&{query}&format=csv", path(&world), around())).await.is(422);
    }
    for (query, word) in [
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z&step=day", "after"),
        ("from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z&step=minute", "2 days"),
        ("from=1990-01-01T00:00:00Z&to=2020-01-02T00:00:00Z&step=quarter", "figures"),
        ("from=2010-01-01T00:00:00Z&to=2020-01-02T00:00:00Z&step=day&group=key&top=1000", "figures"),
    ] {
        let problem = world.viewer.get(&format!("{}?{query}", path(&world))).await.refused(422, ProblemCode::InvalidBody);
        assert!(problem.detail.unwrap().contains(word), "{query}");
    }
    for query in
        ["", "step=day", "step=year", "step=day&group=color", "step=day&outcome=fine", "step=day&limit=3", "step=day&top=x"]
    {
        world.viewer.get(&format!("{}?{query}", path(&world))).await.refused(400, ProblemCode::InvalidRequest);
    }
    world.stranger.get(&format!("{}?{}&step=day", path(&world), around())).await.refused(404, ProblemCode::NotFound);
    world.anonymous.get(&format!("{}?{}&step=day", path(&world), around())).await.refused(401, ProblemCode::Unauthenticated);
}

#[tokio::test]
async fn one_keys_use_is_told_with_where_and_with_what() {
    let world = World::new().await;
    let (key, secret) = world.make(&world.member, new_key("Worker")).await;
    let of = |id: KeyId| format!("{}/keys/{id}", path(&world));
    let never: KeyUsage = world.viewer.get(&of(key.id)).await.is(200).read();
    assert_eq!((never.last, never.total, never.scopes.len(), never.hours.len()), (None, 0, 0, 24));

    let request = json!({ "key": text(&secret), "scopes": ["read"], "address": "192.0.2.7", "user_agent": "curl/8" });
    world.verifier.post("/v1/verify", &request).await.is(200);
    for _ in 0..2 {
        world.verifier.post("/v1/verify", &json!({ "key": text(&secret), "scopes": ["write"] })).await.is(200);
    }
    world.server.flush_usage().await.unwrap();
    let used: KeyUsage = world.viewer.get(&of(key.id)).await.is(200).read();
    let last = used.last.unwrap();
    assert_eq!((last.address, last.user_agent.as_deref()), (Some("192.0.2.7".parse().unwrap()), Some("curl/8")));
    // The hour may have passed between them.
    assert_eq!((used.total, used.hours.iter().sum(), used.refused_hours.iter().sum()), (3, 3_u64, 2_u64));
    let scopes: Vec<_> = used.scopes.iter().map(|used| (used.scope.as_str(), used.count)).collect();
    assert_eq!(scopes, [("read", 1)], "only what was granted");

    let lines: Vec<Sparkline> =
        world.viewer.get(&format!("{}/sparklines?keys={},{}", path(&world), KeyId::generate(), key.id)).await.is(200).read();
    assert_eq!(lines.iter().map(|line| (line.key, line.hours.iter().sum::<u64>())).collect::<Vec<_>>(), [(key.id, 3)]);
    assert_eq!(lines[0].hours.len(), 24);

    // Another's key and none at all are the same, byte for byte.
    let (foreign, unknown) = (
        world.stranger.get(&format!("/v1/organizations/{}/usage/keys/{}", world.other_organization, key.id)).await.is(404),
        world
            .stranger
            .get(&format!("/v1/organizations/{}/usage/keys/{}", world.other_organization, KeyId::generate()))
            .await
            .is(404),
    );
    assert_eq!(foreign.body, unknown.body);
    let foreign: Vec<Sparkline> = world
        .stranger
        .get(&format!("/v1/organizations/{}/usage/sparklines?keys={}", world.other_organization, key.id))
        .await
        .is(200)
        .read();
    assert_eq!(foreign, []);
    world.viewer.get(&of(KeyId::generate())).await.refused(404, ProblemCode::NotFound);
    let many = vec![key.id.to_string(); 201].join(",");
    for bad in ["x", "", &many] {
        world.viewer.get(&format!("{}/sparklines?keys={bad}", path(&world))).await.refused(422, ProblemCode::InvalidBody);
    }
    world.viewer.get(&format!("{}/sparklines", path(&world))).await.refused(400, ProblemCode::InvalidRequest);
}

#[tokio::test]
async fn what_is_accepted_by_itself_is_counted_too() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.member, new_key("Worker")).await;
    world.about_itself(&secret).await.is(200);
    world.server.flush_usage().await.unwrap();
    let found = usage(&world.viewer, &world, "step=day&group=outcome").await;
    assert_eq!(found.series[0].group, Group::Outcome { outcome: Outcome::Accepted });
    assert_eq!(found.total, 1);
}

#[tokio::test]
async fn where_counts_cant_be_read_that_is_told_and_the_rest_answers() {
    let broken = |config: &mut keydeck_server::Config| {
        std::fs::write(config.data_dir.join(keydeck_server::USAGE_FILE), "this is no database ".repeat(500)).unwrap();
    };
    let world = World::with(broken).await;
    let (key, _) = world.make(&world.member, new_key("Worker")).await;
    for path in [
        format!("{}?{}&step=day", path(&world), around()),
        format!("{}/export?{}&step=day&format=csv", path(&world), around()),
        format!("{}/sparklines?keys={}", path(&world), key.id),
        format!("{}/keys/{}", path(&world), key.id),
    ] {
        world.viewer.get(&path).await.refused(503, ProblemCode::Unavailable);
    }
    world.viewer.get(&format!("{}/stale?days=90", path(&world))).await.is(200);
    world.viewer.get(&world.key(key.id)).await.is(200);
}
