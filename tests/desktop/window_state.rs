//! The window comes back as it was left.

use keydeck_tests::{Desktop, Machine};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn its_size_is_kept() {
    let size = "return [window.innerWidth, window.innerHeight]";
    let machine = Machine::start();
    let desktop = Desktop::start(&machine).await;
    desktop.page.client.set_window_size(1100, 700).await.unwrap();
    desktop.page.holds("the window has its size", size, vec![], |now| *now == json!([1100, 700])).await;
    desktop.quit().await;

    let desktop = Desktop::start(&machine).await;
    desktop.page.holds("the size is kept", size, vec![], |now| *now == json!([1100, 700])).await;
    desktop.quit().await;
}
