//! What becomes of a copied secret.

use std::time::Duration;

use keydeck_tests::pictures::Album;
use keydeck_tests::process::until;
use keydeck_tests::walk::Walk;
use keydeck_tests::{Desktop, Machine};

#[tokio::test(flavor = "multi_thread")]
async fn it_is_gone_when_the_program_ends() {
    let machine = Machine::start();
    let mut album = Album::new("pictures/clipboard");
    let desktop = Desktop::start(&machine).await;
    let mut walk = Walk::new(&machine, &desktop, &mut album);
    walk.connect_local().await;
    let made = walk.create_and_copy("Billing worker").await;
    assert_eq!(machine.paste(), made.secret);
    desktop.quit().await;
    assert_ne!(machine.paste(), made.secret);
}

#[tokio::test(flavor = "multi_thread")]
async fn clear_now_takes_it_out_and_nothing_else() {
    let machine = Machine::start();
    let mut album = Album::new("pictures/clipboard-clear");
    let desktop = Desktop::start(&machine).await;
    let mut walk = Walk::new(&machine, &desktop, &mut album);
    walk.connect_local().await;
    let made = walk.create_and_copy("Billing worker").await;
    desktop.page.press_at("[data-testid='clipboard-note'] button").await;
    until("the clipboard is empty", || (machine.paste() != made.secret).then_some(()));

    // T37: what somebody copied since stays, also at the end.
    desktop.page.press("secret-copy").await;
    until("the secret is in the clipboard", || (machine.paste() == made.secret).then_some(()));
    machine.copy("a shopping list");
    let state = desktop.page.call("clear_clipboard", serde_json::json!({})).await.unwrap();
    assert_eq!(state["ended"], serde_json::json!("replaced"), "{state}");
    assert_eq!(machine.paste(), "a shopping list");
    desktop.quit().await;
    assert_eq!(machine.paste(), "a shopping list");
}

/// T36: cleared in time, by the shortest that can be set.
#[tokio::test(flavor = "multi_thread")]
async fn it_is_cleared_in_time() {
    let machine = Machine::start();
    let mut album = Album::new("pictures/clipboard-time");
    let desktop = Desktop::start(&machine).await;
    let mut walk = Walk::new(&machine, &desktop, &mut album);
    walk.connect_local().await;
    let preferences =
        serde_json::json!({ "preferences": { "clear_clipboard_after": 5, "keep_new_secrets": true, "expires_in_days": 90 } });
    desktop.page.call("set_preferences", preferences).await.unwrap();
    let made = walk.create_and_copy("Billing worker").await;
    let cleared = tokio::time::timeout(Duration::from_secs(30), async {
        while machine.paste() == made.secret {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    cleared.await.expect("it is cleared");
    walk.picture("cleared").await;
    desktop.quit().await;
}
