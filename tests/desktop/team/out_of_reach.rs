//! F29 in every view of a team: while the server does not answer, nothing can be changed, what was loaded and
//! typed stays; when it answers again, all is as before by itself.

use keydeck_tests::KeyServer;
use keydeck_tests::page::marked;
use serde_json::{Value, json};

use super::person::{ADA, GRACE, Person};

/// A view, what waits there, and what stays in sight.
const VIEWS: [(&str, &[&str], &str); 4] = [
    ("people", &["invite-open", "member-remove", "member-role"], "grace@northwind.example"),
    ("organization", &["organization-save", "organization-new", "verifier-new"], "Half typed"),
    ("audit", &["audit-check", "audit-csv", "audit-json"], "joined"),
    ("settings", &["password-open"], "this one"),
];

#[tokio::test(flavor = "multi_thread")]
async fn f29_nothing_can_be_changed_in_any_view_while_the_server_is_stopped() {
    let mut server = KeyServer::start();
    let (owner, organization) = server.claim(ADA, "Northwind", "nw").await;
    server.join(&owner, &organization, GRACE, "member").await;
    let mut ada = Person::sit_down(ADA, "pictures/team-out-of-reach").await;
    ada.page().press("connect-keydeck").await;
    ada.add(&server, "Northwind's").await;
    ada.sign_in().await;
    ada.page().press("nav-organization").await;
    ada.page().write("organization-name", "Half typed").await;
    for (view, controls, words) in VIEWS {
        ada.page().press(&format!("nav-{view}")).await;
        ada.reads(words).await;
        waits(&ada, controls, false).await;
    }
    ada.page().press("nav-people").await;
    ada.page().press("invite-open").await;
    ada.page().write("invite-email", "katherine@northwind.example").await;

    server.stop();
    ada.page().press("invite-submit").await;
    waits(&ada, &["invite-submit"], true).await;
    ada.page().says("wait", "Not reachable since").await;
    ada.picture("dialog").await;
    let typed = "return document.querySelector(\"[data-testid='invite-email']\").value";
    assert_eq!(ada.page().client.execute(typed, vec![]).await.unwrap(), json!("katherine@northwind.example"));
    ada.page().press_at("[data-testid='invite-dialog'] .foot .btn").await;
    ada.page().gone("invite-dialog").await;
    for (view, controls, words) in VIEWS {
        ada.page().press(&format!("nav-{view}")).await;
        ada.page().says("stale", "changes can't be made until the server answers").await;
        waits(&ada, controls, true).await;
        ada.reads(words).await;
        ada.picture(view).await;
    }
    ada.server_is("Northwind's", "not reachable").await;

    // In the view that is open nobody presses anything.
    server.start_again();
    ada.page().gone("stale").await;
    waits(&ada, &["password-open"], false).await;
    for (view, controls, words) in VIEWS {
        ada.page().press(&format!("nav-{view}")).await;
        ada.reads(words).await;
        waits(&ada, controls, false).await;
    }
    ada.page().press("nav-organization").await;
    ada.page().press("organization-save").await;
    ada.reads("Half typed is saved").await;
    ada.desktop.quit().await;
}

/// Waits until all of these are off, with the reason in words, or none of them for that reason.
async fn waits(ada: &Person, controls: &[&str], wait: bool) {
    let script = "return arguments[0].map((mark) => { const control = document.querySelector(mark); \
                  return control && [control.disabled, control.title] })";
    let marks: Vec<String> = controls.iter().map(|mark| marked(mark)).collect();
    let all = |found: &Value| {
        found.as_array().unwrap().iter().all(|one| {
            let why = one[1]
                .as_str()
                .is_some_and(|why| why.starts_with("Not reachable since") && why.contains("changes can't be made"));
            one.is_array() && one[0] == json!(wait) && why == wait
        })
    };
    ada.page().holds(&format!("{controls:?} wait: {wait}"), script, vec![json!(marks)], all).await;
}
