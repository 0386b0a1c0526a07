//! `/v1/organizations/{organization}/audit`.

use keydeck_domain::api::Page;
use keydeck_domain::api::audit::{Action, AuditEntry, AuditHead};
use keydeck_domain::api::problem::ProblemCode;
use serde_json::json;

use crate::support::{World, new_key};

#[tokio::test]
async fn every_change_is_there_with_who_and_what() {
    let world = World::new().await;
    let base = format!("/v1/organizations/{}/audit", world.organization);
    let (key, secret) = world.make(&world.member, new_key("Worker")).await;
    world.admin.patch(&world.key(key.id), 1, &json!({ "name": "Renamed", "scopes": ["write"] })).await.is(200);
    world.admin.send("POST", &format!("{}/revoke", world.key(key.id)), &[], None).await.is(200);
    let answer = world.owner.get(&base).await.is(200);
    let page: Page<AuditEntry> = answer.read();
    let actions: Vec<_> = page.items.iter().map(|entry| entry.action).collect();
    assert_eq!(
        actions,
        [
            Action::KeyRevoked,
            Action::KeyUpdated,
            Action::KeyCreated,
            Action::VerifierCreated,
            Action::MemberAdded,
            Action::MemberAdded,
            Action::MemberAdded,
            Action::MemberAdded,
            Action::MemberAdded,
            Action::OrganizationCreated,
        ]
    );
    let sequences: Vec<_> = page.items.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, (1..=10).rev().collect::<Vec<u32>>());
    assert_eq!((page.total, page.next), (10, None));
    let updated = &page.items[1];
    assert_eq!(updated.target, key.id.to_string());
    assert_eq!(updated.actor.as_ref().unwrap().email.as_str(), "admin@example.org");
    assert_eq!(updated.before, Some(json!({ "name": "Worker", "scopes": ["read"] })), "only what changed");
    assert_eq!(updated.after, Some(json!({ "name": "Renamed", "scopes": ["write"] })));
    assert_eq!(page.items[9].actor, None);

    // Neither secret nor digest.
    let text = String::from_utf8(answer.body).unwrap();
    // Exposed to be looked for: a test's own secret.
    assert!(!text.contains(secret.expose()));
    assert!(!text.contains(&String::from(keydeck_domain::Digest::of(&secret))));
    assert!(!text.contains("digest"));
}

#[tokio::test]
async fn pages_follow_on_each_other() {
    let world = World::new().await;
    let base = format!("/v1/organizations/{}/audit", world.organization);
    let whole: Page<AuditEntry> = world.owner.get(&base).await.is(200).read();
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: Page<AuditEntry> = world.owner.get(&format!("{base}?limit=3{cursor}")).await.is(200).read();
        paged.extend(page.items);
        match page.next {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, whole.items);
    for bad in ["?limit=0", "?limit=501", "?cursor=AAAA", "?from=1"] {
        world.owner.get(&format!("{base}{bad}")).await.refused(400, ProblemCode::InvalidRequest);
    }
    let foreign = format!("/v1/organizations/{}/audit?{}", world.other_organization, "limit=1");
    let theirs: Page<AuditEntry> = world.stranger.get(&foreign).await.is(200).read();
    let cursor = theirs.next.unwrap();
    world.owner.get(&format!("{base}?cursor={cursor}")).await.refused(400, ProblemCode::InvalidRequest);
}

#[tokio::test]
async fn the_head_moves_on_and_history_can_be_compared() {
    let world = World::new().await;
    let base = format!("/v1/organizations/{}/audit/head", world.organization);
    let before: AuditHead = world.viewer.get(&base).await.is(200).read();
    assert_eq!(before.at, None);
    world.make(&world.member, new_key("Worker")).await;
    let after: AuditHead = world.viewer.get(&format!("{base}?at={}", before.head.sequence)).await.is(200).read();
    assert_eq!(after.head.sequence, before.head.sequence + 1);
    assert_eq!(after.at, Some(before.head), "what was seen is still there");
    let none: AuditHead = world.viewer.get(&format!("{base}?at=999")).await.is(200).read();
    assert_eq!(none.at, None);
    for bad in ["?at=x", "?at=-1", "?from=1"] {
        world.viewer.get(&format!("{base}{bad}")).await.refused(400, ProblemCode::InvalidRequest);
    }
}
