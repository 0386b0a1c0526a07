//! The database is changed from outside.

use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{Digest, Key, KeyId, Outcome, Secret};
use keydeck_server::Config;
use keydeck_server::audit::{BrokenChain, verify_chain};
use serde_json::json;
use sha2::Digest as _;

use crate::support::database::{count, literal, run};
use crate::support::world::{open, serve};
use crate::support::{As, Log, World, new_key, register};

/// Opens the folder again and asks as this key about itself.
async fn after_restart(folder: &tempfile::TempDir, secret: &Secret) -> u16 {
    let server = open(Config::new(folder.path())).await;
    let (address, running) = serve(&server).await;
    // Exposed to be sent: a test's own secret.
    let status = As::bearer(address, secret.expose()).get("/v1/self").await.status.as_u16();
    running.stop().await;
    status
}

#[tokio::test]
async fn t02_a_digest_that_was_inserted_is_refused() {
    let world = World::new().await;
    let (key, good) = world.make(&world.owner, new_key("Good")).await;
    let (other, _) = world.make(&world.owner, new_key("Other")).await;
    let (secret, _) = register("kd", new_key("Forged"));
    let folder = world.stop().await;
    assert_eq!(after_restart(&folder, &good).await, 200);

    // The client's digest, or a plain hash of it, in place of the HMAC, in a copy of a good row.
    let plain = String::from(Digest::of(&secret));
    let twice = hex::encode(sha2::Sha256::digest(Digest::of(&secret).as_bytes()));
    for (i, digest) in [plain, twice].into_iter().enumerate() {
        let columns = "hint, name, environment, kind, scopes, note, metadata, allowed_addresses, enabled, expires_at, revoked_at, \
                       created_at, created_by, updated_at, last_used_at, version, creation, name_key, search, mac";
        let statement = format!(
            "INSERT INTO keys (organization_id, id, digest, {columns}) SELECT organization_id, randomblob(16), X'{digest}', {columns} \
             FROM keys WHERE id = {}",
            literal(key.id)
        );
        assert_eq!(run(folder.path(), &statement).await, 1);
        assert_eq!(after_restart(&folder, &secret).await, 401, "{i}");
    }
    assert_eq!(after_restart(&folder, &good).await, 200, "the others are served");

    // The digest of a good key, moved to another row.
    let statement =
        format!("UPDATE keys SET digest = CASE id WHEN {0} THEN zeroblob(32) ELSE digest END WHERE id = {0}", literal(other.id));
    run(folder.path(), &statement).await;
    let swap = format!(
        "UPDATE OR REPLACE keys SET digest = (SELECT digest FROM keys WHERE id = {}) WHERE id = {}",
        literal(key.id),
        literal(other.id)
    );
    assert_eq!(run(folder.path(), &swap).await, 1);
    assert_eq!(after_restart(&folder, &good).await, 401);
}

#[tokio::test]
async fn t03_a_row_that_was_changed_is_refused() {
    let changes = [
        "scopes = 'admin read'",
        "environment = 'live'",
        "kind = 'publishable'",
        "allowed_addresses = '0.0.0.0/0'",
        "expires_at = 4102444800000000",
        "enabled = 0",
        "revoked_at = 1",
        "version = 2",
        "hint = 'kd_test_aaaa…bbbb'",
        "metadata = '{\"plan\":\"pro\"}'",
        "organization_id = (SELECT id FROM organizations WHERE name = 'Contoso')",
        "id = randomblob(16)",
        "mac = zeroblob(32)",
        "scopes = 'Not A Scope'",
    ];
    let world = World::new().await;
    let mut keys = Vec::new();
    for change in changes {
        let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
        keys.push((key.id, secret, change));
    }
    let (off, off_secret) = world.make(&world.owner, new_key("Off")).await;
    world.owner.patch(&world.key(off.id), 1, &json!({ "enabled": false })).await.is(200);
    let (over, over_secret) = world.make(&world.owner, new_key("Over")).await;
    world.owner.send("POST", &format!("{}/revoke", world.key(over.id)), &[], None).await.is(200);
    keys.push((off.id, off_secret, "enabled = 1"));
    keys.push((over.id, over_secret, "revoked_at = NULL"));
    let (_, good) = world.make(&world.owner, new_key("Good")).await;
    for (id, _, change) in &keys {
        assert_eq!(run(world.data_dir(), &format!("UPDATE keys SET {change} WHERE id = {}", literal(id))).await, 1, "{change}");
    }
    let owner = world.owner.token().to_owned();
    let organization = world.organization;
    let folder = world.stop().await;

    let server = open(Config::new(folder.path())).await;
    let (address, running) = serve(&server).await;
    for (id, secret, change) in &keys {
        // Exposed to be sent: a test's own secret.
        let answer = As::bearer(address, secret.expose()).get("/v1/self").await;
        answer.refused(401, ProblemCode::InvalidKey);
        // It is shown as damaged, and a change doesn't make it good again.
        let owner = As::bearer(address, &owner);
        let path = format!("/v1/organizations/{organization}/keys/{id}");
        let moved = change.starts_with("id =") || change.starts_with("organization_id");
        let (status, code) = if moved { (404, ProblemCode::NotFound) } else { (500, ProblemCode::Internal) };
        owner.get(&path).await.refused(status, code);
        for version in [1, 2] {
            owner.patch(&path, version, &json!({ "note": "x" })).await.refused(status, code);
        }
        owner.send("POST", &format!("{path}/revoke"), &[], None).await.refused(status, code);
    }
    // Exposed to be sent: a test's own secret.
    As::bearer(address, good.expose()).get("/v1/self").await.is(200);
    running.stop().await;
}

#[tokio::test]
async fn t03_a_widened_row_raises_an_alert_that_names_it() {
    let world = World::new().await;
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    let log = Log::capture();
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
    world.owner.get(&world.key(key.id)).await.is(200);
    assert_eq!(log.alerts(), [] as [serde_json::Value; 0], "nothing to be woken for");
    run(world.data_dir(), &format!("UPDATE keys SET scopes = 'admin read' WHERE id = {}", literal(key.id))).await;
    let told = |what: &str, id: &str| log.alerts().iter().any(|alert| alert["message"] == what && alert.to_string().contains(id));

    // While it runs: at the first look at the row.
    let id = key.id.to_string();
    world.owner.get(&world.key(key.id)).await.refused(500, ProblemCode::Internal);
    assert!(told("stored data was changed from outside, or is damaged", &id), "{}", log.text());
    // At a start: the row is set aside, and how many are.
    let folder = world.stop().await;
    assert_eq!(after_restart(&folder, &secret).await, 401);
    assert!(told("a key is set aside: it is refused", &id), "{}", log.text());
    let counted = log.alerts().into_iter().find(|alert| !alert["set_aside"].is_null()).unwrap();
    assert_eq!(counted["set_aside"], 1);
    // What the row was widened to is not repeated, nor what it holds.
    assert!(!log.text().contains("admin read") && !log.text().contains("Worker"), "{}", log.text());
}

#[tokio::test]
async fn t03_a_row_that_is_changed_while_the_server_runs_is_not_authenticated_anew() {
    let world = World::new().await;
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    let (other, _) = world.make(&world.owner, new_key("Other")).await;
    run(world.data_dir(), &format!("UPDATE keys SET scopes = 'admin read' WHERE id = {}", literal(key.id))).await;
    assert_eq!(world.verify_for(&secret, &["admin"]).await.outcome, Outcome::MissingScope);
    world.owner.patch(&world.key(key.id), 1, &json!({ "note": "x" })).await.refused(500, ProblemCode::Internal);
    world.owner.get(&world.key(key.id)).await.refused(500, ProblemCode::Internal);
    let list: keydeck_domain::api::Page<Key> = world.owner.get(&world.keys()).await.is(200).read();
    assert_eq!(list.items.iter().map(|key| key.id).collect::<Vec<_>>(), [other.id], "the others are served");
    assert_eq!(world.verify_for(&secret, &["admin"]).await.outcome, Outcome::MissingScope);
}

#[tokio::test]
async fn a_session_a_membership_or_a_verifier_that_was_changed_is_refused() {
    let world = World::new().await;
    let path = world.data_dir().to_owned();
    let user = |name: &str| format!("(SELECT id FROM users WHERE email = '{name}@example.org')");

    // A viewer makes himself the owner.
    assert_eq!(run(&path, &format!("UPDATE members SET role = 'owner' WHERE user_id = {}", user("viewer"))).await, 1);
    world.viewer.get(&world.keys()).await.refused(404, ProblemCode::NotFound);
    // A stranger makes himself a member with the owner's row.
    let stolen = format!(
        "INSERT INTO members (organization_id, user_id, role, mac) SELECT organization_id, {}, role, mac FROM members WHERE user_id = {}",
        user("stranger"),
        user("owner")
    );
    run(&path, &stolen).await;
    world.stranger.get(&world.keys()).await.refused(404, ProblemCode::NotFound);
    // A member makes his session the admin's.
    run(&path, &format!("UPDATE sessions SET user_id = {} WHERE user_id = {}", user("admin"), user("member"))).await;
    world.member.get("/v1/sessions/current").await.refused(401, ProblemCode::Unauthenticated);
    world.owner.get(&world.keys()).await.is(200);

    // A member gives the owner his own password.
    let password = format!(
        "UPDATE users SET password = (SELECT password FROM users WHERE id = {}) WHERE id = {}",
        user("member"),
        user("owner")
    );
    assert_eq!(run(&path, &password).await, 1);
    let sign_in = json!({ "email": "owner@example.org", "password": crate::support::world::PASSWORD });
    world.anonymous.post("/v1/sessions", &sign_in).await.refused(401, ProblemCode::InvalidCredentials);

    // A verifier of another organization, and one that was revoked.
    run(
        &path,
        &format!(
            "UPDATE verifiers SET organization_id = {} WHERE organization_id = {}",
            literal(world.organization),
            literal(world.other_organization)
        ),
    )
    .await;
    let token = world.other_verifier.token().to_owned();
    let good = world.verifier.token().to_owned();
    let folder = world.stop().await;
    let server = open(Config::new(folder.path())).await;
    let (address, running) = serve(&server).await;
    As::bearer(address, &token).post("/v1/verify", &json!({ "key": "" })).await.refused(401, ProblemCode::InvalidKey);
    As::bearer(address, &good).post("/v1/verify", &json!({ "key": "" })).await.is(200);
    running.stop().await;
}

/// A world whose audit log has seen some changes.
async fn audited() -> (World, Key) {
    let world = World::new().await;
    let (key, _) = world.make(&world.owner, new_key("Worker")).await;
    for version in 1..4 {
        world.owner.patch(&world.key(key.id), version, &json!({ "note": version.to_string() })).await.is(200);
    }
    (world, key)
}

#[tokio::test]
async fn t49_a_changed_removed_or_cut_audit_log_is_found() {
    for (change, expected) in [
        ("UPDATE audit SET after = replace(after, 'Worker', 'Walker') WHERE sequence = 8", BrokenChain::Entry { sequence: 8 }),
        ("UPDATE audit SET actor_email = 'x@example.org' WHERE sequence = 9", BrokenChain::Entry { sequence: 9 }),
        ("UPDATE audit SET actor_email = NULL WHERE sequence = 9", BrokenChain::Entry { sequence: 9 }),
        ("UPDATE audit SET action = 'key_revoked' WHERE sequence = 10", BrokenChain::Entry { sequence: 10 }),
        ("UPDATE audit SET at = at + 1 WHERE sequence = 11", BrokenChain::Entry { sequence: 11 }),
        ("UPDATE audit SET mac = zeroblob(32) WHERE sequence = 3", BrokenChain::Entry { sequence: 3 }),
        ("DELETE FROM audit WHERE sequence = 9", BrokenChain::Entry { sequence: 10 }),
        ("DELETE FROM audit WHERE sequence = 1", BrokenChain::Entry { sequence: 2 }),
        ("DELETE FROM audit WHERE sequence > 9", BrokenChain::Cut { found: 9, expected: 11 }),
        ("DELETE FROM audit", BrokenChain::Cut { found: 0, expected: 11 }),
        ("UPDATE audit_heads SET sequence = 10", BrokenChain::Head),
        ("UPDATE audit_heads SET mac = zeroblob(32)", BrokenChain::Head),
        ("DELETE FROM audit_heads", BrokenChain::Head),
    ] {
        let (world, _) = audited().await;
        assert_eq!(verify_chain(&world.server, world.organization).await.unwrap(), Ok(11));
        run(world.data_dir(), change).await;
        assert_eq!(verify_chain(&world.server, world.organization).await.unwrap(), Err(expected), "{change}");
    }
}

#[tokio::test]
async fn t49_a_log_that_does_not_add_up_is_not_continued_while_keys_are_still_verified() {
    let (world, key) = audited().await;
    let (_, secret) = world.make(&world.owner, new_key("Good")).await;
    let path = world.key(key.id);
    let id = KeyId::generate();
    let (_, request) = register("kd", new_key("Late"));

    // Cut while it runs: seen at the next change.
    run(world.data_dir(), "DELETE FROM audit WHERE sequence > 9").await;
    world.owner.patch(&path, 4, &json!({ "note": "x" })).await.refused(500, ProblemCode::Internal);
    world.owner.put(&world.key(id), &request).await.refused(500, ProblemCode::Internal);
    assert_eq!(count(world.data_dir(), &format!("SELECT count(*) FROM keys WHERE id = {}", literal(id))).await, 0);
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
    // The other organization has a log of its own.
    let theirs = format!("/v1/organizations/{}/keys/{id}", world.other_organization);
    let (_, foreign) = register("acme", new_key("Theirs"));
    world.stranger.put(&theirs, &foreign).await.is(201);

    // Changed in the middle while it is stopped: seen at the start.
    let (other, key) = audited().await;
    let path = other.key(key.id);
    let (_, secret) = other.make(&other.owner, new_key("Good")).await;
    let owner_of_other = other.owner.token().to_owned();
    let folder = other.stop().await;
    run(folder.path(), "UPDATE audit SET target = 'nobody' WHERE sequence = 2").await;
    let server = open(Config::new(folder.path())).await;
    let (address, running) = serve(&server).await;
    As::bearer(address, &owner_of_other).patch(&path, 4, &json!({ "note": "x" })).await.refused(500, ProblemCode::Internal);
    // Exposed to be sent: a test's own secret.
    As::bearer(address, secret.expose()).get("/v1/self").await.is(200);
    running.stop().await;
}
