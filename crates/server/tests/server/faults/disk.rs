//! The disk under the real program is full, or does not keep what it was given.

use std::path::{Path, PathBuf};

use keydeck_domain::api::keys::IssuedKey;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::verify::VerifyResponse;
use keydeck_domain::{KeyId, Outcome, Secret};
use serde_json::json;

use crate::support::database::{count, literal};
use crate::support::process::{Process, set_up, signed_in, verifier};
use crate::support::{As, new_key, register};

/// A server over a disk that fails when it is told to.
struct Failing {
    folder: tempfile::TempDir,
    library: PathBuf,
    base: String,
    gateway: String,
}

impl Failing {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("disk_that_fails.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server/faults/disk_that_fails.c");
        let mut compiler = tokio::process::Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source);
        assert!(compiler.status().await.unwrap().success());
        let organization = set_up(folder.path()).await;
        let gateway = verifier(folder.path(), &organization).await;
        Self { folder, library, base: format!("/v1/organizations/{organization}"), gateway }
    }

    async fn serve(&self) -> Process {
        Process::serve_with(self.folder.path(), "info", |command| {
            command.env("LD_PRELOAD", &self.library).env("FAULTS", self.folder.path());
        })
        .await
    }

    fn begin(&self, fault: &str) {
        std::fs::write(self.folder.path().join(fault), "").unwrap();
    }

    fn end(&self, fault: &str) {
        std::fs::remove_file(self.folder.path().join(fault)).unwrap();
    }

    async fn outcome(&self, process: &Process, secret: &Secret) -> Outcome {
        let gateway = As::bearer(process.address, &self.gateway);
        // Exposed to be verified: a test's own secret.
        gateway.post("/v1/verify", &json!({ "key": secret.expose() })).await.is(200).read::<VerifyResponse>().outcome
    }

    async fn rows(&self, id: KeyId) -> i64 {
        count(&self.folder.path().join("data"), &format!("SELECT count(*) FROM keys WHERE id = {}", literal(id))).await
    }
}

#[tokio::test]
async fn f10_on_a_full_disk_nothing_is_created_and_verification_goes_on() {
    let disk = Failing::new().await;
    let process = disk.serve().await;
    let ada = signed_in(process.address).await;
    let path = |id: KeyId| format!("{}/keys/{id}", disk.base);
    let (secret, request) = register("kd", new_key("Before"));
    let before = KeyId::generate();
    ada.put(&path(before), &request).await.is(201);

    disk.begin("no-space");
    let (refused_secret, refused) = register("kd", new_key("While it is full"));
    let id = KeyId::generate();
    for _ in 0..2 {
        ada.put(&path(id), &refused).await.refused(507, ProblemCode::StorageFull);
        let keys = format!("{}/keys", disk.base);
        ada.json("POST", &keys, &[("idempotency-key", "one")], &new_key("B")).await.refused(507, ProblemCode::StorageFull);
        ada.send("POST", &format!("{}/revoke", path(before)), &[], None).await.refused(507, ProblemCode::StorageFull);
        assert_eq!(disk.outcome(&process, &secret).await, Outcome::Accepted);
        assert_eq!(disk.outcome(&process, &refused_secret).await, Outcome::Unknown);
    }
    ada.get(&path(before)).await.is(200);
    ada.get(&path(id)).await.is(404);

    // Once there is room it goes on, without a restart.
    disk.end("no-space");
    assert_eq!(disk.rows(id).await, 0);
    ada.put(&path(id), &refused).await.is(201);
    assert_eq!(disk.outcome(&process, &refused_secret).await, Outcome::Accepted);
    As::anonymous(process.address).get("/readyz").await.is(204);
    assert_eq!(disk.rows(id).await, 1);
    let (ended, log) = process.terminate().await;
    assert!(ended && log.contains("the disk is full"), "{log}");
}

#[tokio::test]
async fn f12_after_a_sync_that_failed_nothing_is_changed_before_a_restart() {
    let disk = Failing::new().await;
    let process = disk.serve().await;
    let ada = signed_in(process.address).await;
    let path = |id: KeyId| format!("{}/keys/{id}", disk.base);
    let (secret, request) = register("kd", new_key("Before"));
    let before = KeyId::generate();
    ada.put(&path(before), &request).await.is(201);

    disk.begin("no-sync");
    let (unsure_secret, unsure_request) = register("kd", new_key("Unsure"));
    let unsure = KeyId::generate();
    ada.put(&path(unsure), &unsure_request).await.refused(503, ProblemCode::Unavailable);
    // Asked again the system says that all is well, which is not so.
    disk.end("no-sync");
    let (_, other) = register("kd", new_key("After"));
    let anonymous = As::anonymous(process.address);
    for _ in 0..2 {
        ada.put(&path(unsure), &unsure_request).await.refused(503, ProblemCode::Unavailable);
        ada.put(&path(KeyId::generate()), &other).await.refused(503, ProblemCode::Unavailable);
        ada.send("POST", &format!("{}/revoke", path(before)), &[], None).await.refused(503, ProblemCode::Unavailable);
        anonymous.get("/readyz").await.refused(503, ProblemCode::Unavailable);
        anonymous.get("/livez").await.is(204);
        assert_eq!(disk.outcome(&process, &secret).await, Outcome::Accepted);
        assert_eq!(disk.outcome(&process, &unsure_secret).await, Outcome::Unknown);
        ada.get(&path(before)).await.is(200);
    }
    let (ended, log) = process.terminate().await;
    assert!(ended, "{log}");
    let alerts = log.lines().filter(|line| line.contains("could not be made durable: no more changes")).count();
    assert_eq!(alerts, 1, "{log}");

    // What was acknowledged is there; the other is there as a whole or not at all, and can be repeated.
    let process = disk.serve().await;
    let ada = ada.at_address(process.address);
    As::anonymous(process.address).get("/readyz").await.is(204);
    assert_eq!(disk.outcome(&process, &secret).await, Outcome::Accepted);
    let there = disk.rows(unsure).await == 1;
    assert_eq!(disk.outcome(&process, &unsure_secret).await == Outcome::Accepted, there);
    let again = ada.put(&path(unsure), &unsure_request).await.is(if there { 200 } else { 201 });
    assert_eq!(again.read::<IssuedKey>().key.id, unsure);
    assert_eq!(disk.outcome(&process, &unsure_secret).await, Outcome::Accepted);
    let (ended, log) = process.terminate().await;
    assert!(ended && !log.contains("alert"), "{log}");
}
