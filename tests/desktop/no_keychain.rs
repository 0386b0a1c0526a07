//! F31, F32: a machine that has no keychain, or loses it.

use keydeck_domain::KeyFormat;
use keydeck_tests::pictures::Album;
use keydeck_tests::process::{lives, until};
use keydeck_tests::walk::Walk;
use keydeck_tests::{Desktop, Machine, canary, close};
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

/// F32: the keychain is gone when the key is made. The secret stays on the screen until it is safe.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_without_a_keychain_is_held_until_it_is_stored() {
    let mut machine = Machine::start();
    let mut album = Album::new("pictures/keychain-gone");
    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;
    Walk::new(&machine, &desktop, &mut album).connect_local().await;
    machine.without_keychain();

    page.press("create-open").await;
    page.write("create-name", "Billing worker").await;
    page.press("create-submit").await;
    page.says("secret-dialog", "no keychain").await;
    album.take(page, "memory-only").await;
    page.press("secret-done").await;
    page.see("secret-dialog").await;
    // The window's own cross would lose it just as well.
    close::ask_to_close(&machine, "Keydeck");
    page.holds("it says why it stays", "return document.body.innerText.includes('Keydeck stays open')", vec![], |said| {
        *said == json!(true)
    })
    .await;
    album.take(page, "stays-open").await;
    assert!(lives(desktop.process()));
    page.press("secret-copy").await;
    let secret = until("the secret is in the clipboard", || Some(machine.paste()).filter(|text| KeyFormat::parse(text).is_ok()));
    page.press("secret-stored").await;
    page.press("secret-done").await;
    page.gone("secret-dialog").await;
    page.find("[data-testid='key-row']").await;
    // Nothing is held any more: the cross closes it.
    let process = desktop.process();
    close::ask_to_close(&machine, "Keydeck");
    until("the program is gone", || (!lives(process)).then_some(()));
    desktop.page.forget().await;
    let found = canary::find(&[secret], &[machine.folder(), album.folder()]);
    assert!(found.is_empty(), "found in {found:?}");
}
