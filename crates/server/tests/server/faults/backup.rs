//! Backups and the way back: F36, T44, and what `doctor` says.

use std::path::{Path, PathBuf};

use keydeck_domain::api::invitations::IssuedInvitation;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::verifiers::IssuedVerifier;
use keydeck_domain::api::verify::VerifyResponse;
use keydeck_domain::api::webhooks::IssuedWebhook;
use keydeck_domain::{KeyId, Outcome, Role, Secret};
use keydeck_server::backup::{self, RestoreError, Unfit};
use keydeck_server::{Config, DATABASE_FILE, Pepper};
use serde_json::json;

use crate::support::database::{count, run as sql};
use crate::support::process::{Process, run};
use crate::support::world::{PEPPER, Running, email, open, serve};
use crate::support::{As, World, new_key, register};

fn pepper() -> Pepper {
    Pepper::from_bytes(PEPPER)
}

async fn restore(world: &World, from: &Path) -> Result<backup::Restored, RestoreError> {
    backup::restore(&Config::new(world.data_dir()), &pepper(), from).await
}

/// A place for backups, which is not the data folder.
fn elsewhere() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backup.db");
    (folder, to)
}

/// Starts a server on the data folder of a world whose server is closed; gives the verifier and the
/// owner there. It runs as long as the last value lives.
async fn again(world: &World) -> (As, As, Running) {
    let server = open(Config::new(world.data_dir())).await;
    let (address, running) = serve(&server).await;
    let issued = server.issue_session(&email("owner")).await.unwrap();
    // Exposed to be sent: the tests' own session.
    (As::bearer(address, world.verifier.token()), As::bearer(address, issued.token.expose()), running)
}

async fn outcome(verifier: &As, secret: &Secret) -> Outcome {
    // Exposed to be verified: a test's own secret.
    verifier.post("/v1/verify", &json!({ "key": secret.expose() })).await.is(200).read::<VerifyResponse>().outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn f36_a_backup_under_writes_is_whole_and_a_revoke_stays_final() {
    let world = World::new().await;
    let (_, kept_secret) = world.make(&world.owner, new_key("Kept")).await;
    let (gone, gone_secret) = world.make(&world.owner, new_key("Revoked since")).await;
    // Changes go on while the copy is made.
    let (owner, path) = (world.owner.clone(), world.keys());
    let writing = tokio::spawn(async move {
        let mut made = 0_u32;
        loop {
            let (_, request) = register("kd", new_key(&format!("Worker {made}")));
            if owner.put(&format!("{path}/{}", KeyId::generate()), &request).await.status != 201 {
                return made;
            }
            made += 1;
        }
    });
    let (_elsewhere, to) = elsewhere();
    let made = backup::make(world.data_dir(), &to).await.unwrap();
    assert!(made.bytes > 0);
    world.owner.send("POST", &format!("{}/revoke", world.key(gone.id)), &[], None).await.is(200);
    let (later, later_secret) = world.make(&world.owner, new_key("Made since")).await;
    world.owner.send("POST", &format!("{}/revoke", world.key(later.id)), &[], None).await.is(200);
    world.server.close().await;
    assert!(writing.await.unwrap() > 0, "keys were made during the copy");

    let restored = restore(&world, &to).await.unwrap();
    assert!(restored.unknown.is_none());
    let listed: Vec<&str> = restored.revoked_since.iter().map(|key| key.key.as_str()).collect();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert!(listed[0].starts_with("Revoked since (kd_"), "{listed:?}");
    assert!(restored.set_aside.as_ref().unwrap().is_file());
    assert_eq!(count(world.data_dir(), "SELECT count(*) FROM sessions").await, 0, "who signed out stays signed out");

    let (verifier, _, _running) = again(&world).await;
    assert_eq!(outcome(&verifier, &kept_secret).await, Outcome::Accepted);
    assert_eq!(outcome(&verifier, &gone_secret).await, Outcome::Revoked);
    // Made after the backup: nobody knows it any more, so it proves nothing.
    assert_eq!(outcome(&verifier, &later_secret).await, Outcome::Unknown);
}

#[tokio::test]
async fn what_was_taken_away_since_a_backup_does_not_come_back_unsaid() {
    let world = World::new().await;
    let base = format!("/v1/organizations/{}", world.organization);
    let made: IssuedVerifier = world.admin.post(&format!("{base}/verifiers"), &json!({ "name": "Gateway" })).await.is(201).read();
    let invitation = json!({ "email": "grace@example.org", "role": "member" });
    let invited: IssuedInvitation = world.admin.post(&format!("{base}/invitations"), &invitation).await.is(201).read();
    let mut webhooks = Vec::new();
    for name in ["Cut off", "Pager"] {
        let wanted = json!({ "name": name, "url": "https://hooks.example.org/" });
        webhooks.push(world.admin.post(&format!("{base}/webhooks"), &wanted).await.is(201).read::<IssuedWebhook>());
    }
    let (_elsewhere, to) = elsewhere();
    backup::make(world.data_dir(), &to).await.unwrap();
    world.admin.delete(&format!("{base}/webhooks/{}", webhooks[0].webhook.id)).await.is(204);
    world.admin.delete(&format!("{base}/verifiers/{}", made.verifier.id)).await.is(204);
    world.admin.delete(&format!("{base}/invitations/{}", invited.invitation.id)).await.is(204);
    world.owner.delete(&format!("{base}/members/{}", world.id_of("viewer").await)).await.is(204);
    let (_, since_secret) = world.make(&world.owner, new_key("Made since")).await;
    let since = json!({ "name": "Made since" });
    world.owner.post(&format!("{base}/verifiers"), &since).await.is(201);
    let another = keydeck_domain::Password::new("another long password".into());
    world.server.set_password(&email("member"), &another).await.unwrap();
    let admin = format!("{base}/members/{}", world.id_of("admin").await);
    world.owner.json("PATCH", &admin, &[], &json!({ "role": "member" })).await.is(200);
    world.server.close().await;

    let restored = restore(&world, &to).await.unwrap();
    let listed: Vec<&str> = restored.revoked_since.iter().map(|revoked| revoked.key.as_str()).collect();
    assert_eq!(listed, ["the verifier Gateway"]);
    let mut again_members = restored.members_again;
    again_members.sort();
    assert_eq!(again_members, ["admin@example.org, admin of Northwind", "viewer@example.org, viewer of Northwind"]);

    let undone = restored.undone;
    assert_eq!((undone.keys, undone.people), (1, vec![]), "what is gone is said");
    assert_eq!((undone.verifiers, undone.passwords), (vec!["Made since".to_owned()], vec!["member@example.org".to_owned()]));

    let (asking, owner, _running) = again(&world).await;
    assert_eq!(outcome(&asking, &since_secret).await, Outcome::Unknown);
    // Exposed to be sent: a test's own verifier and invitation.
    let verifier = owner.with_bearer(made.secret.expose());
    verifier.post("/v1/verify", &json!({ "key": "" })).await.refused(401, ProblemCode::InvalidKey);
    let look = json!({ "token": invited.token.expose() });
    owner.post("/v1/invitations/look", &look).await.refused(404, ProblemCode::NotFound);
    let left = owner.get(&format!("{base}/webhooks")).await.is(200).value()["items"].clone();
    assert_eq!(left, json!([webhooks[1].webhook]), "nothing is sent to who was cut off");
    let check = owner.get(&format!("{base}/audit/check")).await.is(200).value();
    assert_eq!(check["broken"], json!(null), "what was done again is in the log");
    let log = owner.get(&format!("{base}/audit?action=restored")).await.is(200).value();
    let [entry] = log["items"].as_array().unwrap().as_slice() else { panic!("{log}") };
    let newest = restored.contents.newest.unwrap();
    let expected = json!({ "newest_at": newest, "keys_gone": 1, "verifiers_gone": 1, "members_gone": 0,
        "members_again": 2, "revoked_again": 1 });
    assert_eq!((&entry["after"], &entry["actor"], &entry["target_name"]), (&expected, &json!(null), &json!("Northwind")));
}

#[tokio::test]
async fn a_way_back_stands_in_every_log() {
    let world = World::new().await;
    let (_elsewhere, to) = elsewhere();
    backup::make(world.data_dir(), &to).await.unwrap();
    // Nothing of what is undone in one organization is told in another.
    world.make(&world.owner, new_key("Made since")).await;
    world.person("newcomer", Role::Viewer).await;
    world.server.close().await;
    restore(&world, &to).await.unwrap();

    let server = open(Config::new(world.data_dir())).await;
    let (address, _running) = serve(&server).await;
    for (name, organization, gone) in [("owner", world.organization, 1), ("stranger", world.other_organization, 0)] {
        let issued = server.issue_session(&email(name)).await.unwrap();
        // Exposed to be sent: the tests' own session.
        let by = As::bearer(address, issued.token.expose());
        let base = format!("/v1/organizations/{organization}/audit");
        let newest = by.get(&format!("{base}?limit=1")).await.is(200).value()["items"][0].clone();
        assert_eq!((&newest["action"], &newest["target"]), (&json!("restored"), &json!(organization)));
        assert_eq!((&newest["after"]["keys_gone"], &newest["after"]["members_gone"]), (&json!(gone), &json!(gone)));
        let check = by.get(&format!("{base}/check")).await.is(200).value();
        assert_eq!((&check["broken"], &check["entries"]), (&json!(null), &newest["sequence"]));
    }
}

#[tokio::test]
async fn what_can_not_be_known_is_said() {
    let world = World::new().await;
    world.make(&world.owner, new_key("Worker")).await;
    let (_elsewhere, to) = elsewhere();
    backup::make(world.data_dir(), &to).await.unwrap();
    world.server.close().await;
    std::fs::write(world.data_dir().join(DATABASE_FILE), "overwritten by something else".repeat(1000)).unwrap();
    let restored = restore(&world, &to).await.unwrap();
    assert!(restored.unknown.unwrap().contains("can't be read"));
    let aside = restored.set_aside.unwrap();
    assert!(std::fs::read_to_string(aside).unwrap().starts_with("overwritten"), "nothing is thrown away");
    assert_eq!(restored.contents.keys, 1);
}

#[tokio::test]
async fn t44_a_backup_holds_no_pepper_and_no_usable_key() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
    let (_elsewhere, to) = elsewhere();
    backup::make(world.data_dir(), &to).await.unwrap();
    let bytes = std::fs::read(&to).unwrap();
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(holds(b"Worker"), "this test looks at the right file");
    // Exposed to be looked for: a test's own secret.
    assert!(!holds(secret.expose().as_bytes()));
    assert!(!holds(&PEPPER) && !holds(hex(&PEPPER).as_bytes()));
    assert!(!holds(world.owner.token().as_bytes()));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&to).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // Another pepper can't do anything with it.
    world.server.close().await;
    let refused = backup::restore(&Config::new(world.data_dir()), &Pepper::from_bytes([9; 32]), &to).await.unwrap_err();
    assert!(matches!(refused, RestoreError::Unfit { why: Unfit::WrongPepper { .. }, .. }), "{refused}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_backup_that_was_changed_is_refused_and_leaves_the_database() {
    let world = World::new().await;
    let (key, _) = world.make(&world.owner, new_key("Worker")).await;
    world.server.close().await;
    for (number, change) in [
        "UPDATE keys SET scopes = 'read write delete'",
        "UPDATE members SET role = 'owner' WHERE role = 'viewer'",
        "UPDATE users SET password = 'x'",
        "DELETE FROM audit WHERE sequence = 2",
        "UPDATE audit SET action = 'key_updated' WHERE sequence = 2",
    ]
    .into_iter()
    .enumerate()
    {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join(DATABASE_FILE);
        backup::make(world.data_dir(), &to).await.unwrap();
        sql(folder.path(), change).await;
        let before = std::fs::read(world.data_dir().join(DATABASE_FILE)).unwrap();
        let refused = restore(&world, &to).await.unwrap_err();
        assert!(matches!(refused, RestoreError::Unfit { .. }), "{number}: {refused}");
        assert!(std::fs::read(world.data_dir().join(DATABASE_FILE)).unwrap() == before, "{change}");
        assert!(!world.data_dir().join("keydeck.db.restoring").exists(), "{change}");
    }
    // A damaged page, and what is no database at all.
    let (_elsewhere, to) = elsewhere();
    backup::make(world.data_dir(), &to).await.unwrap();
    let mut bytes = std::fs::read(&to).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 2048].fill(0xA5);
    std::fs::write(&to, bytes).unwrap();
    assert!(matches!(restore(&world, &to).await, Err(RestoreError::Unfit { .. })));
    std::fs::write(&to, "no database").unwrap();
    assert!(matches!(restore(&world, &to).await, Err(RestoreError::Unfit { .. })));
    let missing = restore(&world, Path::new("/nowhere/backup.db")).await.unwrap_err();
    assert!(matches!(missing, RestoreError::File { .. }), "{missing:?}");
    let (_, owner, _running) = again(&world).await;
    owner.get(&world.key(key.id)).await.is(200);
}

#[tokio::test]
async fn the_command_line_backs_up_restores_and_examines() {
    let folder = tempfile::tempdir().unwrap();
    let set_up = ["init", "--email", "ada@example.org", "--organization", "Northwind"];
    let (done, _, error) = run(folder.path(), &set_up, "correct horse battery\n").await;
    assert!(done, "{error}");
    let process = Process::serve(folder.path(), "off").await;
    let to = folder.path().join("first.db");
    let to_text = to.to_str().unwrap();
    let (done, said, error) = run(folder.path(), &["backup", "--to", to_text], "").await;
    assert!(done && said.contains("first.db"), "{said}{error}");
    let (done, _, said) = run(folder.path(), &["backup", "--to", to_text], "").await;
    assert!(!done && said.contains("never written over"), "{said}");
    let (done, said, error) = run(folder.path(), &["doctor"], "").await;
    assert!(done, "{said}{error}");
    for word in ["configuration", "database", "pepper", "clock", "audit log", "backup"] {
        assert!(said.contains(word), "{word} in {said}");
    }
    let (done, _, said) = run(folder.path(), &["restore", "--from", to_text], "").await;
    assert!(!done && said.contains("stop it first"), "{said}");
    let anonymous = crate::support::As::anonymous(process.address);
    let sign_in = json!({ "email": "ada@example.org", "password": "correct horse battery" });
    anonymous.post("/v1/sessions", &sign_in).await.is(201);
    process.kill().await;
    let (done, said, error) = run(folder.path(), &["restore", "--from", to_text], "").await;
    assert!(done && said.contains("restored 1 organizations, 1 people"), "{said}{error}");
    assert!(said.contains("no key was revoked since"), "{said}");
    Process::serve(folder.path(), "off").await.kill().await;
    // Where the data lie can be told before the command too.
    let moved = folder.path().join("moved");
    std::fs::rename(folder.path().join("pepper"), &moved).unwrap();
    let (done, said, _) = run(folder.path(), &["doctor"], "").await;
    assert!(!done && said.contains("ILL      pepper"), "{said}");
    let (done, said, error) = run(folder.path(), &["--pepper-file", moved.to_str().unwrap(), "doctor"], "").await;
    assert!(done, "{said}{error}");
    std::fs::rename(moved, folder.path().join("pepper")).unwrap();
    // What is ill is said, and is the exit code.
    sql(&folder.path().join("data"), "UPDATE audit SET action = 'key_created'").await;
    let (done, said, error) = run(folder.path(), &["doctor", "--listen", "0.0.0.0:8300"], "").await;
    assert!(!done && said.contains("ILL      audit log") && said.contains("ILL      configuration"), "{said}{error}");
}
