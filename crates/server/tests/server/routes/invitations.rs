//! `/v1/organizations/{organization}/invitations`, `/v1/invitations/look` and `/join`.

use std::time::Duration;

use keydeck_domain::api::audit::{Action, AuditEntry};
use keydeck_domain::api::invitations::{Invitation, InvitationOffer, IssuedInvitation};
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{InvitationId, Role};
use serde_json::{Value, json};

use crate::support::database::{count, run};
use crate::support::{Answer, As, World};

pub fn path(world: &World) -> String {
    format!("/v1/organizations/{}/invitations", world.organization)
}

pub async fn invite(world: &World, by: &As, email: &str, role: Role) -> Answer {
    by.post(&path(world), &json!({ "email": email, "role": role })).await
}

/// Invites and gives the token, with the record.
pub async fn invited(world: &World, by: &As, email: &str, role: Role) -> (String, Invitation) {
    let issued: IssuedInvitation = invite(world, by, email, role).await.is(201).read();
    // Exposed to be sent: the tests' own invitation.
    (issued.token.expose().to_owned(), issued.invitation)
}

pub async fn look(world: &World, token: &str) -> Answer {
    world.anonymous.post("/v1/invitations/look", &json!({ "token": token })).await
}

async fn listed(world: &World) -> Vec<Invitation> {
    serde_json::from_value(world.admin.get(&path(world)).await.is(200).value()["items"].clone()).unwrap()
}

pub async fn log(world: &World, action: Action) -> Vec<AuditEntry> {
    let log = format!("/v1/organizations/{}/audit?action={}", world.organization, json!(action).as_str().unwrap());
    serde_json::from_value(world.owner.get(&log).await.is(200).value()["items"].clone()).unwrap()
}

#[tokio::test]
async fn an_invitation_is_made_looked_at_and_listed() {
    let world = World::new().await;
    let answer = invite(&world, &world.admin, "Grace@Example.org", Role::Member).await.is(201);
    let issued: IssuedInvitation = answer.read();
    // Exposed to be sent: the tests' own invitation.
    let token = issued.token.expose();
    assert!(token.starts_with("kdi_") && token.len() == 47);
    let invitation = issued.invitation;
    assert_eq!((invitation.email.as_str(), invitation.role), ("grace@example.org", Role::Member));
    assert_eq!(invitation.created_by.email.as_str(), "admin@example.org");
    assert_eq!(invitation.expires_at - invitation.created_at, chrono::Duration::days(7));

    let offer: InvitationOffer = look(&world, token).await.is(200).read();
    assert_eq!(
        offer,
        InvitationOffer {
            organization_id: world.organization,
            organization: "Northwind".parse().unwrap(),
            email: invitation.email.clone(),
            role: Role::Member,
            invited_by: invitation.created_by.clone(),
            expires_at: invitation.expires_at,
            known: false,
        }
    );
    let (theirs, _) = invited(&world, &world.owner, "stranger@example.org", Role::Owner).await;
    assert!(look(&world, &theirs).await.is(200).read::<InvitationOffer>().known);
    assert_eq!(listed(&world).await.len(), 2);
    assert_eq!(listed(&world).await[1], invitation, "the newest first");
    assert_eq!(look(&world, token).await.status, 200, "looking uses nothing up");

    // T44: what is stored and told proves nothing.
    let entry = &log(&world, Action::InvitationCreated).await[1];
    assert_eq!(entry.target, invitation.id.to_string());
    assert_eq!(entry.target_name.as_deref(), Some("grace@example.org"));
    assert_eq!(entry.after.as_ref().unwrap()["role"], "member");
    let list = world.admin.get(&path(&world)).await;
    assert!(!String::from_utf8_lossy(&list.body).contains("kdi_"));
    let (token, folder) = (token.to_owned(), world.stop().await);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let content = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!content.windows(token.len()).any(|window| window == token.as_bytes()));
    }
}

#[tokio::test]
async fn nobody_invites_to_more_power_than_he_may_give() {
    let world = World::new().await;
    for (by, allowed) in [
        (&world.owner, [true, true, true, true]),
        (&world.admin, [true, true, true, false]),
        (&world.member, [false; 4]),
        (&world.viewer, [false; 4]),
    ] {
        for (role, allowed) in [Role::Viewer, Role::Member, Role::Admin, Role::Owner].into_iter().zip(allowed) {
            let answer = invite(&world, by, &format!("{}@example.net", role.as_str()), role).await;
            if allowed {
                answer.is(201);
            } else {
                answer.refused(403, ProblemCode::Forbidden);
            }
        }
    }
    assert_eq!(log(&world, Action::Refused).await.len(), 9, "each refusal is told");
    for by in [&world.member, &world.viewer] {
        by.get(&path(&world)).await.refused(403, ProblemCode::Forbidden);
    }
    // Nor is he rid of another's invitation to more power by inviting anew, or by withdrawing it.
    let owner = listed(&world).await.into_iter().find(|invitation| invitation.role == Role::Owner).unwrap();
    invite(&world, &world.admin, owner.email.as_str(), Role::Viewer).await.refused(403, ProblemCode::Forbidden);
    let one = format!("{}/{}", path(&world), owner.id);
    for by in [&world.admin, &world.member] {
        by.delete(&one).await.refused(403, ProblemCode::Forbidden);
    }
    assert!(listed(&world).await.contains(&owner));
}

#[tokio::test]
async fn a_second_invitation_takes_the_place_of_the_first() {
    let world = World::new().await;
    let (first, _) = invited(&world, &world.admin, "grace@example.org", Role::Viewer).await;
    let (second, invitation) = invited(&world, &world.owner, "grace@example.org", Role::Admin).await;
    look(&world, &first).await.refused(404, ProblemCode::NotFound);
    assert_eq!(look(&world, &second).await.is(200).read::<InvitationOffer>().role, Role::Admin);
    assert_eq!(listed(&world).await, [invitation]);
    assert_eq!(log(&world, Action::InvitationRevoked).await.len(), 1);
    // Each organization has its own.
    let theirs = format!("/v1/organizations/{}/invitations", world.other_organization);
    world.stranger.post(&theirs, &json!({ "email": "grace@example.org", "role": "viewer" })).await.is(201);
    look(&world, &second).await.is(200);
}

#[tokio::test]
async fn a_member_is_not_invited_and_the_body_is_checked() {
    let world = World::new().await;
    for (email, role) in [("viewer@example.org", Role::Admin), ("Owner@example.org", Role::Viewer)] {
        invite(&world, &world.owner, email, role).await.refused(409, ProblemCode::Conflict);
    }
    for bad in [
        json!({}),
        json!({ "email": "grace@example.org" }),
        json!({ "email": "grace", "role": "viewer" }),
        json!({ "email": "grace@example.org", "role": "root" }),
        json!({ "email": "grace@example.org", "role": "viewer", "name": "Grace" }),
    ] {
        world.owner.post(&path(&world), &bad).await.refused(422, ProblemCode::InvalidBody);
    }
    let claims = json!({ "email": "grace@example.org", "role": "viewer", "user_id": InvitationId::generate() });
    world.owner.post(&path(&world), &claims).await.refused(403, ProblemCode::Forbidden);
    assert_eq!(listed(&world).await, []);
}

#[tokio::test]
async fn every_token_that_is_no_good_is_the_same_404_byte_for_byte() {
    let world = World::with(|config| config.sign_in.free_failures = 1_000).await;
    let (withdrawn, invitation) = invited(&world, &world.admin, "withdrawn@example.org", Role::Viewer).await;
    world.admin.delete(&format!("{}/{}", path(&world), invitation.id)).await.is(204);
    world.admin.delete(&format!("{}/{}", path(&world), invitation.id)).await.refused(404, ProblemCode::NotFound);
    assert_eq!(log(&world, Action::InvitationRevoked).await[0].target_name.as_deref(), Some("withdrawn@example.org"));
    let (used, _) = invited(&world, &world.admin, "used@example.org", Role::Viewer).await;
    let body = json!({ "token": used, "name": "Used", "password": "a long password" });
    world.anonymous.post("/v1/invitations/accept", &body).await.is(201);
    let (forged, _) = invited(&world, &world.admin, "forged@example.org", Role::Viewer).await;
    run(world.data_dir(), "UPDATE invitations SET role = 'owner' WHERE email = 'forged@example.org'").await;
    let (moved, _) = invited(&world, &world.admin, "moved@example.org", Role::Viewer).await;
    run(
        world.data_dir(),
        "UPDATE invitations SET organization_id = (SELECT id FROM organizations WHERE name = 'Contoso') WHERE email = 'moved@example.org'",
    )
    .await;
    let (member, _) = invited(&world, &world.admin, "member_by_now@example.org", Role::Admin).await;
    world.person("member_by_now", Role::Viewer).await;
    let over = World::with(|config| config.invitation_life = Duration::ZERO).await;
    let (late, _) = invited(&over, &over.admin, "late@example.org", Role::Viewer).await;
    assert_eq!(listed(&over).await.len(), 1, "what is over stays in the list");

    let unknown = format!("kdi_{}", "x".repeat(43));
    let expected = look(&world, &unknown).await;
    for token in [&withdrawn, &used, &forged, &moved, &member, &late, "", "kdi_", world.owner.token(), &"x".repeat(5_000)] {
        for (route, body) in [
            ("look", json!({ "token": token })),
            ("accept", json!({ "token": token, "name": "X", "password": "a long password" })),
            ("accept", json!({ "token": token, "password": "short" })),
        ] {
            let answer = world.anonymous.post(&format!("/v1/invitations/{route}"), &body).await;
            assert_eq!((answer.status, &answer.body), (expected.status, &expected.body));
        }
    }
    let answer = over.anonymous.post("/v1/invitations/look", &json!({ "token": late })).await;
    assert_eq!((answer.status, &answer.body), (expected.status, &expected.body));
    expected.refused(404, ProblemCode::NotFound);
    let role = "SELECT count(*) FROM members m JOIN users u ON u.id = m.user_id WHERE u.email = 'member_by_now@example.org' AND m.role = 'viewer'";
    assert_eq!(count(world.data_dir(), role).await, 1, "an invitation changes nobody's role");
}

#[tokio::test]
async fn an_invitation_dies_with_the_power_of_who_made_it() {
    let world = World::new().await;
    let (by_admin, _) = invited(&world, &world.admin, "a@example.org", Role::Admin).await;
    let (by_owner, _) = invited(&world, &world.owner, "b@example.org", Role::Admin).await;
    let admin = world.id_of("admin").await;
    look(&world, &by_admin).await.is(200);
    world.server.add_member(world.organization, admin, Role::Member).await.unwrap();
    look(&world, &by_admin).await.refused(404, ProblemCode::NotFound);
    let body = json!({ "token": by_admin, "name": "A", "password": "a long password" });
    world.anonymous.post("/v1/invitations/accept", &body).await.refused(404, ProblemCode::NotFound);
    look(&world, &by_owner).await.is(200);
    // And it can still be withdrawn by who may.
    let id = world.owner.get(&path(&world)).await.is(200).value()["items"][1]["id"].as_str().unwrap().to_owned();
    world.owner.delete(&format!("{}/{id}", path(&world))).await.is(204);
}

#[tokio::test]
async fn t40_guessing_tokens_is_slowed_for_an_address() {
    let world = World::with(|config| {
        config.sign_in.free_failures = 3;
        config.sign_in.first_wait = Duration::from_secs(60);
    })
    .await;
    let (good, _) = invited(&world, &world.admin, "grace@example.org", Role::Viewer).await;
    // Right ones cost nothing.
    for _ in 0..6 {
        look(&world, &good).await.is(200);
    }
    for guess in ["kdi_a", "kdi_b"] {
        look(&world, guess).await.refused(404, ProblemCode::NotFound);
        let body = json!({ "token": guess, "password": "a long password" });
        world.anonymous.post("/v1/invitations/accept", &body).await.refused(404, ProblemCode::NotFound);
    }
    let slowed = look(&world, &good).await;
    assert!(slowed.header("retry-after").parse::<u64>().unwrap() >= 1);
    slowed.refused(429, ProblemCode::RateLimited);
    let body = json!({ "token": good, "name": "X", "password": "a long password" });
    world.anonymous.post("/v1/invitations/accept", &body).await.refused(429, ProblemCode::RateLimited);
}

#[tokio::test]
async fn t13_a_token_in_a_url_is_refused() {
    let world = World::new().await;
    let (token, _) = invited(&world, &world.admin, "grace@example.org", Role::Viewer).await;
    for path in [format!("/join?{token}"), format!("/join?link={token}"), format!("/v1/meta?x=kdc_{}", "x".repeat(43))] {
        world.anonymous.get(&path).await.refused(400, ProblemCode::SecretInUrl);
    }
    for bad in [json!({ token.as_str(): 1 }), json!({ "token": [token] }), json!({ "token": "x", "name": "y" }), json!({})] {
        let refused = world.anonymous.post("/v1/invitations/look", &bad).await.refused(422, ProblemCode::InvalidBody);
        assert!(!refused.detail.unwrap().contains(&token));
    }
}

#[tokio::test]
async fn the_page_of_the_link_runs_loads_and_keeps_nothing() {
    let world = World::new().await;
    let page = world.anonymous.get("/join").await.is(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    let text = String::from_utf8(page.body).unwrap();
    assert!(text.contains("Add server"));
    for forbidden in ["<script", "style", "http:", "https:", "src=", "href=", "<form"] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
    let none: Value = world.anonymous.send("POST", "/join", &[], None).await.is(405).value();
    assert_eq!(none["code"], "method_not_allowed");
}
