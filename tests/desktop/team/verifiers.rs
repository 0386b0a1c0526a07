//! A verifier on its way from the window to a service: made, handed over by the clipboard, refused once it is revoked.

use keydeck_tests::process::until;
use keydeck_tests::{KeyServer, canary};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::person::{ADA, Person};

/// Notes for the rest of the page's life whether a verifier's secret ever stands in it.
const WATCH: &str = "window.seen = false; \
    const look = () => { window.seen ||= /kdv_[A-Za-z0-9]{16}/.test(document.documentElement.outerHTML + \
        [...document.querySelectorAll('input, textarea')].map((field) => field.value)); }; \
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, characterData: true }); look()";

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_made_in_the_window_asks_about_keys_until_it_is_revoked() {
    let server = KeyServer::start();
    let (owner, organization) = server.claim(ADA, "Northwind", "nw").await;
    let key = json!({ "name": "Storefront", "environment": "live", "scopes": ["read"] });
    let key = server.make_key(&owner, &organization, key).await;
    let question = json!({ "key": key["secret"], "scopes": ["read"] });
    let mut ada = Person::sit_down(ADA, "pictures/team-verifier").await;
    ada.page().press("connect-keydeck").await;
    ada.add(&server, "Northwind's").await;
    ada.sign_in().await;
    ada.page().client.execute(WATCH, vec![]).await.unwrap();

    ada.page().press("nav-organization").await;
    ada.page().see("no-verifier").await;
    ada.page().press("verifier-new").await;
    ada.page().write("verifier-name", "Search API").await;
    ada.page().press("verifier-submit").await;
    ada.page().see("verifier-copy").await;
    ada.picture("made").await;
    ada.page().press("verifier-copy").await;
    let verifier = until("the secret is in the clipboard", || Some(ada.machine.paste()).filter(|text| text.starts_with("kdv_")));
    ada.page().see("clipboard-note").await;
    ada.picture("copied").await;
    ada.page().press("verifier-done").await;
    ada.page().gone("verifier-dialog").await;
    ada.page().says("verifiers", "Search API").await;
    ada.picture("listed").await;

    // The service asks with what it was given.
    let (status, answer) = server.ask(Some(&verifier), Method::POST, "/v1/verify", Some(question.clone())).await;
    assert_eq!((status, &answer["outcome"]), (StatusCode::OK, &json!("accepted")), "{answer}");
    assert_eq!(answer["key"]["id"], key["key"]["id"]);

    // What was handed over is not in the program any more.
    let listed = server.done(&owner, Method::GET, &format!("/v1/organizations/{organization}/verifiers"), json!(null)).await;
    let id = &listed["items"][0]["id"];
    let again = ada.page().call("copy_verifier", json!({ "verifier": id, "form": { "form": "plain" } })).await.unwrap_err();
    assert_eq!(again["code"], json!("not_found"), "{again}");

    ada.page().press_at("[data-testid='verifier'] button[aria-label='Revoke Search API']").await;
    ada.page().see("revoke-verifier-confirm").await;
    ada.picture("revoke").await;
    ada.page().press("revoke-verifier-confirm").await;
    ada.page().gone("revoke-verifier").await;
    let (status, answer) = server.ask(Some(&verifier), Method::POST, "/v1/verify", Some(question)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{answer}");
    ada.page().says("verifiers", "Revoked (1)").await;
    ada.picture("revoked").await;

    let seen = ada.page().client.execute("return window.seen", vec![]).await.unwrap();
    assert_eq!(seen, json!(false), "the secret was never in the page");
    // What watched would have seen it.
    let plant = "const [text, done] = arguments; document.body.append(text); setTimeout(() => done(window.seen))";
    let seen = ada.page().client.execute_async(plant, vec![json!(format!("kdv_{}", "x".repeat(16)))]).await.unwrap();
    assert_eq!(seen, json!(true));
    ada.desktop.quit().await;
    let secrets = [verifier, owner, server.pepper(), ADA.password.to_owned(), key["secret"].as_str().unwrap().to_owned()];
    std::fs::copy(server.folder().join("log"), server.folder().join("data/log")).unwrap();
    let folders = [ada.machine.folder(), ada.album.folder(), &server.folder().join("data")];
    let found = canary::find(&secrets, &folders);
    assert!(found.is_empty(), "a secret lies in {found:?}");
    let found = canary::find_any(&folders);
    assert!(found.is_empty(), "a key or a token lies in {found:?}");
}
