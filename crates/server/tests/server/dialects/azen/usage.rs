//! What was used, as the console shows it.

use serde_json::{Value, json};

use super::{Azen, act, denied, told};
use crate::support::As;

const USAGE: &str = "/azen/api/v1/usage";

async fn usage(azen: &Azen, by: &As, query: &str) -> Value {
    azen.world.server.flush_usage().await.unwrap();
    by.get(&format!("{USAGE}{query}")).await.is(200).value()
}

fn total(figures: &Value, name: &str) -> u64 {
    let series = figures["series"].as_array().unwrap().iter().find(|one| one["name"] == name);
    series.map_or(0, |one| one["data"].as_array().unwrap().iter().map(|value| value.as_u64().unwrap()).sum())
}

#[tokio::test]
async fn usage_tracking_is_aggregated_by_organization() {
    // Azen: "Usage tracking is aggregated by organization"
    let azen = Azen::acting().await;
    let world = &azen.world;
    let (_, full) = azen.key(&world.owner, "full").await;
    let (_, reads) = azen.key(&world.member, "read").await;
    let (_, foreign) = azen.key(&world.stranger, "full").await;
    for _ in 0..3 {
        azen.ask(&full).await.is(200);
    }
    azen.ask(&reads).await.is(200);
    azen.remember(&reads, "a").await.is(403);
    azen.ask(&foreign).await.is(200);
    for (query, range, steps) in [("", "24h", 24), ("?range=24h", "24h", 24), ("?range=7d", "7d", 7), ("?range=30d", "30d", 30)] {
        let figures = usage(&azen, &world.viewer, query).await;
        let names: Vec<&str> = figures.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["labels", "range", "series", "summary"]);
        assert_eq!((&figures["range"], figures["labels"].as_array().unwrap().len()), (&json!(range), steps));
        assert!(figures["series"].as_array().unwrap().iter().all(|one| one["data"].as_array().unwrap().len() == steps));
        assert_eq!(figures["summary"], json!({ "total": 5, "accepted": 4, "refused": 1 }));
        assert_eq!((total(&figures, "accepted"), total(&figures, "missing_scope")), (4, 1));
    }
    assert_eq!(usage(&azen, &world.stranger, "").await["summary"]["total"], json!(1));
}

#[tokio::test]
async fn a_key_that_reads_may_ask_for_it() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    let (_, reads) = azen.key(&world.owner, "read").await;
    let (_, writes) = azen.key(&world.owner, "write").await;
    let ask = async |key: &str, query: &str| {
        world.anonymous.send("GET", &format!("{USAGE}{query}"), &[("azen-api-key", key)], None).await
    };
    ask(&reads, "?range=7d").await.is(200);
    denied(ask(&writes, "").await, 403, "Unauthorized");
    for bad in ["?range=1h", "?range=", "?range=7d&range=30d"] {
        told(ask(&reads, bad).await, 400, "VALIDATION_ERROR");
    }
    act(&world.owner, None).await.is(200);
    denied(world.owner.get(USAGE).await, 403, "Unauthorized");
}
