//! Every view in pictures of the real window: light and dark, large and small. axe looks at each.

use keydeck_tests::pictures::Album;
use keydeck_tests::walk::row;
use keydeck_tests::{Desktop, Machine, axe};
use serde_json::{Value, json};

const SIZES: [(u32, u32); 2] = [(1280, 800), (960, 600)];
const LONG: &str = "A name that somebody wrote for a report and that goes on and on, longer than any column";

#[tokio::test(flavor = "multi_thread")]
async fn every_view_light() {
    look(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_dark() {
    look(true).await;
}

async fn look(dark: bool) {
    let machine = Machine::start();
    machine.prefer_dark(dark);
    let mut album = Album::new(if dark { "pictures/dark" } else { "pictures/light" });
    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;
    let scheme = page.client.execute("return matchMedia('(prefers-color-scheme: dark)').matches", vec![]).await.unwrap();
    assert_eq!(scheme, json!(dark), "the page follows the system");

    page.see("connect-local").await;
    shot(&desktop, &mut album, "connect").await;
    page.press("connect-keydeck").await;
    page.find("input[inputmode='url']").await;
    shot(&desktop, &mut album, "connect-server").await;
    page.press_at("form .row button[type='button']").await;
    page.press("connect-local").await;
    page.see("create-open").await;
    page.holds("the empty list says so", "return document.body.innerText.includes('No keys yet')", vec![], |said| {
        *said == json!(true)
    })
    .await;
    shot(&desktop, &mut album, "empty").await;

    fill(&desktop).await;
    page.press("nav-settings").await;
    page.press("keychain-check").await;
    page.says("keychain-state", "work").await;
    shot(&desktop, &mut album, "settings").await;
    page.press("nav-keys").await;
    page.find("[data-testid='key-row']").await;
    page.client.execute("location.reload()", vec![]).await.unwrap();
    page.find("[data-testid='key-row']").await;
    shot(&desktop, &mut album, "keys").await;
    every_column_is_readable(&desktop).await;
    let markup = page.client.execute("return document.querySelectorAll('table img').length", vec![]).await.unwrap();
    assert_eq!(markup, json!(0), "T31: a name that looks like markup is text");

    let key = page.find("[data-testid='key-row']").await.attr("data-key-id").await.unwrap().unwrap();
    page.press_at(&format!("{} td", row(&key))).await;
    page.see("drawer").await;
    shot(&desktop, &mut album, "drawer").await;
    page.press("drawer-edit").await;
    page.see("edit-save").await;
    shot(&desktop, &mut album, "edit").await;
    close(&desktop).await;
    page.press("drawer-disable").await;
    page.see("enable-confirm").await;
    shot(&desktop, &mut album, "disable").await;
    close(&desktop).await;
    page.press("drawer-revoke").await;
    page.see("revoke-confirm").await;
    shot(&desktop, &mut album, "revoke").await;
    close(&desktop).await;
    page.press("create-open").await;
    page.see("create-submit").await;
    shot(&desktop, &mut album, "create").await;
    page.press_at("label:has([data-testid='create-live'])").await;
    page.write("create-name", LONG).await;
    shot(&desktop, &mut album, "create-live").await;
    page.press("create-submit").await;
    page.see("secret-dialog").await;
    shot(&desktop, &mut album, "copy-once").await;
    desktop.quit().await;
}

/// A picture in every size, and what axe finds.
pub(crate) async fn shot(desktop: &Desktop, album: &mut Album, name: &str) {
    for (width, height) in SIZES {
        resize(desktop, width, height).await;
        album.take(&desktop.page, &format!("{name}-{width}")).await;
    }
    axe::check(&desktop.page, name).await;
}

async fn resize(desktop: &Desktop, width: u32, height: u32) {
    desktop.page.client.set_window_size(width, height).await.unwrap();
    let size = "return [window.innerWidth, window.innerHeight]";
    desktop.page.holds("the window has its size", size, vec![], |now| *now == json!([width, height])).await;
    // Drawn in that size as well: the second frame begins when the first one is on the screen.
    let frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))";
    desktop.page.client.execute_async(frames, vec![]).await.unwrap();
}

async fn close(desktop: &Desktop) {
    let dialog = "document.querySelector('dialog[open]').dispatchEvent(new Event('cancel', { cancelable: true }))";
    desktop.page.client.execute(dialog, vec![]).await.unwrap();
    desktop
        .page
        .holds("the dialog is closed", "return document.querySelector('dialog[open]') === null", vec![], |now| {
            *now == json!(true)
        })
        .await;
}

/// Keys of every kind, made by the commands that the page calls.
async fn fill(desktop: &Desktop) {
    let page = &desktop.page;
    let overview = page.call("overview", json!({})).await.unwrap();
    let connection = overview["connections"][0]["id"].clone();
    let organization = overview["connections"][0]["organizations"][0]["id"].clone();
    let kinds = [
        ("Billing worker", "live", json!(["read", "write"])),
        ("Nightly export", "test", json!(["read"])),
        ("<img src=x onerror=alert(1)>", "test", json!(["read"])),
        (LONG, "live", json!(["read", "write", "delete", "admin"])),
        ("Storefront", "live", json!(["read"])),
    ];
    for (name, environment, scopes) in kinds {
        let key = json!({ "name": name, "environment": environment, "scopes": scopes });
        let made = page
            .call("create_key", json!({ "operation": name, "connection": connection, "organization": organization, "key": key }))
            .await;
        let made: Value = made.unwrap();
        page.call("finish_handoff", json!({ "key": made["key"], "keep": name != "Storefront" })).await.unwrap();
        if name == "Nightly export" {
            page.call("revoke_key", json!({ "operation": "r", "key": made["key"] })).await.unwrap();
        }
    }
}

/// At the smaller size every column, Status included, lies within the window, and its text isn't cut.
async fn every_column_is_readable(desktop: &Desktop) {
    let script = "
        const box = document.querySelector(\"[data-testid='keys-table']\").parentElement.getBoundingClientRect();
        const wide = [...document.querySelectorAll('thead th')].filter((th) => th.getBoundingClientRect().right > box.right + 1).map((th) => th.textContent);
        const status = [...document.querySelectorAll(\"[data-testid='key-status']\")].filter((tag) => {
            const at = tag.getBoundingClientRect();
            return at.width === 0 || at.right > window.innerWidth || tag.scrollWidth > tag.clientWidth + 1;
        }).map((tag) => tag.textContent);
        return [wide, status, [...document.querySelectorAll('thead th')].filter((th) => th.getBoundingClientRect().width > 0).length];";
    let [wide, status, columns] =
        <[Value; 3]>::try_from(desktop.page.client.execute(script, vec![]).await.unwrap().as_array().unwrap().clone()).unwrap();
    assert_eq!((wide, status, columns), (json!([]), json!([]), json!(6)));
}
