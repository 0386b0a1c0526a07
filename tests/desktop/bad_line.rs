//! F26–F28: a line that hangs, and answers that are cut, endless or wrong. The window goes on.

use keydeck_tests::page::Page;
use keydeck_tests::pictures::Album;
use keydeck_tests::walk::{Walk, row};
use keydeck_tests::{Desktop, Machine};
use serde_json::json;

use crate::line::{Act, Line};
use crate::sign_in::{EMAIL, PASSWORD, Remote, add_at};

/// Adds the server at the other end of a line, signs in, and makes a key. Gives the key's id.
async fn with_a_key(line: &Line, machine: &Machine, desktop: &Desktop, album: &mut Album) -> String {
    let page = &desktop.page;
    add_at(page, &line.address).await;
    page.press_at("form button[type='submit']").await;
    page.write("signin-email", EMAIL).await;
    page.write("signin-password", PASSWORD).await;
    page.press("signin-submit").await;
    let mut walk = Walk::new(machine, desktop, album);
    let mut made = walk.create_and_copy("Storefront").await;
    walk.try_and_finish(&mut made, "Storefront").await;
    made.id
}

/// Waits until the page can be read as saying this.
async fn reads(page: &Page, text: &str) {
    let script = "return document.body.innerText.includes(arguments[0])";
    page.holds(&format!("the page says ‘{text}’"), script, vec![json!(text)], |said| *said == json!(true)).await;
}

/// Asks for the list again as a person does: by the filter `Active`, or by `All`.
async fn filter(page: &Page, which: &str) {
    let script = "[...document.querySelectorAll('.filters button')].find((chip) => chip.textContent === arguments[0]).click()";
    page.client.execute(script, vec![json!(which)]).await.unwrap();
}

/// The button with this text.
async fn press_button(page: &Page, text: &str) {
    let there = "return [...document.querySelectorAll('button')].some((button) => button.textContent.trim() === arguments[0])";
    page.holds(&format!("there is a button ‘{text}’"), there, vec![json!(text)], |found| *found == json!(true)).await;
    let script = "[...document.querySelectorAll('button')].find((button) => button.textContent.trim() === arguments[0]).click()";
    page.client.execute(script, vec![json!(text)]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn f26_the_window_answers_while_a_request_hangs_and_cancel_works_at_once() {
    let remote = Remote::start().await;
    let line = Line::before(remote.socket()).await;
    let machine = Machine::start();
    let mut album = Album::new("pictures/hanging");
    let desktop = Desktop::start(&machine).await;
    let key = with_a_key(&line, &machine, &desktop, &mut album).await;
    let page = &desktop.page;

    // The list hangs; what is shown stays, and a click elsewhere works.
    // The one that the window shows: what expires is asked for in the background as well.
    line.rule("GET", "sort=created_at", Act::Hold);
    filter(page, "Active").await;
    line.holds(1).await;
    page.press_at(&format!("{} td", row(&key))).await;
    page.says("drawer", "Storefront").await;
    assert_eq!(line.held(), 1, "the request still hangs");
    page.press("nav-settings").await;
    page.see("keychain-state").await;
    page.press("nav-keys").await;
    page.find(&row(&key)).await;

    // Nothing is shown yet and the list hangs: Cancel is heard although no answer came, by the page
    // and on the line.
    page.client.execute("location.reload()", vec![]).await.unwrap();
    reads(page, "Loading keys").await;
    line.holds(1).await;
    press_button(page, "Cancel").await;
    reads(page, "Cancelled").await;
    line.holds(0).await;
    album.take(page, "list-cancelled").await;
    line.release();
    press_button(page, "Try again").await;
    page.find(&row(&key)).await;

    // A create hangs after its secret is in the keychain: cancelled, nothing is lost.
    line.rule("PUT", "/keys/", Act::Hold);
    page.press("create-open").await;
    page.write("create-name", "Night watch").await;
    page.press("create-submit").await;
    line.holds(1).await;
    press_button(page, "Cancel waiting").await;
    reads(page, "Cancelled").await;
    line.holds(0).await;
    album.take(page, "create-cancelled").await;
    assert!(page.words().await.contains("Create key"), "the form is still there");
    let typed = "return document.querySelector(\"[data-testid='create-name']\").value";
    assert_eq!(page.client.execute(typed, vec![]).await.unwrap(), json!("Night watch"));
    let kept = page.call("handoffs", json!({ "operation": "look" })).await.unwrap();
    assert_eq!((kept.as_array().map(Vec::len), &kept[0]["custody"]), (Some(1), &json!("pending")), "{kept}");
    line.release();
    let sent = page.call("resend_handoff", json!({ "operation": "again", "key": kept[0]["key"] })).await.unwrap();
    assert_eq!((&sent["name"], &sent["registered"]), (&json!("Night watch"), &json!(true)), "{sent}");
    let works = page.call("try_key", json!({ "operation": "try", "key": kept[0]["key"] })).await.unwrap();
    assert_eq!(works["outcome"], json!("accepted"));
    desktop.quit().await;
    remote.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f27_f28_a_bad_answer_is_told_and_what_is_shown_stays() {
    let remote = Remote::start().await;
    let line = Line::before(remote.socket()).await;
    let machine = Machine::start();
    let mut album = Album::new("pictures/bad-answers");
    let desktop = Desktop::start(&machine).await;
    let key = with_a_key(&line, &machine, &desktop, &mut album).await;
    let page = &desktop.page;

    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
    let cut = format!("{head}content-length: 1000\r\n\r\n{{\"items\":[").into_bytes();
    let wrong = format!("{head}\r\n{{\"items\":\"CANARY\"}}").into_bytes();
    let mut endless = format!("{head}\r\n{{\"items\":[").into_bytes();
    endless.resize(endless.len() + 17 * 1024 * 1024, b' ');
    for (what, answer, says) in [
        ("cut", cut, "The server's answer ended too early."),
        ("wrong", wrong, "not in the form that was expected"),
        ("endless", endless, "The server's answer is too long."),
    ] {
        line.rule("GET", "/keys?", Act::Answer(answer));
        filter(page, "Active").await;
        reads(page, says).await;
        reads(page, "This is the list of").await;
        let rows = "return [...document.querySelectorAll(\"[data-testid='key-row']\")].map((row) => row.dataset.keyId)";
        assert_eq!(page.client.execute(rows, vec![]).await.unwrap(), json!([key]), "{what}: the list stays");
        assert!(!page.everything().await.contains("CANARY"), "{what}: nothing of the answer is shown");
        let off = "return document.querySelector(\"[data-testid='create-open']\").disabled";
        assert_eq!(page.client.execute(off, vec![]).await.unwrap(), json!(true), "{what}: changes wait");
        album.take(page, what).await;

        // The server is well again: the note goes.
        line.release();
        filter(page, "All").await;
        let gone = "return !document.body.innerText.includes('This is the list of')";
        page.holds("the note is gone", gone, vec![], |gone| *gone == json!(true)).await;
    }
    desktop.quit().await;
    remote.stop().await;
}
