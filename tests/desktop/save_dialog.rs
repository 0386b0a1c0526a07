//! Where a file is to be is asked by the system's own dialog: a path that is typed is where it lies, private; a
//! dialog that is closed writes nothing.

use std::os::unix::fs::PermissionsExt;

use keydeck_tests::screen::Screen;
use keydeck_tests::{Desktop, Machine};
use serde_json::json;

/// The title of the dialog.
const SAVE: &str = "Save";

#[tokio::test(flavor = "multi_thread")]
async fn the_systems_dialog_says_where_an_export_is_written() {
    let machine = Machine::start();
    // Nothing is named, so that the person is asked.
    let desktop = Desktop::start_with(&machine, &[("KEYDECK_SAVE_TO", String::new())]).await;
    let page = &desktop.page;
    page.press("connect-local").await;
    page.see("create-open").await;
    let overview = page.call("overview", json!({})).await.unwrap();
    let connection = &overview["connections"][0];
    let organization = &connection["organizations"][0]["id"];
    let key = json!({ "name": "Billing worker", "environment": "test", "scopes": ["read"] });
    let arguments = json!({ "operation": "make", "connection": connection["id"], "organization": organization, "key": key });
    page.call("create_key", arguments).await.unwrap();
    page.press("nav-audit").await;
    let screen = Screen::of(&machine);
    let folder = machine.home().join("Reports");
    std::fs::create_dir(&folder).unwrap();

    page.press("audit-csv").await;
    let dialog = screen.opened(SAVE);
    machine.press_key("Escape");
    screen.closed(dialog);
    page.says("audit-exported", "nothing was written").await;

    let path = folder.join("who did what.csv");
    page.press("audit-csv").await;
    let dialog = screen.opened(SAVE);
    machine.press_key("ctrl+a");
    machine.type_text(path.to_str().unwrap());
    machine.press_key("Return");
    screen.closed(dialog);
    page.says("audit-exported", path.to_str().unwrap()).await;
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "for nobody else to read");
    let content = std::fs::read_to_string(&path).unwrap();
    assert!(content.contains("key_created"), "{content}");
    let found: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(found.len(), 1, "nothing lies beside it: {found:?}");
    desktop.quit().await;
}
