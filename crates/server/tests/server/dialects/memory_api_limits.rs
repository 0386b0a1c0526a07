//! Memory API: what is told of limits, and how each of them refuses.

use keydeck_domain::Environment;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::memory_api::{Memory, at, data, refused};
use crate::support::raw::{read_to_end, status};
use crate::support::{Answer, As};

async fn list(caller: &As) -> Answer {
    caller.get(&at("/v1/memories")).await
}

fn number(answer: &Answer, name: &str) -> i64 {
    answer.header(name).parse().unwrap_or_else(|_| panic!("{name}: {:?}", answer.headers))
}

/// One limit of the organization.
fn limit(what: &str, value: &Value) -> Value {
    json!([{ "of": "organization", what: value }])
}

#[tokio::test]
async fn every_answer_tells_what_is_left() {
    // "X-RateLimit-*"
    let memory = Memory::new().await;
    let (_, caller) = memory.key(Environment::Live, "read").await;
    assert_eq!(list(&caller).await.is(200).header("x-ratelimit-limit"), "", "nothing is limited");
    memory.limit(&limit("burst", &json!({ "requests": 10, "window_seconds": 3600 }))).await;
    let first = list(&caller).await.is(200);
    assert_eq!((number(&first, "x-ratelimit-limit"), number(&first, "x-ratelimit-remaining")), (10, 9));
    assert!(number(&first, "x-ratelimit-reset") >= chrono::Utc::now().timestamp() - 60, "a Unix time");
    assert!(first.header("ratelimit-policy").starts_with(r#""burst";q=10;w=3600"#), "{:?}", first.headers);
    // A refusal that is no matter of limits takes nothing, a mistake does.
    refused(caller.delete(&at("/v1/memories/mem_1")).await, 403, "INSUFFICIENT_PERMISSIONS");
    let missing = caller.get(&at("/v1/memories/mem_1")).await;
    assert_eq!(number(&missing, "x-ratelimit-remaining"), 8);
    refused(missing, 404, "MEMORY_NOT_FOUND");
    let account = data(&caller.get(&at("/v1/account")).await.is(200));
    assert_eq!((&account["limits"]["limit"], &account["limits"]["remaining"]), (&json!(10), &json!(7)));
}

#[tokio::test]
async fn each_limit_has_a_code_of_its_own() {
    let memory = Memory::new().await;
    let (_, caller) = memory.key(Environment::Live, "read").await;
    for (items, code) in [
        (limit("burst", &json!({ "requests": 1, "window_seconds": 3600 })), "RATE_LIMIT_EXCEEDED"),
        (limit("per_day", &json!(2)), "DAILY_QUOTA_EXCEEDED"),
    ] {
        memory.limit(&items).await;
        let mut answer = list(&caller).await;
        while answer.status == 200 {
            answer = list(&caller).await;
        }
        assert!(number(&answer, "retry-after") >= 1);
        assert_eq!(number(&answer, "x-ratelimit-remaining"), 0, "{code}");
        refused(answer, 429, code);
        memory.limit(&json!([])).await;
        list(&caller).await.is(200);
    }
}

#[tokio::test]
async fn so_many_run_at_once_and_a_place_is_given_back() {
    let memory = Memory::new().await;
    let (_, caller) = memory.key(Environment::Live, "read write").await;
    memory.limit(&limit("at_once", &json!(1))).await;
    let body = r#"{"text":"slow"}"#;
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        at("/v1/memories"),
        caller.token(),
        body.len()
    );
    let mut slow = TcpStream::connect(memory.world.address).await.unwrap();
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut answer = list(&caller).await;
    while answer.status == 200 {
        answer = list(&caller).await;
    }
    assert!(number(&answer, "retry-after") >= 1);
    refused(answer, 429, "CONCURRENT_LIMIT_EXCEEDED");
    slow.write_all(body.as_bytes()).await.unwrap();
    let made = read_to_end(&mut slow).await;
    assert_eq!(status(&made), 201, "{made}");
    list(&caller).await.is(200);
}

#[tokio::test]
async fn the_plans_are_those_of_the_document() {
    // "Free 10/100/2, Starter 60/5,000/5, Pro 300/50,000/20, Enterprise 1,000/–/100"
    let memory = Memory::new().await;
    let plans = memory.world.owner.get(&memory.native("/limits")).await.is(200).value()["plans"].clone();
    let (_, caller) = memory.key(Environment::Live, "read").await;
    let names: Vec<&str> = plans.as_array().unwrap().iter().map(|plan| plan["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Free", "Starter", "Pro", "Enterprise"]);
    for (plan, per_minute) in plans.as_array().unwrap().iter().zip([10, 60, 300, 1_000]) {
        memory.limit(&plan["items"]).await;
        assert!(list(&caller).await.is(200).header("ratelimit-policy").contains(&format!(r#""burst";q={per_minute};w=60"#)));
    }
}
