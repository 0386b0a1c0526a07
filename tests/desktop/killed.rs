//! F5, F6: the program is killed while a new secret is still on the screen.

use keydeck_tests::pictures::Album;
use keydeck_tests::process::{lives, signal, until};
use keydeck_tests::walk::{Walk, ask_about_itself};
use keydeck_tests::{Desktop, Machine};
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_is_there_at_the_next_start() {
    let machine = Machine::start();
    let mut album = Album::new("pictures/killed");
    let desktop = Desktop::start(&machine).await;
    let mut walk = Walk::new(&machine, &desktop, &mut album);
    walk.connect_local().await;
    let made = walk.create_and_copy("Billing worker").await;
    let process = desktop.process();
    signal(i32::try_from(process).unwrap(), libc::SIGKILL);
    until("the program is gone", || (!lives(process)).then_some(()));
    desktop.page.forget().await;
    machine.copy("something else");

    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;
    page.holds("it is said", "return document.body.innerText.includes('not stored yet')", vec![], |said| *said == json!(true))
        .await;
    let mut walk = Walk::new(&machine, &desktop, &mut album);
    let key = walk.row_named("Billing worker").await;
    walk.open(&key).await;
    page.press("drawer-copy").await;
    let again = until("the secret is in the clipboard", || Some(machine.paste()).filter(|text| *text == made.secret));
    let (status, _) = ask_about_itself(&walk.address().await, &again).await;
    assert_eq!(status, StatusCode::OK);
    desktop.quit().await;
}
