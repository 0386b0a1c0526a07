//! F29: the server of this computer and the team's side by side. One of them is out of reach for a while.

use keydeck_tests::KeyServer;
use keydeck_tests::walk::Walk;
use serde_json::json;

use super::person::{ADA, Person};

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_side_by_side_and_one_is_out_of_reach_for_a_while() {
    let mut server = KeyServer::start();
    let (_, _) = server.claim(ADA, "Northwind", "nw").await;
    let mut ada = Person::sit_down(ADA, "pictures/team-side-by-side").await;
    let mut walk = Walk::new(&ada.machine, &ada.desktop, &mut ada.album);
    walk.connect_local().await;
    let mut made = walk.create_and_copy("Here").await;
    walk.try_and_finish(&mut made, "Here").await;
    ada.page().press_at("aside button.add").await;
    ada.page().press("connect-keydeck").await;
    ada.ask_server(&server.address, &server.ca_file()).await;
    ada.page().says("server-identity", "answers at").await;
    ada.field("Name", "Northwind's").await;
    ada.page().press_at("label:has(input[value='green'])").await;
    ada.picture("second-server").await;
    ada.page().press("server-submit").await;
    ada.sign_in().await;
    let mut walk = Walk::new(&ada.machine, &ada.desktop, &mut ada.album);
    let mut made = walk.create_and_copy("There").await;
    walk.try_and_finish(&mut made, "There").await;
    ada.server_is("Northwind's", "signed in").await;
    ada.server_is("On this computer", "signed in").await;
    let colours = "return [...document.querySelectorAll('aside .server .dot')].map((dot) => [...dot.classList].find((name) => name.startsWith('colour-')))";
    let colours = ada.page().client.execute(colours, vec![]).await.unwrap();
    assert_ne!(colours[0], colours[1], "each has its own colour");
    ada.picture("both").await;

    server.stop();
    let chip = "[...document.querySelectorAll('.filters button')].find((chip) => chip.textContent === 'Active').click()";
    ada.page().client.execute(chip, vec![]).await.unwrap();
    ada.page().says("stale", "Not reachable since").await;
    ada.page().says("stale", "This is the list of").await;
    ada.server_is("Northwind's", "not reachable").await;
    ada.reads("There").await;
    changes_wait(&ada, true).await;
    ada.picture("out-of-reach").await;
    // The other server goes on.
    ada.show_server("On this computer").await;
    ada.reads("Here").await;
    changes_wait(&ada, false).await;
    ada.reads_not("Not reachable since").await;
    ada.show_server("Northwind's").await;
    ada.page().says("stale", "This is the list of").await;
    ada.reads("There").await;

    // Also for a Keydeck that starts while nobody answers: it has no list of before on the disk.
    server.start_again();
    ada.server_is("Northwind's", "signed in").await;
    ada.page().gone("stale").await;
    changes_wait(&ada, false).await;
    ada.reads("There").await;
    ada.picture("back").await;
    ada.desktop.quit().await;
}

/// Whether what changes something is off.
async fn changes_wait(ada: &Person, wait: bool) {
    let off = "return document.querySelector(\"[data-testid='create-open']\")?.disabled ?? null";
    ada.page().holds("changes are on or off", off, vec![], |off| *off == json!(wait)).await;
}
