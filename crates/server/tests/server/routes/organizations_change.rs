//! `PATCH /v1/organizations/{organization}`.

use keydeck_domain::api::audit::{Action, AuditEntry};
use keydeck_domain::api::organizations::{Organization, Preset, ScopeDefinition};
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{Access, KeyId, Outcome, Role, Scopes};
use serde_json::{Value, json};

use crate::support::{As, World, new_key, register};

fn path(world: &World) -> String {
    format!("/v1/organizations/{}", world.organization)
}

async fn read(world: &World) -> Organization {
    world.viewer.get(&path(world)).await.is(200).read()
}

fn scopes(text: &str) -> Scopes {
    text.split_whitespace().map(|scope| scope.parse().unwrap()).collect()
}

/// A catalogue of these scopes, each described by its own name.
fn catalogue(text: &str) -> Value {
    text.split_whitespace().map(|scope| json!({ "scope": scope, "description": scope })).collect()
}

async fn newest(world: &World) -> AuditEntry {
    let log = world.owner.get(&format!("{}/audit?limit=1", path(world))).await.is(200).value();
    serde_json::from_value(log["items"][0].clone()).unwrap()
}

#[tokio::test]
async fn owners_change_everything_and_what_is_absent_stays() {
    let world = World::new().await;
    let before = read(&world).await;
    let changes = [
        json!({ "name": "Southwind" }),
        json!({ "prefix": "sw" }),
        json!({ "scopes": [
            { "scope": "read", "description": "  See data " },
            { "scope": "invoices:write", "description": "" },
            { "scope": "admin", "description": "Manage" },
        ] }),
        json!({ "presets": [{ "name": "Billing worker", "scopes": ["read", "invoices:write"] }] }),
    ];
    for (version, change) in (1..).zip(&changes) {
        let answer = world.owner.patch(&path(&world), version, change).await.is(200);
        assert_eq!(answer.header("etag"), format!("\"{}\"", version + 1));
        assert_eq!(answer.read::<Organization>().version, version + 1);
    }
    let now = read(&world).await;
    assert_eq!((now.name.as_str(), now.prefix.as_str(), now.version), ("Southwind", "sw", 5));
    let catalogue: Vec<_> = now.scopes.iter().map(|one| (one.scope.as_str(), one.description.as_str())).collect();
    assert_eq!(catalogue, [("read", "See data"), ("invoices:write", ""), ("admin", "Manage")], "in the order that was given");
    assert_eq!(now.presets, [Preset { name: "Billing worker".parse().unwrap(), scopes: scopes("invoices:write read") }]);
    let full = now.accesses.iter().find(|access| access.access == Access::Full).unwrap();
    assert_eq!(full.scopes, scopes("invoices:write read"));
    assert_eq!((now.id, now.role), (before.id, before.role));
    let owned: Organization = world.owner.get(&path(&world)).await.is(200).read();
    assert_eq!(owned.grantable, scopes("admin invoices:write read"));
    // Another organization is as it was.
    let other: Organization = world.stranger.get(&format!("/v1/organizations/{}", world.other_organization)).await.is(200).read();
    assert_eq!((other.version, other.scopes.len(), other.presets.len()), (1, 4, 0));
}

#[tokio::test]
async fn admins_change_the_catalogue_and_owners_alone_the_name() {
    let world = World::new().await;
    let preset = json!({ "presets": [{ "name": "Reader", "scopes": ["read"] }] });
    world.admin.patch(&path(&world), 1, &json!({ "scopes": catalogue("read write delete admin mail") })).await.is(200);
    world.admin.patch(&path(&world), 2, &preset).await.is(200);
    for renames in [json!({ "name": "X" }), json!({ "prefix": "xx" }), json!({ "name": "Northwind", "presets": [] })] {
        world.admin.patch(&path(&world), 3, &renames).await.refused(403, ProblemCode::Forbidden);
        let entry = newest(&world).await;
        assert_eq!((entry.action, entry.target), (Action::Refused, world.organization.to_string()));
        assert_eq!(entry.actor.unwrap().id, world.id_of("admin").await);
    }
    for by in [&world.member, &world.viewer] {
        for change in [&preset, &json!({ "name": "X" }), &json!({ "scopes": catalogue("read") }), &json!({})] {
            by.patch(&path(&world), 3, change).await.refused(403, ProblemCode::Forbidden);
        }
    }
    world.stranger.patch(&path(&world), 3, &preset).await.refused(404, ProblemCode::NotFound);
    assert_eq!(read(&world).await.version, 3);
}

#[tokio::test]
async fn a_change_to_an_older_version_is_refused_and_shows_the_newer() {
    let world = World::new().await;
    world.owner.patch(&path(&world), 1, &json!({ "name": "Southwind" })).await.is(200);
    let refused = world.admin.patch(&path(&world), 1, &json!({ "presets": [] })).await.refused(412, ProblemCode::Changed);
    let current = refused.current_organization.unwrap();
    assert_eq!((current.name.as_str(), current.version, current.role), ("Southwind", 2, Role::Admin));
    assert!(refused.current.is_none());
    let body = json!({ "name": "X" });
    for never in ["\"3\"", "W/\"2\"", "2", "\"02\"", "\"x\""] {
        world.owner.json("PATCH", &path(&world), &[("if-match", never)], &body).await.refused(412, ProblemCode::Changed);
    }
    world.owner.json("PATCH", &path(&world), &[], &body).await.refused(428, ProblemCode::PreconditionRequired);
    world.owner.json("PATCH", &path(&world), &[("if-match", "*")], &body).await.refused(428, ProblemCode::PreconditionRequired);
}

#[tokio::test]
async fn of_two_changes_at_once_one_is_told_of_the_other() {
    let world = World::new().await;
    let (a, b) = (json!({ "name": "A" }), json!({ "presets": [{ "name": "B", "scopes": ["read"] }] }));
    let path = path(&world);
    let (one, other) = tokio::join!(world.owner.patch(&path, 1, &a), world.admin.patch(&path, 1, &b));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(read(&world).await.version, 2);
}

#[tokio::test]
async fn what_changes_nothing_is_no_change() {
    let world = World::new().await;
    let now = read(&world).await;
    let entries = newest(&world).await.sequence;
    for change in [json!({}), json!({ "name": "Northwind", "prefix": "kd" }), json!({ "scopes": now.scopes, "presets": [] })] {
        let same = world.owner.patch(&path(&world), 1, &change).await.is(200).read::<Organization>();
        assert_eq!((same.version, same.scopes), (1, now.scopes.clone()));
    }
    assert_eq!(newest(&world).await.sequence, entries);
}

#[tokio::test]
async fn the_catalogue_is_checked() {
    let world = World::new().await;
    let many: String = (0..201).map(|i| format!("s{i} ")).collect();
    let described = |text: &str| json!([{ "scope": "read", "description": text }]);
    for (bad, said) in [
        (json!([]), "`scopes` must have 1 to 200 entries"),
        (catalogue(&many), "`scopes` must have 1 to 200 entries"),
        (catalogue("read write read"), "`scopes[2].scope`: this scope is in the catalogue twice"),
        (described(&"x".repeat(201)), "`scopes[0].description`: must have at most 200 characters"),
        (described("a\u{202E}b"), "`scopes[0].description`: must be one line"),
        (described("a\nb"), "`scopes[0].description`: must be one line"),
        (described("a\tb"), "`scopes[0].description`: must be one line"),
        (json!([{ "scope": "Read!", "description": "" }]), "`scopes[0].scope`: a scope is"),
        (json!([{ "scope": "read" }]), "the field `description` is missing"),
        (json!("read"), "`scopes`"),
    ] {
        let refused = world.admin.patch(&path(&world), 1, &json!({ "scopes": bad })).await.refused(422, ProblemCode::InvalidBody);
        let detail = refused.detail.unwrap();
        assert!(detail.contains(said), "{detail}");
    }
    world.admin.patch(&path(&world), 1, &json!({ "rateLimit": 5 })).await.refused(422, ProblemCode::InvalidBody);
    let claims = json!({ "presets": [], "organization_id": world.other_organization });
    world.admin.patch(&path(&world), 1, &claims).await.refused(403, ProblemCode::Forbidden);
    assert_eq!(read(&world).await.version, 1);
    let most: String = (0..200).map(|i| format!("{i:0>60}:r ")).collect();
    let longest: Vec<ScopeDefinition> = serde_json::from_value(catalogue(&most)).unwrap();
    let longest: Vec<_> = longest.into_iter().map(|one| ScopeDefinition { description: "ü".repeat(200), ..one }).collect();
    let now: Organization = world.admin.patch(&path(&world), 1, &json!({ "scopes": longest })).await.is(200).read();
    assert_eq!(now.scopes, longest);
    let too_long = json!({ "scopes": catalogue("read"), "presets": [], "name": "x".repeat(8 * 64 * 1024) });
    world.admin.patch(&path(&world), 2, &too_long).await.refused(413, ProblemCode::TooLarge);
}

#[tokio::test]
async fn the_presets_are_checked() {
    let world = World::new().await;
    let preset = |name: &str, scopes: &[&str]| json!({ "name": name, "scopes": scopes });
    let many: Vec<_> = (0..51).map(|i| preset(&format!("Preset {i}"), &["read"])).collect();
    for (bad, said) in [
        (json!(many), "`presets` must have at most 50 entries"),
        (json!([preset("Reader", &["read"]), preset("reader", &["write"])]), "`reader` is there twice"),
        (json!([preset("Empty", &[])]), "`Empty` must have 1 to 64 scopes"),
        (json!([preset("Boss", &["admin", "read"])]), "`Boss` has `admin`"),
        (json!([preset("Mailer", &["mail", "read"])]), "`Mailer` has `mail`, which is not in the catalogue"),
        (json!([preset(" ", &["read"])]), "`presets[0].name`: must not be empty"),
        (json!([{ "name": "X", "scopes": ["read"], "colour": "red" }]), "unknown field `colour`"),
    ] {
        let refused =
            world.admin.patch(&path(&world), 1, &json!({ "presets": bad })).await.refused(422, ProblemCode::InvalidBody);
        let detail = refused.detail.unwrap();
        assert!(detail.contains(said), "{detail}");
    }
    // A secret that somebody pastes as a name is not repeated.
    let (secret, _) = register("kd", new_key("x"));
    // Exposed to be sent where it must not come back: a test's own secret.
    let pasted = json!({ "presets": [preset(secret.expose(), &["mail"])] });
    let answer = world.admin.patch(&path(&world), 1, &pasted).await;
    // Exposed to be looked for.
    assert!(!String::from_utf8_lossy(&answer.body).contains(secret.expose()));
    answer.refused(422, ProblemCode::InvalidBody);
}

#[tokio::test]
async fn a_scope_that_a_preset_has_stays_until_it_is_taken_out_of_it() {
    let world = World::new().await;
    let presets = json!([{ "name": "Billing worker", "scopes": ["read", "write"] }]);
    world.admin.patch(&path(&world), 1, &json!({ "presets": presets })).await.is(200);
    let refused = world.admin.patch(&path(&world), 2, &json!({ "scopes": catalogue("read admin") })).await;
    let detail = refused.refused(422, ProblemCode::InvalidBody).detail.unwrap();
    assert!(detail.contains("`Billing worker` has `write`"), "{detail}");
    let both = json!({ "scopes": catalogue("read admin"), "presets": [{ "name": "Billing worker", "scopes": ["read"] }] });
    world.admin.patch(&path(&world), 2, &both).await.is(200);
}

#[tokio::test]
async fn a_scope_that_a_key_has_stays_until_the_key_is_revoked() {
    let world = World::new().await;
    let mut made = Vec::new();
    for (name, wanted) in [("A", "read write"), ("B", "write"), ("C", "read")] {
        let mut key = new_key(name);
        key.scopes = scopes(wanted);
        made.push(world.make(&world.member, key).await.0);
    }
    let without = json!({ "scopes": catalogue("read admin writer") });
    let refused = async |said: &str| {
        let refused = world.admin.patch(&path(&world), 1, &without).await.refused(409, ProblemCode::Conflict);
        assert!(refused.detail.as_ref().unwrap().starts_with(said), "{refused:?}");
    };
    refused("2 keys have the scope `write`").await;
    world.member.send("POST", &format!("{}/revoke", world.key(made[0].id)), &[], None).await.is(200);
    refused("one key has the scope `write`").await;
    // Switched off it still has it, and can be on again.
    world.member.patch(&world.key(made[1].id), 1, &json!({ "enabled": false })).await.is(200);
    refused("one key has the scope `write`").await;
    world.member.patch(&world.key(made[1].id), 2, &json!({ "scopes": ["read"] })).await.is(200);
    world.admin.patch(&path(&world), 1, &without).await.is(200);

    // From now on nobody gives it, and the new one can be given.
    let (_, request) = register("kd", {
        let mut key = new_key("D");
        key.scopes = scopes("write");
        key
    });
    world.owner.put(&world.key(KeyId::generate()), &request).await.refused(422, ProblemCode::InvalidBody);
    world.member.patch(&world.key(made[2].id), 1, &json!({ "scopes": ["writer"] })).await.is(200);
}

#[tokio::test]
async fn a_key_and_the_end_of_its_scope_never_cross() {
    let world = World::new().await;
    for round in 0..10_u32 {
        let version = read(&world).await.version;
        let scope = format!("s{round}");
        let with = json!({ "scopes": catalogue(&format!("read {scope}")) });
        world.owner.patch(&path(&world), version, &with).await.is(200);
        let (_, request) = register("kd", {
            let mut key = new_key("Crossing");
            key.scopes = scopes(&scope);
            key
        });
        let (key, without) = (world.key(KeyId::generate()), json!({ "scopes": catalogue("read") }));
        let path = path(&world);
        let (made, gone) = tokio::join!(world.member.put(&key, &request), world.owner.patch(&path, version + 1, &without));
        match (made.status.as_u16(), gone.status.as_u16()) {
            (201, 409) => {
                world.member.send("POST", &format!("{key}/revoke"), &[], None).await.is(200);
            }
            (422, 200) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn another_prefix_is_for_new_keys_and_the_old_ones_go_on() {
    let world = World::new().await;
    let (old, secret) = world.make(&world.member, new_key("Old")).await;
    let (_, repeated) = register("kd", new_key("Repeated"));
    let repeated_path = world.key(KeyId::generate());
    world.member.put(&repeated_path, &repeated).await.is(201);
    world.owner.patch(&path(&world), 1, &json!({ "prefix": "nw" })).await.is(200);

    assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
    world.about_itself(&secret).await.is(200);
    world.member.patch(&world.key(old.id), 1, &json!({ "note": "still here" })).await.is(200);
    world.member.put(&repeated_path, &repeated).await.is(200);

    let (_, request) = register("kd", new_key("With the old one"));
    let refused = world.member.put(&world.key(KeyId::generate()), &request).await.refused(422, ProblemCode::InvalidBody);
    assert!(refused.detail.unwrap().contains("`hint` must have the organization's prefix"));
    let (new_secret, request) = register("nw", new_key("With the new one"));
    world.member.put(&world.key(KeyId::generate()), &request).await.is(201);
    assert_eq!(world.verify(&new_secret).await.outcome, Outcome::Accepted);
    let issued = world.member.json("POST", &world.keys(), &[("idempotency-key", "p")], &new_key("By the server")).await.is(201);
    assert!(issued.value()["secret"].as_str().unwrap().starts_with("nw_test_"));

    for reserved in ["kds", "kdv", "kdi", "kdc"] {
        world.owner.patch(&path(&world), 2, &json!({ "prefix": reserved })).await.refused(422, ProblemCode::InvalidBody);
    }
}

#[tokio::test]
async fn each_change_is_audited_with_what_differs() {
    let world = World::new().await;
    let check = async |by: &As, version: u32, change: Value, before: Value, after: Value| {
        by.patch(&path(&world), version, &change).await.is(200);
        let entry = newest(&world).await;
        assert_eq!((entry.action, entry.target), (Action::OrganizationUpdated, world.organization.to_string()));
        assert_eq!((entry.before.unwrap(), entry.after.unwrap()), (before, after));
        entry.actor.unwrap().email.to_string()
    };
    let who =
        check(&world.owner, 1, json!({ "name": "S", "prefix": "kd" }), json!({ "name": "Northwind" }), json!({ "name": "S" }))
            .await;
    assert_eq!(who, "owner@example.org");
    let who = check(
        &world.admin,
        2,
        json!({ "scopes": catalogue("read write"), "presets": [{ "name": "Reader", "scopes": ["read"] }] }),
        json!({ "scopes": ["read", "write", "delete", "admin"], "presets": {} }),
        json!({ "scopes": ["read", "write"], "presets": { "Reader": ["read"] }, "described": ["read", "write"] }),
    )
    .await;
    assert_eq!(who, "admin@example.org");
    let described = json!([{ "scope": "read", "description": "read" }, { "scope": "write", "description": "Otherwise" }]);
    check(&world.admin, 3, json!({ "scopes": described }), json!({}), json!({ "described": ["write"] })).await;
}
