//! `GET …/usage/export` and `GET …/usage/stale`.

use chrono::{DateTime, TimeDelta, Utc};
use keydeck_domain::api::Page;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::usage::{StaleKey, Usage};
use keydeck_domain::{Key, Secret};
use serde_json::{Value, json};

use crate::support::database::{literal, run};
use crate::support::{World, new_key};

fn path(world: &World) -> String {
    format!("/v1/organizations/{}/usage", world.organization)
}

async fn verify(world: &World, secret: &Secret) {
    world.verify(secret).await;
}

#[tokio::test]
async fn a_file_has_the_figures_of_the_answer() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.member, new_key("=HYPERLINK(\"x\", 1)")).await;
    let (_, other) = world.make(&world.member, new_key("Worker")).await;
    for _ in 0..3 {
        verify(&world, &secret).await;
    }
    verify(&world, &other).await;
    world.verifier.post("/v1/verify", &json!({ "key": "" })).await.is(200);
    world.server.flush_usage().await.unwrap();
    let day = |at: chrono::DateTime<Utc>| at.format("%Y-%m-%dT00:00:00Z").to_string();
    let (from, to) = (day(Utc::now() - TimeDelta::days(40)), day(Utc::now() + TimeDelta::days(2)));
    let query = format!("from={from}&to={to}&step=hour&zone=Asia/Kathmandu&group=key");
    let usage: Usage = world.viewer.get(&format!("{}?{query}", path(&world))).await.is(200).read();
    assert_eq!(usage.total, 5);

    let answer = world.viewer.get(&format!("{}/export?{query}&format=csv", path(&world))).await.is(200);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"usage.csv\"");
    assert_eq!(answer.header("content-length"), "", "it is sent as it is written");
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.ends_with("\r\n"));
    let mut lines = text.lines();
    assert_eq!(lines.next().unwrap(), "begins,ends,group,name,id,environment,count");
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), usage.times.len() * usage.series.len());
    let sum: u64 = lines.iter().map(|line| line.rsplit(',').next().unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(sum, usage.total);
    assert!(lines.iter().all(|line| line.starts_with("20") && line[19..].starts_with("+05:45,")), "the zone's time");
    // Each step with its beginning and its end, a row for each group.
    let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
    let ends = usage.times[1..].iter().chain([&usage.end]);
    let steps: Vec<_> = usage.times.iter().zip(ends).flat_map(|(&begin, &end)| vec![(begin, end); usage.series.len()]).collect();
    let told = |line: &&str| {
        let mut fields = line.split(',');
        (at(fields.next().unwrap()), at(fields.next().unwrap()))
    };
    assert_eq!(lines.iter().map(told).collect::<Vec<_>>(), steps);
    assert!(text.contains(",\"'=HYPERLINK(\"\"x\"\", 1)\","), "a text, not a formula");
    assert!(text.contains(",unattributed,,,,1\r\n"));

    let answer = world.viewer.get(&format!("{}/export?{query}&format=json", path(&world))).await.is(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let rows: Vec<Value> = answer.read();
    assert_eq!(rows.len(), lines.len());
    assert_eq!(rows.iter().map(|row| row["count"].as_u64().unwrap()).sum::<u64>(), usage.total);
    assert_eq!(rows[0]["begins"].as_str().unwrap()[19..].to_owned(), "+05:45");
    let told = |row: &Value| (at(row["begins"].as_str().unwrap()), at(row["ends"].as_str().unwrap()));
    assert_eq!(rows.iter().map(told).collect::<Vec<_>>(), steps);
    assert_eq!(rows[0]["group"]["name"], "=HYPERLINK(\"x\", 1)");
    for bad in ["", "&format=xlsx", "&format=csv&limit=1"] {
        world.viewer.get(&format!("{}/export?{query}{bad}", path(&world))).await.refused(400, ProblemCode::InvalidRequest);
    }
}

#[tokio::test]
async fn keys_that_could_go_are_those_that_nobody_used() {
    let world = World::new().await;
    let mut made: Vec<(Key, Secret)> = Vec::new();
    for name in ["never", "long ago", "of late", "young", "revoked", "expired", "off"] {
        made.push(world.make(&world.member, new_key(name)).await);
    }
    let day = |days: i64| (Utc::now() - TimeDelta::days(days)).timestamp_micros();
    let set = async |key: &Key, columns: String| {
        let statement = format!("UPDATE keys SET {columns} WHERE id = {}", literal(key.id));
        assert_eq!(run(world.data_dir(), &statement).await, 1);
    };
    for (key, _) in &made {
        set(key, format!("created_at = {}", day(400))).await;
    }
    set(&made[1].0, format!("last_used_at = {}", day(100))).await;
    set(&made[2].0, format!("last_used_at = {}", day(10))).await;
    set(&made[3].0, format!("created_at = {}", day(80))).await;
    set(&made[6].0, format!("last_used_at = {}", day(200))).await;
    world.member.patch(&world.key(made[6].0.id), 1, &json!({ "enabled": false })).await.is(200);
    world.member.send("POST", &format!("{}/revoke", world.key(made[4].0.id)), &[], None).await.is(200);
    let page = async |query: &str| -> Page<StaleKey> {
        world.viewer.get(&format!("{}/stale?{query}", path(&world))).await.is(200).read()
    };
    let names = |page: &Page<StaleKey>| page.items.iter().map(|key| key.name.to_string()).collect::<Vec<_>>();
    let all = page("days=90").await;
    assert_eq!(
        (names(&all), all.total, &all.next),
        (vec!["never".to_owned(), "expired".to_owned(), "off".to_owned(), "long ago".to_owned()], 4, &None)
    );
    let first = page("days=90&limit=3").await;
    let cursor = first.next.clone().unwrap();
    let second = page(&format!("days=90&limit=3&cursor={cursor}")).await;
    assert_eq!((names(&first).len(), names(&second), second.total, second.next), (3, vec!["long ago".to_owned()], 4, None));
    assert_eq!(names(&page("days=150").await), ["never", "expired", "off"]);
    assert_eq!(names(&page("days=5").await), ["never", "young", "expired", "off", "long ago", "of late"]);
    // One that is used now is none of them, at once.
    verify(&world, &made[0].1).await;
    assert_eq!(names(&page("days=90").await), ["expired", "off", "long ago"]);

    world.viewer.get(&format!("{}/stale?days=91&cursor={cursor}", path(&world))).await.refused(400, ProblemCode::InvalidRequest);
    let other = format!("/v1/organizations/{}/usage/stale?days=90", world.other_organization);
    world.stranger.get(&format!("{other}&cursor={cursor}")).await.refused(400, ProblemCode::InvalidRequest);
    for bad in ["", "days=x", "days=90&limit=0", "days=90&limit=201", "days=90&sort=name", "days=90&cursor=AAAA"] {
        world.viewer.get(&format!("{}/stale?{bad}", path(&world))).await.refused(400, ProblemCode::InvalidRequest);
    }
    for bad in ["days=0", "days=3651"] {
        world.viewer.get(&format!("{}/stale?{bad}", path(&world))).await.refused(422, ProblemCode::InvalidBody);
    }
}
