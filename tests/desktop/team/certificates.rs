//! T29: whom the window trusts.

use keydeck_tests::KeyServer;
use serde_json::json;

use super::person::{ADA, Person};

#[tokio::test(flavor = "multi_thread")]
async fn t29_who_can_not_prove_to_be_the_server_is_refused_and_there_is_no_way_on() {
    let (server, other) = (KeyServer::start(), KeyServer::start());
    let elsewhere = KeyServer::start_for(&["keys.elsewhere.example"]);
    let mut ada = Person::sit_down(ADA, "pictures/team-certificates").await;
    for (what, address, authority) in
        [("another-authority", &server.address, other.ca_file()), ("another-host", &elsewhere.address, elsewhere.ca_file())]
    {
        ada.ask_server(address, &authority).await;
        ada.reads("The server's certificate is not to be trusted").await;
        ada.reads("Nothing was sent to it").await;
        assert!(!ada.can_see("server-identity").await, "{what}");
        let buttons = "return [...document.querySelectorAll('button, a')].filter((one) => one.offsetParent !== null).map((one) => one.textContent.trim())";
        let buttons = ada.page().client.execute(buttons, vec![]).await.unwrap();
        assert_eq!(buttons, json!(["Back", "Check address"]), "{what}: there is no ‘continue anyway’");
        let address = json!({ "operation": "p", "kind": "keydeck", "address": address, "caFile": null });
        let refused = ada.page().call("probe_server", address).await.unwrap_err();
        assert_eq!(refused["code"], json!("certificate"), "{what}: without the file as well");
        ada.picture(what).await;
    }
    // With the right authority the same form goes on.
    ada.ask_server(&server.address, &server.ca_file()).await;
    ada.page().says("server-identity", "answers at").await;
    for one in [&server, &other, &elsewhere] {
        assert!(!one.log().contains("panicked"), "{}", one.log());
    }
    ada.desktop.quit().await;
}
