//! F33: the program is started twice.

use std::time::{Duration, Instant};

use keydeck_tests::pictures::Album;
use keydeck_tests::process::lives;
use keydeck_tests::screen::{Screen, Standing};
use keydeck_tests::walk::Walk;
use keydeck_tests::{Desktop, Machine};

/// How long it may take to come forward.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_ends_and_brings_the_first_forward_as_it_is() {
    let machine = Machine::start();
    let mut album = Album::new("pictures/second-start");
    let desktop = Desktop::start(&machine).await;
    let mut walk = Walk::new(&machine, &desktop, &mut album);
    walk.connect_local().await;
    let made = walk.create_and_copy("Billing worker").await;

    // Behind another window, as when a person works elsewhere.
    let screen = Screen::of(&machine);
    let window = screen.seen("Keydeck");
    let other = screen.cover();
    assert_eq!(screen.standing(window, other), Standing { shown: true, above: false, focused: false });
    assert!(Desktop::once_more(&machine).wait().success());
    comes_forward(&screen, window, other, |now| now == Standing { shown: true, above: true, focused: true });

    // Minimized as well. Whether it has the focus then is up to the window manager, and there is none.
    let other = screen.cover();
    screen.hide(window);
    assert_eq!(screen.standing(window, other), Standing { shown: false, above: false, focused: false });
    assert!(Desktop::once_more(&machine).wait().success());
    comes_forward(&screen, window, other, |now| now.shown && now.above);

    assert!(lives(desktop.process()));
    assert_eq!(screen.seen("Keydeck"), window, "there is no second window");
    assert_eq!(machine.paste(), made.secret, "the clipboard is the first one's");
    assert!(machine.folder().join("run/keydeck/webview").is_dir(), "so is the webview's folder");
    desktop.page.says("secret-dialog", "copy your key now").await;
    desktop.quit().await;
}

fn comes_forward(screen: &Screen, window: u32, other: u32, forward: impl Fn(Standing) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !forward(screen.standing(window, other)) {
        assert!(Instant::now() < deadline, "the first window does not come forward: {:?}", screen.standing(window, other));
        std::thread::sleep(Duration::from_millis(20));
    }
}
