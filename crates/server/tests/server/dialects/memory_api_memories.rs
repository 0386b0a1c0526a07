//! Memory API: `/memories`, which stand for the service that keys protect.

use keydeck_domain::Environment;
use serde_json::json;

use super::memory_api::{Memory, at, data, refused};

fn memories() -> String {
    at("/v1/memories")
}

#[tokio::test]
async fn a_memory_is_made_read_changed_and_deleted() {
    // Memory API: "`read` | Read memories, query, view usage", "`write` | Create and update memories",
    // "`delete` | Delete memories"
    let memory = Memory::new().await;
    let (_, caller) = memory.key(Environment::Live, "read write delete").await;
    let wanted = json!({ "text": "User prefers dark mode interfaces", "metadata": { "category": "preference" } });
    let made = data(&caller.post(&memories(), &wanted).await.is(201));
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("mem_"));
    let one = format!("{}/{id}", memories());
    assert_eq!(data(&caller.get(&one).await.is(200)), made);
    let changed = data(&caller.put(&one, &json!({ "text": "User prefers light mode" })).await.is(200));
    assert_eq!((&changed["text"], &changed["metadata"]), (&json!("User prefers light mode"), &made["metadata"]));
    assert_eq!(data(&caller.get(&at(&format!("/memories/{id}"))).await.is(200)), changed, "with and without /v1");

    let list = caller.get(&memories()).await.is(200).value();
    assert_eq!(list["data"], json!([changed]));
    let pagination = json!({ "total": 1, "page": 1, "per_page": 50, "total_pages": 1, "has_next": false });
    assert_eq!(list["pagination"], pagination);
    assert!(list["meta"]["storage"].as_str().unwrap().contains("gone when the server stops"), "{list}");

    let found = data(&caller.post(&at("/v1/query"), &json!({ "context": "light or dark?" })).await.is(200));
    assert_eq!((&found["memories"][0]["id"], &found["total_memories_searched"]), (&json!(id), &json!(1)));
    let found = data(&caller.post(&at("/v1/query"), &json!({ "context": "breakfast" })).await.is(200));
    assert_eq!(found["memories"], json!([]));

    caller.delete(&one).await.is(200);
    for method in ["GET", "DELETE"] {
        refused(caller.send(method, &one, &[], None).await, 404, "MEMORY_NOT_FOUND");
    }
    refused(caller.put(&one, &json!({ "text": "x" })).await, 404, "MEMORY_NOT_FOUND");
}

#[tokio::test]
async fn live_test_and_other_organizations_see_their_own() {
    // Memory API: "Create separate keys for different environments"
    let memory = Memory::new().await;
    let (_, live) = memory.key(Environment::Live, "read write delete").await;
    let (_, test) = memory.key(Environment::Test, "read write delete").await;
    let made = data(&live.post(&memories(), &json!({ "text": "live", "memory_id": "mine" })).await.is(201));
    assert_eq!(made["id"], "mine");
    refused(live.post(&memories(), &json!({ "text": "again", "memory_id": "mine" })).await, 409, "MEMORY_ID_EXISTS");
    let one = format!("{}/mine", memories());
    refused(test.get(&one).await, 404, "MEMORY_NOT_FOUND");
    refused(test.delete(&one).await, 404, "MEMORY_NOT_FOUND");
    assert_eq!(test.get(&memories()).await.is(200).value()["pagination"]["total"], 0);
    test.post(&memories(), &json!({ "text": "test", "memory_id": "mine" })).await.is(201);
    let memory = Memory::of(memory.world).await;
    let (_, other) = memory.key(Environment::Live, "read write delete").await;
    refused(other.get(&one).await, 404, "MEMORY_NOT_FOUND");
    assert_eq!(data(&live.get(&one).await)["text"], "live");
}

#[tokio::test]
async fn they_are_bounded_and_say_so() {
    let memory = Memory::new().await;
    let (_, caller) = memory.key(Environment::Live, "read write").await;
    let body = json!({ "text": "x".repeat(50_000) });
    for _ in 0..5 {
        caller.post(&memories(), &body).await.is(201);
    }
    let error = refused(caller.post(&memories(), &body).await, 507, "STORAGE_LIMIT_EXCEEDED");
    assert!(error["message"].as_str().unwrap().contains("256 KiB"), "{error}");
    let page = caller.get(&format!("{}?page=2&per_page=2", memories())).await.is(200).value();
    assert_eq!(page["data"].as_array().unwrap().len(), 2);
    assert_eq!(page["pagination"], json!({ "total": 5, "page": 2, "per_page": 2, "total_pages": 3, "has_next": true }));
    for query in ["page=0", "per_page=0", "per_page=101", "page=x"] {
        refused(caller.get(&format!("{}?{query}", memories())).await, 400, "VALIDATION_ERROR");
    }
    for body in [
        json!({}),
        json!({ "text": "" }),
        json!({ "text": "x".repeat(50_001) }),
        json!({ "text": "x", "memory_id": "a/b" }),
        json!({ "text": "x", "metadata": [] }),
    ] {
        refused(caller.post(&memories(), &body).await, 400, "VALIDATION_ERROR");
    }
}
