//! A server that fails, in pictures of the real window: signing in, its list, and the next start.

use keydeck_tests::pictures::Album;
use keydeck_tests::{Desktop, Machine};
use serde_json::json;

use crate::looks::shot;
use crate::sign_in::{EMAIL, PASSWORD, Remote, add};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_light() {
    look(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_dark() {
    look(true).await;
}

async fn look(dark: bool) {
    let remote = Remote::start().await;
    let machine = Machine::start();
    machine.prefer_dark(dark);
    let mut album = Album::new(if dark { "pictures/failing-dark" } else { "pictures/failing-light" });
    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;
    add(page, &remote).await;
    page.press_at("form button[type='submit']").await;
    page.see("signin-email").await;
    shot(&desktop, &mut album, "sign-in").await;
    page.write("signin-email", EMAIL).await;
    page.write("signin-password", PASSWORD).await;
    page.press("signin-submit").await;
    page.see("create-open").await;
    remote.stop().await;

    // What was typed into a form stays when the server does not answer.
    page.press("create-open").await;
    page.write("create-name", "Billing worker").await;
    page.press("create-submit").await;
    let words = "return document.querySelector('dialog[open] [role=alert]') !== null \
                 || document.querySelector('dialog[open] [data-testid=wait]') !== null \
                 || document.querySelector('[data-testid=secret-dialog]') !== null";
    page.holds("it is said that nobody answers", words, vec![], |said| *said == json!(true)).await;
    shot(&desktop, &mut album, "create").await;
    desktop.quit().await;

    let desktop = Desktop::start(&machine).await;
    let unreachable = "return /reach|answer/i.test(document.body.innerText)";
    desktop.page.holds("the start says it", unreachable, vec![], |said| *said == json!(true)).await;
    shot(&desktop, &mut album, "start").await;
    desktop.quit().await;
}
