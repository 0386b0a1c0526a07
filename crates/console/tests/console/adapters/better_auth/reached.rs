//! Lists: past the cut at 100, what can't be reached, what is gone, and names that no form would have taken.

use serde_json::json;

use super::keys::plain;
use super::node::{EMAIL, Node, Which, listed, organization};
use crate::support::Desk;

#[tokio::test]
async fn all_rows_are_reached_from_both_ends() {
    let Some(node) = Node::start(Which::Modern, &[]) else { return };
    let desk = Desk::start().await;
    let connection = node.entered(&desk).await;
    let own = organization(&connection, "Own keys");
    node.insert_keys(150, &node.person(EMAIL).await, |_| json!({})).await;
    let page = listed(&desk, &connection, own).await;
    assert_eq!((page.items.len(), page.total, page.notice), (150, 150, None));
}

#[tokio::test]
async fn rows_that_no_order_reaches_are_said() {
    let Some(node) = Node::start(Which::Modern, &[]) else { return };
    let desk = Desk::start().await;
    let connection = node.entered(&desk).await;
    let own = organization(&connection, "Own keys");
    node.insert_keys(1_000, &node.person(EMAIL).await, |_| json!({})).await;
    let page = listed(&desk, &connection, own).await;
    let shown = page.items.len();
    assert!((200..1_000).contains(&shown), "{shown}");
    assert!(page.total as usize > shown, "the total promises no more than is known");
    let notice = page.notice.expect("it is said");
    assert!(notice.starts_with(&format!("{shown} of more keys can be shown")), "{notice}");
}

#[tokio::test]
async fn the_older_version_has_one_order_alone() {
    let Some(node) = Node::start(Which::Old, &[]) else { return };
    let desk = Desk::start().await;
    let connection = node.entered(&desk).await;
    let own = organization(&connection, "Own keys");
    let me = node.person(EMAIL).await;
    node.insert_keys(99, &me, |_| json!({})).await;
    let page = listed(&desk, &connection, own).await;
    assert_eq!((page.items.len(), page.notice), (99, None));
    node.insert_keys(60, &me, |at| json!({ "name": format!("late {at}") })).await;
    let page = listed(&desk, &connection, own).await;
    assert_eq!(page.items.len(), 100);
    assert!(page.notice.is_some_and(|notice| notice.starts_with("100 of more keys")));
}

#[tokio::test]
async fn a_key_that_the_server_deleted_stays_visible() {
    let Some(node) = Node::start(Which::Modern, &[]) else { return };
    let desk = Desk::start().await;
    let connection = node.entered(&desk).await;
    let own = organization(&connection, "Own keys");
    for name in ["stays", "goes"] {
        let handoff = desk.console.create_key(connection.id, own, plain(name)).await.unwrap();
        desk.console.finish_handoff(handoff.key, false).await.unwrap();
    }
    assert_eq!(listed(&desk, &connection, own).await.total, 2);
    node.behind("delete", json!({ "model": "apikey", "where": { "name": "goes" } })).await;
    let page = listed(&desk, &connection, own).await;
    let gone = page.items.iter().find(|row| row.key.name.as_str() == "goes").expect("it is not forgotten");
    assert!(gone.entry.as_ref().is_some_and(|entry| entry.gone_at.is_some()), "{gone:?}");
    let stays = page.items.iter().find(|row| row.key.name.as_str() == "stays").unwrap();
    assert!(stays.entry.as_ref().is_none_or(|entry| entry.gone_at.is_none()));
    // Also after another start.
    let again = desk.again().await;
    let page = listed(&again, &connection, own).await;
    assert!(page.items.iter().any(|row| row.entry.as_ref().is_some_and(|entry| entry.gone_at.is_some())));
}

#[tokio::test]
async fn a_name_that_no_form_takes_loses_no_row() {
    for which in [Which::Modern, Which::Old] {
        let Some(node) = Node::start(which, &[]) else { return };
        let desk = Desk::start().await;
        let connection = node.entered(&desk).await;
        let own = organization(&connection, "Own keys");
        let names = ["a\u{202e}b\r\nc", "<script>alert(1)</script>", "\u{200b}", &"x".repeat(3_000)];
        node.insert_keys(4, &node.person(EMAIL).await, |at| json!({ "name": names[at as usize] })).await;
        let page = listed(&desk, &connection, own).await;
        let mut shown: Vec<String> = page.items.iter().map(|row| row.key.name.to_string()).collect();
        shown.sort();
        assert_eq!(shown, ["(without a name)", "<script>alert(1)</script>", "abc", &"x".repeat(80)]);
    }
}
