//! Organizations, and which of them a session acts for.

use keydeck_domain::OrganizationId;
use serde_json::{Value, json};

use super::{AUTH, Azen, act, names, told};
use crate::support::{Answer, As};

async fn list(by: &As) -> Value {
    by.get(&format!("{AUTH}/organization/list")).await.is(200).value()
}

async fn full(by: &As, query: &str) -> Answer {
    by.get(&format!("{AUTH}/organization/get-full-organization{query}")).await
}

async fn active(by: &As) -> Value {
    by.get(&format!("{AUTH}/get-session")).await.is(200).value()["session"]["activeOrganizationId"].clone()
}

async fn make(by: &As, body: &Value) -> Answer {
    by.post(&format!("{AUTH}/organization/create"), body).await
}

#[tokio::test]
async fn only_organizations_of_this_dialect_are_seen() {
    let azen = Azen::new().await;
    let world = &azen.world;
    let mine = list(&world.owner).await;
    assert_eq!(names(&mine), ["Azen"], "the owner is in Northwind as well, which speaks Keydeck's own");
    assert_eq!((&mine[0]["id"], &mine[0]["slug"]), (&json!(azen.organization), &json!(azen.organization)));
    assert_eq!((&mine[0]["logo"], &mine[0]["metadata"]), (&Value::Null, &Value::Null));
    assert!(mine[0]["createdAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(names(&list(&world.stranger).await), ["Elsewhere"]);
    told(world.anonymous.get(&format!("{AUTH}/organization/list")).await, 401, "UNAUTHORIZED");
    told(world.verifier.get(&format!("{AUTH}/organization/list")).await, 401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_session_acts_for_one_of_them() {
    let azen = Azen::new().await;
    let world = &azen.world;
    assert_eq!(full(&world.owner, "").await.is(200).value(), Value::Null);
    let chosen = act(&world.owner, Some(azen.organization)).await.is(200).value();
    assert_eq!((&chosen["id"], &chosen["name"]), (&json!(azen.organization), &json!("Azen")));
    assert_eq!(active(&world.owner).await, json!(azen.organization));
    assert_eq!(full(&world.owner, "").await.is(200).value(), chosen);

    // Each session for itself.
    let second = world.sign_in("owner").await;
    assert_eq!(active(&second).await, Value::Null);

    // Unknown, foreign and other dialects' ones are refused alike, and change nothing.
    let mut refusals = Vec::new();
    for id in [OrganizationId::generate(), azen.foreign, world.organization] {
        let answer = act(&world.owner, Some(id)).await;
        refusals.push(answer.body.clone());
        told(answer, 403, "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION");
        told(full(&world.owner, &format!("?organizationId={id}")).await, 403, "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION");
        told(full(&world.owner, &format!("?organizationSlug={id}")).await, 403, "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION");
    }
    assert!(refusals.windows(2).all(|pair| pair[0] == pair[1]));
    let path = format!("{AUTH}/organization/set-active");
    told(world.owner.post(&path, &json!({ "organizationId": "x" })).await, 403, "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION");
    told(world.owner.post(&path, &json!({ "organizationSlug": "x" })).await, 403, "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION");
    told(world.owner.post(&path, &json!({ "organizationId": 7 })).await, 400, "VALIDATION_ERROR");
    told(world.anonymous.post(&path, &json!({ "organizationId": azen.organization })).await, 401, "UNAUTHORIZED");
    told(full(&world.anonymous, "").await, 401, "UNAUTHORIZED");
    assert_eq!(active(&world.owner).await, json!(azen.organization));

    assert_eq!(world.owner.post(&path, &json!({})).await.is(200).value(), chosen, "nothing is named: nothing changes");
    assert_eq!(act(&world.owner, None).await.is(200).value(), Value::Null);
    assert_eq!(active(&world.owner).await, Value::Null);
}

#[tokio::test]
async fn who_is_removed_acts_for_it_no_more() {
    let azen = Azen::acting().await;
    let world = &azen.world;
    assert_eq!(active(&world.member).await, json!(azen.organization));
    let member = format!("/v1/organizations/{}/members/{}", azen.organization, world.id_of("member").await);
    world.owner.delete(&member).await.is(204);
    assert_eq!(active(&world.member).await, Value::Null);
    assert_eq!(list(&world.member).await, json!([]));
}

#[tokio::test]
async fn the_members_are_told() {
    let azen = Azen::acting().await;
    let full = full(&azen.world.viewer, "").await.is(200).value();
    let roles: Vec<(&str, &str)> = full["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| (member["user"]["name"].as_str().unwrap(), member["role"].as_str().unwrap()))
        .collect();
    let expected =
        [("admin", "admin"), ("member", "member"), ("other_member", "member"), ("owner", "owner"), ("viewer", "viewer")];
    assert_eq!(roles, expected);
    assert_eq!(full["members"][0]["organizationId"], json!(azen.organization));
    assert_eq!(full["members"][0]["userId"], full["members"][0]["user"]["id"]);
    assert_eq!(full["invitations"], json!([]));
}

#[tokio::test]
async fn who_owns_one_makes_another_which_speaks_this_dialect() {
    let azen = Azen::new().await;
    let world = &azen.world;
    let wanted = json!({ "name": "Memories", "slug": "memories", "metadata": { "plan": "free" }, "unknown": 1 });
    let made = make(&world.owner, &wanted).await.is(200).value();
    assert_eq!((&made["name"], &made["slug"]), (&json!("Memories"), &json!("memories")));
    assert_eq!(made["metadata"], json!({ "plan": "free" }), "an object in the answer to create");
    assert_eq!((&made["members"][0]["role"], made["members"].as_array().unwrap().len()), (&json!("owner"), 1));
    assert_eq!(active(&world.owner).await, made["id"], "it is the active one");
    let listed = list(&world.owner).await;
    assert_eq!(names(&listed), ["Azen", "Memories"]);
    assert_eq!(listed[1]["metadata"], json!(r#"{"plan":"free"}"#), "a text that holds JSON elsewhere");
    let by_slug = full(&world.owner, "?organizationSlug=memories").await.is(200).value();
    assert_eq!(by_slug["id"], made["id"]);
    told(full(&world.stranger, "?organizationSlug=memories").await, 403, "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION");
    let native = world.owner.get(&format!("/v1/organizations/{}", made["id"].as_str().unwrap())).await.is(200).value();
    assert_eq!(native["dialect"], "azen");

    told(make(&world.member, &wanted).await, 403, "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_ORGANIZATION");
    told(make(&world.owner, &wanted).await, 400, "ORGANIZATION_ALREADY_EXISTS");
    assert_eq!(list(&world.owner).await.as_array().unwrap().len(), 2, "nothing was made");
    told(
        make(&world.member, &json!({ "name": "a", "slug": "a" })).await,
        403,
        "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_ORGANIZATION",
    );
    told(make(&world.anonymous, &json!({ "name": "a", "slug": "a" })).await, 401, "UNAUTHORIZED");
    for bad in [
        json!({ "name": "a" }),
        json!({ "slug": "a" }),
        json!({ "name": "", "slug": "a" }),
        json!({ "name": "a\u{202e}b", "slug": "a" }),
        json!({ "name": "a", "slug": "" }),
        json!({ "name": "a", "slug": "a b" }),
        json!({ "name": "a", "slug": azen.organization }),
        json!({ "name": "a", "slug": "x".repeat(101) }),
        json!({ "name": "a", "slug": "a", "metadata": [] }),
        json!({ "name": "a", "slug": "a", "metadata": { "a": "x".repeat(5_000) } }),
        json!({ "name": "a", "slug": "a", "metadata": { "a": "\u{202e}" } }),
    ] {
        told(make(&world.owner, &bad).await, 400, "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn a_session_s_row_that_was_changed_opens_nothing() {
    let azen = Azen::new().await;
    let world = &azen.world;
    let foreign = crate::support::database::literal(azen.foreign);
    crate::support::database::run(world.data_dir(), &format!("UPDATE sessions SET active_organization = {foreign}")).await;
    assert_eq!(active(&world.owner).await, Value::Null);
    super::denied(world.owner.get(super::MEMORIES).await, 403, "Unauthorized");
    assert_eq!(active(&world.stranger).await, json!(azen.foreign));
}
