//! `GET …/audit/export`.

use keydeck_domain::api::Page;
use keydeck_domain::api::audit::AuditEntry;
use keydeck_domain::api::problem::ProblemCode;
use serde_json::json;

use crate::support::database::run;
use crate::support::{World, new_key};

fn log(world: &World) -> String {
    format!("/v1/organizations/{}/audit", world.organization)
}

/// The fields of a CSV text, read as RFC 4180 says.
fn read(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted && rest.peek() == Some(&'\n') => {
                rest.next();
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            c => field.push(c),
        }
    }
    assert!(!quoted && row.is_empty() && field.is_empty(), "it ends with a line's end");
    rows
}

#[tokio::test]
async fn csv_holds_every_entry_and_no_formula() {
    let world = World::new().await;
    let (key, _) = world.make(&world.member, new_key("=HYPERLINK(\"http://x\",\"a, b\")")).await;
    world.admin.patch(&world.key(key.id), 1, &json!({ "note": "two\nlines, \"quoted\"" })).await.is(200);
    let whole: Page<AuditEntry> = world.owner.get(&log(&world)).await.is(200).read();
    let answer = world.admin.get(&format!("{}/export?format=csv", log(&world))).await.is(200);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"audit.csv\"");
    let rows = read(&String::from_utf8(answer.body).unwrap());
    let head = ["sequence", "at", "actor_id", "actor_email", "action", "target", "target_name", "before", "after", "mac"];
    assert_eq!(rows[0], head);
    assert!(rows.iter().all(|row| row.len() == head.len()));
    let numbers: Vec<_> = rows[1..].iter().map(|row| row[0].parse::<u32>().unwrap()).collect();
    assert_eq!(numbers, (1..=9).collect::<Vec<_>>(), "oldest first");
    for (row, entry) in rows[1..].iter().zip(whole.items.iter().rev()) {
        assert_eq!(row[5], entry.target);
        assert_eq!(row[3], entry.actor.as_ref().map_or(String::new(), |actor| actor.email.to_string()));
        assert_eq!(row[8].is_empty(), entry.after.is_none());
        if let Some(after) = &entry.after {
            assert_eq!(&serde_json::from_str::<serde_json::Value>(&row[8]).unwrap(), after);
        }
        assert_eq!(row[9], entry.mac);
    }
    assert_eq!(rows[8][6], "'=HYPERLINK(\"http://x\",\"a, b\")", "a text, not a formula");
}

#[tokio::test]
async fn json_is_one_array_of_the_entries() {
    let world = World::new().await;
    world.make(&world.member, new_key("Worker")).await;
    let whole: Page<AuditEntry> = world.owner.get(&log(&world)).await.is(200).read();
    let answer = world.owner.get(&format!("{}/export?format=json", log(&world))).await.is(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let entries: Vec<AuditEntry> = answer.read();
    assert!(entries.iter().eq(whole.items.iter().rev()));
    let one: Vec<AuditEntry> =
        world.owner.get(&format!("{}/export?format=json&action=key_created&search=WORKER", log(&world))).await.is(200).read();
    assert_eq!(one.len(), 1);
    let none: Vec<AuditEntry> =
        world.owner.get(&format!("{}/export?format=json&search=nothing", log(&world))).await.is(200).read();
    assert_eq!(none, []);
    let none = world.owner.get(&format!("{}/export?format=csv&search=nothing", log(&world))).await.is(200);
    assert_eq!(read(&String::from_utf8(none.body).unwrap()).len(), 1, "the header alone");
}

#[tokio::test]
async fn a_long_log_comes_whole() {
    let world = World::new().await;
    let long = "WITH RECURSIVE n(i) AS (SELECT 8 UNION ALL SELECT i + 1 FROM n WHERE i < 1234) \
                INSERT INTO audit SELECT organization_id, i, at, actor_id, actor_email, action, target, before, after, mac \
                FROM n, audit WHERE sequence = 2 AND organization_id = (SELECT id FROM organizations WHERE name = 'Northwind')";
    assert_eq!(run(world.data_dir(), long).await, 1227);
    for format in ["json", "csv"] {
        let answer = world.owner.get(&format!("{}/export?format={format}", log(&world))).await.is(200);
        assert_eq!(answer.header("content-length"), "", "it is sent as it is made");
        let text = String::from_utf8(answer.body.clone()).unwrap();
        let numbers: Vec<u32> = if format == "json" {
            answer.read::<Vec<AuditEntry>>().iter().map(|entry| entry.sequence).collect()
        } else {
            read(&text)[1..].iter().map(|row| row[0].parse().unwrap()).collect()
        };
        assert_eq!(numbers, (1..=1234).collect::<Vec<_>>());
    }
    let page: Page<AuditEntry> = world.owner.get(&format!("{}?search=member_added&limit=500", log(&world))).await.is(200).read();
    assert_eq!(page.total, 0, "the kind is a filter, not a text");
    let page: Page<AuditEntry> = world.owner.get(&format!("{}?search=owner@&limit=500", log(&world))).await.is(200).read();
    assert_eq!((page.items.len(), page.total, page.next.is_some()), (500, 1229, true));
}

#[tokio::test]
async fn only_an_admin_exports_and_only_in_a_known_format() {
    let world = World::new().await;
    for by in [&world.member, &world.viewer] {
        by.get(&format!("{}/export?format=csv", log(&world))).await.refused(403, ProblemCode::Forbidden);
    }
    for bad in ["", "?format=xlsx", "?format=csv&limit=5", "?format=csv&cursor=x", "?format=csv&from=x"] {
        world.owner.get(&format!("{}/export{bad}", log(&world))).await.refused(400, ProblemCode::InvalidRequest);
    }
    let long = "x".repeat(201);
    world.owner.get(&format!("{}/export?format=csv&search={long}", log(&world))).await.refused(400, ProblemCode::InvalidRequest);
}
