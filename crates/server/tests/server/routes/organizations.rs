//! `/v1/organizations`: which there are, and how they are made.

use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{Access, KeyId, Role};
use serde_json::json;

use crate::support::{World, new_key, register};

#[tokio::test]
async fn everybody_sees_his_own_organizations_with_what_he_may_grant() {
    let world = World::new().await;
    for (by, role, grantable) in [
        (&world.owner, Role::Owner, "admin delete read write"),
        (&world.admin, Role::Admin, "admin delete read write"),
        (&world.member, Role::Member, "delete read write"),
        (&world.viewer, Role::Viewer, ""),
    ] {
        let list = by.get("/v1/organizations").await.is(200).value();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        let one: Organization = by.get(&format!("/v1/organizations/{}", world.organization)).await.is(200).read();
        assert_eq!(serde_json::to_value(&one).unwrap(), list["items"][0]);
        assert_eq!((one.role, one.grantable.spaced().as_str()), (role, grantable));
        assert_eq!((one.name.as_str(), one.prefix.as_str()), ("Northwind", "kd"));
        assert_eq!(one.scopes.len(), 4);
        let full = one.accesses.iter().find(|access| access.access == Access::Full).unwrap();
        assert_eq!(full.scopes.spaced(), "delete read write", "no access holds admin");
    }
    let theirs = world.stranger.get("/v1/organizations").await.is(200).value();
    assert_eq!(theirs["items"][0]["name"], "Contoso");
}

#[tokio::test]
async fn an_organization_has_its_version_and_what_the_caller_may_do() {
    let world = World::new().await;
    let path = format!("/v1/organizations/{}", world.organization);
    for (by, role) in
        [(&world.owner, Role::Owner), (&world.admin, Role::Admin), (&world.member, Role::Member), (&world.viewer, Role::Viewer)]
    {
        let answer = by.get(&path).await.is(200);
        assert_eq!(answer.header("etag"), "\"1\"");
        let one: Organization = answer.read();
        assert_eq!((one.version, one.presets.len(), one.permissions), (1, 0, role.permissions()));
    }
}

#[tokio::test]
async fn who_owns_one_makes_another_and_owns_it() {
    let world = World::new().await;
    let wanted = json!({ "name": "  Fabrikam ", "prefix": "fab" });
    let answer = world.owner.post("/v1/organizations", &wanted).await.is(201);
    assert_eq!(answer.header("etag"), "\"1\"");
    let made: Organization = answer.read();
    assert_eq!((made.name.as_str(), made.prefix.as_str(), made.role, made.version), ("Fabrikam", "fab", Role::Owner, 1));
    assert_eq!(made.scopes.len(), 4);
    let path = format!("/v1/organizations/{}", made.id);
    assert_eq!(world.owner.get(&path).await.is(200).read::<Organization>(), made);
    let list = world.owner.get("/v1/organizations").await.is(200).value();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    // Nobody else of the first is in the second.
    for by in [&world.admin, &world.member, &world.viewer, &world.stranger] {
        by.get(&path).await.refused(404, ProblemCode::NotFound);
    }
    // It has a log of its own, which says who made it.
    let log = world.owner.get(&format!("{path}/audit")).await.is(200).value();
    let entries = log["items"].as_array().unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect::<Vec<_>>(),
        ["member_added", "organization_created"]
    );
    assert!(entries.iter().all(|entry| entry["actor"]["email"] == "owner@example.org"));
    // A key can be made there.
    let (_, request) = register("fab", new_key("First"));
    world.owner.put(&format!("{path}/keys/{}", KeyId::generate()), &request).await.is(201);
}

#[tokio::test]
async fn who_owns_none_makes_none() {
    let world = World::new().await;
    let wanted = json!({ "name": "Fabrikam", "prefix": "fab" });
    for by in [&world.admin, &world.member, &world.viewer] {
        by.post("/v1/organizations", &wanted).await.refused(403, ProblemCode::Forbidden);
    }
    world.anonymous.post("/v1/organizations", &wanted).await.refused(401, ProblemCode::Unauthenticated);
    world.verifier.post("/v1/organizations", &wanted).await.refused(401, ProblemCode::Unauthenticated);
    // Who owns one anywhere on this server may; who does no more may not.
    world.stranger.post("/v1/organizations", &wanted).await.is(201);
    world.person("heir", Role::Owner).await;
    world.owner.delete(&format!("/v1/organizations/{}/members/{}", world.organization, world.id_of("owner").await)).await.is(204);
    world.owner.post("/v1/organizations", &wanted).await.refused(403, ProblemCode::Forbidden);
}

#[tokio::test]
async fn the_fields_of_a_new_organization_are_checked() {
    let world = World::new().await;
    for bad in [
        json!({}),
        json!({ "name": "Fabrikam" }),
        json!({ "name": " ", "prefix": "fab" }),
        json!({ "name": "a\u{202E}b", "prefix": "fab" }),
        json!({ "name": "Fabrikam", "prefix": "F" }),
        json!({ "name": "Fabrikam", "prefix": "fab_live" }),
        json!({ "name": "Fabrikam", "prefix": "fab", "owner": "somebody" }),
        json!({ "name": "Fabrikam", "prefix": "fab", "user_id": world.id_of("viewer").await }),
    ] {
        world.owner.post("/v1/organizations", &bad).await.refused(422, ProblemCode::InvalidBody);
    }
    for reserved in ["kds", "kdv", "kdi", "kdc"] {
        let wanted = json!({ "name": "Fabrikam", "prefix": reserved });
        world.owner.post("/v1/organizations", &wanted).await.refused(422, ProblemCode::InvalidBody);
    }
    assert_eq!(world.owner.get("/v1/organizations").await.is(200).value()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_server_takes_a_hundred_organizations() {
    let world = World::new().await;
    let owner = world.id_of("owner").await;
    for _ in 2..100 {
        world.server.add_organization(&"More".parse().unwrap(), &"more".parse().unwrap(), owner).await.unwrap();
    }
    let refused = world.owner.post("/v1/organizations", &json!({ "name": "One too many", "prefix": "more" })).await;
    refused.refused(409, ProblemCode::Conflict);
}
