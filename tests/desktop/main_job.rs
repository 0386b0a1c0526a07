//! From the first start to a revoked key, and back after a restart.

use keydeck_tests::pictures::Album;
use keydeck_tests::walk::{Walk, ask_about_itself};
use keydeck_tests::{Desktop, Machine, axe, canary};
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_made_copied_used_edited_and_revoked() {
    let machine = Machine::start();
    let mut album = Album::new("pictures/desktop");
    let desktop = Desktop::start(&machine).await;
    let mut walk = Walk::new(&machine, &desktop, &mut album);

    walk.connect_local().await;
    let mut made = walk.create_and_copy("Billing worker").await;
    assert!(machine.clipboard_targets().contains("x-kde-passwordManagerHint"), "T36: histories are told to leave it out");
    walk.try_and_finish(&mut made, "Billing worker").await;
    axe::check(&desktop.page, "keys").await;

    let address = walk.address().await;
    let (status, itself) = ask_about_itself(&address, &made.secret).await;
    assert_eq!((status, &itself["id"]), (StatusCode::OK, &json!(made.id)));
    assert_eq!(itself["scopes"], json!(["read"]));

    walk.open(&made.id).await;
    walk.add_scope("write").await;
    let (status, itself) = ask_about_itself(&address, &made.secret).await;
    assert_eq!((status, &itself["scopes"]), (StatusCode::OK, &json!(["read", "write"])));

    walk.revoke().await;
    let (status, _) = ask_about_itself(&address, &made.secret).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    desktop.quit().await;

    // Started again: still signed in, at the same address.
    let desktop = Desktop::start(&machine).await;
    let mut walk = Walk::new(&machine, &desktop, &mut album);
    assert_eq!(walk.row_named("Billing worker").await, made.id);
    walk.picture("started-again").await;
    assert_eq!(walk.address().await, address);
    desktop.quit().await;

    let found = canary::find(&[made.secret, machine.local_pepper()], &[machine.folder(), album.folder()]);
    assert!(found.is_empty(), "the secret or the pepper lies in {found:?}");
    let found = canary::find_any(&[machine.folder(), album.folder()]);
    assert!(found.is_empty(), "a key or a session's token lies in {found:?}");
}
