//! `/v1/organizations/{organization}/members`.

use keydeck_domain::api::audit::{Action, AuditEntry};
use keydeck_domain::api::members::Member;
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{Key, Outcome, Role, UserId};
use serde_json::json;

use crate::support::database::{literal, run};
use crate::support::world::{email, serve};
use crate::support::{As, World, new_key};

fn members(world: &World) -> String {
    format!("/v1/organizations/{}/members", world.organization)
}

async fn member(world: &World, name: &str) -> String {
    format!("{}/{}", members(world), world.id_of(name).await)
}

async fn set_role(by: &As, path: &str, role: Role) -> crate::support::Answer {
    by.json("PATCH", path, &[], &json!({ "role": role })).await
}

async fn listed(world: &World, by: &As) -> Vec<Member> {
    serde_json::from_value(by.get(&members(world)).await.is(200).value()["items"].clone()).unwrap()
}

/// The newest entry of the audit log.
async fn newest(world: &World) -> AuditEntry {
    let log = world.owner.get(&format!("/v1/organizations/{}/audit?limit=1", world.organization)).await.is(200).value();
    serde_json::from_value(log["items"][0].clone()).unwrap()
}

#[tokio::test]
async fn every_member_sees_all_members() {
    let world = World::new().await;
    world.make(&world.member, new_key("One")).await;
    let (revoked, _) = world.make(&world.member, new_key("Two")).await;
    world.member.send("POST", &format!("{}/revoke", world.key(revoked.id)), &[], None).await.is(200);
    let seen = listed(&world, &world.viewer).await;
    for by in [&world.owner, &world.admin, &world.member] {
        assert_eq!(listed(&world, by).await, seen);
    }
    let shown: Vec<_> = seen.iter().map(|member| (member.user.name.as_str(), member.role, member.keys)).collect();
    assert_eq!(
        shown,
        [
            ("admin", Role::Admin, 0),
            ("member", Role::Member, 1),
            ("other_member", Role::Member, 0),
            ("owner", Role::Owner, 0),
            ("viewer", Role::Viewer, 0),
        ],
        "by e-mail, with the keys that are not revoked"
    );
    assert!(seen.iter().all(|member| member.joined_at <= chrono::Utc::now() && member.joined_at.timestamp() > 1_000_000_000));
    assert_eq!(
        world.stranger.get(&format!("/v1/organizations/{}/members", world.other_organization)).await.is(200).value()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn who_gives_which_role_to_whom() {
    let world = World::new().await;
    let roles = [Role::Viewer, Role::Member, Role::Admin, Role::Owner];
    let callers =
        [(&world.viewer, Role::Viewer), (&world.member, Role::Member), (&world.admin, Role::Admin), (&world.owner, Role::Owner)];
    let subject = world.person("subject", Role::Viewer).await;
    let path = format!("{}/{subject}", members(&world));
    for (by, role) in callers {
        for from in roles {
            for to in roles {
                world.server.add_member(world.organization, subject, from).await.unwrap();
                let answer = set_role(by, &path, to).await;
                if role.manages(from) && role.manages(to) {
                    let now: Member = answer.is(200).read();
                    assert_eq!((now.user.id, now.role), (subject, to));
                } else {
                    answer.refused(403, ProblemCode::Forbidden);
                }
                let expected = if role.manages(from) && role.manages(to) { to } else { from };
                let now = listed(&world, &world.owner).await.into_iter().find(|member| member.user.id == subject).unwrap();
                assert_eq!(now.role, expected, "{role:?} gives {to:?} to {from:?}");
            }
        }
    }
}

#[tokio::test]
async fn nobody_raises_himself() {
    let world = World::new().await;
    for (by, name, role) in
        [(&world.viewer, "viewer", Role::Member), (&world.member, "member", Role::Admin), (&world.admin, "admin", Role::Owner)]
    {
        set_role(by, &member(&world, name).await, role).await.refused(403, ProblemCode::Forbidden);
    }
    // Downwards he may, where he manages members.
    set_role(&world.member, &member(&world, "member").await, Role::Viewer).await.refused(403, ProblemCode::Forbidden);
    set_role(&world.admin, &member(&world, "admin").await, Role::Member).await.is(200);
    set_role(&world.admin, &member(&world, "admin").await, Role::Admin).await.refused(403, ProblemCode::Forbidden);
}

#[tokio::test]
async fn a_change_and_a_removal_are_audited_and_so_is_each_refusal() {
    let world = World::new().await;
    let (path, id) = (member(&world, "member").await, world.id_of("member").await.to_string());
    let joined =
        listed(&world, &world.owner).await.iter().find(|member| member.user.name.as_str() == "member").unwrap().joined_at;
    let now: Member = set_role(&world.admin, &path, Role::Viewer).await.is(200).read();
    assert_eq!(now.joined_at, joined, "another role is no new beginning");
    let entry = newest(&world).await;
    assert_eq!((entry.action, entry.target.as_str()), (Action::MemberUpdated, id.as_str()));
    assert_eq!(entry.actor.unwrap().email, email("admin"));
    assert_eq!((entry.before.unwrap(), entry.after.unwrap()), (json!({ "role": "member" }), json!({ "role": "viewer" })));

    // What changes nothing is no entry.
    let before = newest(&world).await.sequence;
    set_role(&world.admin, &path, Role::Viewer).await.is(200);
    assert_eq!(newest(&world).await.sequence, before);

    world.viewer.delete(&path).await.refused(403, ProblemCode::Forbidden);
    let entry = newest(&world).await;
    assert_eq!(
        (entry.action, entry.target.as_str(), entry.actor.unwrap().email),
        (Action::Refused, id.as_str(), email("viewer"))
    );

    world.admin.delete(&path).await.is(204);
    let entry = newest(&world).await;
    assert_eq!(
        (entry.action, entry.target.as_str(), entry.actor.unwrap().email),
        (Action::MemberRemoved, id.as_str(), email("admin"))
    );
    assert_eq!((entry.before.unwrap(), entry.after), (json!({ "email": "member@example.org", "role": "viewer" }), None));
}

#[tokio::test]
async fn who_removes_whom() {
    let world = World::new().await;
    for (by, role) in
        [(&world.viewer, Role::Viewer), (&world.member, Role::Member), (&world.admin, Role::Admin), (&world.owner, Role::Owner)]
    {
        for whose in [Role::Viewer, Role::Member, Role::Admin, Role::Owner] {
            let subject = world.person(&format!("{}-{}", role.as_str(), whose.as_str()), whose).await;
            let answer = by.delete(&format!("{}/{subject}", members(&world))).await;
            let left = !listed(&world, &world.owner).await.iter().any(|member| member.user.id == subject);
            if role.manages(whose) {
                answer.is(204);
            } else {
                answer.refused(403, ProblemCode::Forbidden);
            }
            assert_eq!(left, role.manages(whose), "{role:?} removes {whose:?}");
        }
    }
}

#[tokio::test]
async fn everybody_may_leave_but_the_last_owner() {
    let world = World::new().await;
    for (by, name) in [(&world.viewer, "viewer"), (&world.member, "member"), (&world.admin, "admin")] {
        let path = member(&world, name).await;
        by.delete(&path).await.is(204);
        by.delete(&path).await.refused(404, ProblemCode::NotFound);
        assert_eq!(newest(&world).await.action, Action::MemberRemoved);
    }
    let owner = member(&world, "owner").await;
    world.owner.delete(&owner).await.refused(409, ProblemCode::LastOwner);
    for role in [Role::Admin, Role::Member, Role::Viewer] {
        set_role(&world.owner, &owner, role).await.refused(409, ProblemCode::LastOwner);
    }
    set_role(&world.owner, &owner, Role::Owner).await.is(200);
    let refused = world.server.add_member(world.organization, world.id_of("owner").await, Role::Viewer).await;
    assert!(matches!(refused, Err(keydeck_server::Error::LastOwner)), "the command line can't either");

    // With another owner he can go; then that one is the last.
    let heir = world.person("heir", Role::Owner).await;
    world.owner.delete(&owner).await.is(204);
    world.owner.get(&members(&world)).await.refused(404, ProblemCode::NotFound);
    let heir_as = world.sign_in("heir").await;
    heir_as.delete(&format!("{}/{heir}", members(&world))).await.refused(409, ProblemCode::LastOwner);
}

#[tokio::test]
async fn an_owner_who_was_written_from_outside_is_no_other_owner() {
    let world = World::new().await;
    let (organization, admin) = (literal(world.organization), literal(world.id_of("admin").await));
    let forged = format!("UPDATE members SET role = 'owner' WHERE organization_id = {organization} AND user_id = {admin}");
    assert_eq!(run(world.data_dir(), &forged).await, 1);
    world.owner.delete(&member(&world, "owner").await).await.refused(409, ProblemCode::LastOwner);
    assert!(!listed(&world, &world.owner).await.iter().any(|member| member.user.name.as_str() == "admin"));
}

#[tokio::test]
async fn two_owners_who_demote_each_other_at_once_leave_one() {
    let world = World::new().await;
    for round in 0..10 {
        let name = format!("second-{round}");
        world.person(&name, Role::Owner).await;
        let second = world.sign_in(&name).await;
        let (first_path, second_path) = (member(&world, "owner").await, member(&world, &name).await);
        let (one, other) = tokio::join!(second.delete(&first_path), set_role(&world.owner, &second_path, Role::Viewer));
        let owners = world.owners().await;
        assert_eq!(owners, 1, "{} {}", one.status, other.status);
        // Who came second was no owner any more, or no member.
        assert!(
            matches!((one.status.as_u16(), other.status.as_u16()), (204, 404) | (403, 200)),
            "{} {}",
            one.status,
            other.status
        );
        if one.status == 204 {
            world.server.add_member(world.organization, world.id_of("owner").await, Role::Owner).await.unwrap();
            second.delete(&second_path).await.is(204);
        }
    }
}

#[tokio::test]
async fn two_last_owners_who_leave_at_once_leave_one() {
    let world = World::new().await;
    let second = world.person("second", Role::Owner).await;
    let second_as = world.sign_in("second").await;
    let (first, second) = (member(&world, "owner").await, format!("{}/{second}", members(&world)));
    let (one, other) = tokio::join!(world.owner.delete(&first), second_as.delete(&second));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    assert_eq!(world.owners().await, 1);
}

#[tokio::test]
async fn a_removed_member_loses_access_with_the_next_request_and_only_here() {
    let world = World::new().await;
    let id = world.id_of("member").await;
    world.server.add_member(world.other_organization, id, Role::Viewer).await.unwrap();
    let elsewhere = format!("/v1/organizations/{}", world.other_organization);
    let (key, _) = world.make(&world.member, new_key("Mine")).await;
    world.member.get(&world.keys()).await.is(200);
    world.member.get(&elsewhere).await.is(200);
    world.admin.delete(&member(&world, "member").await).await.is(204);

    let unknown = world.member.get("/v1/organizations/nonsense").await.is(404).body;
    for path in [format!("/v1/organizations/{}", world.organization), world.keys(), world.key(key.id), members(&world)] {
        assert_eq!(world.member.get(&path).await.is(404).body, unknown, "{path}");
    }
    world.member.patch(&world.key(key.id), 1, &json!({ "note": "x" })).await.refused(404, ProblemCode::NotFound);
    world.member.send("POST", &format!("{}/revoke", world.key(key.id)), &[], None).await.refused(404, ProblemCode::NotFound);

    // The session is his, not the organization's.
    world.member.get("/v1/sessions/current").await.is(200);
    world.member.get(&elsewhere).await.is(200);
    let list = world.member.get("/v1/organizations").await.is(200).value();
    let ids: Vec<_> = list["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    assert_eq!(ids, [json!(world.other_organization)]);
}

#[tokio::test]
async fn a_change_of_role_holds_from_the_next_request_on() {
    let world = World::new().await;
    let path = member(&world, "admin").await;
    let log = format!("/v1/organizations/{}/audit", world.organization);
    world.admin.get(&log).await.is(200);
    set_role(&world.owner, &path, Role::Viewer).await.is(200);
    world.admin.get(&log).await.refused(403, ProblemCode::Forbidden);
    let seen: Organization = world.admin.get(&format!("/v1/organizations/{}", world.organization)).await.is(200).read();
    assert_eq!((seen.role, seen.grantable.is_empty(), seen.permissions), (Role::Viewer, true, Role::Viewer.permissions()));
    set_role(&world.owner, &path, Role::Admin).await.is(200);
    world.admin.get(&log).await.is(200);
}

#[tokio::test]
async fn the_keys_of_who_left_stay_and_say_so() {
    let world = World::new().await;
    let (key, secret) = world.make(&world.member, new_key("His")).await;
    let request = crate::support::register("kd", new_key("Again")).1;
    let again = world.key(keydeck_domain::KeyId::generate());
    world.member.put(&again, &request).await.is(201);
    assert!(!key.creator_left);
    let path = member(&world, "member").await;
    world.admin.delete(&path).await.is(204);

    assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
    world.about_itself(&secret).await.is(200);
    let got: Key = world.viewer.get(&world.key(key.id)).await.is(200).read();
    assert!(got.creator_left);
    assert_eq!((got.created_by, got.version), (key.created_by, key.version), "nothing of the key itself has changed");
    let list = world.viewer.get(&world.keys()).await.is(200).value();
    assert!(list["items"].as_array().unwrap().iter().all(|key| key["creator_left"] == true));
    let changed: Key = world.admin.patch(&world.key(key.id), 1, &json!({ "note": "taken over" })).await.is(200).read();
    assert!(changed.creator_left);
    let refused = world.admin.patch(&world.key(key.id), 1, &json!({ "note": "late" })).await.refused(412, ProblemCode::Changed);
    assert!(refused.current.unwrap().creator_left);
    let unchanged: Key = world.admin.patch(&world.key(key.id), 2, &json!({})).await.is(200).read();
    assert!(unchanged.creator_left);
    let repeated = world.admin.put(&again, &request).await.is(200).value();
    assert_eq!(repeated["key"]["creator_left"], true);
    let revoked = world.admin.send("POST", &format!("{}/revoke", world.key(key.id)), &[], None).await.is(200).value();
    assert_eq!(revoked["creator_left"], true);

    // He comes back: it was never kept with the key.
    world.server.add_member(world.organization, world.id_of("member").await, Role::Member).await.unwrap();
    let got: Key = world.viewer.get(&world.key(key.id)).await.is(200).read();
    assert!(!got.creator_left);
}

#[tokio::test]
async fn another_role_changes_no_key() {
    let world = World::new().await;
    let mut powerful = new_key("Powerful");
    powerful.scopes = ["admin", "read"].map(|scope| scope.parse().unwrap()).into_iter().collect();
    let (key, secret) = world.make(&world.admin, powerful).await;
    let (plain, plain_secret) = world.make(&world.member, new_key("Plain")).await;
    set_role(&world.owner, &member(&world, "admin").await, Role::Member).await.is(200);
    set_role(&world.owner, &member(&world, "member").await, Role::Admin).await.is(200);
    assert_eq!(world.verify_for(&secret, &["admin"]).await.outcome, Outcome::Accepted);
    assert_eq!(world.verify_for(&plain_secret, &["admin"]).await.outcome, Outcome::MissingScope);
    for id in [key.id, plain.id] {
        assert_eq!(world.viewer.get(&world.key(id)).await.is(200).read::<Key>().version, 1);
    }
    // Who lost a role can keep what his key has, and take from it, but give `admin` to none.
    let (another, _) = world.make(&world.admin, new_key("Another")).await;
    let widened = world.admin.patch(&world.key(another.id), 1, &json!({ "scopes": ["admin"] })).await;
    assert_eq!(widened.refused(403, ProblemCode::Forbidden).missing_scopes.unwrap().spaced(), "admin");
    world.admin.patch(&world.key(key.id), 1, &json!({ "scopes": ["read"] })).await.is(200);
    let widened = world.admin.patch(&world.key(key.id), 2, &json!({ "scopes": ["admin", "read"] })).await;
    widened.refused(403, ProblemCode::Forbidden);
    // A viewer changes not even his own.
    set_role(&world.owner, &member(&world, "admin").await, Role::Viewer).await.is(200);
    world.admin.patch(&world.key(key.id), 2, &json!({ "note": "x" })).await.refused(403, ProblemCode::Forbidden);
}

#[tokio::test]
async fn the_target_and_the_body_are_checked() {
    let world = World::new().await;
    let path = member(&world, "member").await;
    for bad in [
        json!({}),
        json!({ "role": "king" }),
        json!({ "role": null }),
        json!({ "role": "viewer", "joined_at": 0 }),
        json!({ "role": "viewer", "keys": 7 }),
        json!([]),
    ] {
        world.admin.json("PATCH", &path, &[], &bad).await.refused(422, ProblemCode::InvalidBody);
    }
    let claims = json!({ "role": "viewer", "user_id": world.id_of("viewer").await });
    world.admin.json("PATCH", &path, &[], &claims).await.refused(403, ProblemCode::Forbidden);
    let stranger = world.id_of("stranger").await;
    for id in [UserId::generate().to_string(), stranger.to_string(), "nonsense".to_owned(), world.organization.to_string()] {
        let path = format!("{}/{id}", members(&world));
        set_role(&world.owner, &path, Role::Viewer).await.refused(404, ProblemCode::NotFound);
        world.owner.delete(&path).await.refused(404, ProblemCode::NotFound);
    }
    world.stranger.get(&format!("/v1/organizations/{}", world.other_organization)).await.is(200);
}

#[tokio::test]
async fn it_holds_after_a_restart() {
    let world = World::new().await;
    let token = world.owner.token().to_owned();
    let (organization, path) = (world.organization, member(&world, "member").await);
    set_role(&world.owner, &path, Role::Admin).await.is(200);
    world.owner.delete(&member(&world, "viewer").await).await.is(204);
    let before = listed(&world, &world.owner).await;
    let server = world.server.clone();
    let folder = world.stop().await;
    server.close().await;
    drop(server);
    let server = crate::support::world::open(keydeck_server::Config::new(folder.path())).await;
    let (address, running) = serve(&server).await;
    let owner = As::bearer(address, &token);
    let list = owner.get(&format!("/v1/organizations/{organization}/members")).await.is(200).value();
    assert_eq!(serde_json::from_value::<Vec<Member>>(list["items"].clone()).unwrap(), before);
    running.stop().await;
    server.close().await;
}
