//! A migration that is killed midway.

use std::path::Path;

use keydeck_domain::Outcome;
use keydeck_domain::api::verify::VerifyResponse;
use keydeck_server::DATABASE_FILE;
use serde_json::json;
use sqlx::Connection;

use super::older_database::first_version;
use crate::support::database::{connect, count};
use crate::support::process::{Process, command};
use crate::support::world::PEPPER;
use crate::support::{As, World, new_key};

/// Enough rows that a migration which goes through them is seen while it does.
const ROWS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO audit (organization_id, sequence, at, action, target, mac) SELECT X'00', i, 0, 'x', hex(randomblob(40)), X'00' FROM n";

/// Every table, index and column, in order.
async fn schema(folder: &Path) -> Vec<String> {
    let mut database = connect(folder).await;
    let schema = sqlx::query_scalar(
        "SELECT ifnull(sql, name) FROM sqlite_master WHERE name NOT LIKE '\\_sqlx%' ESCAPE '\\' ORDER BY name",
    )
    .fetch_all(&mut database)
    .await
    .unwrap();
    database.close().await.unwrap();
    schema
}

async fn version(folder: &Path) -> usize {
    usize::try_from(count(folder, "SELECT count(*) FROM _sqlx_migrations WHERE success").await).unwrap()
}

#[tokio::test]
async fn f34_a_migration_that_is_killed_leaves_the_old_or_the_new_schema_and_is_repeated() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.owner, new_key("From before")).await;
    let verifier = world.verifier.token().to_owned();
    let server = world.server.clone();
    let today = world.stop().await;
    server.close().await;
    drop(server);
    let older = tempfile::tempdir().unwrap();
    first_version(older.path(), today.path()).await;
    let mut database = connect(older.path()).await;
    sqlx::raw_sql("PRAGMA foreign_keys = off").execute(&mut database).await.unwrap();
    sqlx::raw_sql(ROWS).execute(&mut database).await.unwrap();
    database.close().await.unwrap();

    let mut schemas: Vec<Option<Vec<String>>> = vec![None; 16];
    let mut versions = Vec::new();
    // The log of what is written, in bytes: it grows while the migrations run.
    for written in [1, 30_000, 60_000, 500_000, 1_500_000, 3_000_000, 5_000_000] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::fs::copy(older.path().join(DATABASE_FILE), data.join(DATABASE_FILE)).unwrap();
        pepper(folder.path());
        let mut child = command(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]).spawn().unwrap();
        let log = data.join(format!("{DATABASE_FILE}-wal"));
        while std::fs::metadata(&log).map_or(0, |log| log.len()) < written && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(std::time::Duration::from_micros(200)).await;
        }
        child.kill().await.unwrap();

        let (reached, found) = (version(&data).await, schema(&data).await);
        versions.push(reached);
        // Whatever was reached, the schema is the whole one of it.
        let known = schemas[reached].get_or_insert_with(|| found.clone());
        assert_eq!(*known, found, "version {reached}");
        assert_eq!(found.iter().any(|text| text.contains("organization_presets")), reached >= 2, "version {reached}");
        assert_eq!(found.iter().any(|text| text.contains("CREATE TABLE invitations")), reached >= 3, "version {reached}");
        assert_eq!(found.iter().any(|text| text.contains("audit_by_target")), reached >= 3, "version {reached}");

        // The next start goes on from there.
        let process = Process::serve(folder.path(), "off").await;
        let gateway = As::bearer(process.address, &verifier);
        // Exposed to be verified: a test's own secret.
        let answer: VerifyResponse = gateway.post("/v1/verify", &json!({ "key": secret.expose() })).await.is(200).read();
        assert_eq!(answer.outcome, Outcome::Accepted);
        process.kill().await;
        assert_eq!(schema(&data).await, schema(today.path()).await);
        assert_eq!(count(&data, "SELECT count(*) FROM audit WHERE organization_id = X'00'").await, 100_000);
    }
    let newest = version(today.path()).await;
    assert!(versions.iter().any(|version| *version < newest), "none was killed midway: {versions:?}");
}

fn pepper(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("pepper");
    let digits: String = PEPPER.iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(&path, digits).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
