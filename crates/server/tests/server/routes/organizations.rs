//! `/v1/organizations`.

use keydeck_domain::api::organizations::Organization;
use keydeck_domain::{Access, Role};

use crate::support::World;

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
