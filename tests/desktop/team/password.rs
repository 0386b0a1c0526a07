//! T43: another password ends every other session of that person, and one session can be ended by itself.

use keydeck_tests::{KeyServer, canary};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::person::{ADA, GRACE, Person};

const NEXT: &str = "another relay, no bug 10";

#[tokio::test(flavor = "multi_thread")]
async fn a_password_change_ends_the_other_sessions_and_one_can_be_ended_by_itself() {
    let server = KeyServer::start();
    let (owner, organization) = server.claim(ADA, "Northwind", "nw").await;
    let first = server.join(&owner, &organization, GRACE, "member").await;
    let mut grace = Person::sit_down(GRACE, "pictures/team-password").await;
    grace.page().press("connect-keydeck").await;
    grace.add(&server, "Northwind's").await;
    grace.sign_in().await;
    grace.page().press("nav-settings").await;
    let rows = "return document.querySelectorAll(\"[data-testid='sessions'] li\").length";
    grace.page().holds("two sessions are listed", rows, vec![], |rows| *rows == json!(2)).await;
    grace.page().says("sessions", "another computer").await;
    grace.page().says("sessions", "this one").await;
    let computer = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    grace.page().says("sessions", computer.trim()).await;
    grace.page().says("sessions", "on Linux").await;
    grace.picture("sessions").await;

    // The other one alone.
    assert_eq!(asks(&server, &first).await, StatusCode::OK);
    grace.page().press_at("[data-testid='sessions'] button").await;
    grace.page().holds("one session is left", rows, vec![], |rows| *rows == json!(1)).await;
    assert_eq!(asks(&server, &first).await, StatusCode::UNAUTHORIZED, "it is refused with the next request");

    // All others.
    let (second, third) = (server.sign_in(GRACE).await, server.sign_in(GRACE).await);
    grace.page().press("password-open").await;
    grace.page().write("password-current", "not this one").await;
    grace.page().write("password-next", NEXT).await;
    grace.page().press("password-save").await;
    let told = "return document.querySelector(\"[data-testid='account'] [role='alert']\") !== null";
    grace.page().holds("the wrong password is refused", told, vec![], |told| *told == json!(true)).await;
    grace.picture("wrong-password").await;
    assert_eq!(asks(&server, &second).await, StatusCode::OK, "nothing ended yet");
    grace.page().write("password-current", GRACE.password).await;
    grace.page().write("password-next", NEXT).await;
    grace.page().press("password-save").await;
    grace.page().gone("password-save").await;
    for ended in [&second, &third] {
        assert_eq!(asks(&server, ended).await, StatusCode::UNAUTHORIZED);
    }
    grace.page().holds("this one is left", rows, vec![], |rows| *rows == json!(1)).await;
    grace.picture("password-changed").await;
    grace.page().press("nav-keys").await;
    grace.page().see("create-open").await;
    let everything = grace.page().everything().await;
    assert!(!everything.contains(GRACE.password) && !everything.contains(NEXT), "no password is kept in the page");

    // Her own is ended from elsewhere: she is asked again, in place.
    let last = server.sign_in(keydeck_tests::keyserver::Someone { password: NEXT, ..GRACE }).await;
    let sessions = server.done(&last, Method::GET, "/v1/sessions", serde_json::Value::Null).await;
    for session in sessions["items"].as_array().unwrap().iter().filter(|session| session["current"] == json!(false)) {
        let path = format!("/v1/sessions/{}", session["id"].as_str().unwrap());
        server.done(&last, Method::DELETE, &path, serde_json::Value::Null).await;
    }
    grace.page().press("create-open").await;
    grace.page().write("create-name", "After the end").await;
    grace.page().press("create-submit").await;
    grace.page().write("signin-password", NEXT).await;
    grace.picture("ended-elsewhere").await;
    grace.page().press("signin-submit").await;
    grace.page().gone("signin-submit").await;
    let typed = "return document.querySelector(\"[data-testid='create-name']\").value";
    assert_eq!(grace.page().client.execute(typed, vec![]).await.unwrap(), json!("After the end"));
    grace.picture("signed-in-again").await;
    grace.desktop.quit().await;
    let secrets = [first, second, third, last, owner, GRACE.password.to_owned(), NEXT.to_owned(), ADA.password.to_owned()];
    let found = canary::find(&secrets, &[grace.machine.folder(), grace.album.folder(), &server.folder().join("data")]);
    assert!(found.is_empty(), "found in {found:?}");
}

/// How a session's token is received.
async fn asks(server: &KeyServer, token: &str) -> StatusCode {
    server.ask(Some(token), Method::GET, "/v1/organizations", None).await.0
}
