//! The walk of `make run` where there is no display: the same program in a virtual one, and
//! pictures of the main job in `target/tour/`.

use keydeck_tests::pictures::Album;
use keydeck_tests::walk::Walk;
use keydeck_tests::{Desktop, Machine};

#[tokio::main]
async fn main() {
    let machine = Machine::start();
    let mut album = Album::new("tour");
    let desktop = Desktop::start(&machine).await;
    let mut walk = Walk::new(&machine, &desktop, &mut album);
    walk.connect_local().await;
    let mut made = walk.create_and_copy("Billing worker").await;
    walk.try_and_finish(&mut made, "Billing worker").await;
    walk.open(&made.id).await;
    walk.add_scope("write").await;
    walk.revoke().await;
    desktop.quit().await;
}
