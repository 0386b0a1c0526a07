//! A database of the first version is brought up to date when it is opened: nobody loses a key, a role or
//! a session by a new version of the server.

use keydeck_domain::api::members::Member;
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::verify::VerifyResponse;
use keydeck_domain::{Key, Outcome, Role};
use keydeck_server::{Config, DATABASE_FILE};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::support::database::connect;
use crate::support::world::{open, serve};
use crate::support::{As, World, new_key};

const FIRST: &str = include_str!("../../../migrations/0001_initial.sql");

/// Makes a database as the first version left it, with the rows of one of today.
pub(super) async fn first_version(folder: &std::path::Path, today: &std::path::Path) {
    std::fs::File::create(folder.join(DATABASE_FILE)).unwrap();
    let mut database = connect(folder).await;
    sqlx::raw_sql(FIRST).execute(&mut database).await.unwrap();
    let attach = format!("ATTACH '{}' AS today", today.join(DATABASE_FILE).display());
    run(&mut database, &attach).await;
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetch_all(&mut database).await.unwrap();
    for table in tables {
        let columns: String = sqlx::query_scalar("SELECT group_concat(name, ', ') FROM pragma_table_info(?, 'main')")
            .bind(&table)
            .fetch_one(&mut database)
            .await
            .unwrap();
        run(&mut database, &format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM today.{table}")).await;
    }
    let schema: String = sqlx::query_scalar("SELECT sql FROM today.sqlite_master WHERE name = '_sqlx_migrations'")
        .fetch_one(&mut database)
        .await
        .unwrap();
    run(&mut database, &schema).await;
    run(&mut database, "INSERT INTO main._sqlx_migrations SELECT * FROM today._sqlx_migrations WHERE version = 1").await;
    database.close().await.unwrap();
}

async fn run(database: &mut SqliteConnection, statement: &str) {
    sqlx::query(AssertSqlSafe(statement)).execute(database).await.unwrap();
}

#[tokio::test]
async fn a_database_of_the_first_version_goes_on() {
    let world = World::new().await;
    let (key, secret) = world.make(&world.member, new_key("From before")).await;
    let (owner, verifier) = (world.owner.token().to_owned(), world.verifier.token().to_owned());
    let (base, member) = (format!("/v1/organizations/{}", world.organization), world.id_of("member").await);
    let server = world.server.clone();
    let today = world.stop().await;
    server.close().await;
    drop(server);
    let folder = tempfile::tempdir().unwrap();
    first_version(folder.path(), today.path()).await;

    let server = open(Config::new(folder.path())).await;
    let (address, running) = serve(&server).await;
    let (owner, verifier) = (As::bearer(address, &owner), As::bearer(address, &verifier));
    let organization = owner.get(&base).await.is(200);
    assert_eq!(organization.header("etag"), "\"1\"");
    let organization: Organization = organization.read();
    assert_eq!((organization.role, organization.presets.len(), organization.scopes.len()), (Role::Owner, 0, 4));
    let found: Key = owner.get(&format!("{base}/keys/{}", key.id)).await.is(200).read();
    assert_eq!(found, key);
    // Exposed to be verified: a test's own secret.
    let verified: VerifyResponse = verifier.post("/v1/verify", &json!({ "key": secret.expose() })).await.is(200).read();
    assert_eq!(verified.outcome, Outcome::Accepted);
    // Of a member from before only the organization's own beginning is known.
    let members: Vec<Member> =
        serde_json::from_value(owner.get(&format!("{base}/members")).await.is(200).value()["items"].clone()).unwrap();
    assert_eq!(members.len(), 5);
    let log = owner.get(&format!("{base}/audit?limit=500")).await.is(200).value();
    let begun: chrono::DateTime<chrono::Utc> =
        serde_json::from_value(log["items"].as_array().unwrap().last().unwrap()["at"].clone()).unwrap();
    assert!(members.iter().all(|member| member.joined_at == members[0].joined_at && member.joined_at <= begun));
    assert!(members[0].joined_at > begun - chrono::Duration::minutes(1));
    // And it can be changed: its chain goes on.
    owner.patch(&format!("{base}/members/{member}"), 1, &json!({ "role": "viewer" })).await.is(200);
    owner.patch(&base, 1, &json!({ "presets": [{ "name": "Reader", "scopes": ["read"] }] })).await.is(200);
    running.stop().await;
    server.close().await;
}
