//! F33: the program is started twice.

use keydeck_tests::pictures::Album;
use keydeck_tests::process::lives;
use keydeck_tests::walk::Walk;
use keydeck_tests::{Desktop, Machine};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_ends_and_leaves_the_first_as_it_is() {
    let machine = Machine::start();
    let mut album = Album::new("pictures/second-start");
    let desktop = Desktop::start(&machine).await;
    let mut walk = Walk::new(&machine, &desktop, &mut album);
    walk.connect_local().await;
    let made = walk.create_and_copy("Billing worker").await;

    assert!(Desktop::once_more(&machine).wait().success());
    assert!(lives(desktop.process()));
    assert_eq!(machine.paste(), made.secret, "the clipboard is the first one's");
    assert!(machine.folder().join("run/keydeck/webview").is_dir(), "so is the webview's folder");
    desktop.page.says("secret-dialog", "copy your key now").await;
    desktop.quit().await;
}
