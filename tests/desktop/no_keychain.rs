//! F31: a machine that has no keychain.

use keydeck_tests::pictures::Album;
use keydeck_tests::{Desktop, Machine};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn it_is_said_and_nothing_is_written_instead() {
    let mut machine = Machine::start_without_keychain();
    let mut album = Album::new("pictures/no-keychain");
    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;
    // The server of this computer needs a place for its pepper; a file is none.
    page.press("connect-local").await;
    page.holds("the page says so", "return document.body.innerText.toLowerCase().includes('keychain')", vec![], |said| {
        *said == json!(true)
    })
    .await;
    album.take(page, "said").await;
    let report = page.call("check_keychain", json!({})).await.unwrap();
    assert_eq!(report["state"], json!("absent"), "{report}");
    assert_ne!(report["advice"], json!(""), "it says what to do");
    let server = machine.home().join(".local/share/org.keydeck.desktop/server");
    assert_eq!(std::fs::read_dir(server).unwrap().count(), 0, "no pepper file, and no database without a pepper");

    // It comes up later, and everything works without a restart.
    machine.unlock();
    page.press("connect-local").await;
    page.see("create-open").await;
    desktop.quit().await;
}
