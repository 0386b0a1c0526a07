//! The pictures of the README, from the real window with believable keys: `make pictures`.

use std::path::Path;

use chrono::{TimeDelta, Utc};
use keydeck_tests::desktop::root;
use keydeck_tests::keyserver::Someone;
use keydeck_tests::page::Page;
use keydeck_tests::pictures::Album;
use keydeck_tests::process::until;
use keydeck_tests::walk::{ask_about_itself, row};
use keydeck_tests::{Desktop, KeyServer, Machine};
use serde_json::{Value, json};

/// Who owns the team's server.
const ADA: Someone = Someone { name: "Ada Winter", email: "ada@northwind.example", password: "analytical engine no 1" };

/// Name, environment, scopes, days until it expires, and whether somebody uses it.
type Wanted = (&'static str, &'static str, &'static [&'static str], Option<i64>, bool);

const KEYS: [Wanted; 8] = [
    ("Partner: Contoso", "live", &["read"], Some(200), false),
    ("Load test, spring", "test", &["read", "write"], Some(30), false),
    ("Nightly backup", "live", &["read"], Some(320), true),
    ("Ingest worker", "live", &["write"], Some(1), true),
    ("CI integration tests", "test", &["read", "write", "delete"], None, true),
    ("Analytics", "live", &["read"], Some(5), true),
    ("Storefront", "test", &["read"], Some(63), false),
    ("Production server", "live", &["read", "write"], Some(64), true),
];

#[tokio::main]
async fn main() {
    for dark in [false, true] {
        take(dark).await;
        take_team(dark).await;
    }
}

/// What a team sees: figures of a year, people, and the audit log.
async fn take_team(dark: bool) {
    let server = KeyServer::demonstration(ADA, 300);
    let machine = Machine::start();
    machine.prefer_dark(dark);
    let scheme = if dark { "dark" } else { "light" };
    let mut album = Album::new(&format!("gallery/team-{scheme}"));
    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;
    resize(page, (1280, 800)).await;
    let connection = json!({ "name": "Northwind's", "address": server.address, "colour": "green", "ca_file": server.ca_file() });
    let added = page.call("add_connection", json!({ "operation": "add", "connection": connection })).await.expect("it is added");
    let arguments = json!({ "operation": "in", "id": added["id"], "email": ADA.email, "password": ADA.password });
    page.call("sign_in", arguments).await.expect("it signs in");
    page.client.refresh().await.expect("the page is loaded again");
    page.press("nav-usage").await;
    page.find("[data-testid='usage-row']").await;
    for (width, height) in [(960, 600), (1280, 800)] {
        resize(page, (width, height)).await;
        let drawn = "const canvas = document.querySelector('.uplot canvas'); return canvas !== null && canvas.width > 0";
        page.holds("the chart is drawn", drawn, vec![], |drawn| *drawn == json!(true)).await;
        album.take(page, &format!("usage-{width}")).await;
    }
    page.press("nav-people").await;
    page.find("[data-testid='member-row']").await;
    album.take(page, "people").await;
    page.press("nav-audit").await;
    page.find("[data-testid='audit-row']").await;
    album.take(page, "audit").await;
    // The README shows these in light; the dark ones are looked at in the album.
    if !dark {
        for (taken, name) in [("usage-1280", "usage"), ("people", "people"), ("audit", "audit")] {
            keep(album.folder(), taken, &format!("{name}-{scheme}"));
        }
    }
    desktop.quit().await;
}

/// Gives the window a size, and waits until it is drawn so.
async fn resize(page: &Page, (width, height): (u32, u32)) {
    page.client.set_window_size(width, height).await.expect("the window takes a size");
    let size = "return [window.innerWidth, window.innerHeight]";
    page.holds("the window has its size", size, vec![], |now| *now == json!([width, height])).await;
    let frames = "const done = arguments[0]; let left = 4; const next = () => (left-- > 0 ? requestAnimationFrame(next) : done(true)); next()";
    page.client.execute_async(frames, vec![]).await.expect("the page draws");
}

async fn take(dark: bool) {
    let machine = Machine::start();
    machine.prefer_dark(dark);
    let scheme = if dark { "dark" } else { "light" };
    let mut album = Album::new(&format!("gallery/{scheme}"));
    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;
    page.client.set_window_size(1280, 800).await.expect("the window takes a size");
    page.press("connect-local").await;
    page.see("create-open").await;
    fill(&machine, &desktop).await;
    // Waits until the new page is loaded: that of before has rows too, which are gone when they are pressed.
    page.client.refresh().await.expect("the page is loaded again");
    let drawn = "return document.querySelectorAll(\"[data-testid='key-row']\").length";
    page.holds("every key is in the list", drawn, vec![], |rows| *rows == json!(KEYS.len())).await;
    let first =
        page.find("[data-testid='key-row']").await.attr("data-key-id").await.expect("the page answers").expect("a row has an id");
    page.press_at(&format!("{} td", row(&first))).await;
    page.see("drawer").await;
    page.see("hour-bars").await;
    album.take(page, "keys").await;
    page.press("drawer-revoke").await;
    page.see("revoke-confirm").await;
    album.take(page, "revoke").await;
    page.client
        .execute("document.querySelector('dialog[open]').dispatchEvent(new Event('cancel', { cancelable: true }))", vec![])
        .await
        .expect("the page answers");
    page.press("create-open").await;
    page.write("create-name", "Billing worker").await;
    page.press("create-submit").await;
    page.see("secret-dialog").await;
    page.press("secret-copy").await;
    page.says("clipboard-note", "is cleared in").await;
    album.take(page, "secret").await;
    for name in ["keys", "revoke", "secret"] {
        keep(album.folder(), name, &format!("{name}-{scheme}"));
    }
    desktop.quit().await;
}

/// Makes the keys by the commands that the page calls, and uses some as a service would.
async fn fill(machine: &Machine, desktop: &Desktop) {
    let page = &desktop.page;
    let overview = page.call("overview", json!({})).await.expect("the page may ask");
    let connection = &overview["connections"][0];
    let address = connection["address"].as_str().expect("a connection has an address").trim_end_matches('/').to_owned();
    for (name, environment, scopes, days, used) in KEYS {
        let expires_at = days.map(|days| (Utc::now() + TimeDelta::days(days) + TimeDelta::hours(1)).to_rfc3339());
        let key = json!({ "name": name, "environment": environment, "scopes": scopes, "expires_at": expires_at });
        let organization = &connection["organizations"][0]["id"];
        let arguments = json!({ "operation": name, "connection": connection["id"], "organization": organization, "key": key });
        let made: Value = page.call("create_key", arguments).await.expect("it is made");
        if used {
            let before = machine.paste();
            page.call("copy_secret", json!({ "key": made["key"], "form": { "form": "plain" } })).await.expect("it is copied");
            let secret = until("it is in the clipboard", || Some(machine.paste()).filter(|now| *now != before));
            ask_about_itself(&address, &secret).await;
        }
        page.call("finish_handoff", json!({ "key": made["key"], "keep": true })).await.expect("it is kept");
        if name == "Load test, spring" {
            page.call("revoke_key", json!({ "operation": "revoke", "key": made["key"] })).await.expect("it is revoked");
        }
        if name == "Partner: Contoso" {
            let change = json!({ "enabled": false });
            let arguments = json!({ "operation": "disable", "key": made["key"], "version": 1, "change": change });
            page.call("update_key", arguments).await.expect("it is switched off");
        }
    }
    page.call("clear_clipboard", json!({})).await.expect("it is cleared");
}

/// Puts a picture where the README finds it.
fn keep(folder: &Path, taken: &str, name: &str) {
    let ending = format!("-{taken}.png");
    let taken = std::fs::read_dir(folder).expect("the album is there").flatten().map(|entry| entry.path());
    let picture = taken.into_iter().find(|path| path.to_string_lossy().ends_with(&ending)).expect("it was taken");
    std::fs::copy(picture, root().join(format!("docs/pictures/{name}.png"))).expect("the folder is there");
}
