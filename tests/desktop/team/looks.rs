//! Every view that a team brings, in pictures: light and dark, large and small. axe looks at each.

use keydeck_tests::page::marked;
use keydeck_tests::walk::row;
use keydeck_tests::{KeyServer, Machine};
use reqwest::Method;
use serde_json::{Value, json};

use super::person::{ADA, GRACE, LINUS, Person};
use crate::looks::shot;

#[tokio::test(flavor = "multi_thread")]
async fn every_view_of_a_team_light() {
    look(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_of_a_team_dark() {
    look(true).await;
}

async fn look(dark: bool) {
    let (server, fresh) = (KeyServer::start(), KeyServer::start());
    let (owner, key) = fill(&server).await;
    let machine = Machine::start();
    machine.prefer_dark(dark);
    let mut ada = Person::sit_down_at(machine, ADA, if dark { "pictures/team-dark" } else { "pictures/team-light" }).await;

    ada.page().press("connect-keydeck").await;
    ada.ask_server(&fresh.address, &fresh.ca_file()).await;
    ada.page().says("server-identity", "Nobody has set it up yet").await;
    take(&mut ada, "server-fresh").await;
    ada.field("Name", "Fresh").await;
    ada.page().press("server-submit").await;
    ada.page().see("claim").await;
    take(&mut ada, "claim").await;

    ada.ask_server(&server.address, &server.ca_file()).await;
    ada.page().says("server-identity", "answers at").await;
    ada.field("Name", "Northwind's").await;
    ada.page().press_at("label:has(input[value='green'])").await;
    take(&mut ada, "server").await;
    ada.page().press("server-submit").await;
    ada.page().see("signin-email").await;
    take(&mut ada, "sign-in").await;
    ada.sign_in().await;
    ada.reads("creator left").await;
    take(&mut ada, "keys").await;
    ada.page().press_at(&format!("{} td", row(&key))).await;
    ada.page().says("drawer", "is no member any more").await;
    take(&mut ada, "creator-left").await;

    ada.page().press("nav-people").await;
    ada.member(GRACE.email).await;
    ada.page().see("invitations").await;
    take(&mut ada, "people").await;
    ada.page().press("invite-open").await;
    ada.page().see("invite-email").await;
    take(&mut ada, "invite").await;
    ada.page().write("invite-email", "barbara@northwind.example").await;
    ada.page().press("invite-submit").await;
    ada.page().see("invite-copy").await;
    take(&mut ada, "hand-over-the-link").await;
    ada.page().press("invite-done").await;
    let grace = ada.member(GRACE.email).await;
    ada.choose_at(&format!("{grace} select"), "Owner").await;
    ada.page().see("role-dialog").await;
    take(&mut ada, "make-an-owner").await;
    ada.page().press_at("[data-testid='role-dialog'] [data-first]").await;
    ada.page().press_at(&format!("{grace} {}", marked("member-remove"))).await;
    ada.page().see("remove-confirm").await;
    take(&mut ada, "remove").await;
    ada.page().press_at("[data-testid='remove-member'] [data-first]").await;

    ada.page().press("nav-organization").await;
    ada.page().see("organization").await;
    take(&mut ada, "organization").await;
    ada.page().write("organization-name", "Northwind Traders").await;
    ada.page().press("preset-add").await;
    ada.page().write("preset-name", "Night shift").await;
    take(&mut ada, "organization-changed").await;
    ada.page().press("organization-undo").await;
    ada.page().press("organization-new").await;
    ada.page().see("new-organization").await;
    take(&mut ada, "new-organization").await;
    ada.page().press_at("[data-testid='new-organization'] .foot .btn").await;

    ada.page().press("nav-audit").await;
    ada.reads("removed").await;
    take(&mut ada, "audit").await;
    ada.choose("audit-action", "Role changed").await;
    let one = "return document.querySelectorAll(\"[data-testid='audit-row']\").length";
    ada.page().holds("one entry is left", one, vec![], |rows| *rows == json!(1)).await;
    ada.page().press("audit-open").await;
    ada.page().press("audit-check").await;
    ada.page().see("audit-report").await;
    ada.page().press("audit-csv").await;
    ada.page().see("audit-exported").await;
    take(&mut ada, "audit-open").await;

    ada.page().press("nav-settings").await;
    ada.page().says("sessions", "another computer").await;
    ada.page().press("password-open").await;
    ada.page().see("password-next").await;
    take(&mut ada, "account").await;
    ada.page().press("nav-keys").await;
    ada.page().find(&row(&key)).await;

    // Somebody else's invitation, looked at from here.
    let organization = server.organization(&owner, "Northwind").await;
    let invitation = json!({ "email": "edsger@northwind.example", "role": "member" });
    let path = format!("/v1/organizations/{organization}/invitations");
    let invited = server.done(&owner, Method::POST, &path, invitation).await;
    let link = format!("{}/join#{}", server.address, invited["token"].as_str().unwrap());
    ada.ask_server(&link, &server.ca_file()).await;
    ada.page().see("join").await;
    take(&mut ada, "join").await;
    ada.desktop.quit().await;
}

async fn take(person: &mut Person, name: &str) {
    shot(&person.desktop, &mut person.album, name).await;
}

/// People, keys, an invitation and a history; gives the owner's session and the key that Linus left.
async fn fill(server: &KeyServer) -> (String, String) {
    let (owner, organization) = server.claim(ADA, "Northwind", "nw").await;
    let path = format!("/v1/organizations/{organization}");
    let grace = server.join(&owner, &organization, GRACE, "viewer").await;
    let linus = server.join(&owner, &organization, LINUS, "member").await;
    let members = server.done(&owner, Method::GET, &format!("{path}/members"), Value::Null).await;
    let user = |email: &str| {
        let members = members["items"].as_array().unwrap();
        let one = members.iter().find(|member| member["user"]["email"] == json!(email)).unwrap();
        one["user"]["id"].as_str().unwrap().to_owned()
    };
    let admin = json!({ "role": "admin" });
    server.done(&owner, Method::PATCH, &format!("{path}/members/{}", user(GRACE.email)), admin).await;
    server.make_key(&grace, &organization, json!({ "name": "Storefront", "environment": "live", "scopes": ["read"] })).await;
    let left = json!({ "name": "Nightly export", "environment": "test", "scopes": ["read"] });
    let left = server.make_key(&linus, &organization, left).await;
    server.done(&owner, Method::DELETE, &format!("{path}/members/{}", user(LINUS.email)), Value::Null).await;
    let invitation = json!({ "email": "ken@northwind.example", "role": "viewer" });
    server.done(&owner, Method::POST, &format!("{path}/invitations"), invitation).await;
    (owner, left["key"]["id"].as_str().unwrap().to_owned())
}
