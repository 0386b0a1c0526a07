//! Lists of keys: sorted and paged, with a total that is true.

use serde_json::{Value, json};

use super::{AUTH, Azen, KEYS, act, create, names, told};
use crate::support::As;
use crate::support::database::run;

async fn list(by: &As, query: &str) -> Value {
    by.get(&format!("{AUTH}/api-key/list{query}")).await.is(200).value()
}

async fn made(azen: &Azen, names: &[&str]) {
    for name in names {
        create(&azen.world.owner, &json!({ "name": name })).await.is(200);
    }
}

#[tokio::test]
async fn a_list_is_sorted_and_paged() {
    let azen = Azen::acting().await;
    let by = &azen.world.viewer;
    assert_eq!(list(by, "").await, json!({ "apiKeys": [], "total": 0 }));
    made(&azen, &["b", "C", "a", "d"]).await;
    let all = list(by, "").await;
    assert_eq!((names(&all["apiKeys"]), &all["total"]), (vec!["b", "C", "a", "d"], &json!(4)));
    assert_eq!(all.as_object().unwrap().len(), 2);
    assert!(all["apiKeys"].as_array().unwrap().iter().all(|key| key.get("key").is_none()));
    for (query, expected) in [
        ("?sortBy=createdAt&sortDirection=desc", vec!["d", "a", "C", "b"]),
        ("?sortBy=name", vec!["a", "b", "C", "d"]),
        ("?sortBy=name&sortDirection=desc&limit=2", vec!["d", "C"]),
        ("?sortBy=name&limit=2&offset=2", vec!["C", "d"]),
        ("?sortBy=id&sortDirection=asc", vec!["b", "C", "a", "d"]),
        ("?limit=0", vec![]),
        ("?offset=9", vec![]),
        ("?configId=default&unknown=1", vec!["b", "C", "a", "d"]),
    ] {
        let page = list(by, query).await;
        assert_eq!((names(&page["apiKeys"]), &page["total"]), (expected, &json!(4)), "{query}");
    }
    let id = all["apiKeys"][2]["id"].as_str().unwrap();
    let change = json!({ "keyId": id, "expiresIn": 86_400, "enabled": false });
    azen.world.owner.post(&format!("{AUTH}/api-key/update"), &change).await.is(200);
    let (key, _) = azen.key(&azen.world.owner, "read").await;
    let used = key["name"].as_str().unwrap();
    run(azen.world.data_dir(), &format!("UPDATE keys SET last_used_at = 1 WHERE name = '{used}'")).await;
    for (sort, first) in [
        ("expiresAt&sortDirection=asc", "a"),
        ("enabled&sortDirection=asc", "a"),
        ("lastRequest&sortDirection=desc", "Worker"),
        ("updatedAt&sortDirection=desc", "Worker"),
    ] {
        assert_eq!(names(&list(by, &format!("?sortBy={sort}")).await["apiKeys"])[0], first, "{sort}");
    }
    for bad in ["?sortBy=secret", "?sortBy=k.id;", "?sortDirection=up", "?limit=-1", "?limit=a", "?offset=-1", "?limit=1&limit=2"]
    {
        told(by.get(&format!("{AUTH}/api-key/list{bad}")).await, 400, "VALIDATION_ERROR");
    }
    told(azen.world.anonymous.get(&format!("{AUTH}/api-key/list")).await, 401, "UNAUTHORIZED");
}

#[tokio::test]
async fn more_than_a_hundred_rows_are_reached_and_counted() {
    let azen = Azen::acting().await;
    let numbers: Vec<String> = (0..105).map(|number| format!("{number:03}")).collect();
    made(&azen, &numbers.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let all = list(&azen.world.owner, "").await;
    assert_eq!((names(&all["apiKeys"]), &all["total"]), (numbers.iter().map(String::as_str).collect(), &json!(105)));
    let last = list(&azen.world.owner, "?limit=100&offset=100").await;
    assert_eq!((names(&last["apiKeys"]), &last["total"]), (vec!["100", "101", "102", "103", "104"], &json!(105)));
}

#[tokio::test]
async fn a_list_is_of_the_organization_that_is_meant() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    made(&azen, &["first"]).await;
    create(&world.stranger, &json!({ "name": "foreign" })).await.is(200);
    let second = world.owner.post(&format!("{AUTH}/organization/create"), &json!({ "name": "Second", "slug": "second" })).await;
    let second = second.is(200).value()["id"].as_str().unwrap().to_owned();
    made(&azen, &["second"]).await;
    world.make(&world.owner, crate::support::new_key("native")).await;
    assert_eq!(names(&list(&world.owner, "").await["apiKeys"]), ["second"], "the active one's");
    let named = format!("?organizationId={}", azen.organization);
    assert_eq!(names(&list(&world.owner, &named).await["apiKeys"]), ["first"]);
    act(&world.owner, None).await.is(200);
    assert_eq!(names(&list(&world.owner, "").await["apiKeys"]), ["first", "second"], "all that the visitor sees");
    for foreign in [&azen.foreign.to_string(), &world.organization.to_string(), "x"] {
        let answer = world.owner.get(&format!("{AUTH}/api-key/list?organizationId={foreign}")).await;
        told(answer, 403, "USER_NOT_MEMBER_OF_ORGANIZATION");
    }
    told(world.member.get(&format!("{AUTH}/api-key/list?organizationId={second}")).await, 403, "USER_NOT_MEMBER_OF_ORGANIZATION");
    assert_eq!(names(&world.stranger.get(KEYS).await.is(200).value()["keys"]), ["foreign"]);
}

#[tokio::test]
async fn a_row_that_was_changed_hides_no_other() {
    let azen = Azen::acting().await;
    made(&azen, &["good", "bad"]).await;
    run(azen.world.data_dir(), "UPDATE keys SET scopes = 'read write' WHERE name = 'bad'").await;
    assert_eq!(names(&list(&azen.world.owner, "").await["apiKeys"]), ["good"]);
}
