//! Memory API: the server's counts in its words.

use keydeck_domain::Environment;
use serde_json::{Value, json};

use super::memory_api::{Memory, at, data, refused};
use crate::support::As;

/// Three calls of a live key and two of a test key were accepted, one of each refused.
async fn called() -> (Memory, As) {
    let memory = Memory::new().await;
    let (_, live) = memory.key(Environment::Live, "read").await;
    let (_, test) = memory.key(Environment::Test, "read").await;
    for (caller, times) in [(&live, 3), (&test, 2)] {
        for _ in 0..times {
            caller.get(&at("/v1/memories")).await.is(200);
        }
        caller.delete(&at("/v1/memories/mem_1")).await.is(403);
    }
    memory.world.anonymous.get(&at("/v1/memories")).await.is(401);
    memory.world.server.flush_usage().await.unwrap();
    (memory, live)
}

async fn usage(caller: &As, rest: &str) -> Value {
    data(&caller.get(&at(&format!("/v1/usage{rest}"))).await.is(200))
}

#[tokio::test]
async fn live_and_test_are_told_apart() {
    // Memory API: "`mem_live_...` - Production keys (counts against billing)"
    // "`mem_test_...` - Sandbox keys (free, for testing)"
    let (memory, caller) = called().await;
    let month = chrono::Utc::now().format("%Y-%m").to_string();
    let told = usage(&caller, "").await;
    let expected = json!({ "period": month, "api_calls": 3, "test_api_calls": 2, "refused_calls": 2 });
    assert_eq!(told["current"], expected);
    assert!(told["as_of"].is_string() && told["counted_since"].is_string(), "{told}");
    // Another organization's are not among them.
    let memory = Memory::of(memory.world).await;
    let (_, other) = memory.admin().await;
    assert_eq!(usage(&other, "").await["current"]["api_calls"], 0);
}

#[tokio::test]
async fn history_is_day_by_day() {
    let (_memory, caller) = called().await;
    let today = chrono::Utc::now().date_naive();
    for (query, days) in [("", 30), ("?days=1", 1), ("?days=90", 90)] {
        let told = usage(&caller, &format!("/history{query}")).await;
        let history = told["history"].as_array().unwrap();
        assert_eq!(history.len(), days, "{query}");
        assert_eq!((&told["period_start"], &told["period_end"]), (&history[0]["date"], &history[days - 1]["date"]));
        assert_eq!(history[days - 1]["date"], today.to_string());
    }
    // What was just read is counted as well, in live.
    let last = usage(&caller, "/history?days=1").await["history"][0].clone();
    assert!(last["api_calls"].as_u64().unwrap() >= 3, "{last}");
    assert_eq!((&last["test_api_calls"], &last["refused_calls"]), (&json!(2), &json!(2)));
    for query in ["days=0", "days=91", "days=x", "days=-1"] {
        refused(caller.get(&at(&format!("/v1/usage/history?{query}"))).await, 400, "VALIDATION_ERROR");
        refused(caller.get(&at(&format!("/v1/usage/export?{query}"))).await, 400, "VALIDATION_ERROR");
        refused(caller.get(&at(&format!("/v1/usage/breakdown?{query}"))).await, 400, "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn a_breakdown_is_by_key_outcome_and_endpoint() {
    let (_memory, caller) = called().await;
    let told = usage(&caller, "/breakdown").await;
    let mut keys: Vec<(String, u64)> = told["by_key"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| (key["environment"].as_str().unwrap().to_owned(), key["calls"].as_u64().unwrap()))
        .collect();
    keys.sort();
    assert_eq!(keys, [("live".to_owned(), 4), ("test".to_owned(), 3)]);
    assert!(told["by_key"][0]["id"].as_str().unwrap().starts_with("key_"));
    assert_eq!(told["by_environment"], json!({ "live": 4, "test": 3 }));
    assert_eq!(told["by_outcome"], json!({ "accepted": 5, "missing_scope": 2 }));
    assert_eq!(told["by_endpoint"], json!({ "GET:/v1/memories": 5, "DELETE:/v1/memories/{id}": 2 }));
}

#[tokio::test]
async fn a_projection_goes_on_as_the_month_began() {
    let (_memory, caller) = called().await;
    let told = usage(&caller, "/projection").await;
    let (elapsed, left) = (told["days_elapsed"].as_u64().unwrap(), told["days_remaining"].as_u64().unwrap());
    assert!((28..=31).contains(&(elapsed + left)), "{told}");
    assert_eq!(told["current"]["api_calls"], 3);
    assert_eq!(told["projected"]["api_calls"], 3 * (elapsed + left) / elapsed);
}

#[tokio::test]
async fn an_export_is_a_file() {
    let (_memory, caller) = called().await;
    let today = chrono::Utc::now().date_naive();
    let file = caller.get(&at("/v1/usage/export?format=csv&days=2")).await.is(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"usage.csv\"");
    let text = String::from_utf8(file.body).unwrap();
    let yesterday = today.pred_opt().unwrap();
    assert_eq!(text, format!("date,api_calls,test_api_calls,refused_calls\r\n{yesterday},0,0,0\r\n{today},3,2,2\r\n"));
    let file = caller.get(&at("/v1/usage/export?format=json&days=1")).await.is(200);
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"usage.json\"");
    assert_eq!(file.value()[0]["date"], today.to_string());
    refused(caller.get(&at("/v1/usage/export?format=xml")).await, 400, "VALIDATION_ERROR");
}
